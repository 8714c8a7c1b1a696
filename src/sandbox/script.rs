//! How one server behaves: credentials, latency, rate limit. Faults of single people are in `fault`.
//!
//! The default is what a demo and a bench want: every credential of the right form is accepted and the
//! published limits of calls per period are **raised to none**; `Script::published` sets them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    /// Bark: the most keys in one batch (`--max-batch-push-count`).
    pub max_batch: Option<usize>,
    /// Closes a connection that rests this long between requests (Bark's own default is 10 s).
    pub idle: Option<Duration>,
    /// Whether the words in addresses count; benches with random addresses turn them off.
    pub fault_words: bool,
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
            // The others are scripted where a test wants a limit.
            _ => {}
        }
        script
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
