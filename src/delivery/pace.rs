//! How fast one account is called: a rate that is never above the provider's, and a number of calls in
//! flight that grows with success and shrinks with trouble. Time is passed in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// When the next call of an account may leave by its rate alone.
#[derive(Debug)]
struct Spacing {
    interval: Duration,
    next: Instant,
    /// When the last call left.
    last: Option<Instant>,
    /// Calls that were promised their place and have not taken it.
    promised: usize,
}

/// Spaces calls evenly: a bucket would send a burst first and could meet a sliding window's limit. Channels of one
/// account have their spacing together, and each its own rest.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    spacing: Arc<Mutex<Spacing>>,
    /// Nobody is called before this.
    rest: Option<Instant>,
}

impl Pace {
    /// Starts empty: after a restart nobody knows what was sent just before.
    pub fn new(rate: Option<(Rate, Source)>, now: Instant) -> Self {
        let interval = interval(rate);
        let spacing = Spacing { interval, next: now, last: None, promised: 0 };
        Self { interval, spacing: Arc::new(Mutex::new(spacing)), rest: None }
    }

    /// Wants another rate; `group` makes it hold.
    pub fn set_rate(&mut self, rate: Option<(Rate, Source)>) {
        self.interval = interval(rate);
    }

    /// Groups paces by account, `same` of two of them: one account has one spacing, as its slowest channel wants it. What
    /// was spaced before stays so.
    pub fn group(paces: &mut [&mut Self], same: impl Fn(usize, usize) -> bool) {
        let mut first: Vec<usize> = Vec::new();
        for at in 0..paces.len() {
            if let Some(&leader) = first.iter().find(|leader| same(**leader, at)) {
                paces[at].spacing = Arc::clone(&paces[leader].spacing);
                let slowest = paces[leader].spacing().interval.max(paces[at].interval);
                paces[at].space(slowest);
            } else {
                if first.iter().any(|leader| Arc::ptr_eq(&paces[*leader].spacing, &paces[at].spacing)) {
                    let alone = Spacing { ..*paces[at].spacing() };
                    paces[at].spacing = Arc::new(Mutex::new(alone));
                }
                let own = paces[at].interval;
                paces[at].space(own);
                first.push(at);
            }
        }
    }

    fn space(&self, interval: Duration) {
        let mut spacing = self.spacing();
        spacing.interval = interval;
        if let Some(last) = spacing.last {
            spacing.next = last + interval;
        }
    }

    fn spacing(&self) -> MutexGuard<'_, Spacing> {
        // Nothing that holds this lock can panic halfway through a change.
        self.spacing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next call may leave; not before `now`.
    pub fn next_at(&self, now: Instant) -> Instant {
        self.spacing().next.max(self.rest.unwrap_or(now)).max(now)
    }

    /// Whether calls have to wait for their moment, now or one after the other.
    pub fn waits(&self, now: Instant) -> bool {
        !self.spacing().interval.is_zero() || self.next_at(now) > now
    }

    /// Forgets what was promised: it is counted anew.
    pub fn forget_promises(&self) {
        self.spacing().promised = 0;
    }

    /// So many calls will take their places before others that ask for some.
    pub fn promise(&self, calls: usize) {
        self.spacing().promised += calls;
    }

    /// How many calls may leave by `until`, at most `most`, beside those of others that were promised it; `own` of
    /// what was promised is its own.
    pub fn allowance(&self, now: Instant, until: Instant, most: usize, own: usize) -> usize {
        let next = self.next_at(now);
        if next > until {
            return 0;
        }
        let spacing = self.spacing();
        if spacing.interval.is_zero() {
            return most;
        }
        let from = spacing.from(now).max(self.rest.unwrap_or(spacing.next));
        let slots = until.saturating_duration_since(from).as_nanos() / spacing.interval.as_nanos() + 1;
        let of_others = spacing.promised.saturating_sub(own);
        usize::try_from(slots).unwrap_or(usize::MAX).saturating_sub(of_others).min(most)
    }

    /// Takes the place of one call; gives the moment at which it may leave.
    pub fn take(&self, now: Instant) -> Instant {
        let mut spacing = self.spacing();
        let at = spacing.from(now).max(self.rest.unwrap_or(spacing.next));
        spacing.next = at + spacing.interval;
        spacing.last = Some(at);
        at.max(now)
    }

    /// Nothing is waited for any more but the rate.
    pub fn wake(&mut self) {
        self.rest = None;
    }

    /// Nobody may call before `wait` has passed.
    pub fn slow_down(&mut self, now: Instant, wait: Duration) {
        self.rest = self.rest.max(Some(now + wait));
    }
}

impl Spacing {
    /// From when on places are free, late timers caught up with.
    fn from(&self, now: Instant) -> Instant {
        self.next.max(now.checked_sub(CATCH_UP).unwrap_or(now))
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

    fn again(pace: &mut Pace, rate: Option<(Rate, Source)>) {
        pace.set_rate(rate);
        Pace::group(&mut [pace], |_, _| false);
    }

    const TEN_PER_SECOND: Rate = Rate { calls: 10, per_ms: 1_000 };

    #[test]
    fn another_rate_holds_from_the_next_call_on_and_cuts_no_rest_short() {
        let now = Instant::now();
        let of = |calls, per_ms| Some((Rate { calls, per_ms }, Source::Operator));
        let mut pace = Pace::new(of(1, 60_000), now);
        pace.take(now);
        assert!(pace.next_at(now) > now + Duration::from_secs(59));
        again(&mut pace, of(10, 1_000));
        assert!(pace.next_at(now) < now + Duration::from_millis(200));
        pace.slow_down(now, Duration::from_secs(30));
        again(&mut pace, of(100, 1_000));
        assert_eq!(pace.next_at(now), now + Duration::from_secs(30), "the provider asked for it");
        pace.wake();
        assert!(pace.next_at(now) < now + Duration::from_secs(1));
    }

    #[test]
    fn channels_of_one_account_have_its_rate_together_as_the_slowest_of_them_wants_it() {
        let now = Instant::now();
        let of = |calls| Some((Rate { calls, per_ms: 60_000 }, Source::Operator));
        let [mut a, mut b, mut c] = [of(60), of(6), of(60)].map(|rate| Pace::new(rate, now));
        let of_one_account = |one, other| one < 2 && other < 2;
        Pace::group(&mut [&mut a, &mut b, &mut c], of_one_account);
        a.take(now);
        let secs = |pace: &Pace| pace.next_at(now).duration_since(now).as_secs();
        assert_eq!([&a, &b, &c].map(secs), [10, 10, 0]);
        b.slow_down(now, Duration::from_secs(30));
        assert_eq!([&a, &b].map(secs), [10, 30], "a rest is each one's own");
        Pace::group(&mut [&mut a, &mut b, &mut c], |_, _| false);
        assert_eq!([&a, &c].map(secs), [1, 0], "another credential: its own rate, and what left has left");
        a.take(now);
        assert_eq!([&a, &b].map(secs), [2, 30]);
        b.wake();
        assert_eq!(secs(&b), 10);
    }

    #[test]
    fn what_one_was_promised_another_does_not_get() {
        let now = Instant::now();
        let per_second = Some((Rate { calls: 1, per_ms: 1_000 }, Source::Operator));
        let [mut a, mut b] = [per_second; 2].map(|rate| Pace::new(rate, now));
        Pace::group(&mut [&mut a, &mut b], |_, _| true);
        a.promise(1);
        assert_eq!(b.allowance(now, now, 9, 0), 0);
        assert_eq!(a.allowance(now, now, 9, 1), 1, "its own is no obstacle");
        b.forget_promises();
        assert_eq!(b.allowance(now, now, 9, 0), 1);
    }

    #[test]
    fn calls_stay_below_the_limit_in_every_window() {
        let start = Instant::now();
        for source in [Source::Published, Source::Operator] {
            let pace = Pace::new(Some((TEN_PER_SECOND, source)), start);
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
        assert_eq!(pace.allowance(now, now, 64, 0), 64);
        pace.slow_down(now, Duration::from_secs(7));
        assert_eq!(pace.allowance(now, now + Duration::from_secs(6), 64, 0), 0);
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
