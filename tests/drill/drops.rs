//! The link drops while a broadcast runs: the terminal is taken away under the console, or the console is killed. It is
//! gone within a second, the sender does not notice, and a new console shows the broadcast within another second.
//!
//! `PUSHDECK_DRILL_DROPS` sets how many there are.

use std::time::{Duration, Instant};

use pushdeck::sandbox::{Kind, Received};
use rustix::process::Signal;

use crate::books::Field;
use crate::home::Home;
use crate::share;
use crate::terminal::Terminal;

/// People on each channel; those on Bark are sent to at this rate.
const PEOPLE: usize = 150;
const RATE: &str = "rate=30/s";
/// A drop begins only while so many still wait.
const ENOUGH: i64 = 60;
/// Until a console whose terminal is gone has ended, and until a new one shows the broadcast.
pub const SOON: Duration = Duration::from_secs(1);
/// Between two calls while a broadcast runs.
pub const LONGEST_GAP_MS: i64 = 1_000;

pub struct Drill {
    pub field: Field,
    pub home: Home,
    /// The broadcast that runs, and how many messages there had been before it.
    running: Option<(String, usize)>,
    slowest: [Duration; 2],
    longest_gap_ms: i64,
}

impl Drill {
    pub fn new() -> Self {
        let field = Field::new(PEOPLE, 5, 5);
        field.desk.ok(&["channel", "edit", "bk", "--set", RATE]);
        let home = Home::of(&field.desk);
        Self { field, home, running: None, slowest: [Duration::ZERO; 2], longest_gap_ms: 0 }
    }

    fn messages(&self) -> usize {
        self.field.desk.sandbox.totals(Kind::Bark).messages as usize
    }

    /// Sees to it that a broadcast runs long enough for a drop.
    pub fn keep_sending(&mut self) {
        if let Some((id, _)) = &self.running {
            if self.field.desk.books(id)["planned"] >= ENOUGH {
                return;
            }
            self.finish();
        }
        let before = self.messages();
        let id = self.field.send("Drill for all").id();
        self.running = Some((id, before));
    }

    /// Nothing of it is in doubt, and its sender never paused.
    pub fn finish(&mut self) {
        let Some((id, before)) = self.running.take() else { return };
        self.field.goes_on(&id);
        assert_eq!(self.field.check(&id), 0, "{id}: nobody but consoles died");
        let gap = longest_gap_ms(&self.field.desk.sandbox.received(Kind::Bark)[before..]);
        assert!(gap <= LONGEST_GAP_MS, "{id}: {gap} ms between two calls");
        self.longest_gap_ms = self.longest_gap_ms.max(gap);
    }

    /// Opens a console; it shows the broadcast soon.
    pub fn console(&mut self) -> Terminal {
        let begun = Instant::now();
        let mut console = Terminal::open(&self.home, &[]);
        console.sees(&["sending", "Drill"]);
        self.within(1, begun.elapsed(), "a new console showed the broadcast");
        console
    }

    fn drop_link(&mut self, mut console: Terminal, how: End) {
        let took = self.unnoticed(|_| {
            let begun = match how {
                End::Link => console.close(),
                End::Kill => {
                    let begun = Instant::now();
                    console.signal(Signal::KILL);
                    begun
                }
            };
            console.ends();
            begun.elapsed()
        });
        self.within(0, took, "the console was gone");
    }

    /// Whatever `happens`, the same sender goes on sending at once.
    pub fn unnoticed<T>(&mut self, happens: impl FnOnce(&mut Self) -> T) -> T {
        let (sender, before) = (self.field.desk.sender(), self.messages());
        assert!(sender.is_some(), "it sends");
        let happened = happens(self);
        assert_eq!(self.field.desk.sender(), sender, "the sender is the same");
        let until = Instant::now() + SOON;
        while self.messages() <= before {
            assert!(Instant::now() < until, "nothing was sent for a second");
            std::thread::yield_now();
        }
        happened
    }

    pub fn within(&mut self, which: usize, took: Duration, what: &str) {
        assert!(took <= SOON, "{what} after {took:?}");
        self.slowest[which] = self.slowest[which].max(took);
    }
}

/// Between two messages that follow each other.
pub fn longest_gap_ms(messages: &[Received]) -> i64 {
    let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a moment").as_millisecond();
    let moments: Vec<i64> = messages.iter().map(|message| at(&message.at)).collect();
    moments.windows(2).map(|two| two[1] - two[0]).max().expect("messages")
}

#[derive(Clone, Copy)]
enum End {
    Link,
    Kill,
}

#[test]
fn a_dropped_link_takes_the_console_and_nothing_else() {
    let mut dice = share::dice("drops");
    let drops = share::size("PUSHDECK_DRILL_DROPS", 3, 100);
    let mut drill = Drill::new();
    for n in 0..drops {
        drill.keep_sending();
        let console = drill.console();
        // One in four is killed, the last of a small share too.
        let how = if dice.u8(0..4) == 0 || n + 1 == drops { End::Kill } else { End::Link };
        drill.drop_link(console, how);
    }
    drill.keep_sending();
    drop(drill.console());
    drill.finish();
    drill.field.is_sound();
    println!(
        "{drops} drops: gone after {} ms at most, shown again after {} ms at most, {} ms between calls at most",
        drill.slowest[0].as_millis(),
        drill.slowest[1].as_millis(),
        drill.longest_gap_ms
    );
}
