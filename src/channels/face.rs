//! The face of a message: what a person sees before anything is opened. A card in a chat, the banner of a phone,
//! the head of a mail, the rows of a template.
//!
//! Made from what is sent, by the kind that sends it, so that what is cut on the way is cut here.

use super::spec::Words;
use crate::domain::message::Content;

/// What shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Frame {
    /// A message in a chat: a bubble.
    #[default]
    Bubble,
    /// A card that opens a page.
    Card,
    /// A notification of a phone, as it stands on the locked screen.
    Banner,
    /// A mail in an inbox.
    Mail,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What stands before it, such as a field of a template.
    pub label: Option<Label>,
    /// The text.
    pub text: String,
    /// Whether it stands out.
    pub strong: bool,
    /// Over how many lines it may run before it is cut.
    pub lines: u16,
}

/// What stands before a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// A word of ours.
    Words(Words),
    /// The provider's own key.
    Key(String),
}

/// What a person sees first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Face {
    /// What shows it.
    pub frame: Frame,
    /// Its lines; those without a text are left out.
    pub rows: Vec<Row>,
}

impl Face {
    /// An empty one.
    pub const fn new(frame: Frame) -> Self {
        Self { frame, rows: Vec::new() }
    }

    /// What most chats make of a message: the title, and the beginning of the text.
    pub fn bubble(content: &Content) -> Self {
        Self::new(Frame::Bubble).strong(&content.title, 1).plain(&content.plain, 3)
    }

    /// A notification: a locked screen shows four lines of text at most.
    pub fn banner(title: &str, subtitle: &str, text: &str) -> Self {
        Self::new(Frame::Banner).strong(title, 1).strong(subtitle, 1).plain(text, 4)
    }

    /// With a line that stands out.
    #[must_use]
    pub fn strong(self, text: &str, lines: u16) -> Self {
        self.row(None, text, true, lines)
    }

    /// With a line.
    #[must_use]
    pub fn plain(self, text: &str, lines: u16) -> Self {
        self.row(None, text, false, lines)
    }

    /// With a line after a word.
    #[must_use]
    pub fn labelled(self, label: Label, text: &str) -> Self {
        self.row(Some(label), text, false, 1)
    }

    fn row(mut self, label: Option<Label>, text: &str, strong: bool, lines: u16) -> Self {
        // Nothing that small spends a line on nothing.
        let lines_of_text = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        let text = lines_of_text.collect::<Vec<_>>().join("\n").trim().to_owned();
        if !text.is_empty() {
            self.rows.push(Row { label, text, strong, lines });
        }
        self
    }
}
