//! The report of a broadcast.
//!
//! Words only: `assets/locales/*/report.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `report`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub title: Phrase,
    pub what: String,
    pub value: String,
    pub state: String,
    pub to: String,
    pub by: String,
    pub released: String,
    pub started: String,
    pub ended: String,
    pub plan: String,
    pub made: String,
    pub at: String,
    pub books: String,
    pub people: String,
    pub channels: String,
    pub failures: String,
    pub class: String,
    pub said: String,
    pub settled: String,
    pub delivery: String,
    pub name: String,
    pub text: String,
    pub written: Phrase,
}
