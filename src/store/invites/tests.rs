//! Whoever comes by a code is taken in once, with what the code was made for.

use super::*;
use crate::store::channels::NewChannel;
use crate::store::db::wall_clock;
use crate::store::topics::NewTopic;

fn store() -> (Db, ChannelId) {
    let mut db = Db::in_memory(wall_clock()).expect("a store");
    let new = NewChannel { name: "ops".into(), kind: "wxpusher".into(), ..NewChannel::default() };
    let channel = db.add_channel(&new).expect("a channel");
    db.add_topic(&NewTopic { name: "alerts".into(), ..NewTopic::default() }).expect("a topic");
    (db, channel)
}

fn later(db: &Db) -> Millis {
    db.now().plus(60_000)
}

#[test]
fn somebody_new_gets_topic_and_tags_and_somebody_known_only_what_is_missing() {
    let (mut db, channel) = store();
    let until = later(&db);
    let invite = db.make_invite(channel, Some("alerts"), &["door".to_owned()], until).expect("made");
    assert_eq!((invite.scene.len(), invite.scene.is_ascii()), (33, true));
    let uid: Secret = "UID_abcdefghijklmnopqrstuvwx".into();
    let came = db.welcome(channel, &uid, "", &invite.scene).expect("taken in");
    assert_eq!((came.new, came.name.as_str(), came.topic.as_deref()), (true, "UID…qrstuvwx", Some("alerts")));
    let person = db.subscriber(came.id).expect("there");
    assert_eq!((person.topics, person.tags), (vec!["alerts".to_owned()], vec!["door".to_owned()]));
    let again = db.welcome(channel, &uid, "other", &invite.scene).expect("taken in");
    assert_eq!((again.id, again.new, again.name.as_str()), (came.id, false, "UID…qrstuvwx"));
    assert_eq!(db.find_topic("alerts").expect("there").people, 1);
    assert_eq!(db.channel(channel).expect("there").addresses, 1);
}

#[test]
fn whoever_opted_out_stays_out_and_a_retired_address_works_again() {
    let (mut db, channel) = store();
    let uid: Secret = "UID_abcdefghijklmnopqrstuvwx".into();
    let came = db.welcome(channel, &uid, "Ann", "").expect("taken in");
    db.set_subscriber_state(came.id, SubscriberState::Unsubscribed).expect("opted out");
    let address = db.subscriber(came.id).expect("there").addresses[0].id;
    db.mark_address(address, AddressState::Dead).expect("retired");
    let again = db.welcome(channel, &uid, "", "").expect("taken in");
    assert_eq!((again.state, again.new), (SubscriberState::Unsubscribed, false));
    assert_eq!(db.subscriber(came.id).expect("there").addresses[0].state, AddressState::Active);
}

#[test]
fn a_code_that_is_asked_about_brings_nobody_back_who_left_its_topic_since() {
    let (mut db, channel) = store();
    let until = later(&db);
    let invite = db.make_invite(channel, Some("alerts"), &[], until).expect("made");
    let uid: Secret = "UID_abcdefghijklmnopqrstuvwx".into();
    let came = db.welcome(channel, &uid, "", &invite.scene).expect("taken in");
    let topic = db.find_topic("alerts").expect("there").id;
    db.leave_topic(topic, &[came.id]).expect("left");
    for (at, joins) in [(invite.made.plus(1), false), (invite.made.plus(-1), true)] {
        left::note(&db.conn, topic.0, came.id.0, at).expect("noted");
        let again = db.welcome(channel, &uid, "", &invite.scene).expect("taken in");
        assert_eq!(again.topic.is_some(), joins);
        assert_eq!(!db.subscriber(came.id).expect("there").topics.is_empty(), joins);
    }
}

#[test]
fn a_scene_of_another_channel_or_of_nobody_gives_nothing() {
    let (mut db, channel) = store();
    let other = NewChannel { name: "two".into(), kind: "wxpusher".into(), ..NewChannel::default() };
    let other = db.add_channel(&other).expect("a channel");
    let until = later(&db);
    let invite = db.make_invite(other, Some("alerts"), &[], until).expect("made");
    let uid: Secret = "UID_abcdefghijklmnopqrstuvwx".into();
    for scene in [invite.scene.as_str(), "p0", ""] {
        assert_eq!(db.welcome(channel, &uid, "", scene).expect("taken in").topic, None, "{scene}");
    }
    assert!(db.make_invite(channel, Some("no such"), &[], until).is_err());
    assert!(db.make_invite(channel, None, &["a,b".to_owned()], until).is_err());
}
