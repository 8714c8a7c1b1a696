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
    pub page_look: String,
    pub page_language: String,
    pub page_sending: String,
    pub page_confirm: String,
    pub page_network: String,
    pub page_data: String,
    pub page_about: String,
    pub theme: String,
    pub colours: String,
    pub colours_unannounced: Phrase,
    pub theme_default: String,
    pub theme_contrast: Phrase,
    pub theme_low: Phrase,
    pub theme_mono: String,
    pub theme_keys: String,
    pub theme_keep: String,
    pub theme_put_back: String,
    pub sample: String,
    pub glyphs: String,
    pub motion: String,
    pub mouse: String,
}
