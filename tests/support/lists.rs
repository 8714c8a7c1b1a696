//! A store in memory with the people of the mock-up, answered by the real backend; one per test.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use pushdeck::app::request::inbox::InboxAsk;
use pushdeck::app::request::subscribers::SubscribersAsk;
use pushdeck::app::request::topics::TopicsAsk;
use pushdeck::app::request::{Reply, Trouble};
use pushdeck::channels::callback::{Came, Event};
use pushdeck::console::backend::subscribers::Running;
use pushdeck::console::backend::{inbox as conversations, subscribers as people, topics as lists};
use pushdeck::domain::secret::Secret;
use pushdeck::domain::subscriber::SubscriberState;
use pushdeck::domain::time::Millis;
use pushdeck::store::addresses::NewAddress;
use pushdeck::store::channels::NewChannel;
use pushdeck::store::db::Db;
use pushdeck::store::error::StoreError;
use pushdeck::store::inbox::{Does, Incoming, NewRule};
use pushdeck::store::subscribers::NewSubscriber;
use pushdeck::store::topics::NewTopic;

use super::console::NOW;

struct Store {
    db: Db,
    running: Running,
    clock: Arc<AtomicI64>,
}

thread_local! {
    static STORE: RefCell<Store> = RefCell::new(sample());
}

/// Looks into the store of this test, or changes it behind the console's back.
pub fn store<T>(what: impl FnOnce(&mut Db) -> T) -> T {
    STORE.with_borrow_mut(|store| what(&mut store.db))
}

/// A store with nobody in it.
pub fn empty_store() {
    STORE.with_borrow_mut(|store| *store = bare());
}

/// Answers the section Subscribers.
pub fn subscribers(ask: SubscribersAsk) -> Reply {
    STORE.with_borrow_mut(|Store { db, running, .. }| {
        people::answer(db, running, ask).map_or_else(failed, Reply::Subscribers)
    })
}

/// Answers the section Topics.
pub fn topics(ask: TopicsAsk) -> Reply {
    STORE.with_borrow_mut(|Store { db, .. }| lists::answer(db, ask).map_or_else(failed, Reply::Topics))
}

/// Answers the section Inbox.
pub fn inbox(ask: InboxAsk) -> Reply {
    STORE.with_borrow_mut(|Store { db, .. }| {
        conversations::answer(db, ask, "ann").map_or_else(failed, Reply::Inbox)
    })
}

/// What came in lately: words, a command, an order, a follow, and something nobody knows.
pub fn letters() {
    STORE.with_borrow_mut(|Store { db, clock, .. }| {
        let channel = db.channels().expect("channels")[0].id;
        let rule = NewRule {
            does: Does::Welcome,
            channel: None,
            pattern: String::new(),
            topics: vec!["weekly 周报".into()],
            tags: Vec::new(),
            text: "Welcome 欢迎".into(),
            other: String::new(),
        };
        db.set_rule(&rule).expect("a rule");
        let long = "停电从昨晚九点开始，物业说今天中午修好。可是已经下午两点了，还是没有电，请问什么时候能恢复？\nRoom 1204, second \u{1b}[31mfloor";
        let came = [
            (400, Some("UID_chen"), Event::Order { trade: "2022A77".into(), amount: Some(1_250) }),
            (120, Some("UID_new00001"), Event::Follow { scene: "poster-3".into() }),
            (90, None, Event::Other { action: "moon_phase".into() }),
            (45, Some("UID_3f9c11"), Event::Text { text: "状态".into() }),
            (12, Some("UID_ouyang"), Event::Text { text: long.into() }),
            (3, Some("UID_3f9c11"), Event::Text { text: "When is the power back?".into() }),
        ];
        for (minutes, address, event) in came {
            let at = Millis(NOW.0 - minutes * 60_000);
            clock.store(at.0, Ordering::SeqCst);
            let came = Came {
                key: format!("{event:?}"),
                address: address.map(Secret::new),
                event,
                name: String::new(),
                at,
                app: String::new(),
                allows: None,
                raw: String::new(),
            };
            db.take_in(&[Incoming { channel, came }]).expect("taken");
        }
        clock.store(NOW.0, Ordering::SeqCst);
    });
}

fn failed(error: StoreError) -> Reply {
    Reply::Failed(Trouble { summary: error.to_string(), ..Trouble::default() })
}

fn bare() -> Store {
    let clock = Arc::new(AtomicI64::new(NOW.0));
    let hands = Arc::clone(&clock);
    let db = Db::in_memory(Arc::new(move || Millis(hands.load(Ordering::SeqCst)))).expect("a store");
    Store { db, running: Running::default(), clock }
}

fn sample() -> Store {
    let mut store = bare();
    let days_ago = |days: i64| NOW.0 - days * 86_400_000;
    store.clock.store(days_ago(265), Ordering::SeqCst);
    let db = &mut store.db;
    let channels: Vec<_> = [("WxPusher", "wxpusher"), ("Bark self", "bark"), ("邮件 notify", "email")]
        .map(|(name, kind)| {
            let new = NewChannel { name: name.into(), kind: kind.into(), ..NewChannel::default() };
            db.add_channel(&new).expect("a channel")
        })
        .to_vec();
    for (name, note) in [("ops 运维", "Operations notices"), ("dev", ""), ("weekly 周报", ""), ("vip", "")]
    {
        let remotes = if name == "ops 运维" { vec![(channels[0], "24518".to_owned())] } else { Vec::new() };
        db.add_topic(&NewTopic { name: name.into(), note: note.into(), remotes }).expect("a topic");
    }
    use SubscriberState as S;
    // Name, topics, tags, addresses, state, days ago.
    type Person = (&'static str, &'static str, &'static str, &'static [(usize, &'static str)], S, i64);
    let sample: [Person; 9] = [
        ("Zoë 🚀", "ops 运维", "", &[(1, "abcdefghijklmnopqrst01")], S::Active, 200),
        ("欧阳娜娜", "ops 运维", "", &[(0, "UID_ouyang"), (2, "nana@example.org")], S::Active, 120),
        ("ops-bot@example.org", "ops 运维", "bot", &[(2, "ops-bot@example.org")], S::Blocked, 90),
        ("陈思远", "ops 运维", "", &[(0, "UID_chen")], S::Muted, 30),
        ("Anna Schmidt", "ops 运维;weekly 周报", "vip", &[(2, "anna@example.org")], S::Active, 7),
        ("李雷 Li Lei", "ops 运维", "", &[(1, "abcdefghijklmnopqrst02")], S::Active, 2),
        ("Bad \u{1b}[31mname\u{202e}", "", "", &[], S::Active, 1),
        ("Olga", "dev", "", &[(2, "olga@example.org")], S::Unsubscribed, 1),
        (
            "王小明 Wang Xiaoming",
            "ops 运维;dev",
            "vip;oncall",
            &[(0, "UID_3f9c11"), (1, "abcdefghijklmnopqrk8Qe"), (2, "wang@example.org")],
            S::Active,
            0,
        ),
    ];
    for (name, topics, tags, addresses, state, days) in sample {
        store.clock.store(days_ago(days), Ordering::SeqCst);
        let words = |text: &str| text.split(';').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let mut new = NewSubscriber {
            name: name.into(),
            topics: words(topics),
            tags: words(tags),
            addresses: addresses
                .iter()
                .map(|(channel, typed)| NewAddress {
                    channel: channels[*channel],
                    typed: Secret::new(*typed),
                })
                .collect(),
            ..NewSubscriber::default()
        };
        if days == 0 {
            "on call until Friday".clone_into(&mut new.note);
            new.vars = [("city".to_owned(), "上海".to_owned())].into();
        }
        let id = db.add_subscriber(&new).expect(name).id;
        if state != S::Active {
            db.set_subscriber_state(id, state).expect(name);
        }
    }
    store.clock.store(NOW.0, Ordering::SeqCst);
    store
}
