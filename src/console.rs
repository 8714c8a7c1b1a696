//! The async shell: the only module that touches the terminal.
//!
//! `runtime` is the loop, `port` what it needs of a terminal, `terminal` the real one with its own
//! drawing thread. The loop never writes to the terminal and never waits for a store.

pub mod backend;
pub mod draw;
pub mod drill;
pub mod edit;
pub mod events;
pub mod frames;
pub mod hangup;
pub mod looks;
pub mod modes;
pub mod paint;
pub mod paste;
pub mod port;
pub mod runtime;
pub mod terminal;

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::desk::{Holds, Settings};
use crate::app::model::Model;
use crate::app::notice::Level;
use crate::app::saying::Saying;
use crate::config::{Config, Motion, SendProcess};
use crate::domain::time::Millis;
use crate::input::keymap::Keymap;
use backend::Backend;
use looks::Looks;
use runtime::Runtime;

/// What the console is started with.
pub struct Start {
    /// Who answers requests.
    pub backend: Arc<dyn Backend>,
    /// Themes, language and signs.
    pub looks: Looks,
    /// The configuration as read.
    pub config: Config,
    /// Where it lies: what the operator keeps goes there.
    pub config_file: PathBuf,
    /// `--readonly`
    pub readonly: bool,
    /// A throw-away store: every frame says so.
    pub demo: bool,
    /// Whose name stands beside what is released.
    pub operator: String,
    /// Where the store lies.
    pub data: PathBuf,
    /// What was wrong with configuration and themes, in words.
    pub warnings: Vec<String>,
}

/// The console could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// There is no terminal.
    #[error("standard input and output must be a terminal")]
    NoTerminal,
    /// The terminal refused a mode.
    #[error("cannot set up the terminal")]
    Terminal(#[source] std::io::Error),
    /// The drawing thread panicked; the log has the report.
    #[error("the console could not draw any more")]
    Drawing,
    /// The worker threads cannot be started.
    #[error("cannot start worker threads")]
    Threads(#[source] std::io::Error),
}

/// Runs the console until the operator leaves, and gives the terminal back whole.
pub fn run(start: Start) -> Result<(), ConsoleError> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(ConsoleError::NoTerminal);
    }
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("console")
        .enable_all()
        .build()
        .map_err(ConsoleError::Threads)?;
    let config_file = start.config_file.clone();
    let (model, looks, backend) = prepare(start);
    // The backend has threads of its own, which must not be waited for inside this runtime.
    let last = Arc::clone(&backend);
    let ended = threads.block_on(async {
        let port = terminal::Terminal::enter(model.desk.settings.mouse).map_err(ConsoleError::Terminal)?;
        let mut runtime = Runtime::new(port, model, looks, backend, wall_clock).keeping_in(config_file);
        runtime.run().await;
        if runtime.into_port().leave() { Ok(()) } else { Err(ConsoleError::Drawing) }
    });
    // A request that never answers must not keep the operator waiting for the shell.
    threads.shutdown_background();
    drop(last);
    ended
}

fn prepare(start: Start) -> (Model, Looks, Arc<dyn Backend>) {
    let Start { backend, looks, config, config_file, readonly, demo, operator, data, warnings } = start;
    let remote = config.ui.remote.unwrap_or_else(|| {
        ["SSH_CONNECTION", "SSH_TTY"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
    });
    let settings = Settings {
        readonly: readonly || config.readonly,
        demo,
        remote,
        slow: remote || matches!(config.ui.motion, Motion::Reduced | Motion::Off),
        mouse: config.ui.mouse.unwrap_or(!remote),
        theme: looks.theme().to_owned(),
        language: looks.look().lang().tag().to_owned(),
        themes: looks.names(),
        in_process: demo || config.send.process == SendProcess::InProcess,
        profile: String::new(),
        zone: looks.look().zone.clone(),
        holds: Holds {
            operator,
            undo_ms: config.send.undo.map(|undo| undo.as_millis() as i64),
            lost: config.send.breaker,
            expire_ms: config.send.expire.as_millis() as i64,
            proxied: config.proxy.is_some(),
            config: config_file.display().to_string(),
            data: data.display().to_string(),
        },
    };
    let mut model = Model::new(settings, Arc::new(Keymap::with_user_keys(&config.keys)));
    model.desk.now = wall_clock();
    model.desk.names = Arc::new(looks.action_names());
    for warning in warnings {
        model.desk.say(Level::Warning, Saying::ConfigWarning(warning));
    }
    (model, looks, backend)
}

/// The wall clock: the only place of the console that reads it.
fn wall_clock() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
