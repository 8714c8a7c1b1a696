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
    /// The store answered a question.
    Answer,
    /// A key, a paste, a resize.
    Operator,
}

/// An answer within this time of an operator's act is what they wait for.
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// The frame budget.
#[derive(Debug, Clone)]
pub struct Frames {
    operator_gap: Duration,
    world_gap: Duration,
    acted: Option<Instant>,
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
        Self { operator_gap, world_gap, acted: None, last: None, due: None }
    }

    /// The operator did something: what is answered soon after was asked for by it.
    pub const fn acted(&mut self, now: Instant) {
        self.acted = Some(now);
    }

    /// The picture may differ from what was drawn.
    pub fn mark(&mut self, cause: Cause, now: Instant) {
        let gap = match cause {
            Cause::Operator => self.operator_gap,
            Cause::Answer if self.acted.is_some_and(|acted| now < acted + ANSWER_TIME) => self.operator_gap,
            Cause::World | Cause::Answer => self.world_gap,
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
    async fn an_answer_that_the_operator_waits_for_is_drawn_like_a_key() {
        let mut frames = Frames::near();
        let start = Instant::now();
        frames.acted(start);
        frames.drawn(start);
        frames.mark(Cause::Answer, start + Duration::from_millis(5));
        assert_eq!(frames.due(), Some(start + Duration::from_millis(16)));
        let later = start + Duration::from_secs(2);
        frames.drawn(later);
        frames.mark(Cause::Answer, later);
        assert_eq!(frames.due(), Some(later + Duration::from_millis(100)));
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
