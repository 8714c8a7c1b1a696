//! The provider's token: its form, its signature, its age, and how often a team makes a new one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Refusal;

/// Beyond this age a token is refused.
const LIFE: i64 = 3_600;
/// A new one sooner after the last is refused.
const APART: i64 = 1_200;
/// How far a clock may be ahead. UNVERIFIED.
const AHEAD: i64 = 300;

/// The tokens that were taken so far, of each team.
#[derive(Debug)]
pub(super) struct Tokens {
    public_key: Option<Vec<u8>>,
    teams: Mutex<HashMap<String, Vec<(String, i64)>>>,
}

impl Tokens {
    pub(super) fn new(public_key: Option<Vec<u8>>) -> Self {
        Self { public_key, teams: Mutex::default() }
    }

    /// Judges an `authorization` header.
    pub(super) fn check(&self, authorization: &str, now: i64) -> Result<(), Refusal> {
        let token = match authorization.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err((403, "MissingProviderToken")),
        };
        let (team, issued) = self.read(token).ok_or((403, "InvalidProviderToken"))?;
        if issued > now + AHEAD {
            return Err((403, "InvalidProviderToken"));
        }
        if now - issued > LIFE {
            return Err((403, "ExpiredProviderToken"));
        }
        let mut teams = self.teams.lock().unwrap_or_else(PoisonError::into_inner);
        let known = teams.entry(team).or_default();
        known.retain(|(_, at)| now - at <= LIFE);
        if known.iter().any(|(old, _)| old == token) {
            return Ok(());
        }
        // By the times that the tokens say, so that no test has to wait; an honest clock makes no difference.
        if known.iter().any(|(_, at)| issued.abs_diff(*at) < APART as u64) {
            return Err((429, "TooManyProviderTokenUpdates"));
        }
        known.push((token.to_owned(), issued));
        Ok(())
    }

    /// Team and time of a token that is well formed and rightly signed.
    fn read(&self, token: &str) -> Option<(String, i64)> {
        let mut parts = token.split('.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let signed = &token[..header.len() + 1 + claims.len()];
        let header = object(header)?;
        let claims = object(claims)?;
        let ten = |value: &Value| {
            value.as_str().is_some_and(|id| id.len() == 10 && id.bytes().all(|b| b.is_ascii_alphanumeric()))
        };
        if header.get("alg")? != "ES256" || !ten(header.get("kid")?) || !ten(claims.get("iss")?) {
            return None;
        }
        // r and s in 64 bytes: DER is longer.
        let signature = URL_SAFE_NO_PAD.decode(signature).ok().filter(|bytes| bytes.len() == 64)?;
        if let Some(key) = &self.public_key {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
                .verify(signed.as_bytes(), &signature)
                .ok()?;
        }
        Some((claims.get("iss")?.as_str()?.to_owned(), claims.get("iat")?.as_i64()?))
    }
}

fn object(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
