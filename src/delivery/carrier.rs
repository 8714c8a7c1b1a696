//! Carries out any call, over the wire that it needs.

use std::time::Duration;

use super::http::{HttpCarrier, HttpSetupError};
use super::smtp::SmtpCarrier;
use crate::channels::answer::Answer;
use crate::channels::call::Call;

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

    /// Carries out one call within about `timeout`.
    pub async fn carry(&self, call: &Call, timeout: Duration) -> Answer {
        match call {
            Call::Http(call) => self.http.carry(call, timeout).await,
            Call::Mail(call) => self.smtp.carry(call, timeout).await,
        }
    }
}
