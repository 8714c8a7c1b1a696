//! ntfy: a topic on ntfy.sh or on a server of one's own. Whoever knows a topic reads it, so a topic is a secret.
//!
//! Messages go out as JSON to the root of the server and not to the topic's own URL: headers would need RFC 2047 for
//! Chinese, and the topic would stand in the logs of every proxy. A server shows `triggered` in place of an empty
//! message, so a title alone is sent as the message. iOS shows Markdown as it is written (ntfy#1699).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::face::Face;
use super::field::{base_url, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::reading::http;
use super::robot;
use super::spec::{AddressSpec, Limit, Limits, Rate, Repeat, Spec, Unit, Wire, Words};
use super::text::one_line;
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod answer;
mod fields;

const PUBLIC: &str = "https://ntfy.sh";
/// What is longer becomes an attachment, or is refused.
const MESSAGE: Limit = Limit { max: 4_096, unit: Unit::Bytes };
/// The whole request, escapes and all: servers read twice the length of a message and not a byte more.
const REQUEST: Limit = Limit { max: 8_192, unit: Unit::Bytes };
/// The longest topic. Requests are measured with room for one, so that a message is too long for all or for nobody.
const TOPIC: usize = 64;
/// A visitor has 60 calls in hand and gets one back every 5 s; other programs of this host use them too.
const RATE: Rate = Rate { calls: 12, per_ms: 60_000 };
const RESERVED: &[&str] =
    &["docs", "static", "file", "app", "metrics", "account", "settings", "signup", "login", "v1"];

static SPEC: Spec = Spec {
    id: "ntfy",
    label: Words::new("ntfy", "ntfy"),
    about: Words::new(
        "whoever follows a topic on ntfy.sh or your server",
        "在 ntfy.sh 或自建服务器上关注主题的人",
    ),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("Topic", "主题名"),
        secret: true,
        example: "ops_xxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    limits: Limits { title: None, summary: None, body: Some(MESSAGE), url: None, payload: Some(REQUEST) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: Some(RATE),
    concurrency: 4,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `ntfy`.
#[derive(Debug, Clone, Copy)]
pub struct Ntfy;

#[derive(Serialize)]
struct Publish<'a> {
    topic: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: Cow<'a, str>,
    message: Cow<'a, str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    markdown: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    click: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
}

impl<'a> Publish<'a> {
    fn of(account: &'a Account, content: &'a Content, topic: &'a str) -> Self {
        let tags = account.setting("tags").unwrap_or_default().split([',', '，']).map(str::trim);
        let alone = content.body.trim().is_empty();
        Self {
            topic,
            title: if alone { Cow::Borrowed("") } else { one_line(&content.title) },
            message: message(content),
            markdown: content.format == Format::Markdown,
            priority: account.setting("priority").and_then(|level| level.parse().ok()),
            tags: tags.filter(|tag| !tag.is_empty()).collect(),
            click: &content.url,
            icon: account.setting("icon"),
        }
    }

    /// What it comes to with the longest topic.
    fn size(account: &'a Account, content: &'a Content) -> usize {
        let json = serde_json::to_vec(&Publish::of(account, content, ""));
        TOPIC + json.map_or(0, |json| json.len())
    }
}

impl Kind for Ntfy {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let (topic, host) = if typed.contains("://") {
            topic_in_url(typed)
                .ok_or_else(|| BuildError::BadAddress("there is no topic in this URL".to_owned()))?
        } else {
            (typed.to_owned(), None)
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let usual = topic.len() <= TOPIC && topic.chars().all(fits) && !RESERVED.contains(&topic.as_str());
        let warning = if usual { None } else { Some(AddressWarning::Shape) };
        Ok(ReadAddress { value: Secret::new(topic), warning, host })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(topic), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one topic".to_owned()));
        };
        let base = base_url(account, PUBLIC)?;
        let publish = Publish::of(account, content, topic.expose());
        if publish.message.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        if !MESSAGE.fits(&publish.message) {
            return Err(BuildError::BadContent(MESSAGE.over(publish.message.len())));
        }
        robot::request_within(Publish::size(account, content), REQUEST)?;
        let call = HttpCall::json(format!("{base}/"), &publish, vec![topic.clone()])?;
        Ok(Call::Http(authorised(account, call).over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, |http| answer::judge(targets, http))
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let base = base_url(account, PUBLIC)?;
        let call = authorised(account, HttpCall::bare(Method::Get, String::new(), Vec::new()));
        // The health page answers everybody; only a login that holds gets to the account.
        let path = if call.headers.is_empty() { "v1/health" } else { "v1/account" };
        let call = HttpCall { url: format!("{base}/{path}"), ..call };
        Ok(Some(Call::Http(call.over(transport(account)))))
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::banner(&content.title, "", &content.plain)
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, answer::judge_verify)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        message(content)
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        Some(Publish::size(account, content))
    }
}

/// The message: the body, or the title if that is all there is.
fn message(content: &Content) -> Cow<'_, str> {
    if content.body.trim().is_empty() { one_line(&content.title) } else { Cow::Borrowed(&content.body) }
}

fn authorised(account: &Account, mut call: HttpCall) -> HttpCall {
    if let Some(token) = account.secret("token") {
        let token = token.expose().trim();
        call.secrets.push(Secret::new(token));
        return call.header("authorization", format!("Bearer {token}"));
    }
    let (user, password) = (account.setting("user").unwrap_or_default(), account.secret("password"));
    if user.is_empty() && password.is_none() {
        return call;
    }
    let encoded = STANDARD.encode(format!("{user}:{}", password.map_or("", Secret::expose)));
    call.secrets.push(Secret::new(encoded.as_str()));
    call.secrets.extend(password.cloned());
    call.header("authorization", format!("Basic {encoded}"))
}

/// The topic in a pasted address, and the server that it named: `https://ntfy.sh/topic`, the same with `/json` or
/// `/publish` behind it, `ntfy://host/topic`, and `ntfy://topic` for the public server.
fn topic_in_url(typed: &str) -> Option<(String, Option<String>)> {
    let url = url::Url::parse(typed).ok()?;
    let host = url.host_str()?.to_owned();
    let path = url.path_segments().and_then(|mut parts| parts.find(|part| !part.is_empty()));
    match (path, url.scheme()) {
        (Some(topic), _) => Some((topic.to_owned(), Some(host))),
        (None, "ntfy" | "ntfys") => Some((host, None)),
        (None, _) => None,
    }
}
