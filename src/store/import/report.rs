//! What an import found and did, as facts that a screen or a script puts into words.

use std::fmt;

use serde::Serialize;

use crate::channels::kind::AddressWarning;
use crate::domain::id::SubscriberId;
use crate::domain::name::NameError;

/// Of errors and of notes, so many are kept; the rest is counted.
pub const KEEP: usize = 1_000;

/// What an import found and did. Every row is exactly one of added, merged, updated, unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// Rows without the header.
    pub rows: u64,
    /// People who were not there before.
    pub added: u64,
    /// Rows that describe somebody of an earlier row of the file.
    pub merged: u64,
    /// Rows that changed somebody who was there.
    pub updated: u64,
    /// Rows that said nothing new about somebody who was there.
    pub unchanged: u64,
    /// Topics that were not there before.
    pub topics_created: Vec<String>,
    /// What is worth knowing; the first thousand.
    pub notes: Vec<Note>,
    /// How many notes there were.
    pub notes_total: u64,
    /// What is wrong; the first thousand. Then nothing is written.
    pub errors: Vec<RowError>,
    /// How many errors there were, up to the point where reading stopped.
    pub errors_total: u64,
}

impl Report {
    /// Whether the file is as it should be.
    pub fn is_ok(&self) -> bool {
        self.errors_total == 0
    }

    pub(super) fn note(&mut self, line: u64, column: Option<&str>, text: Remark) {
        self.notes_total += 1;
        if self.notes.len() < KEEP {
            self.notes.push(Note { line, column: column.map(str::to_owned), text });
        }
    }

    pub(super) fn error(&mut self, error: RowError) {
        self.errors_total += 1;
        if self.errors.len() < KEEP {
            self.errors.push(error);
        }
    }
}

/// Something worth knowing about a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column, if it is about one.
    pub column: Option<String>,
    /// What.
    pub text: Remark,
}

/// What is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The address has an unusual shape; it is taken all the same.
    Address(AddressWarning),
    /// The row was joined with that earlier line of the file.
    SameAsLine(u64),
    /// The person is in the store under another name, and keeps it.
    KeepsName(SubscriberId),
    /// The person opted out or was blocked, and stays so.
    StaysOut(SubscriberId),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(AddressWarning::Prefix(prefix)) => {
                write!(f, "the address does not begin with {prefix}")
            }
            Self::Address(AddressWarning::Shape) => f.write_str("the address has an unusual shape"),
            Self::Address(AddressWarning::Retired) => {
                f.write_str("the address is of a sort that the provider has retired")
            }
            Self::Address(AddressWarning::OtherServer) => {
                f.write_str("the URL is of another server than the channel")
            }
            Self::SameAsLine(line) => write!(f, "the same person as in line {line}; joined"),
            Self::KeepsName(id) => write!(f, "{id} has another name in the store and keeps it"),
            Self::StaysOut(id) => write!(f, "{id} is blocked or has unsubscribed and stays so"),
        }
    }
}

impl Serialize for Remark {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}{}: {problem}", column.as_ref().map(|name| format!(", column {name}")).unwrap_or_default())]
pub struct RowError {
    /// The line, from 1.
    pub line: u64,
    /// The column, if it is about one.
    pub column: Option<String>,
    /// What.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file has no header.
    #[error("the file is empty; the first line names the columns")]
    Empty,
    /// No column `name`.
    #[error("the column `name` is missing")]
    NoName,
    /// A column that means nothing.
    #[error("unknown column{}", nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownColumn {
        /// The column that may have been meant.
        nearest: Option<String>,
    },
    /// A column named like a kind that several channels have.
    #[error("several channels are of this kind; name one of them: {0}")]
    SeveralChannels(String),
    /// A channel whose kind this pushdeck does not know.
    #[error("this pushdeck does not know the kind of that channel")]
    UnknownKind,
    /// The same column, or two columns of the same channel.
    #[error("the column is there twice")]
    Twice,
    /// A row of another length than the header.
    #[error("{found} cells where the header has {expected}")]
    Cells {
        /// How many.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A row over the limit.
    #[error("the row is longer than {0} bytes")]
    RowTooLong(usize),
    /// A cell over the limit.
    #[error("the cell is longer than {0} bytes")]
    CellTooLong(usize),
    /// Bytes that are no UTF-8.
    #[error("not valid UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// A cell that should be a JSON object.
    #[error("not a JSON object")]
    Attributes,
    /// A word for whether somebody gets messages that is not known.
    #[error("unknown status")]
    Status,
    /// No channel that the addresses could be for.
    #[error("there is no channel for these addresses; name one with --channel")]
    NoChannel,
    /// A NUL character.
    #[error("a NUL character")]
    Nul,
    /// A name that cannot be one.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A topic or tag that cannot be one.
    #[error("`{name}`: {why}")]
    Label {
        /// As it stands there.
        name: String,
        /// Why.
        why: NameError,
    },
    /// An address that nothing can be done with; never holds it.
    #[error("{0}")]
    Address(String),
    /// Its addresses belong to two people.
    #[error("its addresses belong to two people: {0} and {1}")]
    TwoPeople(String, String),
    /// More rows than an import takes.
    #[error("the file has more than {0} rows")]
    TooManyRows(u64),
    /// The file cannot be read on.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
