//! Signatures and sealed bodies of WeChat.
//!
//! AES-256-CBC with the first half of the key as IV; the padding goes up to 32, which no library calls PKCS#7, so it is
//! taken off here. Inside: 16 random bytes, a length, the message, the id of the application.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::channels::callback::Refusal;
use crate::domain::hex;

/// Keys of 43 signs have bits to spare at their end, and whatever stands in them counts for nothing.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The random bytes before the length.
const RANDOM: usize = 16;
/// The block that is padded to.
const BLOCK: usize = 32;

/// Whether the hexadecimal SHA-1 of the sorted parts is `told`; compared in constant time.
pub(super) fn check_signature(parts: &[&str], told: &str) -> Result<(), Refusal> {
    let right = signature(parts);
    let told = told.to_ascii_lowercase();
    verify_slices_are_equal(right.as_bytes(), told.as_bytes()).map_err(|_| Refusal::Forged)
}

pub(super) fn signature(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex::of(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes()).as_ref())
}

/// The message in a sealed text that was sealed for this application.
pub(super) fn open(key: &str, sealed: &str, app: &str) -> Result<Vec<u8>, Refusal> {
    let key = Zeroizing::new(LENIENT.decode(key).map_err(|_| Refusal::Unset)?);
    if key.len() != BLOCK {
        return Err(Refusal::Unset);
    }
    let mut text = LENIENT.decode(sealed.trim()).map_err(|_| Refusal::Forged)?;
    let iv: [u8; 16] = key[..16].try_into().map_err(|_| Refusal::Unset)?;
    let cipher =
        UnboundCipherKey::new(&AES_256, &key).and_then(DecryptingKey::cbc).map_err(|_| Refusal::Unset)?;
    // A text that is not made of blocks was not sealed by WeChat.
    cipher
        .decrypt(&mut text, DecryptionContext::Iv128(FixedLength::from(iv)))
        .map_err(|_| Refusal::Forged)?;
    let pad = usize::from(*text.last().ok_or(Refusal::Forged)?);
    let end = text.len().checked_sub(pad).filter(|_| (1..=BLOCK).contains(&pad)).ok_or(Refusal::Forged)?;
    let inside = &text[..end];
    let (length, rest) =
        inside.get(RANDOM..).and_then(<[u8]>::split_first_chunk::<4>).ok_or(Refusal::Forged)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Refusal::Forged)?;
    let message = rest.get(..length).ok_or(Refusal::Forged)?;
    if rest[length..] != *app.as_bytes() {
        return Err(Refusal::Forged);
    }
    Ok(message.to_vec())
}
