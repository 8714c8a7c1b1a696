//! Gotify: a server of one's own; each person gives the token of an application that they made there.
//!
//! The token goes into a header, because servers log URLs. A message must not be empty, so a title alone is sent as
//! the message; without a title the server shows the application's name.

use std::borrow::Cow;

use serde::Serialize;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::face::Face;
use super::field::{base_url, required, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::reading::http;
use super::spec::{AddressSpec, Field, Limits, Repeat, Shape, Spec, Wire, Words};
use super::text::one_line;
use super::written::Form as Written;
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod answer;

/// Tokens of applications begin so; those of clients, which may not send, with `C`.
const PREFIX: &str = "A";

static SPEC: Spec = Spec {
    id: "gotify",
    label: Words::new("Gotify", "Gotify"),
    about: Words::new("people on a Gotify server, by application token", "Gotify 服务器上的人，凭应用令牌"),
    fields: &[
        Field::setting(
            "base_url",
            Words::new("Server", "服务器"),
            Words::new("with its path if it has one", "可带路径前缀"),
            Shape::Url,
        )
        .required(),
        Field::setting(
            "priority",
            Words::new("Priority", "优先级"),
            Words::new(
                "0 is silent, from 4 on it rings, from 8 on it stays",
                "0 静默，4 起响铃，8 起持续提醒",
            ),
            Shape::Number(0, 10),
        ),
        Field::setting(
            "image",
            Words::new("Image", "配图"),
            Words::new("URL of a picture shown with the notification", "随通知显示的图片地址"),
            Shape::Form(Written::Link),
        ),
    ],
    address: AddressSpec {
        label: Words::new("App token", "应用令牌"),
        secret: true,
        example: "Axxxxxxxxxxxxxx",
    },
    formats: &[Format::Markdown, Format::Text],
    has_summary: false,
    // 2 MB passed a real server.
    limits: Limits { title: None, summary: None, body: None, url: None, payload: None },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    concurrency: 8,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `gotify`.
#[derive(Debug, Clone, Copy)]
pub struct Gotify;

#[derive(Serialize)]
struct Send<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    message: &'a str,
    /// A number: a text is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(skip_serializing_if = "Extras::is_empty")]
    extras: Extras<'a>,
}

#[derive(Serialize)]
struct Extras<'a> {
    #[serde(rename = "client::display", skip_serializing_if = "Option::is_none")]
    display: Option<Display>,
    #[serde(rename = "client::notification", skip_serializing_if = "Option::is_none")]
    notification: Option<Notification<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Display {
    content_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<Click<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    big_image_url: Option<&'a str>,
}

#[derive(Serialize)]
struct Click<'a> {
    url: &'a str,
}

impl<'a> Extras<'a> {
    fn of(account: &'a Account, content: &'a Content) -> Self {
        let display = Display { content_type: "text/markdown" };
        let click = (!content.url.is_empty()).then_some(Click { url: &content.url });
        let big_image_url = account.setting("image");
        let wanted = click.is_some() || big_image_url.is_some();
        Self {
            display: (content.format == Format::Markdown).then_some(display),
            notification: wanted.then_some(Notification { click, big_image_url }),
        }
    }

    const fn is_empty(&self) -> bool {
        self.display.is_none() && self.notification.is_none()
    }
}

impl Kind for Gotify {
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
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let warning = if !token.starts_with(PREFIX) {
            Some(AddressWarning::Prefix(PREFIX))
        } else if token.len() != SPEC.address.example.len() || !token.chars().all(fits) {
            Some(AddressWarning::Shape)
        } else {
            None
        };
        Ok(ReadAddress { value: Secret::new(token), warning, host })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(token), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one token".to_owned()));
        };
        if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BuildError::BadAddress("a token has only letters, digits and signs".to_owned()));
        }
        let base = server(account)?;
        let (title, message) = (one_line(&content.title), message(content));
        if message.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let send = Send {
            title: if content.body.trim().is_empty() { "" } else { &title },
            message: &message,
            priority: account.setting("priority").and_then(|level| level.parse().ok()),
            extras: Extras::of(account, content),
        };
        let call = HttpCall::json(format!("{base}/message"), &send, vec![token.clone()])?
            .header("x-gotify-key", token.expose());
        Ok(Call::Http(call.over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, |http| answer::judge(targets, http))
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        // The tokens are the people's own; what can be proved is that a Gotify server lives there.
        let call = HttpCall::bare(Method::Get, format!("{}/health", server(account)?), Vec::new());
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
}

/// There is no public server to fall back to.
fn server(account: &Account) -> Result<&str, BuildError> {
    required(account, "base_url")?;
    base_url(account, "")
}

/// The message: the body, or the title if that is all there is.
fn message(content: &Content) -> Cow<'_, str> {
    if content.body.trim().is_empty() { one_line(&content.title) } else { Cow::Borrowed(&content.body) }
}

/// The token in a pasted address, and the server that it named: `https://host/message?token=A…`, or behind a path as
/// in `gotify://host/A…`.
fn token_in_url(typed: &str) -> Option<(String, String)> {
    let url = url::Url::parse(typed).ok()?;
    let host = url.host_str()?.to_owned();
    if let Some((_, token)) = url.query_pairs().find(|(name, _)| name == "token") {
        return Some((token.into_owned(), host));
    }
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    (last != "message").then(|| (last.to_owned(), host))
}
