//! Topics: named lists of people, and the lists on a provider's side that belong to them.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::db::{Changed, Db, bump};
use super::denial::{Denial, Holding, Named};
use super::error::{Doing, StoreError};
use super::members::{self, Group};
use super::subscribers::check_value;
use crate::channels::catalog;
use crate::domain::id::{ChannelId, SubscriberId, TopicId};
use crate::domain::name;
use crate::domain::nearest::nearest;
use crate::domain::time::Millis;

mod list;

/// How many people join or leave in one transaction.
const CHUNK: usize = 5_000;

/// A list on a provider's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemoteTopic {
    /// Its row: what a delivery points at.
    #[serde(skip)]
    pub id: i64,
    /// The channel whose provider keeps it.
    pub channel: ChannelId,
    /// The channel's name.
    pub channel_name: String,
    /// Its id there.
    pub remote: String,
    /// Its name there, as far as the provider's list of followers said it; empty if not.
    pub name: String,
}

/// A topic as lists and forms show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// Its name.
    pub name: String,
    /// A note for the operators.
    pub note: String,
    /// How many people are in it.
    pub people: i64,
    /// Lists on providers' sides.
    pub remotes: Vec<RemoteTopic>,
    /// Moves with every edit.
    pub version: i64,
    /// When it was made.
    pub created: Millis,
    /// When it was removed.
    pub removed: Option<Millis>,
}

/// A topic to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewTopic {
    /// Its name, unique without regard to case.
    pub name: String,
    /// A note.
    pub note: String,
    /// Lists on providers' sides.
    pub remotes: Vec<(ChannelId, String)>,
}

/// What to change in a topic; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicEdit {
    /// A new name.
    pub name: Option<String>,
    /// A new note.
    pub note: Option<String>,
    /// Exactly these remote topics from now on.
    pub remotes: Option<Vec<(ChannelId, String)>>,
}

pub(super) const GROUP: Group = Group {
    join: "INSERT OR IGNORE INTO topic_member (topic, subscriber) VALUES (:group, :subscriber)",
    leave: "DELETE FROM topic_member WHERE topic = :group AND subscriber = :subscriber",
    count: "UPDATE topic SET people = people + :n WHERE id = :group",
    of_person: "SELECT m.topic FROM topic_member m JOIN topic t ON t.id = m.topic
                 WHERE m.subscriber = :subscriber AND t.removed_ms IS NULL",
};

fn absent(wanted: &str) -> StoreError {
    StoreError::NotFound { what: "topic", id: wanted.to_owned() }
}

fn read_name(typed: &str) -> Result<&str, StoreError> {
    name::label(typed).map_err(|why| Denial::Name { what: Named::Topic, typed: typed.to_owned(), why }.into())
}

pub(super) fn find(conn: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    conn.prepare_cached("SELECT id FROM topic WHERE name = :name COLLATE NOCASE AND removed_ms IS NULL")
        .and_then(|mut read| {
            read.query_row(named_params! { ":name": name.trim() }, |row| row.get(0)).optional()
        })
        .doing("looking for a topic")
}

/// The topic in use with that name, else with that id.
pub(super) fn id_of(conn: &Connection, wanted: &str) -> Result<i64, StoreError> {
    if let Some(id) = find(conn, wanted)? {
        return Ok(id);
    }
    let id: TopicId = wanted.parse().map_err(|_| absent(wanted))?;
    let there = conn
        .prepare_cached("SELECT 1 FROM topic WHERE id = :id AND removed_ms IS NULL")
        .and_then(|mut read| read.exists(named_params! { ":id": id.0 }))
        .doing("looking for a topic")?;
    if there { Ok(id.0) } else { Err(absent(wanted)) }
}

pub(super) fn insert(conn: &Connection, typed: &str, note: &str, now: Millis) -> Result<i64, StoreError> {
    let name = read_name(typed)?;
    if find(conn, name)?.is_some() {
        return Err(StoreError::Exists { what: "topic", name: name.to_owned() });
    }
    conn.prepare_cached("INSERT INTO topic (name, note, created_ms) VALUES (:name, :note, :now)")
        .and_then(|mut insert| insert.execute(named_params! { ":name": name, ":note": note, ":now": now.0 }))
        .doing("adding a topic")?;
    Ok(conn.last_insert_rowid())
}

pub(super) fn join(conn: &Connection, topic: i64, subscriber: i64) -> Result<bool, StoreError> {
    members::join(conn, &GROUP, topic, subscriber)
}

/// Lets a person be in exactly these topics.
pub(super) fn exactly(conn: &Connection, subscriber: i64, wanted: &[String]) -> Result<(), StoreError> {
    let ids = wanted.iter().map(|topic| id_of(conn, topic)).collect::<Result<Vec<_>, _>>()?;
    members::exactly(conn, &GROUP, subscriber, &ids)
}

pub(super) fn of_person(conn: &Connection, subscriber: i64) -> Result<Vec<String>, StoreError> {
    conn.prepare_cached(
        "SELECT t.name FROM topic_member m JOIN topic t ON t.id = m.topic
          WHERE m.subscriber = :id AND t.removed_ms IS NULL ORDER BY t.id",
    )
    .and_then(|mut read| read.query_map(named_params! { ":id": subscriber }, |row| row.get(0))?.collect())
    .doing("reading a person's topics")
}

fn set_remotes(conn: &Connection, topic: i64, remotes: &[(ChannelId, String)]) -> Result<(), StoreError> {
    let kept: Vec<(i64, ChannelId, String)> =
        remotes_of(conn, topic)?.into_iter().map(|one| (one.id, one.channel, one.remote)).collect();
    for (id, channel, remote) in &kept {
        if !remotes.contains(&(*channel, remote.clone())) {
            conn.execute("DELETE FROM topic_remote WHERE id = :id", named_params! { ":id": id })
                .doing("removing a remote topic")?;
        }
    }
    for (channel, remote) in remotes {
        check_value(|| Holding::RemoteTopic, remote)?;
        let remote = read_remote(conn, *channel, remote)?;
        conn.execute(
            "INSERT OR IGNORE INTO topic_remote (topic, channel, remote) VALUES (:topic, :channel, :remote)",
            named_params! { ":topic": topic, ":channel": channel.0, ":remote": remote },
        )
        .doing("adding a remote topic")?;
    }
    Ok(())
}

/// The id in the form that is sent: one that cannot be put into a call would take the others of that call with it.
fn read_remote(conn: &Connection, channel: ChannelId, typed: &str) -> Result<String, StoreError> {
    let kind: Option<String> = conn
        .prepare_cached("SELECT kind FROM channel WHERE id = :id")
        .and_then(|mut read| read.query_row(named_params! { ":id": channel.0 }, |row| row.get(0)).optional())
        .doing("adding a remote topic")?;
    match kind.as_deref().and_then(catalog::kind) {
        Some(kind) => kind.read_remote(typed).map_err(|_| Denial::RemoteTopic(typed.to_owned()).into()),
        None => Ok(typed.trim().to_owned()),
    }
}

/// The remote topics of a topic on channels in use.
pub(super) fn remotes_of(conn: &Connection, topic: i64) -> Result<Vec<RemoteTopic>, StoreError> {
    conn.prepare_cached(
        "SELECT r.id, r.channel, c.name, r.remote, r.name FROM topic_remote r JOIN channel c ON c.id = r.channel
          WHERE r.topic = :topic AND c.removed_ms IS NULL ORDER BY r.id",
    )
    .and_then(|mut read| {
        read.query_map(named_params! { ":topic": topic }, |row| {
            Ok(RemoteTopic {
                id: row.get(0)?,
                channel: ChannelId(row.get(1)?),
                channel_name: row.get(2)?,
                remote: row.get(3)?,
                name: row.get(4)?,
            })
        })?
        .collect()
    })
    .doing("reading remote topics")
}

fn read_topic(row: &Row<'_>) -> rusqlite::Result<Topic> {
    Ok(Topic {
        id: TopicId(row.get("id")?),
        name: row.get("name")?,
        note: row.get("note")?,
        people: row.get("people")?,
        remotes: Vec::new(),
        version: row.get("version")?,
        created: Millis(row.get("created_ms")?),
        removed: row.get::<_, Option<i64>>("removed_ms")?.map(Millis),
    })
}

impl Db {
    /// Makes a topic.
    pub fn add_topic(&mut self, new: &NewTopic) -> Result<TopicId, StoreError> {
        check_value(|| Holding::Note, &new.note)?;
        let now = self.now();
        let tx = self.write()?;
        let id = insert(&tx, &new.name, &new.note, now)?;
        set_remotes(&tx, id, &new.remotes)?;
        bump(&tx, Changed::Topics)?;
        tx.commit().doing("adding a topic")?;
        Ok(TopicId(id))
    }

    /// Changes a topic, if it still has that version (`None`: whatever it has). Returns the new version.
    pub fn edit_topic(
        &mut self,
        id: TopicId,
        version: Option<i64>,
        edit: &TopicEdit,
    ) -> Result<i64, StoreError> {
        let tx = self.write()?;
        let old = topic_row(&tx, id)?
            .filter(|topic| topic.removed.is_none())
            .ok_or_else(|| absent(&id.to_string()))?;
        if version.is_some_and(|version| version != old.version) {
            return Err(StoreError::Conflict { what: "topic", id: id.to_string() });
        }
        let name = edit.name.as_deref().map(read_name).transpose()?.unwrap_or(&old.name);
        if find(&tx, name)?.is_some_and(|taken| taken != id.0) {
            return Err(StoreError::Exists { what: "topic", name: name.to_owned() });
        }
        let note = edit.note.as_deref().unwrap_or(&old.note);
        check_value(|| Holding::Note, note)?;
        tx.execute(
            "UPDATE topic SET name = :name, note = :note, version = version + 1 WHERE id = :id",
            named_params! { ":id": id.0, ":name": name, ":note": note },
        )
        .doing("changing a topic")?;
        if let Some(remotes) = &edit.remotes {
            set_remotes(&tx, id.0, remotes)?;
        }
        bump(&tx, Changed::Topics)?;
        tx.commit().doing("changing a topic")?;
        Ok(old.version + 1)
    }

    /// Takes a topic out of use; its members stay with it, so that it can come back.
    pub fn remove_topic(&mut self, id: TopicId) -> Result<(), StoreError> {
        let now = self.now();
        self.mark_topic(id, Some(now))
    }

    /// Brings a removed topic back, unless its name is taken by now.
    pub fn restore_topic(&mut self, id: TopicId) -> Result<(), StoreError> {
        let gone = topic_row(&self.conn, id)?.ok_or_else(|| absent(&id.to_string()))?;
        if find(&self.conn, &gone.name)?.is_some() {
            return Err(StoreError::Exists { what: "topic", name: gone.name });
        }
        self.mark_topic(id, None)
    }

    fn mark_topic(&mut self, id: TopicId, removed: Option<Millis>) -> Result<(), StoreError> {
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE topic SET removed_ms = :removed, version = version + 1
                  WHERE id = :id AND (removed_ms IS NULL) <> (:removed IS NULL)",
                named_params! { ":id": id.0, ":removed": removed.map(|at| at.0) },
            )
            .doing("removing a topic")?;
        if changed == 0 {
            return Err(absent(&id.to_string()));
        }
        bump(&tx, Changed::Topics)?;
        tx.commit().doing("removing a topic")
    }

    /// One topic, a removed one too.
    pub fn topic(&self, id: TopicId) -> Result<Topic, StoreError> {
        let mut topic = topic_row(&self.conn, id)?.ok_or_else(|| absent(&id.to_string()))?;
        topic.remotes = remotes_of(&self.conn, id.0)?;
        Ok(topic)
    }

    /// The topic in use with that name, else with that id.
    pub fn find_topic(&self, name_or_id: &str) -> Result<Topic, StoreError> {
        self.topic(TopicId(id_of(&self.conn, name_or_id)?))
    }

    /// A topic whose name is near to what was typed.
    pub fn nearest_topic(&self, typed: &str) -> Result<Option<String>, StoreError> {
        let names: Vec<String> = self
            .conn
            .prepare_cached("SELECT name FROM topic WHERE removed_ms IS NULL ORDER BY people DESC LIMIT 1000")
            .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
            .doing("looking for a topic of a similar name")?;
        Ok(nearest(typed, names.iter().map(String::as_str)).map(str::to_owned))
    }

    /// Lets people join a topic, chunk by chunk. Returns who joined, for undo.
    pub fn join_topic(
        &mut self,
        id: TopicId,
        people: &[SubscriberId],
    ) -> Result<Vec<SubscriberId>, StoreError> {
        self.change_members(id, people, members::join_all)
    }

    /// Lets people leave a topic, chunk by chunk. Returns who left, for undo.
    pub fn leave_topic(
        &mut self,
        id: TopicId,
        people: &[SubscriberId],
    ) -> Result<Vec<SubscriberId>, StoreError> {
        self.change_members(id, people, members::leave_all)
    }

    fn change_members(
        &mut self,
        id: TopicId,
        people: &[SubscriberId],
        change: impl Fn(&Connection, &Group, i64, &[SubscriberId]) -> Result<Vec<SubscriberId>, StoreError>,
    ) -> Result<Vec<SubscriberId>, StoreError> {
        let mut changed = Vec::new();
        for chunk in people.chunks(CHUNK) {
            let tx = self.write()?;
            topic_row(&tx, id)?
                .filter(|topic| topic.removed.is_none())
                .ok_or_else(|| absent(&id.to_string()))?;
            changed.extend(change(&tx, &GROUP, id.0, chunk)?);
            bump(&tx, Changed::Topics)?;
            bump(&tx, Changed::People)?;
            tx.commit().doing("changing who is in a topic")?;
        }
        Ok(changed)
    }
}

fn topic_row(conn: &Connection, id: TopicId) -> Result<Option<Topic>, StoreError> {
    conn.prepare_cached(
        "SELECT id, name, note, people, version, created_ms, removed_ms FROM topic WHERE id = :id",
    )
    .and_then(|mut read| read.query_row(named_params! { ":id": id.0 }, read_topic).optional())
    .doing("reading a topic")
}

#[cfg(test)]
mod tests;
