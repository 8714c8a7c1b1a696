//! What filters find: by index and row by row, in pages and as audiences.

use super::*;
use crate::store::crowd::{Crowd, bark_key, filter};

/// Alice, 王小明, 李雷, Bob with a few memberships; Bob is muted, and Eve is removed.
fn crowd() -> Crowd {
    let mut db = Crowd::new();
    let bark = db.with_channel("手机", "bark");
    let mail = db.with_channel("mail", "email");
    for topic in ["ops", "dev", "empty"] {
        db.with_topic(topic);
    }
    db.reachable("Alice Élan", "ops", "vip", &[(bark, &bark_key(1)), (mail, "alice@example.org")]);
    db.reachable("王小明", "ops dev", "", &[(mail, "wang@example.org")]);
    db.person("李雷", "dev", "muted");
    let bob = db.reachable("Bob", "dev", "", &[(bark, &bark_key(2))]);
    db.set_subscriber_state(bob, SubscriberState::Muted).expect("muted");
    let eve = db.reachable("Eve", "ops dev", "vip", &[(bark, &bark_key(3))]);
    db.remove_subscribers(&[eve]).expect("removed");
    db
}

#[test]
fn every_sort_of_term_finds_its_people() {
    let db = crowd();
    let cases: [(&str, &[&str]); 34] = [
        ("", &["Bob", "李雷", "王小明", "Alice Élan"]),
        ("topic:ops", &["王小明", "Alice Élan"]),
        ("topic:OPS,t2", &["Bob", "李雷", "王小明", "Alice Élan"]),
        ("topic:ops,dev -tag:muted", &["Bob", "王小明", "Alice Élan"]),
        ("topic:ops topic:dev", &["王小明"]),
        ("topic:empty", &[]),
        ("-topic:ops", &["Bob", "李雷"]),
        ("-topic:ops,dev", &[]),
        ("tag:vip,muted", &["李雷", "Alice Élan"]),
        ("tag:nobody-has-it", &[]),
        ("-tag:nobody-has-it topic:dev", &["Bob", "李雷", "王小明"]),
        ("channel:手机", &["Bob", "Alice Élan"]),
        ("channel:email -channel:bark", &["王小明"]),
        ("status:muted", &["Bob"]),
        ("-status:muted topic:dev", &["李雷", "王小明"]),
        ("status:active,muted", &["Bob", "李雷", "王小明", "Alice Élan"]),
        ("id:u1,u3", &["李雷", "Alice Élan"]),
        ("id:u5", &[]),
        ("lic", &["Alice Élan"]),
        ("ＡＬＩＣＥ", &["Alice Élan"]),
        ("elan", &["Alice Élan"]),
        ("小", &["王小明"]),
        ("小明", &["王小明"]),
        ("王小明", &["王小明"]),
        ("明小", &[]),
        ("b", &["Bob"]),
        ("-b", &["李雷", "王小明", "Alice Élan"]),
        ("\"e é\"", &["Alice Élan"]),
        ("name:bob,雷", &["Bob", "李雷"]),
        ("小 topic:dev", &["王小明"]),
        ("wang@example.org", &["王小明"]),
        ("has:address -has:tag", &["Bob", "王小明"]),
        ("since:1d", &["Bob", "李雷", "王小明", "Alice Élan"]),
        ("until:1d", &[]),
    ];
    for (text, found) in cases {
        assert_eq!(db.names(text), found, "{text}");
    }
}

#[test]
fn an_unknown_topic_or_channel_is_an_error_and_an_unknown_tag_a_hint() {
    let db = crowd();
    for text in ["topic:opps", "-topic:opps", "channel:sms"] {
        assert!(matches!(db.count_people(&filter(text)), Err(StoreError::NotFound { .. })), "{text}");
    }
    let unknown = db.unknown_tags(&filter("-tag:mutde tag:vip")).expect("asked");
    assert_eq!(unknown.len(), 1);
    assert_eq!((unknown[0].name.as_str(), unknown[0].nearest.as_deref()), ("mutde", Some("muted")));
}

#[test]
fn pages_follow_each_other_in_both_directions() {
    let mut db = Crowd::new();
    db.with_topic("a");
    db.with_topic("b");
    for n in 0..25 {
        db.person(&format!("p{n}"), if n % 2 == 0 { "a" } else { "a b" }, "");
    }
    for text in ["", "topic:a,b", "p", "-topic:b"] {
        let all = db.people_ids(&filter(text), None, 100).expect("all");
        let first = db.people_ids(&filter(text), None, 5).expect("first");
        let second = db.people_ids(&filter(text), first.last().copied(), 5).expect("second");
        assert_eq!([first.clone(), second.clone()].concat(), all[..10], "{text}");
        let back = db.people_before(&filter(text), second[0], 5).expect("back");
        assert_eq!(back.into_iter().map(|person| person.id).collect::<Vec<_>>(), first, "{text}");
    }
}

#[test]
fn an_audience_counts_each_person_once_with_the_reason_for_the_rest() {
    let mut db = crowd();
    let at = db.subscriber(SubscriberId(2)).expect("shown").addresses[0].id;
    db.mark_address(at, crate::domain::subscriber::AddressState::Dead).expect("marked");
    let (bark, mail) = (ChannelId(1), ChannelId(2));
    let counted = db.audience_count(&filter(""), &[mail, bark], false).expect("counted");
    assert_eq!((counted.people, counted.to_send()), (4, 1));
    assert_eq!(counted.channels, [(mail, 1), (bark, 0)]);
    let skipped: Vec<_> = counted.skipped.into_iter().collect();
    assert_eq!(skipped, [(SkipReason::Muted, 1), (SkipReason::NoAddress, 1), (SkipReason::DeadAddress, 1)]);
    let every = db.audience_count(&filter(""), &[mail, bark], true).expect("counted");
    assert_eq!(every.channels, [(mail, 1), (bark, 1)]);
    assert_eq!(every.skipped.values().sum::<i64>(), 3);
}

#[test]
fn the_audience_of_a_broadcast_holds_everybody_but_the_removed() {
    let db = crowd();
    assert_eq!(collect_audience(&db.conn, &filter("topic:ops,dev -tag:muted")).expect("collected"), 3);
    let ids: Vec<i64> = db
        .conn
        .prepare("SELECT subscriber FROM plan_person")
        .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
        .expect("read");
    assert_eq!(ids, [1, 2, 4]);
}

#[test]
fn a_broadcast_to_a_whole_address_reaches_its_owner() {
    use crate::domain::broadcast::Purpose;
    use crate::store::broadcasts::Draft;
    use crate::store::plan::{Gate, Release, Released};

    let mut db = crowd();
    let draft = Draft { audience: "wang@example.org".into(), ..Draft::default() };
    let id = db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
    let release = Release { by: "ann".into(), seen: 1, gate: Gate::Exactly(1), keeper: None, expected: None };
    let released = db.release(id, &release).expect("released");
    assert!(matches!(released, Released::Done { to_send: 1, .. }), "{released:?}");
}

#[test]
fn no_page_and_no_audience_walks_through_everybody() {
    let db = crowd();
    for text in [
        "topic:ops",
        "topic:ops,dev",
        "tag:vip -topic:dev",
        "channel:email",
        "alice",
        "小",
        "topic:ops 小",
        "status:muted",
        "id:u1,u3",
        "topic:ops,dev -tag:muted",
    ] {
        let resolved = resolve::resolve(&db.conn, &filter(text), db.now()).expect(text);
        for sql in [resolved.page(None, 60), resolved.audience()] {
            let plan: Vec<String> = db
                .conn
                .prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))
                .and_then(|mut read| {
                    read.query_map(params_from_iter(sql.values), |row| row.get("detail"))?.collect()
                })
                .expect(text);
            for step in &plan {
                let whole = step.starts_with("SCAN")
                    && !step.contains("VIRTUAL TABLE")
                    && !step.contains("subscriber_removed")
                    && !step.contains("CONSTANT")
                    && !step.starts_with("SCAN x");
                assert!(!whole, "{text}: {plan:#?}\n{}", sql.text);
                assert!(!step.contains("AUTOMATIC"), "{text}: {plan:#?}");
            }
        }
    }
}

#[test]
fn people_of_a_running_import_are_in_no_list_and_no_audience() {
    let mut db = crowd();
    db.conn
        .execute_batch(
            "INSERT INTO import (state, id_from, id_to, file, created_ms) VALUES ('running', 4, 4, 'x.csv', 0);
             UPDATE tally SET n = n - 1; UPDATE topic SET people = people - 1 WHERE id = 2;",
        )
        .expect("an import");
    assert_eq!(db.names(""), ["李雷", "王小明", "Alice Élan"]);
    assert_eq!(db.names("topic:dev"), ["李雷", "王小明"]);
    assert!(db.names("bob").is_empty());
    assert!(db.subscriber(SubscriberId(4)).is_err());
    assert_eq!(db.audience_count(&filter(""), &[ChannelId(1)], false).expect("counted").people, 3);
    let _: () = db.conn.execute_batch("UPDATE import SET state = 'done'").expect("flipped");
    assert_eq!(db.person_rows(&[SubscriberId(4)]).expect("shown")[0].name, "Bob");
    db.remove_subscribers(&[SubscriberId(4)]).expect("removed");
}
