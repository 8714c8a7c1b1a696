//! The command line: parses, opens what a command needs, runs it, prints what it has to say, and turns
//! that into an exit code. Stands beside `ui` and never imports it.

mod apprise;
pub mod args;
mod audience;
mod audit;
mod became;
mod broadcast;
mod callback;
mod channel;
mod checked;
mod chinese;
mod config;
pub mod context;
mod curl;
mod db;
mod desk;
mod doctor;
mod dry_run;
mod fields;
mod findings;
mod follow;
mod history;
mod import;
mod inbox;
mod invite;
mod kinds;
pub mod output;
mod people;
mod plan;
mod probe;
mod replay;
mod report;
mod schedule;
mod send;
mod sender;
mod subscriber;
mod sync;
mod topic;
mod undo;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::problem::{Doing, Exit, Fault, Problem};
use args::{Cli, Command, SandboxArgs};
use context::{Context, Openers};
use output::{Form, Output, Reply};

/// Runs the program as the command line asks and gives its exit code.
pub fn run(openers: Openers) -> ExitCode {
    let words = asked_language();
    let parsed = grammar(words).try_get_matches().and_then(|found| Cli::from_arg_matches(&found));
    let exit = match parsed {
        Ok(cli) => started(cli, openers),
        Err(error) => misread(&error, words),
    };
    ExitCode::from(exit.code())
}

/// The language before the line is read: `--lang` wherever it stands, else the environment's.
fn asked_language() -> &'static Strings {
    let given: Vec<String> = std::env::args_os().map(|one| one.to_string_lossy().into_owned()).collect();
    let flag = given.iter().enumerate().find_map(|(at, one)| match one.strip_prefix("--lang") {
        Some("") => given.get(at + 1).map(String::as_str),
        Some(value) => value.strip_prefix('='),
        None => None,
    });
    context::early_words(flag)
}

fn grammar(words: &Strings) -> clap::Command {
    match words.lang {
        Lang::En => Cli::command(),
        Lang::Zh => chinese::command(Cli::command()),
    }
}

fn started(cli: Cli, openers: Openers) -> Exit {
    let (form, lang) = (context::form(&cli.globals), cli.globals.lang.clone());
    let mut ctx = match Context::new(cli.globals, openers) {
        Ok(ctx) => ctx,
        Err(fault) => {
            let words = context::early_words(lang.as_deref());
            return Output::new(form, words).fail(fault.problem(words));
        }
    };
    let Some(command) = cli.command else { return without_command(&mut ctx) };
    match execute(&mut ctx, command) {
        Ok(reply) => ctx.out.finish(reply),
        // Nobody reads any more: what was to be done is done.
        Err(Fault::ClosedPipe) => Exit::Ok,
        Err(fault) => {
            let problem = fault.problem(ctx.words);
            tracing::error!(code = problem.code, "{}", problem.summary);
            ctx.out.fail(problem)
        }
    }
}

fn execute(ctx: &mut Context, command: Command) -> Result<Reply, Fault> {
    match command {
        Command::Channel(command) => channel::run(ctx, command),
        Command::Subscriber(command) => subscriber::run(ctx, command),
        Command::Topic(command) => topic::run(ctx, command),
        Command::Send(args) => send::run(ctx, &args),
        Command::Broadcast(command) => broadcast::run(ctx, command),
        Command::Schedule(command) => schedule::run(ctx, command),
        Command::History(command) => history::run(ctx, command),
        Command::Sandbox(args) => run_sandbox(args),
        Command::Demo => (ctx.openers.demo)(ctx),
        Command::Inbox(command) => inbox::run(ctx, command),
        Command::Serve(args) => sender::serve(ctx, args.listen.as_deref()),
        Command::Takeover => sender::take_over(ctx),
        Command::Audit(command) => audit::run(ctx, command),
        Command::Db(command) => db::run(ctx, command),
        Command::Doctor => doctor::run(ctx),
        Command::Config(command) => config::run(ctx, &command),
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "pushdeck", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
            Ok(Reply::default())
        }
        Command::Sender => sender::detached(ctx),
    }
}

/// No command: the console where there is a terminal, else a short help.
fn without_command(ctx: &mut Context) -> Exit {
    let has_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if has_terminal && ctx.out.form == Form::Text {
        return match (ctx.openers.console)(ctx) {
            Ok(reply) => ctx.out.finish(reply),
            Err(fault) => {
                let problem = fault.problem(ctx.words);
                ctx.out.fail(problem)
            }
        };
    }
    let mut help = grammar(ctx.words);
    let text = help.render_help().to_string();
    ctx.out.say(&text);
    let problem = Problem::new("terminal_needed", Exit::Usage, &ctx.words.errors.terminal_needed);
    ctx.out.fail(problem)
}

fn run_sandbox(args: SandboxArgs) -> Result<Reply, Fault> {
    let options =
        crate::sandbox::Options { port_base: args.port_base, record: args.record, ..Default::default() }
            .each(|script| script.latency = Duration::from_millis(args.latency));
    sender::runtime()?
        .block_on(crate::sandbox::run(options, &mut std::io::stdout()))
        .map_err(|source| Fault::System { doing: Doing::Sandbox, source })?;
    Ok(Reply::default())
}

/// A command line that clap could not read, or help that was asked for.
fn misread(error: &clap::Error, words: &'static Strings) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A closed pipe ends quietly.
        drop(error.print());
        return Exit::Ok;
    }
    let given: Vec<OsString> = std::env::args_os().collect();
    let asks = |flag: &str| given.iter().any(|one| one == flag);
    let form = match (asks("--json"), asks("--jsonl")) {
        (false, false) => Form::Text,
        (_, true) => Form::Jsonl,
        (true, false) => Form::Json,
    };
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let told =
        Some(words).filter(|words| words.lang == Lang::Zh).and_then(|words| chinese::mistake(error, words));
    if let Some(said) = told.filter(|_| !is_help || form != Form::Text) {
        let problem = Problem::new("usage", Exit::Usage, said);
        let hint = chinese::hint(error, words);
        return Output::new(form, words).fail(if hint.is_empty() { problem } else { problem.hint(hint) });
    }
    if form == Form::Text {
        drop(error.print());
        return Exit::Usage;
    }
    let text = error.render().to_string();
    let mut lines = text.trim().lines();
    let summary = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let mut problem = Problem::new("usage", Exit::Usage, summary);
    let rest: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    if !rest.is_empty() {
        problem = problem.hint(rest.join(" "));
    }
    Output::new(form, words).fail(problem)
}
