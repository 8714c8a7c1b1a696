//! DingTalk's robot: token, time and signature in the query, always HTTP 200, `errcode` in the body.
//!
//! UNVERIFIED: codes for a wrong token and for a long message, which sources give differently.

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
pub(super) struct Dingtalk {
    script: Script,
    met: Met,
}

/// The longest request.
const BYTES: usize = 20_000;

/// Code and text of a refusal.
type Refusal = (i64, String);

fn refuse<T>(code: i64, text: &str) -> Result<T, Refusal> {
    Err((code, text.to_owned()))
}

impl Dingtalk {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default() }
    }

    fn send(&self, request: &Request) -> Served {
        let token = request.parameter("access_token");
        let trouble = self.script.trouble(&token);
        let body = request.object();
        let checked = self.fault(&token, trouble.fault).and_then(|()| self.signed(request)).and_then(|()| {
            if request.media_type() != "application/json" {
                return refuse(43_004, "无效的HTTP HEADER Content-Type");
            }
            match &body {
                None => refuse(40_035, "缺少参数 json"),
                Some(_) if request.body.len() > BYTES => {
                    refuse(460_101, "message too long, exceed 20000 bytes")
                }
                Some(body) => check(body).and_then(|()| self.holds(body)),
            }
        });
        let body = body.map_or_else(|| request.raw(), Value::Object);
        if let Err(refusal) = checked {
            return Served::refused(said(&refusal), Kind::Dingtalk, trouble, body);
        }
        Served::accepted(said(&(0, "ok".to_owned())), Kind::Dingtalk, trouble, &token, body)
    }

    fn fault(&self, token: &str, fault: Option<Fault>) -> Result<(), Refusal> {
        match fault {
            _ if token.is_empty() => refuse(40_035, "缺少参数 access_token"),
            _ if self.script.refuses(token) => refuse(300_001, "token is not exist"),
            Some(Fault::Dead | Fault::Unknown) => refuse(300_001, "token is not exist"),
            Some(Fault::Blocked) => refuse(310_000, "ip 127.0.0.1 not in whitelist"),
            Some(Fault::Quota) => refuse(90_030, "webhook over limit"),
            Some(Fault::Busy) => refuse(-1, "系统繁忙"),
            Some(Fault::Poison) => refuse(40_035, "不合法的参数"),
            Some(Fault::Flaky) if self.met.first_time(token) => refuse(130_101, TOO_FAST),
            _ => Ok(()),
        }
    }

    fn signed(&self, request: &Request) -> Result<(), Refusal> {
        let Some(secret) = &self.script.secret else { return Ok(()) };
        let (timestamp, given) = (request.parameter("timestamp"), request.parameter("sign"));
        let now = jiff::Timestamp::now().as_millisecond();
        if !timestamp.parse::<i64>().is_ok_and(|at| now.abs_diff(at) <= 3_600_000) {
            return refuse(310_000, "description:invalid timestamp;sign not match");
        }
        // Decoded once: a signature that was encoded twice is not this one.
        if given == sign(&timestamp, secret) { Ok(()) } else { refuse(310_000, "sign not match") }
    }

    fn holds(&self, body: &Map<String, Value>) -> Result<(), Refusal> {
        let Some(word) = &self.script.keyword else { return Ok(()) };
        let held = body.iter().any(|(name, part)| name != "msgtype" && says(part, word));
        if held { Ok(()) } else { refuse(310_000, "keywords not in content") }
    }
}

const TOO_FAST: &str = "send too fast, exceed 20 times per minute";

impl Protocol for Dingtalk {
    fn kind(&self) -> Kind {
        Kind::Dingtalk
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        said(&(130_101, TOO_FAST.to_owned()))
    }

    fn answer(&self, request: &Request) -> Served {
        match (&request.method, request.uri.path()) {
            (&Method::POST, "/robot/send") => self.send(request),
            (_, "/robot/send") => Served::plain(said(&(43_002, "requires POST request".to_owned()))),
            _ => Served::plain(Reply::html(404, "404 Not Found")),
        }
    }
}

fn said((code, text): &Refusal) -> Reply {
    Reply::json(200, json!({"errcode": code, "errmsg": text}).to_string())
}

/// The key is the secret, the message is time and secret.
fn sign(timestamp: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{timestamp}\n{secret}").as_bytes()))
}

fn check(body: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = body.get("msgtype").and_then(Value::as_str).unwrap_or_default();
    let needed: &[&str] = match kind {
        "text" => &["content"],
        "markdown" => &["title", "text"],
        "link" => &["title", "text", "messageUrl"],
        "actionCard" => &["title", "text"],
        "feedCard" => &[],
        _ => return refuse(40_035, "缺少参数 msgtype"),
    };
    let Some(object) = body.get(kind).and_then(Value::as_object) else {
        return refuse(40_035, &format!("缺少参数 {kind}"));
    };
    for name in needed {
        if object.get(*name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            return refuse(40_035, &format!("缺少参数 {kind}->{name}"));
        }
    }
    if body.get("at").is_some_and(|at| !at.is_object() && !at.is_null()) {
        return refuse(40_035, "不合法的参数 at");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
