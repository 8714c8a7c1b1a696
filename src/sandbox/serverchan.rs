//! ServerChan, Turbo and ³, as its reference page has it: the key in the path is the person and the credential.
//!
//! One base URL serves both `/{key}.send` and `/send/{key}.send`. Five calls a day for each free key is the
//! published quota; here it is raised, and a key with `quota` has it used up. Texts of refusals other than
//! the two known ones are UNVERIFIED.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met, Trouble};
use super::http::{CallTrouble, Protocol, Reply, Request, Served, form_pairs};
use super::ledger::Kind;
use super::script::Script;

/// The server's state: ids given out, keys that have failed once.
pub(super) struct Serverchan {
    script: Script,
    met: Met,
    next_push: AtomicI64,
}

const FIRST_PUSH: i64 = 3_187_868;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product {
    Turbo,
    Three,
}

/// The product that a key belongs to by its form, if it has one.
fn product(key: &str) -> Option<Product> {
    let (rest, mark, product) = if let Some(rest) = key.strip_prefix("sctp") {
        (rest, 't', Product::Three)
    } else {
        (key.strip_prefix("SCT")?, 'T', Product::Turbo)
    };
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let secret = rest[digits..].strip_prefix(mark)?;
    let sound = digits > 0 && !secret.is_empty() && secret.chars().all(|c| c.is_ascii_alphanumeric());
    sound.then_some(product)
}

impl Serverchan {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next_push: AtomicI64::new(FIRST_PUSH) }
    }

    fn send(&self, request: &Request, key: &str) -> Served {
        let body = match parameters(request) {
            Ok(body) => body,
            Err(text) => {
                let raw = Value::String(String::from_utf8_lossy(&request.body).into_owned());
                return noted(refusal(400, "[INPUT]", &text, 0), Vec::new(), raw);
            }
        };
        let trouble = if self.script.fault_words { Trouble::of(key) } else { Trouble::default() };
        let refused = |reply: Reply, body| {
            noted(Reply { slow: trouble.slow, ..reply }, Vec::new(), Value::Object(body))
        };
        let Some(product) = product(key) else {
            return refused(refusal(400, "[AUTH]", "错误的Key", 461), body);
        };
        if self.script.bad_tokens.iter().any(|bad| bad == key) {
            return refused(refusal(400, "[AUTH]", "错误的Key", 461), body);
        }
        if let Some(reply) = self.key_fault(key, trouble.fault) {
            return refused(reply, body);
        }
        if let Err(text) = check(product, &body) {
            return refused(refusal(400, "[INPUT]", text, 0), body);
        }
        let id = self.next_push.fetch_add(1, Ordering::Relaxed);
        let meta =
            if trouble.fault == Some(Fault::NoDevice) { json!({}) } else { json!({"sandbox": {"ios": 1}}) };
        let answer = match product {
            Product::Turbo => json!({"code": 0, "message": "", "data": {
                "pushid": id.to_string(), "readkey": readkey(id), "error": "SUCCESS", "errno": 0}}),
            Product::Three => json!({"code": 0, "errno": 0, "message": "SUCCESS",
                "data": {"pushid": id, "meta": meta}}),
        };
        let mut call = CallTrouble::default();
        call.add(trouble);
        let (reply, taken) = call.bend(Reply::json(200, answer.to_string()));
        noted(reply, if taken { vec![key.to_owned()] } else { Vec::new() }, Value::Object(body))
    }

    fn key_fault(&self, key: &str, fault: Option<Fault>) -> Option<Reply> {
        Some(match fault? {
            Fault::Dead | Fault::Unknown => refusal(400, "[AUTH]", "错误的Key", 461),
            Fault::Blocked => refusal(400, "[AUTH]", "该Key已被禁用", 462),
            Fault::Quota => refusal(400, "[AUTH]", "超过当天的发送次数限制[5]，请稍后再试", 468),
            Fault::Busy | Fault::Poison => Reply::html(500, "500 Internal Server Error"),
            Fault::Flaky if self.met.first_time(key) => {
                Reply::html(503, "503 Service Unavailable").retry_after(1)
            }
            Fault::Flaky | Fault::NoDevice | Fault::Drop | Fault::Half | Fault::Html | Fault::Huge => {
                return None;
            }
        })
    }

    /// Turbo's status query: the downstream's verdict is JSON inside a string.
    fn status(&self, request: &Request) -> Reply {
        let query = request.query();
        let find =
            |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let id = find("id").and_then(|id| id.parse::<i64>().ok());
        let known = id.filter(|id| (FIRST_PUSH..self.next_push.load(Ordering::Relaxed)).contains(id));
        match known {
            Some(id) if find("readkey") == Some(&readkey(id)) => Reply::json(
                200,
                json!({"code": 0, "message": "", "data": {"id": id, "wxstatus": r#"{"errcode":0,"errmsg":"ok"}"#}})
                    .to_string(),
            ),
            _ => refusal(400, "[AUTH]", "错误的readkey", 461),
        }
    }
}

impl Protocol for Serverchan {
    fn kind(&self) -> Kind {
        Kind::Serverchan
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn counts_for_rate(&self, request: &Request) -> bool {
        key_in(request.uri.path()).is_some()
    }

    /// Not JSON, as observed: clients called it an invalid response.
    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        Reply::html(429, "429 Too Many Requests").retry_after(wait.as_secs() + 1)
    }

    fn answer(&self, request: &Request) -> Served {
        let path = request.uri.path();
        if !matches!(request.method, Method::GET | Method::POST) {
            return Served::plain(Reply::html(405, "405 Method Not Allowed"));
        }
        if path == "/push" {
            return Served::plain(self.status(request));
        }
        match key_in(path) {
            Some(key) => self.send(request, key),
            None => Served::plain(Reply::html(404, "404 Not Found")),
        }
    }
}

/// The key in `/{key}.send`, or in `/send/{key}.send` for one of ³: neither product knows the other's.
fn key_in(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let (key, is_three) = match path.strip_prefix("send/") {
        Some(rest) => (rest, true),
        None => (path, false),
    };
    let key = key.strip_suffix(".send")?;
    (!key.contains('/') && key.starts_with("sctp") == is_three).then_some(key)
}

fn readkey(id: i64) -> String {
    format!("SCTsandbox{id:x}")
}

fn refusal(status: u16, place: &str, text: &str, scode: i64) -> Reply {
    let body = json!({"message": format!("{place}{text}"), "code": 40001, "info": text, "args": [null], "scode": scode});
    Reply::json(status, body.to_string())
}

fn noted(reply: Reply, targets: Vec<String>, body: Value) -> Served {
    Served::noted(reply, Kind::Serverchan, targets, body)
}

/// Query, form or JSON, by method and content type. Multipart, which ³ knows, is not spoken here.
fn parameters(request: &Request) -> Result<Map<String, Value>, String> {
    let mut merged: Map<String, Value> =
        request.query().into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    if request.method == Method::POST && request.media_type() == "application/json" {
        let body: Value = serde_json::from_slice(&request.body).map_err(|error| format!("JSON {error}"))?;
        let Value::Object(body) = body else { return Err("JSON必须是对象".to_owned()) };
        merged.extend(body);
    } else if request.method == Method::POST {
        merged
            .extend(form_pairs(&request.body).into_iter().map(|(name, value)| (name, Value::String(value))));
    }
    Ok(merged)
}

/// The documented rules of a message; over-long titles are refused, since whether they are cut is unverified.
fn check(product: Product, body: &Map<String, Value>) -> Result<(), &'static str> {
    let text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err("参数类型错误"),
    };
    let title = if text("title")?.is_empty() { text("text")? } else { text("title")? };
    let desp = text("desp")?;
    if title.trim().is_empty() && (product == Product::Turbo || desp.is_empty()) {
        return Err("title不能为空");
    }
    if title.contains(['\n', '\r']) {
        return Err("title不能包含换行");
    }
    if title.chars().count() > 32 {
        return Err("title长度不能超过32");
    }
    if desp.len() > 32 << 10 {
        return Err("desp长度不能超过32KB");
    }
    if text("short")?.chars().count() > 64 {
        return Err("short长度不能超过64");
    }
    text("tags")?;
    if product == Product::Turbo {
        let channels: Vec<&str> = text("channel")?.split('|').filter(|channel| !channel.is_empty()).collect();
        let known = ["9", "66", "1", "2", "3", "8", "18", "98", "0", "88"];
        if channels.len() > 2 || channels.iter().any(|channel| !known.contains(channel)) {
            return Err("channel不合法");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
