//! What the section History asks and orders: groups of failures, deliveries, replays.

use crate::app::rows::{Page, PageAsk, Row};
use crate::app::table::filter::Mistake;
use crate::app::table::marking::{Held, HeldAsk};
use crate::domain::delivery::{Class, Counts, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId, SubscriberId};
use crate::domain::time::Millis;
use crate::store::history::{DeliveryDetail, DeliveryRow};
use crate::store::replay::ReplayReview;
use crate::store::settle::Settled;

/// How failures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// By class and channel.
    #[default]
    Class,
    /// By broadcast.
    Broadcast,
    /// By channel.
    Channel,
    /// By person.
    Person,
}

/// What a filter chose, made narrower by opening groups. Also the identity of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Narrow {
    /// In this state only.
    pub state: Option<DeliveryState>,
    /// Of this class only.
    pub class: Option<Class>,
    /// Over this channel only.
    pub channel: Option<ChannelId>,
    /// Of this broadcast only.
    pub broadcast: Option<BroadcastId>,
    /// Of this person only.
    pub person: Option<SubscriberId>,
}

impl Narrow {
    /// Both together; what `inner` leaves open, this one decides.
    #[must_use]
    pub fn and(self, inner: Self) -> Self {
        Self {
            state: inner.state.or(self.state),
            class: inner.class.or(self.class),
            channel: inner.channel.or(self.channel),
            broadcast: inner.broadcast.or(self.broadcast),
            person: inner.person.or(self.person),
        }
    }
}

/// Which deliveries are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meant {
    /// The filter as typed.
    pub filter: String,
    /// The opened groups.
    pub narrow: Narrow,
    /// Exactly these; empty: all that match.
    pub ids: Vec<DeliveryId>,
    /// But not these.
    pub except: Vec<DeliveryId>,
}

/// What the section wants of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryAsk {
    /// Failures and unknowns in groups.
    Groups {
        /// How.
        by: By,
        /// The filter as typed.
        filter: String,
        /// The opened groups.
        narrow: Narrow,
    },
    /// A page of deliveries.
    Deliveries(PageAsk, Narrow),
    /// The first deliveries of a group, as samples.
    Samples(Meant),
    /// One delivery with its attempts.
    Delivery(DeliveryId),
    /// The books of what is meant.
    Counts(Meant),
    /// What marks come to: all of them, and those that the filter shows.
    Weigh {
        /// All.
        all: Meant,
        /// Not hidden.
        visible: Meant,
    },
    /// Which rows a query of marks holds, while another filter is shown.
    Held(HeldAsk<DeliveryId>, Narrow),
    /// What a replay would do.
    Review(Meant),
    /// Queues them again, if there are still exactly so many.
    Replay {
        /// Which ones.
        meant: Meant,
        /// Unknown ones too: each may arrive twice.
        unknowns: bool,
        /// How many the gate was passed for.
        expected: i64,
    },
    /// Settles the unknown ones by hand.
    Settle {
        /// Which ones.
        meant: Meant,
        /// How.
        how: Settled,
    },
    /// How many addresses a provider called gone.
    Gone(Meant),
    /// Retires them.
    Retire(Meant),
    /// Begins a draft with the same text to the same people, over the other channels.
    Another(Meant),
    /// Begins a draft with the same text to the same people, to be changed.
    Rewrite(Meant),
}

impl HistoryAsk {
    /// Whether it changes nothing.
    pub const fn only_looks(&self) -> bool {
        !matches!(
            self,
            Self::Replay { .. } | Self::Settle { .. } | Self::Retire(_) | Self::Another(_) | Self::Rewrite(_)
        )
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryTold {
    /// Groups, most first.
    Groups(Vec<GroupRow>),
    /// A page of deliveries.
    Deliveries(Page<DeliveryRow>),
    /// The filter names something that is not there.
    Unknown(Mistake),
    /// The first deliveries of a group.
    Samples(Narrow, Vec<DeliveryRow>),
    /// One delivery.
    Delivery(Box<DeliveryDetail>),
    /// The books.
    Counts(Counts),
    /// What marks come to.
    Weighed {
        /// All of them, with their books.
        all: (Meant, Counts),
        /// Those that the filter shows.
        visible: (Meant, Counts),
    },
    /// What the query of marks holds of the rows.
    Held(Held<DeliveryId>),
    /// What a replay would do.
    Review {
        /// Of what.
        meant: Meant,
        /// The numbers.
        review: ReplayReview,
        /// Names of channels that stand still, so that what is replayed waits.
        paused: Vec<String>,
    },
    /// That many are queued again.
    Replayed(i64),
    /// There are not as many as the gate was passed for; nothing has changed.
    GateClosed {
        /// Of what.
        meant: Meant,
        /// How many there are now.
        to_send: i64,
    },
    /// So many unknowns are settled.
    Settled(i64),
    /// Addresses that could be retired.
    Gone {
        /// Of which deliveries.
        meant: Meant,
        /// How many.
        gone: i64,
        /// How many more were refused in a mass failure.
        doubtful: i64,
    },
    /// So many were.
    Retired(i64),
    /// The draft with the same text is there.
    Another(BroadcastId),
    /// The draft that is to be changed is there.
    Rewritten(BroadcastId),
    /// There is none: they are of several broadcasts, too many, or have no other channel.
    NoOther(NoOther),
}

/// Why no draft was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOther {
    /// The deliveries are of several broadcasts, so there is no one text.
    SeveralTexts,
    /// More people than an audience can name one by one.
    TooMany,
    /// There is no other channel.
    NoChannel,
}

/// Deliveries of one class in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// Refused, unknown or waiting.
    pub state: DeliveryState,
    /// Why; of an unknown outcome nothing.
    pub class: Option<Class>,
    /// How many.
    pub count: i64,
}

/// Failures that belong together, or deliveries that wait for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// What opening it means.
    pub id: Narrow,
    /// How it was grouped.
    pub by: By,
    /// The broadcast's title or the person's name, if it is about one.
    pub title: String,
    /// The channel's name, if it is about one.
    pub channel: String,
    /// Refused ones.
    pub failed: i64,
    /// Unknown ones.
    pub unknown: i64,
    /// Those that wait for a moment.
    pub waiting: i64,
    /// When the first one ended; if all wait, when the first one goes on.
    pub first_at: Option<Millis>,
    /// When the last one ended; if all wait, when the last one goes on.
    pub last_at: Option<Millis>,
    /// A provider's code among them.
    pub code: String,
    /// A provider's words among them.
    pub text: String,
    /// What it is made of, most first.
    pub portions: Vec<Portion>,
}

impl GroupRow {
    /// How many deliveries.
    pub const fn count(&self) -> i64 {
        self.failed + self.unknown + self.waiting
    }

    /// Whether all of it waits for a moment.
    pub const fn only_waits(&self) -> bool {
        self.failed + self.unknown == 0
    }
}

impl Row for GroupRow {
    type Id = Narrow;
    fn id(&self) -> Narrow {
        self.id
    }
}

impl Row for DeliveryRow {
    type Id = DeliveryId;
    fn id(&self) -> DeliveryId {
        self.id
    }
}
