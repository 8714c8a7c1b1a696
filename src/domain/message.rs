//! What is said: title, body, format, link; and what a channel gets to carry after rendering.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::file::{Enclosure, FileRef};

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text.
    Text,
    /// The inner part of an HTML body.
    Html,
    /// CommonMark with tables, strike-through and task lists.
    #[default]
    Markdown,
}

impl Format {
    /// Every format, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Text, Self::Html];

    /// The word used on the command line, in JSON and in the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Markdown => "markdown",
        }
    }

    /// Reads a format word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }
}

/// A message as the operator wrote it, variables still in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Message {
    /// The headline; the subject of a mail.
    pub title: String,
    /// The short text on a card; empty means: made from title and body.
    pub summary: String,
    /// Where a tap leads; empty means nowhere.
    pub url: String,
    /// How `body` is written.
    pub format: Format,
    /// The text itself.
    pub body: String,
    /// Files that go with it, where a channel carries files.
    pub files: Vec<FileRef>,
}

/// A message rendered for one person (or for everybody, if it has no variables) in a format that the
/// channel carries. Made only by `channels::render`, so preview and delivery cannot differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// The headline without variables.
    pub title: String,
    /// The short text that the operator gave, or empty.
    pub summary: String,
    /// Where a tap leads, or empty.
    pub url: String,
    /// The format of `body`: one of the kind's own.
    pub format: Format,
    /// The text in that format.
    pub body: String,
    /// The same text without any markup: text part of a mail, card text, size checks.
    pub plain: String,
    /// Values of the person that the channel's own settings ask for, such as the fields of a template.
    pub vars: BTreeMap<String, String>,
    /// The files, for a kind that takes them.
    pub files: Arc<[Enclosure]>,
}
