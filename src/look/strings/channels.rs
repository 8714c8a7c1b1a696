//! Channels: accounts, their credentials and health.
//!
//! Words only: `assets/locales/*/channels.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `channels`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    pub channel: String,
    pub kind: String,
    pub health: String,
    pub day: String,
    pub quota: String,
    pub quota_of: Phrase,
    pub edit_title: Phrase,
    pub new_title: String,
    pub pick_kind: String,
    pub field_of: Phrase,
    pub not_saved: String,
    pub secret_set: Phrase,
    pub secret_replace: String,
    pub secret_key_set: String,
    pub verify: String,
    pub verify_note: String,
    pub send_test: String,
    pub verify_failed: Phrase,
    pub verify_ok: Phrase,
    pub cannot_verify: Phrase,
    pub health_note: String,
    pub empty: String,
}
