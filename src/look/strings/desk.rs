//! What providers are asked beside sending: who follows, codes to follow by, what became of a message.
//!
//! Words only: `assets/locales/*/desk.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `desk`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    pub not_offered: Phrase,
    pub resting: Phrase,
    pub not_asked: Phrase,
    pub failed: Phrase,
    pub unknown: Phrase,
    pub reading: Phrase,
    pub reading_of: Phrase,
    pub listed: String,
    pub same: String,
    pub to_add: String,
    pub to_rename: String,
    pub gone: String,
    pub refused: String,
    pub to_use_again: String,
    pub to_join: String,
    pub removed_here: String,
    pub refused_strangers: String,
    pub not_whole: String,
    pub lists: String,
    pub tied: Phrase,
    pub becomes: Phrase,
    pub untied: String,
    pub more: Phrase,
    pub apply_hint: String,
    pub ask_apply: Phrase,
    pub added: String,
    pub renamed: String,
    pub retired: String,
    pub back: String,
    pub joined: String,
    pub passed_over: String,
    pub undo_hint: Phrase,
    pub undone: Phrase,
    pub nothing_to_undo: Phrase,
    pub bad_valid: Phrase,
    pub link: Phrase,
    pub picture: Phrase,
    pub good_until: Phrase,
    pub no_room: String,
    pub waiting: Phrase,
    pub expired: String,
    pub expired_hint: String,
    pub left: String,
    pub cannot_watch: String,
    pub came_new: Phrase,
    pub came_again: Phrase,
    pub joined_topic: Phrase,
    pub stays_out: Phrase,
    pub nothing_accepted: String,
    pub too_many: Phrase,
    pub handed_on: String,
    pub failed_there: String,
    pub open: String,
    pub no_question: String,
    pub too_old: String,
    pub no_answer: String,
    pub ask_take_back: Phrase,
    pub ask_take_back_of: Phrase,
    pub accepted_of_it: Phrase,
    pub take_back: Phrase,
    pub taking_back: Phrase,
    pub asking_about: Phrase,
    pub became: Phrase,
    pub taken_back: Phrase,
    pub cannot_take_back: Phrase,
    pub take_back_failed: Phrase,
    pub blocked_there: Phrase,
    pub unblocked_there: Phrase,
    pub ended_there: Phrase,
    pub not_following: Phrase,
    pub no_script: String,
    pub no_address: Phrase,
    pub masked: String,
    pub invite: Invite,
    pub page: Page,
}

/// The code on the screen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    pub title: Phrase,
    pub pick: Phrase,
    pub no_topic: String,
    pub joins: Phrase,
    pub asking: String,
    pub good_for: Phrase,
    pub over: String,
    pub no_room: String,
    pub picture: String,
    pub nobody_yet: String,
    pub cannot_look: String,
    pub new: Phrase,
    pub again: Phrase,
}

/// The page that compares a channel with its provider's list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub title: Phrase,
    pub reading_of: Phrase,
    pub applying: String,
    pub differs_keys: String,
    pub applied_keys: String,
    pub ask: Phrase,
    pub keeps: String,
    pub apply: Phrase,
    pub applied: Phrase,
    pub nothing: Phrase,
    pub stopped: String,
}
