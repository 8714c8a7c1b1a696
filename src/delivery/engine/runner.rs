//! An account at work: what it says to whom, how fast, and what of it is in the air.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use super::flight::Ready;
use super::resting::Resting;
use super::runway::Runway;
use super::verdict::not_left;
use crate::delivery::budget::RetryBudget;
use crate::delivery::caution::{Breaker, Refusals};
use crate::delivery::outgoing::Line;
use crate::delivery::pace::{Pace, Speed, Window};
use crate::domain::delivery::Class;
use crate::domain::time::Millis;
use crate::store::ledger::record::Record;

/// An account and how it is doing.
pub(super) struct Runner {
    pub(super) line: Line,
    pub(super) version: i64,
    pub(super) pace: Pace,
    pub(super) window: Window,
    /// The turn in which calls were last asked for over it.
    pub(super) served: usize,
    /// What is claimed and has not left.
    pub(super) ready: Arc<Runway>,
    pub(super) flying: usize,
    /// The measure of how far to claim ahead.
    pub(super) speed: Speed,
    /// Whether it can be reached at all.
    pub(super) breaker: Breaker,
    /// Until when nobody is called over it.
    pub(super) resting: Resting,
    /// How much of what is sent may be retries.
    pub(super) retries: RetryBudget,
    /// What the provider was bothered with.
    pub(super) refusals: Refusals,
    /// How many people the provider takes in one call, if it said so.
    pub(super) most_per_call: Option<usize>,
}

impl Runner {
    /// Nobody is called for so long.
    pub(super) fn rest(&mut self, now: Instant, wait: Duration, class: Class) {
        self.pace.slow_down(now, wait);
        self.resting.begin(now, wait, class);
    }

    /// What was learned of the account before is void: its rest ends, and the next call goes alone.
    pub(super) fn start_over(&mut self, now: Instant) {
        if self.breaker.start_over(now) || self.resting.is_on(now) {
            self.pace.wake();
            self.window.probe();
        }
        self.resting = Resting::default();
    }

    /// Whether its quiet hours hold: then only what a person waits for leaves.
    pub(super) fn is_quiet(&self, now: Millis, zone: &TimeZone) -> bool {
        self.line.quiet().is_some_and(|quiet| quiet.until(now, zone).is_some())
    }

    /// Takes what was granted, to be sent in its turn.
    pub(super) fn take(&mut self, ready: Ready) {
        let is_retry = ready.granted.deliveries.iter().any(|one| one.tries > 0);
        self.retries.count(is_retry, ready.claimed);
        self.ready.push(ready);
    }

    /// Takes back what has not left, but for what `stays`: how it goes into the books.
    pub(super) fn put_back(&self, stays: impl Fn(&Ready) -> bool) -> Vec<Record> {
        self.ready.clear(stays).iter().flat_map(|ready| not_left(&ready.granted)).collect()
    }
}
