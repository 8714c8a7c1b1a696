//! Section 3: people, with marks and filter; their addresses, topics and last attempts; add, edit,
//! block, mute, remove, import, export.
//!
//! Will own: a `TableState`, the detail of the selection, and the `Form` of a person.

use crate::app::desk::Desk;
use crate::app::request::Reply;
use crate::app::screen::{Done, Focus, Screen};
use crate::app::section::Target;
use crate::input::action::Action;

/// The state of this section.
#[derive(Debug, Clone, Default)]
pub struct Subscribers {}

impl Screen for Subscribers {
    fn focus(&self) -> Focus {
        Focus::List
    }

    fn enter(&mut self, _target: Option<Target>, _desk: &mut Desk) {}

    fn act(&mut self, _action: Action, _desk: &mut Desk) -> Done {
        Done::No
    }

    fn reply(&mut self, _slot: &'static str, _reply: Reply, _desk: &mut Desk) {}
}
