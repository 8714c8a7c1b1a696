//! WxPusher, standard push: an app token, people by UID, up to 2,000 in one call; topics by id.
//!
//! WxPusher has no title. A title becomes the summary (what the card and the notification show) unless
//! the operator gave one, and stands above the body as a heading, so that the page behind the card has it
//! too. HTML and Markdown always get an explicit summary: WxPusher's own would be cut-off markup.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::answer::{Answer, HttpAnswer};
use super::call::{Call, HttpCall, Method};
use super::field::{base_url, required_secret};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::reading::{bare_status, body_text, http, json, mentions, said, stopped};
use super::spec::{AddressSpec, Field, Limit, Limits, Rate, Repeat, Shape, Spec, Unit, Wire, Words};
use super::text::{cut, first_line, one_line};
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};
use crate::domain::template::{Escape, Position, escape_markdown};

pub(super) const BASE: &str = "https://wxpusher.zjiecode.com";
pub(super) const JSON: &str = "application/json";
pub(super) const SUMMARY: Limit = Limit { max: 100, unit: Unit::Utf16 };
pub(super) const CONTENT: Limit = Limit { max: 40_000, unit: Unit::Utf16 };
pub(super) const LINK: Limit = Limit { max: 1_000, unit: Unit::Utf16 };
/// What a refusal for speed without a number means.
const SLOW: Duration = Duration::from_secs(10);

pub(super) const LIMITS: Limits =
    Limits { title: None, summary: Some(SUMMARY), body: Some(CONTENT), url: Some(LINK), payload: None };

/// Where the API lives; both WxPusher kinds have it.
pub(super) const BASE_FIELD: Field = Field::setting(
    "base_url",
    Words::new("Server", "服务器"),
    Words::new("for relays and tests; without a slash at the end", "用于中转或测试；末尾不带斜杠"),
    Shape::Url,
)
.or(BASE);

static SPEC: Spec = Spec {
    id: "wxpusher",
    label: Words::new("WxPusher", "WxPusher"),
    about: Words::new(
        "people and topics that follow your WxPusher app",
        "关注了你的 WxPusher 应用的用户和主题",
    ),
    fields: &[
        Field::credential(
            "app_token",
            Words::new("App token", "应用 Token"),
            Words::new(
                "begins with AT_; a reset kills the old one at once",
                "以 AT_ 开头；重置后旧的立即失效",
            ),
        )
        .required(),
        BASE_FIELD,
    ],
    address: AddressSpec {
        label: Words::new("UID", "UID"),
        secret: false,
        example: "UID_xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Html, Format::Markdown, Format::Text],
    limits: LIMITS,
    people_per_call: 2_000,
    remotes_per_call: 5,
    // Published as 20 in 10 s; even 2 a second was refused now and then.
    rate: Some(Rate { calls: 20, per_ms: 10_000 }),
    concurrency: 4,
    timeout_s: 60,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `wxpusher`.
#[derive(Debug, Clone, Copy)]
pub struct WxPusher;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Send<'a> {
    app_token: &'a str,
    content: &'a str,
    content_type: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    uids: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topic_ids: Vec<i64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
}

impl Kind for WxPusher {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        read_prefixed(typed, "UID_")
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let token = required_secret(account, "app_token")?;
        let base = base_url(account, BASE)?;
        let mut uids = Vec::with_capacity(targets.len());
        let mut topic_ids = Vec::new();
        for target in targets {
            match &target.to {
                To::Person(uid) => uids.push(uid.expose()),
                To::Remote(id) => topic_ids.push(topic_id(id)?),
            }
        }
        let text = composed(content);
        check_lengths(&text, content)?;
        let summary = summary(content);
        let send = Send {
            app_token: token.expose(),
            content: &text,
            content_type: content_type(content.format),
            summary: &summary,
            uids,
            topic_ids,
            url: &content.url,
        };
        let body = serde_json::to_vec(&send).map_err(|error| BuildError::BadContent(error.to_string()))?;
        Ok(Call::Http(HttpCall {
            method: Method::Post,
            url: format!("{base}/api/send/message"),
            headers: vec![("content-type", JSON.to_owned())],
            body,
            secrets: vec![token.clone()],
        }))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        read_send(targets, answer, match_items)
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let token = required_secret(account, "app_token")?;
        let base = base_url(account, BASE)?;
        let query: String = url::form_urlencoded::byte_serialize(token.expose().as_bytes()).collect();
        Ok(Some(Call::Http(HttpCall {
            method: Method::Get,
            url: format!("{base}/api/fun/wxuser/v2?appToken={query}&page=1&pageSize=1"),
            headers: Vec::new(),
            body: Vec::new(),
            secrets: vec![token.clone()],
        })))
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        read_send(&[], answer, |_, _, _| Reading::all(Outcome::accepted(None)))
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        composed(content)
    }
}

/// Reads an address that usually begins with `prefix`; older ones do not, so that is only unusual.
pub(super) fn read_prefixed(typed: &str, prefix: &'static str) -> Result<ReadAddress, BuildError> {
    let value = usable(typed)?;
    let warning = if !value.starts_with(prefix) {
        Some(AddressWarning::Prefix(prefix))
    } else if value[prefix.len()..].is_empty()
        || !value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        Some(AddressWarning::Shape)
    } else {
        None
    };
    Ok(ReadAddress { value: value.into(), warning, host: None })
}

/// A typed address without blanks around it, if anything is left of it.
pub(super) fn usable(typed: &str) -> Result<&str, BuildError> {
    let value = typed.trim().trim_matches('\u{FEFF}');
    if value.is_empty() {
        return Err(BuildError::BadAddress("it is empty".to_owned()));
    }
    if value.contains(char::is_control) {
        return Err(BuildError::BadAddress("it holds control characters".to_owned()));
    }
    Ok(value)
}

fn topic_id(id: &str) -> Result<i64, BuildError> {
    id.trim().parse().map_err(|_| BuildError::BadAddress("a topic id is a number".to_owned()))
}

pub(super) const fn content_type(format: Format) -> u8 {
    match format {
        Format::Text => 1,
        Format::Html => 2,
        Format::Markdown => 3,
    }
}

/// The content as it goes out: the title above the body, unless the body begins with it anyway.
pub(super) fn composed(content: &Content) -> Cow<'_, str> {
    let title = one_line(&content.title);
    if title.is_empty() || first_line(&content.plain) == title {
        return Cow::Borrowed(&content.body);
    }
    let mut text = String::with_capacity(title.len() + content.body.len() + 16);
    match content.format {
        Format::Text => text.push_str(&title),
        Format::Html => {
            text.push_str("<h1>");
            Escape::Html.write(&title, &mut text);
            text.push_str("</h1>");
        }
        Format::Markdown => {
            text.push_str("# ");
            escape_markdown(&title, Position::Within, &mut text);
        }
    }
    if !content.body.is_empty() {
        text.push_str(match content.format {
            Format::Markdown => "\n\n",
            Format::Text | Format::Html => "\n",
        });
        text.push_str(&content.body);
    }
    Cow::Owned(text)
}

/// The text on the card; empty leaves it to WxPusher, which is right only for plain text.
pub(super) fn summary(content: &Content) -> Cow<'_, str> {
    let wanted = [&content.summary, &content.title].into_iter().map(|text| one_line(text));
    let mut given = wanted.filter(|text| !text.is_empty());
    let text = match (given.next(), content.format) {
        (Some(text), _) => text,
        (None, Format::Text) => return Cow::Borrowed(""),
        (None, Format::Html | Format::Markdown) => one_line(&content.plain),
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text, SUMMARY)),
        Cow::Owned(text) => Cow::Owned(cut(&text, SUMMARY).to_owned()),
    }
}

pub(super) fn check_lengths(text: &str, content: &Content) -> Result<(), BuildError> {
    if text.trim().is_empty() {
        return Err(BuildError::BadContent("title and body are both empty".to_owned()));
    }
    if !CONTENT.fits(text) {
        let has = CONTENT.unit.count(text);
        return Err(BuildError::BadContent(format!(
            "the text has {has} characters of at most {}",
            CONTENT.max
        )));
    }
    if !LINK.fits(&content.url) {
        return Err(BuildError::BadContent(format!("the link has more than {} characters", LINK.max)));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    msg: Option<String>,
}

#[derive(Deserialize)]
struct Items {
    #[serde(default)]
    data: Option<Vec<Item>>,
}

/// What happened to one target; every field may be missing on old or self-made servers.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item {
    uid: Option<String>,
    #[serde(deserialize_with = "lenient")]
    topic_id: Option<i64>,
    #[serde(deserialize_with = "lenient")]
    send_record_id: Option<i64>,
    #[serde(deserialize_with = "lenient")]
    message_content_id: Option<i64>,
    #[serde(deserialize_with = "lenient")]
    code: Option<i64>,
    status: Option<String>,
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
const LEFT_WORDS: &[&str] = &["未关注", "取消关注", "没有关注", "拉黑", "屏蔽", "拒收", "拒绝", "block"];
const QUOTA_WORDS: &[&str] = &["上限", "今日"];
const CONTENT_WORDS: &[&str] = &["content", "内容", "summary", "url", "长度", "参数"];
/// Allowances turn with the day in China.
const CHINA: i8 = 8;
const TARGET_WORDS: &[&str] = &["uid", "topic", "主题", "用户", "spt"];

/// Reads the envelope that both kinds of push share; `items` judges the targets under code 1000.
pub(super) fn read_send(
    targets: &[Target],
    answer: &Answer,
    items: fn(&[Target], Option<Vec<Item>>, &HttpAnswer) -> Reading,
) -> Reading {
    let answer = match http(answer) {
        Ok(answer) => answer,
        Err(reading) => return reading,
    };
    let envelope: Option<Envelope> = json(answer);
    let (Some(envelope), 200..300 | 400..) = (envelope, answer.status) else {
        return bare_status(answer, SLOW);
    };
    if answer.status == 429 {
        return bare_status(answer, SLOW);
    }
    if envelope.code == 1000 && answer.status < 300 {
        return items(targets, json::<Items>(answer).and_then(|items| items.data), answer);
    }
    let words = envelope.msg.unwrap_or_default();
    let code = envelope.code.to_string();
    if answer.status >= 300 && !(1001..=1006).contains(&envelope.code) {
        return bare_status(answer, SLOW);
    }
    refused(targets, envelope.code, code, &words)
}

/// What a refusal of the whole call means.
fn refused(targets: &[Target], number: i64, code: String, words: &str) -> Reading {
    let text = said(words, targets);
    match number {
        1002 => stopped(code, text),
        _ if mentions(words, RATE_WORDS) => {
            Reading::all(Outcome::retry(Class::RateLimit, Some(SLOW), code, text)).slowing(SLOW)
        }
        1001 if mentions(words, QUOTA_WORDS) => Reading::all(Outcome::next_day(CHINA, code, text)),
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

fn target_class(words: &str) -> Class {
    if mentions(words, LEFT_WORDS) { Class::Blocked } else { Class::BadRecipient }
}

/// Matches items by uid, then topic id, never by position: the server may answer in any order.
fn match_items(targets: &[Target], items: Option<Vec<Item>>, _: &HttpAnswer) -> Reading {
    let items = items.unwrap_or_default();
    let mut by_uid: HashMap<&str, &Item> = HashMap::with_capacity(items.len());
    let mut by_topic: HashMap<i64, &Item> = HashMap::new();
    for item in &items {
        if let Some(uid) = item.uid.as_deref() {
            by_uid.insert(uid, item);
        } else if let Some(topic) = item.topic_id {
            by_topic.insert(topic, item);
        }
    }
    let find = |target: &Target| match &target.to {
        To::Person(uid) => by_uid.get(uid.expose()).copied(),
        To::Remote(id) => id.trim().parse().ok().and_then(|id: i64| by_topic.get(&id).copied()),
    };
    Reading::each(targets.iter().map(|target| find(target).map_or_else(unmentioned, judge)).collect())
}

fn unmentioned() -> Outcome {
    Outcome::unknown(Class::Provider, "1000", "the answer does not mention this target")
}

/// What one target's item means. An item without a code stands under a top-level success.
pub(super) fn judge(item: &Item) -> Outcome {
    let words = item.status.as_deref().unwrap_or_default();
    match item.code {
        None | Some(1000) => Outcome::accepted(receipt(item)),
        Some(code) => {
            let (code, text) = (code.to_string(), said(words, &[]));
            if mentions(words, QUOTA_WORDS) {
                Outcome::next_day(CHINA, code, text)
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

pub(super) fn is_success(item: &Item) -> bool {
    matches!(item.code, None | Some(1000))
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
pub(super) fn unreadable(answer: &HttpAnswer) -> Reading {
    Reading::all(Outcome::unknown(Class::Provider, "1000", body_text(answer)))
}
