//! The first call of a broadcast on a channel goes alone and must succeed: a wrong text, a wrong account or
//! a wrong list shows at one person and not at a thousand.

use crate::channels::outcome::{Outcome, Outcomes, Verdict};
use crate::domain::delivery::Class;
use crate::domain::id::CallId;
use crate::domain::template::Missing;
use crate::store::ledger::record::Record;

/// So many calls refused as a whole, before anybody was accepted, and the broadcast asks.
const REFUSED: u32 = 3;

/// Whether a lane has shown that it works.
#[derive(Debug, Default)]
pub(super) struct Proof {
    proven: bool,
    /// The call that is to show it.
    asked: Option<CallId>,
    refused: u32,
}

impl Proof {
    pub(super) fn new(proven: bool) -> Self {
        Self { proven, ..Self::default() }
    }

    /// How many of `calls` may be claimed.
    pub(super) fn admits(&self, calls: usize) -> usize {
        if self.proven { calls } else { calls.min(usize::from(self.asked.is_none())) }
    }

    /// This call was claimed.
    pub(super) fn asks(&mut self, call: CallId) {
        if !self.proven {
            self.asked = Some(call);
        }
    }

    /// Some calls went back without having left.
    pub(super) fn taken_back(&mut self, records: &[Record]) {
        if self.asked.is_some_and(|call| records.iter().any(|record| record.call == call)) {
            self.asked = None;
        }
    }

    /// What came of a call with `people` in it; the words of the refusal if the broadcast must stop and ask.
    pub(super) fn landed(&mut self, call: CallId, people: usize, outcomes: &Outcomes) -> Option<String> {
        if self.asked == Some(call) {
            self.asked = None;
        }
        let all = match outcomes {
            Outcomes::All(outcome) => outcome,
            Outcomes::Split(_) => return None,
            Outcomes::Each(each) => {
                self.proven |= each.iter().any(|outcome| outcome.verdict == Verdict::Accepted);
                return None;
            }
        };
        if all.verdict == Verdict::Accepted {
            self.proven = true;
        }
        if self.proven || !is_about_the_message(all) {
            return None;
        }
        // A call that carried many is a sample by itself.
        self.refused += if people > 1 { REFUSED } else { 1 };
        (self.refused >= REFUSED).then(|| all.text.clone())
    }
}

/// A refusal that says nothing of the person: the next one would get the same.
fn is_about_the_message(outcome: &Outcome) -> bool {
    outcome.verdict == Verdict::Rejected
        && matches!(outcome.class, Some(Class::Content | Class::Refused | Class::Unclassified))
        && !Missing::is_said_by(&outcome.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(outcome: Outcome) -> Outcomes {
        Outcomes::All(outcome)
    }

    #[test]
    fn one_call_at_a_time_until_somebody_was_accepted() {
        let mut proof = Proof::new(false);
        assert_eq!(proof.admits(64), 1);
        proof.asks(CallId(1));
        assert_eq!(proof.admits(64), 0);
        let gone = Outcome::rejected(Class::BadRecipient, "410", "gone");
        assert_eq!(proof.landed(CallId(1), 1, &all(gone)), None);
        assert_eq!(proof.admits(64), 1, "a dead address says nothing of the others");
        proof.asks(CallId(2));
        assert_eq!(proof.landed(CallId(2), 1, &all(Outcome::accepted(None))), None);
        assert_eq!(proof.admits(64), 64);
    }

    #[test]
    fn people_who_lack_a_value_say_nothing_of_the_message() {
        let lacks = Missing { name: "city".into() }.to_string();
        let outcome = all(Outcome::rejected(Class::Content, "", lacks));
        let mut proof = Proof::new(false);
        assert!((1..9).all(|call| proof.landed(CallId(call), 1, &outcome).is_none()));
    }

    #[test]
    fn a_message_that_is_refused_three_times_or_for_many_at_once_asks() {
        let refused = || all(Outcome::rejected(Class::Content, "413", "too large"));
        let mut proof = Proof::new(false);
        assert!((1..3).all(|call| proof.landed(CallId(call), 1, &refused()).is_none()));
        assert_eq!(proof.landed(CallId(3), 1, &refused()).as_deref(), Some("too large"));
        assert!(Proof::new(false).landed(CallId(1), 2_000, &refused()).is_some());
        assert!(Proof::new(true).landed(CallId(1), 2_000, &refused()).is_none(), "it worked for others");
    }
}
