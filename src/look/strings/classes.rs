//! What every failure class is called, why it happens, what to do, and whether a replay can work.
//!
//! Words only: `assets/locales/*/classes.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use crate::domain::delivery::Class;

/// The section `classes`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    pub class: ByClass,
    pub outcome_unknown: ClassWords,
}

/// The words of one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassWords {
    pub name: String,
    pub happened: String,
    pub why: String,
    pub todo: String,
    pub replay: String,
}

worded!(ByClass of Class as ClassWords {
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
