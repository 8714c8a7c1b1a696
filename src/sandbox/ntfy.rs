//! ntfy as its sheet has it: a topic is an address, whoever knows its name may write.
//!
//! Messages come as JSON to `/`, or as a plain body with headers to `/topic`. Codes beyond those of the sheet
//! are those of the server's own source; longer messages, which a real one may turn into files, are refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Ntfy {
    script: Script,
    met: Met,
    next: AtomicU64,
}

const MESSAGE_BYTES: usize = 4_096;
const RESERVED: [&str; 9] =
    ["docs", "static", "file", "app", "metrics", "account", "settings", "signup", "login"];

impl Ntfy {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next: AtomicU64::new(1) }
    }

    fn publish(&self, request: &Request, topic: Option<&str>) -> Served {
        let body = match topic {
            None => {
                let Some(body) = request.object() else {
                    let reply = refusal(40_024, "invalid request: request body must be message JSON");
                    return Served::refused(reply, Kind::Ntfy, self.script.trouble(""), request.raw());
                };
                // Headers say what the JSON does not.
                let mut whole = from_headers(request);
                whole.extend(body);
                whole
            }
            Some(topic) => {
                let mut whole = from_headers(request);
                whole.insert("topic".to_owned(), json!(topic));
                whole.insert("message".to_owned(), request.raw());
                whole
            }
        };
        let topic = body.get("topic").and_then(Value::as_str).unwrap_or_default().to_owned();
        let trouble = self.script.trouble(&topic);
        let checked = self.admits(request).and_then(|()| check(&topic, &body));
        let checked = checked.and_then(|()| self.fault(&topic, trouble.fault));
        if let Err(reply) = checked {
            return Served::refused(reply, Kind::Ntfy, trouble, Value::Object(body));
        }
        let (id, now) = (self.next.fetch_add(1, Ordering::Relaxed), jiff::Timestamp::now().as_second());
        let text = body.get("message").and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut answer = json!({"id": format!("sandbox{id:05}"), "time": now, "expires": now + 43_200,
            "event": "message", "topic": topic, "message": text.unwrap_or("triggered")});
        for name in ["title", "priority", "tags", "click"] {
            if let Some(value) = body.get(name) {
                answer[name] = value.clone();
            }
        }
        let reply = Reply::json(200, answer.to_string());
        Served::accepted(reply, Kind::Ntfy, trouble, &topic, Value::Object(body))
    }

    fn admits(&self, request: &Request) -> Result<(), Reply> {
        let query = request.parameter("auth");
        let from_query = URL_SAFE_NO_PAD.decode(query.trim_end_matches('=')).unwrap_or_default();
        let from_query = String::from_utf8_lossy(&from_query).into_owned();
        let given = if query.is_empty() { request.header("authorization") } else { from_query.as_str() };
        let (scheme, credential) = given.split_once(' ').unwrap_or((given, ""));
        let wrong = || Err(refusal(40_101, "unauthorized"));
        let basic = self.script.login.as_ref().map(|(user, word)| STANDARD.encode(format!("{user}:{word}")));
        match scheme.to_ascii_lowercase().as_str() {
            "" if self.script.login.is_some() => Err(refusal(40_301, "forbidden")),
            "" => Ok(()),
            "bearer" if credential.starts_with("tk_") && !self.script.refuses(credential) => Ok(()),
            "basic" if basic.is_none_or(|basic| basic == credential) => Ok(()),
            _ => wrong(),
        }
    }

    fn fault(&self, topic: &str, fault: Option<Fault>) -> Result<(), Reply> {
        Err(match fault {
            Some(Fault::Dead) => {
                refusal(50_701, "cannot publish to UnifiedPush topic without previously active subscriber")
            }
            Some(Fault::Blocked) => refusal(40_301, "forbidden"),
            Some(Fault::Quota) => refusal(42_908, "limit reached: daily message quota reached"),
            Some(Fault::Poison) => refusal(40_007, "invalid request: priority invalid"),
            Some(Fault::Busy) => refusal(50_001, "internal server error"),
            Some(Fault::Flaky) if self.met.first_time(topic) => {
                refusal(42_901, "limit reached: too many requests")
            }
            _ => return Ok(()),
        })
    }
}

impl Protocol for Ntfy {
    fn kind(&self) -> Kind {
        Kind::Ntfy
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        refusal(42_901, "limit reached: too many requests")
    }

    fn answer(&self, request: &Request) -> Served {
        let path = request.uri.path().trim_matches('/');
        match (&request.method, path) {
            (&Method::GET, "v1/health") => Served::plain(Reply::json(200, r#"{"healthy":true}"#)),
            (&Method::GET, "v1/account") => {
                let nobody = request.header("authorization").is_empty();
                let who = if nobody { ("*", "anonymous") } else { ("ops", "user") };
                let account = json!({"username": who.0, "role": who.1});
                Served::plain(
                    self.admits(request).err().unwrap_or_else(|| Reply::json(200, account.to_string())),
                )
            }
            (&Method::GET, _) if path.ends_with("/auth") => match self.admits(request) {
                Ok(()) => Served::plain(Reply::json(200, r#"{"success":true}"#)),
                Err(reply) => Served::plain(reply),
            },
            (&Method::POST | &Method::PUT, "") => self.publish(request, None),
            (&Method::POST | &Method::PUT, topic) if !topic.contains('/') => {
                self.publish(request, Some(topic))
            }
            _ => Served::plain(refusal(40_401, "page not found")),
        }
    }
}

/// The first digits of a code are its HTTP status.
fn refusal(code: u32, error: &str) -> Reply {
    let body = json!({"code": code, "http": code / 100, "error": error,
        "link": "https://ntfy.sh/docs/publish/"});
    Reply::json((code / 100) as u16, body.to_string())
}

/// The headers' names have short forms and an optional `X-`.
fn from_headers(request: &Request) -> Map<String, Value> {
    let find = |names: &[&str]| {
        let mut all = names.iter().flat_map(|name| [(*name).to_owned(), format!("x-{name}")]);
        all.find_map(|name| Some(request.header(&name).to_owned()).filter(|value| !value.is_empty()))
    };
    let mut body = Map::new();
    for (name, names) in [
        ("title", &["title", "t"][..]),
        ("click", &["click"]),
        ("attach", &["attach", "a"]),
        ("icon", &["icon"]),
        ("delay", &["delay", "in", "at"]),
        ("email", &["email", "e"]),
    ] {
        if let Some(value) = find(names) {
            body.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(tags) = find(&["tags", "tag", "ta"]) {
        body.insert("tags".to_owned(), tags.split(',').map(str::trim).collect());
    }
    if let Some(priority) = find(&["priority", "prio", "p"]) {
        let number = match priority.as_str() {
            "min" => json!(1),
            "low" => json!(2),
            "default" => json!(3),
            "high" => json!(4),
            "max" | "urgent" => json!(5),
            other => other.parse::<i64>().map_or_else(|_| json!(other), Value::from),
        };
        body.insert("priority".to_owned(), number);
    }
    body
}

fn check(topic: &str, body: &Map<String, Value>) -> Result<(), Reply> {
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !(1..=64).contains(&topic.len()) || !topic.chars().all(sound) {
        return Err(refusal(40_009, "invalid request: topic invalid"));
    }
    if RESERVED.contains(&topic) || topic == "v1" {
        return Err(refusal(40_010, "invalid request: topic name is not allowed"));
    }
    let texts = ["message", "title", "click", "attach", "icon", "delay", "email"];
    let typed =
        texts.iter().all(|name| body.get(*name).is_none_or(|value| value.is_string() || value.is_null()))
            && body.get("tags").is_none_or(|tags| {
                tags.as_array().is_some_and(|tags| tags.iter().all(Value::is_string)) || tags.is_null()
            })
            && body.get("markdown").is_none_or(Value::is_boolean)
            && body.get("actions").is_none_or(Value::is_array);
    if !typed {
        return Err(refusal(40_024, "invalid request: request body must be message JSON"));
    }
    if body.get("priority").is_some_and(|value| !value.as_i64().is_some_and(|n| (0..=5).contains(&n))) {
        return Err(refusal(40_007, "invalid request: priority invalid"));
    }
    let action = |action: &Value| {
        let text = |name: &str| action.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        text("label") && matches!(action["action"].as_str(), Some("view" | "http" | "broadcast" | "copy"))
    };
    if body
        .get("actions")
        .and_then(Value::as_array)
        .is_some_and(|all| all.len() > 3 || !all.iter().all(action))
    {
        return Err(refusal(40_018, "invalid request: actions invalid"));
    }
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    if message.len() > MESSAGE_BYTES {
        return Err(refusal(40_014, "invalid request: attachments not allowed"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
