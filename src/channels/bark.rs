//! Bark: one device key, one JSON POST to a bark-server, which makes one APNs notification of it.
//!
//! Every value goes out as a string: the server turns numbers into `1e+06` and panics on some. A summary
//! becomes the subtitle. `id` is the
//! delivery's key, so that a repeat replaces the first notification instead of standing beside it. The
//! server answers 500 for every refusal of Apple; the reason is the last word of its message.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::face::{Face, Frame};
use super::field::{base_url, host, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::reading::http;
use super::spec::{AddressSpec, ErrorBudget, Limit, Limits, Rate, Repeat, Spec, Unit, Wire, Words};
use super::text::one_line;
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;

const PUBLIC: &str = "https://api.day.app";
const PAYLOAD: Limit = Limit { max: 4_096, unit: Unit::Bytes };
/// Longer ids make APNs refuse the whole notification.
const MAX_ID: usize = 64;

static SPEC: Spec = Spec {
    id: "bark",
    label: Words::new("Bark", "Bark"),
    about: Words::new("iPhones with the Bark app, by device key", "装有 Bark 的 iPhone，凭设备密钥"),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("Device key", "设备密钥"),
        secret: true,
        example: "yh9cZ4kXxxxxxxxxxxxxxx",
    },
    formats: &[Format::Text, Format::Markdown],
    has_summary: true,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(PAYLOAD) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    concurrency: 32,
    timeout_s: 30,
    repeat: Repeat::Collapses,
    wire: Wire::Http,
};

/// The kind `bark`.
#[derive(Debug, Clone, Copy)]
pub struct Bark;

/// The body of a push, every value a string, unset ones left out.
#[derive(Serialize)]
struct Push<'a> {
    device_key: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subtitle: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    body: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    #[serde(flatten)]
    extras: Extras<'a>,
}

/// What reaches the app as custom data beside the alert.
#[derive(Serialize)]
struct Extras<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<&'a str>,
    #[serde(rename = "isArchive", skip_serializing_if = "Option::is_none")]
    archive: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<&'a str>,
    #[serde(rename = "autoCopy", skip_serializing_if = "Option::is_none")]
    auto_copy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<&'a str>,
}

impl<'a> Extras<'a> {
    fn of(account: &'a Account, content: &'a Content) -> Self {
        let bit = |name| account.setting(name).map(|word| if word == "yes" { "1" } else { "0" });
        Self {
            markdown: (content.format == Format::Markdown).then_some(content.body.as_str()),
            url: Some(content.url.as_str()).filter(|url| !url.is_empty()),
            group: account.setting("group"),
            level: account.setting("level"),
            sound: account.setting("sound"),
            icon: account.setting("icon"),
            image: account.setting("image"),
            badge: account.setting("badge"),
            archive: bit("archive"),
            ttl: account.setting("ttl"),
            action: account.setting("action"),
            copy: account.setting("copy"),
            // Anything but "1" does nothing, so "0" need not be said.
            auto_copy: bit("auto_copy").filter(|bit| *bit == "1"),
            call: bit("call").filter(|bit| *bit == "1"),
            volume: account.setting("volume"),
        }
    }

    /// Names as the server passes them on, in lower case.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            ("markdown", self.markdown),
            ("url", self.url),
            ("group", self.group),
            ("level", self.level),
            ("icon", self.icon),
            ("image", self.image),
            ("badge", self.badge),
            ("isarchive", self.archive),
            ("ttl", self.ttl),
            ("action", self.action),
            ("copy", self.copy),
            ("autocopy", self.auto_copy),
            ("call", self.call),
            ("volume", self.volume),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
    }
}

mod answer;
mod fields;
mod payload;

/// The public server is shared by everybody, and guards itself (bark.md §9): 200 calls a second are fine, and over a
/// thousand refusals in five minutes keep the whole host out for a day.
const PUBLIC_RATE: Rate = Rate { calls: 200, per_ms: 1_000 };
const PUBLIC_ERRORS: ErrorBudget = ErrorBudget { most: 800, per: Duration::from_secs(300) };

fn is_public(settings: &BTreeMap<String, String>) -> bool {
    let base = settings.get("base_url").map(String::as_str).filter(|base| !base.is_empty());
    host(base.unwrap_or(PUBLIC)) == host(PUBLIC)
}

impl Kind for Bark {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn rate(&self, settings: &BTreeMap<String, String>) -> Option<Rate> {
        is_public(settings).then_some(PUBLIC_RATE)
    }

    fn error_budget(&self, settings: &BTreeMap<String, String>) -> Option<ErrorBudget> {
        is_public(settings).then_some(PUBLIC_ERRORS)
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let (key, host) = if typed.contains("://") {
            let (key, host) = key_in_url(typed)
                .ok_or_else(|| BuildError::BadAddress("there is no device key in this URL".to_owned()))?;
            (key, Some(host))
        } else {
            (typed.to_owned(), None)
        };
        let usual = looks_like_key(&key);
        Ok(ReadAddress {
            value: Secret::new(key),
            warning: if usual { None } else { Some(AddressWarning::Shape) },
            host,
        })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [target @ Target { to: To::Person(device_key), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one device key".to_owned()));
        };
        refuse_encryption(account)?;
        let base = base_url(account, PUBLIC)?;
        if content.title.trim().is_empty() && content.plain.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let size = payload::apns_size(account, content, &target.key);
        if size > PAYLOAD.max {
            return Err(BuildError::BadContent(format!("it makes {size} bytes of at most {}", PAYLOAD.max)));
        }
        let (title, subtitle) = (one_line(&content.title), one_line(&content.summary));
        let push = Push {
            device_key: device_key.expose(),
            title: &title,
            subtitle: &subtitle,
            body: &content.plain,
            id: id(target),
            extras: Extras::of(account, content),
        };
        let mut body = Vec::with_capacity(content.plain.len() + content.body.len() + 256);
        serde_json::to_writer(&mut body, &push).map_err(|error| BuildError::BadContent(error.to_string()))?;
        let mut secrets = Vec::with_capacity(2);
        secrets.push(device_key.clone());
        let mut headers = Vec::with_capacity(3);
        headers.push(("content-type".into(), "application/json; charset=utf-8".to_owned()));
        headers.push(("accept".into(), "application/json".to_owned()));
        authorise(account, &mut headers, &mut secrets);
        let mut url = String::with_capacity(base.len() + 5);
        url.push_str(base);
        url.push_str("/push");
        Ok(Call::Http(HttpCall {
            method: Method::Post,
            url,
            headers,
            body,
            secrets,
            transport: transport(account),
        }))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge(targets, http),
            Err(reading) => reading,
        }
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        refuse_encryption(account)?;
        let base = base_url(account, PUBLIC)?;
        let (mut headers, mut secrets) = (Vec::new(), Vec::new());
        authorise(account, &mut headers, &mut secrets);
        // `/ping` answers everybody; only `/info` asks for the login.
        let path = if headers.is_empty() { "/ping" } else { "/info" };
        headers.push(("accept".into(), "application/json".to_owned()));
        let url = format!("{base}{path}");
        let call = HttpCall { headers, ..HttpCall::bare(Method::Get, url, secrets) };
        Ok(Some(Call::Http(call.over(transport(account)))))
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge_verify(http),
            Err(reading) => reading,
        }
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str) -> Face {
        let (title, subtitle) = (one_line(&content.title), one_line(&content.summary));
        // A locked screen shows four lines of text at most.
        Face::new(Frame::Banner).strong(&title, 1).strong(&subtitle, 1).plain(&content.plain, 4)
    }

    fn payload_size(&self, account: &Account, content: &Content, target: &Target) -> Option<usize> {
        Some(payload::apns_size(account, content, &target.key))
    }
}

fn id(target: &Target) -> &str {
    // Keys are ASCII of at most 64 bytes; a longer one is left out, because it would be refused.
    if target.key.len() <= MAX_ID { &target.key } else { "" }
}

fn refuse_encryption(account: &Account) -> Result<(), BuildError> {
    let asked = account.setting("encryption").is_some_and(|word| word != "none");
    let field = if account.secret("encryption_key").is_some() { "encryption_key" } else { "encryption" };
    if asked || field == "encryption_key" {
        return Err(BuildError::BadField { field, why: "encryption is not supported yet".to_owned() });
    }
    Ok(())
}

fn authorise(account: &Account, headers: &mut Vec<(Cow<'static, str>, String)>, secrets: &mut Vec<Secret>) {
    let user = account.setting("user").unwrap_or_default();
    let password = account.secret("password");
    if user.is_empty() && password.is_none() {
        return;
    }
    let login = format!("{user}:{}", password.map_or("", Secret::expose));
    let encoded = base64::engine::general_purpose::STANDARD.encode(login);
    headers.push(("authorization".into(), format!("Basic {encoded}")));
    secrets.push(Secret::new(encoded));
    secrets.extend(password.cloned());
}

/// The key in a pasted push URL, and the server it named: the first path segment that looks like a key
/// (a server may live under a path), else the first one.
fn key_in_url(typed: &str) -> Option<(String, String)> {
    let url = url::Url::parse(typed).ok()?;
    let host = url.host_str()?.to_owned();
    if let Some((_, key)) = url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case("device_key")) {
        return Some((key.into_owned(), host));
    }
    let segments: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    let key = segments.iter().find(|segment| looks_like_key(segment)).or_else(|| segments.first())?;
    Some(((*key).to_owned(), host))
}

fn looks_like_key(key: &str) -> bool {
    (20..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric())
}
