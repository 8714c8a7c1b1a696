//! What an operator's file does, and what it never does.

use std::io::Cursor;

use super::*;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{ChannelId, SubscriberId};
use crate::domain::subscriber::{AddressState, SubscriberState};
use crate::store::crowd::{Crowd, bark_key};

fn open(text: impl Into<Vec<u8>>, mode: Mode) -> Import {
    Import::open(Box::new(Cursor::new(text.into())), "people.csv", mode)
}

fn import(db: &mut Crowd, text: impl Into<Vec<u8>>) -> Report {
    let report = db.import_all(open(text, Mode::Write)).expect("imported");
    db.counters_agree();
    report
}

fn wrong(db: &mut Crowd, text: impl Into<Vec<u8>>) -> Vec<String> {
    let before = db.names("");
    let report = import(db, text);
    assert_eq!((report.added, report.updated), (0, 0));
    assert_eq!(db.names(""), before, "something was written");
    report.errors.iter().map(ToString::to_string).collect()
}

/// A thousand lines.
fn lines(line: impl Fn(usize) -> String) -> String {
    (0..1_000).map(line).collect::<Vec<_>>().concat()
}

/// Runs an import until addresses, and so nearly everything, are written, but not shown.
fn step_until_written(db: &mut Crowd, running: &mut Import) {
    let count = |db: &Crowd| -> i64 {
        let sql = "SELECT count(*) FROM topic_member m JOIN subscriber s ON s.id = m.subscriber WHERE s.name LIKE 'p%'";
        db.conn.query_row(sql, [], |row| row.get(0)).expect("counted")
    };
    while count(db) == 0 {
        let progress = db.import_step(running).expect("a step");
        assert!(!matches!(progress, Progress::Done(_)), "shown too early");
    }
}

fn shop() -> Crowd {
    let mut db = Crowd::new();
    db.with_channel("手机", "bark");
    db.with_channel("work mail", "email");
    db.with_channel("home mail", "email");
    db.with_topic("ops");
    db
}

#[test]
fn a_file_with_every_sort_of_column_arrives_whole() {
    let mut db = shop();
    let text = format!(
        "\u{feff}name,topics,tags,note,var.team,bark,Work Mail\r\n\
         王小明,ops;研发,vip; eu ,\"two\nlines\",a,{},wang@example.org\r\n\
         Alice,,,,,,\r\n",
        bark_key(1)
    );
    let report = import(&mut db, text);
    assert_eq!((report.rows, report.added, report.errors_total), (2, 2, 0));
    assert_eq!(report.topics_created, ["研发"]);
    assert_eq!(db.names("topic:研发 tag:eu channel:手机 channel:\"work mail\""), ["王小明"]);
    assert_eq!(db.names("lic"), ["Alice"]);
    assert_eq!(db.names("小"), ["王小明"]);
    let wang = db.subscriber(db.find_subscriber("王小明").expect("found")).expect("shown");
    assert_eq!((wang.note.as_str(), wang.vars["team"].as_str()), ("two\nlines", "a"));
    assert_eq!(wang.addresses.len(), 2);
    assert!(db.open_address(wang.addresses[0].id).expect("opened").expose().contains(&bark_key(1)));
}

#[test]
fn a_dry_run_reports_the_same_and_writes_nothing() {
    let mut db = shop();
    db.reachable("Old", "ops", "", &[(ChannelId(1), &bark_key(1))]);
    db.reachable("Same", "ops", "", &[(ChannelId(1), &bark_key(2))]);
    let text = format!(
        "name,topics,bark\nOld,new,{}\nSame,ops,{}\nNew,new,{}\nNew too,ops,{}\n",
        bark_key(1),
        bark_key(2),
        bark_key(3),
        bark_key(3)
    );
    let dry = db.import_all(open(text.clone(), Mode::DryRun)).expect("checked");
    assert_eq!((dry.added, dry.merged, dry.updated, dry.unchanged), (1, 1, 1, 1));
    assert_eq!(db.names(""), ["Same", "Old"]);
    assert!(db.find_topic("new").is_err());
    let real = import(&mut db, text);
    assert_eq!(Report { dry_run: true, ..real }, dry);
    assert_eq!(db.names("topic:new"), ["New", "Old"]);
    assert_eq!(db.names("topic:ops"), ["New", "Same", "Old"]);
}

#[test]
fn the_same_file_again_changes_nothing() {
    let mut db = shop();
    let text = format!("name,topics,tags,note,var.a,bark\nA,x;y,t,n,1,{}\n", bark_key(1));
    assert_eq!(import(&mut db, text.clone()).added, 1);
    let again = import(&mut db, text);
    assert_eq!((again.added, again.updated, again.unchanged), (0, 0, 1));
    assert_eq!(db.names("").len(), 1);
}

#[test]
fn a_known_address_updates_its_person_and_keeps_the_name() {
    let mut db = shop();
    let id = db.reachable("王小明", "ops", "", &[(ChannelId(1), &bark_key(1))]);
    let text = format!("name,tags,var.team,bark,work mail\nWang,vip,b,{},wang@example.org\n", bark_key(1));
    let report = import(&mut db, text);
    assert_eq!((report.added, report.updated), (0, 1));
    assert_eq!(report.notes[0].text, Remark::KeepsName(id));
    let person = db.subscriber(id).expect("shown");
    assert_eq!((person.name.as_str(), person.tags[0].as_str()), ("王小明", "vip"));
    assert_eq!((person.vars["team"].as_str(), person.addresses.len()), ("b", 2));
    assert_eq!(person.topics, ["ops"]);
}

#[test]
fn an_import_never_undoes_an_opt_out() {
    let mut db = shop();
    let out = db.reachable("Out", "", "", &[(ChannelId(1), &bark_key(1))]);
    let gone = db.reachable("Gone", "", "", &[(ChannelId(1), &bark_key(2))]);
    db.set_subscriber_state(out, SubscriberState::Unsubscribed).expect("out");
    db.set_subscriber_state(gone, SubscriberState::Blocked).expect("blocked");
    db.remove_subscribers(&[gone]).expect("removed");
    let text = format!("name,topics,bark\nOut,ops,{}\nGone,ops,{}\n", bark_key(1), bark_key(2));
    let report = import(&mut db, text);
    assert_eq!(report.notes[0].text, Remark::StaysOut(out));
    assert_eq!(db.names("status:unsubscribed"), ["Out"]);
    // Removed people come back as new ones, and still blocked.
    assert_eq!(db.names("status:blocked topic:ops"), ["Gone"]);
}

#[test]
fn rows_with_the_same_address_become_one_person() {
    let mut db = shop();
    let text = format!(
        "name,topics,note,bark,work mail\nA,ops,,{},a@example.org\nB,x,late,,a@example.org\n",
        bark_key(1)
    );
    let report = import(&mut db, text);
    assert_eq!((report.added, report.merged), (1, 1));
    assert_eq!(report.notes.last().expect("a note").text, Remark::SameAsLine(2));
    assert_eq!(db.names("topic:ops topic:x has:note"), ["A"]);
}

#[test]
fn a_row_that_ties_two_people_together_is_refused() {
    let mut db = shop();
    let old = db.reachable("Old", "", "", &[(ChannelId(1), &bark_key(1))]);
    let text = format!("name,bark,work mail\nA,,a@example.org\nB,{},a@example.org\n", bark_key(1));
    let errors = wrong(&mut db, text);
    assert_eq!(errors, [format!("line 3: its addresses belong to two people: {old} and line 2")]);
}

#[test]
fn unknown_columns_are_refused_by_name_with_the_nearest_known_one() {
    let mut db = shop();
    assert_eq!(
        wrong(&mut db, "name,topic,email,phone\nA,ops,,\n"),
        [
            "line 1, column topic: unknown column; did you mean `topics`?",
            "line 1, column email: several channels are of this kind; name one of them: work mail, home mail",
            "line 1, column phone: unknown column",
        ]
    );
    assert_eq!(wrong(&mut db, "topics\nops\n"), ["line 1: the column `name` is missing"]);
    assert_eq!(wrong(&mut db, "name,bark,手机\nA,,\n"), ["line 1, column 手机: the column is there twice"]);
    assert_eq!(wrong(&mut db, ""), ["line 1: the file is empty; the first line names the columns"]);
    assert_eq!(wrong(&mut db, "name,var.\nA,\n"), ["line 1, column var.: unknown column"]);
}

#[test]
fn every_mistake_is_told_with_line_and_column_and_nothing_is_written() {
    let mut db = shop();
    let mut text =
        b"name,note,topics,bark\nok,,,\n,x,,\nA,\xff\xfe,,\nB,a\0b,,\nC,,\"a,b\",\nD\nE,,,\"x\x01\"\n"
            .to_vec();
    text.extend(format!("F,{},,\nG,\"{}\",,\n", "y".repeat(5_000), "z".repeat(2_000_000)).bytes());
    let errors = wrong(&mut db, text);
    assert_eq!(
        errors[..5],
        [
            "line 3, column name: the name is empty",
            "line 4, column note: not valid UTF-8; save the file as UTF-8",
            "line 5, column note: a NUL character",
            "line 6, column topics: `a,b`: the name has `,` in it, which has a meaning of its own in filters and files",
            "line 7: 1 cells where the header has 4",
        ]
    );
    assert!(errors[5].starts_with("line 8, column bark: "), "{}", errors[5]);
    assert_eq!(
        errors[6..],
        [
            "line 9, column note: the cell is longer than 4096 bytes",
            "line 10, column note: the cell is longer than 4096 bytes",
        ]
    );
}

#[test]
fn the_first_thousand_mistakes_are_kept() {
    let mut db = shop();
    let text = format!("name\n{}", "\"\"\n".repeat(5_000));
    let report = import(&mut db, text);
    assert_eq!((report.errors.len(), report.errors_total), (KEEP, KEEP as u64));
}

#[test]
fn whoever_stays_takes_back_what_a_killed_import_left_a_little_at_a_time() {
    let mut db = shop();
    assert_eq!(db.clean_up_imports().expect("looked"), Tidied::All);
    let rows: String = lines(|n| format!("p{n},new,{}\n", bark_key(n)));
    let mut running = open(format!("name,topics,bark\n{rows}"), Mode::Write);
    step_until_written(&mut db, &mut running);
    drop(running);
    let people = |db: &Db| -> i64 {
        db.conn.query_row("SELECT count(*) FROM subscriber", [], |row| row.get(0)).expect("counted")
    };
    let before = people(&db);
    assert_eq!(db.clean_up_imports().expect("some"), Tidied::Some);
    assert!(people(&db) < before);
    while db.clean_up_imports().expect("the rest") == Tidied::Some {}
    assert_eq!(people(&db), 0);
    // Their addresses are free again.
    db.person("ann", "", "");
    assert_eq!(import(&mut db, format!("name,bark\nben,{}\n", bark_key(1))).added, 1);
}

#[test]
fn nobody_sees_a_running_import_and_a_killed_one_leaves_nothing() {
    let mut db = shop();
    db.person("here", "ops", "");
    let rows: String = lines(|n| format!("p{n},ops;new,{}\n", bark_key(n)));
    let text = format!("name,topics,bark\n{rows}");
    let mut running = open(text.clone(), Mode::Write);
    step_until_written(&mut db, &mut running);
    assert_eq!(db.names(""), ["here"]);
    assert_eq!(db.names("topic:ops"), ["here"]);
    assert!(db.names("p1").is_empty());
    assert!(db.find_topic("new").is_err());
    let beside = db.person("beside", "", "");
    // The process dies here; the next import finds what it left.
    drop(running);
    let report = import(&mut db, "name\nnext\n");
    assert_eq!(report.added, 1);
    assert_eq!(db.names(""), ["next", "beside", "here"]);
    let left: i64 = db
        .conn
        .query_row(
            "SELECT (SELECT count(*) FROM subscriber) + (SELECT count(*) FROM address) + (SELECT count(*) FROM topic)",
            [],
            |row| row.get(0),
        )
        .expect("counted");
    assert_eq!(left, 3 + 1);
    let report = import(&mut db, text);
    assert_eq!(report.added, 1_000);
    assert_eq!(db.audience_size(&crate::store::crowd::filter("topic:new,ops")).expect("counted"), 1_001);
    assert!(db.subscriber(beside).is_ok());
}

#[test]
fn an_import_can_be_given_up() {
    let mut db = shop();
    let rows: String = lines(|n| format!("p{n},new\n"));
    let mut running = open(format!("name,topics\n{rows}"), Mode::Write);
    step_until_written(&mut db, &mut running);
    db.abandon_import(running).expect("given up");
    assert!(db.names("").is_empty());
    assert!(db.find_topic("new").is_err());
    assert_eq!(import(&mut db, "name,topics\nA,new\n").topics_created, ["new"]);
}

#[test]
fn somebody_who_takes_an_address_meanwhile_stops_the_import_and_keeps_it() {
    let mut db = shop();
    let rows: String = lines(|n| format!("p{n},ops,{}\n", bark_key(n)));
    let mut running = open(format!("name,topics,bark\n{rows}"), Mode::Write);
    while !matches!(db.import_step(&mut running).expect("a step"), Progress::Writing(..)) {}
    db.reachable("first", "", "", &[(ChannelId(1), &bark_key(999))]);
    let error = loop {
        match db.import_step(&mut running) {
            Ok(Progress::Done(_)) => unreachable!("the address is taken"),
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("…0999"), "{error}");
    assert_eq!(db.names(""), ["first"]);
    db.counters_agree();
    assert_eq!(db.subscriber(SubscriberId(1_001)).expect("shown").name, "first");
}

fn import_as(db: &mut Crowd, text: &str, reading: Reading) -> Report {
    let source = Box::new(Cursor::new(text.as_bytes().to_vec()));
    let report =
        db.import_all(Import::open_as(source, "theirs.csv", Mode::Write, reading)).expect("imported");
    db.counters_agree();
    report
}

/// A store with one mail channel.
fn mailers() -> Crowd {
    let mut db = Crowd::new();
    db.with_channel("手机", "bark");
    db.with_channel("mail", "email");
    db
}

const LISTMONK: &str = "uuid,email,name,attributes,status,created_at,updated_at\n\
    c2cc0b31-b485-4d72-8ce8-b47081beadec,ann@example.org,Ann,\"{\"\"city\"\": \"\"上海\"\", \"\"age\"\": 7, \"\"x y\"\": [1], \"\"n\"\": null}\",enabled,2024-07-29T11:01:31Z,2024-07-29T11:01:31Z\n\
    d3,bo@example.org,,{},blocklisted,,\n\
    e4,cy@example.org,Cy,,disabled,,\n";

#[test]
fn a_file_of_listmonk_is_known_by_its_header_and_keeps_who_opted_out() {
    let mut db = mailers();
    let report = import(&mut db, LISTMONK);
    assert_eq!((report.rows, report.added, report.errors_total), (3, 3, 0));
    let person =
        |db: &Crowd, name: &str| db.subscriber(db.find_subscriber(name).expect("found")).expect("shown");
    let ann = person(&db, "Ann");
    let vars: Vec<(&str, &str)> =
        ann.vars.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(vars, [("age", "7"), ("city", "上海"), ("x_y", "[1]")]);
    assert_eq!(ann.state, SubscriberState::Active);
    assert_eq!(person(&db, "bo@example.org").state, SubscriberState::Unsubscribed);
    assert_eq!(person(&db, "Cy").state, SubscriberState::Muted);
    // Who opts out there later is out here too; who comes back there does not come back here.
    let turned = LISTMONK.replace("enabled", "blocklisted").replacen("blocklisted,,", "enabled,,", 1);
    let report = import(&mut db, turned);
    assert_eq!((report.added, report.updated), (0, 1));
    assert_eq!(person(&db, "Ann").state, SubscriberState::Unsubscribed);
    assert_eq!(person(&db, "bo@example.org").state, SubscriberState::Unsubscribed);
}

#[test]
fn what_is_wrong_in_a_file_of_listmonk_is_told_and_nothing_is_written() {
    let mut db = mailers();
    let head = "email,name,attributes,status\n";
    for (text, expected) in [
        (format!("{head}a@b.cd,A,[1],enabled\n"), "line 2, column attributes: not a JSON object"),
        (format!("{head}a@b.cd,A,,asleep\n"), "line 2, column status: unknown status"),
        ("email,status,shoe\n".to_owned(), "line 1, column shoe: unknown column"),
    ] {
        assert_eq!(wrong(&mut db, text), [expected]);
    }
    db.with_channel("mail too", "email");
    let text = format!("{head}a@b.cd,A,,enabled\n");
    assert!(wrong(&mut db, text.clone())[0].contains("several channels"), "which one?");
    let reading = Reading { channel: Some("mail too".into()), ..Reading::default() };
    assert_eq!(import_as(&mut db, &text, reading).added, 1);
}

#[test]
fn a_file_of_wepush_has_no_header_its_address_first_and_then_its_variables() {
    let mut db = mailers();
    let text = "\"ann@example.org\",\"Ann\",\"1,200\"\n\"bo@example.org\",\"Bo\",\"\"\n";
    let reading = Reading { layout: Layout::WePush, channel: Some("mail".into()), name_column: None };
    let report = import_as(&mut db, text, reading.clone());
    assert_eq!((report.rows, report.added), (2, 2));
    let ann = db.subscriber(db.find_subscriber("ann@example.org").expect("found")).expect("shown");
    assert_eq!((ann.vars["var1"].as_str(), ann.vars["var2"].as_str()), ("Ann", "1,200"));
    assert_eq!(import_as(&mut db, text, reading.clone()).unchanged, 2);
    // Keys of a phone are secrets, and no names.
    let keys = format!("{},Cy\n", bark_key(1));
    let phone = Reading { channel: Some("手机".into()), ..reading };
    assert_eq!(import_as(&mut db, &keys, phone.clone()).errors[0].problem, Problem::NoName);
    assert_eq!(import_as(&mut db, &keys, Reading { name_column: Some(2), ..phone }).added, 1);
    assert_eq!(db.names("channel:手机"), ["Cy"]);
    let short = "dee@example.org\nann@example.org,x\n";
    let reading = Reading { layout: Layout::WePush, channel: Some("mail".into()), name_column: None };
    let report = import_as(&mut db, short, reading);
    assert!(matches!(report.errors[0], RowError { line: 2, problem: Problem::Cells { .. }, .. }));
}

#[test]
fn an_import_brings_back_neither_an_unfollowed_address_nor_an_opt_out_without_its_moment() {
    let mut db = shop();
    let unfollowed = db.reachable("Unfollowed", "", "", &[(ChannelId(1), &bark_key(1))]);
    let out = db.reachable("Out", "", "", &[(ChannelId(1), &bark_key(2))]);
    let address = db.subscriber(unfollowed).expect("shown").addresses[0].id;
    db.mark_address(address, AddressState::Dead).expect("dead");
    db.conn
        .execute("UPDATE subscriber SET state = 2, opted_out_ms = 77 WHERE id = ?1", [out.0])
        .expect("opted out");
    db.remove_subscribers(&[unfollowed, out]).expect("removed");
    import(&mut db, format!("name,bark\nUnfollowed,{}\nOut,{}\n", bark_key(1), bark_key(2)));
    let people = db.people_ids(&Filter::parse("", Scope::People).expect("a filter"), None, 9).expect("ids");
    let there = |name: &str| {
        people.iter().find(|id| db.subscriber(**id).expect("shown").name == name).copied().expect(name)
    };
    let again = db.subscriber(there("Unfollowed")).expect("shown").addresses[0].state;
    assert_eq!(again, AddressState::Dead);
    let moment: Option<i64> = db
        .conn
        .query_row("SELECT opted_out_ms FROM subscriber WHERE id = ?1", [there("Out").0], |row| row.get(0))
        .expect("read");
    assert_eq!(moment, Some(77), "a later follow of their own is told from an earlier one");
}
