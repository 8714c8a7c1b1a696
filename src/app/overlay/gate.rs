//! Tier 3: the exact number must be typed. A paste is ignored, the button is off until the number
//! matches, and keys that arrived before the gate was on the screen are dropped.

use super::{Outcome, Then};
use crate::app::saying::Saying;
use crate::app::screen::Typed;
use crate::input::action::Action;

/// Where the focus of a gate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The number.
    Number,
    /// "Back".
    Back,
    /// The button that acts.
    Go,
}

/// A question that is answered by typing a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What will happen.
    pub question: Saying,
    /// What is worth knowing: audience, load, checks.
    pub lines: Vec<Saying>,
    /// The number to type.
    pub number: i64,
    /// What was typed.
    pub typed: String,
    /// The act and its amount.
    pub label: Saying,
    /// What the button leads to.
    pub then: Then,
    /// Where the focus is.
    pub at: At,
    /// It has been on the screen.
    pub painted: bool,
}

impl Gate {
    /// A gate that asks for `number`.
    pub const fn new(question: Saying, number: i64, label: Saying, then: Then) -> Self {
        Self {
            question,
            lines: Vec::new(),
            number,
            typed: String::new(),
            label,
            then,
            at: At::Number,
            painted: false,
        }
    }

    /// The same with a line of explanation.
    #[must_use]
    pub fn line(mut self, line: Saying) -> Self {
        self.lines.push(line);
        self
    }

    /// Whether the number matches; `12,483` counts as `12483`.
    pub fn is_open(&self) -> bool {
        let digits: String = self.typed.chars().filter(|c| !matches!(c, ',' | ' ' | '，')).collect();
        digits == self.number.to_string()
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> Outcome {
        match action {
            Action::Next => self.at = self.next(),
            Action::Previous => self.at = self.previous(),
            Action::DeleteLeft if self.at == At::Number => {
                self.typed.pop();
            }
            Action::CutToStart | Action::CutWord if self.at == At::Number => self.typed.clear(),
            Action::Close => return Outcome::Closes,
            Action::Press => {
                return match self.at {
                    At::Back => Outcome::Closes,
                    At::Go if self.is_open() => Outcome::Leads(self.then.clone()),
                    // As in the review: no held key can type the number and press the button.
                    At::Number if self.is_open() => {
                        self.at = At::Go;
                        Outcome::Stays
                    }
                    At::Number | At::Go => Outcome::Stays,
                };
            }
            _ => {}
        }
        Outcome::Stays
    }

    /// Takes a typed digit; a paste is not an answer.
    pub fn text(&mut self, typed: &Typed) {
        let Typed::Char(c) = typed else { return };
        let c = crate::input::key::fold_char(*c);
        if (c.is_ascii_digit() || c == ',') && self.typed.len() < 15 {
            self.at = At::Number;
            self.typed.push(c);
        }
    }

    fn next(&self) -> At {
        match self.at {
            At::Number => At::Back,
            At::Back if self.is_open() => At::Go,
            At::Back | At::Go => At::Number,
        }
    }

    fn previous(&self) -> At {
        match self.at {
            At::Back => At::Number,
            At::Number if self.is_open() => At::Go,
            At::Number | At::Go => At::Back,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate::new(Saying::TypeTheNumber, 12_483, Saying::SendTo(12_483), Then::Act(Action::Reload))
    }

    fn type_in(gate: &mut Gate, text: &str) {
        text.chars().for_each(|c| gate.text(&Typed::Char(c)));
    }

    #[test]
    fn only_the_exact_number_opens_it() {
        for (text, opens) in
            [("12483", true), ("12,483", true), ("１２４８３", true), ("1248", false), ("", false)]
        {
            let mut gate = gate();
            type_in(&mut gate, text);
            assert_eq!(gate.is_open(), opens, "{text}");
            assert_eq!(gate.act(Action::Press), Outcome::Stays, "{text}");
            let outcome = gate.act(Action::Press);
            assert_eq!(matches!(outcome, Outcome::Leads(_)), opens, "{text}");
        }
    }

    #[test]
    fn a_pasted_number_is_ignored() {
        let mut gate = gate();
        gate.text(&Typed::Paste("12483".into()));
        assert!(!gate.is_open());
    }

    #[test]
    fn the_button_cannot_be_reached_before_the_number_matches() {
        let mut gate = gate();
        for _ in 0..5 {
            assert_eq!(gate.act(Action::Next), Outcome::Stays);
            assert_ne!(gate.at, At::Go);
        }
    }
}
