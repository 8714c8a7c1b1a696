//! What an answer means for each delivery of a call, and for the channel.

use std::time::Duration;

use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::Class;

/// What happened to one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, unless it was accepted.
    pub class: Option<Class>,
    /// The provider's own code: `1001`, `410`, `550 5.1.1`; empty if it gave none.
    pub code: String,
    /// The provider's own words, scrubbed and with secrets masked; empty if it gave none.
    pub text: String,
    /// What the provider can be asked about later: ids, queue numbers.
    pub receipt: Option<String>,
}

/// The verdict on one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The provider took it.
    Accepted,
    /// Refused for good: the same request would be refused again.
    Rejected,
    /// Certainly not taken, and worth another try, not before `after`.
    Retry {
        /// What the provider asked for; without it the back-off decides.
        after: Option<Duration>,
    },
    /// It may have been taken. Never tried again by itself.
    Unknown,
}

/// What an answer means for a call's deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// One verdict for all, or one for each.
    pub outcomes: Outcomes,
    /// What it means for the whole channel, if anything.
    pub channel: Option<ChannelEffect>,
}

/// The verdicts of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcomes {
    /// The same for every delivery.
    All(Outcome),
    /// One for each, in the order of the call's targets.
    Each(Vec<Outcome>),
}

/// What an answer means for the whole channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelEffect {
    /// Nobody can be reached until a person repairs something.
    Pause(PauseReason),
    /// Nobody may call before this has passed.
    SlowDown(Duration),
}

impl Outcome {
    /// Taken by the provider.
    pub fn accepted(receipt: Option<String>) -> Self {
        Self { verdict: Verdict::Accepted, class: None, code: String::new(), text: String::new(), receipt }
    }

    /// Refused for good.
    pub fn rejected(class: Class, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Rejected,
            class: Some(class),
            code: code.into(),
            text: text.into(),
            receipt: None,
        }
    }

    /// Not taken; worth another try.
    pub fn retry(
        class: Class,
        after: Option<Duration>,
        code: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Retry { after },
            class: Some(class),
            code: code.into(),
            text: text.into(),
            receipt: None,
        }
    }

    /// Perhaps taken.
    pub fn unknown(class: Class, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            class: Some(class),
            code: code.into(),
            text: text.into(),
            receipt: None,
        }
    }
}

impl Reading {
    /// The same verdict for every delivery, nothing for the channel.
    pub fn all(outcome: Outcome) -> Self {
        Self { outcomes: Outcomes::All(outcome), channel: None }
    }

    /// One verdict for each delivery, nothing for the channel.
    pub fn each(outcomes: Vec<Outcome>) -> Self {
        Self { outcomes: Outcomes::Each(outcomes), channel: None }
    }

    /// The same, and the channel stands still until a person goes on.
    #[must_use]
    pub fn pausing(mut self, reason: PauseReason) -> Self {
        self.channel = Some(ChannelEffect::Pause(reason));
        self
    }

    /// The same, and the channel waits.
    #[must_use]
    pub fn slowing(mut self, wait: Duration) -> Self {
        self.channel = Some(ChannelEffect::SlowDown(wait));
        self
    }
}
