//! Bark: one device key, one JSON POST to a bark-server, which makes one APNs notification of it.
//!
//! Every value goes out as a string: the server turns numbers into `1e+06` and panics on some. A summary
//! becomes the subtitle. `id` is the
//! broadcast's key, so that a repeat replaces the first notification instead of standing beside it. The
//! server answers 500 for every refusal of Apple; the reason is the last word of its message. People who get the same
//! text share a call where the server takes batches. With encryption everything but keys, iv and id is inside.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;

use super::answer::Answer;
use super::call::{Call, HttpCall, Method};
use super::desk::Desk;
use super::face::Face;
use super::field::{base_url, host, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::pass::Departure;
use super::reading::http;
use super::spec::{AddressSpec, ErrorBudget, Limit, Limits, Rate, Repeat, Spec, Unit, Wire, Words};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use cipher::Scheme;
use parts::{ClearPush, Keys, Says, SealedPush};

const PUBLIC: &str = "https://api.day.app";
const PAYLOAD: Limit = Limit { max: 4_096, unit: Unit::Bytes };
/// So many people in one call of a server of one's own, unless another number is set: the server has no limit of its
/// own, and its answer waits for the slowest of them.
const USUAL_BATCH: usize = 100;
/// Longer ids make APNs refuse the whole notification.
const MAX_ID: usize = 64;

static SPEC: Spec = Spec {
    id: "bark",
    label: Words::new("Bark", "Bark"),
    about: Words::new("iPhones with the Bark app, by device key", "装有 Bark 的 iPhone，凭设备密钥"),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("Device key", "设备密钥"),
        secret: true,
        example: "yh9cZ4kXxxxxxxxxxxxxxx",
    },
    formats: &[Format::Text, Format::Markdown],
    has_summary: true,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(PAYLOAD) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    concurrency: 32,
    timeout_s: 30,
    repeat: Repeat::Collapses,
    wire: Wire::Http,
};

/// The kind `bark`.
#[derive(Debug, Clone, Copy)]
pub struct Bark;

mod answer;
mod cipher;
mod desk;
mod fields;
mod parts;
mod payload;

/// The public server is shared by everybody, and guards itself (bark.md §9): 200 calls a second are fine, and over a
/// thousand refusals in five minutes keep the whole host out for a day.
const PUBLIC_RATE: Rate = Rate { calls: 200, per_ms: 1_000 };
const PUBLIC_ERRORS: ErrorBudget = ErrorBudget { most: 800, per: Duration::from_secs(300) };

fn is_public(settings: &BTreeMap<String, String>) -> bool {
    let base = settings.get("base_url").map(String::as_str).filter(|base| !base.is_empty());
    host(base.unwrap_or(PUBLIC)) == host(PUBLIC)
}

impl Kind for Bark {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn rate(&self, settings: &BTreeMap<String, String>) -> Option<Rate> {
        is_public(settings).then_some(PUBLIC_RATE)
    }

    /// It counts by the host that calls: how a message is sealed makes no other account.
    fn known_by(&self) -> Vec<&'static str> {
        vec!["base_url"]
    }

    fn error_budget(&self, settings: &BTreeMap<String, String>) -> Option<ErrorBudget> {
        is_public(settings).then_some(PUBLIC_ERRORS)
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        let (key, host) = if typed.contains("://") {
            let (key, host) = key_in_url(typed)
                .ok_or_else(|| BuildError::BadAddress("there is no device key in this URL".to_owned()))?;
            (key, Some(host))
        } else {
            (typed.to_owned(), None)
        };
        let usual = looks_like_key(&key);
        Ok(ReadAddress {
            value: Secret::new(key),
            warning: if usual { None } else { Some(AddressWarning::Shape) },
            host,
        })
    }

    fn home(&self, settings: &BTreeMap<String, String>) -> Option<String> {
        super::field::host(settings.get("base_url").map_or(PUBLIC, String::as_str))
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let keys: Option<Vec<&Secret>> = targets.iter().map(key_of).collect();
        let most = self.people_per_call(&account.settings);
        let (Some(keys), Some(first)) = (keys.filter(|keys| keys.len() <= most), targets.first()) else {
            let keys =
                if most == 1 { "one device key".to_owned() } else { format!("up to {most} device keys") };
            return Err(BuildError::BadAddress(format!("a call carries {keys}")));
        };
        if content.title.trim().is_empty() && content.plain.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let scheme = Scheme::of(account)?;
        let id = id_of(first.group());
        let size = payload::apns_size(account, content, id);
        if size > PAYLOAD.max {
            return Err(BuildError::BadContent(format!("it makes {size} bytes of at most {}", PAYLOAD.max)));
        }
        let exposed: Vec<&str> = keys.iter().map(|key| key.expose()).collect();
        let (to, says) = (Keys::of(&exposed), Says::of(account, content));
        let body = if let Some(scheme) = scheme {
            let sealed = scheme.seal(account, id, &payload::clear_json(&says)?)?;
            let (ciphertext, iv) = (&sealed.ciphertext, sealed.iv.as_deref());
            serde_json::to_vec(&SealedPush { to, ciphertext, iv, id })
        } else {
            serde_json::to_vec(&ClearPush { to, says: &says, id })
        };
        let body = body.map_err(|error| BuildError::BadContent(error.to_string()))?;
        push(account, body, keys.into_iter().cloned().collect())
    }

    /// Nothing that was made with a masked key for a preview leaves.
    fn depart(&self, account: &Account, call: Call, _: &Departure<'_>) -> Result<Call, BuildError> {
        if let Some(scheme) = Scheme::of(account)? {
            scheme.may_leave(account)?;
        }
        Ok(call)
    }

    fn takes_the_place(&self) -> bool {
        true
    }

    fn desk(&self) -> Option<&'static dyn Desk> {
        Some(&Self)
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge(targets, http),
            Err(reading) => reading,
        }
    }

    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        if let Some(scheme) = Scheme::of(account)? {
            scheme.may_leave(account)?;
        }
        let base = base_url(account, PUBLIC)?;
        let (mut headers, mut secrets) = (Vec::new(), Vec::new());
        authorise(account, &mut headers, &mut secrets);
        // `/ping` answers everybody; `/info` asks for the login, so that a login that is missing shows, too. The
        // public server has none, and nobody promises that it tells about itself.
        let path = if headers.is_empty() && is_public(&account.settings) { "/ping" } else { "/info" };
        headers.push(("accept".into(), "application/json".to_owned()));
        let url = format!("{base}{path}");
        let call = HttpCall { headers, ..HttpCall::bare(Method::Get, url, secrets) };
        Ok(Some(Call::Http(call.over(transport(account)))))
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge_verify(http),
            Err(reading) => reading,
        }
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::banner(&content.title, &content.summary, &content.plain)
    }

    fn payload_size(&self, account: &Account, content: &Content, target: &Target) -> Option<usize> {
        Some(payload::apns_size(account, content, id_of(target.group())))
    }

    fn people_per_call(&self, settings: &BTreeMap<String, String>) -> usize {
        match settings.get("batch").map(String::as_str).filter(|batch| !batch.is_empty()) {
            Some(most) => most.parse().map_or(1, |most: usize| most.clamp(1, fields::MOST_IN_BATCH)),
            // The public server takes no batches (bark.md §6).
            None if is_public(settings) => 1,
            None => USUAL_BATCH,
        }
    }
}

fn key_of(target: &Target) -> Option<&Secret> {
    match &target.to {
        To::Person(key) => Some(key),
        To::Remote(_) => None,
    }
}

/// The id of a push: the same for all of a broadcast, because a batch has only one and phones compare ids by
/// themselves. So a delivery keeps it whether it goes alone, in a batch, or again after one.
fn id_of(group: &str) -> &str {
    // Keys are ASCII of at most 64 bytes; a longer one is left out, because it would be refused.
    if group.len() <= MAX_ID { group } else { "" }
}

/// A POST to `/push`.
fn push(account: &Account, body: Vec<u8>, mut secrets: Vec<Secret>) -> Result<Call, BuildError> {
    let base = base_url(account, PUBLIC)?;
    let mut headers = Vec::with_capacity(3);
    headers.push(("content-type".into(), "application/json; charset=utf-8".to_owned()));
    headers.push(("accept".into(), "application/json".to_owned()));
    authorise(account, &mut headers, &mut secrets);
    let mut url = String::with_capacity(base.len() + 5);
    url.push_str(base);
    url.push_str("/push");
    Ok(Call::Http(HttpCall {
        method: Method::Post,
        url,
        headers,
        body,
        secrets,
        transport: transport(account),
    }))
}

fn authorise(account: &Account, headers: &mut Vec<(Cow<'static, str>, String)>, secrets: &mut Vec<Secret>) {
    let user = account.setting("user").unwrap_or_default();
    let password = account.secret("password");
    if user.is_empty() && password.is_none() {
        return;
    }
    let login = format!("{user}:{}", password.map_or("", Secret::expose));
    let encoded = base64::engine::general_purpose::STANDARD.encode(login);
    headers.push(("authorization".into(), format!("Basic {encoded}")));
    secrets.push(Secret::new(encoded));
    secrets.extend(password.cloned());
}

/// The key in a pasted push URL, and the server it named: the first path segment that looks like a key
/// (a server may live under a path), else the first one.
fn key_in_url(typed: &str) -> Option<(String, String)> {
    let url = url::Url::parse(typed).ok()?;
    let host = url.host_str()?.to_owned();
    if let Some((_, key)) = url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case("device_key")) {
        return Some((key.into_owned(), host));
    }
    let segments: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    let key = segments.iter().find(|segment| looks_like_key(segment)).or_else(|| segments.first())?;
    Some(((*key).to_owned(), host))
}

fn looks_like_key(key: &str) -> bool {
    (20..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric())
}
