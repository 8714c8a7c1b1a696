//! What the section asks a channel's provider beside sending: a code to follow by, and its list of followers.

use super::sync::{Stage, SyncPage};
use super::told::say;
use super::{Channels, Mode};
use crate::app::desk::Desk;
use crate::app::effect::{Effect, Timer};
use crate::app::notice::Level;
use crate::app::overlay::Overlay;
use crate::app::overlay::invite::Invite;
use crate::app::overlay::pick::{Beyond, Choice, Pick};
use crate::app::request::errands::{ErrandAsk, ErrandTold};
use crate::app::request::{Request, Trouble};
use crate::app::saying::Saying;
use crate::app::saying::channels::ChannelsSaying as Says;
use crate::app::screen::Picked;
use crate::app::section::Section;
use crate::channels::catalog;
use crate::channels::desk::Desk as ProviderDesk;
use crate::channels::kind::Kind;
use crate::domain::id::ChannelId;
use crate::store::channels::Channel;

/// The timer between two looks who came, and the slot of the question.
pub(super) const SCAN: &str = "scan";

/// Whether the kind of a channel offers something beside sending.
pub(super) fn offers(row: &Channel, what: impl Fn(&dyn ProviderDesk) -> bool) -> bool {
    catalog::kind(&row.kind).and_then(Kind::desk).is_some_and(what)
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
        desk.ask("topics", Request::Errand(ErrandAsk::Topics(row.id)));
    }

    /// Asks which topic whoever comes joins, if there is one to join.
    fn ask_topic(&mut self, channel: ChannelId, topics: Vec<(String, i64)>, desk: &mut Desk) {
        let names: Vec<String> = topics.iter().map(|(name, _)| name.clone()).collect();
        self.inviting = Some((channel, names));
        if topics.is_empty() {
            return self.open_code(None, desk);
        }
        let listed = topics.into_iter().map(|(name, people)| Choice { name, count: Some(people) });
        // The first line is no topic at all; the popup words it.
        let choices = std::iter::once(Choice { name: String::new(), count: None }).chain(listed).collect();
        let title = Saying::Channels(Says::PickInvite(self.name_of(channel)));
        desk.open(Overlay::Pick(Pick::new(title, choices, Beyond::Nothing)));
    }

    /// A topic was picked, or none.
    pub(super) fn picked_topic(&mut self, picked: &Picked, desk: &mut Desk) {
        let Picked::Item(at) = picked else { return };
        let topics = self.inviting.as_ref().map(|(_, topics)| topics.as_slice()).unwrap_or_default();
        let topic = at.checked_sub(1).and_then(|at| topics.get(at)).cloned();
        self.open_code(topic, desk);
    }

    fn open_code(&mut self, topic: Option<String>, desk: &mut Desk) {
        let Some((channel, _)) = self.inviting.take() else { return };
        desk.open(Overlay::Invite(Box::new(Invite::new(channel, self.name_of(channel)))));
        desk.order(Request::Errand(ErrandAsk::Invite(channel, topic)));
    }

    pub(super) fn begin_sync(&mut self, desk: &mut Desk) {
        let Some(row) = self.subject() else { return };
        let (id, name) = (row.id, row.name.clone());
        self.mode = Mode::Sync(Box::new(SyncPage::new(id, name)));
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
            ErrandTold::Topics(channel, topics) => self.ask_topic(channel, topics, desk),
            ErrandTold::Reading(channel, done, total) => {
                if let Some(page) = self.sync_page().filter(|page| page.channel == channel) {
                    page.stage = Stage::Reading(done, total);
                    desk.order(Request::Errand(ErrandAsk::SyncStep(channel)));
                }
            }
            ErrandTold::Differs(channel, difference) => {
                if let Some(page) = self.sync_page().filter(|page| page.channel == channel) {
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
            // Another section's, or nobody's any more.
            ErrandTold::Overtaken
            | ErrandTold::TakingBack(_)
            | ErrandTold::TakeBackWaits(_)
            | ErrandTold::TookBack(..)
            | ErrandTold::Became(..)
            | ErrandTold::Followed(..) => {}
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
