//! Taking in what a receiver heard: each thing once, with everything that follows from it, in one transaction.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use aws_lc_rs::digest;
use rusqlite::{Connection, named_params};

use super::Kind;
use super::person::{self, Person};
use super::receipts::{self, Receipt};
use super::{obey, speak};
use crate::channels::callback::{Came, Event};
use crate::channels::catalog;
use crate::domain::id::{AddressId, ChannelId, DeliveryId, InboundId, SubscriberId};
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::domain::time::Millis;
use crate::store::addresses::{AddressReader, Ready, mark_address};
use crate::store::channels::Channel;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::{acts, doors, siblings, waits};

/// What is told later than this is kept, and only what a person gives up by it is carried out: it may be wrong by
/// now, and a body that somebody recorded proves nothing any more.
const STALE_MS: i64 = 24 * 3_600_000;
/// The same of what is told so much before its time.
const AHEAD_MS: i64 = 10 * 60_000;

/// Something that a receiver heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// At whose door.
    pub channel: ChannelId,
    /// What.
    pub came: Came,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It stands in a conversation.
    New(InboundId),
    /// It was there already.
    Again,
    /// Another application spoke than the one that the door is for.
    Elsewhere,
    /// It was a receipt; the delivery that it ended, if it ended one.
    Receipt(Option<DeliveryId>),
}

impl Db {
    /// Takes in what was heard, all of it or nothing.
    pub fn take_in(&mut self, batch: &[Incoming]) -> Result<Vec<Taken>, StoreError> {
        let mut channels: BTreeMap<ChannelId, Channel> = BTreeMap::new();
        let mut ready = Vec::with_capacity(batch.len());
        for incoming in batch {
            let channel = match channels.entry(incoming.channel) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.channel(incoming.channel)?),
            };
            ready.push(self.read_address(channel, &incoming.came)?);
        }
        let keys = Arc::clone(&self.keys);
        let tx = self.write()?;
        let mut taken = Vec::with_capacity(batch.len());
        for (incoming, ready) in batch.iter().zip(&ready) {
            // Bound to the store by its key, so that nobody can look for what was said by its hash.
            let seen = keys.token(&format!("seen {} {}", incoming.channel, hashed(&incoming.came.key)));
            taken.push(take(&tx, incoming, ready.as_ref(), &seen, tx.now)?);
        }
        tx.commit().doing("taking in what came")?;
        Ok(taken)
    }

    fn read_address(&self, channel: &Channel, came: &Came) -> Result<Option<Ready>, StoreError> {
        let Some(address) = &came.address else { return Ok(None) };
        if catalog::kind(&channel.kind).is_none() {
            // A channel of another version: it is kept, and nothing is sealed by guess.
            return Ready::seal(&self.keys, channel.id, address, false, None).map(Some);
        }
        let reader = AddressReader::of(channel)?;
        match reader.read(address) {
            Ok(read) => Ready::seal(&self.keys, channel.id, &read.value, reader.is_secret(), None).map(Some),
            Err(_) => Ok(None),
        }
    }
}

fn hashed(key: &str) -> String {
    crate::domain::hex::of(digest::digest(&digest::SHA256, key.as_bytes()).as_ref())
}

fn take(
    conn: &Connection,
    incoming: &Incoming,
    ready: Option<&Ready>,
    seen: &str,
    now: Millis,
) -> Result<Taken, StoreError> {
    let Incoming { channel, came } = incoming;
    if !doors::is_its_app(conn, *channel, &came.app)? {
        return Ok(Taken::Elsewhere);
    }
    if let Event::Receipt { receipt, arrived, text } = &came.event {
        let whose = ready.map(|ready| &ready.lookup[..]);
        let channels = &siblings::of(conn, *channel)?;
        let told = Receipt { channels, receipt, whose, told: came.at, arrived: *arrived, text };
        return receipts::take(conn, &told, now).map(Taken::Receipt);
    }
    let what = What::of(&came.event);
    let Some(id) = write(conn, incoming, &what, ready, seen, now)? else { return Ok(Taken::Again) };
    let mut line = Follows { id, channel: *channel, now, done: None, read: what.is_read, person: None };
    if let Some(ready) = ready {
        line.carry_out(conn, came, ready, &what)?;
    }
    line.finish(conn)?;
    bump(conn, Changed::Inbox)?;
    Ok(Taken::New(InboundId(id)))
}

/// How a line stands in its conversation.
struct What<'a> {
    kind: Kind,
    text: &'a str,
    amount: Option<i64>,
    /// Nobody has to look at it.
    is_read: bool,
}

impl<'a> What<'a> {
    fn of(event: &'a Event) -> Self {
        let (kind, text, amount, is_read) = match event {
            Event::Follow { scene } => (Kind::Follow, scene.as_str(), None, true),
            Event::Scan { scene } => (Kind::Scan, scene.as_str(), None, true),
            Event::Unfollow { .. } => (Kind::Unfollow, "", None, true),
            Event::Text { text } => (Kind::Text, text.as_str(), None, false),
            Event::Tap { key } => (Kind::Tap, key.as_str(), None, true),
            Event::Order { trade, amount } => (Kind::Order, trade.as_str(), *amount, false),
            Event::Other { action } => (Kind::Other, action.as_str(), None, false),
            Event::Receipt { receipt, .. } => (Kind::Other, receipt.as_str(), None, true),
        };
        Self { kind, text, amount, is_read }
    }
}

/// Writes the line; none: it was there already.
fn write(
    conn: &Connection,
    incoming: &Incoming,
    what: &What<'_>,
    ready: Option<&Ready>,
    seen: &str,
    now: Millis,
) -> Result<Option<i64>, StoreError> {
    let raw = Some(&incoming.came.raw).filter(|raw| !raw.is_empty());
    let new = conn
        .prepare_cached(
            "INSERT OR IGNORE INTO inbound
                    (channel, kind, lookup, value, sealed, masked, text, amount, raw, at_ms, received_ms, seen)
             VALUES (:channel, :kind, :lookup, :value, :sealed, :masked, :text, :amount, :raw, :at, :now, :seen)",
        )
        .and_then(|mut insert| {
            insert.execute(named_params! {
                ":channel": incoming.channel.0, ":kind": what.kind.word(),
                ":lookup": ready.map(|one| &one.lookup), ":value": ready.and_then(|one| one.value.as_ref()),
                ":sealed": ready.and_then(|one| one.sealed.as_ref()),
                ":masked": ready.and_then(|one| one.masked.as_ref()), ":text": what.text,
                ":amount": what.amount, ":raw": raw, ":at": incoming.came.at.0, ":now": now.0,
                ":seen": seen.as_bytes(),
            })
        })
        .doing("writing what came in")?;
    Ok((new > 0).then(|| conn.last_insert_rowid()))
}

/// What follows from a line.
struct Follows {
    id: i64,
    channel: ChannelId,
    now: Millis,
    done: Option<String>,
    read: bool,
    person: Option<i64>,
}

impl Follows {
    fn carry_out(
        &mut self,
        conn: &Connection,
        came: &Came,
        ready: &Ready,
        what: &What<'_>,
    ) -> Result<(), StoreError> {
        if let Event::Unfollow { forget } = came.event {
            return self.leave(conn, came, ready, forget);
        }
        let late = self.now.since(came.at);
        if !(-AHEAD_MS..=STALE_MS).contains(&late) {
            return self.give_up(conn, came, ready);
        }
        // What nobody here understands makes nobody a subscriber, unless it is proven to be a follower's.
        let (mut person, new) = match came.event {
            Event::Other { .. } if came.allows.is_none() => match person::owner(conn, ready)? {
                Some(known) => (known, false),
                None => return Ok(()),
            },
            _ => person::owner_or_new(conn, ready, &came.name, self.now)?,
        };
        self.person = Some(person.id);
        if let Some(allows) = came.allows {
            acts::open(conn, self.channel, &ready.lookup, what.kind, allows, came.at)?;
            for channel in siblings::of(conn, self.channel)? {
                waits::wake(conn, channel, SubscriberId(person.id), self.now)?;
            }
        }
        let mut changed = new;
        match &came.event {
            Event::Follow { scene } => {
                person::reach_again(conn, ready, |_| true)?;
                self.join(conn, &mut person, scene, (came.at, true))?;
                changed = true;
            }
            Event::Scan { scene } => {
                self.join(conn, &mut person, scene, (came.at, false))?;
                changed = true;
            }
            Event::Text { text } | Event::Tap { key: text } => {
                // Whoever writes can be reached, whatever was thought of the address.
                person::reach_again(conn, ready, |owner| owner.state != SubscriberState::Blocked)?;
                if let Some(obeyed) = obey::obey(conn, self.channel, &mut person, text, came.at)? {
                    changed |= obeyed.changed;
                    self.done = Some(obeyed.done);
                    self.read = true;
                    self.say(conn, &person, &obeyed.answer)?;
                }
            }
            Event::Order { .. } | Event::Other { .. } | Event::Receipt { .. } | Event::Unfollow { .. } => {}
        }
        if changed {
            bump(conn, Changed::People)?;
            bump(conn, Changed::Topics)?;
        }
        Ok(())
    }

    /// Carries out of something that was not told in time what a person wants no more; nobody is answered.
    fn give_up(&mut self, conn: &Connection, came: &Came, ready: &Ready) -> Result<(), StoreError> {
        let Some(mut person) = person::owner(conn, ready)? else { return Ok(()) };
        self.person = Some(person.id);
        let (Event::Text { text } | Event::Tap { key: text }) = &came.event else { return Ok(()) };
        // What is dated ahead would bar them until then from coming back.
        let at = came.at.min(self.now);
        if let Some(obeyed) = obey::give_up(conn, self.channel, &mut person, text, at)? {
            self.done = Some(obeyed.done);
            self.read = true;
            if obeyed.changed {
                bump(conn, Changed::People)?;
                bump(conn, Changed::Topics)?;
            }
        }
        Ok(())
    }

    fn join(
        &mut self,
        conn: &Connection,
        person: &mut Person,
        scene: &str,
        act: (Millis, bool),
    ) -> Result<(), StoreError> {
        let joined = person::join(conn, self.channel, person, scene, act)?;
        self.done = joined.done;
        self.say(conn, person, joined.welcome.as_deref().unwrap_or_default())
    }

    fn say(&self, conn: &Connection, person: &Person, text: &str) -> Result<(), StoreError> {
        if text.trim().is_empty() || speak::is_too_much(conn, person.id, self.now)? {
            return Ok(());
        }
        let say = speak::Say {
            subscriber: person.id,
            channel: self.channel,
            address: person.address,
            text,
            inbound: Some(self.id),
            operator: None,
        };
        speak::say(conn, &say, self.now).map(drop)
    }

    /// Whoever does not follow any more cannot be reached there; one who came back before this was told stays.
    fn leave(
        &mut self,
        conn: &Connection,
        came: &Came,
        ready: &Ready,
        forget: bool,
    ) -> Result<(), StoreError> {
        let told = siblings::of(conn, self.channel)?;
        let mut addresses = Vec::with_capacity(told.len());
        for channel in &told {
            if let Some(person) = person::owner(conn, &ready.at(*channel))? {
                self.person = self.person.or(Some(person.id));
                addresses.push(AddressId(person.address));
            }
        }
        if addresses.is_empty() || is_followed_since(conn, self.channel, ready, came.at)? {
            return Ok(());
        }
        for address in addresses {
            mark_address(conn, address, AddressState::Dead)?;
        }
        for channel in told {
            acts::close(conn, channel, &ready.lookup)?;
        }
        if forget {
            conn.prepare_cached(
                "UPDATE inbound SET text = '', raw = NULL
                  WHERE subscriber = :id AND channel = :channel AND lookup = :lookup",
            )
            .and_then(|mut forget| {
                forget.execute(named_params! {
                    ":id": self.person, ":channel": self.channel.0, ":lookup": ready.lookup,
                })
            })
            .doing("forgetting what somebody wrote")?;
        }
        bump(conn, Changed::People)
    }

    fn finish(self, conn: &Connection) -> Result<(), StoreError> {
        let read = self.read.then_some(self.now.0);
        conn.prepare_cached(
            "UPDATE inbound SET subscriber = :person, done = :done, read_ms = :read WHERE id = :id",
        )
        .and_then(|mut update| {
            update.execute(named_params! {
                ":id": self.id, ":person": self.person, ":done": self.done, ":read": read,
            })
        })
        .doing("writing what came in")?;
        conn.prepare_cached(
            "INSERT INTO conversation (subscriber, newest, lines, unread) VALUES (:person, :id, 1, :unread)
             ON CONFLICT (subscriber) DO UPDATE
               SET newest = :id, lines = lines + 1, unread = unread + :unread",
        )
        .and_then(|mut upsert| {
            upsert.execute(named_params! {
                ":person": self.person.unwrap_or(0), ":id": self.id, ":unread": i64::from(read.is_none()),
            })
        })
        .doing("keeping a conversation")?;
        Ok(())
    }
}

/// Whether the person has followed after that moment.
fn is_followed_since(
    conn: &Connection,
    channel: ChannelId,
    ready: &Ready,
    at: Millis,
) -> Result<bool, StoreError> {
    conn.prepare_cached(
        "SELECT 1 FROM inbound WHERE subscriber = (SELECT subscriber FROM address
             WHERE channel = :channel AND lookup = :lookup)
           AND channel = :channel AND lookup = :lookup AND kind = 'follow' AND at_ms > :at",
    )
    .and_then(|mut read| {
        read.exists(named_params! { ":channel": channel.0, ":lookup": ready.lookup, ":at": at.0 })
    })
    .doing("looking whether somebody came back")
}
