//! The plan of a broadcast, and what differs from the one that was reviewed.
//!
//! Words only: `assets/locales/*/plan.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;
use crate::domain::plan::PlanPart;

/// The section `plan`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub part: ByPart,
    pub between: Phrase,
    pub changed: String,
    pub changed_in: Phrase,
    pub changed_hint: Phrase,
    pub bad: Phrase,
    pub bad_hint: String,
    pub looking: String,
    pub since_review: Phrase,
    pub moved: Phrase,
    pub others: Phrase,
}

worded!(ByPart of PlanPart as String {
    message Message,
    values Values,
    channels Channels,
    people People,
});

impl Plan {
    /// Several parts in one breath.
    pub fn parts(&self, parts: &[PlanPart]) -> String {
        let words = parts.iter().map(|part| self.part.of(*part).clone());
        let joined = |all: String, next: String| {
            self.between.fill(&[("all", (&all).into()), ("next", (&next).into())])
        };
        words.reduce(joined).unwrap_or_default()
    }
}
