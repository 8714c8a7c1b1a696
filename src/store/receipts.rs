//! What providers gave for accepted deliveries: with what they are asked later, and with what something is taken back.

use rusqlite::{OptionalExtension, named_params};

use super::addresses::mark_address;
use super::audit::Act;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::pick::Pick;
use crate::channels::desk::FollowChange;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{AddressId, ChannelId, DeliveryId};
use crate::domain::subscriber::AddressState;
use crate::domain::time::Millis;

/// Those of which a provider has something.
const DELIVERED: [DeliveryState; 2] = [DeliveryState::Accepted, DeliveryState::Confirmed];

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
}

impl Db {
    /// Up to about `limit` receipts of the accepted deliveries that are meant, in plan order behind `after`, and
    /// behind which delivery the next ones begin.
    pub fn receipts(
        &self,
        pick: &Pick,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<(Vec<Receipt>, Option<DeliveryId>), StoreError> {
        let mut receipts = Vec::new();
        let pick = pick.clone().in_states(&DELIVERED);
        let rows = self.deliveries(&pick, after, limit)?;
        let next = rows.last().map(|row| row.id).filter(|_| rows.len() == limit);
        for row in rows {
            let (Some(channel), Some((text, at))) = (row.channel_id, self.newest_receipt(row.id)?) else {
                continue;
            };
            receipts.push(Receipt {
                id: row.id,
                name: row.name,
                channel,
                channel_name: row.channel,
                address: row.address,
                at,
                text,
            });
        }
        Ok((receipts, next))
    }

    pub(super) fn newest_receipt(&self, id: DeliveryId) -> Result<Option<(String, Millis)>, StoreError> {
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

    /// Enters what was done to people's follows at the provider of a channel: their addresses are retired, or used
    /// again.
    pub fn follows_changed(
        &mut self,
        channel: ChannelId,
        addresses: &[AddressId],
        change: FollowChange,
    ) -> Result<(), StoreError> {
        let name = self.channel(channel)?.name;
        let (act, state) = match change {
            FollowChange::Block => (Act::FollowBlock, AddressState::Dead),
            FollowChange::Unblock => (Act::FollowUnblock, AddressState::Active),
            FollowChange::End => (Act::FollowEnd, AddressState::Dead),
        };
        let tx = self.write()?;
        for address in addresses {
            mark_address(&tx, *address, state)?;
        }
        tx.note(act, name, &format!("{} people at the provider", addresses.len()))?;
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
