//! Marks by id: they survive filter, order and refresh; "all that match" is a query plus exceptions.

use std::collections::BTreeSet;

/// Marked records of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marks<K: Ord> {
    /// These ones, and how many of them the filter hides, if that is known.
    Some {
        /// The records.
        ids: BTreeSet<K>,
        /// Hidden by the filter, as the store counted.
        hidden: Option<i64>,
    },
    /// Everything that matches a filter, but for these.
    All {
        /// The filter.
        filter: String,
        /// Not marked.
        except: BTreeSet<K>,
    },
}

impl<K: Ord> Default for Marks<K> {
    fn default() -> Self {
        Self::Some { ids: BTreeSet::new(), hidden: Some(0) }
    }
}

impl<K: Ord + Copy> Marks<K> {
    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Some { ids, .. } if ids.is_empty())
    }

    /// Whether this record is marked. With "all that match", rows of the list match by definition.
    pub fn holds(&self, id: K) -> bool {
        match self {
            Self::Some { ids, .. } => ids.contains(&id),
            Self::All { except, .. } => !except.contains(&id),
        }
    }

    /// How many are marked, given how many match.
    pub fn count(&self, matching: i64) -> i64 {
        match self {
            Self::Some { ids, .. } => ids.len() as i64,
            Self::All { except, .. } => matching - except.len() as i64,
        }
    }

    /// Marks one, or takes its mark away.
    pub fn toggle(&mut self, id: K) {
        let set = match self {
            Self::Some { ids, .. } => ids,
            Self::All { except, .. } => except,
        };
        if !set.remove(&id) {
            set.insert(id);
        }
    }

    /// Marks one.
    pub fn mark(&mut self, id: K) {
        match self {
            Self::Some { ids, .. } => {
                ids.insert(id);
            }
            Self::All { except, .. } => {
                except.remove(&id);
            }
        }
    }

    /// Marks everything that matches `filter`.
    pub fn all(&mut self, filter: &str) {
        *self = Self::All { filter: filter.to_owned(), except: BTreeSet::new() };
    }

    /// Takes all marks away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Another filter holds: how many marks it hides is not known until somebody counts.
    pub fn filter_changed(&mut self) {
        if let Self::Some { ids, hidden } = self {
            *hidden = ids.is_empty().then_some(0);
        }
    }

    /// The store counted how many marks the filter hides.
    pub fn set_hidden(&mut self, count: i64) {
        if let Self::Some { hidden, .. } = self {
            *hidden = Some(count);
        }
    }

    /// How many marks the filter hides: counted in the list if it is whole, else what the store said.
    pub fn hidden(&self, rows: impl Iterator<Item = K>, whole: bool) -> Option<i64> {
        match self {
            Self::Some { ids, .. } if whole => {
                Some(ids.len() as i64 - rows.filter(|id| ids.contains(id)).count() as i64)
            }
            Self::Some { hidden, .. } => *hidden,
            Self::All { .. } => Some(0),
        }
    }
}
