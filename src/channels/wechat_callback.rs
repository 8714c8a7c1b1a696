//! What WeChat tells: follows, scans, messages, and what became of template messages.
//!
//! Every request carries a signature over the channel's `callback_token`; with an `aes_key` the body is encrypted, and
//! then nothing that is not encrypted is believed: the plain signature says nothing about the body. Bodies are XML or
//! JSON, as the account is set.

use std::collections::BTreeMap;

use super::callback::{
    Allowance, Callback, Came, Event, Heard, Posted, Refusal, address, long, moment, short,
};
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::time::Millis;

mod body;
mod crypt;

use body::fields;

/// WeChat takes this for "heard", in every mode.
const HEARD: &str = "success";

/// A signature is good for so long before and after.
const FRESH_MS: i64 = 10 * 60 * 1_000;

/// What is echoed is a number; a few more signs are let through.
const LONGEST_ECHO: usize = 256;

const MINUTE_MS: i64 = 60_000;

/// Who sends a message may be sent five for two days.
const BY_MESSAGE: Allowance = Allowance { messages: Some(5), ms: 48 * 60 * MINUTE_MS };

/// Who follows, scans or taps may be sent three for a minute.
const BY_TOUCH: Allowance = Allowance { messages: Some(3), ms: MINUTE_MS };

/// Who enters the customer chat of a mini program may be sent two for a minute.
const BY_ENTERING: Allowance = Allowance { messages: Some(2), ms: MINUTE_MS };

/// Listens to WeChat.
#[derive(Debug, Clone, Copy)]
pub struct WeChatCallback;

impl Callback for WeChatCallback {
    fn secrets(&self) -> &'static [&'static str] {
        &["callback_token", "aes_key"]
    }

    fn read(&self, account: &Account, posted: &Posted<'_>, now: Millis) -> Result<Heard, Refusal> {
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(posted.query.as_bytes()).into_owned().collect();
        let query = |name: &str| query.get(name).map_or("", String::as_str);
        let secret = |name: &str| {
            account.secrets.get(name).map(|one| one.expose().trim()).filter(|one| !one.is_empty())
        };
        let token = secret("callback_token").ok_or(Refusal::Unset)?;
        let (timestamp, nonce) = (query("timestamp"), query("nonce"));
        if posted.asks {
            crypt::check_signature(&[token, timestamp, nonce], query("signature"))?;
            fresh(timestamp, now)?;
            let echo = query("echostr");
            let fits = echo.len() <= LONGEST_ECHO && echo.bytes().all(|byte| byte.is_ascii_graphic());
            let echoed = fits && !echo.contains(['<', '>', '&']);
            return if echoed {
                Ok(Heard { answer: echo.to_owned(), came: Vec::new() })
            } else {
                Err(Refusal::Malformed)
            };
        }
        let opened;
        let told = if let Some(key) = secret("aes_key") {
            // Some accounts send both forms in one body: only the sealed one counts.
            let outer = fields(posted.body).ok_or(Refusal::Malformed)?;
            let sealed = outer.get("Encrypt").map(String::as_str).ok_or(Refusal::Forged)?;
            crypt::check_signature(&[token, timestamp, nonce, sealed], query("msg_signature"))?;
            fresh(timestamp, now)?;
            let app = account.settings.get("app_id").map(|id| id.trim()).filter(|id| !id.is_empty());
            opened = crypt::open(key, sealed, app.ok_or(Refusal::Unset)?)?;
            opened.as_slice()
        } else {
            crypt::check_signature(&[token, timestamp, nonce], query("signature"))?;
            fresh(timestamp, now)?;
            posted.body
        };
        let told = Told { fields: fields(told).ok_or(Refusal::Malformed)?, raw: told };
        if told.of("MsgType").is_empty() && !told.of("Encrypt").is_empty() {
            // The account seals what it sends, and nobody has set with what.
            return Err(Refusal::Unset);
        }
        Ok(Heard { answer: HEARD.to_owned(), came: vec![told.came(now)] })
    }
}

fn fresh(timestamp: &str, now: Millis) -> Result<(), Refusal> {
    let at: i64 = timestamp.parse().map_err(|_| Refusal::Forged)?;
    let off = now.0.saturating_sub(at.saturating_mul(1_000)).saturating_abs();
    if off <= FRESH_MS { Ok(()) } else { Err(Refusal::Stale) }
}

/// One message of WeChat.
struct Told<'a> {
    fields: BTreeMap<String, String>,
    raw: &'a [u8],
}

impl Told<'_> {
    fn of(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }

    /// Messages spell it one way and receipts the other.
    fn id(&self) -> &str {
        let id = self.of("MsgId");
        if id.is_empty() { self.of("MsgID") } else { id }
    }

    fn came(&self, now: Millis) -> Came {
        let person = address(self.of("FromUserName"));
        let (event, allows) = match person {
            Some(_) => self.event(),
            None => (None, None),
        };
        let created = self.of("CreateTime");
        let kind = self.of("MsgType");
        let key = match (&event, kind) {
            (Some(Event::Receipt { .. }), _) => format!("receipt|{}|{}", self.id(), self.of("Status")),
            // Messages have an id; events only their person and second.
            (_, kind) if kind != "event" && !self.id().is_empty() => format!("message|{}", self.id()),
            _ => {
                let what =
                    [self.of("FromUserName"), created, self.of("Event"), self.of("EventKey"), self.id()];
                format!("event|{}|{}", what.join("|"), self.of("Content"))
            }
        };
        // Pictures and such: what they are stands in the words of WeChat.
        let keeps = event.is_none() || (kind != "text" && matches!(event, Some(Event::Text { .. })));
        Came {
            at: moment(created.parse::<i64>().ok().map(|s| s.saturating_mul(1_000)), now),
            raw: if keeps { long(&String::from_utf8_lossy(self.raw)) } else { String::new() },
            event: event.unwrap_or_else(|| Event::Other { action: short(self.called()) }),
            name: String::new(),
            app: String::new(),
            address: person,
            allows,
            key,
        }
    }

    fn called(&self) -> &str {
        if self.of("MsgType") == "event" { self.of("Event") } else { self.of("MsgType") }
    }

    fn event(&self) -> (Option<Event>, Option<Allowance>) {
        let scene = || {
            let key = self.of("EventKey");
            short(key.strip_prefix("qrscene_").unwrap_or(key))
        };
        match (self.of("MsgType"), self.of("Event")) {
            ("event", "subscribe") => (Some(Event::Follow { scene: scene() }), Some(BY_TOUCH)),
            ("event", "SCAN") => (Some(Event::Scan { scene: scene() }), Some(BY_TOUCH)),
            ("event", "unsubscribe") => (Some(Event::Unfollow { forget: true }), None),
            // That scans and pictures from the menu open the window as its taps do is UNVERIFIED.
            ("event", "CLICK" | "scancode_push" | "scancode_waitmsg" | "location_select") => {
                (Some(Event::Tap { key: short(self.of("EventKey")) }), Some(BY_TOUCH))
            }
            ("event", kind) if kind.starts_with("pic_") => {
                (Some(Event::Tap { key: short(self.of("EventKey")) }), Some(BY_TOUCH))
            }
            // A tap on a link opens a page and allows nothing.
            ("event", "VIEW" | "view_miniprogram") => {
                (Some(Event::Tap { key: short(self.of("EventKey")) }), None)
            }
            ("event", "user_enter_tempsession") => {
                (Some(Event::Tap { key: short(self.of("SessionFrom")) }), Some(BY_ENTERING))
            }
            ("event", "TEMPLATESENDJOBFINISH") => (self.receipt(), None),
            ("event", _) => (None, None),
            ("text", _) => (Some(Event::Text { text: long(self.of("Content")) }), Some(BY_MESSAGE)),
            ("voice", _) if !self.of("Recognition").is_empty() => {
                (Some(Event::Text { text: long(self.of("Recognition")) }), Some(BY_MESSAGE))
            }
            (
                kind @ ("image" | "voice" | "video" | "shortvideo" | "location" | "link" | "miniprogrampage"),
                _,
            ) => (Some(Event::Text { text: format!("[{kind}]") }), Some(BY_MESSAGE)),
            _ => (None, None),
        }
    }

    fn receipt(&self) -> Option<Event> {
        // Where a message has an id of ours, theirs was seen to be 0 here (UNVERIFIED): then the person has to do.
        let id = self.id();
        if id.is_empty() || id.len() > 64 {
            return None;
        }
        let receipt = if id == "0" { String::new() } else { super::wechat::receipt(id) };
        let status = self.of("Status");
        // Spaces vary.
        let said: String = status.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        let arrived = match said.as_str() {
            "success" => Ok(()),
            "failed:userblock" => Err(Class::Blocked),
            "failed:systemfailed" => Err(Class::Provider),
            "failed:freqlimit" => Err(Class::RateLimit),
            _ if said.starts_with("failed") => Err(Class::Unclassified),
            // Neither of them: it proves nothing.
            _ => return None,
        };
        // As the answer to the sending is kept.
        Some(Event::Receipt { receipt, arrived, text: short(status) })
    }
}

#[cfg(test)]
mod tests;
