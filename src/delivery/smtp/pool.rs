//! Connections that wait for the next message, and how many there may be.
//!
//! lettre's own pool limits how many are parked, not how many are open. Here a place is taken before a connection
//! is, and a parked one is used before another is opened: so there are never more than the server was promised.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use aws_lc_rs::digest;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

use super::leave;
use crate::channels::call::{MailCall, MailServer};
use crate::domain::secret::Secret;

/// A connection parked for longer is given back: the other side would close it soon.
const PARKED_FOR: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(30) };

/// Who is logged in where: another password is another login, and is proven by it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Login {
    server: MailServer,
    password: Option<[u8; 32]>,
}

impl Login {
    pub(super) fn of(call: &MailCall) -> Self {
        let digest = |password: &Secret| {
            let digest = digest::digest(&digest::SHA256, password.expose().as_bytes());
            digest.as_ref().try_into().unwrap_or([0; 32])
        };
        Self { server: call.server.clone(), password: call.password.as_ref().map(digest) }
    }
}

/// A connection and what it has done.
pub(super) struct Parked {
    pub connection: AsyncSmtpConnection,
    pub sent: u32,
    /// Whether the server reports on what it cannot deliver, once it was asked.
    pub reports: Option<bool>,
    since: Instant,
}

impl Parked {
    pub(super) fn fresh(connection: AsyncSmtpConnection) -> Self {
        Self { connection, sent: 0, reports: None, since: Instant::now() }
    }
}

/// What one login has.
struct Desk {
    places: Arc<Semaphore>,
    parked: Vec<Parked>,
}

#[derive(Default)]
struct Desks {
    of: HashMap<Login, Desk>,
    /// Whether somebody looks after those that wait too long.
    swept: bool,
}

/// The connections of a sender.
#[derive(Default)]
pub(super) struct Pool(Mutex<Desks>);

impl Pool {
    fn desks(&self) -> MutexGuard<'_, Desks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for one of the places that the login has.
    pub(super) async fn place(&self, login: &Login) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut desks = self.desks();
            let desk = desks.of.entry(login.clone()).or_insert_with(|| Desk {
                places: Arc::new(Semaphore::new(login.server.connections.max(1))),
                parked: Vec::new(),
            });
            Arc::clone(&desk.places)
        };
        // Nobody closes it.
        places.acquire_owned().await.ok()
    }

    /// The one that was used last.
    pub(super) fn unpark(&self, login: &Login) -> Option<Parked> {
        self.desks().of.get_mut(login)?.parked.pop()
    }

    /// Keeps a connection for the next message, and sees to it that it does not wait for ever.
    pub(super) fn park(self: &Arc<Self>, login: &Login, mut used: Parked) {
        used.since = Instant::now();
        let mut desks = self.desks();
        let Some(desk) = desks.of.get_mut(login) else { return };
        desk.parked.push(used);
        if !std::mem::replace(&mut desks.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Takes those that have waited too long; `None` when nobody waits any more.
    fn take_old(&self) -> Option<Vec<Parked>> {
        let mut desks = self.desks();
        let mut old = Vec::new();
        for desk in desks.of.values_mut() {
            old.extend(desk.parked.extract_if(.., |one| one.since.elapsed() >= PARKED_FOR));
        }
        // A login that nobody uses is forgotten: passwords change.
        desks.of.retain(|_, desk| !desk.parked.is_empty() || Arc::strong_count(&desk.places) > 1);
        desks.swept = !old.is_empty() || desks.of.values().any(|desk| !desk.parked.is_empty());
        desks.swept.then_some(old)
    }

    #[cfg(test)]
    pub(super) fn parked(&self) -> usize {
        self.desks().of.values().map(|desk| desk.parked.len()).sum()
    }
}

/// Ends what waits too long, as long as anything waits.
async fn sweep(pool: Weak<Pool>) {
    loop {
        sleep(PARKED_FOR).await;
        let Some(old) = pool.upgrade().and_then(|pool| pool.take_old()) else { return };
        for mut one in old {
            leave(&mut one.connection).await;
        }
    }
}
