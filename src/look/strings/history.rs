//! History: attempts and what went wrong.
//!
//! Words only: `assets/locales/*/history.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `history`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    pub class: String,
    pub count: String,
    pub place: String,
    pub replay: String,
    pub when: String,
    pub summary: Phrase,
    pub group: Phrase,
    pub by_class: String,
    pub by_broadcast: String,
    pub by_channel: String,
    pub by_person: String,
    pub what_happened: String,
    pub why: String,
    pub what_to_do: String,
    pub sample: String,
    pub attempt: Phrase,
    pub raw_reply: String,
    pub replay_off: String,
    pub people_broadcasts: Phrase,
    pub broadcasts: Phrase,
    pub empty: String,
    pub empty_all: String,
}
