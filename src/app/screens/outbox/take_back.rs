//! Taking back what was accepted, at the providers: asks first, and says how far it is.

use super::{Outbox, named};
use crate::app::desk::Desk;
use crate::app::effect::Owner;
use crate::app::notice::Level;
use crate::app::overlay::confirm::Confirm;
use crate::app::overlay::gate::Gate;
use crate::app::overlay::replay::GRAVE;
use crate::app::overlay::{Overlay, Then};
use crate::app::request::Request;
use crate::app::request::errands::{ErrandAsk, ErrandTold};
use crate::app::saying::Saying;
use crate::app::saying::desk::DeskSaying as Says;
use crate::app::section::Section;
use crate::channels::catalog;
use crate::channels::kind::Kind;

impl Outbox {
    pub(super) fn ask_take_back(&self, desk: &mut Desk) {
        let Some(row) = self.table.selected() else { return };
        let gone = self.current_detail().map_or(0, |detail| detail.about.taken_back);
        let count = row.counts.delivered() - gone;
        if count <= 0 {
            return desk.say(Level::Info, Saying::Desk(Says::AllTakenBack));
        }
        let order = Then::Order(Owner::Screen(Section::Outbox), Request::Errand(ErrandAsk::TakeBack(row.id)));
        let question = Saying::Desk(Says::AskTakeBack { title: named(row), count });
        let label = Saying::Desk(Says::TakeBack(count));
        let lanes = self.current_detail().map(|detail| detail.lanes.as_slice()).unwrap_or_default();
        let stays = lanes.iter().filter(|lane| lane.counts.delivered() > 0).filter_map(|lane| {
            catalog::kind(&lane.kind).and_then(Kind::desk)?.stays()?;
            Some(Saying::Desk(Says::Stays { channel: lane.name.clone(), kind: lane.kind.clone() }))
        });
        desk.open(if count >= GRAVE {
            Overlay::Gate(stays.fold(Gate::new(question, count, label, order), Gate::line))
        } else {
            Overlay::Confirm(stays.fold(Confirm::new(question, label, order), Confirm::line))
        });
    }

    pub(super) fn errand_told(&mut self, told: ErrandTold, desk: &mut Desk) {
        let silence = |desk: &mut Desk| {
            desk.notices.take_back(|said| matches!(said, Saying::Desk(Says::TakingBack(_))));
        };
        let step = Request::Errand(ErrandAsk::TakeBackStep);
        match told {
            ErrandTold::TakingBack(far) => {
                desk.taking_back = true;
                // A line for each tenth, so that the list of messages keeps room for others.
                let tenth = |done: i64| done * 10 / far.of.max(1);
                if far.done == 0 || tenth(far.done) > tenth(far.done - far.step) {
                    silence(desk);
                    desk.say(Level::Info, Saying::Desk(Says::TakingBack(far)));
                }
                desk.order(step);
            }
            ErrandTold::TakeBackWaits(id) => desk.say(Level::Info, Saying::Desk(Says::TakeBackWaits(id))),
            ErrandTold::TookBack(far, more) => {
                desk.taking_back = more || (desk.taking_back && far.of == 0);
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
