//! What an answer means: for the books, for a question that ends with its answer, for the window.

use crate::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use crate::delivery::retry::{MAX_ATTEMPTS, wait_after, wait_patiently};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::time::Millis;
use crate::store::ledger::claim::{Claimed, Granted};
use crate::store::ledger::record::{Record, Recorded};

/// One question with one answer: what `ends` picks is refused now and never tried again by itself.
pub(super) fn settle(reading: &mut Reading, ends: impl Fn(&Outcome) -> bool) {
    let settle = |outcome: &mut Outcome| {
        if matches!(outcome.verdict, Verdict::Accepted | Verdict::Rejected) || !ends(outcome) {
            return;
        }
        outcome.verdict = Verdict::Rejected;
    };
    match &mut reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => settle(outcome),
        Outcomes::Each(outcomes) => outcomes.iter_mut().for_each(settle),
    }
}

pub(super) fn sample(reading: &Reading) -> Option<&Outcome> {
    match &reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => Some(outcome),
        Outcomes::Each(outcomes) => {
            outcomes.iter().find(|outcome| outcome.verdict != Verdict::Accepted).or(outcomes.first())
        }
    }
}

pub(super) fn met_trouble(reading: &Reading) -> bool {
    matches!(reading.channel, Some(ChannelEffect::SlowDown(_)))
        || matches!(&reading.outcomes, Outcomes::All(outcome)
            if matches!(outcome.class, Some(Class::Network | Class::RateLimit | Class::Provider)))
}

pub(super) fn not_left(granted: &Granted) -> impl Iterator<Item = Record> + use<'_> {
    granted.deliveries.iter().map(|one| recorded(granted, one.seq, Recorded::NotLeft))
}

fn recorded(granted: &Granted, seq: i64, result: Recorded) -> Record {
    Record { call: granted.call, lane: granted.lane, broadcast: granted.broadcast, seq, result }
}

pub(crate) fn wall_now() -> Millis {
    Millis(jiff::Timestamp::now().as_millisecond())
}

/// What an outcome means for the books.
pub(super) fn record(granted: &Granted, one: &Claimed, outcome: &Outcome) -> Record {
    let attempt = one.tries + 1;
    // A wrong credential is nobody's failure: these wait for the repair, however often it is tried.
    let given_up = attempt >= MAX_ATTEMPTS && outcome.class != Some(Class::Credential);
    let now = wall_now();
    let (state, not_before) = match outcome.verdict {
        Verdict::Accepted => (DeliveryState::Accepted, None),
        Verdict::Rejected => (DeliveryState::Rejected, None),
        Verdict::Unknown => (DeliveryState::Unknown, None),
        Verdict::Retry { .. } | Verdict::NextDay { .. } if given_up => (DeliveryState::Rejected, None),
        Verdict::Retry { after } => {
            let wait = wait_after(attempt, after, fastrand::f64());
            (DeliveryState::Deferred, Some(now.plus(wait.as_millis() as i64)))
        }
        Verdict::NextDay { .. } => (DeliveryState::Deferred, outcome.verdict.not_before(now)),
        Verdict::Patient => match wait_patiently(attempt, fastrand::f64()) {
            Some(wait) => (DeliveryState::Deferred, Some(now.plus(wait.as_millis() as i64))),
            None => (DeliveryState::Rejected, None),
        },
    };
    recorded(
        granted,
        one.seq,
        Recorded::Moved {
            state,
            not_before,
            class: outcome.class,
            code: outcome.code.clone(),
            text: outcome.text.clone(),
            receipt: outcome.receipt.clone(),
        },
    )
}
