//! History: attempts and what went wrong.
//!
//! Words only: `assets/locales/*/history.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `history`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    pub class: String,
    pub broadcast: String,
    pub channel: String,
    pub person: String,
    pub state: String,
    pub code: String,
    pub words: String,
    pub tries: String,
    pub count: String,
    pub place: String,
    pub replay: String,
    pub when: String,
    pub failed_unknown: Phrase,
    pub books: Phrase,
    pub group: Phrase,
    pub by_class: String,
    pub by_broadcast: String,
    pub by_channel: String,
    pub by_person: String,
    pub each: String,
    pub until: Phrase,
    pub due: String,
    pub failed_unknown_waiting: Phrase,
    pub mixed: Phrase,
    pub mixed_todo: Phrase,
    pub waits_todo: String,
    pub what_happened: String,
    pub why: String,
    pub what_to_do: String,
    pub sample: String,
    pub attempts: String,
    pub attempt: Phrase,
    pub settled_by: Phrase,
    pub address: String,
    pub remote: String,
    pub raw_reply: Phrase,
    pub replay_off: String,
    pub broadcasts: Phrase,
    pub deliveries: Phrase,
    pub first_at: Phrase,
    pub key_replay: Phrase,
    pub key_retire: Phrase,
    pub key_rewrite: Phrase,
    pub key_replay_same: Phrase,
    pub key_other: Phrase,
    pub key_channel: Phrase,
    pub key_settle: Phrase,
    pub key_raw: Phrase,
    pub next_by_itself: Phrase,
    pub empty: String,
    pub empty_all: String,
    pub empty_groups: Phrase,
    pub say: HistorySayWords,
    pub ask: HistoryAskWords,
    pub review: HistoryReviewWords,
}

/// What is said in passing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistorySayWords {
    pub replayed: Phrase,
    pub replayed_none: String,
    pub nothing_to_replay: String,
    pub number_changed: Phrase,
    pub settled: Phrase,
    pub retired: Phrase,
    pub nothing_to_retire: String,
    pub mass_failure: Phrase,
    pub too_many_people: String,
    pub several_texts: String,
    pub no_other_channel: String,
    pub rewritten: Phrase,
    pub another: Phrase,
}

/// Questions and their buttons.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryAskWords {
    pub settle: Phrase,
    pub settle_sends: String,
    pub arrived: Phrase,
    pub not_arrived: Phrase,
    pub retire: String,
    pub retire_keeps: Phrase,
    pub retire_button: Phrase,
    pub hidden: Phrase,
}

/// The review of a replay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryReviewWords {
    pub title: String,
    pub to_send: Phrase,
    pub accepted: Phrase,
    pub elsewhere: Phrase,
    pub left_out: Phrase,
    pub unknown: Phrase,
    pub unknown_replace: Phrase,
    pub hopeless: Phrase,
    pub collapses: Phrase,
    pub paused: Phrase,
    pub type_number: String,
    pub button: Phrase,
    pub off_until: String,
    pub nothing: String,
    pub only_unknown: String,
    pub y_acts: String,
}
