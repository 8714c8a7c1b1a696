//! What the deliveries of a broadcast that is under way wait for.

use rusqlite::named_params;

use super::db::Db;
use super::error::{Doing, StoreError};
use crate::domain::delivery::Class;
use crate::domain::id::BroadcastId;
use crate::domain::time::Millis;

/// What all that is left of a broadcast waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The first moment at which something of it goes on.
    pub until: Millis,
    /// Whether it is nothing but a used-up allowance.
    pub is_quota: bool,
}

impl Db {
    /// Until when everything that is left of a broadcast waits; nothing while some of it could leave now. Accounts
    /// that rest are the caller's to look at: what was never tried waits for them.
    pub fn waits(&self, id: BroadcastId) -> Result<Option<Waits>, StoreError> {
        let (until, others): (Option<i64>, i64) = self
            .conn
            .prepare_cached(
                "SELECT min(d.not_before_ms), count(*) FILTER (WHERE d.class IS NOT :quota) FROM lane l \
                 CROSS JOIN delivery d ON d.lane = l.id AND d.state = 2 WHERE l.broadcast = :id",
            )
            .and_then(|mut ask| {
                ask.query_row(named_params! { ":id": id.0, ":quota": Class::Quota.code() }, |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
            })
            .doing("looking what a broadcast waits for")?;
        Ok(until.map(|until| Waits { until: Millis(until), is_quota: others == 0 }))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::delivery::{Class, DeliveryState};
    use crate::domain::time::Millis;
    use crate::store::fixtures::{Shop, answered};
    use crate::store::ledger::record::Recorded;
    use crate::store::waits::Waits;

    #[test]
    fn only_a_used_up_allowance_is_one() {
        for (classes, is_quota) in
            [([Class::Quota, Class::Quota], true), ([Class::Quota, Class::RateLimit], false)]
        {
            let mut shop = Shop::new();
            let bark = shop.channel("bark");
            shop.people(2, bark);
            let id = shop.release(&[bark]);
            assert_eq!(shop.db.waits(id).expect("looked"), None);
            let epoch = shop.db.become_sender(1).expect("the sender").epoch;
            for (granted, of) in shop.claim(epoch, 2, 1).iter().zip(classes) {
                let mut records = answered(granted, DeliveryState::Deferred);
                if let Recorded::Moved { class, .. } = &mut records[0].result {
                    *class = Some(of);
                }
                shop.record(epoch, &records);
            }
            let waits = Waits { until: Millis(1_005_000), is_quota };
            assert_eq!(shop.db.waits(id).expect("looked"), Some(waits), "{classes:?}");
        }
    }
}
