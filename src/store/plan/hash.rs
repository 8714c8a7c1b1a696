//! The hash of a plan and its numbers, made while its rows go by.
//!
//! Rows of a review come from questions and rows of a release from the books; both are fed in here, lane by lane.
//! Each lane has a hash of its own, so that one that comes earlier or later because the channels changed places
//! does not look like other people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde::Serialize;

use super::rows::{LanePlan, Target};
use crate::domain::delivery::SkipReason;
use crate::domain::hex;
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::message::Message;
use crate::domain::plan::PlanHash;
use crate::domain::template::Template;
use crate::store::broadcasts::{BroadcastDetail, Draft, word};
use crate::store::error::{Doing, StoreError};

/// What goes over one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChannelNumbers {
    /// The channel.
    pub channel: ChannelId,
    /// Deliveries to people.
    pub people: i64,
    /// Deliveries to lists on the provider's side.
    pub remotes: i64,
}

/// How many get it by which channel, and how many do not and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PlanNumbers {
    /// By channel, in plan order; those that carry nothing are left out.
    pub channels: Vec<ChannelNumbers>,
    /// By reason.
    pub skipped: BTreeMap<SkipReason, i64>,
}

impl PlanNumbers {
    /// Deliveries that are meant to leave: what the gates count.
    pub fn to_send(&self) -> i64 {
        self.channels.iter().map(|on| on.people + on.remotes).sum()
    }
}

/// A plan in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What tells it from every other one.
    pub hash: PlanHash,
    /// How many.
    pub numbers: PlanNumbers,
}

struct LaneHash {
    lane: LanePlan,
    n: i64,
    people: Context,
    values: Context,
}

/// Takes the rows of a plan.
pub(super) struct Hasher {
    /// What the message asks of a person.
    variables: Vec<String>,
    /// How often the text of an address was replaced, where it was.
    repaired: HashMap<i64, i64>,
    lanes: Vec<LaneHash>,
    skipped: BTreeMap<SkipReason, i64>,
}

impl Hasher {
    pub(super) fn new(conn: &Connection, message: &Message) -> Result<Self, StoreError> {
        let repaired = conn
            .prepare_cached("SELECT id, repaired FROM address INDEXED BY address_repaired WHERE repaired > 0")
            .and_then(|mut read| read.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .doing("hashing a plan")?;
        Ok(Self { variables: variables(message), repaired, lanes: Vec::new(), skipped: BTreeMap::new() })
    }

    /// What follows belongs to this lane.
    pub(super) fn lane(&mut self, lane: LanePlan) {
        let (people, values) = (Context::new(&SHA256), Context::new(&SHA256));
        self.lanes.push(LaneHash { lane, n: 0, people, values });
    }

    /// The columns that `rows` reads of a row `d`.
    pub(super) fn columns(&self) -> String {
        let column = |(n, name): (usize, &String)| {
            if name == "name" {
                return ", (SELECT s.name FROM subscriber s WHERE s.id = d.subscriber)".to_owned();
            }
            format!(
                ", (SELECT v.value FROM subscriber_var v WHERE v.subscriber = d.subscriber AND v.key = :key{n})"
            )
        };
        let asked: String = self.variables.iter().enumerate().map(column).collect();
        format!("d.subscriber, d.address, d.remote, d.skip{asked}")
    }

    /// Takes the rows that `sql` gives with `columns`, in their order, and says how many they were.
    pub(super) fn rows(
        &mut self,
        conn: &Connection,
        sql: &str,
        numbers: &[(&str, i64)],
    ) -> Result<i64, StoreError> {
        self.feed(conn, sql, numbers).doing("hashing a plan")
    }

    fn feed(&mut self, conn: &Connection, sql: &str, numbers: &[(&str, i64)]) -> rusqlite::Result<i64> {
        let mut statement = conn.prepare_cached(sql)?;
        for (name, value) in numbers {
            if let Some(at) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(at, value)?;
            }
        }
        for (n, name) in self.variables.iter().enumerate() {
            if let Some(at) = statement.parameter_index(&format!(":key{n}"))? {
                statement.raw_bind_parameter(at, name)?;
            }
        }
        let mut rows = statement.raw_query();
        let mut n = 0;
        while let Some(row) = rows.next()? {
            self.take(row)?;
            n += 1;
        }
        Ok(n)
    }

    fn take(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let Some(lane) = self.lanes.last_mut() else { return Ok(()) };
        let (person, address): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
        let target = address.or(row.get(2)?).unwrap_or(0);
        let skip: Option<i64> = row.get(3)?;
        let repaired = address.and_then(|id| self.repaired.get(&id)).copied().unwrap_or(0);
        let mut bytes = [0_u8; 32];
        let facts = [person.unwrap_or(0), target, repaired, skip.unwrap_or(-1)];
        for (place, fact) in bytes.chunks_exact_mut(8).zip(facts) {
            place.copy_from_slice(&fact.to_be_bytes());
        }
        lane.people.update(&bytes);
        lane.n += 1;
        if let Some(reason) = skip.and_then(SkipReason::from_code) {
            *self.skipped.entry(reason).or_default() += 1;
        }
        if address.is_some() {
            for n in 0..self.variables.len() {
                let value = match row.get_ref(4 + n)? {
                    ValueRef::Text(text) => Some(text),
                    _ => None,
                };
                // One that is missing is not one that is empty.
                lane.values.update(&value.map_or(-1, |text| text.len() as i64).to_be_bytes());
                lane.values.update(value.unwrap_or_default());
            }
        }
        Ok(())
    }

    /// The plan whose rows went by.
    pub(super) fn finish(self, conn: &Connection, draft: &Draft) -> Result<Plan, StoreError> {
        let asked: BTreeSet<&str> = self.variables.iter().map(String::as_str).collect();
        let mut people = Context::new(&SHA256);
        let mut values = Context::new(&SHA256);
        for (key, value) in draft.vars.iter().filter(|(key, _)| asked.contains(key.as_str())) {
            values.update(serde_json::json!([key, value]).to_string().as_bytes());
        }
        let mut numbers = PlanNumbers { skipped: self.skipped, ..PlanNumbers::default() };
        let mut lanes: Vec<LaneHash> = self.lanes.into_iter().filter(|lane| lane.n > 0).collect();
        let mut used: Vec<ChannelId> = Vec::new();
        for LaneHash { lane, n, .. } in &lanes {
            let Some(channel) = lane.channel else { continue };
            if !used.contains(&channel) {
                used.push(channel);
            }
            count(&mut numbers, channel, lane.target, *n);
        }
        lanes.sort_by_key(|one| (one.lane.channel, one.lane.target));
        for one in lanes {
            let head = serde_json::json!([one.lane.channel, one.lane.target.word(), one.n]).to_string();
            for (part, lane) in [(&mut people, one.people), (&mut values, one.values)] {
                part.update(head.as_bytes());
                part.update(lane.finish().as_ref());
            }
        }
        let parts = [
            of_message(&draft.message, draft.replaces),
            hex::of(values.finish().as_ref()),
            of_channels(conn, &used)?,
            hex::of(people.finish().as_ref()),
        ];
        let whole = of_texts(parts.iter().map(String::as_str));
        Ok(Plan { hash: PlanHash::new(&whole, &parts), numbers })
    }
}

/// The plan that stands in the books of a broadcast, as it would be sent now.
pub(super) fn of_books(conn: &Connection, detail: &BroadcastDetail) -> Result<Plan, StoreError> {
    let id = detail.row.id;
    let mut hasher = Hasher::new(conn, &detail.draft.message)?;
    let sql = format!(
        "SELECT {} FROM delivery d WHERE d.broadcast = :broadcast AND d.seq BETWEEN :from AND :to ORDER BY d.seq",
        hasher.columns()
    );
    for (lane, from, to) in lanes(conn, id)? {
        hasher.lane(lane);
        hasher.rows(conn, &sql, &[(":broadcast", id.0), (":from", from), (":to", to)])?;
    }
    hasher.finish(conn, &detail.draft)
}

fn lanes(conn: &Connection, id: BroadcastId) -> Result<Vec<(LanePlan, i64, i64)>, StoreError> {
    conn.prepare_cached(
        "SELECT channel, target, seq_from, seq_to FROM lane WHERE broadcast = ?1 ORDER BY seq_from, id",
    )
    .and_then(|mut read| {
        read.query_map([id.0], |row| {
            let channel: Option<i64> = row.get(0)?;
            let target = word(row, 1, Target::from_word)?;
            Ok((LanePlan { channel: channel.map(ChannelId), target }, row.get(2)?, row.get(3)?))
        })?
        .collect()
    })
    .doing("hashing a plan")
}

fn count(numbers: &mut PlanNumbers, channel: ChannelId, target: Target, n: i64) {
    let (people, remotes) = match target {
        Target::People => (n, 0),
        Target::Remote => (0, n),
        Target::Reserve | Target::Nobody => return,
    };
    match numbers.channels.iter_mut().find(|on| on.channel == channel) {
        Some(on) => {
            on.people += people;
            on.remotes += remotes;
        }
        None => numbers.channels.push(ChannelNumbers { channel, people, remotes }),
    }
}

/// What a message asks of each person; one that cannot be read asks nothing.
fn variables(message: &Message) -> Vec<String> {
    let texts = [&message.title, &message.summary, &message.url, &message.body];
    let read = texts.into_iter().filter_map(|text| Template::parse(text).ok());
    let names: BTreeSet<String> =
        read.flat_map(|template| template.variables().to_vec()).map(|variable| variable.name).collect();
    names.into_iter().collect()
}

fn of_message(message: &Message, replaces: Option<BroadcastId>) -> String {
    let format = message.format.word();
    let texts = [message.title.as_str(), &message.summary, &message.url, format, &message.body];
    let replaces = replaces.map(|id| format!("in place of {id}"));
    // Without files the hash is what it was before there were any.
    let files = message.files.iter().flat_map(|file| [file.name.as_str(), &file.media_type, &file.sha256]);
    of_texts(texts.into_iter().chain(files).chain(replaces.as_deref()))
}

/// Settings and credentials, and not how the channels are doing.
fn of_channels(conn: &Connection, channels: &[ChannelId]) -> Result<String, StoreError> {
    let mut hash = Context::new(&SHA256);
    for channel in channels {
        let (kind, settings): (String, String) = conn
            .prepare_cached("SELECT kind, settings FROM channel WHERE id = ?1")
            .and_then(|mut read| read.query_row([channel.0], |row| Ok((row.get(0)?, row.get(1)?))))
            .doing("hashing a plan")?;
        // Sealed anew each time one is set.
        let sealed: Vec<(String, Vec<u8>)> = conn
            .prepare_cached("SELECT field, sealed FROM credential WHERE channel = ?1 ORDER BY field")
            .and_then(|mut read| read.query_map([channel.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .doing("hashing a plan")?;
        hash.update(serde_json::json!([channel, kind, settings, sealed]).to_string().as_bytes());
    }
    Ok(hex::of(hash.finish().as_ref()))
}

fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Context::new(&SHA256);
    for text in texts {
        hash.update(&(text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::of(hash.finish().as_ref())
}
