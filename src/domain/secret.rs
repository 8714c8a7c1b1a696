//! A text that hides itself: in `Debug`, in `Display`, in logs and in snapshots.
//!
//! Credentials and secret addresses travel as `Secret` from the form to the socket. Reading one
//! is always the visible act `expose()`. The memory is wiped when the value is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A credential or a secret address.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the clear text.
    pub fn new(clear: impl Into<String>) -> Self {
        Self(Zeroizing::new(clear.into()))
    }

    /// The clear text; only for sealing, for building a request, and for checks of its shape.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a screen may show: `…` and the last four characters, or only `****` for a short one.
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

/// Masks a secret text: `…k8Qe`; one of under twelve characters shows nothing at all, because four
/// of eight characters would be half of it.
pub fn mask(clear: &str) -> String {
    // The last line of a key in PEM is the same for all of them.
    let clear = clear.split("-----END").next().unwrap_or(clear);
    let clear = clear.trim_end_matches("\\n").trim_end();
    let count = clear.chars().count();
    if count < 12 {
        return "****".to_owned();
    }
    let tail: String = clear.chars().skip(count - 4).collect();
    format!("…{tail}")
}

/// Masks an address that is no secret, so that a screen full of them is not a list to copy: a mailbox
/// keeps its first letter and its domain, everything else its first eight characters.
pub fn mask_address(clear: &str) -> String {
    if let Some((local, domain)) = clear.rsplit_once('@') {
        let first = local.chars().next().map(String::from).unwrap_or_default();
        return format!("{first}…@{domain}");
    }
    let head: String = clear.chars().take(8).collect();
    if head.len() == clear.len() { head } else { format!("{head}…") }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<&str> for Secret {
    fn from(clear: &str) -> Self {
        Self::new(clear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("AT_abcdefghijklmnop");
        assert_eq!(format!("{secret} {secret:?}"), "[redacted] [redacted]");
        assert_eq!(secret.masked(), "…mnop");
        assert_eq!(Secret::new("short").masked(), "****");
        let pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGwxyz\n-----END PRIVATE KEY-----\n";
        assert_eq!(Secret::new(pem).masked(), "…wxyz");
        assert_eq!(Secret::new(pem.replace('\n', "\\n")).masked(), "…wxyz");
    }
}
