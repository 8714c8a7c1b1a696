//! Calls as values: one request to a provider, complete, before anything is sent.
//!
//! A call can be shown (dry run, preview, "copy as curl"), compared (golden tests) and carried out
//! (`delivery::http`, `delivery::smtp`). Showing it never shows a secret: `Display` masks every
//! text registered in `secrets`, wherever it stands.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::kind::BuildError;
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
    /// PUT
    Put,
    /// DELETE
    Delete,
}

impl Method {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a connection has to be like; calls that want the same share connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Transport {
    /// HTTP/2 from the first byte: over TLS by ALPN, on loopback in clear.
    pub http2: bool,
    /// Calls with different words here never share a connection, though they may go to the same host.
    pub apart: Option<String>,
    /// A file with the certificates of the authorities that are trusted instead of the system's.
    pub ca_file: Option<String>,
}

/// One HTTP request.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// The whole URL; may hold a secret (a SendKey is part of the path).
    pub url: String,
    /// Header names in lower case, and values.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body as it goes out.
    pub body: Vec<u8>,
    /// Every secret that stands in URL, headers or body, for masking.
    pub secrets: Vec<Secret>,
    /// The connection that it needs.
    pub transport: Transport,
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
    /// A file with the certificates of the authorities that are trusted instead of the system's.
    pub ca_file: Option<String>,
    /// The name to greet with; none means this machine's own.
    pub hello: Option<String>,
    /// The most connections at once.
    pub connections: usize,
    /// The most messages over one connection: many relays cap it.
    pub per_connection: u32,
}

impl MailServer {
    /// A server without login, with the usual limits.
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        let host = host.into();
        let (user, ca_file, hello) = (None, None, None);
        Self { host, port, security, user, ca_file, hello, connections: 4, per_connection: 100 }
    }
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
    /// The name of this delivery in reports that the server is asked for (RFC 3461); none asks for nothing.
    pub report: Option<String>,
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

impl MailCall {
    /// The password in every form in which it is said to the server: AUTH LOGIN and AUTH PLAIN speak base64.
    pub fn spoken_secrets(&self) -> Vec<Secret> {
        let Some(password) = &self.password else { return Vec::new() };
        let (user, clear) = (self.server.user.as_deref().unwrap_or_default(), password.expose());
        let plain = format!("\0{user}\0{clear}");
        vec![password.clone(), Secret::new(STANDARD.encode(clear)), Secret::new(STANDARD.encode(plain))]
    }
}

impl HttpCall {
    /// A request without a body.
    pub fn bare(method: Method, url: String, secrets: Vec<Secret>) -> Self {
        Self { method, url, headers: Vec::new(), body: Vec::new(), secrets, transport: Transport::default() }
    }

    /// A POST of `value` as JSON.
    pub fn json(url: String, value: &impl Serialize, secrets: Vec<Secret>) -> Result<Self, BuildError> {
        let body = serde_json::to_vec(value).map_err(|error| BuildError::BadContent(error.to_string()))?;
        Ok(Self::json_bytes(url, body, secrets))
    }

    /// A POST of JSON that is written already.
    pub fn json_bytes(url: String, body: Vec<u8>, secrets: Vec<Secret>) -> Self {
        let headers = vec![("content-type".into(), "application/json; charset=utf-8".to_owned())];
        Self { headers, body, ..Self::bare(Method::Post, url, secrets) }
    }

    /// A POST of these pairs as a form.
    pub fn form(url: String, pairs: &[(&str, &str)], secrets: Vec<Secret>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let headers = vec![("content-type".into(), "application/x-www-form-urlencoded".to_owned())];
        Self { headers, body: body.into_bytes(), ..Self::bare(Method::Post, url, secrets) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same over a connection of that sort.
    #[must_use]
    pub fn over(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Replaces every registered secret in `text`, plain or percent-encoded, by its mask.
    pub fn redact(&self, text: &str) -> String {
        redact(text, &self.secrets)
    }
}

/// Shorter texts stand in too many words by chance.
const LEAST_SECRET: usize = 4;

/// Replaces every secret in `text`, plain or percent-encoded, by its mask; also one that was cut off at its end.
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut clean = text.to_owned();
    let may_stand = |secret: &&Secret| (LEAST_SECRET..=text.len()).contains(&secret.expose().len());
    for secret in secrets.iter().filter(may_stand) {
        clean = clean.replace(secret.expose(), &secret.masked());
        let encoded: String = url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
        if encoded != secret.expose() {
            clean = clean.replace(&encoded, &secret.masked());
        }
    }
    for secret in secrets {
        mask_cut(&mut clean, secret);
    }
    clean
}

/// A text that was cut may end in the beginning of a secret.
fn mask_cut(text: &mut String, secret: &Secret) {
    let (clear, ending) = (secret.expose(), if text.ends_with('…') { "…" } else { "" });
    let body = text.len() - ending.len();
    let shown = clear
        .char_indices()
        .map(|(at, _)| at)
        .skip(LEAST_SECRET)
        .filter(|at| text[..body].ends_with(&clear[..*at]));
    if let Some(longest) = shown.last() {
        text.truncate(body - longest);
        text.push_str("****");
        text.push_str(ending);
    }
}

impl fmt::Display for HttpCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method.word(), self.redact(&self.url))?;
        for (name, value) in &self.headers {
            let shown = if name == "authorization" { "[redacted]".to_owned() } else { self.redact(value) };
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
        let (mail, person) = match &self.report {
            Some(id) => (format!(" RET=HDRS ENVID={id}"), " NOTIFY=FAILURE,DELAY"),
            None => (String::new(), ""),
        };
        writeln!(f, "MAIL FROM:<{}>{mail}", self.from)?;
        writeln!(f, "RCPT TO:<{}>{person}", self.to)?;
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
            headers: vec![("authorization".into(), "Basic dXNlcjpwYXNz".into())],
            body: br#"{"appToken":"AT_secretsecret"}"#.to_vec(),
            secrets: vec!["SCT123456Tabcdef".into(), "AT_secretsecret".into(), "a+b+c+d".into()],
            transport: Transport::default(),
        };
        let shown = format!("{call} {call:?}");
        for secret in ["SCT123456Tabcdef", "AT_secretsecret", "dXNlcjpwYXNz", "a%2Bb%2Bc%2Bd"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("…cdef.send"));
    }

    #[test]
    fn a_text_that_was_cut_inside_a_secret_shows_none_of_it() {
        let secrets = [Secret::new("AT_secretsecret")];
        assert_eq!(redact("your token AT_secretsec…", &secrets), "your token ****…");
        assert_eq!(redact("your token AT_s", &secrets), "your token ****");
        assert_eq!(redact("your token AT", &secrets), "your token AT", "too short to be told apart");
    }

    #[test]
    fn a_server_that_quotes_the_login_does_not_give_the_password_away() {
        let mut server = MailServer::new("mail.example.org", 25, Security::None);
        server.user = Some("ann".into());
        let call = MailCall {
            server,
            password: Some("open sesame".into()),
            from: String::new(),
            to: String::new(),
            report: None,
            message: Vec::new(),
        };
        let quoted = "535 refused: AUTH PLAIN AGFubgBvcGVuIHNlc2FtZQ== b3BlbiBzZXNhbWU=";
        let text = redact(quoted, &call.spoken_secrets());
        assert!(!text.contains("b3BlbiBzZXNhbW") && !text.contains("AGFubgBvcGVu"), "{text}");
    }
}
