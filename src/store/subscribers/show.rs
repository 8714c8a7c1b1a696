//! One person: everything about somebody, and whom a typed word means.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, named_params};

use super::{Subscriber, absent};
use crate::domain::filter::{Filter, Scope, Term, Test};
use crate::domain::fold::fold;
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};
use crate::store::{addresses, row, tags, topics};

impl Db {
    /// Everything about one person; a removed one is shown with the time of removal.
    pub fn subscriber(&self, id: SubscriberId) -> Result<Subscriber, StoreError> {
        let mut person = self
            .conn
            .prepare_cached(
                "SELECT name, note, lang, quiet, state, version, created_ms, removed_ms FROM subscriber WHERE id = :id
                    AND NOT EXISTS (SELECT 1 FROM import WHERE state = 'running' AND :id BETWEEN id_from AND id_to)",
            )
            .and_then(|mut read| {
                read.query_row(named_params! { ":id": id.0 }, |row| {
                    Ok(Subscriber {
                        id,
                        name: row.get("name")?,
                        note: row.get("note")?,
                        lang: row.get("lang")?,
                        quiet: row.get("quiet")?,
                        state: row::code(row, "state", SubscriberState::from_code)?,
                        addresses: Vec::new(),
                        topics: Vec::new(),
                        tags: Vec::new(),
                        vars: BTreeMap::new(),
                        version: row.get("version")?,
                        created: Millis(row.get("created_ms")?),
                        removed: row.get::<_, Option<i64>>("removed_ms")?.map(Millis),
                    })
                })
                .optional()
            })
            .doing("reading a subscriber")?
            .ok_or_else(|| absent(id))?;
        person.addresses = addresses::of_person(&self.conn, id.0)?;
        person.topics = topics::of_person(&self.conn, id.0)?;
        person.tags = tags::of_person(&self.conn, id.0)?;
        person.vars = self
            .conn
            .prepare_cached("SELECT key, value FROM subscriber_var WHERE subscriber = :id")
            .and_then(|mut read| {
                read.query_map(named_params! { ":id": id.0 }, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .doing("reading a person's variables")?;
        Ok(person)
    }

    /// The person with that id, or who has exactly that address, or who alone has exactly that name.
    pub fn find_subscriber(&self, wanted: &str) -> Result<SubscriberId, StoreError> {
        if let Ok(id) = wanted.parse::<SubscriberId>()
            && self.subscriber(id).is_ok_and(|person| person.removed.is_none())
        {
            return Ok(id);
        }
        let mut found = self.owners_of(wanted)?;
        if found.is_empty() {
            found = self.named(wanted)?;
        }
        match found.as_slice() {
            [] => Err(StoreError::NotFound { what: "subscriber", id: wanted.to_owned() }),
            [one] => Ok(*one),
            [first, second, ..] => {
                Err(Denial::SeveralNamed { name: wanted.to_owned(), first: *first, second: *second }.into())
            }
        }
    }

    fn named(&self, wanted: &str) -> Result<Vec<SubscriberId>, StoreError> {
        let terms = vec![Term { negated: false, test: Test::Name(vec![wanted.trim().to_owned()]) }];
        let filter = Filter { scope: Scope::People, terms };
        let folded = fold(wanted.trim());
        let page = self.people(&filter, None, 1_000)?;
        let same = page.into_iter().filter(|person| fold(&person.name) == folded);
        Ok(same.map(|person| person.id).collect())
    }
}
