//! The review: the only way to send. It shows what would happen, and holds the gate of its tier.
//!
//! Tier 2 (under 50 people) has its focus on "Back". Tier 3 asks for the exact number: a paste is
//! ignored, keys that came before it was on the screen are dropped, and Enter in the number only leads to
//! the button, so that no held key can do both.

use std::collections::BTreeMap;

use super::{Outcome, Then};
use crate::app::request::compose::{Lack, TestPart};
use crate::app::screen::Typed;
use crate::app::screens::compose::checks::What;
use crate::channels::load::Load;
use crate::domain::delivery::SkipReason;
use crate::domain::file::FileRef;
use crate::domain::id::BroadcastId;
use crate::domain::message::Format;
use crate::domain::plan::PlanPart;
use crate::domain::time::Millis;
use crate::input::action::Action;

/// How the act is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// By its button.
    Button,
    /// By typing the number.
    Number,
}

/// Why the button is off, whatever is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// So many checks failed.
    Checks(i64),
    /// The audience is being counted.
    Counting,
    /// The text is being stored.
    Saving,
    /// The plan is being looked at.
    Looking,
}

/// One channel's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// The channel by name.
    pub name: String,
    /// What it has to do.
    pub load: Load,
    /// Whether the files of a message go with it.
    pub takes_files: bool,
    /// Whether a message takes the place of an earlier one there.
    pub takes_the_place: bool,
}

/// What a number is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MovedWhat {
    /// Deliveries over a channel.
    Channel(String),
    /// People who get nothing.
    LeftOut(SkipReason),
}

/// A number that is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What it is of.
    pub what: MovedWhat,
    /// What it was when the operator looked.
    pub before: i64,
    /// What it is.
    pub now: i64,
}

/// Why the plan that was confirmed was not released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The parts of it that are others.
    pub parts: Vec<PlanPart>,
    /// The numbers that are others; none if it is as many as before.
    pub moved: Vec<Moved>,
}

/// How it goes out again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// The expression with its zone.
    pub cron: String,
    /// The first time.
    pub first: Millis,
    /// More people than that ask.
    pub most: i64,
}

/// What became of the test of this very text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestWord {
    /// There was none.
    None,
    /// It is on its way since then.
    Running(Millis),
    /// What became of it on each channel.
    Ended(Millis, Vec<TestPart>),
}

/// Lines that a key scrolls by.
const PAGE: usize = 5;
/// No review is longer.
const MOST: usize = 100;

/// What would happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// The title.
    pub title: String,
    /// How the body is written.
    pub format: Format,
    /// How long it is.
    pub characters: i64,
    /// Its files.
    pub files: Vec<FileRef>,
    /// The filter; empty means everybody.
    pub audience: String,
    /// The channels that do anything.
    pub via: Vec<Via>,
    /// People who get nothing.
    pub left_out: BTreeMap<SkipReason, i64>,
    /// Variables without a value, and of whom: they get nothing either.
    pub lacks: Vec<Lack>,
    /// The broadcast whose place it takes.
    pub replaces: Option<BroadcastId>,
    /// The undo window.
    pub undo_ms: i64,
    /// When it leaves; none: as soon as the undo window ends.
    pub at: Option<Millis>,
    /// When it goes out again and again.
    pub repeats: Option<Repeats>,
    /// Whoever is refused for good on one channel gets it on the next.
    pub fallback: bool,
    /// How many get it first.
    pub stage: Option<i64>,
    /// Checks that failed.
    pub errors: i64,
    /// The first of them.
    pub first_error: Option<What>,
    /// Checks that warn.
    pub warnings: i64,
    /// Checks that passed.
    pub passed: i64,
    /// The test of it.
    pub test: TestWord,
    /// Why it cannot be counted.
    pub unreadable: Option<What>,
    /// How many would get it, once that is counted.
    pub number: Option<i64>,
    /// How many people those are, if some get it more than once.
    pub people: Option<i64>,
    /// How many it were when the gate was passed before.
    pub grew_from: Option<i64>,
    /// What has changed since it was confirmed.
    pub changed: Option<Changed>,
    /// How it is confirmed.
    pub tier: Tier,
    /// Why the button is off.
    pub off: Option<Off>,
    /// What the button leads to.
    pub order: Option<Then>,
}

/// Where the focus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The number; only in its tier.
    Number,
    /// "Back".
    Back,
    /// The test to oneself.
    Test,
    /// The button that sends.
    Send,
}

/// The review with its gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What would happen.
    pub brief: Brief,
    /// What was typed.
    pub typed: String,
    /// Where the focus is.
    pub at: At,
    /// It has been on the screen as it is now.
    pub painted: bool,
    /// The first line of what is said that is on the screen, where not all of it fits.
    pub top: usize,
}

impl Review {
    /// A review with its focus where Enter changes nothing.
    pub const fn new(brief: Brief) -> Self {
        let at = match brief.tier {
            Tier::Button => At::Back,
            Tier::Number => At::Number,
        };
        Self { brief, typed: String::new(), at, painted: false, top: 0 }
    }

    /// Shows what is known now. Another number or tier has to be seen before any key counts.
    pub fn update(&mut self, brief: Brief) {
        let same = brief.number == self.brief.number && brief.tier == self.brief.tier;
        let tier = brief.tier;
        self.brief = brief;
        if !same {
            self.painted = false;
            self.typed.clear();
            self.at = match tier {
                Tier::Button => At::Back,
                Tier::Number => At::Number,
            };
        }
        if self.at == At::Send && !self.is_open() {
            self.at = At::Back;
        }
    }

    /// Whether the button acts.
    pub fn is_open(&self) -> bool {
        self.brief.off.is_none()
            && self.brief.order.is_some()
            && match self.brief.tier {
                Tier::Button => self.brief.number.is_some(),
                Tier::Number => self.matches(),
            }
    }

    /// Whether the typed number is the one; `12,483` counts as `12483`.
    pub fn matches(&self) -> bool {
        let digits: String = self.typed.chars().filter(|c| !matches!(c, ',' | ' ' | '，')).collect();
        self.brief.number.is_some_and(|number| digits == number.to_string())
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> Outcome {
        match action {
            Action::PageUp => self.top = self.top.saturating_sub(PAGE),
            // Beyond the end it shows the end.
            Action::PageDown => self.top = (self.top + PAGE).min(MOST),
            Action::Next | Action::Right => self.at = self.step(1),
            Action::Previous | Action::Left => self.at = self.step(-1),
            Action::DeleteLeft if self.at == At::Number => {
                self.typed.pop();
            }
            Action::CutToStart | Action::CutWord if self.at == At::Number => self.typed.clear(),
            Action::Close | Action::No => return Outcome::Closes,
            Action::Yes if self.brief.tier == Tier::Button => return self.send(),
            Action::Press => return self.press(),
            _ => {}
        }
        Outcome::Stays
    }

    fn press(&mut self) -> Outcome {
        match self.at {
            At::Back => Outcome::Closes,
            At::Test => Outcome::Leads(Then::Act(Action::TestToMe)),
            At::Send => self.send(),
            At::Number => {
                if self.is_open() {
                    self.at = At::Send;
                }
                Outcome::Stays
            }
        }
    }

    fn send(&self) -> Outcome {
        match &self.brief.order {
            Some(order) if self.is_open() => Outcome::Leads(order.clone()),
            _ => Outcome::Stays,
        }
    }

    /// Takes a typed digit; a paste is not an answer.
    pub fn text(&mut self, typed: &Typed) {
        let Typed::Char(c) = typed else { return };
        let c = crate::input::key::fold_char(*c);
        if self.brief.tier == Tier::Number && (c.is_ascii_digit() || c == ',') && self.typed.len() < 15 {
            self.at = At::Number;
            self.typed.push(c);
        }
    }

    fn step(&self, by: isize) -> At {
        let mut stops = vec![At::Back, At::Test];
        if self.brief.tier == Tier::Number {
            stops.insert(0, At::Number);
        }
        if self.is_open() {
            stops.push(At::Send);
        }
        let at = stops.iter().position(|stop| *stop == self.at).unwrap_or(0) as isize;
        stops[(at + by).rem_euclid(stops.len() as isize) as usize]
    }
}
