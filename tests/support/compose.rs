//! Compose's questions answered from memory: the mock-up's draft, channels and audience.

use std::collections::BTreeMap;

use pushdeck::app::request::compose::{Bench, Came, ComposeAsk, ComposeTold, Lack, Me, Opened, Reach, Way};
use pushdeck::domain::broadcast::Phase;
use pushdeck::domain::channel::{Account, Health};
use pushdeck::domain::delivery::SkipReason;
use pushdeck::domain::file::FileRef;
use pushdeck::domain::id::{BroadcastId, ChannelId, SubscriberId};
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::plan::PlanHash;
use pushdeck::domain::secret::mask;
use pushdeck::domain::subscriber::SubscriberState;
use pushdeck::domain::time::Millis;
use pushdeck::store::audience::Breakdown;
use pushdeck::store::broadcasts::Draft;
use pushdeck::store::channels::StoredSecret;
use pushdeck::store::longest::Longest;
use pushdeck::store::plan::{ChannelNumbers, Plan, PlanNumbers};
use pushdeck::store::subscribers::Subscriber;

use super::console::NOW;

/// The draft of the mock-up.
pub const DRAFT: BroadcastId = BroadcastId(18);

const BODY: &str = "## 维护窗口 Maintenance window\n\n{{name}}，你好：\n\
    系统将于今晚 22:00-23:30 维护，期间推送可能延迟。\n\n- 影响 Affected: API, **console**\n\
    - 状态 Status: {{status_url}}\n\n> 如有疑问，请直接回复本消息。";

/// Answers one question.
pub fn answer(ask: ComposeAsk) -> ComposeTold {
    match ask {
        ComposeAsk::Bench => ComposeTold::Bench(bench()),
        ComposeAsk::Open(id) => ComposeTold::Opened(Box::new(opened(id))),
        ComposeAsk::NewVersion(_) => ComposeTold::Begun(DRAFT),
        ComposeAsk::Begin { sheet, .. } => ComposeTold::Saved { sheet, id: DRAFT, version: 1 },
        ComposeAsk::Save { sheet, id, seen, .. } => ComposeTold::Saved { sheet, id, version: seen + 1 },
        ComposeAsk::Reach(_) => ComposeTold::Reach(Box::new(reach())),
        ComposeAsk::Plan(_) => ComposeTold::Planned { reach: Box::new(reach()), plan: Box::new(plan()) },
        ComposeAsk::Lacks(_, wanted) => ComposeTold::Lacks(
            wanted
                .into_iter()
                .map(|variable| Lack {
                    variable,
                    people: 40,
                    first: vec!["李雷 Li Lei".into(), "Zoë 🚀".into()],
                })
                .collect(),
        ),
        ComposeAsk::Longest(_, holes) => ComposeTold::Longest(holes, longest()),
        ComposeAsk::Sample { .. } => ComposeTold::Sample(Some(Box::new(sample()))),
        ComposeAsk::Release { id, seen, number, .. } => {
            let came = Came::Held { to_send: number, until: Some(NOW.plus(30_000)) };
            ComposeTold::Released { id, version: seen + 1, came }
        }
        ComposeAsk::LetGo { id, .. } => ComposeTold::LetGo { id, left: true },
        ComposeAsk::Recall(id) => ComposeTold::Recalled(id),
        ComposeAsk::Discard(id) => ComposeTold::Discarded(id),
        ComposeAsk::Restore(id) => ComposeTold::Restored(id),
        ComposeAsk::Test(_) => ComposeTold::Testing(BroadcastId(99)),
        ComposeAsk::TestState(id) => ComposeTold::TestState { id, parts: Vec::new() },
        ComposeAsk::LastTest(message) => ComposeTold::LastTest { message, test: None },
        ComposeAsk::Attach { sheet, path, .. } => {
            let file = FileRef::at(path.as_ref(), 86_016, String::new());
            ComposeTold::Attached { sheet, file }
        }
        ComposeAsk::SetMe(name) => ComposeTold::Me(Me { id: SubscriberId(5), name }),
    }
}

fn bench() -> Bench {
    let way = |id: i64, name: &str, kind: &str, settings: &[(&str, &str)], health| Way {
        account: Account {
            id: ChannelId(id),
            name: name.into(),
            kind: kind.into(),
            settings: settings.iter().map(|(field, value)| ((*field).into(), (*value).into())).collect(),
            secrets: BTreeMap::new(),
        },
        secrets: vec![StoredSecret {
            field: "app_token".into(),
            masked: mask("AT_0123456789k8Qe"),
            set_at: Millis(0),
        }],
        paused: None,
        health,
    };
    let mail = [("host", "smtp.example.org"), ("from", "ops@example.org"), ("rate", "5/s")];
    Bench {
        ways: vec![
            way(1, "WxPusher", "wxpusher", &[], Health::Ok),
            way(2, "Bark", "bark", &[], Health::Ok),
            way(3, "邮件", "email", &mail, Health::Ok),
            way(4, "Server酱", "serverchan", &[], Health::Failing),
        ],
        me: Some(Me { id: SubscriberId(5), name: "王小明".into() }),
    }
}

fn opened(id: BroadcastId) -> Opened {
    let message = Message {
        title: "11月维护通知 Maintenance".into(),
        summary: String::new(),
        url: "https://status.example.org/m/1811".into(),
        format: Format::Markdown,
        body: BODY.into(),
        files: Vec::new(),
    };
    let draft = Draft {
        message,
        audience: "topic:ops -tag:muted".into(),
        channels: vec![ChannelId(1), ChannelId(2), ChannelId(3)],
        ..Draft::default()
    };
    Opened { id, version: 3, phase: Phase::Draft, draft, saved: Millis(NOW.0 - 222_000) }
}

fn reach() -> Reach {
    let skipped = [
        (SkipReason::Unsubscribed, 201),
        (SkipReason::Blocked, 17),
        (SkipReason::Muted, 100),
        (SkipReason::NoAddress, 40),
    ];
    let people = Breakdown {
        people: 12_841,
        channels: vec![(ChannelId(1), 8_312), (ChannelId(2), 1_961), (ChannelId(3), 2_210)],
        skipped: skipped.into(),
    };
    Reach { people, ..Reach::default() }
}

/// The plan that the review shows.
fn plan() -> Plan {
    let Reach { people, .. } = reach();
    let on = |(channel, people): (ChannelId, i64)| ChannelNumbers { channel, people, remotes: 0 };
    let channels = people.channels.into_iter().map(on).collect();
    let hash = PlanHash::new(&"0".repeat(64), &["1", "2", "3", "4"].map(|digit| digit.repeat(64)));
    Plan { hash, numbers: PlanNumbers { channels, skipped: people.skipped } }
}

/// Those of the audience with the longest values.
fn longest() -> Vec<Longest> {
    let one = |channel: i64, id: i64, name: &str| Longest {
        channel: ChannelId(channel),
        person: SubscriberId(id),
        name: name.into(),
        values: [("status_url".to_owned(), format!("https://status.example.org/{id}"))].into(),
    };
    vec![
        one(1, 48_213, "王小明"),
        one(1, 5, "司马相如 Sima Xiangru"),
        one(2, 7, "欧阳娜娜"),
        one(3, 9, "Zoë 🚀"),
    ]
}

fn sample() -> Subscriber {
    Subscriber {
        id: SubscriberId(48_213),
        name: "王小明".into(),
        note: String::new(),
        lang: None,
        quiet: None,
        state: SubscriberState::Active,
        addresses: Vec::new(),
        topics: Vec::new(),
        tags: Vec::new(),
        vars: BTreeMap::new(),
        version: 1,
        created: Millis(0),
        removed: None,
    }
}
