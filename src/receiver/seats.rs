//! Who has a connection: where there is no room, the one that has been silent for longest makes some.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// The places of connections.
#[derive(Debug)]
pub struct Seats {
    room: Arc<Semaphore>,
    /// Those that are taken, the oldest first.
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
        Self { room: Arc::new(Semaphore::new(most)), taken: Mutex::default() }
    }

    /// A place for somebody who has come, as soon as there is one. Whoever is at work keeps theirs.
    pub async fn take(&self) -> Option<Arc<Seat>> {
        let at_once = Arc::clone(&self.room).try_acquire_owned().ok();
        let permit = if let Some(permit) = at_once {
            permit
        } else {
            self.make_room();
            Arc::clone(&self.room).acquire_owned().await.ok()?
        };
        let seat =
            Arc::new(Seat { _permit: permit, at_work: AtomicUsize::new(0), leave: CancellationToken::new() });
        self.lock().push_back(Arc::downgrade(&seat));
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
