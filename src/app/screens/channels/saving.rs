//! Opening, saving and leaving the form; a race that was lost shows both texts.

use super::sheet::{self, Button, Sheet};
use super::told::say;
use super::{Channels, Mode};
use crate::app::available::Availability;
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::channels::ChannelsAsk;
use crate::app::saying::Saying;
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::app::screen::Screen as _;
use crate::app::section::Section;
use crate::domain::id::ChannelId;
use crate::input::action::Action;
use crate::store::channels::Channel;

impl Channels {
    pub(super) fn open_sheet(&mut self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        match Sheet::edit(row) {
            Some(sheet) => self.mode = Mode::Sheet(Box::new(sheet)),
            None => say(desk, Level::Warning, Says::UnknownKind(row.kind.clone())),
        }
    }

    pub(super) fn save(&mut self, desk: &mut Desk) {
        let Mode::Sheet(sheet) = &mut self.mode else { return };
        if sheet.saving || !sheet.ready() {
            return;
        }
        let ask = match sheet.of {
            None => ChannelsAsk::Add(Box::new(sheet.new_channel())),
            Some(_) if sheet.changed() == 0 => {
                self.mode = Mode::Detail;
                return;
            }
            Some((id, version)) => ChannelsAsk::Edit { id, version, edit: Box::new(sheet.channel_edit()) },
        };
        sheet.saving = true;
        sheet.form.typing = false;
        desk.order(Request::Channels(ask));
    }

    pub(super) fn leave_sheet(&mut self, desk: &mut Desk) {
        let changed = self.sheet().map_or(0, Sheet::changed) as i64;
        if changed == 0 {
            self.mode = Mode::Detail;
            return;
        }
        let confirm = Confirm::new(
            Saying::Channels(Says::AskUnsaved(changed)),
            Saying::Channels(Says::Discard),
            Then::Choose("discard"),
        )
        .or(Saying::Channels(Says::Save), Then::Choose("save"));
        desk.open(Overlay::Confirm(confirm));
    }

    pub(super) fn press(&mut self, button: Button, desk: &mut Desk) {
        match button {
            Button::Save => self.save(desk),
            Button::Cancel => self.leave_sheet(desk),
            Button::Verify | Button::Test => {
                let action = if button == Button::Verify { Action::Verify } else { Action::TestToMe };
                match self.available(action, desk) {
                    Availability::On if button == Button::Verify => self.verify(desk),
                    Availability::On => self.order(ChannelsAsk::Test, desk),
                    Availability::Off(why) => desk.say(Level::Info, Saying::Off(action, why)),
                }
            }
        }
    }

    /// Both texts side by side: neither is lost until somebody chose.
    pub(super) fn conflict(&mut self, theirs: Box<Channel>, desk: &mut Desk) {
        let Mode::Sheet(sheet) = &mut self.mode else { return };
        sheet.saving = false;
        let edit = sheet.channel_edit();
        let differs = |field: &str, mine: String, theirs: String| {
            let kind = sheet.spec.id.to_owned();
            Saying::Channels(Says::Differs { kind, field: field.to_owned(), mine, theirs })
        };
        let mut lines = Vec::new();
        if let Some(name) = edit.name.clone().filter(|name| *name != theirs.name) {
            lines.push(differs(sheet::NAME, name, theirs.name.clone()));
        }
        for (field, mine) in &edit.settings {
            let there = theirs.settings.get(field).cloned().unwrap_or_default();
            let mine = mine.clone().unwrap_or_default();
            if mine != there {
                lines.push(differs(field, mine, there));
            }
        }
        for (field, mine) in &edit.secrets {
            let there = theirs.secrets.iter().find(|secret| secret.field == *field);
            let mine = mine.as_ref().map_or(String::new(), crate::domain::secret::Secret::masked);
            lines.push(differs(field, mine, there.map_or(String::new(), |secret| secret.masked.clone())));
        }
        let mine = ChannelsAsk::Edit { id: theirs.id, version: theirs.version, edit: Box::new(edit) };
        let order = Then::Order(Owner::Screen(Section::Channels), Request::Channels(mine));
        let question = Saying::Channels(Says::AskConflict(theirs.name.clone()));
        let confirm = Confirm::new(question, Saying::Channels(Says::KeepMine), order)
            .or(Saying::Channels(Says::TakeTheirs), Then::Choose("theirs"));
        sheet.theirs = Some(theirs);
        desk.open(Overlay::Confirm(lines.into_iter().fold(confirm, Confirm::line)));
    }

    pub(super) fn saved(&mut self, id: ChannelId, desk: &mut Desk) {
        let name =
            self.sheet().map_or_else(|| self.name_of(id), |sheet| sheet.form.word(sheet::NAME).to_owned());
        let proves = self.sheet().is_none_or(Sheet::can_verify);
        self.mode = Mode::Detail;
        self.table.select(id);
        self.done(if proves { Says::Saved(name) } else { Says::SavedUnproven(name) }, desk);
    }
}
