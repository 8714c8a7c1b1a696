//! Taking back against a small server: what is shared goes by one call, also after a process that died in the middle.

use super::*;
use crate::delivery::fake::server;
use crate::domain::delivery::DeliveryState;
use crate::seal::keyfile::KeyPlace;
use crate::store::channels::NewChannel;
use crate::store::db::{Access, Opening, wall_clock};
use crate::store::denial::Denial;
use crate::store::fixtures::{Shop, answered};
use crate::store::handle::StoreHandle;
use crate::store::ledger::record::Recorded;

const DONE: &str = r#"{"code":1000,"data":true}"#;
const NOT_THERE: &str = r#"{"code":1001,"msg":"消息不存在"}"#;

/// A broadcast whose people were accepted with these receipts, in a store with one channel at `base`.
async fn sent(base: &str, receipts: &[&str]) -> (Counter, StoreHandle, BroadcastId, ChannelId) {
    let mut shop = Shop::new();
    let mut new = NewChannel { name: "wx".into(), kind: "wxpusher".into(), ..NewChannel::default() };
    new.settings.insert("base_url".into(), base.into());
    new.settings.insert("rate".into(), "none".into());
    new.secrets.insert("app_token".into(), "AT_abcdefghijklmnop".into());
    let channel = shop.db.add_channel(&new).expect("a channel");
    shop.people(receipts.len(), channel);
    let id = shop.release(&[channel]);
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    for granted in shop.claim(epoch, 1, receipts.len()) {
        let mut records = answered(&granted, DeliveryState::Accepted);
        for (record, given) in records.iter_mut().zip(receipts) {
            if let Recorded::Moved { receipt, .. } = &mut record.result {
                *receipt = Some((*given).to_owned());
            }
        }
        shop.record(epoch, &records);
    }
    let store = StoreHandle::spawn("store", move || Ok(shop.db)).await.expect("open");
    (Counter::new(store.clone(), None).expect("a counter"), store, id, channel)
}

async fn all(counter: &Counter, id: BroadcastId) -> Step {
    let (mut taking, _) = counter.begin_take_back(id).await.expect("begun");
    let mut sum = Step::default();
    while !taking.is_over() {
        let step = Box::pin(counter.take_back(&mut taking)).await.expect("the store");
        sum.taken += step.taken;
        sum.unknown += step.unknown;
        sum.cannot += step.cannot;
        sum.untried += step.untried;
        sum.failed.extend(step.failed);
    }
    sum
}

const SHARED: [&str; 4] = [
    "sendRecordId=1 messageContentId=7",
    "sendRecordId=2 messageContentId=8",
    "sendRecordId=3 messageContentId=7",
    "sendRecordId=4",
];

#[tokio::test]
async fn what_is_shared_is_asked_for_once_and_whoever_has_none_cannot() {
    let (base, asked) = server(vec![DONE.into(), DONE.into()]).await;
    let (counter, store, id, channel) = sent(&base, &SHARED).await;
    let step = all(&counter, id).await;
    assert_eq!((step.taken, step.cannot, step.failed.len()), (3, 1, 0), "{:?}", step.failed);
    let asked = asked.lock().expect("the lines").clone();
    let wanted = |at: usize, what: &str| asked[at].contains(&format!("messageContentId={what}"));
    assert!(asked.len() == 2 && wanted(0, "7") && wanted(1, "8"), "{asked:?}");
    let there = store.call(move |db| db.still_there(id)).await.expect("counted");
    assert_eq!(
        there.stretches.iter().map(|part| (part.channel, part.left)).collect::<Vec<_>>(),
        [(channel, 1)]
    );
    let acts = store.call(|db| db.audit_log(None, 9)).await.expect("read");
    let acts: Vec<&str> =
        acts.iter().filter(|act| act.action == "take_back").map(|act| act.detail.as_str()).collect();
    assert_eq!(acts, ["3 deliveries taken back", "4 deliveries to be taken back"]);
}

#[tokio::test]
async fn whoever_stops_is_told_what_the_books_say_and_the_rest_is_still_there() {
    // Of two pages one is not there.
    let (base, _) = server(vec![DONE.into(), NOT_THERE.into()]).await;
    let (counter, store, id, _) = sent(&base, &SHARED[..3]).await;
    let (mut taking, _) = counter.begin_take_back(id).await.expect("begun");
    let step = Box::pin(counter.take_back(&mut taking)).await.expect("the store");
    let gone = counter.give_up_take_back(&mut taking).await.expect("the store");
    assert_eq!((gone, step.taken), (2, 2));
    let books = store.call(move |db| Ok(db.broadcast(id)?.taken_back)).await.expect("read");
    assert_eq!(books, gone);
    assert!(taking.is_over());
    let there = store.call(move |db| db.still_there(id)).await.expect("counted");
    assert_eq!(there.count(), 1);
}

#[tokio::test]
async fn a_take_back_that_was_cut_short_is_finished_without_asking_again() {
    let (base, asked) = server(vec![DONE.into()]).await;
    let (counter, store, id, _) = sent(&base, &SHARED[..3]).await;
    let first = DeliveryId { broadcast: id, seq: 1 };
    store.call(move |db| db.note_take_back(id, &[first], None)).await.expect("noted");
    assert_eq!(all(&counter, id).await.taken, 2);
    let asked = asked.lock().expect("the lines").clone();
    assert!(asked.len() == 1 && asked[0].contains("messageContentId=8"), "{asked:?}");
}

#[tokio::test]
async fn a_no_to_what_was_asked_before_and_never_answered_is_what_that_call_did() {
    let (base, _) = server(vec![NOT_THERE.into(), NOT_THERE.into()]).await;
    let (counter, store, id, channel) = sent(&base, &SHARED[..3]).await;
    store.call(move |db| db.mean_to_take_back(id, channel, "7")).await.expect("meant");
    let step = all(&counter, id).await;
    assert_eq!((step.taken, step.failed.len()), (2, 1), "page 8 was never asked for: {step:?}");
    assert!(matches!(&step.failed[0].0[..], [one] if one.seq == 2));
    // A refusal is an answer.
    assert!(!store.call(move |db| db.mean_to_take_back(id, channel, "8")).await.expect("meant"));
}

#[tokio::test]
async fn a_bad_token_and_a_dead_line_end_a_channel_early() {
    let (base, asked) = server(vec![r#"{"code":1002,"msg":"appToken不正确"}"#.into()]).await;
    let (counter, ..) = sent(&base, &SHARED[..3]).await;
    let id = BroadcastId(1);
    let step = all(&counter, id).await;
    assert_eq!((step.taken, step.failed.len(), step.untried), (0, 1, 1), "two share the page: {step:?}");
    assert_eq!(asked.lock().expect("the lines").len(), 1);
    let (counter, ..) =
        sent("http://127.0.0.1:1", &[SHARED[0], SHARED[1], "messageContentId=9", "messageContentId=10"])
            .await;
    let step = all(&counter, id).await;
    assert_eq!((step.failed.len(), step.untried), (3, 1), "{step:?}");
}

#[tokio::test]
async fn what_phones_remove_goes_first_and_with_it_what_may_have_arrived() {
    let done = r#"{"code":200,"message":"success","timestamp":1}"#;
    let page = r#"{"code":1000,"data":true}"#;
    let (base, asked) = server(vec![done.into(), done.into(), page.into()]).await;
    let mut shop = Shop::new();
    let channels = [("wx", "wxpusher"), ("bk", "bark"), ("home", "gotify")].map(|(name, kind)| {
        let mut new = NewChannel { name: name.into(), kind: kind.into(), ..NewChannel::default() };
        new.settings.insert("base_url".into(), base.clone());
        new.settings.insert("rate".into(), "none".into());
        new.secrets.insert("app_token".into(), "AT_abcdefghijklmnop".into());
        let channel = shop.db.add_channel(&new).expect("a channel");
        shop.person(&format!("{name}1"), 0, &[channel]);
        shop.person(&format!("{name}2"), 0, &[channel]);
        channel
    });
    let id = shop.release(&channels);
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    for granted in shop.claim(epoch, 9, 2) {
        let mut records = answered(&granted, DeliveryState::Accepted);
        records[1] = answered(&granted, DeliveryState::Unknown).remove(1);
        if let Recorded::Moved { receipt, .. } = &mut records[0].result {
            *receipt = Some("sendRecordId=1 messageContentId=7".to_owned());
        }
        shop.record(epoch, &records);
    }
    let store = StoreHandle::spawn("store", move || Ok(shop.db)).await.expect("open");
    let counter = Counter::new(store.clone(), None).expect("a counter");
    let (_, there) = counter.begin_take_back(id).await.expect("begun");
    assert_eq!((there.count(), there.unknown(), there.stuck), (3, 1, 1));
    let step = all(&counter, id).await;
    assert_eq!((step.taken, step.unknown, step.cannot, step.failed.len()), (2, 1, 0, 0), "{:?}", step.failed);
    let asked = asked.lock().expect("the lines").clone();
    let pages: Vec<bool> = asked.iter().map(|line| line.contains("messageContentId=7")).collect();
    assert_eq!(pages, [false, false, true], "{asked:?}");
    // It is not known of the unknown one that it is gone: whoever asks again asks for it again.
    let there = store.call(move |db| db.still_there(id)).await.expect("counted");
    assert_eq!((there.count(), there.unknown(), there.stuck), (1, 1, 1));
}

#[test]
fn of_two_processes_one_takes_back_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let opening = Opening {
        folder: folder.path().join("data"),
        key: KeyPlace::Folder(folder.path().join("keys")),
        access: Access::Create,
        clock: wall_clock(),
        operator: "tests".to_owned(),
    };
    let (one, other) = (opening.open().expect("a store"), opening.open().expect("a store"));
    let right = one.lock_take_back().expect("free");
    assert!(matches!(other.lock_take_back(), Err(StoreError::Denied(Denial::TakesBack))));
    drop(right);
    assert!(other.lock_take_back().expect("free again").is_some());
}
