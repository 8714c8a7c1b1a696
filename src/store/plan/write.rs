//! Rows of a plan into the books, in transactions of well under 50 ms.

use rusqlite::{Connection, named_params};

use super::rows::{LanePlan, Rows, lay_out, step};
use crate::domain::delivery::{DeliveryState, SkipReason};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::store::broadcasts::BroadcastDetail;
use crate::store::crash::{Place, dies_at};
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};

impl Db {
    pub(super) fn write_plan(
        &mut self,
        detail: &BroadcastDetail,
        channels: &[ChannelId],
        remotes: &[(ChannelId, i64)],
    ) -> Result<(), StoreError> {
        let mut writer = PlanWriter { db: self, id: detail.row.id, lane: 0, next_seq: 1 };
        lay_out(&mut writer, &detail.draft, channels, remotes)
    }
}

/// Writes lane after lane; rows of a lane are neighbours.
struct PlanWriter<'a> {
    db: &'a mut Db,
    id: BroadcastId,
    lane: i64,
    next_seq: i64,
}

impl Rows for PlanWriter<'_> {
    fn conn(&self) -> &Connection {
        &self.db.conn
    }

    fn has(&self, _: &[ChannelId]) -> String {
        let id = self.id.0;
        format!("EXISTS (SELECT 1 FROM delivery w WHERE w.subscriber = p.subscriber AND w.broadcast = {id})")
    }

    fn has_on(&self, channel: ChannelId, _: &[ChannelId]) -> String {
        let (id, channel) = (self.id.0, channel.0);
        format!(
            "EXISTS (SELECT 1 FROM delivery w JOIN lane l ON l.id = w.lane WHERE w.subscriber = p.subscriber \
             AND w.broadcast = {id} AND l.channel = {channel})"
        )
    }

    fn lane(&mut self, plan: LanePlan) -> Result<(), StoreError> {
        let (id, seq) = (self.id, self.next_seq);
        let tx = self.db.write()?;
        tx.execute(
            "INSERT INTO lane (broadcast, channel, target, seq_from, seq_to, next_seq) \
             VALUES (:broadcast, :channel, :target, :seq, :seq - 1, :seq)",
            named_params! {
                ":broadcast": id.0, ":channel": plan.channel.map(|channel| channel.0),
                ":target": plan.target.word(), ":seq": seq,
            },
        )
        .doing("planning a lane")?;
        self.lane = tx.last_insert_rowid();
        tx.commit().doing("planning a lane")
    }

    /// Range of people after range of people.
    fn people(&mut self, of: &str, select: &str, skip: Option<SkipReason>) -> Result<i64, StoreError> {
        let state = state_of(skip);
        let insert = format!(
            "INSERT INTO delivery (broadcast, seq, lane, subscriber, address, state, skip) \
             SELECT {broadcast}, :first + row_number() OVER (ORDER BY subscriber, address), {lane}, subscriber, \
             address, {state}, {skip} FROM ({select})",
            broadcast = self.id.0,
            lane = self.lane,
            state = state.code(),
            skip = skip.map_or("NULL".to_owned(), |reason| reason.code().to_string()),
        );
        let (mut after, mut taken) = (0_i64, 0_i64);
        while let Some(upto) = step(&self.db.conn, of, after)? {
            let first = self.next_seq - 1;
            let tx = self.db.write()?;
            let n = tx
                .prepare_cached(&insert)
                .and_then(|mut statement| {
                    statement.execute(named_params! { ":first": first, ":after": after, ":upto": upto })
                })
                .doing("planning deliveries")? as i64;
            self.next_seq += n;
            taken += n;
            close_lane(&tx, self.lane, self.next_seq - 1, state, n)?;
            dies_at(Place::ChunkOpen);
            tx.commit().doing("planning deliveries")?;
            dies_at(Place::ChunkDone);
            after = upto;
        }
        Ok(taken)
    }

    fn remotes(&mut self, remotes: &[i64]) -> Result<(), StoreError> {
        let (id, lane, first) = (self.id, self.lane, self.next_seq);
        let tx = self.db.write()?;
        for (offset, remote) in remotes.iter().enumerate() {
            tx.prepare_cached(
                "INSERT INTO delivery (broadcast, seq, lane, remote, state) VALUES (?1, ?2, ?3, ?4, 0)",
            )
            .and_then(|mut insert| insert.execute((id.0, first + offset as i64, lane, remote)))
            .doing("planning a remote topic")?;
        }
        self.next_seq += remotes.len() as i64;
        close_lane(&tx, lane, self.next_seq - 1, DeliveryState::Planned, remotes.len() as i64)?;
        tx.commit().doing("planning a remote topic")
    }
}

const fn state_of(skip: Option<SkipReason>) -> DeliveryState {
    if skip.is_some() { DeliveryState::Skipped } else { DeliveryState::Planned }
}

/// Moves the end of a lane and adds to its ledger line, in the transaction that wrote the rows.
fn close_lane(
    conn: &Connection,
    lane: i64,
    seq_to: i64,
    state: DeliveryState,
    n: i64,
) -> Result<(), StoreError> {
    let column = state.word();
    conn.prepare_cached(&format!("UPDATE lane SET seq_to = ?2, {column} = {column} + ?3 WHERE id = ?1"))
        .and_then(|mut update| update.execute((lane, seq_to, n)))
        .doing("planning a lane")?;
    Ok(())
}
