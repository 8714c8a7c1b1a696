//! Everything that can happen to the console.

use super::effect::{Ticket, Timer};
use super::request::Reply;
use crate::input::key::Key;

/// One happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// The console has started; the first questions go out.
    Start,
    /// A key was pressed.
    Key(Key),
    /// A text was pasted, as the terminal gave it.
    Paste(String),
    /// The mouse, if it is on.
    Mouse(Mouse),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The store answers.
    Store(Ticket, Reply),
    /// Somebody, perhaps another process, changed the store.
    Changed,
    /// A moment has come.
    Due(Timer),
    /// The system wants something.
    Signal(Signal),
    /// The external editor has ended.
    Handed(Handed),
    /// The console runs again after a suspension.
    Resumed,
    /// A file was written, or not; the path as shown.
    Written(Result<String, String>),
    /// A key of the configuration could not be set; why, in its own words.
    NotKept(String),
    /// Everything decided so far has reached the terminal. Sent only while something waits for it.
    Drawn,
}

/// A press of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button at this column and row.
    Press(u16, u16),
    /// The wheel, away from the person.
    WheelUp,
    /// The wheel, towards the person.
    WheelDown,
}

/// A signal that ends the console. What was released goes on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Terminate,
    /// SIGHUP, or a terminal that is gone.
    HangUp,
    /// SIGINT from outside; the key arrives as a key.
    Interrupt,
}

/// How the external editor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The text as it is now.
    Text(String),
    /// It could not be started, or said that it failed; its own words.
    Failed(String),
}
