//! Topics that people left by their own word. An operator may take somebody in again, and so may that person;
//! a file or a provider's list may not.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::error::{Doing, StoreError};
use crate::domain::time::Millis;

/// Notes that a person left.
pub(super) fn note(conn: &Connection, topic: i64, person: i64, at: Millis) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO topic_left (topic, subscriber, at_ms) VALUES (:topic, :person, :at)",
    )
    .and_then(|mut note| note.execute(named_params! { ":topic": topic, ":person": person, ":at": at.0 }))
    .doing("noting who left a topic")?;
    Ok(())
}

/// The person came back.
pub(super) fn forget(conn: &Connection, topic: i64, person: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM topic_left WHERE topic = :topic AND subscriber = :person")
        .and_then(|mut forget| forget.execute(named_params! { ":topic": topic, ":person": person }))
        .doing("noting who came back to a topic")?;
    Ok(())
}

/// When a person left that topic, if they did.
pub(super) fn at(conn: &Connection, topic: i64, person: i64) -> Result<Option<Millis>, StoreError> {
    conn.prepare_cached("SELECT at_ms FROM topic_left WHERE topic = :topic AND subscriber = :person")
        .and_then(|mut ask| {
            ask.query_row(named_params! { ":topic": topic, ":person": person }, |row| row.get(0)).optional()
        })
        .map(|at| at.map(Millis))
        .doing("looking who left a topic")
}

/// Whether a person left that topic.
pub(super) fn has(conn: &Connection, topic: i64, person: i64) -> Result<bool, StoreError> {
    Ok(at(conn, topic, person)?.is_some())
}
