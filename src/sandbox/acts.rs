//! What people do by themselves, and a provider tells: they follow, write, tap, scan, pay. Nobody is here to do it, so
//! whoever tries the sandbox out says who does what; and before that, as on a provider's own page, where it is told.
//!
//! `POST /sandbox/callback` takes `url` and, for WeChat, `token` and `aes_key`; `POST /sandbox/act` takes `who`, `does`
//! and `text`. Forms and JSON are both good.

use std::sync::{Mutex, PoisonError};

use hyper::Method;
use serde_json::{Map, Value};

use super::http::{Callback, Reply, Request, Served};
use super::script::Receiver;

/// Where a receiver is set.
pub(super) const CALLBACK: &str = "/sandbox/callback";

/// Where people act.
pub(super) const ACT: &str = "/sandbox/act";

/// What somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Does {
    /// Follows; by a code with that scene, if it is not empty.
    Follow(String),
    Unfollow,
    /// Follows already and scans a code.
    Scan(String),
    Write(String),
    /// Taps an entry of a menu.
    Tap(String),
    /// Pays so many hundredths of a yuan; less than none is a refund.
    Pay(i64),
    /// Something that no client knows yet.
    Other(String),
}

impl Does {
    const WORDS: &str = "follow, unfollow, scan, write, tap, pay or a word of your own";

    fn read(does: &str, text: String) -> Option<Self> {
        Some(match does {
            "follow" => Self::Follow(text),
            "unfollow" => Self::Unfollow,
            "scan" => Self::Scan(text),
            "write" => Self::Write(text),
            "tap" => Self::Tap(text),
            "pay" => Self::Pay(text.parse().ok()?),
            "" => return None,
            other => Self::Other(other.to_owned()),
        })
    }
}

/// Who is told.
#[derive(Debug)]
pub(super) struct Told(Mutex<Option<Receiver>>);

impl Told {
    pub(super) const fn new(receiver: Option<Receiver>) -> Self {
        Self(Mutex::new(receiver))
    }

    pub(super) fn receiver(&self) -> Option<Receiver> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers what is said to the sandbox itself; `told` makes of an act what the provider tells.
    pub(super) fn answer(
        &self,
        request: &Request,
        told: impl FnOnce(&str, &Does) -> Option<Callback>,
    ) -> Option<Served> {
        let path = request.uri.path();
        if request.method != Method::POST || ![CALLBACK, ACT].contains(&path) {
            return None;
        }
        let Some(fields) = request.fields() else { return Some(said(400, "that is no JSON")) };
        let field = |name: &str| text(&fields, name);
        if path == CALLBACK {
            if !field("url").starts_with("http://") {
                return Some(said(400, "url is where to post, http:// and on this machine"));
            }
            let receiver = Receiver {
                url: field("url"),
                token: field("token"),
                aes_key: Some(field("aes_key")).filter(|key| !key.is_empty()),
            };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
            return Some(said(200, "what people do is told there from now on"));
        }
        if self.receiver().is_none() {
            return Some(said(409, "nobody is told: POST url=... to /sandbox/callback first"));
        }
        let who = field("who");
        let Some(does) = Does::read(&field("does"), field("text")).filter(|_| !who.is_empty()) else {
            return Some(said(400, &format!("who is an address, does is {}", Does::WORDS)));
        };
        let Some(callback) = told(&who, &does) else {
            return Some(said(422, "the real one tells nothing of that"));
        };
        Some(Served { later: Some(callback), ..said(200, "done, and told") })
    }
}

/// Says to a server of the sandbox at `base` what `path` takes; whether it took it.
pub(super) async fn say(base: &str, path: &str, fields: &[(&str, &str)]) -> bool {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let content_type = "application/x-www-form-urlencoded";
    Callback { url: format!("{base}{path}"), content_type, body }.post().await == Some(200)
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn said(status: u16, text: &str) -> Served {
    Served::plain(Reply::text(status, format!("{text}\n")))
}
