//! A console with known rows in it: the mock-up's broadcasts, answered from memory.

use std::sync::{Arc, LazyLock};

use pushdeck::app::desk::Settings;
use pushdeck::app::effect::Effect;
use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::request::{Deed, Reply, Request, Trouble};
use pushdeck::app::rows::{About, BroadcastDetail, BroadcastRow, Lane, Page, Pulse, Total, Wait};
use pushdeck::app::update::update;
use pushdeck::domain::broadcast::BroadcastState;
use pushdeck::domain::channel::Health;
use pushdeck::domain::delivery::{Class, Counts, DeliveryState as D};
use pushdeck::domain::id::{BroadcastId, ChannelId};
use pushdeck::domain::time::Millis;
use pushdeck::input::keymap::Keymap;

use super::compose;

/// 2025-11-22 14:05:52 UTC.
pub const NOW: Millis = Millis(1_763_820_352_000);

static KEYS: LazyLock<Arc<Keymap>> = LazyLock::new(Arc::default);

/// A console that was started and answered.
pub struct Scene {
    rows: Vec<BroadcastRow>,
    pulse: Pulse,
    size: (u16, u16),
    settings: Settings,
}

impl Scene {
    /// Nothing was ever sent.
    pub fn empty() -> Self {
        let settings = Settings { remote: true, ..Settings::default() };
        Self { rows: Vec::new(), pulse: Pulse::default(), size: (80, 24), settings }
    }

    /// The Outbox of the mock-up.
    pub fn busy() -> Self {
        let channels = ["WxPusher", "Bark", "Email", "WeChat", "ServerChan"];
        let health = |name: &&str| if **name == *"ServerChan" { Health::Failing } else { Health::Ok };
        let pulse = Pulse {
            active: 2,
            scheduled: 1,
            drafts: 1,
            percent: 64,
            failed: 14,
            unknown: 0,
            unread: 3,
            people: 12_483,
            empty: false,
            channels: channels.iter().map(|name| ((*name).to_owned(), health(name))).collect(),
            held: None,
            sender: true,
            halted: None,
            disk_low: false,
            silent: false,
            died: 0,
            lost: 0,
        };
        Self { rows: rows(), pulse, ..Self::empty() }
    }

    /// On a terminal of this size.
    pub fn size(mut self, size: (u16, u16)) -> Self {
        self.size = size;
        self
    }

    /// A throw-away store.
    pub fn demo(mut self) -> Self {
        self.settings.demo = true;
        self
    }

    /// Nothing may be changed.
    pub fn readonly(mut self) -> Self {
        self.settings.readonly = true;
        self
    }

    /// The model after its first answers.
    pub fn model(self) -> Model {
        let mut model = Model::new(self.settings.clone(), Arc::clone(&KEYS));
        model.desk.now = NOW;
        model.desk.settings.themes = vec!["dark".to_owned(), "terminal-16".to_owned()];
        let mut waiting = vec![Msg::Resize(self.size.0, self.size.1), Msg::Start];
        while !waiting.is_empty() {
            let msg = waiting.remove(0);
            for effect in update(&mut model, msg).effects {
                if let Effect::Store(ticket, request) = effect {
                    waiting.push(Msg::Store(ticket, answer(&self.rows, &self.pulse, request)));
                }
            }
        }
        model
    }
}

/// Presses a key and answers what it asks.
pub fn press(model: &mut Model, key: &str) -> Vec<Effect> {
    answer_all(model, Msg::Key(key.parse().expect("a key")))
}

/// Lets something happen and answers what is asked for it.
pub fn answer_all(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let scene = Scene::busy();
    let mut waiting = vec![msg];
    let mut seen = Vec::new();
    while !waiting.is_empty() {
        let msg = waiting.remove(0);
        for effect in update(model, msg).effects {
            if let Effect::Store(ticket, request) = &effect {
                waiting.push(Msg::Store(*ticket, answer(&scene.rows, &scene.pulse, request.clone())));
            }
            seen.push(effect);
        }
    }
    seen
}

fn answer(rows: &[BroadcastRow], pulse: &Pulse, request: Request) -> Reply {
    match request {
        Request::Pulse => Reply::Pulse(pulse.clone()),
        Request::Broadcasts(ask) => {
            let found: Vec<BroadcastRow> = rows
                .iter()
                .filter(|row| ask.filter.is_empty() || row.audience.contains(&ask.filter))
                .cloned()
                .collect();
            let total = Some(Total { count: found.len() as i64, exact: true });
            Reply::Broadcasts(Page { rows: found, prev: None, next: None, total })
        }
        Request::Broadcast(id) => {
            let row = rows.iter().find(|row| row.id == id).cloned();
            Reply::Broadcast(row.map(|row| Box::new(detail(row))))
        }
        Request::Pause(id) => Reply::Done(Deed::Paused { id, in_flight: 2_000 }),
        Request::Resume(id) => Reply::Done(Deed::Resumed { id }),
        Request::Stop(id) => Reply::Done(Deed::Stopped { id, cancelled: 4_493 }),
        Request::Recall(id) => Reply::Done(Deed::Recalled { id }),
        Request::Schedule(_, act) => Reply::Done(Deed::Schedule(act)),
        Request::Halt => Reply::Done(Deed::Halted { in_flight: 2_000 }),
        Request::Unhalt => Reply::Done(Deed::Unhalted),
        Request::Report(id, _) => Reply::Done(Deed::Reported(format!("reports/{id}.md"))),
        // Their pictures stand beside their screens; here they have nothing to show.
        Request::Channels(_) | Request::History(_) => Reply::Failed(Trouble::default()),
        Request::Errand(ask) => Reply::Errand(super::errands::answer(&ask)),
        Request::Subscribers(ask) => super::lists::subscribers(ask),
        Request::Topics(ask) => super::lists::topics(ask),
        Request::Inbox(ask) => super::lists::inbox(ask),
        Request::Compose(ask) => Reply::Compose(compose::answer(ask)),
    }
}

/// A ledger of these states.
pub fn counts(pairs: &[(D, i64)]) -> Counts {
    let mut counts = Counts::default();
    for (state, n) in pairs {
        counts.add(*state, *n);
    }
    counts
}

fn row(id: i64, state: BroadcastState, title: &str, audience: &str, ledger: &[(D, i64)]) -> BroadcastRow {
    BroadcastRow {
        id: BroadcastId(id),
        state,
        title: title.to_owned(),
        audience: audience.to_owned(),
        counts: counts(ledger),
        at: Millis(NOW.0 - 222_000),
        until: None,
        orphaned: false,
        paused: None,
        repeats: None,
        taken_back: 0,
    }
}

fn rows() -> Vec<BroadcastRow> {
    use BroadcastState as S;
    let mut held = row(16, S::Held, "周报 Weekly digest", "topic:wk", &[(D::Planned, 930)]);
    held.until = Some(NOW.plus(8_000));
    let mut scheduled = row(15, S::Scheduled, "Release 2.4", "topic:dev", &[(D::Planned, 3_112)]);
    scheduled.until = Some(NOW.plus(3 * 3_600_000 + 12 * 60_000));
    let sending =
        [(D::Accepted, 7_974), (D::Rejected, 14), (D::Unknown, 2), (D::Sending, 2_000), (D::Planned, 2_493)];
    vec![
        row(18, S::Sending, "11月维护通知 Maintenance", "topic:ops", &sending),
        row(17, S::Paused, "Black Friday", "tag:vip", &[(D::Accepted, 10_122), (D::Planned, 38_078)]),
        held,
        scheduled,
        row(14, S::Partial, "Disk alert", "topic:ops", &[(D::Accepted, 12_471), (D::Rejected, 9)]),
        row(13, S::Done, "SSL renewed", "id:u1", &[(D::Accepted, 1)]),
        row(12, S::Draft, "", "", &[]),
    ]
}

fn lane(id: i64, name: &str, ledger: &[(D, i64)], rate_tenths: i64) -> Lane {
    Lane {
        reserve: false,
        channel: ChannelId(id),
        name: name.to_owned(),
        kind: String::new(),
        counts: counts(ledger),
        taken_back: 0,
        rate_tenths,
        paused: None,
        stage: None,
        rest: None,
        waits: None,
        calls: 0,
        in_flight: 0,
        last_error: None,
        expired: false,
    }
}

fn detail(row: BroadcastRow) -> BroadcastDetail {
    if row.id != BroadcastId(18) {
        let kind = match row.id {
            BroadcastId(13) => Some("wxpusher"),
            BroadcastId(14) => Some("email"),
            _ => None,
        };
        let lanes =
            kind.map(|kind| Lane { kind: kind.to_owned(), counts: row.counts, ..lane(1, "ops", &[], 0) });
        return BroadcastDetail {
            row,
            lanes: lanes.into_iter().collect(),
            about: About::default(),
            started: None,
            ended: None,
            left_ms: None,
        };
    }
    let mut first = lane(
        1,
        "WxPusher",
        &[(D::Accepted, 6_000), (D::Rejected, 3), (D::Sending, 2_000), (D::Planned, 309)],
        1_430,
    );
    (first.calls, first.in_flight) = (1, 2_000);
    let mut second =
        lane(2, "Bark", &[(D::Accepted, 1_764), (D::Rejected, 11), (D::Unknown, 2), (D::Planned, 184)], 420);
    second.waits = Some((NOW.plus(8_000), Wait::For(Class::RateLimit)));
    let third = lane(3, "Email", &[(D::Accepted, 210), (D::Planned, 2_000)], 50);
    BroadcastDetail {
        row,
        lanes: vec![first, second, third],
        about: About {
            released_by: "ann@203.0.113.7".into(),
            pause_detail: String::new(),
            link: "https://status.example.org/m/1811".into(),
            body: ["## 维护窗口 Maintenance window", "", "{{name}}，你好："].map(str::to_owned).to_vec(),
            ..About::default()
        },
        started: Some(Millis(NOW.0 - 42_000)),
        ended: None,
        left_ms: Some(400_000),
    }
}
