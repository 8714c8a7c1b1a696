//! Gotify as the real server 2.4 was seen to answer: the app's token is the address, a user's phone rings.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Gotify {
    script: Script,
    met: Met,
    next: AtomicI64,
}

impl Gotify {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next: AtomicI64::new(1) }
    }

    fn message(&self, request: &Request) -> Served {
        let token = token(request);
        let trouble = self.script.trouble(&token);
        let json = request.media_type() == "application/json";
        let body = if json { request.object() } else { request.fields() };
        let refused = |reply, body| Served::refused(reply, Kind::Gotify, trouble, body);
        let sound = token.starts_with('A') && token.len() > 1 && !self.script.refuses(&token);
        if !sound || matches!(trouble.fault, Some(Fault::Dead | Fault::Unknown | Fault::Blocked)) {
            return refused(unauthorized(), body.map_or_else(|| request.raw(), Value::Object));
        }
        let Some(mut body) = body else {
            return refused(refusal(400, "invalid character looking for beginning of value"), request.raw());
        };
        let reply = match trouble.fault {
            Some(Fault::Quota) => Some(Reply::html(429, "429 Too Many Requests").retry_after(60)),
            Some(Fault::Busy) => Some(refusal(500, "database is locked")),
            Some(Fault::Flaky) if self.met.first_time(&token) => {
                Some(Reply::html(503, "503 Service Unavailable").retry_after(1))
            }
            Some(Fault::Poison) => Some(refusal(400, "Field 'message' is required")),
            _ => check(&mut body, json).err().map(|text| refusal(400, &text)),
        };
        if let Some(reply) = reply {
            return refused(reply, Value::Object(body));
        }
        let mut answer = body.clone();
        answer.insert("id".to_owned(), json!(self.next.fetch_add(1, Ordering::Relaxed)));
        answer.insert("appid".to_owned(), json!(1));
        answer.insert("date".to_owned(), json!(jiff::Timestamp::now().to_string()));
        let reply = Reply::json(200, Value::Object(answer).to_string());
        Served::accepted(reply, Kind::Gotify, trouble, &token, Value::Object(body))
    }

    fn delete(&self, request: &Request, id: &str) -> Reply {
        // Only a client's token may: an app's can write and nothing else.
        if !token(request).starts_with('C') {
            return unauthorized();
        }
        let known = id.parse().is_ok_and(|id| (1..self.next.load(Ordering::Relaxed)).contains(&id));
        if known { Reply::text(200, "") } else { refusal(404, "message does not exist") }
    }
}

impl Protocol for Gotify {
    fn kind(&self) -> Kind {
        Kind::Gotify
    }

    fn script(&self) -> &Script {
        &self.script
    }

    /// The server has no limit: it is a proxy before it that refuses.
    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        Reply::html(429, "429 Too Many Requests").retry_after(wait.as_secs() + 1)
    }

    fn answer(&self, request: &Request) -> Served {
        match (&request.method, request.uri.path()) {
            (&Method::GET, "/health") => {
                Served::plain(Reply::json(200, r#"{"health":"green","database":"green"}"#))
            }
            (&Method::GET, "/version") => Served::plain(Reply::json(
                200,
                r#"{"version":"2.4.0","commit":"sandbox","buildDate":"sandbox"}"#,
            )),
            (&Method::POST, "/message") => self.message(request),
            (&Method::DELETE, path) if path.starts_with("/message/") => {
                Served::plain(self.delete(request, &path["/message/".len()..]))
            }
            _ => Served::plain(refusal(404, "page not found")),
        }
    }
}

fn token(request: &Request) -> String {
    let bearer = request.header("authorization");
    let bearer = bearer.strip_prefix("Bearer ").or_else(|| bearer.strip_prefix("bearer "));
    let from_query = request.parameter("token");
    let found = [from_query.as_str(), request.header("x-gotify-key"), bearer.unwrap_or_default()];
    found.into_iter().find(|token| !token.is_empty()).unwrap_or_default().to_owned()
}

fn refusal(status: u16, description: &str) -> Reply {
    let error = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        _ => "Internal Server Error",
    };
    let body = json!({"error": error, "errorCode": status, "errorDescription": description});
    Reply::json(status, body.to_string())
}

fn unauthorized() -> Reply {
    refusal(401, "you need to provide a valid access token or user credentials to access this api")
}

/// Types as Go's reader demands them. A form holds nothing but texts, and no extras.
fn check(body: &mut Map<String, Value>, json: bool) -> Result<(), String> {
    if !json {
        body.retain(|name, _| matches!(name.as_str(), "title" | "message" | "priority"));
        if let Some(number) = body.get("priority").and_then(Value::as_str).map(str::parse::<i64>) {
            let number = number.map_err(|error| format!("strconv.ParseInt: {error}"))?;
            body.insert("priority".to_owned(), json!(number));
        }
    }
    let wrong = |what: &str, name: &str, wanted: &str| {
        Err(format!(
            "json: cannot unmarshal {what} into Go struct field MessageExternal.{name} of type {wanted}"
        ))
    };
    for (name, wanted) in [("title", "string"), ("message", "string"), ("priority", "int")] {
        match body.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(_)) if wanted == "string" => {}
            Some(Value::Number(number)) if wanted == "int" && number.is_i64() => {}
            Some(Value::String(_)) => return wrong("string", name, wanted),
            Some(Value::Number(_)) => return wrong("number", name, wanted),
            Some(_) => return wrong("value", name, wanted),
        }
    }
    if body.get("extras").is_some_and(|extras| !extras.is_object() && !extras.is_null()) {
        return wrong("value", "extras", "map[string]interface {}");
    }
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    if message.is_empty() { Err("Field 'message' is required".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
