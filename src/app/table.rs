//! The list that every section uses: keyset pages in a window, selection and marks by id, a filter.
//!
//! A window of at most `window::MOST` rows is held; moving near its end asks for the next page and lets the
//! far one go. Selection and scroll follow the record, never the row number. The table never asks by
//! itself: `act` and `text` say what is needed and the screen asks.

pub mod filter;
pub mod marking;
pub mod marks;
mod window;

use std::ops::Range;

use filter::{Filter, Mistake};
use marks::Marks;
use window::{Place, Window};

use super::request::Trouble;
use super::rows::{Cursor, From, Page, PageAsk, Row, Total};
use super::screen::Typed;
use crate::domain::time::Millis;
use crate::input::action::Action;

/// Rows of a page.
pub const PAGE: usize = 100;
/// How near to the end of the window the next page is asked for.
const MARGIN: usize = 40;

/// How a list stands with its store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Load {
    /// Nothing was asked yet.
    #[default]
    Never,
    /// Asked at this moment; the old rows stay, dimmed.
    Asked(Millis),
    /// The rows are what the store said at this moment.
    Ready(Millis),
    /// The store could not answer; the old rows stay.
    Failed(Trouble),
}

/// What came of an action or a text in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    /// Not the table's.
    NotMine,
    /// It was done.
    Done,
    /// It was done, and rows are missing: ask for `TableState::take_wanted`.
    Wants,
    /// The filter is being typed: ask for `wanted` when the `filter` timer comes.
    FilterTyped,
}

/// A list's rows, filter, marks and selection.
#[derive(Debug, Clone)]
pub struct TableState<R: Row> {
    /// The filter, applied and typed.
    pub filter: Filter,
    /// Marked records.
    pub marks: Marks<R::Id>,
    /// How many match, as far as is known.
    pub total: Option<Total>,
    /// How the list stands with its store.
    pub load: Load,
    window: Window<R>,
    selected: Option<R::Id>,
    /// The selected row's place in the window.
    at: usize,
    /// The first row on the screen, in the window.
    top: usize,
    wanted: Option<(From, Place)>,
    awaited: Place,
    /// Where the selection goes when the asked page has come.
    landing: Option<Landing<R::Id>>,
    range_from: Option<R::Id>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Landing<K> {
    First,
    Last,
    On(K),
}

impl<R: Row> Default for TableState<R> {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            marks: Marks::default(),
            total: None,
            load: Load::Never,
            window: Window::default(),
            selected: None,
            at: 0,
            top: 0,
            wanted: None,
            awaited: Place::Replace,
            landing: None,
            range_from: None,
        }
    }
}

impl<R: Row> TableState<R> {
    /// The rows in the window.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.window.rows()
    }

    /// How many rows are in the window.
    pub fn len(&self) -> usize {
        self.window.len()
    }

    /// Whether the window is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&R> {
        self.row(self.at)
    }

    /// Whether `row` is under the cursor.
    pub fn is_selected(&self, row: &R) -> bool {
        self.selected == Some(row.id())
    }

    /// Replaces one row that is in the window; its place stays until the next page comes.
    pub fn update(&mut self, row: R) {
        self.window.update(row);
    }

    /// The rows that a list of `height` rows shows: the selection is always among them.
    pub fn visible(&self, height: usize) -> Range<usize> {
        let top = self.top_for(height);
        top..(top + height).min(self.len())
    }

    /// The selection's place among the visible rows.
    pub fn selected_in(&self, visible: &Range<usize>) -> Option<usize> {
        (visible.contains(&self.at) && !self.is_empty()).then(|| self.at - visible.start)
    }

    /// The row at this place of the window.
    pub fn row(&self, index: usize) -> Option<&R> {
        self.window.row(index)
    }

    /// The selection's place among all rows, from 1, if that is known.
    pub fn position(&self) -> Option<usize> {
        (!self.is_empty()).then_some(())?;
        self.window.before().map(|before| before + self.at + 1)
    }

    /// Everything from the start, keeping the selection where it can be kept.
    pub fn refresh(&mut self) {
        // The same window again: what stands on the screen stays there.
        let from = self.window.prev().map_or(From::Start, |cursor| From::At(cursor.clone()));
        self.wanted = Some((from, Place::Replace));
    }

    /// Goes to a record as soon as a page that holds it is here.
    pub fn select(&mut self, id: R::Id) {
        self.landing = Some(Landing::On(id));
        self.land();
    }

    /// Shows the window that begins at `cursor`, with the cursor on the record `id`.
    pub fn go_to(&mut self, id: R::Id, cursor: Cursor) -> Turn {
        self.landing = Some(Landing::On(id));
        self.wanted = Some((From::At(cursor), Place::Replace));
        Turn::Wants
    }

    /// The store does not know a name in the filter: the rows and their filter stay as they were.
    pub fn refuse_filter(&mut self, mistake: Mistake, now: Millis) {
        self.filter.refuse(mistake);
        self.load = Load::Ready(now);
        self.landing = None;
    }

    /// What to ask the store for, if anything; call it once per question.
    pub fn take_wanted(&mut self, now: Millis) -> Option<PageAsk> {
        let (from, place) = self.wanted.take()?;
        self.awaited = place;
        self.load = match std::mem::take(&mut self.load) {
            Load::Asked(since) => Load::Asked(since),
            Load::Never | Load::Ready(_) | Load::Failed(_) => Load::Asked(now),
        };
        let limit = match place {
            Place::Replace => self.len().clamp(PAGE, window::MOST),
            Place::Append | Place::Prepend => PAGE,
        };
        Some(PageAsk { from, limit, filter: self.filter.applied().to_owned() })
    }

    /// Takes the answer to the newest question.
    pub fn take(&mut self, page: Page<R>, now: Millis) {
        if page.total.is_some() {
            self.total = page.total;
        }
        self.load = Load::Ready(now);
        self.filter.settle();
        let place = std::mem::take(&mut self.awaited);
        let total =
            self.total.filter(|total| total.exact).and_then(|total| usize::try_from(total.count).ok());
        let shift = self.window.take(page, place, total);
        let gone = self.window.trim(place);
        self.top = (self.top + shift).saturating_sub(gone);
        self.at = (self.at + shift).saturating_sub(gone);
        self.land();
    }

    /// The store could not answer: the old rows stay and the error is kept beside them.
    pub fn fail(&mut self, trouble: Trouble) {
        self.load = Load::Failed(trouble);
    }

    /// Carries out an action of the contexts Table and Move (and Line while the filter is typed).
    /// `height` is what the last picture showed.
    pub fn act(&mut self, action: Action, height: usize) -> Turn {
        if self.filter.typing {
            return self.act_in_filter(action);
        }
        let page = height.saturating_sub(1).max(1) as isize;
        match action {
            Action::Up => self.move_by(-1, height),
            Action::Down => self.move_by(1, height),
            Action::PageUp => self.move_by(-page, height),
            Action::PageDown => self.move_by(page, height),
            Action::HalfUp => self.move_by(-(page / 2).max(1), height),
            Action::HalfDown => self.move_by((page / 2).max(1), height),
            Action::First => return self.jump(Landing::First),
            Action::Last => return self.jump(Landing::Last),
            Action::Mark => {
                self.toggle_mark();
                self.move_by(1, height);
            }
            Action::MarkRange => self.mark_range(),
            Action::MarkAll => self.marks.all(self.filter.applied()),
            Action::ClearMarks => self.marks.clear(),
            Action::Filter => self.filter.start(),
            Action::Escape if self.filter.refused.is_some() => self.filter.refused = None,
            Action::FilterClear => return self.set_filter(""),
            Action::Escape if !self.filter.applied().is_empty() => return self.set_filter(""),
            _ => return Turn::NotMine,
        }
        self.need_more()
    }

    /// Takes text into the filter that is being typed.
    pub fn text(&mut self, typed: &Typed) -> Turn {
        if !self.filter.typing {
            return Turn::NotMine;
        }
        match typed {
            Typed::Char(c) => self.filter.line.type_char(*c),
            Typed::Paste(pasted) => self.filter.line.paste(pasted),
        }
        Turn::FilterTyped
    }

    /// Applies what is typed in the filter line.
    pub fn apply_filter(&mut self) -> Turn {
        let typed = self.filter.line.text().trim().to_owned();
        if typed == self.filter.applied() { Turn::Done } else { self.set_filter(&typed) }
    }

    /// Applies a filter from elsewhere: a saved one, a jump.
    pub fn set_filter(&mut self, filter: &str) -> Turn {
        self.keep_marks();
        self.filter.apply(filter);
        self.jump_to_start()
    }

    /// Takes the filter away before a record is shown that it may hide; the rows come with that record.
    pub fn lift_filter(&mut self) {
        self.keep_marks();
        self.filter.apply("");
    }

    fn act_in_filter(&mut self, action: Action) -> Turn {
        match action {
            Action::TakeLine | Action::EndTyping | Action::Down | Action::Next => {
                self.filter.typing = false;
                self.apply_filter()
            }
            _ if self.filter.line.act(action) => Turn::FilterTyped,
            _ => Turn::NotMine,
        }
    }

    fn jump_to_start(&mut self) -> Turn {
        // The selected record stays selected if it is on the new first page.
        self.landing = self.selected.map(Landing::On).or(Some(Landing::First));
        self.wanted = Some((From::Start, Place::Replace));
        Turn::Wants
    }

    fn jump(&mut self, landing: Landing<R::Id>) -> Turn {
        self.landing = Some(landing);
        let (here, from) = match landing {
            Landing::Last => (self.window.next().is_none(), From::End),
            Landing::First | Landing::On(_) => (self.window.prev().is_none(), From::Start),
        };
        if here {
            self.land();
            return Turn::Done;
        }
        self.wanted = Some((from, Place::Replace));
        Turn::Wants
    }

    fn move_by(&mut self, by: isize, height: usize) {
        let last = self.len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
        self.selected = self.row(self.at).map(Row::id);
        self.top = self.top_for(height);
    }

    fn top_for(&self, height: usize) -> usize {
        let height = height.max(1);
        let lowest = (self.at + 1).saturating_sub(height);
        let full = self.len().saturating_sub(height);
        self.top.clamp(lowest, self.at.max(lowest)).min(full.max(lowest))
    }

    fn need_more(&mut self) -> Turn {
        if matches!(self.load, Load::Asked(_)) {
            return Turn::Done;
        }
        let after = self.window.next().cloned();
        let before = self.window.prev().cloned();
        if let Some(cursor) = after.filter(|_| self.at + MARGIN >= self.len()) {
            self.wanted = Some((From::After(cursor), Place::Append));
            return Turn::Wants;
        }
        if let Some(cursor) = before.filter(|_| self.at < MARGIN) {
            self.wanted = Some((From::Before(cursor), Place::Prepend));
            return Turn::Wants;
        }
        Turn::Done
    }

    /// Puts the selection where it belongs after rows came: on its record, else on the same place.
    fn land(&mut self) {
        let wish = match self.landing {
            Some(Landing::First) => self.row(0).map(Row::id),
            Some(Landing::Last) => self.row(self.len().saturating_sub(1)).map(Row::id),
            Some(Landing::On(id)) => Some(id),
            None => self.selected,
        };
        let found = wish.and_then(|id| self.rows().position(|row| row.id() == id));
        if let Some(at) = found {
            // Keep the record at the same height of the screen.
            self.top = self.top.saturating_add_signed(at as isize - self.at as isize);
            self.at = at;
            self.landing = None;
        } else {
            self.at = self.at.min(self.len().saturating_sub(1));
        }
        self.selected = self.row(self.at).map(Row::id);
    }
}

#[cfg(test)]
mod tests;
