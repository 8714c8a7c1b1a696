//! What the library calls an error, told apart: a reply of the server, a certificate that does not hold, or a
//! connection that broke.

use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp::response::{Response, Severity};
use tokio::time::timeout;

use crate::channels::answer::{MailReply, MailStage};
use crate::delivery::cause::cause;

/// How a transaction ended early.
#[derive(Debug)]
pub(super) enum Ended {
    /// The server said no, at this stage; the connection is still good.
    Refused(MailReply),
    /// The connection is gone; nothing was delivered.
    Broken(String),
    /// The connection is gone after the final dot.
    LostAfterDot(String),
}

impl Ended {
    /// Nothing that another attempt would mend: a person has to set something right.
    pub(super) fn distrust(text: impl Into<String>) -> Self {
        Self::Refused(MailReply { stage: MailStage::Trust, code: 0, text: text.into() })
    }
}

/// A reply that the protocol does not have here: the two sides no longer speak of the same thing.
pub(super) fn due(response: &Response, severity: Severity) -> Result<(), Ended> {
    if response.code().severity == severity {
        return Ok(());
    }
    Err(Ended::Broken(format!("an unexpected reply: {}", response.code())))
}

/// Bounds one step: lettre has no read time-out.
pub(super) async fn within<T>(
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

pub(super) fn refused(stage: MailStage, error: &lettre::transport::smtp::Error) -> Option<MailReply> {
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

pub(super) fn reply(stage: MailStage, response: &Response) -> MailReply {
    let text = response.message().collect::<Vec<_>>().join(" ");
    MailReply { stage, code: response.code().to_string().parse().unwrap_or(0), text }
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
