//! The first pass: every row is read and everybody in it is told apart, before anything is written.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use rusqlite::Connection;

use super::report::{Problem, Remark, Report, RowError};
use super::rows::Row;
use super::update;
use crate::domain::id::{ChannelId, SubscriberId};
use crate::domain::secret::Secret;
use crate::domain::subscriber::SubscriberState;
use crate::seal::Keyring;
use crate::store::addresses::{self, AddressReader};
use crate::store::error::StoreError;
use crate::store::subscribers;

/// Whom a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The n-th new person of the file.
    New(u32),
    /// The same new person as in an earlier row.
    Merged(u32),
    /// Somebody who is in the store.
    There(i64),
}

/// What the first pass remembers.
pub(super) struct Census {
    /// One per row.
    pub fates: Vec<Fate>,
    /// How many new people there are.
    pub new: u32,
    /// The line of each new person.
    lines: Vec<u32>,
    /// New people who have opted out: the file says so, or they have an address of a removed person who had, or was
    /// blocked.
    pub inherited: HashMap<u32, SubscriberState>,
    /// Who has an address: the n-th new person as -1 - n, or somebody in the store.
    owners: HashMap<[u8; 16], i64>,
    /// Two hashes of 64 bits make one of 128: two addresses of one file never share it.
    hashes: [RandomState; 2],
    /// Channels that have addresses, so that the store has to be asked.
    used: HashMap<ChannelId, bool>,
    /// Every topic in the file by folded name.
    pub topics: HashMap<String, String>,
    /// Those of them that are not in the store.
    new_topics: HashSet<String>,
    /// Every tag in the file by folded name.
    pub tags: HashMap<String, String>,
}

impl Census {
    pub fn new() -> Self {
        Self {
            fates: Vec::new(),
            new: 0,
            lines: Vec::new(),
            inherited: HashMap::new(),
            owners: HashMap::new(),
            hashes: [RandomState::new(), RandomState::new()],
            used: HashMap::new(),
            topics: HashMap::new(),
            new_topics: HashSet::new(),
            tags: HashMap::new(),
        }
    }

    /// Forgets what only the first pass needs.
    pub fn close(&mut self) {
        self.owners = HashMap::new();
        self.lines = Vec::new();
    }

    fn key(&self, channel: ChannelId, value: &Secret) -> [u8; 16] {
        let mut key = [0; 16];
        for (half, hash) in key.chunks_exact_mut(8).zip(&self.hashes) {
            half.copy_from_slice(&hash.hash_one((channel.0, value.expose())).to_ne_bytes());
        }
        key
    }

    fn is_used(&mut self, conn: &Connection, channel: ChannelId) -> Result<bool, StoreError> {
        if let Some(used) = self.used.get(&channel) {
            return Ok(*used);
        }
        let used = addresses::any(conn, channel)?;
        self.used.insert(channel, used);
        Ok(used)
    }

    /// Finds out whom a row is about and notes what is worth knowing.
    pub fn take(
        &mut self,
        conn: &Connection,
        keys: &Keyring,
        row: &Row<'_>,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let mut who: Option<i64> = None;
        let mut inherited = None;
        let mut fresh = Vec::with_capacity(row.addresses.len());
        for (reader, read) in &row.addresses {
            let key = self.key(reader.channel(), &read.value);
            let mut owner = self.owners.get(&key).copied();
            if owner.is_none() {
                fresh.push(key);
                owner = self.in_store(conn, keys, reader, &read.value, &mut inherited)?;
            }
            match (who, owner) {
                (Some(one), Some(other)) if one != other => {
                    let problem = Problem::TwoPeople(self.words(one), self.words(other));
                    report.error(RowError { line: row.line, column: None, problem });
                    return Ok(());
                }
                (None, Some(_)) => who = owner,
                _ => {}
            }
        }
        let who = self.settle(conn, keys, row, who, report)?;
        if let (Some(state), Ok(new)) = (inherited, u32::try_from(-1 - who)) {
            let known = self.inherited.entry(new).or_insert(state);
            *known = (*known).max(state);
        }
        if row.state != SubscriberState::Active
            && let Ok(new) = u32::try_from(-1 - who)
        {
            let known = self.inherited.entry(new).or_insert(row.state);
            *known = (*known).max(row.state);
        }
        self.owners.extend(fresh.into_iter().map(|key| (key, who)));
        for topic in &row.topics {
            let folded = topic.to_ascii_lowercase();
            if self.topics.contains_key(&folded) {
                continue;
            }
            if crate::store::topics::find(conn, topic)?.is_none() {
                self.new_topics.insert(folded.clone());
                report.topics_created.push((*topic).to_owned());
            }
            self.topics.insert(folded, (*topic).to_owned());
        }
        for tag in &row.tags {
            let folded = tag.to_ascii_lowercase();
            self.tags.entry(folded).or_insert_with(|| (*tag).to_owned());
        }
        Ok(())
    }

    fn in_store(
        &mut self,
        conn: &Connection,
        keys: &Keyring,
        reader: &AddressReader,
        value: &Secret,
        inherited: &mut Option<SubscriberState>,
    ) -> Result<Option<i64>, StoreError> {
        if !self.is_used(conn, reader.channel())? {
            return Ok(None);
        }
        let lookup = addresses::lookup(keys, reader.channel(), value, reader.is_secret());
        let Some(owner) = addresses::owner(conn, reader.channel(), &lookup)? else { return Ok(None) };
        if !owner.removed {
            return Ok(Some(owner.subscriber));
        }
        let state = subscribers::state_of(conn, owner.subscriber)?;
        if matches!(state, SubscriberState::Blocked | SubscriberState::Unsubscribed) {
            *inherited = (*inherited).max(Some(state));
        }
        Ok(None)
    }

    fn settle(
        &mut self,
        conn: &Connection,
        keys: &Keyring,
        row: &Row<'_>,
        who: Option<i64>,
        report: &mut Report,
    ) -> Result<i64, StoreError> {
        let Some(who) = who else {
            let new = self.new;
            self.new += 1;
            self.lines.push(u32::try_from(row.line).unwrap_or(u32::MAX));
            self.fates.push(Fate::New(new));
            report.added += 1;
            return Ok(-1 - i64::from(new));
        };
        if let Ok(new) = u32::try_from(-1 - who) {
            self.fates.push(Fate::Merged(new));
            report.merged += 1;
            report.note(row.line, None, Remark::SameAsLine(u64::from(self.lines[new as usize])));
            return Ok(who);
        }
        self.fates.push(Fate::There(who));
        let standing = subscribers::require(conn, SubscriberId(who))?;
        if standing.name != row.name {
            report.note(row.line, None, Remark::KeepsName(SubscriberId(who)));
        }
        if matches!(standing.state, SubscriberState::Blocked | SubscriberState::Unsubscribed) {
            report.note(row.line, None, Remark::StaysOut(SubscriberId(who)));
        }
        if report.dry_run {
            let changes = update::would_change(conn, keys, who, row, &self.new_topics)?;
            *if changes { &mut report.updated } else { &mut report.unchanged } += 1;
        }
        Ok(who)
    }

    fn words(&self, who: i64) -> String {
        match u32::try_from(-1 - who) {
            Ok(new) => format!("line {}", self.lines[new as usize]),
            Err(_) => SubscriberId(who).to_string(),
        }
    }
}
