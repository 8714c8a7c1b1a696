//! The eight sections, their order and their keys; and what one section can ask another to show.

use crate::domain::id::{BroadcastId, ChannelId, SubscriberId, TopicId};
use crate::input::action::Action;
use crate::input::context::Context;

/// A section of the console; each has one screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// What was sent, goes out, waits or is being written. Where the console starts.
    Outbox,
    /// One message: audience, channels, text, preview, checks.
    Compose,
    /// People.
    Subscribers,
    /// Lists of people.
    Topics,
    /// Accounts at providers.
    Channels,
    /// Attempts, failures and replays.
    History,
    /// What people wrote back.
    Inbox,
    /// How the console behaves.
    Setup,
}

impl Section {
    /// Every section, in the order of the tabs.
    pub const ALL: [Self; 8] = [
        Self::Outbox,
        Self::Compose,
        Self::Subscribers,
        Self::Topics,
        Self::Channels,
        Self::History,
        Self::Inbox,
        Self::Setup,
    ];

    /// Its place among the tabs, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The action that shows it.
    pub const fn action(self) -> Action {
        match self {
            Self::Outbox => Action::ShowOutbox,
            Self::Compose => Action::ShowCompose,
            Self::Subscribers => Action::ShowSubscribers,
            Self::Topics => Action::ShowTopics,
            Self::Channels => Action::ShowChannels,
            Self::History => Action::ShowHistory,
            Self::Inbox => Action::ShowInbox,
            Self::Setup => Action::ShowSetup,
        }
    }

    /// The section that `action` shows.
    pub fn of_action(action: Action) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.action() == action)
    }

    /// Where its own keys are bound.
    pub const fn context(self) -> Context {
        match self {
            Self::Outbox => Context::Outbox,
            Self::Compose => Context::Compose,
            Self::Subscribers => Context::Subscribers,
            Self::Topics => Context::Topics,
            Self::Channels => Context::Channels,
            Self::History => Context::History,
            Self::Inbox => Context::Inbox,
            Self::Setup => Context::Setup,
        }
    }
}

/// A record that another section is asked to show, or a thing that it is asked to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A person.
    Subscriber(SubscriberId),
    /// The people who match a filter.
    People(String),
    /// A topic.
    Topic(TopicId),
    /// A channel.
    Channel(ChannelId),
    /// The kinds of a new channel.
    NewChannel,
    /// An import of people.
    Import,
    /// A broadcast in the Outbox.
    Broadcast(BroadcastId),
    /// A draft in Compose.
    Draft(BroadcastId),
    /// A draft in Compose, with its review open.
    Review(BroadcastId),
    /// A new message to an audience, given as a filter.
    ComposeTo(String),
    /// The attempts that match a filter.
    Attempts(String),
    /// The conversation with a person.
    Conversation(SubscriberId),
}

impl Target {
    /// The section that shows it.
    pub const fn section(&self) -> Section {
        match self {
            Self::Subscriber(_) | Self::People(_) | Self::Import => Section::Subscribers,
            Self::Topic(_) => Section::Topics,
            Self::Channel(_) | Self::NewChannel => Section::Channels,
            Self::Broadcast(_) => Section::Outbox,
            Self::Draft(_) | Self::Review(_) | Self::ComposeTo(_) => Section::Compose,
            Self::Attempts(_) => Section::History,
            Self::Conversation(_) => Section::Inbox,
        }
    }
}
