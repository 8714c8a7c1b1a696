//! Pages of people: newest first, by key, with what a row of the list shows.

use std::collections::HashMap;

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

const KINDS: &str =
    "SELECT a.subscriber, c.kind FROM json_each(:ids) i CROSS JOIN address a ON a.subscriber = i.value
     CROSS JOIN channel c ON c.id = a.channel WHERE a.state = 0 AND c.removed_ms IS NULL";

const TOPICS: &str =
    "SELECT m.subscriber, t.name FROM json_each(:ids) i CROSS JOIN topic_member m ON m.subscriber = i.value
     CROSS JOIN topic t ON t.id = m.topic WHERE t.removed_ms IS NULL";

const TAGS: &str =
    "SELECT m.subscriber, t.name FROM json_each(:ids) i CROSS JOIN subscriber_tag m ON m.subscriber = i.value
     CROSS JOIN tag t ON t.id = m.tag";

impl Db {
    /// The newest people under a filter who are older than `before`, at most `limit`.
    pub fn people(
        &self,
        filter: &Filter,
        before: Option<SubscriberId>,
        limit: usize,
    ) -> Result<Vec<PersonRow>, StoreError> {
        let ids = self.people_ids(filter, before, limit)?;
        self.person_rows(&ids)
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
        self.person_rows(&ids)
    }

    /// One person who is not removed, as a list shows them.
    pub fn person_row(&self, id: SubscriberId) -> Result<PersonRow, StoreError> {
        let row = self.person_rows(&[id])?.pop();
        row.ok_or_else(|| StoreError::NotFound { what: "subscriber", id: id.to_string() })
    }

    /// People as a list shows them, in the order of `ids`.
    pub fn person_rows(&self, ids: &[SubscriberId]) -> Result<Vec<PersonRow>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.push(self.bare_row(*id)?);
        }
        let places: HashMap<i64, usize> = ids.iter().enumerate().map(|(at, id)| (id.0, at)).collect();
        let mut fill = |sql: &str, put: fn(&mut PersonRow, String)| -> Result<(), StoreError> {
            for (id, text) in self.texts_of(sql, ids)? {
                if let Some(row) = places.get(&id).and_then(|at| rows.get_mut(*at)) {
                    put(row, text);
                }
            }
            Ok(())
        };
        fill(KINDS, |row, kind| {
            if !row.kinds.contains(&kind) {
                row.kinds.push(kind);
            }
        })?;
        fill(TOPICS, |row, topic| row.topics.push(topic))?;
        fill(TAGS, |row, tag| row.tags.push(tag))?;
        Ok(rows)
    }

    /// What one statement says of each person: one statement a page, not one a person.
    fn texts_of(&self, sql: &str, ids: &[SubscriberId]) -> Result<Vec<(i64, String)>, StoreError> {
        let list = serde_json::to_string(&ids.iter().map(|id| id.0).collect::<Vec<_>>())
            .expect("numbers are valid JSON");
        self.conn
            .prepare_cached(sql)
            .and_then(|mut read| {
                read.query_map(named_params! { ":ids": list }, |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .doing("reading a page of people")
    }

    fn bare_row(&self, id: SubscriberId) -> Result<PersonRow, StoreError> {
        self.conn
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
            .doing("reading a person")
    }
}
