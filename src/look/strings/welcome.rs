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
    pub add_channel: String,
    pub or_sandbox: String,
    pub sandbox_note: String,
    pub send_test: String,
    pub after_step: Phrase,
    pub have_list: String,
    pub import_csv: Phrase,
    pub have_backup: String,
    pub keys: String,
    pub start: String,
    pub skip: String,
}
