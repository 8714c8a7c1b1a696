//! What is said of errands at providers beside sending: facts, worded by `ui::words`.

use crate::app::request::errands::{Became, TookBack};
use crate::domain::id::DeliveryId;

/// Something about what a provider was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskSaying {
    /// Take back what so many people got?
    AskTakeBack {
        /// The broadcast as shown.
        title: String,
        /// How many deliveries were accepted.
        count: i64,
    },
    /// Takes back so many.
    TakeBack(i64),
    /// What a channel's kind cannot take back.
    Stays {
        /// The channel.
        channel: String,
        /// Its kind.
        kind: String,
    },
    /// How far it is.
    TakingBack(TookBack),
    /// What came of it.
    TookBack(TookBack),
    /// The provider is being asked about a delivery.
    Asking(String),
    /// What it says.
    Became(DeliveryId, Became),
}
