//! `pushdeck config …`: where everything lies and what a key is set to.

use super::args::ConfigCommand;
use super::context::Context;
use super::output::{Reply, Table};
use crate::config::write::{SetError, set_in_file};
use crate::config::{Config, GlyphChoice, Motion, SendProcess};
use crate::domain::nearest::nearest;
use crate::input::key::print_sequence;
use crate::input::keymap::{Keymap, Warning};
use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::look::theme::Themes;
use crate::problem::{Exit, Fault, Problem, reason};

/// Runs one of them.
pub fn run(ctx: &mut Context, command: &ConfigCommand) -> Result<Reply, Fault> {
    match command {
        ConfigCommand::Path => Ok(paths(ctx)),
        ConfigCommand::Get { key } => get(ctx, key),
        ConfigCommand::Set { key, value } => set(ctx, key, value),
        // A file that cannot be used has ended the start already, and what nothing reads has been warned of.
        ConfigCommand::Check => Ok(check(ctx)),
    }
}

fn paths(ctx: &Context) -> Reply {
    let paths = &ctx.paths;
    let keys = paths.key_file.as_ref().unwrap_or(&paths.keys);
    let store = paths.store();
    let l = &ctx.out.tables().label;
    let places = [
        ("config", &l.config, &paths.config),
        ("themes", &l.themes, &paths.themes),
        ("data", &l.data, &paths.data),
        ("store", &l.store, &store),
        ("keys", &l.keys, keys),
        ("log", &l.log, &paths.log),
    ];
    let mut table = Table::default();
    let mut data = serde_json::Map::new();
    for (name, label, path) in places {
        let path = path.display().to_string();
        table.pair(label, &path);
        data.insert(name.to_owned(), path.into());
    }
    Reply::one(&data, table.print(super::output::Form::Text))
}

/// Every key with its value in force; what is secret stays masked.
fn values(config: &Config) -> Vec<(String, serde_json::Value)> {
    let send = &config.send;
    let seconds = |time: std::time::Duration| format!("{}ms", time.as_millis());
    let mut all: Vec<(String, serde_json::Value)> = [
        ("language", config.language.clone().into()),
        ("theme", config.theme.clone().into()),
        ("readonly", config.readonly.into()),
        ("operator", config.operator.clone().into()),
        (
            "ui.glyphs",
            match config.ui.glyphs {
                GlyphChoice::Auto => "auto",
                GlyphChoice::Unicode => "unicode",
                GlyphChoice::Ascii => "ascii",
            }
            .into(),
        ),
        ("ui.ambiguous", config.ui.ambiguous.into()),
        ("ui.remote", config.ui.remote.into()),
        ("ui.mouse", config.ui.mouse.into()),
        (
            "ui.motion",
            match config.ui.motion {
                Motion::Auto => "auto",
                Motion::Full => "full",
                Motion::Reduced => "reduced",
                Motion::Off => "off",
            }
            .into(),
        ),
        ("send.undo", send.undo.map_or_else(|| "auto".to_owned(), seconds).into()),
        (
            "send.process",
            match send.process {
                SendProcess::Detached => "detached",
                SendProcess::InProcess => "in-process",
            }
            .into(),
        ),
        ("send.idle", seconds(send.idle).into()),
        ("send.growth", send.growth.into()),
        ("send.breaker", send.breaker.into()),
        ("send.expire", seconds(send.expire).into()),
        ("network.proxy", config.proxy.as_ref().map(super::super::domain::secret::Secret::masked).into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    all.extend(config.me.iter().map(|(channel, address)| (format!("me.{channel}"), address.masked().into())));
    all.extend(config.keys.iter().map(|(action, keys)| (format!("keys.{action}"), keys.clone().into())));
    all
}

fn set(ctx: &mut Context, key: &str, value: &str) -> Result<Reply, Fault> {
    ctx.refuse_read_only()?;
    refuse_wrong(ctx, key, value)?;
    let path = ctx.paths.config.clone();
    set_in_file(&path, key, value).map_err(|error| match error {
        SetError::UnknownKey { key, nearest } => not_found(ctx, &key, nearest).into(),
        // Its line is one of a file that was not written: what was expected is what counts.
        SetError::Config(error) => ctx.usage(reason::wrong(&error.what, ctx.words)),
        SetError::File(source) => Fault::File { path: path.clone(), source },
    })?;
    let mut table = Table::default();
    table.pair(key, value);
    let data = serde_json::json!({ "key": key, "value": value, "path": path.display().to_string() });
    Ok(Reply::one(&data, table.print(super::output::Form::Text)))
}

/// Values that the file may hold and that nobody could use: better said now than warned of at every start.
fn refuse_wrong(ctx: &Context, key: &str, value: &str) -> Result<(), Fault> {
    let e = &ctx.words.errors;
    let wrong = |takes: &str| {
        let values = [("key", key.into()), ("value", value.into()), ("takes", takes.into())];
        ctx.usage(e.config_value.fill(&values))
    };
    let takes: Option<String> = match key {
        "language" => {
            let all = Lang::ALL.map(Lang::tag);
            Lang::from_tag(value).is_none().then(|| all.join(", "))
        }
        "theme" => {
            let themes = Themes::with_directory(&ctx.paths.themes).0;
            (!themes.contains(value)).then(|| themes.names().collect::<Vec<_>>().join(", "))
        }
        "network.proxy" => {
            let schemes = ["http", "https", "socks5", "socks5h"];
            let fits =
                url::Url::parse(value).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host());
            (!fits).then(|| "http://HOST:PORT, socks5://HOST:PORT".to_owned())
        }
        _ => None,
    };
    if let Some(takes) = takes {
        return Err(wrong(&takes));
    }
    let Some(action) = key.strip_prefix("keys.") else { return Ok(()) };
    let keys: Vec<String> = match toml::from_str::<toml::Table>(&format!("keys = {value}")) {
        Ok(table) => match table.get("keys") {
            Some(toml::Value::Array(keys)) => {
                keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect()
            }
            _ => vec![value.to_owned()],
        },
        Err(_) => vec![value.to_owned()],
    };
    // Only what this key itself makes wrong: what was there before is warned of at the start.
    let map = Keymap::with_user_keys(&std::iter::once((action.to_owned(), keys)).collect());
    match map.warnings().first() {
        Some(warning) => Err(ctx.usage(binding(warning, ctx.words))),
        None => Ok(()),
    }
}

/// A binding that the console cannot use.
fn binding(warning: &Warning, words: &Strings) -> String {
    let w = &words.reasons.keymap;
    match warning {
        Warning::UnknownAction { name, nearest } => {
            let said = w.unknown.fill(&[("name", (&reason::safe(name)).into())]);
            reason::with_nearest(said, *nearest, words)
        }
        Warning::NotAKey { action, text } => {
            w.not_a_key.fill(&[("text", (&reason::safe(text)).into()), ("action", action.name().into())])
        }
        Warning::Reserved { action, keys } => {
            w.reserved.fill(&[("keys", (&print_sequence(keys)).into()), ("action", action.name().into())])
        }
        Warning::Clash { keys, first, second } => w.clash.fill(&[
            ("keys", (&print_sequence(keys)).into()),
            ("first", first.name().into()),
            ("second", second.name().into()),
        ]),
    }
}

fn check(ctx: &Context) -> Reply {
    let path = ctx.paths.config.display().to_string();
    let mut table = Table::default();
    table.pair(&ctx.out.tables().label.sound, &path);
    Reply::one(&serde_json::json!({ "path": path }), table.print(super::output::Form::Text))
}

fn not_found(ctx: &Context, key: &str, near: Option<&str>) -> Problem {
    let e = &ctx.words.errors;
    let w = &ctx.words.reasons.what;
    let named = w.named.fill(&[("what", (&w.key).into()), ("id", key.into())]);
    let problem = Problem::new("not_found", Exit::NotFound, e.not_found.fill(&[("what", (&named).into())]))
        .detail("key", key);
    match near {
        Some(name) => problem.hint(e.did_you_mean.fill(&[("name", name.into())])),
        None => problem,
    }
}

fn get(ctx: &Context, key: &str) -> Result<Reply, Fault> {
    let all = values(&ctx.config);
    if let Some((name, value)) = all.iter().find(|(name, _)| name == key) {
        let shown = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        let mut table = Table::default();
        table.row([shown]);
        let data = serde_json::json!({ "key": name, "value": value });
        return Ok(Reply::one(&data, table.print(super::output::Form::Text)));
    }
    Err(not_found(ctx, key, nearest(key, all.iter().map(|(name, _)| name.as_str()))).into())
}
