//! What a list does with its marks: toggles, ranges, and keeping them true when another filter holds.

use std::collections::BTreeSet;

use super::marks::{Counted, Marks};
use super::{Load, TableState};
use crate::app::rows::Row;

/// A question to the store: which of these rows does a query hold, and how many does another filter hide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAsk<K> {
    /// The query.
    pub filter: String,
    /// But not these.
    pub except: Vec<K>,
    /// The filter that holds now.
    pub shown: String,
    /// The rows on the screen.
    pub rows: Vec<K>,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<K> {
    /// Those of the rows that the query holds.
    pub rows: Vec<K>,
    /// How many it marks, without the exceptions.
    pub all: i64,
    /// How many of those the filter shows.
    pub visible: i64,
    /// The filter that was meant.
    pub shown: String,
}

impl<R: Row> TableState<R> {
    /// Whether a row of the list is marked: exactly what an action would be about.
    pub fn is_marked(&self, id: R::Id) -> bool {
        self.marks.holds(id, self.filter.settled())
    }

    /// How many are marked; nothing while that is being counted.
    pub fn marked(&self) -> Option<i64> {
        self.marks.count(self.filter.settled(), self.total.map(|total| total.count))
    }

    /// How many marked records the filter hides; nothing if that has to be asked.
    pub fn hidden_marks(&self) -> Option<i64> {
        self.marks.hidden(self.rows().map(Row::id), self.is_whole(), self.filter.settled())
    }

    /// Whether the selected row can be marked.
    pub fn may_mark(&self) -> bool {
        self.selected.is_none_or(|id| self.marks.takes(id, self.filter.settled()))
    }

    /// What the store has to be asked so that stars and numbers are true; nothing if they are.
    pub fn held_ask(&self) -> Option<HeldAsk<R::Id>> {
        let Marks::All { filter, except, .. } = &self.marks else { return None };
        (filter != self.filter.settled()).then(|| HeldAsk {
            filter: filter.clone(),
            except: except.iter().copied().collect(),
            shown: self.filter.settled().to_owned(),
            rows: self.rows().map(Row::id).collect(),
        })
    }

    /// The store said what the query holds here.
    pub fn take_held(&mut self, told: Held<R::Id>) {
        let Marks::All { except, held, counted, .. } = &mut self.marks else { return };
        held.extend(told.rows);
        let all = told.all + except.len() as i64;
        *counted = Some(Counted { under: told.shown, all, hidden: told.all - told.visible });
    }

    /// Before another filter holds: a query whose records are all here becomes these records.
    pub(super) fn keep_marks(&mut self) {
        let is_here = matches!(self.load, Load::Ready(_)) && self.is_whole();
        let is_of_list = matches!(&self.marks, Marks::All { filter, .. } if filter == self.filter.settled());
        if is_here && is_of_list && self.filter.applied() == self.filter.settled() {
            let ids: BTreeSet<R::Id> = self.rows().map(Row::id).filter(|id| self.is_marked(*id)).collect();
            self.marks.these(ids);
        }
    }

    fn is_whole(&self) -> bool {
        self.window.prev().is_none() && self.window.next().is_none()
    }

    pub(super) fn toggle_mark(&mut self) {
        if let Some(id) = self.selected {
            self.marks.toggle(id, self.filter.settled());
            self.range_from = Some(id);
        }
    }

    pub(super) fn mark_range(&mut self) {
        let Some(to) = self.selected else { return };
        let from = self.range_from.unwrap_or(to);
        let place = |id| self.rows().position(|row| row.id() == id);
        let (Some(a), Some(b)) = (place(from), place(to)) else {
            self.marks.mark(to);
            return;
        };
        let ids: Vec<R::Id> = self.rows().skip(a.min(b)).take(a.abs_diff(b) + 1).map(Row::id).collect();
        for id in ids {
            self.marks.mark(id);
        }
        self.range_from = Some(to);
    }
}
