//! What Feishu's answers mean. They come with HTTP 200 or 400 and a `code`; the oldest success has only a
//! `StatusCode`. 9499 stands for too many requests and for bad ones: the words tell which.

use std::time::Duration;

use serde::Deserialize;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{foreign, json, mentions, said};
use crate::channels::robot::unsigned;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;

/// Both limits are over after this.
const SLOW: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Reply {
    code: Option<i64>,
    #[serde(default)]
    msg: Option<String>,
    #[serde(rename = "StatusCode")]
    status_code: Option<i64>,
    #[serde(rename = "StatusMessage", default)]
    status_message: Option<String>,
}

pub(super) fn judge(targets: &[Target], account: Option<&Account>, answer: &HttpAnswer) -> Reading {
    let reply = if matches!(answer.status, 200 | 400) { json::<Reply>(answer) } else { None };
    let known = reply.and_then(|reply| Some((reply.code.or(reply.status_code)?, reply)));
    let Some((number, reply)) = known else { return foreign(answer, SLOW) };
    let words = [reply.msg, reply.status_message].into_iter().flatten().find(|text| !text.is_empty());
    let words = words.unwrap_or_default();
    let (code, text) = (number.to_string(), said(&words, targets));
    let slow =
        |code, text| Reading::all(Outcome::retry(Class::RateLimit, Some(SLOW), code, text)).slowing(SLOW);
    Reading::all(match number {
        0 if answer.status == 200 => Outcome::accepted(None),
        // Nobody can say both.
        0 => Outcome::unknown(Class::Provider, answer.status.to_string(), text),
        11_232 => return slow(code, text),
        9_499 if mentions(&words, &["too many", "frequen", "rate", "limit"]) => return slow(code, text),
        9_499 if mentions(&words, &["bad request"]) => Outcome::rejected(Class::Content, code, text),
        10_002 | 19_002 => Outcome::rejected(Class::Content, code, text),
        19_001 => Outcome::rejected(Class::BadRecipient, code, text),
        19_021 => return unsigned(targets, account, code, text),
        // The robot's list of hosts, and its keywords.
        19_022 | 19_024 => Outcome::rejected(Class::Refused, code, text),
        _ => Outcome::rejected(Class::Unclassified, code, text),
    })
}
