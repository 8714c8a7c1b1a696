//! Plans are written and removed by one process at a time, and what a killed one left half-written is
//! taken back.

use std::fs::File;

use rusqlite::named_params;

use crate::domain::broadcast::Phase;
use crate::domain::id::BroadcastId;
use crate::store::audit::Act;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::shared;

/// How many deliveries one writing transaction of a removal covers.
const REMOVE_CHUNK: i64 = 10_000;

impl Db {
    /// Waits until no other process writes or removes a plan, and takes back what a killed one left
    /// half-written: the kernel frees the lock of whoever dies, so whatever is `planning` under it is nobody's.
    pub(in crate::store) fn lock_plans(&mut self) -> Result<Option<File>, StoreError> {
        if self.folder().as_os_str().is_empty() {
            return Ok(None);
        }
        let file = self.plan_lock_file()?;
        file.lock().map_err(|source| StoreError::Unwritable { path: self.folder().to_owned(), source })?;
        self.drop_half_plans()?;
        Ok(Some(file))
    }

    /// Takes back what a killed process left half-planned, unless somebody is planning. For whoever starts.
    pub fn clean_up_plans(&mut self) -> Result<(), StoreError> {
        if self.half_plans()?.is_empty() {
            return Ok(());
        }
        match self.plan_lock_file()?.try_lock() {
            Ok(()) => self.drop_half_plans(),
            Err(std::fs::TryLockError::WouldBlock) => Ok(()),
            Err(std::fs::TryLockError::Error(source)) => {
                Err(StoreError::Unwritable { path: self.folder().to_owned(), source })
            }
        }
    }

    fn plan_lock_file(&self) -> Result<File, StoreError> {
        shared::open(self.folder(), "plan.lock")
            .map_err(|source| StoreError::Unwritable { path: self.folder().join("plan.lock"), source })
    }

    fn half_plans(&self) -> Result<Vec<BroadcastId>, StoreError> {
        self.conn
            .prepare_cached("SELECT id FROM broadcast WHERE phase = 'planning' AND ended_ms IS NULL")
            .and_then(|mut read| read.query_map([], |row| row.get(0).map(BroadcastId))?.collect())
            .doing("looking for half-written plans")
    }

    fn drop_half_plans(&mut self) -> Result<(), StoreError> {
        self.half_plans()?.into_iter().try_for_each(|id| self.drop_plan(id, Phase::Planning))
    }

    /// Takes the plan of a held broadcast away: it is a draft again.
    pub(in crate::store) fn take_plan_back(
        &mut self,
        id: BroadcastId,
        phase: Phase,
    ) -> Result<(), StoreError> {
        let _lock = self.lock_plans()?;
        self.take_plan(id, phase, Some(Act::Recall))
    }

    /// Takes the plan of a broadcast away and makes it a draft again: a refused release, a recall, or what
    /// a killed process left half-written.
    pub(super) fn drop_plan(&mut self, id: BroadcastId, phase: Phase) -> Result<(), StoreError> {
        self.take_plan(id, phase, None)
    }

    /// The same; an act of a person is entered by the step from which on nothing leaves, and only if it came in
    /// time.
    fn take_plan(&mut self, id: BroadcastId, phase: Phase, act: Option<Act>) -> Result<(), StoreError> {
        // While rows go, the broadcast is `planning`: nobody sends from it, lists show a draft.
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE broadcast SET phase = 'planning', keeper = NULL, hold_until_ms = NULL \
                 WHERE id = :id AND phase = :phase",
                named_params! { ":id": id.0, ":phase": phase.word() },
            )
            .doing("taking a plan back")?;
        if changed == 0 {
            return Err(StoreError::Conflict { what: "broadcast", id: id.to_string() });
        }
        if let Some(act) = act {
            tx.note(act, id, "")?;
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("taking a plan back")?;
        loop {
            let tx = self.write()?;
            let gone = tx
                .prepare_cached(
                    "DELETE FROM delivery WHERE broadcast = :id AND seq IN \
                     (SELECT seq FROM delivery WHERE broadcast = :id ORDER BY seq LIMIT :n)",
                )
                .and_then(|mut delete| delete.execute(named_params! { ":id": id.0, ":n": REMOVE_CHUNK }))
                .doing("taking a plan back")?;
            tx.commit().doing("taking a plan back")?;
            if gone == 0 {
                break;
            }
        }
        let tx = self.write()?;
        tx.execute("DELETE FROM lane WHERE broadcast = ?1", [id.0]).doing("taking a plan back")?;
        tx.execute(
            "UPDATE broadcast SET phase = 'draft', released_ms = NULL, released_by = NULL, plan_hash = NULL, \
             version = version + 1 WHERE id = ?1 AND phase = 'planning'",
            [id.0],
        )
        .doing("taking a plan back")?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("taking a plan back")
    }
}
