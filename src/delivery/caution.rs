//! How careful the engine is: what makes it stop and ask, and how long it rests when nothing gets through.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::channels::spec::ErrorBudget;

/// When the engine stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caution {
    /// A scheduled broadcast whose audience has grown by more than so many percent asks first.
    pub growth: u8,
    /// A channel pauses when more than so many percent of its last 200 attempts were lost; 0: never.
    pub lost: u8,
    /// What waits longer than so since a person let it go is cancelled; zero: never.
    pub expire: Duration,
    /// The first rest of an account that cannot be reached; doubles with every probe that fails.
    pub rest: Duration,
}

impl Default for Caution {
    fn default() -> Self {
        let expire = Duration::from_secs(24 * 3_600);
        Self { growth: 5, lost: 20, expire, rest: Duration::from_secs(60) }
    }
}

/// So many transport failures in a row are no accident.
const IN_A_ROW: u32 = 5;

/// The longest rest.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Keeps an account that cannot be reached from wearing out everybody's attempts: after some failures it
/// rests, then one call probes.
#[derive(Debug, Clone)]
pub struct Breaker {
    first: Duration,
    next: Duration,
    in_a_row: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// All is well.
    pub const fn new(first: Duration) -> Self {
        Self { first, next: first, in_a_row: 0, until: None }
    }

    /// A call failed on the way; gives how long to rest, if that was one too many. Calls that had left before a
    /// rest and fail during it are of the same accident.
    pub fn failed(&mut self, now: Instant) -> Option<Duration> {
        if self.until.is_some_and(|until| now < until) {
            return None;
        }
        self.in_a_row += 1;
        if self.in_a_row < IN_A_ROW {
            return None;
        }
        let rest = self.next;
        self.next = (rest * 2).min(LONGEST);
        self.until = Some(now + rest);
        Some(rest)
    }

    /// An earlier sender let it rest until then: the first call afterwards is a probe.
    pub const fn rests_on(&mut self, until: Instant) {
        self.in_a_row = IN_A_ROW;
        self.until = Some(until);
    }

    /// Somebody changed the account: what was learned of the old one is void. Gives whether a rest was cut short.
    pub fn start_over(&mut self, now: Instant) -> bool {
        let rested = self.until.is_some_and(|until| now < until);
        self.answered();
        rested
    }

    /// A call was answered.
    pub const fn answered(&mut self) {
        self.in_a_row = 0;
        self.next = self.first;
        self.until = None;
    }
}

/// Counts refusals against what a provider takes.
#[derive(Debug, Default)]
pub struct Refusals(VecDeque<Instant>);

impl Refusals {
    /// So many more were refused; gives how long the account has to rest until the oldest are forgotten.
    pub fn add(&mut self, n: usize, budget: ErrorBudget, now: Instant) -> Option<Duration> {
        self.0.extend(std::iter::repeat_n(now, n));
        while self.0.front().is_some_and(|at| now.duration_since(*at) >= budget.per) {
            self.0.pop_front();
        }
        let over = self.0.len().checked_sub(budget.most)?;
        // Half of what is allowed is free again then, so that it does not stop at each further one.
        let free = self.0.get((over + budget.most / 2).min(self.0.len() - 1))?;
        Some(budget.per.saturating_sub(now.duration_since(*free)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_rests_before_its_provider_loses_patience() {
        let budget = ErrorBudget { most: 10, per: Duration::from_secs(300) };
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut refusals = Refusals::default();
        assert!((0..9).all(|second| refusals.add(1, budget, at(second)).is_none()));
        assert_eq!(
            refusals.add(1, budget, at(9)),
            Some(Duration::from_secs(296)),
            "until the first six are old"
        );
        assert_eq!(refusals.add(1, budget, at(9 + 296)), None);
        assert!(refusals.0.len() <= 5);
    }

    #[test]
    fn five_failures_in_a_row_mean_a_rest_and_each_probe_that_fails_a_longer_one() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let mut now = Instant::now();
        let mut breaker = Breaker::new(minutes(1));
        assert!((0..4).all(|_| breaker.failed(now).is_none()));
        breaker.answered();
        assert!((0..4).all(|_| breaker.failed(now).is_none()), "an answer in between");
        assert_eq!(breaker.failed(now), Some(minutes(1)));
        assert_eq!(breaker.failed(now + Duration::from_secs(59)), None, "it had left before");
        for rest in [2, 4, 8, 15, 15] {
            now += minutes(15);
            assert_eq!(breaker.failed(now), Some(minutes(rest)));
        }
        assert!(breaker.start_over(now), "a repair ends the rest");
        assert!(!breaker.start_over(now));
        breaker.rests_on(now + minutes(1));
        assert_eq!(breaker.failed(now), None, "it rests for another sender's reason");
        assert_eq!(breaker.failed(now + minutes(1)), Some(minutes(1)), "one probe is enough");
        assert!(breaker.start_over(now));
        assert_eq!(breaker.failed(now), None);
    }
}
