//! What an operator can do with people, and what cannot happen to them.

use super::states::{StateChange, Stood};
use super::*;
use crate::domain::filter::{Filter, Scope};
use crate::domain::secret::Secret;
use crate::domain::subscriber::AddressState;
use crate::store::crowd::{Crowd, address, bark_key};

#[test]
fn a_person_is_added_whole_or_not_at_all() {
    let mut db = Crowd::new();
    let wx = db.with_channel("wx", "wxpusher");
    db.with_topic("ops");
    let mut new = NewSubscriber {
        name: " 王小明 ".into(),
        note: "night shift".into(),
        addresses: vec![address(wx, "UID_abcdefgh")],
        topics: vec!["OPS".into(), "nobody".into()],
        tags: vec!["eu".into()],
        vars: [("team".to_owned(), "a".to_owned())].into(),
        ..NewSubscriber::default()
    };
    assert!(matches!(db.add_subscriber(&new), Err(StoreError::NotFound { what: "topic", .. })));
    assert!(db.people(&Filter::everything(Scope::People), None, 9).expect("list").is_empty());
    new.topics.pop();
    let id = db.add_subscriber(&new).expect("added").id;
    let person = db.subscriber(id).expect("shown");
    assert_eq!((person.name.as_str(), person.note.as_str()), ("王小明", "night shift"));
    assert_eq!((person.topics, person.tags), (vec!["ops".to_owned()], vec!["eu".to_owned()]));
    assert_eq!(person.vars["team"], "a");
    assert_eq!(person.addresses[0].kind, "wxpusher");
    db.counters_agree();
}

#[test]
fn the_same_address_is_the_same_person_and_a_name_never_is() {
    let mut db = Crowd::new();
    let bark = db.with_channel("bark", "bark");
    let wang = db.reachable("王小明", "", "", &[(bark, &bark_key(1))]);
    db.person("王小明", "", "");
    let new = NewSubscriber {
        name: "Wang".into(),
        addresses: vec![address(bark, &bark_key(1))],
        ..NewSubscriber::default()
    };
    let error = db.add_subscriber(&new).expect_err("the address is taken").to_string();
    assert!(error.contains("王小明") && error.contains(&wang.to_string()), "{error}");
    assert!(!error.contains("abcdefghijklmnop"), "{error}");
    assert_eq!(db.names("").len(), 2);
}

#[test]
fn a_secret_address_is_sealed_masked_and_opened_only_on_request() {
    let mut db = Crowd::new();
    let bark = db.with_channel("bark", "bark");
    let id = db.reachable("A", "", "", &[(bark, &bark_key(7))]);
    let shown = &db.subscriber(id).expect("shown").addresses[0];
    assert_eq!((shown.masked.as_str(), shown.secret), ("…0007", true));
    let file: i64 = db
        .conn
        .query_row(
            "SELECT count(*) FROM address WHERE value IS NOT NULL OR instr(sealed, 'abcdef') OR instr(lookup, 'abc')",
            [],
            |row| row.get(0),
        )
        .expect("read");
    assert_eq!(file, 0, "a secret address lies in clear");
    assert!(db.open_address(shown.id).expect("opened").expose().contains(&bark_key(7)));
    assert_eq!(db.find_subscriber(&bark_key(7)).expect("found by address"), id);
    assert_eq!(db.names(&bark_key(7)), ["A"]);
}

#[test]
fn a_lost_race_is_told_and_loses_nothing() {
    let mut db = Crowd::new();
    let id = db.person("A", "", "");
    let rename = |name: &str| SubscriberEdit { name: Some(name.into()), ..SubscriberEdit::default() };
    assert_eq!(db.edit_subscriber(id, Some(1), &rename("B")).expect("edited"), 2);
    assert!(matches!(db.edit_subscriber(id, Some(1), &rename("C")), Err(StoreError::Conflict { .. })));
    assert_eq!(db.subscriber(id).expect("shown").name, "B");
    assert_eq!(db.names("b"), ["B"]);
    assert!(db.names("a").is_empty());
}

#[test]
fn an_edit_sets_exactly_the_topics_and_tags_that_it_names() {
    let mut db = Crowd::new();
    db.with_topic("ops");
    db.with_topic("dev");
    let id = db.person("A", "ops", "x y");
    let edit = SubscriberEdit {
        topics: Some(vec!["dev".into()]),
        tags: Some(vec!["y".into(), "z".into()]),
        vars: [("k".to_owned(), Some("v".to_owned()))].into(),
        lang: Some(Some("zh-CN".into())),
        ..SubscriberEdit::default()
    };
    db.edit_subscriber(id, None, &edit).expect("edited");
    let person = db.subscriber(id).expect("shown");
    assert_eq!((person.topics, person.tags), (vec!["dev".to_owned()], vec!["y".to_owned(), "z".to_owned()]));
    assert_eq!(db.names("lang:zh topic:dev has:var"), ["A"]);
    db.counters_agree();
}

#[test]
fn a_removed_person_is_nowhere_until_undo() {
    let mut db = Crowd::new();
    let bark = db.with_channel("bark", "bark");
    db.with_topic("ops");
    let id = db.reachable("Alice", "ops", "x", &[(bark, &bark_key(1))]);
    db.person("Bob", "ops", "x");
    assert_eq!(db.remove_subscribers(&[id]).expect("removed"), [id]);
    for text in ["", "topic:ops", "tag:x", "-tag:y", "b"] {
        assert_eq!(db.names(text), ["Bob"], "{text}");
    }
    assert!(db.names("Alice").is_empty());
    assert!(db.names("channel:bark").is_empty());
    assert!(db.find_subscriber(&bark_key(1)).is_err());
    db.counters_agree();
    db.restore_subscribers(&[id]).expect("back");
    assert_eq!(db.names("topic:ops tag:x channel:bark lic"), ["Alice"]);
    db.counters_agree();
}

#[test]
fn a_removed_persons_address_is_free_for_somebody_else() {
    let mut db = Crowd::new();
    let bark = db.with_channel("bark", "bark");
    let old = db.reachable("old", "", "", &[(bark, &bark_key(1))]);
    db.remove_subscribers(&[old]).expect("removed");
    let new = db.reachable("new", "", "", &[(bark, &bark_key(1))]);
    db.restore_subscribers(&[old]).expect("back");
    assert!(db.subscriber(old).expect("shown").addresses.is_empty());
    assert_eq!(db.find_subscriber(&bark_key(1)).expect("found"), new);
    db.counters_agree();
}

#[test]
fn a_dead_address_is_repaired_in_place() {
    let mut db = Crowd::new();
    let bark = db.with_channel("bark", "bark");
    let id = db.reachable("A", "", "", &[(bark, &bark_key(1))]);
    db.reachable("B", "", "", &[(bark, &bark_key(2))]);
    let at = db.subscriber(id).expect("shown").addresses[0].id;
    db.mark_address(at, AddressState::Dead).expect("marked");
    assert_eq!(db.channel(bark).expect("shown").addresses, 1);
    let taken = db.repair_address(at, &Secret::new(bark_key(2)));
    assert!(matches!(taken, Err(StoreError::AddressTaken { .. })));
    db.repair_address(at, &Secret::new(bark_key(3))).expect("repaired");
    let repaired = &db.subscriber(id).expect("shown").addresses[0];
    assert_eq!((repaired.id, repaired.state), (at, AddressState::Active));
    assert!(db.open_address(at).expect("opened").expose().contains(&bark_key(3)));
    db.counters_agree();
    db.remove_address(at).expect("removed");
    db.counters_agree();
}

#[test]
fn states_change_for_many_and_tell_what_was_before() {
    let mut db = Crowd::new();
    let (a, b) = (db.person("A", "", ""), db.person("B", "", ""));
    db.set_subscriber_state(a, SubscriberState::Muted).expect("muted");
    let changed =
        db.set_subscriber_states(&[a, b, SubscriberId(99)], SubscriberState::Muted).expect("changed");
    let before = Stood { state: SubscriberState::Active, opted_out: None };
    assert_eq!(changed, [StateChange { id: b, before, now: SubscriberState::Muted }]);
    assert_eq!(db.names("status:muted"), ["B", "A"]);
    assert_eq!(db.names("status:active,blocked"), [""; 0]);
    assert!(db.set_subscriber_state(SubscriberId(99), SubscriberState::Muted).is_err());
}

#[test]
fn who_left_is_neither_muted_nor_let_back_by_the_end_of_a_block() {
    use SubscriberState as S;
    let mut db = Crowd::new();
    let a = db.person("A", "", "");
    for (to, is) in [
        (S::Unsubscribed, S::Unsubscribed),
        (S::Muted, S::Unsubscribed),
        (S::Blocked, S::Blocked),
        (S::Active, S::Unsubscribed),
        (S::Active, S::Active),
        (S::Blocked, S::Blocked),
        (S::Active, S::Active),
    ] {
        db.set_subscriber_states(&[a], to).expect("changed");
        assert_eq!(db.subscriber(a).expect("there").state, is, "{to:?}");
    }
    // What is taken back is as it was, whatever that was.
    for to in [S::Unsubscribed, S::Active] {
        for before in [S::Muted, S::Blocked, S::Active] {
            db.set_subscriber_states(&[a], before).expect("set");
            let changed = db.set_subscriber_states(&[a], to).expect("changed");
            let stood: Vec<_> = changed.iter().map(|change| (change.id, change.before)).collect();
            db.put_back_states(&stood).expect("back");
            db.set_subscriber_states(&[a], S::Active).expect("let go");
            assert_eq!(db.subscriber(a).expect("there").state, S::Active, "{before:?} {to:?}");
        }
    }
}

#[test]
fn hostile_names_are_kept_and_found_but_nul_is_refused() {
    let mut db = Crowd::new();
    for name in ["\u{1b}[31mred", "'; DROP TABLE subscriber; --", "\"quoted\" OR *", "a\u{202e}b", "👩‍👩‍👧", "%_"]
    {
        db.person(name, "", "");
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\\\""));
    for (text, name) in [
        ("drop table", "'; DROP TABLE subscriber; --"),
        ("'", "'; DROP TABLE subscriber; --"),
        ("\"quoted\" OR", "\"quoted\" OR *"),
        ("*", "\"quoted\" OR *"),
        ("%", "%_"),
        ("\u{1b}[", "\u{1b}[31mred"),
        ("👩", "👩‍👩‍👧"),
    ] {
        assert_eq!(db.names(&quoted(text)), [name], "{text}");
    }
    let nul = NewSubscriber { name: "a\0b".into(), ..NewSubscriber::default() };
    assert!(matches!(db.add_subscriber(&nul), Err(StoreError::Denied(_))));
    let long = NewSubscriber { name: "x".into(), note: "y".repeat(2_000_000), ..NewSubscriber::default() };
    assert!(matches!(db.add_subscriber(&long), Err(StoreError::Denied(_))));
}

#[test]
fn a_person_is_found_by_id_address_or_a_name_that_nobody_shares() {
    let mut db = Crowd::new();
    let a = db.person("Alice", "", "");
    let alan = db.person("Alan", "", "");
    db.person("Alan", "", "");
    assert_eq!(db.find_subscriber("u1").expect("by id"), a);
    assert_eq!(db.find_subscriber("ALICE").expect("by name"), a);
    assert!(matches!(db.find_subscriber("Ali"), Err(StoreError::NotFound { .. })));
    let several = db.find_subscriber("Alan").expect_err("two of them").to_string();
    assert!(several.contains(&alan.to_string()), "{several}");
}
