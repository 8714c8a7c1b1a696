//! People from a CSV file: checked whole, then written in short steps, then shown at once.
//!
//! The first pass reads every row and decides whom it is about; one mistake anywhere, and nothing is
//! written. The second pass writes new people under a reserved range of ids that every list passes
//! over until one flip, in transactions so short that a running send never waits. People who were there
//! already are updated after the flip; each of them is complete by itself, and the same file again
//! finishes what a kill interrupted. What a killed import left behind goes when the next one begins.

mod batch;
mod check;
mod columns;
mod layout;
mod report;
mod rows;
mod update;
mod write;

use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;
use std::time::{Duration, Instant};

use csv::ByteRecord;

pub use layout::{Layout, Reading};
pub use report::{KEEP, Note, Problem, Remark, Report, RowError};

use self::check::{Census, Fate};
use self::columns::Columns;
pub use self::write::Tidied;
use self::write::Writing;
use super::audit::Act;
use super::channels::Channel;
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};

/// Most rows in a file.
const MOST_ROWS: u64 = 2_000_000;
/// How long one step reads.
const READING: Duration = Duration::from_millis(20);
/// How long one transaction writes before it commits; with the commit it stays under 50 ms.
const HOLDING: Duration = Duration::from_millis(35);

/// Where the rows come from: a file, or a text in memory.
pub trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything that is right.
    Write,
    /// Nothing; the report is the same.
    DryRun,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Rows read so far.
    Checking(u64),
    /// Rows written so far, of all.
    Writing(u64, u64),
    /// It has ended.
    Done(Report),
}

/// An import on its way; `Db::import_step` moves it.
pub struct Import {
    reader: csv::Reader<Box<dyn Source>>,
    record: ByteRecord,
    file: String,
    stage: Stage,
    report: Report,
    reading: Reading,
    columns: Arc<Columns>,
    census: Census,
    writing: Writing,
    /// Held as long as it lives, so that two imports never run at once and a killed one is known.
    lock: Option<File>,
}

impl std::fmt::Debug for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("file", &self.file).field("stage", &self.stage).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Check,
    Reserve,
    Write,
    Update,
    Done,
}

impl Import {
    /// An import of what `source` holds; `file` names it in messages and in the store. The header says whose file
    /// it is.
    pub fn open(source: Box<dyn Source>, file: &str, mode: Mode) -> Self {
        Self::open_as(source, file, mode, Reading::default())
    }

    /// The same of a file that is to be read like this.
    pub fn open_as(source: Box<dyn Source>, file: &str, mode: Mode, reading: Reading) -> Self {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
        Self {
            reader,
            record: ByteRecord::new(),
            file: file.to_owned(),
            stage: Stage::Begin,
            report: Report { dry_run: mode == Mode::DryRun, ..Report::default() },
            reading,
            columns: Arc::default(),
            census: Census::new(),
            writing: Writing::default(),
            lock: None,
        }
    }

    /// Reads the next row into `record`; whether there was one.
    fn next(&mut self) -> Result<bool, RowError> {
        let line = self.reader.position().line();
        self.reader.read_byte_record(&mut self.record).map_err(|error| RowError {
            line,
            column: None,
            problem: Problem::Unreadable(error.to_string()),
        })
    }

    /// What the columns mean, from the first row.
    fn header(&self, channels: &[Channel]) -> Result<Columns, Vec<RowError>> {
        let (first, reading) = (&self.record, &self.reading);
        match reading.layout {
            Layout::Auto if layout::is_listmonk(first) => layout::listmonk(first, channels, reading),
            Layout::Auto | Layout::Own => columns::read(first, channels),
            Layout::Listmonk => layout::listmonk(first, channels, reading),
            Layout::WePush => layout::wepush(first, channels, reading),
        }
    }

    /// Goes back to the first row after the header.
    fn rewind(&mut self) -> Result<(), StoreError> {
        let again = self.reader.seek(csv::Position::new()).map_err(|error| error.to_string());
        if self.columns.headless {
            return again.map_err(|why| Denial::ImportUnreadable(why).into());
        }
        let header = again.and_then(|()| self.next().map_err(|error| error.to_string()));
        match header {
            Ok(true) => Ok(()),
            Ok(false) => Err(Denial::ImportChanged.into()),
            Err(why) => Err(Denial::ImportUnreadable(why).into()),
        }
    }

    fn check_more(&mut self, db: &Db) -> Result<(), StoreError> {
        let started = Instant::now();
        let columns = Arc::clone(&self.columns);
        loop {
            for _ in 0..64 {
                match self.next() {
                    Ok(true) => {}
                    Ok(false) => {
                        self.stage = Stage::Reserve;
                        return Ok(());
                    }
                    Err(error) => {
                        self.report.error(error);
                        self.stage = Stage::Reserve;
                        return Ok(());
                    }
                }
                self.report.rows += 1;
                if self.report.rows > MOST_ROWS {
                    let problem = Problem::TooManyRows(MOST_ROWS);
                    self.report.error(RowError {
                        line: self.reader.position().line(),
                        column: None,
                        problem,
                    });
                }
                if let Some(row) = rows::read(&self.record, &columns, &mut self.report) {
                    self.census.take(&db.conn, &db.keys, &row, &mut self.report)?;
                }
                if self.report.errors_total >= KEEP as u64 || self.report.rows > MOST_ROWS {
                    self.stage = Stage::Reserve;
                    return Ok(());
                }
            }
            if started.elapsed() > READING {
                return Ok(());
            }
        }
    }
}

impl Db {
    /// Does the next piece of an import: some milliseconds of reading, or one short transaction.
    pub fn import_step(&mut self, import: &mut Import) -> Result<Progress, StoreError> {
        let stepped = self.step(import);
        if stepped.is_err() && import.writing.id.is_some() {
            import.stage = Stage::Done;
            // The first error is the one to tell; what could not be cleaned up now goes with the next import.
            drop(self.drop_import(import));
        }
        stepped
    }

    /// Runs an import to its end.
    pub fn import_all(&mut self, mut import: Import) -> Result<Report, StoreError> {
        loop {
            if let Progress::Done(report) = self.import_step(&mut import)? {
                return Ok(report);
            }
        }
    }

    /// Gives an import up and takes back what it has written, as far as it was not shown yet.
    pub fn abandon_import(&mut self, mut import: Import) -> Result<(), StoreError> {
        self.drop_import(&mut import)
    }

    fn step(&mut self, import: &mut Import) -> Result<Progress, StoreError> {
        match import.stage {
            Stage::Begin => self.begin_import(import)?,
            Stage::Check => import.check_more(self)?,
            Stage::Reserve if import.report.is_ok() && !import.report.dry_run => self.reserve(import)?,
            Stage::Reserve => self.end_check(import),
            Stage::Write => self.write_chunk(import)?,
            Stage::Update => self.update_chunk(import)?,
            Stage::Done => {}
        }
        Ok(match import.stage {
            Stage::Begin | Stage::Check | Stage::Reserve => Progress::Checking(import.report.rows),
            Stage::Write | Stage::Update => Progress::Writing(import.writing.done, import.report.rows),
            Stage::Done => {
                import.lock = None;
                Progress::Done(import.report.clone())
            }
        })
    }

    fn begin_import(&mut self, import: &mut Import) -> Result<(), StoreError> {
        if !self.is_read_only() {
            import.lock = write::lock(self)?;
            self.drop_killed_imports()?;
        } else if !import.report.dry_run {
            return Err(StoreError::ReadOnly);
        }
        let header = match import.next() {
            Ok(true) => import.header(&self.channels()?),
            Ok(false) => Err(vec![RowError { line: 1, column: None, problem: Problem::Empty }]),
            Err(error) => Err(vec![error]),
        };
        match header {
            Ok(columns) => {
                import.columns = Arc::new(columns);
                import.stage = Stage::Check;
                if import.columns.headless {
                    import.rewind()?;
                }
            }
            Err(errors) => {
                for error in errors {
                    import.report.error(error);
                }
                import.stage = Stage::Reserve;
            }
        }
        Ok(())
    }

    /// The end of a dry run, or of a file with mistakes.
    #[expect(clippy::unused_self, reason = "stands beside the other steps")]
    fn end_check(&self, import: &mut Import) {
        if !import.report.is_ok() {
            let report = &mut import.report;
            (report.added, report.merged, report.updated, report.unchanged) = (0, 0, 0, 0);
            report.topics_created.clear();
        }
        import.stage = Stage::Done;
    }

    fn update_chunk(&mut self, import: &mut Import) -> Result<(), StoreError> {
        let (now, keys) = (self.now(), Arc::clone(&self.keys));
        let columns = Arc::clone(&import.columns);
        let mut scratch = Report::default();
        let tx = self.write()?;
        let started = Instant::now();
        let mut ended = false;
        while started.elapsed() < HOLDING {
            let more = import.next().map_err(Denial::ImportRow)?;
            let fate = import.census.fates.get(import.writing.row).copied();
            let (true, Some(fate)) = (more, fate) else {
                ended = true;
                break;
            };
            import.writing.row += 1;
            if let Fate::There(id) = fate {
                let row = rows::read(&import.record, &columns, &mut scratch).ok_or_else(write::changed)?;
                let updated = update::apply(&tx, &keys, id, &row, now)?;
                *if updated { &mut import.report.updated } else { &mut import.report.unchanged } += 1;
                import.writing.done += 1;
            }
        }
        bump(&tx, Changed::People)?;
        if ended && import.report.updated > 0 {
            tx.note(Act::Import, &import.file, &format!("{} people changed", import.report.updated))?;
        }
        tx.commit().doing("importing people")?;
        if ended {
            import.stage = Stage::Done;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
