//! Compose: fields, preview, audience.
//!
//! Words only: `assets/locales/*/compose.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `compose`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compose {
    pub draft: Phrase,
    pub to: String,
    pub via: String,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub format: String,
    pub format_markdown: String,
    pub format_text: String,
    pub format_html: String,
    pub when: String,
    pub when_now: String,
    pub undo: String,
    pub stage: String,
    pub stage_first: Phrase,
    pub stage_off: String,
    pub body: String,
    pub body_place: Phrase,
    pub preview: String,
    pub preview_as: Phrase,
    pub preview_note: String,
    pub audience: String,
    pub per_person: Phrase,
    pub calls_time: Phrase,
    pub left_out: String,
    pub no_channel: String,
    pub enter_view: String,
    pub checks: String,
    pub title_hint: String,
    pub body_hint: String,
    pub after_typing: String,
}
