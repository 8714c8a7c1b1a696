//! Popups that are read: help, messages, longer texts.

use std::path::PathBuf;

use super::find::Find;
use super::{Outcome, Then};
use crate::app::desk::Desk;
use crate::app::effect::Effect;
use crate::app::saying::Saying;
use crate::input::action::Action;
use crate::input::context::Context;

/// The keys that hold where it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The stack at that moment, innermost first.
    pub contexts: Vec<Context>,
    /// Scroll and search.
    pub find: Find,
}

impl Help {
    /// Help on these contexts.
    pub fn new(contexts: Vec<Context>) -> Self {
        Self { contexts, find: Find::default() }
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, desk: &Desk) -> Outcome {
        if !self.find.act(action, desk.pages.popup) && action == Action::Close {
            return Outcome::Closes;
        }
        Outcome::Stays
    }
}

/// What was said in passing, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Messages {
    /// The line under the cursor.
    pub at: usize,
}

impl Messages {
    /// Does an action. Enter is not needed: `y` copies, errors open in full with Right.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> Outcome {
        let count = desk.notices.log().len().max(1);
        let page = desk.pages.popup.max(1);
        match action {
            Action::Up => self.at = self.at.saturating_sub(1),
            Action::Down => self.at = (self.at + 1).min(count - 1),
            Action::PageUp => self.at = self.at.saturating_sub(page),
            Action::PageDown => self.at = (self.at + page).min(count - 1),
            Action::First => self.at = 0,
            Action::Last => self.at = count - 1,
            Action::Right => {
                let chosen = desk.notices.log().nth(self.at);
                if let Some(Saying::Failed(trouble)) = chosen.map(|notice| &notice.saying) {
                    return Outcome::Leads(Then::Show(trouble.clone()));
                }
            }
            Action::CopyLine => {
                let chosen = desk.notices.log().nth(self.at);
                if let Some(Saying::Failed(trouble)) = chosen.map(|notice| &notice.saying) {
                    desk.copy(trouble.as_text());
                }
            }
            Action::Close => return Outcome::Closes,
            _ => {}
        }
        Outcome::Stays
    }
}

/// A longer text, already scrubbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// What it is.
    pub title: Saying,
    /// The text.
    pub text: String,
    /// Scroll and search.
    pub find: Find,
}

impl Viewer {
    /// A viewer at the start of `text`.
    pub fn new(title: Saying, text: String) -> Self {
        Self { title, text, find: Find::default() }
    }

    /// Does an action.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> Outcome {
        match action {
            _ if self.find.act(action, desk.pages.popup) => {}
            Action::CopyLine => {
                desk.copy(self.text.clone());
            }
            Action::WriteFile => {
                // In the folder where the console was started; the moment makes the name new.
                let path = PathBuf::from(format!("pushdeck-{}.txt", desk.now.0));
                desk.effect(Effect::Write(path, self.text.clone().into_bytes()));
            }
            Action::Close => return Outcome::Closes,
            _ => {}
        }
        Outcome::Stays
    }
}
