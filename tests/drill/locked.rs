//! Another process keeps the store's write lock for a while, in the middle of a broadcast: answers wait in memory, nothing
//! is lost, and commands wait for their turn.
//!
//! `PUSHDECK_DRILL_LOCKED` sets for how many seconds; SQLite itself gives up after ten.

use std::thread::sleep;
use std::time::{Duration, Instant};

use pushdeck::sandbox::Kind;

use crate::books::Field;
use crate::share;

/// People on each channel.
const PEOPLE: usize = 120;
/// Within this somebody sends.
const LONGEST: Duration = Duration::from_secs(20);

#[test]
fn a_store_that_somebody_else_locks_costs_time_and_nothing_else() {
    let seconds = share::size("PUSHDECK_DRILL_LOCKED", 2, 12);
    let mut field = Field::new(PEOPLE, 10, 20);
    field.begin();
    let before = field.desk.sandbox.totals(Kind::Bark).messages;
    let id = field.send("Drill for {{name}}").id();
    let until = Instant::now() + LONGEST;
    while field.desk.sandbox.totals(Kind::Bark).messages < before + 10 {
        assert!(Instant::now() < until, "{id} does not begin");
        std::thread::yield_now();
    }
    let store = field.desk.store();
    store.busy_timeout(Duration::from_secs(5)).expect("set");
    store.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let sender = field.desk.sender();
    let waits = field.desk.command(&["subscriber", "edit", "Bark 1", "--note", "meanwhile"]).spawn();
    // What is measured is how long the lock is held.
    sleep(Duration::from_secs(seconds.into()));
    store.execute_batch("COMMIT").expect("free");
    drop(store);
    let waited = waits.expect("it starts").wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&waited.stderr).into_owned();
    // Beyond what anybody waits it is told so, and nothing has happened.
    assert!(waited.status.success() || seconds >= 10 && told.contains("busy"), "{told}");
    field.goes_on(&id);
    assert_eq!(field.check(&id), 0, "{id}: nobody died");
    assert!(sender.is_some(), "it was sending");
    field.is_sound();
    println!("locked for {seconds} s: nothing unknown, nothing lost");
}
