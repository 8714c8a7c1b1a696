//! Field values: what forms and the command line check, and how kinds and the sender read them.
//!
//! Nothing here holds the value of a secret in an error.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::call::Transport;
use super::kind::{BuildError, Kind};
use super::spec::{Rate, Shape, Spec};
use super::webhook;
use crate::domain::channel::Account;
use crate::domain::quiet::Quiet;

/// Why a value cannot stand in a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Line ends, escape sequences and the like.
    #[error("control characters are not allowed")]
    Control,
    /// Not an absolute http(s) URL.
    #[error("expected an address such as https://example.com")]
    Url,
    /// Not a whole number in the range.
    #[error("expected a whole number from {0} to {1}")]
    Number(i64, i64),
    /// None of the words.
    #[error("expected one of: {}", .0.join(", "))]
    Choice(&'static [&'static str]),
    /// Neither `yes` nor `no`.
    #[error("expected yes or no")]
    Flag,
    /// Not a rate.
    #[error("expected calls in a period, such as 20/10s, 5/s, 600/m, or none")]
    Rate,
    /// Not a stretch of the day.
    #[error("expected a stretch of the day, such as 22:00-08:00")]
    Hours,
    /// Not a mailbox.
    #[error("expected a mailbox, such as News <news@example.com>")]
    Mailbox,
    /// Not a template, or one that names what there is not.
    #[error("{0}")]
    Template(String),
    /// Neither a whole number in the range nor `no`.
    #[error("expected a whole number from {0} to {1}, or no")]
    NumberOrNo(i64, i64),
    /// Not written as the provider wants it: says how, in a sentence of ours.
    #[error("{0}")]
    Form(String),
    /// Not a private key in PEM.
    #[error("expected a private key: -----BEGIN PRIVATE KEY----- and what follows")]
    Pem,
}

impl Shape {
    /// Whether a value may stand in such a field. Plain http passes here; whether the channel allows
    /// it depends on its `http_ok` and is checked by `plain_http_allowed`.
    pub fn check(&self, value: &str) -> Result<(), FieldError> {
        let lines = matches!(self, Self::Template | Self::Headers | Self::Pem);
        if value.contains(|c: char| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'))) {
            return Err(FieldError::Control);
        }
        let (holds, otherwise) = match self {
            Self::Text => (true, FieldError::Control),
            Self::Url => (is_http_url(value), FieldError::Url),
            Self::Number(from, to) => (
                value.parse::<i64>().is_ok_and(|number| (*from..=*to).contains(&number)),
                FieldError::Number(*from, *to),
            ),
            Self::Choice(words) => (words.contains(&value), FieldError::Choice(words)),
            Self::Flag => (matches!(value, "yes" | "no"), FieldError::Flag),
            Self::Rate => (parse_rate(value).is_some(), FieldError::Rate),
            Self::Hours => (Quiet::parse(value).is_some(), FieldError::Hours),
            Self::Form(form) => return form.check(value),
            Self::Template => return webhook::check_template(value).map_err(FieldError::Template),
            Self::UrlTemplate => {
                webhook::check_template(value).map_err(FieldError::Template)?;
                let starts = |with: &str| {
                    value.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
                };
                (["http://", "https://", "{{"].into_iter().any(starts), FieldError::Url)
            }
            Self::Headers => return webhook::check_headers(value).map_err(FieldError::Template),
            Self::Expression => return webhook::check_expression(value).map_err(FieldError::Template),
            Self::NumberOrNo(from, to) => (
                value == "no" || value.parse::<i64>().is_ok_and(|number| (*from..=*to).contains(&number)),
                FieldError::NumberOrNo(*from, *to),
            ),
            Self::Pem => (pem(value).is_some(), FieldError::Pem),
            Self::Mailbox => (super::email::Mailbox::parse(value).is_some(), FieldError::Mailbox),
        };
        if holds { Ok(()) } else { Err(otherwise) }
    }
}

/// The bytes of a private key in PEM. However its lines were joined, by spaces, by nothing or as `\n` in words.
pub fn pem(value: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = value.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (inside, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let inside = Zeroizing::new(inside.replace("\\n", " "));
    let packed: Zeroizing<String> = Zeroizing::new(inside.split_whitespace().collect());
    let der = Zeroizing::new(STANDARD.decode(packed.as_bytes()).ok()?);
    (!der.is_empty()).then_some(der)
}

pub(super) fn is_http_url(value: &str) -> bool {
    url::Url::parse(value).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

/// Reads a rate: `Some(None)` for `none`, `None` for what is not a rate.
pub fn parse_rate(value: &str) -> Option<Option<Rate>> {
    if value == "none" {
        return Some(None);
    }
    let (calls, period) = value.split_once('/')?;
    let unit_at = period.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = period.split_at(unit_at);
    let count: u32 = if count.is_empty() { 1 } else { count.parse().ok()? };
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let rate = Rate { calls: calls.trim().parse().ok()?, per_ms: count.checked_mul(unit_ms)? };
    (rate.calls > 0 && rate.per_ms > 0).then_some(Some(rate))
}

/// Whether plain http to this URL's host is harmless: the host is this one. Reads the host by itself,
/// because this stands on the path of every call.
pub fn is_loopback(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    match authority.strip_prefix('[') {
        Some(inner) => inner
            .split(']')
            .next()
            .is_some_and(|host| Ipv6Addr::from_str(host).is_ok_and(|address| address.is_loopback())),
        None => is_loopback_host(authority.split(':').next().unwrap_or_default()),
    }
}

/// Whether a host name means this host.
pub fn is_loopback_host(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || Ipv4Addr::from_str(host).is_ok_and(|address| address.is_loopback())
        || Ipv6Addr::from_str(host).is_ok_and(|address| address.is_loopback())
}

/// Whether this account may send to that URL: https, or http to this host, or by an explicit word.
pub fn plain_http_allowed(account: &Account, url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
        || is_loopback(url)
        || account.setting("http_ok") == Some("yes")
}

/// The account's base URL without a slash at the end, or the kind's own.
pub fn base_url<'a>(account: &'a Account, otherwise: &'static str) -> Result<&'a str, BuildError> {
    let base = account.setting("base_url").unwrap_or(otherwise).trim_end_matches('/');
    let bad = |why: &str| BuildError::BadField { field: "base_url", why: why.to_owned() };
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#');
    if base.contains(odd) || !base.contains("://") {
        return Err(bad("it is not an absolute URL without a query"));
    }
    if !plain_http_allowed(account, base) {
        return Err(bad("plain http to another host needs http_ok=yes"));
    }
    Ok(base)
}

/// What the connections of an account have to be like.
pub fn transport(account: &Account) -> Transport {
    Transport { ca_file: account.setting("ca_file").map(str::to_owned), ..Transport::default() }
}

/// The host part of a URL, in lower case.
pub fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// A setting that the channel cannot work without.
pub fn required<'a>(account: &'a Account, field: &'static str) -> Result<&'a str, BuildError> {
    account.setting(field).ok_or(BuildError::MissingField(field))
}

/// A credential that the channel cannot work without.
pub fn required_secret<'a>(
    account: &'a Account,
    field: &'static str,
) -> Result<&'a crate::domain::secret::Secret, BuildError> {
    account.secret(field).ok_or(BuildError::MissingField(field))
}

/// The channel's own rate, else the published one.
pub fn effective_rate(account: &Account, kind: &dyn Kind) -> Option<Rate> {
    account.setting("rate").and_then(parse_rate).unwrap_or_else(|| kind.rate(&account.settings))
}

/// How many calls may be in flight at once.
pub fn effective_concurrency(account: &Account, spec: &Spec) -> usize {
    account
        .setting("concurrency")
        .and_then(|value| value.parse().ok())
        .filter(|calls| *calls > 0)
        .unwrap_or(spec.concurrency)
}

/// How long an answer may take.
pub fn effective_timeout(account: &Account, spec: &Spec) -> std::time::Duration {
    let seconds = account.setting("timeout").and_then(|value| value.parse().ok()).filter(|s| *s > 0);
    std::time::Duration::from_secs(seconds.unwrap_or(spec.timeout_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_in_the_forms_that_the_help_shows() {
        let rate = |calls, per_ms| Some(Some(Rate { calls, per_ms }));
        for (text, expected) in [
            ("20/10s", rate(20, 10_000)),
            ("5/s", rate(5, 1_000)),
            ("600/m", rate(600, 60_000)),
            ("none", Some(None)),
            ("0/s", None),
            ("5", None),
            ("5/x", None),
            ("5/99999999h", None),
            ("-5/s", None),
        ] {
            assert_eq!(parse_rate(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_http_goes_only_to_this_host() {
        for (url, loopback) in [
            ("http://127.0.0.1:8080/bark", true),
            ("http://localhost", true),
            ("http://[::1]:80/", true),
            ("http://127.0.0.1@evil.example/", false),
            ("http://127.0.0.1.evil.example/", false),
            ("http://localhost\t.evil.example/", false),
            ("http://localhost.evil.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(url), loopback, "{url}");
        }
    }

    #[test]
    fn a_key_is_the_same_however_its_lines_were_joined() {
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
        for between in ["\n", "\r\n", " ", "", "\\n"] {
            let text = [begin, "AAEC", "AwQ=", end].join(between);
            assert_eq!(Shape::Pem.check(&text), Ok(()), "{text:?}");
            assert_eq!(pem(&text).as_deref(), Some(&vec![0, 1, 2, 3, 4]), "{text:?}");
        }
    }

    #[test]
    fn form_values_are_checked_by_shape() {
        for (shape, good, bad) in [
            (Shape::Text, "any 文字", "a\u{1b}[31m"),
            (Shape::Url, "https://push.example/prefix", "push.example"),
            (Shape::Url, "http://push.example", "https://user@push.example"),
            (Shape::Number(1, 10), "10", "11"),
            (Shape::Choice(&["tls", "none"]), "tls", "TLS"),
            (Shape::Flag, "yes", "true"),
            (Shape::Rate, "20/10s", "fast"),
            (Shape::NumberOrNo(2, 1_000), "no", "1"),
            (Shape::NumberOrNo(2, 1_000), "1000", "1001"),
            (Shape::Pem, "-----BEGIN PRIVATE KEY----- AAEC AwQ= -----END PRIVATE KEY-----", "AAECAwQ="),
            (Shape::Mailbox, "推送 <news@example.com>", "news"),
            (Shape::Template, "{\n{{ title | tojson }}}", "{{ titel }}"),
            (Shape::UrlTemplate, "https://e.x/{{ address }}", "ht!tp:/bad"),
            (Shape::Headers, "X-A: {{ token }}; X-B: b;c", "X A: b"),
            (Shape::Expression, "json.code == 0", "json.code =="),
        ] {
            assert_eq!(shape.check(good), Ok(()), "{shape:?}");
            assert!(shape.check(bad).is_err(), "{shape:?} {bad}");
        }
    }
}
