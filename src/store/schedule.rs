//! Broadcasts that leave at a later moment. The plan is frozen when they are released; at the moment itself
//! the audience is counted once more. One whose moment passed while nothing ran asks instead of sending.

use rusqlite::named_params;

use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use crate::domain::broadcast::{PauseReason, Phase};
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::BroadcastId;
use crate::domain::time::Millis;

/// Later than this is not "then" any more: a person decides. A sender that takes over from a dead one needs seconds.
pub(super) const PUNCTUAL_MS: i64 = 60 * 1_000;

impl Db {
    /// The moment of the broadcast that leaves next.
    pub fn next_start(&self) -> Result<Option<Millis>, StoreError> {
        self.conn
            .prepare_cached("SELECT min(at_ms) FROM broadcast WHERE phase = 'scheduled' AND ended_ms IS NULL")
            .and_then(|mut read| read.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|at| at.map(Millis))
            .doing("looking for schedules")
    }

    /// Starts what is due, unless everything is held back; an audience that has grown by more than `growth_percent` since the release is another
    /// one, and asks. Each starts once: the flip is from `scheduled`, in one transaction.
    pub fn start_due(&mut self, growth_percent: u8) -> Result<(), StoreError> {
        if self.next_start()?.is_none_or(|at| at > self.now()) || self.halted()?.is_some() {
            return Ok(());
        }
        let due: Vec<(BroadcastId, Millis)> = self
            .conn
            .prepare_cached(
                "SELECT id, at_ms FROM broadcast WHERE phase = 'scheduled' AND ended_ms IS NULL AND at_ms <= ?1",
            )
            .and_then(|mut read| {
                read.query_map([self.now().0], |row| Ok((BroadcastId(row.get(0)?), Millis(row.get(1)?))))?.collect()
            })
            .doing("looking for schedules")?;
        for (id, at) in due {
            let (to, reason, detail) = match self.verdict_on_start(id, at, growth_percent) {
                Err(error @ (StoreError::Busy(_) | StoreError::DiskFull(_) | StoreError::Closed)) => {
                    return Err(error);
                }
                // What cannot be judged asks; it must not keep the others from leaving.
                Err(error) => (Phase::Paused, Some(PauseReason::Changed), error.to_string()),
                Ok(verdict) => verdict,
            };
            let tx = self.write()?;
            tx.execute(
                "UPDATE broadcast SET phase = :to, pause_reason = :reason, pause_detail = :detail, \
                 touched_ms = :now, version = version + 1 WHERE id = :id AND phase = 'scheduled'",
                named_params! {
                    ":id": id.0, ":to": to.word(), ":reason": reason.map(PauseReason::word), ":detail": detail,
                    ":now": tx.now.0,
                },
            )
            .doing("starting a scheduled broadcast")?;
            bump(&tx, Changed::Broadcasts)?;
            tx.commit().doing("starting a scheduled broadcast")?;
        }
        Ok(())
    }

    /// Whether a broadcast may start at its moment, or stands still and why.
    fn verdict_on_start(
        &self,
        id: BroadcastId,
        at: Millis,
        growth_percent: u8,
    ) -> Result<(Phase, Option<PauseReason>, String), StoreError> {
        if self.now().since(at) > PUNCTUAL_MS {
            return Ok((Phase::Paused, Some(PauseReason::Overdue), at.rfc3339()));
        }
        let planned = self.planned_people(id)?;
        let audience = self.broadcast(id)?.draft.audience;
        let now = Filter::parse(&audience, Scope::People)
            .map_err(|error| Denial::Audience(error).into())
            .and_then(|filter| self.pin(&filter))
            .and_then(|filter| self.audience_size(&filter));
        Ok(match now {
            Ok(now) if (now - planned) * 100 <= planned * i64::from(growth_percent) => {
                (Phase::Sending, None, String::new())
            }
            Ok(now) => (Phase::Paused, Some(PauseReason::Changed), format!("{planned} → {now}")),
            // A topic that is gone, for one: nobody can say any more whom the operator means.
            Err(error) => return Err(error),
        })
    }

    fn planned_people(&self, id: BroadcastId) -> Result<i64, StoreError> {
        self.conn
            .prepare_cached("SELECT count(DISTINCT subscriber) FROM delivery WHERE broadcast = ?1")
            .and_then(|mut count| count.query_row([id.0], |row| row.get(0)))
            .doing("counting the planned people")
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::broadcast::{BroadcastState, PauseReason, Purpose};
    use crate::domain::id::BroadcastId;
    use crate::domain::time::Millis;
    use crate::store::broadcasts::Draft;
    use crate::store::fixtures::Shop;
    use crate::store::plan::{Gate, Release};

    const HOUR: i64 = 3_600_000;

    fn scheduled(people: usize) -> (Shop, BroadcastId) {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(people, bark);
        let at = Some(Millis(shop.db.now().0 + HOUR));
        let draft = Draft { audience: "channel:bark".into(), channels: vec![bark], at, ..Draft::default() };
        let id = shop.db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        let release =
            Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(99), keeper: None, expected: None };
        shop.db.release(id, &release).expect("released");
        (shop, id)
    }

    fn stands(shop: &Shop, id: BroadcastId) -> (BroadcastState, Option<PauseReason>) {
        let row = shop.db.broadcast(id).expect("read").row;
        (row.state, row.pause_reason)
    }

    #[test]
    fn it_leaves_at_its_moment_and_not_before() {
        let (mut shop, id) = scheduled(3);
        assert!(shop.db.has_work().expect("asked"), "a sender has to be there then");
        shop.passes(HOUR - 1);
        shop.db.start_due(5).expect("looked");
        assert_eq!(stands(&shop, id), (BroadcastState::Scheduled, None));
        assert!(shop.db.open_lanes().expect("lanes").is_empty());
        shop.passes(1);
        shop.db.start_due(5).expect("looked");
        assert_eq!(stands(&shop, id), (BroadcastState::Sending, None));
        assert_eq!(shop.db.open_lanes().expect("lanes").len(), 1);
    }

    #[test]
    fn one_whose_moment_passed_while_nothing_ran_asks() {
        let (mut shop, id) = scheduled(3);
        shop.passes(HOUR + 11 * 60_000);
        shop.db.start_due(5).expect("looked");
        assert_eq!(stands(&shop, id), (BroadcastState::Paused, Some(PauseReason::Overdue)));
        shop.db.resume(id).expect("the operator says so");
        assert_eq!(stands(&shop, id), (BroadcastState::Sending, None));
    }

    #[test]
    fn an_audience_that_has_grown_is_asked_about() {
        let (mut shop, id) = scheduled(20);
        let bark = shop.db.channels().expect("read")[0].id;
        shop.person("the 21st", 0, &[bark]);
        shop.passes(HOUR);
        shop.db.start_due(5).expect("looked");
        assert_eq!(
            stands(&shop, id),
            (BroadcastState::Sending, None),
            "five in a hundred are no other audience"
        );
        let (mut shop, id) = scheduled(20);
        for name in ["a", "b"] {
            shop.person(name, 0, &[bark]);
        }
        shop.passes(HOUR);
        shop.db.start_due(5).expect("looked");
        assert_eq!(stands(&shop, id), (BroadcastState::Paused, Some(PauseReason::Changed)));
    }

    #[test]
    fn a_recall_that_came_too_late_is_not_in_the_audit_log() {
        let (mut shop, id) = scheduled(3);
        shop.passes(HOUR);
        shop.db.start_due(5).expect("started");
        // Between the look at the phase and the step that takes the plan back it was let go.
        shop.db.take_plan_back(id, crate::domain::broadcast::Phase::Scheduled).expect_err("too late");
        let acts: Vec<String> =
            shop.db.audit_log(None, 9).expect("read").into_iter().map(|entry| entry.action).collect();
        assert!(!acts.iter().any(|act| act == "recall"), "{acts:?}");
    }

    #[test]
    fn it_can_be_recalled_until_then_and_a_moment_in_the_past_is_refused() {
        let (mut shop, id) = scheduled(3);
        shop.db.recall(id).expect("recalled");
        assert_eq!(stands(&shop, id), (BroadcastState::Draft, None));
        shop.passes(2 * HOUR);
        let seen = shop.db.broadcast(id).expect("read").row.version;
        let release =
            Release { by: "ann".into(), seen, gate: Gate::AtMost(99), keeper: None, expected: None };
        shop.db.release(id, &release).expect_err("in the past");
        assert_eq!(stands(&shop, id), (BroadcastState::Draft, None));
    }
}
