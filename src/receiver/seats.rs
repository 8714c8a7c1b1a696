//! Who has a connection: where there is no room, the one that has been silent for longest makes some.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How often is looked for a silent one while somebody waits.
const LOOK: Duration = Duration::from_millis(100);

/// The places of connections.
#[derive(Debug)]
pub struct Seats {
    room: Arc<Semaphore>,
    most: usize,
    /// Those that are taken, the oldest first, and some that were.
    taken: Mutex<VecDeque<Weak<Seat>>>,
}

/// The place of one connection, held for as long as it lasts.
#[derive(Debug)]
pub struct Seat {
    _permit: OwnedSemaphorePermit,
    /// Requests that are being answered.
    at_work: AtomicUsize,
    /// Asks it to make room.
    pub leave: CancellationToken,
}

/// A request that is being answered: its connection is not asked to leave.
#[derive(Debug)]
pub struct AtWork(Arc<Seat>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Seat {
    /// A request is here.
    pub fn works(self: &Arc<Self>) -> AtWork {
        self.at_work.fetch_add(1, Ordering::Relaxed);
        AtWork(Arc::clone(self))
    }
}

impl Seats {
    /// For so many at once.
    pub fn new(most: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(most)), most, taken: Mutex::default() }
    }

    /// A place for somebody who has come, as soon as there is one. Whoever is at work keeps theirs.
    pub async fn take(&self) -> Option<Arc<Seat>> {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
                break permit;
            }
            self.make_room();
            // Whoever is at work now may be silent in a moment.
            if let Ok(permit) = tokio::time::timeout(LOOK, Arc::clone(&self.room).acquire_owned()).await {
                break permit.ok()?;
            }
        };
        let seat =
            Arc::new(Seat { _permit: permit, at_work: AtomicUsize::new(0), leave: CancellationToken::new() });
        let mut taken = self.lock();
        if taken.len() >= 2 * self.most {
            taken.retain(|seat| seat.strong_count() > 0);
        }
        taken.push_back(Arc::downgrade(&seat));
        drop(taken);
        Some(seat)
    }

    fn make_room(&self) {
        let mut taken = self.lock();
        taken.retain(|seat| seat.strong_count() > 0);
        let silent = taken
            .iter()
            .position(|seat| seat.upgrade().is_some_and(|seat| seat.at_work.load(Ordering::Relaxed) == 0));
        if let Some(seat) = silent.and_then(|at| taken.remove(at)).and_then(|seat| seat.upgrade()) {
            seat.leave.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Weak<Seat>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_silent_one_makes_room_and_nobody_who_left_is_kept() {
        let seats = Seats::new(2);
        let busy = seats.take().await.expect("a place");
        let at_work = busy.works();
        let silent = seats.take().await.expect("a place");
        let (told, taken) = (silent.leave.clone(), seats.take());
        let leaves = async move {
            told.cancelled().await;
            drop(silent);
        };
        let (third, ()) = tokio::join!(taken, leaves);
        assert!(third.is_some() && !busy.leave.is_cancelled(), "whoever is at work stays");
        drop((third, at_work, busy));
        for _ in 0..100 {
            drop(seats.take().await);
        }
        assert!(seats.lock().len() <= 4, "{}", seats.lock().len());
    }
}
