//! What the store answered, and what is said about it.

use super::History;
use super::path::Level;
use crate::app::desk::Desk;
use crate::app::notice::Level as Grade;
use crate::app::overlay::Overlay;
use crate::app::overlay::replay::Replay;
use crate::app::request::Request;
use crate::app::request::history::{GroupRow, HistoryAsk, HistoryTold, NoOther};
use crate::app::rows::{Page, Total};
use crate::app::saying::Saying;
use crate::app::saying::history::HistorySaying as Says;
use crate::app::section::Target;

impl History {
    pub(super) fn told(&mut self, told: HistoryTold, desk: &mut Desk) {
        match told {
            HistoryTold::Groups(rows) => self.take_groups(rows, desk),
            HistoryTold::Deliveries(page) => {
                self.deliveries.take(page, desk.now);
                self.ask_held(desk);
                self.ask_detail(desk);
            }
            HistoryTold::Unknown(mistake) => match self.path.level() {
                Level::Groups(_) => self.groups.refuse_filter(mistake, desk.now),
                Level::Deliveries => self.deliveries.refuse_filter(mistake, desk.now),
            },
            HistoryTold::Samples(id, rows) => self.samples = Some((id, rows)),
            HistoryTold::Delivery(detail) => self.detail = Some(*detail),
            HistoryTold::Counts(counts) => {
                let total = Total { count: counts.audience(), exact: true };
                self.deliveries.total = Some(total);
                self.counts = Some(counts);
            }
            HistoryTold::Weighed { all, visible } => self.weighed(all, visible, desk),
            HistoryTold::Held(held) => self.deliveries.take_held(held),
            HistoryTold::Review { meant, review, paused } => {
                if review.to_send + review.unknown == 0 {
                    say(desk, Grade::Info, Says::NothingToReplay);
                } else {
                    desk.open(Overlay::Replay(Replay::new(meant, review, paused)));
                }
            }
            HistoryTold::Replayed(count) => self.done(Says::Replayed(count), desk),
            HistoryTold::GateClosed { meant, to_send } => {
                say(desk, Grade::Warning, Says::NumberChanged(to_send));
                desk.ask("meant", Request::History(HistoryAsk::Review(meant)));
            }
            HistoryTold::Settled(count) => self.done(Says::Settled(count), desk),
            HistoryTold::Gone { meant, gone, doubtful } => self.ask_retire(meant, gone, doubtful, desk),
            HistoryTold::Retired(count) => self.done(Says::Retired(count), desk),
            HistoryTold::NoOther(why) => {
                let says = match why {
                    NoOther::TooMany => Says::TooManyPeople,
                    NoOther::SeveralTexts => Says::SeveralTexts,
                    NoOther::NoChannel => Says::NoOtherChannel,
                };
                say(desk, Grade::Warning, says);
            }
            HistoryTold::Rewritten(id) => {
                say(desk, Grade::Info, Says::Rewritten(id));
                desk.go(Target::Draft(id));
            }
            HistoryTold::Another(id) => {
                say(desk, Grade::Info, Says::Another(id));
                desk.go(Target::Draft(id));
            }
        }
    }

    pub(super) fn take_groups(&mut self, rows: Vec<GroupRow>, desk: &mut Desk) {
        if let [only] = &rows[..]
            && std::mem::take(&mut self.descending)
            && !self.path.steps().is_empty()
        {
            let mut path = self.path.clone();
            path.push(only.clone(), true);
            self.go_to(path, None, desk);
            return;
        }
        self.descending = false;
        let total = Some(Total { count: rows.len() as i64, exact: true });
        self.groups.take(Page { rows, prev: None, next: None, total }, desk.now);
        self.ask_detail(desk);
    }

    /// An order was carried out: what it was about is no longer marked.
    pub(super) fn done(&mut self, says: Says, desk: &mut Desk) {
        self.deliveries.marks.clear();
        say(desk, Grade::Info, says);
        self.refresh(desk);
    }
}

pub(super) fn say(desk: &mut Desk, level: Grade, says: Says) {
    desk.say(level, Saying::History(says));
}
