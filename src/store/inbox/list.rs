//! Reading the Inbox: conversations, newest first; the lines of one; what is read.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::Kind;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::filter::Filter;
use crate::domain::id::{BroadcastId, ChannelId, InboundId, SubscriberId};
use crate::domain::secret::mask_address;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::store::audit::Act;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::row;

/// At most so many people of a filter are looked for.
const MOST_PEOPLE: usize = 20_000;

/// Which conversations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Which {
    /// Those of these people alone.
    pub people: Option<Filter>,
    /// Those with something unread alone.
    pub unread: bool,
}

/// A conversation as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversation {
    /// With whom; nobody: about nobody that we know.
    pub person: Option<SubscriberId>,
    /// The person's name; empty for nobody.
    pub name: String,
    /// Whether the person gets messages.
    pub state: Option<SubscriberState>,
    /// How many lines nobody has looked at.
    pub unread: i64,
    /// How many lines came in.
    pub lines: i64,
    /// The newest one.
    pub newest: Line,
}

/// Who said a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Said {
    /// It came in.
    Person {
        /// Its id.
        id: InboundId,
        /// What it is.
        kind: Kind,
        /// What a rule did about it, as stored words.
        done: Option<String>,
        /// Of an order, in hundredths.
        amount: Option<i64>,
        /// Whether somebody has looked at it.
        read: bool,
        /// The provider's own words, where we do not understand all of them.
        #[serde(skip_serializing_if = "Option::is_none")]
        raw: Option<String>,
    },
    /// It was answered.
    Us {
        /// By whom; nobody: a rule.
        operator: Option<String>,
        /// The broadcast of one delivery that carries it.
        broadcast: BroadcastId,
        /// What became of that.
        state: DeliveryState,
        /// Why it failed or waits.
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<Class>,
        /// What the provider said to that.
        #[serde(skip_serializing_if = "String::is_empty")]
        provider_text: String,
    },
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Who said it.
    #[serde(flatten)]
    pub said: Said,
    /// What.
    pub text: String,
    /// On which channel.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// The address that it came from, masked; empty for what we said.
    pub address_masked: String,
    /// When, as the provider says.
    pub at: Millis,
    /// When it was here.
    pub received: Millis,
}

const INBOUND: &str =
    "i.id, i.kind, i.done, i.amount, i.read_ms IS NOT NULL AS is_read, i.raw, i.text, i.channel,
    c.name AS channel_name, i.value, i.masked, i.at_ms, i.received_ms";

/// Whether a conversation is one of those that are asked for; the removed have none.
const WHICH: &str = "s.removed_ms IS NULL AND (v.unread > 0 OR NOT :unread)
    AND (:people IS NULL OR v.subscriber IN (SELECT value FROM json_each(:people)))";

fn read_inbound(row: &Row<'_>) -> rusqlite::Result<Line> {
    let (value, masked): (Option<String>, Option<String>) = (row.get("value")?, row.get("masked")?);
    Ok(Line {
        said: Said::Person {
            id: InboundId(row.get("id")?),
            kind: row::word(row, "kind", Kind::from_word)?,
            done: row.get("done")?,
            amount: row.get("amount")?,
            read: row.get("is_read")?,
            raw: row.get("raw")?,
        },
        text: row.get("text")?,
        channel: ChannelId(row.get("channel")?),
        channel_name: row.get("channel_name")?,
        address_masked: masked.or_else(|| value.as_deref().map(mask_address)).unwrap_or_default(),
        at: Millis(row.get("at_ms")?),
        received: Millis(row.get("received_ms")?),
    })
}

fn read_reply(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        said: Said::Us {
            operator: row.get("operator")?,
            broadcast: BroadcastId(row.get("broadcast")?),
            state: row::code(row, "state", DeliveryState::from_code)?,
            class: row.get::<_, Option<i64>>("class")?.and_then(Class::from_code),
            provider_text: row.get::<_, Option<String>>("provider_text")?.unwrap_or_default(),
        },
        text: row.get("text")?,
        channel: ChannelId(row.get("channel")?),
        channel_name: row.get("channel_name")?,
        address_masked: String::new(),
        at: Millis(row.get("at_ms")?),
        received: Millis(row.get("at_ms")?),
    })
}

/// Everything of a person is read; gives how many lines that were.
pub(super) fn mark_read(conn: &Connection, person: i64, now: Millis) -> Result<i64, StoreError> {
    let read = conn
        .prepare_cached(
            "UPDATE inbound SET read_ms = :now
              WHERE subscriber IS iif(:id = 0, NULL, :id) AND read_ms IS NULL",
        )
        .and_then(|mut read| read.execute(named_params! { ":id": person, ":now": now.0 }))
        .doing("marking a conversation as read")?;
    conn.prepare_cached("UPDATE conversation SET unread = 0 WHERE subscriber = :id")
        .and_then(|mut read| read.execute(named_params! { ":id": person }))
        .doing("marking a conversation as read")?;
    Ok(read as i64)
}

impl Db {
    /// A page of conversations, newest first, those before `before` (the newest line of the last one seen).
    pub fn conversations(
        &self,
        which: &Which,
        before: Option<InboundId>,
        limit: usize,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.conversations_where(which, "v.newest < :at", before.map_or(i64::MAX, |id| id.0), "DESC", limit)
    }

    /// The page that ends before the one at hand: up to `limit` conversations after `after`, newest first; without it
    /// the oldest ones.
    pub fn conversations_after(
        &self,
        which: &Which,
        after: Option<InboundId>,
        limit: usize,
    ) -> Result<Vec<Conversation>, StoreError> {
        let mut rows =
            self.conversations_where(which, "v.newest > :at", after.map_or(0, |id| id.0), "ASC", limit)?;
        rows.reverse();
        Ok(rows)
    }

    fn conversations_where(
        &self,
        which: &Which,
        bound: &'static str,
        at: i64,
        order: &'static str,
        limit: usize,
    ) -> Result<Vec<Conversation>, StoreError> {
        let people = self.ids_of(which)?;
        self.conn
            .prepare_cached(&format!(
                "SELECT v.subscriber AS person, coalesce(s.name, '') AS name, s.state AS state, v.unread, v.lines,
                        {INBOUND}
                   FROM conversation v JOIN inbound i ON i.id = v.newest JOIN channel c ON c.id = i.channel
                   LEFT JOIN subscriber s ON s.id = v.subscriber
                  WHERE {bound} AND {WHICH} ORDER BY v.newest {order} LIMIT :limit"
            ))
            .and_then(|mut read| {
                let params = named_params! {
                    ":at": at, ":people": people, ":unread": which.unread, ":limit": limit as i64,
                };
                read.query_map(params, |row| {
                    let person: i64 = row.get("person")?;
                    let state: Option<i64> = row.get("state")?;
                    Ok(Conversation {
                        person: (person != 0).then_some(SubscriberId(person)),
                        name: row.get("name")?,
                        state: state.and_then(SubscriberState::from_code),
                        unread: row.get("unread")?,
                        lines: row.get("lines")?,
                        newest: read_inbound(row)?,
                    })
                })?
                .collect()
            })
            .doing("listing conversations")
    }

    /// The ids of the people of a filter as JSON; none: everybody's.
    fn ids_of(&self, which: &Which) -> Result<Option<String>, StoreError> {
        let Some(filter) = which.people.as_ref().filter(|filter| !filter.terms.is_empty()) else {
            return Ok(None);
        };
        let ids = self.people_ids(filter, None, MOST_PEOPLE)?;
        Ok(Some(serde_json::json!(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string()))
    }

    /// How many conversations there are, and how many of them have something unread.
    pub fn count_conversations(&self, which: &Which) -> Result<(i64, i64), StoreError> {
        let people = self.ids_of(which)?;
        self.conn
            .prepare_cached(&format!(
                "SELECT count(*), coalesce(sum(v.unread > 0), 0) FROM conversation v
                   LEFT JOIN subscriber s ON s.id = v.subscriber WHERE {WHICH}"
            ))
            .and_then(|mut count| {
                let params = named_params! { ":people": people, ":unread": which.unread };
                count.query_row(params, |row| Ok((row.get(0)?, row.get(1)?)))
            })
            .doing("counting conversations")
    }

    /// How many conversations have something unread: asked for every frame.
    pub fn unread_conversations(&self) -> Result<i64, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT count(*) FROM conversation INDEXED BY conversation_unread WHERE unread > 0",
            )
            .and_then(|mut count| count.query_row([], |row| row.get(0)))
            .doing("counting conversations")
    }

    /// The newest lines of a conversation, oldest of them first; nobody: those that are about nobody that we know.
    pub fn conversation(&self, person: Option<SubscriberId>, limit: usize) -> Result<Vec<Line>, StoreError> {
        let id = person.map(|person| person.0);
        let limit = limit as i64;
        let mut lines: Vec<Line> = self
            .conn
            .prepare_cached(&format!(
                "SELECT {INBOUND} FROM inbound i JOIN channel c ON c.id = i.channel
                  WHERE i.subscriber IS :id ORDER BY i.id DESC LIMIT :limit"
            ))
            .and_then(|mut read| {
                read.query_map(named_params! { ":id": id, ":limit": limit }, read_inbound)?.collect()
            })
            .doing("reading a conversation")?;
        let replies: Vec<Line> = self
            .conn
            .prepare_cached(
                "SELECT r.operator, r.broadcast, d.state, d.class, d.text AS provider_text, r.text, r.channel,
                        c.name AS channel_name, r.at_ms
                   FROM reply r JOIN channel c ON c.id = r.channel
                   JOIN delivery d ON d.broadcast = r.broadcast AND d.seq = 1
                  WHERE r.subscriber = :id ORDER BY r.id DESC LIMIT :limit",
            )
            .and_then(|mut read| {
                read.query_map(named_params! { ":id": id, ":limit": limit }, read_reply)?.collect()
            })
            .doing("reading a conversation")?;
        lines.extend(replies);
        // What came in at the same moment as its answer stands before it.
        lines.sort_by_key(|line| match line.said {
            Said::Person { id, .. } => (line.received, 0, id.0),
            Said::Us { broadcast, .. } => (line.received, 1, broadcast.0),
        });
        let surplus = lines.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        lines.drain(..surplus);
        Ok(lines)
    }

    /// Whose line that is; an error if there is none.
    pub fn whose_line(&self, id: InboundId) -> Result<Option<SubscriberId>, StoreError> {
        self.conn
            .prepare_cached("SELECT subscriber FROM inbound WHERE id = :id")
            .and_then(|mut read| {
                read.query_row(named_params! { ":id": id.0 }, |row| row.get::<_, Option<i64>>(0)).optional()
            })
            .doing("looking for a message")?
            .map(|person| person.map(SubscriberId))
            .ok_or_else(|| StoreError::NotFound { what: "message", id: id.to_string() })
    }

    /// Everything of a person is read; gives how many lines that were.
    pub fn mark_conversation_read(&mut self, person: Option<SubscriberId>) -> Result<i64, StoreError> {
        let tx = self.write()?;
        let read = mark_read(&tx, person.map_or(0, |person| person.0), tx.now)?;
        if read == 0 {
            return Ok(0);
        }
        let whose = person.map_or_else(|| "nobody".to_owned(), |person| person.to_string());
        tx.note(Act::InboxRead, whose, &format!("{read} read"))?;
        bump(&tx, Changed::Inbox)?;
        tx.commit().doing("marking a conversation as read")?;
        Ok(read)
    }
}
