//! Broadcasts as a person sees them: drafts, lists, details, and what is decided about them.
//!
//! Drafts are written in `drafts`; deliveries are made by `plan`, moved by `ledger`, read by `history`.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::channels::Rest;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::row;
use super::stage::CLAIMABLE;
use crate::domain::broadcast::{BroadcastState, PauseReason, Phase, Purpose};
use crate::domain::delivery::{Counts, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::message::{Format, Message};
use crate::domain::time::Millis;

mod drafts;
mod versions;

pub use drafts::Draft;

/// One broadcast in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BroadcastRow {
    /// Its id.
    pub id: BroadcastId,
    /// What it is for.
    pub purpose: Purpose,
    /// What was last decided.
    pub phase: Phase,
    /// What it is doing.
    pub state: BroadcastState,
    /// Its title as written.
    pub title: String,
    /// Its audience as written.
    pub audience_filter: String,
    /// How many deliveries stand in each state.
    pub counts: Counts,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was last changed by a person.
    pub updated_at: Millis,
    /// When it was released.
    pub released_at: Option<Millis>,
    /// Until when nothing leaves.
    pub hold_until: Option<Millis>,
    /// The console that keeps its undo window open.
    pub keeper: Option<String>,
    /// When the first call left.
    pub started_at: Option<Millis>,
    /// When the last delivery ended.
    pub ended_at: Option<Millis>,
    /// When it leaves; none: as soon as it is released.
    pub at: Option<Millis>,
    /// Why it stands still.
    pub pause_reason: Option<PauseReason>,
    /// What more is known about that.
    pub pause_detail: String,
    /// Its row version.
    pub version: i64,
    /// How many of its deliveries were taken back at their providers.
    #[serde(skip)]
    pub taken_back: i64,
}

/// The part of a broadcast that goes over one channel, with its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LaneRow {
    /// The lane.
    #[serde(skip)]
    pub lane: i64,
    /// The channel; none for those who are left out.
    pub channel: Option<ChannelId>,
    /// The channel's name; empty for those who are left out.
    pub channel_name: String,
    /// The channel's kind; empty for those who are left out.
    pub kind: String,
    /// Whether its targets are lists on the provider's side.
    pub remote: bool,
    /// Whether its people are those who may be refused on another channel.
    pub reserve: bool,
    /// How many deliveries stand in each state.
    pub counts: Counts,
    /// How many of them were taken back at the provider.
    pub taken_back: i64,
    /// Why the channel stands still, if it does.
    pub channel_paused: Option<PauseReason>,
    /// What more is known about that.
    pub pause_detail: String,
    /// Until when the sender calls nobody over the channel, and why.
    pub rest: Option<Rest>,
    /// Its share of the first stage, while the broadcast has one.
    pub stage: Option<Stage>,
    /// When what was left of it had waited too long.
    pub expired_at: Option<Millis>,
}

/// How many of a lane belong to the first stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// All of them.
    pub people: i64,
    /// Those that have not ended.
    pub open: i64,
}

/// A broadcast with everything that was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BroadcastDetail {
    /// Its row.
    pub row: BroadcastRow,
    /// What was decided.
    pub draft: Draft,
    /// Its parts.
    pub lanes: Vec<LaneRow>,
    /// Who released it.
    pub released_by: String,
    /// The hash of the frozen plan.
    pub plan_hash: Option<String>,
    /// How many of its deliveries were taken back at their providers.
    pub taken_back: i64,
    /// The oldest broadcast whose notifications it takes the place of: that one's id is on the phones.
    #[serde(skip)]
    pub in_place_of: Option<BroadcastId>,
    /// The broadcast that stands in its place now.
    pub replaced_by: Option<BroadcastId>,
    /// Everything is held back: it sends nothing, whatever its state says.
    pub halted: bool,
}

const ROW: &str = "b.id, b.purpose, b.phase, b.title, b.audience, b.created_ms, b.updated_ms, b.released_ms, \
     b.hold_until_ms, b.keeper, b.started_ms, b.ended_ms, b.pause_reason, b.pause_detail, b.version, b.at_ms";

/// Reads ten neighbouring columns, in the order of the states, as counts.
pub(super) fn counts_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    for (offset, state) in DeliveryState::ALL.into_iter().enumerate() {
        counts.add(state, row.get(first + offset)?);
    }
    Ok(counts)
}

/// Turns a stored word that no longer parses into an error of its column.
pub(in crate::store) fn word<T>(
    row: &Row<'_>,
    at: usize,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    read(&text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            at,
            rusqlite::types::Type::Text,
            format!("unknown word `{text}`").into(),
        )
    })
}

/// Reads a row without its books; `with_books` adds them. Joining the ledger of every broadcast ever sent
/// to a page of sixty would cost more with each one.
fn read_row(row: &Row<'_>) -> rusqlite::Result<BroadcastRow> {
    let phase = word(row, 2, Phase::from_word)?;
    let at = |index| row.get::<_, Option<i64>>(index).map(|ms| ms.map(Millis));
    Ok(BroadcastRow {
        id: BroadcastId(row.get(0)?),
        purpose: word(row, 1, Purpose::from_word)?,
        phase,
        state: BroadcastState::Draft,
        title: row.get(3)?,
        audience_filter: row.get(4)?,
        counts: Counts::default(),
        created_at: Millis(row.get(5)?),
        updated_at: Millis(row.get(6)?),
        released_at: at(7)?,
        hold_until: at(8)?,
        keeper: row.get(9)?,
        started_at: at(10)?,
        ended_at: at(11)?,
        pause_reason: row.get::<_, Option<String>>(12)?.and_then(|text| PauseReason::from_word(&text)),
        pause_detail: row.get::<_, Option<String>>(13)?.unwrap_or_default(),
        version: row.get(14)?,
        at: at(15)?,
        taken_back: 0,
    })
}

impl Db {
    /// A page of broadcasts, newest first, those before `before`; tests and verifications are left out.
    pub fn broadcasts(
        &self,
        before: Option<BroadcastId>,
        states: &[BroadcastState],
        limit: usize,
    ) -> Result<Vec<BroadcastRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT {ROW} FROM broadcast b \
                 WHERE b.purpose = 'broadcast' AND b.removed_ms IS NULL AND b.id < :before ORDER BY b.id DESC"
            ))
            .doing("listing broadcasts")?;
        let mut rows = statement
            .query(named_params! { ":before": before.map_or(i64::MAX, |id| id.0) })
            .doing("listing broadcasts")?;
        let mut page = Vec::with_capacity(limit.min(256));
        while page.len() < limit {
            let Some(row) = rows.next().doing("listing broadcasts")? else { break };
            let row = with_books(&self.conn, read_row(row).doing("listing broadcasts")?)?;
            if states.is_empty() || states.contains(&row.state) {
                page.push(row);
            }
        }
        Ok(page)
    }

    /// The newest broadcasts that go out, stand still or are held, newest first.
    pub fn active_broadcasts(&self, limit: usize) -> Result<Vec<BroadcastRow>, StoreError> {
        let doing = "listing what goes out";
        let rows = self
            .conn
            .prepare_cached(&format!(
                "SELECT {ROW} FROM broadcast b WHERE b.purpose = 'broadcast' AND b.removed_ms IS NULL \
                 AND b.ended_ms IS NULL AND b.phase IN ('held', 'sending', 'paused', 'stopped') \
                 ORDER BY b.id DESC LIMIT :limit"
            ))
            .and_then(|mut read| {
                read.query_map(named_params! { ":limit": limit as i64 }, read_row)?
                    .collect::<Result<Vec<_>, _>>()
            })
            .doing(doing)?;
        let rows: Vec<BroadcastRow> =
            rows.into_iter().map(|row| with_books(&self.conn, row)).collect::<Result<_, _>>()?;
        Ok(rows.into_iter().filter(|row| !row.state.has_ended()).collect())
    }

    /// One broadcast with its parts.
    pub fn broadcast(&self, id: BroadcastId) -> Result<BroadcastDetail, StoreError> {
        let detail = self
            .conn
            .prepare_cached(&format!(
                "SELECT {ROW}, b.summary, b.url, b.format, b.body, b.channels, b.all_channels, b.vars, b.undo_ms, \
                 b.released_by, b.plan_hash, b.stage, b.fallback, b.cron, b.files, b.replaces \
                 FROM broadcast b WHERE b.id = :id"
            ))
            .and_then(|mut statement| {
                statement.query_row(named_params! { ":id": id.0 }, |row| {
                    let about = read_row(row)?;
                    let draft = Draft {
                        message: Message {
                            title: about.title.clone(),
                            summary: row.get(16)?,
                            url: row.get(17)?,
                            format: word(row, 18, Format::from_word)?,
                            body: row.get(19)?,
                            files: row::json(row, "files")?,
                        },
                        audience: about.audience_filter.clone(),
                        channels: json_ids(&row.get::<_, String>(20)?),
                        all_channels: row.get(21)?,
                        vars: serde_json::from_str(&row.get::<_, String>(22)?).unwrap_or_default(),
                        undo_ms: row.get(23)?,
                        at: about.at,
                        stage: row.get(26)?,
                        fallback: row.get(27)?,
                        replaces: row.get::<_, Option<i64>>("replaces")?.map(BroadcastId),
                        cron: row.get(28)?,
                    };
                    Ok(BroadcastDetail {
                        row: about,
                        draft,
                        lanes: Vec::new(),
                        released_by: row.get::<_, Option<String>>(24)?.unwrap_or_default(),
                        plan_hash: row.get(25)?,
                        taken_back: 0,
                        in_place_of: None,
                        replaced_by: None,
                        halted: false,
                    })
                })
            })
            .optional()
            .doing("reading a broadcast")?
            .ok_or_else(|| not_found(id))?;
        let row = with_books(&self.conn, detail.row)?;
        let lanes = if row.phase == Phase::Planning { Vec::new() } else { self.lanes(id)? };
        let halted = self.halted()?.is_some();
        let taken_back = lanes.iter().map(|lane| lane.taken_back).sum();
        let in_place_of = self.in_place_of(detail.draft.replaces)?;
        let replaced_by = self.newest_version(id)?;
        Ok(BroadcastDetail { row, lanes, taken_back, in_place_of, replaced_by, halted, ..detail })
    }

    /// The parts of a broadcast, in plan order.
    pub fn lanes(&self, id: BroadcastId) -> Result<Vec<LaneRow>, StoreError> {
        let now = self.now();
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT l.id, l.channel, coalesce(c.name, ''), coalesce(c.kind, ''), l.target, \
                 l.planned, l.skipped, l.deferred, l.sending, l.accepted, l.confirmed, l.rejected, l.unknown, \
                 l.assumed, l.cancelled, c.state, c.pause_reason, coalesce(c.pause_detail, ''), \
                 l.expired_ms, c.rest_until_ms, c.rest_class, min(l.stage_to, l.seq_to) - l.seq_from + 1 AS stage, \
                 {CLAIMABLE} + l.deferred + l.sending AS stage_open, l.taken_back FROM lane l \
                 LEFT JOIN channel c ON c.id = l.channel WHERE l.broadcast = :id ORDER BY l.seq_from, l.id",
            ))
            .doing("reading the parts of a broadcast")?;
        let rows = statement
            .query_map(named_params! { ":id": id.0 }, |row| {
                let paused = row.get::<_, Option<String>>(15)?.as_deref() == Some("paused");
                let reason = row.get::<_, Option<String>>(16)?.and_then(|text| PauseReason::from_word(&text));
                Ok(LaneRow {
                    lane: row.get(0)?,
                    channel: row.get::<_, Option<i64>>(1)?.map(ChannelId),
                    channel_name: row.get(2)?,
                    kind: row.get(3)?,
                    remote: row.get::<_, String>(4)? == "remote",
                    reserve: row.get::<_, String>(4)? == "reserve",
                    counts: counts_at(row, 5)?,
                    taken_back: row.get("taken_back")?,
                    channel_paused: paused.then(|| reason.unwrap_or(PauseReason::Operator)),
                    pause_detail: row.get(17)?,
                    rest: Rest::read(row, "rest_until_ms", "rest_class")?.filter(|rest| rest.holds(now)),
                    stage: match row.get::<_, Option<i64>>("stage")? {
                        Some(people) => Some(Stage { people, open: row.get("stage_open")? }),
                        None => None,
                    },
                    expired_at: row.get::<_, Option<i64>>(18)?.map(Millis),
                })
            })
            .doing("reading the parts of a broadcast")?;
        rows.collect::<Result<_, _>>().doing("reading the parts of a broadcast")
    }

    /// The books of one broadcast.
    pub fn counts(&self, id: BroadcastId) -> Result<Counts, StoreError> {
        counts(&self.conn, id)
    }
}

/// Adds the books, and the state that follows from them.
fn with_books(conn: &Connection, mut row: BroadcastRow) -> Result<BroadcastRow, StoreError> {
    // A plan that is still being written belongs to nobody yet; a draft has none.
    if !matches!(row.phase, Phase::Draft | Phase::Planning) {
        row.counts = counts(conn, row.id)?;
    }
    if row.counts.delivered() > 0 {
        row.taken_back = taken_back(conn, row.id)?;
    }
    row.state = BroadcastState::derive(row.phase, &row.counts);
    Ok(row)
}

/// How many deliveries of a broadcast were taken back.
fn taken_back(conn: &Connection, id: BroadcastId) -> Result<i64, StoreError> {
    conn.prepare_cached("SELECT coalesce(sum(taken_back), 0) FROM lane WHERE broadcast = :id")
        .and_then(|mut statement| statement.query_row(named_params! { ":id": id.0 }, |row| row.get(0)))
        .doing("counting what was taken back")
}

/// The books of one broadcast, inside or outside a transaction.
pub(super) fn counts(conn: &Connection, id: BroadcastId) -> Result<Counts, StoreError> {
    conn.prepare_cached(
        "SELECT planned, skipped, deferred, sending, accepted, confirmed, rejected, unknown, assumed, cancelled \
         FROM lane_sum WHERE broadcast = :id",
    )
    .and_then(|mut statement| {
        statement.query_row(named_params! { ":id": id.0 }, |row| counts_at(row, 0)).optional()
    })
    .map(Option::unwrap_or_default)
    .doing("reading the books")
}

pub(super) fn not_found(id: BroadcastId) -> StoreError {
    StoreError::NotFound { what: "broadcast", id: id.to_string() }
}

/// The phase of a broadcast that must exist.
pub(super) fn require(conn: &Connection, id: BroadcastId) -> Result<Phase, StoreError> {
    conn.prepare_cached("SELECT phase FROM broadcast WHERE id = :id")
        .and_then(|mut statement| {
            statement
                .query_row(named_params! { ":id": id.0 }, |row| word(row, 0, Phase::from_word))
                .optional()
        })
        .doing("reading a broadcast")?
        .ok_or_else(|| not_found(id))
}

/// The channel ids of a stored list; ours are always readable.
pub(super) fn json_ids(text: &str) -> Vec<ChannelId> {
    serde_json::from_str::<Vec<i64>>(text).unwrap_or_default().into_iter().map(ChannelId).collect()
}
