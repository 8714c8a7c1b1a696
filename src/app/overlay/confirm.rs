//! Tier 2: a dialog with buttons. The focus starts on "Back", so Enter changes nothing.

use super::{Outcome, Then};
use crate::app::saying::Saying;
use crate::input::action::Action;

/// One button besides "Back".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The act and its amount.
    pub label: Saying,
    /// What it leads to.
    pub then: Then,
}

/// A question with buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The question.
    pub question: Saying,
    /// What is worth knowing before answering.
    pub lines: Vec<Saying>,
    /// The buttons besides "Back".
    pub choices: Vec<Choice>,
    /// 0 is "Back".
    pub focus: usize,
}

impl Confirm {
    /// A question with one button besides "Back".
    pub fn new(question: Saying, label: Saying, then: Then) -> Self {
        Self { question, lines: Vec::new(), choices: vec![Choice { label, then }], focus: 0 }
    }

    /// The same with a line of explanation.
    #[must_use]
    pub fn line(mut self, line: Saying) -> Self {
        self.lines.push(line);
        self
    }

    /// The same with one more button.
    #[must_use]
    pub fn or(mut self, label: Saying, then: Then) -> Self {
        self.choices.push(Choice { label, then });
        self
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> Outcome {
        let buttons = self.choices.len() + 1;
        match action {
            Action::Next | Action::Right => self.focus = (self.focus + 1) % buttons,
            Action::Previous | Action::Left => self.focus = (self.focus + buttons - 1) % buttons,
            Action::Close | Action::No => return Outcome::Closes,
            Action::Press => return self.press(self.focus),
            // With several buttons `y` would have to guess.
            Action::Yes if self.choices.len() == 1 => return self.press(1),
            _ => {}
        }
        Outcome::Stays
    }

    fn press(&self, button: usize) -> Outcome {
        match button.checked_sub(1).and_then(|index| self.choices.get(index)) {
            Some(choice) => Outcome::Leads(choice.then.clone()),
            None => Outcome::Closes,
        }
    }
}
