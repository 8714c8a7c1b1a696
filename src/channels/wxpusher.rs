//! WxPusher, standard push: an app token, people by UID, up to 2,000 in one call; topics by id.
//!
//! WxPusher has no title. A title becomes the summary (what the card and the notification show) unless
//! the operator gave one, and stands above the body as a heading, so that the page behind the card has it
//! too. HTML and Markdown always get an explicit summary: WxPusher's own would be cut-off markup.

use std::borrow::Cow;

use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::desk::Desk;
use super::face::{Face, Frame};
use super::field::{base_url, required_secret, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::{Outcome, Reading};
use super::spec::{AddressSpec, Field, Limit, Limits, Rate, Repeat, Shape, Spec, Unit, Wire, Words};
use super::text::{cut, first_line, one_line};
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::template::{Escape, Position, escape_markdown};
use crate::domain::time::Millis;

pub(super) const BASE: &str = "https://wxpusher.zjiecode.com";
pub(super) const JSON: &str = "application/json";
pub(super) const SUMMARY: Limit = Limit { max: 100, unit: Unit::Utf16 };
pub(super) const CONTENT: Limit = Limit { max: 40_000, unit: Unit::Utf16 };
pub(super) const LINK: Limit = Limit { max: 1_000, unit: Unit::Utf16 };

pub(super) const LIMITS: Limits =
    Limits { title: None, summary: Some(SUMMARY), body: Some(CONTENT), url: Some(LINK), payload: None };

/// Published as 20 in 10 s; but calls 500 ms apart were refused now and then, so three quarters of that are kept to.
pub(super) const RATE: Rate = Rate { calls: 16, per_ms: 10_000 };

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
        Field::setting(
            "verify_pay_type",
            Words::new("Who gets it", "付费范围"),
            Words::new(
                "paid apps and topics: 0 everybody, 1 who pays, 2 who does not",
                "用于付费应用和主题：0 所有人，1 仅付费者，2 仅未付费者",
            ),
            Shape::Choice(&["0", "1", "2"]),
        )
        .or("0"),
        BASE_FIELD,
    ],
    address: AddressSpec {
        label: Words::new("UID", "UID"),
        secret: false,
        example: "UID_xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Html, Format::Markdown, Format::Text],
    has_summary: true,
    limits: LIMITS,
    people_per_call: 2_000,
    remotes_per_call: 5,
    rate: Some(RATE),
    concurrency: 4,
    timeout_s: 60,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The token without the blanks that came along when it was pasted.
fn app_token(account: &Account) -> Result<Secret, BuildError> {
    Ok(Secret::new(required_secret(account, "app_token")?.expose().trim()))
}

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
    #[serde(skip_serializing_if = "Option::is_none")]
    verify_pay_type: Option<u8>,
}

/// Who of those that pay gets it; the provider's own default is not written.
fn verify_pay_type(account: &Account) -> Option<u8> {
    account.setting("verify_pay_type")?.parse().ok().filter(|kind| *kind != 0)
}

pub(super) mod answer;
pub(super) mod callback;
pub(super) mod desk;

impl Kind for WxPusher {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        read_prefixed(typed, "UID_")
    }

    fn read_remote(&self, typed: &str) -> Result<String, BuildError> {
        topic_id(typed).map(|id| id.to_string())
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let token = app_token(account)?;
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
            verify_pay_type: verify_pay_type(account),
        };
        let body = serde_json::to_vec(&send).map_err(|error| BuildError::BadContent(error.to_string()))?;
        Ok(Call::Http(HttpCall {
            method: Method::Post,
            url: format!("{base}/api/send/message"),
            headers: vec![("content-type".into(), JSON.to_owned())],
            body,
            secrets: vec![token.clone()],
            transport: transport(account),
        }))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        answer::read_send(targets, answer, answer::match_items)
    }

    fn desk(&self) -> Option<&'static dyn Desk> {
        Some(&desk::FrontDesk)
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let token = app_token(account)?;
        let base = base_url(account, BASE)?;
        let query: String = url::form_urlencoded::byte_serialize(token.expose().as_bytes()).collect();
        Ok(Some(Call::Http(HttpCall {
            method: Method::Get,
            url: format!("{base}/api/fun/wxuser/v2?appToken={query}&page=1&pageSize=1"),
            headers: Vec::new(),
            body: Vec::new(),
            secrets: vec![token.clone()],
            transport: transport(account),
        })))
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        answer::read_send(&[], answer, |_, _, _| Reading::all(Outcome::accepted(None)))
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        composed(content)
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        face(content)
    }
}

/// The card in the app: the summary, or the text itself, which is all there is of a plain one.
pub(super) fn face(content: &Content) -> Face {
    let summary = summary(content);
    if summary.is_empty() {
        return Face::new(Frame::Card).plain(&composed(content), 4);
    }
    Face::new(Frame::Card).strong(&summary, 3)
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
        return Err(BuildError::BadContent(CONTENT.over(CONTENT.unit.count(text))));
    }
    if !LINK.fits(&content.url) {
        return Err(BuildError::BadContent(format!("the link has more than {} UTF-16 units", LINK.max)));
    }
    Ok(())
}
