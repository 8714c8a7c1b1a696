//! Secrets at rest: sealed, bound to their row, under keys that the store key outside wraps.
//!
//! Three data keys lie in the store, each wrapped by the store key: one seals credentials, one seals
//! secret addresses, one hashes addresses for exact look-up. AES-256-GCM-SIV forgives a repeated
//! nonce, so random nonces are safe for any number of rows. The binding names the row: a sealed
//! value copied to another row does not open.

pub mod keyfile;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;

/// The length of every key.
pub const KEY_LEN: usize = 32;

/// Bytes of the keyed hash that stand for an address.
pub const LOOKUP_LEN: usize = 16;

/// What can go wrong with keys and sealed values.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The store's key file is not there.
    #[error("the key of this store is not at {0}")]
    KeyMissing(std::path::PathBuf),
    /// The key file cannot be used.
    #[error("the key file {path} cannot be used: {why}")]
    KeyUnusable {
        /// Where it is.
        path: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// The key opens nothing in this store.
    #[error("the key does not fit this store")]
    WrongKey,
    /// A sealed value was changed, or moved to another row.
    #[error("a sealed value does not open: it was changed or moved")]
    Damaged,
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    NoRandom,
}

/// A key in memory; wiped when dropped.
pub type KeyBytes = Zeroizing<[u8; KEY_LEN]>;

/// What a data key is for. The words stand in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Credentials of channels.
    Credential,
    /// Addresses that are secrets by themselves.
    Address,
    /// The keyed hash of such addresses.
    Lookup,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Credential, Self::Address, Self::Lookup];

    /// The word that the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Address => "address",
            Self::Lookup => "lookup",
        }
    }
}

/// Fresh random key bytes.
pub fn random_key() -> Result<KeyBytes, SealError> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    rand::fill(key.as_mut()).map_err(|_| SealError::NoRandom)?;
    Ok(key)
}

fn aead(key: &[u8]) -> Result<LessSafeKey, SealError> {
    UnboundKey::new(&AES_256_GCM_SIV, key).map(LessSafeKey::new).map_err(|_| SealError::WrongKey)
}

fn seal_with(key: &LessSafeKey, binding: &[u8], clear: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_LEN];
    rand::fill(&mut nonce).map_err(|_| SealError::NoRandom)?;
    let mut sealed = Vec::with_capacity(NONCE_LEN + clear.len() + AES_256_GCM_SIV.tag_len());
    sealed.extend_from_slice(clear);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(binding), &mut sealed)
        .map_err(|_| SealError::NoRandom)?;
    sealed.splice(0..0, nonce);
    Ok(sealed)
}

fn open_with(key: &LessSafeKey, binding: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
    let mut clear = Zeroizing::new(body.to_vec());
    let length = key
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(binding), &mut clear)
        .map_err(|_| SealError::Damaged)?
        .len();
    clear.truncate(length);
    Ok(clear)
}

/// Wraps a data key under the store key.
pub fn wrap(store_key: &KeyBytes, purpose: Purpose, data_key: &KeyBytes) -> Result<Vec<u8>, SealError> {
    seal_with(&aead(store_key.as_ref())?, purpose.word().as_bytes(), data_key.as_ref())
}

/// Opens a wrapped data key; a wrong store key is told apart from damage by nothing, so both say so.
pub fn unwrap(store_key: &KeyBytes, purpose: Purpose, wrapped: &[u8]) -> Result<KeyBytes, SealError> {
    let clear = open_with(&aead(store_key.as_ref())?, purpose.word().as_bytes(), wrapped)
        .map_err(|_| SealError::WrongKey)?;
    let bytes: [u8; KEY_LEN] = clear.as_slice().try_into().map_err(|_| SealError::WrongKey)?;
    Ok(Zeroizing::new(bytes))
}

/// The opened data keys of one store.
pub struct Keyring {
    credential: LessSafeKey,
    address: LessSafeKey,
    lookup: hmac::Key,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring([redacted])")
    }
}

impl Keyring {
    /// Takes the three opened data keys.
    pub fn new(credential: &KeyBytes, address: &KeyBytes, lookup: &KeyBytes) -> Result<Self, SealError> {
        Ok(Self {
            credential: aead(credential.as_ref())?,
            address: aead(address.as_ref())?,
            lookup: hmac::Key::new(hmac::HMAC_SHA256, lookup.as_ref()),
        })
    }

    /// Seals one field of a channel's credential.
    pub fn seal_credential(
        &self,
        channel: ChannelId,
        field: &str,
        clear: &Secret,
    ) -> Result<Vec<u8>, SealError> {
        seal_with(&self.credential, credential_binding(channel, field).as_bytes(), clear.expose().as_bytes())
    }

    /// Opens one field of a channel's credential. Only sender code calls this.
    pub fn open_credential(
        &self,
        channel: ChannelId,
        field: &str,
        sealed: &[u8],
    ) -> Result<Secret, SealError> {
        to_secret(&open_with(&self.credential, credential_binding(channel, field).as_bytes(), sealed)?)
    }

    /// Seals a secret address, bound to its channel and look-up hash.
    pub fn seal_address(
        &self,
        channel: ChannelId,
        lookup: &[u8],
        clear: &Secret,
    ) -> Result<Vec<u8>, SealError> {
        seal_with(&self.address, &address_binding(channel, lookup), clear.expose().as_bytes())
    }

    /// Opens a secret address.
    pub fn open_address(
        &self,
        channel: ChannelId,
        lookup: &[u8],
        sealed: &[u8],
    ) -> Result<Secret, SealError> {
        to_secret(&open_with(&self.address, &address_binding(channel, lookup), sealed)?)
    }

    /// A keyed hash of a text that others may see, so that nobody can make one up: 32 hexadecimal digits.
    pub fn token(&self, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.lookup);
        // Look-ups begin with a channel's number, which is never this.
        context.update(b"token\0");
        context.update(text.as_bytes());
        crate::domain::hex::of(&context.sign().as_ref()[..16])
    }

    /// The keyed hash that stands for a secret address in look-ups.
    pub fn lookup(&self, channel: ChannelId, clear: &Secret) -> [u8; LOOKUP_LEN] {
        let mut context = hmac::Context::with_key(&self.lookup);
        context.update(&channel.0.to_be_bytes());
        context.update(clear.expose().as_bytes());
        let mut short = [0; LOOKUP_LEN];
        short.copy_from_slice(&context.sign().as_ref()[..LOOKUP_LEN]);
        short
    }
}

fn credential_binding(channel: ChannelId, field: &str) -> String {
    format!("credential/{channel}/{field}")
}

fn address_binding(channel: ChannelId, lookup: &[u8]) -> Vec<u8> {
    let mut binding = b"address/".to_vec();
    binding.extend_from_slice(&channel.0.to_be_bytes());
    binding.extend_from_slice(lookup);
    binding
}

fn to_secret(clear: &[u8]) -> Result<Secret, SealError> {
    std::str::from_utf8(clear).map(Secret::new).map_err(|_| SealError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        let key = || random_key().expect("random numbers");
        Keyring::new(&key(), &key(), &key()).expect("three keys")
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_row() {
        let keys = keyring();
        let secret = Secret::new("AT_token");
        let sealed = keys.seal_credential(ChannelId(1), "app_token", &secret).expect("sealed");
        assert!(!sealed.windows(8).any(|window| window == b"AT_token"));
        assert_eq!(keys.open_credential(ChannelId(1), "app_token", &sealed).expect("opens"), secret);
        assert!(keys.open_credential(ChannelId(2), "app_token", &sealed).is_err());
        assert!(keys.open_credential(ChannelId(1), "other", &sealed).is_err());
        let mut changed = sealed;
        changed[15] ^= 1;
        assert!(keys.open_credential(ChannelId(1), "app_token", &changed).is_err());
    }

    #[test]
    fn the_same_address_has_the_same_look_up_hash_on_one_channel_only() {
        let keys = keyring();
        let address = Secret::new("SCT1T");
        assert_eq!(keys.lookup(ChannelId(1), &address), keys.lookup(ChannelId(1), &address));
        assert_ne!(keys.lookup(ChannelId(1), &address), keys.lookup(ChannelId(2), &address));
        assert_ne!(keys.lookup(ChannelId(1), &address), keyring().lookup(ChannelId(1), &address));
    }

    #[test]
    fn a_wrapped_key_needs_the_right_store_key() {
        let (store_key, data_key) = (random_key().expect("key"), random_key().expect("key"));
        let wrapped = wrap(&store_key, Purpose::Address, &data_key).expect("wraps");
        assert_eq!(unwrap(&store_key, Purpose::Address, &wrapped).expect("opens"), data_key);
        assert!(matches!(unwrap(&store_key, Purpose::Lookup, &wrapped), Err(SealError::WrongKey)));
        let other = random_key().expect("key");
        assert!(matches!(unwrap(&other, Purpose::Address, &wrapped), Err(SealError::WrongKey)));
    }
}
