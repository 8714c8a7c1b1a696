//! Popups that are made of the action table, and why an action is off.
//!
//! Words only: `assets/locales/*/overlays.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `overlays`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlays {
    pub help_title: Phrase,
    pub help_nothing: String,
    pub palette_title: String,
    pub palette_count: Phrase,
    pub palette_nothing: String,
    pub messages_title: Phrase,
    pub messages_nothing: String,
    pub problem_title: String,
    pub problem_why: String,
    pub problem_next: String,
    pub themes_title: String,
    pub theme_keys: String,
    pub off: Phrase,
    pub config_warning: Phrase,
    pub filter: String,
    pub pick_new: Phrase,
    pub pick_nothing: String,
    pub pick_none_yet: String,
    pub ask_stop: Phrase,
    pub ask_stop_left: Phrase,
    pub ask_rest: Phrase,
    pub ask_rest_left: Phrase,
    pub stop_keeps: Phrase,
    pub paused_in_flight: Phrase,
    pub menus: MenuWords,
    pub why: WhyWords,
    pub contexts: ContextWords,
    pub planned: PlannedWords,
}

/// Titles of the small menus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuWords {
    pub copy: String,
    pub go: String,
    pub order: String,
    pub filters: String,
    pub selection: String,
}

/// Why an action is off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyWords {
    pub read_only: String,
    pub nothing_selected: String,
    pub stage_stands: String,
    pub shown_already: String,
    pub grouped: String,
    pub other_marks: String,
    pub is_draft: String,
    pub draft_in_compose: String,
    pub not_draft: String,
    pub not_sending: String,
    pub not_standing: String,
    pub waits_channel: String,
    pub ended: String,
    pub past_undo: String,
    pub not_here: String,
    pub not_offered: String,
    pub nothing_to_take_back: String,
    pub still_goes_out: String,
    pub nothing_to_ask_with: String,
    pub no_follow: String,
    pub in_sight: String,
    pub too_late: String,
    pub nothing_marked: String,
    pub nothing_to_do: String,
    pub unsaved: String,
    pub unchanged: String,
    pub never_works: String,
    pub nothing_unknown: String,
    pub no_bad_recipient: String,
    pub nothing_to_replay: String,
}

/// Headings of the help page; sections have their own names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextWords {
    pub system: String,
    pub nav: String,
    pub moving: String,
    pub table: String,
    pub detail: String,
    pub form: String,
    pub typing: String,
    pub line: String,
    pub body: String,
    pub dialog: String,
    pub gate: String,
    pub menu: String,
    pub palette: String,
    pub viewer: String,
    pub themes: String,
}

/// What a section will hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedWords {
    pub setup: String,
    pub elsewhere: String,
}
