//! Outbox: broadcasts and their progress.
//!
//! Words only: `assets/locales/*/outbox.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `outbox`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    pub counts_active: Phrase,
    pub counts_scheduled: Phrase,
    pub counts_drafts: Phrase,
    pub id: String,
    pub state: String,
    pub title: String,
    pub audience: String,
    pub progress: String,
    pub channel: String,
    pub reserve: Phrase,
    pub accepted: String,
    pub failed: String,
    pub unknown: String,
    pub left: String,
    pub rate: String,
    pub one_of: Phrase,
    pub undo_hint: Phrase,
    pub failed_replay: Phrase,
    pub unknown_replay: Phrase,
    pub saved_at: Phrase,
    pub draft: Phrase,
    pub left_out: Phrase,
    pub cancelled: Phrase,
    pub expired: Phrase,
    pub goes_on: Phrase,
    pub stage_stands: Phrase,
    pub last_failure: Phrase,
    pub more_channels: Phrase,
    pub below: Phrase,
    pub some_taken_back: Phrase,
    pub in_place_of: Phrase,
    pub replaced_by: Phrase,
    pub message: String,
    pub released_by: String,
    pub more: String,
    pub keys: Phrase,
    pub empty: String,
    pub repeats: Phrase,
    pub repeats_paused: String,
    pub repeats_about: Phrase,
    pub repeats_still: Phrase,
    pub repeats_broken: Phrase,
    pub repeats_keys: Phrase,
    pub schedule_paused: String,
    pub schedule_resumed: String,
    pub schedule_removed: String,
    pub ask_unschedule: Phrase,
    pub unscheduled_keeps: String,
    pub unschedule: String,
}
