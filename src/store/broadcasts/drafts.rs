//! Drafts: what is decided about a broadcast before it is released, begun, saved, removed and brought back.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;

use super::require;
use crate::domain::broadcast::Purpose;
use crate::domain::file::FileRef;
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::message::Message;
use crate::domain::time::Millis;
use crate::store::audit::WriteTx;
use crate::store::db::{Changed, Db, bump};
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};
use crate::store::files::name_files;

/// Everything about a broadcast that is decided before it is released.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Draft {
    /// What is said.
    pub message: Message,
    /// The filter expression of the audience; empty means: not set.
    pub audience: String,
    /// The channels in order of preference; empty means: all, in the order they were made.
    pub channels: Vec<ChannelId>,
    /// Every address of a person, not the first usable one.
    pub all_channels: bool,
    /// Variables for everybody; a person's own value goes first.
    pub vars: BTreeMap<String, String>,
    /// The undo window; `None`: by the size of the audience.
    pub undo_ms: Option<i64>,
    /// When it leaves; `None`: as soon as it is released.
    pub at: Option<Millis>,
    /// When it goes out again and again: a cron expression with its zone; empty means once.
    pub cron: String,
    /// How many people get it first, before it waits for a person; `None`: all go at once.
    pub stage: Option<i64>,
    /// Whoever is refused for good on one channel gets it on the next.
    pub fallback: bool,
    /// The broadcast whose notifications it takes the place of, where the provider can do that.
    pub replaces: Option<BroadcastId>,
}

impl Draft {
    /// The same message to the same people: when, how often and in which steps it leaves is decided anew.
    #[must_use]
    pub fn anew(self) -> Self {
        Self { undo_ms: None, at: None, cron: String::new(), stage: None, replaces: None, ..self }
    }
}

impl Db {
    /// Begins a draft.
    pub fn add_draft(
        &mut self,
        draft: &Draft,
        purpose: Purpose,
        by: &str,
    ) -> Result<BroadcastId, StoreError> {
        let tx = self.write()?;
        let id = insert_draft(&tx, draft, purpose, by)?;
        tx.commit().doing("adding a draft")?;
        Ok(id)
    }

    /// Begins a draft that goes to whoever `of` could not reach: a replay of that leaves out whom it reached.
    pub fn add_follow_up(
        &mut self,
        draft: &Draft,
        of: BroadcastId,
        by: &str,
    ) -> Result<BroadcastId, StoreError> {
        let tx = self.write()?;
        let id = insert_draft(&tx, draft, Purpose::Broadcast, by)?;
        follow(&tx, id, of)?;
        tx.commit().doing("adding a draft")?;
        Ok(id)
    }

    /// The newest test of exactly this text, among the last thousand broadcasts, and when it was ordered.
    pub fn last_test(&self, message: &Message) -> Result<Option<(BroadcastId, Millis)>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT id, released_ms FROM broadcast WHERE id > (SELECT max(id) - 1000 FROM broadcast) \
                 AND purpose = 'test' AND released_ms IS NOT NULL AND title = :title AND summary = :summary \
                 AND url = :url AND format = :format AND body = :body AND files = :files ORDER BY id DESC LIMIT 1",
            )
            .and_then(|mut find| {
                find.query_row(
                    named_params! {
                        ":title": message.title, ":summary": message.summary, ":url": message.url,
                        ":format": message.format.word(), ":body": message.body,
                        ":files": files_json(&message.files),
                    },
                    |row| Ok((BroadcastId(row.get(0)?), Millis(row.get(1)?))),
                )
                .optional()
            })
            .doing("looking for a test of a text")
    }

    /// Saves a draft over the version that its writer has seen; gives the new version.
    pub fn save_draft(&mut self, id: BroadcastId, seen: i64, draft: &Draft) -> Result<i64, StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        let changed = tx
            .prepare_cached(
                "UPDATE broadcast SET title = :title, summary = :summary, url = :url, format = :format, \
                 body = :body, audience = :audience, channels = :channels, all_channels = :all, vars = :vars, \
                 undo_ms = :undo, at_ms = :at, cron = :cron, stage = :stage, fallback = :fallback, \
                 replaces = :replaces, files = :files, \
                 updated_ms = :now, version = version + 1 \
                 WHERE id = :id AND version = :seen AND phase = 'draft' AND removed_ms IS NULL",
            )
            .and_then(|mut update| {
                update.execute(named_params! {
                    ":id": id.0, ":seen": seen, ":title": draft.message.title,
                    ":summary": draft.message.summary, ":url": draft.message.url,
                    ":format": draft.message.format.word(), ":body": draft.message.body,
                    ":audience": draft.audience, ":channels": ids_json(&draft.channels),
                    ":all": draft.all_channels, ":vars": vars_json(&draft.vars), ":undo": draft.undo_ms,
                    ":at": draft.at.map(|at| at.0), ":cron": draft.cron, ":stage": draft.stage,
                    ":fallback": draft.fallback, ":replaces": draft.replaces.map(|id| id.0),
                    ":files": files_json(&draft.message.files), ":now": now,
                })
            })
            .doing("saving a draft")?;
        if changed == 0 {
            require(&tx, id)?;
            return Err(StoreError::Conflict { what: "draft", id: id.to_string() });
        }
        index_text(&tx, id, &draft.message)?;
        name_files(&tx, id, &draft.message.files)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("saving a draft")?;
        Ok(seen + 1)
    }

    /// Removes a draft; `restore_draft` brings it back.
    pub fn remove_draft(&mut self, id: BroadcastId) -> Result<(), StoreError> {
        self.refuse_repeated(id)?;
        let now = self.now().0;
        self.mark_draft(id, Some(now))
    }

    /// Brings a removed draft back.
    pub fn restore_draft(&mut self, id: BroadcastId) -> Result<(), StoreError> {
        self.mark_draft(id, None)
    }

    fn mark_draft(&mut self, id: BroadcastId, removed_ms: Option<i64>) -> Result<(), StoreError> {
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE broadcast SET removed_ms = :removed WHERE id = :id AND phase = 'draft'",
                named_params! { ":id": id.0, ":removed": removed_ms },
            )
            .doing("removing a draft")?;
        if changed == 0 {
            require(&tx, id)?;
            return Err(Denial::Released(id).into());
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("removing a draft")
    }
}

fn ids_json(ids: &[ChannelId]) -> String {
    serde_json::Value::from(ids.iter().map(|id| id.0).collect::<Vec<_>>()).to_string()
}

fn files_json(files: &[FileRef]) -> String {
    serde_json::to_value(files).unwrap_or_default().to_string()
}

fn vars_json(vars: &BTreeMap<String, String>) -> String {
    serde_json::to_value(vars).unwrap_or_default().to_string()
}

fn index_text(conn: &Connection, id: BroadcastId, message: &Message) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM broadcast_text WHERE rowid = ?1")
        .and_then(|mut delete| delete.execute([id.0]))
        .doing("indexing a message")?;
    conn.prepare_cached("INSERT INTO broadcast_text (rowid, title, body) VALUES (?1, ?2, ?3)")
        .and_then(|mut insert| insert.execute((id.0, spaced(&message.title), spaced(&message.body))))
        .doing("indexing a message")?;
    Ok(())
}

/// Sets every Han, Kana and Hangul character apart, so that any run of them is a phrase.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        let apart = matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{1F000}'..='\u{1FAFF}' | '\u{20000}'..='\u{3FFFF}');
        if apart {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    out
}

fn insert_draft(
    tx: &WriteTx<'_>,
    draft: &Draft,
    purpose: Purpose,
    by: &str,
) -> Result<BroadcastId, StoreError> {
    let (conn, now) = (tx, tx.now.0);
    conn.prepare_cached(
        "INSERT INTO broadcast (purpose, title, summary, url, format, body, audience, channels, all_channels, \
         vars, undo_ms, at_ms, cron, stage, fallback, replaces, files, created_ms, updated_ms, created_by) \
         VALUES (:purpose, :title, :summary, :url, :format, :body, :audience, :channels, :all, \
         :vars, :undo, :at, :cron, :stage, :fallback, :replaces, :files, :now, :now, :by)",
    )
    .and_then(|mut insert| {
        insert.execute(named_params! {
            ":purpose": purpose.word(), ":title": draft.message.title, ":summary": draft.message.summary,
            ":url": draft.message.url, ":format": draft.message.format.word(), ":body": draft.message.body,
            ":audience": draft.audience, ":channels": ids_json(&draft.channels),
            ":all": draft.all_channels, ":vars": vars_json(&draft.vars), ":undo": draft.undo_ms,
            ":at": draft.at.map(|at| at.0), ":cron": draft.cron, ":stage": draft.stage,
            ":fallback": draft.fallback, ":replaces": draft.replaces.map(|id| id.0),
            ":files": files_json(&draft.message.files), ":now": now, ":by": by,
        })
    })
    .doing("adding a draft")?;
    let id = BroadcastId(conn.last_insert_rowid());
    index_text(conn, id, &draft.message)?;
    name_files(conn, id, &draft.message.files)?;
    bump(conn, Changed::Broadcasts)?;
    Ok(id)
}

/// Says of a broadcast that it goes to whoever `of` could not reach.
fn follow(conn: &Connection, id: BroadcastId, of: BroadcastId) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE broadcast SET follows = (SELECT coalesce(follows, id) FROM broadcast WHERE id = :of) WHERE id = :id",
    )
    .and_then(|mut update| update.execute(named_params! { ":id": id.0, ":of": of.0 }))
    .doing("adding a draft")?;
    Ok(())
}
