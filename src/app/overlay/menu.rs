//! Small lists of actions: prefix menus (`y g o f`) and the actions menu `x`.
//!
//! The second key acts at once; arrows and Enter do too. There are no timeouts.

use super::{Outcome, Then};
use crate::app::available::Availability;
use crate::input::action::Action;
use crate::input::key::Key;

/// What a menu is about; its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The two-key actions of this prefix.
    Prefix(Key),
    /// What can be done with the row or the marks.
    Selection,
}

/// One line of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The key that chooses it here.
    pub key: Option<Key>,
    /// The action.
    pub action: Action,
    /// Whether it is on.
    pub availability: Availability,
}

/// A small list of actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// Its title.
    pub about: About,
    /// Its lines.
    pub items: Vec<Item>,
    /// The line under the cursor.
    pub at: usize,
}

impl Menu {
    /// The action that `key` chooses here, wherever the cursor is.
    pub fn by_key(&self, key: Key) -> Option<Action> {
        let key = key.normalise();
        let found = |key: Key| self.items.iter().find(|item| item.key == Some(key));
        found(key).or_else(|| found(key.fold())).map(|item| item.action)
    }

    /// Does an action.
    pub fn act(&mut self, action: Action) -> Outcome {
        let count = self.items.len().max(1);
        match action {
            Action::Down => self.at = (self.at + 1) % count,
            Action::Up => self.at = (self.at + count - 1) % count,
            Action::Close => return Outcome::Closes,
            Action::Press => {
                return self.items.get(self.at).map_or(Outcome::Closes, |item| {
                    // An action that is off answers with its reason.
                    Outcome::Leads(Then::Act(item.action))
                });
            }
            _ => {}
        }
        Outcome::Stays
    }
}
