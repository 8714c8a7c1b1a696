//! Section 6: attempts grouped by failure class, broadcast, channel or person; cause, fix, raw reply;
//! replay, settling of unknowns.
//!
//! Will own: a `TableState` of groups, one of attempts, and the detail of the selection.

use crate::app::desk::Desk;
use crate::app::request::Reply;
use crate::app::screen::{Done, Focus, Screen};
use crate::app::section::Target;
use crate::input::action::Action;

/// The state of this section.
#[derive(Debug, Clone, Default)]
pub struct History {}

impl Screen for History {
    fn focus(&self) -> Focus {
        Focus::List
    }

    fn enter(&mut self, _target: Option<Target>, _desk: &mut Desk) {}

    fn act(&mut self, _action: Action, _desk: &mut Desk) -> Done {
        Done::No
    }

    fn reply(&mut self, _slot: &'static str, _reply: Reply, _desk: &mut Desk) {}
}
