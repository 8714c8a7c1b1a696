//! Durable sending against a bare reqwest loop that posts the same bytes to the same provider.
//!
//! Ours is the sender as it runs in a process of its own: claims, sealed addresses, answers recorded with
//! `synchronous=FULL`. Both sides run in this process on two worker threads, in turn, several rounds; the
//! medians are compared. The provider is the sandbox in another process.

mod support {
    pub mod args;
    pub mod provider;
    pub mod quantile;
    pub mod report;
    pub mod shop;
}

/// The binary's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use pushdeck::channels::call::{Call, HttpCall};
use pushdeck::delivery::outgoing::{Line, Outgoing};
use pushdeck::domain::delivery::DeliveryState;
use pushdeck::domain::id::BroadcastId;
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;
use pushdeck::sender::process::{Running, run};
use pushdeck::store::channels::Open;
use pushdeck::store::db::{Db, Opening};
use pushdeck::store::ledger::claim::{Claimed, Destination};
use pushdeck::store::plan::{Gate, Release, Released};
use support::args::Args;
use support::provider::{Provider, serve};
use support::quantile::quantile;
use support::report::{Goal, head, line, short};
use support::shop;

const PLAIN: &str = "The power is off from 23:00 to 23:30 for maintenance.";
const PERSONAL: &str = "{{name}}, the power is off from 23:00 to 23:30 for maintenance.";

fn main() {
    let args = Args::read();
    if args.text("role") == Some("provider") {
        return serve(&args);
    }
    let rounds = args.number("rounds", 3);
    head("Sending: medians of rounds, sends/s");
    if args.wants("instant") {
        let goal = Goal { must: 0.6, best: 0.8 };
        against_the_loop(args.number("n", 50_000), rounds, 0, args.number("in-flight", 64), goal);
    }
    if args.wants("latency") {
        let goal = Goal { must: 0.95, best: 1.0 };
        let (n, in_flight) = (args.number("n-latency", 40_000), args.number("in-flight-latency", 256));
        against_the_loop(n, rounds, args.number("latency", 50), in_flight, goal);
    }
    if args.wants("many") {
        many_a_call(args.number("n-many", 200_000), args.number("n", 50_000), rounds);
    }
    if args.wants("rate") {
        under_a_limit(args.number("rate", 200), args.number("n-rate", 4_000));
    }
}

/// A store with one channel to the provider and people on it.
struct Shop {
    db: Db,
    opening: Opening,
    threads: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Shop {
    fn open(people: usize, kind: &str, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let opening = shop::opening(folder.path());
        let mut db = opening.open().expect("a store");
        shop::channel(&mut db, kind, settings);
        let mut csv = format!("name,{kind}\n");
        for n in 0..people {
            writeln!(csv, "Person {n},{}", address(kind, n)).expect("writing to a text cannot fail");
        }
        shop::import(&mut db, csv, people);
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("worker threads");
        Self { db, opening, threads, _folder: folder }
    }

    /// Releases to everybody, or to as many as an earlier release of `id`'s shop had.
    fn release(&mut self, body: &str) -> (BroadcastId, usize) {
        let id = shop::draft(&mut self.db, "Notice", body, "status:active");
        let release = Release {
            by: "bench".into(),
            seen: 1,
            gate: Gate::AtMost(i64::MAX),
            keeper: None,
            expected: None,
        };
        match self.db.release(id, &release).expect("released") {
            Released::Done { to_send, .. } => (id, to_send as usize),
            refused => panic!("{refused:?}"),
        }
    }

    /// Sends a broadcast durably; gives the seconds from the sender's start to the last record.
    fn send(&mut self, id: BroadcastId, expected: usize) -> f64 {
        let started = self.db.now();
        self.send_all(id, expected);
        self.ended(id).since(started) as f64 / 1_000.0
    }

    /// The same from the first claim on: how a rate is kept, without the start of a process.
    fn send_paced(&mut self, id: BroadcastId, expected: usize) -> f64 {
        self.send_all(id, expected);
        let started = self.db.broadcast(id).expect("there").row.started_at.expect("it has started");
        self.ended(id).since(started) as f64 / 1_000.0
    }

    fn ended(&self, id: BroadcastId) -> Millis {
        self.db.broadcast(id).expect("there").row.ended_at.expect("it has ended")
    }

    fn send_all(&mut self, id: BroadcastId, expected: usize) {
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let running = Running { idle: Some(Duration::from_millis(1)), ..Running::default() };
        self.threads.block_on(run(self.opening.clone(), running, stopped)).expect("sent");
        let accepted = self.db.counts(id).expect("counts").of(DeliveryState::Accepted);
        assert_eq!(accepted, expected as i64, "everybody was sent to");
    }

    /// The calls that `id` makes, ready to leave: what the bare loop posts.
    fn calls(&self, id: BroadcastId, kind: &str, n: usize) -> Vec<Letter> {
        let channel = self.db.find_channel(kind).expect("there").id;
        let account = self.db.account(channel, Open::Secrets).expect("there");
        let detail = self.db.broadcast(id).expect("there");
        let keys = self.db.delivery_keys().expect("there");
        let out = Outgoing::new(Line::new(account).expect("known"), &detail, &keys, Arc::default())
            .expect("prepared");
        (0..n)
            .map(|n| {
                let to = Ok(Destination::Address(Secret::new(address(kind, n))));
                let name = format!("Person {n}");
                let one = Claimed {
                    seq: n as i64 + 1,
                    tries: 0,
                    attempts: 0,
                    doubt: None,
                    to,
                    name,
                    vars: [].into(),
                };
                match out.build(&[one]).expect("built").call {
                    Call::Http(HttpCall { url, headers, body, .. }) => {
                        Letter { url, headers, body: body.into() }
                    }
                    Call::Mail(_) => panic!("{kind} speaks HTTP"),
                }
            })
            .collect()
    }
}

fn address(kind: &str, n: usize) -> String {
    if kind == "bark" { format!("abcdefghijkl{n:010}") } else { format!("UID_bench{n:010}") }
}

/// One request of the bare loop.
struct Letter {
    url: String,
    headers: Vec<(std::borrow::Cow<'static, str>, String)>,
    body: Bytes,
}

/// The reference: so many tasks that take the next request, post it and read its answer.
async fn bare_loop(letters: Arc<Vec<Letter>>, in_flight: usize) -> f64 {
    let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().expect("a client");
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (client, next, letters) = (client.clone(), Arc::clone(&next), Arc::clone(&letters));
            tokio::spawn(async move {
                while let Some(letter) = letters.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut request = client.post(&letter.url).body(letter.body.clone());
                    for (name, value) in &letter.headers {
                        request = request.header(&**name, value);
                    }
                    let answer = request.send().await.expect("answered");
                    assert!(answer.status().is_success(), "{}", answer.status());
                    answer.bytes().await.expect("a body");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a loop");
    }
    started.elapsed().as_secs_f64()
}

fn against_the_loop(n: usize, rounds: usize, latency: usize, in_flight: usize, goal: Goal) {
    let provider = Provider::start(latency, 0);
    let in_flight_text = in_flight.to_string();
    let settings = [
        ("base_url", provider.bark.as_str()),
        ("rate", "none"),
        ("batch", "no"),
        ("concurrency", in_flight_text.as_str()),
    ];
    let mut shop = Shop::open(n, "bark", &settings);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (id, to_send) = shop.release(PLAIN);
        let letters = Arc::new(shop.calls(id, "bark", to_send));
        bare.push(to_send as f64 / shop.threads.block_on(bare_loop(letters, in_flight)));
        ours.push(to_send as f64 / shop.send(id, to_send));
    }
    let received = provider.stop();
    assert_eq!(received.messages, 2 * rounds * n, "both sides sent everything");
    let (ours, bare) = (quantile(&ours, 0.5), quantile(&bare, 0.5));
    let what = format!("durable sends, {latency} ms, {in_flight} in flight");
    line(&what, &format!("ours {} bare {}", short(ours), short(bare)), ours / bare, "x", Some(goal));
}

/// The same people over the same channel: many a call, and one a call because each text is personal.
fn many_a_call(n_many: usize, n_single: usize, rounds: usize) {
    let provider = Provider::start(0, 0);
    let settings = [("base_url", provider.wxpusher.as_str()), ("rate", "none"), ("concurrency", "64")];
    let mut crowd = Shop::open(n_many, "wxpusher", &settings);
    let mut few = Shop::open(n_single, "wxpusher", &settings);
    let (mut many, mut single) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (id, to_send) = few.release(PERSONAL);
        single.push(to_send as f64 / few.send(id, to_send));
        let (id, to_send) = crowd.release(PLAIN);
        many.push(to_send as f64 / crowd.send(id, to_send));
    }
    provider.stop();
    let (many, single) = (quantile(&many, 0.5), quantile(&single, 0.5));
    let measured = format!("many {} one a call {}", short(many), short(single));
    line("people/s, many a call", &measured, many / single, "x", Some(Goal { must: 5.0, best: 8.0 }));
}

fn under_a_limit(rate: usize, n: usize) {
    let provider = Provider::start(5, rate);
    let own = format!("{rate}/s");
    let settings = [
        ("base_url", provider.bark.as_str()),
        ("rate", own.as_str()),
        ("batch", "no"),
        ("concurrency", "64"),
    ];
    let mut shop = Shop::open(n, "bark", &settings);
    let (id, to_send) = shop.release(PLAIN);
    let kept = (to_send - 1) as f64 / shop.send_paced(id, to_send) / rate as f64;
    let received = provider.stop();
    let measured = format!("limit {rate}/s, refused by the provider: {}", received.over_rate);
    line("rate kept, of the limit", &measured, kept, "", Some(Goal { must: 0.97, best: 0.99 }));
}
