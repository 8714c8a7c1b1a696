//! What was taken back at providers: meant before it is asked for, and in the books before the next is.

use std::fs::{File, TryLockError};

use rusqlite::{Connection, named_params};

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::shared;
use crate::channels::catalog;
use crate::channels::desk::Desk;
use crate::channels::kind::Kind;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{AddressId, BroadcastId, ChannelId, DeliveryId};

/// What a provider gave for a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Which delivery.
    pub id: DeliveryId,
    /// The address that it went to; none for a remote topic.
    pub address: Option<AddressId>,
    /// The receipt; empty if there was none.
    pub receipt: String,
    /// What the provider knows the delivery by.
    pub key: String,
    /// Whether it was taken back before.
    pub taken_back: bool,
    /// Whether nobody knows if it arrived.
    pub is_unknown: bool,
}

/// A part of a broadcast that can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Over which channel it went.
    pub channel: ChannelId,
    /// Its numbers, from and to.
    pub seqs: (i64, i64),
    /// How many of them were delivered and nobody took back.
    pub left: i64,
    /// How many more may have arrived, where what has no receipt can be taken back, too.
    pub unknown: i64,
}

impl Stretch {
    /// How many are to be asked for.
    pub const fn open(&self) -> i64 {
        self.left + self.unknown
    }
}

/// What of a broadcast can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StillThere {
    /// Part by part; first what leaves people's phones.
    pub stretches: Vec<Stretch>,
    /// How many were delivered over channels that take nothing back.
    pub stuck: i64,
    /// The broadcast that took the place of those on these channels: what is there now is that one's.
    pub replaced: Option<(BroadcastId, Vec<ChannelId>)>,
}

impl StillThere {
    /// How many there are.
    pub fn count(&self) -> i64 {
        self.stretches.iter().map(Stretch::open).sum()
    }

    /// How many of them are unknown.
    pub fn unknown(&self) -> i64 {
        self.stretches.iter().map(|stretch| stretch.unknown).sum()
    }
}

impl Db {
    /// What of a broadcast was delivered and nobody took back.
    pub fn still_there(&self, id: BroadcastId) -> Result<StillThere, StoreError> {
        let mut stretches: Vec<(Stretch, String)> = self
            .conn
            .prepare_cached(
                "SELECT l.channel, l.seq_from, l.seq_to, l.accepted + l.confirmed - l.taken_back, l.unknown, c.kind
                   FROM lane l JOIN channel c ON c.id = l.channel
                  WHERE l.broadcast = :id AND l.accepted + l.confirmed + l.unknown > l.taken_back
                  ORDER BY l.seq_from",
            )
            .and_then(|mut read| {
                read.query_map(named_params! { ":id": id.0 }, |row| {
                    let (channel, seqs) = (ChannelId(row.get(0)?), (row.get(1)?, row.get(2)?));
                    Ok((Stretch { channel, seqs, left: row.get(3)?, unknown: row.get(4)? }, row.get(5)?))
                })?
                .collect()
            })
            .doing("counting what can be taken back")?;
        let desk = |kind: &str| catalog::kind(kind).and_then(Kind::desk);
        let offers = |kind: &str| desk(kind).is_some_and(Desk::takes_back);
        let stuck =
            stretches.extract_if(.., |(_, kind)| !offers(kind)).map(|(stretch, _)| stretch.left).sum();
        let by_key = |kind: &str| desk(kind).is_some_and(Desk::takes_back_by_key);
        for (stretch, kind) in &mut stretches {
            stretch.unknown *= i64::from(by_key(kind));
        }
        stretches.retain(|(stretch, _)| stretch.open() > 0);
        stretches.sort_by_key(|(stretch, kind)| (!by_key(kind), stretch.channel, stretch.seqs));
        let mut replaced = None;
        if let Some(by) = self.newest_version(id)? {
            let taken: Vec<ChannelId> = stretches
                .extract_if(.., |(_, kind)| catalog::kind(kind).is_some_and(Kind::takes_the_place))
                .map(|(stretch, _)| stretch.channel)
                .collect();
            replaced = (!taken.is_empty()).then_some((by, taken));
        }
        let stretches = stretches.into_iter().map(|(stretch, _)| stretch).collect();
        Ok(StillThere { stretches, stuck, replaced })
    }

    /// Up to `limit` receipts of a stretch behind `after`, also of what was taken back before, and behind which number
    /// the next ones begin.
    pub fn receipts_of(
        &self,
        id: BroadcastId,
        stretch: Stretch,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<Given>, Option<i64>), StoreError> {
        let known_as = self.in_place_of(Some(id))?.unwrap_or(id);
        let keys = self.delivery_keys()?;
        let rows: Vec<(i64, Option<i64>, bool, bool)> = self
            .conn
            .prepare_cached(
                "SELECT d.seq, d.address, t.seq IS NOT NULL, d.state = :unknown FROM delivery d
                   LEFT JOIN taken_back t ON t.broadcast = d.broadcast AND t.seq = d.seq
                  WHERE d.broadcast = :id AND d.seq > :after AND d.seq <= :to
                    AND (d.state IN (:accepted, :confirmed) OR d.state = :unknown AND :doubts)
                  ORDER BY d.seq LIMIT :limit",
            )
            .and_then(|mut read| {
                let params = named_params! {
                    ":id": id.0, ":after": after.max(stretch.seqs.0 - 1), ":to": stretch.seqs.1,
                    ":accepted": DeliveryState::Accepted.code(), ":confirmed": DeliveryState::Confirmed.code(),
                    ":unknown": DeliveryState::Unknown.code(), ":doubts": stretch.unknown > 0,
                    ":limit": limit as i64,
                };
                read.query_map(params, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect()
            })
            .doing("reading receipts")?;
        let next = rows.last().map(|(seq, ..)| *seq).filter(|_| rows.len() == limit);
        let mut given = Vec::with_capacity(rows.len());
        for (seq, address, taken_back, is_unknown) in rows {
            let one = DeliveryId { broadcast: id, seq };
            let receipt = match self.newest_receipt(one)? {
                Some((receipt, _)) => receipt,
                None if is_unknown => String::new(),
                None => continue,
            };
            // Phones know a new version by the id of what it took the place of.
            let key = keys.key(DeliveryId { broadcast: known_as, seq });
            let address = address.map(AddressId);
            given.push(Given { id: one, address, receipt, key, taken_back, is_unknown });
        }
        Ok((given, next))
    }

    /// The right to take something back, while the file is held: of two that ask for the same at once one would hear a no
    /// to what the other did. The kernel frees it on any death.
    pub fn lock_take_back(&self) -> Result<Option<File>, StoreError> {
        if self.folder().as_os_str().is_empty() {
            return Ok(None);
        }
        let unwritable =
            |source| StoreError::Unwritable { path: self.folder().join("take-back.lock"), source };
        let file = shared::open(self.folder(), "take-back.lock").map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(Denial::TakesBack.into()),
            Err(TryLockError::Error(source)) => Err(unwritable(source)),
        }
    }

    /// Enters that somebody begins to take back that many deliveries of a broadcast.
    pub fn begin_take_back(&mut self, id: BroadcastId, count: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.note(Act::TakeBack, id, &format!("{count} deliveries to be taken back"))?;
        tx.commit().doing("noting what is to be taken back")
    }

    /// Enters that a provider is now asked for `what`, which several deliveries share. Gives whether it was asked
    /// before and nobody knows its answer.
    pub fn mean_to_take_back(
        &mut self,
        id: BroadcastId,
        channel: ChannelId,
        what: &str,
    ) -> Result<bool, StoreError> {
        let tx = self.write()?;
        let new = tx
            .prepare_cached(
                "INSERT OR IGNORE INTO taking_back (broadcast, channel, what) VALUES (:id, :channel, :what)",
            )
            .and_then(|mut mean| {
                mean.execute(named_params! { ":id": id.0, ":channel": channel.0, ":what": what })
            })
            .doing("noting what is asked for")?;
        tx.commit().doing("noting what is asked for")?;
        Ok(new == 0)
    }

    /// Enters which deliveries were taken back, and with what that was settled, if several share it.
    pub fn note_take_back(
        &mut self,
        id: BroadcastId,
        deliveries: &[DeliveryId],
        settled: Option<(ChannelId, &str)>,
    ) -> Result<(), StoreError> {
        let (now, operator) = (self.now(), self.operator().to_owned());
        let tx = self.write()?;
        for one in deliveries {
            let new = tx
                .prepare_cached(
                    "INSERT OR IGNORE INTO taken_back (broadcast, seq, at_ms, operator)
                     VALUES (:broadcast, :seq, :now, :operator)",
                )
                .and_then(|mut note| {
                    note.execute(named_params! {
                        ":broadcast": one.broadcast.0, ":seq": one.seq, ":now": now.0, ":operator": operator,
                    })
                })
                .doing("noting what was taken back")?;
            if new > 0 {
                count_up(&tx, *one)?;
            }
        }
        if let Some((channel, what)) = settled {
            tx.prepare_cached(
                "DELETE FROM taking_back WHERE broadcast = :id AND channel = :channel AND what = :what",
            )
            .and_then(|mut settle| {
                settle.execute(named_params! { ":id": id.0, ":channel": channel.0, ":what": what })
            })
            .doing("noting what was taken back")?;
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("noting what was taken back")
    }

    /// Enters how many were, in the end.
    pub fn end_take_back(&mut self, id: BroadcastId, count: i64) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.note(Act::TakeBack, id, &format!("{count} deliveries taken back"))?;
        tx.commit().doing("noting what was taken back")
    }
}

fn count_up(conn: &Connection, one: DeliveryId) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE lane SET taken_back = taken_back + 1
          WHERE id = (SELECT lane FROM delivery WHERE broadcast = :broadcast AND seq = :seq)",
    )
    .and_then(|mut count| count.execute(named_params! { ":broadcast": one.broadcast.0, ":seq": one.seq }))
    .doing("counting what was taken back")?;
    Ok(())
}

#[cfg(test)]
mod tests;
