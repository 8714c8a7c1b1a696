//! What can be done with a channel in the list, and with the kinds of a new one.

use super::sheet::Sheet;
use super::told::say;
use super::{Channels, GRAVE, Mode};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::viewers::Viewer;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::channels::ChannelsAsk;
use crate::app::saying::Saying;
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::app::screen::Done;
use crate::app::section::{Section, Target};
use crate::channels::catalog;
use crate::input::action::Action;
use crate::store::channels::Channel;

impl Channels {
    pub(super) fn verify(&self, desk: &mut Desk) {
        let Some(row) = self.subject() else { return };
        if can_verify(row) {
            desk.order(Request::Channels(ChannelsAsk::Verify(row.id)));
        } else {
            say(desk, Level::Warning, Says::CannotVerify(row.kind.clone()));
        }
    }

    pub(super) fn ask_remove(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let order =
            Then::Order(Owner::Screen(Section::Channels), Request::Channels(ChannelsAsk::Remove(row.id)));
        let question = Saying::Channels(Says::AskRemove(row.name.clone()));
        let label = Saying::Channels(Says::RemoveNamed(row.name.clone()));
        let lines = [Says::RemoveAddresses(row.addresses), Says::RemoveKeeps].map(Saying::Channels);
        if row.addresses >= GRAVE {
            let gate = Gate::new(question, row.addresses, label, order);
            desk.open(Overlay::Gate(lines.into_iter().fold(gate, Gate::line)));
        } else {
            let confirm = Confirm::new(question, label, order);
            desk.open(Overlay::Confirm(lines.into_iter().fold(confirm, Confirm::line)));
        }
    }

    pub(super) fn act_in_kinds(&mut self, at: usize, action: Action) -> Done {
        let count = catalog::KINDS.len();
        match action {
            Action::Down => self.mode = Mode::Kinds((at + 1) % count),
            Action::Up => self.mode = Mode::Kinds((at + count - 1) % count),
            Action::First => self.mode = Mode::Kinds(0),
            Action::Last => self.mode = Mode::Kinds(count - 1),
            Action::Open => self.mode = Mode::Sheet(Box::new(Sheet::new(catalog::KINDS[at].spec()))),
            Action::Escape | Action::Back => self.mode = Mode::Detail,
            _ => return Done::No,
        }
        Done::Yes
    }

    pub(super) fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        match action {
            Action::Open if self.opened => self.show_raw(desk),
            Action::Open => self.opened = true,
            Action::Escape | Action::Back if self.opened => self.opened = false,
            Action::Add => self.mode = Mode::Kinds(0),
            Action::Edit => self.open_sheet(desk),
            Action::Remove => self.ask_remove(desk),
            Action::GoHistory => match self.table.selected() {
                Some(row) => desk.go(Target::Attempts(format!("channel:{} status:failed,unknown", row.id))),
                None => return Done::No,
            },
            Action::CopyId | Action::CopyError => self.copy(action, desk),
            _ => {
                let before = self.table.selected().map(|row| row.id);
                let turn = self.table.act(action, desk.pages.list);
                if self.table.selected().map(|row| row.id) != before {
                    self.ask_trouble(desk);
                }
                return if turn == crate::app::table::Turn::NotMine { Done::No } else { Done::Yes };
            }
        }
        Done::Yes
    }

    /// The provider's words on the last verification, whole.
    pub(super) fn show_raw(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        if let Some(verified) = &row.verified {
            let title = Saying::Channels(Says::RawVerify(row.name.clone()));
            desk.open(Overlay::Viewer(Viewer::new(title, verified.text.clone())));
        }
    }

    pub(super) fn copy(&self, action: Action, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let text = if action == Action::CopyId { row.id.to_string() } else { last_words(row) };
        desk.copy(text);
    }
}

/// The words of what went wrong last: a pause, else a verification.
fn last_words(row: &Channel) -> String {
    let pause = row.pause.as_ref().map(|pause| format!("{} {}", pause.reason.word(), pause.detail));
    let verified = row.verified.as_ref().map(|verified| verified.text.clone());
    format!("{} {}", row.name, pause.or(verified).unwrap_or_default()).trim().to_owned()
}

/// Whether the kind can prove a credential without telling anybody anything.
pub fn can_verify(row: &Channel) -> bool {
    // A field that is missing here is one that the sender will have.
    catalog::kind(&row.kind).is_some_and(|kind| !matches!(kind.verify(&row.account()), Ok(None)))
}
