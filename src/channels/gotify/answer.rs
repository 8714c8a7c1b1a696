//! What a Gotify server's answers mean. The token is the person's own, so a refused one is theirs and stops nobody else.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{bare_status, body_text, foreign, json, said, stopped};
use crate::domain::delivery::Class;

/// Gotify has no limiter; a proxy before it may.
const SLOW: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Taken {
    id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    error_code: i64,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    if answer.status == 200 {
        return match json::<Taken>(answer) {
            Some(taken) => Reading::all(Outcome::accepted(Some(format!("id={}", taken.id)))),
            None => foreign(answer, SLOW),
        };
    }
    let Some(refusal) = json::<Refusal>(answer) else { return foreign(answer, SLOW) };
    let words =
        if refusal.error_description.is_empty() { &refusal.error } else { &refusal.error_description };
    let (code, text) = (refusal.error_code.to_string(), said(words, targets));
    match refusal.error_code {
        // An unknown token, or one of a client, which may not send.
        401 | 403 => Reading::all(Outcome::rejected(Class::BadRecipient, code, text)),
        400 => Reading::all(Outcome::rejected(Class::Content, code, text)),
        404 => stopped(code, text),
        429 | 500..600 => bare_status(answer, SLOW),
        _ => Reading::all(Outcome::rejected(Class::Unclassified, code, text)),
    }
}

/// What the answer to the health page means: that of Gotify says how its database is.
pub(super) fn judge_verify(answer: &HttpAnswer) -> Reading {
    let body: Value = json(answer).unwrap_or_default();
    match (body["health"].as_str(), body["database"].as_str()) {
        (Some("green"), Some(_)) if answer.status == 200 => {
            Reading::all(Outcome::accepted(Some("health=green".to_owned())))
        }
        (Some(_), Some(_)) => {
            Reading::all(Outcome::retry(Class::Provider, None, answer.status.to_string(), body_text(answer)))
        }
        _ if answer.status == 200 => stopped("200", body_text(answer)),
        _ => foreign(answer, SLOW),
    }
}
