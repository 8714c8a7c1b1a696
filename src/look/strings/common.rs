//! Words that every screen uses: buttons, amounts, times.
//!
//! Words only: `assets/locales/*/common.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `common`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    pub back: String,
    pub cancel: String,
    pub save: String,
    pub discard: String,
    pub close: String,
    pub yes: String,
    pub no: String,
    pub on: String,
    pub off: String,
    pub none: String,
    pub not_set: String,
    pub untitled: String,
    pub all: String,
    pub more: String,
    pub me: String,
    pub total: String,
    pub people: Phrase,
    pub deliveries: Phrase,
    pub people_deliveries: Phrase,
    pub calls: Phrase,
    pub characters: Phrase,
    pub rows: Phrase,
    pub about_count: Phrase,
    pub per_second: Phrase,
    pub left: Phrase,
    pub elapsed: Phrase,
    pub started: Phrase,
    pub in_time: Phrase,
    pub loading: Phrase,
    pub retry_key: Phrase,
    pub nothing_matches: String,
    pub just_now: String,
    pub minutes_ago: Phrase,
    pub hours_ago: Phrase,
    pub days_ago: Phrase,
    pub seconds: Phrase,
    pub minutes: Phrase,
    pub minutes_seconds: Phrase,
    pub hours: Phrase,
    pub hours_minutes: Phrase,
    pub days: Phrase,
    pub days_hours: Phrase,
}
