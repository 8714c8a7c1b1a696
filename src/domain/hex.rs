//! Bytes as lower-case hexadecimal digits.

use std::fmt::Write;

/// Two digits a byte.
pub fn of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
