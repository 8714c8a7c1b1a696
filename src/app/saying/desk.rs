//! What is said of errands at providers beside sending: facts, worded by `ui::words`.

use crate::app::request::errands::{Became, Follow, TookBack};
use crate::channels::desk::FollowChange;
use crate::domain::id::{BroadcastId, DeliveryId};

/// Something about what a provider was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskSaying {
    /// Take back what people got of the broadcast that is shown so?
    AskTakeBack(String),
    /// Ask for no more of it?
    AskStopTakeBack(BroadcastId),
    /// Asks for no more.
    StopTakeBack,
    /// So many unknown ones are asked for, too.
    UnknownToo(i64),
    /// What channels take nothing back of.
    Stuck {
        /// The channels.
        channels: Vec<String>,
        /// How many deliveries.
        count: i64,
    },
    /// Takes back so many.
    TakeBack(i64),
    /// What taking back does on a channel.
    Stays {
        /// The channel.
        channel: String,
        /// Its kind.
        kind: String,
        /// How many deliveries.
        count: i64,
    },
    /// Quit while something is being taken back?
    AskQuit,
    /// Quits.
    QuitAllTheSame,
    /// All that was accepted is back.
    AllTakenBack,
    /// It is on its way back, or waits for that.
    TakeBackWaits(BroadcastId),
    /// How far it is.
    TakingBack(TookBack),
    /// What came of it.
    TookBack(TookBack),
    /// The provider is being asked about a delivery.
    Asking(String),
    /// What it says.
    Became(DeliveryId, Became),
    /// Which follow of somebody is meant?
    PickFollow(String),
    /// What shall become of somebody's follow?
    AskFollow {
        /// Who.
        name: String,
        /// The channel.
        at: String,
    },
    /// What nothing here has changed yet is changed there.
    FollowIsTheirs,
    /// The act.
    DoFollow(FollowChange),
    /// It was done, or there was nothing to do it to.
    Followed(Follow, bool),
}
