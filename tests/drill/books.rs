//! What every drill stands on: a desk with as many people on Bark, one a call, as on WxPusher, in batches; and the
//! comparison of the books with the ledger of the servers.
//!
//! - the states of all deliveries sum to the frozen audience, and the ledger line equals the rows;
//! - nobody is reached twice unless somebody asked for the unknown to be sent again;
//! - whoever is *accepted* was reached, and whoever was reached is *accepted* or *unknown*;
//! - each delivery has as many attempts on record as it counts; the audit log is whole; the file is sound.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pushdeck::sandbox::{Options, Script};

use crate::desk::{Desk, Ran};

/// The most calls of Bark that can be claimed at once: its window, and what is claimed ahead of it.
pub const IN_FLIGHT: usize = 4 * 8;
/// A broadcast that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// A desk whose servers answer after so long, and how often they had reached everybody before.
pub struct Field {
    pub desk: Desk,
    people: usize,
    before: BTreeMap<String, u64>,
}

impl Field {
    pub fn new(people: usize, bark_ms: u64, wxpusher_ms: u64) -> Self {
        let latency = |ms| Script { latency: Duration::from_millis(ms), ..Script::default() };
        let desk = Desk::with(Options {
            bark: latency(bark_ms),
            wxpusher: latency(wxpusher_ms),
            ..Options::default()
        });
        desk.channels();
        // Batches of one person in ten, so that an accident meets more than one of them.
        desk.ok(&["channel", "edit", "wx", "--set", "rate=none", "--set", "concurrency=3"]);
        desk.ok(&["channel", "edit", "bk", "--set", "concurrency=8"]);
        let bark = (0..people).map(|n| format!("Bark {n},all,,drillkey{n:014}"));
        let weixin = (0..people).map(|n| format!("Weixin {n},all,UID_drill{n:04},"));
        desk.import("name,topics,wx,bk", &bark.chain(weixin).collect::<Vec<_>>());
        Self { desk, people, before: BTreeMap::new() }
    }

    /// Releases a broadcast to everybody; what the servers reach is counted from here on.
    pub fn send(&mut self, body: &str) -> Ran {
        self.begin();
        let line = ["send", "--to", "topic:all", "--title", "Drill", "--format", "text"];
        self.desk.piped(&[&line[..], &["--max-audience", "999999", "-"]].concat(), body)
    }

    /// What the servers reach is counted from here on.
    pub fn begin(&mut self) {
        self.before = self.desk.sandbox.counts();
    }

    /// How often each address was reached since the last broadcast was released.
    pub fn reached(&self) -> BTreeMap<String, u64> {
        let mut now = self.desk.sandbox.counts();
        for (address, before) in &self.before {
            if let Some(count) = now.get_mut(address) {
                *count -= before;
            }
        }
        now.retain(|_, count| *count > 0);
        now
    }

    /// Sees to it that a broadcast goes on, with `meanwhile` before each time, until nothing of it is open.
    pub fn until_ended(&mut self, id: &str, mut meanwhile: impl FnMut(&mut Self)) {
        let until = Instant::now() + LONGEST;
        loop {
            assert!(Instant::now() < until, "{id} hangs: {:?}", self.desk.books(id));
            meanwhile(self);
            self.desk.run(&["broadcast", "resume", "--all"]);
            self.desk.run(&["broadcast", "resume", id]);
            let books = self.desk.books(id);
            if ["planned", "deferred", "sending"].iter().all(|state| books[*state] == 0) {
                return;
            }
        }
    }

    /// The same where nobody has paused it and nothing else happens.
    pub fn goes_on(&self, id: &str) {
        self.desk.ok(&["broadcast", "resume", id]);
        let ended = self.desk.run(&["broadcast", "watch", id]);
        assert!([0, 3].contains(&ended.code), "{ended:?}");
    }

    /// Compares the books of a broadcast that has ended with what the servers wrote down; gives how many on Bark are
    /// unknown.
    pub fn check(&self, id: &str) -> usize {
        let books = self.desk.books(id);
        let reached = self.reached();
        let twice: Vec<_> = reached.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{id}: reached twice: {twice:?}");
        let states = self.states(id);
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
        assert_eq!(states.len(), 2 * self.people, "{books:?}");
        self.rows_agree();
        states.iter().filter(|(name, state)| name.starts_with("Bark") && **state == 7).count()
    }

    fn states(&self, id: &str) -> BTreeMap<String, i64> {
        self.desk
            .store()
            .prepare(
                "SELECT s.name, d.state FROM delivery d JOIN subscriber s ON s.id = d.subscriber WHERE d.broadcast = ?1",
            )
            .and_then(|mut read| {
                read.query_map([&id[1..]], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            })
            .expect("rows")
    }

    /// What must be true of all rows of the store at any moment.
    pub fn rows_agree(&self) {
        let store = self.desk.store();
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

    /// How many attempts ended without an answer.
    pub fn unknown_attempts(&self) -> i64 {
        self.desk
            .store()
            .query_row("SELECT count(*) FROM attempt WHERE state = 7", [], |row| row.get(0))
            .expect("counted")
    }

    /// The file is sound and the audit log whole.
    pub fn is_sound(&self) {
        let sound: String =
            self.desk.store().query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(sound, "ok");
        let audit = self.desk.ok(&["audit", "verify", "--json"]).data();
        assert_eq!(audit["broken_at"], serde_json::Value::Null);
    }
}
