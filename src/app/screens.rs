//! The eight screens: plain structs that all stay as they were left. The compiler lists what is missing.

pub mod channels;
pub mod compose;
pub mod history;
pub mod inbox;
mod listed;
pub mod outbox;
mod race;
pub mod setup;
pub mod subscribers;
pub mod topics;

use super::screen::Screen;
use super::section::Section;

/// One struct per section.
#[derive(Debug, Clone, Default)]
pub struct Screens {
    /// Section 1.
    pub outbox: outbox::Outbox,
    /// Section 2.
    pub compose: compose::Compose,
    /// Section 3.
    pub subscribers: subscribers::Subscribers,
    /// Section 4.
    pub topics: topics::Topics,
    /// Section 5.
    pub channels: channels::Channels,
    /// Section 6.
    pub history: history::History,
    /// Section 7.
    pub inbox: inbox::Inbox,
    /// Section 8.
    pub setup: setup::Setup,
}

impl Screens {
    /// The screen of a section.
    pub fn get(&self, section: Section) -> &dyn Screen {
        match section {
            Section::Outbox => &self.outbox,
            Section::Compose => &self.compose,
            Section::Subscribers => &self.subscribers,
            Section::Topics => &self.topics,
            Section::Channels => &self.channels,
            Section::History => &self.history,
            Section::Inbox => &self.inbox,
            Section::Setup => &self.setup,
        }
    }

    /// The same, to act on it.
    pub fn get_mut(&mut self, section: Section) -> &mut dyn Screen {
        match section {
            Section::Outbox => &mut self.outbox,
            Section::Compose => &mut self.compose,
            Section::Subscribers => &mut self.subscribers,
            Section::Topics => &mut self.topics,
            Section::Channels => &mut self.channels,
            Section::History => &mut self.history,
            Section::Inbox => &mut self.inbox,
            Section::Setup => &mut self.setup,
        }
    }
}
