//! Questions and orders of the section Inbox.

use crate::app::rows::{Page, PageAsk, Row};
use crate::app::table::filter::Mistake;
use crate::domain::id::SubscriberId;
use crate::store::inbox::{Conversation, Line, Way};

impl Row for Conversation {
    /// The person; nobody is before all of them.
    type Id = Option<SubscriberId>;
    fn id(&self) -> Self::Id {
        self.person
    }
}

/// What the section wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxAsk {
    /// A page of conversations.
    Page(PageAsk),
    /// How many match a filter, and how many of them have something unread.
    Count(String),
    /// The lines of one conversation.
    Lines(Option<SubscriberId>),
    /// Answers a person.
    Reply(SubscriberId, String),
    /// A conversation has been looked at.
    MarkRead(Option<SubscriberId>),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxTold {
    /// A page of conversations.
    Page(Page<Conversation>),
    /// The filter names something that is not there.
    Unknown(Mistake),
    /// How many match, and how many of them have something unread.
    Counted {
        /// Matching.
        count: i64,
        /// Of these, with something unread.
        unread: i64,
    },
    /// The lines of one conversation, oldest first, and how an answer would go.
    Lines(Option<SubscriberId>, Vec<Line>, Option<Way>),
    /// An answer is on its way to this person.
    Replied(SubscriberId, String),
    /// So many lines are read.
    Read(i64),
}
