//! Inbox: messages from people.
//!
//! Words only: `assets/locales/*/inbox.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `inbox`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    pub from: String,
    pub via: String,
    pub message: String,
    pub when: String,
    pub unread: Phrase,
    pub reply_to: Phrase,
    pub auto: String,
    pub empty: String,
}
