//! The sender against the sandbox's real servers on loopback: what was sent is what the books say.

#[path = "../support/apple.rs"]
mod apple;
mod batches;
mod odd;
mod provider_token;
mod replays;
#[path = "../support/share.rs"]
#[expect(dead_code, reason = "shared with the drills that choose at random")]
mod share;
mod support;
mod tokens;

use std::time::Duration;

use pushdeck::delivery::engine::Ended;
use pushdeck::domain::broadcast::BroadcastState;
use pushdeck::domain::delivery::{Class, DeliveryState as S};
use pushdeck::domain::subscriber::SubscriberState;
use pushdeck::sender::process::Sent;
use pushdeck::store::channels::Rest;
use pushdeck::store::db::wall_clock;
use pushdeck::store::pick::Pick;
use pushdeck::store::plan::Gate;
use pushdeck::store::replay::Unknowns;
use support::Shop;

#[tokio::test]
async fn everybody_gets_it_once_over_four_kinds_and_the_books_say_so() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    for index in 0..40 {
        shop.person(&format!("wx {index}"), &[("wx", format!("UID_w{index}"))]);
        shop.person(&format!("bark {index}"), &[("bark", format!("barkkey{index:016}"))]);
        shop.person(&format!("sc {index}"), &[("sc", format!("SCT{index}Tabcdefgh"))]);
        shop.person(&format!("mail {index}"), &[("mail", format!("p{index}@example.org"))]);
    }
    let id = shop.release("**Hello** {{name}}", "status:active");
    shop.send_all().await;
    assert_eq!(shop.state(id), BroadcastState::Done);
    assert_eq!(shop.count(id, S::Accepted), 160);
    for index in 0..40 {
        for address in [
            format!("UID_w{index}"),
            format!("barkkey{index:016}"),
            format!("SCT{index}Tabcdefgh"),
            format!("p{index}@example.org"),
        ] {
            assert_eq!(shop.sandbox.count(&address), 1, "{address}");
        }
    }
}

#[tokio::test]
async fn failures_have_their_class_and_a_lost_answer_is_unknown() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    shop.person("gone", &[("bark", "barkdead0000000001".into())]);
    shop.person("lost", &[("bark", "barkdrop0000000001".into())]);
    shop.person("fine", &[("bark", "barkfine0000000001".into())]);
    shop.person("nobody", &[("mail", "unknown@example.org".into())]);
    shop.person("reader", &[("mail", "reader@example.org".into())]);
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!(shop.state(id), BroadcastState::Partial);
    let rows = shop.db.deliveries(&Pick::of(id), None, 10).expect("rows");
    let row = |name: &str| rows.iter().find(|row| row.name == name).expect("there");
    assert_eq!((row("gone").state, row("gone").class), (S::Rejected, Some(Class::BadRecipient)));
    assert_eq!((row("lost").state, row("lost").class), (S::Unknown, Some(Class::Network)));
    assert_eq!((row("nobody").state, row("nobody").class), (S::Rejected, Some(Class::BadRecipient)));
    assert_eq!((row("fine").state, row("reader").state), (S::Accepted, S::Accepted));
    assert_eq!(shop.sandbox.count("barkdrop0000000001"), 1, "an unknown is never sent again by itself");
}

#[tokio::test]
async fn a_wrong_credential_pauses_the_channel_and_everybody_gets_it_after_the_repair() {
    let mut shop = Shop::open_with(|options| {
        options.wxpusher.bad_tokens = vec!["AT_wrong".into()];
    })
    .await;
    shop.standard_channels();
    for index in 0..50 {
        shop.person(&format!("p{index}"), &[("wx", format!("UID_w{index}"))]);
    }
    let wx = shop.channel("wx");
    shop.edit_secret(wx, "app_token", "AT_wrong");
    let id = shop.release("Hello {{name}}", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Accepted), 0);
    assert_eq!(shop.state(id), BroadcastState::Sending, "the rest stays queued");
    let paused = shop.db.channel(wx).expect("channel");
    assert!(paused.pause.is_some());
    assert!(
        shop.sandbox.totals(pushdeck::sandbox::Kind::Wxpusher).messages <= 2,
        "only the first calls left"
    );
    shop.edit_secret(wx, "app_token", "AT_right");
    shop.db.resume_channel(wx).expect("resumed");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.state(id)), (50, BroadcastState::Done));
}

#[tokio::test]
async fn a_rate_limit_that_nobody_told_us_loses_nothing() {
    let mut shop = Shop::open_with(|options| {
        options.bark.rate =
            Some(pushdeck::sandbox::Rate { calls: 20, per: std::time::Duration::from_secs(1) });
    })
    .await;
    shop.standard_channels();
    for index in 0..30 {
        shop.person(&format!("p{index}"), &[("bark", format!("barkkey{index:016}"))]);
    }
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.state(id)), (30, BroadcastState::Done));
    for index in 0..30 {
        assert_eq!(shop.sandbox.count(&format!("barkkey{index:016}")), 1);
    }
}

#[tokio::test]
async fn a_new_sender_keeps_what_is_left_of_a_rest_until_somebody_ends_it() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    shop.person("ann", &[("bark", "barkfine0000000001".into())]);
    for index in 0..30 {
        shop.person(&format!("p{index}"), &[("wx", format!("UID_w{index}"))]);
    }
    let bark = shop.channel("bark");
    let until = wall_clock()().plus(3_600_000);
    shop.db.note_rests(&[(bark, 1, Some(Rest { until, class: Class::Provider }))]).expect("noted");
    let id = shop.release("Hello {{name}}", "status:active");
    let mut other = shop.another_connection();
    let sending = shop.send_while(async || {
        while other.counts(id).expect("counts").of(S::Accepted) < 30 {
            tokio::task::yield_now().await;
        }
        assert_eq!(shop.sandbox.count("barkfine0000000001"), 0, "it rests");
        assert_eq!(other.channel(bark).expect("there").rest.map(|rest| rest.until), Some(until));
        other.resume_channel(bark).expect("resumed");
        while other.counts(id).expect("counts").of(S::Accepted) < 31 {
            tokio::task::yield_now().await;
        }
        shop.remove_store();
    });
    let sent = tokio::time::timeout(Duration::from_secs(20), sending).await.expect("the rest has ended");
    assert_eq!(sent, Sent::Ended(Ended::Vanished));
    assert_eq!(shop.sandbox.count("barkfine0000000001"), 1);
}

#[tokio::test]
async fn a_rate_that_is_set_is_kept() {
    let mut shop = Shop::open_with(|options| {
        options.bark.rate =
            Some(pushdeck::sandbox::Rate { calls: 100, per: std::time::Duration::from_secs(1) });
    })
    .await;
    shop.standard_channels();
    for index in 0..120 {
        shop.person(&format!("p{index}"), &[("bark", format!("barkkey{index:016}"))]);
    }
    shop.set("bark", "rate", "80/s");
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.state(id)), (120, BroadcastState::Done));
    assert_eq!(shop.sandbox.totals(pushdeck::sandbox::Kind::Bark).over_rate, 0, "no call above the limit");
}

#[tokio::test]
async fn a_replay_reaches_those_who_failed_and_nobody_else() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    let gone = shop.person("gone", &[("bark", "barkdead0000000001".into())]);
    shop.person("fine", &[("bark", "barkfine0000000001".into())]);
    let id = shop.release("Hello", "status:active");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Rejected)), (1, 1));
    shop.repair_address(gone, "barknew00000000001");
    shop.db.replay(&Pick::of(id), Unknowns::LeaveOut, Gate::Exactly(1)).expect("queued");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.state(id)), (2, BroadcastState::Done));
    assert_eq!(shop.sandbox.count("barkfine0000000001"), 1);
    assert_eq!(shop.sandbox.count("barknew00000000001"), 1);
}

#[tokio::test]
async fn a_channel_is_verified_by_the_sender() {
    let mut shop = Shop::open_with(|options| options.wxpusher.bad_tokens = vec!["AT_wrong".into()]).await;
    shop.standard_channels();
    let wx = shop.channel("wx");
    shop.db.request_verify(wx, "ann").expect("asked");
    shop.send_all().await;
    assert_eq!(shop.db.channel(wx).expect("channel").verified.map(|verified| verified.ok), Some(true));
    shop.edit_secret(wx, "app_token", "AT_wrong");
    shop.db.request_verify(wx, "ann").expect("asked");
    shop.send_all().await;
    let verified = shop.db.channel(wx).expect("channel").verified.expect("tried");
    assert!(!verified.ok && verified.text.contains("appToken"), "{verified:?}");
    assert!(!verified.text.contains("AT_wrong"));
}

#[tokio::test]
async fn one_call_carries_two_thousand_people_when_all_get_the_same_text() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    for index in 0..2_100 {
        shop.person(&format!("p{index}"), &[("wx", format!("UID_w{index}"))]);
    }
    let id = shop.release("The same for all", "status:active");
    shop.send_all().await;
    assert_eq!(shop.count(id, S::Accepted), 2_100);
    assert_eq!(shop.sandbox.totals(pushdeck::sandbox::Kind::Wxpusher).messages, 2);
}

#[tokio::test]
async fn a_batch_that_one_person_poisons_reaches_all_the_others() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    for index in 0..40 {
        shop.person(&format!("p{index}"), &[("wx", format!("UID_w{index}"))]);
    }
    shop.person("bad", &[("wx", "UID_poison".into())]);
    let left = shop.person("left", &[("wx", "UID_left".into())]);
    let id = shop.release("The same for all", "status:active");
    // Who opts out between release and call is in nobody's batch, and no refusal of it is theirs.
    shop.db.set_subscriber_state(left, SubscriberState::Unsubscribed).expect("opted out");
    shop.send_all().await;
    assert_eq!((shop.count(id, S::Accepted), shop.count(id, S::Rejected)), (40, 2));
    for index in 0..40 {
        assert_eq!(shop.sandbox.count(&format!("UID_w{index}")), 1, "p{index}");
    }
    assert_eq!(shop.sandbox.count("UID_left"), 0);
    let rows = shop.db.deliveries(&Pick::of(id), None, 50).expect("rows");
    let class = |name: &str| rows.iter().find(|row| row.name == name).expect("there").class;
    assert_eq!((class("bad"), class("left")), (Some(Class::BadRecipient), Some(Class::Blocked)));
}

#[tokio::test]
async fn a_sender_leaves_at_once_when_its_store_is_taken_away() {
    let mut shop = Shop::open().await;
    shop.standard_channels();
    shop.person("ann", &[("bark", "barkfine0000000001".into())]);
    shop.release("Hello", "status:active");
    let leaves = shop.send_while(async || {
        // It is at work.
        while shop.sandbox.count("barkfine0000000001") == 0 {
            tokio::task::yield_now().await;
        }
        shop.remove_store();
    });
    let sent = tokio::time::timeout(Duration::from_secs(20), leaves).await.expect("it leaves");
    assert_eq!(sent, Sent::Ended(Ended::Vanished));
}
