//! WeChat Official Account as its reference page has it: HTTP 200 always, `errcode` in the body, a `rid` behind.
//!
//! One account of any appid. Passes are in `tokens`, templates and their values in `templates`, followers, tags
//! and codes in `people`, what the account's own server is told in `events`.

mod calls;
mod events;
mod people;
mod templates;
mod tokens;
mod windows;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::Method;
use serde_json::{Map, Value, json};

use super::acts::Told;
use super::fault::{Fault, Met, Trouble};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;
use people::People;
use templates::Store;
use tokens::Tokens;
use windows::Windows;

/// The account's state.
pub(super) struct Wechat {
    script: Script,
    met: Met,
    tokens: Tokens,
    people: People,
    next: AtomicI64,
    /// Sends with a `client_msg_id`: when, and as which message.
    guarded: Mutex<HashMap<(String, String), (i64, i64)>>,
    told: Told,
    windows: Windows,
}

/// Beyond 32 bits, as the real ones may be.
const FIRST_MESSAGE: i64 = 3_000_000_000;
/// How long a `client_msg_id` guards.
const GUARDED: i64 = 600;

/// Code and text of a refusal.
type Refusal = (i64, String);
type Checked<T> = Result<T, Refusal>;

fn refuse<T>(code: i64, text: impl Into<String>) -> Checked<T> {
    Err((code, text.into()))
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Wechat {
    pub(super) fn new(script: Script) -> Self {
        let tokens = Tokens::new(script.pass);
        let people = People::new(script.followers, script.fault_words);
        Self {
            told: Told::new(script.callback.clone()),
            windows: Windows::default(),
            script,
            met: Met::default(),
            tokens,
            people,
            next: AtomicI64::new(FIRST_MESSAGE),
            guarded: Mutex::default(),
        }
    }

    fn route(&self, request: &Request) -> Served {
        if let Some(served) = self.told.answer(request, |who, does| self.tell(who, does)) {
            return served;
        }
        let path = request.uri.path();
        let sends = matches!(
            path,
            "/cgi-bin/message/template/send"
                | "/cgi-bin/message/custom/send"
                | "/cgi-bin/message/subscribe/bizsend"
        );
        let admitted = demanded(request, path).and_then(|()| match path {
            "/cgi-bin/stable_token" | "/cgi-bin/token" => Ok(()),
            _ => self.tokens.admit(&request.parameter("access_token"), now()),
        });
        let body = match admitted.and_then(|()| read(request)) {
            Ok(body) => body,
            Err(refusal) if sends => {
                return Served::refused(refused(&refusal), Kind::Wechat, Trouble::default(), request.raw());
            }
            Err(refusal) => return Served::plain(refused(&refusal)),
        };
        match path {
            "/cgi-bin/message/template/send" => self.template(body, Store::Template),
            "/cgi-bin/message/subscribe/bizsend" => self.template(body, Store::Subscribe),
            "/cgi-bin/message/custom/send" => self.custom(body),
            "/cgi-bin/qrcode/create" => self.code(&body),
            "/cgi-bin/stable_token" => Served::plain(verdict(self.pass(&body, true))),
            "/cgi-bin/token" => Served::plain(verdict(self.pass(&texts(request), false))),
            _ => Served::plain(verdict(self.call(request, path, &body))),
        }
    }

    fn pass(&self, given: &Map<String, Value>, stable: bool) -> Checked<Value> {
        let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
        let (appid, secret) = (text("appid"), text("secret"));
        if text("grant_type") != "client_credential" {
            return refuse(40_002, "invalid grant_type");
        }
        if appid.is_empty() {
            return refuse(41_002, "appid missing");
        }
        if !appid.starts_with("wx") {
            return refuse(40_013, "invalid appid");
        }
        if secret.is_empty() {
            return refuse(41_004, "appsecret missing");
        }
        if self.script.refuses(secret) || self.script.secret.as_deref().is_some_and(|right| right != secret) {
            return refuse(40_125, "invalid appsecret, view more at http://t.cn/RAEkdVq");
        }
        let force = match given.get("force_refresh") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(force)) => *force,
            Some(_) => return refuse(47_001, "data format error"),
        };
        let (token, left) =
            if stable { self.tokens.stable(appid, force, now()) } else { self.tokens.classic(appid, now()) };
        Ok(json!({"access_token": token, "expires_in": left}))
    }

    fn template(&self, body: Map<String, Value>, store: Store) -> Served {
        let openid = text(&body, "touser").to_owned();
        let trouble = self.script.trouble(&openid);
        let checked = self
            .recipient(&openid, trouble.fault, store == Store::Subscribe)
            .and_then(|()| templates::check(&self.script.templates, store, &body))
            .and_then(|()| self.poisoned(trouble.fault, &body));
        if let Err(refusal) = checked {
            return Served::refused(refused(&refusal), Kind::Wechat, trouble, Value::Object(body));
        }
        let fresh = self.next.fetch_add(1, Ordering::Relaxed);
        let guard = text(&body, "client_msg_id");
        let (message, again) = if guard.is_empty() {
            (fresh, false)
        } else {
            let mut guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
            let now = now();
            guarded.retain(|_, (at, _)| now - *at < GUARDED);
            let entry = guarded.entry((openid.clone(), guard.to_owned()));
            let known = matches!(entry, std::collections::hash_map::Entry::Occupied(_));
            (entry.or_insert((now, fresh)).1, known)
        };
        let reply = Reply::json(200, json!({"errcode": 0, "errmsg": "ok", "msgid": message}).to_string());
        let event = self.receipt(&openid, message, trouble.fault, store);
        let mut served = Served::accepted(reply, Kind::Wechat, trouble, &openid, Value::Object(body));
        if again {
            // UNVERIFIED: what the real one answers. The person gets it once, so nothing is reached or told.
            served.message.iter_mut().for_each(|message| message.targets.clear());
        } else if served.message.as_ref().is_some_and(|message| !message.targets.is_empty()) {
            served.later = event;
        }
        served
    }

    fn custom(&self, body: Map<String, Value>) -> Served {
        let openid = text(&body, "touser").to_owned();
        let trouble = self.script.trouble(&openid);
        let window = |()| {
            if !self.script.fault_words {
                return Ok(());
            }
            match openid.to_ascii_lowercase() {
                id if id.contains("closed") => {
                    refuse(45_015, "response out of time limit or subscription is canceled")
                }
                id if id.contains("used") => refuse(45_047, "out of response count limit"),
                _ => Ok(()),
            }
        };
        let checked = self
            .recipient(&openid, trouble.fault, false)
            .and_then(|()| templates::check_custom(&body))
            .and_then(window)
            .and_then(|()| self.windows.spend(&openid, now()));
        match checked {
            Err(refusal) => Served::refused(refused(&refusal), Kind::Wechat, trouble, Value::Object(body)),
            Ok(()) => Served::accepted(done(), Kind::Wechat, trouble, &openid, Value::Object(body)),
        }
    }

    /// What becomes of a message to this person, before anybody looks at it.
    fn recipient(&self, openid: &str, fault: Option<Fault>, granted: bool) -> Checked<()> {
        if !people::formed(openid) {
            return refuse(40_003, "invalid openid");
        }
        match fault {
            Some(Fault::Dead) => refuse(43_004, "require subscribe"),
            Some(Fault::Unknown) => refuse(40_003, "invalid openid"),
            Some(Fault::Blocked) if granted => refuse(43_101, "user refuse to accept the msg"),
            Some(Fault::Blocked) => refuse(43_019, "require remove blacklist"),
            _ if self.people.is_blacklisted(openid) => refuse(43_019, "require remove blacklist"),
            Some(Fault::Quota) => refuse(45_009, "reach max api daily quota limit"),
            Some(Fault::Busy) => refuse(-1, "system error"),
            Some(Fault::Flaky) if self.met.first_time(openid) => {
                refuse(45_011, "api minute-quota reach limit, must slower, retry next minute")
            }
            _ => Ok(()),
        }
    }

    fn poisoned(&self, fault: Option<Fault>, body: &Map<String, Value>) -> Checked<()> {
        if fault != Some(Fault::Poison) {
            return Ok(());
        }
        let key = body.get("data").and_then(Value::as_object).and_then(|data| data.keys().next());
        templates::invalid(key.map_or("thing1", String::as_str))
    }

    fn code(&self, body: &Map<String, Value>) -> Served {
        match self.people.create_code(body, now()) {
            Ok((answer, scan)) => {
                let mut served = Served::plain(Reply::json(200, answer.to_string()));
                served.later = self.scanned(&scan);
                served
            }
            Err(refusal) => Served::plain(refused(&refusal)),
        }
    }
}

impl Protocol for Wechat {
    fn kind(&self) -> Kind {
        Kind::Wechat
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, _: Duration) -> Reply {
        refused(&(45_011, "api minute-quota reach limit, must slower, retry next minute".to_owned()))
    }

    fn answer(&self, request: &Request) -> Served {
        self.route(request)
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn texts(request: &Request) -> Map<String, Value> {
    request.query().into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

/// Whether a path is there, and called by the right method.
fn demanded(request: &Request, path: &str) -> Checked<()> {
    let Some(posted) = calls::posted(path) else { return refuse(40_066, "invalid url") };
    match (posted, &request.method) {
        (true, &Method::POST) | (false, &Method::GET) => Ok(()),
        (true, _) => refuse(43_002, "require POST method"),
        (false, _) => refuse(43_001, "require GET method"),
    }
}

/// The body of a POST: JSON in raw UTF-8, whatever its content type says.
fn read(request: &Request) -> Checked<Map<String, Value>> {
    if request.method == Method::GET {
        return Ok(Map::new());
    }
    if request.body.is_empty() {
        return refuse(44_002, "empty post data");
    }
    let Some(body) = request.object() else { return refuse(47_001, "data format error") };
    if escapes(&request.body) {
        return refuse(
            40_033,
            "invalid charset. please check your request, if include \\uxxxx will create fail!",
        );
    }
    Ok(body)
}

/// Whether a character beyond ASCII stands there as `\uXXXX`.
fn escapes(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|b| *b == b'\\') {
        let hex = rest.get(at + 2..at + 6).and_then(|hex| std::str::from_utf8(hex).ok());
        if rest.get(at + 1) == Some(&b'u')
            && hex.is_some_and(|hex| u16::from_str_radix(hex, 16).unwrap_or(0) > 0x7f)
        {
            return true;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

fn done() -> Reply {
    Reply::json(200, r#"{"errcode":0,"errmsg":"ok"}"#)
}

fn verdict(checked: Checked<Value>) -> Reply {
    match checked {
        Ok(value) => Reply::json(200, value.to_string()),
        Err(refusal) => refused(&refusal),
    }
}

fn refused((code, text): &Refusal) -> Reply {
    let rid = format!("{text} rid: 5fccc1f3-5e0b6e1c-{:08x}", fastrand::u32(..));
    Reply::json(200, json!({"errcode": code, "errmsg": rid}).to_string())
}

#[cfg(test)]
mod tests;
