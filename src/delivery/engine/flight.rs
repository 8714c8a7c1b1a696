//! One call on its way: built, carried, read, and landed with the engine.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::mpsc;

use crate::channels::answer::Answer;
use crate::channels::call::{Call, redact};
use crate::channels::outcome::{Outcome, Outcomes, Reading, Verdict};
use crate::delivery::carrier::Carrier;
use crate::delivery::outgoing::Outgoing;
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::store::ledger::claim::{Claimed, Granted, Lost};

/// A granted call, to be sent.
pub(super) struct Ready {
    pub(super) granted: Granted,
    pub(super) out: Arc<Outgoing>,
}

/// A call that came back.
pub(super) struct Landed {
    pub(super) granted: Granted,
    pub(super) channel: ChannelId,
    pub(super) purpose: Purpose,
    pub(super) reading: Reading,
    /// Whether this ends the call's flight: those who could not leave land for themselves.
    pub(super) flew: bool,
}

/// One call on its way.
pub(super) struct Flight {
    pub(super) channel: ChannelId,
    pub(super) purpose: Purpose,
    pub(super) carrier: Arc<Carrier>,
    pub(super) timeout: Duration,
    pub(super) not_before: Option<Instant>,
}

impl Flight {
    pub(super) async fn fly(self, ready: Ready, landed: mpsc::UnboundedSender<Landed>) {
        let Ready { granted, out } = ready;
        if let Some(at) = self.not_before {
            tokio::time::sleep_until(at.into()).await;
        }
        // Those without a destination cannot be in the call; the others go without them, and what becomes of
        // the call says nothing of them.
        let (reachable, lost): (Vec<Claimed>, Vec<Claimed>) =
            granted.deliveries.into_iter().partition(|one| one.to.is_ok() || self.purpose == Purpose::Verify);
        let part = |deliveries| Granted { deliveries, ..granted };
        let lost_each = lost.iter().map(|one| cannot_leave(one.to.as_ref().err().copied())).collect();
        let none_left = reachable.is_empty();
        let reading = if none_left {
            Reading::each(Vec::new())
        } else {
            // A bug in one kind must not take the books with it: what it was about to do is unknown.
            AssertUnwindSafe(self.exchange(&reachable, &out)).catch_unwind().await.unwrap_or_else(|_| {
                Reading::all(Outcome::unknown(
                    Class::Unclassified,
                    "",
                    "an internal error interrupted the call",
                ))
            })
        };
        let landing = |granted, reading, flew| Landed {
            granted,
            channel: self.channel,
            purpose: self.purpose,
            reading,
            flew,
        };
        // The engine outlives its flights, except when it was fenced: then nobody records any more.
        if !lost.is_empty() {
            drop(landed.send(landing(part(lost), Reading::each(lost_each), none_left)));
        }
        if !none_left {
            drop(landed.send(landing(part(reachable), reading, true)));
        }
    }

    async fn exchange(&self, reachable: &[Claimed], out: &Outgoing) -> Reading {
        match out.build(reachable) {
            Ok(built) => {
                let answer: Answer = self.carrier.carry(&built.call, self.timeout).await;
                masked(out.read(&built.targets, &answer), &built.call)
            }
            // The channel is set up wrongly: that is nobody's failure, and they wait for the repair.
            Err(mut outcome) if outcome.class == Some(Class::Credential) => {
                outcome.verdict = Verdict::Retry { after: None };
                Reading::all(outcome).pausing(PauseReason::Credential)
            }
            Err(outcome) => Reading::all(outcome),
        }
    }
}

/// What becomes of a delivery that has lost its destination since the plan was frozen.
fn cannot_leave(lost: Option<Lost>) -> Outcome {
    match lost {
        Some(Lost::Person) => {
            Outcome::rejected(Class::Blocked, "", "the person left or was left out after the release")
        }
        Some(Lost::Address) | None => {
            Outcome::rejected(Class::BadRecipient, "", "the address was removed or cannot be opened")
        }
    }
}

/// Servers like to quote what they were sent: no text of theirs keeps a secret of the call.
fn masked(mut reading: Reading, call: &Call) -> Reading {
    let secrets = match call {
        Call::Http(call) => call.secrets.as_slice(),
        Call::Mail(call) => call.password.as_slice(),
    };
    let mask = |outcome: &mut Outcome| {
        if !outcome.text.is_empty() {
            outcome.text = redact(&outcome.text, secrets);
        }
    };
    match &mut reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => mask(outcome),
        Outcomes::Each(outcomes) => outcomes.iter_mut().for_each(mask),
    }
    reading
}
