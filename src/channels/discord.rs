//! Discord webhooks: Markdown into the channel that a webhook is bound to.
//!
//! Every call forbids mentions, because `@everyone` in a text would wake a whole server, and waits for the
//! message, because its id is the proof. How fast a webhook may be called only its answers tell.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, HttpCall};
use super::field::{base_url, host, transport};
use super::kind::{BuildError, Kind, ReadAddress, Target};
use super::outcome::Reading;
use super::reading::http;
use super::robot::{self, Form, Place, Robot, base_field};
use super::spec::{AddressSpec, ErrorBudget, Field, Limit, Limits, Repeat, Shape, Spec, Unit, Wire, Words};
use super::subset::{self, DISCORD};
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};

mod answer;

const PUBLIC: &str = "https://discord.com";
const TEXT: Limit = Limit { max: 2_000, unit: Unit::Chars };
/// 10,000 refusals within ten minutes keep the whole host out.
const PUBLIC_ERRORS: ErrorBudget = ErrorBudget { most: 8_000, per: Duration::from_secs(600) };

static SPEC: Spec = Spec {
    id: "discord",
    label: Words::new("Discord webhook", "Discord Webhook"),
    about: Words::new("Discord channels, by webhook", "Discord 频道，凭 Webhook"),
    fields: &[
        base_field(PUBLIC),
        Field::setting(
            "username",
            Words::new("Shown name", "显示名称"),
            Words::new(
                "shown as the sender; unset: the webhook's own",
                "显示的发送者；不填用 Webhook 自己的",
            ),
            Shape::Text,
        ),
        Field::setting(
            "avatar_url",
            Words::new("Avatar", "头像"),
            Words::new("URL of a picture", "图片地址"),
            Shape::Url,
        ),
    ],
    address: AddressSpec {
        label: Words::new("Webhook URL", "Webhook 地址"),
        secret: true,
        example: "123456789012345678/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(TEXT) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    concurrency: 4,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

const FORM: Form = Form {
    place: Place::Behind("webhooks", 2),
    signs: false,
    usual: |token| {
        token.split_once('/').is_some_and(|(id, token)| {
            id.len() >= 17
                && id.bytes().all(|b| b.is_ascii_digit())
                && token.len() >= 60
                && !token.contains('/')
        })
    },
};

/// The kind `discord`.
#[derive(Debug, Clone, Copy)]
pub struct Discord;

#[derive(Serialize)]
struct Send<'a> {
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'a str>,
    allowed_mentions: Value,
}

fn text(account: &Account, content: &Content) -> String {
    let (title, body) = (robot::title(account, content), robot::body(content, &DISCORD));
    if content.format == Format::Text {
        return subset::discord(&robot::text(&title, &body)).into_owned();
    }
    let heading = if title.is_empty() { title } else { DISCORD.headline(&title) };
    robot::joined(&[&heading, &body], "\n")
}

impl Kind for Discord {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn error_budget(&self, settings: &BTreeMap<String, String>) -> Option<ErrorBudget> {
        let base = settings.get("base_url").map(String::as_str).filter(|base| !base.is_empty());
        (host(base.unwrap_or(PUBLIC)) == host(PUBLIC)).then_some(PUBLIC_ERRORS)
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
        let send = Send {
            content: &text,
            username: account.setting("username"),
            avatar_url: account.setting("avatar_url"),
            allowed_mentions: json!({"parse": []}),
        };
        let url = format!("{base}/api/webhooks/{}?wait=true", robot.token);
        Ok(Call::Http(HttpCall::json(url, &send, robot.secrets)?.over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge(targets, http),
            Err(reading) => reading,
        }
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // A webhook can be looked at without a word, but it is somebody's address and not the channel's credential.
        Ok(None)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        robot::body(content, &DISCORD)
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        Some(TEXT.unit.count(&text(account, content)))
    }
}
