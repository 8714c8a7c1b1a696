//! The report of a broadcast: what was said, to whom it was to go, what became of it, and what a person decided
//! about the unknown. The evidence that one shows to somebody else.
//!
//! `gather` reads it from the store once; `markdown` writes it for people, serde as JSON, `csv` writes a line for
//! every delivery.

pub mod csv;
pub mod markdown;

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::domain::delivery::Counts;
use crate::domain::id::BroadcastId;
use crate::domain::message::Message;
use crate::domain::time::Millis;
use crate::store::broadcasts::{BroadcastDetail, BroadcastRow, LaneRow};
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::StoreError;
use crate::store::history::{FailureGroup, Grouping, Settlement};
use crate::store::pick::Pick;

/// More settlements than these are counted, not listed.
const SETTLED: usize = 1_000;

/// Everything that a report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// When it was made.
    pub made_at: Millis,
    /// The broadcast and its books.
    pub broadcast: BroadcastRow,
    /// What was said.
    pub message: Message,
    /// Who released it.
    pub released_by: String,
    /// The hash of the frozen plan.
    pub plan_hash: Option<String>,
    /// How many deliveries were planned: what the states sum to.
    pub audience: i64,
    /// The same without those who were left out.
    pub to_send: i64,
    /// How many deliveries were taken back at their providers.
    pub taken_back: i64,
    /// What became of each channel's part.
    pub lanes: Vec<LaneRow>,
    /// Failures and unknowns by class.
    pub failures: Vec<FailureGroup>,
    /// What a person decided about unknown deliveries, oldest first.
    pub settled: Vec<Settlement>,
    /// Whether there are more of them.
    pub settled_more: bool,
}

impl Report {
    /// The books.
    pub const fn counts(&self) -> &Counts {
        &self.broadcast.counts
    }
}

/// Reads everything about a broadcast.
pub fn gather(db: &Db, id: BroadcastId) -> Result<Report, StoreError> {
    let BroadcastDetail { row, draft, lanes, released_by, plan_hash, taken_back, .. } = db.broadcast(id)?;
    if row.released_at.is_none() {
        return Err(Denial::NeverReleased(id).into());
    }
    let mut settled = db.settlements(id, SETTLED + 1)?;
    let settled_more = settled.len() > SETTLED;
    settled.truncate(SETTLED);
    Ok(Report {
        made_at: db.now(),
        message: draft.message,
        released_by,
        plan_hash,
        audience: row.counts.audience(),
        to_send: row.counts.to_send(),
        taken_back,
        lanes: lanes.into_iter().filter(|lane| lane.channel.is_some()).collect(),
        failures: db.failure_groups(&Pick::of(id), Grouping::ClassAndChannel)?,
        settled,
        settled_more,
        broadcast: row,
    })
}

/// Writes a new file that its owner alone can read; a file that is there, or a link, is never written over, and
/// half a file is never seen under its name.
pub fn write_new<E>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<Result<(), E>, std::io::Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".pushdeck-").tempfile_in(folder)?;
    if let Err(error) = write(&mut std::io::BufWriter::new(file.as_file_mut())) {
        return Ok(Err(error));
    }
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(Ok(()))
}
