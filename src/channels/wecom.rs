//! WeCom group robots: text of 2,048 bytes or a subset of Markdown of 4,096.
//!
//! People who read the group in WeChat see only text. Members are called by lists beside a text, and by a tag
//! inside Markdown, where telephone numbers do not work.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, HttpAnswer};
use super::call::{Call, HttpCall};
use super::field::{base_url, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target};
use super::outcome::{Outcome, Reading};
use super::reading::{foreign, http, json, said};
use super::robot::{self, AT_ALL, AT_MOBILES, AT_USERS, Form, Place, Robot, base_field, list};
use super::spec::{AddressSpec, Limit, Limits, Rate, Repeat, Spec, Unit, Wire, Words};
use super::subset::WECOM;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};

const PUBLIC: &str = "https://qyapi.weixin.qq.com";
const TEXT: Limit = Limit { max: 2_048, unit: Unit::Bytes };
const MARKDOWN: Limit = Limit { max: 4_096, unit: Unit::Bytes };
const SLOW: Duration = Duration::from_secs(60);

static SPEC: Spec = Spec {
    id: "wecom",
    label: Words::new("WeCom robot", "企业微信机器人"),
    about: Words::new("groups that a WeCom robot sits in", "企业微信群机器人"),
    fields: &[base_field(PUBLIC), AT_ALL, AT_MOBILES, AT_USERS],
    address: AddressSpec {
        label: Words::new("Robot key", "机器人 key"),
        secret: true,
        example: "01234567-89ab-cdef-0123-456789abcdef",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(MARKDOWN) },
    people_per_call: 1,
    remotes_per_call: 0,
    // For each robot: kept for the channel as a whole.
    rate: Some(Rate { calls: 20, per_ms: 60_000 }),
    concurrency: 2,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

const FORM: Form = Form {
    place: Place::Query("key"),
    signs: false,
    usual: |key| key.len() == 36 && key.bytes().filter(|b| *b == b'-').count() == 4,
};

/// The kind `wecom`.
#[derive(Debug, Clone, Copy)]
pub struct WeCom;

fn content_text(account: &Account, content: &Content) -> String {
    let (title, body) = (robot::title(account, content), robot::body(content, &WECOM));
    if content.format == Format::Text {
        return robot::text(&title, &body);
    }
    let heading = if title.is_empty() { title } else { WECOM.headline(&title) };
    let mut called: Vec<String> =
        list(account, "at_users").iter().map(|id| format!("<@{}>", id.replace(['<', '>'], ""))).collect();
    if account.setting("at_all") == Some("yes") {
        // UNVERIFIED: only single members are documented here.
        called.insert(0, "<@all>".to_owned());
    }
    robot::joined(&[&heading, &body, &called.join(" ")], "\n\n")
}

fn message(account: &Account, content: &Content, text: &str) -> Value {
    if content.format != Format::Text {
        return json!({"msgtype": "markdown", "markdown": {"content": text}});
    }
    let mut message = json!({"msgtype": "text", "text": {"content": text}});
    let mut users = list(account, "at_users");
    if account.setting("at_all") == Some("yes") {
        users.insert(0, "@all");
    }
    let mobiles = list(account, "at_mobiles");
    if !users.is_empty() {
        message["text"]["mentioned_list"] = json!(users);
    }
    if !mobiles.is_empty() {
        message["text"]["mentioned_mobile_list"] = json!(mobiles);
    }
    message
}

const fn limit(format: Format) -> Limit {
    match format {
        Format::Text => TEXT,
        Format::Markdown | Format::Html => MARKDOWN,
    }
}

impl Kind for WeCom {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        FORM.read(typed)
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let robot = Robot::of(account, targets)?;
        let base = base_url(account, PUBLIC)?;
        robot::not_empty(content)?;
        let text = content_text(account, content);
        robot::within(text.len(), limit(content.format))?;
        let url = format!("{base}/cgi-bin/webhook/send?key={}", robot.token);
        let message = message(account, content, &text);
        Ok(Call::Http(HttpCall::json(url, &message, robot.secrets)?.over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => judge(targets, http),
            Err(reading) => reading,
        }
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // Whatever a robot is asked, it says in its group.
        Ok(None)
    }

    fn limits(&self, format: Format) -> Limits {
        Limits { payload: Some(limit(format)), ..SPEC.limits }
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        robot::body(content, &WECOM)
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        Some(content_text(account, content).len())
    }
}

#[derive(Deserialize)]
struct Reply {
    errcode: i64,
    #[serde(default)]
    errmsg: Option<String>,
}

/// All answers come with HTTP 200; `errcode` decides.
fn judge(targets: &[Target], answer: &HttpAnswer) -> Reading {
    let reply = if answer.status == 200 { json::<Reply>(answer) } else { None };
    let Some(reply) = reply else { return foreign(answer, SLOW) };
    let (code, text) =
        (reply.errcode.to_string(), said(reply.errmsg.as_deref().unwrap_or_default(), targets));
    Reading::all(match reply.errcode {
        0 => Outcome::accepted(None),
        -1 => Outcome::retry(Class::Provider, None, code, text),
        // Too many in a minute, and too many at once.
        45_009 | 45_033 => {
            return Reading::all(Outcome::retry(Class::RateLimit, Some(SLOW), code, text)).slowing(SLOW);
        }
        // No such key, the robot was stopped, it is not in the group any more.
        93_000 | 93_004 | 93_008 => Outcome::rejected(Class::BadRecipient, code, text),
        // An unknown type, a parameter that is wrong or too long, nothing in it, too long.
        40_008 | 40_058 | 44_004 | 45_002 => Outcome::rejected(Class::Content, code, text),
        _ => Outcome::rejected(Class::Unclassified, code, text),
    })
}
