//! Channels: accounts, their credentials and health.
//!
//! Words only: `assets/locales/*/channels.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `channels`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    pub channel: String,
    pub kind: String,
    pub name: String,
    pub health: String,
    pub recent: String,
    pub rate: String,
    pub addresses: String,
    pub state: String,
    pub waiting: String,
    pub verified: String,
    pub went_through: Phrase,
    pub rate_yours: Phrase,
    pub rate_none: String,
    pub rate_second: Phrase,
    pub rate_minute: Phrase,
    pub rate_seconds: Phrase,
    pub edit_title: Phrase,
    pub new_title: Phrase,
    pub pick_kind: String,
    pub pick_kind_keys: String,
    pub field_of: Phrase,
    pub not_saved: String,
    pub saving: String,
    pub secret_set: Phrase,
    pub secret_stored: Phrase,
    pub secret_empty: String,
    pub by_default: Phrase,
    pub unset: String,
    pub verify: String,
    pub send_test: String,
    pub never_verified: String,
    pub verified_never_can: String,
    pub callback: String,
    pub callback_how: Phrase,
    pub verified_ok: Phrase,
    pub verified_reached: Phrase,
    pub verified_no: Phrase,
    pub verify_note: String,
    pub last_failures: String,
    pub no_failures: String,
    pub waiting_count: Phrase,
    pub next_resume: String,
    pub next_credential: String,
    pub shown: Phrase,
    pub health_note: String,
    pub empty: String,
    pub fault: ChannelFaultWords,
    pub say: ChannelSayWords,
    pub ask: ChannelAskWords,
}

/// What is wrong with a value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelFaultWords {
    pub required: String,
    pub control: String,
    pub url: String,
    pub number: Phrase,
    pub choice: Phrase,
    pub flag: String,
    pub rate: String,
    pub hours: String,
    pub mailbox: String,
    pub template: Phrase,
    pub number_or_no: Phrase,
    pub pem: String,
    pub http: String,
    pub taken: String,
    pub name_long: String,
    pub name_sign: String,
    pub name_column: String,
}

/// What is said in passing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSayWords {
    pub saved: Phrase,
    pub saved_unproven: Phrase,
    pub reached: Phrase,
    pub verifying: Phrase,
    pub verified: Phrase,
    pub verify_failed: Phrase,
    pub cannot_verify: Phrase,
    pub testing: Phrase,
    pub test_accepted: Phrase,
    pub test_failed: Phrase,
    pub nobody_is_me: String,
    pub no_address: Phrase,
    pub paused: Phrase,
    pub resumed: Phrase,
    pub resumed_waiting: Phrase,
    pub resumed_failed: Phrase,
    pub removed: Phrase,
    pub restored: Phrase,
    pub raw_verify: Phrase,
}

/// Questions and their buttons.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelAskWords {
    pub remove: Phrase,
    pub remove_addresses: Phrase,
    pub remove_keeps: String,
    pub remove_named: Phrase,
    pub unsaved: Phrase,
    pub discard: String,
    pub save: String,
    pub conflict: Phrase,
    pub differs: Phrase,
    pub keep_mine: String,
    pub take_theirs: String,
}
