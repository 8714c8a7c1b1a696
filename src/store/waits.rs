//! What the deliveries of a broadcast that is under way wait for.

use rusqlite::{Connection, named_params};

use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::delivery::Class;
use crate::domain::id::{BroadcastId, ChannelId, SubscriberId};
use crate::domain::time::Millis;

/// What all that is left of a broadcast waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The first moment at which something of it goes on.
    pub until: Millis,
    /// Whether it is nothing but a used-up allowance, and windows that are closed.
    pub is_quota: bool,
    /// Whether it is nothing but people who have to act first.
    pub is_people: bool,
}

impl Db {
    /// Until when everything that is left of a broadcast waits; nothing while some of it could leave now. Accounts
    /// that rest are the caller's to look at: what was never tried waits for them.
    pub fn waits(&self, id: BroadcastId) -> Result<Option<Waits>, StoreError> {
        let (until, others, quotas): (Option<i64>, i64, i64) = self
            .conn
            .prepare_cached(
                "SELECT min(d.not_before_ms), \
                 count(*) FILTER (WHERE d.class IS NULL OR d.class NOT IN (:quota, :window)), \
                 count(*) FILTER (WHERE d.class = :quota) FROM lane l CROSS JOIN delivery d ON d.lane = l.id AND d.state = 2 WHERE l.broadcast = :id",
            )
            .and_then(|mut ask| {
                let classes = (Class::Quota.code(), Class::WindowClosed.code());
                ask.query_row(
                    named_params! { ":id": id.0, ":quota": classes.0, ":window": classes.1 },
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
            })
            .doing("looking what a broadcast waits for")?;
        Ok(until.map(|until| Waits {
            until: Millis(until),
            is_quota: others == 0 && quotas > 0,
            is_people: others == 0 && quotas == 0,
        }))
    }

    /// A person has acted: what waits for that on this channel goes at once. Gives how many those are.
    pub fn wake_window(&mut self, channel: ChannelId, person: SubscriberId) -> Result<usize, StoreError> {
        let tx = self.write()?;
        let woken = wake(&tx, channel, person, tx.now)?;
        tx.commit().doing("waking what waits for a person")?;
        Ok(woken)
    }
}

/// The same, inside a transaction of somebody else.
pub(super) fn wake(
    conn: &Connection,
    channel: ChannelId,
    person: SubscriberId,
    now: Millis,
) -> Result<usize, StoreError> {
    let woken = conn
        .prepare_cached(
            "UPDATE delivery SET not_before_ms = :now WHERE (broadcast, seq) IN
               (SELECT d.broadcast, d.seq FROM delivery d INDEXED BY delivery_window
                  JOIN lane l ON l.id = d.lane JOIN broadcast b ON b.id = d.broadcast
                 WHERE d.subscriber = :person AND d.state = 2 AND d.class = 9 AND d.not_before_ms > :now
                   AND l.channel = :channel AND b.ended_ms IS NULL AND b.phase IN ('sending', 'paused'))",
        )
        .and_then(|mut wake| {
            wake.execute(named_params! { ":now": now.0, ":channel": channel.0, ":person": person.0 })
        })
        .doing("waking what waits for a person")?;
    if woken > 0 {
        bump(conn, Changed::Broadcasts)?;
    }
    Ok(woken)
}

#[cfg(test)]
mod tests {
    use crate::domain::delivery::{Class, DeliveryState};
    use crate::domain::id::{BroadcastId, ChannelId};
    use crate::domain::time::Millis;
    use crate::store::fixtures::{Shop, answered};
    use crate::store::ledger::record::Recorded;
    use crate::store::pick::Pick;
    use crate::store::waits::Waits;

    /// Two people, deferred with these classes.
    fn deferred(classes: [Class; 2]) -> (Shop, ChannelId, BroadcastId) {
        let mut shop = Shop::new();
        let channel = shop.channel("oa");
        shop.people(2, channel);
        let id = shop.release(&[channel]);
        assert_eq!(shop.db.waits(id).expect("looked"), None);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for (granted, of) in shop.claim(epoch, 2, 1).iter().zip(classes) {
            let mut records = answered(granted, DeliveryState::Deferred);
            if let Recorded::Moved { class, .. } = &mut records[0].result {
                *class = Some(of);
            }
            shop.record(epoch, &records);
        }
        (shop, channel, id)
    }

    #[test]
    fn the_index_names_the_class_by_its_number() {
        assert_eq!(Class::WindowClosed.code(), 9);
    }

    #[test]
    fn only_a_used_up_allowance_is_one_and_people_who_have_to_act_are_told_apart() {
        for (classes, is_quota, is_people) in [
            ([Class::Quota, Class::Quota], true, false),
            ([Class::Quota, Class::RateLimit], false, false),
            ([Class::Quota, Class::WindowClosed], true, false),
            ([Class::WindowClosed, Class::WindowClosed], false, true),
            ([Class::WindowClosed, Class::Provider], false, false),
        ] {
            let (shop, _, id) = deferred(classes);
            let waits = Waits { until: Millis(1_005_000), is_quota, is_people };
            assert_eq!(shop.db.waits(id).expect("looked"), Some(waits), "{classes:?}");
        }
    }

    #[test]
    fn a_person_who_acts_gets_at_once_what_waited_for_that_and_nothing_else() {
        let (mut shop, channel, id) = deferred([Class::WindowClosed, Class::WindowClosed]);
        let rows = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows");
        let person = rows[0].subscriber.expect("a person");
        let elsewhere = shop.channel("mail");
        assert_eq!(shop.db.wake_window(elsewhere, person).expect("looked"), 0);
        assert_eq!(shop.db.wake_window(channel, person).expect("woken"), 1);
        assert_eq!(shop.db.wake_window(channel, person).expect("looked"), 0, "it is due already");
        let rows = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows");
        let due = |at: usize| rows[at].not_before == Some(shop.db.now());
        assert_eq!((due(0), due(1)), (true, false));
        let (mut shop, channel, id) = deferred([Class::RateLimit, Class::Quota]);
        let person = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows")[0].subscriber;
        assert_eq!(shop.db.wake_window(channel, person.expect("a person")).expect("looked"), 0);
    }
}
