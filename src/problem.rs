//! Problem: any layer's error worded for a person: what happened, why, what to do, and the exit code.
//!
//! `Fault` collects the layers' errors as facts; `Fault::problem` puts one into words of a language, so the
//! console shows and the command line prints the same. Codes are stable: scripts read them.

mod errand;
pub mod reason;
mod receiver;
mod store;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::channels::render::PrepareError;
use crate::config::read::ConfigError;
use crate::delivery::errand::ErrandError;
use crate::delivery::outgoing::OutgoingError;
use crate::domain::filter::{FilterError, FilterProblem};
use crate::domain::id::IdError;
use crate::logging::LogError;
use crate::look::strings::Strings;
use crate::paths::PathsError;
use crate::receiver::ReceiverError;
use crate::seal::SealError;
use crate::sender::process::SenderError;
use crate::store::error::StoreError;

/// What a command ends with. The numbers are pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exit {
    /// Everything was done.
    #[default]
    Ok = 0,
    /// Something that should not happen.
    Unexpected = 1,
    /// The command line cannot be understood, or the state does not allow what was asked.
    Usage = 2,
    /// Some people failed or are unknown.
    Partial = 3,
    /// Nothing has that name or id.
    NotFound = 4,
    /// The configuration, the store or its key cannot be used.
    Data = 5,
    /// A credential is wrong, or the provider refused.
    Refused = 6,
    /// The network failed.
    Network = 7,
    /// A rate or a quota is used up.
    Limit = 8,
    /// A confirmation is missing, or the audience is not what was confirmed.
    Confirm = 9,
    /// The store is busy or open for reading only.
    Busy = 10,
    /// Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The number for the shell.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// An error as a person gets it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// A stable word for scripts.
    pub code: &'static str,
    /// What happened.
    #[serde(rename = "message")]
    pub summary: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Whether the same command may work in a moment.
    pub retryable: bool,
    /// Facts for scripts.
    pub details: Map<String, Value>,
    /// What the command ends with.
    #[serde(skip)]
    pub exit: Exit,
}

impl Problem {
    /// A problem without causes or a hint yet.
    pub fn new(code: &'static str, exit: Exit, summary: impl Into<String>) -> Self {
        Self {
            code,
            summary: summary.into(),
            causes: Vec::new(),
            hint: None,
            retryable: false,
            details: Map::new(),
            exit,
        }
    }

    /// The same, saying what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a fact for scripts.
    #[must_use]
    pub fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// The same, worth another try in a moment.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The same with what lies behind it.
    #[must_use]
    pub fn because(mut self, error: &dyn std::error::Error) -> Self {
        self.causes.extend(reason::causes(error));
        self
    }
}

/// Any layer's error, as a fact.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key.
    #[error(transparent)]
    Key(#[from] SealError),
    /// The places.
    #[error(transparent)]
    Paths(#[from] PathsError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The configuration file holds something wrong.
    #[error("{path}: {source}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its place.
        #[source]
        source: ConfigError,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The message cannot be prepared.
    #[error(transparent)]
    Message(#[from] PrepareError),
    /// The message cannot go out over a channel.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// The sender could not run.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// A provider did not do or say what it was asked for.
    #[error(transparent)]
    Errand(Box<ErrandError>),
    /// The receiver could not run.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
    /// The configuration that was asked for by name cannot be read.
    #[error("{path}: {source}")]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A text that is no id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The system refused something that nobody can be asked about.
    #[error("{doing:?}: {source}")]
    System {
        /// What was attempted.
        doing: Doing,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Standard output was closed: nobody reads any more, which is no error.
    #[error("standard output is closed")]
    ClosedPipe,
    /// Already in words.
    #[error("{}", .0.summary)]
    Told(Box<Problem>),
}

/// What the system was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Writing to standard output.
    Output,
    /// Reading an answer.
    Answer,
    /// Listening for Ctrl-C and signals.
    Interrupt,
    /// Finding this program.
    Program,
    /// Running the sandbox.
    Sandbox,
    /// Taking the lock of the sender, or taking it away.
    Lock,
    /// Starting worker threads.
    Runtime,
    /// Starting a sender.
    Sender,
    /// Writing a report.
    Report,
    /// Making or taking away the folder of the demo.
    DemoFolder,
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Told(Box::new(problem))
    }
}

impl Fault {
    /// The error in words.
    pub fn problem(&self, words: &Strings) -> Problem {
        let e = &words.errors;
        match self {
            Self::Told(problem) => (**problem).clone(),
            Self::Store(error) => store::of_store(error, words),
            Self::Key(error) => store::of_key(error, words),
            Self::Filter(error) => of_filter(error, words),
            Self::Message(error) => of_message(error, words),
            Self::Outgoing(error) => errand::of_outgoing(error, words),
            Self::Sender(error) => of_sender(error, words),
            Self::Errand(error) => errand::of_errand(error, words),
            Self::Receiver(error) => receiver::of_receiver(error, words),
            Self::Paths(PathsError::NoHome) => {
                Problem::new("no_home", Exit::Data, &words.reasons.config.no_home)
            }
            Self::Log(error) => of_log(error, words),
            Self::Id(error) => Problem::new("usage", Exit::Usage, reason::id(error, words)),
            Self::ConfigFile { path, source } => {
                let (path, why) = (path.display().to_string(), reason::io(source, words));
                let summary = e.config_unreadable.fill(&[("path", (&path).into()), ("why", (&why).into())]);
                Problem::new("file", Exit::Data, summary).detail("path", path.clone())
            }
            Self::Config { path, source } => {
                let (path, why) = (path.display().to_string(), reason::config(source, words));
                Problem::new(
                    "config",
                    Exit::Data,
                    e.config_unreadable.fill(&[("path", (&path).into()), ("why", (&why).into())]),
                )
                .detail("path", path.clone())
                .detail("line", source.line)
                .detail("column", source.column)
            }
            Self::File { path, source } => {
                let exit = match source.kind() {
                    std::io::ErrorKind::NotFound => Exit::NotFound,
                    _ => Exit::Data,
                };
                let (path, why) = (path.display().to_string(), reason::io(source, words));
                let summary = if source.kind() == std::io::ErrorKind::AlreadyExists {
                    e.file_exists.fill(&[("path", (&path).into())])
                } else {
                    e.file_unreadable.fill(&[("path", (&path).into()), ("why", (&why).into())])
                };
                Problem::new("file", exit, summary).detail("path", path.clone())
            }
            Self::System { doing, source } => of_system(*doing, source, words),
            Self::ClosedPipe => Problem::new("closed_pipe", Exit::Ok, self.to_string()),
        }
    }
}

impl Problem {
    /// A store error in words, for a console that keeps the error itself.
    pub fn of_store(error: &StoreError, words: &Strings) -> Self {
        store::of_store(error, words)
    }
}

/// What SQLite says stands behind the sentence, in its own words.
fn of_sqlite(error: &StoreError, source: &rusqlite::Error, words: &Strings) -> Problem {
    use rusqlite::ErrorCode as Code;
    let e = &words.errors;
    let mut problem = match source.sqlite_error_code() {
        Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
            Problem::new("store_damaged", Exit::Data, &e.damaged).hint(&e.damaged_hint)
        }
        Some(Code::SystemIoFailure | Code::CannotOpen | Code::PermissionDenied) => {
            Problem::new("store_failed", Exit::Data, &e.store_failed).hint(&e.store_failed_hint)
        }
        _ => Problem::new("store_failed", Exit::Unexpected, &e.store_failed).hint(&e.store_failed_hint),
    };
    problem.causes.push(reason::safe(&error.to_string()));
    problem.because(error)
}

fn of_system(doing: Doing, source: &std::io::Error, words: &Strings) -> Problem {
    let w = &words.reasons.doing;
    let doing = match doing {
        Doing::Output => &w.output,
        Doing::Answer => &w.answer,
        Doing::Interrupt => &w.interrupt,
        Doing::Program => &w.program,
        Doing::Sandbox => &w.sandbox,
        Doing::Lock => &w.lock,
        Doing::Runtime => &w.runtime,
        Doing::Sender => &w.sender,
        Doing::Report => &w.report,
        Doing::DemoFolder => &w.demo_folder,
    };
    let why = reason::io(source, words);
    let mut problem = Problem::new("unexpected", Exit::Unexpected, &words.errors.unexpected);
    problem.causes.push(w.failed.fill(&[("doing", doing.into()), ("why", (&why).into())]));
    problem
}

fn of_sender(error: &SenderError, words: &Strings) -> Problem {
    let (w, failed) = (&words.reasons.sender, &words.errors.sender_failed);
    let told =
        |why: &str| Problem::new("sender_failed", Exit::Unexpected, failed.fill(&[("why", why.into())]));
    match error {
        SenderError::Store(error) => store::of_store(error, words),
        SenderError::Lock { path, source } => {
            let (path, why) = (path.display().to_string(), reason::io(source, words));
            told(&w.lock.fill(&[("path", (&path).into()), ("why", (&why).into())]))
        }
        SenderError::Http(error) => errand::of_http(error, words),
    }
}

fn of_log(error: &LogError, words: &Strings) -> Problem {
    let w = &words.reasons.log;
    let summary = match error {
        LogError::Directory { path, source } => {
            let (path, why) = (path.display().to_string(), reason::io(source, words));
            w.folder.fill(&[("path", (&path).into()), ("why", (&why).into())])
        }
        LogError::File { path, source } => {
            let (path, why) = (path.display().to_string(), reason::safe(&source.to_string()));
            w.file.fill(&[("path", (&path).into()), ("why", (&why).into())])
        }
        LogError::Taken(_) => w.taken.clone(),
    };
    Problem::new("log", Exit::Data, summary)
}

fn of_filter(error: &FilterError, words: &Strings) -> Problem {
    let e = &words.errors;
    let why = reason::filter(&error.problem, words);
    let nearest = match &error.problem {
        FilterProblem::UnknownField { nearest, .. } | FilterProblem::BadValue { nearest, .. } => *nearest,
        FilterProblem::NotHere(_) | FilterProblem::NoValue(_) | FilterProblem::OpenQuote => None,
    };
    let hint = match nearest {
        Some(name) => e.did_you_mean.fill(&[("name", name.into())]),
        None => e.filter_hint.clone(),
    };
    Problem::new("filter", Exit::Usage, e.filter_bad.fill(&[("why", (&why).into())]))
        .hint(hint)
        .detail("from", error.span.start)
        .detail("to", error.span.end)
}

fn of_message(error: &PrepareError, words: &Strings) -> Problem {
    let why = reason::message(error, words);
    Problem::new("message", Exit::Usage, words.errors.message_bad.fill(&[("why", (&why).into())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;

    #[test]
    fn a_store_without_its_key_says_where_the_key_belongs_in_both_languages() {
        let fault = Fault::from(StoreError::Key(SealError::KeyMissing("/k/store-1".into())));
        for lang in Lang::ALL {
            let problem = fault.problem(Strings::of(lang));
            assert_eq!((problem.code, problem.exit.code()), ("key_missing", 5));
            assert!(problem.hint.expect("a hint").contains("PUSHDECK_KEY_FILE"));
        }
    }

    #[test]
    fn exit_codes_are_pinned() {
        let words = Strings::of(Lang::En);
        let cases = [
            (StoreError::NotFound { what: "topic", id: "x".into() }, "not_found", 4),
            (StoreError::Busy("waiting"), "store_busy", 10),
            (StoreError::ReadOnly, "read_only", 10),
            (StoreError::Missing("/x".into()), "store_missing", 5),
            (StoreError::Newer { path: "/x".into(), found: 9, known: 1 }, "store_newer", 5),
            (StoreError::Exists { what: "topic", name: "x".into() }, "name_taken", 2),
        ];
        for (error, code, exit) in cases {
            let problem = Fault::from(error).problem(words);
            assert_eq!((problem.code, problem.exit.code()), (code, exit));
        }
    }

    #[test]
    fn a_strangers_text_in_an_error_is_harmless() {
        let fault = Fault::from(StoreError::NotFound { what: "topic", id: "\u{1b}]0;x\u{7}".into() });
        assert!(!fault.problem(Strings::of(Lang::En)).summary.contains('\u{1b}'));
    }
}
