//! Marks by id: they survive filter, order and refresh; "all that match" is a query plus exceptions.
//!
//! A query holds whom it was made with, whatever the list shows later: only the store can tell which rows of
//! another filter it holds, and how many it hides.

use std::collections::BTreeSet;

/// Marked records of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marks<K: Ord> {
    /// These ones.
    Some {
        /// The records.
        ids: BTreeSet<K>,
    },
    /// Everything that matches a filter, but for these.
    All {
        /// The filter.
        filter: String,
        /// Not marked.
        except: BTreeSet<K>,
        /// Records that the store found to match it, while the list shows another filter.
        held: BTreeSet<K>,
        /// What the store counted under the filter that holds now.
        counted: Option<Counted>,
    },
}

/// How many a query marks, and how many of those another filter hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The filter that hides them.
    pub under: String,
    /// All of the query, the exceptions among them.
    pub all: i64,
    /// Hidden by that filter.
    pub hidden: i64,
}

impl<K: Ord> Default for Marks<K> {
    fn default() -> Self {
        Self::Some { ids: BTreeSet::new() }
    }
}

impl<K: Ord + Copy> Marks<K> {
    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Some { ids } if ids.is_empty())
    }

    /// Whether this record of a list under `shown` is marked. Under the query's own filter it matches by
    /// definition; under another one it has to be known.
    pub fn holds(&self, id: K, shown: &str) -> bool {
        match self {
            Self::Some { ids } => ids.contains(&id),
            Self::All { filter, except, held, .. } => {
                (filter == shown || held.contains(&id)) && !except.contains(&id)
            }
        }
    }

    /// How many are marked, given how many match `shown`; nothing while that is being counted.
    pub fn count(&self, shown: &str, matching: Option<i64>) -> Option<i64> {
        match self {
            Self::Some { ids } => Some(ids.len() as i64),
            Self::All { filter, except, counted, .. } => {
                let known = counted.as_ref().map(|counted| counted.all);
                let all = if filter == shown { matching } else { known };
                all.map(|all| (all - except.len() as i64).max(0))
            }
        }
    }

    /// Marks one, or takes its mark away; one that a query does not hold cannot be added to it.
    pub fn toggle(&mut self, id: K, shown: &str) {
        match self {
            Self::Some { ids } => {
                if !ids.remove(&id) {
                    ids.insert(id);
                }
            }
            Self::All { filter, except, held, .. } => {
                if !except.remove(&id) && (filter == shown || held.contains(&id)) {
                    except.insert(id);
                }
            }
        }
    }

    /// Marks one.
    pub fn mark(&mut self, id: K) {
        match self {
            Self::Some { ids } => {
                ids.insert(id);
            }
            Self::All { except, .. } => {
                except.remove(&id);
            }
        }
    }

    /// Whether one under `shown` can be marked: a query takes nobody in whom it does not hold.
    pub fn takes(&self, id: K, shown: &str) -> bool {
        match self {
            Self::Some { .. } => true,
            Self::All { filter, held, .. } => filter == shown || held.contains(&id),
        }
    }

    /// Marks everything that matches `filter`.
    pub fn all(&mut self, filter: &str) {
        *self = Self::All {
            filter: filter.to_owned(),
            except: BTreeSet::new(),
            held: BTreeSet::new(),
            counted: None,
        };
    }

    /// Marks exactly these.
    pub fn these(&mut self, ids: BTreeSet<K>) {
        *self = Self::Some { ids };
    }

    /// Takes all marks away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many marks the filter `shown` hides: counted among the rows if they are the whole list, else what
    /// the store said.
    pub fn hidden(&self, rows: impl Iterator<Item = K>, whole: bool, shown: &str) -> Option<i64> {
        match self {
            Self::Some { ids } if ids.is_empty() => Some(0),
            Self::Some { ids } if whole => {
                Some(ids.len() as i64 - rows.filter(|id| ids.contains(id)).count() as i64)
            }
            Self::Some { .. } if shown.is_empty() => Some(0),
            Self::Some { .. } => None,
            Self::All { filter, .. } if filter == shown => Some(0),
            Self::All { counted, .. } => {
                counted.as_ref().filter(|counted| counted.under == shown).map(|counted| counted.hidden)
            }
        }
    }
}
