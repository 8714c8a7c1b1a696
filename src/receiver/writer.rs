//! Makes what was heard durable: whatever waits at one moment goes in one transaction.

use tokio::sync::{mpsc, oneshot};

use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::inbox::{Incoming, Taken};

/// How many requests wait for the store at most; further ones are told to come again.
const WAITING: usize = 1_024;

/// How many go in one transaction, so that it stays short.
const BATCH: usize = 64;

/// Why nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Too many wait already.
    Full,
    /// The store failed; it is in the log.
    Store,
}

struct Job {
    heard: Vec<Incoming>,
    answer: oneshot::Sender<Result<Vec<Taken>, Lost>>,
}

/// Hands over to the writer.
#[derive(Debug, Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts it; it ends when the last handle is dropped.
    pub fn start(store: StoreHandle) -> Self {
        let (jobs, mut queue) = mpsc::channel::<Job>(WAITING);
        tokio::spawn(async move {
            while let Some(first) = queue.recv().await {
                let mut batch = vec![first];
                while batch.len() < BATCH
                    && let Ok(next) = queue.try_recv()
                {
                    batch.push(next);
                }
                write(&store, batch).await;
            }
        });
        Self { jobs }
    }

    /// Stores what was heard; returns when it is durable.
    pub async fn store(&self, heard: Vec<Incoming>) -> Result<Vec<Taken>, Lost> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Job { heard, answer }).map_err(|_| Lost::Full)?;
        answered.await.unwrap_or(Err(Lost::Store))
    }
}

async fn write(store: &StoreHandle, batch: Vec<Job>) {
    let all: Vec<Incoming> = batch.iter().flat_map(|job| job.heard.iter().cloned()).collect();
    match take_in(store, all).await {
        Ok(taken) => {
            let mut taken = taken.into_iter();
            for job in batch {
                let mine = taken.by_ref().take(job.heard.len()).collect();
                // Whoever asked may have gone; the provider will say it again.
                drop(job.answer.send(Ok(mine)));
            }
        }
        // One that the store cannot take must not keep the others out.
        Err(_) if batch.len() > 1 => {
            for job in batch {
                let taken = take_in(store, job.heard).await.map_err(|error| lost(&error));
                drop(job.answer.send(taken));
            }
        }
        Err(error) => {
            let lost = lost(&error);
            for job in batch {
                drop(job.answer.send(Err(lost)));
            }
        }
    }
}

async fn take_in(store: &StoreHandle, heard: Vec<Incoming>) -> Result<Vec<Taken>, StoreError> {
    store
        .call(move |db| {
            // What is written into a store that was taken away or replaced is nobody's, and must not be answered for.
            if db.is_in_place() {
                db.take_in(&heard)
            } else {
                Err(StoreError::Missing(db.folder().to_owned()))
            }
        })
        .await
}

fn lost(error: &StoreError) -> Lost {
    tracing::error!(%error, "what came in could not be stored; the provider is told to come again");
    Lost::Store
}
