//! Addresses: read by their kind, secret ones sealed, each known by a look-up value.
//!
//! The same channel and address is the same person, whatever the name. A secret address leaves the
//! store only through `open_address`, which sender code and the operator's own repair form use; screens
//! get the masked form.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::channels::Channel;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::row;
use crate::channels::kind::AddressWarning;
use crate::domain::id::{AddressId, ChannelId, SubscriberId};
use crate::domain::secret::{Secret, mask_address};
use crate::domain::subscriber::AddressState;
use crate::domain::time::Millis;
use crate::seal::Keyring;

mod edit;
mod reading;

pub use edit::AddressEdit;
pub(super) use edit::carry_out;
pub(super) use edit::remove;
use edit::repair;
pub use reading::AddressReader;

/// Up to so many bytes of a look-up value stand as they are; a longer address is hashed.
const LOOKUP_AS_IS: usize = 64;

/// An address to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAddress {
    /// On which channel.
    pub channel: ChannelId,
    /// As typed, pasted or imported.
    pub typed: Secret,
}

/// An address of a person, as screens may show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// Its id; it stays when the address is repaired.
    pub id: AddressId,
    /// On which channel.
    pub channel: ChannelId,
    /// The channel's name.
    pub channel_name: String,
    /// The channel's kind.
    pub kind: String,
    /// Masked.
    pub masked: String,
    /// Whether it is a secret by itself.
    pub secret: bool,
    /// Whether it can be used.
    pub state: AddressState,
    /// When it was added.
    pub created: Millis,
}

/// An address ready to be written: read by its kind, sealed if it is a secret.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub channel: ChannelId,
    pub lookup: Vec<u8>,
    pub value: Option<String>,
    pub sealed: Option<Vec<u8>>,
    pub masked: Option<String>,
    pub warning: Option<AddressWarning>,
}

impl Ready {
    /// Seals what has to be sealed.
    pub(super) fn seal(
        keys: &Keyring,
        channel: ChannelId,
        clear: &Secret,
        secret: bool,
        warning: Option<AddressWarning>,
    ) -> Result<Self, StoreError> {
        let lookup = lookup(keys, channel, clear, secret);
        if !secret {
            let value = Some(clear.expose().to_owned());
            return Ok(Self { channel, lookup, value, sealed: None, masked: None, warning });
        }
        let sealed = Some(keys.seal_address(channel, &lookup, clear)?);
        Ok(Self { channel, lookup, value: None, sealed, masked: Some(clear.masked()), warning })
    }

    /// The same on another channel of the account, where addresses are no secrets (see `Kind::told_by`).
    pub(super) fn at(&self, channel: ChannelId) -> Self {
        Self { channel, ..self.clone() }
    }

    /// What a message may call it.
    pub(super) fn shown(&self) -> String {
        shown(self.masked.as_deref(), self.value.as_deref())
    }
}

/// What makes it the same address: a keyed hash of a secret one, else the address itself.
pub(super) fn lookup(keys: &Keyring, channel: ChannelId, clear: &Secret, secret: bool) -> Vec<u8> {
    let bytes = clear.expose().as_bytes();
    if secret || bytes.len() > LOOKUP_AS_IS { keys.lookup(channel, clear).to_vec() } else { bytes.to_vec() }
}

fn shown(masked: Option<&str>, value: Option<&str>) -> String {
    masked.map_or_else(|| mask_address(value.unwrap_or_default()), str::to_owned)
}

/// Who has an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub address: i64,
    pub subscriber: i64,
    pub removed: bool,
}

pub(super) fn owner(
    conn: &Connection,
    channel: ChannelId,
    lookup: &[u8],
) -> Result<Option<Owner>, StoreError> {
    conn.prepare_cached(
        "SELECT a.id, a.subscriber, s.removed_ms IS NOT NULL FROM address a JOIN subscriber s ON s.id = a.subscriber
          WHERE a.channel = :channel AND a.lookup = :lookup",
    )
    .and_then(|mut read| {
        read.query_row(named_params! { ":channel": channel.0, ":lookup": lookup }, |row| {
            Ok(Owner { address: row.get(0)?, subscriber: row.get(1)?, removed: row.get(2)? })
        })
        .optional()
    })
    .doing("looking for the owner of an address")
}

/// Whether anybody has an address on a channel.
pub(super) fn any(conn: &Connection, channel: ChannelId) -> Result<bool, StoreError> {
    conn.prepare_cached("SELECT 1 FROM address WHERE channel = :channel LIMIT 1")
        .and_then(|mut read| read.exists(named_params! { ":channel": channel.0 }))
        .doing("looking whether a channel is used")
}

/// Adds `n` to the usable addresses of a channel.
pub(super) fn count_addresses(conn: &Connection, channel: i64, n: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE channel SET addresses = addresses + :n WHERE id = :channel")
        .and_then(|mut update| update.execute(named_params! { ":channel": channel, ":n": n }))
        .doing("counting addresses")?;
    Ok(())
}

/// Writes an address of a person who has no other claim on it. One that only a removed person has is
/// handed over with its id; one that somebody else has is refused with that person's name.
pub(super) fn insert(
    conn: &Connection,
    subscriber: i64,
    ready: &Ready,
    now: Millis,
) -> Result<AddressId, StoreError> {
    if let Some(owner) = owner(conn, ready.channel, &ready.lookup)? {
        if !owner.removed && owner.subscriber != subscriber {
            return Err(taken(conn, ready, owner.subscriber)?);
        }
        if owner.subscriber == subscriber {
            return Ok(AddressId(owner.address));
        }
        conn.prepare_cached("UPDATE address SET subscriber = :subscriber, state = 0 WHERE id = :id")
            .and_then(|mut update| {
                update.execute(named_params! { ":id": owner.address, ":subscriber": subscriber })
            })
            .doing("handing an address over")?;
        count_addresses(conn, ready.channel.0, 1)?;
        return Ok(AddressId(owner.address));
    }
    conn.prepare_cached(INSERT)
        .and_then(|mut insert| insert.execute(columns(subscriber, ready, now)))
        .doing("adding an address")?;
    count_addresses(conn, ready.channel.0, 1)?;
    Ok(AddressId(conn.last_insert_rowid()))
}

/// Writes the row and nothing else; binds what `columns` gives.
pub(super) const INSERT: &str =
    "INSERT INTO address (subscriber, channel, lookup, value, sealed, masked, created_ms)
     VALUES (:subscriber, :channel, :lookup, :value, :sealed, :masked, :now)";

/// The values of a row, in the order of `INSERT`.
pub(super) fn columns(subscriber: i64, ready: &Ready, now: Millis) -> impl rusqlite::Params {
    (subscriber, ready.channel.0, &ready.lookup, &ready.value, &ready.sealed, &ready.masked, now.0)
}

fn taken(conn: &Connection, ready: &Ready, by: i64) -> Result<StoreError, StoreError> {
    let (owner, channel) = conn
        .prepare_cached(
            "SELECT s.name, c.name FROM subscriber s, channel c WHERE s.id = :id AND c.id = :channel",
        )
        .and_then(|mut read| {
            read.query_row(named_params! { ":id": by, ":channel": ready.channel.0 }, |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })
        .doing("naming the owner of an address")?;
    Ok(StoreError::AddressTaken { address: ready.shown(), channel, owner, id: SubscriberId(by) })
}

fn read_address(row: &Row<'_>) -> rusqlite::Result<Address> {
    let (value, masked): (Option<String>, Option<String>) = (row.get("value")?, row.get("masked")?);
    Ok(Address {
        id: AddressId(row.get("id")?),
        channel: ChannelId(row.get("channel")?),
        channel_name: row.get("channel_name")?,
        kind: row.get("kind")?,
        masked: shown(masked.as_deref(), value.as_deref()),
        secret: value.is_none(),
        state: row::code(row, "state", AddressState::from_code)?,
        created: Millis(row.get("created_ms")?),
    })
}

/// The addresses of a person on channels in use, in the order of the channels.
pub(super) fn of_person(conn: &Connection, subscriber: i64) -> Result<Vec<Address>, StoreError> {
    conn.prepare_cached(
        "SELECT a.id, a.channel, c.name AS channel_name, c.kind, a.value, a.masked, a.state, a.created_ms
           FROM address a JOIN channel c ON c.id = a.channel
          WHERE a.subscriber = :subscriber AND c.removed_ms IS NULL ORDER BY a.channel, a.id",
    )
    .and_then(|mut read| read.query_map(named_params! { ":subscriber": subscriber }, read_address)?.collect())
    .doing("reading a person's addresses")
}

fn absent(id: AddressId) -> StoreError {
    StoreError::NotFound { what: "address", id: id.to_string() }
}

struct Place {
    subscriber: i64,
    channel: ChannelId,
    state: AddressState,
    removed: bool,
}

fn place(conn: &Connection, id: AddressId) -> Result<Place, StoreError> {
    conn.prepare_cached(
        "SELECT a.subscriber, a.channel, a.state AS state, s.removed_ms IS NOT NULL
           FROM address a JOIN subscriber s ON s.id = a.subscriber WHERE a.id = :id",
    )
    .and_then(|mut read| {
        read.query_row(named_params! { ":id": id.0 }, |row| {
            Ok(Place {
                subscriber: row.get(0)?,
                channel: ChannelId(row.get(1)?),
                state: row::code(row, "state", AddressState::from_code)?,
                removed: row.get(3)?,
            })
        })
        .optional()
    })
    .doing("reading an address")?
    .ok_or_else(|| absent(id))
}

/// Whether an address can be used.
pub(super) fn state_of(conn: &Connection, id: AddressId) -> Result<AddressState, StoreError> {
    Ok(place(conn, id)?.state)
}

/// Says whether an address can be used, inside a transaction of somebody else.
pub(crate) fn mark_address(conn: &Connection, id: AddressId, state: AddressState) -> Result<(), StoreError> {
    let before = place(conn, id)?;
    if before.state == state {
        return Ok(());
    }
    conn.execute(
        "UPDATE address SET state = :state WHERE id = :id",
        named_params! { ":id": id.0, ":state": state.code() },
    )
    .doing("marking an address")?;
    if !before.removed {
        count_addresses(conn, before.channel.0, if state == AddressState::Active { 1 } else { -1 })?;
    }
    bump(conn, Changed::People)
}

impl Db {
    /// Adds an address to a person.
    pub fn add_address(
        &mut self,
        person: SubscriberId,
        new: &NewAddress,
    ) -> Result<(AddressId, Option<AddressWarning>), StoreError> {
        let ready = self.read_new(new)?;
        let now = self.now();
        let tx = self.write()?;
        super::subscribers::require(&tx, person)?;
        let id = insert(&tx, person.0, &ready, now)?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("adding an address")?;
        Ok((id, ready.warning))
    }

    /// Puts another address in the place of one: history keeps pointing at the same row, and a dead
    /// one is usable again.
    pub fn repair_address(
        &mut self,
        id: AddressId,
        typed: &Secret,
    ) -> Result<Option<AddressWarning>, StoreError> {
        let channel = place(&self.conn, id)?.channel;
        let ready = self.read_new(&NewAddress { channel, typed: typed.clone() })?;
        let tx = self.write()?;
        repair(&tx, id, &ready)?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("repairing an address")?;
        Ok(ready.warning)
    }

    /// Says whether an address can be used.
    pub fn mark_address(&mut self, id: AddressId, state: AddressState) -> Result<(), StoreError> {
        let tx = self.write()?;
        mark_address(&tx, id, state)?;
        tx.commit().doing("marking an address")
    }

    /// Takes an address away from a person.
    pub fn remove_address(&mut self, id: AddressId) -> Result<(), StoreError> {
        let tx = self.write()?;
        remove(&tx, id)?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("removing an address")
    }

    /// The address in clear. Only sender code calls this.
    pub fn open_address(&self, id: AddressId) -> Result<Secret, StoreError> {
        type Stored = (i64, Vec<u8>, Option<String>, Option<Vec<u8>>);
        let (channel, lookup, value, sealed): Stored = self
            .conn
            .prepare_cached("SELECT channel, lookup, value, sealed FROM address WHERE id = :id")
            .and_then(|mut read| {
                read.query_row(named_params! { ":id": id.0 }, |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
                .optional()
            })
            .doing("reading an address")?
            .ok_or_else(|| absent(id))?;
        match (value, sealed) {
            (Some(value), _) => Ok(Secret::new(value)),
            (None, Some(sealed)) => Ok(self.keys.open_address(ChannelId(channel), &lookup, &sealed)?),
            (None, None) => Err(absent(id)),
        }
    }

    pub(super) fn read_new(&self, new: &NewAddress) -> Result<Ready, StoreError> {
        let channel = self.channel(new.channel)?;
        if channel.removed.is_some() {
            return Err(StoreError::NotFound { what: "channel", id: channel.name });
        }
        AddressReader::of(&channel)?.ready(&self.keys, &new.typed)
    }

    /// People who have an address that is exactly this text, on any channel.
    pub(super) fn owners_of(&self, typed: &str) -> Result<Vec<SubscriberId>, StoreError> {
        // Shorter texts are parts of names; every keyed hash costs something.
        if typed.trim().chars().count() < 6 {
            return Ok(Vec::new());
        }
        let mut owners = Vec::new();
        for channel in self.channels()? {
            let Ok(reader) = AddressReader::of(&channel) else { continue };
            let Some(lookup) = reader.lookup(&self.keys, &Secret::new(typed)) else { continue };
            if let Some(owner) = owner(&self.conn, channel.id, &lookup)?.filter(|owner| !owner.removed) {
                owners.push(SubscriberId(owner.subscriber));
            }
        }
        owners.sort_unstable();
        owners.dedup();
        Ok(owners)
    }
}

/// Whether addresses of that channel are secrets by themselves.
pub fn are_secret(channel: &Channel) -> bool {
    AddressReader::of(channel).is_ok_and(|reader| reader.is_secret())
}
