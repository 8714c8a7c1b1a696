//! Replay: what failed or cannot be known goes again.
//!
//! A replay queues the same deliveries again, so it cannot make a second one of anybody; what was
//! accepted is never touched. An unknown is only sent again when a person asked for exactly that.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params_from_iter};
use serde::Serialize;

use self::reach::REACHABLE;
use super::audit::Act;
use super::broadcasts;
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::history::{from, state_at};
use super::ledger::{close_if_ended, shift};
use super::pick::{Condition, Pick};
use super::plan::Gate;
use super::stage::clear_stage_of_ended;
use crate::channels::catalog;
use crate::channels::spec::Repeat;
use crate::domain::broadcast::Phase;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, DeliveryId};

mod reach;

/// How many deliveries one writing transaction of a replay covers.
pub(super) const CHUNK: usize = 4_000;

/// Whether deliveries that may have arrived are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknowns {
    /// They stay as they are.
    LeaveOut,
    /// They go again: each may arrive twice.
    Include,
}

impl Unknowns {
    /// The states that a replay takes up.
    const fn states(self) -> &'static [DeliveryState] {
        use DeliveryState as S;
        match self {
            Self::LeaveOut => &[S::Rejected, S::Cancelled],
            Self::Include => &[S::Rejected, S::Cancelled, S::Unknown],
        }
    }
}

/// What sending a delivery again would mean for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// It never arrived.
    Safe,
    /// If it arrived, the provider lets the repeat take its place.
    Replaces,
    /// If it arrived, it arrives twice.
    MayArriveTwice,
}

impl Again {
    /// The verdict on a delivery in that state over a channel of that kind; none if it cannot go again.
    pub fn of(state: DeliveryState, kind: &str) -> Option<Self> {
        match state {
            DeliveryState::Rejected | DeliveryState::Cancelled => Some(Self::Safe),
            DeliveryState::Unknown => {
                let collapses =
                    catalog::kind(kind).is_some_and(|kind| kind.spec().repeat == Repeat::Collapses);
                Some(if collapses { Self::Replaces } else { Self::MayArriveTwice })
            }
            _ => None,
        }
    }
}

/// What a replay of a pick would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ReplayReview {
    /// Refused or cancelled ones that would go again.
    pub to_send: i64,
    /// Unknown ones: they go again only if a person asks for that.
    pub unknown: i64,
    /// Those of `to_send` whose address the provider does not know or whose person takes nothing from it: they are
    /// refused again unless that has changed.
    pub hopeless: i64,
    /// Those of the unknown whose provider lets a repeat replace the first; the others may arrive twice.
    pub collapses: i64,
    /// Accepted ones, which are never touched.
    pub accepted: i64,
    /// Those whose person opted out, was left out by the operator or removed since: never sent again.
    pub left_out: i64,
    /// Those that are on their way or left out.
    pub other: i64,
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// That many are queued again, in these broadcasts.
    Queued {
        /// How many.
        n: i64,
        /// Of which broadcasts.
        broadcasts: Vec<BroadcastId>,
    },
    /// The number is not what the gate was passed for; nothing has changed.
    GateClosed {
        /// How many there would have been.
        to_send: i64,
    },
}

impl Db {
    /// What a replay of `pick` would do.
    pub fn review_replay(&self, pick: &Pick) -> Result<ReplayReview, StoreError> {
        let Condition { sql, values } = pick.condition();
        // Only what could go again is asked about its person: a million accepted ones need not be.
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT d.state, d.state NOT IN (6, 7, 9) OR {REACHABLE}, count(*), \
                 (SELECT kind FROM channel c WHERE c.id = l.channel), \
                 d.state = 6 AND coalesce(d.class, -1) IN ({}, {}) {} WHERE {sql} GROUP BY 1, 2, 4, 5",
                Class::BadRecipient.code(),
                Class::Blocked.code(),
                from(pick)
            ))
            .doing("counting what can be replayed")?;
        let mut review = ReplayReview::default();
        let mut rows = statement.query(params_from_iter(values)).doing("counting what can be replayed")?;
        while let Some(row) = rows.next().doing("counting what can be replayed")? {
            let (state, reachable, n, kind) = read_count(row).doing("counting what can be replayed")?;
            if reachable && row.get(4).doing("counting what can be replayed")? {
                review.hopeless += n;
            }
            if reachable && Again::of(state, &kind) == Some(Again::Replaces) {
                review.collapses += n;
            }
            let line = match state {
                DeliveryState::Rejected | DeliveryState::Cancelled if reachable => &mut review.to_send,
                DeliveryState::Unknown if reachable => &mut review.unknown,
                DeliveryState::Rejected | DeliveryState::Cancelled | DeliveryState::Unknown => {
                    &mut review.left_out
                }
                state if state.is_delivered() => &mut review.accepted,
                _ => &mut review.other,
            };
            *line += n;
        }
        let doubled = self.doubled(pick)?;
        review.to_send -= doubled;
        review.other += doubled;
        Ok(review)
    }

    /// How many of the refused ones are the further ways to a person whose first way would go again.
    fn doubled(&self, pick: &Pick) -> Result<i64, StoreError> {
        let Condition { sql, values } = pick.condition();
        self.conn
            .prepare_cached(&format!(
                "SELECT count(*) - count(DISTINCT d.broadcast || ' ' || d.subscriber) {} \
                 WHERE {sql} AND b.fallback = 1 AND d.subscriber IS NOT NULL AND d.state IN (6, 9) \
                 AND {REACHABLE}",
                from(pick)
            ))
            .and_then(|mut count| count.query_row(params_from_iter(values), |row| row.get(0)))
            .doing("counting what can be replayed")
    }

    /// Queues the failed deliveries of `pick` again, unknown ones only if asked for.
    pub fn replay(&mut self, pick: &Pick, unknowns: Unknowns, gate: Gate) -> Result<Replayed, StoreError> {
        let states = unknowns.states();
        // Chosen once: what fails while the operator looks is not in the number that the gate was passed for.
        let chosen = self.replayable(pick, unknowns)?;
        let to_send = chosen.len() as i64;
        if !gate.admits(to_send) {
            return Ok(Replayed::GateClosed { to_send });
        }
        let mut touched = BTreeSet::new();
        let mut queued = 0;
        for chunk in chosen.chunks(CHUNK) {
            queued += self.queue_again(chunk, states, &mut touched)?;
        }
        Ok(Replayed::Queued { n: queued, broadcasts: touched.into_iter().collect() })
    }

    /// The deliveries that a replay of `pick` would queue.
    pub fn replayable(&self, pick: &Pick, unknowns: Unknowns) -> Result<Vec<DeliveryId>, StoreError> {
        let rows = self.chosen(pick, unknowns.states(), REACHABLE)?;
        // Refused on one channel and on the next: the first way is tried again, never both.
        let mut seen = BTreeSet::new();
        Ok(rows
            .into_iter()
            .filter(|(id, person)| person.is_none_or(|person| seen.insert((id.broadcast, person))))
            .map(|(id, _)| id)
            .collect())
    }

    /// The deliveries of a pick that are in one of these states.
    pub(super) fn pick_ids(
        &self,
        pick: &Pick,
        states: &[DeliveryState],
    ) -> Result<Vec<DeliveryId>, StoreError> {
        Ok(self.chosen(pick, states, "1")?.into_iter().map(|(id, _)| id).collect())
    }

    /// The deliveries of a pick, with the person where a refused one may have gone another way.
    fn chosen(
        &self,
        pick: &Pick,
        states: &[DeliveryState],
        and: &'static str,
    ) -> Result<Vec<(DeliveryId, Option<i64>)>, StoreError> {
        let Condition { sql, values } = pick.condition();
        let list = states.iter().map(|state| state.code().to_string()).collect::<Vec<_>>().join(", ");
        self.conn
            .prepare_cached(&format!(
                "SELECT d.broadcast, d.seq, iif(b.fallback, d.subscriber, NULL) {} \
                 WHERE {sql} AND d.state IN ({list}) AND {and} ORDER BY d.broadcast, d.seq",
                from(pick)
            ))
            .and_then(|mut statement| {
                statement
                    .query_map(params_from_iter(values), |row| {
                        let id = DeliveryId { broadcast: BroadcastId(row.get(0)?), seq: row.get(1)? };
                        Ok((id, row.get(2)?))
                    })
                    .and_then(Iterator::collect)
            })
            .doing("choosing what to replay")
    }

    /// One transaction of a replay. The state is checked again in it, so two replays at the same moment
    /// queue each delivery once.
    pub(super) fn queue_again(
        &mut self,
        chunk: &[DeliveryId],
        states: &[DeliveryState],
        touched: &mut BTreeSet<BroadcastId>,
    ) -> Result<i64, StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        let chunk = &without_stopped(&tx, chunk, touched)?[..];
        let mut lines: BTreeMap<i64, (i64, Vec<(DeliveryState, i64)>)> = BTreeMap::new();
        let mut changed: BTreeMap<BroadcastId, i64> = BTreeMap::new();
        let mut queued = 0;
        for state in states {
            let mut update = tx
                .prepare_cached(
                    "UPDATE delivery SET state = 0, skip = NULL, class = NULL, code = NULL, text = NULL, call = NULL, tries = 0, \
                     ended_ms = NULL \
                     WHERE broadcast = ?1 AND seq = ?2 AND state = ?3 AND EXISTS \
                     (SELECT 1 FROM lane l WHERE l.id = delivery.lane AND l.channel IS NOT NULL) \
                     AND NOT EXISTS (SELECT 1 FROM broadcast b JOIN delivery o INDEXED BY delivery_person \
                       ON o.broadcast = b.id WHERE b.id = delivery.broadcast AND b.fallback = 1 \
                       AND o.subscriber = delivery.subscriber AND o.seq <> delivery.seq \
                       AND o.state IN (0, 2, 3, 4, 5, 7, 8)) RETURNING lane",
                )
                .doing("queueing a replay")?;
            for id in chunk {
                let lanes: Vec<i64> = update
                    .query_map((id.broadcast.0, id.seq, state.code()), |row| row.get(0))
                    .and_then(Iterator::collect)
                    .doing("queueing a replay")?;
                for lane in lanes {
                    let line = lines.entry(lane).or_insert((i64::MAX, Vec::new()));
                    line.0 = line.0.min(id.seq);
                    line.1.extend([(*state, -1), (DeliveryState::Planned, 1)]);
                    *changed.entry(id.broadcast).or_default() += 1;
                    queued += 1;
                }
            }
        }
        for (lane, (first, moves)) in &lines {
            shift(&tx, *lane, moves)?;
            let read_on = "UPDATE lane SET next_seq = min(next_seq, ?2), expired_ms = NULL WHERE id = ?1";
            tx.execute(read_on, (lane, first)).doing("queueing a replay")?;
        }
        for (id, n) in &changed {
            let unknown = if states.contains(&DeliveryState::Unknown) { ", the unknown too" } else { "" };
            tx.note(Act::Replay, id, &format!("{n} deliveries{unknown}"))?;
            clear_stage_of_ended(&tx, *id)?;
            tx.execute(
                // One that stands still goes on standing still: whoever replays ten people has not asked for
                // the rest of it.
                // One that had ended has no rest.
                "UPDATE broadcast SET phase = 'sending', pause_reason = NULL, pause_detail = NULL, touched_ms = ?2 \
                 WHERE id = ?1 AND (phase <> 'paused' OR ended_ms IS NOT NULL)",
                (id.0, now),
            )
            .doing("queueing a replay")?;
            close_if_ended(&tx, *id, now)?;
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("queueing a replay")?;
        touched.extend(changed.into_keys());
        Ok(queued)
    }
}

/// Those of broadcasts that nobody stops. A stop that is under way still has rows to cancel: sending on would let
/// them go; and one that came while this replay runs ends it.
fn without_stopped(
    conn: &Connection,
    chunk: &[DeliveryId],
    touched: &BTreeSet<BroadcastId>,
) -> Result<Vec<DeliveryId>, StoreError> {
    let mut stopped = BTreeSet::new();
    for id in chunk.iter().map(|one| one.broadcast).collect::<BTreeSet<_>>() {
        if broadcasts::require(conn, id)? != Phase::Stopped {
            continue;
        }
        if touched.contains(&id) {
            stopped.insert(id);
            continue;
        }
        let books = broadcasts::counts(conn, id)?;
        if books.of(DeliveryState::Planned) + books.of(DeliveryState::Deferred) > 0 {
            return Err(Denial::BeingStopped(id).into());
        }
    }
    Ok(chunk.iter().filter(|one| !stopped.contains(&one.broadcast)).copied().collect())
}

fn read_count(row: &Row<'_>) -> rusqlite::Result<(DeliveryState, bool, i64, String)> {
    Ok((state_at(row, 0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<String>>(3)?.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_from_what_is_known_and_from_the_provider() {
        for (state, kind, again) in [
            (DeliveryState::Rejected, "wxpusher", Some(Again::Safe)),
            (DeliveryState::Cancelled, "bark", Some(Again::Safe)),
            (DeliveryState::Unknown, "bark", Some(Again::Replaces)),
            (DeliveryState::Unknown, "wxpusher", Some(Again::MayArriveTwice)),
            (DeliveryState::Unknown, "of a later version", Some(Again::MayArriveTwice)),
            (DeliveryState::Accepted, "bark", None),
            (DeliveryState::Sending, "bark", None),
        ] {
            assert_eq!(Again::of(state, kind), again, "{state:?} over {kind}");
        }
    }
}
