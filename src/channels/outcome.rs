//! What an answer means for each delivery of a call, and for the channel.

use std::time::Duration;

use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::Class;
use crate::domain::time::Millis;

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
    /// Certainly not taken, and the other side asks for patience: after 5, 15 and 60 minutes, then hourly, for a day.
    Patient,
    /// Certainly not taken; worth another try when the provider's day has turned (a daily quota).
    NextDay {
        /// Hours by which the provider's clock is ahead of UTC.
        utc_offset_h: i8,
    },
    /// It may have been taken. Never tried again by itself.
    Unknown,
}

impl Verdict {
    /// The moment before which a further try is useless; `None` where the back-off decides, or where
    /// no try follows.
    pub fn not_before(self, now: Millis) -> Option<Millis> {
        const HOUR: i64 = 3_600_000;
        match self {
            Self::Retry { after } => Some(now.plus(i64::try_from(after?.as_millis()).unwrap_or(i64::MAX))),
            Self::NextDay { utc_offset_h } => {
                let offset = i64::from(utc_offset_h) * HOUR;
                let local = now.0.saturating_add(offset);
                Some(Millis((local.div_euclid(24 * HOUR) + 1) * 24 * HOUR - offset))
            }
            Self::Accepted | Self::Rejected | Self::Unknown | Self::Patient => None,
        }
    }
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
    /// The provider refused the whole call because of one of its targets, and nobody got anything:
    /// call again in halves until the bad one is found. Only for calls with more than one target.
    Split(Outcome),
}

/// What an answer means for the whole channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelEffect {
    /// Nobody can be reached until a person repairs something.
    Pause(PauseReason),
    /// Nobody may call before this has passed.
    SlowDown(Duration),
    /// A call carries at most so many people: learned from a refusal, good until the channel is changed.
    Narrow(usize),
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

    /// Not taken; worth another try after minutes, and then hours.
    pub fn patient(class: Class, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Patient,
            class: Some(class),
            code: code.into(),
            text: text.into(),
            receipt: None,
        }
    }

    /// Not taken because the day's allowance is used up.
    pub fn next_day(utc_offset_h: i8, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::NextDay { utc_offset_h },
            class: Some(Class::Quota),
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

    /// Refused because of one target among several: see `Outcomes::Split`.
    pub fn split(outcome: Outcome) -> Self {
        Self { outcomes: Outcomes::Split(outcome), channel: None }
    }

    /// The same, and the channel stands still until a person goes on.
    #[must_use]
    pub fn pausing(mut self, reason: PauseReason) -> Self {
        self.channel = Some(ChannelEffect::Pause(reason));
        self
    }

    /// The same, and from now on a call carries at most so many.
    #[must_use]
    pub fn narrowing(mut self, most: usize) -> Self {
        self.channel = Some(ChannelEffect::Narrow(most));
        self
    }

    /// The same, but what a wait asks for is at least `least`.
    #[must_use]
    pub fn at_least(mut self, least: Duration) -> Self {
        if let Some(ChannelEffect::SlowDown(wait)) = &mut self.channel {
            *wait = (*wait).max(least);
            if let Outcomes::All(Outcome { verdict: Verdict::Retry { after: Some(after) }, .. }) =
                &mut self.outcomes
            {
                *after = (*after).max(least);
            }
        }
        self
    }

    /// The same, and the channel waits.
    #[must_use]
    pub fn slowing(mut self, wait: Duration) -> Self {
        self.channel = Some(ChannelEffect::SlowDown(wait));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daily_quota_waits_for_the_providers_midnight() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a timestamp").as_millisecond();
        let verdict = Verdict::NextDay { utc_offset_h: 8 };
        for (now, then) in [
            ("2026-11-22T15:59:59Z", "2026-11-22T16:00:00Z"),
            ("2026-11-22T16:00:00Z", "2026-11-23T16:00:00Z"),
        ] {
            assert_eq!(verdict.not_before(Millis(at(now))), Some(Millis(at(then))));
        }
    }
}
