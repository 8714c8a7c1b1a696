//! A list's filter: what is applied, and what is being typed.

use crate::app::form::line::Line;

/// A list's filter, in the grammar of ux §7; checked by who answers the question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// The text being typed.
    pub line: Line,
    /// Whether it is being typed.
    pub typing: bool,
    /// What the last answer found wrong with it, in words; shown on the chip.
    pub finding: Option<String>,
    applied: String,
}

impl Filter {
    /// The filter that the rows on the screen were asked with.
    pub fn applied(&self) -> &str {
        &self.applied
    }

    /// Its terms, for chips.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.applied.split_whitespace()
    }

    /// Begins to type, on from what is applied.
    pub fn start(&mut self) {
        self.line = Line::new(self.applied.clone());
        self.typing = true;
    }

    /// Takes a filter as the applied one.
    pub fn apply(&mut self, filter: &str) {
        filter.trim().clone_into(&mut self.applied);
        self.finding = None;
        if !self.typing {
            self.line = Line::new(self.applied.clone());
        }
    }
}
