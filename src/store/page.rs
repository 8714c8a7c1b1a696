//! Pages of people: newest first, by key, with what a row of the list shows.

use rusqlite::{named_params, params_from_iter};
use serde::Serialize;

use super::audience::resolve;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::row;
use crate::domain::filter::Filter;
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;

/// A person as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    /// The id.
    pub id: SubscriberId,
    /// The name, as it came from outside.
    pub name: String,
    /// Whether the person gets messages.
    pub state: SubscriberState,
    /// Kinds of the channels on which the person has a usable address.
    pub kinds: Vec<String>,
    /// Names of topics.
    pub topics: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether there is a note.
    pub has_note: bool,
    /// When the person was added.
    pub created: Millis,
}

impl Db {
    /// The newest people under a filter who are older than `before`, at most `limit`.
    pub fn people(
        &self,
        filter: &Filter,
        before: Option<SubscriberId>,
        limit: usize,
    ) -> Result<Vec<PersonRow>, StoreError> {
        let ids = self.people_ids(filter, before, limit)?;
        ids.into_iter().map(|id| self.person_row(id)).collect()
    }

    /// The same, ids only: for marks, and for changing many people chunk by chunk.
    pub fn people_ids(
        &self,
        filter: &Filter,
        before: Option<SubscriberId>,
        limit: usize,
    ) -> Result<Vec<SubscriberId>, StoreError> {
        let sql = resolve::resolve(&self.conn, &self.pin(filter)?, self.now())?.page(before, limit);
        self.conn
            .prepare_cached(&sql.text)
            .and_then(|mut read| {
                read.query_map(params_from_iter(sql.values), |row| Ok(SubscriberId(row.get(0)?)))?.collect()
            })
            .doing("listing people")
    }

    /// Up to `limit` people under a filter who are newer than `after`, newest first: the page before.
    pub fn people_before(
        &self,
        filter: &Filter,
        after: SubscriberId,
        limit: usize,
    ) -> Result<Vec<PersonRow>, StoreError> {
        let sql = resolve::resolve(&self.conn, &self.pin(filter)?, self.now())?.page_up(after, limit);
        let mut ids: Vec<SubscriberId> = self
            .conn
            .prepare_cached(&sql.text)
            .and_then(|mut read| {
                read.query_map(params_from_iter(sql.values), |row| Ok(SubscriberId(row.get(0)?)))?.collect()
            })
            .doing("listing people")?;
        ids.reverse();
        ids.into_iter().map(|id| self.person_row(id)).collect()
    }

    /// One person as a list shows it.
    pub fn person_row(&self, id: SubscriberId) -> Result<PersonRow, StoreError> {
        let mut person = self
            .conn
            .prepare_cached(
                "SELECT name, state, note <> '' AS noted, created_ms FROM subscriber WHERE id = :id",
            )
            .and_then(|mut read| {
                read.query_row(named_params! { ":id": id.0 }, |row| {
                    Ok(PersonRow {
                        id,
                        name: row.get("name")?,
                        state: row::code(row, "state", SubscriberState::from_code)?,
                        kinds: Vec::new(),
                        topics: Vec::new(),
                        tags: Vec::new(),
                        has_note: row.get("noted")?,
                        created: Millis(row.get("created_ms")?),
                    })
                })
            })
            .doing("reading a person")?;
        person.kinds = self
            .conn
            .prepare_cached(
                "SELECT DISTINCT c.kind FROM address a JOIN channel c ON c.id = a.channel
                  WHERE a.subscriber = :id AND a.state = 0 AND c.removed_ms IS NULL ORDER BY c.id",
            )
            .and_then(|mut read| read.query_map(named_params! { ":id": id.0 }, |row| row.get(0))?.collect())
            .doing("reading a person's channels")?;
        person.topics = super::topics::of_person(&self.conn, id.0)?;
        person.tags = super::tags::of_person(&self.conn, id.0)?;
        Ok(person)
    }
}
