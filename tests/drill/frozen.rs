//! A client that is frozen while a broadcast runs: nobody reads what the console writes. Sending is as fast as beside a
//! console that is read, and after the thaw the picture is there within a second.
//!
//! `PUSHDECK_DRILL_FROZEN` sets how many pairs of windows there are, `PUSHDECK_DRILL_FROZEN_SECONDS` how long each is.

use std::time::{Duration, Instant};

use pushdeck::sandbox::Kind;

use crate::books::Field;
use crate::drops::{LONGEST_GAP_MS, SOON, longest_gap_ms};
use crate::home::Home;
use crate::share;
use crate::terminal::Terminal;

/// Eight calls at once of so long are so many a second.
const ANSWER_MS: u64 = 50;
const A_SECOND: usize = 160;
/// So many calls go before anything is measured: the window has grown by then.
const WARM: usize = 150;
/// The share of the unfrozen rate that the median has to reach; a single short pair says less.
const SHARE: f64 = 0.9;
const SHARE_OF_ONE: f64 = 0.6;

/// Messages in a window, and the longest gap between them, while the console has something to draw.
fn measure(field: &Field, console: &mut Terminal, window: Duration) -> (usize, i64) {
    let messages = || field.desk.sandbox.received(Kind::Bark);
    let before = messages().len();
    let until = Instant::now() + window;
    let mut keys = ["3", "1"].iter().cycle();
    while Instant::now() < until {
        console.type_keys(keys.next().expect("endless"));
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let after = messages();
    (after.len() - before, longest_gap_ms(&after[before..]))
}

#[test]
fn a_frozen_client_does_not_slow_the_sending() {
    let pairs = share::size("PUSHDECK_DRILL_FROZEN", 1, 5);
    let seconds = share::size("PUSHDECK_DRILL_FROZEN_SECONDS", 2, 120);
    let window = Duration::from_secs(seconds.into());
    let mut field = Field::new(WARM + A_SECOND * (2 * seconds as usize + 4), ANSWER_MS, ANSWER_MS);
    let home = Home::of(&field.desk);
    let mut shares = Vec::new();
    for _ in 0..pairs {
        let before = field.desk.sandbox.totals(Kind::Bark).messages as usize;
        let id = field.send("Drill for all").id();
        let mut console = Terminal::open(&home, &[]);
        console.until("sending at full speed", |_| {
            field.desk.sandbox.totals(Kind::Bark).messages as usize > before + WARM
        });
        let (read, gap) = measure(&field, &mut console, window);
        assert!(gap <= LONGEST_GAP_MS, "{gap} ms between two calls beside a console that is read");
        console.freeze();
        let (frozen, gap) = measure(&field, &mut console, window);
        assert!(gap <= LONGEST_GAP_MS, "{gap} ms between two calls beside a frozen client");
        let begun = Instant::now();
        console.thaw();
        console.type_keys("1");
        console.sees(&["[1 Outbox]", "Drill"]);
        assert!(begun.elapsed() <= SOON, "drawn {:?} after the thaw", begun.elapsed());
        drop(console);
        field.goes_on(&id);
        assert_eq!(field.check(&id), 0, "{id}: nobody died");
        shares.push((read, frozen));
    }
    let mut ratios: Vec<f64> = shares.iter().map(|(read, frozen)| *frozen as f64 / *read as f64).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!(
        "calls in {seconds} s beside a console that is read, and beside a frozen one: {shares:?}; median {median:.2}"
    );
    assert!(median >= if pairs >= 5 { SHARE } else { SHARE_OF_ONE }, "{median:.2} of the unfrozen rate");
}
