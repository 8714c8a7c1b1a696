//! ServerChan, both products: Turbo (`SCT…`) and ³ (`sctp…`), told apart by the person's SendKey.
//!
//! The key is part of the URL, so URLs of this kind are secrets. A message is a short title and a
//! Markdown body; a title that has to be cut stands above the body in full.

use std::borrow::Cow;

use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::desk::Desk;
use super::face::{Face, Frame};
use super::field::{base_url, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::spec::{AddressSpec, Field, Limit, Limits, Rate, Repeat, Shape, Spec, Unit, Wire, Words};
use super::text::{cut, first_line, has_link, one_line};
use super::written::Form as Written;
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::template::{Position, escape_markdown};
use crate::domain::time::Millis;

const TURBO: &str = "https://sctapi.ftqq.com";
const TITLE: Limit = Limit { max: 32, unit: Unit::Chars };
const SHORT: Limit = Limit { max: 64, unit: Unit::Chars };
const BODY: Limit = Limit { max: 32 * 1024, unit: Unit::Bytes };
/// The service hands a message on over so many ways at most.
const MOST_WAYS: usize = 2;

static SPEC: Spec = Spec {
    id: "serverchan",
    label: Words::new("ServerChan", "Server酱"),
    about: Words::new("people who gave you a SendKey, Turbo or ³", "提供了 SendKey 的人，Turbo 版或 ³ 版"),
    fields: &[
        Field::setting(
            "base_url",
            Words::new("Server", "服务器"),
            Words::new(
                "for relays and tests; unset, the key tells the host",
                "用于中转或测试；不填则由 SendKey 决定",
            ),
            Shape::Url,
        ),
        Field::setting(
            "channel",
            Words::new("Ways", "消息通道"),
            Words::new("Turbo only: up to two numbers, such as 9|66", "仅 Turbo：最多两个编号，如 9|66"),
            Shape::Text,
        ),
        Field::setting(
            "openid",
            Words::new("Copy to", "抄送"),
            Words::new(
                "Turbo only: openids with commas, or WeCom users with |",
                "仅 Turbo：用逗号分隔的 openid，或用 | 分隔的企业微信用户",
            ),
            Shape::Text,
        ),
        Field::setting(
            "noip",
            Words::new("Hide our IP", "隐藏 IP"),
            Words::new("Turbo only", "仅 Turbo"),
            Shape::Flag,
        ),
        Field::setting(
            "short",
            Words::new("Card text", "卡片文字"),
            Words::new(
                "when a message has no summary; at most 64 characters",
                "消息没有摘要时使用；最多 64 字",
            ),
            Shape::Form(Written::AtMost(SHORT.max)),
        ),
        Field::setting(
            "tags",
            Words::new("Tags", "标签"),
            Words::new("³ only: such as ops|db", "仅 ³：如 运维|数据库"),
            Shape::Text,
        ),
    ],
    address: AddressSpec {
        label: Words::new("SendKey", "SendKey"),
        secret: true,
        example: "SCT123456Txxxxxxxxxxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Markdown],
    has_summary: true,
    limits: Limits { title: Some(TITLE), summary: Some(SHORT), body: Some(BODY), url: None, payload: None },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: Some(Rate { calls: 1, per_ms: 1_000 }),
    concurrency: 1,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// Over which ways the service hands a message on.
fn ways(account: &Account) -> Result<&str, BuildError> {
    let ways = account.setting("channel").unwrap_or_default();
    if ways.split('|').count() > MOST_WAYS {
        let why = format!("at most {MOST_WAYS} ways, such as 9|66");
        return Err(BuildError::BadField { field: "channel", why });
    }
    Ok(ways)
}

/// The card text. Without one the service shows the beginning of the Markdown, signs and all.
fn short<'a>(account: &'a Account, content: &'a Content) -> &'a str {
    if !content.summary.is_empty() {
        return &content.summary;
    }
    let otherwise = if content.body == content.plain { "" } else { &content.plain };
    account.setting("short").unwrap_or(otherwise)
}

mod answer;
mod desk;

/// The kind `serverchan`.
#[derive(Debug, Clone, Copy)]
pub struct ServerChan;

/// Which product a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product<'a> {
    Turbo,
    Three { uid: &'a str },
}

fn product(key: &str) -> Product<'_> {
    let Some(rest) = key.strip_prefix("sctp") else { return Product::Turbo };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && rest[digits..].starts_with('t') {
        Product::Three { uid: &rest[..digits] }
    } else {
        Product::Turbo
    }
}

/// Whether a key has the form of today's Turbo keys: `SCT`, digits, `T`, more.
fn is_turbo(key: &str) -> bool {
    let Some(rest) = key.strip_prefix("SCT") else { return false };
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    after.len() < rest.len() && after.strip_prefix('T').is_some_and(|secret| !secret.is_empty())
}

#[derive(Serialize)]
struct Send<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    desp: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    short: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    noip: Option<u8>,
    #[serde(skip_serializing_if = "str::is_empty")]
    channel: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    openid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tags: &'a str,
}

impl Kind for ServerChan {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        // A whole URL, as the site shows it: the key is the part before `.send`.
        let (key, host) = match typed.split_once("://") {
            Some(_) => {
                let path = typed.split(['?', '#']).next().unwrap_or_default();
                let last = path.rsplit('/').next().unwrap_or_default();
                (last.strip_suffix(".send").unwrap_or(last), super::field::host(typed))
            }
            None => (typed, None),
        };
        let key = usable(key)?;
        let plain = key.chars().all(|c| c.is_ascii_alphanumeric());
        let known = is_turbo(key) || matches!(product(key), Product::Three { .. });
        let warning = if key.starts_with("SCU") {
            Some(AddressWarning::Retired)
        } else if plain && known {
            None
        } else {
            Some(AddressWarning::Shape)
        };
        Ok(ReadAddress { value: key.into(), warning, host })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(key), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one SendKey".to_owned()));
        };
        let title = title(content);
        if title.is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let desp = composed(content);
        if !BODY.fits(&desp) {
            return Err(BuildError::BadContent(BODY.over(desp.len())));
        }
        let short = one_line(short(account, content));
        let product = product(key.expose());
        let is_turbo = product == Product::Turbo;
        let setting = |name, holds: bool| if holds { account.setting(name).unwrap_or_default() } else { "" };
        let ways = if is_turbo { ways(account)? } else { "" };
        let send = Send {
            title: &title,
            desp: &desp,
            short: cut(&short, SHORT),
            noip: (setting("noip", is_turbo) == "yes").then_some(1),
            channel: ways,
            openid: setting("openid", is_turbo),
            tags: setting("tags", !is_turbo),
        };
        let body = serde_json::to_vec(&send).map_err(|error| BuildError::BadContent(error.to_string()))?;
        Ok(Call::Http(HttpCall {
            method: Method::Post,
            url: endpoint(account, key.expose(), product)?,
            headers: vec![("content-type".into(), "application/json;charset=utf-8".to_owned())],
            body,
            secrets: vec![key.clone()],
            transport: transport(account),
        }))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        answer::read(targets, answer)
    }

    fn desk(&self) -> Option<&'static dyn Desk> {
        Some(&desk::Asked)
    }

    fn check_account(&self, account: &Account) -> Result<(), BuildError> {
        ways(account).map(drop)
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // The credential is the person's own key, and every request with it tells that person something.
        Ok(None)
    }

    fn face(&self, account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        let short = one_line(short(account, content)).into_owned();
        let shown = if short.is_empty() { one_line(&content.body).into_owned() } else { short };
        Face::new(Frame::Card).strong(&title(content), 1).plain(cut(&shown, SHORT), 2)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        composed(content)
    }
}

fn endpoint(account: &Account, key: &str, product: Product<'_>) -> Result<String, BuildError> {
    let path_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.chars().all(path_safe) {
        return Err(BuildError::BadAddress("a SendKey has only letters and digits".to_owned()));
    }
    let own = account.setting("base_url").is_some();
    let base = base_url(account, TURBO)?;
    Ok(match product {
        Product::Turbo => format!("{base}/{key}.send"),
        Product::Three { .. } if own => format!("{base}/send/{key}.send"),
        Product::Three { uid } => format!("https://{uid}.push.ft07.com/send/{key}.send"),
    })
}

/// The title as it goes out: one line, cut; the body's beginning where there is none.
fn title(content: &Content) -> Cow<'_, str> {
    let whole = if content.title.trim().is_empty() { first_line(&content.plain) } else { &content.title };
    match one_line(whole) {
        Cow::Borrowed(line) => Cow::Borrowed(cut(line, TITLE)),
        Cow::Owned(line) => Cow::Owned(cut(&line, TITLE).to_owned()),
    }
}

/// The body as it goes out: under the whole title if that had to be cut, above the link.
fn composed(content: &Content) -> Cow<'_, str> {
    let title = one_line(&content.title);
    let is_cut = !TITLE.fits(&title);
    let lacks_link = !content.url.is_empty() && !has_link(&content.body, &content.url);
    if !is_cut && !lacks_link {
        return Cow::Borrowed(&content.body);
    }
    let mut text = String::with_capacity(content.body.len() + title.len() + content.url.len() + 16);
    if is_cut {
        text.push_str("# ");
        escape_markdown(&title, Position::Within, &mut text);
    }
    if !content.body.is_empty() {
        paragraph(&mut text);
        text.push_str(&content.body);
    }
    if lacks_link {
        paragraph(&mut text);
        text.push('<');
        text.extend(content.url.chars().filter(|c| !matches!(c, '<' | '>' | ' ')));
        text.push('>');
    }
    Cow::Owned(text)
}

fn paragraph(text: &mut String) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
}
