//! Any webhook: takes whatever comes, by whatever method, and says `ok`.
//!
//! Who it is for stands in a field `to` of the query, the form or the JSON, or else is the path: words in it
//! make trouble by HTTP status, since nobody knows what the real one would say.

use std::time::Duration;

use serde_json::Value;

use super::fault::{Fault, Met};
use super::http::{Protocol, Reply, Request, Served};
use super::ledger::Kind;
use super::script::Script;

/// The server's state.
pub(super) struct Webhook {
    script: Script,
    met: Met,
}

impl Webhook {
    pub(super) fn new(script: Script) -> Self {
        Self { script, met: Met::default() }
    }
}

impl Protocol for Webhook {
    fn kind(&self) -> Kind {
        Kind::Webhook
    }

    fn script(&self) -> &Script {
        &self.script
    }

    fn over_rate(&self, _: &Request, wait: Duration) -> Reply {
        Reply::text(429, "too many").retry_after(wait.as_secs() + 1)
    }

    fn answer(&self, request: &Request) -> Served {
        let fields = request.fields().unwrap_or_default();
        let to = fields.get("to").and_then(Value::as_str).unwrap_or(request.uri.path()).to_owned();
        let trouble = self.script.trouble(&to);
        let body = serde_json::from_slice(&request.body).unwrap_or_else(|_| request.raw());
        let bearer = request.header("authorization").split_once(' ').map(|(_, token)| token);
        let reply = match trouble.fault {
            _ if bearer.is_some_and(|token| self.script.refuses(token)) => Reply::text(401, "unauthorized"),
            Some(Fault::Dead) => Reply::text(410, "gone"),
            Some(Fault::Unknown) => Reply::text(404, "not found"),
            Some(Fault::Blocked) => Reply::text(403, "forbidden"),
            Some(Fault::Quota) => Reply::text(429, "too many").retry_after(60),
            Some(Fault::Poison) => Reply::text(400, "bad request"),
            Some(Fault::Busy) => Reply::text(500, "internal error"),
            Some(Fault::Flaky) if self.met.first_time(&to) => Reply::text(503, "unavailable").retry_after(1),
            _ => return Served::accepted(Reply::text(200, "ok"), Kind::Webhook, trouble, &to, body),
        };
        Served::refused(reply, Kind::Webhook, trouble, body)
    }
}

#[cfg(test)]
mod tests;
