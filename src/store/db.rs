//! `Db`: one connection to the store, opened, checked, migrated, with its keys.
//!
//! The aggregates add their methods in files of their own. A `Db` is used from one thread at a time;
//! `StoreHandle` gives it one.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::audit::WriteTx;
use super::error::{Doing, StoreError};
use super::keys;
use super::schema::{self, Found, SCHEMA};
use super::shared;
use crate::domain::time::Millis;
use crate::seal::keyfile::KeyPlace;
use crate::seal::{Keyring, random_key};

/// The name of the store's file in its folder.
pub const FILE_NAME: &str = "pushdeck.db";

/// Where the store gets the time from; tests give it their own.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The clock on the wall.
pub fn wall_clock() -> Clock {
    Arc::new(|| Millis(jiff::Timestamp::now().as_millisecond()))
}

/// Whether a store may be made, and whether it may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Make it if it is not there.
    Create,
    /// It must be there.
    Existing,
    /// It must be there, and nothing is changed.
    ReadOnly,
}

impl Access {
    /// The same, for a second connection: the store is there by now.
    #[must_use]
    pub const fn max_existing(self) -> Self {
        match self {
            Self::Create | Self::Existing => Self::Existing,
            Self::ReadOnly => Self::ReadOnly,
        }
    }
}

/// Where a store lies and how to open it.
#[derive(Clone)]
pub struct Opening {
    /// The folder that holds `pushdeck.db`.
    pub folder: PathBuf,
    /// Where its key lies.
    pub key: KeyPlace,
    /// What may be done.
    pub access: Access,
    /// The time.
    pub clock: Clock,
    /// Whose name stands in the audit log beside what is done.
    pub operator: String,
}

impl Opening {
    /// The store's file.
    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }

    /// Opens the store.
    pub fn open(&self) -> Result<Db, StoreError> {
        Db::open(self)
    }
}

/// One connection to the store.
pub struct Db {
    pub(crate) conn: Connection,
    /// Shared, so that sealing goes on while a transaction borrows the connection.
    pub(crate) keys: Arc<Keyring>,
    pub(crate) clock: Clock,
    operator: String,
    access: Access,
    folder: PathBuf,
    /// Which file it is, whatever the path leads to later; nothing for a store in memory.
    file: Option<FileId>,
}

/// Device and inode.
type FileId = (u64, u64);

fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db")
            .field("folder", &self.folder)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the store, makes or migrates it where that is allowed, and opens its keys.
    pub fn open(opening: &Opening) -> Result<Self, StoreError> {
        let path = opening.file();
        if opening.access == Access::Create {
            make_file(&opening.folder, &path)?;
        } else if !path.exists() {
            return Err(StoreError::Missing(path));
        }
        let mut conn = connect(&path, opening.access)?;
        match schema::found(&conn, &path)? {
            Found::Schema(found) if found > SCHEMA => {
                if opening.access != Access::ReadOnly {
                    return Err(StoreError::Newer { path, found, known: SCHEMA });
                }
            }
            Found::Schema(SCHEMA) => {}
            Found::Empty | Found::Schema(_) if opening.access == Access::ReadOnly => {
                return Err(StoreError::ReadOnly);
            }
            Found::Empty => {
                let store_id = uuid::Uuid::now_v7().to_string();
                schema::migrate(&mut conn, 0, |tx| keys::create(tx, &store_id, &opening.key))?;
            }
            Found::Schema(from) => {
                schema::copy_before_migration(&conn, &path, from, (opening.clock)().0)?;
                schema::migrate(&mut conn, from, |_| Ok(()))?;
            }
        }
        super::search::register(&conn)?;
        let keys = Arc::new(keys::open(&conn, &opening.key)?);
        let (clock, folder) = (Arc::clone(&opening.clock), opening.folder.clone());
        let operator = opening.operator.clone();
        Ok(Self { conn, keys, clock, operator, access: opening.access, folder, file: file_id(&path) })
    }

    /// A store in memory with keys of its own, for tests.
    pub fn in_memory(clock: Clock) -> Result<Self, StoreError> {
        let mut conn = Connection::open_in_memory().doing("opening a store in memory")?;
        schema::prepare(&conn)?;
        let store_key = random_key()?;
        schema::migrate(&mut conn, 0, |tx| keys::insert(tx, "memory", &store_key))?;
        super::search::register(&conn)?;
        let keys = Arc::new(keys::keyring(&conn, &store_key)?);
        let operator = "tests".to_owned();
        Ok(Self { conn, keys, clock, operator, access: Access::Create, folder: PathBuf::new(), file: None })
    }

    /// Gives a store in memory a folder for its locks.
    #[cfg(test)]
    pub(crate) fn set_folder(&mut self, folder: &Path) {
        self.folder = folder.to_owned();
    }

    /// The time, from the store's clock.
    pub fn now(&self) -> Millis {
        (self.clock)()
    }

    /// The folder of the store.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the store is still where it was opened: its folder may have been removed or replaced, and
    /// what is written after that is nobody's. Asks about the path and opens nothing.
    pub fn is_in_place(&self) -> bool {
        self.file.is_none() || self.file == file_id(&self.folder.join(FILE_NAME))
    }

    /// Whether nothing may be changed.
    pub fn is_read_only(&self) -> bool {
        self.access == Access::ReadOnly
    }

    /// Under whose name acts are noted.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// Begins a writing transaction: immediate, so that it waits for its turn instead of failing late.
    pub(crate) fn write(&mut self) -> Result<WriteTx<'_>, StoreError> {
        if self.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly);
        }
        let now = self.now();
        let Self { conn, operator, .. } = self;
        let tx =
            conn.transaction_with_behavior(TransactionBehavior::Immediate).doing("waiting for the store")?;
        Ok(WriteTx { tx, operator, now })
    }

    /// Answers everything that `look` asks as of one moment, whoever writes meanwhile.
    pub fn at_one_moment<T, E: From<StoreError>>(&self, look: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if !self.conn.is_autocommit() {
            return look();
        }
        let moment = self.conn.unchecked_transaction().doing("looking at one moment")?;
        let seen = look()?;
        moment.commit().doing("looking at one moment")?;
        Ok(seen)
    }

    /// For rows that nobody sees before a flip: they need no sync of their own, because the flip's covers them, and
    /// their parents were just written or are never deleted, so looking each of them up would prove nothing.
    pub(super) fn relaxed(&self, relaxed: bool) -> Result<(), StoreError> {
        let (synchronous, foreign_keys) = if relaxed { ("NORMAL", "OFF") } else { ("FULL", "ON") };
        self.conn
            .pragma_update(None, "synchronous", synchronous)
            .and_then(|()| self.conn.pragma_update(None, "foreign_keys", foreign_keys))
            .doing("preparing the store for many rows")
    }

    /// A number that moves when another connection has committed; cheap enough to poll.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.conn.pragma_query_value(None, "data_version", |row| row.get(0)).doing("looking for changes")
    }

    /// The change counters by topic, to learn what another process changed.
    pub fn changes(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT topic, n FROM change").doing("looking for changes")?;
        let rows =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing("looking for changes")?;
        rows.collect::<Result<_, _>>().doing("looking for changes")
    }
}

/// What consoles look at separately. The words stand in table `change`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Broadcasts,
    People,
    Topics,
    Channels,
    Inbox,
}

/// Says, inside a writing transaction, that something changed.
pub(crate) fn bump(conn: &Connection, what: Changed) -> Result<(), StoreError> {
    let topic = match what {
        Changed::Broadcasts => "broadcasts",
        Changed::People => "people",
        Changed::Topics => "topics",
        Changed::Channels => "channels",
        Changed::Inbox => "inbox",
    };
    conn.prepare_cached("UPDATE change SET n = n + 1 WHERE topic = ?1")
        .and_then(|mut statement| statement.execute([topic]))
        .doing("announcing a change")?;
    Ok(())
}

/// Makes the folder of a store, for its owner alone.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| StoreError::Unwritable { path: folder.to_owned(), source })
}

/// Makes folder and file with private modes before SQLite opens them: it would use the umask, and
/// `-wal` and `-shm` copy the file's mode.
fn make_file(folder: &Path, path: &Path) -> Result<(), StoreError> {
    let unwritable = |source| StoreError::Unwritable { path: path.to_owned(), source };
    make_folder(folder)?;
    shared::make(folder, FILE_NAME).map(drop).map_err(unwritable)
}

fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let flags = match access {
        Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Create | Access::Existing => OpenFlags::SQLITE_OPEN_READ_WRITE,
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).doing("opening the store")?;
    if access == Access::ReadOnly {
        conn.busy_timeout(std::time::Duration::from_secs(10)).doing("setting the busy timeout")?;
        schema::settle_statements(&conn)?;
    } else {
        schema::found(&conn, path)?;
        schema::prepare(&conn)?;
    }
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn opening(folder: &Path, access: Access) -> Opening {
        Opening {
            folder: folder.join("data"),
            key: KeyPlace::Folder(folder.join("keys")),
            access,
            clock: wall_clock(),
            operator: "tests".to_owned(),
        }
    }

    #[test]
    fn a_new_store_is_private_and_opens_again() {
        let folder = tempfile::tempdir().expect("a folder");
        opening(folder.path(), Access::Create).open().expect("made");
        let again = opening(folder.path(), Access::Existing).open().expect("opened");
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(again.folder()), 0o700);
        assert_eq!(mode(&again.folder().join(FILE_NAME)), 0o600);
        opening(folder.path(), Access::ReadOnly).open().expect("read");
    }

    #[test]
    fn a_store_without_its_key_is_refused_and_nothing_is_made() {
        let folder = tempfile::tempdir().expect("a folder");
        opening(folder.path(), Access::Create).open().expect("made");
        std::fs::remove_dir_all(folder.path().join("keys")).expect("keys removed");
        let error = opening(folder.path(), Access::Create).open().expect_err("refused");
        assert!(matches!(error, StoreError::Key(crate::seal::SealError::KeyMissing(_))), "{error}");
        assert!(!folder.path().join("keys").exists());
    }

    #[test]
    fn a_newer_store_is_only_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = opening(folder.path(), Access::Create).open().expect("made");
        db.conn.pragma_update(None, "user_version", SCHEMA + 1).expect("newer");
        drop(db);
        assert!(matches!(
            opening(folder.path(), Access::Create).open(),
            Err(StoreError::Newer { found, .. }) if found == SCHEMA + 1
        ));
        opening(folder.path(), Access::ReadOnly).open().expect("read");
    }

    #[test]
    fn a_foreign_file_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("data")).expect("folder");
        let path = folder.path().join("data").join(FILE_NAME);
        std::fs::write(&path, "this is not a database, only a long enough text").expect("written");
        let error = opening(folder.path(), Access::Create).open().expect_err("refused");
        assert!(matches!(error, StoreError::Foreign(_)), "{error:?}");
    }

    #[test]
    fn no_store_is_made_where_none_may_be_made() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(opening(folder.path(), Access::Existing).open(), Err(StoreError::Missing(_))));
        assert!(!folder.path().join("data").exists());
    }

    #[test]
    fn a_store_that_was_removed_or_replaced_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = opening(folder.path(), Access::Create).open().expect("made");
        assert!(db.is_in_place());
        std::fs::rename(folder.path().join("data"), folder.path().join("moved")).expect("moved away");
        assert!(!db.is_in_place());
        opening(folder.path(), Access::Create).open().expect("another one in its place");
        assert!(!db.is_in_place());
    }

    #[test]
    fn a_read_only_store_takes_no_writes() {
        let folder = tempfile::tempdir().expect("a folder");
        opening(folder.path(), Access::Create).open().expect("made");
        let mut db = opening(folder.path(), Access::ReadOnly).open().expect("read");
        assert!(matches!(db.write().err(), Some(StoreError::ReadOnly)));
    }
}
