//! The Inbox: what came in, in a conversation per person, with what was answered.
//!
//! `take` writes what a receiver heard, once, together with what follows from it: a follow becomes a subscriber
//! (`person`), a command is carried out (`obey`), an answer is one delivery to one person in the books like any other
//! (`speak`), a receipt ends a delivery (`receipts`). What is done by itself stands in `rules`; `list` reads.

use serde::Serialize;

mod list;
mod obey;
mod person;
mod receipts;
mod rules;
mod speak;
mod take;

pub use list::{Conversation, Line, Said, Which};
pub use rules::{Does, NewRule, Rule, RuleFault, Sort};
pub use take::{Incoming, Taken};

/// What came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody follows.
    Follow,
    /// Somebody who follows scanned a code.
    Scan,
    /// Somebody does not follow any more.
    Unfollow,
    /// Somebody wrote.
    Text,
    /// Somebody tapped an entry of a menu.
    Tap,
    /// Somebody paid, or got the money back.
    Order,
    /// Something that we do not know.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Follow, Self::Scan, Self::Unfollow, Self::Text, Self::Tap, Self::Order, Self::Other];

    /// The word used in JSON and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Scan => "scan",
            Self::Unfollow => "unfollow",
            Self::Text => "text",
            Self::Tap => "tap",
            Self::Order => "order",
            Self::Other => "other",
        }
    }

    /// Reads a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

#[cfg(test)]
mod tests;
