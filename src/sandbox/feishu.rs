//! Feishu's and Lark's custom bot: one token in the path, a code in the body, a signature when there is a secret.
//!
//! Whether a refusal comes with HTTP 200 or 400 is not said for each code; here it is 200, as the others do.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served, says};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Feishu {
    script: Script,
    met: Met,
}

/// The longest request.
const BYTES: usize = 20 << 10;

/// Code and text of a refusal.
type Refusal = (i64, &'static str);

impl Feishu {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default() }
    }

    fn post(&self, request: &Request, token: &str) -> Served {
        let trouble = self.script.trouble(token);
        let body = if request.media_type() == "application/json" { request.object() } else { None };
        let checked = self.fault(token, trouble.fault).and_then(|()| match &body {
            None => Err((9_499, "Bad Request")),
            Some(_) if request.body.len() > BYTES => Err((9_499, "Bad Request")),
            Some(body) => self.signed(body).and_then(|()| check(body)).and_then(|()| self.holds(body)),
        });
        let body = body.map_or_else(|| request.raw(), Value::Object);
        match checked {
            Err((0, _)) => {
                Served::refused(Reply::html(500, "500 Internal Server Error"), Kind::Feishu, trouble, body)
            }
            Err(refusal) => Served::refused(refused(refusal), Kind::Feishu, trouble, body),
            Ok(()) => {
                let done = r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#;
                Served::accepted(Reply::json(200, done), Kind::Feishu, trouble, token, body)
            }
        }
    }

    fn fault(&self, token: &str, fault: Option<Fault>) -> Result<(), Refusal> {
        Err(match fault {
            _ if token.is_empty() || self.script.refuses(token) => WRONG_TOKEN,
            Some(Fault::Dead | Fault::Unknown) => WRONG_TOKEN,
            Some(Fault::Blocked) => (19_022, "Ip Not Allowed"),
            Some(Fault::Quota) => (11_232, "create message service trigger rate limit"),
            Some(Fault::Flaky) if self.met.first_time(token) => (9_499, "too many request"),
            Some(Fault::Poison) => (19_002, "params error, msg_type need"),
            // Not one of its codes: a status.
            Some(Fault::Busy) => (0, ""),
            _ => return Ok(()),
        })
    }

    fn signed(&self, body: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(secret) = &self.script.secret else { return Ok(()) };
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (timestamp, given) = (text("timestamp"), text("sign"));
        let now = jiff::Timestamp::now().as_second();
        let fresh = timestamp.parse::<i64>().is_ok_and(|at| now.abs_diff(at) <= 3_600);
        if fresh && given == sign(timestamp, secret) {
            return Ok(());
        }
        Err((19_021, "sign match fail or timestamp is not within one hour from current time"))
    }

    fn holds(&self, body: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(word) = &self.script.keyword else { return Ok(()) };
        if ["content", "card"].iter().any(|name| body.get(*name).is_some_and(|part| says(part, word))) {
            return Ok(());
        }
        Err((19_024, "Key Words Not Found"))
    }
}

const WRONG_TOKEN: Refusal = (19_001, "param invalid: incoming webhook access token invalid");

impl Protocol for Feishu {
    fn kind(&self) -> Kind {
        Kind::Feishu
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        refused((9_499, "too many request"))
    }

    fn answer(&self, request: &Request) -> Served {
        // One client puts a slash behind it.
        let path = request.uri.path().trim_end_matches('/');
        match path.strip_prefix("/open-apis/bot/v2/hook/") {
            Some(token) if request.method == Method::POST => self.post(request, token),
            _ => Served::plain(Reply::text(404, "404 page not found")),
        }
    }
}

fn refused((code, msg): Refusal) -> Reply {
    Reply::json(200, json!({"code": code, "msg": msg, "data": {}}).to_string())
}

/// The key is time and secret, the message is empty: the other way round than DingTalk's.
fn sign(timestamp: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, format!("{timestamp}\n{secret}").as_bytes());
    STANDARD.encode(hmac::sign(&key, b""))
}

fn check(body: &Map<String, Value>) -> Result<(), Refusal> {
    let content = body.get("content");
    let text = |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let sound = match body.get("msg_type").and_then(Value::as_str) {
        Some("text") => text(content.and_then(|content| content.get("text"))),
        Some("post") => content.and_then(|content| content.get("post")).is_some_and(post),
        Some("image") => text(content.and_then(|content| content.get("image_key"))),
        Some("share_chat") => text(content.and_then(|content| content.get("share_chat_id"))),
        Some("interactive") => body.get("card").is_some_and(|card| {
            let filled = |card: &Map<String, Value>| {
                ["elements", "body", "config", "data"].iter().any(|name| card.contains_key(*name))
            };
            card.as_object().is_some_and(filled)
        }),
        _ => return Err((19_002, "params error, msg_type need")),
    };
    if sound { Ok(()) } else { Err((19_002, "params error, content invalid")) }
}

/// Languages, each with a title and lines of tagged pieces.
fn post(post: &Value) -> bool {
    let line = |line: &Value| {
        line.as_array()
            .is_some_and(|pieces| pieces.iter().all(|piece| piece.get("tag").is_some_and(Value::is_string)))
    };
    let language = |written: &Value| {
        let lines = written.get("content").and_then(Value::as_array);
        lines.is_some_and(|lines| !lines.is_empty() && lines.iter().all(line))
    };
    post.as_object().is_some_and(|languages| !languages.is_empty() && languages.values().all(language))
}

#[cfg(test)]
mod tests;
