//! Facts of Subscribers and Topics that need words.

use crate::app::request::subscribers::Change;
use crate::channels::kind::AddressWarning;

/// Something that Subscribers or Topics say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListsSaying {
    /// So many people were changed; `u` takes it back.
    Did(Change, i64),
    /// So many people are as they were.
    Undid(Change, i64),
    /// Everybody was like that already.
    Nothing,
    /// It was stopped after so many.
    Halted(i64),
    /// Another change is still going on.
    Busy,
    /// More people match than were counted: nothing was done.
    Grown {
        /// Counted when it was decided.
        before: i64,
        /// Counted now.
        now: i64,
    },
    /// Tests go to this person.
    MeIs(String),
    /// Added.
    Added(String),
    /// Saved.
    Saved(String),
    /// The address on that channel is unusual; it was taken all the same.
    Unusual(String, AddressWarning),
    /// So many marked people cannot be written as a filter.
    TooManyToName(i64),

    /// Marks are hidden by the filter: whom is meant?
    AskHidden {
        /// How many are hidden.
        hidden: i64,
        /// How many are marked.
        marked: i64,
    },
    /// Do this to so many?
    AskChange(Change, i64),
    /// Remove one person?
    AskRemoveOne(String),
    /// What removal takes along, for so many.
    RemovalKeeps(i64),
    /// So many stay out: they left at their own wish.
    StayOut(i64),
    /// Of so many people, those who left at their own wish get messages again.
    Readmits(i64),
    /// The button: does it to so many.
    Change(Change, i64),
    /// Choose a topic for so many to join.
    PickJoin(i64),
    /// Choose a topic for so many to leave.
    PickLeave(i64),
    /// Choose a tag for so many.
    PickTag(i64),
    /// Choose a tag to take from so many.
    PickUntag(i64),

    /// So many fields were changed: leave them?
    AskDiscard(i64),
    /// The button: leaves them.
    Discard,
    /// Somebody else saved it meanwhile.
    AskLost(String),
    /// A field says something else here than what somebody else saved.
    Differs {
        /// The field's name in the form.
        field: String,
        /// The channel that the field is about, if it is about one.
        channel: Option<String>,
        /// As typed here.
        mine: String,
        /// As saved there.
        theirs: String,
    },
    /// Fields that only the others changed, with the channel that each is about.
    AlsoChanged(Vec<(String, Option<String>)>),
    /// The button: what I typed goes over it.
    Mine,
    /// The button: what somebody else saved stays.
    Theirs,

    /// So many people come into the store.
    AskImport {
        /// New people.
        added: i64,
        /// Changed people.
        updated: i64,
    },
    /// The button: imports so many rows.
    Import(i64),
    /// Imported.
    Imported {
        /// New people.
        added: i64,
        /// Changed people.
        updated: i64,
        /// Those who were like that already.
        unchanged: i64,
    },

    /// Remove a topic of so many people?
    AskRemoveTopic {
        /// Its name.
        name: String,
        /// Its people.
        people: i64,
    },
    /// Its people stay.
    TopicPeopleStay(i64),
    /// The button.
    RemoveTopic(String),
    /// The topic is out of use; `u` brings it back.
    TopicRemoved(String),
    /// The topic is back.
    TopicRestored(String),
}
