//! What a transition can ask the shell for: plain values that tests compare.

use std::path::PathBuf;
use std::time::Duration;

use super::request::Request;
use super::section::Section;

/// Who asked, and so who gets the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A section's screen.
    Screen(Section),
    /// The frame around the sections: tabs, title and status rows.
    Frame,
}

/// The number drawn for a question; its reply carries it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// Who gets the reply.
    pub owner: Owner,
    /// Which of the owner's questions it answers; a newer question in the same slot makes this one stale.
    pub slot: &'static str,
    /// Never used twice.
    pub number: u64,
}

/// The slot of orders: changes whose every reply arrives, because each of them happened.
pub const ORDER: &str = "order";

/// A moment that somebody waits for. Arming one again moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// A screen's own, by name: `filter`, `save`.
    Screen(Section, &'static str),
    /// The picture changes by itself: a countdown, an age, a notice that ends. Armed by the shell.
    Picture,
}

/// What the operator changes about the looks while the console runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookChange {
    /// Shows a theme; kept in the configuration only by `Effect::Keep`.
    Theme(String),
    /// Another language.
    Language(String),
}

/// One thing that the shell does outside the transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Asks the store, or orders a change.
    Store(Ticket, Request),
    /// Sends `Msg::Due` later.
    After(Duration, Timer),
    /// Never mind.
    Cancel(Timer),
    /// To the terminal's clipboard, by OSC 52.
    Copy(String),
    /// Hands the terminal to the operator's editor with this text.
    Edit(String),
    /// Writes a new file, readable by its owner only.
    Write(PathBuf, Vec<u8>),
    /// Mouse reports on or off.
    Mouse(bool),
    /// Another theme or language.
    Look(LookChange),
    /// Sets a key of the configuration file, so that it holds from the next start on.
    Keep(&'static str, String),
    /// Clears the terminal and draws everything anew.
    Redraw,
    /// Stops the console until the shell resumes it.
    Suspend,
    /// Leaves the loop.
    Quit,
}

/// What a transition gives back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Step {
    /// Whether the picture may differ now.
    pub redraw: bool,
    /// What to do, in this order.
    pub effects: Vec<Effect>,
}
