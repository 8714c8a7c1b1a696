//! The SMTP server: a relay that takes mail for anybody, without TLS, and says what a real one would.
//!
//! Fault words count in the local part of a recipient: refusals come at RCPT with enhanced codes, what breaks
//! the connection comes after the final dot, where the outcome is unknown. Replies are flushed only when no
//! command waits, so pipelining clients are answered in one piece.

mod mail;
mod session;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fault::{Fault, Met};
use super::ledger::{Answer, Details, Kind, Ledger};
use super::script::{Script, Window};
use session::{Session, Step};

/// The largest mail, as EHLO announces it.
pub(super) const MAIL_LIMIT: usize = 25 << 20;
/// The longest command line, which is that of an AUTH response.
const COMMAND_LIMIT: usize = 12_288;
/// The longest line of a mail, CRLF included.
const LINE_LIMIT: usize = 1_000;

/// What all connections share.
pub(super) struct Relay {
    pub script: Script,
    pub ledger: Arc<Ledger>,
    pub window: Window,
    pub met: Met,
}

impl Relay {
    pub(super) fn new(script: Script, ledger: Arc<Ledger>) -> Self {
        Self { script, ledger, window: Window::default(), met: Met::default() }
    }

    /// Accepts until `stop`; every connection is a task of `tasks`.
    pub(super) fn listen(self, listener: TcpListener, stop: &CancellationToken, tasks: &TaskTracker) {
        let (relay, stop, connections) = (Arc::new(self), stop.clone(), tasks.clone());
        tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let (relay, stop) = (Arc::clone(&relay), stop.clone());
                connections.spawn(async move {
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => {}
                        // A client that leaves without QUIT ends its conversation; nobody is left to be told.
                        _ = relay.converse(stream) => {}
                    }
                });
            }
        });
    }

    async fn converse(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut wire = Wire::new(stream);
        let mut session = Session::default();
        wire.say("220 sandbox.test ESMTP pushdeck sandbox\r\n");
        loop {
            let line = match wire.line(COMMAND_LIMIT).await? {
                Line::Text(line) => line,
                Line::TooLong => {
                    wire.say("500 5.5.2 line too long\r\n");
                    continue;
                }
                Line::End => return Ok(()),
            };
            match session.command(self, &line) {
                Step::Say(reply) => wire.say(&reply),
                Step::Close(reply) => {
                    wire.say(&reply);
                    return wire.flush().await;
                }
                Step::Data => {
                    wire.say("354 end with a dot on a line of its own\r\n");
                    if !self.take_mail(&mut wire, &mut session).await? {
                        return wire.flush().await;
                    }
                }
            }
        }
    }

    /// Reads a mail and answers its dot; `false` when the connection is to be closed.
    async fn take_mail(&self, wire: &mut Wire, session: &mut Session) -> io::Result<bool> {
        let read = wire.mail().await?;
        let envelope = session.take_envelope();
        let fault = envelope.fault;
        let refusal = match &read {
            Err(reply) => Some(*reply),
            Ok(_) if fault == Some(Fault::Poison) => Some("554 5.6.0 message content rejected\r\n"),
            Ok(_) => None,
        };
        let queue_id = self.ledger.totals(Kind::Email).messages + 1;
        let reply = match (refusal, fault) {
            (Some(refusal), _) => refusal.to_owned(),
            (None, Some(Fault::Huge)) => format!("{}250 2.0.0 queued as {queue_id}\r\n", endless_reply()),
            (None, Some(Fault::Half)) => "250 2.0".to_owned(),
            (None, _) => format!("250 2.0.0 queued as {queue_id}\r\n"),
        };
        let drops = refusal.is_none() && fault == Some(Fault::Drop);
        let raw = read.unwrap_or_default();
        let targets = if refusal.is_none() { envelope.to.clone() } else { Vec::new() };
        let text: String = reply.chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
        let answer = if drops {
            Answer { status: 0, text: "connection closed without an answer".to_owned() }
        } else {
            Answer { status: reply[..3].parse().unwrap_or_default(), text: text.trim_end().to_owned() }
        };
        let details = || Details {
            method: "SMTP".to_owned(),
            path: envelope.to.join(","),
            headers: session.headers(),
            body: mail::decode(&raw, &envelope.from, &envelope.to),
            answer,
        };
        self.ledger.note(Kind::Email, targets, details).await;
        let wait = self.script.latency + if envelope.slow { self.script.slow } else { Duration::ZERO };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        if drops {
            return Ok(false);
        }
        wire.say(&reply);
        Ok(refusal.is_some() || fault != Some(Fault::Half))
    }
}

/// 10 MiB of continued reply lines.
fn endless_reply() -> String {
    format!("250-{}\r\n", "x".repeat(506)).repeat(20_480)
}

enum Line {
    Text(String),
    TooLong,
    End,
}

/// A connection: lines in, replies out.
struct Wire {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
    replies: Vec<u8>,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        let (from, to) = stream.into_split();
        Self { from: BufReader::with_capacity(64 << 10, from), to, replies: Vec::new() }
    }

    fn say(&mut self, reply: &str) {
        self.replies.extend_from_slice(reply.as_bytes());
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(&self.replies).await?;
        self.replies.clear();
        Ok(())
    }

    /// One raw line of at most `limit` bytes with its line end; what is longer comes in pieces.
    async fn raw(&mut self, line: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        line.clear();
        if !self.replies.is_empty() && !self.from.buffer().contains(&b'\n') {
            self.flush().await?;
        }
        (&mut self.from).take(limit as u64).read_until(b'\n', line).await?;
        Ok(())
    }

    async fn line(&mut self, limit: usize) -> io::Result<Line> {
        let mut line = Vec::new();
        self.raw(&mut line, limit).await?;
        if line.is_empty() {
            return Ok(Line::End);
        }
        if line.last() != Some(&b'\n') {
            while !line.is_empty() && line.last() != Some(&b'\n') {
                self.raw(&mut line, limit).await?;
            }
            return Ok(Line::TooLong);
        }
        Ok(Line::Text(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Reads to the dot and undoes dot-stuffing. The inner error is the refusal that the dot is answered with;
    /// the rest of a refused mail is read all the same. Only `CRLF . CRLF` ends it (RFC 5321 §4.1.1.4).
    async fn mail(&mut self) -> io::Result<Result<Vec<u8>, &'static str>> {
        let mut mail = Vec::new();
        let mut refusal = None;
        let mut line = Vec::new();
        let mut starts = true;
        loop {
            self.raw(&mut line, LINE_LIMIT + 1).await?;
            if line.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if starts && line == b".\r\n" {
                return Ok(refusal.map_or(Ok(mail), Err));
            }
            let stuffed = usize::from(starts && line[0] == b'.');
            let ends = line.last() == Some(&b'\n');
            if line.len() - stuffed > LINE_LIMIT || !ends {
                refusal = Some("554 5.6.0 line longer than 998 octets\r\n");
            } else if ends && !line.ends_with(b"\r\n") {
                refusal = Some("554 5.6.0 bare line feed\r\n");
            } else if mail.len() + line.len() > MAIL_LIMIT {
                refusal = Some("552 5.3.4 message too big\r\n");
            }
            if refusal.is_none() {
                mail.extend_from_slice(&line[stuffed..]);
            } else {
                mail = Vec::new();
            }
            starts = line.ends_with(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests;
