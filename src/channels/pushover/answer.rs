//! What Pushover's answers mean. A refusal has status 0, the parameter that is wrong with the word `invalid`, and
//! sentences in `errors`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{body_text, foreign, json, mentions, said, sentences, stopped};
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::Class;

const SLOW: Duration = Duration::from_secs(10);
/// An allowance is for a month in Central Time; that it has not turned yet is found out once a day.
const CENTRAL: i8 = -6;

#[derive(Deserialize)]
struct Reply {
    status: i64,
    #[serde(default)]
    request: Value,
    /// Of an emergency, to ask about later.
    #[serde(default)]
    receipt: Value,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    token: Value,
    #[serde(default)]
    user: Value,
}

#[derive(Deserialize)]
struct Allowance {
    limit: i64,
    remaining: i64,
}

const TOKEN_WORDS: &[&str] = &["application token", "token is invalid"];
const USER_WORDS: &[&str] = &[
    "user identifier",
    "user key",
    "not a valid user",
    "no active devices",
    "device name is not valid",
    "group has no",
];
const CONTENT_WORDS: &[&str] = &[
    "message cannot be blank",
    "message is too long",
    "title is too long",
    "url is too long",
    "url is invalid",
];
const QUOTA_WORDS: &[&str] = &["monthly limit", "message limit", "over quota"];

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    let Some(reply) = json::<Reply>(answer) else { return foreign(answer, SLOW) };
    if answer.status == 200 && reply.status == 1 {
        let pairs = [("request", &reply.request), ("receipt", &reply.receipt)];
        let parts: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, id)| Some((name, id.as_str().filter(|id| !id.is_empty())?)))
            .map(|(name, id)| format!("{name}={}", said(id, targets)))
            .collect();
        return Reading::all(Outcome::accepted((!parts.is_empty()).then(|| parts.join(" "))));
    }
    if answer.status != 200 && !(400..500).contains(&answer.status) {
        return foreign(answer, SLOW);
    }
    let words = sentences(&reply.errors);
    let (code, text) = (answer.status.to_string(), said(&words, targets));
    let is_invalid = |parameter: &Value| parameter.as_str() == Some("invalid");
    if answer.status == 429 || mentions(&words, QUOTA_WORDS) {
        // The application's month is used up, for everybody.
        Reading::all(Outcome::next_day(CENTRAL, code, text)).pausing(PauseReason::Quota)
    } else if is_invalid(&reply.token) || mentions(&words, TOKEN_WORDS) {
        stopped(code, text)
    } else if is_invalid(&reply.user) || mentions(&words, USER_WORDS) {
        Reading::all(Outcome::rejected(Class::BadRecipient, code, text))
    } else if answer.status == 413 || mentions(&words, CONTENT_WORDS) {
        Reading::all(Outcome::rejected(Class::Content, code, text))
    } else {
        Reading::all(Outcome::rejected(Class::Unclassified, code, text))
    }
}

/// What the answer to the question for the allowance means.
pub(super) fn judge_verify(answer: &HttpAnswer) -> Reading {
    match json::<Allowance>(answer) {
        Some(Allowance { limit, remaining }) if answer.status == 200 => {
            Reading::all(Outcome::accepted(Some(format!("remaining={remaining} of {limit}"))))
        }
        _ if answer.status == 200 => stopped("200", body_text(answer)),
        _ => judge(&[], answer),
    }
}
