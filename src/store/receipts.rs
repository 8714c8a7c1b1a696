//! What providers gave for accepted deliveries: with what they are asked later, and with what something is taken back.

use rusqlite::{OptionalExtension, named_params};

use super::addresses::mark_address;
use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::pick::Pick;
use crate::channels::desk::FollowChange;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{AddressId, BroadcastId, ChannelId, DeliveryId};
use crate::domain::subscriber::AddressState;
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
    /// Whether it was taken back before.
    pub taken_back: bool,
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
                    taken_back: row.taken_back.is_some(),
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

    /// Enters which deliveries of a broadcast were taken back at their providers.
    pub fn note_take_back(&mut self, id: BroadcastId, deliveries: &[DeliveryId]) -> Result<(), StoreError> {
        let (now, operator) = (self.now(), self.operator().to_owned());
        let tx = self.write()?;
        for one in deliveries {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO taken_back (broadcast, seq, at_ms, operator)
                 VALUES (:broadcast, :seq, :now, :operator)",
            )
            .and_then(|mut note| {
                note.execute(named_params! {
                    ":broadcast": one.broadcast.0, ":seq": one.seq, ":now": now.0, ":operator": operator,
                })
            })
            .doing("noting what was taken back")?;
        }
        tx.note(Act::TakeBack, id, &format!("{} deliveries taken back", deliveries.len()))?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("noting what was taken back")
    }

    /// How many deliveries of a broadcast were taken back.
    pub fn taken_back(&self, id: BroadcastId) -> Result<i64, StoreError> {
        self.conn
            .prepare_cached("SELECT count(*) FROM taken_back WHERE broadcast = :id")
            .and_then(|mut count| count.query_row(named_params! { ":id": id.0 }, |row| row.get(0)))
            .doing("counting what was taken back")
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
