//! A row about somebody who is in the store: what it adds is added, what it says is set, and nothing
//! is taken away. The name stays, and the state unless the file knows of an opt-out: no import undoes one.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::rows::Row;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::seal::Keyring;
use crate::store::addresses::{self, Ready};
use crate::store::error::{Doing, StoreError};
use crate::store::{left, subscribers, tags, topics};

fn is_member(conn: &Connection, sql: &str, group: i64, subscriber: i64) -> Result<bool, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut read| read.exists(named_params! { ":group": group, ":subscriber": subscriber }))
        .doing("comparing a row with the store")
}

fn var(conn: &Connection, id: i64, key: &str) -> Result<Option<String>, StoreError> {
    conn.prepare_cached("SELECT value FROM subscriber_var WHERE subscriber = :id AND key = :key")
        .and_then(|mut read| {
            read.query_row(named_params! { ":id": id, ":key": key }, |row| row.get(0)).optional()
        })
        .doing("comparing a row with the store")
}

fn note(conn: &Connection, id: i64) -> Result<String, StoreError> {
    conn.prepare_cached("SELECT note FROM subscriber WHERE id = :id")
        .and_then(|mut read| read.query_row(named_params! { ":id": id }, |row| row.get(0)))
        .doing("comparing a row with the store")
}

/// Whether the person opted out elsewhere: that holds here too. The other way round nothing is undone.
fn wants_less(conn: &Connection, id: i64, row: &Row<'_>) -> Result<bool, StoreError> {
    let now = subscribers::state_of(conn, id)?;
    // Out of a block nobody comes by themselves, out of an opt-out they do.
    Ok(row.state != SubscriberState::Active && now != SubscriberState::Blocked && row.state > now)
}

/// Whether the row says anything new about the person.
pub(super) fn would_change(
    conn: &Connection,
    keys: &Keyring,
    id: i64,
    row: &Row<'_>,
    new_topics: &HashSet<String>,
) -> Result<bool, StoreError> {
    if !row.note.is_empty() && note(conn, id)? != row.note {
        return Ok(true);
    }
    if wants_less(conn, id, row)? {
        return Ok(true);
    }
    for (key, value) in &row.vars {
        if var(conn, id, key)?.as_deref() != Some(value.as_ref()) {
            return Ok(true);
        }
    }
    for topic in &row.topics {
        let known = !new_topics.contains(&topic.to_ascii_lowercase());
        let member = "SELECT 1 FROM topic_member WHERE topic = :group AND subscriber = :subscriber";
        match topics::find(conn, topic)?.filter(|_| known) {
            Some(topic) if is_member(conn, member, topic, id)? || left::has(conn, topic, id)? => {}
            _ => return Ok(true),
        }
    }
    for tag in &row.tags {
        let member = "SELECT 1 FROM subscriber_tag WHERE tag = :group AND subscriber = :subscriber";
        match tags::find(conn, tag)? {
            Some(tag) if is_member(conn, member, tag, id)? => {}
            _ => return Ok(true),
        }
    }
    for (reader, read) in &row.addresses {
        let lookup = addresses::lookup(keys, reader.channel(), &read.value, reader.is_secret());
        if addresses::owner(conn, reader.channel(), &lookup)?.is_none_or(|owner| owner.subscriber != id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes what the row says about the person; returns whether anything changed.
pub(super) fn apply(
    conn: &Connection,
    keys: &Keyring,
    id: i64,
    row: &Row<'_>,
    now: Millis,
) -> Result<bool, StoreError> {
    let mut changed = false;
    if !row.note.is_empty() && note(conn, id)? != row.note {
        conn.prepare_cached("UPDATE subscriber SET note = :note WHERE id = :id")
            .and_then(|mut set| set.execute(named_params! { ":id": id, ":note": row.note }))
            .doing("setting a note")?;
        changed = true;
    }
    if wants_less(conn, id, row)? {
        let opted_out = (row.state == SubscriberState::Unsubscribed).then_some(now.0);
        conn.prepare_cached(
            "UPDATE subscriber SET state = :state, opted_out_ms = coalesce(:at, opted_out_ms) WHERE id = :id",
        )
        .and_then(|mut set| {
            set.execute(named_params! { ":id": id, ":state": row.state.code(), ":at": opted_out })
        })
        .doing("changing the state of a subscriber")?;
        changed = true;
    }
    for (key, value) in &row.vars {
        if var(conn, id, key)?.as_deref() != Some(value.as_ref()) {
            subscribers::set_var(conn, id, key, Some(value))?;
            changed = true;
        }
    }
    // Before the topics: with an address come the topics that were left by it.
    for (reader, read) in &row.addresses {
        let lookup = addresses::lookup(keys, reader.channel(), &read.value, reader.is_secret());
        if addresses::owner(conn, reader.channel(), &lookup)?.is_some_and(|owner| owner.subscriber == id) {
            continue;
        }
        let ready = Ready::seal(keys, reader.channel(), &read.value, reader.is_secret(), None)?;
        addresses::insert(conn, id, &ready, now)?;
        changed = true;
    }
    for topic in &row.topics {
        let topic = topics::id_of(conn, topic)?;
        if !left::has(conn, topic, id)? {
            changed |= topics::join(conn, topic, id)?;
        }
    }
    for tag in &row.tags {
        changed |= tags::join(conn, tags::id_or_new(conn, tag)?, id)?;
    }
    if changed {
        conn.prepare_cached("UPDATE subscriber SET version = version + 1 WHERE id = :id")
            .and_then(|mut touch| touch.execute(named_params! { ":id": id }))
            .doing("changing a subscriber")?;
    }
    Ok(changed)
}
