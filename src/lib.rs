//! pushdeck: a terminal push console that always knows exactly who was sent what.
//!
//! The library holds everything; `main.rs` only parses arguments and chooses between the console and
//! a command. Dependencies point one way, and `tests/architecture.rs` enforces it:
//!
//! ```text
//! domain ← channels, seal ← store ← delivery ← sender ← problem ← app ← ui ← console ← main
//! receiver stands beside sender: it knows channels and store
//! leaves: input, look, config, paths (used by app, ui, cli)      cli stands beside ui, never imports it
//! sandbox depends on nothing of ours but domain::safe_text
//! ```
//!
//! * [`domain`]: plain data and rules: no I/O, no async, no clock.
//! * [`seal`]: secrets at rest, and the key file outside the store.
//! * [`store`]: SQLite behind typed methods, on a thread of its own.
//! * [`delivery`]: the engine, its pace and its wires.
//! * [`sender`]: the one process that sends, by kernel lock; the counter for questions that are no sending.
//! * [`receiver`]: takes what providers tell us, beside the sender.
//! * [`channels`]: kinds of channel, sans-I/O: message → call, answer → outcome.
//! * [`sandbox`]: loopback providers inside the binary: for the demo, the tests and the benches.
//! * [`report`]: the evidence of a broadcast, for people, scripts and spreadsheets.
//! * [`facts`]: what the checks of a message find, in words, for the console and the command line.
//! * [`look`]: themes, colour depth, words of both languages, numbers and times.
//! * [`ui`]: the model as a picture; `ui::width` alone measures text.
//! * [`input`]: keys and actions as data; key map and its resolution.
//! * [`app`]: state and transitions of the console, pure.
//! * [`config`], [`paths`], [`logging`]: the configuration file, the places, the log.
//! * [`launch`]: joins store, sender and looks for a console: the operator's, or the demo's.
//! * [`console`]: the shell: loop, drawing thread, terminal; runs effects.

pub mod app;
pub mod channels;
pub mod cli;
pub mod config;
pub mod console;
pub mod delivery;
pub mod domain;
pub mod facts;
pub mod input;
pub mod launch;
pub mod logging;
pub mod look;
pub mod paths;
pub mod problem;
pub mod receiver;
pub mod report;
pub mod sandbox;
pub mod seal;
pub mod sender;
pub mod store;
pub mod ui;
