//! `pushdeck doctor`: what works here and what does not, one line each.

use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Serialize;

use super::context::Context;
use super::output::{Reply, Table};
use crate::domain::channel::ChannelState;
use crate::look::depth::{ColorChoice, detect};
use crate::look::strings::tables::Tables;
use crate::problem::{Fault, Problem, reason};
use crate::sender::lock;
use crate::store::db::Access;
use crate::store::error::StoreError;
use crate::store::schema::SCHEMA;

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: &'static str,
    detail: String,
}

/// Looks at everything; the worst finding is the exit code.
pub fn run(ctx: &mut Context) -> Result<Reply, Fault> {
    let t = ctx.out.tables();
    let mut checks = places(ctx);
    let worst = store(ctx, &mut checks);
    checks.push(sender(ctx));
    checks.extend(terminal(ctx));
    let mut table = Table::default();
    for check in &checks {
        table.row([state_of(t, check.state), name_of(t, check.name), &check.detail]);
    }
    let ok = checks.iter().all(|check| check.state != "fail");
    let data = serde_json::json!({ "ok": ok, "checks": checks });
    Ok(Reply::one(&data, table.print(super::output::Form::Text)).but(worst))
}

fn check(name: &'static str, state: &'static str, detail: impl Into<String>) -> Check {
    Check { name, state, detail: detail.into() }
}

fn state_of<'a>(t: &'a Tables, state: &'a str) -> &'a str {
    match state {
        "ok" => &t.level.ok,
        "warn" => &t.level.warn,
        "fail" => &t.level.fail,
        other => other,
    }
}

fn name_of<'a>(t: &'a Tables, name: &'a str) -> &'a str {
    let d = &t.doctor;
    match name {
        "version" => &d.version,
        "config" => &d.config,
        "data" => &d.data,
        "keys" => &d.keys,
        "log" => &d.log,
        "store" => &d.store,
        "schema" => &d.schema,
        "key" => &d.key,
        "room" => &d.room,
        "channels" => &d.channels,
        "channel" => &d.channel,
        "sender" => &d.sender,
        "terminal" => &d.terminal,
        "colour" => &d.colour,
        "language" => &d.language,
        other => other,
    }
}

fn places(ctx: &Context) -> Vec<Check> {
    let (paths, d) = (&ctx.paths, &ctx.words.tables.doctor);
    let place = |name, path: &Path| {
        let Ok(about) = std::fs::metadata(path) else {
            return check(name, "ok", d.not_there.fill(&[("path", (&path.display().to_string()).into())]));
        };
        let mode = about.permissions().mode() & 0o777;
        let state = if about.is_dir() && mode & 0o007 != 0 { "warn" } else { "ok" };
        check(name, state, format!("{} {mode:04o}", path.display()))
    };
    vec![
        check("version", "ok", env!("CARGO_PKG_VERSION")),
        place("config", &paths.config),
        place("data", &paths.data),
        place("keys", paths.key_file.as_deref().unwrap_or(&paths.keys)),
        place("log", &paths.log),
    ]
}

fn store(ctx: &Context, checks: &mut Vec<Check>) -> Option<Problem> {
    let (d, t) = (&ctx.words.tables.doctor, ctx.out.tables());
    let opening = ctx.opening(Access::Existing);
    let db = match opening.open() {
        Ok(db) => db,
        Err(StoreError::Missing(path)) => {
            let path = path.display().to_string();
            checks.push(check("store", "ok", d.not_made.fill(&[("path", (&path).into())])));
            return None;
        }
        Err(error) => {
            let problem = Fault::from(error).problem(ctx.words);
            checks.push(check("store", "fail", problem.summary.clone()));
            return Some(problem);
        }
    };
    checks.push(check("store", "ok", opening.file().display().to_string()));
    checks.push(check("schema", "ok", SCHEMA.to_string()));
    checks.push(check("key", "ok", &d.opens));
    if let Some(free) = db.free_bytes() {
        let state = if db.is_low_on_room() { "warn" } else { "ok" };
        let size = crate::look::format::bytes(free);
        checks.push(check("room", state, d.free.fill(&[("size", (&size).into())])));
    }
    match db.channels() {
        Ok(channels) if channels.is_empty() => checks.push(check("channels", "ok", &d.no_channels)),
        Ok(channels) => {
            for channel in channels {
                let state = if channel.state == ChannelState::Paused { "warn" } else { "ok" };
                let why = channel.pause.as_ref().map_or("", |pause| t.pause.of(pause.reason));
                let health = t.health.of(channel.health());
                checks.push(check(
                    "channel",
                    state,
                    format!("{} {} {health} {why}", channel.name, channel.kind),
                ));
            }
        }
        Err(error) => {
            let problem = Fault::from(error).problem(ctx.words);
            checks.push(check("channels", "fail", problem.summary.clone()));
            return Some(problem);
        }
    }
    None
}

fn sender(ctx: &Context) -> Check {
    let d = &ctx.words.tables.doctor;
    let silent = ctx.opening(Access::Existing).open().and_then(|db| db.silent_since());
    match lock::is_held(&ctx.paths.data) {
        Ok(true) if matches!(silent, Ok(Some(_))) => check("sender", "warn", &d.silent),
        Ok(true) => check("sender", "ok", &d.alive),
        Ok(false) => check("sender", "ok", &d.no_sender),
        Err(error) => check("sender", "warn", reason::io(&error, ctx.words)),
    }
}

fn terminal(ctx: &Context) -> Vec<Check> {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let term = std::env::var("TERM").unwrap_or_default();
    let env = |name: &str| std::env::var(name).ok();
    let mut checks = vec![check(
        "terminal",
        if is_terminal && term == "dumb" { "warn" } else { "ok" },
        if is_terminal { term } else { ctx.words.tables.doctor.no_terminal.clone() },
    )];
    checks.push(check(
        "colour",
        "ok",
        format!("{:?}", detect(ColorChoice::default(), &env, ColorChoice::default())).to_lowercase(),
    ));
    checks.push(check("language", "ok", ctx.words.lang.tag()));
    checks
}
