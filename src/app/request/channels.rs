//! What the section Channels asks and orders.

use crate::app::rows::Row;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::store::channels::{Channel, ChannelEdit, NewChannel};
use crate::store::history::FailureGroup;

/// What the section wants of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelsAsk {
    /// Every channel in use; there are never many.
    List,
    /// What failed on one channel lately, and how much waits for it.
    Trouble(ChannelId),
    /// Makes a channel.
    Add(Box<NewChannel>),
    /// Changes a channel that has this version.
    Edit {
        /// Which one.
        id: ChannelId,
        /// The version that its editor saw.
        version: i64,
        /// What changes.
        edit: Box<ChannelEdit>,
    },
    /// Has the sender prove the credential; saves and sends nothing by itself.
    Verify(ChannelId),
    /// Sends the operator one message over this channel.
    Test(ChannelId),
    /// What became of a test or a verification.
    Outcome(BroadcastId),
    /// No call leaves over it.
    Pause(ChannelId),
    /// It goes on.
    Resume(ChannelId),
    /// Takes it out of use; its history stays.
    Remove(ChannelId),
    /// Brings a removed one back.
    Restore(ChannelId),
}

impl ChannelsAsk {
    /// Whether it changes nothing.
    pub const fn only_looks(&self) -> bool {
        matches!(self, Self::List | Self::Trouble(_) | Self::Outcome(_))
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelsTold {
    /// The channels.
    List(Vec<Channel>),
    /// One channel's failures and queue.
    Trouble(Trouble),
    /// A channel was made or changed.
    Saved(ChannelId),
    /// Somebody else changed it first; what stands there now.
    Conflict(Box<Channel>),
    /// There is another channel of that name.
    NameTaken,
    /// A value names something on this machine that is not there, or is something else.
    Unfit {
        /// The field.
        field: String,
        /// Why, in a sentence of ours.
        why: String,
    },
    /// A test or a verification is on its way.
    Begun {
        /// Which of them.
        trial: Trial,
        /// Over which channel.
        id: ChannelId,
        /// Its broadcast.
        broadcast: BroadcastId,
    },
    /// Nobody is named as the one who gets tests.
    NobodyIsMe,
    /// The operator has no address on this channel.
    NoAddressForMe(ChannelId),
    /// What became of a test or a verification so far.
    Outcome {
        /// Where its one delivery stands.
        state: DeliveryState,
        /// Why, if it failed.
        class: Option<Class>,
        /// The provider's code and words.
        words: String,
    },
    /// It stands still now.
    Paused(ChannelId),
    /// It goes on.
    Resumed {
        /// Which one.
        id: ChannelId,
        /// Deliveries that waited for it and go on now.
        waiting: i64,
        /// Deliveries that failed on its credential and can be replayed.
        failed: i64,
    },
    /// It is out of use.
    Removed {
        /// Which one.
        id: ChannelId,
        /// Its name.
        name: String,
    },
    /// It is back.
    Restored(ChannelId),
}

/// What a channel is tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Proves the credential and tells nobody anything.
    Verify,
    /// One message to the operator.
    Test,
}

/// What went wrong on a channel, and what waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The channel.
    pub id: ChannelId,
    /// Its failures by class, most first.
    pub failures: Vec<FailureGroup>,
    /// Deliveries that wait for it.
    pub waiting: i64,
}

impl Row for Channel {
    type Id = ChannelId;
    fn id(&self) -> ChannelId {
        self.id
    }
}
