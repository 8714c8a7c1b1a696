//! Two replays of the same failures at the same moment, from two connections: each row is queued once and gets one new
//! attempt, whoever was faster.
//!
//! `PUSHDECK_DRILL_REPLAYS` sets how many trials there are.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::time::Instant;

use pushdeck::domain::delivery::{Class, DeliveryState};
use pushdeck::domain::id::BroadcastId;
use pushdeck::store::db::Db;
use pushdeck::store::ledger::claim::Wish;
use pushdeck::store::ledger::record::{Record, Recorded};
use pushdeck::store::pick::Pick;
use pushdeck::store::plan::Gate;
use pushdeck::store::replay::{Replayed, Unknowns};

use crate::share;
use crate::support::Shop;

/// People whose delivery fails every time.
const PEOPLE: usize = 40;

/// One attempt of everything that waits, refused, and every third lost.
fn refuse_all(db: &mut Db, epoch: i64) -> usize {
    let wishes: Vec<Wish> = db
        .open_lanes()
        .expect("lanes")
        .iter()
        .map(|lane| Wish { lane: lane.lane, calls: PEOPLE, retries: PEOPLE, per_call: 1, vars: false })
        .collect();
    let granted = db.cycle(epoch, &[], &wishes).expect("claimed").granted;
    let records: Vec<Record> = granted
        .iter()
        .flat_map(|call| call.deliveries.iter().map(move |one| (call, one)))
        .map(|(call, one)| Record {
            call: call.call,
            lane: call.lane,
            broadcast: call.broadcast,
            seq: one.seq,
            result: Recorded::Moved {
                state: if one.seq % 3 == 0 { DeliveryState::Unknown } else { DeliveryState::Rejected },
                not_before: None,
                class: Some(Class::Network),
                code: String::new(),
                text: "no".to_owned(),
                receipt: None,
            },
        })
        .collect();
    db.cycle(epoch, &records, &[]).expect("recorded");
    records.len()
}

fn attempts(db: &Db, id: BroadcastId) -> BTreeMap<i64, i64> {
    let rows = db.deliveries(&Pick::of(id), None, 999).expect("rows");
    rows.into_iter().map(|row| (row.id.seq, row.attempts)).collect()
}

/// How many a replay queued; one that comes second may find the gate closed or nothing left.
fn replay(db: &mut Db, id: BroadcastId) -> i64 {
    match db.replay(&Pick::of(id), Unknowns::Include, Gate::AtMost(i64::MAX)).expect("replayed") {
        Replayed::Queued { n, .. } => n,
        Replayed::GateClosed { .. } => 0,
    }
}

#[tokio::test]
async fn two_replays_at_the_same_moment_give_each_row_one_new_attempt() {
    let trials = share::size("PUSHDECK_DRILL_REPLAYS", 40, 1_000);
    let mut shop = Shop::open().await;
    shop.standard_channels();
    for index in 0..PEOPLE {
        shop.person(&format!("p{index}"), &[("bark", format!("barkkey{index:016}"))]);
    }
    let id = shop.release("Hello", "status:active");
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    assert_eq!(refuse_all(&mut shop.db, epoch), PEOPLE);
    let (begun, mut won) = (Instant::now(), [0; 2]);
    let mut others = [shop.another_connection(), shop.another_connection()];
    for trial in 0..trials {
        let before = attempts(&shop.db, id);
        let start = Barrier::new(2);
        let [one, two] = &mut others;
        let (first, second) = std::thread::scope(|scope| {
            let fire = |db| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    replay(db, id)
                })
            };
            let (first, second) = (fire(one), fire(two));
            (first.join().expect("replayed"), second.join().expect("replayed"))
        });
        won[0] += u32::from(first > 0);
        won[1] += u32::from(second > 0);
        assert_eq!(first + second, PEOPLE as i64, "trial {trial}: {first} and {second}");
        assert_eq!(refuse_all(&mut shop.db, epoch), PEOPLE, "trial {trial}");
        let expected: BTreeMap<i64, i64> = before.into_iter().map(|(seq, n)| (seq, n + 1)).collect();
        assert_eq!(attempts(&shop.db, id), expected, "trial {trial}");
        assert!(shop.db.books_balance(id).expect("books"), "trial {trial}");
    }
    let took = begun.elapsed().as_millis();
    println!("{trials} double replays of {PEOPLE}; the two were faster {won:?} times; {took} ms");
}
