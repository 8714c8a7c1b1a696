//! Some ten thousand new people at a time, table by table.
//!
//! Written in the order of the file, every transaction would touch a page of every topic and of
//! every corner of the look-up index. Sorted and one table after the other, it touches a few pages
//! often, and the indexes of names grow by few large pieces.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Params, Statement, named_params};

use super::HOLDING;
use super::rows::Row;
use super::write::Totals;
use crate::domain::fold::fold;
use crate::domain::id::AddressId;
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::domain::time::Millis;
use crate::seal::Keyring;
use crate::store::addresses::{self, Ready};
use crate::store::audit::WriteTx;
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};
use crate::store::{left, search, tags, topics};

/// How many rows make a batch.
const FULL: usize = 32_768;

struct Person {
    id: i64,
    name: String,
    note: String,
    state: SubscriberState,
}

/// People on their way into the store.
#[derive(Default)]
pub(super) struct Batch {
    people: Vec<Person>,
    /// Notes of later rows about the same person.
    notes: Vec<(i64, String)>,
    folded: Vec<(i64, String)>,
    grams: Vec<(i64, String)>,
    vars: Vec<(i64, String, String)>,
    addresses: Vec<(i64, Ready)>,
    pub topics: Vec<(i64, i64)>,
    pub tags: Vec<(i64, i64)>,
    /// Who came by an address that somebody else had, and with it by the topics that were left there.
    heirs: HashSet<i64>,
    rows: u64,
    /// The table that is being written, once the batch is closed.
    table: Option<usize>,
    /// The next item of that table.
    next: usize,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub fn is_full(&self) -> bool {
        self.rows as usize >= FULL
    }

    /// Whether it is to be written now.
    pub fn is_ready(&self) -> bool {
        self.table.is_some()
    }

    /// Sorts it for writing.
    pub fn close(&mut self) {
        self.topics.sort_unstable();
        self.tags.sort_unstable();
        self.addresses.sort_unstable_by(|(_, one), (_, other)| {
            (one.channel, &one.lookup).cmp(&(other.channel, &other.lookup))
        });
        self.table = Some(0);
        self.next = 0;
    }

    /// Folds and seals a row.
    pub fn take(
        &mut self,
        keys: &Keyring,
        row: &Row<'_>,
        id: i64,
        first: bool,
        state: SubscriberState,
    ) -> Result<(), StoreError> {
        for (reader, read) in &row.addresses {
            let ready = Ready::seal(keys, reader.channel(), &read.value, reader.is_secret(), None)?;
            self.addresses.push((id, ready));
        }
        for (key, value) in &row.vars {
            self.vars.push((id, key.to_string(), value.to_string()));
        }
        if first {
            let folded = fold(row.name);
            self.grams.push((id, search::grams(&folded)));
            self.folded.push((id, folded));
            let (name, note) = (row.name.to_owned(), row.note.to_owned());
            self.people.push(Person { id, name, note, state });
        } else if !row.note.is_empty() {
            self.notes.push((id, row.note.to_owned()));
        }
        self.rows += 1;
        Ok(())
    }

    /// Writes items of one table until the time is up; whether all are written.
    fn write_some(
        &mut self,
        table: usize,
        tx: &Connection,
        totals: &mut Totals,
        now: Millis,
    ) -> Result<bool, StoreError> {
        // The indexes of names do most of their work in the commit.
        let time = if matches!(table, 2 | 3) { HOLDING / 3 } else { HOLDING };
        let next = &mut self.next;
        let mut add = tx.prepare_cached(TABLES[table]).doing("importing people")?;
        match table {
            0 => timed(time, &self.people, next, |one| {
                put(&mut add, (one.id, &one.name, &one.note, one.state.code(), now.0))
            }),
            1 => timed(time, &self.notes, next, |(id, note)| put(&mut add, (note, id))),
            2 => timed(time, &self.folded, next, |(id, name)| put(&mut add, (id, name))),
            3 => timed(time, &self.grams, next, |(id, grams)| put(&mut add, (id, grams))),
            4 => timed(time, &self.vars, next, |(id, key, value)| put(&mut add, (id, key, value))),
            5 => timed(time, &self.addresses, next, |(id, ready)| {
                let added = add_address(tx, &mut add, *id, ready, now)?;
                if matches!(added, Added::Inherited | Added::InheritedDead) {
                    self.heirs.insert(*id);
                }
                let added = matches!(added, Added::New | Added::Inherited);
                *totals.channels.entry(ready.channel.0).or_default() += i64::from(added);
                Ok(0)
            }),
            6 => timed(time, &self.topics, next, |(topic, id)| {
                if self.heirs.contains(id) && left::has(tx, *topic, *id)? {
                    return Ok(0);
                }
                let joined = put(&mut add, (topic, id))?;
                *totals.topics.entry(*topic).or_default() += joined;
                Ok(joined)
            }),
            _ => timed(time, &self.tags, next, |(tag, id)| {
                let joined = put(&mut add, (tag, id))?;
                *totals.tags.entry(*tag).or_default() += joined;
                Ok(joined)
            }),
        }
    }
}

/// What is written in which order; parameters are bound in the order in which they stand.
const TABLES: [&str; 8] = [
    "INSERT INTO subscriber (id, name, note, state, created_ms) VALUES (:id, :name, :note, :state, :now)",
    "UPDATE subscriber SET note = iif(note = '', :note, note) WHERE id = :id",
    "INSERT INTO subscriber_tri (rowid, name) VALUES (:id, :name)",
    "INSERT INTO subscriber_gram (rowid, grams) VALUES (:id, :grams)",
    "INSERT OR REPLACE INTO subscriber_var (subscriber, key, value) VALUES (:id, :key, :value)",
    addresses::INSERT,
    topics::GROUP.join,
    tags::GROUP.join,
];

fn put(add: &mut Statement<'_>, params: impl Params) -> Result<i64, StoreError> {
    add.execute(params).map(|rows| rows as i64).doing("importing people")
}

/// The last table of a batch.
const LAST: usize = TABLES.len() - 1;

/// Writes items until the time is up; whether all are written.
fn timed<T>(
    time: Duration,
    items: &[T],
    next: &mut usize,
    mut write: impl FnMut(&T) -> Result<i64, StoreError>,
) -> Result<bool, StoreError> {
    let started = Instant::now();
    for (index, item) in items.iter().enumerate().skip(*next) {
        write(item)?;
        *next = index + 1;
        if index % 16 == 0 && started.elapsed() > time {
            break;
        }
    }
    Ok(*next == items.len())
}

impl Db {
    /// Writes for one short transaction. At the end of the batch it is emptied, and the number of its
    /// rows returned.
    pub(super) fn write_batch(
        &mut self,
        batch: &mut Batch,
        totals: &mut Totals,
        now: Millis,
    ) -> Result<Option<u64>, StoreError> {
        let Some(table) = batch.table else { return Ok(None) };
        self.relaxed(true)?;
        let written = self.write().and_then(|tx: WriteTx<'_>| {
            let ended = batch.write_some(table, &tx, totals, now)?;
            tx.commit().doing("importing people")?;
            Ok(ended)
        });
        self.relaxed(false)?;
        if !written? {
            return Ok(None);
        }
        if table < LAST {
            batch.table = Some(table + 1);
            batch.next = 0;
            return Ok(None);
        }
        let rows = batch.rows;
        *batch = Batch::default();
        Ok(Some(rows))
    }
}

/// What became of an address.
#[derive(PartialEq, Eq)]
enum Added {
    New,
    /// Somebody who was removed had it.
    Inherited,
    /// The same, and they are out of reach on it: no file brings that back.
    InheritedDead,
    /// The person has it.
    Not,
}

/// Adds an address.
fn add_address(
    conn: &Connection,
    add: &mut Statement<'_>,
    id: i64,
    ready: &Ready,
    now: Millis,
) -> Result<Added, StoreError> {
    match add.execute(addresses::columns(id, ready, now)) {
        Ok(_) => return Ok(Added::New),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
        error => return error.map(|_| Added::New).doing("importing people"),
    }
    match addresses::owner(conn, ready.channel, &ready.lookup)? {
        // The file says it twice of the same person.
        Some(owner) if owner.subscriber == id => Ok(Added::Not),
        Some(owner) if owner.removed => {
            conn.prepare_cached("UPDATE address SET subscriber = :id WHERE id = :address")
                .and_then(|mut hand_over| {
                    hand_over.execute(named_params! { ":id": id, ":address": owner.address })
                })
                .doing("handing an address over")?;
            Ok(match addresses::state_of(conn, AddressId(owner.address))? {
                AddressState::Active => Added::Inherited,
                AddressState::Dead => Added::InheritedDead,
            })
        }
        _ => Err(Denial::AddressMeanwhile(ready.shown()).into()),
    }
}
