//! DingTalk group robots: text or a subset of Markdown into the group that a robot sits in.
//!
//! A signed robot wants the moment and a signature in the query, so these are added when the call leaves. The
//! limit of 20,000 bytes counts the whole request.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall};
use super::field::{base_url, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target};
use super::outcome::Reading;
use super::pass::Departure;
use super::reading::http;
use super::robot::{
    self, AT_ALL, AT_MOBILES, AT_USERS, Form, KEYWORD, Place, Robot, SECRET, base_field, list,
};
use super::spec::{AddressSpec, Limit, Limits, Rate, Repeat, Spec, Unit, Wire, Words};
use super::subset::DINGTALK;
use super::text::{cut, first_line, one_line};
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};

mod answer;

const PUBLIC: &str = "https://oapi.dingtalk.com";
const REQUEST: Limit = Limit { max: 20_000, unit: Unit::Bytes };
/// What stands in lists of chats for a message without a title.
const HEADLINE: Limit = Limit { max: 64, unit: Unit::Chars };

static SPEC: Spec = Spec {
    id: "dingtalk",
    label: Words::new("DingTalk robot", "钉钉机器人"),
    about: Words::new("groups that a DingTalk robot sits in, signed or not", "钉钉群机器人，支持加签"),
    fields: &[base_field(PUBLIC), SECRET, KEYWORD, AT_ALL, AT_MOBILES, AT_USERS],
    address: AddressSpec {
        label: Words::new("Robot: TOKEN or TOKEN#SECRET", "机器人：TOKEN 或 TOKEN#密钥"),
        secret: true,
        example: "TOKEN#SECRET",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(REQUEST) },
    people_per_call: 1,
    remotes_per_call: 0,
    // For each robot, followed by a rest of about ten minutes (UNVERIFIED): kept for the channel as a whole.
    rate: Some(Rate { calls: 20, per_ms: 60_000 }),
    concurrency: 2,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

const FORM: Form = Form {
    place: Place::Query("access_token"),
    signs: true,
    usual: |token| token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit()),
};

/// The kind `dingtalk`.
#[derive(Debug, Clone, Copy)]
pub struct DingTalk;

#[derive(Serialize)]
struct Send<'a> {
    msgtype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<Markdown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<At<'a>>,
}

#[derive(Serialize)]
struct Text<'a> {
    content: &'a str,
}

#[derive(Serialize)]
struct Markdown<'a> {
    title: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct At<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at_mobiles: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at_user_ids: Vec<&'a str>,
    is_at_all: bool,
}

/// Whom a message calls, and the line in which they are named: without it nobody is.
fn calls(account: &Account) -> (Option<At<'_>>, String) {
    let (at_mobiles, at_user_ids) = (list(account, "at_mobiles"), list(account, "at_users"));
    let is_at_all = account.setting("at_all") == Some("yes");
    if at_mobiles.is_empty() && at_user_ids.is_empty() && !is_at_all {
        return (None, String::new());
    }
    let named: Vec<String> = at_mobiles.iter().chain(&at_user_ids).map(|one| format!("@{one}")).collect();
    (Some(At { at_mobiles, at_user_ids, is_at_all }), named.join(" "))
}

fn request(account: &Account, content: &Content) -> Result<Vec<u8>, BuildError> {
    robot::not_empty(content)?;
    let (at, named) = calls(account);
    let (title, body) = (robot::title(account, content), robot::body(content, &DINGTALK));
    let (first, text);
    let send = if content.format == Format::Text {
        text = robot::joined(&[&title, &body, &named], "\n");
        Send { msgtype: "text", text: Some(Text { content: &text }), markdown: None, at }
    } else {
        first = one_line(first_line(&content.plain));
        let headline = if title.is_empty() { cut(&first, HEADLINE) } else { &title };
        let heading = if title.is_empty() { String::new() } else { DINGTALK.headline(&title) };
        text = robot::joined(&[&heading, &body, &named], "\n\n");
        let title = if headline.is_empty() { &content.url } else { headline };
        Send { msgtype: "markdown", text: None, markdown: Some(Markdown { title, text: &text }), at }
    };
    serde_json::to_vec(&send).map_err(|error| BuildError::BadContent(error.to_string()))
}

impl Kind for DingTalk {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        FORM.read(typed)
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let robot = Robot::of(account, targets)?;
        let base = base_url(account, PUBLIC)?;
        let body = request(account, content)?;
        robot::request_within(body.len(), REQUEST)?;
        let url = format!("{base}/robot/send?access_token={}", robot.token);
        Ok(Call::Http(HttpCall::json_bytes(url, body, robot.secrets).over(transport(account))))
    }

    fn depart(&self, _account: &Account, call: Call, departure: &Departure<'_>) -> Result<Call, BuildError> {
        let Call::Http(mut call) = call else { return Ok(call) };
        if let Some(secret) = Robot::signing(&call.secrets) {
            let moment = departure.now.0;
            let sign = robot::signature(secret.expose(), &format!("{moment}\n{}", secret.expose()));
            // Once: encoded twice it does not match.
            let sign: String = url::form_urlencoded::byte_serialize(sign.as_bytes()).collect();
            write!(call.url, "&timestamp={moment}&sign={sign}").expect("writing to a string cannot fail");
        }
        Ok(Call::Http(call))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge(targets, None, http),
            Err(reading) => reading,
        }
    }

    fn read_after(&self, account: &Account, _: &Call, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge(targets, Some(account), http),
            Err(reading) => reading,
        }
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // Whatever a robot is asked, it says in its group.
        Ok(None)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        robot::body(content, &DINGTALK)
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        request(account, content).ok().map(|body| body.len())
    }
}
