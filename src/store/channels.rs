//! Channels: configured accounts with settings, sealed credentials, state and recent health.
//!
//! Credentials are sealed by anyone and opened only through `account(…, Open::Secrets)`, which only
//! sender code asks for. Whether a setting fits its kind is the catalogue's business, not the store's.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, named_params};
use serde::Serialize;

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::denial::{Denial, Named};
use super::error::{Doing, StoreError};
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::{Account, ChannelState, Health};
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::domain::name;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

mod read;
mod recent;
mod rest;
mod secrets;
mod settings;

use read::channel_row;
pub use recent::Recent;
pub(crate) use recent::{Went, note_attempts};
pub use rest::Rest;
use secrets::set_secret;
use settings::to_json;

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
    /// Until when the sender calls nobody over it, and why.
    pub rest: Option<Rest>,
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
    /// The account without its credentials, for checks and estimates.
    pub fn account(&self) -> Account {
        Account {
            id: self.id,
            name: self.name.clone(),
            kind: self.kind.clone(),
            settings: self.settings.clone(),
            secrets: BTreeMap::new(),
        }
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        match self.state {
            ChannelState::Paused => Health::Off,
            ChannelState::Active => match (self.recent.health(), &self.verified) {
                // Its credential is proven, and nothing says otherwise yet.
                (Health::Untested, Some(verified)) if verified.ok => Health::Ok,
                (health, _) => health,
            },
        }
    }
}

fn absent(id: ChannelId) -> StoreError {
    StoreError::NotFound { what: "channel", id: id.to_string() }
}

fn read_name(typed: &str) -> Result<&str, StoreError> {
    let denied = |why| Denial::Name { what: Named::Channel, typed: typed.to_owned(), why }.into();
    name::channel(typed).map_err(denied)
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

impl Db {
    /// Makes a channel with its credentials, in one transaction.
    pub fn add_channel(&mut self, new: &NewChannel) -> Result<ChannelId, StoreError> {
        let name = read_name(&new.name)?;
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
        tx.note(Act::ChannelAdd, id, &format!("{name} ({})", new.kind))?;
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("adding a channel")?;
        Ok(id)
    }

    /// Changes a channel, if it still has that version (`None`: whatever it has). What was verified
    /// before a change of settings or credentials proves nothing after it, and a rest is over. Returns the new version.
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
            Some(name) => read_name(name)?,
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
                    verified_ms = iif(:proven, verified_ms, NULL),
                    rest_until_ms = iif(:proven, rest_until_ms, NULL)
              WHERE id = :id",
            named_params! {
                ":id": id.0, ":name": name, ":settings": to_json(&settings), ":proven": proven,
            },
        )
        .doing("changing a channel")?;
        if !proven {
            // Another account may call from now on: the first one that does is known by it.
            tx.execute("UPDATE door SET app = NULL WHERE channel = ?1", [id.0])
                .doing("changing a channel")?;
        }
        let changed: Vec<&str> = edit.settings.keys().map(String::as_str).collect();
        if edit.secrets.is_empty() || !changed.is_empty() || edit.name.is_some() {
            tx.note(Act::ChannelEdit, id, &format!("{name}: {}", changed.join(" ")))?;
        }
        for field in edit.secrets.keys() {
            tx.note(Act::Credential, id, &format!("{name}: {field}"))?;
        }
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("changing a channel")?;
        Ok(old.version + 1)
    }

    /// Takes a channel out of use. Its addresses, credentials and history stay, so that it can come back. Refused
    /// while deliveries wait for it: their broadcasts would never end.
    pub fn remove_channel(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let now = self.now();
        let waiting = self.waiting_on(id)?;
        if waiting > 0 {
            return Err(Denial::Waiting(waiting).into());
        }
        self.change_channel(
            id,
            Some(Act::ChannelRemove),
            "UPDATE channel SET removed_ms = :now, version = version + 1 WHERE id = :id AND removed_ms IS NULL",
            named_params! { ":id": id.0, ":now": now.0 },
        )
    }

    /// Brings a removed channel back, unless its name is taken by now.
    pub fn restore_channel(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let gone = self.channel(id)?;
        refuse_taken_name(&self.conn, &gone.name, Some(id))?;
        // First, or a sender may find it old before.
        self.begin_again(id)?;
        self.change_channel(
            id,
            Some(Act::ChannelRestore),
            "UPDATE channel SET removed_ms = NULL, rest_until_ms = NULL, version = version + 1 WHERE id = :id AND removed_ms IS NOT NULL",
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
        let changed = tx
            .execute(
                "UPDATE channel SET state = 'paused', pause_reason = :reason, pause_detail = :detail
                  WHERE id = :id AND state = 'active'",
                named_params! { ":id": id.0, ":reason": reason.word(), ":detail": detail },
            )
            .doing("pausing a channel")?;
        if changed > 0 {
            tx.note(Act::ChannelPause, id, &format!("{}: {detail}", reason.word()))?;
        } else if channel_row(&tx, id)?.is_none() {
            return Err(absent(id));
        }
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("pausing a channel")
    }

    /// Puts a channel back into use: forgets its row of failures, which would trip it again, and makes due
    /// what waits for the repair of the credential or for the next day's allowance.
    pub fn resume_channel(&mut self, id: ChannelId) -> Result<(), StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE channel SET state = 'active', pause_reason = NULL, pause_detail = NULL, rest_until_ms = NULL
                  WHERE id = :id AND removed_ms IS NULL",
                named_params! { ":id": id.0 },
            )
            .doing("resuming a channel")?;
        if changed == 0 {
            return Err(absent(id));
        }
        tx.execute("DELETE FROM channel_recent WHERE channel = :id", named_params! { ":id": id.0 })
            .doing("forgetting a channel's last attempts")?;
        tx.execute(
            "UPDATE delivery SET not_before_ms = :now
              WHERE state = 2 AND not_before_ms > :now AND class IN (:credential, :quota)
                AND lane IN (SELECT id FROM lane WHERE channel = :id AND deferred > 0)",
            named_params! {
                ":id": id.0, ":now": now.0,
                ":credential": Class::Credential.code(), ":quota": Class::Quota.code(),
            },
        )
        .doing("making due what waited for the channel")?;
        super::expiry::begin_again(&tx, id, now)?;
        tx.note(Act::ChannelResume, id, "")?;
        bump(&tx, Changed::Channels)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("resuming a channel")
    }

    /// Keeps what a verification said.
    pub fn record_verified(&mut self, id: ChannelId, ok: bool, text: &str) -> Result<(), StoreError> {
        let now = self.now();
        self.change_channel(
            id,
            None,
            "UPDATE channel SET verified_ms = :now, verified_ok = :ok, verified_text = :text,
                    rest_until_ms = iif(:ok, NULL, rest_until_ms) WHERE id = :id",
            named_params! { ":id": id.0, ":now": now.0, ":ok": ok, ":text": text },
        )
    }

    fn change_channel(
        &mut self,
        id: ChannelId,
        act: Option<Act>,
        sql: &'static str,
        params: &[(&str, &dyn rusqlite::ToSql)],
    ) -> Result<(), StoreError> {
        let tx = self.write()?;
        if tx.execute(sql, params).doing("changing a channel")? == 0 {
            return Err(absent(id));
        }
        if let Some(act) = act {
            tx.note(act, id, "")?;
        }
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("changing a channel")
    }
}

#[cfg(test)]
mod tests;
