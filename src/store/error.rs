//! What can go wrong with the store, with what was attempted.

use std::path::PathBuf;

use super::denial::Denial;
use crate::domain::id::SubscriberId;
use crate::seal::SealError;

/// A failed store operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no store at that place, and it was not to be made.
    #[error("there is no store at {0}")]
    Missing(PathBuf),
    /// The folder or the file cannot be written.
    #[error("the store at {path} cannot be written: {source}")]
    Unwritable {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A newer pushdeck made this store.
    #[error("the store at {path} has schema {found}, this pushdeck knows up to {known}")]
    Newer {
        /// Where.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file is not a pushdeck store.
    #[error("{0} is not a pushdeck store")]
    Foreign(PathBuf),
    /// The store was opened for reading only.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// The key of the store is missing, unreadable or does not fit.
    #[error(transparent)]
    Key(#[from] SealError),
    /// Nothing has that id or name.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// Something else has that name or address already.
    #[error("the {what} {name} exists already")]
    Exists {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// An address belongs to somebody already.
    #[error("the address {address} on {channel} belongs to {owner} ({id})")]
    AddressTaken {
        /// As it is shown: masked where it is a secret by itself.
        address: String,
        /// The channel, by name.
        channel: String,
        /// Whose it is, by name.
        owner: String,
        /// Whose it is.
        id: SubscriberId,
    },
    /// Somebody else changed it in the meantime.
    #[error("the {what} {id} was changed by somebody else in the meantime")]
    Conflict {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// What was asked cannot be done, for this reason.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// What was asked cannot be done, for a reason that is told in these words.
    #[error("{0}")]
    Refused(String),
    /// Another process kept the store busy for too long.
    #[error("the store has been busy for ten seconds: {0}")]
    Busy(&'static str),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    DiskFull(&'static str),
    /// SQLite failed.
    #[error("the store failed: {doing}")]
    Sqlite {
        /// What was attempted.
        doing: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The store thread is gone.
    #[error("the store is closed")]
    Closed,
}

/// Gives SQLite errors the sentence of what was attempted.
pub(crate) trait Doing<T> {
    /// Names the operation that failed.
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                StoreError::Busy(what)
            }
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::DiskFull(what),
            Some(rusqlite::ErrorCode::ReadOnly) => StoreError::ReadOnly,
            _ => StoreError::Sqlite { doing: what, source },
        })
    }
}
