//! Log files: one a day and process, seven kept; nothing is ever printed to the screen.
//!
//! The level comes from `PUSHDECK_LOG` (tracing's filter syntax) or from `-v`. Secrets cannot get
//! into a log because `Secret` does not print itself.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Keeps the log being written; dropping it writes what is left.
#[derive(Debug)]
#[must_use = "dropping it ends the log"]
pub struct Log {
    _writer: WorkerGuard,
}

/// The log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The directory cannot be made.
    #[error("cannot make the log directory {path}")]
    Directory {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file cannot be opened.
    #[error("cannot open a log file in {path}")]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: tracing_appender::rolling::InitError,
    },
    /// Something else has taken the log of this process.
    #[error("this process has a log already")]
    Taken(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts the log of this process. `process` begins the file's name: `console`, `sender`. `verbose` is
/// how often `-v` was given.
pub fn start(dir: &Path, process: &str, verbose: u8) -> Result<Log, LogError> {
    use tracing_subscriber::util::SubscriberInitExt;
    private_directory(dir).map_err(|source| LogError::Directory { path: dir.to_owned(), source })?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(process)
        .filename_suffix("log")
        .max_log_files(7)
        .build(dir)
        .map_err(|source| LogError::File { path: dir.to_owned(), source })?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let level = match verbose {
        0 => "warn,pushdeck=info",
        1 => "info,pushdeck=debug",
        _ => "debug,pushdeck=trace",
    };
    let filter = EnvFilter::try_from_env("PUSHDECK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .finish()
        .try_init()?;
    Ok(Log { _writer: guard })
}

fn private_directory(dir: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
