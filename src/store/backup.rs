//! Copies of the store, and how one takes its place again.
//!
//! A copy cannot know what was sent after it was taken: whatever is not final in it becomes *unknown* when it is
//! restored, so that nobody is sent to twice without somebody's word.

use std::path::{Path, PathBuf};

use rusqlite::backup::StepResult;
use rusqlite::{Connection, OpenFlags, named_params};
use serde::Serialize;

use super::audit::{Act, Chain};
use super::db::{Access, Changed, Db, Opening, bump, make_folder};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::ledger::{Stretch, close_if_ended, give_up};
use super::schema::{self, Found, SCHEMA};
use super::{broadcasts, keys};
use crate::domain::delivery::DeliveryState;
use crate::domain::id::BroadcastId;

/// How many deliveries one writing transaction of a restore covers.
const CHUNK: i64 = 10_000;

/// Where nothing is left of the store of before, broadcasts are numbered on from so many later.
const LEAP: i64 = 1_000;

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// How many deliveries cannot be known any more.
    pub unknown: i64,
    /// Where the store that was there before lies now, if there was one.
    pub before: Option<PathBuf>,
}

impl Db {
    /// Takes a verified copy into a new file. The key is not in it.
    pub fn backup(&mut self, copy: &Path) -> Result<(), StoreError> {
        schema::copy_to(&self.conn, copy)?;
        if !self.is_read_only() {
            let tx = self.write()?;
            tx.note(Act::Backup, copy.display(), "")?;
            tx.commit().doing("noting a backup")?;
        }
        Ok(())
    }

    /// Puts a copy in the place of the store that `opening` leads to. The caller holds the sender's lock; other
    /// processes see the other contents as they see every change. What the copy cannot know is settled in a
    /// scratch copy first, so that whoever is killed on the way leaves the store of before or the restored one.
    pub fn restore(opening: &Opening, copy: &Path) -> Result<Restored, StoreError> {
        let source =
            Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).doing("opening the copy")?;
        let path = opening.file();
        match schema::found(&source, copy)? {
            Found::Schema(found) if found > SCHEMA => {
                return Err(StoreError::Newer { path: copy.to_owned(), found, known: SCHEMA });
            }
            Found::Schema(_) => schema::refuse_damaged(&source, copy)?,
            Found::Empty => return Err(StoreError::Foreign(copy.to_owned())),
        }
        // Without its key the copy is of no use: better said before anything is replaced.
        keys::open(&source, &opening.key)?;
        let stamp = (opening.clock)().0;
        let existing = Opening { access: Access::Existing, ..opening.clone() };
        let (mut live, past) = match existing.open() {
            Ok(db) => {
                if keys::store_id(&db.conn)? != keys::store_id(&source)? {
                    return Err(Denial::OtherStore(copy.to_owned()).into());
                }
                let past =
                    Past { epoch: db.epoch()?, chain: Some(db.verify_audit()?), ids: Ids::Known(db.ids()?) };
                (Some(db), past)
            }
            Err(StoreError::Missing(_)) => {
                make_folder(&opening.folder)?;
                (None, Past { epoch: 0, chain: None, ids: Ids::Lost })
            }
            Err(error) => return Err(error),
        };
        let scratch = tempfile::Builder::new()
            .prefix(".pushdeck-restore-")
            .tempdir_in(&opening.folder)
            .map_err(|source| StoreError::Unwritable { path: opening.folder.clone(), source })?;
        let made = Opening { folder: scratch.path().to_owned(), ..existing };
        schema::copy_to(&source, &made.file())?;
        drop(source);
        // Opening it brings a copy of an older schema up to date.
        let mut made = made.open()?;
        let unknown = made.distrust(copy, &past)?;
        let Some(db) = &mut live else {
            let whole = scratch.path().join("whole.db");
            schema::copy_to(&made.conn, &whole)?;
            std::fs::rename(&whole, &path).map_err(|source| StoreError::Unwritable { path, source })?;
            return Ok(Restored { unknown, before: None });
        };
        let before = path.with_file_name(format!("pushdeck-before-restore-{stamp}.backup"));
        schema::copy_to(&db.conn, &before)?;
        // A release that is being written elsewhere would go on writing into the restored store.
        let _plans = db.lock_plans()?;
        db.overwrite(&made.conn)?;
        Ok(Restored { unknown, before: Some(before) })
    }

    /// The highest id that was ever given, table by table.
    fn ids(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.conn
            .prepare("SELECT name, seq FROM sqlite_sequence")
            .and_then(|mut read| read.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .doing("reading the ids that were given")
    }

    fn epoch(&self) -> Result<i64, StoreError> {
        self.conn.query_row("SELECT epoch FROM sender", [], |row| row.get(0)).doing("reading the epoch")
    }

    fn overwrite(&mut self, source: &Connection) -> Result<(), StoreError> {
        let backup = rusqlite::backup::Backup::new(source, &mut self.conn).doing("restoring")?;
        // All pages in one step: nobody sees half of it.
        match backup.step(-1).doing("restoring")? {
            StepResult::Done => Ok(()),
            // Somebody writes: nothing has been replaced.
            _ => Err(StoreError::Busy("restoring")),
        }
    }

    /// Fences every sender of before, and makes unknown what a copy cannot know.
    fn distrust(&mut self, copy: &Path, past: &Past) -> Result<i64, StoreError> {
        let tx = self.write()?;
        tx.execute(
            "UPDATE sender SET epoch = max(epoch, :fence) + 1, pid = NULL",
            named_params! { ":fence": past.epoch },
        )
        .doing("fencing senders")?;
        skip_ids(&tx, &past.ids)?;
        super::recurring::let_pass(&tx, tx.now)?;
        let replaced = past.chain.as_ref().map_or_else(String::new, |chain| {
            format!("the log before it had {} entries, head {}", chain.entries, chain.head)
        });
        tx.note(Act::Restore, copy.display(), &replaced)?;
        for what in [Changed::Broadcasts, Changed::People, Changed::Topics, Changed::Channels] {
            bump(&tx, what)?;
        }
        tx.commit().doing("restoring")?;
        let lanes: Vec<Stretch> = self
            .conn
            .prepare(
                "SELECT l.id, l.broadcast, l.seq_from, l.seq_to FROM lane l JOIN broadcast b ON b.id = l.broadcast \
                 WHERE l.channel IS NOT NULL AND b.ended_ms IS NULL \
                 AND b.phase IN ('held', 'scheduled', 'sending', 'paused', 'stopped')",
            )
            .and_then(|mut read| {
                read.query_map([], |row| {
                    Ok(Stretch {
                        lane: row.get(0)?,
                        broadcast: BroadcastId(row.get(1)?),
                        from: row.get(2)?,
                        to: row.get(3)?,
                    })
                })?
                .collect()
            })
            .doing("looking for what is not final")?;
        let mut unknown = 0;
        for lane in lanes {
            let mut from = lane.from;
            while from <= lane.to {
                let stretch = Stretch { from, to: lane.to.min(from + CHUNK - 1), ..lane };
                unknown += self.distrust_some(&stretch)?;
                from += CHUNK;
            }
        }
        Ok(unknown)
    }

    fn distrust_some(&mut self, stretch: &Stretch) -> Result<i64, StoreError> {
        const WHY: &str = "restored from a copy: it may have been sent since that was taken";
        let tx = self.write()?;
        let mut unknown = 0;
        for state in [DeliveryState::Planned, DeliveryState::Deferred, DeliveryState::Sending] {
            unknown += give_up(&tx, stretch, state, WHY, tx.now)?;
        }
        if broadcasts::counts(&tx, stretch.broadcast)?.open() == 0 {
            // Nothing waits in it any more, whatever it stood still for.
            tx.execute(
                "UPDATE broadcast SET phase = 'paused', pause_reason = 'interrupted', keeper = NULL, \
                 hold_until_ms = NULL, version = version + 1 WHERE id = ?1",
                [stretch.broadcast.0],
            )
            .doing("restoring")?;
        }
        close_if_ended(&tx, stretch.broadcast, tx.now.0)?;
        tx.commit().doing("restoring")?;
        Ok(unknown)
    }
}

/// What is known of the store whose place a copy takes.
struct Past {
    /// The epoch of its last sender.
    epoch: i64,
    /// Its audit log.
    chain: Option<Chain>,
    /// Which ids it has given.
    ids: Ids,
}

/// Ids that were given since a copy was taken.
enum Ids {
    /// Up to these, by table.
    Known(Vec<(String, i64)>),
    /// Nobody knows.
    Lost,
}

/// No id is given twice: providers know messages by keys that are made of them, and would take a later one for
/// a repeat of the earlier.
fn skip_ids(conn: &Connection, ids: &Ids) -> Result<(), StoreError> {
    let skipped = match ids {
        Ids::Known(ids) => ids.iter().try_for_each(|(table, last)| {
            conn.execute("UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", (table, last))
                .map(drop)
        }),
        Ids::Lost => conn
            .execute("UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name = 'broadcast'", [LEAP])
            .map(drop),
    };
    skipped.doing("skipping the ids that were given")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::broadcast::{BroadcastState, Purpose};
    use crate::domain::time::Millis;
    use crate::seal::keyfile::KeyPlace;
    use crate::store::broadcasts::Draft;
    use crate::store::channels::NewChannel;
    use crate::store::ledger::claim::Wish;
    use crate::store::plan::{Gate, Release};
    use crate::store::subscribers::NewSubscriber;

    fn opening(folder: &Path) -> Opening {
        Opening {
            folder: folder.join("data"),
            key: KeyPlace::Folder(folder.join("keys")),
            access: Access::Create,
            clock: Arc::new(|| Millis(1_000)),
            operator: "ann".to_owned(),
        }
    }

    /// A store whose broadcast has one of three people in flight.
    fn sending(opening: &Opening) -> (Db, BroadcastId) {
        let mut db = opening.open().expect("a store");
        let channel = NewChannel { name: "mail".into(), kind: "email".into(), ..NewChannel::default() };
        let id = db.add_channel(&channel).expect("a channel");
        for name in ["a", "b", "c"] {
            let typed = crate::domain::secret::Secret::new(format!("{name}@example.com"));
            let addresses = vec![crate::store::addresses::NewAddress { channel: id, typed }];
            let new = NewSubscriber { name: name.into(), addresses, ..NewSubscriber::default() };
            db.add_subscriber(&new).expect("a person");
        }
        let broadcast = db.add_draft(&Draft::default(), Purpose::Broadcast, "ann").expect("a draft");
        let release =
            Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(9), keeper: None, expected: None };
        db.release(broadcast, &release).expect("released");
        let epoch = db.become_sender(1).expect("the sender").epoch;
        let lane = db.open_lanes().expect("lanes")[0].lane;
        let wish = Wish { lane, calls: 1, retries: 1, per_call: 1, vars: false };
        assert_eq!(db.cycle(epoch, &[], &[wish]).expect("claimed").granted.len(), 1);
        (db, broadcast)
    }

    #[test]
    fn whatever_a_copy_cannot_know_is_unknown_after_it_was_restored_and_old_senders_are_fenced() {
        let folder = tempfile::tempdir().expect("a folder");
        let opening = opening(folder.path());
        let (mut db, broadcast) = sending(&opening);
        let copy = folder.path().join("copy.db");
        db.backup(&copy).expect("a copy");
        db.backup(&copy).expect_err("a file that is there is never overwritten");
        let later = db.become_sender(2).expect("another sender").epoch;
        let restored = Db::restore(&opening, &copy).expect("restored");
        assert_eq!(restored.unknown, 3);
        assert!(restored.before.expect("kept").exists());
        // The connection of before sees the other contents.
        assert_eq!(db.counts(broadcast).expect("counts").of(DeliveryState::Unknown), 3);
        assert!(db.books_balance(broadcast).expect("books"));
        assert_eq!(db.broadcast(broadcast).expect("read").row.state, BroadcastState::Partial);
        assert!(db.cycle(later, &[], &[]).expect("a cycle").fenced);
        assert_eq!(db.verify_audit().expect("checked").broken_at, None);
        assert_eq!(db.audit_log(None, 1).expect("read")[0].action, "restore");
    }

    #[test]
    fn what_came_since_the_copy_does_not_come_again_and_its_numbers_are_not_given_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = opening(folder.path());
        let (mut db, _) = sending(&first);
        let draft = db.add_draft(&Draft::default(), Purpose::Broadcast, "ann").expect("a draft");
        db.add_recurring(draft, "* * * * *", "UTC", 9).expect("every minute");
        let copy = folder.path().join("copy.db");
        db.backup(&copy).expect("a copy");
        // Two minutes later the store has sent one of them, and is then restored.
        let later = Opening { clock: Arc::new(|| Millis(121_000)), ..first };
        let mut db = later.open().expect("opened");
        db.make_occurrences().expect("one was sent");
        let newest = db.broadcasts(None, &[], 1).expect("listed")[0].id;
        let restored = Db::restore(&later, &copy).expect("restored");
        assert_eq!(restored.unknown, 3);
        let mut db = later.open().expect("opened");
        db.make_occurrences().expect("looked");
        assert!(db.broadcasts(None, &[], 9).expect("listed").iter().all(|row| row.id <= newest));
        let next = db.add_draft(&Draft::default(), Purpose::Broadcast, "ann").expect("a draft");
        assert!(next > newest, "{next} after {newest}");
        let left = std::fs::read_dir(&later.folder).expect("read").filter(|entry| {
            entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().contains("restore-"))
        });
        assert_eq!(left.count(), 1, "only the copy of what was there before");
    }

    #[test]
    fn a_copy_without_its_key_or_of_another_store_is_refused_and_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = opening(&folder.path().join("first"));
        let second = opening(&folder.path().join("second"));
        let copy = folder.path().join("copy.db");
        sending(&first).0.backup(&copy).expect("a copy");
        drop(second.open().expect("a store"));
        assert!(matches!(Db::restore(&second, &copy), Err(StoreError::Key(_))));
        let with_key = Opening { key: first.key.clone(), ..second.clone() };
        Db::restore(&with_key, &copy).expect_err("another store");
        assert_eq!(second.open().expect("opens").audit_log(None, 9).expect("read").len(), 0);
    }

    #[test]
    fn a_store_that_is_lost_comes_back_from_its_copy() {
        let folder = tempfile::tempdir().expect("a folder");
        let opening = opening(folder.path());
        let copy = folder.path().join("copy.db");
        sending(&opening).0.backup(&copy).expect("a copy");
        std::fs::remove_dir_all(&opening.folder).expect("lost");
        let existing = Opening { access: Access::Existing, ..opening.clone() };
        let restored = Db::restore(&existing, &copy).expect("restored");
        assert_eq!((restored.unknown, restored.before), (3, None));
        assert_eq!(opening.open().expect("opens").people_in_all().expect("counted"), 3);
    }
}
