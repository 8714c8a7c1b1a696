//! What was taken back at providers: meant before it is asked for, and in the books before the next is.

use rusqlite::{Connection, named_params};

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId};

impl Db {
    /// How many deliveries of a broadcast each of its channels delivered and nobody took back.
    pub fn still_there(&self, id: BroadcastId) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT channel, sum(accepted + confirmed - taken_back) AS there FROM lane
                  WHERE broadcast = :id AND channel IS NOT NULL
                  GROUP BY channel HAVING there > 0 ORDER BY min(seq_from), channel",
            )
            .and_then(|mut read| {
                read.query_map(named_params! { ":id": id.0 }, |row| {
                    Ok((ChannelId(row.get(0)?), row.get(1)?))
                })?
                .collect()
            })
            .doing("counting what can be taken back")
    }

    /// Enters that somebody begins to take back that many deliveries of a broadcast.
    pub fn begin_take_back(&mut self, id: BroadcastId, count: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.note(Act::TakeBack, id, &format!("{count} deliveries to be taken back"))?;
        tx.commit().doing("noting what is to be taken back")
    }

    /// Enters that a provider is now asked for `what`, which several deliveries share. Gives whether it was asked
    /// before and nobody knows its answer.
    pub fn mean_to_take_back(
        &mut self,
        id: BroadcastId,
        channel: ChannelId,
        what: &str,
    ) -> Result<bool, StoreError> {
        let tx = self.write()?;
        let new = tx
            .prepare_cached(
                "INSERT OR IGNORE INTO taking_back (broadcast, channel, what) VALUES (:id, :channel, :what)",
            )
            .and_then(|mut mean| {
                mean.execute(named_params! { ":id": id.0, ":channel": channel.0, ":what": what })
            })
            .doing("noting what is asked for")?;
        tx.commit().doing("noting what is asked for")?;
        Ok(new == 0)
    }

    /// Enters which deliveries were taken back, and with what that was settled, if several share it.
    pub fn note_take_back(
        &mut self,
        id: BroadcastId,
        deliveries: &[DeliveryId],
        settled: Option<(ChannelId, &str)>,
    ) -> Result<(), StoreError> {
        let (now, operator) = (self.now(), self.operator().to_owned());
        let tx = self.write()?;
        for one in deliveries {
            let new = tx
                .prepare_cached(
                    "INSERT OR IGNORE INTO taken_back (broadcast, seq, at_ms, operator)
                     VALUES (:broadcast, :seq, :now, :operator)",
                )
                .and_then(|mut note| {
                    note.execute(named_params! {
                        ":broadcast": one.broadcast.0, ":seq": one.seq, ":now": now.0, ":operator": operator,
                    })
                })
                .doing("noting what was taken back")?;
            if new > 0 {
                count_up(&tx, *one)?;
            }
        }
        if let Some((channel, what)) = settled {
            tx.prepare_cached(
                "DELETE FROM taking_back WHERE broadcast = :id AND channel = :channel AND what = :what",
            )
            .and_then(|mut settle| {
                settle.execute(named_params! { ":id": id.0, ":channel": channel.0, ":what": what })
            })
            .doing("noting what was taken back")?;
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("noting what was taken back")
    }

    /// Enters how many were, in the end.
    pub fn end_take_back(&mut self, id: BroadcastId, count: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.note(Act::TakeBack, id, &format!("{count} deliveries taken back"))?;
        tx.commit().doing("noting what was taken back")
    }
}

fn count_up(conn: &Connection, one: DeliveryId) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE lane SET taken_back = taken_back + 1
          WHERE id = (SELECT lane FROM delivery WHERE broadcast = :broadcast AND seq = :seq)",
    )
    .and_then(|mut count| count.execute(named_params! { ":broadcast": one.broadcast.0, ":seq": one.seq }))
    .doing("counting what was taken back")?;
    Ok(())
}

#[cfg(test)]
mod tests;
