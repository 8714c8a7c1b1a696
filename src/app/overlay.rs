//! Popups: each one's state and what its keys do. They own the keyboard while they are open.
//!
//! An overlay is data; it never calls a screen. What it leads to is a `Then`, carried out by `update`.

pub mod confirm;
pub mod find;
pub mod gate;
pub mod invite;
pub mod menu;
pub mod palette;
pub mod pick;
pub mod pickers;
pub mod replay;
pub mod review;
pub mod viewers;
pub mod welcome;

use confirm::Confirm;
use gate::Gate;
use invite::Invite;
use menu::Menu;
use palette::Palette;
use pick::Pick;
use pickers::Themes;
use replay::Replay;
use review::Review;
use viewers::{Help, Messages, Viewer};
use welcome::Welcome;

use super::desk::Desk;
use super::effect::Owner;
use super::request::{Request, Trouble};
use super::screen::{Picked, Typed};
use super::section::Target;
use crate::input::action::Action;

/// A popup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// The keys that hold where it was opened.
    Help(Help),
    /// Everything by name.
    Palette(Palette),
    /// A question with buttons; the focus is on "Back".
    Confirm(Confirm),
    /// A question that is answered by typing a number.
    Gate(Gate),
    /// A QR code to follow by.
    Invite(Box<Invite>),
    /// What would be sent, with its gate.
    Review(Box<Review>),
    /// The review of a replay: tick box, number, button.
    Replay(Replay),
    /// A prefix menu, or `x`.
    Menu(Menu),
    /// A list to choose from.
    Pick(Pick),
    /// An error with its causes and what to do.
    Problem(Trouble),
    /// What was said in passing.
    Messages(Messages),
    /// The theme picker.
    Themes(Themes),
    /// Any longer text: a raw reply, a call.
    Viewer(Viewer),
    /// The first page of an empty store.
    Welcome(Welcome),
}

/// What a popup leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Does an action as if its key had been pressed.
    Act(Action),
    /// Orders a change; the owner gets the reply.
    Order(Owner, Request),
    /// Leads elsewhere.
    Go(Target),
    /// Shows an error in full.
    Show(Trouble),
    /// Tells the section's screen what was picked in a list.
    Picked(Picked),
    /// Leaves without asking again.
    Quit,
    /// Tells the section's screen, by name, what was chosen.
    Choose(&'static str),
}

/// What came of a key in a popup.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It stays open.
    Stays,
    /// It closes.
    Closes,
    /// It closes, and this happens.
    Leads(Then),
}

impl Overlay {
    /// Does an action that was pressed while this popup was the innermost one.
    pub fn act(&mut self, action: Action, desk: &mut Desk) -> Outcome {
        match self {
            Self::Help(help) => help.act(action, desk),
            Self::Palette(palette) => palette.act(action),
            Self::Confirm(confirm) => confirm.act(action),
            Self::Gate(gate) => gate.act(action),
            Self::Invite(invite) => invite.act(action, desk),
            Self::Review(review) => review.act(action),
            Self::Replay(replay) => replay.act(action),
            Self::Menu(menu) => menu.act(action),
            Self::Pick(pick) => pick.act(action),
            Self::Problem(trouble) => match action {
                Action::CopyLine => {
                    desk.copy(trouble.as_text());
                    Outcome::Stays
                }
                Action::Close => Outcome::Closes,
                _ => Outcome::Stays,
            },
            Self::Messages(messages) => messages.act(action, desk),
            Self::Themes(themes) => themes.act(action, desk),
            Self::Viewer(viewer) => viewer.act(action, desk),
            Self::Welcome(welcome) => welcome.act(action, desk),
        }
    }

    /// Takes text into the popup's field, if it has one.
    pub fn text(&mut self, typed: &Typed) -> Outcome {
        match self {
            Self::Help(help) => help.find.text(typed),
            Self::Viewer(viewer) => viewer.find.text(typed),
            Self::Palette(palette) => palette.text(typed),
            Self::Gate(gate) => gate.text(typed),
            Self::Replay(replay) => return replay.text(typed),
            Self::Pick(pick) => pick.text(typed),
            Self::Review(review) => review.text(typed),
            Self::Confirm(_)
            | Self::Invite(_)
            | Self::Menu(_)
            | Self::Problem(_)
            | Self::Messages(_)
            | Self::Themes(_)
            | Self::Welcome(_) => {}
        }
        Outcome::Stays
    }

    /// It has been on the screen.
    pub fn painted(&mut self) {
        match self {
            Self::Gate(gate) => gate.painted = true,
            Self::Review(review) => review.painted = true,
            Self::Replay(replay) => replay.painted = true,
            _ => {}
        }
    }

    /// Whether keys are dropped until this popup has been seen.
    pub const fn awaits_paint(&self) -> bool {
        match self {
            Self::Gate(gate) => !gate.painted,
            Self::Review(review) => !review.painted,
            Self::Replay(replay) => !replay.painted,
            Self::Help(_)
            | Self::Palette(_)
            | Self::Confirm(_)
            | Self::Invite(_)
            | Self::Menu(_)
            | Self::Pick(_)
            | Self::Problem(_)
            | Self::Messages(_)
            | Self::Themes(_)
            | Self::Viewer(_)
            | Self::Welcome(_) => false,
        }
    }
}

impl Trouble {
    /// All of it as text, for copying.
    pub fn as_text(&self) -> String {
        let mut lines = vec![self.summary.clone()];
        lines.extend(self.causes.iter().cloned());
        lines.extend(self.hint.clone());
        lines.join("\n")
    }
}
