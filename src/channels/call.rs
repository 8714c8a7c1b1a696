//! Calls as values: one request to a provider, complete, before anything is sent.
//!
//! A call can be shown (dry run, preview, "copy as curl"), compared (golden tests) and carried out
//! (`delivery::http`, `delivery::smtp`). Showing it never shows a secret: `Display` masks every
//! text registered in `secrets`, wherever it stands.

use std::fmt;

use crate::domain::secret::Secret;

/// One request to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Over HTTP.
    Http(HttpCall),
    /// Over SMTP.
    Mail(MailCall),
}

/// The methods that providers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}

/// One HTTP request.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// The whole URL; may hold a secret (a SendKey is part of the path).
    pub url: String,
    /// Header names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body as it goes out.
    pub body: Vec<u8>,
    /// Every secret that stands in URL, headers or body, for masking.
    pub secrets: Vec<Secret>,
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, refused when not offered (port 587).
    StartTls,
    /// None; loopback only, or by an explicit word on the channel.
    None,
}

/// The server and login that mail calls share; equal values share a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MailServer {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub security: Security,
    /// Login name; none means no AUTH.
    pub user: Option<String>,
}

/// One SMTP transaction: one message to one mailbox. With `message` empty it is a verification:
/// connect, greet, log in, and leave.
#[derive(Clone, PartialEq, Eq)]
pub struct MailCall {
    /// Where to.
    pub server: MailServer,
    /// The login's password.
    pub password: Option<Secret>,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipient.
    pub to: String,
    /// The whole message, headers and body, CRLF line ends.
    pub message: Vec<u8>,
}

impl fmt::Debug for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpCall({self})")
    }
}

impl fmt::Debug for MailCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailCall({self})")
    }
}

impl HttpCall {
    /// Replaces every registered secret in `text`, plain or percent-encoded, by its mask.
    pub fn redact(&self, text: &str) -> String {
        redact(text, &self.secrets)
    }
}

/// Replaces every secret in `text`, plain or percent-encoded, by its mask.
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut clean = text.to_owned();
    let may_stand = |secret: &&Secret| (4..=text.len()).contains(&secret.expose().len());
    for secret in secrets.iter().filter(may_stand) {
        clean = clean.replace(secret.expose(), &secret.masked());
        let encoded: String = url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
        if encoded != secret.expose() {
            clean = clean.replace(&encoded, &secret.masked());
        }
    }
    clean
}

impl fmt::Display for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        writeln!(f, "{method} {}", self.redact(&self.url))?;
        for (name, value) in &self.headers {
            let shown = if *name == "authorization" { "[redacted]".to_owned() } else { self.redact(value) };
            writeln!(f, "{name}: {shown}")?;
        }
        if !self.body.is_empty() {
            write!(f, "\n{}", self.redact(&String::from_utf8_lossy(&self.body)))?;
        }
        Ok(())
    }
}

impl fmt::Display for MailCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "MAIL FROM:<{}>", self.from)?;
        writeln!(f, "RCPT TO:<{}>", self.to)?;
        write!(f, "\n{}", String::from_utf8_lossy(&self.message))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(call) => call.fmt(f),
            Self::Mail(call) => call.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_call_holds_no_secret() {
        let call = HttpCall {
            method: Method::Post,
            url: "https://sctapi.ftqq.com/SCT123456Tabcdef.send?k=a%2Bb%2Bc%2Bd".into(),
            headers: vec![("authorization", "Basic dXNlcjpwYXNz".into())],
            body: br#"{"appToken":"AT_secretsecret"}"#.to_vec(),
            secrets: vec!["SCT123456Tabcdef".into(), "AT_secretsecret".into(), "a+b+c+d".into()],
        };
        let shown = format!("{call} {call:?}");
        for secret in ["SCT123456Tabcdef", "AT_secretsecret", "dXNlcjpwYXNz", "a%2Bb%2Bc%2Bd"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("…cdef.send"));
    }
}
