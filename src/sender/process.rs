//! The sender itself: takes the lock, settles what a dead one left, runs the engine, leaves.
//!
//! The same code runs detached (`pushdeck sender`, made by `keeper`) and, where background processes
//! are forbidden, inside the console or command.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::lock::SenderLock;
use crate::delivery::carrier::Carrier;
use crate::delivery::caution::Caution;
use crate::delivery::engine::{Ended, Engine, Setup};
use crate::delivery::http::HttpSetupError;
use crate::store::db::Opening;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::watch::Watch;

/// How often a living sender says so in the store.
const BEAT: Duration = Duration::from_secs(5);

/// How often is looked whether something that recurs is due.
const LOOK_AHEAD: Duration = Duration::from_secs(1);

/// Somebody who only asks whether a sender lives holds the lock for a moment: try this often.
const TRIES: u32 = 20;

/// Its name in the audit log.
const OPERATOR: &str = "sender";

/// How a sender runs.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Leaves after so long without work; `None`: stays.
    pub idle: Option<Duration>,
    /// The configured HTTP proxy.
    pub proxy: Option<String>,
    /// When the engine stops by itself.
    pub caution: Caution,
}

/// Why a sender could not run.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The lock file cannot be used.
    #[error("the sender's lock at {path} cannot be used: {source}")]
    Lock {
        /// The folder of the store.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP client failed.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
}

/// What a sender did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Another process is the sender.
    NotNeeded,
    /// It was the sender, and ended for this reason.
    Ended(Ended),
}

/// Becomes the sender if nobody is, and works until there is nothing to do or `stop` turns true.
pub async fn run(
    opening: Opening,
    running: Running,
    stop: watch::Receiver<bool>,
) -> Result<Sent, SenderError> {
    let Some(lock) = take(&opening).await? else { return Ok(Sent::NotNeeded) };
    // What the sender does by itself, such as pausing a channel, is nobody's act.
    let opening = Opening { operator: OPERATOR.to_owned(), ..opening };
    let store = StoreHandle::open(opening.clone(), "sender-store").await?;
    let takeover = store.call(|db| db.become_sender(std::process::id())).await?;
    // What killed processes left half-done belongs to nobody else now.
    store.call(crate::store::db::Db::clean_up_plans).await?;
    let keys = store.call(|db| db.delivery_keys()).await?;
    if takeover.unknown > 0 {
        tracing::warn!(unknown = takeover.unknown, "a sender died with calls in flight");
    }
    tracing::info!(epoch = takeover.epoch, "this process is the sender");
    let epoch = takeover.epoch;
    let setup = Setup {
        carrier: Arc::new(Carrier::new(running.proxy.as_deref())?),
        store: store.clone(),
        writes: Watch::of(&opening.folder),
        epoch,
        keys,
        idle: running.idle,
        caution: running.caution,
        stop,
    };
    let beating = tokio::spawn(beat(store.clone(), epoch));
    let making = tokio::spawn(make_occurrences(store.clone(), opening));
    let ended = Engine::new(setup).run().await;
    beating.abort();
    making.abort();
    let ended = ended?;
    if !matches!(ended, Ended::Fenced | Ended::Vanished) {
        store.call(move |db| db.leave_sender(epoch)).await?;
    }
    tracing::info!(epoch, ?ended, "this process is no longer the sender");
    drop(lock);
    Ok(Sent::Ended(ended))
}

async fn take(opening: &Opening) -> Result<Option<SenderLock>, SenderError> {
    for _ in 0..TRIES {
        match SenderLock::try_take(&opening.folder) {
            Ok(Some(lock)) => return Ok(Some(lock)),
            Ok(None) => tokio::time::sleep(Duration::from_millis(25)).await,
            Err(source) => return Err(SenderError::Lock { path: opening.folder.clone(), source }),
        }
    }
    Ok(None)
}

/// Makes what recurs when it is due. On a connection of its own: releasing a large audience takes longer than
/// the sending of others may wait.
async fn make_occurrences(store: StoreHandle, opening: Opening) {
    loop {
        tokio::time::sleep(LOOK_AHEAD).await;
        let due = store
            .call(|db| Ok(db.next_occurrence()?.is_some_and(|at| at <= db.now()) && db.halted()?.is_none()))
            .await;
        match due {
            Ok(false) => continue,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot look for schedules");
                continue;
            }
            Ok(true) => {}
        }
        let made = match StoreHandle::open(opening.clone(), "schedule-store").await {
            Ok(handle) => handle.call(crate::store::db::Db::make_occurrences).await,
            Err(error) => Err(error),
        };
        if let Err(error) = made {
            tracing::error!(%error, "a schedule could not be carried out; it is tried again");
        }
    }
}

async fn beat(store: StoreHandle, epoch: i64) {
    loop {
        tokio::time::sleep(BEAT).await;
        match store.call(move |db| db.beat(epoch)).await {
            Ok(true) | Err(StoreError::Busy(_) | StoreError::DiskFull(_)) => {}
            // The engine's own next cycle finds out and ends it in good order.
            Ok(false) | Err(_) => return,
        }
    }
}
