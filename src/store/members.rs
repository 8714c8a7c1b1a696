//! What topics and tags share: people join and leave, and the number of people is kept.
//!
//! The number counts people who are there; a removed person keeps the membership for undo and is
//! counted out.

use rusqlite::{Connection, named_params};

use super::error::{Doing, StoreError};
use crate::domain::id::SubscriberId;

/// The statements of one sort of group.
pub(super) struct Group {
    pub join: &'static str,
    pub leave: &'static str,
    pub count: &'static str,
    pub of_person: &'static str,
}

fn change(conn: &Connection, sql: &str, group: i64, subscriber: i64) -> Result<bool, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut change| change.execute(named_params! { ":group": group, ":subscriber": subscriber }))
        .map(|rows| rows > 0)
        .doing("changing who belongs to a group")
}

pub(super) fn count(conn: &Connection, of: &Group, group: i64, n: i64) -> Result<(), StoreError> {
    if n == 0 {
        return Ok(());
    }
    conn.prepare_cached(of.count)
        .and_then(|mut count| count.execute(named_params! { ":group": group, ":n": n }))
        .doing("counting who belongs to a group")?;
    Ok(())
}

pub(super) fn join(conn: &Connection, of: &Group, group: i64, subscriber: i64) -> Result<bool, StoreError> {
    let joined = change(conn, of.join, group, subscriber)?;
    count(conn, of, group, i64::from(joined))?;
    Ok(joined)
}

fn is_there(conn: &Connection, subscriber: i64) -> Result<bool, StoreError> {
    conn.prepare_cached("SELECT 1 FROM subscriber WHERE id = :id AND removed_ms IS NULL")
        .and_then(|mut read| read.exists(named_params! { ":id": subscriber }))
        .doing("looking for a subscriber")
}

/// Lets everybody join who is there and does not belong yet; returns them.
pub(super) fn join_all(
    conn: &Connection,
    of: &Group,
    group: i64,
    ids: &[SubscriberId],
) -> Result<Vec<SubscriberId>, StoreError> {
    let mut joined = Vec::new();
    for id in ids {
        if is_there(conn, id.0)? && change(conn, of.join, group, id.0)? {
            joined.push(*id);
        }
    }
    count(conn, of, group, joined.len() as i64)?;
    Ok(joined)
}

/// Lets everybody leave who is there and belongs; returns them.
pub(super) fn leave_all(
    conn: &Connection,
    of: &Group,
    group: i64,
    ids: &[SubscriberId],
) -> Result<Vec<SubscriberId>, StoreError> {
    let mut left = Vec::new();
    for id in ids {
        if is_there(conn, id.0)? && change(conn, of.leave, group, id.0)? {
            left.push(*id);
        }
    }
    count(conn, of, group, -(left.len() as i64))?;
    Ok(left)
}

/// Lets a person belong to exactly these groups.
pub(super) fn exactly(
    conn: &Connection,
    of: &Group,
    subscriber: i64,
    wanted: &[i64],
) -> Result<(), StoreError> {
    let now: Vec<i64> = conn
        .prepare_cached(of.of_person)
        .and_then(|mut read| {
            read.query_map(named_params! { ":subscriber": subscriber }, |row| row.get(0))?.collect()
        })
        .doing("reading a person's groups")?;
    for group in now.iter().filter(|group| !wanted.contains(group)) {
        change(conn, of.leave, *group, subscriber)?;
        count(conn, of, *group, -1)?;
    }
    for group in wanted {
        join(conn, of, *group, subscriber)?;
    }
    Ok(())
}
