//! Questions and orders to the store, as plain data: one variant each, with its reply.
//!
//! Screens own this vocabulary: add a variant per question, named for what the operator wants to
//! know. Questions (`Desk::ask`) are latest-wins; orders (`Desk::order`) are each answered. Nothing here
//! knows SQL, and a `Secret` goes in but never comes out.

pub mod channels;
pub mod errands;
pub mod history;

use errands::{ErrandAsk, ErrandTold};

use channels::{ChannelsAsk, ChannelsTold};
use history::{HistoryAsk, HistoryTold};
pub mod compose;
pub mod inbox;

use self::compose::{ComposeAsk, ComposeTold};
use self::inbox::{InboxAsk, InboxTold};
pub mod subscribers;
pub mod topics;

use subscribers::{SubscribersAsk, SubscribersTold};
use topics::{TopicsAsk, TopicsTold};

use super::rows::{BroadcastDetail, BroadcastRow, Page, PageAsk, Pulse};
use crate::domain::id::{BroadcastId, RecurringId};

/// What the console wants of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Everything that the frame shows.
    Pulse,
    /// A page of the Outbox.
    Broadcasts(PageAsk),
    /// One broadcast with its lanes.
    Broadcast(BroadcastId),
    /// Stop claiming.
    Pause(BroadcastId),
    /// Go on.
    Resume(BroadcastId),
    /// Cancel what has not left.
    Stop(BroadcastId),
    /// Take a held broadcast back into its draft.
    Recall(BroadcastId),
    /// Let a schedule stand still, go on, or be gone.
    Schedule(RecurringId, ScheduleAct),
    /// Hold everything back.
    Halt,
    /// Let everything go on.
    Unhalt,
    /// Write the report of a broadcast into a file, in a language.
    Report(BroadcastId, String),
    /// What the section Channels wants.
    Channels(ChannelsAsk),
    /// What a provider is asked beside sending.
    Errand(ErrandAsk),
    /// What the section History wants.
    History(HistoryAsk),
    /// What Compose wants.
    Compose(ComposeAsk),
    /// Of the section Subscribers.
    Subscribers(SubscribersAsk),
    /// Of the section Topics.
    Topics(TopicsAsk),
    /// Of the section Inbox.
    Inbox(InboxAsk),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// For the frame.
    Pulse(Pulse),
    /// A page of the Outbox.
    Broadcasts(Page<BroadcastRow>),
    /// One broadcast, unless it is gone.
    Broadcast(Option<Box<BroadcastDetail>>),
    /// For Compose.
    Compose(ComposeTold),
    /// An order was carried out on one broadcast.
    Done(Deed),
    /// For the section Channels.
    Channels(ChannelsTold),
    /// What a provider said, or what was made of it.
    Errand(ErrandTold),
    /// For the section History.
    History(HistoryTold),
    /// To the section Subscribers.
    Subscribers(SubscribersTold),
    /// To the section Topics.
    Topics(TopicsTold),
    /// To the section Inbox.
    Inbox(InboxTold),
    /// It was not: nothing has changed.
    Failed(Trouble),
}

/// What was carried out; becomes a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// No call leaves any more; those in flight cover so many people.
    Paused {
        /// The broadcast.
        id: BroadcastId,
        /// People in calls that finish all the same.
        in_flight: i64,
    },
    /// It goes on.
    Resumed {
        /// The broadcast.
        id: BroadcastId,
    },
    /// The rest was cancelled.
    Stopped {
        /// The broadcast.
        id: BroadcastId,
        /// How many people get nothing.
        cancelled: i64,
    },
    /// Nothing had left; it is a draft again.
    Recalled {
        /// The broadcast.
        id: BroadcastId,
    },
    /// A schedule stands still, goes on, or is gone.
    Schedule(ScheduleAct),
    /// Nothing leaves any more, of any broadcast; those in flight cover so many people.
    Halted {
        /// People in calls that finish all the same.
        in_flight: i64,
    },
    /// Everything goes on.
    Unhalted,
    /// The report is in this file.
    Reported(String),
}

/// An error, already worded for a person (`problem.rs` does that) because its words come from outside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trouble {
    /// What happened, in one line.
    pub summary: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
}

/// What is done to a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleAct {
    /// It stands still.
    Pause,
    /// It goes on, from its next moment.
    Resume,
    /// It is gone; its draft stays.
    Remove,
}
