//! Carries out any call, over the wire that it needs.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::http::{HttpCarrier, HttpSetupError};
use super::smtp::SmtpCarrier;
use crate::channels::answer::Answer;
use crate::channels::call::Call;

/// Whether what was claimed is still the caller's to send: a process can be stopped between two steps for as long
/// as somebody likes.
pub type MayLeave<'a> = &'a (dyn Fn() -> BoxFuture<'a, bool> + Send + Sync);

/// The wires.
#[derive(Debug)]
pub struct Carrier {
    http: HttpCarrier,
    smtp: SmtpCarrier,
}

impl Carrier {
    /// Sets up the wires; `proxy` is the configured HTTP proxy.
    pub fn new(proxy: Option<&str>) -> Result<Self, HttpSetupError> {
        Ok(Self { http: HttpCarrier::new(proxy)?, smtp: SmtpCarrier::default() })
    }

    /// Carries out one call within about `timeout`. Where a call takes several steps, `may_leave` is asked before
    /// the one that cannot be taken back.
    pub async fn carry(&self, call: &Call, timeout: Duration, may_leave: MayLeave<'_>) -> Answer {
        match call {
            Call::Http(call) => self.http.carry(call, timeout).await,
            Call::Mail(call) => self.smtp.carry(call, timeout, may_leave).await,
        }
    }
}
