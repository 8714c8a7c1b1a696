//! What the section asks a channel's provider beside sending: a code to follow by, and its list of followers.

use super::sync::{Stage, SyncPage};
use super::told::say;
use super::{Channels, Mode};
use crate::app::desk::Desk;
use crate::app::effect::{Effect, Timer};
use crate::app::notice::Level;
use crate::app::overlay::Overlay;
use crate::app::overlay::invite::Invite;
use crate::app::request::errands::{ErrandAsk, ErrandTold};
use crate::app::request::{Request, Trouble};
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::app::section::Section;
use crate::channels::catalog;
use crate::channels::desk::Desk as ProviderDesk;
use crate::store::channels::Channel;

/// The timer between two looks who came, and the slot of the question.
pub(super) const SCAN: &str = "scan";

/// Whether the kind of a channel offers something beside sending.
pub(super) fn offers(row: &Channel, what: impl Fn(&dyn ProviderDesk) -> bool) -> bool {
    catalog::kind(&row.kind).and_then(|kind| kind.desk()).is_some_and(what)
}

fn open_invite(desk: &mut Desk) -> Option<&mut Invite> {
    desk.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Invite(invite) => Some(invite.as_mut()),
        _ => None,
    })
}

impl Channels {
    pub(super) fn invite(&self, desk: &mut Desk) {
        let Some(row) = self.subject() else { return };
        desk.open(Overlay::Invite(Box::new(Invite::new(row.id, row.name.clone()))));
        desk.order(Request::Errand(ErrandAsk::Invite(row.id)));
    }

    pub(super) fn begin_sync(&mut self, desk: &mut Desk) {
        let Some(row) = self.subject() else { return };
        let (id, name) = (row.id, row.name.clone());
        self.mode = Mode::Sync(Box::new(SyncPage::new(name)));
        desk.order(Request::Errand(ErrandAsk::SyncBegin(id)));
    }

    /// Looks while the code is on the screen and good, and not a moment longer: providers ban who asks for ever.
    pub(super) fn look_who_came(desk: &mut Desk) {
        let now = desk.now;
        let good = open_invite(desk).is_some_and(|invite| {
            invite.trouble.is_none() && invite.invitation.as_ref().is_some_and(|code| code.until > now)
        });
        if good {
            desk.ask(SCAN, Request::Errand(ErrandAsk::Came));
        }
    }

    fn look_again(desk: &mut Desk) {
        let every = open_invite(desk).and_then(|invite| invite.invitation.as_ref()?.every);
        if let Some(every) = every {
            desk.effect(Effect::After(every, Timer::Screen(Section::Channels, SCAN)));
        }
    }

    pub(super) fn errand_told(&mut self, told: ErrandTold, desk: &mut Desk) {
        match told {
            ErrandTold::Invited(invitation) => {
                if let Some(invite) = open_invite(desk).filter(|invite| invite.channel == invitation.channel)
                {
                    invite.invitation = Some(*invitation);
                    Self::look_again(desk);
                }
            }
            ErrandTold::Came(arrival) => {
                if let (Some(invite), Some(arrival)) = (open_invite(desk), arrival) {
                    invite.came.retain(|one| one.id != arrival.id);
                    invite.came.insert(0, *arrival);
                    Self::ask_list(desk);
                }
                Self::look_again(desk);
            }
            ErrandTold::Reading(done, total) => {
                if let Some(page) = self.sync_page() {
                    page.stage = Stage::Reading(done, total);
                    desk.order(Request::Errand(ErrandAsk::SyncStep));
                }
            }
            ErrandTold::Differs(difference) => {
                if let Some(page) = self.sync_page() {
                    page.stage = Stage::Differs(difference);
                }
            }
            ErrandTold::Applied(applied) => {
                if let Some(page) = self.sync_page() {
                    page.stage = Stage::Applied(applied);
                }
                desk.offer_undo(Request::Errand(ErrandAsk::SyncUndo(applied.sync)));
                self.done(Says::SyncApplied(applied.people()), desk);
            }
            ErrandTold::Undone(steps) => {
                if self.sync_page().is_some() {
                    self.mode = Mode::Detail;
                }
                self.done(Says::SyncUndone(steps), desk);
            }
            ErrandTold::Stopped => say(desk, Level::Info, Says::SyncStopped),
        }
    }

    /// Whether a failure belongs to a code or a list that is on the screen.
    pub(super) fn errand_failed(&mut self, slot: &'static str, trouble: &Trouble, desk: &mut Desk) -> bool {
        if let Some(invite) = open_invite(desk)
            && (slot == SCAN || invite.invitation.is_none())
        {
            invite.trouble = Some(trouble.clone());
            return true;
        }
        if self.sync_page().is_some() && slot != "rows" && slot != "trouble" {
            // What was read so far is no list; the notice says why.
            self.mode = Mode::Detail;
        }
        false
    }

    fn sync_page(&mut self) -> Option<&mut SyncPage> {
        match &mut self.mode {
            Mode::Sync(page) => Some(page),
            Mode::Detail | Mode::Kinds(_) | Mode::Sheet(_) => None,
        }
    }
}
