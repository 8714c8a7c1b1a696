//! Compose: fields, preview, audience.
//!
//! Words only: `assets/locales/*/compose.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::Strings;
use super::phrase::Phrase;
use crate::domain::message::Format;

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
    pub face_bubble: String,
    pub face_card: String,
    pub face_banner: String,
    pub face_mail: String,
    pub rows_more: Phrase,
    pub channel_keys: Phrase,
    pub preview_more: Phrase,
    pub audience: String,
    pub per_person: Phrase,
    pub calls_time: Phrase,
    pub left_out: String,
    pub no_channel: String,
    pub checks: String,
    pub title_hint: String,
    pub body_hint: String,
    pub every: String,
    pub fallback: String,
    pub when_repeats: Phrase,
    pub repeats: Phrase,
    pub everybody: String,
    pub counting: String,
    pub nobody_here: String,
    pub not_saved: String,
    pub new_version: Phrase,
    pub new_draft: String,
    pub opening: String,
    pub body_too_long: String,
    pub editor_empty: String,
    pub no_draft: String,
    pub clash: Phrase,
    pub both_texts: String,
    pub stored_first: String,
    pub request_of: Phrase,
    pub tests_go_to: Phrase,
    pub nowhere_to_test: String,
    pub attached: Phrase,
    pub test_blocked: Phrase,
    pub ask_test: Phrase,
    pub ask_test_note: String,
    pub send_test: String,
    pub test_sent: String,
    pub going: Phrase,
    pub released: Phrase,
    pub scheduled: Phrase,
    pub when_bad: String,
    pub when_past: String,
    pub stage_bad: String,
    pub on_its_way: String,
    pub moved: String,
    pub who: String,
    pub who_hint: String,
    pub files: String,
    pub which_file: String,
    pub which_file_hint: String,
    pub lacks: Phrase,
    pub unknown_kind: String,
    pub broken: String,
    pub nothing: String,
    pub nobody_to_show: String,
    pub plus_lists: Phrase,
}

impl Strings {
    /// What a format is called.
    pub fn format_word(&self, format: Format) -> &str {
        match format {
            Format::Markdown => &self.compose.format_markdown,
            Format::Text => &self.compose.format_text,
            Format::Html => &self.compose.format_html,
        }
    }
}
