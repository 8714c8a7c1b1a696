//! Release: the audience of a draft becomes a frozen plan of deliveries, before anything leaves.
//!
//! Each person gets one delivery on the first usable channel, or one for every address; a remote topic
//! is one delivery; who is left out is a skipped delivery with the reason. Rows go in chunks of well under
//! 50 ms, invisible until one flip makes them the plan, so that a running send and other consoles
//! never wait for a release of a million.

use std::fs::File;

use aws_lc_rs::digest;
use rusqlite::{Connection, named_params};

use super::audience::collect_audience;
use super::broadcasts::{self, BroadcastDetail};
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::broadcast::{Phase, auto_undo_ms};
use crate::domain::delivery::{DeliveryState, SkipReason};
use crate::domain::filter::{Filter, Scope, Test};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::time::Millis;

/// How many people one writing transaction of a release covers.
const CHUNK: i64 = 8_000;

/// How many deliveries one writing transaction of a removal covers.
const REMOVE_CHUNK: i64 = 10_000;

/// What must be true of the number to send, or nothing is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It is exactly this.
    Exactly(i64),
    /// It is at most this.
    AtMost(i64),
}

impl Gate {
    /// Whether `to_send` passes.
    pub const fn admits(self, to_send: i64) -> bool {
        match self {
            Self::Exactly(n) => to_send == n,
            Self::AtMost(n) => to_send <= n,
        }
    }
}

/// How a draft is released.
#[derive(Debug, Clone)]
pub struct Release {
    /// Who releases it.
    pub by: String,
    /// The row version that this person saw.
    pub seen: i64,
    /// What must be true of the number to send.
    pub gate: Gate,
    /// Whether an undo window is kept open, and by which console.
    pub keeper: Option<String>,
}

/// What came of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// The plan is frozen.
    Done {
        /// How many deliveries are meant to leave.
        to_send: i64,
        /// Until when nothing leaves, if there is an undo window.
        hold_until: Option<Millis>,
    },
    /// The audience is not what the gate was passed for; the draft is as it was.
    GateClosed {
        /// How many there would have been.
        to_send: i64,
    },
    /// Nobody is left to send to; the draft is as it was.
    NobodyLeft {
        /// How many were left out.
        skipped: i64,
    },
}

/// One lane to be written.
struct LanePlan {
    channel: Option<ChannelId>,
    target: &'static str,
    state: DeliveryState,
    skip: Option<SkipReason>,
}

impl Db {
    /// Freezes the audience of draft `id` and makes it the plan.
    pub fn release(&mut self, id: BroadcastId, release: &Release) -> Result<Released, StoreError> {
        let detail = self.broadcast(id)?;
        let filter = Filter::parse(&detail.draft.audience, Scope::People)
            .map_err(|error| StoreError::Refused(format!("the audience cannot be read: {error}")))?;
        // The same people as in every list: whole addresses find their owners, moments are this clock's.
        let filter = self.pin(&filter)?;
        let channels = self.channel_order(&detail.draft.channels)?;
        let remotes = self.remotes_of(&filter, &channels)?;
        self.release_collected(id, release, &channels, &remotes, |conn| collect_audience(conn, &filter))
    }

    /// The channels of a draft in order; none chosen means all, in the order they were made.
    pub fn channel_order(&self, chosen: &[ChannelId]) -> Result<Vec<ChannelId>, StoreError> {
        let all: Vec<ChannelId> = self.channels()?.into_iter().map(|channel| channel.id).collect();
        if chosen.is_empty() {
            return Ok(all);
        }
        Ok(chosen.iter().copied().filter(|id| all.contains(id)).collect())
    }

    /// The remote topics that belong to the topics which a filter asks for. What the filter leaves out cannot
    /// be left out of them: the provider fans them out.
    pub fn remotes_of(
        &self,
        filter: &Filter,
        channels: &[ChannelId],
    ) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        let mut remotes = Vec::new();
        for term in filter.terms.iter().filter(|term| !term.negated) {
            let Test::Topic(names) = &term.test else { continue };
            for name in names {
                let topic = self.find_topic(name)?.id;
                let found: Vec<(i64, i64)> = self
                    .conn
                    .prepare_cached("SELECT channel, id FROM topic_remote WHERE topic = ?1 ORDER BY id")
                    .and_then(|mut statement| {
                        statement
                            .query_map([topic.0], |row| Ok((row.get(0)?, row.get(1)?)))
                            .and_then(Iterator::collect)
                    })
                    .doing("reading remote topics")?;
                remotes.extend(found.into_iter().map(|(channel, remote)| (ChannelId(channel), remote)));
            }
        }
        remotes.retain(|(channel, _)| channels.contains(channel));
        remotes.sort_unstable();
        remotes.dedup();
        Ok(remotes)
    }

    /// Freezes the audience that `collect` puts into the temporary table `plan_person` and makes it the
    /// plan of draft `id`. `remotes` are the remote topics that belong to it.
    pub(super) fn release_collected(
        &mut self,
        id: BroadcastId,
        release: &Release,
        channels: &[ChannelId],
        remotes: &[(ChannelId, i64)],
        collect: impl FnOnce(&Connection) -> Result<i64, StoreError>,
    ) -> Result<Released, StoreError> {
        let _lock = self.lock_plans()?;
        let detail = self.begin_planning(id, release.seen)?;
        let planned = collect(&self.conn)
            .and_then(|_| self.write_plan(&detail, channels, remotes))
            .and_then(|()| self.flip(&detail, release));
        match planned {
            Ok(released @ Released::Done { .. }) => Ok(released),
            refused => {
                self.drop_plan(id, Phase::Planning)?;
                refused
            }
        }
    }

    /// Waits until no other process writes or removes a plan, and takes back what a killed one left
    /// half-written: the kernel frees the lock of whoever dies, so whatever is `planning` under it is nobody's.
    fn lock_plans(&mut self) -> Result<Option<File>, StoreError> {
        if self.folder().as_os_str().is_empty() {
            return Ok(None);
        }
        let file = self.plan_lock_file()?;
        file.lock().map_err(|source| StoreError::Unwritable { path: self.folder().to_owned(), source })?;
        self.drop_half_plans()?;
        Ok(Some(file))
    }

    /// Takes back what a killed process left half-planned, unless somebody is planning. For whoever starts.
    pub fn clean_up_plans(&mut self) -> Result<(), StoreError> {
        if self.half_plans()?.is_empty() {
            return Ok(());
        }
        match self.plan_lock_file()?.try_lock() {
            Ok(()) => self.drop_half_plans(),
            Err(std::fs::TryLockError::WouldBlock) => Ok(()),
            Err(std::fs::TryLockError::Error(source)) => {
                Err(StoreError::Unwritable { path: self.folder().to_owned(), source })
            }
        }
    }

    fn plan_lock_file(&self) -> Result<File, StoreError> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.folder().join("plan.lock");
        File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|source| StoreError::Unwritable { path, source })
    }

    fn half_plans(&self) -> Result<Vec<BroadcastId>, StoreError> {
        self.conn
            .prepare_cached("SELECT id FROM broadcast WHERE phase = 'planning' AND ended_ms IS NULL")
            .and_then(|mut read| read.query_map([], |row| row.get(0).map(BroadcastId))?.collect())
            .doing("looking for half-written plans")
    }

    fn drop_half_plans(&mut self) -> Result<(), StoreError> {
        self.half_plans()?.into_iter().try_for_each(|id| self.drop_plan(id, Phase::Planning))
    }

    /// Takes the plan of a held broadcast away: it is a draft again.
    pub(super) fn take_plan_back(&mut self, id: BroadcastId, phase: Phase) -> Result<(), StoreError> {
        let _lock = self.lock_plans()?;
        self.drop_plan(id, phase)
    }

    fn begin_planning(&mut self, id: BroadcastId, seen: i64) -> Result<BroadcastDetail, StoreError> {
        let detail = self.broadcast(id)?;
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE broadcast SET phase = 'planning' \
                 WHERE id = :id AND version = :seen AND phase = 'draft' AND removed_ms IS NULL",
                named_params! { ":id": id.0, ":seen": seen },
            )
            .doing("beginning a release")?;
        if changed == 0 {
            return Err(StoreError::Conflict { what: "draft", id: id.to_string() });
        }
        tx.commit().doing("beginning a release")?;
        Ok(detail)
    }

    fn write_plan(
        &mut self,
        detail: &BroadcastDetail,
        channels: &[ChannelId],
        remotes: &[(ChannelId, i64)],
    ) -> Result<(), StoreError> {
        split_off_inactive(&self.conn)?;
        let mut writer = PlanWriter { db: self, id: detail.row.id, next_seq: 1 };
        for (rank, channel) in channels.iter().enumerate() {
            let ways = match (detail.draft.all_channels, rank) {
                (true, _) => Ways::Every,
                (false, 0) => Ways::First,
                (false, _) => Ways::FirstOfTheRest,
            };
            writer.people(*channel, ways)?;
        }
        for channel in channels {
            let lists: Vec<i64> =
                remotes.iter().filter(|(at, _)| at == channel).map(|(_, remote)| *remote).collect();
            writer.remotes(*channel, &lists)?;
        }
        writer.left_out(channels)
    }

    /// Makes the written rows the plan, if the gate admits their number.
    fn flip(&mut self, detail: &BroadcastDetail, release: &Release) -> Result<Released, StoreError> {
        let id = detail.row.id;
        let now = self.now();
        let books = broadcasts::counts(&self.conn, id)?;
        let to_send = books.to_send();
        if to_send == 0 {
            return Ok(Released::NobodyLeft { skipped: books.audience() });
        }
        if !release.gate.admits(to_send) {
            return Ok(Released::GateClosed { to_send });
        }
        let hash = plan_hash(&self.conn, detail)?;
        let undo = detail.draft.undo_ms.unwrap_or_else(|| auto_undo_ms(to_send));
        let hold_until = release.keeper.as_ref().filter(|_| undo > 0).map(|_| now.plus(undo));
        let phase = if hold_until.is_some() { Phase::Held } else { Phase::Sending };
        let tx = self.write()?;
        tx.execute(
            "UPDATE broadcast SET phase = :phase, released_ms = :now, released_by = :by, hold_until_ms = :hold, \
             keeper = :keeper, plan_hash = :hash, touched_ms = :now, version = version + 1 WHERE id = :id AND phase = 'planning'",
            named_params! {
                ":id": id.0, ":phase": phase.word(), ":now": now.0, ":by": release.by,
                ":hold": hold_until.map(|at| at.0), ":keeper": hold_until.and(release.keeper.as_ref()),
                ":hash": hash,
            },
        )
        .doing("releasing a broadcast")?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("releasing a broadcast")?;
        Ok(Released::Done { to_send, hold_until })
    }

    /// Takes the plan of a broadcast away and makes it a draft again: a refused release, a recall, or what
    /// a killed process left half-written.
    fn drop_plan(&mut self, id: BroadcastId, phase: Phase) -> Result<(), StoreError> {
        // While rows go, the broadcast is `planning`: nobody sends from it, lists show a draft.
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE broadcast SET phase = 'planning', keeper = NULL, hold_until_ms = NULL \
                 WHERE id = :id AND phase = :phase",
                named_params! { ":id": id.0, ":phase": phase.word() },
            )
            .doing("taking a plan back")?;
        if changed == 0 {
            return Err(StoreError::Conflict { what: "broadcast", id: id.to_string() });
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("taking a plan back")?;
        loop {
            let tx = self.write()?;
            let gone = tx
                .prepare_cached(
                    "DELETE FROM delivery WHERE broadcast = :id AND seq IN \
                     (SELECT seq FROM delivery WHERE broadcast = :id ORDER BY seq LIMIT :n)",
                )
                .and_then(|mut delete| delete.execute(named_params! { ":id": id.0, ":n": REMOVE_CHUNK }))
                .doing("taking a plan back")?;
            tx.commit().doing("taking a plan back")?;
            if gone == 0 {
                break;
            }
        }
        let tx = self.write()?;
        tx.execute("DELETE FROM lane WHERE broadcast = ?1", [id.0]).doing("taking a plan back")?;
        tx.execute(
            "UPDATE broadcast SET phase = 'draft', released_ms = NULL, released_by = NULL, plan_hash = NULL, \
             version = version + 1 WHERE id = ?1 AND phase = 'planning'",
            [id.0],
        )
        .doing("taking a plan back")?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("taking a plan back")
    }
}

/// Moves everybody who is not active from `plan_person` to `plan_inactive`: few, by a partial index.
fn split_off_inactive(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.plan_inactive; \
         CREATE TEMP TABLE plan_inactive (subscriber INTEGER PRIMARY KEY, state INTEGER NOT NULL); \
         INSERT INTO plan_inactive SELECT id, state FROM subscriber \
           WHERE state <> 0 AND id IN (SELECT subscriber FROM plan_person); \
         DELETE FROM plan_person WHERE subscriber IN (SELECT subscriber FROM plan_inactive);",
    )
    .doing("leaving out who is not active")
}

/// Which addresses of a person a lane takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    /// All on the channel.
    Every,
    /// The first one; the first lane.
    First,
    /// The first one of those whom no lane has yet.
    FirstOfTheRest,
}

/// Writes lane after lane; rows of a lane are neighbours.
struct PlanWriter<'a> {
    db: &'a mut Db,
    id: BroadcastId,
    next_seq: i64,
}

impl PlanWriter<'_> {
    /// Those whom the plan does not have yet. Asked of the plan itself and not of the addresses: they may
    /// change between two chunks, and nobody may be in two lanes or in none.
    fn not_planned(&self) -> String {
        let id = self.id.0;
        format!(
            "NOT EXISTS (SELECT 1 FROM delivery w WHERE w.subscriber = p.subscriber AND w.broadcast = {id})"
        )
    }

    /// The people whom `channel` reaches.
    fn people(&mut self, channel: ChannelId, ways: Ways) -> Result<(), StoreError> {
        let lane = self.lane(&LanePlan {
            channel: Some(channel),
            target: "people",
            state: DeliveryState::Planned,
            skip: None,
        })?;
        let (address, group) =
            if ways == Ways::Every { ("a.id", "") } else { ("min(a.id)", "GROUP BY p.subscriber") };
        let not_planned =
            if ways == Ways::FirstOfTheRest { format!("AND {}", self.not_planned()) } else { String::new() };
        // Driven by the audience in order, so that addresses are read in index order.
        let select = format!(
            "SELECT p.subscriber AS subscriber, {address} AS address FROM plan_person p CROSS JOIN address a \
             ON a.subscriber = p.subscriber AND a.channel = {channel} AND a.state = 0 \
             WHERE p.subscriber > :after AND p.subscriber <= :upto {not_planned} {group}",
            channel = channel.0,
        );
        self.chunks("plan_person", lane, &select, DeliveryState::Planned, None)
    }

    /// One delivery for each list on the provider's side.
    fn remotes(&mut self, channel: ChannelId, remotes: &[i64]) -> Result<(), StoreError> {
        if remotes.is_empty() {
            return Ok(());
        }
        let lane = self.lane(&LanePlan {
            channel: Some(channel),
            target: "remote",
            state: DeliveryState::Planned,
            skip: None,
        })?;
        let (id, first) = (self.id, self.next_seq);
        let tx = self.db.write()?;
        for (offset, remote) in remotes.iter().enumerate() {
            tx.prepare_cached(
                "INSERT INTO delivery (broadcast, seq, lane, remote, state) VALUES (?1, ?2, ?3, ?4, 0)",
            )
            .and_then(|mut insert| insert.execute((id.0, first + offset as i64, lane, remote)))
            .doing("planning a remote topic")?;
        }
        self.next_seq += remotes.len() as i64;
        close_lane(&tx, lane, self.next_seq - 1, DeliveryState::Planned, remotes.len() as i64)?;
        tx.commit().doing("planning a remote topic")
    }

    /// Everybody who gets nothing, with the reason.
    fn left_out(&mut self, channels: &[ChannelId]) -> Result<(), StoreError> {
        let none = LanePlan { channel: None, target: "none", state: DeliveryState::Skipped, skip: None };
        let by_state = [
            (SkipReason::Muted, crate::domain::subscriber::SubscriberState::Muted),
            (SkipReason::Blocked, crate::domain::subscriber::SubscriberState::Blocked),
            (SkipReason::Unsubscribed, crate::domain::subscriber::SubscriberState::Unsubscribed),
        ];
        let lane = self.lane(&none)?;
        for (reason, state) in by_state {
            let select = format!(
                "SELECT p.subscriber AS subscriber, NULL AS address FROM plan_inactive p \
                 WHERE p.subscriber > :after AND p.subscriber <= :upto AND p.state = {}",
                state.code()
            );
            self.chunks("plan_inactive", lane, &select, DeliveryState::Skipped, Some(reason))?;
        }
        let dead = format!(
            "EXISTS (SELECT 1 FROM address a WHERE a.subscriber = p.subscriber AND a.channel IN ({}))",
            id_list(channels)
        );
        let not_planned = self.not_planned();
        // The last question has no condition of its own: everybody ends in the plan.
        for (reason, which) in [(SkipReason::DeadAddress, dead.as_str()), (SkipReason::NoAddress, "1")] {
            let select = format!(
                "SELECT p.subscriber AS subscriber, NULL AS address FROM plan_person p \
                 WHERE p.subscriber > :after AND p.subscriber <= :upto AND {not_planned} AND {which}"
            );
            self.chunks("plan_person", lane, &select, DeliveryState::Skipped, Some(reason))?;
        }
        Ok(())
    }

    fn lane(&mut self, plan: &LanePlan) -> Result<i64, StoreError> {
        let (id, seq) = (self.id, self.next_seq);
        let tx = self.db.write()?;
        tx.execute(
            "INSERT INTO lane (broadcast, channel, target, seq_from, seq_to, next_seq) \
             VALUES (:broadcast, :channel, :target, :seq, :seq - 1, :seq)",
            named_params! {
                ":broadcast": id.0, ":channel": plan.channel.map(|channel| channel.0),
                ":target": plan.target, ":seq": seq,
            },
        )
        .doing("planning a lane")?;
        debug_assert!(plan.skip.is_none() || plan.state == DeliveryState::Skipped);
        let lane = tx.last_insert_rowid();
        tx.commit().doing("planning a lane")?;
        Ok(lane)
    }

    /// Writes what `select` gives, range of people after range of people of the temporary table `of`.
    fn chunks(
        &mut self,
        of: &str,
        lane: i64,
        select: &str,
        state: DeliveryState,
        skip: Option<SkipReason>,
    ) -> Result<(), StoreError> {
        let bound = format!(
            "SELECT max(subscriber) FROM (SELECT subscriber FROM {of} WHERE subscriber > ?1 \
             ORDER BY subscriber LIMIT {CHUNK})"
        );
        let insert = format!(
            "INSERT INTO delivery (broadcast, seq, lane, subscriber, address, state, skip) \
             SELECT {broadcast}, {{first}} + row_number() OVER (ORDER BY subscriber, address), {lane}, subscriber, \
             address, {state}, {skip} FROM ({select})",
            broadcast = self.id.0,
            state = state.code(),
            skip = skip.map_or("NULL".to_owned(), |reason| reason.code().to_string()),
        );
        let mut after = 0_i64;
        loop {
            let upto: Option<i64> = self
                .db
                .conn
                .prepare_cached(&bound)
                .and_then(|mut statement| statement.query_row([after], |row| row.get(0)))
                .doing("planning")?;
            let Some(upto) = upto else { return Ok(()) };
            let first = self.next_seq - 1;
            let tx = self.db.write()?;
            let n = tx
                .prepare_cached(&insert.replace("{first}", ":first"))
                .and_then(|mut statement| {
                    statement.execute(named_params! { ":first": first, ":after": after, ":upto": upto })
                })
                .doing("planning deliveries")? as i64;
            self.next_seq += n;
            close_lane(&tx, lane, self.next_seq - 1, state, n)?;
            tx.commit().doing("planning deliveries")?;
            after = upto;
        }
    }
}

/// Moves the end of a lane and adds to its ledger line, in the transaction that wrote the rows.
fn close_lane(
    conn: &Connection,
    lane: i64,
    seq_to: i64,
    state: DeliveryState,
    n: i64,
) -> Result<(), StoreError> {
    let column = state.word();
    conn.prepare_cached(&format!("UPDATE lane SET seq_to = ?2, {column} = {column} + ?3 WHERE id = ?1"))
        .and_then(|mut update| update.execute((lane, seq_to, n)))
        .doing("planning a lane")?;
    Ok(())
}

fn id_list(ids: &[ChannelId]) -> String {
    ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(", ")
}

/// A hash of message, values for everybody, channels and people: what was released cannot change unnoticed.
fn plan_hash(conn: &Connection, detail: &BroadcastDetail) -> Result<String, StoreError> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let draft = &detail.draft;
    let message = &draft.message;
    let everybody = serde_json::json!([
        message.title,
        message.summary,
        message.url,
        message.format,
        message.body,
        draft.audience,
        draft.vars,
        draft.all_channels,
    ]);
    hash.update(everybody.to_string().as_bytes());
    let mut statement = conn
        .prepare_cached(
            "SELECT coalesce(subscriber, 0), coalesce(address, 0), coalesce(remote, 0), state \
             FROM delivery WHERE broadcast = ?1 ORDER BY seq",
        )
        .doing("hashing the plan")?;
    let mut rows = statement.query([detail.row.id.0]).doing("hashing the plan")?;
    while let Some(row) = rows.next().doing("hashing the plan")? {
        for column in 0..4 {
            let value: i64 = row.get(column).doing("hashing the plan")?;
            hash.update(&value.to_be_bytes());
        }
    }
    Ok(hash.finish().as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        use std::fmt::Write;
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
