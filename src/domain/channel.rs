//! Channels: configured accounts, their state, and the account data that a kind builds calls from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::id::ChannelId;
use super::secret::Secret;

/// Whether a channel may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// In use.
    #[default]
    Active,
    /// Stands still until a person goes on; carries a `PauseReason`.
    Paused,
}

impl ChannelState {
    /// The word used in JSON, filters and the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }

    /// Reads a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Paused].into_iter().find(|state| state.word() == word)
    }
}

/// How a channel has been doing, from its last attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// At least 99 % of the last 100 attempts went through.
    Ok,
    /// 90 to 99 %.
    Slow,
    /// Under 90 %, or the last five all failed.
    Failing,
    /// Nothing has been tried.
    Untested,
    /// Paused.
    Off,
}

impl Health {
    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Slow => "slow",
            Self::Failing => "failing",
            Self::Untested => "untested",
            Self::Off => "off",
        }
    }
}

/// Everything that a kind needs of a channel to build a call: settings in clear, credentials opened.
/// Only sender code fills `secrets`; previews and dry runs work with it empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The channel.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// The catalogue id of its kind.
    pub kind: String,
    /// Settings by field name; fields that were never set are absent.
    pub settings: BTreeMap<String, String>,
    /// Credentials by field name.
    pub secrets: BTreeMap<String, Secret>,
}

impl Account {
    /// A setting that was set to something.
    pub fn setting(&self, field: &str) -> Option<&str> {
        self.settings.get(field).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A credential that was set to something.
    pub fn secret(&self, field: &str) -> Option<&Secret> {
        self.secrets.get(field).filter(|secret| !secret.is_empty())
    }

    /// What a field says, credential or not: for telling accounts apart, and for no screen.
    pub fn says(&self, field: &str) -> &str {
        self.secret(field).map(Secret::expose).or_else(|| self.setting(field)).unwrap_or_default().trim()
    }
}
