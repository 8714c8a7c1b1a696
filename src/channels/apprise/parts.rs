//! A URL taken apart, without the rules that browsers have: hosts may be tokens, and case matters in them.

use std::fmt::Write as _;

use super::AppriseError;

/// Parameters that say how Apprise itself behaves, or what it does anyway: nothing is lost without them.
const THEIRS: &[&str] = &[
    "format",
    "overflow",
    "emojis",
    "tz",
    "rto",
    "cto",
    "store",
    "redirect",
    "optional",
    "image",
    "verify",
    "retry",
    "wait",
    "detect",
    "footer",
    "footer_logo",
    "timestamp",
    "blocks",
    "fields",
    "avatar",
    "batch",
    "tts",
    "e2ee",
    "content",
    "mdv",
    "album",
    "pgp",
    "inline",
    "auth",
    "mode",
    "tag",
];

/// The parts, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parts {
    /// In lower case.
    pub scheme: String,
    /// Whether the scheme is the one over TLS.
    pub sealed: bool,
    pub user: Option<String>,
    pub password: Option<String>,
    /// Without the port.
    pub host: String,
    pub port: Option<u16>,
    /// What is between the slashes.
    pub path: Vec<String>,
    /// Whether a slash ends the path: to some servers that is another place.
    pub slash: bool,
    /// Whether it is printed without a slash of ours before the query.
    pub exact: bool,
    pub query: Vec<(String, String)>,
}

impl Parts {
    pub(super) fn parse(url: &str) -> Result<Self, AppriseError> {
        let (scheme, rest) = url.trim().split_once("://").ok_or(AppriseError::NotUrl)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if scheme.is_empty() || !scheme.chars().all(is_name) || rest.contains(char::is_control) {
            return Err(AppriseError::NotUrl);
        }
        let (front, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = front.split_once('/').unwrap_or((front, ""));
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            Some((user, password)) => (Some(decode(user)), Some(decode(password))),
            None => (None, None),
        };
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse().ok() {
                Some(port) if !port_is_token(host, port) => (host, Some(port)),
                _ => (place, None),
            },
            _ => (place, None),
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            sealed: false,
            user: filled(user),
            password: filled(password),
            host: decode(host),
            port,
            path: path.split('/').filter(|part| !part.is_empty()).map(decode).collect(),
            slash: path.len() > 1 && path.ends_with('/'),
            exact: false,
            query: pairs.collect(),
        })
    }

    /// The value of a parameter, which is then no longer there. Names are of any case.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.query.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.query.remove(at).1).filter(|value| !value.is_empty())
    }

    /// The values of a parameter that is a list.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let value = self.take(name).unwrap_or_default();
        value.split([',', ' ', ';']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    /// What begins with this sign, without it.
    pub(super) fn marked(&mut self, sign: char) -> Vec<(String, String)> {
        let (marked, rest) =
            std::mem::take(&mut self.query).into_iter().partition(|(name, _)| name.starts_with(sign));
        self.query = rest;
        let marked: Vec<(String, String)> = marked;
        marked.into_iter().map(|(name, value)| (name[sign.len_utf8()..].to_owned(), value)).collect()
    }

    /// What nobody asked for, by name.
    pub(super) fn rest(&self) -> Vec<String> {
        let ours = |name: &str| !THEIRS.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.query.iter().map(|(name, _)| name.clone()).filter(|name| ours(name)).collect()
    }

    /// `https://host:port`, or with http.
    pub(super) fn base(&self) -> String {
        let scheme = if self.sealed { "https" } else { "http" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{}{port}", self.host)
    }

    /// Takes host and port from a base URL; gives its path.
    pub(super) fn set_base(&mut self, base: &str) -> Result<Vec<String>, AppriseError> {
        let url = url::Url::parse(base).map_err(|_| AppriseError::NotUrl)?;
        self.sealed = url.scheme() == "https";
        url.host_str().ok_or(AppriseError::NotUrl)?.clone_into(&mut self.host);
        self.port = url.port();
        Ok(url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).map(decode).collect())
    }

    pub(super) fn print(&self) -> String {
        let mut url = format!("{}://", self.scheme);
        if let Some(user) = &self.user {
            url.push_str(&encode(user));
            if let Some(password) = &self.password {
                url.push(':');
                url.push_str(&encode(password));
            }
            url.push('@');
        }
        // A literal IPv6 host stands in brackets and is left as it is.
        url.push_str(&if self.host.starts_with('[') { self.host.clone() } else { encode(&self.host) });
        // Writing to a String cannot fail.
        let _ = self.port.map(|port| write!(url, ":{port}"));
        for part in &self.path {
            url.push('/');
            url.push_str(&encode(part));
        }
        if self.slash {
            url.push('/');
        }
        let first = if self.exact { "?" } else { "/?" };
        for (at, (name, value)) in self.query.iter().enumerate() {
            let _ = write!(url, "{}{}={}", if at == 0 { first } else { "&" }, name_of(name), encode(value));
        }
        url
    }
}

/// `123456789:…` is a Telegram bot, whatever follows the colon.
fn port_is_token(host: &str, port: u16) -> bool {
    host.len() >= 6 && host.bytes().all(|b| b.is_ascii_digit()) && port > 0
}

/// The sign before a name says what it is; it is not part of it.
fn name_of(name: &str) -> String {
    match name.strip_prefix(['+', '-', ':']) {
        Some(rest) => format!("{}{}", &name[..1], encode(rest)),
        None => encode(name),
    }
}

/// Percent-decoding; a plus is a plus.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = hex.filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
