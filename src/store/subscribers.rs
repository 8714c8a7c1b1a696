//! Subscribers: add, edit, states, removal and its undo, and everything about one of them.
//!
//! A removed person keeps id, addresses and memberships, so that undo is one step and history keeps its
//! name; lists, counts and audiences leave the person out at once. Counters of topics, tags and
//! channels change in the same transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;

use super::addresses::{self, Address, AddressEdit, NewAddress};
use super::db::{Changed, Db, bump};
use super::denial::{Denial, Holding, Named};
use super::error::{Doing, StoreError};
use super::{row, search, tags, topics};
use crate::channels::kind::AddressWarning;
use crate::domain::id::{ChannelId, SubscriberId};
use crate::domain::name;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;

mod quiet;
mod show;
pub mod states;
mod values;

pub use values::LONGEST_VALUE;
pub(super) use values::{check_key, check_value, set_var};

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewSubscriber {
    /// The name.
    pub name: String,
    /// A note for the operators.
    pub note: String,
    /// The language, such as `zh-CN`.
    pub lang: Option<String>,
    /// Quiet hours, such as `22:00-08:00 Asia/Shanghai`.
    pub quiet: Option<String>,
    /// Addresses.
    pub addresses: Vec<NewAddress>,
    /// Topics by name; they must exist.
    pub topics: Vec<String>,
    /// Tags; made when they are not there.
    pub tags: Vec<String>,
    /// Variables for templates.
    pub vars: BTreeMap<String, String>,
}

/// What to change in a person; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriberEdit {
    /// A new name.
    pub name: Option<String>,
    /// A new note.
    pub note: Option<String>,
    /// A new language, or none (`Some(None)`).
    pub lang: Option<Option<String>>,
    /// New quiet hours, or none (`Some(None)`).
    pub quiet: Option<Option<String>>,
    /// Variables to set, or to clear (`None`).
    pub vars: BTreeMap<String, Option<String>>,
    /// Exactly these topics from now on.
    pub topics: Option<Vec<String>>,
    /// Exactly these tags from now on.
    pub tags: Option<Vec<String>>,
}

/// Everything about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscriber {
    /// The id.
    pub id: SubscriberId,
    /// The name, as it came from outside.
    pub name: String,
    /// The note.
    pub note: String,
    /// The language.
    pub lang: Option<String>,
    /// Hours in which nothing is sent to the person.
    pub quiet: Option<String>,
    /// Whether the person gets messages.
    pub state: SubscriberState,
    /// Addresses on channels in use.
    pub addresses: Vec<Address>,
    /// Names of topics.
    pub topics: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Variables.
    pub vars: BTreeMap<String, String>,
    /// Moves with every edit.
    pub version: i64,
    /// When the person was added.
    pub created: Millis,
    /// When the person was removed.
    pub removed: Option<Millis>,
}

/// What adding a person gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The new person.
    pub id: SubscriberId,
    /// Addresses of an unusual shape; they were taken all the same.
    pub warnings: Vec<(ChannelId, AddressWarning)>,
}

pub(super) fn absent(id: SubscriberId) -> StoreError {
    StoreError::NotFound { what: "subscriber", id: id.to_string() }
}

/// The row that writing needs; a removed person is not there.
pub(super) struct Standing {
    pub name: String,
    pub state: SubscriberState,
    pub version: i64,
}

/// The person, if there.
pub(super) fn require(conn: &Connection, id: SubscriberId) -> Result<Standing, StoreError> {
    conn.prepare_cached("SELECT name, state, version FROM subscriber WHERE id = :id AND removed_ms IS NULL")
        .and_then(|mut read| {
            read.query_row(named_params! { ":id": id.0 }, |row| {
                Ok(Standing {
                    name: row.get("name")?,
                    state: row::code(row, "state", SubscriberState::from_code)?,
                    version: row.get("version")?,
                })
            })
            .optional()
        })
        .doing("looking for a subscriber")?
        .ok_or_else(|| absent(id))
}

/// The state of a person, a removed one too.
pub(super) fn state_of(conn: &Connection, id: i64) -> Result<SubscriberState, StoreError> {
    conn.prepare_cached("SELECT state FROM subscriber WHERE id = :id")
        .and_then(|mut read| {
            read.query_row(named_params! { ":id": id }, |row| {
                row::code(row, "state", SubscriberState::from_code)
            })
        })
        .doing("reading the state of a subscriber")
}

pub(super) fn count_people(conn: &Connection, n: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE tally SET n = n + :n WHERE what = 'people'")
        .and_then(|mut update| update.execute(named_params! { ":n": n }))
        .doing("counting people")?;
    Ok(())
}

/// Writes a person with a name and nothing else.
pub(super) fn insert(conn: &Connection, typed: &str, now: Millis) -> Result<i64, StoreError> {
    let name = read_name(typed)?;
    conn.prepare_cached("INSERT INTO subscriber (name, created_ms) VALUES (:name, :now)")
        .and_then(|mut insert| insert.execute(named_params! { ":name": name, ":now": now.0 }))
        .doing("adding a subscriber")?;
    let id = conn.last_insert_rowid();
    search::index_name(conn, id, name)?;
    count_people(conn, 1)?;
    Ok(id)
}

/// Marks a person as removed; whether they were there.
pub(super) fn mark_removed(conn: &Connection, id: SubscriberId, now: Millis) -> Result<bool, StoreError> {
    let gone = conn
        .prepare_cached(
            "UPDATE subscriber SET removed_ms = :now, version = version + 1
              WHERE id = :id AND removed_ms IS NULL",
        )
        .and_then(|mut remove| remove.execute(named_params! { ":id": id.0, ":now": now.0 }))
        .doing("removing a subscriber")?;
    if gone > 0 {
        search::forget_name(conn, id.0)?;
        count_person(conn, id.0, -1)?;
    }
    Ok(gone > 0)
}

fn read_name(typed: &str) -> Result<&str, StoreError> {
    name::person(typed)
        .map_err(|why| Denial::Name { what: Named::Person, typed: typed.to_owned(), why }.into())
}

impl Db {
    /// Adds a person with addresses, topics, tags and variables, in one transaction.
    pub fn add_subscriber(&mut self, new: &NewSubscriber) -> Result<Added, StoreError> {
        let name = read_name(&new.name)?;
        check_value(|| Holding::Note, &new.note)?;
        for (key, value) in &new.vars {
            check_key(key)?;
            check_value(|| Holding::Variable(key.clone()), value)?;
        }
        let quiet = quiet::read(new.quiet.as_deref())?;
        let ready: Vec<_> = new.addresses.iter().map(|one| self.read_new(one)).collect::<Result<_, _>>()?;
        let now = self.now();
        let tx = self.write()?;
        tx.prepare_cached(
            "INSERT INTO subscriber (name, note, lang, quiet, created_ms) VALUES (:name, :note, :lang, :quiet, :now)",
        )
        .and_then(|mut insert| {
            insert.execute(named_params! {
                ":name": name, ":note": new.note, ":lang": new.lang, ":quiet": quiet, ":now": now.0,
            })
        })
        .doing("adding a subscriber")?;
        let id = SubscriberId(tx.last_insert_rowid());
        search::index_name(&tx, id.0, name)?;
        count_people(&tx, 1)?;
        for address in &ready {
            addresses::insert(&tx, id.0, address, now)?;
        }
        for topic in &new.topics {
            topics::join(&tx, topics::id_of(&tx, topic)?, id.0)?;
        }
        for tag in &new.tags {
            tags::join(&tx, tags::id_or_new(&tx, tag)?, id.0)?;
        }
        for (key, value) in &new.vars {
            set_var(&tx, id.0, key, Some(value))?;
        }
        bump(&tx, Changed::People)?;
        tx.commit().doing("adding a subscriber")?;
        let warned = |one: &addresses::Ready| one.warning.map(|warning| (one.channel, warning));
        Ok(Added { id, warnings: ready.iter().filter_map(warned).collect() })
    }

    /// Changes a person, if it still has that version (`None`: whatever it has). Returns the new version.
    pub fn edit_subscriber(
        &mut self,
        id: SubscriberId,
        version: Option<i64>,
        edit: &SubscriberEdit,
    ) -> Result<i64, StoreError> {
        self.save_subscriber(id, version, edit, &[])?;
        Ok(require(&self.conn, id)?.version)
    }

    /// Changes a person and its addresses, all of it or nothing. Returns what is unusual about the
    /// addresses.
    pub fn save_subscriber(
        &mut self,
        id: SubscriberId,
        version: Option<i64>,
        edit: &SubscriberEdit,
        addresses: &[AddressEdit],
    ) -> Result<Vec<(ChannelId, AddressWarning)>, StoreError> {
        if let Some(note) = &edit.note {
            check_value(|| Holding::Note, note)?;
        }
        for (key, value) in &edit.vars {
            check_key(key)?;
            check_value(|| Holding::Variable(key.clone()), value.as_deref().unwrap_or_default())?;
        }
        let ready = self.read_edits(addresses)?;
        let now = self.now();
        let tx = self.write()?;
        let old = require(&tx, id)?;
        if version.is_some_and(|version| version != old.version) {
            return Err(StoreError::Conflict { what: "subscriber", id: id.to_string() });
        }
        let name = match &edit.name {
            Some(name) => read_name(name)?,
            None => &old.name,
        };
        tx.execute(
            "UPDATE subscriber SET name = :name, note = coalesce(:note, note),
                    lang = iif(:keep_lang, lang, :lang), version = version + 1 WHERE id = :id",
            named_params! {
                ":id": id.0, ":name": name, ":note": edit.note, ":keep_lang": edit.lang.is_none(),
                ":lang": edit.lang.clone().flatten(),
            },
        )
        .doing("changing a subscriber")?;
        if let Some(hours) = &edit.quiet {
            quiet::set(&tx, id, hours.as_deref())?;
        }
        if name != old.name {
            search::forget_name(&tx, id.0)?;
            search::index_name(&tx, id.0, name)?;
        }
        for (key, value) in &edit.vars {
            set_var(&tx, id.0, key, value.as_deref())?;
        }
        if let Some(wanted) = &edit.topics {
            topics::exactly(&tx, id.0, wanted)?;
        }
        if let Some(wanted) = &edit.tags {
            tags::exactly(&tx, id.0, wanted)?;
        }
        let warnings = addresses::carry_out(&tx, id, &ready, now)?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("changing a subscriber")?;
        Ok(warnings)
    }

    /// Removes people; people who are not there are passed over. Returns who was removed, for undo.
    pub fn remove_subscribers(&mut self, ids: &[SubscriberId]) -> Result<Vec<SubscriberId>, StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let mut removed = Vec::new();
        for id in ids {
            if mark_removed(&tx, *id, now)? {
                removed.push(*id);
            } else if ids.len() == 1 {
                return Err(absent(*id));
            }
        }
        bump(&tx, Changed::People)?;
        tx.commit().doing("removing a subscriber")?;
        Ok(removed)
    }

    /// Brings removed people back, with what they had; an address that somebody else got since stays there.
    pub fn restore_subscribers(&mut self, ids: &[SubscriberId]) -> Result<(), StoreError> {
        let tx = self.write()?;
        for id in ids {
            let name: Option<String> = tx
                .prepare_cached(
                    "UPDATE subscriber SET removed_ms = NULL, version = version + 1
                      WHERE id = :id AND removed_ms IS NOT NULL RETURNING name",
                )
                .and_then(|mut restore| {
                    restore.query_row(named_params! { ":id": id.0 }, |row| row.get(0)).optional()
                })
                .doing("bringing a subscriber back")?;
            if let Some(name) = name {
                search::index_name(&tx, id.0, &name)?;
                count_person(&tx, id.0, 1)?;
            }
        }
        bump(&tx, Changed::People)?;
        tx.commit().doing("bringing a subscriber back")
    }
}

/// Counts a person in (1) or out (-1) everywhere: people, topics, tags, usable addresses.
fn count_person(conn: &Connection, id: i64, n: i64) -> Result<(), StoreError> {
    count_people(conn, n)?;
    for sql in [
        "UPDATE topic SET people = people + :n
          WHERE id IN (SELECT topic FROM topic_member WHERE subscriber = :id)",
        "UPDATE tag SET people = people + :n
          WHERE id IN (SELECT tag FROM subscriber_tag WHERE subscriber = :id)",
        "UPDATE channel SET addresses = addresses + :n *
            (SELECT count(*) FROM address a WHERE a.subscriber = :id AND a.channel = channel.id AND a.state = 0)
          WHERE id IN (SELECT channel FROM address WHERE subscriber = :id)",
    ] {
        conn.prepare_cached(sql)
            .and_then(|mut count| count.execute(named_params! { ":id": id, ":n": n }))
            .doing("counting a person in or out")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
