//! New versions: a broadcast whose notifications take the place of an earlier one's, where the provider can do that.

use rusqlite::{OptionalExtension, named_params};

use crate::domain::id::BroadcastId;
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};

/// So many versions of a message are followed back.
const LONGEST_ROW: usize = 1_000;

impl Db {
    /// The first of a row of broadcasts that each took the place of the one before.
    pub fn in_place_of(&self, replaced: Option<BroadcastId>) -> Result<Option<BroadcastId>, StoreError> {
        let mut first = replaced;
        // A row that ends in itself cannot be made; a damaged store must not hold anybody up.
        for _ in 0..LONGEST_ROW {
            let Some(id) = first else { break };
            let before: Option<i64> = self
                .conn
                .prepare_cached("SELECT replaces FROM broadcast WHERE id = :id")
                .and_then(|mut read| {
                    read.query_row(named_params! { ":id": id.0 }, |row| row.get(0)).optional()
                })
                .doing("looking what a broadcast replaces")?
                .flatten();
            match before {
                Some(before) => first = Some(BroadcastId(before)),
                None => break,
            }
        }
        Ok(first)
    }

    /// The newest broadcast that was let go in the place of this one.
    fn replaced_by(&self, id: BroadcastId) -> Result<Option<BroadcastId>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT id FROM broadcast INDEXED BY broadcast_replaces
                  WHERE replaces = :id AND phase NOT IN ('draft', 'planning') ORDER BY id DESC LIMIT 1",
            )
            .and_then(|mut read| {
                read.query_row(named_params! { ":id": id.0 }, |row| row.get(0).map(BroadcastId)).optional()
            })
            .doing("looking what replaced a broadcast")
    }

    /// What stands in the place of a broadcast now: the last of those that were let go in it, one after the other.
    pub fn newest_version(&self, id: BroadcastId) -> Result<Option<BroadcastId>, StoreError> {
        let mut newest = None;
        for _ in 0..LONGEST_ROW {
            let Some(next) = self.replaced_by(newest.unwrap_or(id))? else { break };
            newest = Some(next);
        }
        Ok(newest)
    }

    /// Refuses to replace what still goes out: the rest of it would arrive on top of the new one.
    pub(in crate::store) fn refuse_unfinished_version(
        &self,
        replaced: Option<BroadcastId>,
    ) -> Result<(), StoreError> {
        let Some(id) = replaced else { return Ok(()) };
        if self.counts(id)?.open() > 0 {
            return Err(Denial::StillGoesOut(id).into());
        }
        Ok(())
    }
}
