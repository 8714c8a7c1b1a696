//! What the section Inbox says: facts, worded by `ui::words`.

/// Something about conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboxSaying {
    /// An answer to this person is on its way.
    Answered(String),
    /// So many lines are read.
    Read(i64),
    /// There is nobody to answer.
    NoPerson,
}
