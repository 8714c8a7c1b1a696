//! The provider token: a JWT that is signed here, used for most of its hour and never minted for a call of its own.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::answer::reason_of;
use crate::channels::answer::Answer;
use crate::channels::field::{pem, required, required_secret};
use crate::channels::kind::BuildError;
use crate::channels::outcome::{Outcome, Reading};
use crate::channels::pass::{Obtain, Pass, Passes};
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

const MINUTE_MS: i64 = 60_000;
/// Apple refuses tokens of over an hour; clocks differ.
const USED_FOR_MS: i64 = 50 * MINUTE_MS;
/// A new one more often than that is refused, too.
const LEAST_AGE_MS: i64 = 20 * MINUTE_MS;

pub(super) struct Tokens;

/// The members in the order in which Apple documents them.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
}

impl Passes for Tokens {
    /// Apple counts the tokens of a team, whatever app they are for and wherever they are used.
    fn belongs_to(&self) -> &'static [&'static str] {
        &["team_id", "key_id", "key"]
    }

    fn obtain(&self, account: &Account, now: Millis) -> Result<Obtain, BuildError> {
        let (team, key_id) = (required(account, "team_id")?, required(account, "key_id")?);
        let secret = required_secret(account, "key")?;
        let bad = |why: &str| BuildError::BadField { field: "key", why: why.to_owned() };
        let der = pem(secret.expose())
            .ok_or_else(|| bad("it is not what a .p8 file holds: -----BEGIN PRIVATE KEY----- and so on"))?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map_err(|_| bad("it is no P-256 key"))?;
        let part = |value: serde_json::Result<Vec<u8>>| {
            value.map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|error| bad(&error.to_string()))
        };
        let header = part(serde_json::to_vec(&Header { alg: "ES256", kid: key_id }))?;
        let claims = part(serde_json::to_vec(&Claims { iss: team, iat: now.0.div_euclid(1_000) }))?;
        let mut token = format!("{header}.{claims}");
        let signed =
            pair.sign(&SystemRandom::new(), token.as_bytes()).map_err(|_| bad("it signs nothing"))?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signed));
        Ok(Obtain::Made(Pass { value: Secret::new(token), made: now, until: now.plus(USED_FOR_MS) }))
    }

    fn read_pass(&self, _: &Answer, _: Millis) -> Result<Pass, Reading> {
        // Nobody is asked for one.
        Err(Reading::all(Outcome::retry(Class::Unclassified, None, "", "")))
    }

    fn is_refused(&self, answer: &Answer) -> bool {
        matches!(answer, Answer::Http(http) if reason_of(http).as_deref() == Some("ExpiredProviderToken"))
    }

    fn least_age_ms(&self) -> i64 {
        LEAST_AGE_MS
    }
}
