//! What came back from a call: an answer, or how the transport failed.

use std::time::Duration;

/// What carrying out a call gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A complete HTTP answer.
    Http(HttpAnswer),
    /// The SMTP reply that decided the transaction.
    Mail(MailReply),
    /// Nothing left this host, for certain: DNS, connect, TLS, a refused proxy.
    NotSent(String),
    /// Something left and no readable answer came: time-out, reset, truncation.
    Lost(String),
}

/// A complete HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header, if there was a readable one.
    pub retry_after: Option<Duration>,
    /// The body, decompressed, at most 4 MiB.
    pub body: Vec<u8>,
    /// Whether the body was longer than that and was cut.
    pub cut: bool,
}

/// How far an SMTP transaction had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailStage {
    /// Greeting, EHLO, STARTTLS.
    Connect,
    /// A certificate that does not hold, or STARTTLS where there is none: trying again changes nothing.
    Trust,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA and the reply to the final dot.
    Data,
}

/// The SMTP reply that decided a transaction, good or bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReply {
    /// Where it came.
    pub stage: MailStage,
    /// The three digits.
    pub code: u16,
    /// The server's words, lines joined.
    pub text: String,
}
