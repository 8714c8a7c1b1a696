//! What became of every delivery: pages, groups of failures, one delivery with its attempts.

mod groups;
mod list;

use rusqlite::{OptionalExtension, Row, named_params, params_from_iter};
use serde::Serialize;

pub use groups::{FailureGroup, Grouping};

use super::db::Db;
use super::error::{Doing, StoreError};
use super::pick::{Condition, Pick};
use super::replay::Again;
use crate::domain::delivery::{Class, DeliveryState, SkipReason};
use crate::domain::id::{AddressId, BroadcastId, ChannelId, DeliveryId, SubscriberId};
use crate::domain::time::Millis;

/// One delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryRow {
    /// Its id.
    pub id: DeliveryId,
    /// The broadcast's title.
    pub title: String,
    /// The person; none for a remote topic.
    pub subscriber: Option<SubscriberId>,
    /// The person's name, or the remote topic's id.
    pub name: String,
    /// The channel; none for those who are left out.
    pub channel_id: Option<ChannelId>,
    /// The channel's name.
    pub channel: String,
    /// The channel's kind.
    pub kind: String,
    /// The address that the plan chose.
    #[serde(skip)]
    pub address: Option<AddressId>,
    /// That address, masked.
    pub address_masked: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it was left out.
    pub skip: Option<SkipReason>,
    /// Why it failed or waits.
    pub class: Option<Class>,
    /// The provider's code.
    pub provider_code: String,
    /// The provider's words.
    pub provider_text: String,
    /// How many attempts there were.
    pub attempts: i64,
    /// Not before this, if it waits.
    pub not_before: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// When it was taken back at its provider.
    pub taken_back: Option<Millis>,
    /// What a replay of it would mean for the person; none if it cannot be replayed.
    pub replay: Option<Again>,
}

impl DeliveryRow {
    /// Whether it waits for the end of the person's quiet hours: whatever else waits has failed before.
    pub fn is_quiet(&self) -> bool {
        self.state == DeliveryState::Deferred && self.class.is_none()
    }
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRow {
    /// Which one, from 1.
    pub no: i64,
    /// When it was recorded.
    pub at: Millis,
    /// The state that it led to.
    pub state: DeliveryState,
    /// Why.
    pub class: Option<Class>,
    /// The provider's code.
    pub provider_code: String,
    /// The provider's words.
    pub provider_text: String,
    /// What the provider can be asked about later.
    pub receipt: Option<String>,
    /// Who settled it, if a person did.
    pub operator: Option<String>,
}

/// A delivery with its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub row: DeliveryRow,
    /// Its attempts, oldest first.
    pub history: Vec<AttemptRow>,
}

/// Deliveries with what belongs to them. Few people are looked up in each broadcast; SQLite would read them all.
pub(super) fn from(pick: &Pick) -> &'static str {
    if pick.subscribers.is_empty() || !pick.ids.is_empty() { FROM } else { FROM_PEOPLE }
}

const FROM_PEOPLE: &str = "FROM broadcast b CROSS JOIN delivery d INDEXED BY delivery_person \
     ON d.broadcast = b.id CROSS JOIN lane l ON l.id = d.lane LEFT JOIN subscriber s ON s.id = d.subscriber ";

const FROM: &str = "FROM delivery d CROSS JOIN broadcast b ON b.id = d.broadcast \
     CROSS JOIN lane l ON l.id = d.lane LEFT JOIN subscriber s ON s.id = d.subscriber ";

const COLUMNS: &str = "d.broadcast, d.seq, b.title, d.subscriber, coalesce(s.name, r.remote, ''), l.channel, \
     coalesce(c.name, ''), coalesce(c.kind, ''), d.address, a.value, a.masked, d.state, d.skip, d.class, \
     coalesce(d.code, ''), coalesce(d.text, ''), d.attempts, d.not_before_ms, d.ended_ms, r.remote, t.at_ms";

const DETAILS: &str = "LEFT JOIN channel c ON c.id = l.channel LEFT JOIN address a ON a.id = d.address \
     LEFT JOIN topic_remote r ON r.id = d.remote \
     LEFT JOIN taken_back t ON t.broadcast = d.broadcast AND t.seq = d.seq ";

fn read_row(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    let value: Option<String> = row.get(9)?;
    let masked: Option<String> = row.get(10)?;
    let remote: Option<String> = row.get(19)?;
    let (state, kind): (_, String) = (state_at(row, 11)?, row.get(7)?);
    Ok(DeliveryRow {
        replay: Again::of(state, &kind),
        id: DeliveryId { broadcast: BroadcastId(row.get(0)?), seq: row.get(1)? },
        title: row.get(2)?,
        subscriber: row.get::<_, Option<i64>>(3)?.map(SubscriberId),
        name: row.get(4)?,
        channel_id: row.get::<_, Option<i64>>(5)?.map(ChannelId),
        channel: row.get(6)?,
        kind,
        address: row.get::<_, Option<i64>>(8)?.map(AddressId),
        address_masked: remote
            .or(masked)
            .or_else(|| value.map(|clear| crate::domain::secret::mask_address(&clear)))
            .unwrap_or_default(),
        state,
        skip: row.get::<_, Option<i64>>(12)?.and_then(SkipReason::from_code),
        class: row.get::<_, Option<i64>>(13)?.and_then(Class::from_code),
        provider_code: row.get(14)?,
        provider_text: row.get(15)?,
        attempts: row.get(16)?,
        not_before: row.get::<_, Option<i64>>(17)?.map(Millis),
        ended_at: row.get::<_, Option<i64>>(18)?.map(Millis),
        taken_back: row.get::<_, Option<i64>>(20)?.map(Millis),
    })
}

pub(super) fn state_at(row: &Row<'_>, at: usize) -> rusqlite::Result<DeliveryState> {
    let code = row.get(at)?;
    DeliveryState::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(at, code))
}

impl Db {
    /// How many deliveries are meant, by state.
    pub fn delivery_counts(&self, pick: &Pick) -> Result<crate::domain::delivery::Counts, StoreError> {
        let Condition { sql, values } = pick.condition();
        let mut statement = self
            .conn
            .prepare_cached(&format!("SELECT d.state, count(*) {} WHERE {sql} GROUP BY d.state", from(pick)))
            .doing("counting deliveries")?;
        let mut counts = crate::domain::delivery::Counts::default();
        let mut rows = statement.query(params_from_iter(values)).doing("counting deliveries")?;
        while let Some(row) = rows.next().doing("counting deliveries")? {
            let (state, n) =
                state_at(row, 0).and_then(|state| Ok((state, row.get(1)?))).doing("counting deliveries")?;
            counts.add(state, n);
        }
        Ok(counts)
    }

    /// One delivery with its attempts.
    pub fn delivery(&self, id: DeliveryId) -> Result<DeliveryDetail, StoreError> {
        let row = self
            .conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS} {FROM} {DETAILS} WHERE d.broadcast = ?1 AND d.seq = ?2"
            ))
            .and_then(|mut statement| statement.query_row((id.broadcast.0, id.seq), read_row).optional())
            .doing("reading a delivery")?
            .ok_or_else(|| StoreError::NotFound { what: "delivery", id: id.to_string() })?;
        let mut statement = self
            .conn
            .prepare_cached(
                "SELECT no, at_ms, state, class, coalesce(code, ''), coalesce(text, ''), receipt, operator \
                 FROM attempt WHERE broadcast = :broadcast AND seq = :seq ORDER BY no",
            )
            .doing("reading attempts")?;
        let attempts = statement
            .query_map(named_params! { ":broadcast": id.broadcast.0, ":seq": id.seq }, |row| {
                Ok(AttemptRow {
                    no: row.get(0)?,
                    at: Millis(row.get(1)?),
                    state: state_at(row, 2)?,
                    class: row.get::<_, Option<i64>>(3)?.and_then(Class::from_code),
                    provider_code: row.get(4)?,
                    provider_text: row.get(5)?,
                    receipt: row.get(6)?,
                    operator: row.get(7)?,
                })
            })
            .doing("reading attempts")?;
        let history = attempts.collect::<Result<_, _>>().doing("reading attempts")?;
        Ok(DeliveryDetail { row, history })
    }
}

/// What a person decided about an unknown delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settlement {
    /// The delivery.
    pub id: DeliveryId,
    /// The person's name.
    pub name: String,
    /// What it counts as since.
    pub state: DeliveryState,
    /// Who decided.
    pub operator: String,
    /// When.
    pub at: Millis,
}

impl Db {
    /// What was decided about unknown deliveries of a broadcast, in plan order.
    pub fn settlements(&self, id: BroadcastId, limit: usize) -> Result<Vec<Settlement>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(
                "SELECT a.broadcast, a.seq, coalesce(s.name, ''), a.state, coalesce(a.operator, ''), a.at_ms \
                 FROM attempt a JOIN delivery d ON d.broadcast = a.broadcast AND d.seq = a.seq \
                 LEFT JOIN subscriber s ON s.id = d.subscriber \
                 WHERE a.broadcast = :id AND a.call IS NULL AND a.operator IS NOT NULL ORDER BY a.seq, a.no LIMIT :n",
            )
            .doing("reading what was settled")?;
        let rows = statement
            .query_map(named_params! { ":id": id.0, ":n": limit as i64 }, |row| {
                Ok(Settlement {
                    id: DeliveryId { broadcast: BroadcastId(row.get(0)?), seq: row.get(1)? },
                    name: row.get(2)?,
                    state: state_at(row, 3)?,
                    operator: row.get(4)?,
                    at: Millis(row.get(5)?),
                })
            })
            .doing("reading what was settled")?;
        rows.collect::<Result<_, _>>().doing("reading what was settled")
    }
}

impl Db {
    /// How many deliveries were refused and how many became unknown since then; at most ten thousand are
    /// counted.
    pub fn troubles_since(&self, since: crate::domain::time::Millis) -> Result<(i64, i64), StoreError> {
        self.conn
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE state = 6), count(*) FILTER (WHERE state = 7) FROM \
                 (SELECT d.state FROM delivery d INDEXED BY delivery_failed JOIN broadcast b ON b.id = d.broadcast \
                 WHERE d.state IN (6, 7) AND d.ended_ms >= ?1 AND b.purpose = 'broadcast' LIMIT 10000)",
            )
            .and_then(|mut statement| statement.query_row([since.0], |row| Ok((row.get(0)?, row.get(1)?))))
            .doing("counting failures")
    }

    /// The provider's words about the newest delivery of a lane that it refused or that became unknown.
    pub fn last_error(&self, lane: &super::broadcasts::LaneRow) -> Result<Option<String>, StoreError> {
        if lane.counts.of(DeliveryState::Rejected) + lane.counts.of(DeliveryState::Unknown) == 0 {
            return Ok(None);
        }
        // From the newest failure backwards: how many others there are does not matter.
        self.conn
            .prepare_cached(
                "SELECT text FROM delivery d INDEXED BY delivery_failed WHERE d.state IN (6, 7) AND d.lane = ?1 \
                 AND d.text IS NOT NULL ORDER BY d.ended_ms DESC LIMIT 1",
            )
            .and_then(|mut statement| statement.query_row([lane.lane], |row| row.get(0)).optional())
            .doing("reading the last error")
    }

    /// Until when the deferred deliveries of a lane wait, and what for, if any do.
    pub fn lane_waits(&self, lane: i64) -> Result<Option<(Millis, Option<Class>)>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT not_before_ms, class FROM delivery WHERE lane = ?1 AND state = 2 \
                 ORDER BY not_before_ms LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([lane], |row| {
                        let class = row.get::<_, Option<i64>>(1)?.and_then(Class::from_code);
                        Ok((Millis(row.get::<_, Option<i64>>(0)?.unwrap_or(0)), class))
                    })
                    .optional()
            })
            .doing("reading what waits")
    }

    /// How many calls of a lane are in flight.
    pub fn lane_calls(&self, lane: &super::broadcasts::LaneRow) -> Result<i64, StoreError> {
        if lane.counts.of(DeliveryState::Sending) == 0 {
            return Ok(0);
        }
        self.conn
            .prepare_cached(
                "SELECT count(DISTINCT d.call) FROM lane l JOIN delivery d ON d.broadcast = l.broadcast \
                 AND d.seq BETWEEN max(l.seq_from, l.next_seq - 20000) AND min(l.seq_to, l.next_seq + 20000) \
                 AND d.state = 3 WHERE l.id = ?1",
            )
            .and_then(|mut statement| statement.query_row([lane.lane], |row| row.get(0)))
            .doing("counting calls in flight")
    }
}
