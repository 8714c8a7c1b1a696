//! The first page of an empty store: language, first channel, people, a test to oneself.
//!
//! It only leads to where each step is done, and shows what is done already. What it shows comes with the
//! frame's own numbers, so it is right again whenever it is opened.

use super::{Outcome, Then};
use crate::app::desk::Desk;
use crate::app::section::Target;
use crate::input::action::Action;

/// A step of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// English or Chinese.
    Language,
    /// The first channel.
    Channel,
    /// People from a CSV.
    People,
    /// One message to the operator.
    Test,
}

impl Step {
    /// Every step, top to bottom.
    pub const ALL: [Self; 4] = [Self::Language, Self::Channel, Self::People, Self::Test];
}

/// The page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Welcome {
    /// The step under the cursor.
    pub at: usize,
}

impl Welcome {
    /// The step under the cursor.
    pub fn step(self) -> Step {
        Step::ALL[self.at.min(Step::ALL.len() - 1)]
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> Outcome {
        let count = Step::ALL.len();
        match action {
            Action::Down | Action::Next => self.at = (self.at + 1) % count,
            Action::Up | Action::Previous => self.at = (self.at + count - 1) % count,
            Action::Close => return Outcome::Closes,
            Action::Press => match self.step() {
                Step::Language => desk.switch_language(),
                Step::Channel => return Outcome::Leads(Then::Go(Target::NewChannel)),
                Step::People => return Outcome::Leads(Then::Go(Target::Import)),
                Step::Test => return Outcome::Leads(Then::Act(Action::ShowChannels)),
            },
            _ => {}
        }
        Outcome::Stays
    }
}
