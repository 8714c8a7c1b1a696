//! WeCom's group robot: the key in the query is the group, always HTTP 200, `errcode` in the body.
//!
//! UNVERIFIED: what `markdown_v2` may be long, and which code a wrong body has beyond 4xxxx.

use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Wecom {
    script: Script,
    met: Met,
}

type Refusal = (i64, String);

fn refuse<T>(code: i64, text: &str) -> Result<T, Refusal> {
    Err((code, text.to_owned()))
}

impl Wecom {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default() }
    }

    fn send(&self, request: &Request) -> Served {
        let key = request.parameter("key");
        let trouble = self.script.trouble(&key);
        let body = request.object();
        let checked = self.fault(&key, trouble.fault).and_then(|()| match &body {
            None if request.body.is_empty() => refuse(44_002, "empty post data"),
            None => refuse(47_001, "data format error"),
            Some(body) => check(body),
        });
        let body = body.map_or_else(|| request.raw(), Value::Object);
        match checked {
            Err(refusal) => Served::refused(said(&refusal), Kind::Wecom, trouble, body),
            Ok(()) => Served::accepted(said(&(0, "ok".to_owned())), Kind::Wecom, trouble, &key, body),
        }
    }

    fn fault(&self, key: &str, fault: Option<Fault>) -> Result<(), Refusal> {
        let formed = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match fault {
            _ if !formed || self.script.refuses(key) => refuse(93_000, "invalid webhook url"),
            Some(Fault::Dead | Fault::Unknown) => refuse(93_000, "invalid webhook url"),
            Some(Fault::Blocked) => refuse(60_020, "not allow to access from your ip"),
            Some(Fault::Quota) => refuse(45_009, "api freq out of limit"),
            Some(Fault::Busy) => refuse(-1, "system busy"),
            Some(Fault::Poison) => refuse(40_058, "invalid Request Parameter"),
            Some(Fault::Flaky) if self.met.first_time(key) => refuse(45_009, "api freq out of limit"),
            _ => Ok(()),
        }
    }
}

impl Protocol for Wecom {
    fn kind(&self) -> Kind {
        Kind::Wecom
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        said(&(45_009, "api freq out of limit".to_owned()))
    }

    fn answer(&self, request: &Request) -> Served {
        match (&request.method, request.uri.path()) {
            (&Method::POST, "/cgi-bin/webhook/send") => self.send(request),
            (_, "/cgi-bin/webhook/send") => Served::plain(said(&(43_002, "require POST method".to_owned()))),
            _ => Served::plain(Reply::html(404, "404 Not Found")),
        }
    }
}

fn said((code, text): &Refusal) -> Reply {
    Reply::json(200, json!({"errcode": code, "errmsg": text}).to_string())
}

fn check(body: &Map<String, Value>) -> Result<(), Refusal> {
    let kind = body.get("msgtype").and_then(Value::as_str).unwrap_or_default();
    let most = match kind {
        "text" => 2_048,
        "markdown" | "markdown_v2" => 4_096,
        "news" | "image" | "file" | "template_card" => {
            let there = body.get(kind).is_some_and(Value::is_object);
            return if there { Ok(()) } else { refuse(40_058, "invalid Request Parameter") };
        }
        _ => return refuse(40_008, "invalid message type"),
    };
    let object = body.get(kind).and_then(Value::as_object);
    let Some(content) = object.and_then(|object| object.get("content")).and_then(Value::as_str) else {
        return refuse(40_058, &format!("{kind}.content missing. invalid Request Parameter"));
    };
    if content.is_empty() {
        return refuse(44_004, "empty content");
    }
    if content.len() > most {
        return refuse(
            40_058,
            &format!("{kind}.content exceed max length {most}. invalid Request Parameter"),
        );
    }
    for name in ["mentioned_list", "mentioned_mobile_list"] {
        let list = object.and_then(|object| object.get(name));
        let sound = list.is_none_or(|list| {
            list.is_null() || list.as_array().is_some_and(|names| names.iter().all(Value::is_string))
        });
        if !sound {
            return refuse(40_058, &format!("{kind}.{name} invalid Request Parameter"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
