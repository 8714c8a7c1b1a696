//! Four consoles on terminals, two `serve`, and a loop of commands on one store: nothing is lost, nobody is sent to twice, and
//! nobody is told that the store is busy or locked.
//!
//! `PUSHDECK_DRILL_TOGETHER` sets for how many seconds.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::books::Field;
use crate::desk::Ran;
use crate::home::Home;
use crate::share;
use crate::terminal::Terminal;

const PEOPLE: usize = 30;
/// How many look at it.
const CONSOLES: usize = 4;
/// What a console is given: looking around, never acting.
const KEYS: [&str; 12] = ["1", "3", "4", "5", "6", "j", "k", "G", "?", "\x1b", "\r", "\x0c"];

/// `pushdeck serve`, which ends with the drill.
struct Serving(Child);

impl Serving {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Drill {
    field: Field,
    dice: fastrand::Rng,
    broadcasts: Vec<String>,
    extra: usize,
    commands: usize,
}

impl Drill {
    fn quiet(&mut self, ran: Ran) -> Ran {
        self.commands += 1;
        says_nothing_of_locks(&format!("{ran:?}"));
        ran
    }

    fn run(&mut self, args: &[&str]) {
        let ran = self.field.desk.run(args);
        self.quiet(ran);
    }

    /// Something that a person or a script does at any moment.
    fn act(&mut self) {
        let id = self.dice.choice(&self.broadcasts).cloned().unwrap_or_default();
        let filter = format!("broadcast:{id}");
        match self.dice.u8(0..14) {
            0..3 => self.send(),
            3 => self.run(&["broadcast", "pause", &id]),
            4 | 5 => self.run(&["broadcast", "resume", &id]),
            6 => self.run(&["broadcast", "stop", &id]),
            7 | 8 => self.run(&["history", "replay", "--filter", &filter, "--max-audience", "9999"]),
            9 => {
                self.run(&["broadcast", "pause", "--all"]);
                self.run(&["broadcast", "resume", "--all"]);
            }
            10 => {
                self.extra += 1;
                let (name, address) =
                    (format!("Extra {}", self.extra), format!("bk=drillextra{:011}", self.extra));
                self.run(&["subscriber", "add", &name, "--topic", "all", "--address", &address]);
            }
            11 => {
                let name = format!("Bark {}", self.dice.usize(0..PEOPLE));
                let note = format!("note {}", self.commands);
                self.run(&["subscriber", "edit", &name, "--note", &note, "--tag", "seen"]);
            }
            12 => {
                let calls = format!("concurrency={}", self.dice.u8(2..9));
                self.run(&["channel", "edit", "bk", "--set", &calls]);
            }
            _ => self.run(&["history", "list", "--filter", &filter, "--json"]),
        }
    }

    fn send(&mut self) {
        let body = if self.dice.bool() { "Together, {{name}}" } else { "Together" };
        let sent = self.field.send(body);
        let sent = self.quiet(sent);
        self.broadcasts.push(sent.id());
    }

    /// Everybody got what the books say, over all broadcasts together.
    fn check(&self) {
        let desk = &self.field.desk;
        let accepted: BTreeMap<String, u64> = desk
            .store()
            .prepare(
                "SELECT s.name, count(*) FROM delivery d JOIN subscriber s ON s.id = d.subscriber \
                 WHERE d.state = 4 GROUP BY s.id",
            )
            .and_then(|mut read| {
                read.query_map([], |row| Ok((address(row.get(0)?), row.get::<_, u32>(1)?.into())))?.collect()
            })
            .expect("rows");
        assert_eq!(desk.sandbox.counts(), accepted, "reached, and accepted");
        for id in &self.broadcasts {
            let books = desk.books(id);
            let open: i64 =
                ["planned", "deferred", "sending", "unknown", "rejected"].iter().map(|s| books[*s]).sum();
            assert_eq!(open, 0, "{id}: {books:?}");
        }
        self.field.rows_agree();
        self.field.is_sound();
    }
}

fn address(name: String) -> String {
    let (kind, n) = name.split_once(' ').expect("a kind and a number");
    let n: usize = n.parse().expect("a number");
    match kind {
        "Bark" => format!("drillkey{n:014}"),
        "Extra" => format!("drillextra{n:011}"),
        _ => format!("UID_drill{n:04}"),
    }
}

fn says_nothing_of_locks(text: &str) {
    let text = text.to_lowercase();
    for word in ["locked", "busy", "panicked"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
}

#[test]
fn consoles_commands_and_serve_work_on_one_store_at_once() {
    let seconds = share::size("PUSHDECK_DRILL_TOGETHER", 5, 120);
    let field = Field::new(PEOPLE, 5, 10);
    // The second one waits for the place of the first.
    let serving = [(); 2].map(|()| Serving(field.desk.command(&["serve"]).spawn().expect("it starts")));
    let home = Home::of(&field.desk);
    let dice = share::dice("together");
    let mut drill = Drill { field, dice, broadcasts: Vec::new(), extra: 0, commands: 0 };
    drill.send();
    let mut consoles = [(); CONSOLES].map(|()| Terminal::open(&home, &[]));
    for console in &mut consoles {
        console.sees(&["Drill"]);
    }
    let until = Instant::now() + Duration::from_secs(seconds.into());
    while Instant::now() < until {
        drill.act();
        let keys = *drill.dice.choice(KEYS).as_ref().expect("a key");
        let console = drill.dice.usize(0..CONSOLES);
        consoles[console].type_keys(keys);
        consoles[console].until("whatever it shows", |_| true);
    }
    drill.run(&["broadcast", "resume", "--all"]);
    for id in drill.broadcasts.clone() {
        // One that was stopped is over.
        drill.run(&["broadcast", "resume", &id]);
        let ended = drill.field.desk.run(&["broadcast", "watch", &id]);
        drill.quiet(ended);
    }
    for mut console in consoles {
        console.signal(Signal::TERM);
        assert!(console.ends().success());
        says_nothing_of_locks(&console.written_since(0));
    }
    for one in &serving {
        kill_process(one.pid(), Signal::TERM).expect("it serves");
    }
    drill.check();
    println!("{} commands and {} broadcasts in {seconds} s", drill.commands, drill.broadcasts.len());
}
