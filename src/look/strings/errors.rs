//! Problems worded for a person: what happened, why, what to do.
//!
//! Words only: `assets/locales/*/errors.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `errors`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    pub unexpected: String,
    pub not_found: Phrase,
    pub busy: String,
    pub read_only_store: Phrase,
    pub disk_full: String,
    pub damaged: Phrase,
    pub damaged_hint: String,
    pub no_key: String,
    pub no_key_hint: String,
    pub newer_store: String,
    pub config_bad: Phrase,
    pub config_unknown: Phrase,
    pub did_you_mean: Phrase,
    pub filter_unknown_field: Phrase,
    pub filter_bad_value: Phrase,
    pub field_required: String,
    pub field_bad: Phrase,
    pub name_taken: Phrase,
    pub address_taken: Phrase,
    pub changed_meanwhile: String,
    pub network: Phrase,
    pub timeout: Phrase,
    pub refused: Phrase,
    pub raw_reply: String,
    pub nothing_saved: String,
    pub confirmation_missing: Phrase,
    pub audience_changed: Phrase,
    pub terminal_needed: String,
    pub terminal_dumb: String,
}
