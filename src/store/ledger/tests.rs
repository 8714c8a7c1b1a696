//! The promises of the books, one by one.

use super::*;
use crate::domain::broadcast::{BroadcastState, PauseReason, Phase};
use crate::domain::id::DeliveryId;
use crate::store::broadcasts::Draft;
use crate::store::fixtures::{Shop, answered};
use crate::store::pick::Pick;
use crate::store::plan::{Gate, Released};
use crate::store::replay::{Replayed, Unknowns};
use crate::store::settle::Settled;

use super::claim::Lost;
use super::record::Recorded;
use DeliveryState as S;

fn sender(shop: &mut Shop) -> i64 {
    shop.db.become_sender(1).expect("sender").epoch
}

#[test]
fn each_person_gets_one_delivery_by_the_first_usable_channel_and_who_is_left_out_has_a_reason() {
    let mut shop = Shop::new();
    let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
    shop.person("both", 0, &[bark, mail]);
    shop.person("mail only", 0, &[mail]);
    shop.person("muted", 1, &[bark]);
    shop.person("unsubscribed", 3, &[bark]);
    shop.person("none", 0, &[]);
    let dead = shop.person("dead", 0, &[bark]);
    shop.db.conn.execute("UPDATE address SET state = 1 WHERE subscriber = ?1", [dead]).expect("dead");
    let id = shop.release(&[mail, bark]);
    assert_eq!((shop.count(id, S::Planned), shop.count(id, S::Skipped)), (2, 4));
    let rows = shop.db.deliveries(&Pick::of(id), None, 10).expect("rows");
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.name.as_str(), row.channel.as_str(), row.skip.map(crate::domain::delivery::SkipReason::word))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("both", "mail", None),
            ("mail only", "mail", None),
            ("muted", "", Some("muted")),
            ("unsubscribed", "", Some("unsubscribed")),
            ("dead", "", Some("dead_address")),
            ("none", "", Some("no_address")),
        ]
    );
}

#[test]
fn all_channels_means_every_address() {
    let mut shop = Shop::new();
    let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
    shop.person("both", 0, &[bark, mail]);
    let draft = Draft { channels: vec![bark, mail], all_channels: true, ..Draft::default() };
    let (id, _) = shop.release_with(&draft, Gate::Exactly(2), None);
    assert_eq!(shop.count(id, S::Planned), 2);
}

#[test]
fn a_gate_that_does_not_fit_leaves_the_draft_and_no_rows() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(9, bark);
    let draft = Draft { channels: vec![bark], ..Draft::default() };
    let (id, released) = shop.release_with(&draft, Gate::Exactly(8), None);
    assert_eq!(released, Released::GateClosed { to_send: 9 });
    let detail = shop.db.broadcast(id).expect("there");
    assert_eq!((detail.row.state, detail.row.counts.audience()), (BroadcastState::Draft, 0));
    let rows: i64 =
        shop.db.conn.query_row("SELECT count(*) FROM delivery", [], |row| row.get(0)).expect("count");
    assert_eq!(rows, 0);
}

#[test]
fn a_held_broadcast_sends_nothing_until_its_console_lets_it_go_and_can_be_recalled() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(3, bark);
    let draft = Draft { channels: vec![bark], ..Draft::default() };
    let (id, released) = shop.release_with(&draft, Gate::Exactly(3), Some("console-1"));
    assert_eq!(released, Released::Done { to_send: 3, hold_until: Some(Millis(1_010_000)) });
    let epoch = sender(&mut shop);
    shop.passes(60_000);
    assert!(shop.claim(epoch, 8, 1).is_empty());
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Held);
    shop.db.recall(id).expect("recalled");
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Draft);
    assert!(shop.claim(epoch, 8, 1).is_empty());
}

#[test]
fn calls_are_claimed_once_and_their_answers_close_the_books() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(7, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let first = shop.claim(epoch, 2, 2);
    assert_eq!(first.iter().map(|call| call.deliveries.len()).collect::<Vec<_>>(), [2, 2]);
    let second = shop.claim(epoch, 2, 2);
    assert_eq!(second.iter().map(|call| call.deliveries.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(shop.claim(epoch, 2, 2).is_empty());
    assert_eq!(shop.count(id, S::Sending), 7);
    let records: Vec<Record> =
        first.iter().chain(&second).flat_map(|call| answered(call, S::Accepted)).collect();
    shop.record(epoch, &records);
    assert_eq!(shop.count(id, S::Accepted), 7);
    let row = shop.db.broadcast(id).expect("there").row;
    assert_eq!(row.state, BroadcastState::Done);
    assert!(row.ended_at.is_some());
}

#[test]
fn what_a_dead_sender_left_in_flight_is_unknown_and_is_never_sent_again_by_itself() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(5, bark);
    let id = shop.release(&[bark]);
    let first = sender(&mut shop);
    let in_flight = shop.claim(first, 2, 1);
    let takeover = shop.db.become_sender(2).expect("sender");
    assert_eq!((takeover.epoch, takeover.unknown), (first + 1, 2));
    assert_eq!((shop.count(id, S::Unknown), shop.count(id, S::Planned)), (2, 3));
    let rest = shop.claim(takeover.epoch, 9, 1);
    assert_eq!(rest.len(), 3);
    // The dead one wakes up: fenced, and its answer is evidence for what it sent itself.
    let cycled = shop.record(first, &answered(&in_flight[0], S::Accepted));
    assert!(cycled.fenced);
    assert_eq!((cycled.late, shop.count(id, S::Accepted), shop.count(id, S::Unknown)), (1, 1, 1));
    let cycled = shop.record(first, &answered(&in_flight[1], S::Rejected));
    assert_eq!((cycled.late, shop.count(id, S::Rejected), shop.count(id, S::Unknown)), (1, 0, 1));
}

#[test]
fn an_answer_to_an_older_call_of_a_delivery_is_late() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(1, bark);
    let id = shop.release(&[bark]);
    let first = sender(&mut shop);
    let old = shop.claim(first, 1, 1);
    let second = sender(&mut shop);
    let pick = Pick::of(id);
    shop.db.replay(&pick, Unknowns::Include, Gate::Exactly(1)).expect("replayed");
    let new = shop.claim(second, 1, 1);
    assert_eq!(shop.record(first, &answered(&old[0], S::Accepted)).late, 1);
    assert_eq!(shop.count(id, S::Sending), 1, "the newest call decides");
    shop.record(second, &answered(&new[0], S::Accepted));
    assert_eq!(shop.count(id, S::Accepted), 1);
}

#[test]
fn a_crash_that_nobody_looked_after_for_ten_minutes_comes_back_paused() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    let id = shop.release(&[bark]);
    sender(&mut shop);
    shop.passes(11 * 60 * 1_000);
    let takeover = shop.db.become_sender(2).expect("sender");
    assert_eq!(takeover.interrupted, 1);
    let row = shop.db.broadcast(id).expect("there").row;
    assert_eq!((row.state, row.pause_reason), (BroadcastState::Paused, Some(PauseReason::Interrupted)));
    assert!(shop.claim(takeover.epoch, 9, 1).is_empty());
    shop.db.resume(id).expect("resumed");
    assert_eq!(shop.claim(takeover.epoch, 9, 1).len(), 2);
}

#[test]
fn a_deferred_delivery_waits_for_its_moment() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(1, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let call = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&call, S::Deferred));
    assert_eq!(shop.count(id, S::Deferred), 1);
    assert!(shop.claim(epoch, 1, 1).is_empty());
    assert_eq!(shop.db.open_lanes().expect("lanes")[0].due, Some(Millis(1_005_000)));
    shop.passes(5_000);
    let again = shop.claim(epoch, 1, 1).remove(0);
    assert_eq!(again.deliveries[0].tries, 1);
}

#[test]
fn what_waited_takes_no_more_calls_than_its_share_while_others_were_never_tried() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(10, bark);
    shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let first = shop.claim(epoch, 4, 1);
    let later: Vec<Record> = first.iter().flat_map(|one| answered(one, DeliveryState::Deferred)).collect();
    shop.record(epoch, &later);
    shop.passes(10_000);
    let lane = shop.db.open_lanes().expect("lanes")[0].lane;
    for (retries, tried) in [(0, 0), (1, 1), (9, 2)] {
        let wish = Wish { lane, calls: 2, retries, per_call: 1, vars: false };
        let granted = shop.db.cycle(epoch, &[], &[wish]).expect("claimed").granted;
        let again = granted.iter().flat_map(|call| &call.deliveries).filter(|one| one.tries > 0).count();
        assert_eq!((granted.len(), again), (2, tried), "{retries}");
    }
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_waiting_longer_than_any_wait() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(1, bark);
    shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let call = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&call, S::Deferred));
    shop.passes(-3_600_000);
    assert!(shop.claim(epoch, 1, 1).is_empty(), "an hour may be a wait");
    shop.passes(-48 * 3_600_000);
    assert_eq!(shop.claim(epoch, 1, 1).len(), 1);
}

#[test]
fn pause_keeps_the_rest_stop_cancels_it_and_calls_in_flight_still_count() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(6, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let in_flight = shop.claim(epoch, 3, 1);
    shop.db.pause(id, PauseReason::Operator, "").expect("paused");
    assert!(shop.claim(epoch, 9, 1).is_empty());
    assert_eq!(shop.db.stop(id).expect("stopped"), 3);
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Sending);
    shop.record(epoch, &answered(&in_flight[0], S::Accepted));
    shop.record(epoch, &answered(&in_flight[1], S::Deferred));
    let never_left = Record { result: Recorded::NotLeft, ..answered(&in_flight[2], S::Accepted).remove(0) };
    shop.record(epoch, &[never_left]);
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Cancelled)), (1, 5));
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Cancelled);
}

#[test]
fn what_never_left_goes_back_into_the_queue() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(3, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let calls = shop.claim(epoch, 3, 1);
    let never_left = Record { result: Recorded::NotLeft, ..answered(&calls[1], S::Accepted).remove(0) };
    shop.record(epoch, &[never_left]);
    assert_eq!((shop.count(id, S::Planned), shop.count(id, S::Sending)), (1, 2));
    let again = shop.claim(epoch, 3, 1);
    assert_eq!(again[0].deliveries[0].seq, calls[1].deliveries[0].seq);
    assert_eq!(again[0].deliveries[0].tries, 0);
}

#[test]
fn a_replay_never_touches_what_was_accepted_and_asks_separately_for_the_unknown() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(6, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let calls = shop.claim(epoch, 6, 1);
    for (call, state) in
        calls.iter().zip([S::Accepted, S::Accepted, S::Rejected, S::Rejected, S::Unknown, S::Unknown])
    {
        shop.record(epoch, &answered(call, state));
    }
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Partial);
    let pick = Pick::of(id);
    let review = shop.db.review_replay(&pick).expect("review");
    assert_eq!((review.to_send, review.unknown, review.accepted), (2, 2, 2));
    let closed = shop.db.replay(&pick, Unknowns::LeaveOut, Gate::Exactly(4)).expect("closed");
    assert_eq!(closed, Replayed::GateClosed { to_send: 2 });
    let queued = shop.db.replay(&pick, Unknowns::LeaveOut, Gate::Exactly(2)).expect("queued");
    assert_eq!(queued, Replayed::Queued { n: 2, broadcasts: vec![id] });
    // Fired twice: the second finds nothing left to queue.
    let twice = shop.db.replay(&pick, Unknowns::LeaveOut, Gate::AtMost(9)).expect("nothing");
    assert_eq!(twice, Replayed::Queued { n: 0, broadcasts: vec![] });
    let again = shop.claim(epoch, 9, 1);
    assert_eq!(again.len(), 2);
    for call in &again {
        shop.record(epoch, &answered(call, S::Accepted));
    }
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Unknown)), (4, 2));
    let unknown = Pick::of(id).in_states(&[S::Unknown]);
    let ids: Vec<_> = shop.db.deliveries(&unknown, None, 9).expect("rows").iter().map(|row| row.id).collect();
    assert_eq!(shop.db.settle(&ids, Settled::Accepted, "ann").expect("settled"), 2);
    assert_eq!(shop.count(id, S::Assumed), 2);
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Done);
    let detail = shop.db.delivery(ids[0]).expect("detail");
    assert_eq!(detail.history.last().and_then(|one| one.operator.as_deref()), Some("ann"));
}

#[test]
fn whom_a_changed_message_reached_gets_nothing_from_a_replay_of_the_first() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    let epoch = sender(&mut shop);
    let send = |shop: &mut Shop, follows: Option<crate::domain::id::BroadcastId>, states: [S; 2]| {
        let id = match follows {
            Some(first) => {
                let draft = Draft { channels: vec![bark], ..Draft::default() };
                let id = shop.db.add_follow_up(&draft, first, "ann").expect("a draft");
                shop.release_draft(id, &draft, Gate::AtMost(9), None);
                id
            }
            None => shop.release(&[bark]),
        };
        for (call, state) in shop.claim(epoch, 6, 1).iter().zip(states) {
            shop.record(epoch, &answered(call, state));
        }
        id
    };
    let first = send(&mut shop, None, [S::Rejected, S::Rejected]);
    let second = send(&mut shop, Some(first), [S::Accepted, S::Rejected]);
    let left = |shop: &Shop, id| shop.db.review_replay(&Pick::of(id)).expect("review").to_send;
    assert_eq!((left(&shop, first), left(&shop, second)), (1, 1), "whoever neither reached may get either");
    // The third says the same to whoever the second could not reach, and so follows the first as well.
    let third = send(&mut shop, Some(second), [S::Rejected, S::Accepted]);
    assert_eq!((left(&shop, first), left(&shop, second), left(&shop, third)), (0, 0, 1));
}

#[test]
fn attempts_are_append_only() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(1, bark);
    shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let call = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&call, S::Accepted));
    for sql in ["UPDATE attempt SET state = 0", "DELETE FROM attempt"] {
        let error = shop.db.conn.execute(sql, []).expect_err("refused").to_string();
        assert!(error.contains("append-only"), "{error}");
    }
}

#[test]
fn what_waits_for_a_repaired_credential_is_due_when_its_channel_resumes() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let calls = shop.claim(epoch, 2, 1);
    let mut records = answered(&calls[0], S::Deferred);
    let Recorded::Moved { class, .. } = &mut records[0].result else { panic!("it moved") };
    *class = Some(Class::Credential);
    // The other one waits for a busy provider: a repair changes nothing for it.
    records.extend(answered(&calls[1], S::Deferred));
    shop.record(epoch, &records);
    assert!(shop.claim(epoch, 2, 1).is_empty());
    shop.db.pause_channel(bark, PauseReason::Credential, "bad token").expect("paused");
    shop.db.resume_channel(bark).expect("resumed");
    let due = shop.claim(epoch, 2, 1);
    assert_eq!(
        due.iter().map(|call| call.deliveries[0].seq).collect::<Vec<_>>(),
        [calls[0].deliveries[0].seq]
    );
    assert_eq!((shop.count(id, S::Sending), shop.count(id, S::Deferred)), (1, 1));
}

#[test]
fn a_verification_says_nothing_of_how_sending_goes() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.db.request_verify(bark, "ann").expect("asked");
    let epoch = sender(&mut shop);
    let calls = shop.claim(epoch, 1, 1);
    shop.record(epoch, &answered(&calls[0], S::Rejected));
    assert_eq!(shop.db.channel(bark).expect("shown").recent.tried, 0);
}

#[test]
fn whoever_left_since_the_release_gets_nothing_from_it_and_nothing_from_a_replay() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(3, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let refused = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&refused, S::Rejected));
    // The first was refused, the second still waits: both opt out now.
    shop.db.conn.execute("UPDATE subscriber SET state = 3 WHERE id <= 2", []).expect("they opt out");
    let rest = shop.claim(epoch, 2, 1);
    let to: Vec<_> = rest.iter().map(|call| call.deliveries[0].to.as_ref().err().copied()).collect();
    assert_eq!(to, [Some(Lost::Person), None]);
    for call in &rest {
        shop.record(epoch, &answered(call, S::Rejected));
    }
    let review = shop.db.review_replay(&Pick::of(id)).expect("review");
    assert_eq!((review.to_send, review.left_out), (1, 2));
    let queued = shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::Exactly(1)).expect("queued");
    assert_eq!(queued, Replayed::Queued { n: 1, broadcasts: vec![id] });
    assert_eq!((shop.count(id, S::Planned), shop.count(id, S::Rejected)), (1, 2));
}

#[test]
fn a_replay_does_not_let_the_rest_of_a_paused_broadcast_go() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(3, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let refused = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&refused, S::Rejected));
    shop.db.pause(id, PauseReason::Operator, "").expect("paused");
    shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::Exactly(1)).expect("queued");
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Paused);
    assert!(shop.claim(epoch, 9, 1).is_empty());
    shop.db.resume(id).expect("resumed");
    assert_eq!(shop.claim(epoch, 9, 1).len(), 3);
}

#[test]
fn a_replay_is_tried_as_often_as_a_first_send() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(1, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    for tries in 0..3 {
        let call = shop.claim(epoch, 1, 1).remove(0);
        assert_eq!(call.deliveries[0].tries, tries);
        shop.record(epoch, &answered(&call, if tries < 2 { S::Deferred } else { S::Rejected }));
        shop.passes(10_000);
    }
    shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::Exactly(1)).expect("queued");
    assert_eq!(shop.claim(epoch, 1, 1)[0].deliveries[0].tries, 0);
    let row = shop.db.deliveries(&Pick::of(id), None, 1).expect("rows").remove(0);
    assert_eq!(row.attempts, 3, "the history keeps every attempt");
}

#[test]
fn what_was_let_go_after_a_crash_is_not_paused_as_interrupted() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    let old = shop.release(&[bark]);
    sender(&mut shop);
    shop.passes(11 * 60_000);
    // Nobody looked for eleven minutes. Then one more is released, and a channel is verified.
    let fresh = shop.release(&[bark]);
    shop.db.request_verify(bark, "ann").expect("asked");
    let takeover = shop.db.become_sender(2).expect("sender");
    assert_eq!(takeover.interrupted, 1);
    let state = |id| shop.db.broadcast(id).expect("there").row.state;
    assert_eq!((state(old), state(fresh)), (BroadcastState::Paused, BroadcastState::Sending));
}

#[test]
fn an_address_that_is_no_longer_theirs_is_never_sent_to() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    let ann = shop.person("ann", 0, &[bark]);
    let ben = shop.person("ben", 0, &[bark]);
    shop.release(&[bark]);
    // Ann's address goes, and a new one is made for somebody else; Ben's is handed to a third.
    shop.db.conn.execute("DELETE FROM address WHERE subscriber = ?1", [ann]).expect("removed");
    let carl = shop.person("carl", 0, &[bark]);
    shop.db
        .conn
        .execute("UPDATE address SET subscriber = ?1 WHERE subscriber = ?2", [carl, ben])
        .expect("handed");
    let epoch = sender(&mut shop);
    let calls = shop.claim(epoch, 9, 1);
    let to: Vec<_> = calls.iter().map(|call| call.deliveries[0].to.clone()).collect();
    assert_eq!(to, [Err(Lost::Address), Err(Lost::Address)]);
}

#[test]
fn an_address_id_is_never_used_twice() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    let newest = |shop: &Shop| -> i64 {
        shop.db.conn.query_row("SELECT max(id) FROM address", [], |row| row.get(0)).expect("one")
    };
    shop.person("ann", 0, &[bark]);
    let first = newest(&shop);
    shop.db.conn.execute("DELETE FROM address", []).expect("removed");
    shop.person("ben", 0, &[bark]);
    assert!(newest(&shop) > first);
}

#[test]
fn a_stop_that_was_killed_halfway_is_finished_and_cannot_be_undone_by_a_replay() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(3, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let refused = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&refused, S::Rejected));
    // The flip is durable, the rows are not cancelled yet: here it was killed.
    shop.db.conn.execute("UPDATE broadcast SET phase = 'stopped'", []).expect("flipped");
    let replay = shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::AtMost(9));
    assert!(matches!(replay, Err(StoreError::Denied(_))), "{replay:?}");
    assert!(shop.claim(epoch, 9, 1).is_empty());
    shop.db.go_on_stopping().expect("finished");
    assert_eq!((shop.count(id, S::Cancelled), shop.count(id, S::Planned)), (2, 0));
    assert!(shop.db.broadcast(id).expect("there").row.ended_at.is_some());
    assert_eq!(shop.db.stop(id).expect("again"), 0);
}

#[test]
fn what_has_ended_is_neither_paused_nor_stopped_and_a_replay_of_it_goes_out() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(1, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    let refused = shop.claim(epoch, 1, 1).remove(0);
    shop.record(epoch, &answered(&refused, S::Rejected));
    shop.db.pause(id, PauseReason::Operator, "").expect_err("nothing is left to pause");
    shop.db.stop(id).expect_err("nothing is left to stop");
    // As an older pushdeck has done.
    shop.db.conn.execute("UPDATE broadcast SET phase = 'paused'", []).expect("paused");
    shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::Exactly(1)).expect("queued");
    assert_eq!(shop.claim(epoch, 1, 1).len(), 1);
}

#[test]
fn a_channel_for_which_somebody_waits_is_not_removed_and_a_removed_one_makes_no_calls() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    shop.release(&[bark]);
    let epoch = sender(&mut shop);
    shop.db.remove_channel(bark).expect_err("two wait for it");
    // As an older pushdeck has done.
    shop.db.conn.execute("UPDATE channel SET removed_ms = 1", []).expect("removed");
    assert!(shop.claim(epoch, 9, 1).is_empty());
    assert!(!shop.db.has_work().expect("asked"), "no sender is needed for it");
    shop.db.restore_channel(bark).expect("back");
    assert_eq!(shop.claim(epoch, 9, 1).len(), 2);
}

#[test]
fn a_half_written_plan_is_a_draft_again_for_whoever_comes_next() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    let id = shop.release(&[bark]);
    // As a kill between two chunks leaves it.
    shop.db
        .conn
        .execute("UPDATE broadcast SET phase = 'planning', released_ms = NULL", [])
        .expect("half-written");
    let file = tempfile::tempdir().expect("a folder");
    shop.db.set_folder(file.path());
    shop.db.clean_up_plans().expect("cleaned up");
    let detail = shop.db.broadcast(id).expect("there");
    assert_eq!((detail.row.state, detail.row.counts.audience()), (BroadcastState::Draft, 0));
}

#[test]
fn whoever_is_refused_for_good_gets_it_on_the_next_channel_and_never_on_two() {
    let mut shop = Shop::new();
    let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
    shop.person("both", 0, &[bark, mail]);
    shop.person("fine", 0, &[bark, mail]);
    shop.person("bark only", 0, &[bark]);
    let draft = Draft { channels: vec![bark, mail], fallback: true, ..Draft::default() };
    let (id, released) = shop.release_with(&draft, Gate::Exactly(3), None);
    assert!(
        matches!(released, Released::Done { to_send: 3, .. }),
        "the reserve is not counted: {released:?}"
    );
    assert_eq!(shop.count(id, S::Skipped), 2);
    let epoch = sender(&mut shop);
    let refused = |granted: &Granted| {
        let mut records = answered(granted, S::Rejected);
        for record in &mut records {
            if let Recorded::Moved { class, .. } = &mut record.result {
                *class = Some(Class::BadRecipient);
            }
        }
        records
    };
    for granted in shop.claim(epoch, 9, 1) {
        let name = granted.deliveries[0].name.clone();
        let records = if name == "fine" { answered(&granted, S::Accepted) } else { refused(&granted) };
        shop.record(epoch, &records);
    }
    let again = shop.claim(epoch, 9, 1);
    let names: Vec<_> = again.iter().map(|one| one.deliveries[0].name.as_str()).collect();
    assert_eq!(names, ["both"]);
    shop.record(epoch, &answered(&again[0], S::Accepted));
    assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Partial);
    assert_eq!(
        (shop.count(id, S::Accepted), shop.count(id, S::Rejected), shop.count(id, S::Skipped)),
        (2, 2, 1)
    );
    // The refused address of somebody who got it on the other channel stays refused.
    let review = shop.db.review_replay(&Pick::of(id)).expect("review");
    assert_eq!((review.to_send, review.left_out), (1, 1));
}

#[test]
fn whoever_would_have_to_act_first_gets_it_on_the_next_channel_or_waits() {
    let mut shop = Shop::new();
    let (oa, mail) = (shop.channel("oa"), shop.channel("mail"));
    shop.person("both", 0, &[oa, mail]);
    shop.person("oa only", 0, &[oa]);
    let draft = Draft { channels: vec![oa, mail], fallback: true, ..Draft::default() };
    let (id, _) = shop.release_with(&draft, Gate::Exactly(2), None);
    let epoch = sender(&mut shop);
    for granted in shop.claim(epoch, 9, 1) {
        let mut records = answered(&granted, S::Deferred);
        if let Recorded::Moved { class, .. } = &mut records[0].result {
            *class = Some(Class::WindowClosed);
        }
        shop.record(epoch, &records);
    }
    assert_eq!((shop.count(id, S::Rejected), shop.count(id, S::Deferred)), (1, 1));
    let again = shop.claim(epoch, 9, 1).remove(0);
    assert_eq!(again.deliveries[0].name, "both");
    shop.record(epoch, &answered(&again, S::Accepted));
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Deferred)), (1, 1));
}

#[test]
fn whoever_was_refused_on_both_channels_is_replayed_on_one() {
    let mut shop = Shop::new();
    let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
    shop.person("both", 0, &[bark, mail]);
    let draft = Draft { channels: vec![bark, mail], fallback: true, ..Draft::default() };
    let (id, _) = shop.release_with(&draft, Gate::Exactly(1), None);
    let epoch = sender(&mut shop);
    for _ in 0..2 {
        let granted = shop.claim(epoch, 9, 1).remove(0);
        let mut records = answered(&granted, S::Rejected);
        if let Recorded::Moved { class, .. } = &mut records[0].result {
            *class = Some(Class::BadRecipient);
        }
        shop.record(epoch, &records);
    }
    assert_eq!(shop.count(id, S::Rejected), 2);
    let review = shop.db.review_replay(&Pick::of(id)).expect("review");
    assert_eq!((review.to_send, review.other), (1, 1));
    let rows = shop.db.deliveries(&Pick::of(id), None, 9).expect("rows");
    let replayed = shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::Exactly(1)).expect("replayed");
    assert!(matches!(replayed, Replayed::Queued { n: 1, .. }), "{replayed:?}");
    // Another console asks for the other way at the same moment.
    let other = rows.iter().map(|row| row.id).max().expect("a row");
    let replayed = shop.db.replay(&Pick::exactly(&[other]), Unknowns::LeaveOut, Gate::AtMost(9));
    assert!(matches!(replayed, Ok(Replayed::Queued { n: 0, .. })), "{replayed:?}");
    assert_eq!(shop.claim(epoch, 9, 1).len(), 1);
}

#[test]
fn stopping_a_replay_gives_everybody_the_state_that_was_known_before() {
    for in_flight in [false, true] {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(3, bark);
        let id = shop.release(&[bark]);
        let epoch = sender(&mut shop);
        for (granted, state) in shop.claim(epoch, 9, 1).iter().zip([S::Unknown, S::Rejected, S::Accepted]) {
            shop.record(epoch, &answered(granted, state));
        }
        shop.db.replay(&Pick::of(id), Unknowns::Include, Gate::Exactly(2)).expect("queued");
        let again = if in_flight { shop.claim(epoch, 9, 1) } else { Vec::new() };
        shop.db.stop(id).expect("stopped");
        for granted in &again {
            // The call was refused for now, or never left: nothing is known that was not known before.
            shop.record(epoch, &answered(granted, S::Deferred));
        }
        let of = |state| shop.count(id, state);
        assert_eq!((of(S::Unknown), of(S::Rejected), of(S::Cancelled)), (1, 1, 0), "in flight: {in_flight}");
        assert!(shop.db.books_balance(id).expect("books"));
        let review = shop.db.review_replay(&Pick::of(id)).expect("review");
        assert_eq!((review.to_send, review.unknown), (1, 1), "the unknown still asks");
        assert_eq!(shop.db.broadcast(id).expect("there").row.state, BroadcastState::Partial);
    }
}

#[test]
fn a_place_is_taken_once_and_only_while_its_sender_is_silent() {
    let mut shop = Shop::new();
    let epoch = sender(&mut shop);
    shop.passes(60_000);
    let since = shop.db.silent_since().expect("asked").expect("silent");
    shop.db.note_takeover(since).expect("the first operator");
    shop.db.note_takeover(since).expect_err("the second one was slower");
    let since = shop.db.silent_since().expect("asked").expect("still silent");
    assert!(shop.db.beat(epoch).expect("it wakes"));
    shop.db.note_takeover(since).expect_err("it goes on");
}

#[test]
fn a_stop_ends_a_replay_that_is_under_way() {
    let mut shop = Shop::new();
    let bark = shop.channel("bark");
    shop.people(2, bark);
    let id = shop.release(&[bark]);
    let epoch = sender(&mut shop);
    for granted in shop.claim(epoch, 9, 1) {
        shop.record(epoch, &answered(&granted, S::Rejected));
    }
    let ids: Vec<_> = (1..=2).map(|seq| DeliveryId { broadcast: id, seq }).collect();
    let mut touched = std::collections::BTreeSet::new();
    let states = [S::Rejected];
    assert_eq!(shop.db.queue_again(&ids[..1], &states, &mut touched).expect("the first chunk"), 1);
    assert_eq!(shop.db.stop(id).expect("stopped"), 0, "what was refused before stays refused");
    assert_eq!(shop.db.queue_again(&ids[1..], &states, &mut touched).expect("the second chunk"), 0);
    assert_eq!(shop.db.broadcast(id).expect("there").row.phase, Phase::Stopped);
    // Whoever asks anew after the stop gets what was asked for.
    assert_eq!(
        shop.db
            .queue_again(&ids[1..], &states, &mut std::collections::BTreeSet::default())
            .expect("another replay"),
        1
    );
}

#[test]
fn a_refusal_of_the_message_or_a_stop_calls_up_no_reserve() {
    for stopped in [false, true] {
        let mut shop = Shop::new();
        let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
        shop.person("both", 0, &[bark, mail]);
        let draft = Draft { channels: vec![bark, mail], fallback: true, ..Draft::default() };
        let (id, _) = shop.release_with(&draft, Gate::Exactly(1), None);
        let epoch = sender(&mut shop);
        let granted = shop.claim(epoch, 9, 1).remove(0);
        let mut records = answered(&granted, S::Rejected);
        if stopped {
            shop.db.stop(id).expect("stopped");
            if let Recorded::Moved { class, .. } = &mut records[0].result {
                *class = Some(Class::BadRecipient);
            }
        }
        shop.record(epoch, &records);
        assert_eq!((shop.count(id, S::Planned), shop.count(id, S::Skipped)), (0, 1));
    }
}

#[test]
fn who_was_refused_as_busy_is_claimed_with_the_moment_of_the_first_time() {
    let mut shop = Shop::new();
    let channel = shop.channel("c");
    shop.people(1, channel);
    shop.release(&[channel]);
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    let first = shop.claim(epoch, 1, 1);
    assert_eq!(first[0].deliveries[0].doubt, None);
    let at = shop.db.now();
    shop.record(epoch, &answered(&first[0], DeliveryState::Deferred));
    shop.passes(60_000);
    let second = shop.claim(epoch, 1, 1);
    assert_eq!(second[0].deliveries[0].doubt, Some(at));
    shop.record(epoch, &answered(&second[0], DeliveryState::Deferred));
    shop.passes(60_000);
    assert_eq!(shop.claim(epoch, 1, 1)[0].deliveries[0].doubt, Some(at), "and not of the last");
}
