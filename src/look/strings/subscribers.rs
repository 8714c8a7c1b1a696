//! Subscribers: people, their channels and topics.
//!
//! Words only: `assets/locales/*/subscribers.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `subscribers`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribers {
    pub name: String,
    pub topics: String,
    pub channels: String,
    pub state: String,
    pub tags: String,
    pub variables: String,
    pub note: String,
    pub inbox: String,
    pub since: Phrase,
    pub address: String,
    pub empty: String,
    pub readmits: Phrase,
    pub stay_out: Phrase,
    pub stay_out_cli: Phrase,
    pub new_title: String,
    pub edit_title: Phrase,
    pub import_title: String,
    pub added: String,
    pub me: String,
    pub counts: Phrase,
    pub people_counts: Phrase,
    pub lang: String,
    pub quiet: String,
    pub deliveries: String,
    pub deliveries_none: String,
    pub address_none: String,
    pub working: Phrase,
    pub changes: SubscriberChanges,
    pub ask: SubscriberAsk,
    pub buttons: SubscriberButtons,
    pub form: SubscriberForm,
    pub import: SubscriberImport,
    pub problem: SubscriberProblem,
    pub filter: SubscriberFilter,
}

/// What was done to people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberChanges {
    pub did_active: Phrase,
    pub did_muted: Phrase,
    pub did_blocked: Phrase,
    pub did_unsubscribed: Phrase,
    pub did_removed: Phrase,
    pub did_joined: Phrase,
    pub did_left: Phrase,
    pub did_tagged: Phrase,
    pub did_untagged: Phrase,
    pub undid: Phrase,
    pub nothing: String,
    pub halted: Phrase,
    pub busy: String,
    pub grown: Phrase,
    pub me_is: Phrase,
    pub added: Phrase,
    pub saved: Phrase,
    pub too_many: Phrase,
}

/// Questions before it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberAsk {
    pub active: Phrase,
    pub muted: Phrase,
    pub blocked: Phrase,
    pub unsubscribed: Phrase,
    pub removed: Phrase,
    pub removed_one: Phrase,
    pub joined: Phrase,
    pub left: Phrase,
    pub tagged: Phrase,
    pub untagged: Phrase,
    pub pick_join: Phrase,
    pub pick_leave: Phrase,
    pub pick_tag: Phrase,
    pub pick_untag: Phrase,
    pub imported: Phrase,
    pub imported_text: Phrase,
    pub lost: Phrase,
    pub lost_text: String,
    pub also_changed: Phrase,
}

/// Buttons that do it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberButtons {
    pub active: Phrase,
    pub muted: Phrase,
    pub blocked: Phrase,
    pub unsubscribed: Phrase,
    pub removed: Phrase,
    pub joined: Phrase,
    pub left: Phrase,
    pub tagged: Phrase,
    pub untagged: Phrase,
    pub imported: Phrase,
}

/// The form of a person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberForm {
    pub new_vars: String,
    pub new_vars_help: String,
    pub topics_help: String,
    pub tags_help: String,
    pub lang_help: String,
    pub quiet_help: String,
    pub quiet: String,
    pub address_help: String,
    pub further_help: Phrase,
    pub another: Phrase,
    pub keep: Phrase,
    pub goes: Phrase,
    pub not_saved: Phrase,
    pub saving: String,
    pub required: String,
    pub required_label: String,
    pub too_long: Phrase,
    pub control: String,
    pub sign: Phrase,
    pub column: String,
    pub unknown_topic: Phrase,
    pub bad_var: Phrase,
    pub address: Phrase,
    pub prefix: Phrase,
    pub shape: String,
    pub retired: String,
    pub other_server: String,
    pub unusual: Phrase,
}

/// Importing from a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberImport {
    pub path: String,
    pub path_help: String,
    pub columns: String,
    pub checking: Phrase,
    pub writing: Phrase,
    pub checked: String,
    pub written: String,
    pub refused: Phrase,
    pub rows: String,
    pub added: String,
    pub updated: String,
    pub unchanged: String,
    pub merged: String,
    pub topics_created: String,
    pub notes: String,
    pub errors: String,
    pub shown_of: Phrase,
    pub line: Phrase,
    pub line_column: Phrase,
    pub go: String,
    pub again: String,
    pub done: String,
    pub missing: String,
    pub forbidden: String,
    pub folder: String,
    pub unreadable: Phrase,
    pub same_as_line: Phrase,
    pub keeps_name: Phrase,
    pub stays_out: Phrase,
}

/// What is wrong in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberProblem {
    pub empty: String,
    pub no_name: String,
    pub unknown_column: String,
    pub several_channels: Phrase,
    pub unknown_kind: String,
    pub twice: String,
    pub cells: Phrase,
    pub row_too_long: Phrase,
    pub cell_too_long: Phrase,
    pub not_utf8: String,
    pub attributes: String,
    pub status: String,
    pub no_channel: String,
    pub nul: String,
    pub label: Phrase,
    pub two_people: Phrase,
    pub too_many_rows: Phrase,
}

/// What is wrong with a filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberFilter {
    pub unknown_field: Phrase,
    pub not_here: Phrase,
    pub no_value: Phrase,
    pub bad_value: Phrase,
    pub open_quote: String,
    pub unknown_topic: Phrase,
    pub unknown_channel: Phrase,
    pub did_you_mean: Phrase,
}
