//! A plan that is looked at is the plan that is frozen, and one that has changed is not sent.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::delivery::SkipReason;
use crate::domain::id::{AddressId, SubscriberId};
use crate::domain::message::Message;
use crate::domain::secret::Secret;
use crate::store::addresses::AddressEdit;
use crate::store::broadcasts::Draft;
use crate::store::channels::ChannelEdit;
use crate::store::fixtures::Shop;
use crate::store::subscribers::SubscriberEdit;

/// Ann and Ben on Bark, Carl by mail, Dora muted; the message asks for a name and a city.
fn shop() -> (Shop, Draft, [ChannelId; 2]) {
    let mut shop = Shop::new();
    let (bark, mail) = (shop.channel("bark"), shop.channel("mail"));
    shop.person("Ann", 0, &[bark, mail]);
    shop.person("Ben", 0, &[bark]);
    shop.person("Carl", 0, &[mail]);
    shop.person("Dora", 1, &[bark]);
    let message = Message { title: "Hi {{name}}".into(), body: "in {{city}}".into(), ..Message::default() };
    let vars = BTreeMap::from([("city".to_owned(), "Rome".to_owned()), ("other".to_owned(), "x".to_owned())]);
    let draft = Draft { message, vars, channels: vec![bark, mail], ..Draft::default() };
    (shop, draft, [bark, mail])
}

fn looked_at(shop: &Shop, draft: &Draft) -> Expected {
    let plan = shop.db.preview_plan(draft).expect("looked at");
    Expected { plan: plan.hash.into(), numbers: Some(plan.numbers) }
}

fn release(shop: &mut Shop, draft: &Draft, expected: Expected) -> (BroadcastId, Released) {
    let id = shop.db.add_draft(draft, Purpose::Broadcast, "ann").expect("a draft");
    (id, release_again(shop, id, expected))
}

fn release_again(shop: &mut Shop, id: BroadcastId, expected: Expected) -> Released {
    let seen = shop.db.broadcast(id).expect("there").row.version;
    let gate = Gate::AtMost(i64::MAX);
    let release = Release { by: "ann".into(), seen, gate, keeper: None, expected: Some(expected) };
    shop.db.release(id, &release).expect("a release")
}

fn sql(shop: &Shop, text: &str) {
    shop.db.conn.execute_batch(text).expect(text);
}

fn edit(shop: &mut Shop, person: i64, edit: &SubscriberEdit) {
    shop.db.edit_subscriber(SubscriberId(person), None, edit).expect("edited");
}

fn var(key: &str, value: &str) -> SubscriberEdit {
    SubscriberEdit { vars: [(key.to_owned(), Some(value.to_owned()))].into(), ..SubscriberEdit::default() }
}

fn repair(shop: &mut Shop, address: i64, text: &str) {
    let owner: i64 = shop
        .db
        .conn
        .query_row("SELECT subscriber FROM address WHERE id = ?1", [address], |row| row.get(0))
        .expect("an owner");
    let edit = AddressEdit::Repair { id: AddressId(address), typed: Secret::new(text) };
    shop.db
        .save_subscriber(SubscriberId(owner), None, &SubscriberEdit::default(), &[edit])
        .expect("repaired");
}

#[test]
fn what_was_reviewed_is_released_and_has_the_hash_that_was_shown() {
    let (mut shop, draft, [bark, mail]) = shop();
    let expected = looked_at(&shop, &draft);
    let numbers = expected.numbers.clone().expect("known");
    let on = |channel, people| ChannelNumbers { channel, people, remotes: 0 };
    assert_eq!(numbers.channels, [on(bark, 2), on(mail, 1)]);
    assert_eq!(numbers.skipped, BTreeMap::from([(SkipReason::Muted, 1)]));
    // Nothing of this is in the message or on the way.
    shop.db.pause_channel(bark, crate::domain::broadcast::PauseReason::Operator, "lunch").expect("paused");
    shop.db.record_verified(mail, true, "ok").expect("noted");
    edit(&mut shop, 1, &var("hobby", "chess"));
    edit(&mut shop, 2, &SubscriberEdit { note: Some("new here".into()), ..SubscriberEdit::default() });
    shop.channel("nobody is on it");
    let mut draft = draft;
    draft.vars.insert("other".into(), "y".into());
    let (id, released) = release(&mut shop, &draft, expected.clone());
    assert!(matches!(released, Released::Done { to_send: 3, .. }), "{released:?}");
    let kept = shop.db.broadcast(id).expect("there").plan_hash.expect("a hash");
    assert_eq!(kept, expected.plan.as_str());
}

#[test]
fn whatever_it_covers_and_was_changed_is_named_and_nothing_is_released() {
    use PlanPart::{Channels, Message as Text, People, Values};
    type Change = fn(&mut Shop, &mut Draft);
    let changes: &[(&str, &[PlanPart], Change)] = &[
        ("the body", &[Text], |_, draft| draft.message.body.push('!')),
        ("a value for everybody", &[Values], |_, draft| {
            drop(draft.vars.insert("city".into(), "Oslo".into()));
        }),
        ("a person's own value", &[Values], |shop, _| edit(shop, 1, &var("city", "Oslo"))),
        ("a name", &[Values], |shop, _| {
            edit(shop, 2, &SubscriberEdit { name: Some("Bea".into()), ..SubscriberEdit::default() });
        }),
        ("a setting", &[Channels], |shop, _| {
            let settings = [("sound".to_owned(), Some("bell".to_owned()))].into();
            let edit = ChannelEdit { settings, ..ChannelEdit::default() };
            shop.db.edit_channel(ChannelId(1), None, &edit).expect("edited");
        }),
        ("a credential", &[Channels], |shop, _| {
            let secrets = [("password".to_owned(), Some(Secret::new("p4ss")))].into();
            let edit = ChannelEdit { secrets, ..ChannelEdit::default() };
            shop.db.edit_channel(ChannelId(2), None, &edit).expect("edited");
        }),
        ("the text of an address", &[People], |shop, _| repair(shop, 3, "benskeybenskeybenskey2")),
        ("an address taken away and added", &[People], |shop, _| {
            sql(
                shop,
                "INSERT INTO address (subscriber, channel, lookup, value, created_ms)
                       SELECT subscriber, channel, CAST('new' AS BLOB), 'new', 0 FROM address WHERE id = 3;
                       DELETE FROM address WHERE id = 3;",
            );
        }),
        // Whoever comes has another name.
        ("one left and another came", &[Values, People], |shop, draft| {
            sql(shop, "UPDATE subscriber SET removed_ms = 1 WHERE id = 2");
            shop.person("Eve", 0, &draft.channels[..1]);
        }),
        ("another is muted", &[Values, People], |shop, _| {
            sql(
                shop,
                "UPDATE subscriber SET state = 1 WHERE id = 2;
                       UPDATE subscriber SET state = 0 WHERE id = 4;",
            );
        }),
    ];
    for (what, parts, change) in changes {
        let (mut shop, mut draft, _) = self::shop();
        let expected = looked_at(&shop, &draft);
        change(&mut shop, &mut draft);
        let (id, released) = release(&mut shop, &draft, expected.clone());
        let Released::Changed(difference) = released else { panic!("{what}: {released:?}") };
        assert_eq!(difference.parts, *parts, "{what}");
        assert_eq!(difference.before, Some(difference.now.numbers.clone()), "{what}: as many as before");
        let detail = shop.db.broadcast(id).expect("there");
        assert_eq!((detail.row.phase, detail.plan_hash, detail.lanes.len()), (Phase::Draft, None, 0));
        let rows: i64 =
            shop.db.conn.query_row("SELECT count(*) FROM delivery", [], |row| row.get(0)).expect("counted");
        assert_eq!(rows, 0, "{what}");
        // Looked at again, it goes.
        let expected = looked_at(&shop, &draft);
        let released = release_again(&mut shop, id, expected);
        assert!(matches!(released, Released::Done { to_send: 3, .. }), "{what}: {released:?}");
    }
}

#[test]
fn other_numbers_are_told_as_they_were_and_as_they_are() {
    let (mut shop, draft, _) = shop();
    let expected = looked_at(&shop, &draft);
    sql(&shop, "UPDATE address SET state = 1 WHERE id = 3");
    let (_, released) = release(&mut shop, &draft, expected);
    let Released::Changed(difference) = released else { panic!("{released:?}") };
    let people = |numbers: &PlanNumbers| numbers.channels.iter().map(|on| on.people).collect::<Vec<_>>();
    assert_eq!(people(&difference.before.expect("known")), [2, 1]);
    assert_eq!(people(&difference.now.numbers), [1, 1]);
    assert_eq!(difference.now.numbers.skipped.get(&SkipReason::DeadAddress), Some(&1));
}

#[test]
fn the_channels_in_another_order_are_another_plan_even_if_nobody_moves() {
    let (mut shop, draft, [bark, mail]) = shop();
    sql(&shop, "DELETE FROM address WHERE subscriber = 1 AND channel = 2");
    let expected = looked_at(&shop, &draft);
    let turned = Draft { channels: vec![mail, bark], ..draft };
    let (_, released) = release(&mut shop, &turned, expected);
    let Released::Changed(difference) = released else { panic!("{released:?}") };
    assert_eq!(difference.parts, [PlanPart::Channels]);
}

#[test]
fn the_first_digits_refuse_too_and_a_template_that_asks_nothing_needs_no_values() {
    let (mut shop, draft, _) = shop();
    let message = Message { body: "the same for all".into(), ..Message::default() };
    let draft = Draft { message, ..draft };
    let whole = looked_at(&shop, &draft);
    edit(&mut shop, 1, &var("city", "Oslo"));
    let first = WantedPlan::read(&whole.plan.as_str()[..12]).expect("enough digits");
    let expected = Expected { plan: first, numbers: None };
    repair(&mut shop, 3, "benskeybenskeybenskey2");
    let (_, refused) = release(&mut shop, &draft, expected.clone());
    let Released::Changed(difference) = refused else { panic!("{refused:?}") };
    assert_eq!((difference.parts, difference.before), (Vec::new(), None));
    assert_eq!(whole.plan.differs_in(&difference.now.hash), [PlanPart::People]);
}

/// One person: state, and for each of three channels how many addresses, the second one dead.
type Someone = (i64, [u8; 3], Option<u8>);

fn crowd(people: &[Someone]) -> (Shop, Vec<ChannelId>) {
    let mut shop = Shop::new();
    let channels: Vec<ChannelId> = ["a", "b", "c"].into_iter().map(|name| shop.channel(name)).collect();
    sql(&shop, "INSERT INTO topic (name, created_ms) VALUES ('ops', 0)");
    for (n, (state, ways, city)) in people.iter().enumerate() {
        let id = shop.person(&format!("p{n}"), *state, &[]);
        for (channel, count) in channels.iter().zip(ways) {
            for at in 0..*count {
                let text = format!("{n} {at}");
                let dead = i64::from(at == 1);
                shop.db
                    .conn
                    .execute(
                        "INSERT INTO address (subscriber, channel, state, lookup, value, created_ms) \
                         VALUES (?1, ?2, ?3, CAST(?4 AS BLOB), ?4, 0)",
                        (id, channel.0, dead, text),
                    )
                    .expect("an address");
            }
        }
        sql(&shop, &format!("INSERT INTO topic_member VALUES (1, {id})"));
        if let Some(city) = city {
            sql(&shop, &format!("INSERT INTO subscriber_var VALUES ({id}, 'city', 'c{city}')"));
        }
    }
    sql(&shop, "INSERT INTO topic_remote (topic, channel, remote) VALUES (1, 1, '7'), (1, 3, '8')");
    (shop, channels)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// One code path lays both out; this holds them together where it branches.
    #[test]
    fn what_is_looked_at_is_what_is_frozen(
        people in prop::collection::vec((0_i64..4, prop::array::uniform3(0_u8..4), prop::option::of(0_u8..3)), 1..12),
        order in Just(vec![0_usize, 1, 2]).prop_shuffle(),
        how in 0_u8..3,
        personal in any::<bool>(),
    ) {
        let (mut shop, channels) = crowd(&people);
        let body = if personal { "{{ city | default(\"-\") }} {{name}}" } else { "plain" };
        let draft = Draft {
            message: Message { body: body.into(), ..Message::default() },
            audience: "topic:ops".into(),
            channels: order.iter().map(|at| channels[*at]).collect(),
            all_channels: how == 1,
            fallback: how == 2,
            ..Draft::default()
        };
        let plan = shop.db.preview_plan(&draft).expect("looked at");
        let left: i64 = shop
            .db
            .conn
            .query_row("SELECT count(*) FROM temp.sqlite_schema", [], |row| row.get(0))
            .expect("counted");
        prop_assert_eq!(left, 0, "a look leaves nothing behind");
        let expected = Expected { plan: plan.hash.clone().into(), numbers: None };
        let (id, released) = release(&mut shop, &draft, expected);
        prop_assert!(matches!(released, Released::Done { .. }), "{released:?}");
        let detail = shop.db.broadcast(id).expect("there");
        prop_assert_eq!(detail.plan_hash.as_deref(), Some(plan.hash.as_str()));
        prop_assert_eq!(detail.row.counts.to_send(), plan.numbers.to_send());
        let left_out: i64 = plan.numbers.skipped.values().sum();
        prop_assert_eq!(detail.row.counts.audience(), plan.numbers.to_send() + left_out);
    }
}
