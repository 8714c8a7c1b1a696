//! What a person needs to repair a channel or a class of failures: who waits for a channel, which
//! addresses a provider called gone, which unknowns a pick holds.
//!
//! Reads the books and carries out what was decided; deciding and asking first is the console's.

use std::collections::BTreeSet;

use rusqlite::{named_params, params_from_iter};

use super::addresses::mark_address;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::history::from;
use super::pick::{Condition, Pick};
use super::settle::Settled;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{AddressId, BroadcastId, ChannelId, SubscriberId};
use crate::domain::subscriber::AddressState;

/// From so many refusals on, and when they are most of a part, they say more about the account than about people.
const MASS: i64 = 10;

/// Addresses that a provider called gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Those that can be retired.
    pub ids: Vec<AddressId>,
    /// How many more were refused in a mass failure, which proves nothing about each.
    pub doubtful: i64,
}

/// How many addresses one writing transaction retires.
const CHUNK: usize = 2_000;

impl Db {
    /// How many deliveries wait for a channel, in all broadcasts that are not over.
    pub fn waiting_on(&self, channel: ChannelId) -> Result<i64, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT coalesce(sum(l.planned + l.deferred), 0) FROM lane l JOIN broadcast b ON b.id = l.broadcast \
                 WHERE l.channel = :channel AND b.removed_ms IS NULL AND b.purpose IN ('broadcast', 'reply') \
                 AND b.phase IN ('held', 'scheduled', 'sending', 'paused')",
            )
            .and_then(|mut count| count.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)))
            .doing("counting what waits for a channel")
    }

    /// Addresses in use behind the deliveries of a pick that failed as bad recipients, except where most of a
    /// broadcast's part on a channel was refused: that looks like a wrong credential or another account's list.
    pub fn gone_addresses(&self, pick: &Pick) -> Result<Gone, StoreError> {
        let Condition { sql, values } = pick.condition();
        let (state, class) = (DeliveryState::Rejected.code(), Class::BadRecipient.code());
        let believed = |row: &rusqlite::Row<'_>| Ok((row.get(0).map(AddressId)?, row.get::<_, bool>(1)?));
        let found: Vec<(AddressId, bool)> = self
            .conn
            .prepare_cached(&format!(
                "SELECT a.id, max(l.rejected < {MASS} OR 2 * l.rejected <= l.rejected + l.accepted + l.confirmed) \
                 {} JOIN address a ON a.id = d.address \
                 WHERE {sql} AND d.state = {state} AND d.class = {class} AND a.state = 0 GROUP BY a.id",
                from(pick)
            ))
            .and_then(|mut read| read.query_map(params_from_iter(values), believed)?.collect())
            .doing("looking for addresses that are gone")?;
        let ids: Vec<AddressId> = found.iter().filter(|(_, believed)| *believed).map(|(id, _)| *id).collect();
        Ok(Gone { doubtful: (found.len() - ids.len()) as i64, ids })
    }

    /// Retires addresses; gives how many of them were in use until now.
    pub fn retire_addresses(&mut self, ids: &[AddressId]) -> Result<usize, StoreError> {
        let mut retired = BTreeSet::new();
        for chunk in ids.chunks(CHUNK) {
            let tx = self.write()?;
            for id in chunk {
                match mark_address(&tx, *id, AddressState::Dead) {
                    Ok(()) => drop(retired.insert(*id)),
                    // Somebody took it away meanwhile: nothing is left to retire.
                    Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            tx.commit().doing("retiring addresses")?;
        }
        Ok(retired.len())
    }

    /// Settles every unknown delivery of a pick; gives how many that were.
    pub fn settle_all(&mut self, pick: &Pick, how: Settled, by: &str) -> Result<i64, StoreError> {
        let ids = self.pick_ids(pick, &[DeliveryState::Unknown])?;
        self.settle(&ids, how, by)
    }

    /// The broadcast of all deliveries of a pick, if they are of one.
    pub fn only_broadcast(&self, pick: &Pick) -> Result<Option<BroadcastId>, StoreError> {
        let ids: Vec<i64> = self.distinct("d.broadcast", pick, 2)?;
        Ok(if let [only] = ids[..] { Some(BroadcastId(only)) } else { None })
    }

    /// The channels of a pick.
    pub fn channels_of(&self, pick: &Pick) -> Result<Vec<ChannelId>, StoreError> {
        Ok(self.distinct("l.channel", pick, 1_000)?.into_iter().map(ChannelId).collect())
    }

    /// The first people of a pick, each once.
    pub fn people_of(&self, pick: &Pick, limit: usize) -> Result<Vec<SubscriberId>, StoreError> {
        Ok(self.distinct("d.subscriber", pick, limit)?.into_iter().map(SubscriberId).collect())
    }

    fn distinct(&self, column: &'static str, pick: &Pick, limit: usize) -> Result<Vec<i64>, StoreError> {
        let Condition { sql, mut values } = pick.condition();
        values.push((limit as i64).into());
        self.conn
            .prepare_cached(&format!(
                "SELECT DISTINCT {column} {} WHERE {sql} AND {column} IS NOT NULL LIMIT ?",
                from(pick)
            ))
            .and_then(|mut read| read.query_map(params_from_iter(values), |row| row.get(0))?.collect())
            .doing("looking for what is behind deliveries")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixtures::{Shop, answered};
    use crate::store::ledger::record::Recorded;

    /// Three people; the first was refused as unknown, the others were accepted.
    fn shop() -> (Shop, ChannelId) {
        let mut shop = Shop::new();
        let channel = shop.channel("bark");
        shop.people(3, channel);
        shop.release(&[channel]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for granted in shop.claim(epoch, 3, 1) {
            let first = granted.deliveries[0].seq == 1;
            let state = if first { DeliveryState::Rejected } else { DeliveryState::Accepted };
            let mut records = answered(&granted, state);
            if let (true, Recorded::Moved { class, .. }) = (first, &mut records[0].result) {
                *class = Some(Class::BadRecipient);
            }
            shop.record(epoch, &records);
        }
        (shop, channel)
    }

    #[test]
    fn only_the_addresses_that_a_provider_called_gone_are_retired() {
        let (mut shop, channel) = shop();
        let mut pick = Pick::default();
        pick.channels = vec![channel];
        let gone = shop.db.gone_addresses(&pick).expect("looked");
        assert_eq!((gone.ids.len(), gone.doubtful), (1, 0));
        assert_eq!(shop.db.retire_addresses(&gone.ids).expect("retired"), 1);
        assert!(shop.db.gone_addresses(&pick).expect("looked again").ids.is_empty());
        assert_eq!(shop.db.people_of(&pick, 10).expect("people").len(), 3);
    }

    #[test]
    fn a_mass_failure_is_no_evidence_against_anybody() {
        for (refused, proposed) in [(9, 9), (10, 0), (12, 0)] {
            let mut shop = Shop::new();
            let channel = shop.channel("bark");
            shop.people(refused + 3, channel);
            shop.release(&[channel]);
            let epoch = shop.db.become_sender(1).expect("the sender").epoch;
            for granted in shop.claim(epoch, refused + 3, 1) {
                let bad = granted.deliveries[0].seq <= refused as i64;
                let state = if bad { DeliveryState::Rejected } else { DeliveryState::Accepted };
                let mut records = answered(&granted, state);
                if let (true, Recorded::Moved { class, .. }) = (bad, &mut records[0].result) {
                    *class = Some(Class::BadRecipient);
                }
                shop.record(epoch, &records);
            }
            let gone = shop.db.gone_addresses(&Pick::default()).expect("looked");
            assert_eq!((gone.ids.len(), gone.doubtful), (proposed, (refused - proposed) as i64), "{refused}");
        }
    }

    #[test]
    fn what_waits_for_a_channel_is_counted_until_it_has_gone() {
        let mut shop = Shop::new();
        let channel = shop.channel("bark");
        shop.people(3, channel);
        shop.release(&[channel]);
        assert_eq!(shop.db.waiting_on(channel).expect("counted"), 3);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        assert_eq!(shop.claim(epoch, 1, 2).len(), 1);
        assert_eq!(shop.db.waiting_on(channel).expect("counted"), 1);
    }

    #[test]
    fn pages_of_deliveries_go_both_ways() {
        let (shop, channel) = shop();
        let mut pick = Pick::default();
        pick.channels = vec![channel];
        let all = shop.db.deliveries(&pick, None, 10).expect("all");
        let last = shop.db.deliveries_before(&pick, None, 2).expect("the last two");
        assert_eq!(last, all[1..]);
        assert_eq!(shop.db.deliveries_before(&pick, Some(all[1].id), 9).expect("before"), all[..1]);
        let rest = pick.without(&[all[0].id]);
        assert_eq!(shop.db.deliveries(&rest, None, 10).expect("the others").len(), 2);
    }
}
