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
#[derive(Default)]
pub(super) struct Runway(Mutex<Line>);

#[derive(Default)]
struct Line {
    ready: VecDeque<Ready>,
    held: bool,
}

impl Runway {
    /// Lines a call up.
    pub(super) fn push(&self, ready: Ready) {
        locked(&self.0).ready.push_back(ready);
    }

    /// The next call, for the engine.
    pub(super) fn pop(&self) -> Option<Ready> {
        locked(&self.0).ready.pop_front()
    }

    /// The next call, for a flight that has landed; none while the runway is held.
    pub(super) fn next(&self) -> Option<Ready> {
        let mut line = locked(&self.0);
        if line.held { None } else { line.ready.pop_front() }
    }

    /// Whether flights have to leave the next call to the engine.
    pub(super) fn hold(&self, held: bool) {
        locked(&self.0).held = held;
    }

    /// Whether flights have to leave the next call to the engine.
    pub(super) fn is_held(&self) -> bool {
        locked(&self.0).held
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        locked(&self.0).ready.len()
    }

    /// Takes out all that `stays` does not want to keep.
    pub(super) fn clear(&self, stays: impl Fn(&Ready) -> bool) -> Vec<Ready> {
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
