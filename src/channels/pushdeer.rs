//! PushDeer: one push key, the public server or one of one's own.
//!
//! Nothing arrives without `text`, which is the headline; the body stands in `desp`. The service takes lists of keys
//! with commas, but says nothing of each key in them and drops what is too many without a word, so every key has a call
//! of its own.

use std::borrow::Cow;

use super::answer::Answer;
use super::call::{Call, HttpCall};
use super::face::Face;
use super::field::{base_url, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::link::with_link;
use super::outcome::Reading;
use super::reading::http;
use super::spec::{AddressSpec, Field, Limits, Rate, Repeat, Shape, Spec, Wire, Words};
use super::text::{first_line, one_line};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod answer;

const PUBLIC: &str = "https://api2.pushdeer.com";
const PREFIX: &str = "PDU";
/// 60 a minute from one host, and other programs of this host use them too.
const RATE: Rate = Rate { calls: 50, per_ms: 60_000 };

static SPEC: Spec = Spec {
    id: "pushdeer",
    label: Words::new("PushDeer", "PushDeer"),
    about: Words::new("people who gave you their push key", "提供了 pushkey 的人"),
    fields: &[Field::setting(
        "base_url",
        Words::new("Server", "服务器"),
        Words::new("the public one or your own", "公共服务器或自建服务器"),
        Shape::Url,
    )
    .or(PUBLIC)],
    address: AddressSpec {
        label: Words::new("Push key", "pushkey"),
        secret: true,
        example: "PDU1234TxxxxxxxxxxxxxxxxxxxxxxxxXXXX",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    // None is documented.
    limits: Limits { title: None, summary: None, body: None, url: None, payload: None },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: Some(RATE),
    concurrency: 2,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `pushdeer`.
#[derive(Debug, Clone, Copy)]
pub struct PushDeer;

impl Kind for PushDeer {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let (key, host) = if typed.contains("://") {
            let (key, host) = key_in_url(typed)
                .ok_or_else(|| BuildError::BadAddress("there is no push key in this URL".to_owned()))?;
            (key, Some(host))
        } else {
            (typed.to_owned(), None)
        };
        let warning = if !key.starts_with(PREFIX) {
            Some(AddressWarning::Prefix(PREFIX))
        } else if key.len() > PREFIX.len() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            None
        } else {
            Some(AddressWarning::Shape)
        };
        Ok(ReadAddress { value: Secret::new(key), warning, host })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(key), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one push key".to_owned()));
        };
        if key.expose().contains(',') {
            return Err(BuildError::BadAddress("it is more than one key".to_owned()));
        }
        let base = base_url(account, PUBLIC)?;
        let title = one_line(&content.title);
        let headline = if title.is_empty() { first_line(&content.plain) } else { &title };
        if headline.is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let body = with_link(content);
        // One line needs no second.
        let body = if body == headline { "" } else { &body };
        let mut pairs = vec![
            ("pushkey", key.expose()),
            ("text", headline),
            ("desp", body),
            ("type", if content.format == Format::Markdown { "markdown" } else { "text" }),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        let call = HttpCall::form(format!("{base}/message/push"), &pairs, vec![key.clone()])
            .header("accept", "application/json");
        Ok(Call::Http(call.over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, |http| answer::judge(targets, http))
    }

    fn verify(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        // The credential is the person's own key, and every request with it tells that person something.
        Ok(None)
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::banner(&content.title, "", &content.plain)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        with_link(content)
    }
}

/// The key in a pasted address, and the server that it named: `…/message/push?pushkey=PDU…`, or behind a path as in
/// `pushdeer://host/PDU…`.
fn key_in_url(typed: &str) -> Option<(String, String)> {
    let url = url::Url::parse(typed).ok()?;
    let host = url.host_str()?.to_owned();
    if let Some((_, key)) = url.query_pairs().find(|(name, _)| name == "pushkey") {
        return Some((key.into_owned(), host));
    }
    let last = url.path_segments()?.rfind(|part| part.starts_with(PREFIX))?;
    Some((last.to_owned(), host))
}
