//! Making a change, in short transactions: a running send never waits for it.
//!
//! What stands there may have moved since the comparison, so each step looks again and is left out where it has.
//! Each transaction writes down how its steps are undone; one that is killed in between leaves a part that can be
//! taken back, and the next comparison finds the rest.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, named_params};
use serde::Serialize;

use super::{Change, Known, Newcomer, RemoteList, Renamed, Step};
use crate::domain::id::ChannelId;
use crate::domain::subscriber::AddressState;
use crate::domain::time::Millis;
use crate::store::addresses::{self, AddressReader, Ready};
use crate::store::audit::{Act, WriteTx};
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::{invites, left, search, subscribers, topics};

/// How many people one transaction changes.
const CHUNK: usize = 400;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Applied {
    /// With what it is taken back.
    pub sync: i64,
    /// People who were added.
    pub added: i64,
    /// Names that changed.
    pub renamed: i64,
    /// Addresses that were retired.
    pub retired: i64,
    /// Addresses that are used again.
    pub back: i64,
    /// How often somebody joined a topic.
    pub joined: i64,
    /// Steps that were left out, because something else had happened meanwhile.
    pub passed_over: i64,
}

/// One step that is to be done.
enum Todo<'a> {
    Add(&'a Newcomer, Ready),
    Rename(&'a Renamed),
    Mark(&'a Known, AddressState),
    Join(&'a str, i64),
}

impl Db {
    /// Makes a change, step by step in short transactions.
    pub fn apply_change(&mut self, change: &Change) -> Result<Applied, StoreError> {
        let reader = AddressReader::of(&self.channel(change.channel)?)?;
        let ready = change.added.iter().map(|one| reader.ready(&self.keys, &one.address));
        let ready = ready.collect::<Result<Vec<_>, _>>()?;
        let mut todo: Vec<Todo<'_>> = Vec::new();
        todo.extend(change.added.iter().zip(ready).map(|(one, ready)| Todo::Add(one, ready)));
        todo.extend(change.renamed.iter().map(Todo::Rename));
        todo.extend(change.gone.iter().chain(&change.refused).map(|one| Todo::Mark(one, AddressState::Dead)));
        todo.extend(change.back.iter().map(|one| Todo::Mark(one, AddressState::Active)));
        for list in &change.lists {
            let Some(topic) = &list.becomes else { continue };
            todo.extend(list.joins.iter().map(|person| Todo::Join(topic, person.0)));
        }
        let mut applied = Applied { sync: self.begin(change)?, ..Applied::default() };
        let topics: HashMap<&str, &str> = change
            .lists
            .iter()
            .filter_map(|list| Some((list.remote.as_str(), list.becomes.as_deref()?)))
            .collect();
        for (no, chunk) in todo.chunks(CHUNK).enumerate() {
            let now = self.now();
            let tx = self.write()?;
            let mut steps = Vec::new();
            for one in chunk {
                let before = steps.len();
                do_step(&tx, change.channel, one, &topics, now, &mut steps)?;
                applied.passed_over += i64::from(steps.len() == before);
            }
            applied.count(&steps);
            keep(&tx, applied.sync, no, &steps)?;
            bump(&tx, Changed::People)?;
            bump(&tx, Changed::Topics)?;
            tx.commit().doing("taking over a provider's list")?;
        }
        Ok(applied)
    }

    /// Opens the record of a change, enters it into the log, and takes over what remote lists are called.
    fn begin(&mut self, change: &Change) -> Result<i64, StoreError> {
        let name = self.channel(change.channel)?.name;
        let (now, operator) = (self.now(), self.operator().to_owned());
        let tx = self.write()?;
        tx.execute(
            "INSERT INTO sync (channel, operator, at_ms) VALUES (:channel, :operator, :now)",
            named_params! { ":channel": change.channel.0, ":operator": operator, ":now": now.0 },
        )
        .doing("taking over a provider's list")?;
        let id = tx.last_insert_rowid();
        for list in change.lists.iter().filter(|list| list.renames) {
            name_remote(&tx, change.channel, list)?;
        }
        tx.note(Act::Sync, &name, &told(change))?;
        tx.commit().doing("taking over a provider's list")?;
        Ok(id)
    }
}

/// Such as `3 people added, 1 renamed, 2 retired, 0 used again`.
fn told(change: &Change) -> String {
    let retired = change.gone.len() + change.refused.len();
    format!(
        "{} people to add, {} to rename, {retired} addresses to retire, {} to use again",
        change.added.len(),
        change.renamed.len(),
        change.back.len()
    )
}

fn name_remote(tx: &WriteTx<'_>, channel: ChannelId, list: &RemoteList) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE topic_remote SET name = :name WHERE channel = :channel AND remote = :remote",
        named_params! { ":name": list.name, ":channel": channel.0, ":remote": list.remote },
    )
    .doing("naming a remote topic")?;
    Ok(())
}

fn keep(tx: &WriteTx<'_>, sync: i64, no: usize, steps: &[Step]) -> Result<(), StoreError> {
    let text = serde_json::to_string(steps).unwrap_or_default();
    tx.execute(
        "INSERT INTO sync_step (sync, no, steps) VALUES (:sync, :no, :steps)",
        named_params! { ":sync": sync, ":no": no as i64, ":steps": text },
    )
    .doing("writing down how a change is undone")?;
    Ok(())
}

impl Applied {
    /// How many people were changed.
    pub const fn people(&self) -> i64 {
        self.added + self.renamed + self.retired + self.back + self.joined
    }

    fn count(&mut self, steps: &[Step]) {
        for step in steps {
            *match step {
                Step::Added(_) => &mut self.added,
                Step::Renamed { .. } => &mut self.renamed,
                Step::Marked { to, .. } if *to == AddressState::Dead.code() => &mut self.retired,
                Step::Marked { .. } => &mut self.back,
                Step::Joined { .. } => &mut self.joined,
                Step::Made(_) => continue,
            } += 1;
        }
    }
}

fn do_step(
    tx: &WriteTx<'_>,
    channel: ChannelId,
    todo: &Todo<'_>,
    topics: &HashMap<&str, &str>,
    now: Millis,
    steps: &mut Vec<Step>,
) -> Result<(), StoreError> {
    match todo {
        Todo::Add(one, ready) => add(tx, channel, one, ready, topics, now, steps),
        Todo::Rename(one) => {
            if standing_name(tx, one.person.0)?.as_deref() == Some(&one.from) {
                rename(tx, one.person.0, &one.to)?;
                let (from, to) = (one.from.clone(), one.to.clone());
                steps.push(Step::Renamed { person: one.person.0, from, to });
            }
            Ok(())
        }
        Todo::Mark(known, state) => {
            // It may have been repaired, removed or retired meanwhile.
            let still = addresses::owner(tx, channel, &known.lookup)?
                .is_some_and(|owner| owner.address == known.address.0 && !owner.removed);
            let from = if *state == AddressState::Dead { AddressState::Active } else { AddressState::Dead };
            if still && addresses::state_of(tx, known.address)? == from {
                addresses::mark_address(tx, known.address, *state)?;
                steps.push(Step::Marked { address: known.address.0, from: from.code(), to: state.code() });
            }
            Ok(())
        }
        Todo::Join(topic, person) => join(tx, topic, *person, now, steps),
    }
}

fn add(
    tx: &WriteTx<'_>,
    channel: ChannelId,
    one: &Newcomer,
    ready: &Ready,
    lists: &HashMap<&str, &str>,
    now: Millis,
    steps: &mut Vec<Step>,
) -> Result<(), StoreError> {
    if addresses::owner(tx, ready.channel, &ready.lookup)?.is_some() {
        return Ok(());
    }
    let id = subscribers::insert(tx, &one.name, now)?;
    addresses::insert(tx, id, ready, now)?;
    steps.push(Step::Added(id));
    for topic in one.topics.iter().filter_map(|remote| lists.get(remote.as_str())) {
        join(tx, topic, id, now, steps)?;
    }
    if let Some(invite) = invites::of_scene(tx, channel, &one.scene)? {
        invites::give(tx, &invite, id)?;
    }
    Ok(())
}

fn join(
    tx: &WriteTx<'_>,
    topic: &str,
    person: i64,
    now: Millis,
    steps: &mut Vec<Step>,
) -> Result<(), StoreError> {
    let id = if let Some(id) = topics::find(tx, topic)? {
        id
    } else {
        let id = topics::insert(tx, topic, "", now)?;
        steps.push(Step::Made(id));
        id
    };
    if !left::has(tx, id, person)? && topics::join(tx, id, person)? {
        steps.push(Step::Joined { topic: id, person });
    }
    Ok(())
}

pub(super) fn standing_name(tx: &WriteTx<'_>, person: i64) -> Result<Option<String>, StoreError> {
    tx.prepare_cached("SELECT name FROM subscriber WHERE id = :id AND removed_ms IS NULL")
        .and_then(|mut read| read.query_row(named_params! { ":id": person }, |row| row.get(0)).optional())
        .doing("reading a name")
}

pub(super) fn rename(tx: &WriteTx<'_>, person: i64, name: &str) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE subscriber SET name = :name, version = version + 1 WHERE id = :id")
        .and_then(|mut update| update.execute(named_params! { ":id": person, ":name": name }))
        .doing("taking over a name")?;
    search::forget_name(tx, person)?;
    search::index_name(tx, person, name)
}
