//! A list to choose from, narrowed by typing: topics, tags, channels.
//!
//! Where the screen allows it, what was typed is a choice of its own: something new.

use super::{Outcome, Then};
use crate::app::form::line::Line;
use crate::app::saying::Saying;
use crate::app::screen::{Picked, Typed};
use crate::domain::fold::fold;
use crate::input::action::Action;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is called; scrubbed.
    pub name: String,
    /// A number that stands at its right, such as how many people it has.
    pub count: Option<i64>,
}

/// Whether something can be chosen that is not in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Only what is listed.
    Nothing,
    /// What was typed, too.
    Typed,
}

/// A list to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// What is chosen for: the popup's title.
    pub title: Saying,
    /// What was typed.
    pub line: Line,
    /// The line under the cursor, among those that match.
    pub at: usize,
    choices: Vec<Choice>,
    beyond: Beyond,
    matches: Vec<usize>,
}

impl Pick {
    /// A list with the cursor on its first line.
    pub fn new(title: Saying, choices: Vec<Choice>, beyond: Beyond) -> Self {
        let matches = (0..choices.len()).collect();
        Self { title, line: Line::default(), at: 0, choices, beyond, matches }
    }

    /// The lines that match what was typed.
    pub fn matches(&self) -> impl ExactSizeIterator<Item = &Choice> {
        self.matches.iter().map(|index| &self.choices[*index])
    }

    /// Whether something new may be typed.
    pub const fn takes_new(&self) -> bool {
        matches!(self.beyond, Beyond::Typed)
    }

    /// What was typed, if it can be chosen and is none of the lines; it stands after them.
    pub fn new_one(&self) -> Option<&str> {
        let typed = self.line.text().trim();
        let known = || self.choices.iter().any(|choice| fold(&choice.name) == fold(typed));
        (self.beyond == Beyond::Typed && !typed.is_empty() && !known()).then_some(typed)
    }

    /// Takes text into the search.
    pub fn text(&mut self, typed: &Typed) {
        match typed {
            Typed::Char(c) => self.line.type_char(*c),
            Typed::Paste(pasted) => self.line.paste(pasted),
        }
        self.search();
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> Outcome {
        let count = (self.matches.len() + usize::from(self.new_one().is_some())).max(1);
        match action {
            Action::Down | Action::Next => self.at = (self.at + 1) % count,
            Action::Up | Action::Previous => self.at = (self.at + count - 1) % count,
            Action::PageDown => self.at = (self.at + 10).min(count - 1),
            Action::PageUp => self.at = self.at.saturating_sub(10),
            Action::Close => return Outcome::Closes,
            Action::Press => return self.press(),
            _ => {
                if self.line.act(action) {
                    self.search();
                }
            }
        }
        Outcome::Stays
    }

    fn press(&self) -> Outcome {
        let chosen = match (self.matches.get(self.at), self.new_one()) {
            (Some(index), _) => Picked::Item(*index),
            (None, Some(typed)) => Picked::Text(typed.to_owned()),
            (None, None) => return Outcome::Stays,
        };
        Outcome::Leads(Then::Picked(chosen))
    }

    fn search(&mut self) {
        let wanted = fold(self.line.text().trim());
        let holds = |index: &usize| fold(&self.choices[*index].name).contains(&wanted);
        self.matches = (0..self.choices.len()).filter(holds).collect();
        // Enter takes what was typed, unless that is the beginning of something known.
        let begins = |index: &usize| fold(&self.choices[*index].name).starts_with(&wanted);
        let begun = self.matches.iter().position(begins);
        self.at = match (begun, self.new_one()) {
            (Some(at), _) => at,
            (None, Some(_)) => self.matches.len(),
            (None, None) => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(beyond: Beyond) -> Pick {
        let choice = |name: &str| Choice { name: name.to_owned(), count: Some(3) };
        Pick::new(Saying::Back, ["ops 运维", "dev", "weekly"].map(choice).to_vec(), beyond)
    }

    #[test]
    fn typing_narrows_the_list_and_enter_takes_what_is_left() {
        let mut pick = pick(Beyond::Nothing);
        pick.text(&Typed::Paste("运".into()));
        assert_eq!(pick.matches().len(), 1);
        assert_eq!(pick.act(Action::Press), Outcome::Leads(Then::Picked(Picked::Item(0))));
    }

    #[test]
    fn something_new_can_be_typed_only_where_that_is_meant() {
        for (beyond, expected) in [
            (Beyond::Nothing, Outcome::Stays),
            (Beyond::Typed, Outcome::Leads(Then::Picked(Picked::Text("vip".to_owned())))),
        ] {
            let mut pick = pick(beyond);
            pick.text(&Typed::Paste(" vip ".into()));
            assert_eq!(pick.act(Action::Press), expected);
        }
        let mut known = pick(Beyond::Typed);
        known.text(&Typed::Paste("DEV".into()));
        assert_eq!(known.new_one(), None);
        assert_eq!(known.act(Action::Press), Outcome::Leads(Then::Picked(Picked::Item(1))));
        // In the middle of another one's name it is something new.
        let mut within = pick(Beyond::Typed);
        within.text(&Typed::Paste("eek".into()));
        assert_eq!(within.act(Action::Press), Outcome::Leads(Then::Picked(Picked::Text("eek".to_owned()))));
    }
}
