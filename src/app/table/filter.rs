//! A list's filter: what is applied, what is being typed, and what was typed and cannot be applied.

use crate::app::form::line::Line;
use crate::domain::filter::{self, FilterError, Scope};

/// Why a filter was not applied: facts, which the view words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// It cannot be read.
    Grammar(FilterError),
    /// It names something that is not there.
    Unknown {
        /// What kind of thing: `topic`, `channel`.
        what: &'static str,
        /// Its name as typed.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
}

/// A filter that was typed and not applied: the list is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As typed.
    pub text: String,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// A list's filter, in the grammar of ux §7.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// The text being typed.
    pub line: Line,
    /// Whether it is being typed.
    pub typing: bool,
    /// What was typed and cannot be applied; shown on red chips.
    pub refused: Option<Refused>,
    applied: String,
    /// The filter of the rows that are here.
    settled: String,
}

impl Filter {
    /// The filter that the rows on the screen were asked with.
    pub fn applied(&self) -> &str {
        &self.applied
    }

    /// The filter of the rows that are here, while those of another one are asked for.
    pub fn settled(&self) -> &str {
        &self.settled
    }

    /// Its terms, for chips.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.applied.split_whitespace()
    }

    /// Begins to type, on from what is applied, or from what was refused.
    pub fn start(&mut self) {
        let text = match &self.refused {
            Some(refused) => refused.text.clone(),
            // What is typed on is a further term.
            None if self.applied.is_empty() => String::new(),
            None => format!("{} ", self.applied),
        };
        self.line = Line::new(text);
        self.typing = true;
    }

    /// Takes a filter as the applied one.
    pub fn apply(&mut self, filter: &str) {
        filter.trim().clone_into(&mut self.applied);
        self.refused = None;
        if !self.typing {
            self.line = Line::new(self.applied.clone());
        }
    }

    /// Reads what was typed; what cannot be read is kept as refused. Whether it can be applied.
    pub fn check(&mut self, scope: Scope) -> bool {
        let text = self.line.text();
        let mistake = filter::Filter::parse(text, scope).err();
        let fits = mistake.is_none();
        self.refused =
            mistake.map(|error| Refused { text: text.to_owned(), mistake: Mistake::Grammar(error) });
        fits
    }

    /// Ends typing something that cannot be applied: the filter of the rows on the screen holds again.
    pub fn give_up(&mut self) {
        self.refused = None;
        self.typing = false;
        self.line = Line::new(self.applied.clone());
    }

    /// Whether what is typed was refused as it stands, for its grammar or by the store.
    pub fn is_refused(&self) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.text.trim() == self.line.text().trim())
    }

    /// The rows that were asked for are here.
    pub fn settle(&mut self) {
        self.settled.clone_from(&self.applied);
    }

    /// The store does not know a name in the applied filter: the one before it holds again.
    pub fn refuse(&mut self, mistake: Mistake) {
        let text = std::mem::replace(&mut self.applied, self.settled.clone());
        self.refused = Some(Refused { text, mistake });
    }
}
