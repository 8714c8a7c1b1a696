//! A channel beside its provider's list: what differs, as a change that a person looks at before it is made, and
//! that can be taken back.
//!
//! Nobody is ever removed by it. Whoever follows and is not here is added; whoever is here and no longer follows, or
//! is blocked there, has an address to be retired; whoever follows again has one to be used again. A name changes
//! only where it was made up here. Whoever was removed here or opted out stays that way.

mod apply;
mod undo;

use std::collections::{BTreeMap, HashMap};

use rusqlite::named_params;
use serde::{Deserialize, Serialize};

use super::addresses::{self, AddressReader};
use super::db::Db;
use super::error::{Doing, StoreError};
use super::row;
use crate::channels::roll::{Listed, Roll};
use crate::domain::id::{AddressId, ChannelId, SubscriberId, TopicId};
use crate::domain::name;
use crate::domain::secret::{Secret, mask_address};
use crate::domain::subscriber::AddressState;
use crate::domain::time::Millis;

pub use apply::Applied;

/// What is to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// With which channel.
    pub channel: ChannelId,
    /// Whether remote topics become topics here, with their people.
    pub topics: bool,
}

/// Somebody who follows and is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    address: Secret,
    /// The address as a screen may show it.
    pub shown: String,
    /// The name: the provider's, or one made up of the address.
    pub name: String,
    scene: String,
    /// The remote topics that they follow, by id.
    topics: Vec<String>,
}

/// Somebody who is here, and what their address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub person: SubscriberId,
    /// The name here.
    pub name: String,
    /// Which address.
    pub address: AddressId,
    /// The address as a screen may show it.
    pub shown: String,
    lookup: Vec<u8>,
}

/// A name that was made up here and is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// Who.
    pub person: SubscriberId,
    /// The name here.
    pub from: String,
    /// The provider's.
    pub to: String,
}

/// A list on the provider's side, as its entries tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteList {
    /// Its id there.
    pub remote: String,
    /// Its name there.
    pub name: String,
    /// How many people follow it.
    pub people: i64,
    /// The topic here that it belongs to.
    pub tied: Option<String>,
    /// Whether its name is not known here yet.
    renames: bool,
    /// The topic here whose people they become, if they do: by its name.
    pub becomes: Option<String>,
    joins: Vec<SubscriberId>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Between which channel and its provider.
    pub channel: ChannelId,
    /// How many people follow.
    pub listed: i64,
    /// Whether nobody can be missing from that; else nobody counts as gone.
    pub whole: bool,
    /// People to be added.
    pub added: Vec<Newcomer>,
    /// Names to be changed.
    pub renamed: Vec<Renamed>,
    /// Addresses to be retired: they do not follow any more.
    pub gone: Vec<Known>,
    /// Addresses to be retired: they are blocked there.
    pub refused: Vec<Known>,
    /// Addresses to be used again.
    pub back: Vec<Known>,
    /// People who follow and were removed here; they stay removed.
    pub removed_here: i64,
    /// People who are blocked there and not here; they are not added.
    pub refused_strangers: i64,
    /// People about whom nothing differs.
    pub same: i64,
    /// Lists on the provider's side.
    pub lists: Vec<RemoteList>,
}

impl Change {
    /// How many people it would change.
    pub fn people(&self) -> i64 {
        (self.added.len() + self.renamed.len() + self.gone.len() + self.refused.len() + self.back.len())
            as i64
            + self.joins()
    }

    /// How many known people would join a topic.
    pub fn joins(&self) -> i64 {
        self.lists.iter().map(|list| list.joins.len() as i64).sum()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.people() == 0 && !self.lists.iter().any(|list| list.renames)
    }
}

/// One thing that was done, with what it takes to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// A person was added.
    Added(i64),
    /// A person got another name.
    Renamed { person: i64, from: String, to: String },
    /// An address was retired or put to use again.
    Marked { address: i64, from: i64, to: i64 },
    /// A topic was made.
    Made(i64),
    /// A person joined a topic.
    Joined { topic: i64, person: i64 },
}

/// A name for whom the provider has none, the same each time: that tells it from one that a person gave.
pub fn made_up(address: &Secret, secret: bool) -> String {
    if secret {
        return address.masked();
    }
    let clear = address.expose();
    let head = clear.split_once('_').map(|(head, _)| head).filter(|head| head.len() <= 4).unwrap_or_default();
    let count = clear.chars().count();
    let tail: String = clear.chars().skip(count.saturating_sub(8)).collect();
    if count <= 12 { clear.to_owned() } else { format!("{head}…{tail}") }
}

/// The provider's name, if a person here can have it.
fn usable_name(listed: &Listed) -> Option<&str> {
    name::person(&listed.name).ok()
}

/// A row of somebody's address on the channel.
struct Here {
    address: i64,
    person: i64,
    name: String,
    state: AddressState,
    removed: bool,
    created: Millis,
}

impl Db {
    /// Compares a channel with its provider's list. Changes nothing.
    pub fn compare(&self, ask: Compared, roll: &Roll) -> Result<Change, StoreError> {
        let reader = AddressReader::of(&self.channel(ask.channel)?)?;
        let mut here = self.addresses_on(ask.channel)?;
        let people = roll.people();
        let mut change = Change {
            channel: ask.channel,
            listed: people.len() as i64,
            // An empty list is rather no list than everybody's farewell.
            whole: roll.is_whole() && !people.is_empty(),
            added: Vec::new(),
            renamed: Vec::new(),
            gone: Vec::new(),
            refused: Vec::new(),
            back: Vec::new(),
            removed_here: 0,
            refused_strangers: 0,
            same: 0,
            lists: Vec::new(),
        };
        let mut lists: BTreeMap<String, RemoteList> = BTreeMap::new();
        for one in &people {
            let Ok(read) = reader.read(&one.address) else {
                // Nobody who is here can have it.
                change.whole = false;
                continue;
            };
            let lookup = addresses::lookup(&self.keys, ask.channel, &read.value, reader.is_secret());
            let known = here.remove(&lookup);
            for topic in &one.topics {
                let list =
                    lists.entry(topic.id.clone()).or_insert_with(|| remote_list(&topic.id, &topic.name));
                list.people += 1;
                list.joins.extend(
                    known.as_ref().filter(|known| !known.removed).map(|known| SubscriberId(known.person)),
                );
            }
            match known {
                None if one.blocked => change.refused_strangers += 1,
                None => change.added.push(newcomer(one, &read.value, reader.is_secret())),
                Some(known) if known.removed => change.removed_here += 1,
                Some(known) => differs(&mut change, one, &read.value, reader.is_secret(), known, lookup),
            }
        }
        if change.whole {
            let left = here.into_iter().filter(|(_, known)| {
                // Whoever came while the list was read may be missing from it.
                let before = roll.begun().is_none_or(|begun| known.created < begun);
                !known.removed && known.state == AddressState::Active && before
            });
            change.gone = left.map(|(lookup, known)| person(&known, lookup, reader.is_secret())).collect();
            change.gone.sort_by_key(|known| known.person);
        }
        change.lists = lists.into_values().collect();
        self.tie(&mut change, ask.topics)?;
        Ok(change)
    }

    fn addresses_on(&self, channel: ChannelId) -> Result<HashMap<Vec<u8>, Here>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT a.lookup, a.id, a.subscriber, s.name, a.state, s.removed_ms IS NOT NULL, a.created_ms
                   FROM address a JOIN subscriber s ON s.id = a.subscriber WHERE a.channel = :channel",
            )
            .and_then(|mut read| {
                read.query_map(named_params! { ":channel": channel.0 }, |row| {
                    Ok((
                        row.get(0)?,
                        Here {
                            address: row.get(1)?,
                            person: row.get(2)?,
                            name: row.get(3)?,
                            state: row::code(row, "state", AddressState::from_code)?,
                            removed: row.get(5)?,
                            created: Millis(row.get(6)?),
                        },
                    ))
                })?
                .collect()
            })
            .doing("comparing a channel with its provider's list")
    }

    /// Finds the topics here that remote lists belong to or, if asked for, become.
    fn tie(&self, change: &mut Change, wanted: bool) -> Result<(), StoreError> {
        let tied: Vec<(String, String, String)> = self
            .conn
            .prepare_cached(
                "SELECT r.remote, t.name, r.name FROM topic_remote r JOIN topic t ON t.id = r.topic
                  WHERE r.channel = :channel AND t.removed_ms IS NULL ORDER BY r.id",
            )
            .and_then(|mut read| {
                read.query_map(named_params! { ":channel": change.channel.0 }, |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect()
            })
            .doing("reading remote topics")?;
        for list in &mut change.lists {
            let own = tied.iter().find(|(remote, ..)| *remote == list.remote);
            list.tied = own.map(|(_, topic, _)| topic.clone());
            list.renames = own.is_some_and(|(_, _, name)| !list.name.is_empty() && *name != list.name);
            // Whoever follows a list that is told as a list would get everything twice.
            list.becomes = (wanted && own.is_none()).then(|| topic_name(list));
            let Some(becomes) = &list.becomes else {
                list.joins.clear();
                continue;
            };
            if let Some(topic) = super::topics::find(&self.conn, becomes)? {
                let mut joins = Vec::new();
                for person in std::mem::take(&mut list.joins) {
                    // Who left it by their own word stays out of it.
                    if !self.is_in(TopicId(topic), person)? && !super::left::has(&self.conn, topic, person.0)?
                    {
                        joins.push(person);
                    }
                }
                list.joins = joins;
            }
            list.joins.sort_unstable();
            list.joins.dedup();
        }
        Ok(())
    }

    fn is_in(&self, topic: TopicId, person: SubscriberId) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached("SELECT 1 FROM topic_member WHERE topic = :topic AND subscriber = :person")
            .and_then(|mut read| read.exists(named_params! { ":topic": topic.0, ":person": person.0 }))
            .doing("looking who is in a topic")
    }
}

fn remote_list(remote: &str, name: &str) -> RemoteList {
    RemoteList {
        remote: remote.to_owned(),
        name: name.to_owned(),
        people: 0,
        tied: None,
        renames: false,
        becomes: None,
        joins: Vec::new(),
    }
}

/// The name of a topic for a remote list: the provider's, if a topic can have it.
fn topic_name(list: &RemoteList) -> String {
    name::label(&list.name).map_or_else(|_| list.remote.clone(), str::to_owned)
}

fn newcomer(one: &Listed, address: &Secret, secret: bool) -> Newcomer {
    Newcomer {
        address: address.clone(),
        shown: shown(address, secret),
        name: usable_name(one).map_or_else(|| made_up(address, secret), str::to_owned),
        scene: one.scene.clone(),
        topics: one.topics.iter().map(|topic| topic.id.clone()).collect(),
    }
}

fn shown(address: &Secret, secret: bool) -> String {
    if secret { address.masked() } else { mask_address(address.expose()) }
}

fn person(here: &Here, lookup: Vec<u8>, secret: bool) -> Known {
    // A secret one is known by its keyed hash alone.
    let clear = (!secret).then(|| String::from_utf8_lossy(&lookup).into_owned());
    Known {
        person: SubscriberId(here.person),
        name: here.name.clone(),
        address: AddressId(here.address),
        shown: clear.map(|clear| mask_address(&clear)).unwrap_or_default(),
        lookup,
    }
}

/// What differs about somebody who is here and follows.
fn differs(change: &mut Change, one: &Listed, address: &Secret, secret: bool, here: Here, lookup: Vec<u8>) {
    let name = usable_name(one).filter(|name| *name != here.name && here.name == made_up(address, secret));
    let renamed = name.map(|to| Renamed {
        person: SubscriberId(here.person),
        from: here.name.clone(),
        to: to.to_owned(),
    });
    let place = match (one.blocked, here.state) {
        (true, AddressState::Active) => Some(&mut change.refused),
        (false, AddressState::Dead) => Some(&mut change.back),
        (true, AddressState::Dead) | (false, AddressState::Active) => None,
    };
    change.same += i64::from(place.is_none() && renamed.is_none());
    if let Some(place) = place {
        place.push(Known { shown: shown(address, secret), ..person(&here, lookup, secret) });
    }
    change.renamed.extend(renamed);
}

#[cfg(test)]
mod tests;
