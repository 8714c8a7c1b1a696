//! What the sections with one filtered list and a detail beside it share: they ask for rows, follow the
//! selection with the detail, and let a filter be typed.

use std::time::Duration;

use crate::app::desk::Desk;
use crate::app::rows::{PageAsk, Row};
use crate::app::screen::Done;
use crate::app::table::{TableState, Turn};
use crate::domain::filter::Scope;
use crate::input::action::Action;

/// Typing in a filter asks after this pause.
pub const FILTER_AFTER: Duration = Duration::from_millis(150);

/// A section with one filtered list and a detail.
pub trait Listed {
    /// A row of the list.
    type Row: Row;

    /// What the filter is about.
    const SCOPE: Scope;

    /// The list.
    fn table(&mut self) -> &mut TableState<Self::Row>;

    /// Asks for a page, and for what is shown with it.
    fn ask_page(&self, page: PageAsk, desk: &mut Desk);

    /// Whether the detail is that row's.
    fn shows(&self, id: <Self::Row as Row>::Id) -> bool;

    /// Asks for the detail of a row.
    fn ask_one(&self, id: <Self::Row as Row>::Id, desk: &mut Desk);

    /// Another row is selected: its detail is read from the top.
    fn begin_detail(&mut self) {}

    /// Does what a turn of the table asks for.
    fn turn(&mut self, turn: Turn, desk: &mut Desk) -> Done {
        match turn {
            Turn::NotMine => return Done::No,
            Turn::Done => {}
            Turn::Wants => self.ask_rows(desk),
            Turn::FilterTyped => desk.after(FILTER_AFTER, "filter"),
        }
        self.ask_detail(desk);
        Done::Yes
    }

    /// Asks for the rows that the table wants, if it wants any.
    fn ask_rows(&mut self, desk: &mut Desk) {
        let now = desk.now;
        if let Some(page) = self.table().take_wanted(now) {
            self.ask_page(page, desk);
        }
    }

    /// Asks for the detail of the selection, unless it is here already.
    fn ask_detail(&mut self, desk: &mut Desk) {
        let id = self.table().selected().map(Row::id);
        if let Some(id) = id.filter(|id| !self.shows(*id)) {
            self.begin_detail();
            self.ask_one(id, desk);
        }
    }

    /// Asks for rows and detail again.
    fn refresh(&mut self, desk: &mut Desk) {
        self.table().refresh();
        self.ask_rows(desk);
        if let Some(id) = self.table().selected().map(Row::id) {
            self.ask_one(id, desk);
        }
    }

    /// Keys while the filter is typed: one that cannot be read stays, and the list is left alone; Esc goes back to
    /// the filter that holds.
    fn act_in_filter(&mut self, action: Action, desk: &mut Desk) -> Done {
        let ends = matches!(action, Action::TakeLine | Action::EndTyping | Action::Down | Action::Next);
        let known = self.table().filter.is_refused();
        let wrong = ends && !self.table().filter.check(Self::SCOPE);
        if action == Action::EndTyping && (wrong || known) {
            self.table().filter.give_up();
            return Done::Yes;
        }
        if wrong {
            return Done::Yes;
        }
        let turn = self.table().act(action, desk.pages.list);
        self.turn(turn, desk)
    }

    /// Applies a filter as far as it is typed, if it can be read.
    fn apply_typed(&mut self, desk: &mut Desk) {
        if self.table().filter.typing && self.table().filter.check(Self::SCOPE) {
            let turn = self.table().apply_filter();
            // A filter is always the table's own.
            let _ = self.turn(turn, desk);
        }
    }
}
