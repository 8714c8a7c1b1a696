//! Section 8: how the console behaves: language, theme, sending, network, data, about.
//!
//! It shows what holds now and where it is kept; changing it is done in the configuration file.

use crate::app::desk::Desk;
use crate::app::request::compose::{ComposeAsk, ComposeTold};
use crate::app::request::{Reply, Request};
use crate::app::screen::{Done, Focus, Screen};
use crate::app::section::Target;
use crate::input::action::Action;

/// The state of this section.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Whom tests go to, by name.
    pub me: Option<String>,
}

impl Screen for Setup {
    fn focus(&self) -> Focus {
        Focus::Pane
    }

    fn enter(&mut self, _target: Option<Target>, desk: &mut Desk) {
        desk.ask("bench", Request::Compose(ComposeAsk::Bench));
    }

    fn act(&mut self, _action: Action, _desk: &mut Desk) -> Done {
        Done::No
    }

    fn reply(&mut self, _slot: &'static str, reply: Reply, _desk: &mut Desk) {
        if let Reply::Compose(ComposeTold::Bench(bench)) = reply {
            self.me = bench.me.map(|me| me.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::desk::Settings;
    use crate::app::request::compose::{Bench, Me};
    use crate::domain::id::SubscriberId;
    use crate::input::keymap::Keymap;

    #[test]
    fn whoever_gets_tests_is_named() {
        let mut desk = Desk::new(Settings::default(), Arc::new(Keymap::default()));
        let mut setup = Setup::default();
        setup.enter(None, &mut desk);
        let me = Some(Me { id: SubscriberId(1), name: "王小明".to_owned() });
        setup.reply("bench", Reply::Compose(ComposeTold::Bench(Bench { ways: Vec::new(), me })), &mut desk);
        assert_eq!(setup.me.as_deref(), Some("王小明"));
    }
}
