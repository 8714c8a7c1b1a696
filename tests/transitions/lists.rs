//! Subscribers and Topics: keys against the real store, with what is ordered and what becomes of it.

use proptest::prelude::*;
use pushdeck::app::available::Why;
use pushdeck::app::effect::Effect;
use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::overlay::Overlay;
use pushdeck::app::request::Request;
use pushdeck::app::request::errands::{ErrandAsk, Follow};
use pushdeck::app::request::subscribers::{Change, SubscribersAsk};
use pushdeck::app::request::topics::TopicsAsk;
use pushdeck::app::saying::Saying;
use pushdeck::app::saying::desk::DeskSaying;
use pushdeck::app::saying::lists::ListsSaying;
use pushdeck::app::section::Section;
use pushdeck::app::update::update;
use pushdeck::channels::desk::FollowChange;
use pushdeck::domain::filter::{Filter, Scope};
use pushdeck::domain::id::SubscriberId;
use pushdeck::domain::subscriber::{AddressState, SubscriberState as S};
use pushdeck::input::action::Action;
use pushdeck::input::key::Key;
use pushdeck::store::addresses::NewAddress;
use pushdeck::store::channels::NewChannel;
use pushdeck::store::subscribers::{NewSubscriber, Subscriber, SubscriberEdit};

use super::support::console::{NOW, Scene, press};
use super::support::lists::store;
use super::{keys, said};

/// The console on Subscribers; 王小明 (u9) is under the cursor.
fn people() -> Model {
    let mut model = Scene::empty().size((120, 36)).model();
    keys(&mut model, "3");
    model
}

fn everybody() -> Vec<String> {
    store(|db| {
        let people = db.people(&Filter::everything(Scope::People), None, 1_000).expect("people");
        people.into_iter().map(|person| person.name).collect()
    })
}

fn person(id: i64) -> Subscriber {
    store(|db| db.subscriber(SubscriberId(id)).expect("there"))
}

/// Types a text; every character is one key.
fn type_in(model: &mut Model, text: &str) {
    for c in text.chars() {
        for effect in update(model, Msg::Key(Key::char(c))).effects {
            assert!(!matches!(effect, Effect::Store(..)), "typing asks nothing by itself: {effect:?}");
        }
    }
}

fn paste(model: &mut Model, text: &str) {
    assert!(update(model, Msg::Paste(text.to_owned())).effects.is_empty());
}

/// What the popup on top is about; the gate has been on the screen.
fn top(model: &mut Model) -> &'static str {
    assert_eq!(update(model, Msg::Drawn).effects, []);
    match model.desk.overlays.last() {
        None => "nothing",
        Some(Overlay::Confirm(_)) => "confirm",
        Some(Overlay::Gate(_)) => "gate",
        Some(Overlay::Pick(_)) => "pick",
        Some(_) => "something else",
    }
}

fn lists_said(model: &Model) -> Vec<ListsSaying> {
    said(model)
        .into_iter()
        .filter_map(|saying| match saying {
            Saying::Lists(says) => Some(says),
            _ => None,
        })
        .collect()
}

fn crowd(n: usize) {
    store(|db| {
        for index in 0..n {
            let new = NewSubscriber {
                name: format!("crowd {index}"),
                tags: vec!["crowd".into()],
                ..Default::default()
            };
            db.add_subscriber(&new).expect("added");
        }
    });
}

#[test]
fn blocking_happens_at_once_and_u_takes_it_back() {
    let mut model = people();
    keys(&mut model, "b");
    assert_eq!(person(9).state, S::Blocked);
    assert_eq!(lists_said(&model), [ListsSaying::Did(Change::State(S::Blocked), 1)]);
    keys(&mut model, "u");
    assert_eq!(person(9).state, S::Active);
    keys(&mut model, "b b");
    assert_eq!(person(9).state, S::Active, "the same key lets in again");
}

#[test]
fn a_follow_is_changed_at_its_provider_once_it_is_said_which_and_how() {
    let mut model = people();
    keys(&mut model, "B Enter");
    assert_eq!(top(&mut model), "nothing", "the focus is on Back");
    let ask = |model: &mut Model, typed: &str| {
        let asked = |effect: &Effect| match effect {
            Effect::Store(_, Request::Errand(ErrandAsk::Follow(follow))) => Some(follow.clone()),
            _ => None,
        };
        keys(model, typed).iter().find_map(asked)
    };
    let of = |change: FollowChange| {
        let theirs = person(9).addresses.into_iter().find(|one| one.kind == "wxpusher").expect("follows");
        let (channel, at, address) = (theirs.channel, theirs.channel_name, theirs.id);
        Follow { channel, at, address, name: "王小明 Wang Xiaoming".into(), change }
    };
    assert_eq!(ask(&mut model, "B Tab Enter"), Some(of(FollowChange::Block)));
    let done = Saying::Desk(DeskSaying::Followed(of(FollowChange::Block), true));
    assert!(said(&model).contains(&done), "{:?}", said(&model));
    assert_eq!(ask(&mut model, "B Tab Tab Enter"), Some(of(FollowChange::End)));
    // Who is retired here is let in there, and with two follows it is asked which one.
    let follow = of(FollowChange::End).address;
    store(|db| {
        db.mark_address(follow, AddressState::Dead).expect("retired");
        let mut new = NewChannel { name: "second".into(), kind: "wxpusher".into(), ..NewChannel::default() };
        new.secrets.insert("app_token".into(), "AT_abcdefghijklmnop".into());
        let channel = db.add_channel(&new).expect("a channel");
        let typed = "UID_secondabcdefghijklmnopqrstuvwxyz".into();
        db.add_address(SubscriberId(9), &NewAddress { channel, typed }).expect("an address");
    });
    let mut model = people();
    keys(&mut model, "B");
    assert_eq!(top(&mut model), "pick");
    assert_eq!(ask(&mut model, "Enter y"), Some(of(FollowChange::Unblock)));
    // Nobody here has one that could be changed.
    let bob = store(|db| db.add_subscriber(&NewSubscriber { name: "Bob".into(), ..Default::default() }));
    let mut model = people();
    keys(&mut model, "/");
    type_in(&mut model, &format!("id:{}", bob.expect("added").id));
    keys(&mut model, "Enter B");
    assert!(said(&model).contains(&Saying::Off(Action::AtProvider, Why::NoFollow)), "{:?}", said(&model));
}

#[test]
fn who_left_at_their_own_wish_is_let_back_only_when_that_is_meant() {
    let mut model = people();
    keys(&mut model, "j");
    assert_eq!(person(8).state, S::Unsubscribed);
    keys(&mut model, "O");
    assert_eq!((top(&mut model), person(8).state), ("confirm", S::Unsubscribed));
    keys(&mut model, "Enter");
    assert_eq!(person(8).state, S::Unsubscribed, "the focus is on Back");
    keys(&mut model, "O y");
    assert_eq!(person(8).state, S::Active);
    keys(&mut model, "u");
    assert_eq!(person(8).state, S::Unsubscribed);
}

#[test]
fn an_undo_gives_everybody_the_state_that_they_had() {
    let mut model = people();
    keys(&mut model, "* M");
    assert_eq!(lists_said(&model), [ListsSaying::Did(Change::State(S::Muted), 7)]);
    keys(&mut model, "u");
    assert_eq!([9, 8, 4, 3].map(|id| person(id).state), [S::Active, S::Unsubscribed, S::Muted, S::Blocked]);
}

#[test]
fn removing_one_person_asks_and_u_brings_the_person_back_whole() {
    let mut model = people();
    let before = person(9);
    keys(&mut model, "d Enter");
    assert_eq!(everybody().len(), 9, "Enter rests on [Back]");
    keys(&mut model, "d y");
    assert_eq!(everybody().len(), 8);
    keys(&mut model, "u");
    let after = person(9);
    assert_eq!((after.topics, after.addresses.len(), after.removed), (before.topics, 3, None));
}

#[test]
fn from_fifty_people_on_the_number_must_be_typed() {
    crowd(60);
    let mut model = people();
    keys(&mut model, "/");
    type_in(&mut model, "tag:crowd");
    keys(&mut model, "Enter * d");
    assert_eq!(top(&mut model), "gate");
    keys(&mut model, "6 1 Enter");
    assert_eq!(everybody().len(), 69);
    keys(&mut model, "Backspace 0 Enter Enter");
    assert_eq!(everybody().len(), 9);
    assert!(model.screens.subscribers.table.marks.is_empty());
    keys(&mut model, "u");
    assert_eq!(everybody().len(), 69);
}

#[test]
fn people_who_came_after_the_count_stop_the_removal() {
    crowd(60);
    let mut model = people();
    keys(&mut model, "* d");
    assert_eq!(top(&mut model), "gate");
    crowd(1);
    keys(&mut model, "6 9 Enter Enter");
    assert_eq!(everybody().len(), 70);
    assert_eq!(lists_said(&model), [ListsSaying::Grown { before: 69, now: 70 }]);
}

#[test]
fn hidden_marks_are_asked_about_and_only_the_chosen_ones_change() {
    for (answer, blocked) in [("Tab Enter", vec![9]), ("Tab Tab Enter", vec![9, 7]), ("Esc", vec![])] {
        let mut model = people();
        keys(&mut model, "Space j Space /");
        type_in(&mut model, "tag:vip");
        keys(&mut model, "Enter b");
        assert_eq!(top(&mut model), "confirm", "{answer}");
        keys(&mut model, answer);
        for id in [9, 7] {
            let expected = if blocked.contains(&id) { S::Blocked } else { S::Active };
            assert_eq!(person(id).state, expected, "{answer} u{id}");
            store(|db| db.set_subscriber_state(SubscriberId(id), S::Active).expect("back"));
        }
    }
}

/// Takes the filter `text` instead of the one that holds.
fn filter(model: &mut Model, text: &str) {
    keys(model, "/ Ctrl-u");
    type_in(model, text);
    keys(model, "Enter");
}

#[test]
fn all_under_a_filter_stay_who_they_were_when_another_one_holds() {
    for more in [0, 150] {
        crowd(more);
        let mut model = people();
        if more == 0 {
            filter(&mut model, "-tag:vip");
        } else {
            filter(&mut model, "tag:crowd");
        }
        let before = model.screens.subscribers.table.total.map(|total| total.count);
        keys(&mut model, "*");
        filter(&mut model, "tag:vip");
        let table = &model.screens.subscribers.table;
        assert!(table.rows().all(|row| !table.is_marked(row.id)), "none of these was marked");
        assert_eq!((table.marked(), table.hidden_marks()), (before, before));
        keys(&mut model, "b");
        assert_eq!(top(&mut model), "confirm", "nobody unseen is blocked without a question");
        keys(&mut model, "Esc Esc");
        let table = &model.screens.subscribers.table;
        let stars = table.rows().filter(|row| table.is_marked(row.id)).count();
        assert!(stars > 0 && stars < everybody().len() && stars as i64 <= table.marked().unwrap_or(0));
        assert_eq!(table.hidden_marks(), Some(0));
    }
}

#[test]
fn of_a_hidden_query_only_the_visible_ones_can_be_meant() {
    crowd(150);
    let mut model = people();
    keys(&mut model, "*");
    filter(&mut model, "tag:vip");
    let vips = model.screens.subscribers.table.total.map_or(0, |total| total.count);
    keys(&mut model, "b Tab Enter");
    assert_eq!(lists_said(&model), [ListsSaying::Did(Change::State(S::Blocked), vips)]);
    assert!(vips > 0 && vips < 100);
}

#[test]
fn marked_people_join_a_picked_topic_and_leave_it_by_undo() {
    let mut model = people();
    keys(&mut model, "Space Space Space +");
    assert_eq!(top(&mut model), "pick");
    type_in(&mut model, "week");
    keys(&mut model, "Enter");
    assert_eq!(person(9).topics.len(), 3);
    assert!(
        matches!(&lists_said(&model)[..], [ListsSaying::Did(Change::Join(_, name), 3)] if name == "weekly 周报")
    );
    keys(&mut model, "u");
    assert_eq!(person(9).topics.len(), 2);
}

#[test]
fn a_topic_that_is_not_there_is_made_and_joined() {
    let mut model = people();
    keys(&mut model, "+");
    type_in(&mut model, "night shift");
    keys(&mut model, "Enter");
    assert!(person(9).topics.contains(&"night shift".to_owned()));
}

#[test]
fn a_new_tag_can_be_typed_and_a_known_one_taken_away() {
    let mut model = people();
    keys(&mut model, "#");
    type_in(&mut model, "night");
    keys(&mut model, "Enter");
    assert!(person(9).tags.contains(&"night".to_owned()));
    keys(&mut model, "_");
    type_in(&mut model, "night");
    keys(&mut model, "Enter");
    assert!(!person(9).tags.contains(&"night".to_owned()));
}

#[test]
fn tests_go_to_me_and_the_detail_says_so() {
    let mut model = people();
    keys(&mut model, "=");
    assert_eq!(store(|db| db.me().expect("me")), Some(SubscriberId(9)));
    assert!(model.screens.subscribers.current().is_some_and(|known| known.me));
}

#[test]
fn composing_leads_there_with_the_person_the_marks_or_the_filter() {
    for (pressed, audience) in
        [("c", "id:u9"), ("Space Space c", "id:u9,u8"), ("* Space c", "status:active -id:u9")]
    {
        let mut model = people();
        let before = format!("{:?}", model.screens.compose);
        keys(&mut model, pressed);
        assert_eq!(model.desk.section, Section::Compose, "{audience}");
        // What Compose makes of it is its own; that it was asked is seen in the trail back.
        let _ = before;
        keys(&mut model, "Esc");
    }
}

#[test]
fn a_wrong_filter_leaves_the_list_alone_and_is_still_there_to_be_corrected() {
    let mut model = people();
    keys(&mut model, "/");
    type_in(&mut model, "topik:ops");
    keys(&mut model, "Enter");
    let table = &model.screens.subscribers.table;
    assert!(table.filter.typing && table.filter.refused.is_some());
    assert_eq!((table.len(), table.filter.applied()), (9, ""));
    keys(&mut model, "Esc");
    let table = &model.screens.subscribers.table;
    assert_eq!((table.len(), table.filter.typing, table.filter.refused.is_some()), (9, false, false));
    keys(&mut model, "/");
    type_in(&mut model, "topic:opz");
    keys(&mut model, "Enter");
    let table = &model.screens.subscribers.table;
    assert_eq!((table.len(), table.filter.applied()), (9, ""), "a name that nothing has is no filter either");
    assert!(table.filter.refused.is_some());
    keys(&mut model, "Esc");
    let table = &model.screens.subscribers.table;
    assert_eq!(
        (table.filter.refused.is_some(), table.filter.applied()),
        (false, ""),
        "the filter that holds"
    );
}

#[test]
fn a_person_is_added_with_an_address_and_shown() {
    let mut model = people();
    keys(&mut model, "a");
    type_in(&mut model, "Eve");
    keys(&mut model, "Tab");
    type_in(&mut model, "dev");
    keys(&mut model, "Tab Tab Tab Tab");
    type_in(&mut model, "eve@example.org");
    keys(&mut model, "F6");
    assert!(model.screens.subscribers.sheet.is_none());
    let known = model.screens.subscribers.current().expect("shown");
    assert_eq!((known.person.name.as_str(), known.person.topics.len()), ("Eve", 1));
    assert_eq!(known.person.addresses[0].kind, "email");
}

#[test]
fn an_address_that_somebody_else_has_keeps_the_form_as_it_was_typed() {
    let mut model = people();
    keys(&mut model, "a");
    type_in(&mut model, "Eve");
    keys(&mut model, "Tab Tab Tab Tab Tab");
    type_in(&mut model, "wang@example.org");
    keys(&mut model, "F6");
    let sheet = model.screens.subscribers.sheet.as_ref().expect("still open");
    assert_eq!((sheet.sheet.form.word("name"), sheet.saving), ("Eve", false));
    assert_eq!(everybody().len(), 9);
    assert!(matches!(&said(&model)[..], [Saying::Failed(_)]));
}

#[test]
fn an_address_is_repaired_in_place_and_another_one_goes() {
    let mut model = people();
    let before = person(9);
    keys(&mut model, "e Tab Tab Tab Enter");
    type_in(&mut model, "UID_repaired");
    keys(&mut model, "Esc Tab d F6");
    let after = person(9);
    assert_eq!(after.addresses.len(), 2);
    assert_eq!(after.addresses[0].id, before.addresses[0].id, "history points at the same address");
    assert_ne!(after.addresses[0].masked, before.addresses[0].masked);
}

#[test]
fn a_lost_race_shows_both_and_loses_neither() {
    let mut model = people();
    keys(&mut model, "e Enter");
    type_in(&mut model, " Jr");
    store(|db| {
        let edit = SubscriberEdit { note: Some("theirs".into()), ..Default::default() };
        db.edit_subscriber(SubscriberId(9), None, &edit).expect("edited");
    });
    keys(&mut model, "F6");
    assert_eq!(top(&mut model), "confirm");
    let Some(Overlay::Confirm(confirm)) = model.desk.overlays.last() else { panic!("a question") };
    let differs = |field: &str, mine: &str, theirs: &str| {
        Saying::Lists(ListsSaying::Differs {
            field: field.into(),
            channel: None,
            mine: mine.into(),
            theirs: theirs.into(),
        })
    };
    let lines = [
        differs("name", "王小明 Wang Xiaoming Jr", "王小明 Wang Xiaoming"),
        Saying::Lists(ListsSaying::AlsoChanged(vec![("note".into(), None)])),
    ];
    assert_eq!(confirm.lines, lines);
    keys(&mut model, "Tab Enter");
    let after = person(9);
    assert_eq!((after.name.as_str(), after.note.as_str()), ("王小明 Wang Xiaoming Jr", "theirs"));
}

#[test]
fn leaving_a_form_with_edits_asks_and_escape_keeps_editing() {
    let mut model = people();
    keys(&mut model, "e Enter x Esc Esc");
    assert_eq!(top(&mut model), "confirm");
    keys(&mut model, "Esc");
    assert!(model.screens.subscribers.sheet.is_some());
    keys(&mut model, "Esc y");
    assert!(model.screens.subscribers.sheet.is_none());
    assert_eq!(person(9).name, "王小明 Wang Xiaoming");
}

#[test]
fn an_import_writes_nothing_before_it_was_seen_and_confirmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.csv");
    std::fs::write(&path, "name,topics,邮件 notify\n王芳,dev;夜班,fang@example.org\nLi,,li@example.org\n")
        .expect("written");
    let mut model = people();
    keys(&mut model, "I");
    paste(&mut model, &path.display().to_string());
    keys(&mut model, "Enter");
    assert_eq!(everybody().len(), 9, "the dry run writes nothing");
    keys(&mut model, "Enter Enter");
    assert_eq!(everybody().len(), 9, "Enter rests on [Back]");
    keys(&mut model, "Enter y");
    assert_eq!(everybody().len(), 11);
    assert!(matches!(&lists_said(&model)[..], [ListsSaying::Imported { added: 2, .. }]));
    keys(&mut model, "Esc");
    assert!(model.screens.subscribers.import.is_none());
}

#[test]
fn a_file_with_one_mistake_is_refused_whole_and_cannot_be_confirmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.csv");
    std::fs::write(&path, "name,topics\nGood,dev\n,dev\n").expect("written");
    let mut model = people();
    keys(&mut model, "I");
    paste(&mut model, &path.display().to_string());
    keys(&mut model, "Enter Enter y");
    assert_eq!(everybody().len(), 9);
    keys(&mut model, "I Ctrl-U");
    paste(&mut model, "/nowhere/at/all.csv");
    keys(&mut model, "Enter");
    let import = model.screens.subscribers.import.as_ref().expect("open");
    assert!(import.typing && import.trouble.is_some());
}

#[test]
fn a_topic_is_made_changed_removed_by_its_number_and_brought_back() {
    crowd(55);
    let mut model = people();
    keys(&mut model, "4 a");
    type_in(&mut model, "夜班");
    keys(&mut model, "F6 +");
    type_in(&mut model, "tag:crowd");
    keys(&mut model, "Enter");
    assert_eq!(top(&mut model), "confirm");
    keys(&mut model, "y");
    let topic = || store(|db| db.find_topic("夜班").ok().map(|topic| topic.people));
    assert_eq!(topic(), Some(55));
    keys(&mut model, "F5 d");
    assert_eq!(top(&mut model), "gate");
    keys(&mut model, "5 Enter");
    assert_eq!(topic(), Some(55));
    keys(&mut model, "5 Enter Enter");
    assert_eq!(topic(), None);
    keys(&mut model, "u");
    assert_eq!(topic(), Some(55));
}

#[test]
fn remote_ids_are_added_and_taken_away_in_the_form() {
    let mut model = people();
    keys(&mut model, "4 G e Tab Tab Enter");
    type_in(&mut model, ", 777");
    keys(&mut model, "F6");
    let remotes = || store(|db| db.find_topic("ops 运维").expect("there").remotes.len());
    assert_eq!(remotes(), 2);
    keys(&mut model, "e Tab Tab Enter Ctrl-U F6");
    assert_eq!(remotes(), 0);
}

#[test]
fn members_are_shown_in_subscribers_and_escape_comes_back() {
    let mut model = people();
    keys(&mut model, "4 G g s");
    assert_eq!(model.desk.section, Section::Subscribers);
    assert_eq!(model.screens.subscribers.table.filter.applied(), "topic:\"ops 运维\"");
    assert_eq!(model.screens.subscribers.table.len(), 7);
    keys(&mut model, "Esc Esc");
    assert_eq!(model.desk.section, Section::Topics);
}

#[test]
fn a_person_from_elsewhere_is_shown_though_a_filter_hides_it() {
    let mut model = people();
    keys(&mut model, "/");
    type_in(&mut model, "tag:vip");
    keys(&mut model, "Enter");
    model.desk.go(pushdeck::app::section::Target::Subscriber(SubscriberId(3)));
    keys(&mut model, "F5 F5");
    assert_eq!(model.screens.subscribers.table.selected().map(|row| row.id), Some(SubscriberId(3)));
}

#[test]
fn a_thousand_people_are_walked_by_keys_page_after_page() {
    crowd(1_000);
    let mut model = people();
    keys(&mut model, "G");
    assert_eq!(model.screens.subscribers.table.selected().map(|row| row.id), Some(SubscriberId(1)));
    for _ in 0..120 {
        keys(&mut model, "PgUp");
    }
    assert_eq!(model.screens.subscribers.table.selected().map(|row| row.id), Some(SubscriberId(1_009)));
}

/// Keys that an operator may press in any order.
const KEYS: [&str; 36] = [
    "d",
    "Delete",
    "y",
    "n",
    "Enter",
    "Esc",
    "Tab",
    "Space",
    "*",
    "v",
    "U",
    "b",
    "M",
    "O",
    "+",
    "-",
    "#",
    "_",
    "=",
    "a",
    "e",
    "u",
    "x",
    "j",
    "k",
    "G",
    "g",
    "/",
    "3",
    "4",
    "5",
    "0",
    "I",
    "F6",
    "Backspace",
    "q",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is pressed: a removal is only ordered out of a dialog or a gate whose number was typed.
    #[test]
    fn no_stream_of_keys_removes_anybody_without_a_gate(stream in proptest::collection::vec(0..KEYS.len(), 0..60)) {
        let mut model = people();
        for index in stream {
            if KEYS[index] == "q" && model.desk.overlays.is_empty() {
                continue;
            }
            let asked = match model.desk.overlays.last() {
                Some(Overlay::Confirm(_)) => true,
                Some(Overlay::Gate(gate)) => gate.is_open(),
                _ => false,
            };
            model.desk.now = NOW;
            for effect in press(&mut model, KEYS[index]) {
                let removes = match &effect {
                    Effect::Store(_, Request::Subscribers(SubscribersAsk::Go(job))) => job.change == Change::Remove,
                    Effect::Store(_, Request::Topics(TopicsAsk::Remove(..))) => true,
                    _ => false,
                };
                prop_assert!(!removes || asked, "{} removed without asking", KEYS[index]);
            }
        }
    }
}
