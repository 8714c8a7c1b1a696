//! The fault drill: the real binary over servers on loopback that keep their own ledger of whole requests, and every
//! accident that this machine can arrange. After each of them the books are compared with what the servers wrote down.
//!
//! Each drill runs a small share of itself by default, so that every change runs it. `PUSHDECK_DRILL=full` runs the
//! whole of all; a variable of its own (named at its head) sets the size of one of them. What is chosen at random comes
//! from a seed that is printed; `PUSHDECK_DRILL_SEED` repeats a run's choices.

mod books;
#[path = "../cli/desk.rs"]
#[expect(dead_code, reason = "shared with the tests of the command line, which use all of it")]
mod desk;
mod disk;
mod drops;
mod failing;
mod frozen;
mod home;
mod kills;
mod locked;
mod points;
#[path = "../support/share.rs"]
mod share;
mod ssh;
#[path = "../pty/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the terminal, which use all of it")]
mod terminal;
mod together;
