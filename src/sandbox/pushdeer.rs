//! PushDeer as its source has it: keys in a comma list, no word about any of them, a crash for an unknown one.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use super::fault::{Fault, Met, Trouble};
use super::http::{CallTrouble, Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Pushdeer {
    script: Script,
    met: Met,
}

/// Keys of one call; the others are left out without a word.
const KEYS: usize = 100;

impl Pushdeer {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default() }
    }

    fn push(&self, request: &Request) -> Served {
        let fields = request.fields().unwrap_or_default();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut keys: Vec<String> = Vec::new();
        for key in text("pushkey").split(',').map(str::trim).filter(|key| !key.is_empty()) {
            if !keys.iter().any(|known| known == key) {
                keys.push(key.to_owned());
            }
        }
        keys.truncate(self.script.max_batch.unwrap_or(KEYS));
        let mut call = CallTrouble::default();
        let troubles: Vec<Trouble> = keys.iter().map(|key| self.script.trouble(key)).collect();
        for trouble in &troubles {
            call.add(*trouble);
        }
        let kind = text("type");
        let refusal = if keys.is_empty() {
            Some(said(80_501, "pushkey参数错误"))
        } else if text("text").is_empty() {
            Some(said(80_501, "text参数错误"))
        } else if !["", "markdown", "text", "image"].contains(&kind.as_str()) {
            Some(said(80_501, "type参数错误"))
        } else {
            keys.iter().zip(&troubles).find_map(|(key, trouble)| self.fault(key, trouble.fault))
        };
        let body = Value::Object(fields);
        if let Some(reply) = refusal {
            return Served::noted(Reply { slow: call.slow, ..reply }, Kind::Pushdeer, Vec::new(), body);
        }
        let devices = troubles.iter().filter(|trouble| trouble.fault != Some(Fault::NoDevice));
        let result: Vec<Value> = devices.map(|_| json!(r#"{"counts":1,"logs":[],"success":"ok"}"#)).collect();
        let done = Reply::json(200, json!({"code": 0, "content": {"result": result}}).to_string());
        let (reply, taken) = call.bend(done);
        Served::noted(reply, Kind::Pushdeer, if taken { keys } else { Vec::new() }, body)
    }

    fn fault(&self, key: &str, fault: Option<Fault>) -> Option<Reply> {
        match fault {
            // The real one trips over the missing owner.
            _ if !key.starts_with("PDU") || self.script.refuses(key) => Some(crash()),
            Some(Fault::Dead | Fault::Unknown) => Some(crash()),
            Some(Fault::Blocked | Fault::Poison) => Some(said(80_501, "用户已被禁用")),
            Some(Fault::Quota) => Some(Reply::html(429, "Too Many Requests").retry_after(60)),
            Some(Fault::Busy) => Some(said(80_502, "远程服务错误")),
            Some(Fault::Flaky) if self.met.first_time(key) => {
                Some(Reply::html(429, "Too Many Requests").retry_after(1))
            }
            _ => None,
        }
    }
}

impl Protocol for Pushdeer {
    fn kind(&self) -> Kind {
        Kind::Pushdeer
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        Reply::html(429, "Too Many Requests")
            .retry_after(wait.as_secs() + 1)
            .header("x-ratelimit-limit", "60")
            .header("x-ratelimit-remaining", "0")
    }

    fn answer(&self, request: &Request) -> Served {
        match (&request.method, request.uri.path()) {
            (&Method::POST | &Method::GET, "/message/push") => self.push(request),
            _ => Served::plain(Reply::html(404, "404 Not Found")),
        }
    }
}

fn said(code: i64, error: &str) -> Reply {
    Reply::json(200, json!({"code": code, "error": error}).to_string())
}

fn crash() -> Reply {
    Reply::html(500, "Server Error")
}

#[cfg(test)]
mod tests;
