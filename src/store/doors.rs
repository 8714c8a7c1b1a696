//! The doors that providers knock at: a secret path for each channel, made on first use and replaced on demand.
//!
//! A request is compared with keyed hashes, in constant time; the sealed secret is there only to show the URL again.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::channels::callback;
use crate::domain::channel::Account;
use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;
use crate::seal::{Keyring, random_key};

/// Under this name the secret is bound to its channel, beside the credentials.
const FIELD: &str = "door";

/// Bytes of the secret: 192 bits, 32 signs in a path.
const BYTES: usize = 24;

/// Under this name the beginning of every callback URL is kept.
const PUBLIC_URL: &str = "public_url";

/// Every door of a store, with what a knock is compared with.
#[derive(Debug, Clone)]
pub struct Doors {
    keys: Arc<Keyring>,
    doors: Vec<Door>,
}

/// The door of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Which channel.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: String,
    mark: String,
}

impl Doors {
    /// The door that this secret opens. Takes as long whether there is one or not.
    pub fn open(&self, secret: &str) -> Option<&Door> {
        let mark = mark(&self.keys, secret);
        let mut found = None;
        for door in &self.doors {
            if verify_slices_are_equal(mark.as_bytes(), door.mark.as_bytes()).is_ok() {
                found = Some(door);
            }
        }
        found
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.doors.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.doors.is_empty()
    }
}

fn mark(keys: &Keyring, secret: &str) -> String {
    keys.token(&format!("door {secret}"))
}

/// What the operator has to give to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorUrl {
    /// The path, with the secret in it.
    pub path: Secret,
    /// What stands before it, if that was ever given.
    pub base: Option<String>,
    /// Whether the secret is new.
    pub new: bool,
}

impl DoorUrl {
    /// The whole URL, or the path alone where nothing is known of what stands before it.
    pub fn whole(&self) -> String {
        format!("{}{}", self.base.as_deref().unwrap_or_default(), self.path.expose())
    }
}

impl Db {
    /// The doors of all channels in use.
    pub fn doors(&self) -> Result<Doors, StoreError> {
        let doors = self
            .conn
            .prepare_cached(
                "SELECT d.channel, c.kind, d.mark FROM door d JOIN channel c ON c.id = d.channel
                  WHERE c.removed_ms IS NULL ORDER BY d.channel",
            )
            .and_then(|mut read| {
                read.query_map([], |row| {
                    Ok(Door { channel: ChannelId(row.get(0)?), kind: row.get(1)?, mark: row.get(2)? })
                })?
                .collect()
            })
            .doing("reading the callback URLs")?;
        Ok(Doors { keys: Arc::clone(&self.keys), doors })
    }

    /// The callback URL of a channel; made if there is none, or anew if asked for: then the old one is dead.
    pub fn door_url(&mut self, channel: ChannelId, anew: bool) -> Result<DoorUrl, StoreError> {
        let base = self.public_url()?;
        let stored = self.sealed_door(channel)?;
        if let (Some(sealed), false) = (&stored, anew) {
            let secret = self.keys.open_credential(channel, FIELD, sealed)?;
            return Ok(DoorUrl { path: path(&secret), base, new: false });
        }
        let random = random_key()?;
        let secret = Secret::new(URL_SAFE_NO_PAD.encode(&random[..BYTES]));
        let sealed = self.keys.seal_credential(channel, FIELD, &secret)?;
        let mark = mark(&self.keys, secret.expose());
        let tx = self.write()?;
        tx.execute(
            "INSERT INTO door (channel, mark, sealed, made_ms) VALUES (:channel, :mark, :sealed, :now)
             ON CONFLICT (channel) DO UPDATE SET mark = :mark, sealed = :sealed, made_ms = :now, app = NULL",
            named_params! { ":channel": channel.0, ":mark": mark, ":sealed": sealed, ":now": tx.now.0 },
        )
        .doing("making a callback URL")?;
        tx.note(Act::Callback, channel, if stored.is_some() { "another secret" } else { "a secret" })?;
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("making a callback URL")?;
        Ok(DoorUrl { path: path(&secret), base, new: true })
    }

    fn sealed_door(&self, channel: ChannelId) -> Result<Option<Vec<u8>>, StoreError> {
        self.conn
            .prepare_cached("SELECT sealed FROM door WHERE channel = :channel")
            .and_then(|mut read| {
                read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)).optional()
            })
            .doing("reading a callback URL")
    }

    /// What stands before every callback path, if it was given.
    pub fn public_url(&self) -> Result<Option<String>, StoreError> {
        self.conn
            .prepare_cached("SELECT value FROM meta WHERE key = :key")
            .and_then(|mut read| {
                read.query_row(named_params! { ":key": PUBLIC_URL }, |row| row.get(0)).optional()
            })
            .doing("reading the public URL")
    }

    /// Keeps what stands before every callback path.
    pub fn set_public_url(&mut self, url: &str) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (:key, :url)",
            named_params! { ":key": PUBLIC_URL, ":url": url.trim_end_matches('/') },
        )
        .doing("keeping the public URL")?;
        tx.note(Act::Callback, "public URL", url)?;
        bump(&tx, Changed::Channels)?;
        tx.commit().doing("keeping the public URL")
    }

    /// The account as a receiver needs it: of its credentials only those that requests are checked with.
    pub fn callback_account(&self, channel: ChannelId) -> Result<Account, StoreError> {
        let mut account = self.account(channel, super::channels::Open::Nothing)?;
        let fields = callback::of(&account.kind).map_or(&[][..], callback::Callback::secrets);
        for field in fields {
            let sealed: Option<Vec<u8>> = self
                .conn
                .prepare_cached("SELECT sealed FROM credential WHERE channel = :channel AND field = :field")
                .and_then(|mut read| {
                    read.query_row(named_params! { ":channel": channel.0, ":field": field }, |row| row.get(0))
                        .optional()
                })
                .doing("reading what callbacks are checked with")?;
            if let Some(sealed) = sealed {
                account
                    .secrets
                    .insert((*field).to_owned(), self.keys.open_credential(channel, field, &sealed)?);
            }
        }
        Ok(account)
    }
}

fn path(secret: &Secret) -> Secret {
    Secret::new(format!("/cb/{}", secret.expose()))
}

/// Whether the application that speaks is the one that a door is for: the first one that spoke.
pub(super) fn is_its_app(conn: &Connection, channel: ChannelId, app: &str) -> Result<bool, StoreError> {
    if app.is_empty() {
        return Ok(true);
    }
    conn.prepare_cached("UPDATE door SET app = :app WHERE channel = :channel AND app IS NULL")
        .and_then(|mut first| first.execute(named_params! { ":channel": channel.0, ":app": app }))
        .doing("noting who speaks")?;
    let known: Option<String> = conn
        .prepare_cached("SELECT app FROM door WHERE channel = :channel")
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)).optional()
        })
        .doing("looking who speaks")?
        .flatten();
    Ok(known.is_none_or(|known| known == app))
}

#[cfg(test)]
mod tests {
    use crate::store::fixtures::Shop;

    #[test]
    fn a_door_opens_for_its_secret_alone_and_for_the_old_one_never_again() {
        let mut shop = Shop::new();
        let (one, two) = (shop.channel("one"), shop.channel("two"));
        let db = &mut shop.db;
        let first = db.door_url(one, false).expect("made");
        let second = db.door_url(two, false).expect("made");
        assert!(first.new && !db.door_url(one, false).expect("read").new);
        let secret = |url: &super::DoorUrl| url.path.expose().trim_start_matches("/cb/").to_owned();
        assert_eq!(secret(&first).len(), 32);
        let doors = db.doors().expect("read");
        assert_eq!(doors.open(&secret(&first)).map(|door| door.channel), Some(one));
        assert_eq!(doors.open(&secret(&second)).map(|door| door.channel), Some(two));
        for wrong in ["", "x", &secret(&first)[1..], &secret(&first).to_lowercase()] {
            assert_eq!(doors.open(wrong), None, "{wrong}");
        }
        let anew = db.door_url(one, true).expect("made anew");
        let doors = db.doors().expect("read");
        assert_eq!(doors.open(&secret(&first)), None);
        assert_eq!(doors.open(&secret(&anew)).map(|door| door.channel), Some(one));
        let log = db.audit_log(None, 1).expect("read").remove(0);
        assert_eq!((log.action.as_str(), log.detail.as_str()), ("callback", "another secret"));
        db.remove_channel(one).expect("removed");
        assert_eq!(db.doors().expect("read").open(&secret(&anew)), None);
    }

    #[test]
    fn nothing_of_a_secret_stands_in_the_store_or_in_debug() {
        let mut shop = Shop::new();
        let channel = shop.channel("one");
        let url = shop.db.door_url(channel, false).expect("made");
        let secret = url.path.expose().trim_start_matches("/cb/").to_owned();
        let row: (String, Vec<u8>) = shop
            .db
            .conn
            .query_row("SELECT mark, sealed FROM door", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("a row");
        assert!(!row.0.contains(&secret) && !row.1.windows(8).any(|part| part == &secret.as_bytes()[..8]));
        let doors = shop.db.doors().expect("read");
        assert!(!format!("{url:?} {doors:?}").contains(&secret));
        shop.db.set_public_url("https://push.example.com/hooks/").expect("kept");
        let url = shop.db.door_url(channel, false).expect("read");
        assert_eq!(url.whole(), format!("https://push.example.com/hooks/cb/{secret}"));
    }
}
