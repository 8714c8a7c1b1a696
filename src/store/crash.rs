//! Named places at which the process dies on request, in debug builds alone: the fault drill's way to every moment
//! between a release, an intent, a request, its answer and its record. `PUSHDECK_CRASH=place:n` aborts the process
//! when it passes the place for the n-th time; a release build has nothing that reads the variable.

/// A moment at which everything that was not durable is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A chunk of the rows of a release is written, not committed.
    ChunkOpen,
    /// The same chunk is committed, others may follow.
    ChunkDone,
    /// The flip that makes the rows the plan is not committed.
    FlipOpen,
    /// It is; nobody has been told.
    FlipDone,
    /// A new sender has settled what a dead one left, and not committed it.
    TakeoverOpen,
    /// It has; nothing has left yet.
    TakeoverDone,
    /// Calls are claimed and the claim is not durable.
    IntentOpen,
    /// The claim is durable and nothing of it has left.
    IntentDone,
    /// A call is built and nothing of it is written.
    RequestOpen,
    /// A call is written and not answered.
    RequestDone,
    /// A call is answered, and the answer stands nowhere.
    Answered,
    /// Answers are entered and not committed.
    RecordOpen,
    /// They are; whoever waits for that has not been told.
    RecordDone,
}

impl Place {
    /// All of them, in the order in which a broadcast passes them.
    pub const ALL: [Self; 13] = [
        Self::ChunkOpen,
        Self::ChunkDone,
        Self::FlipOpen,
        Self::FlipDone,
        Self::TakeoverOpen,
        Self::TakeoverDone,
        Self::IntentOpen,
        Self::IntentDone,
        Self::RequestOpen,
        Self::RequestDone,
        Self::Answered,
        Self::RecordOpen,
        Self::RecordDone,
    ];

    /// Its name in the variable.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ChunkOpen => "chunk-open",
            Self::ChunkDone => "chunk-done",
            Self::FlipOpen => "flip-open",
            Self::FlipDone => "flip-done",
            Self::TakeoverOpen => "takeover-open",
            Self::TakeoverDone => "takeover-done",
            Self::IntentOpen => "intent-open",
            Self::IntentDone => "intent-done",
            Self::RequestOpen => "request-open",
            Self::RequestDone => "request-done",
            Self::Answered => "answered",
            Self::RecordOpen => "record-open",
            Self::RecordDone => "record-done",
        }
    }
}

#[cfg(not(debug_assertions))]
pub use none::{dies_at, dies_unanswered_at};
#[cfg(debug_assertions)]
pub use some::{dies_at, dies_unanswered_at};

/// What a release build has in their place.
#[cfg(not(debug_assertions))]
mod none {
    use super::Place;

    /// Nothing.
    pub const fn dies_at(_: Place) {}

    /// The call itself.
    pub fn dies_unanswered_at<F: Future>(_: Place, call: F) -> F {
        call
    }
}

#[cfg(debug_assertions)]
mod some {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::Place;

    /// A call on loopback is written whole within this; the drill's servers answer later.
    const WRITTEN: Duration = Duration::from_millis(20);

    static ASKED: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
        let asked = std::env::var("PUSHDECK_CRASH").ok()?;
        let (place, n) = asked.split_once(':')?;
        Some((place.to_owned(), n.parse().ok()?))
    });
    static PASSED: AtomicU32 = AtomicU32::new(0);

    fn asked_at(place: Place) -> Option<u32> {
        ASKED.as_ref().filter(|(asked, _)| asked == place.word()).map(|(_, n)| *n)
    }

    /// Ends the process without a word if it was asked to die here, now.
    pub fn dies_at(place: Place) {
        if asked_at(place).is_some_and(|n| PASSED.fetch_add(1, Ordering::SeqCst) + 1 == n) {
            std::process::abort();
        }
    }

    /// Waits for a call, and passes `place` when its request is written and its answer is not there.
    pub fn dies_unanswered_at<F: Future>(place: Place, call: F) -> impl Future<Output = F::Output> {
        let mut call = Box::pin(call);
        async move {
            if asked_at(place).is_none() {
                return call.await;
            }
            if let Ok(answer) = tokio::time::timeout(WRITTEN, &mut call).await {
                return answer;
            }
            dies_at(place);
            call.await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let mut words = Place::ALL.map(Place::word);
        words.sort_unstable();
        assert!(words.windows(2).all(|two| two[0] != two[1]), "{words:?}");
        dies_at(Place::Answered);
    }
}
