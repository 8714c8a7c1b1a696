//! The quiet hours of a person: what is planned for then waits until they are over.

use jiff::tz::TimeZone;
use rusqlite::named_params;

use crate::domain::id::SubscriberId;
use crate::domain::quiet::Quiet;
use crate::store::audit::WriteTx;
use crate::store::db::{Changed, bump};
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};

/// Refuses what are no hours; gives them as they are stored.
pub(super) fn read(hours: Option<&str>) -> Result<Option<String>, StoreError> {
    let Some(hours) = hours.map(str::trim).filter(|hours| !hours.is_empty()) else { return Ok(None) };
    if Quiet::parse(hours).is_none() {
        return Err(Denial::QuietHours(hours.to_owned()).into());
    }
    Ok(Some(Quiet::pinned(hours, &TimeZone::system())))
}

/// Gives a person other quiet hours, or none. What waits for the end of the old ones is asked again at once.
pub(super) fn set(tx: &WriteTx<'_>, id: SubscriberId, hours: Option<&str>) -> Result<(), StoreError> {
    let hours = read(hours)?;
    tx.execute(
        "UPDATE subscriber SET quiet = :hours WHERE id = :id",
        named_params! { ":id": id.0, ":hours": hours },
    )
    .doing("changing quiet hours")?;
    // Only quiet hours defer without a class; few broadcasts are under way.
    let woken = tx
        .execute(
            "UPDATE delivery SET not_before_ms = :now WHERE state = 2 AND class IS NULL AND not_before_ms > :now \
             AND (broadcast, seq) IN (SELECT d.broadcast, d.seq FROM broadcast b CROSS JOIN delivery d \
               INDEXED BY delivery_person ON d.broadcast = b.id AND d.subscriber = :id \
               WHERE b.ended_ms IS NULL AND b.phase IN ('sending', 'paused'))",
            named_params! { ":id": id.0, ":now": tx.now.0 },
        )
        .doing("waking what waits for quiet hours")?;
    if woken > 0 {
        bump(tx, Changed::Broadcasts)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::domain::broadcast::Purpose;
    use crate::domain::delivery::DeliveryState as S;
    use crate::domain::id::SubscriberId;
    use crate::domain::time::Millis;
    use crate::store::broadcasts::Draft;
    use crate::store::denial::Denial;
    use crate::store::error::StoreError;
    use crate::store::fixtures::{Shop, answered};
    use crate::store::ledger::claim::PUT_OFF;
    use crate::store::pick::Pick;
    use crate::store::plan::{Gate, Release};
    use crate::store::subscribers::{NewSubscriber, SubscriberEdit};

    const HOUR: i64 = 3_600_000;

    /// The clock of a shop begins at 00:16:40 UTC.
    const NIGHT: &str = "22:00-08:00 UTC";
    const END: Millis = Millis(8 * HOUR);

    fn hours(shop: &mut Shop, id: i64, hours: Option<&str>) {
        let edit = SubscriberEdit { quiet: Some(hours.map(String::from)), ..SubscriberEdit::default() };
        shop.db.edit_subscriber(SubscriberId(id), None, &edit).expect("edited");
    }

    #[test]
    fn who_is_quiet_gets_it_after_and_the_others_now() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(4, bark);
        hours(&mut shop, 2, Some(NIGHT));
        hours(&mut shop, 3, Some("01:00-08:00 UTC"));
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let granted = shop.claim(epoch, 1, 3);
        let seqs: Vec<i64> = granted[0].deliveries.iter().map(|one| one.seq).collect();
        assert_eq!(seqs, [1, 3, 4], "their batch goes on without her");
        assert_eq!((shop.count(id, S::Deferred), shop.count(id, S::Planned)), (1, 0));
        let waits = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows").swap_remove(1);
        assert_eq!((waits.state, waits.class, waits.attempts), (S::Deferred, None, 0));
        assert_eq!(waits.not_before, Some(END));
        assert!(waits.is_quiet() && shop.db.has_work().expect("asked"));
        shop.record(epoch, &answered(&granted[0], S::Accepted));
        assert!(shop.claim(epoch, 9, 9).is_empty());
        shop.passes(END.since(shop.db.now()));
        let granted = shop.claim(epoch, 9, 9);
        shop.record(epoch, &answered(&granted[0], S::Accepted));
        assert_eq!(shop.count(id, S::Accepted), 4);
    }

    #[test]
    fn another_try_that_falls_into_quiet_hours_waits_for_their_end() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(1, bark);
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let granted = shop.claim(epoch, 1, 1);
        shop.record(epoch, &answered(&granted[0], S::Deferred));
        hours(&mut shop, 1, Some(NIGHT));
        shop.passes(10_000);
        assert!(shop.claim(epoch, 1, 1).is_empty());
        let row = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows").swap_remove(0);
        assert_eq!((row.not_before, row.attempts, row.is_quiet()), (Some(END), 1, true));
        assert_eq!(shop.count(id, S::Deferred), 1);
    }

    #[test]
    fn taking_the_hours_away_lets_what_waits_go() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(1, bark);
        hours(&mut shop, 1, Some(NIGHT));
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        assert!(shop.claim(epoch, 1, 1).is_empty());
        hours(&mut shop, 1, Some("21:00-09:00 UTC"));
        assert!(shop.claim(epoch, 1, 1).is_empty());
        let row = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows").swap_remove(0);
        assert_eq!(row.not_before, Some(END.plus(HOUR)), "the new hours hold");
        hours(&mut shop, 1, None);
        assert_eq!(shop.claim(epoch, 1, 1).len(), 1);
    }

    #[test]
    fn a_test_goes_whatever_the_hour() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(1, bark);
        hours(&mut shop, 1, Some(NIGHT));
        let draft = Draft { audience: "channel:bark".into(), channels: vec![bark], ..Draft::default() };
        let id = shop.db.add_draft(&draft, Purpose::Test, "ann").expect("a draft");
        let release =
            Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(9), keeper: None, expected: None };
        shop.db.release(id, &release).expect("released");
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        assert_eq!(shop.claim(epoch, 1, 1).len(), 1);
    }

    #[test]
    fn many_who_are_quiet_are_put_off_a_share_a_time_and_nobody_is_passed_over() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(PUT_OFF + 5, bark);
        let last = shop.person("awake", 0, &[bark]);
        shop.db
            .conn
            .execute("UPDATE subscriber SET quiet = ?1 WHERE id <> ?2", (NIGHT, last))
            .expect("hours");
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        assert!(shop.claim(epoch, 1, 1).is_empty());
        assert_eq!(shop.count(id, S::Deferred), PUT_OFF as i64);
        let granted = shop.claim(epoch, 1, 1);
        assert_eq!(granted[0].deliveries[0].name, "awake");
        assert_eq!((shop.count(id, S::Deferred), shop.count(id, S::Planned)), (PUT_OFF as i64 + 5, 0));
    }

    #[test]
    fn what_are_no_hours_is_refused() {
        let mut shop = Shop::new();
        let new = |quiet: &str| NewSubscriber {
            name: "Anna".into(),
            quiet: Some(quiet.into()),
            ..NewSubscriber::default()
        };
        let refused = shop.db.add_subscriber(&new("night"));
        assert!(matches!(refused, Err(StoreError::Denied(Denial::QuietHours(_)))));
        let id = shop.db.add_subscriber(&new(" 22:00-08:00 ")).expect("added").id;
        let stored = shop.db.subscriber(id).expect("read").quiet.expect("hours");
        assert_eq!(stored, super::Quiet::pinned("22:00-08:00", &super::TimeZone::system()));
    }
}
