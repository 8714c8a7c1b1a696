//! One call on its way: built, carried, read, and landed with the engine.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::runway::{Landings, Runway};
use super::verdict::wall_now;
use crate::channels::answer::Answer;
use crate::channels::call::{Call, redact};
use crate::channels::kind::Kind;
use crate::channels::outcome::{Outcome, Outcomes, Reading, Verdict};
use crate::delivery::carrier::Carrier;
use crate::delivery::outgoing::{self, Built, Outgoing};
use crate::delivery::passes::{Caller, Grounded};
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;
use crate::store::acts::Stand;
use crate::store::crash::{Place, dies_at, dies_unanswered_at};
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::ledger::claim::{Claimed, Granted, Lost};

/// A granted call, to be sent.
pub(super) struct Ready {
    pub(super) granted: Granted,
    pub(super) out: Arc<Outgoing>,
    /// The channel's row version with which it leaves.
    pub(super) version: i64,
    /// When it was asked for, so before its intent was made durable: whoever is stopped in between must find out
    /// whether the place is still this sender's.
    pub(super) claimed: Instant,
}

/// A call that was claimed longer ago than this waited for no reason of ours: the process was stopped, and
/// another sender may have taken its place.
const STALE: Duration = Duration::from_secs(2);

/// What a delivery is told that was refused as busy and could not be tried again in time.
const TOO_LATE: &str =
    "an earlier try may have been taken, and it is too late to try again without sending twice";

/// How long between two tries to ask the store.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// What tells a sender that it is still the one.
#[derive(Clone)]
pub(super) struct Fence {
    pub(super) store: StoreHandle,
    pub(super) epoch: i64,
}

impl Fence {
    /// Asks only after a time in which somebody may have stopped this process.
    async fn holds_since(&self, claimed: Instant) -> bool {
        claimed.elapsed() <= STALE || self.holds().await
    }

    /// Asks until there is an answer: without one nothing may leave.
    async fn holds(&self) -> bool {
        let epoch = self.epoch;
        loop {
            match self.store.call(move |db| db.is_epoch(epoch)).await {
                Ok(holds) => return holds,
                Err(StoreError::Closed) => return false,
                Err(error) => tracing::warn!(%error, "the epoch cannot be read"),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }
}

/// A call that came back.
pub(super) struct Landed {
    pub(super) granted: Granted,
    pub(super) channel: ChannelId,
    pub(super) version: i64,
    pub(super) purpose: Purpose,
    pub(super) reading: Reading,
    /// Whether this ends a call: those who could not leave land for themselves.
    pub(super) flew: bool,
    /// Whether the flight has taken another call, so that its place is not free.
    pub(super) went_on: bool,
    /// Whether the runway is closed until the engine has read this.
    pub(super) troubled: bool,
}

/// One place of an account's window: a call on its way, and after it the next.
pub(super) struct Flight {
    pub(super) channel: ChannelId,
    pub(super) carrier: Arc<Carrier>,
    pub(super) runway: Arc<Runway>,
    pub(super) landings: Landings,
    pub(super) fence: Fence,
}

impl Flight {
    /// Makes the call, not before its moment, and goes on with the next while all is well.
    pub(super) async fn fly(self, first: Ready, not_before: Option<Instant>) {
        if let Some(at) = not_before {
            tokio::time::sleep_until(at.into()).await;
        }
        let mut ready = Some(first);
        while let Some(next) = ready.take() {
            if !self.fence.holds_since(next.claimed).await {
                // Its successor has called it unknown; sending it now would make that a lie or a duplicate.
                tracing::warn!("a call did not leave: another sender has taken over");
                return;
            }
            let mut landed = self.make(next).await;
            let went_well = landed.iter().all(|one| is_plain(&one.reading));
            if went_well {
                ready = self.runway.next();
            } else {
                self.runway.meet_trouble();
            }
            for one in landed.iter_mut().filter(|one| one.flew) {
                one.went_on = ready.is_some();
                one.troubled = !went_well;
            }
            // The engine outlives its flights, except when it was fenced: then nobody records any more.
            self.landings.report(landed, self.runway.is_closed());
        }
    }

    /// Makes one call; gives what came of it, apart for those who could not be in it.
    async fn make(&self, Ready { granted, out, version, claimed }: Ready) -> Vec<Landed> {
        let purpose = out.purpose();
        // Those without a destination cannot be in the call; the others go without them, and what becomes of
        // the call says nothing of them.
        let (reachable, lost): (Vec<Claimed>, Vec<Claimed>) =
            granted.deliveries.into_iter().partition(|one| one.to.is_ok() || purpose == Purpose::Verify);
        let landing = |deliveries, reading, flew| Landed {
            granted: Granted { deliveries, ..granted },
            channel: self.channel,
            version,
            purpose,
            reading,
            flew,
            went_on: false,
            troubled: false,
        };
        let mut landed = Vec::with_capacity(1);
        if !lost.is_empty() {
            let each = lost.iter().map(|one| cannot_leave(one.to.as_ref().err().copied())).collect();
            landed.push(landing(lost, Reading::each(each), reachable.is_empty()));
        }
        if !reachable.is_empty() {
            // A bug in one kind must not take the books with it: what it was about to do is unknown.
            let reading = AssertUnwindSafe(self.exchange(&reachable, &out, claimed))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| {
                    Reading::all(Outcome::unknown(
                        Class::Unclassified,
                        "",
                        "an internal error interrupted the call",
                    ))
                });
            landed.push(landing(reachable, reading, true));
        }
        landed
    }

    async fn exchange(&self, reachable: &[Claimed], out: &Outgoing, claimed: Instant) -> Reading {
        let built = match out.build(reachable) {
            Ok(built) => built,
            Err(outcome) => return not_built(outcome),
        };
        if is_too_late(out.kind(), reachable.iter().filter_map(|one| one.doubt), wall_now()) {
            return Reading::all(Outcome::unknown(Class::Provider, "", TOO_LATE));
        }
        let caller = Caller {
            carrier: &self.carrier,
            store: &self.fence.store,
            kind: out.kind(),
            account: out.account(),
            timeout: out.timeout(),
        };
        let Built { call, targets } = built;
        let mut call = call;
        // Where it is known that the provider would refuse, nobody is called.
        let keeps =
            if out.purpose() == Purpose::Verify { None } else { out.kind().closed_window(out.account()) };
        let mut spends = keeps.is_some();
        if let Some(mut closed) = keeps
            && self.is_closed(out, reachable).await
        {
            spends = false;
            match out.instead(reachable, &targets, &mut closed) {
                Some(other) => call = other,
                None => return closed,
            }
        }
        // A pass that is refused meant that nothing was done: once more with a new one.
        let mut again = out.kind().passes().map(|_| call.clone());
        // So does an answer after which the kind goes another way.
        let mut other_way = spends || out.kind().closed_window(out.account()).is_none();
        loop {
            let ready = match caller.ready(call).await {
                Ok(ready) => ready,
                Err(Grounded::Build(error)) => return not_built(outgoing::not_built(&error)),
                Err(Grounded::NoPass(reading)) => return reading,
            };
            // Getting a pass takes time in which another sender may have come.
            if !self.fence.holds_since(claimed).await {
                return Reading::all(Outcome::retry(
                    Class::Network,
                    None,
                    "",
                    "another sender has taken over",
                ));
            }
            dies_at(Place::RequestOpen);
            let may_leave = || self.fence.holds_since(claimed).boxed();
            let carried = self.carrier.carry(&ready.call, out.timeout(), &may_leave);
            let answer: Answer = dies_unanswered_at(Place::RequestDone, carried).await;
            dies_at(Place::Answered);
            if let Some(same) = again.take()
                && caller.is_refused(&ready, &answer).await
            {
                call = same;
                continue;
            }
            let mut reading = masked(out.read(&ready.call, &targets, &answer), &ready.call);
            if spends && is_closed(&reading) {
                self.close(out, reachable).await;
            }
            if !is_plain(&reading)
                && std::mem::take(&mut other_way)
                && let Some(other) = out.instead(reachable, &targets, &mut reading)
            {
                again = out.kind().passes().map(|_| other.clone());
                call = other;
                spends = false;
                continue;
            }
            if spends && is_plain(&reading) {
                self.spend(out, reachable).await;
            }
            return reading;
        }
    }
}

impl Flight {
    /// Whether callbacks say that this person's window is closed.
    async fn is_closed(&self, out: &Outgoing, reachable: &[Claimed]) -> bool {
        let Some(id) = reachable.first().map(|one| out.id_of(one)) else { return false };
        match self.fence.store.call(move |db| db.window_stand(id)).await {
            Ok(stand) => stand == Stand::Closed,
            Err(error) => {
                // The provider knows, too.
                tracing::warn!(%error, "it cannot be read what may be sent");
                false
            }
        }
    }

    /// The next one is not asked for what the provider has just refused, and nobody is shown a window that is none.
    async fn close(&self, out: &Outgoing, reachable: &[Claimed]) {
        for id in reachable.iter().map(|one| out.id_of(one)) {
            if let Err(error) = self.fence.store.call(move |db| db.close_window_of(id)).await {
                tracing::warn!(%error, "a closed window could not be noted");
            }
        }
    }

    async fn spend(&self, out: &Outgoing, reachable: &[Claimed]) {
        for id in reachable.iter().map(|one| out.id_of(one)) {
            if let Err(error) = self.fence.store.call(move |db| db.spend_window_of(id)).await {
                tracing::warn!(%error, "an answer could not be counted against what may be sent");
            }
        }
    }
}

/// Whether the provider says that nothing may be sent to the person now.
fn is_closed(reading: &Reading) -> bool {
    matches!(&reading.outcomes, Outcomes::All(outcome) if outcome.class == Some(Class::WindowClosed))
}

/// Whether one of them may have been taken so long ago that the provider would take it a second time.
fn is_too_late(kind: &dyn Kind, mut doubts: impl Iterator<Item = Millis>, now: Millis) -> bool {
    let once = kind.takes_once_for().map(|once| once.as_millis() as i64);
    once.is_some_and(|once| doubts.any(|at| now.since(at) > once))
}

/// Nothing left. If the channel is set up wrongly, that is nobody's failure, and they wait for the repair.
fn not_built(mut outcome: Outcome) -> Reading {
    if outcome.class == Some(Class::Credential) {
        outcome.verdict = Verdict::Retry { after: None };
        return Reading::all(outcome).pausing(PauseReason::Credential);
    }
    Reading::all(outcome)
}

/// Whether everybody was accepted and nothing was said about the channel.
fn is_plain(reading: &Reading) -> bool {
    let accepted = |outcome: &Outcome| outcome.verdict == Verdict::Accepted;
    reading.channel.is_none()
        && match &reading.outcomes {
            Outcomes::All(outcome) => accepted(outcome),
            Outcomes::Each(outcomes) => outcomes.iter().all(accepted),
            Outcomes::Split(_) => false,
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
        Call::Http(call) => Cow::Borrowed(call.secrets.as_slice()),
        Call::Mail(call) => Cow::Owned(call.spoken_secrets()),
    };
    let mask = |outcome: &mut Outcome| {
        let texts = [Some(&mut outcome.text), Some(&mut outcome.code), outcome.receipt.as_mut()];
        for text in texts.into_iter().flatten().filter(|text| !text.is_empty()) {
            *text = redact(text, &secrets);
        }
    };
    match &mut reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => mask(outcome),
        Outcomes::Each(outcomes) => outcomes.iter_mut().for_each(mask),
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::catalog;

    #[test]
    fn a_repeat_that_the_provider_would_take_a_second_time_is_not_made() {
        let minutes = |n: i64| Millis(n * 60_000);
        for (kind, doubts, late) in [
            ("wechat", &[minutes(0)][..], true),
            ("wechat", &[minutes(2), minutes(9)], false),
            ("wechat", &[], false),
            ("bark", &[minutes(0)], false),
        ] {
            let kind = catalog::kind(kind).expect("a kind");
            assert_eq!(is_too_late(kind, doubts.iter().copied(), minutes(10)), late, "{doubts:?}");
        }
    }
}
