//! What Apple's answers mean. The reason is read as a free text: new ones appear, and what none of these lists knows
//! is judged by its status.

use std::time::Duration;

use serde::Deserialize;

use super::apns_id;
use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{bare_status, json, said, stopped};
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::Class;

#[derive(Deserialize)]
struct Refusal {
    reason: String,
    /// Milliseconds: when the device was last known to be gone.
    #[serde(default)]
    timestamp: Option<i64>,
}

#[derive(Clone, Copy)]
enum Means {
    /// This device takes nothing more of this app.
    Gone,
    /// The request itself: the same would be refused again.
    Request,
    /// Key, team, topic, environment or address of the server: everybody waits for the repair.
    SetUp,
    /// Too many to this device: only this one waits.
    DeviceRate,
    /// Too many new tokens: everybody waits until the next one may be made.
    Minting,
    /// Apple itself.
    Apple,
}

const REASONS: &[(&str, Means)] = &[
    // Also what every device says after a wrong environment: the engine stops a channel that loses too many.
    ("BadDeviceToken", Means::Gone),
    ("DeviceTokenNotForTopic", Means::Gone),
    ("Unregistered", Means::Gone),
    ("ExpiredToken", Means::Gone),
    ("BadCollapseId", Means::Request),
    ("BadExpirationDate", Means::Request),
    ("BadMessageId", Means::Request),
    ("BadPriority", Means::Request),
    ("InvalidPushType", Means::Request),
    ("DuplicateHeaders", Means::Request),
    ("MissingDeviceToken", Means::Request),
    ("PayloadEmpty", Means::Request),
    ("PayloadTooLarge", Means::Request),
    ("BadTopic", Means::SetUp),
    ("MissingTopic", Means::SetUp),
    ("TopicDisallowed", Means::SetUp),
    ("BadCertificate", Means::SetUp),
    ("BadCertificateEnvironment", Means::SetUp),
    // Only after a new one was refused as well, or one that is younger than twenty minutes: the clock is wrong.
    ("ExpiredProviderToken", Means::SetUp),
    ("InvalidProviderToken", Means::SetUp),
    ("MissingProviderToken", Means::SetUp),
    ("UnrelatedKeyIdInToken", Means::SetUp),
    ("BadEnvironmentKeyIdInToken", Means::SetUp),
    ("BadEnvironmentKeyInToken", Means::SetUp),
    ("Forbidden", Means::SetUp),
    ("BadPath", Means::SetUp),
    ("MethodNotAllowed", Means::SetUp),
    ("TooManyRequests", Means::DeviceRate),
    ("TooManyProviderTokenUpdates", Means::Minting),
    ("IdleTimeout", Means::Apple),
    ("InternalServerError", Means::Apple),
    ("ServiceUnavailable", Means::Apple),
    ("Shutdown", Means::Apple),
];

const MINUTE: Duration = Duration::from_secs(60);
/// How often a new token may be made.
const MINTING: Duration = Duration::from_secs(20 * 60);
/// A 429 of something on the way that does not say how long.
const SLOW: Duration = Duration::from_secs(10);

/// Apple's word for a refusal, if it is one of Apple's.
pub(super) fn reason_of(answer: &HttpAnswer) -> Option<String> {
    if answer.status == 200 { None } else { json::<Refusal>(answer).map(|refusal| refusal.reason) }
}

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    if answer.status == 200 {
        // Apple says nothing more; a page is somebody else's, and nobody knows what they made of this.
        let empty = !answer.cut && answer.body.trim_ascii().is_empty();
        let label = targets.first().map(|target| format!("apns-id={}", apns_id(&target.key)));
        return if empty {
            Reading::all(Outcome::accepted(label))
        } else if answer.cut {
            bare_status(answer, SLOW)
        } else {
            bare_status(answer, SLOW).pausing(PauseReason::Credential)
        };
    }
    let Some(refusal) = json::<Refusal>(answer) else { return bare_status(answer, SLOW) };
    let (code, mut text) = (answer.status.to_string(), said(&refusal.reason, targets));
    let since = refusal.timestamp.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    if let Some(since) = since {
        text = format!("{text} since {since:.0}");
    }
    match REASONS.iter().find(|(word, _)| *word == refusal.reason) {
        Some((_, means)) => by_meaning(*means, code, text),
        None => by_status(answer, code, text),
    }
}

fn by_meaning(means: Means, code: String, text: String) -> Reading {
    match means {
        Means::Gone => Reading::all(Outcome::rejected(Class::BadRecipient, code, text)),
        Means::Request => Reading::all(Outcome::rejected(Class::Content, code, text)),
        Means::SetUp => stopped(code, text),
        Means::DeviceRate => Reading::all(Outcome::retry(Class::RateLimit, Some(MINUTE), code, text)),
        Means::Minting => {
            Reading::all(Outcome::retry(Class::RateLimit, Some(MINTING), code, text)).slowing(MINTING)
        }
        Means::Apple => Reading::all(Outcome::retry(Class::Provider, None, code, text)),
    }
}

/// A reason that is newer than this list. Statuses are documented by themselves: 403 is about the credential, 410
/// about the device, 429 about the pace.
fn by_status(answer: &HttpAnswer, code: String, text: String) -> Reading {
    match answer.status {
        403 => stopped(code, text),
        410 => Reading::all(Outcome::rejected(Class::BadRecipient, code, text)),
        413 => Reading::all(Outcome::rejected(Class::Content, code, text)),
        429 => {
            let wait = answer.retry_after.unwrap_or(MINUTE);
            Reading::all(Outcome::retry(Class::RateLimit, Some(wait), code, text)).slowing(wait)
        }
        400..500 => Reading::all(Outcome::rejected(Class::Unclassified, code, text)),
        500..600 => Reading::all(Outcome::retry(Class::Provider, answer.retry_after, code, text)),
        _ => bare_status(answer, SLOW),
    }
}

/// What the answer about a device that nobody has means.
pub(super) fn judge_verify(answer: &HttpAnswer) -> Reading {
    match reason_of(answer).as_deref() {
        Some("BadDeviceToken" | "DeviceTokenNotForTopic" | "Unregistered" | "ExpiredToken") => {
            Reading::all(Outcome::accepted(None))
        }
        _ => judge(&[], answer),
    }
}
