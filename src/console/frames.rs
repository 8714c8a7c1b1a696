//! When to draw: pure, told the time, so that its rules can be tested without waiting.
//!
//! The first change after rest is drawn at once; more changes within the gap collapse into one frame.
//! What an operator did may be drawn more often than what happened by itself.

use std::time::Duration;

use tokio::time::Instant;

/// Who changed the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Something happened in the store or a moment came.
    World,
    /// A key, a paste, a resize.
    Operator,
}

/// The frame budget.
#[derive(Debug, Clone)]
pub struct Frames {
    operator_gap: Duration,
    world_gap: Duration,
    last: Option<Instant>,
    due: Option<Instant>,
}

impl Frames {
    /// The budget of a terminal on this host: 60 frames a second, 10 by themselves.
    pub const fn near() -> Self {
        Self::with_gaps(Duration::from_millis(16), Duration::from_millis(100))
    }

    /// The budget over a slow link: 10 frames a second, 4 by themselves.
    pub const fn far() -> Self {
        Self::with_gaps(Duration::from_millis(100), Duration::from_millis(250))
    }

    const fn with_gaps(operator_gap: Duration, world_gap: Duration) -> Self {
        Self { operator_gap, world_gap, last: None, due: None }
    }

    /// The picture may differ from what was drawn.
    pub fn mark(&mut self, cause: Cause, now: Instant) {
        let gap = match cause {
            Cause::Operator => self.operator_gap,
            Cause::World => self.world_gap,
        };
        let at = self.last.map_or(now, |last| now.max(last + gap));
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When to draw next; nothing while nothing changed.
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether to draw now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// A frame was drawn.
    pub const fn drawn(&mut self, now: Instant) {
        self.last = Some(now);
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_key_is_drawn_at_once_and_a_burst_collapses() {
        let mut frames = Frames::near();
        let start = Instant::now();
        assert_eq!(frames.due(), None);
        frames.mark(Cause::Operator, start);
        assert!(frames.is_due(start));
        frames.drawn(start);
        assert_eq!(frames.due(), None);
        frames.mark(Cause::Operator, start);
        assert!(!frames.is_due(start + Duration::from_millis(15)));
        assert!(frames.is_due(start + Duration::from_millis(16)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_happens_by_itself_waits_longer_than_a_key() {
        let mut frames = Frames::far();
        let start = Instant::now();
        frames.drawn(start);
        frames.mark(Cause::World, start);
        assert_eq!(frames.due(), Some(start + Duration::from_millis(250)));
        frames.mark(Cause::Operator, start);
        assert_eq!(frames.due(), Some(start + Duration::from_millis(100)));
        frames.mark(Cause::World, start);
        assert_eq!(frames.due(), Some(start + Duration::from_millis(100)));
    }
}
