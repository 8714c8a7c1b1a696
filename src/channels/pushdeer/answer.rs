//! What a PushDeer server's answers mean. HTTP 200 proves nothing: the code does, and among successes the list of what
//! was handed on. The reference server fails with a bare 500 over a key that it does not know; so it does over other
//! things, so that stays unknown.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{body_text, foreign, json, mentions, said, sentences};
use crate::domain::delivery::Class;

/// Calls are counted by the minute.
const SLOW: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Reply {
    code: i64,
    #[serde(default)]
    error: Value,
    #[serde(default)]
    content: Value,
}

const KEY_WORDS: &[&str] = &["key"];
const DISABLED_WORDS: &[&str] = &["禁用", "封禁", "disabled", "blocked"];

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    let reply = match json::<Reply>(answer) {
        Some(reply) if answer.status == 200 => reply,
        _ => return foreign(answer, SLOW),
    };
    let words = sentences(&reply.error);
    let (code, text) = (reply.code.to_string(), said(&words, targets));
    Reading::all(match reply.code {
        0 => match &reply.content["result"] {
            Value::Array(handed_on) if !handed_on.is_empty() => {
                Outcome::accepted(Some(format!("devices={}", handed_on.len())))
            }
            // Nobody holds a device with this key; older servers say so of keys that they do not know, too.
            Value::Array(_) | Value::Bool(false) => {
                Outcome::rejected(Class::BadRecipient, code, body_text(answer))
            }
            _ => Outcome::unknown(Class::Unclassified, code, body_text(answer)),
        },
        // The key is the person's own.
        80_403 => Outcome::rejected(Class::BadRecipient, code, text),
        // Arguments, among which a disabled account counts.
        80_501 if mentions(&words, DISABLED_WORDS) => Outcome::rejected(Class::Blocked, code, text),
        80_501 if mentions(&words, KEY_WORDS) => Outcome::rejected(Class::BadRecipient, code, text),
        80_501 => Outcome::rejected(Class::Content, code, text),
        // Behind it are several services, and some of them may have taken it.
        80_502 => Outcome::unknown(Class::Provider, code, text),
        _ => Outcome::rejected(Class::Unclassified, code, text),
    })
}
