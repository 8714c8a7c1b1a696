//! Who did what: an append-only log in which each entry's hash covers the entry and the hash before it.
//!
//! An entry is written in the transaction of the act itself, so there is no act without one. Changing or
//! taking out an entry breaks the chain from there on; that the newest ones were cut off shows only to somebody
//! who kept the head of the chain, which `pushdeck audit verify` prints.

use std::fmt::Display;
use std::ops::Deref;
use std::path::Path;

use aws_lc_rs::digest;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;

use super::db::Db;
use super::error::{Doing, StoreError};
use crate::domain::hex;
use crate::domain::id::BroadcastId;
use crate::domain::time::Millis;

/// What the first entry stands on.
const NOTHING_BEFORE: &str = "";

/// What a person, or the sender by itself, did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Froze a plan and let it go, now or later.
    Release,
    /// Took a released broadcast back before anything had left.
    Recall,
    /// Ended an undo window.
    LetGo,
    /// Paused a broadcast.
    Pause,
    /// Let a broadcast go on.
    Resume,
    /// Cancelled the rest of a broadcast.
    Stop,
    /// Cancelled what had waited too long.
    Expire,
    /// Queued failed deliveries again.
    Replay,
    /// Said what became of unknown deliveries.
    Settle,
    /// Held back everything.
    Halt,
    /// Let everything go on.
    Unhalt,
    /// Made a channel.
    ChannelAdd,
    /// Changed a channel's name or settings.
    ChannelEdit,
    /// Set or cleared a credential.
    Credential,
    /// Took a channel out of use.
    ChannelRemove,
    /// Brought a channel back.
    ChannelRestore,
    /// Paused a channel.
    ChannelPause,
    /// Let a channel go on.
    ChannelResume,
    /// Imported people.
    Import,
    /// Wrote a report or a list of people into a file.
    Export,
    /// Took the place of a sender that was silent.
    TakeOver,
    /// Made, changed or took away a schedule.
    Schedule,
    /// Copied the store.
    Backup,
    /// Put a copy of the store in its place.
    Restore,
    /// Took over what a provider's list says.
    Sync,
    /// Took that back.
    SyncUndo,
    /// Took pages of a broadcast back at its providers.
    TakeBack,
    /// Blocked people at a provider.
    FollowBlock,
    /// Unblocked people at a provider.
    FollowUnblock,
    /// Ended follows of people at a provider.
    FollowEnd,
    /// Had a credential shown.
    Reveal,
    /// Made or changed the callback URL of a channel.
    Callback,
    /// Answered a person.
    Reply,
    /// Read what somebody wrote.
    InboxRead,
    /// Made, changed or took away a rule for what comes in.
    Rule,
}

impl Act {
    /// The word that the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Recall => "recall",
            Self::LetGo => "let_go",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Expire => "expire",
            Self::Replay => "replay",
            Self::Settle => "settle",
            Self::Halt => "halt",
            Self::Unhalt => "unhalt",
            Self::ChannelAdd => "channel_add",
            Self::ChannelEdit => "channel_edit",
            Self::Credential => "credential",
            Self::ChannelRemove => "channel_remove",
            Self::ChannelRestore => "channel_restore",
            Self::ChannelPause => "channel_pause",
            Self::ChannelResume => "channel_resume",
            Self::Import => "import",
            Self::Export => "export",
            Self::Schedule => "schedule",
            Self::TakeOver => "takeover",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Sync => "sync",
            Self::SyncUndo => "sync_undo",
            Self::TakeBack => "take_back",
            Self::FollowBlock => "follow_block",
            Self::FollowUnblock => "follow_unblock",
            Self::FollowEnd => "follow_end",
            Self::Reveal => "reveal",
            Self::Callback => "callback",
            Self::Reply => "reply",
            Self::InboxRead => "inbox_read",
            Self::Rule => "rule",
        }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Who.
    pub operator: String,
    /// What, as a word.
    pub action: String,
    /// What it was done to: an id or a name.
    pub object: String,
    /// What more there is to say.
    pub detail: String,
    /// Covers all of it and the hash before it.
    pub hash: String,
}

/// What checking the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// How many entries there are.
    pub entries: i64,
    /// The hash of the newest one; kept elsewhere, it proves later that nothing was cut off.
    pub head: String,
    /// The first entry that is not what its hash says, if there is one.
    pub broken_at: Option<i64>,
}

/// A writing transaction that knows who writes.
pub(crate) struct WriteTx<'a> {
    pub(super) tx: Transaction<'a>,
    pub(super) operator: &'a str,
    pub(super) now: Millis,
}

impl<'a> Deref for WriteTx<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}

impl WriteTx<'_> {
    /// Makes everything that was written durable.
    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        self.tx.commit()
    }

    /// Enters an act into the log, with the rest of the transaction or not at all.
    pub(crate) fn note(&self, act: Act, object: impl Display, detail: &str) -> Result<(), StoreError> {
        let mut entry = Entry {
            id: 0,
            at: self.now,
            operator: self.operator.to_owned(),
            action: act.word().to_owned(),
            object: object.to_string(),
            detail: detail.to_owned(),
            hash: String::new(),
        };
        entry.hash = hash(&head(&self.tx)?, &entry);
        self.tx
            .prepare_cached(
                "INSERT INTO audit (at_ms, operator, action, object, detail, hash) \
                 VALUES (:at, :operator, :action, :object, :detail, :hash)",
            )
            .and_then(|mut insert| {
                insert.execute(named_params! {
                    ":at": entry.at.0, ":operator": entry.operator, ":action": entry.action,
                    ":object": entry.object, ":detail": entry.detail, ":hash": entry.hash,
                })
            })
            .doing("writing the audit log")?;
        Ok(())
    }
}

fn head(conn: &Connection) -> Result<String, StoreError> {
    let newest = conn
        .prepare_cached("SELECT hash FROM audit ORDER BY id DESC LIMIT 1")
        .and_then(|mut read| read.query_row([], |row| row.get(0)).optional())
        .doing("reading the audit log")?;
    Ok(newest.unwrap_or_else(|| NOTHING_BEFORE.to_owned()))
}

/// SHA-256 of a JSON array of the hash before and the columns, so that no two entries are written alike.
fn hash(before: &str, entry: &Entry) -> String {
    let line =
        serde_json::json!([before, entry.at.0, entry.operator, entry.action, entry.object, entry.detail]);
    hex::of(digest::digest(&digest::SHA256, line.to_string().as_bytes()).as_ref())
}

const COLUMNS: &str = "id, at_ms, operator, action, object, detail, hash";

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        at: Millis(row.get(1)?),
        operator: row.get(2)?,
        action: row.get(3)?,
        object: row.get(4)?,
        detail: row.get(5)?,
        hash: row.get(6)?,
    })
}

impl Db {
    /// A page of the log, newest first, of entries before `before`.
    pub fn audit_log(&self, before: Option<i64>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM audit WHERE id < :before ORDER BY id DESC LIMIT :limit"
            ))
            .and_then(|mut statement| {
                let params = named_params! { ":before": before.unwrap_or(i64::MAX), ":limit": limit as i64 };
                statement.query_map(params, read).and_then(Iterator::collect)
            })
            .doing("reading the audit log")
    }

    /// Enters that the report of a broadcast was written into a file.
    pub fn note_export(&mut self, id: BroadcastId, path: &Path) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.note(Act::Export, id, &path.display().to_string())?;
        tx.commit().doing("noting an export")
    }

    /// Walks the whole chain.
    pub fn verify_audit(&self) -> Result<Chain, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("SELECT {COLUMNS} FROM audit ORDER BY id"))
            .doing("reading the audit log")?;
        let rows = statement.query_map([], read).doing("reading the audit log")?;
        let mut chain = Chain { entries: 0, head: NOTHING_BEFORE.to_owned(), broken_at: None };
        for entry in rows {
            let entry = entry.doing("reading the audit log")?;
            if chain.broken_at.is_none() && hash(&chain.head, &entry) != entry.hash {
                chain.broken_at = Some(entry.id);
            }
            chain.entries += 1;
            chain.head = entry.hash;
        }
        Ok(chain)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::broadcast::PauseReason;
    use crate::store::fixtures::Shop;

    #[test]
    fn every_act_stands_in_the_log_and_a_changed_entry_breaks_the_chain() {
        let mut shop = Shop::new();
        let channel = shop.channel("bark");
        shop.db.pause_channel(channel, PauseReason::Operator, "lunch").expect("paused");
        shop.db.resume_channel(channel).expect("resumed");
        let log = shop.db.audit_log(None, 2).expect("read");
        let words: Vec<_> =
            log.iter().map(|entry| (entry.action.as_str(), entry.operator.as_str())).collect();
        assert_eq!(words, [("channel_resume", "tests"), ("channel_pause", "tests")]);
        let chain = shop.db.verify_audit().expect("checked");
        assert_eq!((chain.broken_at, &chain.head), (None, &log[0].hash));
        let (older, newest) = (log[1].id, log[0].id);
        // Somebody with a copy of the file and without our triggers.
        shop.db.conn.execute_batch("DROP TRIGGER audit_is_append_only_update").expect("dropped");
        shop.db.conn.execute("UPDATE audit SET operator = 'nobody' WHERE id = ?1", [older]).expect("forged");
        let chain = shop.db.verify_audit().expect("checked");
        assert_eq!((chain.broken_at, chain.entries), (Some(older), newest));
    }
}
