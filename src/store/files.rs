//! Files that go with messages, each kept once.

use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, named_params};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::db::Db;
use super::denial::Denial;
use super::error::{Doing, StoreError};
use crate::domain::file::{self, Enclosure, FileError, FileRef};
use crate::domain::hex;
use crate::domain::id::BroadcastId;

/// How long a file that goes with no message is kept: longer than anybody leaves a draft unsaved.
const IDLE_MS: i64 = 24 * 3_600_000;

/// So many of those go at once: a file can be large, and a sender waits for its turn to write.
const FEW: i64 = 8;

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
    /// It was to hold certificates.
    #[error("there is no certificate in it")]
    NoCertificate,
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
    // A pipe would keep whoever opens it.
    let now = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let open = std::fs::OpenOptions::new().read(true).custom_flags(now).open(path)?;
    let found = open.metadata()?;
    if !found.is_file() {
        return Err(ReadError::NoFile);
    }
    // Before gigabytes are read for nothing.
    file::fits(others, &FileRef::at(path, found.len(), String::new()))?;
    let mut bytes = Vec::new();
    open.take(file::MOST_BYTES + 1).read_to_end(&mut bytes)?;
    let file = describe(path, &bytes);
    file::fits(others, &file)?;
    Ok((file, bytes))
}

/// Whether a file holds certificates to trust.
pub fn authorities(path: &Path) -> Result<(), ReadError> {
    let (_, bytes) = read(path, &[])?;
    match CertificateDer::pem_slice_iter(&bytes).next() {
        Some(Ok(_)) => Ok(()),
        Some(Err(_)) | None => Err(ReadError::NoCertificate),
    }
}

/// What is written of a file in a message.
pub fn describe(path: &Path, bytes: &[u8]) -> FileRef {
    FileRef::at(path, bytes.len() as u64, hex::of(digest(&SHA256, bytes).as_ref()))
}

/// Notes which files a message names.
pub(super) fn name_files(conn: &Connection, id: BroadcastId, files: &[FileRef]) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM broadcast_file WHERE broadcast = :id")
        .and_then(|mut forget| forget.execute(named_params! { ":id": id.0 }))
        .doing("naming the files of a message")?;
    for file in files {
        conn.prepare_cached("INSERT OR IGNORE INTO broadcast_file (broadcast, sha256) VALUES (:id, :sha256)")
            .and_then(|mut note| note.execute(named_params! { ":id": id.0, ":sha256": file.sha256 }))
            .doing("naming the files of a message")?;
    }
    Ok(())
}

impl Db {
    /// Keeps the bytes of files, before a message names them. Those that no message has named for a day go, a few at a
    /// time; a draft that was removed so long ago names none.
    pub fn keep_files(&mut self, files: &[(FileRef, Vec<u8>)]) -> Result<(), StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        tx.execute(
            "DELETE FROM file WHERE sha256 IN (
               SELECT f.sha256 FROM file f WHERE f.kept_ms < :since AND NOT EXISTS (
                 SELECT 1 FROM broadcast_file n JOIN broadcast b ON b.id = n.broadcast
                  WHERE n.sha256 = f.sha256
                    AND NOT (b.phase = 'draft' AND b.removed_ms IS NOT NULL AND b.removed_ms < :since))
               LIMIT :few)",
            named_params! { ":since": now - IDLE_MS, ":few": FEW },
        )
        .doing("dropping files that go with no message")?;
        for (file, bytes) in files {
            tx.execute(
                "INSERT INTO file (sha256, kept_ms, bytes) VALUES (:sha256, :now, :bytes)
                 ON CONFLICT (sha256) DO UPDATE SET kept_ms = excluded.kept_ms",
                named_params! { ":sha256": file.sha256, ":now": now, ":bytes": bytes },
            )
            .doing("keeping a file")?;
        }
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
                let bytes = bytes.ok_or_else(|| Denial::FileGone(file.name.clone()))?;
                Ok(Enclosure::new(file, &bytes))
            })
            .collect()
    }

    /// Refuses a message whose files are not all here: they would be missed when it is too late.
    pub(super) fn refuse_missing_files(&self, files: &[FileRef]) -> Result<(), StoreError> {
        for file in files {
            let is_here = self
                .conn
                .prepare_cached("SELECT 1 FROM file WHERE sha256 = :sha256")
                .and_then(|mut look| look.exists(named_params! { ":sha256": file.sha256 }))
                .doing("looking for a file")?;
            if !is_here {
                return Err(Denial::FileGone(file.name.clone()).into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::broadcast::Purpose;
    use crate::domain::message::Message;
    use crate::store::broadcasts::Draft;
    use crate::store::fixtures::Shop;
    use crate::store::plan::{Gate, Release, Released};

    fn keep(db: &mut Db, file: &FileRef, bytes: &[u8]) {
        db.keep_files(&[(file.clone(), bytes.to_vec())]).expect("kept");
    }

    fn a_day_later(db: &Db) {
        db.conn.execute("UPDATE file SET kept_ms = kept_ms - 90000000", []).expect("a day later");
    }

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
            keep(db, &plan, b"%PDF");
        }
        keep(db, &other, b"b");
        assert_eq!(kept(db), 2);
        let message = Message { title: "t".into(), files: vec![plan.clone()], ..Message::default() };
        let draft = Draft { message, ..Draft::default() };
        let id = db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        assert_eq!(db.broadcast(id).expect("there").draft, draft);
        let bytes = db.enclosures(&draft.message.files).expect("there");
        assert_eq!((bytes[0].name.as_str(), &bytes[0].base64[..]), ("plan.pdf", &b"JVBERg=="[..]));
        a_day_later(db);
        keep(db, &describe(Path::new("c"), b"c"), b"c");
        assert_eq!(kept(db), 2, "the plan goes with a message, the other one with none");
        assert!(db.enclosures(&[other]).is_err());
        assert!(db.enclosures(&draft.message.files).is_ok());
        // A draft that was removed keeps its files for as long as it may come back.
        db.remove_draft(id).expect("removed");
        keep(db, &describe(Path::new("c"), b"c"), b"c");
        assert!(db.enclosures(&draft.message.files).is_ok());
        db.conn.execute("UPDATE broadcast SET removed_ms = removed_ms - 90000000", []).expect("older");
        keep(db, &describe(Path::new("c"), b"c"), b"c");
        assert!(db.enclosures(&draft.message.files).is_err());
    }

    #[test]
    fn a_message_whose_file_is_gone_is_not_released() {
        let mut shop = Shop::new();
        let channel = shop.channel("mail");
        shop.person("Ann", 0, &[channel]);
        let db = &mut shop.db;
        let plan = describe(Path::new("plan.pdf"), b"%PDF");
        let message = Message { title: "t".into(), files: vec![plan.clone()], ..Message::default() };
        let draft = Draft { message, ..Draft::default() };
        let id = db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        let release =
            || Release { by: "ann".into(), seen: 1, gate: Gate::AtMost(9), keeper: None, expected: None };
        let refused = db.release(id, &release());
        assert!(matches!(refused, Err(StoreError::Denied(Denial::FileGone(name))) if name == "plan.pdf"));
        assert!(db.add_recurring(id, "0 9 * * 1", "UTC", 9).is_err());
        keep(db, &plan, b"%PDF");
        assert!(matches!(db.release(id, &release()), Ok(Released::Done { .. })));
    }

    #[test]
    fn dropping_old_files_reads_none_of_them() {
        let shop = Shop::new();
        let sql = "EXPLAIN QUERY PLAN SELECT f.sha256 FROM file f WHERE f.kept_ms < 5 AND NOT EXISTS (
            SELECT 1 FROM broadcast_file n JOIN broadcast b ON b.id = n.broadcast WHERE n.sha256 = f.sha256)";
        let mut plan = shop.db.conn.prepare(sql).expect("a statement");
        let steps: Vec<String> =
            plan.query_map([], |row| row.get(3)).expect("a plan").map(|step| step.expect("text")).collect();
        assert!(steps.iter().all(|step| !step.starts_with("SCAN")), "{steps:?}");
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
