//! End-to-end encryption: only the phone that was given the same key can read a push.
//!
//! The iv has to be fresh for every message, and the same when the same call is built again. So it is a keyed hash of
//! the delivery's group and of the text itself, as in SIV modes: whoever lacks the key cannot foresee it, and one iv
//! never meets two texts under one key, which GCM does not survive. The text has to be in the hash: settings of the
//! channel may change between two attempts, and people with texts of their own share a group. The group has to be in
//! it, too, or two broadcasts with the same text would be seen to be the same. An iv of GCM has 72 bits of the hash:
//! among a thousand million pushes under one key two meet with a chance of one in ten thousand.
//!
//! An iv made when the call leaves would be as sound, but then no preview, no comparison and no second attempt would
//! show what went out.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::channels::kind::BuildError;
use crate::domain::channel::Account;
use crate::domain::secret::Secret;

/// The words of the setting, as the app names them.
pub(super) const WORDS: &[&str] = &[
    "none",
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "aes-128-ecb",
    "aes-192-ecb",
    "aes-256-ecb",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
];

/// What an authentication tag of GCM adds.
const TAG: usize = 16;
const BLOCK: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Cbc,
    Ecb,
    Gcm,
}

/// How the channel encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scheme {
    bits: usize,
    mode: Mode,
}

/// A push as it travels.
pub(super) struct Sealed {
    pub(super) ciphertext: String,
    pub(super) iv: Option<String>,
}

/// The key as far as it is at hand.
enum Key<'a> {
    Whole(&'a str),
    /// Previews and dry runs have only its masked form.
    Masked,
}

impl Scheme {
    /// What the channel is set to; `None` means that pushes go in clear.
    pub(super) fn of(account: &Account) -> Result<Option<Self>, BuildError> {
        let Some(word) = account.setting("encryption") else {
            // Somebody who gave a key does not want their text to be read.
            return match account.secret("encryption_key") {
                Some(_) => {
                    Err(bad("encryption", "a key is set, but not what it is for: choose one, or none"))
                }
                None => Ok(None),
            };
        };
        if word == "none" {
            return Ok(None);
        }
        let mut parts = word.split('-').skip(1);
        let bits = parts.next().and_then(|bits| bits.parse().ok());
        let mode = match parts.next() {
            Some("cbc") => Some(Mode::Cbc),
            Some("ecb") => Some(Mode::Ecb),
            Some("gcm") => Some(Mode::Gcm),
            _ => None,
        };
        match (WORDS.contains(&word), bits, mode) {
            (true, Some(bits), Some(mode)) => Ok(Some(Self { bits, mode })),
            _ => Err(bad("encryption", "expected none or one such as aes-256-gcm")),
        }
    }

    /// The key has to be whole before anything leaves.
    pub(super) fn may_leave(self, account: &Account) -> Result<(), BuildError> {
        match self.key(account)? {
            Key::Whole(_) => Ok(()),
            Key::Masked => Err(self.wrong_length(account.secret("encryption_key"))),
        }
    }

    /// Seals what a push says. `group` is the same for all who get it.
    pub(super) fn seal(self, account: &Account, group: &str, clear: &[u8]) -> Result<Sealed, BuildError> {
        let key = match self.key(account)? {
            Key::Whole(key) => key,
            // `may_leave` sees to it that this stays on screen.
            Key::Masked => {
                let shown = format!("[sealed when it leaves] {}", String::from_utf8_lossy(clear));
                return Ok(Sealed { ciphertext: shown, iv: None });
            }
        };
        let iv = self.iv(key.as_bytes(), group, clear);
        let ciphertext = self
            .encrypt(key.as_bytes(), iv.as_deref(), clear)
            .ok_or_else(|| bad("encryption_key", "nothing can be encrypted with it"))?;
        Ok(Sealed { ciphertext, iv })
    }

    /// How long ciphertext and iv of a text are.
    pub(super) fn sizes(self, clear: usize) -> (usize, Option<usize>) {
        let sealed = match self.mode {
            Mode::Cbc | Mode::Ecb => (clear / BLOCK + 1) * BLOCK,
            Mode::Gcm => clear + TAG,
        };
        (sealed.div_ceil(3) * 4, self.iv_bytes().map(|bytes| bytes / 3 * 4))
    }

    fn key(self, account: &Account) -> Result<Key<'_>, BuildError> {
        let secret = account.secret("encryption_key").ok_or(BuildError::MissingField("encryption_key"))?;
        let key = secret.expose();
        if key == "****" || key.starts_with('…') {
            return Ok(Key::Masked);
        }
        // The app counts characters and then takes bytes: with others than ASCII its cipher refuses.
        if !key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(bad("encryption_key", "it may hold only letters, digits and signs of ASCII"));
        }
        if key.len() * 8 == self.bits { Ok(Key::Whole(key)) } else { Err(self.wrong_length(Some(secret))) }
    }

    fn wrong_length(self, secret: Option<&Secret>) -> BuildError {
        let (bits, wants) = (self.bits, self.bits / 8);
        let has = secret.map_or(0, |secret| secret.expose().chars().count());
        bad("encryption_key", &format!("AES-{bits} takes {wants} characters, and it has {has}"))
    }

    /// Bytes of the hash from which an iv is spelled: a third more of characters, and these are what counts.
    const fn iv_bytes(self) -> Option<usize> {
        match self.mode {
            Mode::Cbc => Some(12),
            Mode::Gcm => Some(9),
            Mode::Ecb => None,
        }
    }

    /// Printable characters only: others break the app.
    fn iv(self, key: &[u8], group: &str, clear: &[u8]) -> Option<String> {
        let bytes = self.iv_bytes()?;
        // Not the key itself: the cipher has it already.
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"pushdeck: iv of a bark push");
        let mut hash = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()));
        hash.update(group.as_bytes());
        hash.update(b"\0");
        hash.update(clear);
        Some(URL_SAFE_NO_PAD.encode(&hash.sign().as_ref()[..bytes]))
    }

    /// The base64 of the ciphertext, in one line; none if key or iv do not have the right length.
    fn encrypt(self, key: &[u8], iv: Option<&str>, clear: &[u8]) -> Option<String> {
        if key.len() * 8 != self.bits {
            return None;
        }
        let mut text = Vec::with_capacity(clear.len() + BLOCK);
        text.extend_from_slice(clear);
        if self.mode == Mode::Gcm {
            let algorithm = match self.bits {
                128 => &AES_128_GCM,
                192 => &AES_192_GCM,
                _ => &AES_256_GCM,
            };
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
            let nonce = Nonce::try_assume_unique_for_key(iv?.as_bytes()).ok()?;
            key.seal_in_place_append_tag(nonce, Aad::empty(), &mut text).ok()?;
            return Some(STANDARD.encode(text));
        }
        let algorithm = match self.bits {
            128 => &AES_128,
            192 => &AES_192,
            _ => &AES_256,
        };
        let key = UnboundCipherKey::new(algorithm, key).ok()?;
        let (key, context) = match iv {
            None if self.mode == Mode::Ecb => {
                (PaddedBlockEncryptingKey::ecb_pkcs7(key).ok()?, EncryptionContext::None)
            }
            iv => {
                let iv: [u8; BLOCK] = iv?.as_bytes().try_into().ok()?;
                let context = EncryptionContext::Iv128(FixedLength::from(iv));
                (PaddedBlockEncryptingKey::cbc_pkcs7(key).ok()?, context)
            }
        };
        key.less_safe_encrypt(&mut text, context).ok()?;
        Some(STANDARD.encode(text))
    }
}

fn bad(field: &'static str, why: &str) -> BuildError {
    BuildError::BadField { field, why: why.to_owned() }
}

#[cfg(test)]
mod tests;
