//! What kinds share when they read an answer: how the transport ended, what a bare HTTP status means,
//! and how a provider's own words become harmless.
//!
//! The table follows evidence: only an answer in the provider's own format, or proof that nothing
//! left, counts as "not taken". Everything else is unknown.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::{Answer, HttpAnswer};
use super::call::redact;
use super::kind::{Target, To};
use super::outcome::{Outcome, Reading};
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::Class;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;

const TEXT_CHARS: usize = 200;
/// The most targets of a call whose addresses are secrets (simple push).
const MOST_SECRETS: usize = 10;

/// The complete HTTP answer in `answer`, or what its absence means.
pub(super) fn http(answer: &Answer) -> Result<&HttpAnswer, Reading> {
    match answer {
        Answer::Http(http) => Ok(http),
        Answer::NotSent(why) => Err(Reading::all(Outcome::retry(Class::Network, None, "", said(why, &[])))),
        Answer::Lost(why) => Err(Reading::all(Outcome::unknown(Class::Network, "", said(why, &[])))),
        Answer::Mail(reply) => {
            let text = said(&reply.text, &[]);
            Err(Reading::all(Outcome::unknown(Class::Unclassified, reply.code.to_string(), text)))
        }
    }
}

/// The body as JSON, if it is all there.
pub(super) fn json<T: DeserializeOwned>(answer: &HttpAnswer) -> Option<T> {
    if answer.cut { None } else { serde_json::from_slice(&answer.body).ok() }
}

/// What an answer means that is not in the provider's own format. `slow` is how long a 429 without
/// `Retry-After` stops the channel.
pub(super) fn bare_status(answer: &HttpAnswer, slow: Duration) -> Reading {
    let code = answer.status.to_string();
    let text = body_text(answer);
    match answer.status {
        429 => {
            let wait = answer.retry_after.unwrap_or(slow);
            Reading::all(Outcome::retry(Class::RateLimit, Some(wait), code, text)).slowing(wait)
        }
        // A provider's limiter says when to come back, and means everybody; a bare 503 may come from anything on the
        // way.
        503 if answer.retry_after.is_some() => {
            let wait = answer.retry_after.unwrap_or(slow);
            Reading::all(Outcome::retry(Class::Provider, Some(wait), code, text)).slowing(wait)
        }
        // The server gave up waiting for the request: how much of it was acted on nobody says.
        408 => Reading::all(Outcome::unknown(Class::Network, code, text)),
        300..400 | 401 | 403 | 407 => stopped(code, text),
        413 => Reading::all(Outcome::rejected(Class::Content, code, text)),
        400..500 => Reading::all(Outcome::rejected(Class::Unclassified, code, text)),
        _ => Reading::all(Outcome::unknown(Class::Provider, code, text)),
    }
}

/// The channel's set-up is wrong: nobody got it, everybody waits for a repair.
pub(super) fn stopped(code: impl Into<String>, text: impl Into<String>) -> Reading {
    Reading::all(Outcome::retry(Class::Credential, None, code, text)).pausing(PauseReason::Credential)
}

/// What an answer means that no server of the kind gives: a page instead of JSON, or nothing at this address. The base
/// URL leads somewhere else, so the next ones wait for the repair.
pub(super) fn foreign(answer: &HttpAnswer, slow: Duration) -> Reading {
    match answer.status {
        404 | 405 => stopped(answer.status.to_string(), body_text(answer)),
        // Nobody knows what it made of this one.
        200 if !answer.cut => bare_status(answer, slow).pausing(PauseReason::Credential),
        _ => bare_status(answer, slow),
    }
}

/// The beginning of a body, harmless; of a web page what it is called, because its source tells nobody anything.
pub(super) fn body_text(answer: &HttpAnswer) -> String {
    let start = &answer.body[..answer.body.len().min(4 * TEXT_CHARS)];
    let start = String::from_utf8_lossy(start);
    let folded = start.trim_start().to_ascii_lowercase();
    if !["<!doctype html", "<html"].iter().any(|beginning| folded.starts_with(beginning)) {
        return said(&start, &[]);
    }
    let start = start.trim_start();
    let title = folded.find("<title>").map(|at| at + "<title>".len()).and_then(|from| {
        let to = folded[from..].find("</title>")?;
        start.get(from..from + to)
    });
    match title.map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => said(&format!("a web page came instead of an answer: {title}"), &[]),
        None => "a web page came instead of an answer".to_owned(),
    }
}

/// A provider's words: one line, harmless, at most 200 characters, and without the addresses of the
/// people they are about.
pub(super) fn said(text: &str, targets: &[Target]) -> String {
    // Longer texts are cut below anyway; twice the room, because masking shortens.
    let words = text.split_whitespace().take(2 * TEXT_CHARS);
    let mut line = words.collect::<Vec<_>>().join(" ");
    // Masking before cutting: half a secret is still one. Only addresses of small calls are secrets.
    if targets.len() <= MOST_SECRETS {
        line = redact(&line, &targets.iter().filter_map(secret_address).collect::<Vec<_>>());
    }
    if let Some((at, _)) = line.char_indices().nth(TEXT_CHARS) {
        line.truncate(at);
        line.push('…');
    }
    scrub(&line, Cap::Detail).into_owned()
}

fn secret_address(target: &Target) -> Option<Secret> {
    match &target.to {
        To::Person(address) => Some(address.clone()),
        To::Remote(_) => None,
    }
}

/// The sentences in a member that holds one or a list of them; anything else has no words.
pub(super) fn sentences(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        _ => String::new(),
    }
}

/// Whether any of these words is in `text`, in any case.
pub(super) fn mentions(text: &str, words: &[&str]) -> bool {
    let folded = text.to_lowercase();
    words.iter().any(|word| folded.contains(word))
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_a_web_page_its_title_is_told() {
        let text = |body: &str| body_text(&HttpAnswer { body: body.into(), ..HttpAnswer::default() });
        let page = "\n<!DOCTYPE html><html><head><title> Sign in\n to Wi-Fi </title></head><body>İ";
        assert_eq!(text(page), "a web page came instead of an answer: Sign in to Wi-Fi");
        for page in ["<HTML><body>oops", "<html><title></title>", "<html><title>cut"] {
            assert_eq!(text(page), "a web page came instead of an answer");
        }
        assert_eq!(text("{\"code\": 1}"), "{\"code\": 1}");
    }

    use super::*;
    use crate::channels::outcome::{ChannelEffect, Outcomes, Verdict};
    use crate::domain::time::Millis;

    fn bare(status: u16, retry_after: Option<u64>) -> (Verdict, Option<Class>, Option<ChannelEffect>) {
        let answer = HttpAnswer {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            body: b"<html>oops</html>".to_vec(),
            cut: false,
        };
        let reading = bare_status(&answer, Duration::from_secs(10));
        let Outcomes::All(outcome) = reading.outcomes else {
            unreachable!("a bare status gives one outcome for all")
        };
        (outcome.verdict, outcome.class, reading.channel)
    }

    #[test]
    fn a_bare_status_is_judged_by_what_it_proves() {
        let secs = Duration::from_secs;
        let paused = Some(ChannelEffect::Pause(PauseReason::Credential));
        for (status, after, verdict, class, channel) in [
            (
                429,
                None,
                Verdict::Retry { after: Some(secs(10)) },
                Class::RateLimit,
                Some(ChannelEffect::SlowDown(secs(10))),
            ),
            (
                429,
                Some(7),
                Verdict::Retry { after: Some(secs(7)) },
                Class::RateLimit,
                Some(ChannelEffect::SlowDown(secs(7))),
            ),
            (
                503,
                Some(3),
                Verdict::Retry { after: Some(secs(3)) },
                Class::Provider,
                Some(ChannelEffect::SlowDown(secs(3))),
            ),
            (408, None, Verdict::Unknown, Class::Network, None),
            (503, None, Verdict::Unknown, Class::Provider, None),
            (502, None, Verdict::Unknown, Class::Provider, None),
            (302, None, Verdict::Retry { after: None }, Class::Credential, paused),
            (401, None, Verdict::Retry { after: None }, Class::Credential, paused),
            (404, None, Verdict::Rejected, Class::Unclassified, None),
            (413, None, Verdict::Rejected, Class::Content, None),
            (200, None, Verdict::Unknown, Class::Provider, None),
        ] {
            assert_eq!(bare(status, after), (verdict, Some(class), channel), "{status}");
        }
    }

    #[test]
    fn a_providers_words_cannot_drive_the_terminal_or_leak_an_address() {
        let target = Target {
            to: To::Person("SCT123456Tabcdef".into()),
            name: String::new(),
            key: "k".into(),
            stamp: Millis(0),
            again: false,
            in_place_of: None,
            token: String::new(),
        };
        let text = said("bad\u{1b}]0;x\u{7} key\r\nSCT123456Tabcdef \u{202e}", &[target]);
        assert_eq!(text, "bad␛]0;x␇ key …cdef <U+202E>");
        assert_eq!(said(&"长".repeat(500), &[]).chars().count(), TEXT_CHARS + 1);
    }
}
