//! Broadcasts: the phase that a person or the sender put one in, and the state that follows from it.
//!
//! The store keeps only the `Phase`; what a screen shows is derived from phase and counts, so it
//! cannot disagree with the deliveries.

use serde::Serialize;

use super::delivery::{Counts, DeliveryState};

/// What was last decided about a broadcast. Stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being written; has no plan.
    Draft,
    /// Its plan is being written in chunks; invisible until one flip.
    Planning,
    /// Released; nothing leaves before `hold_until`, and never while its console is gone.
    Held,
    /// Released for a later moment.
    Scheduled,
    /// The sender works on it.
    Sending,
    /// Stands still until a person goes on; carries a `PauseReason`.
    Paused,
    /// A person stopped the rest.
    Stopped,
}

impl Phase {
    /// Every phase, in life order.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Planning,
        Self::Held,
        Self::Scheduled,
        Self::Sending,
        Self::Paused,
        Self::Stopped,
    ];

    /// The word that the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Planning => "planning",
            Self::Held => "held",
            Self::Scheduled => "scheduled",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }

    /// Reads a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.word() == word)
    }
}

/// What a broadcast is doing, as lists and scripts show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BroadcastState {
    /// Being written.
    Draft,
    /// In its undo window, or waiting for a person because its console went away.
    Held,
    /// Waiting for its time.
    Scheduled,
    /// Going out.
    Sending,
    /// Standing still until a person goes on.
    Paused,
    /// Ended; somebody was refused or is unknown.
    Partial,
    /// Ended; everybody who was to get it was accepted.
    Done,
    /// Stopped or recalled before it was through.
    Cancelled,
}

impl BroadcastState {
    /// Every state, in the order in which lists show them.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Held,
        Self::Scheduled,
        Self::Sending,
        Self::Paused,
        Self::Partial,
        Self::Done,
        Self::Cancelled,
    ];

    /// The word used in JSON and filters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Held => "held",
            Self::Scheduled => "scheduled",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Partial => "partial",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state that follows from what was decided and what happened.
    pub fn derive(phase: Phase, counts: &Counts) -> Self {
        match phase {
            Phase::Draft | Phase::Planning => Self::Draft,
            Phase::Held => Self::Held,
            Phase::Scheduled => Self::Scheduled,
            Phase::Sending | Phase::Paused | Phase::Stopped if counts.open() == 0 => {
                if counts.of(DeliveryState::Cancelled) > 0 {
                    Self::Cancelled
                } else if counts.trouble() > 0 {
                    Self::Partial
                } else {
                    Self::Done
                }
            }
            // Stopped with calls still in flight: the answers are on their way.
            Phase::Sending | Phase::Stopped => Self::Sending,
            Phase::Paused => Self::Paused,
        }
    }

    /// Whether nothing more will happen to it by itself.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Partial | Self::Done | Self::Cancelled)
    }
}

/// Why a broadcast or a channel stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// A person pressed pause.
    Operator,
    /// The channel's credential was refused.
    Credential,
    /// The day's allowance is used up.
    Quota,
    /// Too many failures in a row.
    Failures,
    /// The sender died and nobody looked for ten minutes.
    Interrupted,
    /// The disk is full.
    DiskFull,
    /// The first stage is over; the rest waits.
    Stage,
    /// Its moment passed while nothing ran.
    Overdue,
    /// The audience is not what was released any more.
    Changed,
    /// Everything is held back. Of no broadcast alone, so never stored.
    Halted,
}

impl PauseReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Operator,
        Self::Credential,
        Self::Quota,
        Self::Failures,
        Self::Interrupted,
        Self::DiskFull,
        Self::Stage,
        Self::Overdue,
        Self::Changed,
        Self::Halted,
    ];

    /// The word used in JSON and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Credential => "credential",
            Self::Quota => "quota",
            Self::Failures => "failures",
            Self::Interrupted => "interrupted",
            Self::DiskFull => "disk_full",
            Self::Stage => "stage",
            Self::Overdue => "overdue",
            Self::Changed => "changed",
            Self::Halted => "halted",
        }
    }

    /// Reads a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// What a broadcast is for. Verifications, tests and replies stay out of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A message to an audience.
    Broadcast,
    /// A test to the operator.
    Test,
    /// A check of a channel's credential.
    Verify,
    /// An answer to one person who came in; it stands in their conversation.
    Reply,
}

impl Purpose {
    /// The word that the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Test => "test",
            Self::Verify => "verify",
            Self::Reply => "reply",
        }
    }

    /// Reads a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Broadcast, Self::Test, Self::Verify, Self::Reply]
            .into_iter()
            .find(|purpose| purpose.word() == word)
    }
}

/// The undo window that `send.undo = "auto"` gives an audience of `people`, in milliseconds.
pub const fn auto_undo_ms(people: i64) -> i64 {
    match people {
        ..1_000 => 10_000,
        1_000..100_000 => 30_000,
        _ => 60_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(DeliveryState, i64)]) -> Counts {
        let mut counts = Counts::default();
        for (state, n) in pairs {
            counts.add(*state, *n);
        }
        counts
    }

    #[test]
    fn a_broadcast_with_a_failed_or_unknown_delivery_is_never_done() {
        use DeliveryState as S;
        let cases = [
            (Phase::Sending, vec![(S::Accepted, 9), (S::Planned, 1)], BroadcastState::Sending),
            (Phase::Sending, vec![(S::Accepted, 9), (S::Skipped, 1)], BroadcastState::Done),
            (Phase::Sending, vec![(S::Accepted, 9), (S::Unknown, 1)], BroadcastState::Partial),
            (Phase::Sending, vec![(S::Accepted, 9), (S::Rejected, 1)], BroadcastState::Partial),
            (Phase::Paused, vec![(S::Accepted, 9), (S::Planned, 1)], BroadcastState::Paused),
            (Phase::Paused, vec![(S::Accepted, 9)], BroadcastState::Done),
            (Phase::Stopped, vec![(S::Accepted, 9), (S::Sending, 1)], BroadcastState::Sending),
            (Phase::Stopped, vec![(S::Accepted, 9), (S::Cancelled, 1)], BroadcastState::Cancelled),
            (Phase::Held, vec![(S::Planned, 9)], BroadcastState::Held),
        ];
        for (phase, pairs, expected) in cases {
            assert_eq!(BroadcastState::derive(phase, &counts(&pairs)), expected, "{phase:?} {pairs:?}");
        }
    }

    #[test]
    fn the_undo_window_grows_with_the_audience() {
        assert_eq!(
            [6, 999, 1_000, 99_999, 100_000].map(auto_undo_ms),
            [10_000, 10_000, 30_000, 30_000, 60_000]
        );
    }
}
