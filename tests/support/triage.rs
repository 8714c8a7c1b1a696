//! A console over a real store in memory, in which things went wrong: a refused credential with people
//! waiting behind it, dead device keys, answers that never came.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use pushdeck::app::desk::Settings;
use pushdeck::app::effect::{Effect, Timer};
use pushdeck::app::model::Model;
use pushdeck::app::msg::Msg;
use pushdeck::app::request::{Reply, Request, Trouble};
use pushdeck::app::update::update;
use pushdeck::console::backend::route::{self, Session};
use pushdeck::domain::broadcast::{PauseReason, Purpose};
use pushdeck::domain::delivery::{Class, DeliveryState};
use pushdeck::domain::id::{BroadcastId, ChannelId};
use pushdeck::domain::message::Message;
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;
use pushdeck::input::keymap::Keymap;
use pushdeck::store::addresses::NewAddress;
use pushdeck::store::broadcasts::Draft;
use pushdeck::store::channels::NewChannel;
use pushdeck::store::db::Db;
use pushdeck::store::ledger::claim::Wish;
use pushdeck::store::ledger::record::{Record, Recorded};
use pushdeck::store::plan::{Gate, Release};
use pushdeck::store::subscribers::NewSubscriber;

/// 2025-11-22 14:05:52 UTC.
pub const NOW: Millis = Millis(1_763_820_352_000);

/// How one delivery ended: state, class, the provider's code and words.
pub type Fate = (DeliveryState, Option<Class>, &'static str, &'static str);

/// What the provider takes.
pub const ACCEPTED: Fate = (DeliveryState::Accepted, None, "200", "success");
/// A device key that is gone.
pub const GONE: Fate = (DeliveryState::Rejected, Some(Class::BadRecipient), "410", "Unregistered");
/// A refused credential.
pub const REFUSED: Fate = (DeliveryState::Rejected, Some(Class::Credential), "1001", "app token invalid");
/// An answer that never came.
pub const SILENCE: Fate = (DeliveryState::Unknown, Some(Class::Network), "", "no answer within 30 s");

/// A store and a console on it.
pub struct Bench {
    pub model: Model,
    pub db: Db,
    session: Session,
    now: Arc<AtomicI64>,
    epoch: i64,
}

impl Bench {
    /// Nothing was ever set up.
    pub fn empty(size: (u16, u16)) -> Self {
        let now = Arc::new(AtomicI64::new(NOW.0));
        let clock = Arc::clone(&now);
        let db = Db::in_memory(Arc::new(move || Millis(clock.load(Ordering::SeqCst)))).expect("a store");
        let mut model = Model::new(Settings::default(), Arc::new(Keymap::default()));
        model.desk.now = NOW;
        let mut bench = Self { model, db, session: Session::default(), now, epoch: 0 };
        bench.epoch = bench.db.become_sender(1).expect("the sender").epoch;
        // Alive by the lock alone: the clock of these scenes stands still, and so would its beat.
        bench.db.leave_sender(bench.epoch).expect("left");
        bench.feed(Msg::Resize(size.0, size.1));
        bench
    }

    /// The trouble of the module's first line.
    pub fn in_trouble(size: (u16, u16)) -> Self {
        let mut bench = Self::empty(size);
        let main = bench.channel("微信推送 main", "wxpusher", "app_token", "AT_abcdefghijklmnopk8Qe");
        let bark = bench.channel("Bark self", "bark", "password", "a long password 3f9c");
        bench.channel("邮件 notify", "email", "password", "another password m4iL");
        for at in 0..80 {
            bench.person(at, &[main, bark]);
        }
        for at in 80..140 {
            bench.person(at, &[bark]);
        }
        let first = bench.broadcast("11月维护通知 Maintenance", &[bark]);
        bench.fates(first, |at| match at {
            0..55 => GONE,
            55..59 => SILENCE,
            _ => ACCEPTED,
        });
        bench.passes(120_000);
        let second = bench.broadcast("Release 2.4", &[main]);
        // One call was refused, the rest waits behind the paused channel.
        bench.some_fates(second, 12, |_| REFUSED);
        bench.db.pause_channel(main, PauseReason::Credential, "1001 app token invalid").expect("paused");
        bench.passes(60_000);
        bench.feed(Msg::Start);
        bench
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.feed(Msg::Resize(width, height));
    }

    pub fn channel(&mut self, name: &str, kind: &str, field: &str, secret: &str) -> ChannelId {
        let new = NewChannel {
            name: name.to_owned(),
            kind: kind.to_owned(),
            settings: match kind {
                "email" => [("host", "mail.example.org"), ("from", "News <news@example.org>")]
                    .map(|(field, value)| (field.to_owned(), value.to_owned()))
                    .into(),
                _ => std::collections::BTreeMap::new(),
            },
            secrets: [(field.to_owned(), Secret::new(secret))].into(),
        };
        self.db.add_channel(&new).expect("a channel")
    }

    fn person(&mut self, at: usize, channels: &[ChannelId]) {
        let names = ["王小明", "李雷", "Anna Schmidt", "陈思远", "欧阳娜娜", "Zoë 🚀"];
        let addresses = channels
            .iter()
            .map(|channel| {
                let typed = match channel.0 {
                    1 => format!("UID_{at:028}"),
                    _ => format!("devicekey{at:013}"),
                };
                NewAddress { channel: *channel, typed: Secret::new(typed) }
            })
            .collect();
        let name = format!("{} {at}", names[at % names.len()]);
        self.db
            .add_subscriber(&NewSubscriber { name, addresses, ..NewSubscriber::default() })
            .expect("a person");
    }

    /// Releases a message to everybody over these channels.
    pub fn broadcast(&mut self, title: &str, channels: &[ChannelId]) -> BroadcastId {
        let draft = Draft {
            message: Message { title: title.to_owned(), body: "…".to_owned(), ..Message::default() },
            audience: "-tag:nobody".to_owned(),
            channels: channels.to_vec(),
            ..Draft::default()
        };
        let id = self.db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        let release =
            Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(1_000), keeper: None, expected: None };
        self.db.release(id, &release).expect("released");
        id
    }

    /// Sends all that waits and gives every delivery its fate by its place.
    pub fn fates(&mut self, id: BroadcastId, fate: impl Fn(i64) -> Fate) {
        self.some_fates(id, usize::MAX, fate);
    }

    /// The same for the first so many.
    pub fn some_fates(&mut self, id: BroadcastId, most: usize, fate: impl Fn(i64) -> Fate) {
        let mut left = most;
        let lanes = self.db.open_lanes().expect("lanes");
        for lane in lanes.iter().filter(|lane| lane.broadcast == id) {
            let per_call = left.min(500);
            let wish = Wish { lane: lane.lane, calls: 1, retries: 1, per_call, vars: false };
            for granted in self.db.cycle(self.epoch, &[], &[wish]).expect("claimed").granted {
                left -= granted.deliveries.len();
                let records: Vec<Record> = granted
                    .deliveries
                    .iter()
                    .map(|one| {
                        let (state, class, code, text) = fate(one.seq - 1);
                        Record {
                            call: granted.call,
                            lane: granted.lane,
                            broadcast: granted.broadcast,
                            seq: one.seq,
                            result: Recorded::Moved {
                                state,
                                not_before: None,
                                class,
                                code: code.to_owned(),
                                text: text.to_owned(),
                                receipt: None,
                            },
                        }
                    })
                    .collect();
                self.db.cycle(self.epoch, &records, &[]).expect("recorded");
            }
        }
    }

    /// Time goes by, for the store and for the console.
    pub fn passes(&mut self, ms: i64) {
        let now = Millis(self.now.fetch_add(ms, Ordering::SeqCst) + ms);
        self.model.desk.now = now;
    }

    /// Presses keys one after the other and lets the store answer; words in quotes are pasted.
    pub fn press(&mut self, keys: &str) -> usize {
        let keys: Vec<&str> = keys.split_whitespace().collect();
        for key in &keys {
            self.feed(Msg::Key(key.parse().expect("a key")));
        }
        keys.len()
    }

    /// Pastes a text.
    pub fn paste(&mut self, text: &str) {
        self.feed(Msg::Paste(text.to_owned()));
    }

    /// Another process changed the store.
    pub fn changed(&mut self) {
        self.feed(Msg::Changed);
    }

    fn feed(&mut self, msg: Msg) {
        let mut waiting = vec![msg];
        while !waiting.is_empty() {
            let msg = waiting.remove(0);
            for effect in update(&mut self.model, msg).effects {
                match effect {
                    Effect::Store(ticket, request) => {
                        let reply = self.answer(request);
                        waiting.push(Msg::Store(ticket, reply));
                    }
                    Effect::After(_, timer @ Timer::Screen(..)) => waiting.push(Msg::Due(timer)),
                    _ => {}
                }
            }
            // What was decided has reached the screen.
            let _ = update(&mut self.model, Msg::Drawn);
        }
    }

    fn answer(&mut self, request: Request) -> Reply {
        route::answer(&mut self.db, request, &self.session, true).unwrap_or_else(|error| {
            Reply::Failed(Trouble { summary: error.to_string(), ..Trouble::default() })
        })
    }
}
