//! Carries mail calls: the only file that knows an SMTP connection.
//!
//! One transaction per message over kept connections. A refused recipient is answered by RSET and the
//! connection goes on; lettre's own pool would close it, and with it everybody's login. Before the
//! final dot nothing was delivered, for certain; a reply that is missing after it is *lost*.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use aws_lc_rs::digest;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::channels::answer::{Answer, MailReply, MailStage};
use crate::channels::call::{MailCall, MailServer, Security};
use crate::delivery::carrier::MayLeave;
use crate::domain::secret::Secret;

/// Many relays cap the messages of one connection.
const MESSAGES_PER_CONNECTION: u32 = 100;

/// A connection parked for longer may have been closed by the other side.
const PARKED_FOR: Duration = Duration::from_secs(30);

/// The longest that a step before the final dot may take: nothing has been delivered, so it is tried again.
const STEP: Duration = Duration::from_secs(60);

const CONNECT: Duration = Duration::from_secs(10);

/// What is said after a message is settled changes nothing: nobody waits for its reply. A server that falls silent
/// would hold a place of the channel for ever.
const GOODBYE: Duration = if cfg!(test) { Duration::from_millis(50) } else { Duration::from_secs(2) };

/// Sends mail over connections that are kept between messages.
#[derive(Default)]
pub struct SmtpCarrier {
    parked: Mutex<HashMap<Login, Vec<Parked>>>,
}

/// Who is logged in where: another password is another login, and is proven by it.
#[derive(PartialEq, Eq, Hash)]
struct Login {
    server: MailServer,
    password: Option<[u8; 32]>,
}

impl Login {
    fn of(call: &MailCall) -> Self {
        let digest = |password: &Secret| {
            let digest = digest::digest(&digest::SHA256, password.expose().as_bytes());
            digest.as_ref().try_into().unwrap_or([0; 32])
        };
        Self { server: call.server.clone(), password: call.password.as_ref().map(digest) }
    }
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
    /// Carries out one call. Steps before the final dot take at most a minute; the reply to it may take `last`:
    /// cutting it makes the outcome unknown. `may_leave` is asked before the message is handed over.
    pub async fn carry(&self, call: &MailCall, last: Duration, may_leave: MayLeave<'_>) -> Answer {
        let step = last.min(STEP);
        // A parked connection may have died while it was idle; that shows at its first command, before
        // anything was said, so the call starts over on a fresh one.
        if let Some(mut parked) = self.unpark(call) {
            if within(step, MailStage::Connect, parked.connection.command(Rset)).await.is_ok() {
                let ended = transact(&mut parked.connection, call, (step, last), may_leave).await;
                return self.conclude(call, parked, ended).await;
            }
            hang_up(&mut parked.connection).await;
        }
        match connect(call, step).await {
            Ok(connection) => {
                let mut fresh = Parked { connection, sent: 0, since: Instant::now() };
                let ended = transact(&mut fresh.connection, call, (step, last), may_leave).await;
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
                hang_up(&mut used.connection).await;
                Answer::Mail(reply)
            }
            Err(Ended::Refused(reply)) => {
                match timeout(GOODBYE, used.connection.command(Rset)).await {
                    Ok(Ok(_)) => self.park(call, used).await,
                    Ok(Err(_)) | Err(_) => hang_up(&mut used.connection).await,
                }
                Answer::Mail(reply)
            }
            Err(Ended::Broken(why)) => {
                hang_up(&mut used.connection).await;
                Answer::NotSent(why)
            }
            Err(Ended::LostAfterDot(why)) => {
                hang_up(&mut used.connection).await;
                Answer::Lost(why)
            }
        }
    }

    /// A kept connection for this call; a verification has to log in itself.
    fn unpark(&self, call: &MailCall) -> Option<Parked> {
        if call.message.is_empty() {
            return None;
        }
        let mut parked = self.parked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let waiting = parked.get_mut(&Login::of(call))?;
        waiting.retain(|one| one.since.elapsed() < PARKED_FOR);
        waiting.pop()
    }

    async fn park(&self, call: &MailCall, mut used: Parked) {
        if used.sent >= MESSAGES_PER_CONNECTION || call.message.is_empty() {
            drop(timeout(GOODBYE, used.connection.command(Quit)).await);
            return;
        }
        used.since = Instant::now();
        let mut parked = self.parked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        parked.entry(Login::of(call)).or_default().push(used);
    }
}

async fn hang_up(connection: &mut AsyncSmtpConnection) {
    drop(timeout(GOODBYE, connection.abort()).await);
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
        let auth = async {
            match connection.auth(&mechanisms, &credentials).await {
                // It offers no way of logging in that we know: no retry mends that.
                Err(error) if error.is_client() => Ok(Err(cause(&error))),
                answered => answered.map(Ok),
            }
        };
        if let Err(text) = within(step, MailStage::Auth, auth).await? {
            hang_up(&mut connection).await;
            return Err(Ended::Refused(MailReply { stage: MailStage::Trust, code: 0, text }));
        }
    }
    Ok(connection)
}

async fn transact(
    connection: &mut AsyncSmtpConnection,
    call: &MailCall,
    (step, last): (Duration, Duration),
    may_leave: MayLeave<'_>,
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
            // A sender that cannot be written is everybody's trouble, a recipient's only their own.
            let stage = if call.from.is_ascii() { MailStage::Recipient } else { MailStage::Sender };
            return Err(Ended::Refused(MailReply {
                stage,
                code: 553,
                text: "5.6.7 the server does not offer SMTPUTF8".to_owned(),
            }));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let mail = within(step, MailStage::Sender, connection.command(Mail::new(Some(from), parameters))).await?;
    due(&mail, Severity::PositiveCompletion)?;
    let rcpt = within(step, MailStage::Recipient, connection.command(Rcpt::new(to, vec![]))).await?;
    due(&rcpt, Severity::PositiveCompletion)?;
    if !may_leave().await {
        return Err(Ended::Broken("another sender has taken over".to_owned()));
    }
    let data = within(step, MailStage::Data, connection.command(Data)).await?;
    due(&data, Severity::PositiveIntermediate)?;
    match timeout(last, connection.message(&call.message)).await {
        Ok(Ok(response)) if response.code().severity == Severity::PositiveCompletion => {
            Ok(reply(MailStage::Data, &response))
        }
        // The library takes any 3xx for success; the message is whole by then.
        Ok(Ok(response)) => Err(Ended::LostAfterDot(reply(MailStage::Data, &response).text)),
        Ok(Err(error)) => Err(match refused(MailStage::Data, &error) {
            Some(reply) => Ended::Refused(reply),
            None => Ended::LostAfterDot(cause(&error)),
        }),
        Err(_) => Err(Ended::LostAfterDot(format!("no reply to the message within {} s", last.as_secs()))),
    }
}

/// A reply that the protocol does not have here: the two sides no longer speak of the same thing.
fn due(response: &Response, severity: Severity) -> Result<(), Ended> {
    if response.code().severity == severity {
        return Ok(());
    }
    Err(Ended::Broken(format!("an unexpected reply: {}", response.code())))
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
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers every recipient like this and says nothing at all after that; gives the last line that
    /// it heard.
    async fn falls_silent(listener: TcpListener, recipient: &'static [u8]) -> String {
        let mut heard = String::new();
        let (stream, _) = listener.accept().await.expect("a client");
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 here\r\n").await.expect("greeted");
        while let Ok(Some(line)) = lines.next_line().await {
            let answer: &[u8] = match line.split_whitespace().next() {
                Some("EHLO") => b"250 here\r\n",
                Some("MAIL") => b"250 ok\r\n",
                Some("RCPT") => recipient,
                _ => b"",
            };
            heard = line;
            write.write_all(answer).await.expect("answered");
        }
        heard
    }

    fn to_nobody(port: u16) -> MailCall {
        MailCall {
            server: MailServer { host: "127.0.0.1".into(), port, security: Security::None, user: None },
            password: None,
            from: "ops@example.com".into(),
            to: "nobody@example.com".into(),
            message: b"Subject: x\r\n\r\nx\r\n".to_vec(),
        }
    }

    #[tokio::test]
    async fn no_message_is_handed_over_for_a_sender_that_lost_its_place_meanwhile() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = tokio::spawn(falls_silent(listener, b"250 ok\r\n"));
        let taken_over: MayLeave<'_> = &|| Box::pin(async { false });
        let answer =
            SmtpCarrier::default().carry(&to_nobody(port), Duration::from_secs(30), taken_over).await;
        assert!(matches!(answer, Answer::NotSent(_)), "{answer:?}");
        let last = server.await.expect("it ended with the connection");
        assert!(!last.starts_with("DATA"), "{last}");
    }

    #[tokio::test]
    async fn a_server_that_falls_silent_after_its_refusal_holds_nobody_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = tokio::spawn(falls_silent(listener, b"550 5.1.1 nobody\r\n"));
        let carrier = SmtpCarrier::default();
        let answer =
            carrier.carry(&to_nobody(port), Duration::from_secs(30), &|| Box::pin(async { true })).await;
        assert!(matches!(answer, Answer::Mail(MailReply { code: 550, .. })), "{answer:?}");
        assert!(carrier.parked.lock().expect("unpoisoned").is_empty(), "it is not used again");
        server.abort();
    }

    #[test]
    fn another_password_is_another_login_and_a_verification_uses_none_that_is_kept() {
        let call = |password: &str, message: &[u8]| MailCall {
            server: MailServer { host: "h".into(), port: 1, security: Security::Tls, user: Some("u".into()) },
            password: Some(Secret::new(password)),
            from: String::new(),
            to: String::new(),
            message: message.to_vec(),
        };
        let of = |password| Login::of(&call(password, b"x"));
        assert!(of("one") == of("one") && of("one") != of("two"));
        let carrier = SmtpCarrier::default();
        assert!(carrier.unpark(&call("one", b"")).is_none());
    }

    #[test]
    fn a_certificate_that_does_not_hold_is_told_from_a_connection_that_broke() {
        let io = |inner: rustls::Error| std::io::Error::new(std::io::ErrorKind::InvalidData, inner);
        assert!(is_distrust(&io(rustls::Error::InvalidCertificate(rustls::CertificateError::Expired))));
        assert!(!is_distrust(&io(rustls::Error::HandshakeNotComplete)));
        assert!(!is_distrust(&std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
    }
}
