//! What every failure class is called, why it happens, what to do, and whether a replay can work.
//!
//! Words only: `assets/locales/*/classes.toml` fill every field.
#![expect(missing_docs, reason = "a field is its words: the locale files say what each one says")]

use serde::Deserialize;

use crate::domain::delivery::Class;
use crate::domain::template::Missing;

/// The section `classes`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    pub class: ByClass,
    pub outcome_unknown: ClassWords,
    /// Of people who lack a value: their class is that of the content.
    pub lacks_value: ClassWords,
}

impl Classes {
    /// The words of a failure by its class; none is an unknown outcome. `said` is what is kept beside it.
    pub fn of(&self, class: Option<Class>, said: &str) -> &ClassWords {
        match class {
            None => &self.outcome_unknown,
            Some(Class::Content) if Missing::is_said_by(said) => &self.lacks_value,
            Some(class) => self.class.of(class),
        }
    }
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
