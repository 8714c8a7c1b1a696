//! What Compose says about a message before it leaves.
//!
//! Words only: `assets/locales/*/checks.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;

/// The section `checks`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    pub summary_errors: Phrase,
    pub summary_warnings: Phrase,
    pub summary_passed: Phrase,
    pub goto: String,
    pub no_title_fix: Phrase,
    pub no_body: String,
    pub title_only: String,
    pub nobody_left: String,
    pub no_channel: String,
    pub variable_empty: Phrase,
    pub variable_splits: Phrase,
    pub template_broken: Phrase,
    pub over_limit: Phrase,
    pub within_limit: Phrase,
    pub over_for: Phrase,
    pub cut_for: Phrase,
    pub at_most: Phrase,
    pub part_limit: Phrase,
    pub part_title: String,
    pub part_body: String,
    pub part_summary: String,
    pub part_link: String,
    pub part_payload: String,
    pub format_converted: Phrase,
    pub files_left_out: Phrase,
    pub body_left_out: Phrase,
    pub no_picture: Phrase,
    pub link_bad: String,
    pub credential_missing: Phrase,
    pub channel_paused: Phrase,
    pub channel_untested: Phrase,
    pub fanned_out: Phrase,
    pub no_filter: String,
    pub tested: Phrase,
    pub test_failed: Phrase,
    pub not_tested: String,
    pub checking: String,
    pub no_such_topic: Phrase,
    pub no_such_channel: Phrase,
    pub no_such: Phrase,
    pub unknown_tag: Phrase,
    pub did_you_mean: Phrase,
    pub unknown_field: Phrase,
    pub field_not_here: Phrase,
    pub field_no_value: Phrase,
    pub field_bad_value: Phrase,
    pub open_quote: String,
    pub lacks_named: Phrase,
    pub missing_field: Phrase,
    pub bad_field: Phrase,
    pub summary_cut: Phrase,
    pub cut_at: Phrase,
    pub splits_untimed: Phrase,
    pub unsafe_place: Phrase,
    pub body_too_long: String,
    pub too_deep: String,
    pub unclosed: String,
    pub no_variable_name: String,
    pub only_default: Phrase,
    pub no_ways: String,
    pub unit_chars: Phrase,
    pub unit_utf16: Phrase,
    pub unit_bytes: Phrase,
    pub test_running: Phrase,
    pub failing_lately: Phrase,
    pub slot_fits: Phrase,
    pub slot_filled: Phrase,
    pub slot_empty: Phrase,
    pub slot_blank: Phrase,
    pub slot_over: Phrase,
    pub slot_cut: Phrase,
    pub slot_vanishes: Phrase,
    pub slot_characters: Phrase,
    pub slot_form: Phrase,
    pub slot_absent: Phrase,
    pub slot_for: Phrase,
}

impl Checks {
    /// What a place of a provider's template gets: by the word of what is wrong with it, and whether its limit is
    /// known.
    pub fn slot(&self, flaw: Option<&str>, limited: bool) -> &Phrase {
        match flaw {
            None if limited => &self.slot_fits,
            None => &self.slot_filled,
            Some("empty") => &self.slot_empty,
            Some("blank") => &self.slot_blank,
            Some("over") => &self.slot_over,
            Some("cut") => &self.slot_cut,
            Some("vanishes") => &self.slot_vanishes,
            Some("characters") => &self.slot_characters,
            Some("form") => &self.slot_form,
            Some(_) => &self.slot_absent,
        }
    }
}
