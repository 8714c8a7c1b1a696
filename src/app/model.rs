//! The whole state of the console: the screens, and the desk that they share.

use std::sync::Arc;

use super::desk::{Desk, Settings};
use super::screens::Screens;
use crate::input::keymap::Keymap;

/// The whole state of the console.
#[derive(Debug, Clone)]
pub struct Model {
    /// One struct per section; all stay as they were left.
    pub screens: Screens,
    /// What they share.
    pub desk: Desk,
}

impl Model {
    /// The state before `Msg::Start`.
    pub fn new(settings: Settings, keys: Arc<Keymap>) -> Self {
        Self { screens: Screens::default(), desk: Desk::new(settings, keys) }
    }
}
