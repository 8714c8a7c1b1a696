//! What an operator can do with channels.

use super::*;
use crate::store::db::wall_clock;

fn store() -> Db {
    Db::in_memory(wall_clock()).expect("a store")
}

fn wxpusher(name: &str) -> NewChannel {
    NewChannel {
        name: name.into(),
        kind: "wxpusher".into(),
        settings: [("base_url".to_owned(), "http://127.0.0.1:1".to_owned())].into(),
        secrets: [("app_token".to_owned(), Secret::new("AT_abcdefghijklmnop"))].into(),
    }
}

#[test]
fn a_channel_is_found_by_name_in_any_case_and_by_id() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("Ops WeChat")).expect("added");
    for wanted in ["ops wechat", " Ops WeChat", "c1", "#c1", "1"] {
        assert_eq!(db.find_channel(wanted).expect(wanted).id, id);
    }
    assert!(matches!(db.find_channel("nobody"), Err(StoreError::NotFound { .. })));
    assert!(matches!(db.add_channel(&wxpusher("OPS WECHAT")), Err(StoreError::Exists { .. })));
    assert!(matches!(db.add_channel(&wxpusher("tags")), Err(StoreError::Denied(_))));
}

#[test]
fn a_credential_is_shown_masked_and_opened_only_on_request() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("ops")).expect("added");
    let shown = db.channel(id).expect("shown");
    assert_eq!(shown.secrets[0].masked, "…mnop");
    assert!(!format!("{shown:?}").contains("AT_abc"));
    assert!(db.account(id, Open::Nothing).expect("closed").secrets.is_empty());
    let open = db.account(id, Open::Secrets).expect("open");
    assert_eq!(open.secret("app_token").expect("set").expose(), "AT_abcdefghijklmnop");
    let clear = ChannelEdit { secrets: [("app_token".to_owned(), None)].into(), ..ChannelEdit::default() };
    db.edit_channel(id, None, &clear).expect("cleared");
    assert!(db.account(id, Open::Secrets).expect("open").secrets.is_empty());
}

#[test]
fn a_password_shows_neither_its_end_nor_its_length() {
    let mut db = store();
    let mail = NewChannel {
        name: "mail".into(),
        kind: "email".into(),
        settings: [("host".to_owned(), "127.0.0.1".to_owned())].into(),
        secrets: [("password".to_owned(), Secret::new("a very long password"))].into(),
    };
    let id = db.add_channel(&mail).expect("added");
    assert_eq!(db.channel(id).expect("shown").secrets[0].masked, "****");
}

#[test]
fn a_lost_race_is_told_and_a_changed_channel_is_no_longer_verified() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("ops")).expect("added");
    db.record_verified(id, true, "ok").expect("recorded");
    let rename = ChannelEdit { name: Some("ops2".into()), ..ChannelEdit::default() };
    assert_eq!(db.edit_channel(id, Some(1), &rename).expect("edited"), 2);
    assert!(db.channel(id).expect("shown").verified.expect("still proven").ok);
    assert!(matches!(db.edit_channel(id, Some(1), &rename), Err(StoreError::Conflict { .. })));
    let set = ChannelEdit {
        settings: [("base_url".to_owned(), Some("http://127.0.0.1:2".to_owned()))].into(),
        ..ChannelEdit::default()
    };
    db.edit_channel(id, Some(2), &set).expect("edited");
    assert_eq!(db.channel(id).expect("shown").verified, None);
}

#[test]
fn a_pause_keeps_its_first_reason_until_it_is_resumed() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("ops")).expect("added");
    db.pause_channel(id, PauseReason::Credential, "1001 bad token").expect("paused");
    db.pause_channel(id, PauseReason::Operator, "").expect("paused again");
    let channel = db.channel(id).expect("shown");
    assert_eq!(channel.health(), Health::Off);
    assert_eq!(channel.pause.expect("paused").reason, PauseReason::Credential);
    db.resume_channel(id).expect("resumed");
    assert_eq!(db.channel(id).expect("shown").pause, None);
}

#[test]
fn a_removed_channel_frees_its_name_and_can_come_back() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("ops")).expect("added");
    db.remove_channel(id).expect("removed");
    assert!(db.channels().expect("list").is_empty());
    assert!(matches!(db.find_channel("c1"), Err(StoreError::NotFound { .. })));
    assert!(db.channel(id).expect("for history").removed.is_some());
    let second = db.add_channel(&wxpusher("ops")).expect("the name is free");
    assert!(matches!(db.restore_channel(id), Err(StoreError::Exists { .. })));
    db.remove_channel(second).expect("removed");
    db.restore_channel(id).expect("back");
    assert_eq!(db.channels().expect("list").len(), 1);
}

#[test]
fn health_looks_at_the_last_hundred_attempts() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("ops")).expect("added");
    let health = |went: Vec<bool>| {
        let went = went.into_iter().map(|well| if well { Went::Through } else { Went::Failed });
        note_attempts(&db.conn, id, went).expect("noted");
        let channel = db.channel(id).expect("shown");
        (channel.recent.tried, channel.health())
    };
    assert_eq!(health(vec![]), (0, Health::Untested));
    assert_eq!(health(vec![false; 4]), (4, Health::Failing));
    assert_eq!(health(vec![true; 99]), (100, Health::Ok));
    assert_eq!(health([vec![false; 2], vec![true; 3]].concat()), (100, Health::Slow));
    assert_eq!(health(vec![false; 5]), (100, Health::Failing));
}

#[test]
fn a_rest_is_told_until_it_is_over_and_a_repair_or_a_person_ends_it() {
    let mut db = store();
    let id = db.add_channel(&wxpusher("ops")).expect("added");
    let rest = |ms: i64| Rest { until: wall_clock()().plus(ms), class: Class::Provider };
    let note = |db: &mut Db, version: i64, rest: Option<Rest>| {
        db.note_rests(&[(id, version, rest)]).expect("noted");
        db.channel(id).expect("shown").rest
    };
    let hour = rest(3_600_000);
    assert_eq!(note(&mut db, 1, Some(hour)), Some(hour));
    assert_eq!(db.rests().expect("read"), [(id, hour)]);
    assert_eq!(note(&mut db, 1, Some(rest(-1))), None, "it has passed");
    assert_eq!(note(&mut db, 1, Some(rest(2 * 24 * 3_600_000))), None, "the clock was set back");
    assert_eq!(note(&mut db, 1, None), None, "it ended early");

    let rename = ChannelEdit { name: Some("ops2".into()), ..ChannelEdit::default() };
    note(&mut db, 1, Some(hour));
    db.edit_channel(id, None, &rename).expect("renamed");
    assert_eq!(db.channel(id).expect("shown").rest, Some(hour), "a name repairs nothing");
    let repair = ChannelEdit { secrets: [("app_token".to_owned(), None)].into(), ..ChannelEdit::default() };
    db.edit_channel(id, None, &repair).expect("repaired");
    assert_eq!(db.channel(id).expect("shown").rest, None);
    assert_eq!(note(&mut db, 2, Some(hour)), None, "what was learned before the repair");

    note(&mut db, 3, Some(hour));
    db.record_verified(id, false, "no").expect("recorded");
    assert_eq!(db.channel(id).expect("shown").rest, Some(hour), "nothing is proven");
    db.record_verified(id, true, "ok").expect("recorded");
    assert_eq!(db.channel(id).expect("shown").rest, None);
    note(&mut db, 3, Some(hour));
    db.resume_channel(id).expect("resumed");
    assert_eq!(db.channel(id).expect("shown").rest, None);
}
