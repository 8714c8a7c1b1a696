//! The second pass: new people, chunk by chunk, under ids that nobody sees before the flip.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::check::Fate;
use super::report::Report;
use super::rows::{self, Row};
use super::{HOLDING, Import, Stage};
use crate::domain::fold::fold;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::seal::Keyring;
use crate::store::addresses::{self, Ready};
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::{members, search, subscribers, tags, topics};

/// What the second pass remembers.
#[derive(Default)]
pub(super) struct Writing {
    /// The row of table `import`.
    pub id: Option<i64>,
    /// The id of the first new person, less one.
    base: i64,
    /// The next row of the file.
    pub row: usize,
    /// Rows written.
    pub done: u64,
    /// How many rows the next chunk has.
    chunk: usize,
    topics: HashMap<String, i64>,
    tags: HashMap<String, i64>,
    made_topics: Vec<i64>,
    /// What the flip adds to the numbers that are kept.
    topic_people: BTreeMap<i64, i64>,
    tag_people: BTreeMap<i64, i64>,
    channel_addresses: BTreeMap<i64, i64>,
}

/// A row made ready outside the transaction: folded and sealed.
struct Ripe {
    id: i64,
    /// The first row of this person.
    first: bool,
    name: String,
    folded: String,
    grams: String,
    note: String,
    state: SubscriberState,
    addresses: Vec<Ready>,
    topics: Vec<i64>,
    tags: Vec<String>,
    vars: Vec<(String, String)>,
}

/// The lock of imports, beside the store; a store in memory needs none.
pub(super) fn lock(db: &Db) -> Result<Option<File>, StoreError> {
    if db.folder().as_os_str().is_empty() {
        return Ok(None);
    }
    let path = db.folder().join("import.lock");
    let unwritable = |source| StoreError::Unwritable { path: path.clone(), source };
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StoreError::Refused("another import is running".to_owned()))
        }
        Err(std::fs::TryLockError::Error(source)) => Err(unwritable(source)),
    }
}

pub(super) fn changed() -> StoreError {
    StoreError::Refused("the file changed while it was imported".to_owned())
}

/// Room for pages while many are written, and checkpoints less often.
fn roomy(conn: &Connection, roomy: bool) -> Result<(), StoreError> {
    let (cache, checkpoint) = if roomy { ("-65536", "16384") } else { ("-8192", "1000") };
    conn.pragma_update(None, "cache_size", cache)
        .and_then(|()| conn.pragma_update(None, "wal_autocheckpoint", checkpoint))
        .doing("preparing the store for an import")
}

impl Db {
    /// Reserves the ids, makes the topics (hidden) and goes back to the first row.
    pub(super) fn reserve(&mut self, import: &mut Import) -> Result<(), StoreError> {
        let now = self.now();
        import.census.close();
        import.rewind()?;
        roomy(&self.conn, true)?;
        let people = i64::from(import.census.new);
        let tx = self.write()?;
        let base: i64 = tx
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'subscriber'", [], |row| row.get(0))
            .optional()
            .doing("reserving ids")?
            .unwrap_or(0);
        reserve_ids(&tx, base + people)?;
        let mut made = Vec::new();
        for (folded, name) in &import.census.topics {
            // Somebody may have made it since the first pass.
            let known = topics::find(&tx, name)?;
            let id = known.map_or_else(|| hidden_topic(&tx, name, now), Ok)?;
            made.extend(known.is_none().then_some(id));
            import.writing.topics.insert(folded.clone(), id);
        }
        tx.execute(
            "INSERT INTO import (state, id_from, id_to, file, topics, created_ms)
             VALUES ('running', :from, :to, :file, :topics, :now)",
            named_params! {
                ":from": base + 1, ":to": base + people, ":file": import.file,
                ":topics": serde_json::to_string(&made).expect("numbers are valid JSON"), ":now": now.0,
            },
        )
        .doing("beginning an import")?;
        import.writing.id = Some(tx.last_insert_rowid());
        tx.commit().doing("beginning an import")?;
        import.writing.base = base;
        import.writing.made_topics = made;
        import.writing.chunk = 200;
        import.stage = Stage::Write;
        Ok(())
    }

    pub(super) fn write_chunk(&mut self, import: &mut Import) -> Result<(), StoreError> {
        let (now, keys) = (self.now(), Arc::clone(&self.keys));
        let mut ripe = Vec::with_capacity(import.writing.chunk);
        let mut ended = false;
        while ripe.len() < import.writing.chunk && !ended {
            ended = !self.ripen_next(import, &keys, &mut ripe)?;
        }
        let done = ripe.len();
        if done > 0 {
            let tx = self.write()?;
            let started = Instant::now();
            write(&tx, &mut import.writing, &ripe, now)?;
            tx.commit().doing("importing people")?;
            let took = started.elapsed().as_secs_f64().max(1e-4);
            // Towards the wanted time, at most twice as many as before.
            let wanted = done as f64 * (HOLDING.as_secs_f64() / took).min(2.0);
            import.writing.chunk = (wanted as usize).clamp(50, 5_000);
            import.writing.done += done as u64;
        }
        if ended {
            self.flip_import(import)?;
        }
        Ok(())
    }

    fn ripen_next(
        &self,
        import: &mut Import,
        keys: &Keyring,
        ripe: &mut Vec<Ripe>,
    ) -> Result<bool, StoreError> {
        let more = import.next().map_err(|error| StoreError::Refused(error.to_string()))?;
        let fate = import.census.fates.get(import.writing.row).copied();
        let (new, first) = match (more, fate) {
            (false, None) => return Ok(false),
            (true, Some(Fate::New(new))) => (new, true),
            (true, Some(Fate::Merged(new))) => (new, false),
            (true, Some(Fate::There(_))) => {
                import.writing.row += 1;
                return Ok(true);
            }
            (false, Some(_)) | (true, None) => return Err(changed()),
        };
        import.writing.row += 1;
        let columns = Arc::clone(&import.columns);
        let mut scratch = Report::default();
        let row = rows::read(&import.record, &columns, &mut scratch).ok_or_else(changed)?;
        let state = import.census.inherited.get(&new).copied().unwrap_or_default();
        let id = import.writing.base + 1 + i64::from(new);
        let topics = row
            .topics
            .iter()
            .map(|topic| topic_id(&self.conn, &mut import.writing.topics, topic))
            .collect::<Result<_, _>>()?;
        ripe.push(ripen(keys, &row, id, first, state, topics)?);
        Ok(true)
    }

    /// Shows everybody at once, and the topics with them.
    fn flip_import(&mut self, import: &mut Import) -> Result<(), StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let shown = tx
            .execute(
                "UPDATE import SET state = 'done', ended_ms = :now WHERE id = :id AND state = 'running'",
                named_params! { ":id": import.writing.id, ":now": now.0 },
            )
            .doing("showing imported people")?;
        if shown == 0 {
            return Err(StoreError::Refused("the import was dropped by somebody else".to_owned()));
        }
        for topic in &import.writing.made_topics {
            tx.execute("UPDATE topic SET removed_ms = NULL WHERE id = :id", named_params! { ":id": topic })
                .doing("showing imported topics")?;
        }
        subscribers::count_people(&tx, i64::from(import.census.new))?;
        for (topic, n) in &import.writing.topic_people {
            members::count(&tx, &topics::GROUP, *topic, *n)?;
        }
        for (tag, n) in &import.writing.tag_people {
            members::count(&tx, &tags::GROUP, *tag, *n)?;
        }
        for (channel, n) in &import.writing.channel_addresses {
            addresses::count_addresses(&tx, *channel, *n)?;
        }
        for what in [Changed::People, Changed::Topics, Changed::Channels] {
            bump(&tx, what)?;
        }
        tx.commit().doing("showing imported people")?;
        roomy(&self.conn, false)?;
        import.writing.id = None;
        if import.census.fates.iter().any(|fate| matches!(fate, Fate::There(_))) {
            import.rewind()?;
            import.writing.row = 0;
            import.stage = Stage::Update;
        } else {
            import.stage = Stage::Done;
        }
        Ok(())
    }

    /// Takes back what an import has written, as far as it was not shown.
    pub(super) fn drop_import(&mut self, import: &mut Import) -> Result<(), StoreError> {
        import.stage = Stage::Done;
        import.lock = None;
        let Some(id) = import.writing.id.take() else { return Ok(()) };
        roomy(&self.conn, false)?;
        self.drop_one(id)
    }

    /// Takes back what killed imports left behind. Does nothing while one is running elsewhere is the
    /// caller's care: `begin_import` holds the lock.
    pub(super) fn drop_killed_imports(&mut self) -> Result<(), StoreError> {
        let killed: Vec<i64> = self
            .conn
            .prepare_cached("SELECT id FROM import WHERE state = 'running'")
            .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
            .doing("looking for killed imports")?;
        killed.into_iter().try_for_each(|id| self.drop_one(id))
    }

    /// Takes back what killed imports left behind, unless one is running. For the start of a console or
    /// a sender; every import begins with it.
    pub fn clean_up_imports(&mut self) -> Result<(), StoreError> {
        match lock(self) {
            Ok(_held) => self.drop_killed_imports(),
            Err(StoreError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn drop_one(&mut self, id: i64) -> Result<(), StoreError> {
        loop {
            let tx = self.write()?;
            let people: Vec<i64> = tx
                .prepare_cached(
                    "SELECT s.id FROM import i JOIN subscriber s ON s.id BETWEEN i.id_from AND i.id_to
                      WHERE i.id = :id AND i.state = 'running' LIMIT 500",
                )
                .and_then(|mut read| read.query_map(named_params! { ":id": id }, |row| row.get(0))?.collect())
                .doing("taking an import back")?;
            for person in &people {
                search::forget_name(&tx, *person)?;
                tx.prepare_cached("DELETE FROM subscriber WHERE id = :id")
                    .and_then(|mut delete| delete.execute(named_params! { ":id": person }))
                    .doing("taking an import back")?;
            }
            if people.is_empty() {
                tx.execute(
                    "DELETE FROM topic WHERE removed_ms IS NOT NULL AND id IN
                       (SELECT value FROM import, json_each(import.topics) WHERE import.id = :id)",
                    named_params! { ":id": id },
                )
                .doing("taking an import back")?;
                tx.execute(
                    "UPDATE import SET state = 'dropped' WHERE id = :id AND state = 'running'",
                    named_params! { ":id": id },
                )
                .doing("taking an import back")?;
                return tx.commit().doing("taking an import back");
            }
            tx.commit().doing("taking an import back")?;
        }
    }
}

fn reserve_ids(conn: &Connection, upto: i64) -> Result<(), StoreError> {
    let moved = conn
        .execute(
            "UPDATE sqlite_sequence SET seq = :upto WHERE name = 'subscriber'",
            named_params! { ":upto": upto },
        )
        .doing("reserving ids")?;
    if moved == 0 {
        conn.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('subscriber', :upto)",
            named_params! { ":upto": upto },
        )
        .doing("reserving ids")?;
    }
    Ok(())
}

fn hidden_topic(conn: &Connection, name: &str, now: Millis) -> Result<i64, StoreError> {
    let id = topics::insert(conn, name, "", now)?;
    conn.execute(
        "UPDATE topic SET removed_ms = :now WHERE id = :id",
        named_params! { ":id": id, ":now": now.0 },
    )
    .doing("making a topic")?;
    Ok(id)
}

fn topic_id(conn: &Connection, known: &mut HashMap<String, i64>, name: &str) -> Result<i64, StoreError> {
    let folded = name.to_ascii_lowercase();
    if let Some(id) = known.get(&folded) {
        return Ok(*id);
    }
    let id = topics::find(conn, name)?.ok_or_else(|| {
        StoreError::Refused(format!("the topic {name} was removed while the file was imported"))
    })?;
    known.insert(folded, id);
    Ok(id)
}

fn ripen(
    keys: &Keyring,
    row: &Row<'_>,
    id: i64,
    first: bool,
    state: SubscriberState,
    topics: Vec<i64>,
) -> Result<Ripe, StoreError> {
    let addresses = row
        .addresses
        .iter()
        .map(|(reader, read)| Ready::seal(keys, reader.channel(), &read.value, reader.is_secret(), None))
        .collect::<Result<_, _>>()?;
    let folded = if first { fold(row.name) } else { String::new() };
    Ok(Ripe {
        id,
        first,
        name: row.name.to_owned(),
        grams: search::grams(&folded),
        folded,
        note: row.note.to_owned(),
        state,
        addresses,
        topics,
        tags: row.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        vars: row.vars.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    })
}

fn write(conn: &Connection, writing: &mut Writing, ripe: &[Ripe], now: Millis) -> Result<(), StoreError> {
    write_people(conn, ripe, now)?;
    write_names(conn, ripe)?;
    let mut in_topics = Vec::new();
    let mut with_tags = Vec::new();
    for one in ripe {
        write_addresses(conn, writing, one, now)?;
        for (key, value) in &one.vars {
            subscribers::set_var(conn, one.id, key, Some(value))?;
        }
        in_topics.extend(one.topics.iter().map(|topic| (*topic, one.id)));
        for tag in &one.tags {
            let folded = tag.to_ascii_lowercase();
            let id = match writing.tags.get(&folded) {
                Some(id) => *id,
                None => *writing.tags.entry(folded).or_insert(tags::id_or_new(conn, tag)?),
            };
            with_tags.push((id, one.id));
        }
    }
    // Sorted, because every topic's and tag's people lie together.
    write_members(conn, topics::GROUP.join, in_topics, &mut writing.topic_people)?;
    write_members(conn, tags::GROUP.join, with_tags, &mut writing.tag_people)
}

fn write_people(conn: &Connection, ripe: &[Ripe], now: Millis) -> Result<(), StoreError> {
    let mut insert = conn
        .prepare_cached(
            "INSERT INTO subscriber (id, name, note, state, created_ms) VALUES (:id, :name, :note, :state, :now)",
        )
        .doing("importing people")?;
    for one in ripe {
        if one.first {
            insert
                .execute(named_params! {
                    ":id": one.id, ":name": one.name, ":note": one.note, ":state": one.state.code(), ":now": now.0,
                })
                .doing("importing people")?;
        } else if !one.note.is_empty() {
            conn.prepare_cached("UPDATE subscriber SET note = :note WHERE id = :id AND note = ''")
                .and_then(|mut set| set.execute(named_params! { ":id": one.id, ":note": one.note }))
                .doing("importing people")?;
        }
    }
    Ok(())
}

fn write_names(conn: &Connection, ripe: &[Ripe]) -> Result<(), StoreError> {
    for one in ripe.iter().filter(|one| one.first) {
        conn.prepare_cached("INSERT INTO subscriber_tri (rowid, name) VALUES (:id, :name)")
            .and_then(|mut insert| insert.execute(named_params! { ":id": one.id, ":name": one.folded }))
            .doing("indexing imported names")?;
    }
    for one in ripe.iter().filter(|one| one.first) {
        conn.prepare_cached("INSERT INTO subscriber_gram (rowid, grams) VALUES (:id, :grams)")
            .and_then(|mut insert| insert.execute(named_params! { ":id": one.id, ":grams": one.grams }))
            .doing("indexing imported names")?;
    }
    Ok(())
}

fn write_addresses(
    conn: &Connection,
    writing: &mut Writing,
    one: &Ripe,
    now: Millis,
) -> Result<(), StoreError> {
    for ready in &one.addresses {
        let taken = |error: &StoreError| {
            matches!(error, StoreError::Sqlite { source, .. }
                if source.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation))
        };
        match addresses::insert_row(conn, one.id, ready, now) {
            Ok(()) => {}
            Err(error) if taken(&error) => {
                match addresses::owner(conn, ready.channel, &ready.lookup)? {
                    // The file says it twice of the same person.
                    Some(owner) if owner.subscriber == one.id => continue,
                    Some(owner) if owner.removed => {
                        conn.prepare_cached(
                            "UPDATE address SET subscriber = :id, state = 0 WHERE id = :address",
                        )
                        .and_then(|mut hand_over| {
                            hand_over.execute(named_params! { ":id": one.id, ":address": owner.address })
                        })
                        .doing("handing an address over")?;
                    }
                    _ => {
                        let why =
                            format!("the address {} was added by somebody else meanwhile", ready.shown());
                        return Err(StoreError::Refused(why));
                    }
                }
            }
            Err(error) => return Err(error),
        }
        *writing.channel_addresses.entry(ready.channel.0).or_default() += 1;
    }
    Ok(())
}

fn write_members(
    conn: &Connection,
    sql: &str,
    mut pairs: Vec<(i64, i64)>,
    people: &mut BTreeMap<i64, i64>,
) -> Result<(), StoreError> {
    pairs.sort_unstable();
    let mut join = conn.prepare_cached(sql).doing("importing memberships")?;
    for (group, subscriber) in pairs {
        let joined = join
            .execute(named_params! { ":group": group, ":subscriber": subscriber })
            .doing("importing memberships")?;
        *people.entry(group).or_default() += joined as i64;
    }
    Ok(())
}
