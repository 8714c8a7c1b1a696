//! Opens the console: over the operator's store, or over the demo's.
//!
//! `cli` parses and decides; this joins the parts that it must not know: store, sender, looks, console.

pub mod demo;

use std::sync::Arc;

use crate::app::request::Trouble;
use crate::cli::context::Context;
use crate::cli::output::Reply;
use crate::console::backend::errands::ErrandSetup;
use crate::console::backend::live::{LiveBackend, LiveError, Sending, Wording};
use crate::console::looks::{LookFlags, Looks};
use crate::console::{ConsoleError, Start};
use crate::logging;
use crate::look::strings::Strings;
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::store::db::Access;

/// Opens the console over the operator's store, which is made if there is none.
pub fn console(ctx: &mut Context) -> Result<Reply, Fault> {
    let _log = logging::start(&ctx.paths.log, "console", ctx.globals.verbose)?;
    let opening = ctx.opening(Access::Create);
    let sending = if ctx.is_read_only() {
        Sending::Nobody
    } else if ctx.sends_itself() {
        Sending::Here(ctx.running(None))
    } else {
        Sending::Detached(ctx.launch()?)
    };
    let backend = LiveBackend::open(&opening, sending, ctx.operator(), wording(ctx.words)).map_err(live)?;
    let backend = backend.doing_errands(errands(ctx))?;
    let (looks, warnings) = looks(ctx);
    let start = Start {
        backend: Arc::new(backend),
        looks,
        config: ctx.config.clone(),
        config_file: ctx.paths.config.clone(),
        readonly: ctx.is_read_only(),
        demo: false,
        operator: ctx.operator(),
        data: opening.folder.clone(),
        warnings,
    };
    crate::console::run(start).map_err(|error| not_run(&error, ctx.words))?;
    Ok(Reply::default())
}

/// Themes, depth, signs and language, from flags, configuration and environment.
fn looks(ctx: &Context) -> (Looks, Vec<String>) {
    let env = |name: &str| std::env::var(name).ok();
    let flags = LookFlags { lang: ctx.globals.lang.as_deref(), color: None };
    Looks::choose(flags, &ctx.config, &ctx.paths.themes, &env)
}

/// Words store errors as the command line does.
fn wording(words: &'static Strings) -> Wording {
    Arc::new(move |error| {
        let problem = Problem::of_store(error, words);
        Trouble { summary: problem.summary, causes: problem.causes, hint: problem.hint }
    })
}

/// The proxy, and the same words for what providers say.
fn errands(ctx: &Context) -> ErrandSetup {
    let words = ctx.words;
    let proxy = ctx.config.proxy.as_ref().map(|proxy| proxy.expose().to_owned());
    let wording = move |error| {
        let problem = Fault::from(error).problem(words);
        Trouble { summary: problem.summary, causes: problem.causes, hint: problem.hint }
    };
    ErrandSetup { proxy, wording: Arc::new(wording) }
}

fn live(error: LiveError) -> Fault {
    match error {
        LiveError::Store(error) => error.into(),
        LiveError::Threads(source) => Fault::System { doing: Doing::Runtime, source },
    }
}

fn not_run(error: &ConsoleError, words: &Strings) -> Problem {
    match error {
        ConsoleError::NoTerminal => {
            Problem::new("terminal_needed", Exit::Usage, &words.errors.terminal_needed)
        }
        ConsoleError::Terminal(_) | ConsoleError::Drawing | ConsoleError::Threads(_) => {
            Problem::new("console", Exit::Unexpected, error.to_string()).because(error)
        }
    }
}
