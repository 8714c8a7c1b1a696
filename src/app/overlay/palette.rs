//! The command palette: every listed action by name, fuzzy, with its key and its reason when off.
//!
//! It finds in names of both languages and in the key names' words; the words themselves come from
//! the shell at the start (`Names`), because the model has no language.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::{Outcome, Then};
use crate::app::available::Availability;
use crate::app::form::line::Line;
use crate::app::screen::Typed;
use crate::input::action::Action;

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The action.
    pub action: Action,
    /// What is searched: its name in both languages and its id.
    pub words: String,
    /// Whether it is on.
    pub availability: Availability,
}

/// The command palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// What was typed.
    pub line: Line,
    /// The line under the cursor, among the matches.
    pub at: usize,
    commands: Vec<Command>,
    matches: Vec<usize>,
}

impl Palette {
    /// A palette over these commands.
    pub fn new(commands: Vec<Command>) -> Self {
        let matches = (0..commands.len()).collect();
        Self { line: Line::default(), at: 0, commands, matches }
    }

    /// The commands that match, best first.
    pub fn matches(&self) -> impl ExactSizeIterator<Item = &Command> {
        self.matches.iter().map(|index| &self.commands[*index])
    }

    /// How many commands there are.
    pub fn total(&self) -> usize {
        self.commands.len()
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
        let count = self.matches.len().max(1);
        match action {
            Action::Down | Action::Next => self.at = (self.at + 1) % count,
            Action::Up | Action::Previous => self.at = (self.at + count - 1) % count,
            Action::PageDown => self.at = (self.at + 10).min(count - 1),
            Action::PageUp => self.at = self.at.saturating_sub(10),
            Action::Close => return Outcome::Closes,
            Action::Press => {
                return self
                    .matches()
                    .nth(self.at)
                    .map_or(Outcome::Stays, |command| Outcome::Leads(Then::Act(command.action)));
            }
            _ => {
                if self.line.act(action) {
                    self.search();
                }
            }
        }
        Outcome::Stays
    }

    fn search(&mut self) {
        self.at = 0;
        let pattern = Pattern::parse(self.line.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = self
            .commands
            .iter()
            .enumerate()
            .filter_map(|(index, command)| {
                let words = Utf32Str::new(&command.words, &mut buffer);
                pattern.score(words, &mut matcher).map(|score| (score, index))
            })
            .collect();
        scored.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
        self.matches = scored.into_iter().map(|(_, index)| index).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette() -> Palette {
        let command = |action: Action, words: &str| Command {
            action,
            words: format!("{words} {}", action.name()),
            availability: Availability::On,
        };
        Palette::new(vec![
            command(Action::Pause, "Pause broadcast 暂停广播"),
            command(Action::Themes, "Change theme 更换主题"),
            command(Action::ShowTopics, "Go to Topics 前往主题"),
        ])
    }

    #[test]
    fn commands_are_found_by_a_few_letters_in_either_language() {
        for (text, first) in [("pbr", Action::Pause), ("chth", Action::Themes), ("前往", Action::ShowTopics)]
        {
            let mut palette = palette();
            palette.text(&Typed::Paste(text.into()));
            assert_eq!(palette.matches().next().map(|command| command.action), Some(first), "{text}");
        }
    }

    #[test]
    fn enter_without_a_match_does_nothing() {
        let mut palette = palette();
        palette.text(&Typed::Paste("zzz".into()));
        assert_eq!(palette.act(Action::Press), Outcome::Stays);
    }
}
