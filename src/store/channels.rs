//! Channels: configured accounts with settings, sealed credentials, state and recent health.
//!
//! Credentials are sealed by anyone and opened only through `account(…, Open::Secrets)`, which only
//! sender code asks for. Whether a setting fits its kind is the catalogue's business, not the store's.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::row;
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::{Account, ChannelState, Health};
use crate::domain::id::ChannelId;
use crate::domain::name;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::seal::Keyring;

/// How many attempts make up a channel's health.
const RECENT: usize = 100;
/// So many failures at the end make a channel failing, whatever came before.
const LAST_FAILED: usize = 5;

/// A channel to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewChannel {
    /// Its name, unique without regard to case.
    pub name: String,
    /// The catalogue id of its kind.
    pub kind: String,
    /// Settings in clear.
    pub settings: BTreeMap<String, String>,
    /// Credentials, to be sealed.
    pub secrets: BTreeMap<String, Secret>,
}

/// What to change in a channel; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelEdit {
    /// A new name.
    pub name: Option<String>,
    /// Settings to set, or to clear (`None`).
    pub settings: BTreeMap<String, Option<String>>,
    /// Credentials to set, or to clear (`None`).
    pub secrets: BTreeMap<String, Option<Secret>>,
}

/// Whether `account` opens credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// For sender code, which makes calls.
    Secrets,
    /// For previews, dry runs and forms.
    Nothing,
}

/// Why a channel stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// The reason.
    pub reason: PauseReason,
    /// The provider's or the operator's words.
    pub detail: String,
}

/// What the last verification said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// When.
    pub at: Millis,
    /// Whether the credential was proven.
    pub ok: bool,
    /// The provider's words, scrubbed.
    pub text: String,
}

/// A credential as a screen may show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredSecret {
    /// The field.
    pub field: String,
    /// Its masked form.
    pub masked: String,
    /// When it was set.
    pub set_at: Millis,
}

/// A channel as lists and forms show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// The catalogue id of its kind.
    pub kind: String,
    /// Settings in clear.
    pub settings: BTreeMap<String, String>,
    /// Credentials, masked.
    pub secrets: Vec<StoredSecret>,
    /// Whether it may be used.
    pub state: ChannelState,
    /// Why not, if not.
    pub pause: Option<Pause>,
    /// What the last verification said, unless something was changed since.
    pub verified: Option<Verified>,
    /// Usable addresses of people who are there.
    pub addresses: i64,
    /// How its last attempts went.
    pub recent: Recent,
    /// Moves with every edit.
    pub version: i64,
    /// When it was made.
    pub created: Millis,
    /// When it was removed; such channels are found by id only, for history.
    pub removed: Option<Millis>,
}

impl Channel {
    /// How it is doing.
    pub fn health(&self) -> Health {
        match self.state {
            ChannelState::Paused => Health::Off,
            ChannelState::Active => self.recent.health(),
        }
    }
}

/// How the last attempts of a channel went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Recent {
    /// How many attempts are looked at: 100 at most.
    pub tried: usize,
    /// How many of them failed.
    pub failed: usize,
    /// How many failed in a row up to now.
    pub failed_in_a_row: usize,
}

impl Recent {
    fn read(went: &[u8]) -> Self {
        Self {
            tried: went.len(),
            failed: went.len() - went.iter().map(|one| usize::from(*one)).sum::<usize>(),
            failed_in_a_row: went.iter().rev().take_while(|one| **one == 0).count(),
        }
    }

    /// The word for it, of a channel that is in use.
    pub fn health(&self) -> Health {
        if self.tried == 0 {
            Health::Untested
        } else if self.failed_in_a_row >= LAST_FAILED || self.failed * 10 > self.tried {
            Health::Failing
        } else if self.failed * 100 > self.tried {
            Health::Slow
        } else {
            Health::Ok
        }
    }
}

/// Notes how attempts on a channel went, oldest first, inside the transaction that records them.
pub(crate) fn note_attempts(
    conn: &Connection,
    channel: ChannelId,
    went_through: impl IntoIterator<Item = bool>,
) -> Result<(), StoreError> {
    let mut went: Vec<u8> = conn
        .prepare_cached("SELECT went FROM channel_recent WHERE channel = :channel")
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)).optional()
        })
        .doing("reading a channel's last attempts")?
        .unwrap_or_default();
    went.extend(went_through.into_iter().map(u8::from));
    went.drain(..went.len().saturating_sub(RECENT));
    conn.prepare_cached("INSERT OR REPLACE INTO channel_recent (channel, went) VALUES (:channel, :went)")
        .and_then(|mut write| write.execute(named_params! { ":channel": channel.0, ":went": went }))
        .doing("noting a channel's last attempts")?;
    Ok(())
}

const COLUMNS: &str = "id, name, kind, settings, state, pause_reason, pause_detail, verified_ms, verified_ok,
    verified_text, addresses, version, created_ms, removed_ms,
    (SELECT went FROM channel_recent WHERE channel = channel.id) AS went";

fn read_channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
    let pause = row::maybe_word(row, "pause_reason", PauseReason::from_word)?;
    let detail: Option<String> = row.get("pause_detail")?;
    let verified: Option<i64> = row.get("verified_ms")?;
    Ok(Channel {
        id: ChannelId(row.get("id")?),
        name: row.get("name")?,
        kind: row.get("kind")?,
        settings: row::json(row, "settings")?,
        secrets: Vec::new(),
        state: row::word(row, "state", ChannelState::from_word)?,
        pause: pause.map(|reason| Pause { reason, detail: detail.unwrap_or_default() }),
        verified: match verified {
            None => None,
            Some(at) => Some(Verified {
                at: Millis(at),
                ok: row.get("verified_ok")?,
                text: row.get::<_, Option<String>>("verified_text")?.unwrap_or_default(),
            }),
        },
        addresses: row.get("addresses")?,
        recent: Recent::read(&row.get::<_, Option<Vec<u8>>>("went")?.unwrap_or_default()),
        version: row.get("version")?,
        created: Millis(row.get("created_ms")?),
        removed: row.get::<_, Option<i64>>("removed_ms")?.map(Millis),
    })
}

fn read_secrets(conn: &Connection, channel: ChannelId) -> Result<Vec<StoredSecret>, StoreError> {
    conn.prepare_cached(
        "SELECT field, masked, set_ms FROM credential WHERE channel = :channel ORDER BY field",
    )
    .and_then(|mut statement| {
        statement
            .query_map(named_params! { ":channel": channel.0 }, |row| {
                Ok(StoredSecret { field: row.get(0)?, masked: row.get(1)?, set_at: Millis(row.get(2)?) })
            })?
            .collect()
    })
    .doing("reading a channel's credentials")
}

fn absent(id: ChannelId) -> StoreError {
    StoreError::NotFound { what: "channel", id: id.to_string() }
}

fn bad_name(error: name::NameError) -> StoreError {
    StoreError::Refused(error.to_string())
}

fn refuse_taken_name(conn: &Connection, name: &str, except: Option<ChannelId>) -> Result<(), StoreError> {
    let taken = conn
        .prepare_cached(
            "SELECT 1 FROM channel WHERE name = :name COLLATE NOCASE AND removed_ms IS NULL AND id IS NOT :id",
        )
        .and_then(|mut statement| {
            statement.exists(named_params! { ":name": name, ":id": except.map(|id| id.0) })
        })
        .doing("looking for a channel of that name")?;
    if taken { Err(StoreError::Exists { what: "channel", name: name.to_owned() }) } else { Ok(()) }
}

fn to_json(settings: &BTreeMap<String, String>) -> String {
    serde_json::to_string(settings).expect("a map of texts is valid JSON")
}

impl Db {
    /// Makes a channel with its credentials, in one transaction.
    pub fn add_channel(&mut self, new: &NewChannel) -> Result<ChannelId, StoreError> {
        let name = name::channel(&new.name).map_err(bad_name)?;
        let (now, keys) = (self.now(), Arc::clone(&self.keys));
        let tx = self.write()?;
        refuse_taken_name(&tx, name, None)?;
        tx.execute(
            "INSERT INTO channel (name, kind, settings, created_ms) VALUES (:name, :kind, :settings, :now)",
            named_params! {
                ":name": name, ":kind": new.kind, ":settings": to_json(&new.settings), ":now": now.0,
            },
        )
        .doing("adding a channel")?;
        let id = ChannelId(tx.last_insert_rowid());
        for (field, clear) in &new.secrets {
            set_secret(&tx, &keys, id, field, Some(clear), now)?;
        }
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("adding a channel")?;
        Ok(id)
    }

    /// Changes a channel, if it still has that version (`None`: whatever it has). What was verified
    /// before a change of settings or credentials proves nothing after it. Returns the new version.
    pub fn edit_channel(
        &mut self,
        id: ChannelId,
        version: Option<i64>,
        edit: &ChannelEdit,
    ) -> Result<i64, StoreError> {
        let (now, keys) = (self.now(), Arc::clone(&self.keys));
        let tx = self.write()?;
        let old = channel_row(&tx, id)?.filter(|old| old.removed.is_none()).ok_or_else(|| absent(id))?;
        if version.is_some_and(|version| version != old.version) {
            return Err(StoreError::Conflict { what: "channel", id: id.to_string() });
        }
        let name = match &edit.name {
            Some(name) => name::channel(name).map_err(bad_name)?,
            None => &old.name,
        };
        refuse_taken_name(&tx, name, Some(id))?;
        let mut settings = old.settings.clone();
        for (field, value) in &edit.settings {
            match value {
                Some(value) => settings.insert(field.clone(), value.clone()),
                None => settings.remove(field),
            };
        }
        for (field, clear) in &edit.secrets {
            set_secret(&tx, &keys, id, field, clear.as_ref(), now)?;
        }
        let proven = settings == old.settings && edit.secrets.is_empty();
        tx.execute(
            "UPDATE channel SET name = :name, settings = :settings, version = version + 1,
                    verified_ms = iif(:proven, verified_ms, NULL)
              WHERE id = :id",
            named_params! {
                ":id": id.0, ":name": name, ":settings": to_json(&settings), ":proven": proven,
            },
        )
        .doing("changing a channel")?;
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("changing a channel")?;
        Ok(old.version + 1)
    }

    /// Takes a channel out of use. Its addresses, credentials and history stay, so that it can come back.
    pub fn remove_channel(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let now = self.now();
        self.change_channel(
            id,
            "UPDATE channel SET removed_ms = :now, version = version + 1 WHERE id = :id AND removed_ms IS NULL",
            named_params! { ":id": id.0, ":now": now.0 },
        )
    }

    /// Brings a removed channel back, unless its name is taken by now.
    pub fn restore_channel(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let gone = self.channel(id)?;
        refuse_taken_name(&self.conn, &gone.name, Some(id))?;
        self.change_channel(
            id,
            "UPDATE channel SET removed_ms = NULL, version = version + 1 WHERE id = :id AND removed_ms IS NOT NULL",
            named_params! { ":id": id.0 },
        )
    }

    /// Stops a channel and says why. The first reason stays until somebody resumes it.
    pub fn pause_channel(
        &mut self,
        id: ChannelId,
        reason: PauseReason,
        detail: &str,
    ) -> Result<(), StoreError> {
        let tx = self.write()?;
        pause_channel(&tx, id, reason, detail)?;
        tx.commit().doing("pausing a channel")
    }

    /// Puts a channel back into use and forgets its row of failures, which would trip it again.
    pub fn resume_channel(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE channel SET state = 'active', pause_reason = NULL, pause_detail = NULL
                  WHERE id = :id AND removed_ms IS NULL",
                named_params! { ":id": id.0 },
            )
            .doing("resuming a channel")?;
        if changed == 0 {
            return Err(absent(id));
        }
        tx.execute("DELETE FROM channel_recent WHERE channel = :id", named_params! { ":id": id.0 })
            .doing("forgetting a channel's last attempts")?;
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("resuming a channel")
    }

    /// Keeps what a verification said.
    pub fn record_verified(&mut self, id: ChannelId, ok: bool, text: &str) -> Result<(), StoreError> {
        let now = self.now();
        self.change_channel(
            id,
            "UPDATE channel SET verified_ms = :now, verified_ok = :ok, verified_text = :text WHERE id = :id",
            named_params! { ":id": id.0, ":now": now.0, ":ok": ok, ":text": text },
        )
    }

    fn change_channel(
        &mut self,
        id: ChannelId,
        sql: &'static str,
        params: &[(&str, &dyn rusqlite::ToSql)],
    ) -> Result<(), StoreError> {
        let tx = self.write()?;
        if tx.execute(sql, params).doing("changing a channel")? == 0 {
            return Err(absent(id));
        }
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("changing a channel")
    }

    /// Every channel in use, in the order in which they were made.
    pub fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM channel WHERE removed_ms IS NULL ORDER BY id");
        let mut all: Vec<Channel> = self
            .conn
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_map([], read_channel)?.collect())
            .doing("listing the channels")?;
        for channel in &mut all {
            channel.secrets = read_secrets(&self.conn, channel.id)?;
        }
        Ok(all)
    }

    /// One channel, a removed one too.
    pub fn channel(&self, id: ChannelId) -> Result<Channel, StoreError> {
        let mut channel = channel_row(&self.conn, id)?.ok_or_else(|| absent(id))?;
        channel.secrets = read_secrets(&self.conn, id)?;
        Ok(channel)
    }

    /// The channel in use with that name, else with that id.
    pub fn find_channel(&self, name_or_id: &str) -> Result<Channel, StoreError> {
        let wanted = name_or_id.trim();
        let named: Option<i64> = self
            .conn
            .prepare_cached("SELECT id FROM channel WHERE name = :name COLLATE NOCASE AND removed_ms IS NULL")
            .and_then(|mut statement| {
                statement.query_row(named_params! { ":name": wanted }, |row| row.get(0)).optional()
            })
            .doing("looking for a channel")?;
        let not_found = || StoreError::NotFound { what: "channel", id: wanted.to_owned() };
        let id = match named {
            Some(id) => ChannelId(id),
            None => wanted.parse().map_err(|_| not_found())?,
        };
        match self.channel(id) {
            Ok(channel) if channel.removed.is_none() => Ok(channel),
            Ok(_) | Err(StoreError::NotFound { .. }) => Err(not_found()),
            Err(error) => Err(error),
        }
    }

    /// What a kind needs to build calls. Credentials are opened only with `Open::Secrets`.
    pub fn account(&self, id: ChannelId, open: Open) -> Result<Account, StoreError> {
        let channel = channel_row(&self.conn, id)?.ok_or_else(|| absent(id))?;
        let secrets = match open {
            Open::Nothing => BTreeMap::new(),
            Open::Secrets => self.open_secrets(id)?,
        };
        Ok(Account { id, name: channel.name, kind: channel.kind, settings: channel.settings, secrets })
    }

    fn open_secrets(&self, id: ChannelId) -> Result<BTreeMap<String, Secret>, StoreError> {
        let sealed: Vec<(String, Vec<u8>)> = self
            .conn
            .prepare_cached("SELECT field, sealed FROM credential WHERE channel = :channel")
            .and_then(|mut statement| {
                statement
                    .query_map(named_params! { ":channel": id.0 }, |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .doing("reading a channel's credentials")?;
        sealed
            .into_iter()
            .map(|(field, sealed)| {
                let clear = self.keys.open_credential(id, &field, &sealed)?;
                Ok((field, clear))
            })
            .collect()
    }
}

fn channel_row(conn: &Connection, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM channel WHERE id = :id"))
        .and_then(|mut statement| statement.query_row(named_params! { ":id": id.0 }, read_channel).optional())
        .doing("reading a channel")
}

/// Stops a channel inside a transaction of somebody else: the sender records a refused credential and
/// pauses in one step.
pub(crate) fn pause_channel(
    conn: &Connection,
    id: ChannelId,
    reason: PauseReason,
    detail: &str,
) -> Result<(), StoreError> {
    let changed = conn
        .execute(
            "UPDATE channel SET state = 'paused', pause_reason = :reason, pause_detail = :detail
              WHERE id = :id AND state = 'active'",
            named_params! { ":id": id.0, ":reason": reason.word(), ":detail": detail },
        )
        .doing("pausing a channel")?;
    if changed == 0 && channel_row(conn, id)?.is_none() {
        return Err(absent(id));
    }
    bump(conn, Changed::Channels)
}

fn set_secret(
    conn: &Connection,
    keys: &Keyring,
    id: ChannelId,
    field: &str,
    clear: Option<&Secret>,
    now: Millis,
) -> Result<(), StoreError> {
    let Some(clear) = clear.filter(|clear| !clear.is_empty()) else {
        conn.execute(
            "DELETE FROM credential WHERE channel = :channel AND field = :field",
            named_params! { ":channel": id.0, ":field": field },
        )
        .doing("clearing a credential")?;
        return Ok(());
    };
    conn.execute(
        "INSERT OR REPLACE INTO credential (channel, field, sealed, masked, set_ms)
         VALUES (:channel, :field, :sealed, :masked, :now)",
        named_params! {
            ":channel": id.0, ":field": field, ":sealed": keys.seal_credential(id, field, clear)?,
            ":masked": clear.masked(), ":now": now.0,
        },
    )
    .doing("sealing a credential")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::wall_clock;

    fn store() -> Db {
        Db::in_memory(wall_clock()).expect("a store")
    }

    fn wxpusher(name: &str) -> NewChannel {
        NewChannel {
            name: name.into(),
            kind: "wxpusher".into(),
            settings: [("base_url".to_owned(), "http://127.0.0.1:1".to_owned())].into(),
            secrets: [("app_token".to_owned(), Secret::new("AT_abcdefghijklmnop"))].into(),
        }
    }

    #[test]
    fn a_channel_is_found_by_name_in_any_case_and_by_id() {
        let mut db = store();
        let id = db.add_channel(&wxpusher("Ops WeChat")).expect("added");
        for wanted in ["ops wechat", " Ops WeChat", "c1", "#c1", "1"] {
            assert_eq!(db.find_channel(wanted).expect(wanted).id, id);
        }
        assert!(matches!(db.find_channel("nobody"), Err(StoreError::NotFound { .. })));
        assert!(matches!(db.add_channel(&wxpusher("OPS WECHAT")), Err(StoreError::Exists { .. })));
        assert!(matches!(db.add_channel(&wxpusher("tags")), Err(StoreError::Refused(_))));
    }

    #[test]
    fn a_credential_is_shown_masked_and_opened_only_on_request() {
        let mut db = store();
        let id = db.add_channel(&wxpusher("ops")).expect("added");
        let shown = db.channel(id).expect("shown");
        assert_eq!(shown.secrets[0].masked, "…mnop");
        assert!(!format!("{shown:?}").contains("AT_abc"));
        assert!(db.account(id, Open::Nothing).expect("closed").secrets.is_empty());
        let open = db.account(id, Open::Secrets).expect("open");
        assert_eq!(open.secret("app_token").expect("set").expose(), "AT_abcdefghijklmnop");
        let clear =
            ChannelEdit { secrets: [("app_token".to_owned(), None)].into(), ..ChannelEdit::default() };
        db.edit_channel(id, None, &clear).expect("cleared");
        assert!(db.account(id, Open::Secrets).expect("open").secrets.is_empty());
    }

    #[test]
    fn a_lost_race_is_told_and_a_changed_channel_is_no_longer_verified() {
        let mut db = store();
        let id = db.add_channel(&wxpusher("ops")).expect("added");
        db.record_verified(id, true, "ok").expect("recorded");
        let rename = ChannelEdit { name: Some("ops2".into()), ..ChannelEdit::default() };
        assert_eq!(db.edit_channel(id, Some(1), &rename).expect("edited"), 2);
        assert!(db.channel(id).expect("shown").verified.expect("still proven").ok);
        assert!(matches!(db.edit_channel(id, Some(1), &rename), Err(StoreError::Conflict { .. })));
        let set = ChannelEdit {
            settings: [("base_url".to_owned(), Some("http://127.0.0.1:2".to_owned()))].into(),
            ..ChannelEdit::default()
        };
        db.edit_channel(id, Some(2), &set).expect("edited");
        assert_eq!(db.channel(id).expect("shown").verified, None);
    }

    #[test]
    fn a_pause_keeps_its_first_reason_until_it_is_resumed() {
        let mut db = store();
        let id = db.add_channel(&wxpusher("ops")).expect("added");
        db.pause_channel(id, PauseReason::Credential, "1001 bad token").expect("paused");
        db.pause_channel(id, PauseReason::Operator, "").expect("paused again");
        let channel = db.channel(id).expect("shown");
        assert_eq!(channel.health(), Health::Off);
        assert_eq!(channel.pause.expect("paused").reason, PauseReason::Credential);
        db.resume_channel(id).expect("resumed");
        assert_eq!(db.channel(id).expect("shown").pause, None);
    }

    #[test]
    fn a_removed_channel_frees_its_name_and_can_come_back() {
        let mut db = store();
        let id = db.add_channel(&wxpusher("ops")).expect("added");
        db.remove_channel(id).expect("removed");
        assert!(db.channels().expect("list").is_empty());
        assert!(matches!(db.find_channel("c1"), Err(StoreError::NotFound { .. })));
        assert!(db.channel(id).expect("for history").removed.is_some());
        let second = db.add_channel(&wxpusher("ops")).expect("the name is free");
        assert!(matches!(db.restore_channel(id), Err(StoreError::Exists { .. })));
        db.remove_channel(second).expect("removed");
        db.restore_channel(id).expect("back");
        assert_eq!(db.channels().expect("list").len(), 1);
    }

    #[test]
    fn health_looks_at_the_last_hundred_attempts() {
        let mut db = store();
        let id = db.add_channel(&wxpusher("ops")).expect("added");
        let health = |went: Vec<bool>| {
            note_attempts(&db.conn, id, went).expect("noted");
            let channel = db.channel(id).expect("shown");
            (channel.recent.tried, channel.health())
        };
        assert_eq!(health(vec![]), (0, Health::Untested));
        assert_eq!(health(vec![false; 4]), (4, Health::Failing));
        assert_eq!(health(vec![true; 99]), (100, Health::Ok));
        assert_eq!(health([vec![false; 2], vec![true; 3]].concat()), (100, Health::Slow));
        assert_eq!(health(vec![false; 5]), (100, Health::Failing));
    }
}
