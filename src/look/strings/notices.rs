//! What is said in passing: toasts and the message log.
//!
//! Words only: `assets/locales/*/notices.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `notices`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    pub scheduled: Phrase,
    pub recalled: Phrase,
    pub paused: Phrase,
    pub halted: Phrase,
    pub sender_died: Phrase,
    pub unhalted: String,
    pub ask_recall: Phrase,
    pub recall_it: String,
    pub ask_unhalt: String,
    pub halted_by: Phrase,
    pub go_on: String,
    pub resumed: Phrase,
    pub stopped: Phrase,
    pub replayed: Phrase,
    pub interrupted: Phrase,
    pub channel_paused: Phrase,
    pub saved: String,
    pub draft_saved: Phrase,
    pub draft_deleted: String,
    pub blocked: Phrase,
    pub muted: Phrase,
    pub removed: Phrase,
    pub undone: Phrase,
    pub nothing_to_undo: String,
    pub copied: String,
    pub written: Phrase,
    pub verified: Phrase,
    pub verify_failed: Phrase,
    pub test_accepted: Phrase,
    pub test_failed: Phrase,
    pub imported: Phrase,
    pub settled: Phrase,
    pub theme_unknown_key: Phrase,
    pub theme_bad_value: Phrase,
    pub theme_unreadable: Phrase,
    pub theme_no_parent: Phrase,
    pub theme_circle: Phrase,
    pub not_kept: Phrase,
    pub mouse_on: String,
    pub mouse_off: String,
    pub read_only: Phrase,
    pub cancelled: String,
}
