//! Whether the wall clock goes like the time that passes: a jump, or a machine that slept, makes "a day ago" no
//! day that was worked in.

use std::time::Instant;

use crate::domain::time::Millis;

/// No look is so late, and no clock that is kept right steps so far.
const JUMP_MS: i64 = 10 * 60 * 1_000;

/// Both clocks as they were last seen.
pub(super) struct Clock(Instant, Millis);

impl Clock {
    pub(super) const fn new(now: Instant, wall: Millis) -> Self {
        Self(now, wall)
    }

    /// Whether the wall clock is far ahead of where it should be since the last time that this was asked.
    pub(super) fn jumped(&mut self, now: Instant, wall: Millis) -> bool {
        let passed = now.saturating_duration_since(self.0).as_millis() as i64;
        let ahead = wall.since(self.1) - passed;
        *self = Self(now, wall);
        ahead > JUMP_MS
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_a_wall_clock_that_runs_ahead_has_jumped() {
        let begin = Instant::now();
        let mut clock = Clock::new(begin, Millis(0));
        assert!(!clock.jumped(begin + Duration::from_secs(3_600), Millis(3_600_000)), "an hour passed");
        assert!(clock.jumped(begin + Duration::from_secs(3_601), Millis(90_000_000)));
        assert!(!clock.jumped(begin + Duration::from_secs(3_602), Millis(90_001_000)), "it is told once");
        assert!(!clock.jumped(begin + Duration::from_secs(3_603), Millis(0)), "back is no way to grow old");
    }
}
