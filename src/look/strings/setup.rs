//! Setup: one form per page.
//!
//! Words only: `assets/locales/*/setup.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;


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
}
