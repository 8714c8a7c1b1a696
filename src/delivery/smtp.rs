//! Carries mail calls: the only file that knows an SMTP connection.
//!
//! One transaction per message over kept connections. A refused recipient is answered by RSET and the
//! connection goes on; lettre's own pool would close it, and with it everybody's login. Before the
//! final dot nothing was delivered, for certain; a reply that is missing after it is *lost*.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::channels::answer::{Answer, MailReply, MailStage};
use crate::channels::call::{MailCall, MailServer, Security};

/// Many relays cap the messages of one connection.
const MESSAGES_PER_CONNECTION: u32 = 100;

/// A connection parked for longer may have been closed by the other side.
const PARKED_FOR: Duration = Duration::from_secs(30);

/// RFC 5321 gives the reply to the final dot ten minutes; cutting it makes the outcome unknown.
const FINAL_REPLY: Duration = Duration::from_secs(300);

const CONNECT: Duration = Duration::from_secs(10);

/// Sends mail over connections that are kept between messages.
#[derive(Default)]
pub struct SmtpCarrier {
    parked: Mutex<HashMap<MailServer, Vec<Parked>>>,
}

struct Parked {
    connection: AsyncSmtpConnection,
    sent: u32,
    since: Instant,
}

impl std::fmt::Debug for SmtpCarrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpCarrier")
    }
}

/// How a transaction ended early.
enum Ended {
    /// The server said no, at this stage; the connection is still good.
    Refused(MailReply),
    /// The connection is gone; nothing was delivered.
    Broken(String),
    /// The connection is gone after the final dot.
    LostAfterDot(String),
}

impl SmtpCarrier {
    /// Carries out one call; every step but the last may take `step`.
    pub async fn carry(&self, call: &MailCall, step: Duration) -> Answer {
        // A parked connection may have died while it was idle; that shows at its first command, before
        // anything was said, so the call starts over on a fresh one.
        if let Some(mut parked) = self.unpark(&call.server) {
            if within(step, MailStage::Connect, parked.connection.command(Rset)).await.is_ok() {
                let ended = transact(&mut parked.connection, call, step).await;
                return self.conclude(call, parked, ended).await;
            }
            parked.connection.abort().await;
        }
        match connect(call, step).await {
            Ok(connection) => {
                let mut fresh = Parked { connection, sent: 0, since: Instant::now() };
                let ended = transact(&mut fresh.connection, call, step).await;
                self.conclude(call, fresh, ended).await
            }
            Err(Ended::Refused(reply)) => Answer::Mail(reply),
            Err(Ended::Broken(why) | Ended::LostAfterDot(why)) => Answer::NotSent(why),
        }
    }

    async fn conclude(&self, call: &MailCall, mut used: Parked, ended: Result<MailReply, Ended>) -> Answer {
        used.sent += 1;
        match ended {
            Ok(reply) => {
                self.park(call, used).await;
                Answer::Mail(reply)
            }
            Err(Ended::Refused(reply)) if reply.code == 421 => {
                used.connection.abort().await;
                Answer::Mail(reply)
            }
            Err(Ended::Refused(reply)) => {
                if used.connection.command(Rset).await.is_ok() {
                    self.park(call, used).await;
                }
                Answer::Mail(reply)
            }
            Err(Ended::Broken(why)) => {
                used.connection.abort().await;
                Answer::NotSent(why)
            }
            Err(Ended::LostAfterDot(why)) => {
                used.connection.abort().await;
                Answer::Lost(why)
            }
        }
    }

    fn unpark(&self, server: &MailServer) -> Option<Parked> {
        let mut parked = self.parked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let waiting = parked.get_mut(server)?;
        waiting.retain(|one| one.since.elapsed() < PARKED_FOR);
        waiting.pop()
    }

    async fn park(&self, call: &MailCall, mut used: Parked) {
        if used.sent >= MESSAGES_PER_CONNECTION || call.message.is_empty() {
            // The message is settled; whether the other side hears the goodbye changes nothing.
            drop(timeout(Duration::from_secs(2), used.connection.command(Quit)).await);
            return;
        }
        used.since = Instant::now();
        let mut parked = self.parked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        parked.entry(call.server.clone()).or_default().push(used);
    }
}

async fn connect(call: &MailCall, step: Duration) -> Result<AsyncSmtpConnection, Ended> {
    let server = &call.server;
    let hello = ClientId::default();
    let tls = || {
        TlsParameters::new(server.host.clone())
            .map_err(|error| Ended::Broken(format!("TLS cannot be set up: {}", cause(&error))))
    };
    let mut connection = match server.security {
        Security::Tls => {
            let address = (server.host.as_str(), server.port);
            let opening =
                AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &hello, Some(tls()?), None);
            within(step, MailStage::Connect, opening).await?
        }
        Security::StartTls | Security::None => {
            // Opened here for TCP_NODELAY: body and closing dot are two writes, which Nagle holds back 40 ms.
            let stream = match timeout(CONNECT, TcpStream::connect((server.host.as_str(), server.port))).await
            {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return Err(Ended::Broken(error.to_string())),
                Err(_) => {
                    return Err(Ended::Broken(format!("no connection within {} s", CONNECT.as_secs())));
                }
            };
            stream.set_nodelay(true).map_err(|error| Ended::Broken(error.to_string()))?;
            let opening = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
            within(step, MailStage::Connect, opening).await?
        }
    };
    if server.security == Security::StartTls {
        if !connection.can_starttls() {
            return Err(Ended::Refused(MailReply {
                stage: MailStage::Trust,
                code: 0,
                text: "the server does not offer STARTTLS".to_owned(),
            }));
        }
        within(step, MailStage::Connect, connection.starttls(tls()?, &hello)).await?;
    }
    if let (Some(user), Some(password)) = (&server.user, &call.password) {
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        within(step, MailStage::Auth, connection.auth(&mechanisms, &credentials)).await?;
    }
    Ok(connection)
}

async fn transact(
    connection: &mut AsyncSmtpConnection,
    call: &MailCall,
    step: Duration,
) -> Result<MailReply, Ended> {
    if call.message.is_empty() {
        return Ok(MailReply { stage: MailStage::Auth, code: 250, text: String::new() });
    }
    let address = |text: &str, stage| {
        text.parse::<Address>()
            .map_err(|error| Ended::Refused(MailReply { stage, code: 553, text: format!("5.1.3 {error}") }))
    };
    let (from, to) = (address(&call.from, MailStage::Sender)?, address(&call.to, MailStage::Recipient)?);
    let mut parameters = Vec::new();
    if !call.from.is_ascii() || !call.to.is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Ended::Refused(MailReply {
                stage: MailStage::Recipient,
                code: 553,
                text: "5.6.7 the server does not offer SMTPUTF8".to_owned(),
            }));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    within(step, MailStage::Sender, connection.command(Mail::new(Some(from), parameters))).await?;
    within(step, MailStage::Recipient, connection.command(Rcpt::new(to, vec![]))).await?;
    within(step, MailStage::Data, connection.command(Data)).await?;
    match timeout(FINAL_REPLY, connection.message(&call.message)).await {
        Ok(Ok(response)) => Ok(reply(MailStage::Data, &response)),
        Ok(Err(error)) => Err(match refused(MailStage::Data, &error) {
            Some(reply) => Ended::Refused(reply),
            None => Ended::LostAfterDot(cause(&error)),
        }),
        Err(_) => {
            Err(Ended::LostAfterDot(format!("no reply to the message within {} s", FINAL_REPLY.as_secs())))
        }
    }
}

/// Bounds one step: lettre has no read time-out.
async fn within<T>(
    step: Duration,
    stage: MailStage,
    doing: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Ended> {
    match timeout(step, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(match refused(stage, &error) {
            Some(reply) => Ended::Refused(reply),
            None => Ended::Broken(cause(&error)),
        }),
        Err(_) => Err(Ended::Broken(format!("no reply within {} s", step.as_secs()))),
    }
}

fn refused(stage: MailStage, error: &lettre::transport::smtp::Error) -> Option<MailReply> {
    if is_distrust(error) {
        return Some(MailReply { stage: MailStage::Trust, code: 0, text: cause(error) });
    }
    let code = error.status()?;
    Some(MailReply { stage, code: code.to_string().parse().unwrap_or(0), text: cause(error) })
}

/// Whether the other side could not prove who it is: tokio-rustls hides that in an I/O error.
fn is_distrust(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(error), |error| error.source());
    chain.any(|error| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        matches!(
            inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()).or(error.downcast_ref()),
            Some(rustls::Error::InvalidCertificate(_))
        )
    })
}

fn reply(stage: MailStage, response: &Response) -> MailReply {
    let text = response.message().collect::<Vec<_>>().join(" ");
    MailReply { stage, code: response.code().to_string().parse().unwrap_or(0), text }
}

fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_does_not_hold_is_told_from_a_connection_that_broke() {
        let io = |inner: rustls::Error| std::io::Error::new(std::io::ErrorKind::InvalidData, inner);
        assert!(is_distrust(&io(rustls::Error::InvalidCertificate(rustls::CertificateError::Expired))));
        assert!(!is_distrust(&io(rustls::Error::HandshakeNotComplete)));
        assert!(!is_distrust(&std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
    }
}
