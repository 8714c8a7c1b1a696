//! What WeChat's answers mean: HTTP 200 proves nothing, the `errcode` in the body tells. One table of codes; what
//! stands in none of its rows is unclassified, and shown as the provider says it.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{foreign, json, said, stopped};
use crate::domain::delivery::Class;

/// Quotas of a minute, and what a refusal for speed without a number means.
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// Allowances turn with the day in China; which hour it is nobody says officially.
const CHINA: i8 = 8;
/// A used-up day stops the account; now and then it is tried again.
const HOUR: Duration = Duration::from_secs(3_600);
/// How long a delivery waits for the person's next act before it is tried again; `errors.toml` says so too. The person may act at any time, and a callback that got lost must not hold a message until it has expired.
pub(super) const CLOSED_FOR: Duration = Duration::from_secs(6 * 3_600);
/// Between tries when the provider says that it is busy.
const BUSY: Duration = Duration::from_secs(5);

/// The access token is not good (any more).
pub(super) const TOKEN: &[i64] = &[40_001, 40_014, 42_001];
/// The account or its set-up: nobody can be reached until a person repairs it.
const SET_UP: &[i64] = &[
    40_001, 40_013, 40_014, 40_125, 40_164, 40_243, 41_002, 41_004, 42_001, 43_003, 48_001, 48_004, 50_002,
    50_004, 50_007, 61_004, 89_503, 89_506, 89_507,
];
/// Those of them that are about the address of this host.
const ADDRESS: &[i64] = &[40_164, 61_004, 89_503, 89_506, 89_507];
/// No such person for this account: mostly the openid of another account.
const NOBODY: &[i64] = &[40_003, 46_004];
/// The person does not follow, or takes nothing from the account.
const LEFT: &[i64] = &[43_004, 50_005, 43_101, 48_002, 43_019];
/// No open window, or its allowance is used up.
const WINDOW: &[i64] = &[45_015, 45_047];
/// What the message is made of.
const CONTENT: &[i64] =
    &[40_007, 40_033, 40_035, 40_036, 40_037, 41_030, 44_002, 44_004, 45_002, 45_005, 45_162, 47_001, 47_003];

/// What an answer in the provider's own format says.
pub(super) struct Reply {
    pub(super) code: i64,
    words: String,
    /// The number under which the provider keeps a refused request.
    rid: Option<String>,
    message: Option<String>,
}

impl Reply {
    /// `None`: it is not in the provider's format. Without an `errcode` it is one only if it has a message's id.
    pub(super) fn of(answer: &HttpAnswer) -> Option<Self> {
        // A limiter on the way has its own bodies; a server that failed knows nothing of the request.
        if !matches!(answer.status, 200..300 | 400..500) || answer.status == 429 {
            return None;
        }
        let value: Value = json(answer)?;
        let message = number(&value["msgid"]).map(|id| id.to_string());
        let code = match number(&value["errcode"]) {
            Some(code) => code,
            None if message.is_some() => 0,
            None => return None,
        };
        if code == 0 && answer.status >= 300 {
            return None;
        }
        let (words, rid) = split(value["errmsg"].as_str().unwrap_or_default());
        Some(Self { code, words: words.to_owned(), rid: rid.map(str::to_owned), message })
    }
}

/// A number, as such or in quotes; never by way of a double.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The words without the number of the request, which differs from time to time: `… rid: 5fccc1f3-…`, of old
/// `… hint: [abc]`.
fn split(words: &str) -> (&str, Option<&str>) {
    for mark in ["rid:", "hint:"] {
        if let Some((said, id)) = words.rsplit_once(mark) {
            return (said.trim().trim_end_matches(',').trim_end(), Some(id.trim()));
        }
    }
    (words.trim(), None)
}

/// What an answer to a message means. `collapses`: the provider takes a repeat of it only once.
pub(super) fn judge(targets: &[Target], answer: &HttpAnswer, collapses: bool) -> Reading {
    let Some(reply) = Reply::of(answer) else { return foreign(answer, MINUTE) };
    if reply.code == 0 {
        return Reading::all(Outcome::accepted(reply.message.map(super::receipt)));
    }
    complaint(&reply, targets, collapses)
}

/// In our own words: the provider was not asked.
const CLOSED: &str = "the person has not acted within the time in which an answer may be sent";

/// What is known before any call: nothing may be sent to this person until they act again.
pub(super) fn closed() -> Reading {
    Reading::all(Outcome::retry(Class::WindowClosed, Some(CLOSED_FOR), "", CLOSED))
}

/// What a code other than 0 means. `harmless`: a repeat does no harm.
pub(super) fn complaint(reply: &Reply, targets: &[Target], harmless: bool) -> Reading {
    let (number, code) = (reply.code, reply.code.to_string());
    let text = said(&reply.words, targets);
    let mut reading = match number {
        // Busy is no proof that nothing was done.
        -1 if harmless => Reading::all(Outcome::retry(Class::Provider, Some(BUSY), code, text)),
        -1 => Reading::all(Outcome::unknown(Class::Provider, code, text)),
        _ if ADDRESS.contains(&number) => stopped(code, with_address(&reply.words, text)),
        _ if SET_UP.contains(&number) => stopped(code, text),
        _ if NOBODY.contains(&number) => Reading::all(Outcome::rejected(Class::BadRecipient, code, text)),
        _ if LEFT.contains(&number) => Reading::all(Outcome::rejected(Class::Blocked, code, text)),
        _ if WINDOW.contains(&number) => {
            Reading::all(Outcome::retry(Class::WindowClosed, Some(CLOSED_FOR), code, text))
        }
        45_011 => Reading::all(Outcome::retry(Class::RateLimit, Some(MINUTE), code, text)).slowing(MINUTE),
        45_009 => Reading::all(Outcome::next_day(CHINA, code, text)).slowing(HOUR),
        // Of mass messages; should it come for ours, the refusal of a repeat says that the first one was taken.
        45_065 if targets.iter().any(|target| target.again) => {
            Reading::all(Outcome::accepted(Some("taken by an earlier attempt".to_owned())))
        }
        _ if CONTENT.contains(&number) => Reading::all(Outcome::rejected(Class::Content, code, text)),
        _ => Reading::all(Outcome::rejected(Class::Unclassified, code, text)),
    };
    if let (Some(rid), crate::channels::outcome::Outcomes::All(outcome)) = (&reply.rid, &mut reading.outcomes)
    {
        outcome.receipt.get_or_insert_with(|| format!("rid={}", said(rid, &[])));
    }
    reading
}

/// Which address is to go on the list, as the refusal names it.
fn with_address(words: &str, text: String) -> String {
    let is_edge = |c: char| !c.is_ascii_hexdigit() && !matches!(c, '.' | ':');
    let found = words.split(is_edge).find_map(|word| word.trim_matches([':', '.']).parse::<IpAddr>().ok());
    match found {
        Some(address) => format!("put {address} on the account's IP whitelist: {text}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::look::strings::Strings;

    #[test]
    fn people_are_told_how_often_a_closed_window_is_tried() {
        let hours = CLOSED_FOR.as_secs() / HOUR.as_secs();
        let hint = |lang| &Strings::of(lang).errors.people_wait_hint;
        assert!(hint(Lang::En).contains(&format!("every {hours} hours")));
        assert!(hint(Lang::Zh).contains(&format!("每 {hours} 小时")));
    }
}
