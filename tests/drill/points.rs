//! The process dies at every named place between a release, an intent, a request, its answer and its record
//! (`store::crash`), and somebody goes on after it.
//!
//! `PUSHDECK_DRILL_CRASHES` sets how often at each place. Only debug builds can be asked to die.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pushdeck::store::crash::Place;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::books::{Field, IN_FLIGHT};

/// People on each of two channels.
const PEOPLE: usize = 16;
/// Longer than a call is waited for before it counts as written.
const ANSWER_MS: u64 = 40;
/// Within this somebody sends.
const LONGEST: Duration = Duration::from_secs(20);
/// How often a sender is asked for.
const TRIES: u32 = 5;

/// How often at most a broadcast of this drill certainly passes a place.
const fn passes(place: Place) -> u32 {
    match place {
        Place::FlipOpen | Place::FlipDone | Place::TakeoverOpen | Place::TakeoverDone => 1,
        Place::ChunkOpen | Place::ChunkDone => 2,
        _ => 4,
    }
}

struct Drill {
    field: Field,
    dice: fastrand::Rng,
    /// Deaths at each place, and what they left unknown.
    deaths: BTreeMap<&'static str, (u32, usize)>,
}

impl Drill {
    fn at(&mut self, place: Place) {
        let nth = self.dice.u32(1..=passes(place));
        let id = match place {
            Place::ChunkOpen | Place::ChunkDone | Place::FlipOpen => {
                let draft = self.dying_send(place, nth);
                self.field.desk.ok(&["broadcast", "resume", "--all"]);
                self.stays_a_draft(&draft);
                self.field.send("Once more").id()
            }
            Place::FlipDone => self.dying_send(place, nth),
            Place::TakeoverOpen | Place::TakeoverDone => {
                let id = self.dying_sender(Place::Answered, 3);
                self.dying_successor(place);
                id
            }
            _ => self.dying_sender(place, nth),
        };
        self.field.goes_on(&id);
        let unknown = self.field.check(&id);
        assert!(unknown <= IN_FLIGHT, "{}: {unknown} unknown on Bark", place.word());
        let line = self.deaths.entry(place.word()).or_default();
        line.0 += 1;
        line.1 += unknown;
    }

    /// Whatever `act` starts is to die at `place`.
    fn asked<T>(&mut self, place: Place, nth: u32, act: impl FnOnce(&mut Field) -> T) -> T {
        self.field.desk.set_env("PUSHDECK_CRASH", &format!("{}:{nth}", place.word()));
        let done = act(&mut self.field);
        self.field.desk.set_env("PUSHDECK_CRASH", "");
        done
    }

    /// A release that dies; gives the broadcast that it was about.
    fn dying_send(&mut self, place: Place, nth: u32) -> String {
        let sent = self.asked(place, nth, |field| field.send("Drill for all"));
        assert_eq!(sent.code, -1, "{}: a signal ended it: {sent:?}", place.word());
        let newest = self.field.desk.store().query_row("SELECT max(id) FROM broadcast", [], |row| row.get(0));
        let newest: i64 = newest.expect("a draft");
        format!("b{newest}")
    }

    /// Nobody of a release that did not reach its flip was sent to, and what it wrote is nobody's plan.
    fn stays_a_draft(&self, id: &str) {
        assert!(self.field.reached().is_empty(), "{id} was never released");
        let phase: String = self
            .field
            .desk
            .store()
            .query_row("SELECT phase FROM broadcast WHERE id = ?1", [&id[1..]], |row| row.get(0))
            .expect("a phase");
        assert!(["draft", "planning"].contains(&phase.as_str()), "{id} is {phase}");
    }

    /// A broadcast whose sender dies.
    fn dying_sender(&mut self, place: Place, nth: u32) -> String {
        // One that is about to leave and was not asked to die may find the broadcast first.
        for _ in 0..TRIES {
            // A variable makes WxPusher's calls single ones; without it all go in one batch.
            let body = if self.dice.bool() { "Drill for {{name}}" } else { "Drill for all" };
            self.field.desk.wait_for_the_sender_to_leave();
            let before = self.epoch();
            let id = self.asked(place, nth, |field| field.send(body).id());
            let until = Instant::now() + LONGEST;
            while self.epoch() == before {
                assert!(Instant::now() < until, "{}: no sender came", place.word());
                std::thread::yield_now();
            }
            self.field.desk.wait_for_the_sender_to_leave();
            if self.field.desk.sender().is_some() {
                return id;
            }
            self.field.goes_on(&id);
            // Or the one that was asked died first, and this one took its place.
            assert!(self.field.check(&id) <= IN_FLIGHT, "{id}");
        }
        panic!("{} is never passed", place.word());
    }

    /// A sender that dies while it takes the place of a dead one.
    fn dying_successor(&mut self, place: Place) {
        let ended = self.asked(place, 1, |field| field.desk.run(&["sender"]));
        assert_eq!(ended.code, -1, "{}: a signal ended it: {ended:?}", place.word());
    }

    fn epoch(&self) -> i64 {
        self.field.desk.store().query_row("SELECT epoch FROM sender", [], |row| row.get(0)).expect("an epoch")
    }
}

#[test]
fn the_books_balance_wherever_the_process_dies() {
    if !cfg!(debug_assertions) {
        println!("SKIPPED: a release build cannot be asked to die");
        return;
    }
    // Whoever aborts leaves no memory behind.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).expect("no cores");
    let times = crate::share::size("PUSHDECK_DRILL_CRASHES", 1, 20);
    let mut field = Field::new(PEOPLE, ANSWER_MS, ANSWER_MS);
    // Each death needs a sender that was asked for it.
    field.desk.set_env("PUSHDECK_SEND_IDLE", "30ms");
    let mut drill = Drill { field, dice: crate::share::dice("points"), deaths: BTreeMap::new() };
    let begun = Instant::now();
    for _ in 0..times {
        for place in Place::ALL {
            drill.at(place);
        }
    }
    drill.field.is_sound();
    println!("deaths and unknown on Bark at each place: {:?}, {} s", drill.deaths, begun.elapsed().as_secs());
}
