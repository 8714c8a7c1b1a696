//! Questions and orders of the section Subscribers.
//!
//! What can mean a million people is a sequence of short steps: an order carries how far it is, and its
//! reply carries the rest. Addresses go in as `Secret` and come out masked.

use std::sync::Arc;

use crate::app::rows::{Page, PageAsk, Row};
use crate::app::table::filter::Mistake;
use crate::app::table::marking::{Held, HeldAsk};
use crate::channels::kind::AddressWarning;
use crate::domain::filter::Filter;
use crate::domain::id::{ChannelId, SubscriberId, TopicId};
use crate::domain::subscriber::SubscriberState;
use crate::store::addresses::AddressEdit;
use crate::store::history::DeliveryRow;
use crate::store::import::Report;
use crate::store::page::PersonRow;
use crate::store::subscribers::states::Stood;
use crate::store::subscribers::{NewSubscriber, Subscriber, SubscriberEdit};

impl Row for PersonRow {
    type Id = SubscriberId;
    fn id(&self) -> SubscriberId {
        self.id
    }
}

/// People who are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// These ones.
    These(Arc<[SubscriberId]>),
    /// Everybody who matches, but for some. Nobody who came after `newest` is meant.
    Matching {
        /// The filter, its moments settled.
        filter: Filter,
        /// Not meant.
        except: Arc<[SubscriberId]>,
        /// The newest person when they were counted.
        newest: SubscriberId,
    },
}

impl Whom {
    /// One person.
    pub fn one(id: SubscriberId) -> Self {
        Self::These(Arc::new([id]))
    }
}

/// People who are meant, and how many they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// Who.
    pub whom: Whom,
    /// How many.
    pub count: i64,
}

/// Marks as the list keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marked {
    /// These ones, under this filter as applied.
    These {
        /// The marked people.
        ids: Vec<SubscriberId>,
        /// The filter that may hide some.
        filter: String,
    },
    /// Everybody who matches a filter, but for some.
    Matching {
        /// The filter.
        filter: String,
        /// Not marked.
        except: Vec<SubscriberId>,
        /// The filter as applied now, which may hide some.
        shown: String,
    },
}

/// Two filters together: who matches both.
pub fn both(one: &str, other: &str) -> String {
    format!("{one} {other}").trim().to_owned()
}

/// What is done to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Into this state.
    State(SubscriberState),
    /// Back into the states that they had, in the order of the people.
    States(Arc<[Stood]>),
    /// Away; can be taken back.
    Remove,
    /// Back from removal.
    Restore,
    /// Into a topic.
    Join(TopicId, String),
    /// Out of a topic.
    Leave(TopicId, String),
    /// A tag more.
    Tag(String),
    /// A tag less.
    Untag(String),
}

/// How far an order over many people is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing was done yet.
    Start,
    /// So many of `Whom::These` were done.
    After(usize),
    /// Everybody from this one on was done, newest first.
    Before(SubscriberId),
}

/// An order over people: one step of it at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What is done.
    pub change: Change,
    /// To whom.
    pub whom: Whom,
    /// How many were counted when it was decided; the first step refuses if there are more by now.
    pub count: i64,
    /// How far it is.
    pub place: Place,
    /// Whether it takes an earlier one back.
    pub undoes: bool,
}

/// What one step of a job did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stepped {
    /// The job as it goes on, or nothing if it has ended.
    pub rest: Option<Job>,
    /// What was done.
    pub change: Change,
    /// Whether it takes an earlier one back.
    pub undoes: bool,
    /// Who was changed, for undo.
    pub ids: Vec<SubscriberId>,
    /// In which states they were, if that changed.
    pub before: Vec<Stood>,
    /// How many of them stay out all the same: they left by their own word.
    pub stay_out: i64,
}

/// A channel that a form offers an address on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The channel.
    pub id: ChannelId,
    /// Its name, scrubbed.
    pub name: String,
    /// The catalogue id of its kind.
    pub kind: String,
}

/// What a form of a person needs besides the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// Channels in use.
    pub ways: Vec<Way>,
    /// Names of topics.
    pub topics: Vec<String>,
}

/// A person with what the detail pane shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The person.
    pub person: Subscriber,
    /// The newest deliveries.
    pub deliveries: Vec<DeliveryRow>,
    /// Whether tests go there.
    pub me: bool,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Importing {
    /// Rows read so far.
    Checking(u64),
    /// Rows written so far, of all.
    Writing(u64, u64),
    /// It has ended.
    Done(Box<Report>),
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFile {
    /// Nothing is there.
    Missing,
    /// It may not be read.
    Forbidden,
    /// It is a folder.
    Folder,
    /// The system's own words.
    Other(String),
}

/// What the section wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscribersAsk {
    /// A page of people.
    Page(PageAsk),
    /// How many match a filter, and how many there are.
    Count(String),
    /// One person for the detail pane.
    Person(SubscriberId),
    /// What marks come to.
    Weigh(Marked),
    /// Which rows a query of marks holds, while another filter is shown.
    Held(HeldAsk<SubscriberId>),
    /// Topics to choose from.
    Topics,
    /// Makes a topic of that name.
    NewTopic(String),
    /// Tags to choose from.
    Tags,
    /// A person, and what its form needs; nobody for a new one.
    Form(Option<SubscriberId>),
    /// Adds a person.
    Add(Box<NewSubscriber>),
    /// Changes a person, all of it or nothing.
    Save {
        /// Who.
        id: SubscriberId,
        /// The version that was edited; nothing to write over whatever came since.
        version: Option<i64>,
        /// The fields.
        edit: Box<SubscriberEdit>,
        /// The addresses.
        addresses: Vec<AddressEdit>,
    },
    /// One step of a job.
    Go(Job),
    /// Tests go to this person.
    SetMe(SubscriberId),
    /// Begins an import.
    ImportOpen {
        /// The file as typed.
        path: String,
        /// Whether anything is written.
        write: bool,
    },
    /// One step of the import.
    ImportStep,
    /// Gives the import up; what it has written and not shown yet goes.
    ImportStop,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscribersTold {
    /// A page of people.
    Page(Page<PersonRow>),
    /// The filter names something that is not there.
    Unknown(Mistake),
    /// How many match, whether that is all of them, and how many there are.
    Counted {
        /// Matching.
        count: i64,
        /// Whether it is all of them.
        exact: bool,
        /// All people.
        all: i64,
    },
    /// One person, unless it is gone.
    Person(Option<Box<Known>>),
    /// What marks come to: all of them, and those that the filter shows if it hides some.
    Weighed {
        /// All.
        all: Meant,
        /// Not hidden.
        visible: Option<Meant>,
    },
    /// What the query of marks holds of the rows.
    Held(Held<SubscriberId>),
    /// Topics and how many people each has.
    Topics(Vec<(TopicId, String, i64)>),
    /// A topic was made.
    TopicMade(TopicId, String),
    /// Tags and how many people each has.
    Tags(Vec<(String, i64)>),
    /// A person to edit, or nobody, and what the form needs.
    Form(Option<Box<Subscriber>>, Around),
    /// A person was added or saved; what is unusual about the addresses.
    Saved {
        /// Who.
        id: SubscriberId,
        /// The name.
        name: String,
        /// Channels and what is unusual about the address there.
        warnings: Vec<(String, AddressWarning)>,
        /// Whether the person is new.
        new: bool,
    },
    /// Somebody else changed the person in the meantime: nothing was saved. As it is now.
    Lost(Box<Subscriber>),
    /// What one step of a job did.
    Stepped(Stepped),
    /// There are more people by now than were counted: nothing was done.
    Grown {
        /// Counted when it was decided.
        before: i64,
        /// Counted now.
        now: i64,
    },
    /// Tests go to this person from now on.
    Me(SubscriberId),
    /// How far the import is.
    Importing(Importing),
    /// The file cannot be read.
    NoFile(NoFile),
    /// The import was given up.
    ImportStopped,
}
