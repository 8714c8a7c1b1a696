//! Moving between groups and deliveries, and asking for what each list shows.

use super::path::{Level, Path};
use super::{History, LATELY, Went, asks_for_others};
use crate::app::desk::Desk;
use crate::app::request::Request;
use crate::app::request::history::{HistoryAsk, Meant, Narrow};
use crate::app::screen::Done;
use crate::app::screens::listed::FILTER_AFTER;
use crate::app::table::filter::Filter;
use crate::app::table::{TableState, Turn};
use crate::domain::filter::Scope;
use crate::input::action::Action;

impl History {
    pub(super) fn ask_rows(&mut self, desk: &mut Desk) {
        let narrow = self.path.narrow();
        match self.path.level() {
            Level::Groups(by) => {
                if let Some(ask) = self.groups.take_wanted(desk.now) {
                    let ask = HistoryAsk::Groups { by, filter: ask.filter, narrow };
                    desk.ask("groups", Request::History(ask));
                }
            }
            Level::Deliveries => {
                if let Some(ask) = self.deliveries.take_wanted(desk.now) {
                    desk.ask("rows", Request::History(HistoryAsk::Deliveries(ask, narrow)));
                }
                if let Some(id) = self.whole_broadcast() {
                    let meant = Meant { filter: format!("broadcast:{id}"), ..Meant::default() };
                    desk.ask("counts", Request::History(HistoryAsk::Counts(meant)));
                }
            }
        }
    }

    pub(super) fn ask_samples(&self, desk: &mut Desk) {
        if let Some(row) = self.group() {
            let filter = self.filter().applied().to_owned();
            let meant = Meant { filter, narrow: row.id, ..Meant::default() };
            desk.ask("samples", Request::History(HistoryAsk::Samples(meant)));
        }
    }

    /// The detail of the selection, unless it is here already.
    pub(super) fn ask_detail(&self, desk: &mut Desk) {
        if let Some(row) = self.group() {
            if self.samples.as_ref().is_none_or(|(id, _)| *id != row.id) {
                self.ask_samples(desk);
            }
        } else if let Some(row) = self.delivery()
            && self.detail.as_ref().is_none_or(|detail| detail.row.id != row.id)
        {
            desk.ask("detail", Request::History(HistoryAsk::Delivery(row.id)));
        }
    }

    pub(super) fn refresh(&mut self, desk: &mut Desk) {
        match self.path.level() {
            Level::Groups(_) => self.groups.refresh(),
            Level::Deliveries => self.deliveries.refresh(),
        }
        self.ask_rows(desk);
        // What stands beside the list stays until its newer form has come.
        self.ask_samples(desk);
        if let Some(row) = self.delivery() {
            desk.ask("detail", Request::History(HistoryAsk::Delivery(row.id)));
        }
    }

    /// Another list: its rows are asked for anew, under the same filter.
    pub(super) fn go_to(&mut self, path: Path, select: Option<Narrow>, desk: &mut Desk) {
        let filter = self.filter().applied().to_owned();
        self.path = path;
        self.opened = false;
        self.open_list(&filter, select, desk);
    }

    pub(super) fn open_list(&mut self, filter: &str, select: Option<Narrow>, desk: &mut Desk) {
        self.groups = TableState::default();
        self.deliveries = TableState::default();
        self.groups.filter.apply(filter);
        self.deliveries.filter.apply(filter);
        self.counts = None;
        if let Some(id) = select {
            self.groups.select(id);
        }
        self.refresh(desk);
    }

    /// The filter of the list that is shown.
    pub(super) const fn filter_mut(&mut self, level: Level) -> &mut Filter {
        match level {
            Level::Groups(_) => &mut self.groups.filter,
            Level::Deliveries => &mut self.deliveries.filter,
        }
    }

    /// Whether what is typed as a filter can be read; if not, it turns red and the list is left alone.
    pub(super) fn check_filter(&mut self) -> bool {
        let level = self.path.level();
        self.filter_mut(level).check(Scope::Deliveries)
    }

    pub(super) fn open(&mut self, desk: &mut Desk) {
        if let Some(row) = self.group().cloned() {
            self.descending = true;
            let mut path = self.path.clone();
            path.push(row, false);
            self.go_to(path, None, desk);
        } else if self.opened || desk.pages.size.0 >= 100 {
            self.show_raw(desk);
        } else {
            self.opened = true;
        }
    }

    /// One level back.
    pub(super) fn back(&mut self, desk: &mut Desk) -> Went {
        if self.opened {
            self.opened = false;
            return Went::Back;
        }
        let mut path = self.path.clone();
        if let Some(row) = path.pop() {
            self.go_to(path, Some(row.id), desk);
            return Went::Back;
        }
        if self.jumped.is_empty() {
            return Went::Nowhere;
        }
        // What was looked at from elsewhere is not what the section opens with next time.
        *self = Self::default();
        Went::Out
    }

    pub(super) fn act_in_list(&mut self, action: Action, desk: &mut Desk) -> Done {
        let (height, level) = (desk.pages.list, self.path.level());
        let ends = matches!(action, Action::TakeLine | Action::EndTyping | Action::Down | Action::Next);
        if self.filter().typing && ends {
            let known = self.filter().is_refused();
            let wrong = !self.check_filter();
            if action == Action::EndTyping && (wrong || known) {
                self.filter_mut(level).give_up();
                return Done::Yes;
            }
            if wrong {
                return Done::Yes;
            }
        }
        let turn = match level {
            Level::Groups(_) => self.groups.act(action, height),
            Level::Deliveries => self.deliveries.act(action, height),
        };
        if action == Action::MarkAll && level == Level::Deliveries {
            // What was counted last may have been of another filter.
            self.deliveries.total = None;
            let all = Meant {
                filter: self.filter().applied().to_owned(),
                narrow: self.path.narrow(),
                ..Meant::default()
            };
            desk.ask("counts", Request::History(HistoryAsk::Counts(all)));
        }
        if turn == Turn::Wants && self.filter().applied() != self.jumped {
            self.jumped.clear();
        }
        self.turn(turn, desk)
    }

    /// Esc takes a filter back to the one that the section opens with, and leaves that one alone.
    pub(super) fn escape_filter(&mut self, desk: &mut Desk) -> Done {
        let filter = match self.path.level() {
            Level::Groups(_) => &mut self.groups.filter,
            Level::Deliveries => &mut self.deliveries.filter,
        };
        if filter.refused.take().is_some() {
            return Done::Yes;
        }
        if filter.applied() == LATELY || !self.path.steps().is_empty() {
            return Done::No;
        }
        let turn = match self.path.level() {
            Level::Groups(_) => self.groups.set_filter(LATELY),
            Level::Deliveries => self.deliveries.set_filter(LATELY),
        };
        self.turn(turn, desk)
    }

    pub(super) fn turn(&mut self, turn: Turn, desk: &mut Desk) -> Done {
        match turn {
            Turn::NotMine => return Done::No,
            Turn::Done => {}
            Turn::Wants => {
                self.counts = None;
                // Groups hold what failed or waits: a filter for something else is about deliveries.
                if matches!(self.path.level(), Level::Groups(_)) && asks_for_others(self.filter().applied()) {
                    let typed = self.groups.filter.clone();
                    self.go_to(Path::flat(), None, desk);
                    // Whoever is still typing goes on in the other list.
                    (self.deliveries.filter.typing, self.deliveries.filter.line) = (typed.typing, typed.line);
                } else {
                    self.ask_rows(desk);
                }
            }
            Turn::FilterTyped => desk.after(FILTER_AFTER, "filter"),
        }
        self.ask_detail(desk);
        Done::Yes
    }
}
