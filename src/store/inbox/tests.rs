//! What comes in, twice, late, forged by whoever, and what follows from it.

use std::io::Cursor;

use rusqlite::named_params;

use super::*;
use crate::channels::callback::{Allowance, Came, Event};
use crate::domain::broadcast::Purpose;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{ChannelId, DeliveryId, RuleId, SubscriberId};
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::domain::time::Millis;
use crate::store::addresses::NewAddress;
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::StoreError;
use crate::store::fixtures::{Shop, answered};
use crate::store::import::{Import, Mode};
use crate::store::ledger::record::Recorded;
use crate::store::subscribers::NewSubscriber;
use crate::store::topics::NewTopic;

const UID: &str = "UID_abcdefgh";

fn shop() -> (Shop, ChannelId) {
    let mut shop = Shop::new();
    let channel = shop.channel("push");
    shop.db.conn.execute("UPDATE channel SET kind = 'wxpusher'", []).expect("a kind");
    for name in ["ops", "Storm 警报"] {
        shop.db.add_topic(&NewTopic { name: name.into(), ..NewTopic::default() }).expect("a topic");
    }
    (shop, channel)
}

fn came(event: Event, at: i64) -> Came {
    Came {
        key: format!("{event:?} {at}"),
        event,
        address: Some(UID.into()),
        name: String::new(),
        at: Millis(at),
        app: String::new(),
        allows: None,
        raw: String::new(),
    }
}

fn text(text: &str, at: i64) -> Came {
    came(Event::Text { text: text.into() }, at)
}

fn follow(scene: &str, at: i64) -> Came {
    came(Event::Follow { scene: scene.into() }, at)
}

fn take(db: &mut Db, channel: ChannelId, came: Came) -> Taken {
    db.take_in(&[Incoming { channel, came }]).expect("taken").remove(0)
}

/// What a person was told, oldest first.
fn told(db: &Db, person: SubscriberId) -> Vec<String> {
    let lines = db.conversation(Some(person), 100).expect("lines");
    lines.into_iter().filter(|line| matches!(line.said, Said::Us { .. })).map(|line| line.text).collect()
}

fn person(db: &Db) -> SubscriberId {
    db.find_subscriber(UID).expect("somebody")
}

fn state(db: &Db) -> (SubscriberState, Vec<String>) {
    let person = db.subscriber(person(db)).expect("somebody");
    (person.state, person.topics)
}

#[test]
fn a_follow_becomes_a_subscriber_once_and_the_rules_hold() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let rule = NewRule {
        does: Does::Welcome,
        channel: None,
        pattern: String::new(),
        topics: vec!["ops".into()],
        tags: vec!["new".into()],
        text: "Welcome {{name}}".into(),
        other: String::new(),
    };
    db.set_rule(&rule).expect("a rule");
    let storm = NewRule {
        pattern: "storm-*".into(),
        topics: vec!["storm 警报".into()],
        tags: Vec::new(),
        text: "Storm!".into(),
        channel: Some(channel),
        ..rule.clone()
    };
    db.set_rule(&storm).expect("a rule");
    let first = take(db, channel, follow("", 10));
    assert!(matches!(first, Taken::New(_)), "{first:?}");
    assert_eq!(take(db, channel, follow("", 10)), Taken::Again);
    let somebody = db.subscriber(person(db)).expect("made");
    assert_eq!((somebody.name.as_str(), somebody.topics.len()), ("UID_abcdefgh", 1));
    assert_eq!((somebody.tags.clone(), somebody.addresses.len()), (vec!["new".to_owned()], 1));
    assert_eq!(told(db, somebody.id), ["Welcome {{name}}"]);
    take(db, channel, follow("storm-7", 20));
    assert_eq!(state(db).1.len(), 2);
    assert_eq!(told(db, somebody.id)[1..], ["Storm!"], "the nearest rule speaks, all of them join");
    assert_eq!(db.find_topic("ops").expect("there").people, 1);
    assert_eq!(db.check().expect("checked"), []);
    let conversations = db.conversations(&Which::default(), None, 9).expect("listed");
    assert_eq!((conversations.len(), conversations[0].unread, conversations[0].lines), (1, 0, 2));
}

#[test]
fn somebody_who_is_there_is_found_by_the_address_and_keeps_the_name() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let new = NewSubscriber {
        name: "Anna".into(),
        addresses: vec![NewAddress { channel, typed: UID.into() }],
        ..NewSubscriber::default()
    };
    let anna = db.add_subscriber(&new).expect("Anna").id;
    let called = Came { name: "someone else".into(), ..text("hello", 5) };
    take(db, channel, called);
    assert_eq!(person(db), anna);
    assert_eq!(db.subscriber(anna).expect("Anna").name, "Anna");
    let named = Came { address: Some("UID_other".into()), name: "Bob 😀".into(), ..follow("", 6) };
    take(db, channel, named);
    assert_eq!(db.subscriber(db.find_subscriber("UID_other").expect("Bob")).expect("Bob").name, "Bob 😀");
}

#[test]
fn commands_subscribe_answer_and_turn_off_in_both_languages() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let commands =
        ["订阅 ops", "subscribe STORM 警报", "状态", "退订 ops", "status", "订阅 nothing", "STOP", "状态"];
    for (at, words) in commands.into_iter().enumerate() {
        take(db, channel, text(words, at as i64 + 1));
    }
    let who = person(db);
    assert_eq!(
        told(db, who),
        [
            "已订阅 ops。发送“退订 ops”可取消。",
            "You are subscribed to Storm 警报. Send \"unsubscribe Storm 警报\" to stop.",
            "你订阅了：ops, Storm 警报。",
            "已退订 ops。",
            "You are subscribed to: Storm 警报.",
            "没有可以订阅的主题 nothing。",
            "You get no more messages. Send \"subscribe TOPIC\" to come back.",
            "你没有订阅任何主题。",
        ]
    );
    assert_eq!(state(db).0, SubscriberState::Unsubscribed);
    take(db, channel, text("a question", 50));
    let row =
        db.conversations(&Which { unread: true, ..Which::default() }, None, 9).expect("listed").remove(0);
    assert_eq!((row.unread, row.lines, row.newest.text.as_str()), (1, 9, "a question"));
    assert_eq!(db.mark_conversation_read(Some(who)).expect("read"), 1);
    assert_eq!(db.unread_conversations().expect("counted"), 0);
    assert_eq!(db.mark_conversation_read(Some(who)).expect("read"), 0);
    assert_eq!(db.check().expect("checked"), []);
}

#[test]
fn nobody_who_opted_out_comes_back_by_a_late_follow_a_replay_a_scan_or_an_import() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let rule = NewRule {
        does: Does::Welcome,
        channel: None,
        pattern: String::new(),
        topics: vec!["ops".into()],
        tags: Vec::new(),
        text: "Welcome".into(),
        other: String::new(),
    };
    db.set_rule(&rule).expect("a rule");
    take(db, channel, text("订阅 ops", 100));
    take(db, channel, text("退订", 200));
    let out = (SubscriberState::Unsubscribed, vec!["ops".to_owned()]);
    take(db, channel, follow("", 150));
    take(db, channel, text("subscribe ops", 199));
    take(db, channel, came(Event::Scan { scene: "x".into() }, 300));
    assert_eq!(state(db), out);
    assert_eq!(told(db, person(db)).len(), 3, "an answer to each command, no welcome");
    // The operator removes the person; somebody imports the list again.
    let who = person(db);
    db.remove_subscribers(&[who]).expect("removed");
    let again = NewSubscriber {
        name: "from a file".into(),
        addresses: vec![NewAddress { channel, typed: UID.into() }],
        ..NewSubscriber::default()
    };
    let new = db.add_subscriber(&again).expect("added").id;
    assert_ne!(new, who);
    assert_eq!(db.subscriber(new).expect("there").state, SubscriberState::Unsubscribed);
    // An act of their own does it, and brings back nothing of what was before.
    db.set_rule(&NewRule { topics: Vec::new(), ..rule }).expect("a rule");
    take(db, channel, follow("", 400));
    assert_eq!(state(db), (SubscriberState::Active, Vec::new()));
    take(db, channel, text("退订", 500));
    take(db, channel, text("订阅 storm 警报", 500));
    assert_eq!(state(db), (SubscriberState::Active, vec!["Storm 警报".to_owned()]));
}

#[test]
fn a_topic_that_somebody_left_is_joined_again_by_their_own_word_alone() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let everybody = NewRule {
        does: Does::Welcome,
        channel: None,
        pattern: String::new(),
        topics: vec!["ops".into()],
        tags: Vec::new(),
        text: "Welcome to {topics}.".into(),
        other: String::new(),
    };
    db.set_rule(&everybody).expect("a rule");
    take(db, channel, follow("", 100));
    take(db, channel, text("退订 ops。", 200));
    assert_eq!(told(db, person(db)), ["Welcome to ops.", "已退订 ops。"]);
    // A file, a code for something else, and what was written before, but told late.
    let file = format!("name,topics,push\nAnna,ops,{UID}\n");
    for mode in [Mode::DryRun, Mode::Write] {
        let import = Import::open(Box::new(Cursor::new(file.clone().into_bytes())), "people.csv", mode);
        db.import_all(import).expect("imported");
    }
    take(db, channel, came(Event::Scan { scene: "other".into() }, 300));
    take(db, channel, text("订阅 ops", 150));
    take(db, channel, follow("", 160));
    assert_eq!(state(db).1, Vec::<String>::new());
    assert_eq!(told(db, person(db)).len(), 3, "whom the topic does not take is not welcomed to it");
    take(db, channel, text("Subscribe ops!", 400));
    assert_eq!(state(db).1, ["ops"]);
    take(db, channel, text("unsubscribe ops", 500));
    take(db, channel, follow("", 600));
    assert_eq!(state(db).1, ["ops"]);
    take(db, channel, text("Unsubscribe.", 700));
    assert_eq!(state(db).0, SubscriberState::Unsubscribed);
    assert_eq!(db.check().expect("checked"), []);
}

#[test]
fn who_left_a_topic_stays_out_of_it_after_they_were_removed_too_until_an_operator_says_so() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    take(db, channel, text("订阅 ops", 100));
    take(db, channel, text("退订 ops", 200));
    let gone = person(db);
    db.remove_subscribers(&[gone]).expect("removed");
    let file = format!(
        "name,topics,push\nAnna,\"ops;Storm 警报\",{UID}\nBob,ops,UID_bbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
    );
    let import = Import::open(Box::new(Cursor::new(file.into_bytes())), "people.csv", Mode::Write);
    db.import_all(import).expect("imported");
    assert_eq!(state(db).1, ["Storm 警报"]);
    let ops = db.find_topic("ops").expect("a topic");
    assert_eq!(ops.people, 1, "Bob alone");
    let back = person(db);
    assert_ne!(back, gone);
    // A row about somebody who is there, by an address that came from somebody removed.
    db.remove_subscribers(&[back]).expect("removed");
    let file = format!("name,topics,push\nBob,ops,UID_bbbbbbbbbbbbbbbbbbbbbbbbbbbb\nBob,ops,{UID}\n");
    let import = Import::open(Box::new(Cursor::new(file.into_bytes())), "people.csv", Mode::Write);
    db.import_all(import).expect("imported");
    let joined = db.join_topic(ops.id, &[person(db)]).expect("joined");
    assert_eq!(joined.len(), 1);
    assert_eq!(state(db).1, ["Storm 警报", "ops"].map(str::to_owned)[1..], "an operator may");
    assert_eq!(db.check().expect("checked"), []);
}

#[test]
fn a_late_scan_of_the_very_code_brings_nobody_back_and_a_new_one_does() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let invite = db.make_invite(channel, Some("ops"), &[], Millis(9_000)).expect("a code");
    take(db, channel, follow(&invite.scene, 100));
    assert_eq!(state(db).1, ["ops"]);
    take(db, channel, text("退订 ops", 300));
    take(db, channel, came(Event::Scan { scene: invite.scene.clone() }, 200));
    assert_eq!(state(db).1, Vec::<String>::new());
    take(db, channel, came(Event::Scan { scene: invite.scene }, 400));
    assert_eq!(state(db).1, ["ops"]);
    let again = Import::open(
        Box::new(Cursor::new(format!("name,topics,push\nAnna,\"ops;Storm 警报\",{UID}\n").into_bytes())),
        "people.csv",
        Mode::Write,
    );
    db.import_all(again).expect("imported");
    assert_eq!(state(db).1.len(), 2, "nobody who came back is kept out of it");
}

#[test]
fn what_nobody_understands_is_kept_and_makes_nobody_a_subscriber() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let strange = || Event::Other { action: "future_thing".into() };
    take(db, channel, came(strange(), 1));
    assert!(db.find_subscriber(UID).is_err());
    assert_eq!(db.conversation(None, 9).expect("lines").len(), 1);
    take(db, channel, text("hello", 2));
    take(db, channel, came(strange(), 3));
    assert_eq!(
        db.conversation(Some(person(db)), 9).expect("lines").len(),
        2,
        "of one who is known it is theirs"
    );
}

#[test]
fn what_is_told_a_day_late_only_takes_away() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let now = db.now().0;
    let (old, early) = (now - 25 * 3_600_000, now + 11 * 60_000);
    for at in [old, early] {
        take(db, channel, text("订阅 ops", at));
        take(db, channel, follow("", at));
        assert!(db.find_subscriber(UID).is_err(), "nobody is made of it");
    }
    take(db, channel, text("订阅 ops", now));
    take(db, channel, text("状态", old));
    assert_eq!(told(db, person(db)).len(), 1);
    take(db, channel, text("退订", old));
    assert_eq!((state(db).0, told(db, person(db)).len()), (SubscriberState::Unsubscribed, 1));
    let kept: i64 = db.conn.query_row("SELECT count(*) FROM inbound", [], |row| row.get(0)).expect("counted");
    assert_eq!(kept, 7, "all of it is kept");
    // What is dated ahead bars nobody until then.
    take(db, channel, text("退订", early));
    let out: i64 =
        db.conn.query_row("SELECT max(opted_out_ms) FROM subscriber", [], |row| row.get(0)).expect("read");
    assert_eq!(out, now);
}

#[test]
fn a_mark_at_the_end_is_read_over_unless_a_command_or_a_topic_has_it() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    db.add_topic(&NewTopic { name: "Yahoo!".into(), ..NewTopic::default() }).expect("a topic");
    let help = NewRule {
        does: Does::Answer,
        channel: None,
        pattern: "help!".into(),
        topics: Vec::new(),
        tags: Vec::new(),
        text: "It comes.".into(),
        other: String::new(),
    };
    db.set_rule(&help).expect("a rule");
    take(db, channel, text("HELP!", 1));
    take(db, channel, text("subscribe Yahoo!", 2));
    take(db, channel, text("subscribe ops.", 3));
    assert_eq!(told(db, person(db))[0], "It comes.");
    assert_eq!(state(db).1, ["ops", "Yahoo!"]);
}

#[test]
fn whom_an_operator_turned_off_nobody_turns_on() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    take(db, channel, text("hello", 1));
    let who = person(db);
    for state_before in [SubscriberState::Blocked, SubscriberState::Muted] {
        db.set_subscriber_state(who, state_before).expect("set");
        take(db, channel, follow("", 10 + state_before.code()));
        take(db, channel, text("订阅 ops", 20 + state_before.code()));
        assert_eq!(state(db).0, state_before);
    }
    assert_eq!(told(db, who).len(), 1, "the muted one was answered, the blocked one was not");
    db.set_subscriber_state(who, SubscriberState::Blocked).expect("blocked");
    db.remove_subscribers(&[who]).expect("removed");
    take(db, channel, follow("", 99));
    assert_ne!(person(db), who);
    assert_eq!(state(db).0, SubscriberState::Blocked, "removing somebody is no pardon");
    assert!(matches!(db.reply(person(db), "hi", "ann"), Err(StoreError::Denied(Denial::NoWayBack(_)))));
}

#[test]
fn who_leaves_cannot_be_reached_until_they_come_back_and_what_they_wrote_is_gone() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let window = Some(Allowance { messages: Some(5), ms: 1_000_000 });
    take(db, channel, Came { allows: window, ..text("my number is 555", 900_000) });
    let who = person(db);
    let address = db.subscriber(who).expect("there").addresses[0].id;
    assert_eq!(db.reply_window(address).expect("asked").expect("open").left, Some(5));
    for left in (0..5).rev() {
        assert!(db.spend_window(address).expect("spent"));
        assert_eq!(
            db.reply_window(address).expect("asked").map(|window| window.left),
            (left > 0).then_some(Some(left))
        );
    }
    assert!(!db.spend_window(address).expect("spent"));
    take(db, channel, came(Event::Unfollow { forget: true }, 950_000));
    let words: Vec<String> =
        db.conversation(Some(who), 9).expect("lines").into_iter().map(|line| line.text).collect();
    assert_eq!(words, ["", ""]);
    assert!(matches!(db.reply(who, "hi", "ann"), Err(StoreError::Denied(Denial::NoWayBack(_)))));
    assert_eq!(db.channel(channel).expect("there").addresses, 0);
    take(db, channel, follow("", 960_000));
    // Told late: they have come back since.
    take(db, channel, came(Event::Unfollow { forget: true }, 955_000));
    assert_eq!(db.channel(channel).expect("there").addresses, 1);
    assert!(db.reply(who, "hi", "ann").is_ok());
    assert_eq!(db.check().expect("checked"), []);
}

#[test]
fn an_answer_goes_through_the_books_to_one_person_whatever_their_state_and_hour() {
    let (mut shop, channel) = shop();
    take(&mut shop.db, channel, text("退订", 1));
    let who = person(&shop.db);
    shop.db.conn.execute("UPDATE subscriber SET quiet = '00:00-23:59 UTC'", []).expect("quiet");
    take(&mut shop.db, channel, text("a question", 2));
    let id = shop.db.reply(who, "an answer with {{braces}}", "ann").expect("answered");
    let detail = shop.db.broadcast(id).expect("there");
    assert_eq!(
        (detail.row.purpose, detail.draft.message.body.as_str()),
        (Purpose::Reply, r#"an answer with {{ "{{" }}braces}}"#)
    );
    assert_eq!(shop.db.unread_conversations().expect("counted"), 0);
    assert!(shop.db.broadcasts(None, &[], 9).expect("listed").is_empty(), "answers fill no list");
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    // The confirmation, and after it the answer: one after the other, but nobody waits for somebody else's.
    let other = Came { address: Some("UID_other".into()), ..text("退订", 3) };
    take(&mut shop.db, channel, other);
    let first = shop.claim(epoch, 9, 9);
    assert_eq!(first.iter().filter(|call| call.broadcast < id).count(), 1, "{first:?}");
    assert_eq!((first.len(), shop.claim(epoch, 9, 9).len()), (2, 0));
    for call in &first {
        shop.record(epoch, &answered(call, DeliveryState::Accepted));
    }
    let granted = shop.claim(epoch, 9, 9);
    assert_eq!(granted.iter().map(|call| call.broadcast).collect::<Vec<_>>(), [id]);
    assert!(granted[0].deliveries[0].to.is_ok(), "{granted:?}");
    shop.record(epoch, &answered(&granted[0], DeliveryState::Accepted));
    let lines = shop.db.conversation(Some(who), 9).expect("lines");
    let said: Vec<_> = lines
        .iter()
        .filter_map(|line| match &line.said {
            Said::Us { operator, state, .. } => Some((operator.as_deref(), *state)),
            Said::Person { .. } => None,
        })
        .collect();
    assert_eq!(said, [(None, DeliveryState::Accepted), (Some("ann"), DeliveryState::Accepted)]);
    let log = shop.db.audit_log(None, 1).expect("read").remove(0);
    assert_eq!((log.action.as_str(), log.object), ("reply", who.to_string()));
    assert!(matches!(shop.db.reply(who, " \n", "ann"), Err(StoreError::Denied(Denial::NothingSaid))));
    assert_eq!(shop.db.check().expect("checked"), []);
}

#[test]
fn an_answer_waits_for_a_paused_channel() {
    let (mut shop, channel) = shop();
    take(&mut shop.db, channel, text("hello", 2));
    let who = person(&shop.db);
    shop.db.reply(who, "hi", "ann").expect("answered");
    shop.db.pause_channel(channel, crate::domain::broadcast::PauseReason::Operator, "lunch").expect("paused");
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    assert!(shop.claim(epoch, 9, 9).is_empty());
    shop.db.resume_channel(channel).expect("resumed");
    assert_eq!(shop.claim(epoch, 9, 9).len(), 1);
}

#[test]
fn two_machines_that_answer_each_other_stop() {
    let (mut shop, channel) = shop();
    for at in 0..50 {
        take(&mut shop.db, channel, text("状态", at));
    }
    let who = person(&shop.db);
    assert_eq!(told(&shop.db, who).len(), 20);
    shop.passes(3_600_001);
    take(&mut shop.db, channel, text("状态", 99));
    assert_eq!(told(&shop.db, who).len(), 21);
}

#[test]
fn a_wave_of_follows_queues_no_more_answers_than_sending_can_bear() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let rule = NewRule {
        does: Does::Welcome,
        channel: None,
        pattern: String::new(),
        topics: vec!["ops".into()],
        tags: Vec::new(),
        text: "Welcome".into(),
        other: String::new(),
    };
    db.set_rule(&rule).expect("a rule");
    let wave: Vec<Incoming> = (0..320)
        .map(|n| Incoming {
            channel,
            came: Came { address: Some(format!("UID_{n:08}").as_str().into()), ..follow("", n + 1) },
        })
        .collect();
    db.take_in(&wave).expect("taken");
    assert_eq!(db.find_topic("ops").expect("there").people, 320, "everybody is a subscriber");
    assert_eq!(db.open_lanes().expect("lanes").len(), 300);
}

#[test]
fn what_is_about_nobody_or_from_another_application_is_told_apart() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    db.door_url(channel, false).expect("a door");
    let from = |app: &str, at: i64| Came { app: app.into(), ..text("hello", at) };
    assert!(matches!(take(db, channel, from("97", 1)), Taken::New(_)));
    assert_eq!(take(db, channel, from("98", 2)), Taken::Elsewhere);
    assert!(matches!(take(db, channel, from("97", 3)), Taken::New(_)));
    let other = Came {
        address: None,
        raw: "{\"action\":\"moon\"}".into(),
        ..came(Event::Other { action: "moon".into() }, 4)
    };
    take(db, channel, other);
    let rows = db.conversations(&Which::default(), None, 9).expect("listed");
    assert_eq!(rows.iter().map(|row| row.lines).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rows[0].person, None);
    let line = db.conversation(None, 9).expect("lines").remove(0);
    assert!(
        matches!(&line.said, Said::Person { kind: Kind::Other, raw: Some(raw), .. } if raw.contains("moon"))
    );
    assert_eq!(db.mark_conversation_read(None).expect("read"), 1);
}

#[test]
fn a_batch_is_all_or_nothing_and_a_page_goes_on_where_the_last_ended() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    let batch: Vec<Incoming> = (0..30)
        .map(|n| Incoming {
            channel,
            came: Came {
                address: Some(format!("UID_{n:08}").as_str().into()),
                ..text(&format!("hello {n}"), n + 1)
            },
        })
        .collect();
    assert!(db.take_in(&batch).expect("taken").iter().all(|taken| matches!(taken, Taken::New(_))));
    assert!(db.take_in(&batch).expect("taken").iter().all(|taken| *taken == Taken::Again));
    let first = db.conversations(&Which::default(), None, 20).expect("listed");
    let Said::Person { id, .. } = first[19].newest.said else { unreachable!("it came in") };
    let second = db.conversations(&Which::default(), Some(id), 20).expect("listed");
    assert_eq!((first.len(), second.len(), second[0].newest.text.as_str()), (20, 10, "hello 9"));
    assert_eq!(db.count_conversations(&Which::default()).expect("counted"), (30, 30));
    let Said::Person { id, .. } = second[0].newest.said else { unreachable!("it came in") };
    assert_eq!(db.conversations_after(&Which::default(), Some(id), 20).expect("listed"), first);
    assert_eq!(
        db.conversations_after(&Which::default(), None, 10).expect("listed"),
        second,
        "the oldest ones"
    );
    let bad = Incoming { channel: ChannelId(99), came: text("x", 99) };
    let good = Incoming { channel, came: text("y", 99) };
    assert!(db.take_in(&[good, bad]).is_err());
    assert_eq!(db.count_conversations(&Which::default()).expect("counted"), (30, 30));
}

#[test]
fn rules_are_listed_changed_in_place_and_refused_where_they_say_nothing() {
    let (mut shop, channel) = shop();
    let db = &mut shop.db;
    assert_eq!(db.rules().expect("listed").len(), 9, "the defaults");
    let answer = NewRule {
        does: Does::Answer,
        channel: Some(channel),
        pattern: " 值班  电话 ".into(),
        topics: Vec::new(),
        tags: Vec::new(),
        text: "Call 555".into(),
        other: String::new(),
    };
    let id = db.set_rule(&answer).expect("made");
    let again = db.set_rule(&NewRule { text: "Call 556".into(), ..answer.clone() }).expect("changed");
    assert_eq!(id, again);
    take(db, channel, text("值班 电话", 1));
    let who = person(db);
    assert_eq!(told(db, who), ["Call 556"]);
    db.remove_rule(id).expect("removed");
    assert!(matches!(db.remove_rule(id), Err(StoreError::NotFound { .. })));
    take(db, channel, text("值班 电话", 2));
    assert_eq!(db.unread_conversations().expect("counted"), 1);
    let subscribe = NewRule { does: Does::Subscribe, ..answer.clone() };
    let faults = [
        (NewRule { pattern: " ".into(), ..answer.clone() }, RuleFault::Empty),
        (NewRule { pattern: "{topic}".into(), ..subscribe.clone() }, RuleFault::Empty),
        (NewRule { pattern: "{topic} a {topic}".into(), ..subscribe.clone() }, RuleFault::Hole),
        (NewRule { pattern: "call {topic}".into(), ..answer.clone() }, RuleFault::Hole),
        (NewRule { text: String::new(), ..answer.clone() }, RuleFault::NoText),
        (NewRule { text: "x".repeat(2_001), ..answer.clone() }, RuleFault::TooLong),
        (subscribe.clone(), RuleFault::NoTopic),
    ];
    for (rule, fault) in faults {
        assert!(
            matches!(db.set_rule(&rule), Err(StoreError::Denied(Denial::Rule(is))) if is == fault),
            "{rule:?}"
        );
    }
    // A rule that lists topics lets people join those alone.
    let narrow = NewRule {
        pattern: "join {topic}".into(),
        topics: vec!["ops".into()],
        other: "no".into(),
        ..subscribe
    };
    db.set_rule(&narrow).expect("made");
    take(db, channel, text("join storm 警报", 3));
    take(db, channel, text("join ops", 4));
    assert_eq!(state(db).1, ["ops"]);
    assert!(matches!(db.remove_rule(RuleId(999)), Err(StoreError::NotFound { .. })));
}

/// One accepted delivery with the receipt `77`, and one before its answer.
fn sent() -> (Shop, ChannelId, i64, DeliveryId) {
    let (mut shop, channel) = shop();
    shop.people(1, channel);
    let id = shop.release(&[channel]);
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    (shop, channel, epoch, DeliveryId { broadcast: id, seq: 1 })
}

fn accept(shop: &mut Shop, epoch: i64) {
    let granted = shop.claim(epoch, 1, 1);
    let mut records = answered(&granted[0], DeliveryState::Accepted);
    if let Recorded::Moved { receipt, .. } = &mut records[0].result {
        *receipt = Some("77".into());
    }
    shop.record(epoch, &records);
}

fn receipt(arrived: Result<(), Class>) -> Came {
    came(Event::Receipt { receipt: "77".into(), arrived, text: "said".into() }, 5)
}

#[test]
fn a_receipt_confirms_or_rejects_what_was_accepted_once() {
    for (arrived, expected) in
        [(Ok(()), DeliveryState::Confirmed), (Err(Class::Blocked), DeliveryState::Rejected)]
    {
        let (mut shop, channel, epoch, id) = sent();
        accept(&mut shop, epoch);
        assert_eq!(take(&mut shop.db, channel, receipt(arrived)), Taken::Receipt(Some(id)));
        assert_eq!(shop.count(id.broadcast, expected), 1);
        let detail = shop.db.delivery(id).expect("there");
        assert_eq!((detail.row.class, detail.history.len()), (arrived.err(), 2));
        assert_eq!(
            take(&mut shop.db, channel, receipt(arrived)),
            Taken::Receipt(None),
            "a second one changes nothing"
        );
        assert_eq!(shop.db.delivery(id).expect("there").history.len(), 2);
        assert_eq!(shop.db.check().expect("checked"), []);
    }
}

#[test]
fn a_receipt_that_names_no_message_is_about_the_persons_newest_one() {
    let (mut shop, channel, epoch, first) = sent();
    accept(&mut shop, epoch);
    shop.passes(1_000);
    let second = shop.release(&[channel]);
    accept(&mut shop, epoch);
    let unnamed = |address: &str, at: Millis| Came {
        address: Some(address.into()),
        ..came(Event::Receipt { receipt: String::new(), arrived: Ok(()), text: "said".into() }, at.0)
    };
    let now = shop.db.now();
    assert_eq!(take(&mut shop.db, channel, unnamed("stranger", now)), Taken::Receipt(None));
    let early = now.plus(-60_000);
    assert_eq!(
        take(&mut shop.db, channel, unnamed("p0", early)),
        Taken::Receipt(None),
        "told before it was sent"
    );
    let newest = DeliveryId { broadcast: second, seq: 1 };
    assert_eq!(take(&mut shop.db, channel, unnamed("p0", now)), Taken::Receipt(Some(newest)));
    assert_eq!(take(&mut shop.db, channel, unnamed("p0", now)), Taken::Receipt(None), "told again");
    let state = shop.db.delivery(first).expect("there").row.state;
    assert_eq!(state, DeliveryState::Accepted, "an older one is nobody's business");
    let third = shop.release(&[channel]);
    shop.claim(epoch, 1, 1);
    assert_eq!(take(&mut shop.db, channel, unnamed("p0", now)), Taken::Receipt(None), "it is on its way");
    assert_eq!(shop.count(third, DeliveryState::Sending), 1);
    assert_eq!(shop.db.settle_receipts().expect("looked"), 0, "none of them waits");
    assert_eq!(shop.db.check().expect("checked"), []);
}

#[test]
fn a_receipt_that_is_faster_than_its_answer_waits_for_it() {
    let (mut shop, channel, epoch, id) = sent();
    assert_eq!(take(&mut shop.db, channel, receipt(Ok(()))), Taken::Receipt(None));
    assert_eq!(shop.db.settle_receipts().expect("looked"), 1);
    accept(&mut shop, epoch);
    assert_eq!(shop.db.settle_receipts().expect("looked"), 0);
    assert_eq!(shop.count(id.broadcast, DeliveryState::Confirmed), 1);
    // One that nothing ever names is given up.
    let other = came(Event::Receipt { receipt: "78".into(), arrived: Ok(()), text: String::new() }, 6);
    take(&mut shop.db, channel, other);
    assert_eq!(shop.db.settle_receipts().expect("looked"), 1);
    shop.passes(600_001);
    assert_eq!(shop.db.settle_receipts().expect("looked"), 0);
}

#[test]
fn a_receipt_of_another_channel_or_of_an_older_call_proves_nothing() {
    let (mut shop, channel, epoch, id) = sent();
    accept(&mut shop, epoch);
    let other = shop.channel("other");
    assert_eq!(take(&mut shop.db, other, receipt(Ok(()))), Taken::Receipt(None));
    assert_eq!(shop.count(id.broadcast, DeliveryState::Accepted), 1);
    shop.db
        .conn
        .execute(
            "UPDATE delivery SET call = call + 1 WHERE broadcast = :id",
            named_params! { ":id": id.broadcast.0 },
        )
        .expect("sent again since");
    assert_eq!(take(&mut shop.db, channel, receipt(Ok(()))), Taken::Receipt(None));
    assert_eq!(shop.count(id.broadcast, DeliveryState::Accepted), 1);
}

#[test]
fn looking_for_a_receipt_and_for_conversations_reads_no_whole_table() {
    let (shop, _) = shop();
    let plan = |sql: &str| -> String {
        let mut read = shop.db.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a plan");
        let rows = read.query_map([], |row| row.get::<_, String>(3)).expect("rows");
        rows.map(|row| row.expect("a row")).collect::<Vec<_>>().join("; ")
    };
    let receipts = plan("SELECT 1 FROM attempt INDEXED BY attempt_receipt WHERE receipt = '7' AND state = 4");
    assert!(receipts.contains("attempt_receipt (receipt=?)"), "{receipts}");
    let unread =
        plan("UPDATE inbound SET read_ms = 1 WHERE subscriber IS iif(5 = 0, NULL, 5) AND read_ms IS NULL");
    assert!(unread.contains("SEARCH inbound USING"), "{unread}");
}

/// Two channels of one Official Account: a template's, at whose door everything is told, and one for answers.
fn account() -> (Shop, ChannelId, ChannelId) {
    let mut shop = Shop::new();
    let (door, other) = (shop.channel("templates"), shop.channel("answers"));
    let set = "UPDATE channel SET kind = 'wechat', settings = '{\"app_id\":\"wx1\"}'";
    shop.db.conn.execute(set, []).expect("a kind");
    (shop, door, other)
}

#[test]
fn a_receipt_is_about_whichever_channel_of_the_account_sent_it() {
    let (mut shop, door, other) = account();
    shop.people(1, other);
    let epoch = shop.db.become_sender(1).expect("the sender").epoch;
    let id = DeliveryId { broadcast: shop.release(&[other]), seq: 1 };
    assert_eq!(take(&mut shop.db, door, receipt(Ok(()))), Taken::Receipt(None), "before its answer");
    accept(&mut shop, epoch);
    assert_eq!(shop.db.settle_receipts().expect("looked"), 0);
    assert_eq!(shop.count(id.broadcast, DeliveryState::Confirmed), 1);
    shop.passes(1_000);
    let id = DeliveryId { broadcast: shop.release(&[other]), seq: 1 };
    accept(&mut shop, epoch);
    let unnamed = Came {
        address: Some("p0".into()),
        ..came(
            Event::Receipt { receipt: String::new(), arrived: Ok(()), text: "said".into() },
            shop.db.now().0,
        )
    };
    assert_eq!(take(&mut shop.db, door, unnamed), Taken::Receipt(Some(id)));
}

#[test]
fn whoever_acts_at_the_door_of_an_account_is_known_and_may_be_written_to_on_all_its_channels() {
    let (mut shop, door, other) = account();
    let openid = "oBtD-1";
    let person = SubscriberId(shop.person(openid, 0, &[other]));
    let elsewhere = shop.db.subscriber(person).expect("there").addresses[0].id;
    let wrote = Came {
        address: Some(openid.into()),
        allows: Some(Allowance { messages: Some(5), ms: 60_000 }),
        ..text("hello", shop.db.now().0)
    };
    assert!(matches!(take(&mut shop.db, door, wrote), Taken::New(_)));
    let addresses = shop.db.subscriber(person).expect("there").addresses;
    assert_eq!(addresses.len(), 2, "the same person, who can be answered at the door from now on");
    let left = |db: &Db| {
        let left = |id| db.reply_window(id).expect("looked").and_then(|window| window.left);
        addresses.iter().map(|address| left(address.id)).collect::<Vec<_>>()
    };
    assert_eq!(left(&shop.db), [Some(5), Some(5)]);
    assert!(shop.db.spend_window(elsewhere).expect("counted"));
    assert_eq!(left(&shop.db), [Some(4), Some(4)], "the account has one allowance");
    let gone =
        Came { address: Some(openid.into()), ..came(Event::Unfollow { forget: false }, shop.db.now().0) };
    take(&mut shop.db, door, gone);
    let states: Vec<_> =
        shop.db.subscriber(person).expect("there").addresses.iter().map(|address| address.state).collect();
    assert_eq!(states, [AddressState::Dead; 2]);
    assert_eq!(left(&shop.db), [None, None]);
    let states = |db: &Db| -> Vec<AddressState> {
        db.subscriber(person).expect("there").addresses.iter().map(|address| address.state).collect()
    };
    let leave = |shop: &mut Shop| {
        shop.passes(1_000);
        let gone = came(Event::Unfollow { forget: false }, shop.db.now().0);
        take(&mut shop.db, door, Came { address: Some(openid.into()), ..gone });
        assert_eq!(states(&shop.db), [AddressState::Dead; 2]);
        shop.passes(1_000);
        shop.db.now().0
    };
    // Whoever is back is back on all of them, by a follow and by a word.
    for (event, what) in [
        (Event::Follow { scene: String::new() }, "follow"),
        (Event::Text { text: "hello again".into() }, "text"),
    ] {
        let now = leave(&mut shop);
        take(&mut shop.db, door, Came { address: Some(openid.into()), ..came(event, now) });
        assert_eq!(states(&shop.db), [AddressState::Active; 2], "{what}");
    }
    assert_eq!(shop.db.check().expect("checked"), []);
}
