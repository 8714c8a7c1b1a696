//! What is still there, and that each row counts once.

use super::*;
use crate::domain::delivery::DeliveryState;
use crate::store::fixtures::{Shop, answered};

#[test]
fn each_channel_counts_what_is_still_there_and_a_row_counts_once() {
    let mut shop = Shop::new();
    let (one, other) = (shop.channel("one"), shop.channel("other"));
    shop.people(3, one);
    shop.person("q", 0, &[other]);
    let id = shop.release(&[one, other]);
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    for granted in shop.claim(epoch, 9, 9) {
        shop.record(epoch, &answered(&granted, DeliveryState::Accepted));
    }
    let there = |shop: &Shop| {
        let there = shop.db.still_there(id).expect("counted");
        there.stretches.iter().map(|part| (part.channel, part.left)).collect::<Vec<_>>()
    };
    assert_eq!(there(&shop), [(one, 3), (other, 1)]);
    let two: Vec<DeliveryId> = [1, 2].map(|seq| DeliveryId { broadcast: id, seq }).into();
    assert!(!shop.db.mean_to_take_back(id, one, "7").expect("meant"));
    assert!(shop.db.mean_to_take_back(id, one, "7").expect("meant"), "asked, and nobody knows the answer");
    assert!(!shop.db.mean_to_take_back(id, other, "7").expect("meant"), "another channel's");
    shop.db.note_take_back(id, &two, Some((one, "7"))).expect("noted");
    assert!(!shop.db.mean_to_take_back(id, one, "7").expect("meant"), "that was settled");
    shop.db.note_take_back(id, &two, None).expect("noted again");
    assert_eq!(there(&shop), [(one, 1), (other, 1)]);
    assert_eq!(shop.db.broadcast(id).expect("there").taken_back, 2);
}
