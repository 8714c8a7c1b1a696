//! Claims: planned and due deliveries become calls whose intent is durable before a byte leaves.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::shift;
use crate::domain::broadcast::Phase;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{BroadcastId, CallId, ChannelId};
use crate::domain::quiet::Quiet;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::store::error::{Doing, StoreError};
use crate::store::halt::HALTED;

/// How many rows a claim looks at to find planned ones between those that are done.
const SCAN: i64 = 20_000;

/// How many deliveries one cycle puts off because of their people's quiet hours, so that it stays short.
pub(in crate::store) const PUT_OFF: usize = 2_000;

/// No provider, no back-off and no allowance asks for more than a day.
pub(super) const LONGEST_WAIT_MS: i64 = 25 * 3_600_000;

/// What the sender wants to claim from a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The lane.
    pub lane: i64,
    /// At most so many calls …
    pub calls: usize,
    /// … of which so many may carry what waited for its moment …
    pub retries: usize,
    /// … of at most so many deliveries each.
    pub per_call: usize,
    /// Whether the message needs the person's variables.
    pub vars: bool,
}

/// A call that may leave: its intent is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The call.
    pub call: CallId,
    /// Its lane.
    pub lane: i64,
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// Whom it carries.
    pub deliveries: Vec<Claimed>,
}

/// One delivery of a granted call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its place in the plan.
    pub seq: i64,
    /// Attempts before this one, since a person last queued it.
    pub tries: i64,
    /// Attempts before this one in all.
    pub attempts: i64,
    /// When it was first refused as busy and queued again, if it was: that may have been taken all the same.
    pub doubt: Option<Millis>,
    /// Where to, or why nowhere.
    pub to: Result<Destination, Lost>,
    /// The person's name.
    pub name: String,
    /// The person's variables, if the wish asked for them.
    pub vars: BTreeMap<String, String>,
}

/// Where a delivery goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A person's address.
    Address(Secret),
    /// A list on the provider's side.
    Remote(String),
}

/// Why a planned delivery cannot leave any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The address is gone, or does not open.
    Address,
    /// The person opted out, was left out by the operator or removed since the plan was frozen.
    Person,
}

/// Claims calls inside the cycle's transaction.
pub(super) struct Claimer<'a> {
    pub(super) conn: &'a Connection,
    pub(super) keys: &'a crate::seal::Keyring,
    pub(super) epoch: i64,
    pub(super) now: Millis,
    /// How many more may be put off in this cycle.
    pub(super) patience: usize,
}

/// What a claim found.
#[derive(Default)]
struct Found {
    claimed: Vec<Claimed>,
    /// Whose quiet hours hold, and until when.
    quiet: Vec<(i64, Millis)>,
    /// Where it stopped reading, if more may follow.
    stopped: Option<i64>,
}

/// A lane as the claimer needs it.
struct LaneHead {
    broadcast: BroadcastId,
    channel: ChannelId,
    seq_to: i64,
    next_seq: i64,
    /// Tests and verifications go whatever the hour: somebody waits for them.
    heeds_quiet: bool,
    /// An answer goes to whoever wrote, also to say that they get no more messages.
    answers: bool,
}

impl Claimer<'_> {
    /// Claims what a wish asks for; gives how many planned ones were put off instead.
    pub(super) fn claim(&mut self, wish: Wish, granted: &mut Vec<Granted>) -> Result<i64, StoreError> {
        let Some(head) = self.head(wish.lane)? else { return Ok(0) };
        let want = wish.calls.saturating_mul(wish.per_call);
        let mut claimed = match wish.retries.min(wish.calls).saturating_mul(wish.per_call) {
            0 => Vec::new(),
            most => self.due(wish, &head, most)?,
        };
        let from_deferred = claimed.len() as i64;
        let mut put_off = 0;
        if claimed.len() < want {
            let more = self.planned(wish, &head, want - claimed.len())?;
            put_off = more.quiet.len() as i64;
            claimed.extend(more.claimed);
        }
        let from_planned = claimed.len() as i64 - from_deferred;
        if !claimed.is_empty() {
            self.begin(wish, &head, claimed, granted)?;
        }
        shift(
            self.conn,
            wish.lane,
            &[
                (DeliveryState::Deferred, put_off - from_deferred),
                (DeliveryState::Planned, -put_off - from_planned),
                (DeliveryState::Sending, from_deferred + from_planned),
            ],
        )?;
        Ok(put_off)
    }

    /// The lane, if its broadcast may still send: a pause or stop that came since the wish counts.
    fn head(&self, lane: i64) -> Result<Option<LaneHead>, StoreError> {
        self.conn
            .prepare_cached(&format!(
                "SELECT l.broadcast, l.channel, coalesce(l.stage_to, l.seq_to), l.next_seq, \
                   b.purpose = 'broadcast', b.purpose = 'reply' FROM lane l \
                 JOIN broadcast b ON b.id = l.broadcast JOIN channel c ON c.id = l.channel \
                 WHERE l.id = ?1 AND b.phase = ?2 AND c.removed_ms IS NULL \
                 AND (c.state = 'active' OR b.purpose NOT IN ('broadcast', 'reply')) AND l.expired_ms IS NULL AND NOT {HALTED}"
            ))
            .and_then(|mut statement| {
                statement
                    .query_row((lane, Phase::Sending.word()), |row| {
                        Ok(LaneHead {
                            broadcast: BroadcastId(row.get(0)?),
                            channel: ChannelId(row.get(1)?),
                            seq_to: row.get(2)?,
                            next_seq: row.get(3)?,
                            heeds_quiet: row.get(4)?,
                            answers: row.get(5)?,
                        })
                    })
                    .optional()
            })
            .doing("claiming")
    }

    /// Deferred deliveries whose moment has come, or lies further ahead than any wait: then the clock was set
    /// back since.
    fn due(&mut self, wish: Wish, head: &LaneHead, want: usize) -> Result<Vec<Claimed>, StoreError> {
        const COME: &str = "d.lane = :lane AND d.state = 2 AND d.not_before_ms <= :at ORDER BY d.not_before_ms, d.seq LIMIT :n";
        const FAR: &str = "d.lane = :lane AND d.state = 2 AND d.not_before_ms > :at ORDER BY d.not_before_ms, d.seq LIMIT :n";
        let far = self.now.plus(LONGEST_WAIT_MS);
        let mut claimed = Vec::new();
        // Two questions, each a stretch of the index: together they would read all that waits.
        for (which, at) in [(COME, self.now), (FAR, far)] {
            let missing = want - claimed.len();
            let n = (missing + self.patience) as i64;
            let params = named_params! { ":lane": wish.lane, ":at": at.0, ":n": n };
            let found = self.select(wish, head, which, params, missing)?;
            self.put_off(head, &found.quiet)?;
            claimed.extend(found.claimed);
        }
        Ok(claimed)
    }

    /// The next planned deliveries; the lane's head moves behind them.
    fn planned(&mut self, wish: Wish, head: &LaneHead, want: usize) -> Result<Found, StoreError> {
        let mut found = Found::default();
        let mut next = head.next_seq;
        if next <= head.seq_to {
            // A replay leaves planned rows scattered between finished ones: look at a bounded stretch a time. With
            // few or none in this one the rest is left to the next cycle, so that this one stays short.
            let last = head.seq_to.min(next + SCAN - 1);
            let n = (want + self.patience) as i64;
            found = self.select(
                wish,
                head,
                "d.broadcast = :broadcast AND d.seq BETWEEN :from AND :last AND d.state = 0 ORDER BY d.seq LIMIT :n",
                named_params! { ":broadcast": head.broadcast.0, ":from": next, ":last": last, ":n": n },
                want,
            )?;
            self.put_off(head, &found.quiet)?;
            next = found.stopped.unwrap_or(last) + 1;
        }
        self.conn
            .prepare_cached("UPDATE lane SET next_seq = ?2 WHERE id = ?1")
            .and_then(|mut update| update.execute((wish.lane, next)))
            .doing("claiming")?;
        Ok(found)
    }

    /// Whoever does not want to be disturbed now gets it when the quiet hours are over.
    fn put_off(&mut self, head: &LaneHead, quiet: &[(i64, Millis)]) -> Result<(), StoreError> {
        if quiet.is_empty() {
            return Ok(());
        }
        self.patience -= quiet.len();
        let mut update = self
            .conn
            .prepare_cached(
                "UPDATE delivery SET state = 2, not_before_ms = ?3, class = NULL, code = NULL, text = NULL \
                 WHERE broadcast = ?1 AND seq = ?2",
            )
            .doing("putting off")?;
        for (seq, until) in quiet {
            update.execute((head.broadcast.0, seq, until.0)).doing("putting off")?;
        }
        Ok(())
    }

    /// Reads deliveries until as many as are wanted can leave, or as many are quiet as may be put off.
    fn select(
        &self,
        wish: Wish,
        head: &LaneHead,
        which: &str,
        params: &[(&str, &dyn rusqlite::ToSql)],
        want: usize,
    ) -> Result<Found, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT d.seq, d.tries, a.lookup, a.value, a.sealed, r.remote, coalesce(s.name, ''), d.subscriber, \
                 s.id IS NOT NULL AND s.state IN ({}) AND s.removed_ms IS NULL, d.attempts, s.quiet, \
                 CASE WHEN d.attempts > 0 THEN (SELECT min(t.at_ms) FROM attempt t WHERE t.broadcast = d.broadcast \
                   AND t.seq = d.seq AND t.state = 2 AND t.class = 8) END \
                 FROM delivery d LEFT JOIN address a ON a.id = d.address AND a.subscriber = d.subscriber \
                   AND a.channel = {} AND a.state = 0 LEFT JOIN subscriber s ON s.id = d.subscriber \
                 LEFT JOIN topic_remote r ON r.id = d.remote WHERE {which}",
                if head.answers { "0, 1, 3" } else { "0" },
                head.channel.0,
            ))
            .doing("claiming")?;
        let mut rows = statement.query(params).doing("claiming")?;
        let mut found = Found::default();
        while found.claimed.len() < want
            && let Some(row) = rows.next().doing("claiming")?
        {
            let quiet: Option<String> = row.get(10).doing("claiming")?;
            if let Some(until) = quiet.filter(|_| head.heeds_quiet).and_then(|hours| self.quiet_until(&hours))
            {
                let seq = row.get(0).doing("claiming")?;
                if found.quiet.len() == self.patience {
                    found.stopped = Some(seq - 1);
                    return Ok(found);
                }
                found.quiet.push((seq, until));
                continue;
            }
            let read = || -> rusqlite::Result<_> {
                let value: Option<String> = row.get(3)?;
                let remote: Option<String> = row.get(5)?;
                let subscriber: Option<i64> = row.get(7)?;
                let left = subscriber.is_some() && !row.get::<_, bool>(8)?;
                let to = if left {
                    Err(Lost::Person)
                } else if let Some(remote) = remote {
                    Ok(Destination::Remote(remote))
                } else if let Some(value) = value {
                    Ok(Destination::Address(Secret::new(value)))
                } else {
                    let sealed: Option<Vec<u8>> = row.get(4)?;
                    let lookup: Option<Vec<u8>> = row.get(2)?;
                    // A value that does not open is an address that cannot be used, not the end of the send.
                    let opened = sealed.zip(lookup).and_then(|(sealed, lookup)| {
                        self.keys.open_address(head.channel, &lookup, &sealed).ok()
                    });
                    opened.map(Destination::Address).ok_or(Lost::Address)
                };
                let one = Claimed {
                    seq: row.get(0)?,
                    tries: row.get(1)?,
                    attempts: row.get(9)?,
                    doubt: row.get::<_, Option<i64>>(11)?.map(Millis),
                    to,
                    name: row.get(6)?,
                    vars: BTreeMap::new(),
                };
                Ok((one, subscriber))
            };
            let (mut one, subscriber) = read().doing("claiming")?;
            if let Some(subscriber) = subscriber.filter(|_| wish.vars) {
                one.vars = vars_of(self.conn, subscriber)?;
            }
            if found.claimed.len() + 1 == want {
                found.stopped = Some(one.seq);
            }
            found.claimed.push(one);
        }
        Ok(found)
    }

    fn quiet_until(&self, hours: &str) -> Option<Millis> {
        Quiet::parse(hours)?.until(self.now, &TimeZone::system())
    }

    /// Makes the intents of calls durable with the rest of the cycle.
    fn begin(
        &self,
        wish: Wish,
        head: &LaneHead,
        claimed: Vec<Claimed>,
        granted: &mut Vec<Granted>,
    ) -> Result<(), StoreError> {
        let broadcast = head.broadcast;
        let mut insert = self
            .conn
            .prepare_cached(
                "INSERT INTO call (broadcast, lane, epoch, size, begun_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .doing("beginning a call")?;
        let mut update = self
            .conn
            .prepare_cached(
                "UPDATE delivery SET state = 3, call = ?3, not_before_ms = NULL WHERE broadcast = ?1 AND seq = ?2",
            )
            .doing("beginning a call")?;
        let mut claimed = claimed.into_iter().peekable();
        while claimed.peek().is_some() {
            let deliveries: Vec<Claimed> = claimed.by_ref().take(wish.per_call.max(1)).collect();
            let call = insert
                .insert((broadcast.0, wish.lane, self.epoch, deliveries.len() as i64, self.now.0))
                .map(CallId)
                .doing("beginning a call")?;
            for delivery in &deliveries {
                update.execute((broadcast.0, delivery.seq, call.0)).doing("beginning a call")?;
            }
            granted.push(Granted { call, lane: wish.lane, broadcast, deliveries });
        }
        self.conn
            .prepare_cached("UPDATE broadcast SET started_ms = ?2 WHERE id = ?1 AND started_ms IS NULL")
            .and_then(|mut update| update.execute((broadcast.0, self.now.0)))
            .doing("beginning a call")?;
        Ok(())
    }
}

/// The variables of one person.
fn vars_of(conn: &Connection, subscriber: i64) -> Result<BTreeMap<String, String>, StoreError> {
    conn.prepare_cached("SELECT key, value FROM subscriber_var WHERE subscriber = ?1")
        .and_then(|mut statement| {
            statement
                .query_map([subscriber], |row| Ok((row.get(0)?, row.get(1)?)))
                .and_then(Iterator::collect)
        })
        .doing("reading a person's variables")
}
