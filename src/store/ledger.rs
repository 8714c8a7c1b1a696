//! The books: who may send, what is claimed, what was answered.
//!
//! One cycle of the sender is one transaction: answers are recorded and the next calls are claimed, so
//! the cost of a durable commit is shared by everything that happened since the last one. An intent
//! is durable before a byte leaves; an answer counts only for the newest call of its delivery and
//! only from the sender that holds the newest epoch. What a dead sender left in flight is *unknown*.

pub mod claim;
mod open;
pub mod record;

pub use open::OpenLane;

use rusqlite::{Connection, named_params};

use claim::{Claimer, Granted, PUT_OFF, Wish};
use record::{Record, record};

use super::audit::Act;
use super::broadcasts;
use super::channels::Recent;
use super::crash::{Place, dies_at};
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::halt::HALTED;
use super::schema::SCHEMA;
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::time::Millis;

/// A crash that nobody looked after for this long leaves its broadcasts paused.
const INTERRUPTED_AFTER_MS: i64 = 10 * 60 * 1_000;

/// A living sender says so every five seconds; one that has not for so long is stalled.
const SILENT_AFTER_MS: i64 = 30 * 1_000;

/// What a new sender found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takeover {
    /// The epoch that fences everything it records.
    pub epoch: i64,
    /// How many deliveries its predecessor left without a recorded answer.
    pub unknown: i64,
    /// How many broadcasts were paused because nobody looked after them for ten minutes.
    pub interrupted: i64,
}

/// What a cycle did.
#[derive(Debug, Default)]
pub struct Cycled {
    /// Calls that may leave.
    pub granted: Vec<Granted>,
    /// Planned deliveries of lanes that wait for the end of their people's quiet hours instead.
    pub put_off: Vec<(i64, i64)>,
    /// Answers that came too late: their delivery has moved on without them.
    pub late: i64,
    /// How the channels stand whose attempts were recorded.
    pub recent: Vec<(ChannelId, Recent)>,
    /// Whether this sender's epoch is over: it must stop.
    pub fenced: bool,
}

impl Db {
    /// Makes the caller the sender. The caller holds the sender's kernel lock, so everything that is still
    /// in flight belongs to a dead one and cannot be known.
    pub fn become_sender(&mut self, pid: u32) -> Result<Takeover, StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let (epoch, unclean, beat): (i64, bool, i64) = tx
            .query_row("SELECT epoch, pid IS NOT NULL, coalesce(beat_ms, 0) FROM sender", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .doing("becoming the sender")?;
        let epoch = epoch + 1;
        tx.execute(
            "UPDATE sender SET epoch = :epoch, pid = :pid, started_ms = :now, beat_ms = :now",
            named_params! { ":epoch": epoch, ":pid": pid, ":now": now.0 },
        )
        .doing("becoming the sender")?;
        let unknown = give_up_in_flight(&tx, now)?;
        if unclean {
            tx.execute("UPDATE sender SET died = died + 1, lost = ?1", [unknown])
                .doing("becoming the sender")?;
        }
        let interrupted = if unclean && now.since(Millis(beat)) > INTERRUPTED_AFTER_MS {
            // What a person let go since then was looked after; verifications and tests have their own end.
            tx.execute(
                "UPDATE broadcast SET phase = 'paused', pause_reason = :reason, version = version + 1 \
                 WHERE phase = 'sending' AND ended_ms IS NULL AND purpose = 'broadcast' \
                 AND coalesce(touched_ms, 0) <= :beat",
                named_params! { ":reason": PauseReason::Interrupted.word(), ":beat": beat },
            )
            .doing("pausing what was interrupted")? as i64
        } else {
            0
        };
        bump(&tx, Changed::Broadcasts)?;
        dies_at(Place::TakeoverOpen);
        tx.commit().doing("becoming the sender")?;
        dies_at(Place::TakeoverDone);
        Ok(Takeover { epoch, unknown, interrupted })
    }

    /// Says that the sender is alive and still the sender; `false`: its epoch is over.
    pub fn beat(&mut self, epoch: i64) -> Result<bool, StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        let mine = tx
            .execute("UPDATE sender SET beat_ms = ?2 WHERE epoch = ?1", (epoch, now))
            .doing("saying that the sender is alive")?;
        tx.commit().doing("saying that the sender is alive")?;
        Ok(mine == 1)
    }

    /// Whether the sender of this epoch is still the one.
    pub fn is_epoch(&self, epoch: i64) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached("SELECT epoch = ?1 FROM sender")
            .and_then(|mut ask| ask.query_row([epoch], |row| row.get(0)))
            .doing("checking the epoch")
    }

    /// How many senders ended without saying so, and how many deliveries the last of them left in the air.
    pub fn dead_senders(&self) -> Result<(i64, i64), StoreError> {
        self.conn
            .prepare_cached("SELECT died, lost FROM sender")
            .and_then(|mut ask| ask.query_row([], |row| Ok((row.get(0)?, row.get(1)?))))
            .doing("looking after the sender")
    }

    /// Since when the sender has not said that it is alive, if that is too long ago; none if there is none.
    pub fn silent_since(&self) -> Result<Option<Millis>, StoreError> {
        let beat: Option<i64> = self
            .conn
            .prepare_cached("SELECT iif(pid IS NULL, NULL, beat_ms) FROM sender")
            .and_then(|mut ask| ask.query_row([], |row| row.get(0)))
            .doing("looking after the sender")?;
        Ok(beat.map(Millis).filter(|beat| self.now().since(*beat) > SILENT_AFTER_MS))
    }

    /// Enters that a silent sender's place is taken, if that sender is still the one and still silent: while
    /// somebody was asked, it may have gone on, or another operator may have been faster.
    pub fn note_takeover(&mut self, since: Millis) -> Result<(), StoreError> {
        let gone_on = || StoreError::Denied(Denial::SenderBack);
        if self.silent_since()? != Some(since) {
            return Err(gone_on());
        }
        let tx = self.write()?;
        // A beat of the operator's own: whoever was asked at the same moment comes second.
        let same = tx
            .execute(
                "UPDATE sender SET beat_ms = beat_ms + 1 WHERE beat_ms = ?1 AND pid IS NOT NULL",
                [since.0],
            )
            .doing("taking the sender's place")?;
        if same == 0 {
            return Err(gone_on());
        }
        tx.note(Act::TakeOver, "sender", &format!("silent since {}", since.rfc3339()))?;
        tx.commit().doing("noting a takeover")
    }

    /// Leaves the sender's place in good order.
    pub fn leave_sender(&mut self, epoch: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.execute("UPDATE sender SET pid = NULL WHERE epoch = ?1", [epoch]).doing("leaving")?;
        tx.commit().doing("leaving")
    }

    /// Whether anything waits for a sender.
    pub fn has_work(&self) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached(&format!(
                "SELECT EXISTS (SELECT 1 FROM broadcast b JOIN lane l ON l.broadcast = b.id \
                 JOIN channel c ON c.id = l.channel \
                 WHERE b.ended_ms IS NULL AND b.phase IN ('sending', 'stopped') \
                 AND (l.sending > 0 OR (l.planned > 0 OR l.deferred > 0) AND (b.phase = 'stopped' \
                   OR NOT {HALTED} AND (b.purpose NOT IN ('broadcast', 'reply') \
                     OR (c.state = 'active' AND c.removed_ms IS NULL))))) \
                 OR NOT {HALTED} AND (\
                   EXISTS (SELECT 1 FROM broadcast WHERE phase = 'scheduled' AND ended_ms IS NULL) \
                   OR EXISTS (SELECT 1 FROM recurring WHERE removed_ms IS NULL AND paused IS NULL))"
            ))
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .doing("looking for work")
    }

    /// The row versions of all channels: what the sender watches for changed settings and credentials.
    pub fn channel_versions(&self) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        self.conn
            .prepare_cached("SELECT id, version FROM channel WHERE removed_ms IS NULL")
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| Ok((ChannelId(row.get(0)?), row.get(1)?)))
                    .and_then(Iterator::collect)
            })
            .doing("looking for changed channels")
    }

    /// Records answers and claims calls, in one durable commit.
    pub fn cycle(&mut self, epoch: i64, records: &[Record], wishes: &[Wish]) -> Result<Cycled, StoreError> {
        let now = self.now();
        if self.is_read_only() {
            return Err(StoreError::ReadOnly);
        }
        let Self { conn, keys, .. } = self;
        let tx = conn
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .doing("waiting for the store")?;
        let current: i64 =
            tx.query_row("SELECT epoch FROM sender", [], |row| row.get(0)).doing("checking the epoch")?;
        // A newer pushdeck has changed the store: what this one does not know of it, such as a new way to hold
        // things back, it would pass over.
        let schema: i64 = tx
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .doing("checking the schema version")?;
        let mut cycled = Cycled { fenced: current != epoch || schema != SCHEMA, ..Cycled::default() };
        (cycled.late, cycled.recent) = record(&tx, records, now)?;
        if !cycled.fenced {
            let mut claimer = Claimer { conn: &tx, keys, epoch, now, patience: PUT_OFF };
            for wish in wishes {
                let put_off = claimer.claim(*wish, &mut cycled.granted)?;
                if put_off > 0 {
                    cycled.put_off.push((wish.lane, put_off));
                }
            }
        }
        if !records.is_empty() || !cycled.granted.is_empty() || !cycled.put_off.is_empty() {
            bump(&tx, Changed::Broadcasts)?;
        }
        let about = |record, intent| {
            if !records.is_empty() {
                dies_at(record);
            }
            if !cycled.granted.is_empty() {
                dies_at(intent);
            }
        };
        about(Place::RecordOpen, Place::IntentOpen);
        tx.commit().doing("recording answers")?;
        about(Place::RecordDone, Place::IntentDone);
        Ok(cycled)
    }
}

/// Adds to the ledger line of a lane, in the transaction that moved its rows.
pub(super) fn shift(conn: &Connection, lane: i64, moves: &[(DeliveryState, i64)]) -> Result<(), StoreError> {
    let mut by_state = [0_i64; 10];
    for (state, n) in moves {
        by_state[*state as usize] += n;
    }
    if by_state == [0; 10] {
        return Ok(());
    }
    let [planned, skipped, deferred, sending, accepted, confirmed, rejected, unknown, assumed, cancelled] =
        by_state;
    conn.prepare_cached(
        "UPDATE lane SET planned = planned + :planned, skipped = skipped + :skipped, deferred = deferred + :deferred, \
         sending = sending + :sending, accepted = accepted + :accepted, confirmed = confirmed + :confirmed, \
         rejected = rejected + :rejected, unknown = unknown + :unknown, assumed = assumed + :assumed, \
         cancelled = cancelled + :cancelled WHERE id = :lane",
    )
    .and_then(|mut update| {
        update.execute(named_params! {
            ":lane": lane, ":planned": planned, ":skipped": skipped, ":deferred": deferred, ":sending": sending,
            ":accepted": accepted, ":confirmed": confirmed, ":rejected": rejected, ":unknown": unknown,
            ":assumed": assumed, ":cancelled": cancelled,
        })
    })
    .doing("keeping the books")?;
    Ok(())
}

/// Stamps the end of a broadcast when nothing of it is open any more, and takes the stamp back when a
/// replay opened it again.
pub(super) fn close_if_ended(conn: &Connection, id: BroadcastId, now: i64) -> Result<(), StoreError> {
    let open = broadcasts::counts(conn, id)?.open();
    let sql = if open == 0 {
        "UPDATE broadcast SET ended_ms = ?2 WHERE id = ?1 AND ended_ms IS NULL AND phase <> 'draft'"
    } else {
        "UPDATE broadcast SET ended_ms = NULL WHERE id = ?1 AND ended_ms IS NOT NULL AND ?2 = ?2"
    };
    conn.prepare_cached(sql).and_then(|mut update| update.execute((id.0, now))).doing("closing the books")?;
    Ok(())
}

/// Everything in flight becomes unknown, with an attempt that says why.
fn give_up_in_flight(conn: &Connection, now: Millis) -> Result<i64, StoreError> {
    let lanes: Vec<(i64, i64, i64, i64)> = conn
        .prepare("SELECT id, broadcast, seq_from, seq_to FROM lane WHERE sending > 0")
        .and_then(|mut read| {
            read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect()
        })
        .doing("looking for calls in flight")?;
    let mut unknown = 0;
    for (lane, broadcast, from, to) in lanes {
        let stretch = Stretch { lane, broadcast: BroadcastId(broadcast), from, to };
        let why = "the sender ended before an answer was recorded";
        unknown += give_up(conn, &stretch, DeliveryState::Sending, why, now)?;
        close_if_ended(conn, stretch.broadcast, now.0)?;
    }
    Ok(unknown)
}

/// Neighbouring rows of a lane, both ends included.
pub(super) struct Stretch {
    pub lane: i64,
    pub broadcast: BroadcastId,
    pub from: i64,
    pub to: i64,
}

/// Makes the rows of a stretch that are in `state` unknown, each with an attempt that says why; gives how many
/// that were.
pub(super) fn give_up(
    conn: &Connection,
    stretch: &Stretch,
    state: DeliveryState,
    why: &str,
    now: Millis,
) -> Result<i64, StoreError> {
    const WHICH: &str =
        "broadcast = :broadcast AND lane = :lane AND state = :state AND seq BETWEEN :from AND :to";
    let params = named_params! {
        ":broadcast": stretch.broadcast.0, ":lane": stretch.lane, ":state": state.code(), ":from": stretch.from,
        ":to": stretch.to, ":class": Class::Network.code(), ":text": why, ":now": now.0,
    };
    conn.prepare_cached(&format!(
        "INSERT INTO attempt (broadcast, seq, no, call, state, class, text, at_ms) \
         SELECT broadcast, seq, attempts + 1, call, 7, :class, :text, :now FROM delivery WHERE {WHICH}"
    ))
    .and_then(|mut insert| insert.execute(params))
    .doing("recording what cannot be known")?;
    let n = conn
        .prepare_cached(&format!(
            "UPDATE delivery SET state = 7, class = :class, code = '', text = :text, attempts = attempts + 1, \
             not_before_ms = NULL, ended_ms = :now WHERE {WHICH}"
        ))
        .and_then(|mut update| update.execute(params))
        .doing("recording what cannot be known")? as i64;
    shift(conn, stretch.lane, &[(state, -n), (DeliveryState::Unknown, n)])?;
    Ok(n)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
