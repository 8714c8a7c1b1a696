//! What the store answered, and what is said about it.

use super::{Awaited, Channels, Mode};
use crate::app::desk::Desk;
use crate::app::notice::Level;
use crate::app::request::Request;
use crate::app::request::channels::{ChannelsAsk, ChannelsTold, Trial};
use crate::app::rows::{Page, Total};
use crate::app::saying::Saying;
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::ChannelId;

impl Channels {
    pub(super) fn told(&mut self, told: ChannelsTold, desk: &mut Desk) {
        match told {
            ChannelsTold::List(rows) => {
                let total = Some(Total { count: rows.len() as i64, exact: true });
                self.table.take(Page { rows, prev: None, next: None, total }, desk.now);
                self.ask_trouble(desk);
            }
            ChannelsTold::Trouble(trouble) => self.trouble = Some(trouble),
            ChannelsTold::Saved(id) => self.saved(id, desk),
            ChannelsTold::Conflict(theirs) => self.conflict(theirs, desk),
            ChannelsTold::NameTaken => {
                if let Mode::Sheet(sheet) = &mut self.mode {
                    sheet.saving = false;
                    sheet.name_taken();
                }
            }
            ChannelsTold::Unfit { field, why } => {
                if let Mode::Sheet(sheet) = &mut self.mode {
                    sheet.saving = false;
                    sheet.unfit(&field, &why);
                }
            }
            ChannelsTold::Begun { trial, id, broadcast } => {
                self.awaited = Some(Awaited { trial, id, broadcast });
                let name = self.name_of(id);
                // What the last trial said is being found out anew.
                desk.notices.take_back(|said| {
                    matches!(said, Saying::Channels(Says::VerifyFailed(of, _) | Says::TestFailed(of, ..)) if *of == name)
                });
                let says = match trial {
                    Trial::Verify => Says::Verifying(name),
                    Trial::Test => Says::Testing(name),
                };
                say(desk, Level::Info, says);
                desk.ask("outcome", Request::Channels(ChannelsAsk::Outcome(broadcast)));
            }
            ChannelsTold::Outcome { state, class, words } => self.outcome(state, class, words, desk),
            ChannelsTold::NobodyIsMe => say(desk, Level::Warning, Says::NobodyIsMe),
            ChannelsTold::NoAddressForMe(id) => {
                say(desk, Level::Warning, Says::NoAddressForMe(self.name_of(id)));
            }
            ChannelsTold::Paused(id) => self.done(Says::Paused(self.name_of(id)), desk),
            ChannelsTold::Resumed { id, waiting, failed } => {
                self.done(Says::Resumed { name: self.name_of(id), waiting, failed }, desk);
            }
            ChannelsTold::Removed { id, name } => {
                desk.offer_undo(Request::Channels(ChannelsAsk::Restore(id)));
                self.done(Says::Removed(name), desk);
            }
            ChannelsTold::Restored(id) => {
                self.table.select(id);
                self.done(Says::Restored(self.name_of(id)), desk);
            }
        }
    }

    pub(super) fn done(&self, says: Says, desk: &mut Desk) {
        say(desk, Level::Info, says);
        Self::ask_list(desk);
    }

    fn has_no_credential(&self, id: ChannelId) -> bool {
        self.table.rows().any(|row| row.id == id && row.secrets.is_empty())
    }

    /// What became of a test or a verification; nothing is said before it has ended.
    pub(super) fn outcome(
        &mut self,
        state: DeliveryState,
        class: Option<Class>,
        words: String,
        desk: &mut Desk,
    ) {
        let Some(awaited) = self.awaited.filter(|_| state.has_ended()) else { return };
        self.awaited = None;
        let name = self.name_of(awaited.id);
        let (level, says) = match (awaited.trial, state.is_delivered()) {
            (Trial::Verify, true) if self.has_no_credential(awaited.id) => (Level::Info, Says::Reached(name)),
            (Trial::Verify, true) => (Level::Info, Says::Verified(name)),
            (Trial::Verify, false) => (Level::Error, Says::VerifyFailed(name, words)),
            (Trial::Test, true) => (Level::Info, Says::TestAccepted(name)),
            (Trial::Test, false) => (Level::Error, Says::TestFailed(name, class, words)),
        };
        say(desk, level, says);
        Self::ask_list(desk);
    }
}

pub(super) fn say(desk: &mut Desk, level: Level, says: Says) {
    desk.say(level, Saying::Channels(says));
}
