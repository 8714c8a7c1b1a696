//! Tags: made when they are first used; each keeps the number of its people.

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;

use super::db::{Changed, Db, bump};
use super::denial::{Denial, Named};
use super::error::{Doing, StoreError};
use super::members::{self, Group};
use crate::domain::id::SubscriberId;
use crate::domain::name;

/// A tag and how many people have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// How many people have it.
    pub people: i64,
}

pub(super) const GROUP: Group = Group {
    join: "INSERT OR IGNORE INTO subscriber_tag (tag, subscriber) VALUES (:group, :subscriber)",
    leave: "DELETE FROM subscriber_tag WHERE tag = :group AND subscriber = :subscriber",
    count: "UPDATE tag SET people = people + :n WHERE id = :group",
    of_person: "SELECT tag FROM subscriber_tag WHERE subscriber = :subscriber",
};

/// The tag of that name; made if there is none.
pub(super) fn id_or_new(conn: &Connection, typed: &str) -> Result<i64, StoreError> {
    let name =
        name::label(typed).map_err(|why| Denial::Name { what: Named::Tag, typed: typed.to_owned(), why })?;
    if let Some(id) = find(conn, name)? {
        return Ok(id);
    }
    conn.prepare_cached("INSERT INTO tag (name) VALUES (:name)")
        .and_then(|mut insert| insert.execute(named_params! { ":name": name }))
        .doing("making a tag")?;
    Ok(conn.last_insert_rowid())
}

/// Refuses what cannot be the name of a tag, before anything is made of it.
pub(super) fn check_names(typed: &[String]) -> Result<(), StoreError> {
    for tag in typed {
        name::label(tag).map_err(|why| Denial::Name { what: Named::Tag, typed: tag.clone(), why })?;
    }
    Ok(())
}

pub(super) fn find(conn: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    conn.prepare_cached("SELECT id FROM tag WHERE name = :name")
        .and_then(|mut read| {
            read.query_row(named_params! { ":name": name.trim() }, |row| row.get(0)).optional()
        })
        .doing("looking for a tag")
}

pub(super) fn join(conn: &Connection, tag: i64, subscriber: i64) -> Result<bool, StoreError> {
    members::join(conn, &GROUP, tag, subscriber)
}

/// Gives a person exactly these tags.
pub(super) fn exactly(conn: &Connection, subscriber: i64, wanted: &[String]) -> Result<(), StoreError> {
    let ids = wanted.iter().map(|tag| id_or_new(conn, tag)).collect::<Result<Vec<_>, _>>()?;
    members::exactly(conn, &GROUP, subscriber, &ids)
}

pub(super) fn of_person(conn: &Connection, subscriber: i64) -> Result<Vec<String>, StoreError> {
    conn.prepare_cached(
        "SELECT t.name FROM subscriber_tag m JOIN tag t ON t.id = m.tag WHERE m.subscriber = :id ORDER BY t.name",
    )
    .and_then(|mut read| read.query_map(named_params! { ":id": subscriber }, |row| row.get(0))?.collect())
    .doing("reading a person's tags")
}

impl Db {
    /// Every tag that somebody has, the most used first.
    pub fn tags(&self) -> Result<Vec<Tag>, StoreError> {
        self.conn
            .prepare_cached("SELECT name, people FROM tag WHERE people > 0 ORDER BY people DESC, name")
            .and_then(|mut read| {
                read.query_map([], |row| Ok(Tag { name: row.get(0)?, people: row.get(1)? }))?.collect()
            })
            .doing("listing the tags")
    }

    /// Gives people a tag; those who have it or are not there are passed over. Returns who got it.
    pub fn tag_people(&mut self, tag: &str, ids: &[SubscriberId]) -> Result<Vec<SubscriberId>, StoreError> {
        let tx = self.write()?;
        let id = id_or_new(&tx, tag)?;
        let got = members::join_all(&tx, &GROUP, id, ids)?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("giving people a tag")?;
        Ok(got)
    }

    /// Takes a tag from people. Returns who had it.
    pub fn untag_people(&mut self, tag: &str, ids: &[SubscriberId]) -> Result<Vec<SubscriberId>, StoreError> {
        let tx = self.write()?;
        let Some(id) = find(&tx, tag)? else {
            return Err(StoreError::NotFound { what: "tag", id: tag.to_owned() });
        };
        let had = members::leave_all(&tx, &GROUP, id, ids)?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("taking a tag from people")?;
        Ok(had)
    }
}
