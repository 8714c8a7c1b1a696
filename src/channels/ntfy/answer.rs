//! What an ntfy server's answers mean. Refusals carry a code of five digits, the first three of which are the HTTP
//! status (`server/errors.go`).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::HttpAnswer;
use crate::channels::kind::Target;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{body_text, foreign, json, said, stopped};
use crate::domain::delivery::Class;

/// Two calls come back to a visitor in this time.
const SLOW: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);
/// A day's allowance counts all calls of this host: one now and then finds out that it has turned.
const HOUR: Duration = Duration::from_secs(3_600);
/// Servers count days in UTC.
const UTC: i8 = 0;

#[derive(Deserialize)]
struct Taken {
    id: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    error: String,
}

/// What a code means.
#[derive(Clone, Copy)]
enum Means {
    /// The name cannot be a topic, or nobody listens where somebody has to.
    NoTopic,
    OurContent,
    /// Who calls, or whether they may write: nobody is reached before that is repaired.
    Login,
    TooFast(Duration),
    DayOver,
    Broken,
}

const CODES: &[(i64, Means)] = &[
    (40_009, Means::NoTopic),
    (40_010, Means::NoTopic),
    (50_701, Means::NoTopic),
    (40_007, Means::OurContent),
    (40_011, Means::OurContent),
    (40_013, Means::OurContent),
    (40_014, Means::OurContent),
    (40_017, Means::OurContent),
    (40_018, Means::OurContent),
    (40_021, Means::OurContent),
    (40_024, Means::OurContent),
    (41_301, Means::OurContent),
    (41_302, Means::OurContent),
    (41_303, Means::OurContent),
    (40_101, Means::Login),
    (40_301, Means::Login),
    (40_401, Means::Login),
    // After too many wrong logins: every further one makes it longer.
    (42_909, Means::Login),
    (42_901, Means::TooFast(SLOW)),
    (42_902, Means::TooFast(MINUTE)),
    (42_903, Means::TooFast(MINUTE)),
    (42_904, Means::TooFast(MINUTE)),
    (42_905, Means::DayOver),
    (42_906, Means::TooFast(MINUTE)),
    (42_907, Means::TooFast(MINUTE)),
    (42_908, Means::DayOver),
    (50_001, Means::Broken),
];

pub(super) fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    if answer.status == 200 {
        return match json::<Taken>(answer) {
            Some(taken) if !taken.id.is_empty() => {
                Reading::all(Outcome::accepted(Some(format!("id={}", said(&taken.id, targets)))))
            }
            _ => foreign(answer, SLOW),
        };
    }
    let Some(refusal) = json::<Refusal>(answer) else { return foreign(answer, SLOW) };
    let (code, text) = (refusal.code.to_string(), said(&refusal.error, targets));
    let Some((_, means)) = CODES.iter().find(|(known, _)| *known == refusal.code) else {
        return Reading::all(if answer.status < 500 {
            Outcome::rejected(Class::Unclassified, code, text)
        } else {
            Outcome::unknown(Class::Unclassified, code, text)
        });
    };
    match means {
        Means::NoTopic => Reading::all(Outcome::rejected(Class::BadRecipient, code, text)),
        Means::OurContent => Reading::all(Outcome::rejected(Class::Content, code, text)),
        Means::Login => stopped(code, text),
        Means::TooFast(least) => {
            let wait = answer.retry_after.unwrap_or(*least);
            Reading::all(Outcome::retry(Class::RateLimit, Some(wait), code, text)).slowing(wait)
        }
        Means::DayOver => Reading::all(Outcome::next_day(UTC, code, text)).slowing(HOUR),
        // It may have told those who listen before it broke.
        Means::Broken => Reading::all(Outcome::unknown(Class::Provider, code, text)),
    }
}

/// What the answer to the health page or to the account means.
pub(super) fn judge_verify(answer: &HttpAnswer) -> Reading {
    if answer.status != 200 {
        return judge(&[], answer);
    }
    let body: Value = json(answer).unwrap_or_default();
    match (body["healthy"].as_bool(), body["username"].as_str()) {
        (Some(true), _) => Reading::all(Outcome::accepted(Some("healthy=true".to_owned()))),
        (_, Some(user)) => Reading::all(Outcome::accepted(Some(format!("user={}", said(user, &[]))))),
        (Some(false), None) => Reading::all(Outcome::retry(Class::Provider, None, "200", body_text(answer))),
        (None, None) => stopped("200", body_text(answer)),
    }
}
