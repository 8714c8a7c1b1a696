//! The Inbox: what came in, in a conversation per person, with what was answered.
//!
//! `take` writes what a receiver heard, once, together with what follows from it: a follow becomes a subscriber
//! (`person`), a command is carried out (`obey`), an answer is one delivery to one person in the books like any other
//! (`speak`), a receipt ends a delivery (`receipts`). What is done by itself stands in `rules`; `list` reads.

mod list;
mod obey;
mod person;
mod prune;
mod receipts;
mod rules;
mod speak;
mod take;

pub use crate::domain::inbox::{Does, Kind, Sort};
pub use list::{Conversation, Line, Said, Which};
pub use rules::{NewRule, Rule, RuleFault};
pub use speak::Way;
pub use take::{Incoming, Taken};

#[cfg(test)]
mod tests;
