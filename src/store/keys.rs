//! The store's data keys: made with the store, opened with the key file outside it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::error::{Doing, StoreError};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::seal::keyfile::{self, KeyPlace};
use crate::seal::{KeyBytes, Keyring, Purpose, SealError, random_key, unwrap, wrap};

/// Makes id, key file and data keys of a new store, inside the transaction that makes its tables.
pub fn create(conn: &Connection, store_id: &str, place: &KeyPlace) -> Result<(), StoreError> {
    let store_key = keyfile::create(&place.path(store_id))?;
    insert(conn, store_id, &store_key)
}

/// The same with a key that is at hand (tests, throw-away stores).
pub fn insert(conn: &Connection, store_id: &str, store_key: &KeyBytes) -> Result<(), StoreError> {
    conn.execute("INSERT INTO meta (key, value) VALUES ('store_id', :id)", named_params! { ":id": store_id })
        .doing("naming the store")?;
    for purpose in Purpose::ALL {
        let wrapped = wrap(store_key, purpose, &random_key()?)?;
        conn.execute(
            "INSERT INTO seal_key (purpose, wrapped) VALUES (:purpose, :wrapped)",
            named_params! { ":purpose": purpose.word(), ":wrapped": wrapped },
        )
        .doing("storing a wrapped key")?;
    }
    Ok(())
}

/// The id that names the store's key file.
pub fn store_id(conn: &Connection) -> Result<String, StoreError> {
    conn.query_row("SELECT value FROM meta WHERE key = 'store_id'", [], |row| row.get(0))
        .doing("reading the store's id")
}

/// Makes what providers know deliveries by.
#[derive(Debug, Clone)]
pub struct DeliveryKeys {
    prefix: String,
    keys: Arc<Keyring>,
}

impl DeliveryKeys {
    /// The key of a delivery: the same for every attempt of it and for no other delivery of any store. Not secret.
    /// Without its last part it is the broadcast's (`Target::group`).
    pub fn key(&self, id: DeliveryId) -> String {
        format!("{}-{}", self.group(id.broadcast), id.seq)
    }

    /// What the keys of all deliveries of a broadcast begin with.
    pub fn group(&self, id: BroadcastId) -> String {
        format!("{}-{}", self.prefix, id.0)
    }

    /// What a link to unsubscribe holds: whoever has another one's cannot make it out from their own.
    pub fn token(&self, id: DeliveryId) -> String {
        format!("{}-{}-{}", id.broadcast.0, id.seq, self.keys.token(&self.key(id)))
    }
}

impl super::db::Db {
    /// What providers know this store's deliveries by.
    pub fn delivery_keys(&self) -> Result<DeliveryKeys, StoreError> {
        Ok(DeliveryKeys { prefix: self.key_prefix()?, keys: Arc::clone(&self.keys) })
    }

    /// A short text that makes the keys of this store's deliveries (Bark ids, Message-IDs) differ from those
    /// of any other store. Not secret.
    pub fn key_prefix(&self) -> Result<String, StoreError> {
        let id = store_id(&self.conn)?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
        let number =
            digest.as_ref().iter().take(6).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        Ok(format!("pd{number:012x}"))
    }
}

/// Opens the data keys with the key file; nothing is made.
pub fn open(conn: &Connection, place: &KeyPlace) -> Result<Keyring, StoreError> {
    let store_key = keyfile::load(&place.path(&store_id(conn)?))?;
    keyring(conn, &store_key)
}

/// Opens the data keys with a key that is at hand.
pub fn keyring(conn: &Connection, store_key: &KeyBytes) -> Result<Keyring, StoreError> {
    let open = |purpose: Purpose| -> Result<KeyBytes, StoreError> {
        let wrapped: Option<Vec<u8>> = conn
            .query_row(
                "SELECT wrapped FROM seal_key WHERE purpose = :purpose",
                named_params! { ":purpose": purpose.word() },
                |row| row.get(0),
            )
            .optional()
            .doing("reading a wrapped key")?;
        Ok(unwrap(store_key, purpose, &wrapped.ok_or(SealError::Damaged)?)?)
    };
    Ok(Keyring::new(&open(Purpose::Credential)?, &open(Purpose::Address)?, &open(Purpose::Lookup)?)?)
}
