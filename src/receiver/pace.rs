//! How many requests are let in: so many at once, and so many a second after that.

use std::time::Instant;

/// How many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// At once.
    pub burst: u32,
    /// Each second after that.
    pub per_second: u32,
}

/// What is left of a pace.
#[derive(Debug)]
pub struct Bucket {
    pace: Pace,
    left: f64,
    seen: Instant,
}

impl Bucket {
    /// A full one.
    pub fn new(pace: Pace, now: Instant) -> Self {
        Self { pace, left: f64::from(pace.burst), seen: now }
    }

    /// Whether one more is let in; that one counts.
    pub fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.seen).as_secs_f64();
        self.seen = now;
        self.left =
            f64::from(self.pace.per_second).mul_add(passed, self.left).min(f64::from(self.pace.burst));
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_only_the_pace() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Pace { burst: 3, per_second: 2 }, start);
        assert_eq!((0..5).filter(|_| bucket.take(start)).count(), 3);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..5).filter(|_| bucket.take(later)).count(), 2);
        let much_later = start + Duration::from_secs(1_000);
        assert_eq!((0..9).filter(|_| bucket.take(much_later)).count(), 3, "never more than the burst");
    }
}
