//! How much of an account's traffic may be retries. Time is passed in.
//!
//! A provider in trouble answers more calls with "later": without a bound the retries would take the places of
//! first attempts, and the load would grow while the provider can bear less of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The stretch over which calls are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// Calls of one bucket: they are forgotten together.
const BUCKET: Duration = Duration::from_secs(1);

/// One of so many calls may be a retry …
const SHARE: usize = 5;

/// … but so many a minute always may, or an account with little to do would never try again.
const LEAST: usize = 10;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    since: Instant,
    calls: usize,
    retries: usize,
}

/// The calls of an account in the last minute.
#[derive(Debug, Clone, Default)]
pub struct RetryBudget {
    buckets: VecDeque<Bucket>,
}

impl RetryBudget {
    /// Counts a call that was granted. One with anybody in it who is tried again is a retry.
    pub fn count(&mut self, is_retry: bool, now: Instant) {
        let retries = usize::from(is_retry);
        match self.buckets.back_mut().filter(|last| now.saturating_duration_since(last.since) < BUCKET) {
            Some(last) => {
                last.calls += 1;
                last.retries += retries;
            }
            None => self.buckets.push_back(Bucket { since: now, calls: 1, retries }),
        }
    }

    /// How many calls may be retries now.
    pub fn room(&mut self, now: Instant) -> usize {
        while self.buckets.front().is_some_and(|first| now.saturating_duration_since(first.since) >= MINUTE) {
            self.buckets.pop_front();
        }
        let calls: usize = self.buckets.iter().map(|bucket| bucket.calls).sum();
        let retries: usize = self.buckets.iter().map(|bucket| bucket.retries).sum();
        (calls / SHARE).max(LEAST).saturating_sub(retries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_fifth_of_the_calls_of_the_last_minute() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut budget = RetryBudget::default();
        assert_eq!(budget.room(start), LEAST, "with nothing counted a few may go");
        for n in 0..1_000 {
            budget.count(n % 10 == 0, at(n * 30));
        }
        assert_eq!(budget.room(at(30_000)), 200 - 100);
        for _ in 0..100 {
            budget.count(true, at(30_000));
        }
        assert_eq!(budget.room(at(30_000)), (1_100 / 5) - 200);
        // A minute after the last of them nothing is remembered.
        assert_eq!(budget.room(at(90_000)), LEAST);
        assert!(budget.buckets.is_empty());
    }

    #[test]
    fn an_account_with_little_to_do_has_room_for_a_few() {
        let now = Instant::now();
        let mut budget = RetryBudget::default();
        for spent in 0..LEAST {
            assert_eq!(budget.room(now), LEAST - spent);
            budget.count(true, now);
        }
        assert_eq!(budget.room(now), 0);
        assert!(budget.buckets.len() == 1, "memory is a bucket a second, whatever the rate");
    }
}
