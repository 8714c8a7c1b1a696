//! Setup: one form per page.
//!
//! Words only: `assets/locales/*/setup.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `setup`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub page_language: String,
    pub theme: String,
    pub theme_keys: String,
    pub sample: String,
    pub glyphs: String,
    pub motion: String,
    pub mouse: String,
    pub sending: String,
    pub outlives: String,
    pub in_here: String,
    pub undo: String,
    pub undo_auto: String,
    pub undo_off: String,
    pub caution: String,
    pub caution_never: String,
    pub caution_lost: Phrase,
    pub expires_never: String,
    pub expires: Phrase,
    pub operator: String,
    pub tests: String,
    pub tests_how: String,
    pub tests_to: Phrase,
    pub network: String,
    pub proxy: String,
    pub direct: String,
    pub config: String,
    pub data: String,
}
