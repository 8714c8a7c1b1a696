//! Subscribers: people, their channels and topics.
//!
//! Words only: `assets/locales/*/subscribers.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `subscribers`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribers {
    pub name: String,
    pub topics: String,
    pub channels: String,
    pub state: String,
    pub last_sent: String,
    pub tags: String,
    pub variables: String,
    pub note: String,
    pub inbox: String,
    pub since: Phrase,
    pub days_30: String,
    pub days_30_counts: Phrase,
    pub inbox_last: Phrase,
    pub address: String,
    pub marks_note: String,
    pub empty: String,
    pub new_title: String,
    pub edit_title: Phrase,
    pub import_title: String,
}
