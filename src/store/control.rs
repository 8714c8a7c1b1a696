//! What a person does to a released broadcast: recall, let go, pause, resume, stop the rest.
//!
//! Each is one flip that the sender sees before its next call; moving the rows that it concerns comes
//! after, in chunks.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::audit::Act;
use super::broadcasts::{not_found, require};
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::stage::clear_stage_that_is_over;
use crate::domain::broadcast::{PauseReason, Phase};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::BroadcastId;

/// How many deliveries one writing transaction of a stop covers.
const CHUNK: i64 = 10_000;

impl Db {
    /// Takes a held broadcast back: nothing has left, it is a draft again.
    pub fn recall(&mut self, id: BroadcastId) -> Result<(), StoreError> {
        let phase = match require(&self.conn, id)? {
            phase @ (Phase::Held | Phase::Scheduled) => phase,
            Phase::Draft => return Err(Denial::NothingLeft(id).into()),
            _ => return Err(Denial::PastUndo(id).into()),
        };
        self.take_plan_back(id, phase)
    }

    /// Lets a held broadcast go.
    pub fn let_go(&mut self, id: BroadcastId) -> Result<(), StoreError> {
        self.turn(id, &[Phase::Held], Phase::Sending, Act::LetGo, None, "")
    }

    /// Lets a held broadcast wait for a person, for another reason than its undo window.
    pub(super) fn keep_back(
        &mut self,
        id: BroadcastId,
        reason: PauseReason,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.turn(id, &[Phase::Held], Phase::Paused, Act::Pause, Some(reason), detail)
    }

    /// Pauses a sending broadcast before its next call.
    pub fn pause(&mut self, id: BroadcastId, reason: PauseReason, detail: &str) -> Result<(), StoreError> {
        self.turn(id, &[Phase::Sending], Phase::Paused, Act::Pause, Some(reason), detail)
    }

    /// Lets a paused or held broadcast go on; one that is sending stays as it is.
    pub fn resume(&mut self, id: BroadcastId) -> Result<(), StoreError> {
        if require(&self.conn, id)? == Phase::Sending {
            return Ok(());
        }
        self.turn(id, &[Phase::Paused, Phase::Held], Phase::Sending, Act::Resume, None, "")
    }

    /// Stops the rest: what has not left is cancelled. Gives how many that were.
    pub fn stop(&mut self, id: BroadcastId) -> Result<i64, StoreError> {
        self.turn(
            id,
            // From `stopped` too: a stop that was killed between its chunks is finished by the next one.
            &[Phase::Held, Phase::Scheduled, Phase::Sending, Phase::Paused, Phase::Stopped],
            Phase::Stopped,
            Act::Stop,
            None,
            "",
        )?;
        self.cancel_stopped(id)
    }

    /// Cancels what has not left of a stopped broadcast: the second half of a stop, also of one that was
    /// killed in between. Gives how many that were.
    fn cancel_stopped(&mut self, id: BroadcastId) -> Result<i64, StoreError> {
        let mut cancelled = 0;
        for state in [DeliveryState::Planned, DeliveryState::Deferred] {
            cancelled += self.cancel_all(id, state)?;
        }
        let now = self.now().0;
        let tx = self.write()?;
        super::ledger::close_if_ended(&tx, id, now)?;
        tx.commit().doing("stopping a broadcast")?;
        Ok(cancelled)
    }

    /// Goes on with stops whose process was killed before everything was cancelled, one chunk at a time so that
    /// nobody waits long. While that process lives, it only helps.
    pub fn go_on_stopping(&mut self) -> Result<(), StoreError> {
        let rest: Option<(i64, i64)> = self
            .conn
            .prepare_cached(
                "SELECT b.id, l.id FROM broadcast b JOIN lane l ON l.broadcast = b.id \
                 WHERE b.phase = 'stopped' AND b.ended_ms IS NULL AND (l.planned > 0 OR l.deferred > 0) LIMIT 1",
            )
            .and_then(|mut read| read.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .doing("looking for stops that were cut off")?;
        let Some((id, lane)) = rest else { return Ok(()) };
        // Planned ones stand from `next_seq` on, which moves behind what is cancelled here; those that wait for a
        // moment have an index of their own.
        let which = [
            (
                DeliveryState::Planned,
                "seq >= (SELECT next_seq FROM lane WHERE id = :lane) \
                 AND seq <= (SELECT seq_to FROM lane WHERE id = :lane) AND state = 0 ORDER BY seq",
            ),
            (DeliveryState::Deferred, "lane = :lane AND state = 2"),
        ];
        let tx = self.write()?;
        for (from, which) in which {
            let gone: Vec<i64> = tx
                .prepare_cached(&format!(
                    "UPDATE delivery SET state = :to, not_before_ms = NULL, ended_ms = :now \
                     WHERE broadcast = :id AND seq IN (SELECT seq FROM delivery \
                       WHERE broadcast = :id AND {which} LIMIT :chunk) RETURNING seq"
                ))
                .and_then(|mut update| {
                    update
                        .query_map(
                            named_params! {
                                ":id": id, ":lane": lane, ":chunk": CHUNK, ":now": tx.now.0,
                                ":to": DeliveryState::Cancelled.code(),
                            },
                            |row| row.get(0),
                        )?
                        .collect()
                })
                .doing("stopping a broadcast")?;
            let n = gone.len() as i64;
            super::ledger::shift(&tx, lane, &[(from, -n), (DeliveryState::Cancelled, n)])?;
            if let (Some(first), Some(last)) = (gone.iter().min(), gone.iter().max()) {
                keep_what_was_tried(&tx, BroadcastId(id), lane, (*first, *last))?;
            }
            if let (DeliveryState::Planned, Some(last)) = (from, gone.iter().max()) {
                tx.execute("UPDATE lane SET next_seq = max(next_seq, ?2) WHERE id = ?1", (lane, last + 1))
                    .doing("stopping a broadcast")?;
            }
        }
        super::ledger::close_if_ended(&tx, BroadcastId(id), tx.now.0)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("stopping a broadcast")
    }

    fn cancel_all(&mut self, id: BroadcastId, from: DeliveryState) -> Result<i64, StoreError> {
        let now = self.now().0;
        let lanes: Vec<(i64, i64, i64)> = self
            .conn
            .prepare_cached("SELECT id, seq_from, seq_to FROM lane WHERE broadcast = ?1")
            .and_then(|mut statement| {
                statement
                    .query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .and_then(Iterator::collect)
            })
            .doing("stopping a broadcast")?;
        let mut cancelled = 0;
        for (lane, seq_from, seq_to) in lanes {
            let mut seq = seq_from;
            while seq <= seq_to {
                let tx = self.write()?;
                let n = tx
                    .prepare_cached(
                        "UPDATE delivery SET state = :to, not_before_ms = NULL, ended_ms = :now \
                         WHERE broadcast = :id AND seq >= :seq AND seq < :seq + :chunk AND seq <= :last \
                         AND state = :from",
                    )
                    .and_then(|mut update| {
                        update.execute(named_params! {
                            ":id": id.0, ":seq": seq, ":chunk": CHUNK, ":last": seq_to, ":now": now,
                            ":from": from.code(), ":to": DeliveryState::Cancelled.code(),
                        })
                    })
                    .doing("stopping a broadcast")? as i64;
                super::ledger::shift(&tx, lane, &[(from, -n), (DeliveryState::Cancelled, n)])?;
                let kept = keep_what_was_tried(&tx, id, lane, (seq, seq + CHUNK - 1))?;
                bump(&tx, Changed::Broadcasts)?;
                tx.commit().doing("stopping a broadcast")?;
                cancelled += n - kept;
                seq += CHUNK;
            }
        }
        Ok(cancelled)
    }

    fn turn(
        &mut self,
        id: BroadcastId,
        from: &[Phase],
        to: Phase,
        act: Act,
        reason: Option<PauseReason>,
        detail: &str,
    ) -> Result<(), StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        let phase = require(&tx, id)?;
        if !from.contains(&phase) {
            return Err(Denial::Phase { id, phase, to }.into());
        }
        let ended: bool = tx
            .query_row("SELECT ended_ms IS NOT NULL FROM broadcast WHERE id = ?1", [id.0], |row| row.get(0))
            .doing("changing a broadcast")?;
        if ended && phase != to {
            return Err(Denial::Ended(id).into());
        }
        if to == Phase::Sending {
            clear_stage_that_is_over(&tx, id)?;
        }
        let changed = tx
            .execute(
                "UPDATE broadcast SET phase = :phase, pause_reason = :reason, pause_detail = :detail, \
                 keeper = NULL, hold_until_ms = NULL, version = version + 1, \
                 touched_ms = iif(:phase = 'sending', :now, touched_ms) WHERE id = :id",
                named_params! {
                    ":id": id.0, ":now": now, ":phase": to.word(), ":reason": reason.map(PauseReason::word), ":detail": detail,
                },
            )
            .doing("changing a broadcast")?;
        if changed == 0 {
            return Err(not_found(id));
        }
        let why = reason.map_or_else(String::new, |reason| format!("{}: {detail}", reason.word()));
        tx.note(act, id, &why)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("changing a broadcast")
    }
}

/// What was queued again and is stopped before it leaves is what it was before: an unknown one has not become a
/// cancelled one, which anybody would send again without a question. Gives how many that were.
pub(super) fn keep_what_was_tried(
    conn: &Connection,
    id: BroadcastId,
    lane: i64,
    (from, to): (i64, i64),
) -> Result<i64, StoreError> {
    type Tried = (i64, i64, Option<i64>, Option<String>, Option<String>, i64);
    let tried: Vec<Tried> = conn
        .prepare_cached(
            "SELECT d.seq, a.state, a.class, a.code, a.text, a.at_ms FROM delivery d \
             JOIN attempt a ON a.broadcast = d.broadcast AND a.seq = d.seq AND a.no = \
               (SELECT max(x.no) FROM attempt x WHERE x.broadcast = d.broadcast AND x.seq = d.seq \
                AND x.state NOT IN (2, 9)) \
             WHERE d.broadcast = :id AND d.seq BETWEEN :from AND :to AND d.lane = :lane AND d.state = 9 \
             AND d.attempts > 0 AND a.state IN (6, 7)",
        )
        .and_then(|mut read| {
            read.query_map(named_params! { ":id": id.0, ":from": from, ":to": to, ":lane": lane }, |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })?
            .collect()
        })
        .doing("looking at what was tried before")?;
    for (seq, code, class, words, text, at) in &tried {
        conn.prepare_cached(
            "UPDATE delivery SET state = ?3, skip = NULL, class = ?4, code = ?5, text = ?6, ended_ms = ?7 \
             WHERE broadcast = ?1 AND seq = ?2",
        )
        .and_then(|mut update| update.execute((id.0, seq, code, class, words, text, at)))
        .doing("keeping what was tried before")?;
        if let Some(state) = DeliveryState::from_code(*code) {
            super::ledger::shift(conn, lane, &[(DeliveryState::Cancelled, -1), (state, 1)])?;
        }
    }
    Ok(tried.len() as i64)
}
