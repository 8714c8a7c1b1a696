//! Pushover: an application's token and a person's key in every call, errors as sentences, limits in headers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{CallTrouble, Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Pushover {
    script: Script,
    met: Met,
    next: AtomicU64,
}

/// Which field, and the sentence.
type Refusal = (u16, &'static str, String);

fn refuse<T>(field: &'static str, text: impl Into<String>) -> Result<T, Refusal> {
    Err((400, field, text.into()))
}

const NO_USER: &str = "user identifier is not a valid user, group, or subscribed user key";

impl Pushover {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next: AtomicU64::new(1) }
    }

    fn message(&self, request: &Request) -> Served {
        let Some(fields) = request.fields() else {
            let reply = self.refused(&(400, "message", "message cannot be blank".to_owned()));
            return Served::refused(reply, Kind::Pushover, self.script.trouble(""), request.raw());
        };
        let users: Vec<String> = text(&fields, "user").split(',').map(str::to_owned).collect();
        let mut call = CallTrouble::default();
        let checked = self.token(&fields).and_then(|()| {
            if users.len() > 50 {
                return refuse("user", "user list is too long");
            }
            for user in &users {
                let trouble = self.script.trouble(user);
                call.add(trouble);
                self.user(user, trouble.fault)?;
            }
            check(&fields)
        });
        if let Err(refusal) = checked {
            let reply = Reply { slow: call.slow, ..self.refused(&refusal) };
            return Served::noted(reply, Kind::Pushover, Vec::new(), Value::Object(fields));
        }
        let mut answer = json!({"status": 1, "request": self.id()});
        if number(&fields, "priority") == Some(2) {
            answer["receipt"] = json!(self.id().replace('-', ""));
        }
        let (reply, taken) = call.bend(counted(Reply::json(200, answer.to_string()), 9_999));
        Served::noted(reply, Kind::Pushover, if taken { users } else { Vec::new() }, Value::Object(fields))
    }

    fn validate(&self, request: &Request) -> Reply {
        let fields = request.fields().unwrap_or_default();
        let user = text(&fields, "user");
        let checked = self.token(&fields).and_then(|()| self.user(user, self.script.trouble(user).fault));
        match checked {
            Ok(()) => Reply::json(
                200,
                json!({"status": 1, "group": 0, "devices": ["sandbox"], "licenses": ["iOS"],
                       "request": self.id()})
                .to_string(),
            ),
            Err(refusal) => self.refused(&refusal),
        }
    }

    /// How much of the month's allowance is left: proves a token and tells nobody anything.
    fn limits(&self, request: &Request) -> Reply {
        let fields = request.query().into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        match self.token(&fields) {
            Ok(()) => {
                let reset = jiff::Timestamp::now().as_second() + 86_400;
                let told = json!({"limit": 10_000, "remaining": 9_999, "reset": reset, "status": 1,
                                  "request": self.id()});
                Reply::json(200, told.to_string())
            }
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn token(&self, fields: &Map<String, Value>) -> Result<(), Refusal> {
        let token = text(fields, "token");
        if key(token) && !self.script.refuses(token) {
            return Ok(());
        }
        refuse("token", "application token is invalid")
    }

    fn user(&self, user: &str, fault: Option<Fault>) -> Result<(), Refusal> {
        match fault {
            _ if !key(user) => refuse("user", "user identifier is invalid"),
            Some(Fault::Dead) => refuse("user", "user key is invalid"),
            Some(Fault::Unknown) => refuse("user", NO_USER),
            Some(Fault::Blocked) => refuse("user", "user has no active devices to send to"),
            Some(Fault::Quota) => Err((429, "message", "application is over its quota".to_owned())),
            Some(Fault::Busy) => Err((500, "", "internal server error".to_owned())),
            Some(Fault::Flaky) if self.met.first_time(user) => {
                Err((503, "", "service unavailable".to_owned()))
            }
            Some(Fault::Poison) => refuse("message", "message is invalid"),
            _ => Ok(()),
        }
    }

    fn refused(&self, (status, field, text): &Refusal) -> Reply {
        let mut body = json!({"status": 0, "errors": [text], "request": self.id()});
        if !field.is_empty() {
            body[*field] = json!("invalid");
        }
        let reply = Reply::json(*status, body.to_string());
        if *status == 429 { counted(reply, 0) } else { reply }
    }

    fn id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.next.fetch_add(1, Ordering::Relaxed))
    }
}

impl Protocol for Pushover {
    fn kind(&self) -> Kind {
        Kind::Pushover
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        self.refused(&(429, "message", "application is over its quota".to_owned()))
    }

    fn answer(&self, request: &Request) -> Served {
        match (&request.method, request.uri.path()) {
            (&Method::POST, "/1/messages.json") => self.message(request),
            (&Method::GET, "/1/apps/limits.json") => Served::plain(self.limits(request)),
            (&Method::POST, "/1/users/validate.json") => Served::plain(self.validate(request)),
            _ => Served::plain(Reply::json(404, r#"{"status":0,"errors":["not found"]}"#)),
        }
    }
}

/// The month's allowance, as every answer says it.
fn counted(reply: Reply, left: u32) -> Reply {
    let reset = jiff::Timestamp::now().as_second() + 86_400;
    reply
        .header("x-limit-app-limit", "10000")
        .header("x-limit-app-remaining", left.to_string())
        .header("x-limit-app-reset", reset.to_string())
}

/// Tokens and keys are 30 letters and digits.
fn key(text: &str) -> bool {
    text.len() == 30 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number, or a text that is one, as forms have it.
fn number(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = fields.get(name)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn check(fields: &Map<String, Value>) -> Result<(), Refusal> {
    if text(fields, "message").trim().is_empty() {
        return refuse("message", "message cannot be blank");
    }
    for (name, most) in [("message", 1_024), ("title", 250), ("url", 512), ("url_title", 100)] {
        if text(fields, name).chars().count() > most {
            return refuse(name, format!("{name} is too long"));
        }
    }
    let priority = if fields.contains_key("priority") { number(fields, "priority") } else { Some(0) };
    match priority {
        Some(-2..=1) => {}
        Some(2) => {
            if number(fields, "retry").is_none_or(|seconds| seconds < 30) {
                return refuse("retry", "retry parameter must be provided and be at least 30");
            }
            if number(fields, "expire").is_none_or(|seconds| !(1..=10_800).contains(&seconds)) {
                return refuse("expire", "expire parameter must be provided and be at most 10800");
            }
        }
        _ => return refuse("priority", "priority is invalid, can be -2, -1, 0, 1 or 2"),
    }
    let on = |name: &str| number(fields, name) == Some(1);
    if on("html") && on("monospace") {
        return refuse("html", "html and monospace cannot both be set");
    }
    if fields.contains_key("ttl") && number(fields, "ttl").is_none_or(|seconds| seconds <= 0) {
        return refuse("ttl", "ttl must be a positive number of seconds");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
