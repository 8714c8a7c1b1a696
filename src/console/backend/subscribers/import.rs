//! An import between its steps: the open file, and why it cannot be opened.

use std::fs::File;
use std::io::ErrorKind;
use std::sync::PoisonError;

use super::Running;
use crate::app::request::subscribers::{Importing, NoFile, SubscribersTold};
use crate::console::backend::typed_path::expanded;
use crate::domain::safe_text::{Cap, scrub};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::import::{Import, Mode, Progress};

impl Running {
    fn put(&self, import: Option<Import>) -> Option<Import> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut running, import)
    }
}

/// Opens a file and takes the first step.
pub(super) fn open(
    db: &mut Db,
    running: &Running,
    path: &str,
    write: bool,
) -> Result<SubscribersTold, StoreError> {
    stop(db, running)?;
    let file = match read(path) {
        Ok(file) => file,
        Err(why) => return Ok(SubscribersTold::NoFile(why)),
    };
    let mode = if write { Mode::Write } else { Mode::DryRun };
    running.put(Some(Import::open(Box::new(file), &scrub(path, Cap::List), mode)));
    step(db, running)
}

/// Takes the next step; an import that ended or failed is forgotten.
pub(super) fn step(db: &mut Db, running: &Running) -> Result<SubscribersTold, StoreError> {
    let Some(mut import) = running.put(None) else { return Ok(SubscribersTold::ImportStopped) };
    let importing = match db.import_step(&mut import)? {
        Progress::Done(report) => Importing::Done(Box::new(report)),
        Progress::Checking(rows) => {
            running.put(Some(import));
            Importing::Checking(rows)
        }
        Progress::Writing(done, of) => {
            running.put(Some(import));
            Importing::Writing(done, of)
        }
    };
    Ok(SubscribersTold::Importing(importing))
}

/// Gives the import up that runs, if one does.
pub(super) fn stop(db: &mut Db, running: &Running) -> Result<SubscribersTold, StoreError> {
    if let Some(import) = running.put(None) {
        db.abandon_import(import)?;
    }
    Ok(SubscribersTold::ImportStopped)
}

fn read(typed: &str) -> Result<File, NoFile> {
    let path = expanded(typed);
    let open = || {
        let file = File::open(&path)?;
        if file.metadata()?.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { Ok(file) }
    };
    open().map_err(|error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => NoFile::Missing,
        ErrorKind::PermissionDenied => NoFile::Forbidden,
        ErrorKind::IsADirectory => NoFile::Folder,
        _ => NoFile::Other(error.to_string()),
    })
}
