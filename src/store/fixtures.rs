//! Small stores for the tests of this folder: people and channels by plain SQL, no catalogue, no import.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use super::broadcasts::Draft;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::ledger::Cycled;
use super::ledger::claim::{Granted, Wish};
use super::ledger::record::{Record, Recorded};
use super::plan::{Gate, Release, Released};
use crate::domain::broadcast::Purpose;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::time::Millis;

/// A store in memory with a clock that the test moves.
pub struct Shop {
    pub db: Db,
    now: Arc<AtomicI64>,
}

impl Shop {
    pub fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_000_000));
        let clock = Arc::clone(&now);
        let db = Db::in_memory(Arc::new(move || Millis(clock.load(Ordering::SeqCst)))).expect("a store");
        Self { db, now }
    }

    pub fn passes(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn channel(&mut self, name: &str) -> ChannelId {
        self.db
            .conn
            .execute("INSERT INTO channel (name, kind, created_ms) VALUES (?1, 'bark', 0)", [name])
            .expect("a channel");
        ChannelId(self.db.conn.last_insert_rowid())
    }

    /// Adds a person in `state` with one address on each of `channels`.
    pub fn person(&mut self, name: &str, state: i64, channels: &[ChannelId]) -> i64 {
        let conn = &self.db.conn;
        conn.execute("INSERT INTO subscriber (name, state, created_ms) VALUES (?1, ?2, 0)", (name, state))
            .expect("a person");
        let id = conn.last_insert_rowid();
        for channel in channels {
            conn.execute(
                "INSERT INTO address (subscriber, channel, lookup, value, created_ms) VALUES (?1, ?2, ?3, ?4, 0)",
                (id, channel.0, name.as_bytes(), name),
            )
            .expect("an address");
        }
        id
    }

    pub fn people(&mut self, n: usize, channel: ChannelId) {
        for index in 0..n {
            self.person(&format!("p{index}"), 0, &[channel]);
        }
    }

    /// Releases a message to everybody over `channels`.
    pub fn release_with(
        &mut self,
        draft: &Draft,
        gate: Gate,
        keeper: Option<&str>,
    ) -> (BroadcastId, Released) {
        let id = self.db.add_draft(draft, Purpose::Broadcast, "ann").expect("a draft");
        (id, self.release_draft(id, draft, gate, keeper))
    }

    /// Releases a draft to everybody.
    pub fn release_draft(
        &mut self,
        id: BroadcastId,
        draft: &Draft,
        gate: Gate,
        keeper: Option<&str>,
    ) -> Released {
        let release =
            Release { by: "ann".into(), seen: 1, gate, keeper: keeper.map(String::from), expected: None };
        self.db.release_collected(id, &release, &draft.channels, &[], everybody).expect("released")
    }

    pub fn release(&mut self, channels: &[ChannelId]) -> BroadcastId {
        let draft = Draft { channels: channels.to_vec(), ..Draft::default() };
        let (id, released) = self.release_with(&draft, Gate::AtMost(i64::MAX), None);
        assert!(matches!(released, Released::Done { .. }), "{released:?}");
        id
    }

    /// Claims up to `calls` calls of `per_call` deliveries from every open lane.
    pub fn claim(&mut self, epoch: i64, calls: usize, per_call: usize) -> Vec<Granted> {
        let lanes = self.db.open_lanes().expect("lanes");
        let wishes: Vec<Wish> = lanes
            .iter()
            .map(|lane| Wish { lane: lane.lane, calls, retries: calls, per_call, vars: false })
            .collect();
        self.db.cycle(epoch, &[], &wishes).expect("claimed").granted
    }

    pub fn record(&mut self, epoch: i64, records: &[Record]) -> Cycled {
        self.db.cycle(epoch, records, &[]).expect("recorded")
    }

    pub fn count(&self, id: BroadcastId, state: DeliveryState) -> i64 {
        assert!(self.db.books_balance(id).expect("books"), "the ledger line differs from the rows");
        self.db.counts(id).expect("counts").of(state)
    }
}

/// Everybody who is not removed.
pub fn everybody(conn: &Connection) -> Result<i64, StoreError> {
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.plan_person; \
         CREATE TEMP TABLE plan_person (subscriber INTEGER PRIMARY KEY); \
         INSERT INTO plan_person SELECT id FROM subscriber WHERE removed_ms IS NULL;",
    )
    .doing("collecting everybody")?;
    Ok(0)
}

/// The same result for every delivery of a granted call.
pub fn answered(granted: &Granted, state: DeliveryState) -> Vec<Record> {
    granted
        .deliveries
        .iter()
        .map(|one| Record {
            call: granted.call,
            lane: granted.lane,
            broadcast: granted.broadcast,
            seq: one.seq,
            result: Recorded::Moved {
                state,
                not_before: (state == DeliveryState::Deferred).then_some(Millis(1_005_000)),
                class: (state != DeliveryState::Accepted).then_some(Class::Provider),
                code: String::new(),
                text: String::new(),
                receipt: None,
            },
        })
        .collect()
}
