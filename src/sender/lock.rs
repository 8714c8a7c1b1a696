//! The sender's lock: an exclusive kernel lock on a file beside the store.
//!
//! The kernel frees it on any death, `kill -9` included, so nobody has to guess a lease time, and a
//! stopped sender is never robbed. The file is opened close-on-exec (as Rust always does), or a
//! child would keep the lock.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::shared;

/// The name of the lock file beside the store.
const FILE_NAME: &str = "sender.lock";

/// Held for as long as its owner may send.
#[derive(Debug)]
pub struct SenderLock {
    // Dropping the file frees the lock.
    _file: File,
}

fn open(folder: &Path) -> io::Result<File> {
    shared::open(folder, FILE_NAME)
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE_NAME)
}

impl SenderLock {
    /// Takes the lock if nobody holds it.
    pub fn try_take(folder: &Path) -> io::Result<Option<Self>> {
        let file = open(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Takes the place away from a sender that is stalled: what it holds is a file that nobody looks at any more. If it
/// wakes up, the epoch in the store tells it that it is over. A person decides this, never a clock.
pub fn set_aside(folder: &Path) -> io::Result<()> {
    match std::fs::remove_file(path(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether a sender lives. Asking takes a shared lock for a moment, which a starting sender waits out.
pub fn is_held(folder: &Path) -> io::Result<bool> {
    let file = match File::open(path(folder)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sender_at_a_time_and_a_dropped_one_frees_the_place() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!is_held(folder.path()).expect("asked"));
        let first = SenderLock::try_take(folder.path()).expect("asked").expect("free");
        assert!(is_held(folder.path()).expect("asked"));
        assert!(SenderLock::try_take(folder.path()).expect("asked").is_none());
        drop(first);
        assert!(!is_held(folder.path()).expect("asked"));
        assert!(SenderLock::try_take(folder.path()).expect("asked").is_some());
    }
}
