//! How fast one account is called: a rate that is never above the provider's, and a number of calls in
//! flight that grows with success and shrinks with trouble. Time is passed in.

use std::time::{Duration, Instant};

use crate::channels::load::{SHARE_OF_OWN, SHARE_OF_PUBLISHED};
use crate::channels::spec::Rate;

/// A late timer may be caught up with by calls of so much time.
const CATCH_UP: Duration = Duration::from_millis(10);

/// How much a success adds until the first trouble: the window triples in the time of an answer, so that 256
/// places are in use after five of them.
const EARLY_STEP: f64 = 2.0;

/// Where a rate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The catalogue's figure: what the provider publishes.
    Published,
    /// The channel's own setting.
    Operator,
}

/// Spaces calls evenly: a bucket would send a burst first and could meet a sliding window's limit.
#[derive(Debug, Clone)]
pub struct Pace {
    interval: Duration,
    next: Instant,
    /// When the last call left, as long as `next` follows from it alone.
    last: Option<Instant>,
}

impl Pace {
    /// Starts empty: after a restart nobody knows what was sent just before.
    pub fn new(rate: Option<(Rate, Source)>, now: Instant) -> Self {
        Self { interval: interval(rate), next: now, last: None }
    }

    /// Takes another rate from now on.
    pub fn set_rate(&mut self, rate: Option<(Rate, Source)>) {
        self.interval = interval(rate);
        if let Some(last) = self.last {
            self.next = last + self.interval;
        }
    }

    /// When the next call may leave; not before `now`.
    pub fn next_at(&self, now: Instant) -> Instant {
        self.next.max(now)
    }

    /// Whether calls have to wait for their moment, now or one after the other.
    pub fn waits(&self, now: Instant) -> bool {
        !self.interval.is_zero() || self.next > now
    }

    /// How many calls may leave by `until`, at most `most`.
    pub fn allowance(&self, now: Instant, until: Instant, most: usize) -> usize {
        if self.next > until {
            return 0;
        }
        if self.interval.is_zero() {
            return most;
        }
        let from = self.next.max(now.checked_sub(CATCH_UP).unwrap_or(now));
        let slots = until.saturating_duration_since(from).as_nanos() / self.interval.as_nanos() + 1;
        usize::try_from(slots).unwrap_or(usize::MAX).min(most)
    }

    /// Takes the place of one call; gives the moment at which it may leave.
    pub fn take(&mut self, now: Instant) -> Instant {
        let at = self.next.max(now.checked_sub(CATCH_UP).unwrap_or(now));
        self.next = at + self.interval;
        self.last = Some(at);
        at.max(now)
    }

    /// Nothing is waited for any more but the rate.
    pub fn wake(&mut self, now: Instant) {
        self.next = self.next.min(now);
        self.last = None;
    }

    /// Nobody may call before `wait` has passed.
    pub fn slow_down(&mut self, now: Instant, wait: Duration) {
        if now + wait > self.next {
            self.next = now + wait;
            self.last = None;
        }
    }
}

fn interval(rate: Option<(Rate, Source)>) -> Duration {
    rate.map_or(Duration::ZERO, |(rate, source)| {
        let share = match source {
            Source::Published => SHARE_OF_PUBLISHED,
            Source::Operator => SHARE_OF_OWN,
        };
        let ms = f64::from(rate.per_ms) / (f64::from(rate.calls.max(1)) * share);
        Duration::from_secs_f64(ms / 1_000.0)
    })
}

/// How many calls may be in flight: multiplies while all goes well, is halved by trouble, then grows slowly.
#[derive(Debug, Clone)]
pub struct Window {
    size: f64,
    max: usize,
    steady: bool,
}

impl Window {
    /// The first call goes alone.
    pub fn new(max: usize) -> Self {
        Self { size: 1.0, max: max.max(1), steady: false }
    }

    /// Takes another maximum from now on.
    pub fn set_max(&mut self, max: usize) {
        self.max = max.max(1);
    }

    /// How many calls may be in flight now.
    pub fn size(&self) -> usize {
        (self.size as usize).clamp(1, self.max)
    }

    /// A call was answered as it should be.
    pub fn succeeded(&mut self) {
        let step = if self.steady { 1.0 / self.size } else { EARLY_STEP };
        self.size = (self.size + step).min(self.max as f64);
    }

    /// The next call goes alone again.
    pub fn probe(&mut self) {
        self.steady = true;
        self.size = 1.0;
    }

    /// A call met a transport failure or a rate limit.
    pub fn met_trouble(&mut self) {
        self.steady = true;
        self.size = (self.size / 2.0).max(1.0);
    }
}

/// How many calls of an account end in a time, measured over stretches of at least `STRETCH`.
#[derive(Debug, Clone)]
pub struct Speed {
    since: Instant,
    ended: usize,
    per_second: f64,
}

/// Shorter stretches would take two answers that come together for a high speed.
const STRETCH: Duration = Duration::from_millis(50);

impl Speed {
    /// Nothing has ended yet.
    pub fn new(now: Instant) -> Self {
        Self { since: now, ended: 0, per_second: 0.0 }
    }

    /// A call has ended.
    pub fn ended(&mut self) {
        self.ended += 1;
    }

    /// How many whole calls will end within `time` at the present speed.
    pub fn within(&mut self, time: Duration, now: Instant) -> usize {
        let stretch = now.saturating_duration_since(self.since);
        if stretch >= STRETCH {
            self.per_second = self.ended as f64 / stretch.as_secs_f64();
            self.ended = 0;
            self.since = now;
        }
        (self.per_second * time.as_secs_f64()) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_PER_SECOND: Rate = Rate { calls: 10, per_ms: 1_000 };

    #[test]
    fn another_rate_holds_from_the_next_call_on_and_cuts_no_rest_short() {
        let now = Instant::now();
        let of = |calls, per_ms| Some((Rate { calls, per_ms }, Source::Operator));
        let mut pace = Pace::new(of(1, 60_000), now);
        pace.take(now);
        assert!(pace.next_at(now) > now + Duration::from_secs(59));
        pace.set_rate(of(10, 1_000));
        assert!(pace.next_at(now) < now + Duration::from_millis(200));
        pace.slow_down(now, Duration::from_secs(30));
        pace.set_rate(of(100, 1_000));
        assert_eq!(pace.next_at(now), now + Duration::from_secs(30), "the provider asked for it");
    }

    #[test]
    fn calls_stay_below_the_limit_in_every_window() {
        let start = Instant::now();
        for source in [Source::Published, Source::Operator] {
            let mut pace = Pace::new(Some((TEN_PER_SECOND, source)), start);
            let mut sent = Vec::new();
            let mut now = start;
            for step in 0..500_u64 {
                // A timer that is late now and then.
                let at = pace.take(now);
                sent.push(at);
                now = at.max(now) + Duration::from_millis(if step % 7 == 0 { 13 } else { 0 });
            }
            for (index, first) in sent.iter().enumerate() {
                let within = sent[index..].iter().filter(|at| **at < *first + Duration::from_secs(1)).count();
                assert!(within <= 10, "{source:?}: {within} calls within a second");
            }
            let span = sent.last().expect("sent").duration_since(start).as_secs_f64();
            let share = 499.0 / span / 10.0;
            assert!(share > 0.89, "{source:?}: {share}");
        }
    }

    #[test]
    fn without_a_rate_everything_may_leave_unless_the_provider_asked_to_wait() {
        let now = Instant::now();
        let mut pace = Pace::new(None, now);
        assert_eq!(pace.allowance(now, now, 64), 64);
        pace.slow_down(now, Duration::from_secs(7));
        assert_eq!(pace.allowance(now, now + Duration::from_secs(6), 64), 0);
        assert_eq!(pace.next_at(now), now + Duration::from_secs(7));
    }

    #[test]
    fn speed_is_measured_over_a_stretch_and_slow_accounts_end_nothing_soon() {
        let start = Instant::now();
        let (at, ten) = (|ms| start + Duration::from_millis(ms), Duration::from_millis(10));
        let mut speed = Speed::new(start);
        (0..500).for_each(|_| speed.ended());
        assert_eq!(speed.within(ten, at(1)), 0, "too short to tell");
        assert_eq!(speed.within(ten, at(50)), 100);
        assert_eq!(speed.within(ten, at(60)), 100, "the last stretch holds until the next is over");
        (0..2).for_each(|_| speed.ended());
        assert_eq!(speed.within(ten, at(200)), 0);
    }

    #[test]
    fn the_first_call_goes_alone_and_trouble_halves() {
        let mut window = Window::new(64);
        assert_eq!(window.size(), 1);
        (0..100).for_each(|_| window.succeeded());
        assert_eq!(window.size(), 64);
        window.met_trouble();
        assert_eq!(window.size(), 32);
        (0..32).for_each(|_| window.succeeded());
        assert_eq!(window.size(), 32);
        window.succeeded();
        assert_eq!(window.size(), 33);
    }
}
