//! Channel kinds, sans-I/O: a message becomes a `Call`, an answer becomes one outcome per delivery.
//!
//! `catalog` is the one table of kinds; forms, command line, checks, docs and tests are generated
//! from it. Adding a kind means one file and one line there. Nothing here opens a socket, reads a
//! clock or knows the store.

pub mod answer;
pub mod call;
pub mod kind;
pub mod outcome;
pub mod spec;
