//! What commands say on stderr; what scripts read is never translated.
//!
//! Words only: `assets/locales/*/cli.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `cli`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cli {
    pub dry_run: String,
    pub started: Phrase,
    pub started_stage: Phrase,
    pub scheduled: Phrase,
    pub waits_until: Phrase,
    pub waiting: Phrase,
    pub ended: Phrase,
    pub detached: Phrase,
    pub hint: Phrase,
    pub warning: Phrase,
    pub error: Phrase,
    pub secret_on_command_line: String,
    pub added: String,
    pub changed: String,
    pub removed: String,
    pub nothing_to_change: String,
    pub secret_file_open: Phrase,
    pub address_unusual: Phrase,
    pub tag_unknown: Phrase,
    pub more: Phrase,
    pub holding: Phrase,
    pub let_go: Phrase,
    pub verified: Phrase,
    pub tested: Phrase,
    pub queued: Phrase,
    pub unknown_left: Phrase,
    pub channel_paused: Phrase,
    pub cancelled: Phrase,
    pub ask_remove: Phrase,
    pub ask_stop: Phrase,
    pub remote_beyond: String,
    pub sender_elsewhere: String,
    pub serving: String,
    pub imported: Phrase,
    pub more_notes: Phrase,
    pub halted: Phrase,
    pub unhalted: String,
    pub not_halted: String,
    pub backed_up: Phrase,
    pub ask_restore: Phrase,
    pub restored: Phrase,
    pub kept_before: Phrase,
    pub sound: String,
    pub ask_takeover: String,
    pub taken_over: String,
    pub recurs: Phrase,
    pub stands_until: Phrase,
    pub nothing_queued: String,
    pub queued_because: Phrase,
    pub queued_accepted: Phrase,
    pub queued_other: Phrase,
    pub nothing_to_show: String,
    pub settled_accepted: Phrase,
    pub settled_not_accepted: Phrase,
    pub nothing_to_settle: String,
    pub test_body: Phrase,
}
