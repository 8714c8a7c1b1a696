//! What the engine shares with its flights: calls that are ready to leave, and those that came back.
//!
//! A call that was simply accepted makes room for the next one of its account, which its flight takes
//! without a word to the engine; the engine reads what landed once a cycle. Whatever else happened to a call
//! holds its account's runway and wakes the engine at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::flight::{Landed, Ready};

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds these locks can panic halfway through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The calls of one account whose intent is durable and that have not left.
pub(super) struct Runway<T = Ready>(Mutex<Line<T>>);

struct Line<T> {
    ready: VecDeque<T>,
    held: bool,
    /// Flights that met trouble which the engine has not read yet.
    troubles: usize,
}

impl<T> Default for Runway<T> {
    fn default() -> Self {
        Self(Mutex::new(Line { ready: VecDeque::new(), held: false, troubles: 0 }))
    }
}

impl<T> Line<T> {
    const fn is_closed(&self) -> bool {
        self.held || self.troubles > 0
    }
}

impl<T> Runway<T> {
    /// Lines a call up.
    pub(super) fn push(&self, ready: T) {
        locked(&self.0).ready.push_back(ready);
    }

    /// The next call, for the engine.
    pub(super) fn pop(&self) -> Option<T> {
        locked(&self.0).ready.pop_front()
    }

    /// The next call, for a flight that has landed; none while the engine has to decide.
    pub(super) fn next(&self) -> Option<T> {
        let mut line = locked(&self.0);
        if line.is_closed() { None } else { line.ready.pop_front() }
    }

    /// Whether flights have to leave the next call to the engine.
    pub(super) fn hold(&self, held: bool) {
        locked(&self.0).held = held;
    }

    /// A flight met trouble: nothing more leaves by itself until the engine has read it.
    pub(super) fn meet_trouble(&self) {
        locked(&self.0).troubles += 1;
    }

    /// The engine has read the trouble of one flight; the runway is held until it decides anew.
    pub(super) fn trouble_is_read(&self) {
        let mut line = locked(&self.0);
        line.held = true;
        line.troubles = line.troubles.saturating_sub(1);
    }

    /// Whether a flight that lands now gets no call.
    pub(super) fn is_closed(&self) -> bool {
        locked(&self.0).is_closed()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        locked(&self.0).ready.len()
    }

    /// Takes out all that `stays` does not want to keep.
    pub(super) fn clear(&self, stays: impl Fn(&T) -> bool) -> Vec<T> {
        let mut line = locked(&self.0);
        let (kept, gone): (VecDeque<_>, VecDeque<_>) = line.ready.drain(..).partition(stays);
        line.ready = kept;
        gone.into()
    }
}

/// Where flights report.
#[derive(Clone, Default)]
pub(super) struct Landings(Arc<Shared>);

#[derive(Default)]
struct Shared {
    landed: Mutex<Arrivals>,
    wake: Notify,
}

#[derive(Default)]
struct Arrivals {
    landed: Vec<Landed>,
    /// The engine will look by itself soon.
    gathering: bool,
}

impl Landings {
    /// Reports a call; `urgent` ones wake the engine even while it gathers.
    pub(super) fn report(&self, landed: impl IntoIterator<Item = Landed>, urgent: bool) {
        let mut arrivals = locked(&self.0.landed);
        arrivals.landed.extend(landed);
        let wakes = urgent || !arrivals.gathering;
        drop(arrivals);
        if wakes {
            self.0.wake.notify_one();
        }
    }

    /// Takes what has landed since the last time.
    pub(super) fn take(&self) -> Vec<Landed> {
        std::mem::take(&mut locked(&self.0.landed).landed)
    }

    /// Says how the caller waits now: with `gathering` it comes back by itself before long and need not be
    /// woken for calls that went well. True if it should not wait, because something has landed already.
    pub(super) fn wait_for(&self, gathering: bool) -> bool {
        let mut arrivals = locked(&self.0.landed);
        arrivals.gathering = gathering;
        !gathering && !arrivals.landed.is_empty()
    }

    /// Waits until a report wakes it.
    pub(super) async fn wait(&self) {
        self.0.wake.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runway_stays_closed_until_every_trouble_is_read_whatever_the_engine_decided_before() {
        let runway = Runway::default();
        (1..=3).for_each(|call| runway.push(call));
        assert_eq!(runway.next(), Some(1));
        runway.meet_trouble();
        runway.meet_trouble();
        // The engine opens it without knowing of what has just landed.
        runway.hold(false);
        assert!(runway.is_closed() && runway.next().is_none());
        runway.trouble_is_read();
        runway.hold(false);
        assert_eq!(runway.next(), None, "one is not read yet");
        runway.trouble_is_read();
        assert_eq!(runway.next(), None, "read, but not decided");
        runway.hold(false);
        assert_eq!(runway.next(), Some(2));
        assert_eq!((runway.clear(|_| false), runway.len()), (vec![3], 0));
    }
}
