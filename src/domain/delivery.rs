//! Deliveries and their states: the unit in which the books are kept.
//!
//! The states and the legal transitions between them stand here; the store enforces them and the
//! sender moves along them. `Counts` is the ledger line of a broadcast: it always sums to the audience.

use serde::Serialize;

/// Where one delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// In the plan; nothing has left.
    Planned,
    /// Left out on purpose when the plan was frozen; carries a `SkipReason`.
    Skipped,
    /// Waiting for a moment: a retry, a quota, a reply window.
    Deferred,
    /// In a call whose answer is not recorded.
    Sending,
    /// The provider took it. It does not prove that a person saw it.
    Accepted,
    /// The provider gave a receipt for the person's device.
    Confirmed,
    /// The provider refused it for good.
    Rejected,
    /// The request left and its answer never came, or cannot be read.
    Unknown,
    /// An unknown that a person settled as accepted.
    Assumed,
    /// Stopped, recalled or expired before it left.
    Cancelled,
}

impl DeliveryState {
    /// Every state, in the order in which the books list them.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Skipped,
        Self::Deferred,
        Self::Sending,
        Self::Accepted,
        Self::Confirmed,
        Self::Rejected,
        Self::Unknown,
        Self::Assumed,
        Self::Cancelled,
    ];

    /// The word used in JSON, filters and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Skipped => "skipped",
            Self::Deferred => "deferred",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Assumed => "assumed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The number that the store keeps.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The state behind a stored number.
    pub fn from_code(code: i64) -> Option<Self> {
        usize::try_from(code).ok().and_then(|index| Self::ALL.get(index).copied())
    }

    /// Whether nothing more will happen to it by itself.
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Planned | Self::Deferred | Self::Sending)
    }

    /// Whether a replay must never touch it.
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Accepted | Self::Confirmed | Self::Assumed)
    }

    /// Whether the books allow the step from this state to `next`.
    pub const fn may_become(self, next: Self) -> bool {
        use DeliveryState as S;
        match self {
            S::Planned | S::Deferred => {
                matches!(next, S::Sending | S::Deferred | S::Rejected | S::Cancelled)
            }
            // Back to planned: the sender knows that the request never left.
            // Cancelled: the same, and the rest was stopped in the meantime.
            S::Sending => matches!(
                next,
                S::Planned | S::Accepted | S::Rejected | S::Unknown | S::Deferred | S::Cancelled
            ),
            S::Accepted => matches!(next, S::Confirmed | S::Rejected),
            // A replay queues again; evidence or a person settles an unknown.
            S::Unknown => matches!(next, S::Planned | S::Accepted | S::Rejected | S::Assumed),
            S::Rejected | S::Cancelled => matches!(next, S::Planned),
            // A reserve, when the person was refused elsewhere.
            S::Skipped => matches!(next, S::Planned),
            S::Confirmed | S::Assumed => false,
        }
    }
}

/// Why a delivery failed or waits. The words are pinned: JSON, filters and fixtures use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The address does not exist or no longer works.
    BadRecipient,
    /// The person blocked us or left.
    Blocked,
    /// The channel's credential or set-up is wrong: nobody can be reached until it is repaired.
    Credential,
    /// Too fast; the provider asks to slow down.
    RateLimit,
    /// The day's or month's allowance is used up.
    Quota,
    /// Too long, or a format that the provider does not take.
    Content,
    /// The provider refuses what the message says or who sends it.
    Refused,
    /// The network failed.
    Network,
    /// The provider failed.
    Provider,
    /// The person must write first; the reply window is closed.
    WindowClosed,
    /// An answer that no table explains.
    Unclassified,
}

impl Class {
    /// Every class, in the order in which they are listed.
    pub const ALL: [Self; 11] = [
        Self::BadRecipient,
        Self::Blocked,
        Self::Credential,
        Self::RateLimit,
        Self::Quota,
        Self::Content,
        Self::Refused,
        Self::Network,
        Self::Provider,
        Self::WindowClosed,
        Self::Unclassified,
    ];

    /// The word used in JSON, filters and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BadRecipient => "bad_recipient",
            Self::Blocked => "blocked",
            Self::Credential => "credential",
            Self::RateLimit => "rate_limit",
            Self::Quota => "quota",
            Self::Content => "content",
            Self::Refused => "refused",
            Self::Network => "network",
            Self::Provider => "provider",
            Self::WindowClosed => "window_closed",
            Self::Unclassified => "unclassified",
        }
    }

    /// The number that the store keeps.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The class behind a stored number.
    pub fn from_code(code: i64) -> Option<Self> {
        usize::try_from(code).ok().and_then(|index| Self::ALL.get(index).copied())
    }
}

/// Why a person in the audience gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Muted by the operator.
    Muted,
    /// Blocked by the operator.
    Blocked,
    /// Opted out.
    Unsubscribed,
    /// Has no address on any of the chosen channels.
    NoAddress,
    /// Every address on the chosen channels is known to be dead.
    DeadAddress,
    /// Waits in case the person is refused on another channel.
    Reserve,
    /// Was to get it and waited too long; such a delivery is cancelled, not skipped.
    Expired,
}

impl SkipReason {
    /// Every reason, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::Muted,
        Self::Blocked,
        Self::Unsubscribed,
        Self::NoAddress,
        Self::DeadAddress,
        Self::Reserve,
        Self::Expired,
    ];

    /// The word used in JSON and filters.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Muted => "muted",
            Self::Blocked => "blocked",
            Self::Unsubscribed => "unsubscribed",
            Self::NoAddress => "no_address",
            Self::DeadAddress => "dead_address",
            Self::Reserve => "reserve",
            Self::Expired => "expired",
        }
    }

    /// The number that the store keeps.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The reason behind a stored number.
    pub fn from_code(code: i64) -> Option<Self> {
        usize::try_from(code).ok().and_then(|index| Self::ALL.get(index).copied())
    }
}

/// How many deliveries stand in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([i64; 10]);

impl Counts {
    /// How many stand in `state`.
    pub fn of(&self, state: DeliveryState) -> i64 {
        self.0[state as usize]
    }

    /// Adds `n` (negative to take away) to `state`.
    pub fn add(&mut self, state: DeliveryState, n: i64) {
        self.0[state as usize] += n;
    }

    /// Adds another ledger line to this one.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// All deliveries, the skipped ones too: the audience.
    pub fn audience(&self) -> i64 {
        self.0.iter().sum()
    }

    /// All deliveries that are meant to leave: what the gates count.
    pub fn to_send(&self) -> i64 {
        self.audience() - self.of(DeliveryState::Skipped)
    }

    /// Those to which something will still happen by itself.
    pub fn open(&self) -> i64 {
        DeliveryState::ALL.into_iter().filter(|state| !state.has_ended()).map(|state| self.of(state)).sum()
    }

    /// Those that the provider took, or a person settled as taken.
    pub fn delivered(&self) -> i64 {
        DeliveryState::ALL.into_iter().filter(|state| state.is_delivered()).map(|state| self.of(state)).sum()
    }

    /// Whether anything of it has left this host, whatever became of it.
    pub fn has_gone_out(&self) -> bool {
        self.delivered() + self.trouble() + self.of(DeliveryState::Sending) > 0
    }

    /// Those that need a person: refused or unknown.
    pub fn trouble(&self) -> i64 {
        self.of(DeliveryState::Rejected) + self.of(DeliveryState::Unknown)
    }
}

impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(DeliveryState::ALL.into_iter().map(|state| (state.word(), self.of(state))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::words::Worded as _;

    #[test]
    fn words_and_codes_round_trip() {
        for state in DeliveryState::ALL {
            assert_eq!(DeliveryState::typed(state.word()), Some(state));
            assert_eq!(DeliveryState::from_code(state.code()), Some(state));
        }
        for class in Class::ALL {
            assert_eq!(Class::typed(class.word()), Some(class));
            assert_eq!(Class::from_code(class.code()), Some(class));
        }
        for reason in SkipReason::ALL {
            assert_eq!(SkipReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(DeliveryState::typed("failed"), Some(DeliveryState::Rejected));
    }

    #[test]
    fn what_was_delivered_never_becomes_sendable_again() {
        for from in DeliveryState::ALL.into_iter().filter(|state| state.is_delivered()) {
            for next in DeliveryState::ALL.into_iter().filter(|state| !state.has_ended()) {
                assert!(!from.may_become(next), "{from:?} -> {next:?}");
            }
        }
    }

    #[test]
    fn a_delivery_only_leaves_through_sending() {
        for from in [DeliveryState::Planned, DeliveryState::Deferred] {
            assert!(!from.may_become(DeliveryState::Accepted));
            assert!(!from.may_become(DeliveryState::Unknown));
        }
    }

    #[test]
    fn counts_sum_to_the_audience() {
        let mut counts = Counts::default();
        counts.add(DeliveryState::Accepted, 7);
        counts.add(DeliveryState::Skipped, 2);
        counts.add(DeliveryState::Unknown, 1);
        assert_eq!((counts.audience(), counts.to_send(), counts.open()), (10, 8, 0));
        let json = serde_json::to_value(counts).expect("counts are plain numbers");
        assert_eq!(json.as_object().expect("an object").len(), 10);
        assert_eq!(json["accepted"], 7);
    }
}
