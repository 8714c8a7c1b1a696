//! The form of one person while it is open: its keys, saving, and leaving it with changes.

use super::{Says, Subscribers, is_of_list};
use crate::app::desk::Desk;
use crate::app::form::sheet::SheetTurn;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::saying::Saying;
use crate::app::screen::Done;
use crate::input::action::Action;

impl Subscribers {
    pub(super) fn act_in_sheet(&mut self, action: Action, desk: &mut Desk) -> Done {
        let Some(sheet) = &mut self.sheet else { return Done::No };
        match sheet.act(action) {
            SheetTurn::NotMine => {
                // Commands of the list have no meaning in a form; the frame's own still hold.
                return if is_of_list(action) { Done::Yes } else { Done::No };
            }
            SheetTurn::Moved | SheetTurn::Changed => {}
            SheetTurn::Save => self.save(false, desk),
            SheetTurn::Cancel => {
                let changes = sheet.changes() as i64;
                if changes == 0 {
                    self.sheet = None;
                } else {
                    let question = Saying::Lists(Says::AskDiscard(changes));
                    let discard = Saying::Lists(Says::Discard);
                    desk.open(Overlay::Confirm(Confirm::new(question, discard, Then::Choose("discard"))));
                }
            }
        }
        Done::Yes
    }

    pub(super) fn save(&mut self, over: bool, desk: &mut Desk) {
        let Some(sheet) = &mut self.sheet else { return };
        if sheet.saving || desk.settings.readonly || !sheet.ready() {
            return;
        }
        sheet.saving = true;
        desk.order(Request::Subscribers(sheet.order(over)));
    }
}
