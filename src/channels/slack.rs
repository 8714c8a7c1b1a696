//! Slack incoming webhooks: mrkdwn into the channel that a webhook is bound to.
//!
//! Slack answers in plain words, `ok` or the name of what is wrong. Everything that it reads as markup of its
//! own begins with `<`, so escaping three signs makes every text harmless.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::answer::{Answer, HttpAnswer};
use super::call::{Call, HttpCall};
use super::field::{base_url, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target};
use super::outcome::{Outcome, Reading};
use super::reading::{bare_status, foreign, http};
use super::robot::{self, Form, Place, Robot, base_field};
use super::spec::{AddressSpec, Field, Limit, Limits, Rate, Repeat, Shape, Spec, Unit, Wire, Words};
use super::subset::{self, SLACK, SLACK_SHOWN};
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::message::{Content, Format};

const PUBLIC: &str = "https://hooks.slack.com";
const TEXT: Limit = Limit { max: 40_000, unit: Unit::Chars };
/// A 429 says how long; this one does not.
const SLOW: Duration = Duration::from_secs(5);

static SPEC: Spec = Spec {
    id: "slack",
    label: Words::new("Slack webhook", "Slack Webhook"),
    about: Words::new("Slack channels, by incoming webhook", "Slack 频道，凭 Incoming Webhook"),
    fields: &[
        base_field(PUBLIC),
        Field::setting(
            "mention",
            Words::new("Call", "提醒"),
            Words::new("here: who is active; channel: everybody", "here 为在线成员；channel 为所有成员"),
            Shape::Choice(&["none", "here", "channel"]),
        )
        .or("none"),
    ],
    address: AddressSpec {
        label: Words::new("Webhook URL", "Webhook 地址"),
        secret: true,
        example: "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(TEXT) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: Some(Rate { calls: 1, per_ms: 1_000 }),
    concurrency: 4,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

const FORM: Form = Form {
    place: Place::Behind("services", 3),
    signs: false,
    usual: |token| token.starts_with('T') && token.split('/').count() == 3,
};

/// The kind `slack`.
#[derive(Debug, Clone, Copy)]
pub struct Slack;

#[derive(Serialize)]
struct Send<'a> {
    text: &'a str,
    /// Said only where it is not so.
    #[serde(skip_serializing_if = "Option::is_none")]
    mrkdwn: Option<bool>,
}

fn text(account: &Account, content: &Content) -> String {
    let (title, body) = (robot::title(account, content), robot::body(content, &SLACK));
    let called = match account.setting("mention") {
        Some("here") => "<!here>",
        Some("channel") => "<!channel>",
        _ => "",
    };
    if content.format == Format::Text {
        let mut text = String::with_capacity(title.len() + body.len() + 16);
        subset::slack(&robot::text(&title, &body), &mut text);
        return robot::joined(&[called, &text], "\n");
    }
    let heading = if title.is_empty() { title } else { SLACK.headline(&title) };
    let text = robot::joined(&[&heading, &body], "\n\n");
    robot::joined(&[called, &text], "\n")
}

impl Kind for Slack {
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
        let text = text(account, content);
        robot::within(TEXT.unit.count(&text), TEXT)?;
        let send = Send { text: &text, mrkdwn: (content.format == Format::Text).then_some(false) };
        let url = format!("{base}/services/{}", robot.token);
        Ok(Call::Http(HttpCall::json(url, &send, robot.secrets)?.over(transport(account))))
    }

    fn read(&self, _targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => judge(http),
            Err(reading) => reading,
        }
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // Whatever a webhook is sent, it shows in its channel.
        Ok(None)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        robot::body(content, &SLACK_SHOWN)
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        Some(TEXT.unit.count(&text(account, content)))
    }
}

/// The webhook, its channel or its workspace is gone.
const GONE: &[&str] = &[
    "invalid_token",
    "no_service",
    "no_service_id",
    "no_team",
    "no_active_hooks",
    "team_disabled",
    "channel_not_found",
    "channel_is_archived",
    "user_not_found",
];
/// An administrator keeps webhooks out.
const KEPT_OUT: &[&str] = &["action_prohibited", "posting_to_general_channel_denied"];
const CONTENT: &[&str] = &[
    "invalid_payload",
    "no_text",
    "invalid_blocks",
    "invalid_attachments",
    "too_many_attachments",
    "msg_too_long",
];

fn judge(answer: &HttpAnswer) -> Reading {
    let word = std::str::from_utf8(&answer.body).map(str::trim).unwrap_or_default();
    let is = |words: &[&str]| words.contains(&word);
    if answer.cut {
        return bare_status(answer, SLOW);
    }
    Reading::all(match answer.status {
        200 if word == "ok" => Outcome::accepted(None),
        400..=410 if is(GONE) => Outcome::rejected(Class::BadRecipient, word, ""),
        400..=410 if is(KEPT_OUT) => Outcome::rejected(Class::Blocked, word, ""),
        400..=413 if is(CONTENT) => Outcome::rejected(Class::Content, word, ""),
        // Something failed on the way, and nobody says where.
        500 if word == "rollup_error" => Outcome::unknown(Class::Provider, word, ""),
        // Slack answers in single words.
        _ if word.contains(|c: char| c.is_whitespace() || c == '<') => return foreign(answer, SLOW),
        _ => return bare_status(answer, SLOW),
    })
}
