//! What an operator can do with topics and tags.

use super::*;
use crate::domain::filter::{Filter, Scope};
use crate::store::crowd::Crowd;

#[test]
fn members_join_and_leave_in_bulk_and_the_count_stays_true() {
    let mut db = Crowd::new();
    let ops = db.with_topic("运维");
    let ids: Vec<SubscriberId> = (0..50).map(|n| db.person(&format!("p{n}"), "", "")).collect();
    db.remove_subscribers(&ids[..5]).expect("removed");
    assert_eq!(db.join_topic(ops, &ids).expect("joined").len(), 45);
    assert!(db.join_topic(ops, &ids).expect("again").is_empty());
    assert_eq!(db.topic(ops).expect("shown").people, 45);
    assert_eq!(db.leave_topic(ops, &ids[40..]).expect("left").len(), 10);
    db.tag_people("x", &ids).expect("tagged");
    db.untag_people("X", &ids[45..]).expect("untagged");
    assert_eq!(db.tags().expect("tags"), [super::super::tags::Tag { name: "x".into(), people: 40 }]);
    db.counters_agree();
}

#[test]
fn a_topic_is_edited_removed_and_brought_back() {
    let mut db = Crowd::new();
    let wx = db.with_channel("wx", "wxpusher");
    let ops = db.with_topic("ops");
    db.with_topic("dev");
    let edit = TopicEdit {
        name: Some("Ops EU".into()),
        remotes: Some(vec![(wx, "123".into())]),
        ..TopicEdit::default()
    };
    assert_eq!(db.edit_topic(ops, Some(1), &edit).expect("edited"), 2);
    assert!(matches!(db.edit_topic(ops, Some(1), &edit), Err(StoreError::Conflict { .. })));
    let dev = TopicEdit { name: Some("DEV".into()), ..TopicEdit::default() };
    assert!(matches!(db.edit_topic(ops, None, &dev), Err(StoreError::Exists { .. })));
    let topic = db.find_topic("ops eu").expect("found");
    assert_eq!((topic.id, topic.remotes[0].remote.as_str()), (ops, "123"));
    db.remove_topic(ops).expect("removed");
    assert!(db.find_topic("ops eu").is_err());
    assert!(db.find_topic("t1").is_err());
    db.restore_topic(ops).expect("back");
    assert_eq!(db.find_topic("t1").expect("found").id, ops);
    assert_eq!(db.nearest_topic("ops ue").expect("asked").as_deref(), Some("Ops EU"));
}

#[test]
fn topics_are_listed_under_a_filter() {
    let mut db = Crowd::new();
    let wx = db.with_channel("wx", "wxpusher");
    for name in ["运维值班", "研发", "Ops"] {
        db.with_topic(name);
    }
    db.edit_topic(
        TopicId(3),
        None,
        &TopicEdit { remotes: Some(vec![(wx, "9".into())]), ..TopicEdit::default() },
    )
    .expect("edited");
    db.person("A", "运维值班", "");
    let names = |text: &str| -> Vec<String> {
        let filter = Filter::parse(text, Scope::Topics).expect(text);
        db.topics(&filter, None, 10).expect(text).into_iter().map(|topic| topic.name).collect()
    };
    assert_eq!(names(""), ["Ops", "研发", "运维值班"]);
    assert_eq!(names("维"), ["运维值班"]);
    assert_eq!(names("-维 -OPS"), ["研发"]);
    assert_eq!(names("count:>0"), ["运维值班"]);
    assert_eq!(names("has:remote"), ["Ops"]);
    assert_eq!(names("channel:wx"), ["Ops"]);
    assert_eq!(names("id:t2,t3"), ["Ops", "研发"]);
}
