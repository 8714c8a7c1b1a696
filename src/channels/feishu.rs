//! Feishu and Lark group robots: text, or a card with Markdown.
//!
//! A signed robot wants the moment and a signature inside the body, so these are put in when the call leaves;
//! their room is counted always, because the limit of 20 KB is one of the whole request. (30 KB is said too:
//! UNVERIFIED.) Lark is the same behind another `base_url`.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, HttpCall};
use super::field::{base_url, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target};
use super::outcome::Reading;
use super::pass::Departure;
use super::reading::http;
use super::robot::{self, AT_ALL, AT_USERS, Form, KEYWORD, Place, Robot, SECRET, list};
use super::spec::{AddressSpec, Field, Limit, Limits, Rate, Repeat, Shape, Spec, Unit, Wire, Words};
use super::subset::FEISHU;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};

mod answer;

const PUBLIC: &str = "https://open.feishu.cn";
const REQUEST: Limit = Limit { max: 20 * 1024, unit: Unit::Bytes };
/// `"timestamp":"1700000000","sign":"…44…",`
const SIGNATURE: usize = 25 + 54;

static SPEC: Spec = Spec {
    id: "feishu",
    label: Words::new("Feishu or Lark robot", "飞书机器人"),
    about: Words::new(
        "groups that a Feishu or Lark robot sits in, signed or not",
        "飞书（Lark）群机器人，支持签名校验",
    ),
    fields: &[
        Field::setting(
            "base_url",
            Words::new("Server", "服务器"),
            Words::new("for Lark https://open.larksuite.com", "Lark 填 https://open.larksuite.com"),
            Shape::Url,
        )
        .or(PUBLIC),
        SECRET,
        KEYWORD,
        AT_ALL,
        AT_USERS,
    ],
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
    // 100 in a minute and 5 in a second, for each robot: this keeps both.
    rate: Some(Rate { calls: 5, per_ms: 3_000 }),
    concurrency: 4,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

const FORM: Form = Form {
    place: Place::Behind("hook", 1),
    signs: true,
    usual: |token| token.len() == 36 && token.bytes().filter(|b| *b == b'-').count() == 4,
};

/// The kind `feishu`.
#[derive(Debug, Clone, Copy)]
pub struct Feishu;

/// Whom a text calls. Ids are quoted as they are written: only what an id can hold.
fn calls(account: &Account, in_card: bool) -> String {
    let mut ids: Vec<String> = list(account, "at_users")
        .iter()
        .map(|id| id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect())
        .collect();
    if account.setting("at_all") == Some("yes") {
        ids.insert(0, "all".to_owned());
    }
    let tag = |id: &String| {
        if in_card { format!("<at id={id}></at>") } else { format!("<at user_id=\"{id}\"></at>") }
    };
    ids.iter().filter(|id| !id.is_empty()).map(tag).collect::<Vec<_>>().join(" ")
}

/// Only the channel's own settings call people: a tag in a text is text.
fn untagged(text: &str) -> Cow<'_, str> {
    if text.contains("<at") { Cow::Owned(text.replace("<at", "<\u{200b}at")) } else { Cow::Borrowed(text) }
}

fn message(account: &Account, content: &Content) -> Value {
    let (title, body) = (robot::title(account, content), robot::body(content, &FEISHU));
    // A card has to have something below its title.
    if content.format == Format::Text || body.is_empty() {
        let text = robot::text(&untagged(&title), &untagged(&body));
        let text = robot::joined(&[&text, &calls(account, false)], "\n");
        return json!({"msg_type": "text", "content": {"text": text}});
    }
    let text = robot::joined(&[&body, &calls(account, true)], "\n\n");
    let mut card = json!({"elements": [{"tag": "markdown", "content": text}]});
    if !title.is_empty() {
        card["header"] = json!({"title": {"tag": "plain_text", "content": title}});
    }
    json!({"msg_type": "interactive", "card": card})
}

fn request(account: &Account, content: &Content) -> Result<Vec<u8>, BuildError> {
    robot::not_empty(content)?;
    serde_json::to_vec(&message(account, content)).map_err(|error| BuildError::BadContent(error.to_string()))
}

impl Kind for Feishu {
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
        robot::request_within(body.len() + SIGNATURE, REQUEST)?;
        let url = format!("{base}/open-apis/bot/v2/hook/{}", robot.token);
        Ok(Call::Http(HttpCall::json_bytes(url, body, robot.secrets).over(transport(account))))
    }

    fn depart(&self, _account: &Account, call: Call, departure: &Departure<'_>) -> Result<Call, BuildError> {
        let Call::Http(mut call) = call else { return Ok(call) };
        if let Some(secret) = Robot::signing(&call.secrets) {
            let moment = departure.now.0.div_euclid(1_000);
            // The other way round than DingTalk: the secret is in the key, and nothing is signed.
            let sign = robot::signature(&format!("{moment}\n{}", secret.expose()), "");
            let members = format!("{{\"timestamp\":\"{moment}\",\"sign\":\"{sign}\",");
            call.body.splice(..1, members.into_bytes());
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
        robot::body(content, &FEISHU)
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        request(account, content).ok().map(|body| body.len() + SIGNATURE)
    }
}
