//! What the section History says: facts, worded by `ui::words`.

use crate::domain::id::{BroadcastId, DeliveryId};

/// Something about deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistorySaying {
    /// That many are queued again.
    Replayed(i64),
    /// Nothing that could be sent again is meant.
    NothingToReplay,
    /// There are so many now, not as many as the gate was passed for.
    NumberChanged(i64),
    /// So many unknowns are settled.
    Settled(i64),
    /// Settle so many unknowns.
    AskSettle(i64),
    /// Settling sends nothing.
    SettleSends,
    /// They arrived.
    Arrived(i64),
    /// They did not.
    NotArrived(i64),
    /// Retire addresses?
    AskRetire,
    /// So many, whose people keep their other addresses.
    RetireKeeps(i64),
    /// Retires so many.
    Retire(i64),
    /// So many were retired.
    Retired(i64),
    /// So many more were refused in a mass failure and are not proposed.
    MassFailure(i64),
    /// None is left to retire.
    NothingToRetire,
    /// Too many people for one audience written out.
    TooManyPeople,
    /// The deliveries are of several broadcasts.
    SeveralTexts,
    /// There is no channel besides the one that failed.
    NoOtherChannel,
    /// This draft says the same over the other channels.
    Another(BroadcastId),
    /// The draft that is to be changed is there.
    Rewritten(BroadcastId),
    /// The record of a delivery as JSON.
    Raw(DeliveryId),
    /// Some marks are hidden by the filter: hidden, all.
    AskHidden(i64, i64),
}
