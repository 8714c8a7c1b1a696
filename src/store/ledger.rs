//! The books: who may send, what is claimed, what was answered.
//!
//! One cycle of the sender is one transaction: answers are recorded and the next calls are claimed, so
//! the cost of a durable commit is shared by everything that happened since the last one. An intent
//! is durable before a byte leaves; an answer counts only for the newest call of its delivery and
//! only from the sender that holds the newest epoch. What a dead sender left in flight is *unknown*.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::broadcasts;
use super::channels::note_attempts;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::broadcast::{PauseReason, Phase, Purpose};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, CallId, ChannelId};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// A crash that nobody looked after for this long leaves its broadcasts paused.
const INTERRUPTED_AFTER_MS: i64 = 10 * 60 * 1_000;

/// How many rows a claim looks at to find planned ones between those that are done.
const SCAN: i64 = 20_000;

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

/// A lane that has something to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLane {
    /// The lane.
    pub lane: i64,
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// What the broadcast is for.
    pub purpose: Purpose,
    /// Its channel.
    pub channel: ChannelId,
    /// Whether its targets are lists on the provider's side.
    pub remote: bool,
    /// Deliveries that wait to be claimed.
    pub planned: i64,
    /// Deliveries that wait for a moment.
    pub deferred: i64,
    /// The earliest of these moments.
    pub due: Option<Millis>,
}

/// What the sender wants to claim from a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The lane.
    pub lane: i64,
    /// At most so many calls …
    pub calls: usize,
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

/// What a cycle did.
#[derive(Debug, Default)]
pub struct Cycled {
    /// Calls that may leave.
    pub granted: Vec<Granted>,
    /// Answers that came too late: their delivery has moved on without them.
    pub late: i64,
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
        tx.commit().doing("becoming the sender")?;
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

    /// Leaves the sender's place in good order.
    pub fn leave_sender(&mut self, epoch: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.execute("UPDATE sender SET pid = NULL WHERE epoch = ?1", [epoch]).doing("leaving")?;
        tx.commit().doing("leaving")
    }

    /// Whether anything waits for a sender.
    pub fn has_work(&self) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM broadcast b JOIN lane l ON l.broadcast = b.id \
                 JOIN channel c ON c.id = l.channel \
                 WHERE b.ended_ms IS NULL AND b.phase IN ('sending', 'stopped') \
                 AND (l.sending > 0 OR (l.planned > 0 OR l.deferred > 0) AND (b.phase = 'stopped' \
                   OR b.purpose <> 'broadcast' OR (c.state = 'active' AND c.removed_ms IS NULL))))",
            )
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .doing("looking for work")
    }

    /// The lanes that have something to send, oldest broadcast first; those of paused channels are left out,
    /// except for verifications, which are how a channel comes back.
    pub fn open_lanes(&self) -> Result<Vec<OpenLane>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(
                "SELECT l.id, b.id, b.purpose, l.channel, l.target = 'remote', l.planned, l.deferred, \
                 CASE WHEN l.deferred > 0 THEN (SELECT min(not_before_ms) FROM delivery d \
                   WHERE d.lane = l.id AND d.state = 2) END \
                 FROM broadcast b JOIN lane l ON l.broadcast = b.id JOIN channel c ON c.id = l.channel \
                 WHERE b.ended_ms IS NULL AND b.phase = 'sending' AND (l.planned > 0 OR l.deferred > 0) \
                 AND c.removed_ms IS NULL AND (c.state = 'active' OR b.purpose <> 'broadcast') \
                 ORDER BY b.id, l.id",
            )
            .doing("looking for work")?;
        let rows = statement
            .query_map([], |row| {
                Ok(OpenLane {
                    lane: row.get(0)?,
                    broadcast: BroadcastId(row.get(1)?),
                    purpose: broadcasts::word(row, 2, Purpose::from_word)?,
                    channel: ChannelId(row.get(3)?),
                    remote: row.get(4)?,
                    planned: row.get(5)?,
                    deferred: row.get(6)?,
                    due: row.get::<_, Option<i64>>(7)?.map(Millis),
                })
            })
            .doing("looking for work")?;
        rows.collect::<Result<_, _>>().doing("looking for work")
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
        let mut cycled = Cycled { fenced: current != epoch, ..Cycled::default() };
        cycled.late = record(&tx, records, now)?;
        if !cycled.fenced {
            let mut claimer = Claimer { conn: &tx, keys, epoch, now };
            for wish in wishes {
                claimer.claim(*wish, &mut cycled.granted)?;
            }
        }
        if !records.is_empty() || !cycled.granted.is_empty() {
            bump(&tx, Changed::Broadcasts)?;
        }
        tx.commit().doing("recording answers")?;
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
    let lanes: Vec<(i64, i64)> = conn
        .prepare("SELECT id, broadcast FROM lane WHERE sending > 0")
        .and_then(|mut statement| {
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect)
        })
        .doing("looking for calls in flight")?;
    let mut unknown = 0;
    for (lane, broadcast) in lanes {
        let which = "broadcast = :broadcast AND lane = :lane AND state = 3 \
             AND seq BETWEEN (SELECT seq_from FROM lane WHERE id = :lane) AND (SELECT seq_to FROM lane WHERE id = :lane)";
        let text = "the sender ended before an answer was recorded";
        conn.prepare(&format!(
            "INSERT INTO attempt (broadcast, seq, no, call, state, class, text, at_ms) \
             SELECT broadcast, seq, attempts + 1, call, 7, :class, :text, :now FROM delivery WHERE {which}"
        ))
        .and_then(|mut insert| {
            insert.execute(named_params! {
                ":broadcast": broadcast, ":lane": lane, ":class": Class::Network.code(), ":text": text,
                ":now": now.0,
            })
        })
        .doing("recording what cannot be known")?;
        let n = conn
            .prepare(&format!(
                "UPDATE delivery SET state = 7, class = :class, code = '', text = :text, attempts = attempts + 1, \
                 ended_ms = :now WHERE {which}"
            ))
            .and_then(|mut update| {
                update.execute(named_params! {
                    ":broadcast": broadcast, ":lane": lane, ":class": Class::Network.code(), ":text": text,
                    ":now": now.0,
                })
            })
            .doing("recording what cannot be known")? as i64;
        shift(conn, lane, &[(DeliveryState::Sending, -n), (DeliveryState::Unknown, n)])?;
        close_if_ended(conn, BroadcastId(broadcast), now.0)?;
        unknown += n;
    }
    Ok(unknown)
}

/// Records what became of deliveries; gives how many answers were late.
fn record(conn: &Connection, records: &[Record], now: Millis) -> Result<i64, StoreError> {
    if records.is_empty() {
        return Ok(0);
    }
    let mut late = 0;
    let mut books: BTreeMap<(i64, BroadcastId), Vec<(DeliveryState, i64)>> = BTreeMap::new();
    let mut moved = conn
        .prepare_cached(
            "UPDATE delivery SET state = :state, class = :class, code = :code, text = :text, \
             attempts = attempts + 1, tries = tries + 1, not_before_ms = :not_before, ended_ms = :ended \
             WHERE broadcast = :broadcast AND seq = :seq AND call = :call AND state = 3 RETURNING attempts",
        )
        .doing("recording an answer")?;
    let mut attempted = conn
        .prepare_cached(
            "INSERT INTO attempt (broadcast, seq, no, call, state, class, code, text, receipt, at_ms) \
             VALUES (:broadcast, :seq, :no, :call, :state, :class, :code, :text, :receipt, :now)",
        )
        .doing("recording an attempt")?;
    let mut stopped = BTreeMap::new();
    let mut went: BTreeMap<i64, Vec<bool>> = BTreeMap::new();
    for record in records {
        let stopped = match stopped.get(&record.broadcast) {
            Some(known) => *known,
            None => {
                let is_stopped = broadcasts::require(conn, record.broadcast)? == Phase::Stopped;
                *stopped.entry(record.broadcast).or_insert(is_stopped)
            }
        };
        let state = match &record.result {
            Recorded::NotLeft => match put_back(conn, record, stopped)? {
                Some(state) => state,
                None => continue,
            },
            Recorded::Moved { state, not_before, class, code, text, receipt } => {
                // Nobody will try again what was stopped in the meantime.
                let state = if stopped && !state.has_ended() { &DeliveryState::Cancelled } else { state };
                let not_before = not_before.filter(|_| !state.has_ended());
                debug_assert!(DeliveryState::Sending.may_become(*state), "{state:?}");
                let class = class.map(Class::code);
                let (code, text) = (none_if_empty(code), none_if_empty(text));
                let ended = state.has_ended().then_some(now.0);
                let no: Option<i64> = moved
                    .query_row(
                        named_params! {
                            ":broadcast": record.broadcast.0, ":seq": record.seq, ":call": record.call.0,
                            ":state": state.code(), ":class": class, ":code": code, ":text": text,
                            ":not_before": not_before.map(|at| at.0), ":ended": ended,
                        },
                        |row| row.get(0),
                    )
                    .optional()
                    .doing("recording an answer")?;
                let Some(no) = no else {
                    late += record_late(conn, record, now)?;
                    continue;
                };
                attempted
                    .execute(named_params! {
                        ":broadcast": record.broadcast.0, ":seq": record.seq, ":no": no,
                        ":call": record.call.0, ":state": state.code(), ":class": class, ":code": code,
                        ":text": text, ":receipt": receipt, ":now": now.0,
                    })
                    .doing("recording an attempt")?;
                *state
            }
        };
        if matches!(record.result, Recorded::Moved { .. }) {
            went.entry(record.lane).or_default().push(state == DeliveryState::Accepted);
        }
        let line = books.entry((record.lane, record.broadcast)).or_default();
        line.extend([(DeliveryState::Sending, -1), (state, 1)]);
    }
    for ((lane, broadcast), line) in &books {
        shift(conn, *lane, line)?;
        close_if_ended(conn, *broadcast, now.0)?;
    }
    for (lane, went) in went {
        if let Some(channel) = counts_for(conn, lane)? {
            note_attempts(conn, channel, went)?;
        }
    }
    Ok(late)
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

fn none_if_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Claims calls inside the cycle's transaction.
struct Claimer<'a> {
    conn: &'a Connection,
    keys: &'a crate::seal::Keyring,
    epoch: i64,
    now: Millis,
}

/// A lane as the claimer needs it.
struct LaneHead {
    broadcast: BroadcastId,
    channel: ChannelId,
    seq_to: i64,
    next_seq: i64,
}

impl Claimer<'_> {
    fn claim(&mut self, wish: Wish, granted: &mut Vec<Granted>) -> Result<(), StoreError> {
        let Some(head) = self.head(wish.lane)? else { return Ok(()) };
        let want = wish.calls.saturating_mul(wish.per_call);
        let mut claimed = self.due(wish, &head, want)?;
        let from_deferred = claimed.len() as i64;
        let from_planned = if claimed.len() < want {
            let more = self.planned(wish, &head, want - claimed.len())?;
            claimed.extend(more);
            claimed.len() as i64 - from_deferred
        } else {
            0
        };
        let mut claimed = claimed.into_iter().peekable();
        while claimed.peek().is_some() {
            let deliveries: Vec<Claimed> = claimed.by_ref().take(wish.per_call.max(1)).collect();
            let call = self.begin(&head, wish.lane, &deliveries)?;
            granted.push(Granted { call, lane: wish.lane, broadcast: head.broadcast, deliveries });
        }
        shift(
            self.conn,
            wish.lane,
            &[
                (DeliveryState::Deferred, -from_deferred),
                (DeliveryState::Planned, -from_planned),
                (DeliveryState::Sending, from_deferred + from_planned),
            ],
        )
    }

    /// The lane, if its broadcast may still send: a pause or stop that came since the wish counts.
    fn head(&self, lane: i64) -> Result<Option<LaneHead>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT l.broadcast, l.channel, l.seq_to, l.next_seq FROM lane l \
                 JOIN broadcast b ON b.id = l.broadcast JOIN channel c ON c.id = l.channel \
                 WHERE l.id = ?1 AND b.phase = ?2 AND c.removed_ms IS NULL \
                 AND (c.state = 'active' OR b.purpose <> 'broadcast')",
            )
            .and_then(|mut statement| {
                statement
                    .query_row((lane, Phase::Sending.word()), |row| {
                        Ok(LaneHead {
                            broadcast: BroadcastId(row.get(0)?),
                            channel: ChannelId(row.get(1)?),
                            seq_to: row.get(2)?,
                            next_seq: row.get(3)?,
                        })
                    })
                    .optional()
            })
            .doing("claiming")
    }

    /// Deferred deliveries whose moment has come.
    fn due(&self, wish: Wish, head: &LaneHead, want: usize) -> Result<Vec<Claimed>, StoreError> {
        self.select(
            wish,
            head,
            "d.lane = :lane AND d.state = 2 AND d.not_before_ms <= :now ORDER BY d.not_before_ms, d.seq LIMIT :n",
            named_params! { ":lane": wish.lane, ":now": self.now.0, ":n": want as i64 },
        )
    }

    /// The next planned deliveries; the lane's head moves behind them.
    fn planned(&self, wish: Wish, head: &LaneHead, want: usize) -> Result<Vec<Claimed>, StoreError> {
        let mut claimed = Vec::new();
        let mut next = head.next_seq;
        while claimed.len() < want && next <= head.seq_to {
            // A replay leaves planned rows scattered between finished ones: look at a bounded stretch a time.
            let last = head.seq_to.min(next + SCAN - 1);
            let missing = want - claimed.len();
            let more = self.select(
                wish,
                head,
                "d.broadcast = :broadcast AND d.seq BETWEEN :from AND :last AND d.state = 0 ORDER BY d.seq LIMIT :n",
                named_params! {
                    ":broadcast": head.broadcast.0, ":from": next, ":last": last, ":n": missing as i64,
                },
            )?;
            let full = more.len() == missing;
            next = if full { more.last().map_or(last, |row| row.seq) + 1 } else { last + 1 };
            claimed.extend(more);
            if !full {
                // Few or none in this stretch: leave the rest to the next cycle, so that this one stays short.
                break;
            }
        }
        self.conn
            .prepare_cached("UPDATE lane SET next_seq = ?2 WHERE id = ?1")
            .and_then(|mut update| update.execute((wish.lane, next)))
            .doing("claiming")?;
        Ok(claimed)
    }

    fn select(
        &self,
        wish: Wish,
        head: &LaneHead,
        which: &str,
        params: &[(&str, &dyn rusqlite::ToSql)],
    ) -> Result<Vec<Claimed>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT d.seq, d.tries, a.lookup, a.value, a.sealed, r.remote, coalesce(s.name, ''), d.subscriber, \
                 s.id IS NOT NULL AND s.state = 0 AND s.removed_ms IS NULL \
                 FROM delivery d LEFT JOIN address a ON a.id = d.address AND a.subscriber = d.subscriber \
                   AND a.channel = {} AND a.state = 0 LEFT JOIN subscriber s ON s.id = d.subscriber \
                 LEFT JOIN topic_remote r ON r.id = d.remote WHERE {which}",
                head.channel.0
            ))
            .doing("claiming")?;
        let mut rows = statement.query(params).doing("claiming")?;
        let mut claimed = Vec::new();
        while let Some(row) = rows.next().doing("claiming")? {
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
            claimed.push(one);
        }
        Ok(claimed)
    }

    /// Makes the intent of one call durable with the rest of the cycle.
    fn begin(&self, head: &LaneHead, lane: i64, deliveries: &[Claimed]) -> Result<CallId, StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO call (broadcast, lane, epoch, size, begun_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| {
                insert.execute((head.broadcast.0, lane, self.epoch, deliveries.len() as i64, self.now.0))
            })
            .doing("beginning a call")?;
        let call = CallId(self.conn.last_insert_rowid());
        let mut update = self
            .conn
            .prepare_cached(
                "UPDATE delivery SET state = 3, call = ?3, not_before_ms = NULL WHERE broadcast = ?1 AND seq = ?2",
            )
            .doing("beginning a call")?;
        for delivery in deliveries {
            update.execute((head.broadcast.0, delivery.seq, call.0)).doing("beginning a call")?;
        }
        self.conn
            .prepare_cached("UPDATE broadcast SET started_ms = ?2 WHERE id = ?1 AND started_ms IS NULL")
            .and_then(|mut update| update.execute((head.broadcast.0, self.now.0)))
            .doing("beginning a call")?;
        Ok(call)
    }
}

/// The variables of one person.
pub(super) fn vars_of(conn: &Connection, subscriber: i64) -> Result<BTreeMap<String, String>, StoreError> {
    conn.prepare_cached("SELECT key, value FROM subscriber_var WHERE subscriber = ?1")
        .and_then(|mut statement| {
            statement
                .query_map([subscriber], |row| Ok((row.get(0)?, row.get(1)?)))
                .and_then(Iterator::collect)
        })
        .doing("reading a person's variables")
}

#[cfg(test)]
mod tests;
