//! Discord's webhooks: nothing in answer, or the message itself when the query asks for it.
//!
//! UNVERIFIED: which codes besides those of the sheet; these are the ones of Discord's own list.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Discord {
    script: Script,
    met: Met,
    next: AtomicU64,
}

const FIRST: u64 = 1_300_000_000_000_000_000;

impl Discord {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next: AtomicU64::new(FIRST) }
    }

    fn route(&self, request: &Request) -> Served {
        let path = request.uri.path().trim_end_matches('/');
        let segments: Vec<&str> = path.split('/').filter(|part| !version(part)).skip(1).collect();
        let (id, token, message) = match segments[..] {
            ["api", "webhooks", id, token] => (id, token, None),
            ["api", "webhooks", id, token, "messages", message] => (id, token, Some(message)),
            _ => return Served::plain(refusal(404, 0, "404: Not Found")),
        };
        let hook = format!("{id}/{token}");
        let numeric = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
        let known =
            numeric && !matches!(self.script.trouble(&hook).fault, Some(Fault::Dead | Fault::Unknown));
        if self.script.refuses(token) {
            return Served::plain(refusal(401, 50_027, "Invalid Webhook Token"));
        }
        match (&request.method, message) {
            (&Method::POST, None) => self.post(request, &hook, known),
            _ if !known => Served::plain(unknown_webhook()),
            (&Method::GET, None) => Served::plain(Reply::json(
                200,
                json!({"id": id, "type": 1, "name": "sandbox", "channel_id": "1", "token": token})
                    .to_string(),
            )),
            (&Method::DELETE, Some(message)) => {
                let sent =
                    message.parse().is_ok_and(|id| (FIRST..self.next.load(Ordering::Relaxed)).contains(&id));
                Served::plain(if sent {
                    Reply::json(204, "")
                } else {
                    refusal(404, 10_008, "Unknown Message")
                })
            }
            _ => Served::plain(refusal(405, 0, "405: Method Not Allowed")),
        }
    }

    fn post(&self, request: &Request, hook: &str, known: bool) -> Served {
        let trouble = self.script.trouble(hook);
        let body = match request.media_type().as_str() {
            "application/json" => request.object(),
            _ => request.fields().map(|mut fields| {
                // Options of the query are none of the message's.
                fields.retain(|name, _| !matches!(name.as_str(), "wait" | "thread_id"));
                fields
            }),
        };
        let Some(body) = body else {
            let reply = refusal(400, 50_109, "The request body contains invalid JSON.");
            return Served::refused(reply, Kind::Discord, trouble, request.raw());
        };
        let reply = match trouble.fault {
            _ if !known => Some(unknown_webhook()),
            Some(Fault::Blocked) => Some(refusal(403, 50_001, "Missing Access")),
            Some(Fault::Quota) => Some(limited(60.0)),
            Some(Fault::Busy) => Some(refusal(500, 0, "500: Internal Server Error")),
            Some(Fault::Poison) => Some(form_error("content", "INVALID", "Not this one.")),
            Some(Fault::Flaky) if self.met.first_time(hook) => Some(limited(0.5)),
            _ => check(&body).err(),
        };
        if let Some(reply) = reply {
            return Served::refused(reply, Kind::Discord, trouble, Value::Object(body));
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let reply = if request.parameter("wait") == "true" {
            let content = body.get("content").cloned().unwrap_or_else(|| json!(""));
            let message = json!({"id": id.to_string(), "type": 0, "channel_id": "1", "content": content,
                "timestamp": jiff::Timestamp::now().to_string()});
            Reply::json(200, message.to_string())
        } else {
            Reply::json(204, "")
        };
        let reply = reply.header("x-ratelimit-limit", "5").header("x-ratelimit-remaining", "4");
        Served::accepted(reply, Kind::Discord, trouble, hook, Value::Object(body))
    }
}

impl Protocol for Discord {
    fn kind(&self) -> Kind {
        Kind::Discord
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        limited(wait.as_secs_f64())
    }

    fn answer(&self, request: &Request) -> Served {
        self.route(request)
    }
}

/// `v10` and the like, which may stand in the path or not.
fn version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn unknown_webhook() -> Reply {
    refusal(404, 10_015, "Unknown Webhook")
}

fn refusal(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(status, json!({"message": message, "code": code}).to_string())
}

fn form_error(field: &str, code: &str, message: &str) -> Reply {
    let errors = json!({field: {"_errors": [{"code": code, "message": message}]}});
    let body = json!({"message": "Invalid Form Body", "code": 50_035, "errors": errors});
    Reply::json(400, body.to_string())
}

fn limited(seconds: f64) -> Reply {
    let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
    let whole = seconds.ceil() as u64;
    Reply::json(429, body.to_string())
        .retry_after(whole.max(1))
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset-after", seconds.to_string())
        .header("x-ratelimit-scope", "user")
}

fn check(body: &Map<String, Value>) -> Result<(), Reply> {
    let text = |value: Option<&Value>, field: &str, most: usize| match value {
        None | Some(Value::Null) => Ok(0),
        Some(Value::String(text)) if text.chars().count() > most => {
            let message = format!("Must be {most} or fewer in length.");
            Err(form_error(field, "BASE_TYPE_MAX_LENGTH", &message))
        }
        Some(Value::String(text)) => Ok(text.chars().count()),
        Some(_) => Err(form_error(field, "STRING_TYPE_CONVERT", "Could not interpret as string.")),
    };
    text(body.get("content"), "content", 2_000)?;
    let blank = body.get("content").and_then(Value::as_str).unwrap_or_default().trim().is_empty();
    text(body.get("username"), "username", 80)?;
    let embeds = match body.get("embeds") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(embeds)) => embeds,
        Some(_) => return Err(form_error("embeds", "LIST_TYPE_CONVERT", "Only iterables may be used.")),
    };
    if embeds.len() > 10 {
        return Err(form_error("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    let mut all = 0;
    for embed in embeds {
        all += text(embed.get("title"), "embeds", 256)? + text(embed.get("description"), "embeds", 4_096)?;
    }
    if all > 6_000 {
        return Err(form_error(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            "Embed size exceeds maximum size of 6000",
        ));
    }
    let parse = body.get("allowed_mentions").and_then(|mentions| mentions.get("parse"));
    let kinds = ["roles", "users", "everyone"];
    let sound = parse.is_none_or(|parse| {
        let words = parse.as_array();
        words.is_some_and(|words| words.iter().all(|word| word.as_str().is_some_and(|w| kinds.contains(&w))))
    });
    if !sound {
        return Err(form_error("allowed_mentions", "ENUM_TYPE_COERCE", "Value is not valid enum value."));
    }
    if blank && embeds.is_empty() {
        return Err(refusal(400, 50_006, "Cannot send an empty message"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
