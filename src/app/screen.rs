//! What every section's screen answers. One flat trait: nothing nests, nothing is looked up by name.

use super::available::{Availability, Why};
use super::desk::Desk;
use super::msg::Handed;
use super::request::Reply;
use super::section::Target;
use crate::input::action::Action;

/// What has the focus inside a section; decides which keys hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// A list of records.
    List,
    /// A pane that only scrolls.
    Pane,
    /// Fields, between edits.
    Fields,
    /// A one-line text field.
    Line,
    /// Something to choose from, between text fields: keys are typed here too, and Space chooses.
    Choice,
    /// The filter of a list.
    Filter,
    /// A text field that asks one thing: Enter answers.
    Ask,
    /// A text field of many lines.
    Body,
}

/// Whether an action was the screen's to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Done {
    /// It was done, or the screen said why not.
    Yes,
    /// It was not the screen's: the frame may do it.
    No,
}

/// What comes into a text field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// One key.
    Char(char),
    /// A paste: line ends are `\n` and there are no other controls.
    Paste(String),
}

/// What was picked in a list that the screen had opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// A line of a list, by its place in the list that the screen gave.
    Item(usize),
    /// What was typed, where it is none of the lines.
    Text(String),
}

/// A section's screen.
pub trait Screen {
    /// What has the focus now. A pure function of the state: focus never depends on drawing.
    fn focus(&self) -> Focus;

    /// The section is shown, perhaps to show or start something: ask for what is missing.
    fn enter(&mut self, target: Option<Target>, desk: &mut Desk);

    /// The section is left: save what must not be lost.
    fn leave(&mut self, _desk: &mut Desk) {}

    /// Does `action`, which is available.
    fn act(&mut self, action: Action, desk: &mut Desk) -> Done;

    /// Takes text into the field that has the focus.
    fn text(&mut self, _typed: Typed, _desk: &mut Desk) {}

    /// Takes the reply to the question in `slot` (or to an order); never a stale one.
    fn reply(&mut self, slot: &'static str, reply: Reply, desk: &mut Desk);

    /// The operator pressed a button of a popup that this screen opened; its name.
    fn chosen(&mut self, _what: &'static str, _desk: &mut Desk) {}

    /// The store changed: ask again for what is on the screen.
    fn changed(&mut self, _desk: &mut Desk) {}

    /// One of the screen's own timers has come.
    fn due(&mut self, _timer: &'static str, _desk: &mut Desk) {}

    /// The external editor has ended; only for a screen that asked for it.
    fn handed(&mut self, _handed: Handed, _desk: &mut Desk) {}

    /// Something was picked in a list that the screen had opened.
    fn picked(&mut self, _picked: Picked, _desk: &mut Desk) {}

    /// Whether an action of this section, of its list or of its fields is on right now.
    fn available(&self, _action: Action, _desk: &Desk) -> Availability {
        Availability::Off(Why::NotHere)
    }
}
