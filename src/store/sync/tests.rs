//! What differs, what is made of it, and what is left when it is taken back.

use super::*;
use crate::channels::desk::{Follower, RemoteTopic, RosterPage};
use crate::domain::subscriber::SubscriberState;
use crate::store::addresses::NewAddress;
use crate::store::channels::NewChannel;
use crate::store::db::wall_clock;
use crate::store::subscribers::{NewSubscriber, SubscriberEdit};
use crate::store::topics::NewTopic;

struct Desk {
    db: Db,
    channel: ChannelId,
    roll: Vec<Follower>,
}

fn long(uid: &str) -> Secret {
    Secret::new(format!("UID_{uid}00000000000000000000{uid}"))
}

impl Desk {
    fn new() -> Self {
        let mut db = Db::in_memory(wall_clock()).expect("a store");
        let new = NewChannel { name: "ops".into(), kind: "wxpusher".into(), ..NewChannel::default() };
        let channel = db.add_channel(&new).expect("a channel");
        Self { db, channel, roll: Vec::new() }
    }

    fn person(&mut self, name: &str, uid: &str) -> SubscriberId {
        let address = NewAddress { channel: self.channel, typed: long(uid) };
        let new = NewSubscriber { name: name.into(), addresses: vec![address], ..NewSubscriber::default() };
        self.db.add_subscriber(&new).expect("a person").id
    }

    fn follows(&mut self, uid: &str, name: &str) -> &mut Follower {
        let record = self.roll.len().to_string();
        self.roll.push(Follower { address: long(uid), name: name.into(), record, ..Follower::default() });
        self.roll.last_mut().expect("the one")
    }

    fn compare_as(&self, total: Option<i64>, topics: bool) -> Change {
        let mut roll = Roll::default();
        let _ = roll.take(RosterPage { people: self.roll.clone(), next: None, total });
        self.db.compare(Compared { channel: self.channel, topics }, &roll).expect("compared")
    }

    fn compare(&self) -> Change {
        self.compare_as(Some(self.roll.len() as i64), false)
    }

    fn state(&self, person: SubscriberId) -> AddressState {
        self.db.subscriber(person).expect("there").addresses[0].state
    }

    fn usable(&self) -> i64 {
        self.db.channel(self.channel).expect("there").addresses
    }
}

#[test]
fn a_whole_list_says_who_came_who_left_who_is_blocked_and_who_has_a_name_now() {
    let mut desk = Desk::new();
    desk.person("Ann", "a");
    let unnamed = desk.person(&made_up(&long("b"), false), "b");
    let gone = desk.person("Cem", "c");
    let blocked = desk.person("Dee", "d");
    let removed = desk.person("Eve", "e");
    desk.db.remove_subscribers(&[removed]).expect("removed");
    desk.follows("a", "Ann of the admin site");
    desk.follows("b", "王小明");
    desk.follows("d", "").blocked = true;
    desk.follows("e", "");
    desk.follows("f", "");
    desk.follows("g", "new one");
    desk.follows("h", "").blocked = true;
    let change = desk.compare();
    let of = |list: &[Known]| list.iter().map(|one| one.person).collect::<Vec<_>>();
    assert_eq!(
        (of(&change.gone), of(&change.refused), of(&change.back)),
        (vec![gone], vec![blocked], vec![])
    );
    let named: Vec<_> = change.renamed.iter().map(|one| (one.person, one.to.as_str())).collect();
    assert_eq!(named, [(unnamed, "王小明")], "a name that a person gave stays");
    let added: Vec<_> = change.added.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(added, ["UID…0000000f", "new one"]);
    assert_eq!((change.removed_here, change.refused_strangers, change.same), (1, 1, 1));
    assert!(change.whole);
}

#[test]
fn nobody_is_gone_by_a_list_that_may_lack_somebody() {
    let mut desk = Desk::new();
    desk.person("Ann", "a");
    desk.follows("b", "");
    let change = desk.compare_as(Some(2), false);
    assert!(!change.whole && change.gone.is_empty());
    assert_eq!(change.added.len(), 1, "whoever is on it follows all the same");
    desk.roll.push(Follower::default());
    assert!(desk.compare_as(Some(1), false).gone.is_empty(), "an entry could not be read");
    desk.roll.clear();
    assert!(
        desk.compare_as(Some(0), false).gone.is_empty(),
        "an empty list is everybody's farewell to nobody"
    );
}

#[test]
fn what_was_applied_is_the_same_list_afterwards_and_undo_brings_back_what_was() {
    let mut desk = Desk::new();
    let unnamed = desk.person(&made_up(&long("b"), false), "b");
    let gone = desk.person("Cem", "c");
    desk.db.set_subscriber_state(gone, SubscriberState::Unsubscribed).expect("opted out");
    desk.follows("b", "王小明");
    desk.follows("f", "Finn");
    let usable = desk.usable();
    let change = desk.compare();
    let applied = desk.db.apply_change(&change).expect("applied");
    assert_eq!((applied.added, applied.renamed, applied.retired, applied.passed_over), (1, 1, 1, 0));
    assert_eq!(desk.state(gone), AddressState::Dead);
    assert_eq!(desk.db.subscriber(gone).expect("there").state, SubscriberState::Unsubscribed);
    assert!(desk.compare().is_empty(), "the same list differs in nothing now");
    // Whoever follows again has an address again; the opt-out is nobody's but theirs.
    desk.follows("c", "");
    assert_eq!(desk.compare().back.len(), 1);
    desk.roll.pop();

    assert_eq!(desk.db.newest_change(desk.channel).expect("read"), Some(applied.sync));
    assert_eq!(desk.db.undo_change(applied.sync).expect("undone"), 3);
    assert_eq!((desk.state(gone), desk.usable()), (AddressState::Active, usable));
    assert_eq!(desk.db.subscriber(unnamed).expect("there").name, "UID…0000000b");
    assert_eq!(desk.compare().added.len(), 1, "who was taken back can be found again");
    assert_eq!(desk.db.newest_change(desk.channel).expect("read"), None);
    assert!(desk.db.undo_change(applied.sync).is_err(), "only once");
    assert_eq!(desk.db.verify_audit().expect("checked").broken_at, None);
    let acts: Vec<String> =
        desk.db.audit_log(None, 2).expect("read").into_iter().map(|entry| entry.action).collect();
    assert_eq!(acts, ["sync_undo", "sync"]);
}

#[test]
fn what_others_did_meanwhile_is_left_alone_both_ways() {
    let mut desk = Desk::new();
    let unnamed = desk.person(&made_up(&long("b"), false), "b");
    let gone = desk.person("Cem", "c");
    desk.follows("b", "王小明");
    desk.follows("f", "Finn");
    let change = desk.compare();
    let rename = SubscriberEdit { name: Some("Bob".into()), ..SubscriberEdit::default() };
    desk.db.edit_subscriber(unnamed, None, &rename).expect("renamed by hand");
    let own = desk.db.subscriber(gone).expect("there").addresses[0].id;
    desk.db.repair_address(own, &long("z")).expect("repaired by hand");
    desk.person("Finn here", "f");
    let applied = desk.db.apply_change(&change).expect("applied");
    assert_eq!(applied, Applied { sync: applied.sync, passed_over: 3, ..Applied::default() });
    assert_eq!(desk.state(gone), AddressState::Active);

    let mut desk = Desk::new();
    desk.follows("f", "Finn");
    let change = desk.compare();
    let applied = desk.db.apply_change(&change).expect("applied");
    let finn = desk.db.find_subscriber("Finn").expect("there");
    let bark = NewChannel { name: "bark".into(), kind: "bark".into(), ..NewChannel::default() };
    let bark = desk.db.add_channel(&bark).expect("a channel");
    desk.db
        .add_address(finn, &NewAddress { channel: bark, typed: "abcdefghijklmnop".into() })
        .expect("added");
    assert_eq!(desk.db.undo_change(applied.sync).expect("undone"), 0);
    assert_eq!(desk.db.subscriber(finn).expect("there").removed, None, "somebody's work by now");
}

#[test]
fn topics_there_become_topics_here_only_when_asked_and_never_twice() {
    let mut desk = Desk::new();
    let ann = desk.person("Ann", "a");
    let tied =
        NewTopic { name: "ops".into(), remotes: vec![(desk.channel, "7".into())], ..NewTopic::default() };
    let ops = desk.db.add_topic(&tied).expect("a topic");
    for (uid, topic, name) in [("a", "7", "运维"), ("a", "8", "news"), ("f", "8", "news")] {
        let topic = RemoteTopic { id: topic.into(), name: name.into() };
        desk.follows(uid, "").topic = Some(topic);
    }
    let without = desk.compare_as(Some(3), false);
    assert_eq!((without.joins(), without.added.len()), (0, 1));
    let change = desk.compare_as(Some(3), true);
    let lists: Vec<_> = change
        .lists
        .iter()
        .map(|list| (list.tied.as_deref(), list.becomes.as_deref(), list.people))
        .collect();
    assert_eq!(lists, [(Some("ops"), None, 1), (None, Some("news"), 2)]);
    assert_eq!(change.joins(), 1, "Ann joins news; ops reaches her as a list");
    let applied = desk.db.apply_change(&change).expect("applied");
    assert_eq!(applied.joined, 2);
    assert_eq!(desk.db.subscriber(ann).expect("there").topics, ["news"]);
    assert_eq!(desk.db.find_topic("news").expect("made").people, 2);
    assert_eq!(desk.db.topic(ops).expect("there").people, 0);
    assert_eq!(desk.db.check().expect("checked"), [], "every counter is what the rows say");
    assert!(desk.compare_as(Some(3), true).is_empty());
    desk.db.undo_change(applied.sync).expect("undone");
    assert!(desk.db.find_topic("news").is_err(), "a topic that was made for it goes with its people");
    assert_eq!(desk.db.check().expect("checked"), []);
}

#[test]
fn many_people_are_taken_over_in_short_steps_and_taken_back_whole() {
    let mut desk = Desk::new();
    for n in 0..1_000 {
        desk.follows(&format!("x{n:04}"), "");
    }
    let change = desk.compare();
    let applied = desk.db.apply_change(&change).expect("applied");
    assert_eq!((applied.added, desk.usable()), (1_000, 1_000));
    let chunks: i64 =
        desk.db.conn.query_row("SELECT count(*) FROM sync_step", [], |row| row.get(0)).expect("counted");
    assert_eq!(chunks, 3);
    assert_eq!(desk.db.check().expect("checked"), []);
    assert_eq!(desk.db.undo_change(applied.sync).expect("undone"), 1_000);
    assert_eq!(desk.usable(), 0);
    assert_eq!(desk.db.check().expect("checked"), []);
}
