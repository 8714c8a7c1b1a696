//! The four fixed rows around every screen, and the page for terminals that are too small.
//!
//! Words only: `assets/locales/*/frame.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `frame`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    pub tabs: Tabs,
    pub inbox_unread: Phrase,
    pub mode_nav: String,
    pub mode_type: String,
    pub typing_in: Phrase,
    pub demo: String,
    pub halted: Phrase,
    pub disk_low: String,
    pub sender_silent: String,
    pub read_only: String,
    pub ssh: String,
    pub local: String,
    pub mouse_on: String,
    pub mouse_off: String,
    pub lang: String,
    pub channels: Phrase,
    pub channels_ok: Phrase,
    pub channels_paused: Phrase,
    pub channels_failing: Phrase,
    pub channels_untested: Phrase,
    pub active_sends: Phrase,
    pub failed_since: Phrase,
    pub unknown_since: Phrase,
    pub messages: Phrase,
    pub undo_left: Phrase,
    pub marked: Phrase,
    pub marked_hidden: Phrase,
    pub marked_all: String,
    pub too_small: Phrase,
    pub too_small_sending: Phrase,
    pub too_small_keys: String,
    pub apply_key: String,
    pub clear_key: String,
    pub answer_key: String,
    pub press_key: String,
    pub title_sending: Phrase,
    pub input_method: String,
    pub paste_ignored: String,
    pub quit_again: Phrase,
    pub sender_stays: Phrase,
    pub no_sender: String,
}

/// The eight sections, in their order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tabs {
    pub outbox: String,
    pub compose: String,
    pub subscribers: String,
    pub subscribers_short: String,
    pub topics: String,
    pub channels: String,
    pub history: String,
    pub inbox: String,
    pub setup: String,
}
