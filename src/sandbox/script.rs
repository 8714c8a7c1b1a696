//! How one server behaves: credentials, latency, rate limit. Faults of single people are in `fault`.
//!
//! The default is what a demo and a bench want: every credential of the right form is accepted and the
//! published limits of calls per period are **raised to none**; `Script::published` sets them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::fault::Trouble;
use super::ledger::Kind;

/// At most `calls` calls in any window of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls that pass.
    pub calls: usize,
    /// In any window this long; the window slides.
    pub per: Duration,
}

/// The behaviour of one server.
#[derive(Debug, Clone)]
pub struct Script {
    /// Waited before every answer; the request is in the ledger before.
    pub latency: Duration,
    /// How much later an address with `slow` is answered.
    pub slow: Duration,
    /// Calls per period; none is unlimited. Beyond it the documented refusal is given.
    pub rate: Option<Rate>,
    /// Credentials that are refused: app tokens, ServerChan keys, SMTP passwords.
    pub bad_tokens: Vec<String>,
    /// User and password that Bark's basic auth or SMTP AUTH demand. Without one Bark is open and SMTP takes
    /// any login that is not in `bad_tokens`.
    pub login: Option<(String, String)>,
    /// Words that a refused login adds to its reply.
    pub login_hint: Option<String>,
    /// Bark: the most keys in one batch (`--max-batch-push-count`); 0 is a server that knows no batches, as the
    /// public one is. PushDeer: the most keys that are read.
    pub max_batch: Option<usize>,
    /// Closes a connection that rests this long between requests (Bark's own default is 10 s).
    pub idle: Option<Duration>,
    /// Whether the words in addresses count; benches with random addresses turn them off.
    pub fault_words: bool,
    /// The one secret that is right: what robots' calls are signed with, or WeChat's app secret. Without one
    /// nothing has to be signed, and every secret is right that is not in `bad_tokens`.
    pub secret: Option<String>,
    /// Robots: a word that every message must hold.
    pub keyword: Option<String>,
    /// APNs: the public key of the provider's tokens, as an uncompressed point or X.509 DER. Without one any
    /// signature of the right form is taken.
    pub public_key: Option<Vec<u8>>,
    /// APNs: requests that one connection takes before it says GOAWAY; what is under way is still answered.
    pub connection_calls: Option<usize>,
    /// APNs: the one topic that the key may push to.
    pub topic: Option<String>,
    /// WeChat: how long its passes last.
    pub pass: Pass,
    /// WeChat: templates by id, each with its content. Empty: those of the start page.
    pub templates: Vec<(String, String)>,
    /// How many sample people follow: WeChat's followers, WxPusher's user list.
    pub followers: usize,
    /// Where WeChat and WxPusher post what happens by itself: receipts, scans.
    pub callback: Option<Receiver>,
    /// How long two scan polls of WxPusher must be apart.
    pub poll_gap: Duration,
}

/// How long WeChat's passes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Calls that one pass is good for; none is any number.
    pub calls: Option<usize>,
    /// What it is refused with from then on: 42001, 40001 or 40014.
    pub code: i64,
    /// Whether a fetch without `force_refresh` yields the refused pass again.
    pub stuck: bool,
    /// Its life, in seconds.
    pub seconds: i64,
}

impl Default for Pass {
    fn default() -> Self {
        Self { calls: None, code: 42_001, stuck: false, seconds: 7_200 }
    }
}

/// A receiver of callbacks on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Where to, `http://` only.
    pub url: String,
    /// WeChat: the token that its calls are signed with.
    pub token: String,
    /// WeChat: the EncodingAESKey of 43 characters; with one, bodies come in secure mode.
    pub aes_key: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            slow: Duration::from_secs(3),
            rate: None,
            bad_tokens: Vec::new(),
            login: None,
            login_hint: None,
            max_batch: None,
            idle: None,
            fault_words: true,
            secret: None,
            keyword: None,
            public_key: None,
            connection_calls: None,
            topic: None,
            pass: Pass::default(),
            templates: Vec::new(),
            followers: 30,
            callback: None,
            poll_gap: Duration::from_secs(10),
        }
    }
}

impl Script {
    /// The default with the limits that the provider publishes for calls per period.
    #[must_use]
    pub fn published(kind: Kind) -> Self {
        let mut script = Self::default();
        match kind {
            Kind::Wxpusher | Kind::WxpusherSpt => {
                script.rate = Some(Rate { calls: 20, per: Duration::from_secs(10) });
            }
            Kind::Bark => {
                script.rate = Some(Rate { calls: 200, per: Duration::from_secs(1) });
                script.idle = Some(Duration::from_secs(10));
            }
            // The number of calls a minute is unverified; one a second is what the reference advises.
            Kind::Serverchan => script.rate = Some(Rate { calls: 60, per: Duration::from_secs(60) }),
            // A bucket of 60 that fills by one each 5 s; this window never lets through more.
            Kind::Ntfy => script.rate = Some(Rate { calls: 60, per: Duration::from_secs(300) }),
            Kind::Dingtalk | Kind::Wecom => {
                script.rate = Some(Rate { calls: 20, per: Duration::from_secs(60) });
            }
            // Besides 100 a minute.
            Kind::Feishu => script.rate = Some(Rate { calls: 5, per: Duration::from_secs(1) }),
            Kind::Pushdeer => script.rate = Some(Rate { calls: 60, per: Duration::from_secs(60) }),
            Kind::Telegram => script.rate = Some(Rate { calls: 30, per: Duration::from_secs(1) }),
            Kind::Slack => script.rate = Some(Rate { calls: 1, per: Duration::from_secs(1) }),
            // UNVERIFIED: the real one says its limits in headers.
            Kind::Discord => script.rate = Some(Rate { calls: 5, per: Duration::from_secs(2) }),
            // A day and more, or nothing that is published.
            _ => {}
        }
        script
    }

    /// What an address asks for.
    pub(super) fn trouble(&self, address: &str) -> Trouble {
        if self.fault_words { Trouble::of(address) } else { Trouble::default() }
    }

    /// Whether a credential is among the refused.
    pub(super) fn refuses(&self, credential: &str) -> bool {
        self.bad_tokens.iter().any(|bad| bad == credential)
    }
}

/// The sliding window of one server's rate limit.
#[derive(Debug, Default)]
pub(super) struct Window(Mutex<VecDeque<Instant>>);

impl Window {
    /// Whether this call still fits; if not, how long until one would.
    pub(super) fn admit(&self, rate: Option<Rate>, now: Instant) -> Result<(), Duration> {
        let Some(rate) = rate else { return Ok(()) };
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while calls.front().is_some_and(|first| now.duration_since(*first) >= rate.per) {
            calls.pop_front();
        }
        if calls.len() < rate.calls {
            calls.push_back(now);
            return Ok(());
        }
        let wait =
            calls.front().map_or(rate.per, |first| rate.per.saturating_sub(now.duration_since(*first)));
        Err(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_of_the_period_holds_more_calls_than_the_rate() {
        let rate = Some(Rate { calls: 2, per: Duration::from_secs(10) });
        let (window, start) = (Window::default(), Instant::now());
        let at = |s| start + Duration::from_secs(s);
        assert!(window.admit(rate, at(0)).is_ok());
        assert!(window.admit(rate, at(6)).is_ok());
        assert_eq!(window.admit(rate, at(7)), Err(Duration::from_secs(3)));
        assert!(window.admit(rate, at(10)).is_ok());
        assert_eq!(window.admit(rate, at(12)), Err(Duration::from_secs(4)));
        assert!(window.admit(None, at(12)).is_ok());
    }
}
