//! The second pass: new people, under ids that nobody sees before the flip.
//!
//! Rows are read, folded and sealed in batches outside of any transaction; `batch` then writes each
//! table for itself, sorted, in short transactions.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::batch::Batch;
use super::check::Fate;
use super::report::Report;
use super::rows;
use super::{Import, READING, Stage};
use crate::domain::time::Millis;
use crate::seal::Keyring;
use crate::store::addresses;
use crate::store::audit::Act;
use crate::store::db::{Changed, Db, bump};
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};
use crate::store::{members, search, shared, subscribers, tags, topics};

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
    batch: Batch,
    topics: HashMap<String, i64>,
    tags: HashMap<String, i64>,
    made_topics: Vec<i64>,
    pub totals: Totals,
}

/// How much of what killed imports left has been taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tidied {
    /// Some of it; there may be more.
    Some,
    /// Nothing of it is left.
    All,
}

/// What the flip adds to the numbers that are kept.
#[derive(Default)]
pub(super) struct Totals {
    pub topics: BTreeMap<i64, i64>,
    pub tags: BTreeMap<i64, i64>,
    pub channels: BTreeMap<i64, i64>,
}

/// The lock of imports, beside the store; a store in memory needs none.
pub(super) fn lock(db: &Db) -> Result<Option<File>, StoreError> {
    if db.folder().as_os_str().is_empty() {
        return Ok(None);
    }
    let path = db.folder().join("import.lock");
    let unwritable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        _ => StoreError::Unwritable { path: path.clone(), source },
    };
    let file = shared::open(db.folder(), "import.lock").map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(Denial::ImportRunning.into()),
        Err(std::fs::TryLockError::Error(source)) => Err(unwritable(source)),
    }
}

pub(super) fn changed() -> StoreError {
    Denial::ImportChanged.into()
}

/// Room for pages while many are written, and checkpoints less often, but none that takes long.
fn roomy(conn: &Connection, roomy: bool) -> Result<(), StoreError> {
    let (cache, checkpoint) = if roomy { ("-65536", "4096") } else { ("-8192", "1000") };
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
        for (folded, name) in &import.census.tags {
            // A tag that nobody has yet is in no list.
            import.writing.tags.insert(folded.clone(), tags::id_or_new(&tx, name)?);
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
        import.stage = Stage::Write;
        Ok(())
    }

    pub(super) fn write_chunk(&mut self, import: &mut Import) -> Result<(), StoreError> {
        if import.writing.batch.is_ready() {
            let now = self.now();
            let Writing { batch, totals, .. } = &mut import.writing;
            if let Some(rows) = self.write_batch(batch, totals, now)? {
                import.writing.done += rows;
            }
            return Ok(());
        }
        let keys = Arc::clone(&self.keys);
        let started = Instant::now();
        while started.elapsed() < READING {
            for _ in 0..64 {
                if !import.ripen_next(&keys)? {
                    if import.writing.batch.is_empty() {
                        return self.flip_import(import);
                    }
                    import.writing.batch.close();
                    return Ok(());
                }
            }
            if import.writing.batch.is_full() {
                import.writing.batch.close();
                return Ok(());
            }
        }
        Ok(())
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
            return Err(Denial::ImportDropped.into());
        }
        for topic in &import.writing.made_topics {
            tx.execute("UPDATE topic SET removed_ms = NULL WHERE id = :id", named_params! { ":id": topic })
                .doing("showing imported topics")?;
        }
        subscribers::count_people(&tx, i64::from(import.census.new))?;
        for (topic, n) in &import.writing.totals.topics {
            members::count(&tx, &topics::GROUP, *topic, *n)?;
        }
        for (tag, n) in &import.writing.totals.tags {
            members::count(&tx, &tags::GROUP, *tag, *n)?;
        }
        for (channel, n) in &import.writing.totals.channels {
            addresses::count_addresses(&tx, *channel, *n)?;
        }
        for what in [Changed::People, Changed::Topics, Changed::Channels] {
            bump(&tx, what)?;
        }
        tx.note(Act::Import, &import.file, &format!("{} people added", import.census.new))?;
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

    /// Takes back what killed imports left behind. The caller holds the lock of imports.
    pub(super) fn drop_killed_imports(&mut self) -> Result<(), StoreError> {
        while let Some(id) = self.running_import()? {
            self.drop_one(id)?;
        }
        Ok(())
    }

    /// Takes back a little of what killed imports left behind, unless one is running. For whoever stays;
    /// every import begins with the rest of it.
    pub fn clean_up_imports(&mut self) -> Result<Tidied, StoreError> {
        if self.running_import()?.is_none() {
            return Ok(Tidied::All);
        }
        let _lock = match lock(self) {
            Ok(lock) => lock,
            // It is running after all.
            Err(StoreError::Denied(_)) => return Ok(Tidied::All),
            Err(error) => return Err(error),
        };
        // It may have ended between the question and the lock.
        match self.running_import()? {
            Some(id) => self.drop_some(id).map(|()| Tidied::Some),
            None => Ok(Tidied::All),
        }
    }

    fn running_import(&self) -> Result<Option<i64>, StoreError> {
        self.conn
            .prepare_cached("SELECT id FROM import WHERE state = 'running' ORDER BY id LIMIT 1")
            .and_then(|mut read| read.query_row([], |row| row.get(0)).optional())
            .doing("looking for killed imports")
    }

    fn drop_one(&mut self, id: i64) -> Result<(), StoreError> {
        while self.running_import()? == Some(id) {
            self.drop_some(id)?;
        }
        Ok(())
    }

    /// Takes back some hundred people of an import; when nobody is left, the rest of it.
    fn drop_some(&mut self, id: i64) -> Result<(), StoreError> {
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
        }
        tx.commit().doing("taking an import back")
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

impl Import {
    /// Makes the next row ready and puts it into the batch; `false` at the end of the file.
    fn ripen_next(&mut self, keys: &Keyring) -> Result<bool, StoreError> {
        let more = self.next().map_err(Denial::ImportRow)?;
        let fate = self.census.fates.get(self.writing.row).copied();
        let (new, first) = match (more, fate) {
            (false, None) => return Ok(false),
            (true, Some(Fate::New(new))) => (new, true),
            (true, Some(Fate::Merged(new))) => (new, false),
            (true, Some(Fate::There(_))) => {
                self.writing.row += 1;
                return Ok(true);
            }
            (false, Some(_)) | (true, None) => return Err(changed()),
        };
        self.writing.row += 1;
        let columns = Arc::clone(&self.columns);
        let row = rows::read(&self.record, &columns, &mut Report::default()).ok_or_else(changed)?;
        let id = self.writing.base + 1 + i64::from(new);
        let state = self.census.inherited.get(&new).copied().unwrap_or_default();
        let Writing { batch, topics, tags, .. } = &mut self.writing;
        for (names, known, members) in
            [(&row.topics, &*topics, &mut batch.topics), (&row.tags, &*tags, &mut batch.tags)]
        {
            for name in names {
                let group = known.get(&name.to_ascii_lowercase()).ok_or_else(changed)?;
                members.push((*group, id));
            }
        }
        batch.take(keys, &row, id, first, state)?;
        Ok(true)
    }
}
