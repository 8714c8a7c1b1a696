//! What providers are asked beside sending, from the section Channels: codes to follow by, and lists of followers.
//!
//! Addresses go no further than the backend: what comes here is what a screen may show.

use std::time::Duration;

use crate::channels::desk::FollowChange;
use crate::domain::id::{AddressId, BroadcastId, ChannelId, DeliveryId, SubscriberId};
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::store::sync::Applied;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrandAsk {
    /// The topics that whoever comes may join, the largest first.
    Topics(ChannelId),
    /// A code to follow by; whoever comes joins the topic.
    Invite(ChannelId, Option<String>),
    /// Who has come by the newest code since the last look.
    Came,
    /// Begins to read the provider's list.
    SyncBegin(ChannelId),
    /// Reads on.
    SyncStep(ChannelId),
    /// Gives it up.
    SyncStop,
    /// Makes the change that was shown.
    SyncApply(ChannelId),
    /// Takes a change back.
    SyncUndo(i64),
    /// Begins to take back what was accepted of a broadcast.
    TakeBack(BroadcastId),
    /// Goes on with that.
    TakeBackStep,
    /// Asks for no more of a broadcast that is on its way back.
    TakeBackStop(BroadcastId),
    /// What became of a delivery at its provider.
    Became(DeliveryId),
    /// Changes somebody's follow at the provider.
    Follow(Follow),
}

/// A change of somebody's follow at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Over which channel.
    pub channel: ChannelId,
    /// The channel's name, scrubbed.
    pub at: String,
    /// Their address there.
    pub address: AddressId,
    /// Their name, scrubbed.
    pub name: String,
    /// What is done.
    pub change: FollowChange,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrandTold {
    /// The topics, with how many people are in each.
    Topics(ChannelId, Vec<(String, i64)>),
    /// The code.
    Invited(Box<Invitation>),
    /// Who came, if somebody has.
    Came(Option<Box<Arrival>>),
    /// So many entries of a channel's list are read, of so many.
    Reading(ChannelId, i64, Option<i64>),
    /// What differs.
    Differs(ChannelId, Box<Difference>),
    /// What was changed.
    Applied(Applied),
    /// So many steps were taken back.
    Undone(i64),
    /// It was given up.
    Stopped,
    /// It was given up before, or another one was begun.
    Overtaken,
    /// So far, of so many.
    TakingBack(TookBack),
    /// It waits until what is on its way back is back; or is among that itself.
    TakeBackWaits(BroadcastId),
    /// All that could be; and whether another one waits.
    TookBack(TookBack, bool),
    /// What the provider says of a delivery.
    Became(DeliveryId, Became),
    /// The change of a follow, and whether there was one to change.
    Followed(Follow, bool),
}

/// How far taking back is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TookBack {
    /// Of which broadcast.
    pub id: BroadcastId,
    /// The broadcast that took its place on some channels: what is there is that one's.
    pub replaced: Option<BroadcastId>,
    /// How many were to be taken back.
    pub of: i64,
    /// How many were asked for.
    pub done: i64,
    /// How many are gone at the provider.
    pub taken: i64,
    /// How many of which nobody knew whether they had arrived were asked for, too.
    pub unknown: i64,
    /// How many cannot be taken back.
    pub cannot: i64,
    /// How many steps it has taken.
    pub steps: u32,
    /// How many failed or were not asked for after that, and why the first one did.
    pub failed: (i64, String),
}

impl TookBack {
    /// Nothing has been asked for.
    pub const fn begun(id: BroadcastId, of: i64) -> Self {
        let failed = (0, String::new());
        Self { id, replaced: None, of, done: 0, taken: 0, unknown: 0, cannot: 0, steps: 0, failed }
    }
}

/// What a provider says of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was handed on, failed, or neither is known yet; in the provider's words, scrubbed.
    Told(Option<bool>, String),
    /// Its provider has no answer to that.
    NoQuestion,
    /// It is older than the provider keeps it.
    TooOld,
}

/// A code to follow by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Over which channel.
    pub channel: ChannelId,
    /// The topic that whoever comes joins.
    pub topic: Option<String>,
    /// What the code says.
    pub link: String,
    /// A picture of it.
    pub picture: Option<String>,
    /// Until when it is good.
    pub until: Millis,
    /// How long to wait between two looks who came; nothing if the provider cannot be asked.
    pub every: Option<Duration>,
}

/// Somebody who came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Who.
    pub id: SubscriberId,
    /// The name, scrubbed.
    pub name: String,
    /// Whether they were not here before.
    pub new: bool,
    /// Whether they get messages.
    pub state: SubscriberState,
}

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Follows and is not here.
    Added,
    /// Has a name there and a made-up one here.
    Renamed,
    /// Is here and does not follow any more.
    Gone,
    /// Is blocked there.
    Refused,
    /// Follows again.
    Back,
}

impl Sort {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Added, Self::Renamed, Self::Gone, Self::Refused, Self::Back];
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceRow {
    /// What it is about.
    pub sort: Sort,
    /// The name here, or the one that they would get; scrubbed.
    pub name: String,
    /// The address as a screen may show it, or the new name; scrubbed.
    pub what: String,
}

/// A channel beside its provider's list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// How many people follow.
    pub listed: i64,
    /// Whether nobody can be missing from that.
    pub whole: bool,
    /// People about whom nothing differs.
    pub same: i64,
    /// People who were removed here and stay so.
    pub removed_here: i64,
    /// People who are blocked there and not here.
    pub refused_strangers: i64,
    /// How many of each sort.
    pub counts: Vec<(Sort, i64)>,
    /// The first of each sort.
    pub rows: Vec<DifferenceRow>,
}

impl Difference {
    /// How many people would be changed.
    pub fn people(&self) -> i64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}
