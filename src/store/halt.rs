//! Everything held back at once: one row, and no call is claimed while it stands, whatever broadcasts and
//! channels say. Calls that have left finish; nothing that waits is lost.

use rusqlite::{OptionalExtension, named_params};
use serde::Serialize;

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::time::Millis;

/// True in a query while nothing may leave.
pub(super) const HALTED: &str = "EXISTS (SELECT 1 FROM halt)";

/// Who held everything back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Halt {
    /// When.
    pub at: Millis,
    /// Who.
    pub operator: String,
    /// Why, in their words; may be empty.
    pub reason: String,
}

impl Db {
    /// Holds everything back from the next call on. Gives how many deliveries are in calls that have left; the
    /// first halt stays if there is one.
    pub fn halt(&mut self, reason: &str) -> Result<i64, StoreError> {
        let tx = self.write()?;
        let changed = tx
            .execute(
                "INSERT OR IGNORE INTO halt (id, at_ms, operator, reason) VALUES (1, :at, :by, :reason)",
                named_params! { ":at": tx.now.0, ":by": tx.operator, ":reason": reason },
            )
            .doing("holding everything back")?;
        if changed > 0 {
            tx.note(Act::Halt, "all", reason)?;
        }
        bump(&tx, Changed::Broadcasts)?;
        let in_flight = tx
            .query_row("SELECT coalesce(sum(sending), 0) FROM lane WHERE sending > 0", [], |row| row.get(0))
            .doing("counting what is in flight")?;
        tx.commit().doing("holding everything back")?;
        Ok(in_flight)
    }

    /// Lets everything go on; `false`: nothing was held back.
    pub fn unhalt(&mut self) -> Result<bool, StoreError> {
        let tx = self.write()?;
        let changed = tx.execute("DELETE FROM halt", []).doing("letting everything go on")?;
        if changed > 0 {
            // Whoever does this has looked: a crash long ago is no reason to ask again.
            tx.execute(
                "UPDATE broadcast SET touched_ms = :now WHERE phase = 'sending' AND ended_ms IS NULL",
                named_params! { ":now": tx.now.0 },
            )
            .doing("letting everything go on")?;
            tx.note(Act::Unhalt, "all", "")?;
        }
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("letting everything go on")?;
        Ok(changed > 0)
    }

    /// Who held everything back, if somebody did.
    pub fn halted(&self) -> Result<Option<Halt>, StoreError> {
        self.conn
            .prepare_cached("SELECT at_ms, operator, reason FROM halt")
            .and_then(|mut read| {
                read.query_row([], |row| {
                    Ok(Halt { at: Millis(row.get(0)?), operator: row.get(1)?, reason: row.get(2)? })
                })
                .optional()
            })
            .doing("looking whether everything is held back")
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::broadcast::Phase;
    use crate::domain::delivery::DeliveryState;
    use crate::store::broadcasts::Draft;
    use crate::store::fixtures::Shop;
    use crate::store::plan::Gate;

    #[test]
    fn nothing_is_claimed_while_everything_is_held_back_and_all_goes_on_after() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(5, bark);
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let lane = shop.db.open_lanes().expect("lanes")[0].lane;
        assert_eq!(shop.claim(epoch, 2, 1).len(), 2);
        assert_eq!(shop.db.halt("wrong text").expect("halted"), 2, "two are in calls that have left");
        assert!(shop.db.open_lanes().expect("lanes").is_empty());
        let wish = crate::store::ledger::claim::Wish { lane, calls: 9, retries: 9, per_call: 1, vars: false };
        assert!(shop.db.cycle(epoch, &[], &[wish]).expect("a cycle").granted.is_empty());
        assert_eq!(shop.db.halted().expect("read").expect("halted").reason, "wrong text");
        assert!(shop.db.unhalt().expect("goes on") && !shop.db.unhalt().expect("nothing to do"));
        assert_eq!(shop.claim(epoch, 9, 1).len(), 3);
        assert_eq!(shop.count(id, DeliveryState::Sending), 5);
    }

    #[test]
    fn a_halt_leaves_no_work_for_a_sender_but_what_is_in_flight() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(2, bark);
        shop.release(&[bark]);
        assert!(shop.db.has_work().expect("asked"));
        shop.db.halt("").expect("halted");
        assert!(!shop.db.has_work().expect("asked"));
        // Nor what is still to come: its moment passes, and it asks.
        let at = Some(shop.db.now().plus(1_000));
        let later = Draft { channels: vec![bark], at, ..Draft::default() };
        let (later, _) = shop.release_with(&later, Gate::AtMost(9), None);
        assert!(!shop.db.has_work().expect("asked"));
        shop.passes(1_000);
        shop.db.start_due(5).expect("looked");
        assert_eq!(shop.db.broadcast(later).expect("read").row.phase, Phase::Scheduled);
        shop.db.unhalt().expect("goes on");
        shop.db.start_due(5).expect("looked");
        assert_eq!(shop.db.broadcast(later).expect("read").row.phase, Phase::Sending);
    }
}
