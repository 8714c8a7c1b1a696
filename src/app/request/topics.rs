//! Questions and orders of the section Topics.

use crate::app::request::subscribers::{Meant, Way};
use crate::app::rows::{Page, PageAsk, Row};
use crate::app::table::filter::Mistake;
use crate::domain::id::TopicId;
use crate::store::broadcasts::BroadcastRow;
use crate::store::page::PersonRow;
use crate::store::topics::{NewTopic, Topic, TopicEdit};

impl Row for Topic {
    type Id = TopicId;
    fn id(&self) -> TopicId {
        self.id
    }
}

/// A topic with what the detail pane shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The topic.
    pub topic: Topic,
    /// The newest members.
    pub members: Vec<PersonRow>,
    /// People in it by channel: the channel's name and how many have a usable address there.
    pub reach: Vec<(String, i64)>,
    /// The newest broadcasts whose audience names it.
    pub broadcasts: Vec<BroadcastRow>,
}

/// What the section wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicsAsk {
    /// A page of topics.
    Page(PageAsk),
    /// How many match a filter, and how many there are.
    Count(String),
    /// One topic for the detail pane.
    Topic(TopicId),
    /// A topic, and the channels that can carry remote ids; nothing for a new one.
    Form(Option<TopicId>),
    /// Makes a topic.
    Add(Box<NewTopic>),
    /// Changes a topic.
    Save {
        /// Which one.
        id: TopicId,
        /// The version that was edited; nothing to write over whatever came since.
        version: Option<i64>,
        /// The fields.
        edit: Box<TopicEdit>,
    },
    /// Takes a topic out of use, if it still has so many people at most.
    Remove(TopicId, i64),
    /// Brings it back.
    Restore(TopicId),
    /// How many people a filter means, to let them join.
    Weigh(String),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicsTold {
    /// A page of topics.
    Page(Page<Topic>),
    /// The filter names something that is not there.
    Unknown(Mistake),
    /// How many match, and how many there are.
    Counted {
        /// Matching.
        count: i64,
        /// All topics.
        all: i64,
    },
    /// One topic, unless it is gone.
    Topic(Option<Box<Shown>>),
    /// A topic to edit, or none, and the channels.
    Form(Option<Box<Topic>>, Vec<Way>),
    /// A topic was made or saved.
    Saved {
        /// Which one.
        id: TopicId,
        /// Its name.
        name: String,
        /// Whether it is new.
        new: bool,
    },
    /// Somebody else changed it in the meantime: nothing was saved. As it is now.
    Lost(Box<Topic>),
    /// It is out of use.
    Removed(TopicId, String),
    /// It has more people by now than the operator saw: nothing was done.
    Grown {
        /// Seen.
        before: i64,
        /// Now.
        now: i64,
    },
    /// It is back.
    Restored(TopicId, String),
    /// The people whom a filter means.
    Weighed(Meant),
}
