//! What ServerChan's answers mean. `40001` is a bad key and a used-up quota alike: the words tell them apart.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::channels::answer::{Answer, HttpAnswer};
use crate::channels::kind::{Target, To};
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{bare_status, foreign, http, json, mentions, said};
use crate::domain::delivery::Class;

/// A 429 counts calls of the whole IP within a day: nothing less than an hour helps.
const SLOW: Duration = Duration::from_secs(3_600);
/// Quotas turn with the day in China.
const CHINA: i8 = 8;

pub(super) fn read(targets: &[Target], answer: &Answer) -> Reading {
    let answer = match http(answer) {
        Ok(answer) => answer,
        Err(reading) => return reading,
    };
    match json::<Reply>(answer) {
        Some(reply)
            if answer.status == 200 || (400..500).contains(&answer.status) && answer.status != 429 =>
        {
            judge(targets, answer, &reply)
        }
        // A key of ³ names its host, so a page from there says nothing of the others.
        _ if targets.iter().any(names_its_host) => bare_status(answer, SLOW).at_least(SLOW),
        _ => foreign(answer, SLOW).at_least(SLOW),
    }
}

#[derive(Deserialize)]
struct Reply {
    code: i64,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    info: Option<String>,
    #[serde(default)]
    data: Value,
}

const QUOTA_WORDS: &[&str] = &["次数限制", "超过当天", "发送次数"];
const REPEAT_WORDS: &[&str] = &["重复", "duplicate"];
const LEFT_WORDS: &[&str] = &["禁用", "封禁", "拉黑", "blocked"];
const RATE_WORDS: &[&str] = &["频繁", "频率", "过快", "too many"];

fn judge(targets: &[Target], answer: &HttpAnswer, reply: &Reply) -> Reading {
    let words = [&reply.message, &reply.info].into_iter().flatten().find(|text| !text.is_empty());
    let words = words.map_or("", String::as_str);
    let (code, text) = (reply.code.to_string(), said(words, targets));
    if reply.code == 0 && answer.status == 200 {
        let mut outcome = Outcome::accepted(receipt(&reply.data));
        if has_no_device(&reply.data) {
            // They will find it when they install the app.
            "accepted, no device".clone_into(&mut outcome.text);
        }
        return Reading::all(outcome);
    }
    Reading::all(if mentions(words, QUOTA_WORDS) {
        Outcome::next_day(CHINA, code, text)
    } else if mentions(words, REPEAT_WORDS) || reply.code == 1024 {
        // The refusal of a repeat of our own says that the first one was taken.
        if targets.iter().any(|target| target.again) {
            Outcome::accepted(Some("taken by an earlier attempt".to_owned()))
        } else {
            Outcome::rejected(Class::Refused, code, text)
        }
    } else if mentions(words, RATE_WORDS) {
        return Reading::all(Outcome::retry(Class::RateLimit, Some(SLOW), code, text)).slowing(SLOW);
    } else if mentions(words, LEFT_WORDS) {
        Outcome::rejected(Class::Blocked, code, text)
    } else if reply.code == 40_001 {
        Outcome::rejected(Class::BadRecipient, code, text)
    } else {
        Outcome::rejected(Class::Unclassified, code, text)
    })
}

/// Whether the key of ³ is also the name of the host that answered.
fn names_its_host(target: &Target) -> bool {
    matches!(&target.to, To::Person(key) if matches!(super::product(key.expose()), super::Product::Three { .. }))
}

/// Whether ³ knows of no device of this person.
fn has_no_device(data: &Value) -> bool {
    match &data["meta"] {
        Value::Object(meta) => meta.is_empty(),
        Value::Array(meta) => meta.is_empty(),
        _ => false,
    }
}

/// The ids to ask about later. ³ answers with an empty `meta` when the person has no device at all.
fn receipt(data: &Value) -> Option<String> {
    let text = |name: &str| match &data[name] {
        Value::String(text) if !text.is_empty() => Some(format!("{name}={}", said(text, &[]))),
        Value::Number(number) => Some(format!("{name}={number}")),
        _ => None,
    };
    let mut parts: Vec<String> = ["pushid", "readkey"].into_iter().filter_map(text).collect();
    if has_no_device(data) {
        parts.push("devices=none".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}
