//! A `Db` on a thread of its own, behind a cloneable handle.
//!
//! `call` sends a closure over the typed methods of `Db` and awaits its answer; nothing async ever
//! waits for the disk on its own thread, and no connection leaves its thread. The thread ends when
//! the last handle is dropped, after everything that was asked for is done.

use std::sync::mpsc;

use tokio::sync::oneshot;

use super::db::{Db, Opening};
use super::error::StoreError;

type Job = Box<dyn FnOnce(&mut Db) + Send>;

/// Asks questions of a store that lives on a thread of its own.
#[derive(Clone, Debug)]
pub struct StoreHandle {
    jobs: mpsc::Sender<Job>,
}

impl StoreHandle {
    /// Opens the store on a new thread named `name`; the answer comes when it is open.
    pub async fn open(opening: Opening, name: &str) -> Result<Self, StoreError> {
        Self::spawn(name, move || opening.open()).await
    }

    /// Puts a store that is made by `make` on a new thread.
    pub async fn spawn(
        name: &str,
        make: impl FnOnce() -> Result<Db, StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (opened, is_open) = oneshot::channel();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let mut db = match make() {
                    Ok(db) => db,
                    // The asker may have gone away; then nobody wants to know.
                    Err(error) => return drop(opened.send(Err(error))),
                };
                if opened.send(Ok(())).is_ok() {
                    for job in queue {
                        job(&mut db);
                    }
                }
            })
            .map_err(|_| StoreError::Closed)?;
        is_open.await.map_err(|_| StoreError::Closed)??;
        Ok(Self { jobs })
    }

    /// Runs `ask` on the store's thread and gives its answer.
    pub async fn call<T, F>(&self, ask: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        // An asker that went away does not want the answer any more.
        let job: Job = Box::new(move |db| drop(answer.send(ask(db))));
        self.jobs.send(job).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::wall_clock;

    #[tokio::test]
    async fn questions_are_answered_in_order_and_a_failed_opening_is_told() {
        let store = StoreHandle::spawn("store", || Db::in_memory(wall_clock())).await.expect("open");
        assert_eq!(store.call(|db| Ok(db.changes()?.len())).await.expect("answer"), 5);
        let closed = StoreHandle::spawn("store", || Err(StoreError::ReadOnly)).await;
        assert!(matches!(closed, Err(StoreError::ReadOnly)));
    }
}
