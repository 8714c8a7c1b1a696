//! Migrations and pragmas.
//!
//! `user_version` names the schema. Migrations are append-only, run in one exclusive transaction, and
//! a verified copy of the store is taken before each. A newer store is opened read-only.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::denial::Denial;
use super::error::{Doing, StoreError};

/// Every migration, oldest first; its place in the list is the schema it leads to.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
    include_str!("migrations/0012.sql"),
    include_str!("migrations/0013.sql"),
];

/// The schema that this binary writes.
pub const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Marks the file as ours, so that another program's database is never migrated.
const APPLICATION_ID: i64 = 0x7075_7368;

/// Bundled SQLite must be at least this: older ones can corrupt a WAL database when several
/// connections checkpoint.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How many copies taken before migrations are kept.
const KEEP_COPIES: usize = 3;

/// Sets up a connection for use beside other processes.
pub fn prepare(conn: &Connection) -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(Denial::OldSqlite(rusqlite::version().to_owned()).into());
    }
    conn.busy_timeout(std::time::Duration::from_secs(10)).doing("setting the busy timeout")?;
    settle_statements(conn)?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("trusted_schema", "OFF"),
        ("journal_size_limit", "67108864"),
        ("cache_size", "-8192"),
        // A checkpoint waits for the disk: while a send is at full speed, about one a second.
        ("wal_autocheckpoint", "4000"),
        ("temp_store", "MEMORY"),
    ] {
        conn.pragma_update(None, name, value).doing("setting up the connection")?;
    }
    Ok(())
}

/// Keeps prepared statements, and their plans whatever is bound to them: SQLite would compile anew each time a
/// bound value might have led to another plan.
pub fn settle_statements(conn: &Connection) -> Result<(), StoreError> {
    conn.set_prepared_statement_cache_capacity(256);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).doing("setting up the connection")?;
    Ok(())
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing has been stored in it yet.
    Empty,
    /// Ours, with that schema.
    Schema(i64),
}

/// Looks what a file is before anything is changed in it.
pub fn found(conn: &Connection, path: &Path) -> Result<Found, StoreError> {
    let read = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = read("application_id").map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::Foreign(path.to_owned()),
        _ => StoreError::Sqlite { doing: "reading the header", source: error },
    })?;
    let version = read("user_version").doing("reading the schema version")?;
    let tables: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .doing("reading the schema")?;
    match (application, tables) {
        (0, 0) => Ok(Found::Empty),
        (APPLICATION_ID, _) => Ok(Found::Schema(version)),
        _ => Err(StoreError::Foreign(path.to_owned())),
    }
}

/// Brings the store to the newest schema; `first` runs in the same transaction as a new store's tables.
pub fn migrate(
    conn: &mut Connection,
    from: i64,
    first: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive).doing("locking the store")?;
    // Another process may have been faster.
    let now: i64 =
        tx.pragma_query_value(None, "user_version", |row| row.get(0)).doing("reading the schema version")?;
    if now != from {
        return tx.commit().doing("leaving the store as it is");
    }
    for step in &MIGRATIONS[usize::try_from(from).unwrap_or(0)..] {
        tx.execute_batch(step).doing("migrating the store")?;
    }
    if from == 0 {
        tx.pragma_update(None, "application_id", APPLICATION_ID).doing("marking the store")?;
        first(&tx)?;
    }
    tx.pragma_update(None, "user_version", SCHEMA).doing("recording the schema version")?;
    tx.commit().doing("committing the migration")
}

/// Takes a verified copy beside the store before it is migrated; keeps the newest three.
pub fn copy_before_migration(
    conn: &Connection,
    path: &Path,
    from: i64,
    stamp: i64,
) -> Result<PathBuf, StoreError> {
    let copy = path.with_file_name(format!("pushdeck-schema{from}-{stamp}.backup"));
    copy_to(conn, &copy)?;
    drop_old_copies(path).map_err(|source| StoreError::Unwritable { path: path.to_owned(), source })?;
    Ok(copy)
}

/// Takes a verified copy of the store into a new file that its owner alone can read.
pub fn copy_to(conn: &Connection, copy: &Path) -> Result<(), StoreError> {
    let unwritable = |source| StoreError::Unwritable { path: copy.to_owned(), source };
    // The file is made with its mode first: SQLite would use the umask.
    {
        use std::os::unix::fs::OpenOptionsExt;
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(copy)
            .map_err(unwritable)?;
    }
    conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).doing("copying the store")?;
    let copied =
        Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).doing("checking the copy")?;
    refuse_damaged(&copied, copy)?;
    drop(copied);
    std::fs::File::open(copy).and_then(|file| file.sync_all()).map_err(unwritable)
}

/// Refuses a file whose pages are not what they should be.
pub fn refuse_damaged(conn: &Connection, path: &Path) -> Result<(), StoreError> {
    let check: String =
        conn.pragma_query_value(None, "quick_check", |row| row.get(0)).doing("checking the copy")?;
    if check == "ok" { Ok(()) } else { Err(Denial::Damaged { path: path.to_owned(), check }.into()) }
}

fn drop_old_copies(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let mut copies: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|entry| {
            entry.extension().is_some_and(|extension| extension == "backup")
                && entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pushdeck-schema"))
        })
        .collect();
    copies.sort();
    copies.reverse();
    copies.iter().skip(KEEP_COPIES).try_for_each(std::fs::remove_file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Message;
    use crate::seal::keyfile::KeyPlace;
    use crate::store::broadcasts::Draft;
    use crate::store::db::{Access, Opening, wall_clock};
    use crate::store::keys;

    /// Every schema that was ever released is brought to the newest one, with a copy taken before.
    #[test]
    fn a_store_of_each_older_schema_is_copied_and_brought_up_to_date() {
        for from in 1..MIGRATIONS.len() {
            let folder = tempfile::tempdir().expect("a folder");
            let opening = Opening {
                folder: folder.path().to_owned(),
                key: KeyPlace::Folder(folder.path().join("keys")),
                access: Access::Existing,
                clock: wall_clock(),
                operator: "tests".to_owned(),
            };
            let conn = Connection::open(opening.file()).expect("a file");
            for step in &MIGRATIONS[..from] {
                conn.execute_batch(step).expect("an older schema");
            }
            conn.pragma_update(None, "application_id", APPLICATION_ID).expect("marked");
            conn.pragma_update(None, "user_version", from as i64).expect("its version");
            keys::create(&conn, "old", &opening.key).expect("keys");
            conn.execute("INSERT INTO broadcast (title, created_ms, updated_ms) VALUES ('kept', 1, 1)", [])
                .expect("a draft of then");
            conn.execute("INSERT INTO subscriber (name, created_ms) VALUES ('Anna', 1)", [])
                .expect("a person of then");
            drop(conn);
            let db = opening.open().expect("brought up to date");
            let kept = db.broadcast(crate::domain::id::BroadcastId(1)).expect("still there");
            let message = Message { title: "kept".into(), ..Message::default() };
            assert_eq!(kept.draft, Draft { message, ..Draft::default() });
            let person = db.subscriber(crate::domain::id::SubscriberId(1)).expect("still there");
            assert_eq!((person.name.as_str(), person.quiet), ("Anna", None));
            let copies = std::fs::read_dir(folder.path())
                .expect("a folder")
                .filter(|entry| {
                    let name = entry.as_ref().expect("an entry").file_name();
                    name.to_string_lossy().starts_with(&format!("pushdeck-schema{from}-"))
                })
                .count();
            assert_eq!(copies, 1);
        }
    }
}
