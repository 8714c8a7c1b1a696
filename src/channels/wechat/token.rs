//! The access token. Always the stable one: asking for it again gives the same token while it is good, so nothing
//! else that uses the account is put out. It is never forced: 20 times a day is all there is of that, for everybody.

use serde::Serialize;
use serde_json::Value;

use super::answer::{Reply, complaint};
use super::{base, text_field};
use crate::channels::answer::Answer;
use crate::channels::call::{Call, HttpCall};
use crate::channels::field::{required, required_secret, transport};
use crate::channels::kind::BuildError;
use crate::channels::outcome::Reading;
use crate::channels::pass::{Obtain, Pass, Passes};
use crate::channels::reading::{bare_status, http, json};
use crate::domain::channel::Account;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// So long before its end a token is replaced. The provider renews it when less is left, and takes both for that time.
const EARLY_S: i64 = 300;
/// What an answer without a time is good for.
const SHORT_S: i64 = 120;
/// Nobody's token lasts longer.
const LONGEST_S: i64 = 7_200;

/// How the account's token is had.
pub(super) struct StableToken;

#[derive(Serialize)]
struct Ask<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    force_refresh: bool,
}

impl Passes for StableToken {
    fn belongs_to(&self) -> &'static [&'static str] {
        &["base_url", "app_id", "app_secret"]
    }

    fn obtain(&self, account: &Account, _now: Millis) -> Result<Obtain, BuildError> {
        let appid = required(account, "app_id")?.trim();
        let secret = Secret::new(required_secret(account, "app_secret")?.expose().trim());
        let ask =
            Ask { grant_type: "client_credential", appid, secret: secret.expose(), force_refresh: false };
        let url = format!("{}/cgi-bin/stable_token", base(account)?);
        let call = HttpCall::json(url, &ask, vec![secret.clone()])?;
        Ok(Obtain::Ask(Call::Http(call.over(transport(account)))))
    }

    fn read_pass(&self, answer: &Answer, now: Millis) -> Result<Pass, Reading> {
        let answer = http(answer)?;
        let value: Option<Value> = json(answer);
        let token = value.as_ref().and_then(|value| text_field(value, "access_token"));
        if let (Some(token), 200..300) = (token, answer.status) {
            let lasts = value.as_ref().and_then(|value| value["expires_in"].as_i64()).unwrap_or(SHORT_S);
            return Ok(Pass {
                value: Secret::new(token),
                made: now,
                until: now.plus(used_for(lasts) * 1_000),
            });
        }
        match Reply::of(answer) {
            Some(reply) if reply.code != 0 => Err(complaint(&reply, &[], true)),
            _ => Err(bare_status(answer, super::answer::MINUTE)),
        }
    }

    fn is_refused(&self, answer: &Answer) -> bool {
        let Ok(answer) = http(answer) else { return false };
        Reply::of(answer).is_some_and(|reply| super::answer::TOKEN.contains(&reply.code))
    }
}

/// For how many seconds one that lasts so long is used: short ones to their half.
const fn used_for(lasts: i64) -> i64 {
    let lasts = if lasts < 1 {
        1
    } else if lasts > LONGEST_S {
        LONGEST_S
    } else {
        lasts
    };
    if lasts >= 2 * EARLY_S { lasts - EARLY_S } else { lasts / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::answer::HttpAnswer;

    fn pass(body: &str) -> Result<i64, Reading> {
        let answer =
            Answer::Http(HttpAnswer { status: 200, retry_after: None, body: body.into(), cut: false });
        StableToken.read_pass(&answer, Millis(0)).map(|pass| pass.until.0 / 1_000)
    }

    #[test]
    fn a_token_is_replaced_before_its_end_and_a_short_one_is_used_at_all() {
        for (lasts, used) in [(7_200, 6_900), (601, 301), (600, 300), (300, 150), (10, 5), (0, 0), (-5, 0)] {
            assert_eq!(pass(&format!(r#"{{"access_token":"T","expires_in":{lasts}}}"#)), Ok(used), "{lasts}");
        }
        assert_eq!(pass(r#"{"access_token":"T"}"#), Ok(SHORT_S / 2));
        assert_eq!(pass(r#"{"access_token":"T","expires_in":9223372036854775807}"#), Ok(6_900));
        for broken in [r#"{"access_token":""}"#, r#"{"access_token":7}"#, "{}", "<html>", ""] {
            assert!(pass(broken).is_err(), "{broken}");
        }
    }
}
