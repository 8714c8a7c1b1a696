//! Taking back what was accepted, at the providers: asks first, and says how far it is.

use super::{Outbox, named};
use crate::app::desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::replay::GRAVE;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::errands::{ErrandAsk, ErrandTold};
use crate::app::rows::Lane;
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying as Says;
use crate::app::section::Section;
use crate::channels::catalog;
use crate::channels::desk::Desk;
use crate::channels::kind::Kind;
use crate::domain::delivery::DeliveryState;

/// After so many steps of half a second it is said again how far it is: a message stands for four seconds.
const SEEN_AGAIN: u32 = 7;

/// What can be taken back of a broadcast, channel by channel.
#[derive(Debug, Default)]
struct Back {
    /// How many were delivered and are still there.
    left: i64,
    /// How many more may have arrived.
    unknown: i64,
    lines: Vec<Says>,
}

impl Back {
    fn of(lanes: &[Lane]) -> Self {
        let mut back = Self::default();
        let mut stuck: (Vec<String>, i64) = (Vec::new(), 0);
        for lane in lanes {
            let left = lane.counts.delivered() - lane.taken_back;
            let desk = catalog::kind(&lane.kind).and_then(Kind::desk).filter(|desk| desk.takes_back());
            let Some(desk) = desk else {
                if left > 0 {
                    stuck.0.push(lane.name.clone());
                    stuck.1 += left;
                }
                continue;
            };
            if left > 0 {
                let (channel, kind) = (lane.name.clone(), lane.kind.clone());
                back.lines.push(Says::Stays { channel, kind, count: left });
                back.left += left;
            }
            if desk.takes_back_by_key() {
                back.unknown += lane.counts.of(DeliveryState::Unknown);
            }
        }
        if back.unknown > 0 {
            back.lines.push(Says::UnknownToo(back.unknown));
        }
        if stuck.1 > 0 {
            back.lines.push(Says::Stuck { channels: stuck.0, count: stuck.1 });
        }
        back
    }
}

/// Whether any of the channels takes anything back.
pub(super) fn takes_back(lanes: &[Lane]) -> bool {
    let desk = |lane: &Lane| catalog::kind(&lane.kind).and_then(Kind::desk);
    lanes.is_empty() || lanes.iter().any(|lane| desk(lane).is_some_and(Desk::takes_back))
}

impl Outbox {
    pub(super) fn ask_take_back(&self, desk: &mut desk::Desk) {
        let Some(row) = self.table.selected() else { return };
        if desk.taking_back == Some(row.id) {
            let (question, label) = (Says::AskStopTakeBack(row.id), Says::StopTakeBack);
            let stop = Request::Errand(ErrandAsk::TakeBackStop(row.id));
            let order = Then::Order(Owner::Screen(Section::Outbox), stop);
            let confirm = Confirm::new(Saying::Desk(question), Saying::Desk(label), order);
            return desk.open(Overlay::Confirm(confirm));
        }
        // What is not read yet is counted as the row has it: the backend knows.
        let unread = || Back { left: row.counts.delivered(), ..Back::default() };
        let back = self.current_detail().map_or_else(unread, |detail| Back::of(&detail.lanes));
        let count = back.left + back.unknown;
        if count <= 0 {
            return desk.say(Level::Info, Saying::Desk(Says::AllTakenBack));
        }
        let order = Then::Order(Owner::Screen(Section::Outbox), Request::Errand(ErrandAsk::TakeBack(row.id)));
        let question = Saying::Desk(Says::AskTakeBack(named(row)));
        let label = Saying::Desk(Says::TakeBack(count));
        let lines = back.lines.into_iter().map(Saying::Desk);
        desk.open(if count >= GRAVE {
            Overlay::Gate(lines.fold(Gate::new(question, count, label, order), Gate::line))
        } else {
            Overlay::Confirm(lines.fold(Confirm::new(question, label, order), Confirm::line))
        });
    }

    pub(super) fn errand_told(&mut self, told: ErrandTold, desk: &mut desk::Desk) {
        let silence = |desk: &mut desk::Desk| {
            desk.notices.take_back(|said| matches!(said, Saying::Desk(Says::TakingBack(_))));
        };
        let step = Request::Errand(ErrandAsk::TakeBackStep);
        match told {
            ErrandTold::TakingBack(far) => {
                desk.taking_back = Some(far.id);
                // It stands for as long as it goes on, and other messages are seen between.
                if far.done == 0 || far.steps.is_multiple_of(SEEN_AGAIN) {
                    silence(desk);
                    desk.say(Level::Info, Saying::Desk(Says::TakingBack(far)));
                }
                desk.order(step);
            }
            ErrandTold::TakeBackWaits(id) => desk.say(Level::Info, Saying::Desk(Says::TakeBackWaits(id))),
            ErrandTold::TookBack(far, more) => {
                if !more && far.of > 0 {
                    desk.taking_back = None;
                }
                silence(desk);
                let level = if far.failed.0 > 0 { Level::Error } else { Level::Info };
                desk.say(level, Saying::Desk(Says::TookBack(far)));
                if more {
                    desk.order(step);
                }
            }
            // Another section's.
            _ => {}
        }
    }
}
