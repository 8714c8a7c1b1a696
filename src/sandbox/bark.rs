//! Bark's server, v2 and v1, as its reference page observed it: every refusal by APNs is an HTTP 500.
//!
//! The content type chooses the parser, not the path. A key with `dead` is refused as unregistered once, then
//! differently, because the real server blanks the token. The idle close and the public host's bans are raised.

mod payload;

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met, Trouble};
use super::http::{CallTrouble, Protocol, Reply, Request, Served, form_pairs};
use super::ledger::Kind;
use super::script::Script;
use payload::{Push, go_text};

/// The server's state: keys whose token was blanked, keys that have failed once.
pub(super) struct Bark {
    script: Script,
    blanked: Met,
    met: Met,
    login: Option<String>,
}

/// Status and message of one push.
type Outcome = (u16, String);

impl Bark {
    pub(super) fn new(script: Script) -> Self {
        let login = script
            .login
            .as_ref()
            .map(|(user, password)| format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        Self { script, blanked: Met::default(), met: Met::default(), login }
    }

    fn route(&self, request: &Request) -> Served {
        if head_length(request) > 4_096 {
            return Served::plain(Reply::text(431, "Request Header Fields Too Large"));
        }
        // Fiber's router knows no case and no trailing slash.
        let path = request.uri.path().trim_end_matches('/');
        let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        let first = segments.first().map(|first| first.to_ascii_lowercase()).unwrap_or_default();
        let readable = matches!(request.method, Method::GET | Method::POST);
        match (&request.method, first.as_str(), segments.len()) {
            (&Method::GET, "", _) | (&Method::GET, "healthz", 1) => Served::plain(Reply::text(200, "ok")),
            (&Method::GET, "ping", 1) => Served::plain(envelope(200, "pong", None)),
            (&Method::GET, "register", 2) => Served::plain(self.check_key(&segments[1])),
            (_, "register", 1) if readable => Served::plain(register(request)),
            _ if !self.admits(request) => Served::plain(Reply::text(418, "I'm a teapot")),
            (&Method::GET, "info", 1) => Served::plain(Reply::json(
                200,
                r#"{"version":"v2.3.4","build":"sandbox","arch":"loopback","commit":"sandbox","devices":0}"#,
            )),
            _ if !readable => Served::plain(Reply::text(405, "Method Not Allowed")),
            (&Method::POST, "push", 1) => self.push(request, &[]),
            (_, _, 1..=4) => self.push(request, &segments),
            _ => Served::plain(Reply::text(404, format!("Cannot {} {}", request.method, request.uri.path()))),
        }
    }

    fn admits(&self, request: &Request) -> bool {
        let Some(login) = &self.login else { return true };
        request.headers.get(AUTHORIZATION).is_some_and(|given| given.as_bytes() == login.as_bytes())
    }

    /// `/register/:key`: asks about a key without touching its device. A dead one has its token until a push
    /// blanks it.
    fn check_key(&self, key: &str) -> Reply {
        match self.fault_of(key).fault {
            Some(Fault::Unknown) => envelope(400, &not_stored(key), None),
            _ if self.blanked.knows(key) => envelope(400, "device token invalid", None),
            _ => envelope(200, "success", None),
        }
    }

    fn fault_of(&self, key: &str) -> Trouble {
        self.script.trouble(key)
    }

    fn push(&self, request: &Request, segments: &[String]) -> Served {
        let (parameters, json) = match parameters(request, segments) {
            Ok(read) => read,
            Err(text) => {
                let body = Value::String(String::from_utf8_lossy(&request.body).into_owned());
                return noted(envelope(400, &text, None), Vec::new(), body);
            }
        };
        let keys = match batch_keys(&parameters) {
            Ok(keys) if json && self.script.max_batch != Some(0) => keys,
            // A form has no batch, nor has an old server or the public one: there the member is custom data.
            Ok(_) => Vec::new(),
            Err(text) => return noted(envelope(400, text, None), Vec::new(), Value::Object(parameters)),
        };
        if keys.is_empty() { self.single(parameters) } else { self.batch(&keys, parameters) }
    }

    fn single(&self, parameters: Map<String, Value>) -> Served {
        let key = parameters.get("device_key").and_then(Value::as_str).unwrap_or_default().to_owned();
        let trouble = self.fault_of(&key);
        let mut call = CallTrouble::default();
        call.add(trouble);
        let (status, message) = self.deliver(&key, trouble.fault, &Push::of(&parameters));
        if status != 200 {
            let reply = Reply { slow: trouble.slow, ..envelope(status, &message, None) };
            return noted(reply, Vec::new(), Value::Object(parameters));
        }
        let (reply, taken) = call.bend(envelope(200, "success", None));
        noted(reply, if taken { vec![key] } else { Vec::new() }, Value::Object(parameters))
    }

    fn batch(&self, keys: &[String], parameters: Map<String, Value>) -> Served {
        if let Some(most) = self.script.max_batch.filter(|most| keys.len() > *most) {
            let text = format!("batch push count exceeds the maximum limit: {most}");
            return noted(envelope(400, &text, None), Vec::new(), Value::Object(parameters));
        }
        let push = Push::of(&parameters);
        let mut call = CallTrouble::default();
        let mut reached = Vec::with_capacity(keys.len());
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            let trouble = self.fault_of(key);
            call.add(trouble);
            let (code, message) = self.deliver(key, trouble.fault, &push);
            if code == 200 {
                reached.push(key.clone());
                items.push(json!({"code": 200, "device_key": key}));
            } else {
                items.push(json!({"code": code, "device_key": key, "message": message}));
            }
        }
        let (reply, taken) = call.bend(envelope(200, "success", Some(Value::Array(items))));
        noted(reply, if taken { reached } else { Vec::new() }, Value::Object(parameters))
    }

    /// What becomes of one key: the server's own checks first, then what APNs would say.
    fn deliver(&self, key: &str, fault: Option<Fault>, push: &Push) -> Outcome {
        if key.is_empty() {
            return (400, "device key is empty".to_owned());
        }
        if let Some(panic) = &push.panic {
            return (500, panic.clone());
        }
        let refused = |reason: &str| (500, format!("push failed: {reason}"));
        match fault {
            Some(Fault::Unknown) => return (400, no_such_key(key)),
            // `GET /push` is read as a key of that name, which nobody has.
            _ if key.eq_ignore_ascii_case("push") => return (400, no_such_key(key)),
            Some(Fault::Dead) if self.blanked.first_time(key) => return refused("Unregistered"),
            Some(Fault::Blocked) if self.blanked.first_time(key) => return refused("BadDeviceToken"),
            Some(Fault::Dead | Fault::Blocked) => {
                return (400, "failed to get device token: device token invalid".to_owned());
            }
            Some(Fault::Quota) => return refused("TooManyRequests"),
            Some(Fault::Busy) => return refused("ServiceUnavailable"),
            Some(Fault::Flaky) if self.met.first_time(key) => return refused("InternalServerError"),
            Some(Fault::Poison) => {
                return (500, "runtime error: invalid memory address or nil pointer dereference".to_owned());
            }
            _ => {}
        }
        match push.refusal() {
            Some(reason) => refused(reason),
            None => (200, "success".to_owned()),
        }
    }
}

impl Protocol for Bark {
    fn kind(&self) -> Kind {
        Kind::Bark
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn body_limit(&self) -> usize {
        4 << 20
    }

    /// The server itself has no limit: it is the reverse proxy before it that refuses, with a page.
    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        Reply::html(429, "429 Too Many Requests").retry_after(wait.as_secs() + 1)
    }

    fn answer(&self, request: &Request) -> Served {
        self.route(request)
    }
}

/// What a push says of a key that nobody has; whoever only asks about it hears the end of it.
fn no_such_key(key: &str) -> String {
    format!("failed to get device token: {}", not_stored(key))
}

fn not_stored(key: &str) -> String {
    format!("failed to get [{key}] device token from database")
}

/// `{"code","message","timestamp"}` with `data` only when there is some; the code is also the status.
fn envelope(code: u16, message: &str, data: Option<Value>) -> Reply {
    let timestamp = jiff::Timestamp::now().as_second();
    let mut text = format!("{{\"code\":{code},\"message\":");
    text.push_str(&Value::from(message).to_string());
    // Writing to a String cannot fail.
    let _ = write!(text, ",\"timestamp\":{timestamp}");
    if let Some(data) = data {
        let _ = write!(text, ",\"data\":{data}");
    }
    text.push('}');
    Reply::json(code, Bytes::from(text))
}

fn noted(reply: Reply, targets: Vec<String>, body: Value) -> Served {
    Served::noted(reply, Kind::Bark, targets, body)
}

fn register(request: &Request) -> Reply {
    let mut pairs = request.query();
    if request.media_type().ends_with("json") {
        let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
        pairs.extend(body.into_iter().map(|(name, value)| (name, go_text(&value))));
    } else {
        pairs.extend(form_pairs(&request.body));
    }
    let find = |names: [&str; 2]| {
        pairs.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.clone())
    };
    let token = find(["device_token", "devicetoken"]).unwrap_or_default();
    if token.is_empty() {
        return envelope(400, "device token is empty", None);
    }
    if token.len() > 160 {
        return envelope(400, "device token is invalid", None);
    }
    let fresh =
        || STANDARD.encode(token.as_bytes()).chars().filter(char::is_ascii_alphanumeric).take(22).collect();
    let key: String = find(["device_key", "key"]).filter(|key| !key.is_empty()).unwrap_or_else(fresh);
    envelope(200, "success", Some(json!({"key": key, "device_key": key, "device_token": token})))
}

/// Reads a push from body, query and path, in that order of precedence; tells whether it came as JSON.
fn parameters(request: &Request, segments: &[String]) -> Result<(Map<String, Value>, bool), String> {
    let media = request.media_type();
    let is_json =
        media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
    let mut merged = Map::new();
    let query = request.query();
    if is_json {
        let body: Value =
            serde_json::from_slice(&request.body).map_err(|error| format!("request bind failed: {error}"))?;
        let Value::Object(body) = body else {
            return Err("request bind failed: json: cannot unmarshal into Go value of type map".to_owned());
        };
        for (name, value) in body {
            merged.insert(name.to_lowercase(), value);
        }
        merged.extend(query.into_iter().map(|(name, value)| (name.to_lowercase(), Value::String(value))));
    } else {
        let form =
            if media == "application/x-www-form-urlencoded" { form_pairs(&request.body) } else { Vec::new() };
        let pairs = query.into_iter().chain(form);
        merged.extend(pairs.map(|(name, value)| (name.to_lowercase(), Value::String(value))));
    }
    let names: &[&str] = match segments.len() {
        0 => &[],
        1 => &["device_key"],
        2 => &["device_key", "body"],
        3 => &["device_key", "title", "body"],
        _ => &["device_key", "title", "subtitle", "body"],
    };
    for (name, segment) in names.iter().zip(segments) {
        merged.insert((*name).to_owned(), Value::String(segment.clone()));
    }
    Ok((merged, is_json))
}

fn batch_keys(parameters: &Map<String, Value>) -> Result<Vec<String>, &'static str> {
    match parameters.get("device_keys") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(list)) if list.is_empty() => Ok(Vec::new()),
        // Split without trimming, as the real server does.
        Some(Value::String(list)) => Ok(list.split(',').map(str::to_owned).collect()),
        Some(Value::Array(items)) => Ok(items.iter().map(go_text).collect()),
        Some(_) => Err("invalid type for device_keys"),
    }
}

/// Request line and headers as they were on the wire, nearly.
fn head_length(request: &Request) -> usize {
    let target = request.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    target + 16 + headers.sum::<usize>()
}

fn decoded(segment: &str) -> String {
    // Query rules, as observed: a plus is a space.
    let safe = segment.replace('&', "%26").replace('=', "%3D");
    form_pairs(safe.as_bytes()).into_iter().next().map(|(name, _)| name).unwrap_or_default()
}

#[cfg(test)]
mod tests;
