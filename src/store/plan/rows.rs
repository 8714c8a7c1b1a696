//! The rows of a plan, lane after lane: who gets it by which address, and who is left out and why.

use rusqlite::{Connection, named_params};

use crate::domain::delivery::{DeliveryState, SkipReason};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::store::broadcasts::BroadcastDetail;
use crate::store::crash::{Place, dies_at};
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};

/// How many people one writing transaction of a release covers.
const CHUNK: i64 = 8_000;

/// One lane to be written.
struct LanePlan {
    channel: Option<ChannelId>,
    target: &'static str,
    state: DeliveryState,
    skip: Option<SkipReason>,
}

impl Db {
    pub(super) fn write_plan(
        &mut self,
        detail: &BroadcastDetail,
        channels: &[ChannelId],
        remotes: &[(ChannelId, i64)],
    ) -> Result<(), StoreError> {
        split_off_inactive(&self.conn)?;
        let mut writer = PlanWriter { db: self, id: detail.row.id, next_seq: 1 };
        for (rank, channel) in channels.iter().enumerate() {
            let ways = match (detail.draft.all_channels, rank) {
                (true, _) => Ways::Every,
                (false, 0) => Ways::First,
                (false, _) => Ways::FirstOfTheRest,
            };
            writer.people(*channel, ways)?;
        }
        if detail.draft.fallback && !detail.draft.all_channels {
            for channel in channels.iter().skip(1) {
                writer.reserves(*channel)?;
            }
        }
        for channel in channels {
            let lists: Vec<i64> =
                remotes.iter().filter(|(at, _)| at == channel).map(|(_, remote)| *remote).collect();
            writer.remotes(*channel, &lists)?;
        }
        writer.left_out(channels)
    }
}

/// Moves everybody who is not active from `plan_person` to `plan_inactive`: few, by a partial index.
fn split_off_inactive(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.plan_inactive; \
         CREATE TEMP TABLE plan_inactive (subscriber INTEGER PRIMARY KEY, state INTEGER NOT NULL); \
         INSERT INTO plan_inactive SELECT id, state FROM subscriber \
           WHERE state <> 0 AND id IN (SELECT subscriber FROM plan_person); \
         DELETE FROM plan_person WHERE subscriber IN (SELECT subscriber FROM plan_inactive);",
    )
    .doing("leaving out who is not active")
}

/// Which addresses of a person a lane takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    /// All on the channel.
    Every,
    /// The first one; the first lane.
    First,
    /// The first one of those whom no lane has yet.
    FirstOfTheRest,
}

/// Writes lane after lane; rows of a lane are neighbours.
struct PlanWriter<'a> {
    db: &'a mut Db,
    id: BroadcastId,
    next_seq: i64,
}

impl PlanWriter<'_> {
    /// Those whom the plan does not have yet. Asked of the plan itself and not of the addresses: they may
    /// change between two chunks, and nobody may be in two lanes or in none.
    fn not_planned(&self) -> String {
        let id = self.id.0;
        format!(
            "NOT EXISTS (SELECT 1 FROM delivery w WHERE w.subscriber = p.subscriber AND w.broadcast = {id})"
        )
    }

    /// The people whom `channel` reaches.
    fn people(&mut self, channel: ChannelId, ways: Ways) -> Result<(), StoreError> {
        let lane = self.lane(&LanePlan {
            channel: Some(channel),
            target: "people",
            state: DeliveryState::Planned,
            skip: None,
        })?;
        let (address, group) =
            if ways == Ways::Every { ("a.id", "") } else { ("min(a.id)", "GROUP BY p.subscriber") };
        let not_planned =
            if ways == Ways::FirstOfTheRest { format!("AND {}", self.not_planned()) } else { String::new() };
        // Driven by the audience in order, so that addresses are read in index order.
        let select = format!(
            "SELECT p.subscriber AS subscriber, {address} AS address FROM plan_person p CROSS JOIN address a \
             ON a.subscriber = p.subscriber AND a.channel = {channel} AND a.state = 0 \
             WHERE p.subscriber > :after AND p.subscriber <= :upto {not_planned} {group}",
            channel = channel.0,
        );
        self.chunks("plan_person", lane, &select, DeliveryState::Planned, None)
    }

    /// The people whom `channel` could reach too, behind the one that reaches them first.
    fn reserves(&mut self, channel: ChannelId) -> Result<(), StoreError> {
        let reserve = Some(SkipReason::Reserve);
        let lane = self.lane(&LanePlan {
            channel: Some(channel),
            target: "reserve",
            state: DeliveryState::Skipped,
            skip: reserve,
        })?;
        let (id, channel) = (self.id.0, channel.0);
        let select = format!(
            "SELECT p.subscriber AS subscriber, min(a.id) AS address FROM plan_person p CROSS JOIN address a \
             ON a.subscriber = p.subscriber AND a.channel = {channel} AND a.state = 0 \
             WHERE p.subscriber > :after AND p.subscriber <= :upto AND NOT EXISTS (SELECT 1 FROM delivery w \
               JOIN lane l ON l.id = w.lane WHERE w.subscriber = p.subscriber AND w.broadcast = {id} \
               AND l.channel = {channel}) GROUP BY p.subscriber",
        );
        self.chunks("plan_person", lane, &select, DeliveryState::Skipped, reserve)
    }

    /// One delivery for each list on the provider's side.
    fn remotes(&mut self, channel: ChannelId, remotes: &[i64]) -> Result<(), StoreError> {
        if remotes.is_empty() {
            return Ok(());
        }
        let lane = self.lane(&LanePlan {
            channel: Some(channel),
            target: "remote",
            state: DeliveryState::Planned,
            skip: None,
        })?;
        let (id, first) = (self.id, self.next_seq);
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

    /// Everybody who gets nothing, with the reason.
    fn left_out(&mut self, channels: &[ChannelId]) -> Result<(), StoreError> {
        let none = LanePlan { channel: None, target: "none", state: DeliveryState::Skipped, skip: None };
        let by_state = [
            (SkipReason::Muted, crate::domain::subscriber::SubscriberState::Muted),
            (SkipReason::Blocked, crate::domain::subscriber::SubscriberState::Blocked),
            (SkipReason::Unsubscribed, crate::domain::subscriber::SubscriberState::Unsubscribed),
        ];
        let lane = self.lane(&none)?;
        for (reason, state) in by_state {
            let select = format!(
                "SELECT p.subscriber AS subscriber, NULL AS address FROM plan_inactive p \
                 WHERE p.subscriber > :after AND p.subscriber <= :upto AND p.state = {}",
                state.code()
            );
            self.chunks("plan_inactive", lane, &select, DeliveryState::Skipped, Some(reason))?;
        }
        let dead = format!(
            "EXISTS (SELECT 1 FROM address a WHERE a.subscriber = p.subscriber AND a.channel IN ({}))",
            id_list(channels)
        );
        let not_planned = self.not_planned();
        // The last question has no condition of its own: everybody ends in the plan.
        for (reason, which) in [(SkipReason::DeadAddress, dead.as_str()), (SkipReason::NoAddress, "1")] {
            let select = format!(
                "SELECT p.subscriber AS subscriber, NULL AS address FROM plan_person p \
                 WHERE p.subscriber > :after AND p.subscriber <= :upto AND {not_planned} AND {which}"
            );
            self.chunks("plan_person", lane, &select, DeliveryState::Skipped, Some(reason))?;
        }
        Ok(())
    }

    fn lane(&mut self, plan: &LanePlan) -> Result<i64, StoreError> {
        let (id, seq) = (self.id, self.next_seq);
        let tx = self.db.write()?;
        tx.execute(
            "INSERT INTO lane (broadcast, channel, target, seq_from, seq_to, next_seq) \
             VALUES (:broadcast, :channel, :target, :seq, :seq - 1, :seq)",
            named_params! {
                ":broadcast": id.0, ":channel": plan.channel.map(|channel| channel.0),
                ":target": plan.target, ":seq": seq,
            },
        )
        .doing("planning a lane")?;
        debug_assert!(plan.skip.is_none() || plan.state == DeliveryState::Skipped);
        let lane = tx.last_insert_rowid();
        tx.commit().doing("planning a lane")?;
        Ok(lane)
    }

    /// Writes what `select` gives, range of people after range of people of the temporary table `of`.
    fn chunks(
        &mut self,
        of: &str,
        lane: i64,
        select: &str,
        state: DeliveryState,
        skip: Option<SkipReason>,
    ) -> Result<(), StoreError> {
        let bound = format!(
            "SELECT max(subscriber) FROM (SELECT subscriber FROM {of} WHERE subscriber > ?1 \
             ORDER BY subscriber LIMIT {CHUNK})"
        );
        let insert = format!(
            "INSERT INTO delivery (broadcast, seq, lane, subscriber, address, state, skip) \
             SELECT {broadcast}, {{first}} + row_number() OVER (ORDER BY subscriber, address), {lane}, subscriber, \
             address, {state}, {skip} FROM ({select})",
            broadcast = self.id.0,
            state = state.code(),
            skip = skip.map_or("NULL".to_owned(), |reason| reason.code().to_string()),
        );
        let mut after = 0_i64;
        loop {
            let upto: Option<i64> = self
                .db
                .conn
                .prepare_cached(&bound)
                .and_then(|mut statement| statement.query_row([after], |row| row.get(0)))
                .doing("planning")?;
            let Some(upto) = upto else { return Ok(()) };
            let first = self.next_seq - 1;
            let tx = self.db.write()?;
            let n = tx
                .prepare_cached(&insert.replace("{first}", ":first"))
                .and_then(|mut statement| {
                    statement.execute(named_params! { ":first": first, ":after": after, ":upto": upto })
                })
                .doing("planning deliveries")? as i64;
            self.next_seq += n;
            close_lane(&tx, lane, self.next_seq - 1, state, n)?;
            dies_at(Place::ChunkOpen);
            tx.commit().doing("planning deliveries")?;
            dies_at(Place::ChunkDone);
            after = upto;
        }
    }
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

fn id_list(ids: &[ChannelId]) -> String {
    ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(", ")
}
