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
    pub no_title: String,
    pub no_title_fix: Phrase,
    pub no_body: String,
    pub no_audience: String,
    pub no_audience_fix: String,
    pub nobody_left: String,
    pub bad_filter: Phrase,
    pub no_channel: String,
    pub variable_empty: Phrase,
    pub variable_empty_fix: String,
    pub variable_some_empty: Phrase,
    pub variable_splits: Phrase,
    pub variable_splits_fix: Phrase,
    pub template_broken: Phrase,
    pub over_limit: Phrase,
    pub over_limit_fix: String,
    pub near_limit: Phrase,
    pub within_limit: Phrase,
    pub part_title: String,
    pub part_body: String,
    pub part_summary: String,
    pub part_link: String,
    pub part_payload: String,
    pub format_converted: Phrase,
    pub html_cleaned: Phrase,
    pub link_bad: String,
    pub link_plain_http: String,
    pub link_unsupported: Phrase,
    pub credential_missing: Phrase,
    pub credential_missing_fix: String,
    pub channel_paused: Phrase,
    pub channel_failing: Phrase,
    pub channel_untested: Phrase,
    pub quota_short: Phrase,
    pub window_closed: Phrase,
    pub remote_unknown: Phrase,
    pub no_filter: String,
    pub left_out: Phrase,
    pub email_complete: Phrase,
    pub email_no_unsubscribe: Phrase,
    pub tested: Phrase,
    pub test_failed: Phrase,
    pub not_tested: String,
    pub checking: String,
}
