//! Slack's incoming webhooks: the whole path is the secret and the address, answers are single words.

use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Slack {
    script: Script,
    met: Met,
}

/// The longest text. UNVERIFIED: a real one may cut instead.
const TEXT: usize = 40_000;

impl Slack {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default() }
    }

    fn post(&self, request: &Request, hook: &str) -> Served {
        let trouble = self.script.trouble(hook);
        let parts: Vec<&str> = hook.split('/').collect();
        // The second part begins with B; addresses of old examples, which other clients take, begin with A.
        let known = matches!(parts[..], [team, bot, secret]
            if team.starts_with('T') && bot.starts_with(['A', 'B']) && !secret.is_empty());
        // A form carries the same JSON in one field.
        let body = match request.media_type().as_str() {
            "application/x-www-form-urlencoded" => {
                let fields = request.fields().unwrap_or_default();
                let payload = fields.get("payload").and_then(Value::as_str).unwrap_or_default();
                serde_json::from_str::<Map<String, Value>>(payload).ok()
            }
            _ => request.object(),
        };
        let refusal = match trouble.fault {
            _ if !known => Some((404, "no_service")),
            _ if self.script.refuses(hook) => Some((403, "invalid_token")),
            Some(Fault::Dead) => Some((410, "channel_is_archived")),
            Some(Fault::Unknown) => Some((404, "no_service")),
            Some(Fault::Blocked) => Some((403, "action_prohibited")),
            Some(Fault::Poison) => Some((400, "invalid_payload")),
            Some(Fault::Busy) => Some((500, "rollup_error")),
            Some(Fault::Quota) => Some((429, "rate_limited")),
            Some(Fault::Flaky) if self.met.first_time(hook) => Some((429, "rate_limited")),
            _ => match &body {
                None => Some((400, "invalid_payload")),
                Some(body) => check(body).err().map(|word| (400, word)),
            },
        };
        let body = body.map_or_else(|| request.raw(), Value::Object);
        match refusal {
            Some((429, word)) => {
                let seconds = if trouble.fault == Some(Fault::Quota) { 30 } else { 1 };
                Served::refused(Reply::text(429, word).retry_after(seconds), Kind::Slack, trouble, body)
            }
            Some((status, word)) => Served::refused(Reply::text(status, word), Kind::Slack, trouble, body),
            None => Served::accepted(Reply::text(200, "ok"), Kind::Slack, trouble, hook, body),
        }
    }
}

impl Protocol for Slack {
    fn kind(&self) -> Kind {
        Kind::Slack
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        Reply::text(429, "rate_limited").retry_after(wait.as_secs() + 1)
    }

    fn answer(&self, request: &Request) -> Served {
        match request.uri.path().strip_prefix("/services/") {
            Some(hook) if request.method == Method::POST => self.post(request, hook),
            Some(_) => Served::plain(Reply::text(405, "method_not_allowed")),
            None => Served::plain(Reply::html(404, "404 Not Found")),
        }
    }
}

fn check(body: &Map<String, Value>) -> Result<(), &'static str> {
    let text = match body.get("text") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err("invalid_payload"),
    };
    let list = |name: &str, word| match body.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => Ok(items.len()),
        Some(_) => Err(word),
    };
    let blocks = list("blocks", "invalid_blocks")?;
    let typed = |block: &Value| block.get("type").is_some_and(Value::is_string);
    if blocks > 50 || body.get("blocks").and_then(Value::as_array).is_some_and(|all| !all.iter().all(typed)) {
        return Err("invalid_blocks");
    }
    let attachments = list("attachments", "invalid_attachments")?;
    if text.trim().is_empty() && blocks + attachments == 0 {
        return Err("no_text");
    }
    if text.chars().count() > TEXT { Err("msg_too_long") } else { Ok(()) }
}

#[cfg(test)]
mod tests;
