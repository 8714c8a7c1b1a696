//! Telegram's Bot API as far as a sender uses it: `ok`, or an error that has its HTTP status in the body too.
//!
//! The bot's token is in the path. Chats have numbers, or a public `@name`; words of trouble go into the name,
//! and numbers that begin with 999 and a status make that status ([`by_number`]).

mod markup;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Met, Trouble};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Telegram {
    script: Script,
    met: Met,
    next: AtomicI64,
}

/// The longest text, once its markup is gone.
const TEXT: usize = 4_096;
const FIRST: i64 = 1_001;

/// A refusal as Telegram words it.
type Refusal = (u16, String, Option<Value>);

impl Telegram {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default(), next: AtomicI64::new(FIRST) }
    }

    fn call(&self, request: &Request) -> Served {
        let Some((token, method)) =
            request.uri.path().strip_prefix("/bot").and_then(|rest| rest.split_once('/'))
        else {
            return Served::plain(refused((404, "Not Found".to_owned(), None)));
        };
        // A token that cannot be one is no path; one of the right form is refused for itself.
        let formed = token.split_once(':').is_some_and(|(bot, secret)| {
            !bot.is_empty()
                && bot.bytes().all(|b| b.is_ascii_digit())
                && !secret.is_empty()
                && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        });
        if !formed {
            return Served::plain(refused((404, "Not Found".to_owned(), None)));
        }
        if self.script.refuses(token) {
            return Served::plain(refused((401, "Unauthorized".to_owned(), None)));
        }
        if !matches!(request.method, Method::GET | Method::POST) {
            return Served::plain(refused((405, "Method Not Allowed".to_owned(), None)));
        }
        let Some(fields) = request.fields() else {
            let text = "Bad Request: can't parse JSON object".to_owned();
            return Served::refused(
                refused((400, text, None)),
                Kind::Telegram,
                Trouble::default(),
                request.raw(),
            );
        };
        // Methods are known in any case.
        match method.to_ascii_lowercase().as_str() {
            "getme" => Served::plain(done(json!({"id": 1_000_001, "is_bot": true,
                "first_name": "sandbox", "username": "sandbox_bot"}))),
            "sendmessage" => self.send(fields),
            "getchat" => Served::plain(self.chat(&fields)),
            "deletemessage" => Served::plain(self.delete(&fields)),
            _ => Served::plain(refused((404, "Not Found".to_owned(), None))),
        }
    }

    fn send(&self, fields: Map<String, Value>) -> Served {
        let chat = match address(&fields) {
            Ok(chat) => chat,
            Err(refusal) => {
                return Served::refused(
                    refused(refusal),
                    Kind::Telegram,
                    Trouble::default(),
                    Value::Object(fields),
                );
            }
        };
        let trouble = self.trouble(&chat);
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let checked = self.fault(&chat, trouble.fault, &fields).and_then(|()| check(&fields));
        let reply = match checked {
            Ok(text) => done(json!({"message_id": id, "date": jiff::Timestamp::now().as_second(),
                "chat": described(&chat), "text": text})),
            Err(refusal) => {
                return Served::refused(refused(refusal), Kind::Telegram, trouble, Value::Object(fields));
            }
        };
        Served::accepted(reply, Kind::Telegram, trouble, &chat, Value::Object(fields))
    }

    fn trouble(&self, chat: &str) -> Trouble {
        let trouble = self.script.trouble(chat);
        match by_number(chat) {
            Some(fault) if self.script.fault_words => Trouble { fault: Some(fault), ..trouble },
            _ => trouble,
        }
    }

    fn fault(&self, chat: &str, fault: Option<Fault>, fields: &Map<String, Value>) -> Result<(), Refusal> {
        let (status, text) = match fault {
            _ if self.script.fault_words && chat.trim_start_matches('-').starts_with("999302") => {
                let text = "Bad Request: group chat was upgraded to a supergroup chat".to_owned();
                let new: i64 = format!("-100{}", &chat.trim_start_matches('-')[6..]).parse().unwrap_or(-100);
                return Err((400, text, Some(json!({"migrate_to_chat_id": new}))));
            }
            Some(Fault::Dead) => (403, "Forbidden: user is deactivated"),
            Some(Fault::Blocked) => (403, "Forbidden: bot was blocked by the user"),
            Some(Fault::Unknown) => (400, "Bad Request: chat not found"),
            Some(Fault::Quota) => {
                return Err(too_many(60));
            }
            Some(Fault::Busy) => (500, "Internal Server Error"),
            Some(Fault::Flaky) if self.met.first_time(chat) => return Err(too_many(1)),
            // So that falling back to plain text can be tried.
            Some(Fault::Poison) if fields.contains_key("parse_mode") => {
                (400, "Bad Request: can't parse entities: Unsupported start tag \"poison\" at byte offset 0")
            }
            _ => return Ok(()),
        };
        Err((status, text.to_owned(), None))
    }

    fn chat(&self, fields: &Map<String, Value>) -> Reply {
        match address(fields) {
            Ok(chat) if matches!(self.trouble(&chat).fault, Some(Fault::Unknown)) => {
                refused((400, "Bad Request: chat not found".to_owned(), None))
            }
            Ok(chat) => done(described(&chat)),
            Err(refusal) => refused(refusal),
        }
    }

    fn delete(&self, fields: &Map<String, Value>) -> Reply {
        let id = fields.get("message_id").and_then(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()));
        let sent = id.is_some_and(|id| (FIRST..self.next.load(Ordering::Relaxed)).contains(&id));
        match address(fields) {
            Ok(_) if sent => done(json!(true)),
            Ok(_) => refused((400, "Bad Request: message to delete not found".to_owned(), None)),
            Err(refusal) => refused(refusal),
        }
    }
}

impl Protocol for Telegram {
    fn kind(&self) -> Kind {
        Kind::Telegram
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        refused(too_many(wait.as_secs() + 1))
    }

    fn answer(&self, request: &Request) -> Served {
        self.call(request)
    }
}

/// `999403…` and the like: numbers cannot hold words.
fn by_number(chat: &str) -> Option<Fault> {
    let code = chat.trim_start_matches('-').strip_prefix("999")?.get(..3)?;
    Some(match code {
        "403" => Fault::Blocked,
        "400" => Fault::Unknown,
        "410" => Fault::Dead,
        "429" => Fault::Flaky,
        "500" => Fault::Busy,
        _ => return None,
    })
}

fn too_many(seconds: u64) -> Refusal {
    (429, format!("Too Many Requests: retry after {seconds}"), Some(json!({"retry_after": seconds})))
}

fn done(result: Value) -> Reply {
    Reply::json(200, json!({"ok": true, "result": result}).to_string())
}

fn refused((status, description, parameters): Refusal) -> Reply {
    let mut body = json!({"ok": false, "error_code": status, "description": description});
    if let Some(parameters) = parameters {
        body["parameters"] = parameters;
    }
    Reply::json(status, body.to_string())
}

fn described(chat: &str) -> Value {
    match chat.parse::<i64>() {
        Ok(id) if id < 0 => json!({"id": id, "type": "group", "title": "sandbox"}),
        Ok(id) => json!({"id": id, "type": "private", "first_name": "sandbox"}),
        Err(_) => json!({"id": -1_001_000_000_001_i64, "type": "channel", "username": &chat[1..]}),
    }
}

/// A number, as such or as text, or `@name`.
fn address(fields: &Map<String, Value>) -> Result<String, Refusal> {
    let bad = |text: &str| Err((400, format!("Bad Request: {text}"), None));
    match fields.get("chat_id") {
        None | Some(Value::Null) => bad("chat_id is empty"),
        Some(Value::Number(number)) if number.is_i64() => Ok(number.to_string()),
        Some(Value::String(text)) if text.is_empty() => bad("chat_id is empty"),
        Some(Value::String(text)) if text.starts_with('@') && text.len() > 1 => Ok(text.clone()),
        Some(Value::String(text)) if text.parse::<i64>().is_ok() => Ok(text.clone()),
        Some(_) => bad("chat not found"),
    }
}

/// The text as the chat shows it.
fn check(fields: &Map<String, Value>) -> Result<String, Refusal> {
    let bad = |text: String| Err((400, format!("Bad Request: {text}"), None));
    let text = match fields.get("text") {
        Some(Value::String(text)) => text.as_str(),
        None | Some(Value::Null) => "",
        Some(_) => return bad("field \"text\" must be of type String".to_owned()),
    };
    if fields.get("link_preview_options").is_some_and(|value| !value.is_object() && !value.is_string()) {
        return bad("field \"link_preview_options\" must be of type Object".to_owned());
    }
    let mode = fields.get("parse_mode").and_then(Value::as_str).unwrap_or_default();
    let shown = match mode.to_ascii_lowercase().as_str() {
        "" => Ok(text.to_owned()),
        "html" => markup::html(text),
        "markdownv2" => markup::markdown(text),
        "markdown" => Ok(text.to_owned()),
        _ => return bad("unsupported parse_mode".to_owned()),
    };
    let shown = match shown {
        Ok(shown) => shown,
        Err(text) => return bad(format!("can't parse entities: {text}")),
    };
    if shown.trim().is_empty() {
        return bad("message text is empty".to_owned());
    }
    if shown.chars().count() > TEXT {
        return bad("message is too long".to_owned());
    }
    Ok(shown)
}

#[cfg(test)]
mod tests;
