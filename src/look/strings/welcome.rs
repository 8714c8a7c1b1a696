//! The first page of an empty store.
//!
//! Words only: `assets/locales/*/welcome.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `welcome`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    pub title: String,
    pub intro: String,
    pub language: String,
    pub channel: String,
    pub channel_kinds: String,
    pub channels_there: Phrase,
    pub sandbox: String,
    pub people: String,
    pub people_file: String,
    pub test: String,
    pub test_later: String,
    pub test_key: Phrase,
    pub keys: String,
    pub back: Phrase,
}
