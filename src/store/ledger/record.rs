//! Records: what became of the deliveries of a call. An answer counts only for the newest call of its
//! delivery; one that comes too late is written down beside it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::{close_if_ended, shift};
use crate::domain::broadcast::{Phase, Purpose};
use crate::domain::delivery::{Class, DeliveryState, SkipReason};
use crate::domain::id::{BroadcastId, CallId, ChannelId};
use crate::domain::time::Millis;
use crate::store::broadcasts;
use crate::store::channels::{Recent, Went, note_attempts};
use crate::store::control::keep_what_was_tried;
use crate::store::error::{Doing, StoreError};
use crate::store::stage::end_stage;

/// What became of one delivery of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The call.
    pub call: CallId,
    /// Its lane.
    pub lane: i64,
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// The delivery's place in the plan.
    pub seq: i64,
    /// What it led to.
    pub result: Recorded,
}

/// What a call led to, for one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// The request certainly never left: back into the queue, no attempt.
    NotLeft,
    /// The books move on, and an attempt is added.
    Moved {
        /// Where to.
        state: DeliveryState,
        /// Not before this, if it is to be tried again.
        not_before: Option<Millis>,
        /// Why.
        class: Option<Class>,
        /// The provider's code.
        code: String,
        /// The provider's words.
        text: String,
        /// What the provider can be asked about later.
        receipt: Option<String>,
    },
}

/// Records what became of deliveries; gives how many answers were late, and how the channels stand now.
pub(super) fn record(
    conn: &Connection,
    records: &[Record],
    now: Millis,
) -> Result<(i64, Vec<(ChannelId, Recent)>), StoreError> {
    if records.is_empty() {
        return Ok((0, Vec::new()));
    }
    let mut late = 0;
    let mut books: BTreeMap<(i64, BroadcastId), Vec<(DeliveryState, i64)>> = BTreeMap::new();
    let mut moved = conn
        .prepare_cached(
            "UPDATE delivery SET state = ?4, class = ?5, code = ?6, text = ?7, \
             attempts = attempts + 1, tries = tries + 1, not_before_ms = ?8, ended_ms = ?9 \
             WHERE broadcast = ?1 AND seq = ?2 AND call = ?3 AND state = 3",
        )
        .doing("recording an answer")?;
    let mut attempted = conn
        .prepare_cached(
            "INSERT INTO attempt (broadcast, seq, no, call, state, class, code, text, receipt, at_ms) \
             SELECT ?1, ?2, attempts, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM delivery WHERE broadcast = ?1 AND seq = ?2",
        )
        .doing("recording an attempt")?;
    let mut known: BTreeMap<BroadcastId, (bool, bool)> = BTreeMap::new();
    let mut went: BTreeMap<i64, Vec<Went>> = BTreeMap::new();
    for record in records {
        let (stopped, fallback) = if let Some(known) = known.get(&record.broadcast) {
            *known
        } else {
            let is_stopped = broadcasts::require(conn, record.broadcast)? == Phase::Stopped;
            let has_reserves = has_reserves(conn, record.broadcast)?;
            *known.entry(record.broadcast).or_insert((is_stopped, has_reserves))
        };
        let state = match &record.result {
            Recorded::NotLeft => match put_back(conn, record, stopped)? {
                Some(state) => state,
                None => continue,
            },
            Recorded::Moved { state, not_before, class, code, text, receipt } => {
                // Who would have to act first is reached by another way, where there is one in reserve.
                let gives_way = fallback && !stopped && waits_for_person(&record.result);
                let state =
                    if gives_way && has_reserve(conn, record)? { &DeliveryState::Rejected } else { state };
                // Nobody will try again what was stopped in the meantime.
                let state = if stopped && !state.has_ended() { &DeliveryState::Cancelled } else { state };
                let not_before = not_before.filter(|_| !state.has_ended());
                debug_assert!(DeliveryState::Sending.may_become(*state), "{state:?}");
                let class = class.map(Class::code);
                let (code, text) = (none_if_empty(code), none_if_empty(text));
                let ended = state.has_ended().then_some(now.0);
                let (broadcast, seq, call) = (record.broadcast.0, record.seq, record.call.0);
                let row =
                    (broadcast, seq, call, state.code(), class, code, text, not_before.map(|at| at.0), ended);
                if moved.execute(row).doing("recording an answer")? == 0 {
                    late += record_late(conn, record, now)?;
                    continue;
                }
                let row = (broadcast, seq, call, state.code(), class, code, text, receipt, now.0);
                attempted.execute(row).doing("recording an attempt")?;
                *state
            }
        };
        if let Recorded::Moved { class, code, .. } = &record.result {
            went.entry(record.lane).or_default().extend(Went::of(state, *class, code));
        }
        let line = books.entry((record.lane, record.broadcast)).or_default();
        line.extend([(DeliveryState::Sending, -1), (state, 1)]);
        if state == DeliveryState::Cancelled {
            keep_what_was_tried(conn, record.broadcast, record.lane, (record.seq, record.seq))?;
        }
        if fallback
            && !stopped
            && is_refused_for_good(&record.result, state)
            && let Some(lane) = call_up_reserve(conn, record)?
        {
            let line = books.entry((lane, record.broadcast)).or_default();
            line.extend([(DeliveryState::Skipped, -1), (DeliveryState::Planned, 1)]);
        }
    }
    for ((lane, _), line) in &books {
        shift(conn, *lane, line)?;
    }
    for (_, broadcast) in books.keys() {
        close_if_ended(conn, *broadcast, now.0)?;
        end_stage(conn, *broadcast)?;
    }
    let mut recent = Vec::new();
    for (lane, went) in went {
        if let Some(channel) = counts_for(conn, lane)? {
            recent.push((channel, note_attempts(conn, channel, went)?));
        }
    }
    Ok((late, recent))
}

/// The channel whose health the attempts of a lane tell. Verifications have a line of their own: they send
/// nothing, so they say nothing of how sending goes.
fn counts_for(conn: &Connection, lane: i64) -> Result<Option<ChannelId>, StoreError> {
    conn.prepare_cached(
        "SELECT l.channel FROM lane l JOIN broadcast b ON b.id = l.broadcast \
         WHERE l.id = ?1 AND l.channel IS NOT NULL AND b.purpose <> ?2",
    )
    .and_then(|mut statement| {
        statement.query_row((lane, Purpose::Verify.word()), |row| row.get(0).map(ChannelId)).optional()
    })
    .doing("noting a channel's health")
}

/// A request that never left goes back into the queue, and its lane reads on from it again; what was
/// stopped in the meantime is cancelled. `None`: the delivery has moved on without this call.
fn put_back(conn: &Connection, record: &Record, stopped: bool) -> Result<Option<DeliveryState>, StoreError> {
    let state = if stopped { DeliveryState::Cancelled } else { DeliveryState::Planned };
    let changed = conn
        .prepare_cached(
            "UPDATE delivery SET state = ?4, call = NULL WHERE broadcast = ?1 AND seq = ?2 AND call = ?3 AND state = 3",
        )
        .and_then(|mut update| {
            update.execute((record.broadcast.0, record.seq, record.call.0, state.code()))
        })
        .doing("putting back what never left")?;
    if changed == 0 {
        return Ok(None);
    }
    conn.prepare_cached("UPDATE lane SET next_seq = min(next_seq, ?2) WHERE id = ?1")
        .and_then(|mut update| update.execute((record.lane, record.seq)))
        .doing("putting back what never left")?;
    Ok(Some(state))
}

/// An answer whose delivery has moved on. A late acceptance of the newest call is evidence: the unknown
/// that a takeover made of it becomes accepted. Everything else is only written down.
fn record_late(conn: &Connection, record: &Record, now: Millis) -> Result<i64, StoreError> {
    let Recorded::Moved { state, code, text, receipt, .. } = &record.result else { return Ok(0) };
    let found: Option<(i64, Option<i64>, i64)> = conn
        .prepare_cached("SELECT state, call, attempts FROM delivery WHERE broadcast = ?1 AND seq = ?2")
        .and_then(|mut statement| {
            statement
                .query_row((record.broadcast.0, record.seq), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .doing("recording a late answer")?;
    let Some((stands, call, attempts)) = found else { return Ok(1) };
    conn.prepare_cached(
        "INSERT INTO attempt (broadcast, seq, no, call, state, code, text, receipt, at_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .and_then(|mut insert| {
        insert.execute((
            record.broadcast.0,
            record.seq,
            attempts + 1,
            record.call.0,
            state.code(),
            code,
            format!("late answer: {text}"),
            receipt,
            now.0,
        ))
    })
    .doing("recording a late answer")?;
    let evidence = *state == DeliveryState::Accepted
        && stands == DeliveryState::Unknown.code()
        && call == Some(record.call.0);
    let settled = if evidence { ", state = 4, class = NULL, code = NULL, text = NULL" } else { "" };
    conn.prepare_cached(&format!(
        "UPDATE delivery SET attempts = attempts + 1{settled} WHERE broadcast = ?1 AND seq = ?2"
    ))
    .and_then(|mut update| update.execute((record.broadcast.0, record.seq)))
    .doing("recording a late answer")?;
    if evidence {
        shift(conn, record.lane, &[(DeliveryState::Unknown, -1), (DeliveryState::Accepted, 1)])?;
    }
    Ok(1)
}

/// Whether people in a broadcast have further addresses in reserve.
fn has_reserves(conn: &Connection, id: BroadcastId) -> Result<bool, StoreError> {
    conn.prepare_cached("SELECT fallback FROM broadcast WHERE id = ?1")
        .and_then(|mut ask| ask.query_row([id.0], |row| row.get(0)))
        .doing("looking for reserves")
}

/// A refusal that concerns this address of the person and will not change.
fn is_refused_for_good(result: &Recorded, state: DeliveryState) -> bool {
    state == DeliveryState::Rejected
        && matches!(
            result,
            Recorded::Moved { class: Some(Class::BadRecipient | Class::Blocked | Class::WindowClosed), .. }
        )
}

/// Not taken until the person does something.
fn waits_for_person(result: &Recorded) -> bool {
    matches!(result, Recorded::Moved { state: DeliveryState::Deferred, class: Some(Class::WindowClosed), .. })
}

/// Whether the person has another address in reserve.
fn has_reserve(conn: &Connection, record: &Record) -> Result<bool, StoreError> {
    conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM delivery w INDEXED BY delivery_person WHERE w.broadcast = ?1 AND w.state = 1 \
           AND w.skip = ?3 AND w.subscriber = (SELECT subscriber FROM delivery WHERE broadcast = ?1 AND seq = ?2))",
    )
    .and_then(|mut ask| {
        ask.query_row((record.broadcast.0, record.seq, SkipReason::Reserve.code()), |row| row.get(0))
    })
    .doing("looking for a reserve")
}

/// Queues the next address that the person has in reserve; gives its lane.
fn call_up_reserve(conn: &Connection, record: &Record) -> Result<Option<i64>, StoreError> {
    let found: Option<(i64, i64)> = conn
        .prepare_cached(
            "UPDATE delivery SET state = 0, skip = NULL WHERE broadcast = ?1 AND seq = \
             (SELECT w.seq FROM delivery w INDEXED BY delivery_person WHERE w.broadcast = ?1 AND w.state = 1 AND w.skip = ?3 \
                AND w.subscriber = (SELECT subscriber FROM delivery WHERE broadcast = ?1 AND seq = ?2) \
              ORDER BY w.seq LIMIT 1) RETURNING lane, seq",
        )
        .and_then(|mut update| {
            update
                .query_row((record.broadcast.0, record.seq, SkipReason::Reserve.code()), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        })
        .doing("calling up a reserve")?;
    let Some((lane, seq)) = found else { return Ok(None) };
    conn.prepare_cached("UPDATE lane SET next_seq = min(next_seq, ?2) WHERE id = ?1")
        .and_then(|mut update| update.execute((lane, seq)))
        .doing("calling up a reserve")?;
    Ok(Some(lane))
}

fn none_if_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
