//! Why somebody in the audience gets nothing.
//!
//! Words only: `assets/locales/*/skips.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use super::phrase::Phrase;
use crate::domain::delivery::SkipReason;

/// The section `skips`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skips {
    pub reason: ByReason,
    pub left_out: Phrase,
}

/// The words of one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipWords {
    pub name: String,
    pub why: String,
}

worded!(ByReason of SkipReason as SkipWords {
    muted Muted,
    blocked Blocked,
    unsubscribed Unsubscribed,
    no_address NoAddress,
    dead_address DeadAddress,
    reserve Reserve,
    expired Expired,
});
