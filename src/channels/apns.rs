//! Apple's push service itself, for those with an app of their own: one POST over HTTP/2 for each device token.
//!
//! Calls carry a provider token that is signed here (`token`) and used for most of its hour; minting one for each call
//! is refused. Apple knows no duplicates: a repeat replaces the first notification because it has the same collapse
//! id. The app shows plain text; a link travels beside it as `url`, for the app to open.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::answer::Answer;
use super::call::{Call, HttpCall, Method, Transport};
use super::face::Face;
use super::field::{base_url, required, required_secret, transport};
use super::kind::{AddressWarning, BuildError, Kind, ReadAddress, Target, To};
use super::outcome::Reading;
use super::pass::{Departure, Passes};
use super::reading::http;
use super::spec::{AddressSpec, Limit, Limits, Repeat, Spec, Unit, Wire, Words};
use super::wxpusher::usable;
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod answer;
mod fields;
mod payload;
mod token;

const PRODUCTION: &str = "https://api.push.apple.com";
const SANDBOX: &str = "https://api.sandbox.push.apple.com";
const PAYLOAD: Limit = Limit { max: 4_096, unit: Unit::Bytes };
const MAX_COLLAPSE_ID: usize = 64;

static SPEC: Spec = Spec {
    id: "apns",
    label: Words::new("APNs", "APNs"),
    about: Words::new("an iOS app of your own, by device token", "自有 iOS App，凭设备令牌"),
    fields: fields::FIELDS,
    address: AddressSpec {
        label: Words::new("Device token", "设备令牌"),
        secret: false,
        example: "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad",
    },
    formats: &[Format::Text],
    has_summary: true,
    limits: Limits { title: None, summary: None, body: None, url: None, payload: Some(PAYLOAD) },
    people_per_call: 1,
    remotes_per_call: 0,
    rate: None,
    // Streams, not connections: all of them share one or few.
    concurrency: 500,
    timeout_s: 30,
    repeat: Repeat::Collapses,
    wire: Wire::Http,
};

/// The kind `apns`.
#[derive(Debug, Clone, Copy)]
pub struct Apns;

impl Kind for Apns {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError> {
        let typed = usable(typed)?;
        // As logs print it: <740f4707 bebcf74f …>, or in capitals.
        let packed: String = typed.chars().filter(|c| !matches!(c, '<' | '>' | ' ')).collect();
        let packed = packed.strip_prefix("0x").unwrap_or(&packed).to_ascii_lowercase();
        let value = if is_hex(&packed) { packed.as_str() } else { typed };
        // Apple names no length and has changed it before.
        let usual = is_hex(value) && value.len() % 2 == 0 && (64..=200).contains(&value.len());
        Ok(ReadAddress {
            value: Secret::new(value),
            warning: if usual { None } else { Some(AddressWarning::Shape) },
            host: None,
        })
    }

    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError> {
        let [target @ Target { to: To::Person(device), .. }] = targets else {
            return Err(BuildError::BadAddress("a call carries one device token".to_owned()));
        };
        if !is_hex(device.expose()) {
            return Err(BuildError::BadAddress("a device token has only hexadecimal digits".to_owned()));
        }
        if content.title.trim().is_empty() && content.plain.trim().is_empty() {
            return Err(BuildError::BadContent("title and body are both empty".to_owned()));
        }
        let body = payload::of(account, content)?;
        if body.len() > PAYLOAD.max {
            let (has, most) = (body.len(), PAYLOAD.max);
            return Err(BuildError::BadContent(format!("it makes {has} bytes of at most {most}")));
        }
        let mut call = request(account, device.expose(), body)?.header("apns-id", apns_id(&target.key));
        // The broadcast's, as it is the device's alone: a repeat and a new version take its place.
        if target.group().len() <= MAX_COLLAPSE_ID {
            call = call.header("apns-collapse-id", target.group());
        }
        Ok(Call::Http(call))
    }

    fn depart(&self, account: &Account, call: Call, departure: &Departure<'_>) -> Result<Call, BuildError> {
        let Call::Http(mut call) = call else { return Ok(call) };
        let pass = departure.pass.ok_or(BuildError::MissingField("key"))?;
        call = call.header("authorization", format!("bearer {}", pass.expose()));
        // Counted from the moment when it leaves: a plan may be days older.
        if let Some(kept) = account.setting("expiration").and_then(|kept| kept.parse::<i64>().ok()) {
            let until = if kept == 0 { 0 } else { departure.now.0 / 1_000 + kept };
            call = call.header("apns-expiration", until.to_string());
        }
        Ok(Call::Http(call))
    }

    fn takes_the_place(&self) -> bool {
        true
    }

    fn passes(&self) -> Option<&'static dyn Passes> {
        Some(&token::Tokens)
    }

    fn read(&self, targets: &[Target], answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge(targets, http),
            Err(reading) => reading,
        }
    }

    /// Sends to a device that nobody has: Apple looks at the token of the provider first, and then says that it does
    /// not know the device. (That it looks in this order is UNVERIFIED.)
    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError> {
        for field in ["team_id", "key_id"] {
            required(account, field)?;
        }
        required_secret(account, "key")?;
        let body = payload::nothing();
        request(account, &"0".repeat(64), body).map(|call| Some(Call::Http(call)))
    }

    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::banner(&content.title, &content.summary, &content.plain)
    }

    fn read_verify(&self, answer: &Answer) -> Reading {
        match http(answer) {
            Ok(http) => answer::judge_verify(http),
            Err(reading) => reading,
        }
    }

    fn payload_size(&self, account: &Account, content: &Content, _target: &Target) -> Option<usize> {
        payload::of(account, content).ok().map(|payload| payload.len())
    }
}

fn request(account: &Account, device: &str, body: Vec<u8>) -> Result<HttpCall, BuildError> {
    let own = match account.setting("environment") {
        Some("sandbox") => SANDBOX,
        _ => PRODUCTION,
    };
    let url = format!("{}/3/device/{device}", base_url(account, own)?);
    let call = HttpCall { body, ..HttpCall::bare(Method::Post, url, Vec::new()) };
    // Apple takes the tokens of one team on a connection, and wants new ones after a key was revoked.
    let ids = ["team_id", "key_id"].map(|field| account.setting(field).unwrap_or_default());
    Ok(call
        .header("content-type", "application/json")
        .header("apns-topic", required(account, "bundle_id")?)
        .header("apns-push-type", "alert")
        .header("apns-priority", account.setting("priority").unwrap_or("10"))
        .over(Transport { http2: true, apart: Some(ids.join(" ")), ..transport(account) }))
}

/// The name of a delivery in Apple's logs: the same for each attempt of it (a UUID of version 5, as RFC 9562 makes
/// them, in a name space of our own).
fn apns_id(key: &str) -> String {
    const SPACE: [u8; 16] = *b"pushdeck apns id";
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[&SPACE, key.as_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid().hyphenated().to_string()
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
