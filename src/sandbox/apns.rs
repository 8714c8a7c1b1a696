//! APNs' provider API: HTTP/2 in clear, a signed token, one device in the path, reasons as words.
//!
//! Device tokens are hex and hold no words, so what goes wrong stands in their first four digits
//! ([`BEGINNINGS`]). UNVERIFIED: the reason for a body that is no JSON (the documented list has none).

mod jwt;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::fault::{Fault, Met, Trouble};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Apns {
    script: Script,
    met: Met,
    tokens: jwt::Tokens,
    next: AtomicU64,
}

/// What the first four digits of a device token do, in the order of `--help`.
pub(super) const BEGINNINGS: [(&str, &str); 13] = [
    ("dead", "410 Unregistered"),
    ("deaf", "410 ExpiredToken"),
    ("bad0", "400 BadDeviceToken"),
    ("bad1", "400 DeviceTokenNotForTopic"),
    ("bad2", "400 TopicDisallowed"),
    ("f429", "429 TooManyRequests"),
    ("f500", "500 InternalServerError"),
    ("f503", "503 ServiceUnavailable"),
    ("f1a0", "503 Shutdown once"),
    ("5100", "late"),
    ("d0d0", "stream reset unanswered"),
    ("ba1f", "half an answer"),
    ("cafe", "a web page"),
];

const TYPES: [&str; 11] = [
    "alert",
    "background",
    "location",
    "voip",
    "complication",
    "fileprovider",
    "mdm",
    "liveactivity",
    "pushtotalk",
    "controls",
    "widgets",
];

type Refusal = (u16, &'static str);

impl Apns {
    pub(super) fn new(script: Script) -> Self {
        let tokens = jwt::Tokens::new(script.public_key.clone());
        Self { script, met: Met::default(), tokens, next: AtomicU64::new(1) }
    }

    fn push(&self, request: &Request, device: &str) -> Served {
        let trouble = if self.script.fault_words { trouble(device) } else { Trouble::default() };
        let body = serde_json::from_slice(&request.body).unwrap_or_else(|_| request.raw());
        let now = jiff::Timestamp::now().as_second();
        let given = request.header("apns-id");
        let id = if given.is_empty() {
            format!("00000000-0000-4000-8000-{:012x}", self.next.fetch_add(1, Ordering::Relaxed))
        } else {
            given.to_owned()
        };
        let authorization = request.header("authorization");
        let checked = self.tokens.check(authorization, now).and_then(|()| headers(request)).and_then(|()| {
            if self.script.topic.as_deref().is_some_and(|topic| topic != request.header("apns-topic")) {
                return Err((400, "TopicDisallowed"));
            }
            device_token(device)?;
            payload(request, &body)?;
            self.fault(device, trouble.fault)
        });
        let reply = match checked {
            Ok(()) => {
                let unique = format!("10000000-{}", id.get(9..).unwrap_or_default());
                let reply = Reply::json(200, "").header("apns-id", id).header("apns-unique-id", unique);
                return Served::accepted(reply, Kind::Apns, trouble, device, body);
            }
            Err((410, reason)) => {
                // In milliseconds: yesterday.
                let at = (now - 86_400) * 1_000;
                Reply::json(410, json!({"reason": reason, "timestamp": at}).to_string())
            }
            Err(refusal) => refused(refusal),
        };
        Served::refused(reply.header("apns-id", id), Kind::Apns, trouble, body)
    }

    fn fault(&self, device: &str, fault: Option<Fault>) -> Result<(), Refusal> {
        match device.get(..4).unwrap_or_default() {
            _ if !self.script.fault_words => return Ok(()),
            "deaf" => return Err((410, "ExpiredToken")),
            "bad1" => return Err((400, "DeviceTokenNotForTopic")),
            "bad2" => return Err((400, "TopicDisallowed")),
            "f500" => return Err((500, "InternalServerError")),
            _ => {}
        }
        Err(match fault {
            Some(Fault::Dead) => (410, "Unregistered"),
            Some(Fault::Unknown) => (400, "BadDeviceToken"),
            Some(Fault::Quota) => (429, "TooManyRequests"),
            Some(Fault::Busy) => (503, "ServiceUnavailable"),
            Some(Fault::Flaky) if self.met.first_time(device) => (503, "Shutdown"),
            _ => return Ok(()),
        })
    }
}

impl Protocol for Apns {
    fn kind(&self) -> Kind {
        Kind::Apns
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn http2(&self) -> bool {
        true
    }

    fn body_limit(&self) -> usize {
        1 << 20
    }

    fn too_large(&self) -> Reply {
        refused((413, "PayloadTooLarge"))
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        refused((429, "TooManyRequests"))
    }

    fn answer(&self, request: &Request) -> Served {
        let Some(device) = request.uri.path().strip_prefix("/3/device") else {
            return Served::plain(refused((404, "BadPath")));
        };
        if request.method != Method::POST {
            return Served::plain(refused((405, "MethodNotAllowed")));
        }
        match device.strip_prefix('/') {
            None | Some("") => Served::plain(refused((400, "MissingDeviceToken"))),
            Some(device) if device.contains('/') => Served::plain(refused((404, "BadPath"))),
            Some(device) => self.push(request, device),
        }
    }
}

fn refused((status, reason): Refusal) -> Reply {
    Reply::json(status, json!({"reason": reason}).to_string())
}

fn trouble(device: &str) -> Trouble {
    let fault = match device.get(..4).unwrap_or_default() {
        "dead" => Fault::Dead,
        "bad0" => Fault::Unknown,
        "f429" => Fault::Quota,
        "f503" => Fault::Busy,
        "f1a0" => Fault::Flaky,
        "d0d0" => Fault::Drop,
        "ba1f" => Fault::Half,
        "cafe" => Fault::Html,
        begins => return Trouble { slow: begins == "5100", fault: None },
    };
    Trouble { slow: false, fault: Some(fault) }
}

/// Hex of even length; how long is Apple's to decide.
fn device_token(device: &str) -> Result<(), Refusal> {
    let hex = device.bytes().all(|b| b.is_ascii_hexdigit());
    let sound = hex && device.len().is_multiple_of(2) && (64..=200).contains(&device.len());
    if sound { Ok(()) } else { Err((400, "BadDeviceToken")) }
}

fn headers(request: &Request) -> Result<(), Refusal> {
    let mut seen = BTreeMap::new();
    for name in request.headers.keys().filter(|name| name.as_str().starts_with("apns-")) {
        seen.insert(name.as_str(), request.headers.get_all(name).iter().count());
    }
    if seen.values().any(|count| *count > 1) {
        return Err((400, "DuplicateHeaders"));
    }
    let has = |name: &str| seen.contains_key(name);
    let topic = request.header("apns-topic");
    if topic.is_empty() {
        return Err((400, "MissingTopic"));
    }
    if !topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-') {
        return Err((400, "BadTopic"));
    }
    if has("apns-push-type") && !TYPES.contains(&request.header("apns-push-type")) {
        return Err((400, "InvalidPushType"));
    }
    if has("apns-id") && !uuid(request.header("apns-id")) {
        return Err((400, "BadMessageId"));
    }
    // In bytes, which a header's text need not be.
    if request.headers.get("apns-collapse-id").is_some_and(|id| id.is_empty() || id.len() > 64) {
        return Err((400, "BadCollapseId"));
    }
    if has("apns-expiration") && request.header("apns-expiration").parse::<u64>().is_err() {
        return Err((400, "BadExpirationDate"));
    }
    if has("apns-priority") && !matches!(request.header("apns-priority"), "10" | "5" | "1") {
        return Err((400, "BadPriority"));
    }
    Ok(())
}

fn uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let hex = text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    hex && lengths.eq([8, 4, 4, 4, 12])
}

fn payload(request: &Request, body: &Value) -> Result<(), Refusal> {
    let kind = request.header("apns-push-type");
    if request.body.is_empty() {
        return Err((400, "PayloadEmpty"));
    }
    if request.body.len() > if kind == "voip" { 5_120 } else { 4_096 } {
        return Err((413, "PayloadTooLarge"));
    }
    let Some(aps) = body.get("aps").and_then(Value::as_object).filter(|aps| !aps.is_empty()) else {
        return Err((400, "PayloadEmpty"));
    };
    let shown = ["alert", "badge", "sound"].iter().any(|name| aps.contains_key(*name));
    let silent = aps.get("content-available").and_then(Value::as_i64) == Some(1) && !shown;
    if silent && matches!(request.header("apns-priority"), "" | "10") {
        return Err((400, "BadPriority"));
    }
    let matching = match kind {
        "alert" => !silent,
        "background" => silent,
        _ => true,
    };
    if matching { Ok(()) } else { Err((400, "InvalidPushType")) }
}

#[cfg(test)]
mod tests;
