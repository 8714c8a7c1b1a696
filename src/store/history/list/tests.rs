//! Pages of deliveries over several broadcasts, in both directions, and how SQLite reads them.

use super::*;
use crate::domain::delivery::DeliveryState as S;
use crate::domain::id::SubscriberId;
use crate::store::fixtures::{Shop, answered};

/// Three broadcasts to seven people over two channels, with a failure in each third delivery.
fn shop() -> (Shop, i64) {
    let mut shop = Shop::new();
    let (one, two) = (shop.channel("one"), shop.channel("two"));
    shop.people(4, one);
    shop.people(2, two);
    let ann = shop.person("ann", 0, &[two]);
    for _ in 0..3 {
        shop.release(&[one, two]);
        let epoch = shop.db.become_sender(1).expect("sender").epoch;
        let calls = shop.claim(epoch, 10, 1);
        let records: Vec<_> = calls
            .iter()
            .enumerate()
            .flat_map(|(index, call)| answered(call, if index % 3 == 0 { S::Rejected } else { S::Accepted }))
            .collect();
        shop.record(epoch, &records);
    }
    (shop, ann)
}

fn walked(shop: &Shop, pick: &Pick, way: Way) -> Vec<DeliveryId> {
    let mut all: Vec<DeliveryId> = Vec::new();
    loop {
        let page = match way {
            Way::Down => shop.db.deliveries(pick, all.last().copied(), 2),
            Way::Up => shop.db.deliveries_before(pick, all.last().copied(), 2),
        };
        let mut page: Vec<DeliveryId> = page.expect("a page").iter().map(|row| row.id).collect();
        if page.is_empty() {
            return all;
        }
        if way == Way::Up {
            page.reverse();
        }
        all.extend(page);
    }
}

#[test]
fn pages_read_on_from_a_place_in_both_directions() {
    let (shop, ann) = shop();
    let failed = Pick::default().in_states(&[S::Rejected, S::Unknown]);
    let mut hers = Pick::default();
    hers.subscribers.push(SubscriberId(ann));
    for (pick, count) in [(Pick::default(), 21), (failed, 9), (hers, 3)] {
        let down = walked(&shop, &pick, Way::Down);
        let mut sorted = down.clone();
        sorted.sort_by_key(|id| (std::cmp::Reverse(id.broadcast.0), id.seq));
        assert_eq!((down.len(), &down), (count, &sorted));
        let mut up = walked(&shop, &pick, Way::Up);
        up.reverse();
        assert_eq!(up, down);
    }
}

#[test]
fn a_page_is_never_put_in_order_by_reading_all_of_it() {
    let (shop, _) = shop();
    let failed = Pick::default().in_states(&[S::Rejected]);
    for (pick, index) in [(Pick::default(), "PRIMARY KEY"), (failed, "delivery_trouble")] {
        for way in [Way::Down, Way::Up] {
            let Condition { sql, mut values } = question(&pick, Condition::default(), way);
            values.push(2.into());
            let mut statement =
                shop.db.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
            let plan: Vec<String> = statement
                .query_map(params_from_iter(values), |row| row.get(3))
                .and_then(Iterator::collect)
                .expect("a plan");
            let plan = plan.join("\n");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            assert!(plan.contains(index), "{plan}");
        }
    }
}

#[test]
fn what_a_person_got_is_looked_up_in_each_broadcast_and_never_by_reading_it() {
    let (shop, _) = shop();
    let mut pick = Pick::default();
    pick.subscribers = vec![crate::domain::id::SubscriberId(1)];
    let Condition { sql, mut values } = question(&pick, Condition::default(), Way::Down);
    values.push(2.into());
    let mut statement = shop.db.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a statement");
    let plan: Vec<String> = statement
        .query_map(params_from_iter(values), |row| row.get(3))
        .and_then(Iterator::collect)
        .expect("a plan");
    let plan = plan.join("\n");
    assert!(plan.contains("delivery_person (broadcast=? AND subscriber=?)"), "{plan}");
    assert_eq!(
        shop.db.deliveries(&pick, None, 9).expect("rows").len(),
        shop.db.delivery_counts(&pick).expect("counts").audience() as usize
    );
}
