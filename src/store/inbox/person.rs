//! Whoever comes in becomes a subscriber: found by the address, else made.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::rules;
use crate::domain::id::{AddressId, ChannelId};
use crate::domain::name;
use crate::domain::secret::Secret;
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::domain::time::Millis;
use crate::store::addresses::{self, Ready, mark_address};
use crate::store::error::{Doing, StoreError};
use crate::store::invites::{self, Invite};
use crate::store::sync::made_up;
use crate::store::{left, row, search, siblings, subscribers, tags, topics};

/// Somebody who came in.
pub(super) struct Person {
    pub id: i64,
    pub state: SubscriberState,
    /// When the person opted out by themselves, if they did.
    pub opted_out: Option<Millis>,
    pub address: i64,
    pub address_state: AddressState,
}

/// Whose address it is; a removed person is not there.
pub(super) fn owner(conn: &Connection, ready: &Ready) -> Result<Option<Person>, StoreError> {
    conn.prepare_cached(
        "SELECT s.id, s.state, s.opted_out_ms, a.id AS address, a.state AS address_state
           FROM address a JOIN subscriber s ON s.id = a.subscriber
          WHERE a.channel = :channel AND a.lookup = :lookup AND s.removed_ms IS NULL",
    )
    .and_then(|mut read| {
        read.query_row(named_params! { ":channel": ready.channel.0, ":lookup": ready.lookup }, |row| {
            Ok(Person {
                id: row.get("id")?,
                state: row::code(row, "state", SubscriberState::from_code)?,
                opted_out: row.get::<_, Option<i64>>("opted_out_ms")?.map(Millis),
                address: row.get("address")?,
                address_state: row::code(row, "address_state", AddressState::from_code)?,
            })
        })
        .optional()
    })
    .doing("looking who came in")
}

/// Whose address it is; somebody new if nobody's. Whom an operator blocked and removed stays blocked.
pub(super) fn owner_or_new(
    conn: &Connection,
    ready: &Ready,
    called: &str,
    now: Millis,
) -> Result<(Person, bool), StoreError> {
    if let Some(person) = owner(conn, ready)? {
        return Ok((person, false));
    }
    // Known by another channel of the account: the same person, who can be answered here from now on.
    for channel in siblings::of(conn, ready.channel)? {
        if let Some(person) = owner(conn, &ready.at(channel))? {
            addresses::insert(conn, person.id, ready, now)?;
            return Ok((owner(conn, ready)?.unwrap_or(person), true));
        }
    }
    // Those of one account begin alike: a name has to tell them apart, and a sync to know that it was made up.
    let shown = match &ready.value {
        Some(clear) => made_up(&Secret::new(clear.as_str()), false),
        None => ready.shown(),
    };
    let called: String = called.chars().take(name::LONGEST_PERSON).collect();
    let called = name::person(&called).unwrap_or(&shown);
    conn.prepare_cached("INSERT INTO subscriber (name, created_ms) VALUES (:name, :now)")
        .and_then(|mut insert| insert.execute(named_params! { ":name": called, ":now": now.0 }))
        .doing("adding somebody who came in")?;
    let id = conn.last_insert_rowid();
    search::index_name(conn, id, called)?;
    subscribers::count_people(conn, 1)?;
    // With the address come a block and an opt-out of whoever had it.
    addresses::insert(conn, id, ready, now)?;
    let person = owner(conn, ready)?;
    let person = person.ok_or_else(|| StoreError::NotFound { what: "subscriber", id: id.to_string() })?;
    Ok((person, true))
}

/// An address leads to somebody again, on every channel of the account, for those owners.
pub(super) fn reach_again(
    conn: &Connection,
    ready: &Ready,
    whose: impl Fn(&Person) -> bool,
) -> Result<(), StoreError> {
    for channel in siblings::of(conn, ready.channel)? {
        // A secret address is another one on each channel, and such a channel has no siblings.
        if let Some(owner) = owner(conn, &ready.at(channel))?.filter(&whose)
            && owner.address_state == AddressState::Dead
        {
            mark_address(conn, AddressId(owner.address), AddressState::Active)?;
        }
    }
    Ok(())
}

pub(super) fn set_state(
    conn: &Connection,
    id: i64,
    state: SubscriberState,
    opted_out: Option<Millis>,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE subscriber SET state = :state, opted_out_ms = :at, version = version + 1 WHERE id = :id",
    )
    .and_then(|mut set| {
        set.execute(named_params! { ":id": id, ":state": state.code(), ":at": opted_out.map(|at| at.0) })
    })
    .doing("changing the state of somebody who came in")?;
    Ok(())
}

/// What a follow or a scan led to.
pub(super) struct Joined {
    /// For the line in the conversation.
    pub done: Option<String>,
    /// What the person is told.
    pub welcome: Option<String>,
}

/// Carries out the rules for whoever follows or scans, at that moment. Nobody is turned on again by it whom an operator
/// turned off, nor somebody who opted out after it: only a follow of their own since then does that.
pub(super) fn join(
    conn: &Connection,
    channel: ChannelId,
    person: &mut Person,
    scene: &str,
    (at, follows): (Millis, bool),
) -> Result<Joined, StoreError> {
    let mut joined = Joined { done: None, welcome: None };
    if person.state == SubscriberState::Unsubscribed
        && follows
        && person.opted_out.is_some_and(|out| at > out)
    {
        come_back(conn, person)?;
    }
    if !matches!(person.state, SubscriberState::Active | SubscriberState::Muted) {
        return Ok(joined);
    }
    let mut names = Vec::new();
    for rule in rules::for_follow(conn, channel, scene)? {
        let before = names.len();
        for topic in &rule.topic_ids {
            // What they left by their own word, a later follow or the code of that rule brings back, no other scan.
            let asks = follows || !rule.pattern.is_empty();
            names.extend(join_topic(conn, *topic, person.id, (at, asks))?);
        }
        for tag in &rule.tags {
            tags::join(conn, tags::id_or_new(conn, tag)?, person.id)?;
        }
        // The last one is for this very scene. Whom its topics do not take is not welcomed to them.
        if !rule.text.trim().is_empty() && (rule.topic_ids.is_empty() || names.len() > before) {
            joined.welcome = Some(rule.text);
        }
    }
    // A code that was shown for a topic says so by itself.
    if let Some(invite) = invites::of_scene(conn, channel, scene)? {
        let topic = invite.topic.map(|topic| join_topic(conn, topic.0, person.id, (at, true))).transpose()?;
        names.extend(topic.flatten());
        invites::give(conn, &Invite { topic: None, ..invite }, person.id)?;
    }
    names.dedup();
    // The same places as in the answers to commands.
    let all = names.join(", ");
    joined.welcome = joined.welcome.map(|text| text.replace("{topics}", &all).replace(rules::HOLE, &all));
    joined.done = (!names.is_empty()).then(|| format!("subscribe {}", names.join(", ")));
    Ok(joined)
}

/// Puts somebody into a topic that is in use, unless they have left it since by their own word, or before without
/// asking for it now. Gives its name if they are in it.
fn join_topic(
    conn: &Connection,
    topic: i64,
    person: i64,
    (at, asks): (Millis, bool),
) -> Result<Option<String>, StoreError> {
    if left::at(conn, topic, person)?.is_some_and(|left| !asks || at <= left) {
        return Ok(None);
    }
    let Some(name) = topic_in_use(conn, topic)? else { return Ok(None) };
    left::forget(conn, topic, person)?;
    topics::join(conn, topic, person)?;
    Ok(Some(name))
}

/// By an act of their own a person gets messages again; of what they were subscribed to before they opted out, nothing.
pub(super) fn come_back(conn: &Connection, person: &mut Person) -> Result<(), StoreError> {
    topics::exactly(conn, person.id, &[])?;
    set_state(conn, person.id, SubscriberState::Active, None)?;
    (person.state, person.opted_out) = (SubscriberState::Active, None);
    Ok(())
}

/// The name of a topic that is in use.
pub(super) fn topic_in_use(conn: &Connection, id: i64) -> Result<Option<String>, StoreError> {
    conn.prepare_cached("SELECT name FROM topic WHERE id = :id AND removed_ms IS NULL")
        .and_then(|mut read| read.query_row(named_params! { ":id": id }, |row| row.get(0)).optional())
        .doing("looking for the topic of a rule")
}
