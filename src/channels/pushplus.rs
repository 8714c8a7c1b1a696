//! PushPlus: a person's own token, one JSON POST. A success only says that the message was taken in; what became of it
//! the service tells later.

use std::borrow::Cow;

use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall};
use super::face::{Face, Frame};
use super::field::{base_url, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::link::with_link;
use super::outcome::Reading;
use super::reading::http;
use super::spec::{AddressSpec, Field, Limit, Limits, Repeat, Shape, Spec, Unit, Wire, Words};
use super::text::{cut, first_line, one_line};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod answer;

const PUBLIC: &str = "https://www.pushplus.plus";
/// UNVERIFIED: one client says 100, another 200.
const TITLE: Limit = Limit { max: 100, unit: Unit::Chars };
/// UNVERIFIED: by one client.
const CONTENT: Limit = Limit { max: 20_000, unit: Unit::Chars };

static SPEC: Spec = Spec {
    id: "pushplus",
    label: Words::new("PushPlus", "PushPlus 推送加"),
    about: Words::new(
        "people who gave you their token; 200 a day each",
        "提供了 token 的人；每人每天 200 条",
    ),
    fields: &[
        Field::setting(
            "base_url",
            Words::new("Server", "服务器"),
            Words::new("for relays and tests", "用于中转或测试"),
            Shape::Url,
        )
        .or(PUBLIC),
        Field::setting(
            "channel",
            Words::new("Way", "发送渠道"),
            Words::new("unset, WeChat", "不填则为微信"),
            Shape::Choice(&["wechat", "webhook", "cp", "mail", "sms"]),
        ),
        Field::setting(
            "webhook",
            Words::new("Way's code", "渠道编码"),
            Words::new(
                "of the webhook or the WeCom application, as set on the site",
                "站点上配置的 webhook 或企业微信应用编码",
            ),
            Shape::Text,
        ),
        Field::setting(
            "topic",
            Words::new("Group code", "群组编码"),
            Words::new("everybody in that group of the token's owner", "发送给令牌所有者的该群组成员"),
            Shape::Text,
        ),
    ],
    address: AddressSpec {
        label: Words::new("Token", "token"),
        secret: true,
        example: "0123456789abcdef0123456789abcdef",
    },
    formats: &[Format::Html, Format::Markdown, Format::Text],
    has_summary: false,
    limits: Limits { title: Some(TITLE), summary: None, body: Some(CONTENT), url: None, payload: None },
    people_per_call: 1,
    remotes_per_call: 0,
    // Calls are counted by the person and the day, and the answer tells.
    rate: None,
    concurrency: 4,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `pushplus`.
#[derive(Debug, Clone, Copy)]
pub struct PushPlus;

#[derive(Serialize)]
struct Send<'a> {
    token: &'a str,
    title: &'a str,
    content: &'a str,
    template: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
}

impl Kind for PushPlus {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let (token, host) = if typed.contains("://") {
            let (token, host) = token_in_url(typed)
                .ok_or_else(|| BuildError::BadAddress("there is no token in this URL".to_owned()))?;
            (token, Some(host))
        } else {
            (typed.to_owned(), None)
        };
        let usual = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let warning = if usual { None } else { Some(AddressWarning::Shape) };
        Ok(ReadAddress { value: Secret::new(token), warning, host })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(token), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one token".to_owned()));
        };
        let base = base_url(account, PUBLIC)?;
        let (title, text) = (title(content), text(content));
        if text.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        if !CONTENT.fits(&text) {
            return Err(BuildError::BadContent(CONTENT.over(CONTENT.unit.count(&text))));
        }
        let send = Send {
            token: token.expose(),
            title: &title,
            content: &text,
            template: match content.format {
                Format::Html => "html",
                Format::Markdown => "markdown",
                Format::Text => "txt",
            },
            channel: account.setting("channel"),
            webhook: account.setting("webhook"),
            topic: account.setting("topic"),
        };
        let call = HttpCall::json(format!("{base}/send"), &send, vec![token.clone()])?;
        Ok(Call::Http(call.over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, |http| answer::judge(targets, http))
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // The credential is the person's own token, and every request with it tells that person something.
        Ok(None)
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::new(Frame::Card).strong(&content.title, 1).plain(&content.plain, 2)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        text(content)
    }
}

/// The title as it goes out: one line, cut; the body's beginning where there is none.
fn title(content: &Content) -> String {
    let title = one_line(&content.title);
    let whole = if title.is_empty() { first_line(&content.plain) } else { &title };
    cut(whole, TITLE).to_owned()
}

/// The content, which must not be empty: the body and the link, or the title if that is all there is.
fn text(content: &Content) -> Cow<'_, str> {
    let text = with_link(content);
    if text.trim().is_empty() { one_line(&content.title) } else { text }
}

/// The token in a pasted address, and the server that it named: `…/send?token=…`, or `…/send/TOKEN`.
fn token_in_url(typed: &str) -> Option<(String, String)> {
    let url = url::Url::parse(typed).ok()?;
    let host = url.host_str()?.to_owned();
    if let Some((_, token)) = url.query_pairs().find(|(name, _)| name == "token") {
        return Some((token.into_owned(), host));
    }
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    (last != "send").then(|| (last.to_owned(), host))
}
