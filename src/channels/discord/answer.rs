//! What Discord's answers mean. A message with an id, or 204, is success; refusals are JSON with a code of
//! their own beside the HTTP status.

use std::time::Duration;

use serde::Deserialize;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{bare_status, foreign, json, said};
use crate::domain::delivery::Class;

/// A 429 that does not say how long is one of the guards before Discord.
const SLOW: Duration = Duration::from_secs(60);
/// The longest wait that is believed.
const LONGEST: f64 = 3_600.0;

#[derive(Deserialize)]
struct Sent {
    id: String,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    message: Option<String>,
    retry_after: Option<f64>,
    #[serde(default)]
    global: bool,
}

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    match answer.status {
        204 => return Reading::all(Outcome::accepted(None)),
        200 => {
            return match json::<Sent>(answer).filter(|sent| !sent.id.is_empty()) {
                Some(sent) => {
                    Reading::all(Outcome::accepted(Some(format!("id={}", said(&sent.id, targets)))))
                }
                None => foreign(answer, SLOW),
            };
        }
        // Its own failures come in its own format too, and say nothing of what was done before.
        400..500 => {}
        _ => return bare_status(answer, SLOW),
    }
    let Some(refusal) = json::<Refusal>(answer) else { return foreign(answer, SLOW) };
    let text = said(refusal.message.as_deref().unwrap_or_default(), targets);
    if answer.status == 429 {
        return rate(answer, &refusal, text);
    }
    let Some(number) = refusal.code else { return bare_status(answer, SLOW) };
    let code = number.to_string();
    Reading::all(match (number, answer.status) {
        // No such channel, no such webhook, not its token.
        (10_003 | 10_015 | 50_027, _) | (0, 401) => Outcome::rejected(Class::BadRecipient, code, text),
        // Missing permissions.
        (50_001 | 50_013, _) => Outcome::rejected(Class::Blocked, code, text),
        // Too large, an empty message, a wrong form, no JSON.
        (40_005 | 50_006 | 50_035 | 50_109, _) => Outcome::rejected(Class::Content, code, text),
        // Stopped by the server's own filter, or for harmful links.
        (200_000 | 200_001 | 240_000, _) => Outcome::rejected(Class::Refused, code, text),
        // A forum wants every message in a thread, which this webhook does not name.
        (220_001, _) => Outcome::rejected(Class::BadRecipient, code, text),
        _ => Outcome::rejected(Class::Unclassified, code, text),
    })
}

/// Each webhook has a limit of its own; only the global one stops everybody.
fn rate(answer: &HttpAnswer, refusal: &Refusal, text: String) -> Reading {
    let asked = refusal.retry_after.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let wait = match (asked, answer.retry_after) {
        (Some(seconds), _) => Duration::from_secs_f64(seconds.min(LONGEST)),
        (None, Some(wait)) => wait,
        (None, None) => SLOW,
    };
    let code = refusal.code.filter(|code| *code != 0).unwrap_or(429).to_string();
    let reading = Reading::all(Outcome::retry(Class::RateLimit, Some(wait), code, text));
    if refusal.global || asked.is_none() { reading.slowing(wait) } else { reading }
}
