//! Reading channels: lists, one of them, whom a word means, and the account that calls are built from.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{Channel, Open, Pause, Recent, Rest, StoredSecret, Verified, absent};
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::{Account, ChannelState};
use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};
use crate::store::row;

const COLUMNS: &str = "id, name, kind, settings, state, pause_reason, pause_detail, verified_ms, verified_ok,
    verified_text, addresses, version, created_ms, removed_ms, rest_until_ms, rest_class,
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
        rest: Rest::read(row, "rest_until_ms", "rest_class")?,
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

pub(super) fn channel_row(conn: &Connection, id: ChannelId) -> Result<Option<Channel>, StoreError> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM channel WHERE id = :id"))
        .and_then(|mut statement| statement.query_row(named_params! { ":id": id.0 }, read_channel).optional())
        .doing("reading a channel")
}

impl Db {
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
            channel.rest = channel.rest.filter(|rest| rest.holds(self.now()));
        }
        Ok(all)
    }

    /// One channel, a removed one too.
    pub fn channel(&self, id: ChannelId) -> Result<Channel, StoreError> {
        let mut channel = channel_row(&self.conn, id)?.ok_or_else(|| absent(id))?;
        channel.secrets = read_secrets(&self.conn, id)?;
        channel.rest = channel.rest.filter(|rest| rest.holds(self.now()));
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
