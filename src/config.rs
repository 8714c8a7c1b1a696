//! The configuration file: its keys, their defaults and their checks.
//!
//! An unknown key is a warning with its line and the nearest name, and never stops the start; a value
//! that cannot be used is an error that names line and column. `read` does both.

pub mod read;
pub mod value;
pub mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::secret::Secret;

/// What the configuration file decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// `language`: a language tag; none means: from the environment.
    pub language: Option<String>,
    /// `theme`: a name.
    pub theme: Option<String>,
    /// `readonly`: nothing may be changed or sent.
    pub readonly: bool,
    /// `operator`: whose name stands beside what was released.
    pub operator: Option<String>,
    /// `[ui]`
    pub ui: Ui,
    /// `[send]`
    pub send: Send,
    /// `[me]`: the operator's own address on each channel, for tests to oneself.
    pub me: BTreeMap<String, Secret>,
    /// `[network] proxy`; may hold a password.
    pub proxy: Option<Secret>,
    /// `[keys]`: action name → keys.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// How the console draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ui {
    /// `ui.glyphs`
    pub glyphs: GlyphChoice,
    /// `ui.color`
    pub color: ColorWord,
    /// `ui.ambiguous`: cells of an ambiguous-width character; none means: measured.
    pub ambiguous: Option<u8>,
    /// `ui.remote`: whether the terminal is far away; none means: from the environment.
    pub remote: Option<bool>,
    /// `ui.motion`
    pub motion: Motion,
    /// `ui.mouse`; none means: on unless remote.
    pub mouse: Option<bool>,
}

/// Which signs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GlyphChoice {
    /// What the terminal seems to take.
    #[default]
    Auto,
    /// Lines and dots of Unicode.
    Unicode,
    /// Plain signs only.
    Ascii,
}

/// How many colours are drawn, whatever the terminal says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColorWord(pub &'static str);

impl ColorWord {
    /// The words that the key takes.
    pub const ALL: [&'static str; 6] = ["auto", "always", "never", "16", "256", "truecolor"];
}

impl Default for ColorWord {
    fn default() -> Self {
        Self("auto")
    }
}

/// How much moves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Motion {
    /// Reduced when remote.
    #[default]
    Auto,
    /// Everything.
    Full,
    /// Fewer frames.
    Reduced,
    /// Nothing but what the operator does.
    Off,
}

/// How sending behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Send {
    /// `send.undo`: none means `auto`, by the size of the audience.
    pub undo: Option<Duration>,
    /// `send.process`
    pub process: SendProcess,
    /// `send.idle`: how long an idle sender stays.
    pub idle: Duration,
    /// `send.growth`: by how many percent a scheduled send's audience may grow before it holds.
    pub growth: u8,
    /// `send.breaker`: a channel pauses when more than so many percent of its last 200 attempts were lost; 0: never.
    pub breaker: u8,
    /// `send.expire`: what waits longer than so since a person let it go is cancelled; 0: never.
    pub expire: Duration,
}

impl Default for Send {
    fn default() -> Self {
        Self {
            undo: None,
            process: SendProcess::Detached,
            idle: Duration::from_secs(600),
            growth: 5,
            breaker: 20,
            expire: Duration::from_secs(24 * 3_600),
        }
    }
}

/// Which process makes the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SendProcess {
    /// One of its own, which outlives the console.
    #[default]
    Detached,
    /// The console or the command itself.
    InProcess,
}
