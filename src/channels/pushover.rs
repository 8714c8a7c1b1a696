//! Pushover: an application's token, people and groups by their key.
//!
//! HTML is cut down to the few tags that Pushover shows. What counts to the 1,024 characters is the message as it is
//! sent, tags and all (UNVERIFIED: that is the careful reading), so the payload is what is measured. Line ends are kept
//! beside HTML (UNVERIFIED).

use std::borrow::Cow;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::face::Face;
use super::field::{base_url, required_secret, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::reading::http;
use super::spec::{AddressSpec, Limit, Limits, Repeat, Spec, Unit, Wire, Words};
use super::tagged::{in_tags, with_breaks};
use super::text::{cut, first_line, one_line};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod answer;
mod fields;

const PUBLIC: &str = "https://api.pushover.net";
const TITLE: Limit = Limit { max: 250, unit: Unit::Chars };
const MESSAGE: Limit = Limit { max: 1_024, unit: Unit::Chars };
const LINK: Limit = Limit { max: 512, unit: Unit::Chars };
/// Of the link's words.
const LABEL: Limit = Limit { max: 100, unit: Unit::Chars };
const TAGS: &[&str] = &["b", "i", "u", "a"];
/// The one that is repeated until somebody acknowledges it, and has to say how often and how long.
const EMERGENCY: &str = "2";
const RETRY: &str = "900";
const EXPIRE: &str = "3600";

static SPEC: Spec = Spec {
    id: "pushover",
    label: Words::new("Pushover", "Pushover"),
    about: Words::new("people and groups on Pushover, by user key", "Pushover 上的人和群组，凭用户密钥"),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("User or group key", "用户或群组密钥"),
        secret: true,
        example: "uxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    },
    formats: &[Format::Html, Format::Text],
    has_summary: false,
    limits: Limits { title: Some(TITLE), summary: None, body: None, url: Some(LINK), payload: Some(MESSAGE) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    // More connections at once are called impolite (UNVERIFIED).
    concurrency: 2,
    timeout_s: 30,
    repeat: Repeat::Duplicates,
    wire: Wire::Http,
};

/// The kind `pushover`.
#[derive(Debug, Clone, Copy)]
pub struct Pushover;

impl Kind for Pushover {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        // The mailbox that Pushover gives each user names the key too.
        let typed = usable(typed)?;
        let key = typed.strip_suffix("@api.pushover.net").unwrap_or(typed);
        let usual = key.len() == 30 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let warning = if usual { None } else { Some(AddressWarning::Shape) };
        Ok(ReadAddress { value: Secret::new(usable(key)?), warning, host: None })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [Target { to: To::Person(user), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one key".to_owned()));
        };
        // Keys with commas between them are several people, and one verdict would be everybody's.
        if user.expose().contains(',') {
            return Err(BuildError::BadAddress("it is more than one key".to_owned()));
        }
        let token = app_token(account)?;
        let base = base_url(account, PUBLIC)?;
        let (title, message) = (title(content), message(account, content)?);
        if message.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let has = MESSAGE.unit.count(&message);
        if has > MESSAGE.max {
            return Err(BuildError::BadContent(MESSAGE.over(has)));
        }
        if !LINK.fits(&content.url) {
            let why = format!("the link has more than {} characters", LINK.max);
            return Err(BuildError::BadContent(why));
        }
        let setting = |name| account.setting(name).unwrap_or_default();
        let is_emergency = setting("priority") == EMERGENCY;
        let urgent = |name, otherwise| {
            if is_emergency { account.setting(name).unwrap_or(otherwise) } else { "" }
        };
        let has_link = !content.url.is_empty();
        let mut pairs = vec![
            ("token", token.expose()),
            ("user", user.expose()),
            ("title", &title),
            ("message", &message),
            ("html", if is_html(account, content) { "1" } else { "" }),
            ("monospace", if is_monospace(account) { "1" } else { "" }),
            ("url", &content.url),
            ("url_title", if has_link { cut(setting("url_title"), LABEL) } else { "" }),
            ("priority", setting("priority")),
            ("retry", urgent("retry", RETRY)),
            ("expire", urgent("expire", EXPIRE)),
            ("sound", setting("sound")),
            ("device", setting("device")),
            // An emergency lives until it is acknowledged.
            ("ttl", if is_emergency { "" } else { setting("ttl") }),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        let secrets = vec![token.clone(), user.clone()];
        let call = HttpCall::form(format!("{base}/1/messages.json"), &pairs, secrets);
        Ok(Call::Http(call.over(transport(account))))
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, |http| answer::judge(targets, http))
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        let (token, base) = (app_token(account)?, base_url(account, PUBLIC)?);
        // What the application may still send this month: it asks for the token and tells nobody anything. Checking a
        // user key would need one.
        let query: String = url::form_urlencoded::byte_serialize(token.expose().as_bytes()).collect();
        let url = format!("{base}/1/apps/limits.json?token={query}");
        Ok(Some(Call::Http(HttpCall::bare(Method::Get, url, vec![token]).over(transport(account)))))
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::banner(&content.title, "", &content.plain)
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        http(answer).map_or_else(|reading| reading, answer::judge_verify)
    }

    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        if content.body.trim().is_empty() {
            return one_line(&content.title);
        }
        match content.format {
            Format::Html => in_tags(content, TAGS)
                .map_or(Cow::Borrowed(content.plain.as_str()), |text| Cow::Owned(with_breaks(&text))),
            Format::Text | Format::Markdown => Cow::Borrowed(&content.plain),
        }
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        let message = message(account, content);
        Some(MESSAGE.unit.count(message.as_deref().unwrap_or(&content.body)))
    }
}

/// The token without the blanks that came along when it was pasted.
fn app_token(account: &Account) -> Result<Secret, BuildError> {
    Ok(Secret::new(required_secret(account, "app_token")?.expose().trim()))
}

fn is_monospace(account: &Account) -> bool {
    account.setting("monospace") == Some("yes")
}

/// Both at once are refused.
fn is_html(account: &Account, content: &Content) -> bool {
    content.format == Format::Html && !is_monospace(account) && !content.body.trim().is_empty()
}

/// The title as it goes out; the body's beginning where there is none.
fn title(content: &Content) -> String {
    let title = one_line(&content.title);
    if content.body.trim().is_empty() {
        String::new()
    } else if title.is_empty() {
        cut(first_line(&content.plain), TITLE).to_owned()
    } else {
        cut(&title, TITLE).to_owned()
    }
}

/// The message: the body, or the title if that is all there is.
fn message<'a>(account: &Account, content: &'a Content) -> Result<Cow<'a, str>, BuildError> {
    Ok(if is_html(account, content) {
        Cow::Owned(in_tags(content, TAGS)?)
    } else if content.body.trim().is_empty() {
        one_line(&content.title)
    } else {
        Cow::Borrowed(content.plain.trim_end())
    })
}
