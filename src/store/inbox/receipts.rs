//! Receipts: a provider says later what became of a delivery that it had accepted.
//!
//! A receipt counts for the call that it was given for, and only while that call is the newest one and stands as
//! accepted: what a person settled or queued again since is not touched. One that comes before the answer that names it
//! waits for a while.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId};
use crate::domain::time::Millis;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::ledger::{close_if_ended, shift};
use crate::store::siblings;

/// So long a receipt waits for the answer that names it: more than any call takes.
const PATIENCE_MS: i64 = 10 * 60 * 1_000;

/// How many that wait are looked at in one transaction.
const CHUNK: usize = 200;

/// What a receipt says.
pub(super) struct Receipt<'a> {
    /// The channels that it may be about, and first of them the one at whose door it was told.
    pub channels: &'a [ChannelId],
    /// What the provider gave when it accepted the delivery; empty if it does not say for which one this is.
    pub receipt: &'a str,
    /// Whose address it came from, as it is looked up by.
    pub whose: Option<&'a [u8]>,
    /// When the provider told it.
    pub told: Millis,
    pub arrived: Result<(), Class>,
    pub text: &'a str,
}

/// What is known about the delivery behind a receipt.
enum Known {
    /// Its state has changed, or nothing was left to change.
    Ended(Option<DeliveryId>),
    /// No answer has named it yet.
    NotYet,
}

/// Ends the delivery that a receipt names, or lets the receipt wait.
pub(super) fn take(
    conn: &Connection,
    receipt: &Receipt<'_>,
    now: Millis,
) -> Result<Option<DeliveryId>, StoreError> {
    match end(conn, receipt, now)? {
        Known::Ended(id) => Ok(id),
        Known::NotYet => {
            conn.prepare_cached(
                "INSERT OR IGNORE INTO receipt_wait (channel, receipt, class, text, received_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut wait| {
                let class = receipt.arrived.err().map(Class::code);
                let door = receipt.channels.first().map(|door| door.0);
                wait.execute((door, receipt.receipt, class, receipt.text, now.0))
            })
            .doing("letting a receipt wait")?;
            Ok(None)
        }
    }
}

fn end(conn: &Connection, receipt: &Receipt<'_>, now: Millis) -> Result<Known, StoreError> {
    if receipt.receipt.is_empty() {
        // It can only be about what they were sent last.
        let mut newest = None;
        for channel in receipt.channels {
            newest = newest.max(newest_of(conn, receipt, *channel)?);
        }
        return match newest {
            Some((_, found)) => settle(conn, receipt, found, now).map(Known::Ended),
            None => Ok(Known::Ended(None)),
        };
    }
    let found: Option<Accepted> = conn
        .prepare_cached(
            "SELECT t.broadcast, t.seq, t.call FROM attempt t INDEXED BY attempt_receipt
               JOIN delivery d ON d.broadcast = t.broadcast AND d.seq = t.seq JOIN lane l ON l.id = d.lane
              WHERE t.receipt = :receipt AND t.state = 4
                AND l.channel IN (SELECT value FROM json_each(:channels)) ORDER BY t.at_ms DESC LIMIT 1",
        )
        .and_then(|mut read| {
            read.query_row(
                named_params! { ":receipt": receipt.receipt, ":channels": siblings::json(receipt.channels) },
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()
        })
        .doing("looking for the delivery of a receipt")?;
    match found {
        Some(found) => settle(conn, receipt, found, now).map(Known::Ended),
        None => Ok(Known::NotYet),
    }
}

/// A delivery that stands as accepted: broadcast, number, call.
type Accepted = (i64, i64, Option<i64>);

/// So many broadcasts back a receipt that names none is looked for.
const BACK: i64 = 50;

/// Clocks may differ by so much.
const SKEW_MS: i64 = 10_000;

/// What somebody was sent last over a channel, and when it was accepted, if it stands as accepted by a receipt and was so before `told`. One that is still on its
/// way, or has ended, is what the receipt is about, and then there is nothing to do: never is it about an older one.
fn newest_of(
    conn: &Connection,
    receipt: &Receipt<'_>,
    channel: ChannelId,
) -> Result<Option<(i64, Accepted)>, StoreError> {
    let Some(lookup) = receipt.whose else { return Ok(None) };
    let found: Option<(Accepted, i64, Option<i64>)> = conn
        .prepare_cached(
            "SELECT d.broadcast, d.seq, d.call, d.state,
                    (SELECT max(t.at_ms) FROM attempt t WHERE t.broadcast = d.broadcast AND t.seq = d.seq
                        AND t.call = d.call AND t.receipt IS NOT NULL)
               FROM address a
               CROSS JOIN (SELECT DISTINCT l.broadcast FROM lane l INDEXED BY lane_channel
                             JOIN broadcast o ON o.id = l.broadcast
                            WHERE l.channel = :channel AND o.purpose = 'broadcast'
                            ORDER BY l.broadcast DESC LIMIT :back) b
               CROSS JOIN delivery d INDEXED BY delivery_person
                       ON d.broadcast = b.broadcast AND d.subscriber = a.subscriber AND d.address = a.id
              WHERE a.channel = :channel AND a.lookup = :lookup AND d.state IN (3, 4, 5, 6, 7)
              ORDER BY d.broadcast DESC LIMIT 1",
        )
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0, ":lookup": lookup, ":back": BACK }, |row| {
                Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?, row.get(4)?))
            })
            .optional()
        })
        .doing("looking for the delivery of a receipt")?;
    Ok(found.and_then(|(accepted, state, at)| {
        let at = at.filter(|at| receipt.told.0 >= at - SKEW_MS)?;
        (state == DeliveryState::Accepted.code()).then_some((at, accepted))
    }))
}

/// Ends a delivery, if it still stands as accepted by that call.
fn settle(
    conn: &Connection,
    receipt: &Receipt<'_>,
    (broadcast, seq, call): Accepted,
    now: Millis,
) -> Result<Option<DeliveryId>, StoreError> {
    let (state, class) = match receipt.arrived {
        Ok(()) => (DeliveryState::Confirmed, None),
        Err(class) => (DeliveryState::Rejected, Some(class.code())),
    };
    let text = Some(receipt.text).filter(|_| class.is_some());
    let moved: Option<(i64, i64)> = conn
        .prepare_cached(
            "UPDATE delivery SET state = :state, class = :class, code = NULL, text = :text, attempts = attempts + 1,
                    ended_ms = :now
              WHERE broadcast = :broadcast AND seq = :seq AND state = 4 AND call = :call RETURNING lane, attempts",
        )
        .and_then(|mut update| {
            update
                .query_row(
                    named_params! {
                        ":state": state.code(), ":class": class, ":text": text, ":now": now.0,
                        ":broadcast": broadcast, ":seq": seq, ":call": call,
                    },
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })
        .doing("ending a delivery by its receipt")?;
    let Some((lane, no)) = moved else { return Ok(None) };
    conn.prepare_cached(
        "INSERT INTO attempt (broadcast, seq, no, call, state, class, text, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .and_then(|mut insert| {
        insert.execute((broadcast, seq, no, call, state.code(), class, receipt.text, now.0))
    })
    .doing("writing a receipt down")?;
    shift(conn, lane, &[(DeliveryState::Accepted, -1), (state, 1)])?;
    close_if_ended(conn, BroadcastId(broadcast), now.0)?;
    bump(conn, Changed::Broadcasts)?;
    Ok(Some(DeliveryId { broadcast: BroadcastId(broadcast), seq }))
}

impl Db {
    /// Looks again at receipts that came before their answers; gives how many still wait.
    pub fn settle_receipts(&mut self) -> Result<usize, StoreError> {
        type Waiting = (i64, String, Option<i64>, String, i64);
        let waiting: Vec<Waiting> = self
            .conn
            .prepare_cached(
                "SELECT w.channel, w.receipt, w.class, w.text, w.received_ms FROM receipt_wait w
                  WHERE EXISTS (SELECT 1 FROM attempt t INDEXED BY attempt_receipt WHERE t.receipt = w.receipt)
                     OR w.received_ms < :over LIMIT :n",
            )
            .and_then(|mut read| {
                let over = self.now().0 - PATIENCE_MS;
                read.query_map(named_params! { ":n": CHUNK as i64, ":over": over }, |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })?
                .collect()
            })
            .doing("looking at receipts that wait")?;
        if waiting.is_empty() {
            return self.receipts_waiting();
        }
        let tx = self.write()?;
        for (channel, receipt, class, text, received) in &waiting {
            let class = class.map(|code| Class::from_code(code).unwrap_or(Class::Unclassified));
            let told = Receipt {
                channels: &siblings::of(&tx, ChannelId(*channel))?,
                receipt,
                whose: None,
                told: tx.now,
                arrived: class.map_or(Ok(()), Err),
                text,
            };
            let over = tx.now.since(Millis(*received)) > PATIENCE_MS;
            if matches!(end(&tx, &told, tx.now)?, Known::NotYet) && !over {
                continue;
            }
            tx.execute("DELETE FROM receipt_wait WHERE channel = ?1 AND receipt = ?2", (channel, receipt))
                .doing("taking a receipt off")?;
        }
        tx.commit().doing("looking at receipts that wait")?;
        self.receipts_waiting()
    }

    fn receipts_waiting(&self) -> Result<usize, StoreError> {
        self.conn
            .prepare_cached("SELECT count(*) FROM receipt_wait")
            .and_then(|mut count| count.query_row([], |row| row.get::<_, i64>(0)))
            .map(|count| usize::try_from(count).unwrap_or(0))
            .doing("counting receipts that wait")
    }
}
