//! What waits too long is not sent any more: a message of yesterday helps nobody and may alarm many.
//!
//! The time counts from when a person last let the broadcast go: its release or its moment, a resume, a replay, a
//! channel that goes on. What stands still, the broadcast, its channel or everything, asks and does not expire.
//! One flip ends a lane, and the sender claims nothing of it any more; its rows are cancelled after, in chunks.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::audit::Act;
use super::control::keep_what_was_tried;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::halt::HALTED;
use super::ledger::{close_if_ended, shift};
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::{DeliveryState, SkipReason};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::time::Millis;

/// How many deliveries one writing transaction covers.
const CHUNK: i64 = 10_000;

/// A lane with something to send that nothing holds back.
const WAITING: &str = "l.expired_ms IS NULL AND (l.planned > 0 OR l.deferred > 0) AND EXISTS \
     (SELECT 1 FROM channel c WHERE c.id = l.channel AND c.state = 'active' AND c.removed_ms IS NULL)";

impl Db {
    /// Ends what was let go longer ago than `limit`, and cancels a chunk of what has ended. With `jumped` the clock
    /// cannot be trusted, or the machine slept: then a person is asked instead.
    /// Gives whether more of it is left.
    pub fn expire(&mut self, limit: i64, jumped: bool) -> Result<bool, StoreError> {
        let now = self.now();
        let due: Vec<BroadcastId> = self
            .conn
            .prepare_cached(&format!(
                "SELECT b.id FROM broadcast b WHERE b.phase = 'sending' AND b.ended_ms IS NULL \
                 AND b.purpose IN ('broadcast', 'reply') AND coalesce(b.touched_ms, b.released_ms) NOT BETWEEN :now - :limit + 1 AND :now \
                 AND NOT {HALTED} AND EXISTS (SELECT 1 FROM lane l WHERE l.broadcast = b.id AND {WAITING})"
            ))
            .and_then(|mut read| {
                read.query_map(named_params! { ":now": now.0, ":limit": limit }, |row| {
                    row.get(0).map(BroadcastId)
                })?
                .collect()
            })
            .doing("looking for what has waited too long")?;
        for id in due {
            self.expire_one(id, limit, jumped)?;
        }
        self.go_on_expiring()
    }

    fn expire_one(&mut self, id: BroadcastId, limit: i64, jumped: bool) -> Result<(), StoreError> {
        let tx = self.write()?;
        let since: Option<i64> = tx
            .query_row(
                "SELECT coalesce(touched_ms, released_ms) FROM broadcast \
                 WHERE id = ?1 AND phase = 'sending' AND ended_ms IS NULL",
                [id.0],
                |row| row.get(0),
            )
            .optional()
            .doing("looking for what has waited too long")?
            .flatten();
        // Somebody paused, stopped or let it go in between.
        let Some(since) = since.map(Millis).filter(|since| !(0..limit).contains(&tx.now.since(*since)))
        else {
            return Ok(());
        };
        if since > tx.now {
            // The clock was set back since: it waits from now on.
            tx.execute("UPDATE broadcast SET touched_ms = ?2 WHERE id = ?1", (id.0, tx.now.0))
                .doing("setting a clock right")?;
            return tx.commit().doing("setting a clock right");
        }
        if jumped {
            let detail = since.rfc3339();
            tx.execute(
                "UPDATE broadcast SET phase = 'paused', pause_reason = :reason, pause_detail = :detail, \
                 version = version + 1 WHERE id = :id",
                named_params! { ":id": id.0, ":reason": PauseReason::Overdue.word(), ":detail": detail },
            )
            .doing("asking about what has waited too long")?;
            tx.note(Act::Pause, id, &format!("{}: {detail}", PauseReason::Overdue.word()))?;
        } else {
            let waited: i64 = tx
                .query_row(
                    &format!(
                        "SELECT coalesce(sum(l.planned + l.deferred), 0) FROM lane l \
                         WHERE l.broadcast = ?1 AND {WAITING}"
                    ),
                    [id.0],
                    |row| row.get(0),
                )
                .doing("counting what has waited too long")?;
            tx.execute(
                &format!(
                    "UPDATE lane SET expired_ms = ?2 WHERE id IN \
                     (SELECT l.id FROM lane l WHERE l.broadcast = ?1 AND {WAITING})"
                ),
                (id.0, tx.now.0),
            )
            .doing("ending what has waited too long")?;
            tx.note(Act::Expire, id, &format!("{waited} deliveries, waiting since {}", since.rfc3339()))?;
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("ending what has waited too long")
    }

    /// Cancels a chunk of a lane that has ended, so that nobody waits long.
    fn go_on_expiring(&mut self) -> Result<bool, StoreError> {
        let rest: Option<(BroadcastId, i64)> = self
            .conn
            .prepare_cached(
                "SELECT b.id, l.id FROM broadcast b JOIN lane l ON l.broadcast = b.id \
                 WHERE b.phase = 'sending' AND b.ended_ms IS NULL AND l.expired_ms IS NOT NULL \
                 AND (l.planned > 0 OR l.deferred > 0) LIMIT 1",
            )
            .and_then(|mut read| {
                read.query_row([], |row| Ok((BroadcastId(row.get(0)?), row.get(1)?))).optional()
            })
            .doing("looking for what has ended")?;
        let Some((id, lane)) = rest else { return Ok(false) };
        let tx = self.write()?;
        for (from, which) in [
            // Planned ones stand from `next_seq` on.
            (
                DeliveryState::Planned,
                "seq >= (SELECT next_seq FROM lane WHERE id = :lane) \
                 AND seq <= (SELECT seq_to FROM lane WHERE id = :lane) AND state = 0 ORDER BY seq",
            ),
            (DeliveryState::Deferred, "lane = :lane AND state = 2"),
        ] {
            let gone: Vec<i64> = tx
                .prepare_cached(&format!(
                    "UPDATE delivery SET state = :to, skip = :why, not_before_ms = NULL, ended_ms = :now \
                     WHERE broadcast = :id AND seq IN (SELECT seq FROM delivery \
                       WHERE broadcast = :id AND {which} LIMIT :chunk) RETURNING seq"
                ))
                .and_then(|mut update| {
                    update
                        .query_map(
                            named_params! {
                                ":id": id.0, ":lane": lane, ":chunk": CHUNK, ":now": tx.now.0,
                                ":to": DeliveryState::Cancelled.code(), ":why": SkipReason::Expired.code(),
                            },
                            |row| row.get(0),
                        )?
                        .collect()
                })
                .doing("cancelling what has waited too long")?;
            let n = gone.len() as i64;
            shift(&tx, lane, &[(from, -n), (DeliveryState::Cancelled, n)])?;
            if let (Some(first), Some(last)) = (gone.iter().min(), gone.iter().max()) {
                keep_what_was_tried(&tx, id, lane, (*first, *last))?;
                if from == DeliveryState::Planned {
                    tx.execute(
                        "UPDATE lane SET next_seq = max(next_seq, ?2) WHERE id = ?1",
                        (lane, last + 1),
                    )
                    .doing("cancelling what has waited too long")?;
                }
            }
        }
        close_if_ended(&tx, id, tx.now.0)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("cancelling what has waited too long")?;
        Ok(true)
    }
}

impl Db {
    /// The same, for a channel that is about to come back.
    pub(super) fn begin_again(&mut self, channel: ChannelId) -> Result<(), StoreError> {
        let tx = self.write()?;
        begin_again(&tx, channel, tx.now)?;
        tx.commit().doing("giving what waited its time again")
    }
}

/// A channel goes on, because somebody said so: what waited for it has its time again.
pub(super) fn begin_again(conn: &Connection, channel: ChannelId, now: Millis) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE broadcast SET touched_ms = :now WHERE phase = 'sending' AND ended_ms IS NULL AND EXISTS \
         (SELECT 1 FROM lane l WHERE l.broadcast = broadcast.id AND l.channel = :channel \
          AND (l.planned > 0 OR l.deferred > 0))",
        named_params! { ":channel": channel.0, ":now": now.0 },
    )
    .doing("giving what waited its time again")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::domain::broadcast::{BroadcastState, PauseReason};
    use crate::domain::delivery::{DeliveryState as S, SkipReason};
    use crate::domain::id::{BroadcastId, ChannelId};
    use crate::store::fixtures::{Shop, answered};
    use crate::store::pick::Pick;
    use crate::store::plan::Gate;
    use crate::store::replay::{Replayed, Unknowns};

    const DAY: i64 = 24 * 3_600_000;

    /// A broadcast to five: one accepted, one to be tried again, three never claimed.
    fn half_sent() -> (Shop, BroadcastId, ChannelId, i64) {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(5, bark);
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let granted = shop.claim(epoch, 2, 1);
        shop.record(epoch, &answered(&granted[0], S::Accepted));
        shop.record(epoch, &answered(&granted[1], S::Deferred));
        (shop, id, bark, epoch)
    }

    fn stands(shop: &Shop, id: BroadcastId) -> (BroadcastState, Option<PauseReason>) {
        let row = shop.db.broadcast(id).expect("read").row;
        (row.state, row.pause_reason)
    }

    fn expire(shop: &mut Shop) {
        while shop.db.expire(DAY, false).expect("looked") {}
    }

    #[test]
    fn what_waits_a_day_is_cancelled_and_says_why() {
        let (mut shop, id, _, epoch) = half_sent();
        shop.passes(DAY - 1);
        expire(&mut shop);
        assert_eq!(shop.count(id, S::Cancelled), 0);
        shop.passes(1);
        expire(&mut shop);
        assert_eq!((shop.count(id, S::Cancelled), shop.count(id, S::Accepted)), (4, 1));
        assert_eq!(stands(&shop, id).0, BroadcastState::Cancelled);
        let rows = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows");
        assert!(rows[1..].iter().all(|row| row.skip == Some(SkipReason::Expired) && row.ended_at.is_some()));
        assert_eq!(rows[0].skip, None);
        assert!(shop.db.lanes(id).expect("lanes")[0].expired_at.is_some());
        assert!(shop.claim(epoch, 9, 1).is_empty());
        assert_eq!(shop.db.check().expect("checked"), vec![]);
        let log = shop.db.audit_log(None, 1).expect("read");
        assert_eq!(log[0].action, "expire");
        assert!(log[0].detail.starts_with("4 deliveries"), "{}", log[0].detail);
    }

    #[test]
    fn a_call_in_flight_is_waited_for_and_its_answer_counts() {
        let (mut shop, id, _, epoch) = half_sent();
        let granted = shop.claim(epoch, 2, 1);
        shop.passes(DAY);
        expire(&mut shop);
        assert_eq!((shop.count(id, S::Sending), shop.count(id, S::Cancelled)), (2, 2));
        shop.record(epoch, &answered(&granted[0], S::Accepted));
        shop.record(epoch, &answered(&granted[1], S::Deferred));
        expire(&mut shop);
        assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Cancelled)), (2, 3));
        assert_eq!(shop.db.counts(id).expect("counts").open(), 0);
    }

    #[test]
    fn what_stands_still_asks_and_its_time_begins_when_it_goes_on() {
        let (mut shop, id, bark, epoch) = half_sent();
        shop.db.pause(id, PauseReason::Operator, "").expect("paused");
        shop.passes(2 * DAY);
        expire(&mut shop);
        assert_eq!(stands(&shop, id), (BroadcastState::Paused, Some(PauseReason::Operator)));
        shop.db.resume(id).expect("goes on");
        shop.db.halt("").expect("halted");
        shop.passes(2 * DAY);
        expire(&mut shop);
        shop.db.unhalt().expect("goes on");
        shop.db.pause_channel(bark, PauseReason::Credential, "").expect("paused");
        shop.passes(2 * DAY);
        expire(&mut shop);
        shop.db.resume_channel(bark).expect("goes on");
        shop.passes(DAY - 1);
        expire(&mut shop);
        assert_eq!(shop.count(id, S::Cancelled), 0);
        assert_eq!(shop.claim(epoch, 9, 1).len(), 4);
    }

    #[test]
    fn a_replay_gives_what_expired_another_day() {
        let (mut shop, id, _, epoch) = half_sent();
        shop.passes(DAY);
        expire(&mut shop);
        let replayed = shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::AtMost(9)).expect("replayed");
        assert!(matches!(replayed, Replayed::Queued { n: 4, .. }), "{replayed:?}");
        expire(&mut shop);
        let rows = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows");
        assert!(rows.iter().all(|row| row.skip.is_none()));
        for granted in shop.claim(epoch, 9, 1) {
            shop.record(epoch, &answered(&granted, S::Accepted));
        }
        assert_eq!(shop.count(id, S::Accepted), 5);
    }

    #[test]
    fn an_unknown_that_was_queued_again_and_expires_stays_unknown() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(1, bark);
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        shop.claim(epoch, 1, 1);
        shop.db.become_sender(2).expect("the next one");
        shop.db.replay(&Pick::of(id), Unknowns::Include, Gate::AtMost(9)).expect("replayed");
        shop.passes(DAY);
        expire(&mut shop);
        assert_eq!(shop.count(id, S::Unknown), 1);
        assert_eq!(shop.db.deliveries(&Pick::of(id), None, 9).expect("rows")[0].skip, None);
    }

    #[test]
    fn a_clock_that_jumped_asks_and_one_that_was_set_back_begins_again() {
        let (mut shop, id, ..) = half_sent();
        shop.passes(DAY);
        shop.db.expire(DAY, true).expect("looked");
        assert_eq!(stands(&shop, id), (BroadcastState::Paused, Some(PauseReason::Overdue)));
        shop.db.resume(id).expect("the operator says so");
        shop.passes(-DAY / 2);
        expire(&mut shop);
        shop.passes(DAY - 1);
        expire(&mut shop);
        assert_eq!(shop.count(id, S::Cancelled), 0);
        shop.passes(1);
        expire(&mut shop);
        assert_eq!(shop.count(id, S::Cancelled), 4);
    }
}
