//! What the section History asks and orders: groups of failures, deliveries, replays.

use crate::app::rows::{Page, PageAsk, Row};
use crate::app::table::filter::Mistake;
use crate::domain::delivery::{Class, Counts, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId, SubscriberId};
use crate::domain::time::Millis;
use crate::store::history::{DeliveryDetail, DeliveryRow};
use crate::store::replay::{ReplayReview, Settled};

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
    /// Who they are, to write to them another way.
    People(Meant),
}

impl HistoryAsk {
    /// Whether it changes nothing.
    pub const fn only_looks(&self) -> bool {
        !matches!(self, Self::Replay { .. } | Self::Settle { .. } | Self::Retire(_))
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
    /// So many addresses could be retired.
    Gone(Meant, i64),
    /// So many were.
    Retired(i64),
    /// Who they are, and whether there are more.
    People(Vec<SubscriberId>, bool),
}

/// Failures that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// What opening it means.
    pub id: Narrow,
    /// The broadcast's title, if it is about one.
    pub title: String,
    /// The channel's name, if it is about one.
    pub channel: String,
    /// Refused ones.
    pub failed: i64,
    /// Unknown ones.
    pub unknown: i64,
    /// When the first one ended.
    pub first_at: Option<Millis>,
    /// When the last one ended.
    pub last_at: Option<Millis>,
    /// A provider's code among them.
    pub code: String,
    /// A provider's words among them.
    pub text: String,
    /// Classes in it, most first; with `None` for unknown outcomes.
    pub classes: Vec<Option<Class>>,
}

impl GroupRow {
    /// How many deliveries.
    pub const fn count(&self) -> i64 {
        self.failed + self.unknown
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
