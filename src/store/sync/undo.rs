//! Taking a change back: its steps backwards, in short transactions, each only where what it did still stands.

use rusqlite::{OptionalExtension, named_params};

use super::Step;
use super::apply::{rename, standing_name};
use crate::domain::id::{AddressId, ChannelId, SubscriberId};
use crate::domain::subscriber::AddressState;
use crate::store::addresses;
use crate::store::audit::{Act, WriteTx};
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};
use crate::store::{members, subscribers, topics};

impl Db {
    /// The newest change of a channel that was not taken back.
    pub fn newest_change(&self, channel: ChannelId) -> Result<Option<i64>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT id FROM sync WHERE channel = :channel AND undone_ms IS NULL ORDER BY id DESC LIMIT 1",
            )
            .and_then(|mut read| {
                read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)).optional()
            })
            .doing("looking for a change")
    }

    /// Takes a change back. Returns how many of its steps; the others no longer stand as it left them.
    pub fn undo_change(&mut self, sync: i64) -> Result<i64, StoreError> {
        let chunks: Vec<i64> = self
            .conn
            .prepare_cached(
                "SELECT t.no FROM sync_step t JOIN sync s ON s.id = t.sync
                  WHERE t.sync = :sync AND s.undone_ms IS NULL ORDER BY t.no DESC",
            )
            .and_then(|mut read| read.query_map(named_params! { ":sync": sync }, |row| row.get(0))?.collect())
            .doing("reading a change")?;
        let mut undone = 0;
        for no in chunks {
            let tx = self.write()?;
            let steps: Option<String> = tx
                .query_row(
                    "SELECT steps FROM sync_step WHERE sync = :sync AND no = :no",
                    named_params! { ":sync": sync, ":no": no },
                    |row| row.get(0),
                )
                .optional()
                .doing("reading a change")?;
            let steps: Vec<Step> =
                steps.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            for step in steps.iter().rev() {
                undone += i64::from(undo(&tx, step)?);
            }
            tx.execute(
                "DELETE FROM sync_step WHERE sync = :sync AND no = :no",
                named_params! { ":sync": sync, ":no": no },
            )
            .doing("taking a change back")?;
            bump(&tx, Changed::People)?;
            bump(&tx, Changed::Topics)?;
            tx.commit().doing("taking a change back")?;
        }
        self.close(sync, undone)?;
        Ok(undone)
    }

    fn close(&mut self, sync: i64, undone: i64) -> Result<(), StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let channel: Option<String> = tx
            .query_row(
                "UPDATE sync SET undone_ms = :now WHERE id = :sync AND undone_ms IS NULL
                 RETURNING (SELECT name FROM channel WHERE channel.id = sync.channel)",
                named_params! { ":sync": sync, ":now": now.0 },
                |row| row.get(0),
            )
            .optional()
            .doing("taking a change back")?;
        let channel = channel.ok_or_else(|| StoreError::NotFound { what: "change", id: sync.to_string() })?;
        tx.note(Act::SyncUndo, channel, &format!("{undone} steps taken back"))?;
        tx.commit().doing("taking a change back")
    }
}

fn undo(tx: &WriteTx<'_>, step: &Step) -> Result<bool, StoreError> {
    match step {
        Step::Added(person) => remove(tx, *person),
        Step::Renamed { person, from, to } => {
            let stands = standing_name(tx, *person)?.as_deref() == Some(to);
            if stands {
                rename(tx, *person, from)?;
            }
            Ok(stands)
        }
        Step::Marked { address, from, to } => {
            let (id, state) = (AddressId(*address), AddressState::from_code(*from));
            let stands = match addresses::state_of(tx, id) {
                Ok(now) => now.code() == *to,
                Err(StoreError::NotFound { .. }) => false,
                Err(error) => return Err(error),
            };
            if let (true, Some(state)) = (stands, state) {
                addresses::mark_address(tx, id, state)?;
            }
            Ok(stands)
        }
        Step::Joined { topic, person } => {
            Ok(!members::leave_all(tx, &topics::GROUP, *topic, &[SubscriberId(*person)])?.is_empty())
        }
        Step::Made(topic) => {
            let gone = tx
                .execute(
                    "UPDATE topic SET removed_ms = :now, version = version + 1
                      WHERE id = :id AND removed_ms IS NULL AND people = 0",
                    named_params! { ":id": topic, ":now": tx.now.0 },
                )
                .doing("taking a topic back")?;
            Ok(gone > 0)
        }
    }
}

/// Whether anything happened with the person since: what they said, what they were sent, or that they are left out.
/// The address carries an opt-out, so it has to stay.
fn has_a_past(tx: &WriteTx<'_>, person: i64) -> Result<bool, StoreError> {
    tx.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM subscriber WHERE id = :id AND (state <> 0 OR opted_out_ms IS NOT NULL))
             OR EXISTS (SELECT 1 FROM inbound WHERE subscriber = :id)
             OR EXISTS (SELECT 1 FROM delivery INDEXED BY delivery_person WHERE subscriber = :id)",
    )
    .and_then(|mut read| read.query_row(named_params! { ":id": person }, |row| row.get(0)))
    .doing("taking a person back")
}

/// The person goes, and the address with them, so that the next comparison finds it again. Whoever got another
/// address since is somebody else's work by now and stays.
fn remove(tx: &WriteTx<'_>, person: i64) -> Result<bool, StoreError> {
    let addresses: Vec<i64> = tx
        .prepare_cached("SELECT id FROM address WHERE subscriber = :id")
        .and_then(|mut read| read.query_map(named_params! { ":id": person }, |row| row.get(0))?.collect())
        .doing("taking a person back")?;
    let [address] = addresses[..] else { return Ok(false) };
    if standing_name(tx, person)?.is_none() || has_a_past(tx, person)? {
        return Ok(false);
    }
    addresses::remove(tx, AddressId(address))?;
    subscribers::mark_removed(tx, SubscriberId(person), tx.now)
}
