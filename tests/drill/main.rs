//! The fault drill: the real binary is killed, stopped, paused and replayed at random moments while it sends, and
//! after every round the books are compared with what the servers themselves wrote down.
//!
//! `PUSHDECK_DRILL_KILLS` sets how many kills there are (a few dozen by default, so that every change runs
//! it), `PUSHDECK_DRILL_SEED` repeats a run's choices. What must hold:
//!
//! - the states of all deliveries sum to the frozen audience, and the ledger line equals the rows;
//! - nobody is reached twice unless somebody asked for the unknown to be sent again;
//! - whoever is *accepted* was reached, and whoever was reached is *accepted* or *unknown*;
//! - each delivery has as many attempts on record as it counts; the audit log is whole; the file is sound.

#[path = "../cli/desk.rs"]
#[expect(dead_code, reason = "shared with the tests of the command line, which use all of it")]
mod desk;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use desk::Desk;
use pushdeck::sandbox::{Options, Script};
use rustix::process::{Signal, kill_process};

/// Kills without the variable.
const KILLS: u32 = 30;
/// Kills of one round, at most.
const KILLS_A_ROUND: u32 = 6;
/// People on Bark, one a call; as many again on WxPusher, in batches.
const PEOPLE: usize = 240;
/// The most calls of Bark that can be claimed at once: its window, and what is claimed ahead of it.
const IN_FLIGHT: usize = 4 * 8;
/// A round that takes longer hangs.
const ROUND: Duration = Duration::from_secs(60);

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

struct Drill {
    desk: Desk,
    dice: fastrand::Rng,
    kills: u32,
    stops: u32,
    /// How often the servers had reached each address when the round began.
    before: BTreeMap<String, u64>,
}

impl Drill {
    fn new(seed: u64) -> Self {
        let latency = |ms| Script { latency: Duration::from_millis(ms), ..Script::default() };
        let desk = Desk::with(Options { bark: latency(12), wxpusher: latency(25), ..Options::default() });
        desk.channels();
        // Batches of one person in ten, so that a kill meets more than one of them.
        desk.ok(&["channel", "edit", "wx", "--set", "rate=none", "--set", "concurrency=3"]);
        desk.ok(&["channel", "edit", "bk", "--set", "concurrency=8"]);
        let bark = (0..PEOPLE).map(|n| format!("Bark {n},all,,drillkey{n:014}"));
        let weixin = (0..PEOPLE).map(|n| format!("Weixin {n},all,UID_drill{n:04},"));
        desk.import("name,topics,wx,bk", &bark.chain(weixin).collect::<Vec<_>>());
        Self { desk, dice: fastrand::Rng::with_seed(seed), kills: 0, stops: 0, before: BTreeMap::new() }
    }

    /// How often each address was reached in this round.
    fn reached(&self) -> BTreeMap<String, u64> {
        let mut now = self.desk.sandbox.counts();
        for (address, before) in &self.before {
            if let Some(count) = now.get_mut(address) {
                *count -= before;
            }
        }
        now.retain(|_, count| *count > 0);
        now
    }

    fn round(&mut self, kills: u32) {
        self.before = self.desk.sandbox.counts();
        // A variable makes WxPusher's calls single ones; without it all go in one batch.
        let body = if self.dice.bool() { "Drill for {{name}}" } else { "Drill for all" };
        let sent = self.desk.piped(
            &[
                "send",
                "--to",
                "topic:all",
                "--title",
                "Drill",
                "--format",
                "text",
                "--max-audience",
                "9999",
                "-",
            ],
            body,
        );
        let id = sent.id();
        let until = Instant::now() + ROUND;
        let mut left = kills;
        loop {
            assert!(Instant::now() < until, "round {id} hangs: {:?}", self.desk.books(&id));
            if left > 0 && self.strike() {
                left -= 1;
            }
            if self.dice.u8(0..8) == 0 {
                self.meddle(&id);
            }
            self.desk.run(&["broadcast", "resume", "--all"]);
            self.desk.run(&["broadcast", "resume", &id]);
            let books = self.desk.books(&id);
            if ["planned", "deferred", "sending"].iter().all(|state| books[*state] == 0) {
                break;
            }
        }
        self.check(&id, kills);
        self.replay(&id);
    }

    /// Kills the sender after a moment, or stops it for one; `false`: there was none.
    fn strike(&mut self) -> bool {
        let Some(sender) = self.desk.sender() else { return false };
        std::thread::sleep(Duration::from_millis(self.dice.u64(1..60)));
        if self.dice.u8(0..20) == 0 {
            self.stops += 1;
            if kill_process(sender, Signal::STOP).is_ok() {
                std::thread::sleep(Duration::from_millis(self.dice.u64(50..250)));
                // It may have been killed by nobody but us, so it is still there.
                kill_process(sender, Signal::CONT).expect("goes on");
            }
            return false;
        }
        let killed = kill_process(sender, Signal::KILL).is_ok();
        self.kills += u32::from(killed);
        killed
    }

    /// What an operator does in the middle of it.
    fn meddle(&mut self, id: &str) {
        let acts: [&[&str]; 4] = [
            &["broadcast", "pause", id],
            &["broadcast", "pause", "--all"],
            &["channel", "pause", "bk"],
            &["channel", "edit", "bk", "--set", "concurrency=4"],
        ];
        // One that has ended cannot be paused any more: that is an answer too.
        self.desk.run(self.dice.choice(acts).expect("an act"));
        self.desk.ok(&["channel", "resume", "bk"]);
    }

    fn check(&self, id: &str, kills: u32) {
        let books = self.desk.books(id);
        let reached = self.reached();
        let twice: Vec<_> = reached.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{id}: reached twice: {twice:?}");
        let store = self.desk.store();
        let states: BTreeMap<String, i64> = store
            .prepare(
                "SELECT s.name, d.state FROM delivery d JOIN subscriber s ON s.id = d.subscriber WHERE d.broadcast = ?1",
            )
            .and_then(|mut read| {
                read.query_map([&id[1..]], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .expect("rows");
        for (name, state) in &states {
            let (kind, n) = name.split_once(' ').expect("a kind and a number");
            let n: usize = n.parse().expect("a number");
            let address =
                if kind == "Bark" { format!("drillkey{n:014}") } else { format!("UID_drill{n:04}") };
            match (state, reached.contains_key(&address)) {
                (4, true) | (7, _) | (6 | 9, false) => {}
                (state, reached) => panic!("{id} {name}: state {state}, reached: {reached}"),
            }
        }
        assert_eq!(states.len(), 2 * PEOPLE, "{books:?}");
        let unknown = states.iter().filter(|(name, state)| name.starts_with("Bark") && **state == 7).count();
        assert!(unknown <= kills as usize * IN_FLIGHT, "{id}: {unknown} unknown on Bark after {kills} kills");
        for (what, sql) in [
            (
                "attempts that are not on record",
                "SELECT count(*) FROM delivery d WHERE d.attempts <> \
                 (SELECT count(*) FROM attempt a WHERE a.broadcast = d.broadcast AND a.seq = d.seq)",
            ),
            (
                "lanes whose line differs from their rows",
                "SELECT count(*) FROM lane l WHERE l.accepted + l.unknown <> (SELECT count(*) FROM delivery d \
                 WHERE d.lane = l.id AND d.broadcast = l.broadcast AND d.state IN (4, 7))",
            ),
        ] {
            let n: i64 = store.query_row(sql, [], |row| row.get(0)).expect("counted");
            assert_eq!(n, 0, "{what}");
        }
    }

    /// Two replays of the unknown at the same moment: each goes again at most once.
    fn replay(&mut self, id: &str) {
        let unknown = self.desk.books(id)["unknown"];
        if unknown == 0 {
            return;
        }
        let before = self.reached();
        let filter = format!("broadcast:{id} status:unknown");
        let line = ["history", "replay", "--filter", &filter, "--include-unknown", "--max-audience", "9999"];
        let both = [self.desk.command(&line).spawn(), self.desk.command(&line).spawn()];
        for child in both {
            // Whoever comes second finds nothing left: not found, or nothing to send.
            child.expect("it starts").wait().expect("it ends");
        }
        self.desk.run(&["broadcast", "resume", id]);
        let ended = self.desk.run(&["broadcast", "watch", id]);
        assert_eq!(ended.code, 0, "{ended:?}");
        for (address, count) in self.reached() {
            let again = count - before.get(&address).copied().unwrap_or(0);
            assert!(again <= 1, "{id} {address}: {again} more times in one replay");
        }
    }
}

#[test]
fn the_books_balance_whenever_the_sender_is_killed() {
    let seed = setting("PUSHDECK_DRILL_SEED").unwrap_or_else(|| fastrand::u64(..));
    let wanted = setting("PUSHDECK_DRILL_KILLS").map_or(KILLS, |n| u32::try_from(n).unwrap_or(u32::MAX));
    println!("PUSHDECK_DRILL_SEED={seed}");
    let mut drill = Drill::new(seed);
    let (begun, mut rounds, mut unknown) = (Instant::now(), 0, 0);
    while drill.kills < wanted {
        let kills = KILLS_A_ROUND.min(wanted - drill.kills);
        drill.round(kills);
        rounds += 1;
        unknown = drill
            .desk
            .store()
            .query_row("SELECT count(*) FROM attempt WHERE state = 7", [], |row| row.get::<_, i64>(0))
            .expect("counted");
    }
    let sound: String =
        drill.desk.store().query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
    assert_eq!(sound, "ok");
    assert_eq!(drill.desk.ok(&["audit", "verify", "--json"]).data()["broken_at"], serde_json::Value::Null);
    println!(
        "{} kills and {} stops in {rounds} rounds of {} people: {unknown} unknown, nobody lost, nobody twice, {} s",
        drill.kills,
        drill.stops,
        2 * PEOPLE,
        begun.elapsed().as_secs()
    );
}
