//! Section 8: how the console behaves: language, theme, sending, network, data, about.
//!
//! It shows what holds now and where it is kept; changing it is done in the configuration file.

use crate::app::desk::Desk;
use crate::app::request::Reply;
use crate::app::screen::{Done, Focus, Screen};
use crate::app::section::Target;
use crate::input::action::Action;

/// The state of this section.
#[derive(Debug, Clone, Default)]
pub struct Setup {}

impl Screen for Setup {
    fn focus(&self) -> Focus {
        Focus::Pane
    }

    fn enter(&mut self, _target: Option<Target>, _desk: &mut Desk) {}

    fn act(&mut self, _action: Action, _desk: &mut Desk) -> Done {
        Done::No
    }

    fn reply(&mut self, _slot: &'static str, _reply: Reply, _desk: &mut Desk) {}
}
