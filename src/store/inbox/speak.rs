//! Answers: a broadcast of one delivery to the person who came in, in the books like every other.
//!
//! It is written in one step with what it answers: there is nothing to plan, and nobody to ask. It stays out of the
//! lists of broadcasts and stands in the conversation.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::channels::catalog;
use crate::domain::broadcast::{Phase, Purpose};
use crate::domain::id::{AddressId, BroadcastId, ChannelId, SubscriberId};
use crate::domain::message::Format;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::store::acts::Window;
use crate::store::audit::Act;
use crate::store::channels::Open;
use crate::store::db::{Changed, Db, bump};
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};
use crate::store::subscribers;

/// Two machines that answer each other stop after so many answers in an hour.
const MOST_AN_HOUR: i64 = 20;
const HOUR_MS: i64 = 3_600_000;

/// So many answers wait to be sent at most.
const MOST_WAITING: i64 = 300;

/// Whose name stands beside what a rule says.
const RULE: &str = "rule";

/// Most bytes of an answer.
const LONGEST: usize = 8_000;

/// What is said to whom.
pub(super) struct Say<'a> {
    pub subscriber: i64,
    pub channel: ChannelId,
    pub address: i64,
    pub text: &'a str,
    pub inbound: Option<i64>,
    /// Nobody: a rule says it.
    pub operator: Option<&'a str>,
}

/// Queues an answer, inside a transaction of somebody else.
pub(super) fn say(conn: &Connection, say: &Say<'_>, now: Millis) -> Result<BroadcastId, StoreError> {
    let by = say.operator.unwrap_or(RULE);
    conn.prepare_cached(
        "INSERT INTO broadcast (purpose, phase, format, body, audience, channels, undo_ms, created_ms, updated_ms,
                created_by, released_ms, released_by)
         VALUES (:purpose, :phase, :format, :body, :audience, :channels, 0, :now, :now, :by, :now, :by)",
    )
    .and_then(|mut insert| {
        insert.execute(named_params! {
            ":purpose": Purpose::Reply.word(), ":phase": Phase::Sending.word(), ":format": Format::Text.word(),
            ":body": literal(say.text), ":audience": format!("id:{}", SubscriberId(say.subscriber)),
            ":channels": serde_json::json!([say.channel.0]).to_string(), ":now": now.0, ":by": by,
        })
    })
    .doing("answering")?;
    let id = conn.last_insert_rowid();
    conn.prepare_cached(
        "INSERT INTO lane (broadcast, channel, target, seq_from, seq_to, next_seq, planned)
         VALUES (?1, ?2, 'people', 1, 1, 1, 1)",
    )
    .and_then(|mut insert| insert.execute((id, say.channel.0)))
    .doing("answering")?;
    let lane = conn.last_insert_rowid();
    conn.prepare_cached(
        "INSERT INTO delivery (broadcast, seq, lane, subscriber, address, state) VALUES (?1, 1, ?2, ?3, ?4, 0)",
    )
    .and_then(|mut insert| insert.execute((id, lane, say.subscriber, say.address)))
    .doing("answering")?;
    conn.prepare_cached(
        "INSERT INTO reply (subscriber, channel, broadcast, inbound, text, operator, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .and_then(|mut insert| {
        insert.execute((say.subscriber, say.channel.0, id, say.inbound, say.text, say.operator, now.0))
    })
    .doing("answering")?;
    bump(conn, Changed::Broadcasts)?;
    Ok(BroadcastId(id))
}

/// Braces of an answer are braces: what a stranger wrote must not be read as a place for a variable.
fn literal(text: &str) -> String {
    text.replace("{{", r#"{{ "{{" }}"#)
}

/// Whether rules have answered this person too often lately, or so many answers wait that more would hold up what
/// operators send: a wave of thousands of follows is no reason to be late with a warning.
pub(super) fn is_too_much(conn: &Connection, subscriber: i64, now: Millis) -> Result<bool, StoreError> {
    let waiting: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM broadcast INDEXED BY broadcast_reply WHERE purpose = 'reply'
                                     AND phase = 'sending' AND ended_ms IS NULL LIMIT :most)",
        )
        .and_then(|mut count| count.query_row(named_params! { ":most": MOST_WAITING }, |row| row.get(0)))
        .doing("counting answers that wait")?;
    if waiting >= MOST_WAITING {
        return Ok(true);
    }
    conn.prepare_cached(
        "SELECT count(*) >= :most FROM (SELECT at_ms FROM reply WHERE subscriber = :id AND operator IS NULL
                                         ORDER BY id DESC LIMIT :most) WHERE at_ms > :since",
    )
    .and_then(|mut ask| {
        ask.query_row(
            named_params! { ":id": subscriber, ":most": MOST_AN_HOUR, ":since": now.0 - HOUR_MS },
            |row| row.get(0),
        )
    })
    .doing("counting answers")
}

/// How an answer would go to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Over which channel.
    pub channel: String,
    /// What the person's last act allows there; none: nothing, where only acts open the way.
    pub window: Option<Window>,
    /// Whether only an act of theirs opens the way.
    pub needs_act: bool,
}

/// The channel, the address and the line that an answer goes by: those that the person came in by last.
fn way(conn: &Connection, person: SubscriberId) -> Result<Option<(i64, i64, i64)>, StoreError> {
    conn.prepare_cached(
        "SELECT i.channel, a.id, i.id FROM inbound i
           JOIN address a ON a.channel = i.channel AND a.lookup = i.lookup AND a.subscriber = i.subscriber
           JOIN channel c ON c.id = i.channel
          WHERE i.subscriber = :id AND a.state = 0 AND c.removed_ms IS NULL ORDER BY i.id DESC LIMIT 1",
    )
    .and_then(|mut read| {
        read.query_row(named_params! { ":id": person.0 }, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
    })
    .doing("looking how to answer")
}

impl Db {
    /// How an answer would go to a person; none: it cannot.
    pub fn way_back(&self, person: SubscriberId) -> Result<Option<Way>, StoreError> {
        let standing = subscribers::require(&self.conn, person)?;
        let Some((channel, address, _)) = way(&self.conn, person)? else { return Ok(None) };
        if standing.state == SubscriberState::Blocked {
            return Ok(None);
        }
        let mut account = self.account(ChannelId(channel), Open::Nothing)?;
        let kind = catalog::kind(&account.kind);
        // An answer goes in the way of answers, whatever way messages go.
        kind.inspect(|kind| kind.for_reply(&mut account));
        let needs_act = kind.is_some_and(|kind| kind.closed_window(&account).is_some());
        let window = self.reply_window(AddressId(address))?;
        Ok(Some(Way { channel: account.name, window, needs_act }))
    }

    /// Answers a person over the channel that they came in by last; what they wrote counts as read then.
    pub fn reply(&mut self, person: SubscriberId, text: &str, by: &str) -> Result<BroadcastId, StoreError> {
        if text.trim().is_empty() {
            return Err(Denial::NothingSaid.into());
        }
        if text.len() > LONGEST {
            return Err(Denial::ReplyTooLong(LONGEST).into());
        }
        let tx = self.write()?;
        let standing = subscribers::require(&tx, person)?;
        let way = way(&tx, person)?.filter(|_| standing.state != SubscriberState::Blocked);
        let (channel, address, inbound) = way.ok_or(Denial::NoWayBack(person))?;
        let words = Say {
            subscriber: person.0,
            channel: ChannelId(channel),
            address,
            text,
            inbound: Some(inbound),
            operator: Some(by),
        };
        let id = say(&tx, &words, tx.now)?;
        super::list::mark_read(&tx, person.0, tx.now)?;
        tx.note(Act::Reply, person, &id.to_string())?;
        bump(&tx, Changed::Inbox)?;
        tx.commit().doing("answering")?;
        Ok(id)
    }
}
