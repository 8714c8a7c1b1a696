//! The theme picker: shows a theme while the cursor is on it, keeps it on Enter, puts back on Esc.

use super::Outcome;
use crate::app::desk::Desk;
use crate::app::effect::{Effect, LookChange};
use crate::input::action::Action;

/// The theme picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes {
    /// The names, in order.
    pub names: Vec<String>,
    /// The one under the cursor.
    pub at: usize,
    /// The one that Esc puts back.
    pub before: String,
}

impl Themes {
    /// A picker on the theme in use.
    pub fn new(names: Vec<String>, current: &str) -> Self {
        let at = names.iter().position(|name| name == current).unwrap_or(0);
        Self { names, at, before: current.to_owned() }
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> Outcome {
        let count = self.names.len().max(1);
        match action {
            Action::Down | Action::Next => self.at = (self.at + 1) % count,
            Action::Up | Action::Previous => self.at = (self.at + count - 1) % count,
            Action::First => self.at = 0,
            Action::Last => self.at = count - 1,
            Action::Press => {
                if let Some(name) = self.names.get(self.at) {
                    desk.settings.theme.clone_from(name);
                    desk.keep("theme", name.clone());
                }
                return Outcome::Closes;
            }
            Action::Close => {
                desk.effect(Effect::Look(LookChange::Theme(self.before.clone())));
                return Outcome::Closes;
            }
            _ => return Outcome::Stays,
        }
        if let Some(name) = self.names.get(self.at) {
            desk.effect(Effect::Look(LookChange::Theme(name.clone())));
        }
        Outcome::Stays
    }
}
