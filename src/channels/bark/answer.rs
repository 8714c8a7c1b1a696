//! What a bark-server's answers mean. It says 500 for whatever Apple refuses, so the last word of the
//! message decides, then the message, and the status only at the end.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Outcomes, Reading, Verdict};
use crate::channels::reading::{bare_status, body_text, json, mentions, said, stopped};
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::Class;

/// A 429 of a proxy that does not say how long.
const SLOW: Duration = Duration::from_secs(10);

mod batch;

#[derive(Deserialize)]
struct Reply {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Info {
    version: String,
}

/// What Apple's word at the end of a message means.
#[derive(Clone, Copy)]
enum Reason {
    Gone,
    OurContent,
    /// Too many to this device: only this one waits.
    DeviceRate,
    /// The server's own key or clock: everybody waits.
    ServerKey,
    /// Apple itself.
    Apple,
}

const REASONS: &[(&str, Reason)] = &[
    ("Unregistered", Reason::Gone),
    ("ExpiredToken", Reason::Gone),
    ("BadDeviceToken", Reason::Gone),
    ("DeviceTokenNotForTopic", Reason::Gone),
    // A key whose token was taken away: some databases give an empty one, and Apple is asked with it.
    ("MissingDeviceToken", Reason::Gone),
    ("BadPath", Reason::Gone),
    ("PayloadTooLarge", Reason::OurContent),
    ("PayloadEmpty", Reason::OurContent),
    ("BadCollapseId", Reason::OurContent),
    ("TooManyRequests", Reason::DeviceRate),
    ("TooManyProviderTokenUpdates", Reason::ServerKey),
    ("ExpiredProviderToken", Reason::ServerKey),
    ("InvalidProviderToken", Reason::ServerKey),
    ("MissingProviderToken", Reason::ServerKey),
    ("InternalServerError", Reason::Apple),
    ("ServiceUnavailable", Reason::Apple),
    ("Shutdown", Reason::Apple),
    ("IdleTimeout", Reason::Apple),
];

const NO_KEY: &str = "device key is empty";
/// The same prefix stands before an outage of the server's database, which says nothing of the person.
const NO_TOKEN: &str = "failed to get device token";
const NO_SUCH_KEY: &[&str] =
    &["device token invalid", "device token from database", "key not found", "no rows in result set"];
const TOO_MANY: &str = "batch push count exceeds the maximum limit";
const BAD_REQUEST: &[&str] = &["request bind failed", "invalid type", "batch push count"];
const BETWEEN: &[&str] = &["post \"http", "timeout", "eof", "connection reset", "broken pipe"];
const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    let Some(reply) = json::<Reply>(answer) else { return judge_foreign(answer) };
    if targets.len() > 1 {
        return batch::judge(targets, answer, &reply);
    }
    if reply.code == 200 && answer.status == 200 {
        return Reading::all(Outcome::accepted(None));
    }
    refusal(reply.code, &reply.message, targets, answer.retry_after).unwrap_or_else(|| judge_foreign(answer))
}

/// What the server's own words mean; none if they are not known, and neither is the code.
fn refusal(code: i64, message: &str, targets: &[Target], wait: Option<Duration>) -> Option<Reading> {
    let (number, text) = (code.to_string(), said(message, targets));
    let last = message.split_whitespace().next_back().unwrap_or_default();
    if let Some((_, reason)) = REASONS.iter().find(|(word, _)| *word == last) {
        return Some(by_reason(*reason, number, text));
    }
    Some(Reading::all(if mentions(message, &[NO_KEY]) {
        Outcome::rejected(Class::BadRecipient, number, text)
    } else if mentions(message, &[NO_TOKEN]) {
        if mentions(message, NO_SUCH_KEY) {
            Outcome::rejected(Class::BadRecipient, number, text)
        } else {
            Outcome::retry(Class::Provider, None, number, text)
        }
    } else if mentions(message, BAD_REQUEST) {
        Outcome::rejected(Class::Content, number, text)
    } else if mentions(message, &["push failed"]) && mentions(message, BETWEEN) {
        // Between the server and Apple: it may have arrived.
        Outcome::unknown(Class::Network, number, text)
    } else {
        match code {
            410 => Outcome::rejected(Class::BadRecipient, number, text),
            500..600 => Outcome::retry(Class::Provider, wait, number, text),
            _ => return None,
        }
    }))
}

fn by_reason(reason: Reason, code: String, text: String) -> Reading {
    match reason {
        Reason::Gone => Reading::all(Outcome::rejected(Class::BadRecipient, code, text)),
        Reason::OurContent => Reading::all(Outcome::rejected(Class::Content, code, text)),
        Reason::DeviceRate => Reading::all(Outcome::retry(Class::RateLimit, Some(MINUTE), code, text)),
        Reason::ServerKey => {
            Reading::all(Outcome::retry(Class::Provider, Some(MINUTE), code, text)).slowing(MINUTE)
        }
        Reason::Apple => Reading::all(Outcome::retry(Class::Provider, None, code, text)),
    }
}

/// An answer that a bark-server does not give: its basic auth, a proxy before it, another server.
fn judge_foreign(answer: &HttpAnswer) -> Reading {
    let code = answer.status.to_string();
    match answer.status {
        // 418 is how it says "wrong login"; five 405 in five minutes get an IP banned.
        401 | 404 | 405 | 418 => stopped(code, body_text(answer)),
        // Its id makes a repeat harmless.
        408 => Reading::all(Outcome::retry(Class::Network, None, code, body_text(answer))),
        // A web page instead of an answer is no bark-server: nobody knows what it made of this one, and the next
        // ones wait for the repair.
        200 if !answer.cut => bare_status(answer, SLOW).pausing(PauseReason::Credential),
        _ => bare_status(answer, SLOW),
    }
}

/// What the answer to `/ping` or `/info` means. Nobody is told anything here, so a page of another server
/// can only mean a wrong base URL.
pub(super) fn judge_verify(answer: &HttpAnswer) -> Reading {
    if answer.status == 200 {
        if let Some(info) = json::<Info>(answer) {
            return Reading::all(Outcome::accepted(Some(format!("version={}", said(&info.version, &[])))));
        }
        if json::<Reply>(answer).is_none() {
            return stopped(answer.status.to_string(), body_text(answer));
        }
    }
    judge(&[], answer)
}

/// What the answer to `/register/:key` means: whether the key has a live token. A server whose database fails says
/// nothing about the key.
pub(super) fn judge_checked(answer: &HttpAnswer) -> Result<bool, Reading> {
    let reading = judge(&[], answer);
    let Some(reply) = json::<Reply>(answer) else { return Err(reading) };
    if reply.code == 200 && answer.status == 200 {
        return Ok(true);
    }
    // The same words as after the prefix of a push, without it.
    if reply.code == 400 && mentions(&reply.message, NO_SUCH_KEY) {
        return Ok(false);
    }
    Err(reading)
}

/// Whether a push that only takes something back was taken.
pub(super) fn judge_done(answer: &HttpAnswer) -> Result<(), Reading> {
    let reading = judge(&[], answer);
    match &reading.outcomes {
        Outcomes::All(outcome) if outcome.verdict == Verdict::Accepted => Ok(()),
        _ => Err(reading),
    }
}
