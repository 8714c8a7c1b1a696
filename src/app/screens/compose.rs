//! Section 2: one message: audience, channels, title, body, link, time; preview per channel, checks, the
//! review with its gate, and the test to oneself.
//!
//! Will own: the draft with its `Form` and `Editor`, the last audience count, the preview (latest wins),
//! the checks, and the saving of the draft (after 1 s of rest, on leaving a field, on hang-up).

use crate::app::desk::Desk;
use crate::app::request::Reply;
use crate::app::screen::{Done, Focus, Screen};
use crate::app::section::Target;
use crate::input::action::Action;

/// The state of this section.
#[derive(Debug, Clone, Default)]
pub struct Compose {}

impl Screen for Compose {
    fn focus(&self) -> Focus {
        Focus::Fields
    }

    fn enter(&mut self, _target: Option<Target>, _desk: &mut Desk) {}

    fn act(&mut self, _action: Action, _desk: &mut Desk) -> Done {
        Done::No
    }

    fn reply(&mut self, _slot: &'static str, _reply: Reply, _desk: &mut Desk) {}
}
