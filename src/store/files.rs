//! Files that go with messages, each kept once.

use std::io::ErrorKind;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::{OptionalExtension, named_params};

use super::db::Db;
use super::error::{Doing, StoreError};
use crate::domain::file::{self, Enclosure, FileError, FileRef};
use crate::domain::hex;

/// How long a file that goes with no message is kept: longer than anybody leaves a draft unsaved.
const IDLE_MS: i64 = 24 * 3_600_000;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing stands there.
    #[error("there is no such file")]
    Missing,
    /// It is somebody else's.
    #[error("it may not be read")]
    Forbidden,
    /// The system says why.
    #[error("{0}")]
    Io(std::io::Error),
    /// A folder, a pipe, a device.
    #[error("it is no file")]
    NoFile,
    /// It cannot go with the message.
    #[error(transparent)]
    Unfit(#[from] FileError),
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::PermissionDenied => Self::Forbidden,
            _ => Self::Io(error),
        }
    }
}

/// Reads a file that is to go beside the others with a message.
pub fn read(path: &Path, others: &[FileRef]) -> Result<(FileRef, Vec<u8>), ReadError> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(ReadError::NoFile);
    }
    // Before gigabytes are read for nothing.
    file::fits(others, &FileRef::at(path, about.len(), String::new()))?;
    let bytes = std::fs::read(path)?;
    let file = describe(path, &bytes);
    file::fits(others, &file)?;
    Ok((file, bytes))
}

/// What is written of a file in a message.
pub fn describe(path: &Path, bytes: &[u8]) -> FileRef {
    FileRef::at(path, bytes.len() as u64, hex::of(digest(&SHA256, bytes).as_ref()))
}

impl Db {
    /// Keeps the bytes of a file, before a message names it. Those that no message has named for a day go.
    pub fn keep_file(&mut self, file: &FileRef, bytes: &[u8]) -> Result<(), StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        tx.execute(
            "DELETE FROM file WHERE kept_ms < :since AND sha256 NOT IN
               (SELECT one.value ->> 'sha256' FROM broadcast b, json_each(b.files) one WHERE b.files <> '[]')",
            named_params! { ":since": now - IDLE_MS },
        )
        .doing("dropping files that go with no message")?;
        tx.execute(
            "INSERT INTO file (sha256, bytes, kept_ms) VALUES (:sha256, :bytes, :now)
             ON CONFLICT (sha256) DO UPDATE SET kept_ms = excluded.kept_ms",
            named_params! { ":sha256": file.sha256, ":bytes": bytes, ":now": now },
        )
        .doing("keeping a file")?;
        tx.commit().doing("keeping a file")
    }

    /// The files of a message, to be sent.
    pub fn enclosures(&self, files: &[FileRef]) -> Result<Vec<Enclosure>, StoreError> {
        files
            .iter()
            .map(|file| {
                let bytes: Option<Vec<u8>> = self
                    .conn
                    .prepare_cached("SELECT bytes FROM file WHERE sha256 = :sha256")
                    .and_then(|mut read| {
                        read.query_row(named_params! { ":sha256": file.sha256 }, |row| row.get(0)).optional()
                    })
                    .doing("reading a file")?;
                let bytes =
                    bytes.ok_or_else(|| StoreError::NotFound { what: "file", id: file.name.clone() })?;
                let (name, media_type) = (file.name.clone(), file.media_type.clone());
                Ok(Enclosure { name, media_type, bytes: bytes.into() })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::broadcast::Purpose;
    use crate::domain::message::Message;
    use crate::store::broadcasts::Draft;
    use crate::store::fixtures::Shop;

    fn kept(db: &Db) -> i64 {
        db.conn.query_row("SELECT count(*) FROM file", [], |row| row.get(0)).expect("counted")
    }

    #[test]
    fn a_file_is_kept_once_and_as_long_as_a_message_names_it() {
        let mut shop = Shop::new();
        let db = &mut shop.db;
        let (plan, other) = (describe(Path::new("plan.pdf"), b"%PDF"), describe(Path::new("b.txt"), b"b"));
        assert_eq!(plan.sha256.len(), 64);
        for _ in 0..2 {
            db.keep_file(&plan, b"%PDF").expect("kept");
        }
        db.keep_file(&other, b"b").expect("kept");
        assert_eq!(kept(db), 2);
        let message = Message { title: "t".into(), files: vec![plan.clone()], ..Message::default() };
        let draft = Draft { message, ..Draft::default() };
        let id = db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        assert_eq!(db.broadcast(id).expect("there").draft, draft);
        let bytes = db.enclosures(&draft.message.files).expect("there");
        assert_eq!((bytes[0].name.as_str(), &bytes[0].bytes[..]), ("plan.pdf", &b"%PDF"[..]));
        db.conn.execute("UPDATE file SET kept_ms = kept_ms - 90000000", []).expect("a day later");
        db.keep_file(&describe(Path::new("c"), b"c"), b"c").expect("kept");
        assert_eq!(kept(db), 2, "the plan goes with a message, the other one with none");
        assert!(db.enclosures(&[other]).is_err());
        assert!(db.enclosures(&draft.message.files).is_ok());
    }

    #[test]
    fn only_files_are_read_and_none_that_cannot_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("计划.txt");
        std::fs::write(&path, "x").expect("written");
        let (plan, bytes) = read(&path, &[]).expect("read");
        assert_eq!((plan.name.as_str(), plan.size, &bytes[..]), ("计划.txt", 1, &b"x"[..]));
        assert!(matches!(read(&path, &[plan]), Err(ReadError::Unfit(FileError::SameName))));
        assert!(matches!(read(folder.path(), &[]), Err(ReadError::NoFile)));
        assert!(matches!(read(&folder.path().join("none"), &[]), Err(ReadError::Missing)));
        let large = std::fs::File::create(&path).expect("made");
        large.set_len(file::MOST_BYTES + 1).expect("as long as that");
        assert!(matches!(read(&path, &[]), Err(ReadError::Unfit(FileError::TooLarge))));
    }

    #[test]
    fn a_saved_draft_loses_no_file_and_another_file_is_another_text() {
        let mut shop = Shop::new();
        let db = &mut shop.db;
        let files = vec![describe(Path::new("plan.pdf"), b"1")];
        let message = Message { title: "t".into(), files, ..Message::default() };
        let draft = Draft { message: message.clone(), ..Draft::default() };
        let id = db.add_draft(&Draft::default(), Purpose::Test, "ann").expect("a draft");
        db.save_draft(id, 1, &draft).expect("saved");
        assert_eq!(db.broadcast(id).expect("there").draft.message, message);
        db.conn.execute("UPDATE broadcast SET released_ms = 5", []).expect("released");
        assert!(db.last_test(&message).expect("asked").is_some());
        let other = Message { files: vec![describe(Path::new("plan.pdf"), b"2")], ..message };
        assert!(db.last_test(&other).expect("asked").is_none());
    }
}
