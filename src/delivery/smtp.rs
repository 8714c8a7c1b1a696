//! Carries mail calls: the only place that knows an SMTP connection.
//!
//! One transaction per message over kept connections. A refused recipient is answered by RSET and the
//! connection goes on; lettre's own pool would close it, and with it everybody's login. Before the
//! final dot nothing was delivered, for certain; a reply that is missing after it is *lost*.

use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter, RcptParameter};
use lettre::transport::smtp::response::Severity;
use tokio::time::timeout;

use crate::channels::answer::{Answer, MailReply, MailStage};
use crate::channels::call::MailCall;
use crate::delivery::carrier::MayLeave;
use crate::delivery::cause::cause;

mod dial;
mod pool;
mod reply;
mod wire;

use dial::connect;
use pool::{Login, Parked, Pool};
use reply::{Ended, due, refused, reply, within};

/// The longest that a step before the final dot may take: nothing has been delivered, so it is tried again.
const STEP: Duration = Duration::from_secs(60);

/// The least time for the reply to the final dot, whatever the channel says: relays scan before they answer, and
/// who gives up there does not know whether the message went out.
const LAST: Duration = Duration::from_secs(300);

/// What is said after a message is settled changes nothing: nobody waits for its reply. A server that falls silent
/// would hold a place of the channel for ever.
const GOODBYE: Duration = if cfg!(test) { Duration::from_millis(50) } else { Duration::from_secs(2) };

/// Sends mail over connections that are kept between messages.
#[derive(Default)]
pub struct SmtpCarrier {
    pool: Arc<Pool>,
}

impl std::fmt::Debug for SmtpCarrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpCarrier")
    }
}

impl SmtpCarrier {
    /// Carries out one call. Steps before the final dot take at most a minute; the reply to it may take `last`, and
    /// at least five: cutting it makes the outcome unknown. `may_leave` is asked before the message is handed over.
    pub async fn carry(&self, call: &MailCall, last: Duration, may_leave: MayLeave<'_>) -> Answer {
        let login = Login::of(call);
        let _place = self.pool.place(&login).await;
        // A parked connection may have died while it was idle; that shows at its first command, before
        // anything was said, so the call starts over on a fresh one.
        if let Some(mut parked) = self.pool.unpark(&login) {
            // A verification has to log in itself.
            let serves = !call.message.is_empty();
            if serves && within(STEP, MailStage::Connect, parked.connection.command(Rset)).await.is_ok() {
                return self.transact(call, &login, parked, last, may_leave).await;
            }
            hang_up(&mut parked.connection).await;
        }
        match connect(call, STEP).await {
            Ok(connection) => self.transact(call, &login, Parked::fresh(connection), last, may_leave).await,
            Err(Ended::Refused(reply)) => Answer::Mail(reply),
            Err(Ended::Broken(why) | Ended::LostAfterDot(why)) => Answer::NotSent(why),
        }
    }

    async fn transact(
        &self,
        call: &MailCall,
        login: &Login,
        mut used: Parked,
        last: Duration,
        may_leave: MayLeave<'_>,
    ) -> Answer {
        let ended = transact(&mut used, call, last.max(LAST), may_leave).await;
        used.sent += 1;
        match ended {
            Ok(reply) => {
                self.keep(call, login, used).await;
                Answer::Mail(reply)
            }
            Err(Ended::Refused(reply)) if reply.code == 421 => {
                hang_up(&mut used.connection).await;
                Answer::Mail(reply)
            }
            Err(Ended::Refused(reply)) => {
                match timeout(GOODBYE, used.connection.command(Rset)).await {
                    Ok(Ok(_)) => self.keep(call, login, used).await,
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

    async fn keep(&self, call: &MailCall, login: &Login, mut used: Parked) {
        if used.sent >= call.server.per_connection || call.message.is_empty() {
            leave(&mut used.connection).await;
        } else {
            self.pool.park(login, used);
        }
    }
}

async fn leave(connection: &mut AsyncSmtpConnection) {
    drop(timeout(GOODBYE, connection.command(Quit)).await);
}

async fn hang_up(connection: &mut AsyncSmtpConnection) {
    drop(timeout(GOODBYE, connection.abort()).await);
}

async fn transact(
    used: &mut Parked,
    call: &MailCall,
    last: Duration,
    may_leave: MayLeave<'_>,
) -> Result<MailReply, Ended> {
    if call.message.is_empty() {
        return Ok(MailReply { stage: MailStage::Auth, code: 250, text: String::new() });
    }
    let reports = reports(used, call).await?;
    let connection = &mut used.connection;
    let address = |text: &str, stage| {
        text.parse::<Address>()
            .map_err(|error| Ended::Refused(MailReply { stage, code: 553, text: format!("5.1.3 {error}") }))
    };
    let (from, to) = (address(&call.from, MailStage::Sender)?, address(&call.to, MailStage::Recipient)?);
    let mut about_mail = spelling(connection, call)?;
    let mut about_person = Vec::new();
    if let Some(id) = &call.report
        && reports
    {
        let word = |keyword: &str, value: &str| (keyword.to_owned(), Some(value.to_owned()));
        for (keyword, value) in [word("RET", "HDRS"), word("ENVID", id)] {
            about_mail.push(MailParameter::Other { keyword, value });
        }
        let (keyword, value) = word("NOTIFY", "FAILURE,DELAY");
        about_person.push(RcptParameter::Other { keyword, value });
    }
    let mail = within(STEP, MailStage::Sender, connection.command(Mail::new(Some(from), about_mail))).await?;
    due(&mail, Severity::PositiveCompletion)?;
    let rcpt = within(STEP, MailStage::Recipient, connection.command(Rcpt::new(to, about_person))).await?;
    due(&rcpt, Severity::PositiveCompletion)?;
    if !may_leave().await {
        return Err(Ended::Broken("another sender has taken over".to_owned()));
    }
    let data = within(STEP, MailStage::Data, connection.command(Data)).await?;
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

/// Whether the server offers reports (RFC 3461), for calls that want some. lettre keeps only the extensions that it
/// knows itself, so the greeting is said again, which the protocol allows at any time.
async fn reports(used: &mut Parked, call: &MailCall) -> Result<bool, Ended> {
    if call.report.is_none() {
        return Ok(false);
    }
    if let Some(known) = used.reports {
        return Ok(known);
    }
    let hello = Ehlo::new(dial::greeting(&call.server));
    let offered = within(STEP, MailStage::Connect, used.connection.command(hello)).await?;
    let offers = offered.message().any(|line| line.trim().eq_ignore_ascii_case("DSN"));
    used.reports = Some(offers);
    Ok(offers)
}

/// What has to be said of a mail whose addresses are not plain ASCII (RFC 6531).
fn spelling(connection: &AsyncSmtpConnection, call: &MailCall) -> Result<Vec<MailParameter>, Ended> {
    if call.from.is_ascii() && call.to.is_ascii() {
        return Ok(Vec::new());
    }
    if connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        let body = MailParameter::Body(MailBodyParameter::EightBitMime);
        // The address stands in the headers as it is; who offers the one has to offer the other (RFC 6531 §3.1).
        let eight_bit = connection.server_info().supports_feature(Extension::EightBitMime);
        let said = (!call.message.is_ascii() && eight_bit).then_some(body);
        return Ok([MailParameter::SmtpUtfEight].into_iter().chain(said).collect());
    }
    // A sender that cannot be written is everybody's trouble, a recipient's only their own.
    let stage = if call.from.is_ascii() { MailStage::Recipient } else { MailStage::Sender };
    let text = "5.6.7 the server does not offer SMTPUTF8, which this address needs".to_owned();
    Err(Ended::Refused(MailReply { stage, code: 553, text }))
}

#[cfg(test)]
mod tests;
