//! How long an account rests, and what of it the store knows: operators read it there, a repair ends it there, and
//! a sender that starts anew keeps what is left of it.

use std::time::{Duration, Instant};

use super::Engine;
use super::verdict::wall_now;
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;
use crate::store::channels::Rest;

/// A shorter rest is over before anybody has read of it.
const WORTH_TELLING: Duration = Duration::from_secs(5);

/// No rest is told as longer than this.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// A provider that asks for so long counts by the day: asked again and again, it bans.
const LONG: Duration = Duration::from_secs(3_600);

/// Two moments that are no further apart are the same: the clocks' jitter is no news.
const SAME_MS: i64 = 2_000;

/// What the store is to know of rests: the channel, its version, and the rest or its end.
pub(super) type News = (ChannelId, i64, Option<Rest>);

/// What the store does not know yet of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Untold {
    Rests(Rest),
    RestsNoMore,
}

/// An account's rest.
#[derive(Debug, Default)]
pub(super) struct Resting {
    until: Option<(Instant, Class)>,
    told: Option<Rest>,
    /// How many long ones were asked for with no success between them.
    long: u32,
}

impl Resting {
    /// What is left of a rest that the store knows of.
    pub(super) fn kept(rest: Rest, left: Duration, now: Instant) -> Self {
        Self { until: Some((now + left, rest.class)), told: Some(rest), long: 0 }
    }

    /// Nobody is called for so long; a longer rest that holds already stays.
    pub(super) fn begin(&mut self, now: Instant, wait: Duration, class: Class) {
        let until = now + wait.min(LONGEST);
        if self.until.is_none_or(|(known, _)| known < until) {
            self.until = Some((until, class));
        }
    }

    /// What a provider asks for, doubled for each long rest before that was not long enough. Answers of calls that left
    /// together are of the same accident.
    pub(super) fn grown(&mut self, now: Instant, wait: Duration) -> Duration {
        if wait < LONG || self.is_on(now) {
            return wait;
        }
        let grown = wait.saturating_mul(1 << self.long.min(8)).min(LONGEST);
        self.long += 1;
        grown
    }

    /// A call was answered well.
    pub(super) const fn was_enough(&mut self) {
        self.long = 0;
    }

    /// Whether it rests.
    pub(super) fn is_on(&self, now: Instant) -> bool {
        self.until.is_some_and(|(until, _)| now < until)
    }

    /// What the store does not know yet. Told by its clock, so one that jumps makes news.
    fn news(&self, now: Instant, wall: Millis) -> Option<Untold> {
        if let Some((until, class)) = self.until.filter(|(until, _)| now < *until) {
            let left = until.saturating_duration_since(now);
            let rest = Rest { until: wall.plus(left.as_millis() as i64), class };
            let same = |told: &Rest| told.class == class && told.until.since(rest.until).abs() <= SAME_MS;
            let is_news = left >= WORTH_TELLING && !self.told.as_ref().is_some_and(same);
            return is_news.then_some(Untold::Rests(rest));
        }
        self.is_told(wall).then_some(Untold::RestsNoMore)
    }

    /// Whether the store was told of a rest that should still hold.
    fn is_told(&self, wall: Millis) -> bool {
        self.told.is_some_and(|told| told.until.since(wall) > SAME_MS)
    }
}

impl Engine {
    /// What the store does not know yet of who rests.
    pub(super) fn rest_news(&self, now: Instant) -> Vec<News> {
        let wall = wall_now();
        let untold = self.runners.iter().filter_map(|(id, runner)| {
            let rest = match runner.resting.news(now, wall)? {
                Untold::Rests(rest) => Some(rest),
                Untold::RestsNoMore => None,
            };
            Some((*id, runner.version, rest))
        });
        untold.collect()
    }

    /// The store knows the news, and these rest: who rests here and not there was repaired, proven or let go on.
    pub(super) fn rests_are_told(&mut self, news: &[News], resting: &[ChannelId], now: Instant) {
        let wall = wall_now();
        for (id, _, rest) in news {
            if let Some(runner) = self.runners.get_mut(id) {
                runner.resting.told = *rest;
            }
        }
        for (id, runner) in &mut self.runners {
            if runner.resting.is_told(wall) && !resting.contains(id) {
                runner.start_over(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_told_once_of_a_rest_of_more_than_a_moment_and_again_when_a_clock_jumps() {
        let (now, wall) = (Instant::now(), Millis(1_000_000));
        let secs = Duration::from_secs;
        let mut resting = Resting::default();
        resting.begin(now, secs(3), Class::RateLimit);
        assert!(resting.is_on(now));
        assert_eq!(resting.news(now, wall), None, "over before anybody looks");
        resting.begin(now, secs(60), Class::Provider);
        let rest = Rest { until: Millis(1_060_000), class: Class::Provider };
        assert_eq!(resting.news(now, wall), Some(Untold::Rests(rest)));
        resting.told = Some(rest);
        assert_eq!(resting.news(now + secs(10), wall.plus(10_100)), None, "the store knows");
        resting.begin(now, secs(30), Class::Network);
        assert_eq!(resting.news(now + secs(10), wall.plus(10_000)), None, "the longer one stays");
        let back = Rest { until: Millis(50_000), ..rest };
        assert_eq!(
            resting.news(now + secs(10), Millis(0)),
            Some(Untold::Rests(back)),
            "the clock was set back"
        );
        assert_eq!(resting.news(now + secs(61), wall.plus(61_000)), None, "it passed by itself");
        resting.until = None;
        assert_eq!(resting.news(now, wall), Some(Untold::RestsNoMore), "it ended early");
    }

    #[test]
    fn a_long_rest_that_did_not_help_is_followed_by_a_longer_one() {
        let (now, hours) = (Instant::now(), |hours: u64| Duration::from_secs(3_600 * hours));
        let mut resting = Resting::default();
        let mut ask = |at: Instant, wait| {
            let grown = resting.grown(at, wait);
            resting.begin(at, grown, Class::RateLimit);
            grown
        };
        assert_eq!(ask(now, hours(1)), hours(1));
        assert_eq!(ask(now, hours(1)), hours(1), "it left with the first");
        assert_eq!(ask(now + hours(2), hours(1)), hours(2));
        assert_eq!(ask(now + hours(9), hours(1)), hours(4));
        assert_eq!(ask(now + hours(99), hours(9)), hours(24));
        assert_eq!(ask(now + hours(999), Duration::from_secs(60)), Duration::from_secs(60));
        resting.was_enough();
        assert_eq!(resting.grown(now + hours(9_999), hours(1)), hours(1));
    }

    #[test]
    fn no_rest_is_longer_than_a_day() {
        let now = Instant::now();
        let mut resting = Resting::default();
        resting.begin(now, 9 * LONGEST, Class::Quota);
        let Some(Untold::Rests(news)) = resting.news(now, Millis(0)) else { panic!("it rests") };
        assert!(news.holds(Millis(0)), "{news:?}");
        assert!(!news.holds(Millis(-9 * 3_600_000)), "a clock that was set back makes it none");
    }
}
