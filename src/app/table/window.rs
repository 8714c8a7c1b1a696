//! The rows that a list holds: pages side by side, the far one let go when there are too many.

use std::collections::VecDeque;

use crate::app::rows::{Cursor, Page, Row};

/// Rows that are held at most.
pub const MOST: usize = 500;

/// Where the rows of an answer belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// In the place of everything.
    #[default]
    Replace,
    /// Behind.
    Append,
    /// In front.
    Prepend,
}

/// Pages of one order, without gaps.
#[derive(Debug, Clone)]
pub struct Window<R> {
    pages: VecDeque<Page<R>>,
    before: Option<usize>,
}

impl<R> Default for Window<R> {
    fn default() -> Self {
        Self { pages: VecDeque::new(), before: None }
    }
}

impl<R: Row> Window<R> {
    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &R> {
        self.pages.iter().flat_map(|page| &page.rows)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.pages.iter().map(|page| page.rows.len()).sum()
    }

    /// The row at this place.
    pub fn row(&self, mut index: usize) -> Option<&R> {
        for page in &self.pages {
            match page.rows.get(index) {
                Some(row) => return Some(row),
                None => index -= page.rows.len(),
            }
        }
        None
    }

    /// Rows before the first one, if that is known.
    pub const fn before(&self) -> Option<usize> {
        self.before
    }

    /// The place of the first row, if there are rows before it.
    pub fn prev(&self) -> Option<&Cursor> {
        self.pages.front().and_then(|page| page.prev.as_ref())
    }

    /// The place of the last row, if there are rows after it.
    pub fn next(&self) -> Option<&Cursor> {
        self.pages.back().and_then(|page| page.next.as_ref())
    }

    /// Puts a newer form of a row in its place.
    pub fn update(&mut self, row: R) {
        let mut rows = self.pages.iter_mut().flat_map(|page| &mut page.rows);
        if let Some(old) = rows.find(|old| old.id() == row.id()) {
            *old = row;
        }
    }

    /// Takes a page in and says by how much the rows that were here moved down. `total` is how many rows
    /// there are in all, if that is exact.
    pub fn take(&mut self, page: Page<R>, place: Place, total: Option<usize>) -> usize {
        let count = page.rows.len();
        match place {
            Place::Replace => {
                self.before = match (&page.prev, &page.next, total) {
                    (None, _, _) => Some(0),
                    (Some(_), None, Some(total)) => Some(total.saturating_sub(count)),
                    // The same window again.
                    (Some(_), _, _) => self.before,
                };
                self.pages = VecDeque::from([page]);
                0
            }
            Place::Append => {
                self.pages.push_back(page);
                0
            }
            Place::Prepend => {
                let first = page.prev.is_none();
                self.before = if first { Some(0) } else { self.before.map(|n| n.saturating_sub(count)) };
                self.pages.push_front(page);
                count
            }
        }
    }

    /// Lets pages go at the end that was not asked for; says how many rows went from the front.
    pub fn trim(&mut self, place: Place) -> usize {
        let mut gone = 0;
        while self.len() > MOST && self.pages.len() > 1 {
            if place == Place::Prepend {
                self.pages.pop_back();
            } else if let Some(page) = self.pages.pop_front() {
                gone += page.rows.len();
            }
        }
        self.before = self.before.map(|before| before + gone);
        gone
    }
}
