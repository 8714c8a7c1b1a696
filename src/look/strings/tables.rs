//! What stands over and beside the data that commands print for a person: headings, labels, states.
//!
//! Words only: `assets/locales/*/tables.toml` fill every field. English has the words that filters and scripts
//! take, so that what a table shows can be typed back; `--plain` always has those.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;
use super::states::{
    AddressWords, BroadcastWords, ChannelWords, DeliveryWords, HealthWords, PauseWords, SubscriberWords,
};
use crate::domain::delivery::{Class, SkipReason};

/// The section `tables`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    pub head: HeadWords,
    pub label: LabelWords,
    pub level: LevelWords,
    pub doctor: DoctorWords,
    pub delivery: DeliveryWords,
    pub broadcast: BroadcastWords,
    pub subscriber: SubscriberWords,
    pub address: AddressWords,
    pub health: HealthWords,
    pub channel: ChannelWords,
    pub pause: PauseWords,
    pub class: ClassNames,
    pub skip: SkipNames,
    pub quiet_hours: String,
    pub removed: String,
    pub skipped: Phrase,
    pub rests_until: Phrase,
    pub address_secret: Phrase,
    pub per_call_own: Phrase,
    pub set_at: Phrase,
    pub is_secret: String,
    pub is_needed: String,
}

/// Over a column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadWords {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub title: String,
    pub created: String,
    pub channel: String,
    pub channels: String,
    pub to_send: String,
    pub accepted: String,
    pub failed: String,
    pub unknown: String,
    pub open: String,
    pub paused: String,
    pub paused_by: String,
    pub health: String,
    pub addresses: String,
    pub address: String,
    pub topics: String,
    pub tags: String,
    pub people: String,
    pub remote: String,
    pub note: String,
    pub class: String,
    pub tries: String,
    pub code: String,
    pub said: String,
    pub count: String,
    pub broadcast: String,
    pub last: String,
    pub todo: String,
    pub attempt: String,
    pub at: String,
    pub settled_by: String,
    pub next: String,
    pub cron: String,
    pub at_most: String,
    pub draft: String,
    pub operator: String,
    pub action: String,
    pub object: String,
    pub detail: String,
    pub check: String,
    pub found: String,
    pub calls: String,
    pub time: String,
    pub about: String,
    pub field: String,
    pub takes: String,
    pub unread: String,
    pub from: String,
    pub message: String,
    pub when: String,
    pub pattern: String,
    pub does: String,
}

/// Beside a value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelWords {
    pub rests: String,
    pub id: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub reason: String,
    pub title: String,
    pub to: String,
    pub format: String,
    pub files: String,
    pub taken_back: String,
    pub created: String,
    pub released: String,
    pub leaves_at: String,
    pub stage: String,
    pub replaces: String,
    pub replaced_by: String,
    pub held_until: String,
    pub ended: String,
    pub released_by: String,
    pub plan: String,
    pub audience: String,
    pub to_send: String,
    pub people: String,
    pub paused: String,
    pub health: String,
    pub verified: String,
    pub refused: String,
    pub addresses: String,
    pub address: String,
    pub note: String,
    pub language: String,
    pub quiet: String,
    pub topics: String,
    pub tags: String,
    pub remote: String,
    pub subscriber: String,
    pub channel: String,
    pub left_out: String,
    pub class: String,
    pub not_before: String,
    pub entries: String,
    pub head: String,
    pub rows: String,
    pub added: String,
    pub merged: String,
    pub updated: String,
    pub unchanged: String,
    pub new_topics: String,
    pub config: String,
    pub themes: String,
    pub data: String,
    pub store: String,
    pub keys: String,
    pub log: String,
    pub sound: String,
    pub about: String,
    pub limits: String,
    pub per_call: String,
}

/// How bad a finding is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelWords {
    pub ok: String,
    pub warning: String,
    pub error: String,
    pub warn: String,
    pub fail: String,
}

/// What the doctor looks at and what it found there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoctorWords {
    pub version: String,
    pub config: String,
    pub data: String,
    pub keys: String,
    pub log: String,
    pub store: String,
    pub schema: String,
    pub key: String,
    pub room: String,
    pub channels: String,
    pub channel: String,
    pub sender: String,
    pub terminal: String,
    pub colour: String,
    pub language: String,
    pub not_there: Phrase,
    pub not_made: Phrase,
    pub opens: String,
    pub free: Phrase,
    pub no_channels: String,
    pub silent: String,
    pub alive: String,
    pub no_sender: String,
    pub no_terminal: String,
}

worded!(ClassNames of Class as String {
    bad_recipient BadRecipient,
    blocked Blocked,
    credential Credential,
    rate_limit RateLimit,
    quota Quota,
    content Content,
    refused Refused,
    network Network,
    provider Provider,
    window_closed WindowClosed,
    unclassified Unclassified,
});

worded!(SkipNames of SkipReason as String {
    muted Muted,
    blocked Blocked,
    unsubscribed Unsubscribed,
    no_address NoAddress,
    dead_address DeadAddress,
    reserve Reserve,
    expired Expired,
});
