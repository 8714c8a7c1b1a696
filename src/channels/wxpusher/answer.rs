//! What WxPusher's answers mean. HTTP 200 proves nothing: the envelope has a code, and so has each item
//! in it. Refusals are told apart by code first and by the words seen in the wild second.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::channels::answer::{Answer, HttpAnswer};
use crate::channels::kind::{Target, To};
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::reading::{bare_status, body_text, foreign, http, json, mentions, said, stopped};
use crate::domain::delivery::Class;

/// What a refusal for speed without a number means.
const SLOW: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    msg: Option<String>,
}

/// What stands under a success.
pub(in crate::channels) enum Items {
    /// Nothing: the success is everybody's.
    Absent,
    /// An item for each target, some of which may not be readable.
    List(Vec<Item>),
    /// Something else.
    Odd,
}

impl Items {
    /// Item by item: one that is odd says nothing of the others.
    fn of(answer: &HttpAnswer) -> Self {
        match json::<Value>(answer).as_mut().and_then(|body| body.get_mut("data")).map(Value::take) {
            None | Some(Value::Null) => Self::Absent,
            Some(Value::Array(items)) => Self::List(
                items
                    .into_iter()
                    .map(|item| {
                        serde_json::from_value(item)
                            .unwrap_or_else(|_| Item { code: Code::Odd, ..Item::default() })
                    })
                    .collect(),
            ),
            Some(_) => Self::Odd,
        }
    }
}

/// What an item says of its target.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// Nothing.
    #[default]
    Absent,
    /// A number.
    Number(i64),
    /// Something that is no number.
    Odd,
}

/// What happened to one target; every field may be missing on old or self-made servers.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::channels) struct Item {
    #[serde(deserialize_with = "words")]
    uid: Option<String>,
    #[serde(deserialize_with = "lenient")]
    topic_id: Option<i64>,
    #[serde(deserialize_with = "lenient")]
    send_record_id: Option<i64>,
    #[serde(deserialize_with = "lenient")]
    message_content_id: Option<i64>,
    #[serde(deserialize_with = "code")]
    code: Code,
    #[serde(deserialize_with = "words")]
    status: Option<String>,
}

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(match &value {
        Value::Null => Code::Absent,
        Value::Number(number) => number.as_i64().map_or(Code::Odd, Code::Number),
        Value::String(text) => text.trim().parse().map_or(Code::Odd, Code::Number),
        _ => Code::Odd,
    })
}

fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Number::deserialize(deserializer)? {
        Number::Whole(number) => Some(number),
        Number::Text(text) => text.trim().parse().ok(),
        Number::Other(_) => None,
    })
}

const RATE_WORDS: &[&str] = &["频繁", "限流", "频率", "过快", "too many"];
const TOKEN_WORDS: &[&str] = &["apptoken"];
const PARSE_WORDS: &[&str] =
    &["deserialize", "cannot construct", "unrecognized token", "json parse", "unexpected character"];
const LEFT_WORDS: &[&str] =
    &["未关注", "取消关注", "没有关注", "拉黑", "屏蔽", "拒收", "已拒绝接收", "block"];
/// A day's allowance is told from any other limit by both words together.
const LIMIT_WORDS: &[&str] = &["上限", "超过", "已达"];
const DAY_WORDS: &[&str] = &["今日", "当天", "每日", "每天"];
/// What the message says, told apart first: nobody else would get it either.
const REFUSED_WORDS: &[&str] = &["违规", "违禁", "违法", "敏感", "非法内容"];
const LENGTH_WORDS: &[&str] = &["长度", "过长", "太长", "too long"];
const CONTENT_WORDS: &[&str] = &["content", "内容", "summary", "url", "参数"];
/// Allowances turn with the day in China.
const CHINA: i8 = 8;
const TARGET_WORDS: &[&str] = &["uid", "topic", "主题", "spt"];

/// Reads the envelope that both kinds of push share; `items` judges the targets under code 1000.
pub(in crate::channels) fn read_send(
    targets: &[Target],
    answer: &Answer,
    items: fn(&[Target], Items, &HttpAnswer) -> Reading,
) -> Reading {
    match opened(targets, answer) {
        Ok(answer) => items(targets, Items::of(answer), answer),
        Err(reading) => reading,
    }
}

/// What stands under code 1000 in the answer to a call that sends nothing; `Null` where nothing does.
pub(super) fn read_data(answer: &Answer) -> Result<Value, Reading> {
    let data =
        json::<Value>(opened(&[], answer)?).as_mut().and_then(|body| body.get_mut("data")).map(Value::take);
    Ok(data.unwrap_or_default())
}

/// The words beside the code, harmless.
pub(super) fn words_of(answer: &Answer) -> String {
    let envelope = http(answer).ok().and_then(json::<Envelope>);
    said(&envelope.and_then(|envelope| envelope.msg).unwrap_or_default(), &[])
}

/// Whether this is WxPusher's own "no" to what was asked, and neither about the token nor about speed.
pub(super) fn is_plain_no(answer: &Answer) -> bool {
    let Some(envelope) = http(answer).ok().filter(|answer| answer.status < 300).and_then(json::<Envelope>)
    else {
        return false;
    };
    let words = envelope.msg.unwrap_or_default();
    !matches!(envelope.code, 1000 | 1002) && !mentions(&words, RATE_WORDS) && !mentions(&words, TOKEN_WORDS)
}

/// The answer, if it is WxPusher's own and says code 1000.
fn opened<'a>(targets: &[Target], answer: &'a Answer) -> Result<&'a HttpAnswer, Reading> {
    let answer = http(answer)?;
    let envelope: Option<Envelope> = json(answer);
    let (Some(envelope), 200..300 | 400..) = (envelope, answer.status) else {
        return Err(foreign(answer, SLOW));
    };
    if answer.status == 429 {
        return Err(bare_status(answer, SLOW));
    }
    if envelope.code == 1000 && answer.status < 300 {
        return Ok(answer);
    }
    // The server failed, whatever it says of the request: nobody knows what was made of it.
    if answer.status >= 500 {
        return Err(bare_status(answer, SLOW));
    }
    let words = envelope.msg.unwrap_or_default();
    let code = envelope.code.to_string();
    if answer.status >= 300 && !(1001..=1006).contains(&envelope.code) {
        return Err(bare_status(answer, SLOW));
    }
    Err(refused(targets, envelope.code, code, &words))
}

/// What a refusal of the whole call means.
fn refused(targets: &[Target], number: i64, code: String, words: &str) -> Reading {
    let text = said(words, targets);
    match number {
        1002 => stopped(code, text),
        _ if mentions(words, RATE_WORDS) => {
            Reading::all(Outcome::retry(Class::RateLimit, Some(SLOW), code, text)).slowing(SLOW)
        }
        1001 if mentions(words, REFUSED_WORDS) => Reading::all(Outcome::rejected(Class::Refused, code, text)),
        1001 if mentions(words, LENGTH_WORDS) => Reading::all(Outcome::rejected(Class::Content, code, text)),
        1001 if is_quota(words) => Reading::all(Outcome::next_day(CHINA, code, text)),
        1001 if mentions(words, TOKEN_WORDS) => stopped(code, text),
        1001 if mentions(words, LEFT_WORDS) || mentions(words, TARGET_WORDS) => {
            let outcome = Outcome::rejected(target_class(words), code, text);
            if targets.len() > 1 { Reading::split(outcome) } else { Reading::all(outcome) }
        }
        1001 if mentions(words, CONTENT_WORDS) => Reading::all(Outcome::rejected(Class::Content, code, text)),
        // The body could not be read, so nothing was made of it. Without such words a task may exist.
        1005 if !mentions(words, PARSE_WORDS) => Reading::all(Outcome::unknown(Class::Provider, code, text)),
        1005 => Reading::all(Outcome::rejected(Class::Content, code, text)),
        1006 => Reading::all(Outcome::unknown(Class::Provider, code, text)),
        _ => Reading::all(Outcome::rejected(Class::Unclassified, code, text)),
    }
}

fn is_quota(words: &str) -> bool {
    mentions(words, LIMIT_WORDS) && mentions(words, DAY_WORDS)
}

fn target_class(words: &str) -> Class {
    if mentions(words, LEFT_WORDS) { Class::Blocked } else { Class::BadRecipient }
}

/// Matches items by uid, then topic id, never by position: the server may answer in any order.
pub(super) fn match_items(targets: &[Target], items: Items, _: &HttpAnswer) -> Reading {
    let items = if let Items::List(items) = items { items } else { Vec::new() };
    let mut by_uid: HashMap<&str, &Item> = HashMap::with_capacity(items.len());
    let mut by_topic: HashMap<i64, &Item> = HashMap::new();
    let mut torn: HashSet<&str> = HashSet::new();
    for item in &items {
        if let Some(uid) = item.uid.as_deref() {
            // One that says both proves neither.
            if by_uid.insert(uid, item).is_some_and(|other| other.code != item.code) {
                torn.insert(uid);
            }
        } else if let Some(topic) = item.topic_id {
            by_topic.insert(topic, item);
        }
    }
    let find = |target: &Target| match &target.to {
        To::Person(uid) if torn.contains(uid.expose()) => None,
        To::Person(uid) => by_uid.get(uid.expose()).copied(),
        To::Remote(id) => id.trim().parse().ok().and_then(|id: i64| by_topic.get(&id).copied()),
    };
    Reading::each(targets.iter().map(|target| find(target).map_or_else(unmentioned, judge)).collect())
}

fn unmentioned() -> Outcome {
    Outcome::unknown(Class::Provider, "1000", "the answer does not mention this target")
}

/// What one target's item means. An item without a code stands under a top-level success.
pub(in crate::channels) fn judge(item: &Item) -> Outcome {
    let words = item.status.as_deref().unwrap_or_default();
    match item.code {
        Code::Absent | Code::Number(1000) => Outcome::accepted(receipt(item)),
        Code::Odd => Outcome::unknown(Class::Provider, "1000", "the answer about this target cannot be read"),
        Code::Number(code) => {
            let (code, text) = (code.to_string(), said(words, &[]));
            if is_quota(words) {
                Outcome::next_day(CHINA, code, text)
            } else if mentions(words, REFUSED_WORDS) {
                Outcome::rejected(Class::Refused, code, text)
            } else if mentions(words, RATE_WORDS) {
                Outcome::retry(Class::RateLimit, Some(SLOW), code, text)
            } else if mentions(words, LEFT_WORDS) || mentions(words, TARGET_WORDS) {
                Outcome::rejected(target_class(words), code, text)
            } else {
                Outcome::rejected(Class::Unclassified, code, text)
            }
        }
    }
}

pub(in crate::channels) fn is_success(item: &Item) -> bool {
    matches!(item.code, Code::Absent | Code::Number(1000))
}

fn receipt(item: &Item) -> Option<String> {
    let parts: Vec<String> =
        [("sendRecordId", item.send_record_id), ("messageContentId", item.message_content_id)]
            .into_iter()
            .filter_map(|(name, id)| id.map(|id| format!("{name}={id}")))
            .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What a code 1000 whose items cannot be read means for all.
pub(in crate::channels) fn unreadable(answer: &HttpAnswer) -> Reading {
    Reading::all(Outcome::unknown(Class::Provider, "1000", body_text(answer)))
}
