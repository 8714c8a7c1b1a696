//! Why something cannot be done, by kind of mistake: parts of the sentences of `errors`, and whole ones where the
//! state of things forbids something.
//!
//! Words only: `assets/locales/*/reasons.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;
use crate::domain::broadcast::Phase;

/// The section `reasons`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    pub what: WhatWords,
    pub doing: DoingWords,
    pub file: FileWords,
    pub id: IdWords,
    pub name: NameWords,
    pub field: FieldWords,
    pub message: MessageWords,
    pub config: ConfigWords,
    pub key: KeyWords,
    pub sender: SenderWords,
    pub log: LogWords,
    pub keymap: KeymapWords,
    pub value: ValueWords,
    pub state: StateWords,
    pub phase: PhaseWords,
    pub next: NextWords,
    pub import: ImportWords,
    pub copy: CopyWords,
    pub inbox: InboxWords,
}

/// What can be looked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatWords {
    pub named: Phrase,
    pub subscriber: String,
    pub topic: String,
    pub tag: String,
    pub channel: String,
    pub broadcast: String,
    pub draft: String,
    pub delivery: String,
    pub schedule: String,
    pub address: String,
    pub change: String,
    pub key: String,
    pub place: String,
    pub rule: String,
    pub message: String,
}

/// What the system was asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoingWords {
    pub output: String,
    pub answer: String,
    pub interrupt: String,
    pub program: String,
    pub sandbox: String,
    pub lock: String,
    pub runtime: String,
    pub sender: String,
    pub report: String,
    pub demo_folder: String,
    pub failed: Phrase,
}

/// What the system says of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileWords {
    pub missing: String,
    pub forbidden: String,
    pub exists: String,
    pub folder: String,
    pub no_folder: String,
    pub full: String,
    pub read_only: String,
    pub not_utf8: String,
    pub address_in_use: String,
    pub other: Phrase,
}

/// Ids and places in lists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdWords {
    pub wrong: Phrase,
    pub mixed: String,
    pub after: Phrase,
}

/// Names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameWords {
    pub of: Phrase,
    pub nameless: Phrase,
    pub empty: String,
    pub too_long: Phrase,
    pub control: String,
    pub sign: Phrase,
    pub column: String,
    pub person: Phrase,
}

/// Fields of a channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldWords {
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
}

/// Messages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageWords {
    pub template: Phrase,
    pub title: String,
    pub summary: String,
    pub url: String,
    pub body: String,
    pub unclosed: Phrase,
    pub no_name: String,
    pub after: Phrase,
    pub too_long: Phrase,
    pub too_deep: Phrase,
    pub unsafe_place: Phrase,
}

/// The configuration file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigWords {
    pub place: Phrase,
    pub unknown: Phrase,
    pub auto: Phrase,
    pub time: Phrase,
    pub text: Phrase,
    pub texts: Phrase,
    pub switch: Phrase,
    pub number: Phrase,
    pub choice: Phrase,
    pub toml: Phrase,
    pub no_home: String,
}

/// The key of a store.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyWords {
    pub wrong: String,
    pub damaged: String,
    pub no_random: String,
}

/// Senders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderWords {
    pub lock: Phrase,
    pub http: String,
    pub back: String,
}

/// The log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogWords {
    pub folder: Phrase,
    pub file: Phrase,
    pub taken: String,
}

/// Keys of the console.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeymapWords {
    pub unknown: Phrase,
    pub not_a_key: Phrase,
    pub reserved: Phrase,
    pub clash: Phrase,
}

/// Values of people and addresses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueWords {
    pub note: String,
    pub remote: String,
    pub variable: Phrase,
    pub too_long: Phrase,
    pub nul: Phrase,
    pub bad_variable: Phrase,
    pub address: String,
    pub address_hint: String,
    pub remote_topic: Phrase,
    pub remote_topic_hint: String,
    pub address_meanwhile: Phrase,
    pub unknown_kind: Phrase,
}

/// What the state of things does not allow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateWords {
    pub no_pause: Phrase,
    pub no_resume: Phrase,
    pub no_stop: Phrase,
    pub ended: Phrase,
    pub nothing_left: Phrase,
    pub past_undo: Phrase,
    pub released: Phrase,
    pub never_released: Phrase,
    pub file_gone: Phrase,
    pub still_goes_out: Phrase,
    pub being_stopped: Phrase,
    pub being_taken_back: String,
    pub past: Phrase,
    pub audience: Phrase,
    pub other_list: String,
    pub quiet_hours: Phrase,
    pub quiet_hours_hint: String,
    pub cron: Phrase,
    pub cron_never: String,
    pub repeated: Phrase,
    pub repeated_hint: Phrase,
    pub cron_hint: String,
    pub several: Phrase,
    pub several_hint: Phrase,
    pub waiting: Phrase,
    pub waiting_hint: String,
    pub person: Phrase,
}

worded!(PhaseWords of Phase as String {
    draft Draft,
    planning Planning,
    held Held,
    scheduled Scheduled,
    sending Sending,
    paused Paused,
    stopped Stopped,
});

/// What can be done with a broadcast where it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextWords {
    pub draft: Phrase,
    pub planning: Phrase,
    pub held: Phrase,
    pub scheduled: Phrase,
    pub sending: Phrase,
    pub paused: Phrase,
    pub ended: Phrase,
    pub stop: Phrase,
    pub show: Phrase,
}

/// Imports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportWords {
    pub running: String,
    pub changed: String,
    pub dropped: String,
    pub unreadable: Phrase,
    pub again_hint: String,
    pub rest: Phrase,
    pub prefix: Phrase,
    pub shape: String,
    pub retired: String,
    pub other_server: String,
}

/// Answers and rules of the Inbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxWords {
    pub nothing_said: String,
    pub too_long: Phrase,
    pub no_way: Phrase,
    pub no_way_hint: String,
    pub rule_empty: String,
    pub rule_long: String,
    pub rule_hole: String,
    pub rule_no_topic: String,
    pub rule_no_text: String,
}

/// Copies of a store.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyWords {
    pub other: Phrase,
    pub damaged: Phrase,
    pub old_sqlite: Phrase,
    pub hint: String,
}
