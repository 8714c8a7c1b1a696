//! What providers gave for accepted deliveries: with what they are asked later, and with what something is taken back.

use rusqlite::{OptionalExtension, named_params};

use super::audit::Act;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::pick::Pick;
use crate::channels::desk::FollowChange;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{AddressId, BroadcastId, ChannelId, DeliveryId};
use crate::domain::time::Millis;

/// How many deliveries are read at once.
const CHUNK: usize = 1_000;

/// The receipt of one accepted delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which one.
    pub id: DeliveryId,
    /// The person's name, or the remote topic's id.
    pub name: String,
    /// Over which channel it went.
    pub channel: ChannelId,
    /// The channel's name.
    pub channel_name: String,
    /// The address that it went to; none for a remote topic.
    pub address: Option<AddressId>,
    /// When it was accepted.
    pub at: Millis,
    /// What the provider gave; empty if it gave nothing.
    pub text: String,
    /// What the provider knows the delivery by.
    pub key: String,
}

impl Db {
    /// The receipts of the accepted deliveries that are meant, in plan order.
    pub fn receipts(&self, pick: &Pick) -> Result<Vec<Receipt>, StoreError> {
        let (keys, mut receipts, mut after) = (self.delivery_keys()?, Vec::new(), None);
        let mut pick = pick.clone();
        pick.states = vec![DeliveryState::Accepted, DeliveryState::Confirmed];
        loop {
            let rows = self.deliveries(&pick, after, CHUNK)?;
            after = rows.last().map(|row| row.id).filter(|_| rows.len() == CHUNK);
            for row in rows {
                let (Some(channel), Some((text, at))) = (row.channel_id, self.newest_receipt(row.id)?) else {
                    continue;
                };
                receipts.push(Receipt {
                    key: keys.key(row.id),
                    id: row.id,
                    name: row.name,
                    channel,
                    channel_name: row.channel,
                    address: row.address,
                    at,
                    text,
                });
            }
            if after.is_none() {
                return Ok(receipts);
            }
        }
    }

    fn newest_receipt(&self, id: DeliveryId) -> Result<Option<(String, Millis)>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT coalesce(receipt, ''), at_ms FROM attempt
                  WHERE broadcast = :broadcast AND seq = :seq AND state IN (:accepted, :confirmed)
                  ORDER BY receipt IS NULL, no DESC LIMIT 1",
            )
            .and_then(|mut read| {
                let params = named_params! {
                    ":broadcast": id.broadcast.0, ":seq": id.seq,
                    ":accepted": DeliveryState::Accepted.code(), ":confirmed": DeliveryState::Confirmed.code(),
                };
                read.query_row(params, |row| Ok((row.get(0)?, Millis(row.get(1)?)))).optional()
            })
            .doing("reading a receipt")
    }

    /// Enters that the pages of a broadcast were taken back at its providers.
    pub fn note_take_back(&mut self, id: BroadcastId, deliveries: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.note(Act::TakeBack, id, &format!("{deliveries} deliveries taken back"))?;
        tx.commit().doing("noting what was taken back")
    }

    /// Enters what was done to people's follows at the provider of a channel.
    pub fn note_follows(
        &mut self,
        channel: ChannelId,
        people: i64,
        change: FollowChange,
    ) -> Result<(), StoreError> {
        let name = self.channel(channel)?.name;
        let act = match change {
            FollowChange::Block => Act::FollowBlock,
            FollowChange::Unblock => Act::FollowUnblock,
            FollowChange::End => Act::FollowEnd,
        };
        let tx = self.write()?;
        tx.note(act, name, &format!("{people} people at the provider"))?;
        tx.commit().doing("noting whose follow was changed")
    }

    /// Enters that a credential was shown.
    pub fn note_reveal(&mut self, channel: ChannelId, how: &str) -> Result<(), StoreError> {
        let name = self.channel(channel)?.name;
        let tx = self.write()?;
        tx.note(Act::Reveal, name, how)?;
        tx.commit().doing("noting that a credential was shown")
    }
}
