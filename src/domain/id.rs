//! Ids of everything that is stored: one declaration each, time-ordered, printed the same everywhere.
//!
//! An id prints as a letter and a number (`b18`, `u48213`) and is read back with or without the
//! letter, with or without a leading `#`, so that what a screen shows can be pasted into a command.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what} id; it looks like `{prefix}18`")]
pub struct IdError {
    text: String,
    what: &'static str,
    prefix: &'static str,
}

impl IdError {
    /// What was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it should have been the id of.
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// An id of the wanted kind.
    pub fn example(&self) -> String {
        format!("{}18", self.prefix)
    }
}

fn parse(text: &str, what: &'static str, prefix: &'static str) -> Result<i64, IdError> {
    let bare = text.trim().trim_start_matches('#');
    let digits = bare.strip_prefix(prefix).unwrap_or(bare);
    digits.parse().ok().filter(|number| *number > 0).ok_or_else(|| IdError {
        text: text.to_owned(),
        what,
        prefix,
    })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!(concat!($prefix, "{}"), self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text, $what, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person or a bot that can be told something.
    SubscriberId, "subscriber", "u";
    /// One way to reach one subscriber on one channel.
    AddressId, "address", "a";
    /// A named list of subscribers.
    TopicId, "topic", "t";
    /// One configured account of one kind.
    ChannelId, "channel", "c";
    /// One message to one audience, drafts included.
    BroadcastId, "broadcast", "b";
    /// A message that goes out again and again.
    RecurringId, "schedule", "s";
    /// One request to a provider.
    CallId, "call", "k";
    /// Something that came in.
    InboundId, "message", "m";
    /// What is done by itself about what comes in.
    RuleId, "rule", "r";
    /// One delivery's part in one call.
    AttemptId, "attempt", "x";
}

/// One (broadcast, person or remote topic): the unit that the books are kept in. Prints as `d18-4021`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    /// The broadcast it belongs to.
    pub broadcast: BroadcastId,
    /// Its place in the frozen plan, from 1.
    pub seq: i64,
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("d{}-{}", self.broadcast.0, self.seq))
    }
}

impl FromStr for DeliveryId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || IdError { text: text.to_owned(), what: "delivery", prefix: "d7-" };
        let bare = text.trim().trim_start_matches('#');
        let (broadcast, seq) = bare.strip_prefix('d').unwrap_or(bare).split_once('-').ok_or_else(wrong)?;
        let broadcast = parse(broadcast, "delivery", "b").map_err(|_| wrong())?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or_else(wrong)?;
        Ok(Self { broadcast: BroadcastId(broadcast), seq })
    }
}

impl Serialize for DeliveryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_printed_and_without_their_letter() {
        for text in ["b18", "#b18", "18", "#18", " b18 "] {
            assert_eq!(text.parse(), Ok(BroadcastId(18)), "{text}");
        }
        assert_eq!(BroadcastId(18).to_string(), "b18");
        for text in ["", "b", "u18", "b0", "-3", "b1x"] {
            assert!(text.parse::<BroadcastId>().is_err(), "{text}");
        }
    }

    #[test]
    fn delivery_ids_round_trip() {
        let id = DeliveryId { broadcast: BroadcastId(18), seq: 4021 };
        assert_eq!(id.to_string(), "d18-4021");
        assert_eq!("d18-4021".parse(), Ok(id));
        assert_eq!("#18-4021".parse(), Ok(id));
        assert!("d18".parse::<DeliveryId>().is_err());
    }
}
