//! Section 5: accounts at providers; health, quota, credential form made from the catalogue of kinds,
//! verify, test, pause.
//!
//! Will own: a `TableState`, the health of the selection, and the `Form` of a channel.

use crate::app::desk::Desk;
use crate::app::request::Reply;
use crate::app::screen::{Done, Focus, Screen};
use crate::app::section::Target;
use crate::input::action::Action;

/// The state of this section.
#[derive(Debug, Clone, Default)]
pub struct Channels {}

impl Screen for Channels {
    fn focus(&self) -> Focus {
        Focus::List
    }

    fn enter(&mut self, _target: Option<Target>, _desk: &mut Desk) {}

    fn act(&mut self, _action: Action, _desk: &mut Desk) -> Done {
        Done::No
    }

    fn reply(&mut self, _slot: &'static str, _reply: Reply, _desk: &mut Desk) {}
}
