//! QR codes that people follow by: what the provider carries back says which topic and tags they came for.

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;

use super::addresses::{self, AddressReader};
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::sync::made_up;
use super::{left, subscribers, tags, topics};
use crate::domain::id::{AddressId, ChannelId, SubscriberId, TopicId};
use crate::domain::name;
use crate::domain::secret::Secret;
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::domain::time::Millis;

/// For so long after its end is an invitation still known: a callback may come late.
const KEPT: i64 = 30 * 86_400_000;

/// What somebody who follows by a code is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invite {
    /// Its row.
    #[serde(skip)]
    pub id: i64,
    /// Over which channel.
    pub channel: ChannelId,
    /// What the provider carries back: 33 ASCII characters that nobody guesses.
    pub scene: String,
    /// The topic to join.
    pub topic: Option<TopicId>,
    /// The tags to get.
    pub tags: Vec<String>,
    /// Until when the code works.
    pub until: Millis,
    /// When it was made.
    #[serde(skip)]
    pub made: Millis,
}

/// Somebody who came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Came {
    /// Who.
    pub id: SubscriberId,
    /// The name here.
    pub name: String,
    /// Whether they were not here before.
    pub new: bool,
    /// Whether they get messages: nobody who opted out is turned back on.
    pub state: SubscriberState,
    /// The topic that they belong to now.
    pub topic: Option<String>,
}

/// The invitation behind what a provider carried back; nothing for any other text.
pub(super) fn of_scene(
    conn: &Connection,
    channel: ChannelId,
    scene: &str,
) -> Result<Option<Invite>, StoreError> {
    if scene.is_empty() {
        return Ok(None);
    }
    conn.prepare_cached(
        "SELECT id, topic, tags, until_ms, made_ms FROM invite WHERE channel = :channel AND scene = :scene",
    )
    .and_then(|mut read| {
        read.query_row(named_params! { ":channel": channel.0, ":scene": scene }, |row| {
            Ok(Invite {
                id: row.get(0)?,
                channel,
                scene: scene.to_owned(),
                topic: row.get::<_, Option<i64>>(1)?.map(TopicId),
                tags: super::row::json(row, "tags")?,
                until: Millis(row.get(3)?),
                made: Millis(row.get(4)?),
            })
        })
        .optional()
    })
    .doing("looking for an invitation")
}

/// Gives a person what the invitation holds, and says which topic they are in by it.
pub(super) fn give(conn: &Connection, invite: &Invite, person: i64) -> Result<Option<TopicId>, StoreError> {
    let mut topic = invite.topic;
    if let Some(id) = topic {
        // Whoever left after the code was made may have come by it before that: they stay out.
        if left::at(conn, id.0, person)?.is_some_and(|left| left >= invite.made) {
            topic = None;
        } else {
            left::forget(conn, id.0, person)?;
            topics::join(conn, id.0, person)?;
        }
    }
    for tag in &invite.tags {
        tags::join(conn, tags::id_or_new(conn, tag)?, person)?;
    }
    conn.prepare_cached("UPDATE invite SET came = came + 1 WHERE id = :id")
        .and_then(|mut count| count.execute(named_params! { ":id": invite.id }))
        .doing("counting who came")?;
    Ok(topic)
}

impl Db {
    /// Makes an invitation. The topic must exist; tags are made when somebody comes.
    pub fn make_invite(
        &mut self,
        channel: ChannelId,
        topic: Option<&str>,
        given: &[String],
        until: Millis,
    ) -> Result<Invite, StoreError> {
        let topic = topic.map(|topic| topics::id_of(&self.conn, topic)).transpose()?.map(TopicId);
        let wanted: Vec<String> = given.iter().map(|tag| tag.trim().to_owned()).collect();
        tags::check_names(&wanted)?;
        let scene = format!("p{}", uuid::Uuid::new_v4().simple());
        let now = self.now();
        let tx = self.write()?;
        tx.execute("DELETE FROM invite WHERE until_ms < :old", named_params! { ":old": now.0 - KEPT })
            .doing("forgetting old invitations")?;
        tx.execute(
            "INSERT INTO invite (channel, scene, topic, tags, made_ms, until_ms)
             VALUES (:channel, :scene, :topic, :tags, :now, :until)",
            named_params! {
                ":channel": channel.0, ":scene": scene, ":topic": topic.map(|topic| topic.0),
                ":tags": serde_json::to_string(&wanted).unwrap_or_default(), ":now": now.0, ":until": until.0,
            },
        )
        .doing("making an invitation")?;
        let id = tx.last_insert_rowid();
        tx.commit().doing("making an invitation")?;
        Ok(Invite { id, channel, scene, topic, tags: wanted, until, made: now })
    }

    /// The invitation behind what a provider carried back.
    pub fn invite_of(&self, channel: ChannelId, scene: &str) -> Result<Option<Invite>, StoreError> {
        of_scene(&self.conn, channel, scene)
    }

    /// Takes in somebody who follows: adds them, or finds them, and gives them what their invitation holds. `name`
    /// is the provider's, empty where it has none. Whoever is left out here stays left out.
    pub fn welcome(
        &mut self,
        channel: ChannelId,
        address: &Secret,
        name: &str,
        scene: &str,
    ) -> Result<Came, StoreError> {
        let reader = AddressReader::of(&self.channel(channel)?)?;
        let ready = reader.ready(&self.keys, address)?;
        let now = self.now();
        let tx = self.write()?;
        let owner = addresses::owner(&tx, channel, &ready.lookup)?.filter(|owner| !owner.removed);
        let (person, new) = if let Some(owner) = owner {
            // They are there: whatever was said of the address before is over.
            addresses::mark_address(&tx, AddressId(owner.address), AddressState::Active)?;
            (owner.subscriber, false)
        } else {
            let made = made_up(address, reader.is_secret());
            let id = subscribers::insert(&tx, name::person(name).unwrap_or(&made), now)?;
            addresses::insert(&tx, id, &ready, now)?;
            (id, true)
        };
        let invite = of_scene(&tx, channel, scene)?;
        let topic = invite.map(|invite| give(&tx, &invite, person)).transpose()?.flatten();
        let standing = subscribers::require(&tx, SubscriberId(person))?;
        bump(&tx, Changed::People)?;
        bump(&tx, Changed::Topics)?;
        tx.commit().doing("taking in somebody who follows")?;
        let topic = topic.map(|topic| self.topic(topic)).transpose()?;
        Ok(Came {
            id: SubscriberId(person),
            name: standing.name,
            new,
            state: standing.state,
            topic: topic.map(|topic| topic.name),
        })
    }
}

#[cfg(test)]
mod tests;
