//! Subscribers: people or bots that can be told something, and the states they can be in.

use serde::Serialize;

/// Whether a subscriber gets messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberState {
    /// Gets messages.
    #[default]
    Active,
    /// Left out for now by the operator.
    Muted,
    /// Left out for good by the operator.
    Blocked,
    /// Opted out. No import undoes this.
    Unsubscribed,
}

impl SubscriberState {
    /// Every state, in the order in which lists show them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Muted, Self::Blocked, Self::Unsubscribed];

    /// The word used in JSON, filters and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Muted => "muted",
            Self::Blocked => "blocked",
            Self::Unsubscribed => "unsubscribed",
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
}

/// Whether an address can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// Usable as far as is known.
    #[default]
    Active,
    /// The provider said that it is gone, and a person agreed to retire it.
    Dead,
}

impl AddressState {
    /// The word used in JSON, filters and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Dead => "dead",
        }
    }

    /// The number that the store keeps.
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The state behind a stored number.
    pub const fn from_code(code: i64) -> Option<Self> {
        match code {
            0 => Some(Self::Active),
            1 => Some(Self::Dead),
            _ => None,
        }
    }
}
