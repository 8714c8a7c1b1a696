//! `pushdeck channel …`: accounts, checked by the catalogue before anything is written.

use super::args::{ChannelAdd, ChannelCommand, ChannelEdit as EditArgs};
use super::context::Context;
use super::fields::{check_account, check_whole, field, secrets, settings};
use super::output::{Output, Page, Reply, Table};
use super::{apprise, callback, invite, people, probe, sender, sync};
use crate::channels::catalog::{self, KINDS};
use crate::channels::spec::Spec;
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::Account;
use crate::domain::id::ChannelId;
use crate::domain::nearest::nearest;
use crate::look::format::number;
use crate::problem::{Exit, Fault, Problem};
use crate::store::channels::{Channel, ChannelEdit, NewChannel, Open, Rest};
use crate::store::db::Db;

/// Runs one of them.
pub fn run(ctx: &mut Context, command: ChannelCommand) -> Result<Reply, Fault> {
    match command {
        ChannelCommand::Add(args) => add(ctx, &args),
        ChannelCommand::Kinds { kind } => super::kinds::run(ctx, kind.as_deref()),
        ChannelCommand::List => list(ctx),
        ChannelCommand::Show { channel } => {
            let db = ctx.reader()?;
            Ok(shown(&find(ctx, &db, &channel)?, &ctx.out))
        }
        ChannelCommand::Edit(args) => edit(ctx, &args),
        ChannelCommand::Remove { channel, gate } => {
            let mut db = ctx.writer()?;
            let found = find(ctx, &db, &channel)?;
            people::pass(ctx, &gate, found.addresses, true, people::About::People)?;
            if people::gate(&gate).is_none() {
                let question = ctx.words.cli.ask_remove.fill(&[("name", (&found.name).into())]);
                ctx.confirm(&question)?;
            }
            db.remove_channel(found.id)?;
            Ok(Reply::one(&db.channel(found.id)?, found.id.to_string()))
        }
        ChannelCommand::Sync(args) => sync::run(ctx, &args),
        ChannelCommand::Qr(args) => invite::run(ctx, &args),
        ChannelCommand::Verify { channel } => probe::verify(ctx, &channel),
        ChannelCommand::Test { channel } => probe::test(ctx, &channel),
        ChannelCommand::Pause { channel } => {
            let mut db = ctx.writer()?;
            let id = find(ctx, &db, &channel)?.id;
            db.pause_channel(id, PauseReason::Operator, &ctx.operator())?;
            brief(ctx, &db, id)
        }
        ChannelCommand::Import(args) => apprise::import(ctx, &args),
        ChannelCommand::Export(args) => apprise::export::run(ctx, &args),
        ChannelCommand::Resume { channel } => {
            let mut db = ctx.writer()?;
            let id = find(ctx, &db, &channel)?.id;
            db.resume_channel(id)?;
            // What waited for this channel goes on at once.
            if db.has_work()? && !ctx.sends_itself() {
                sender::ensure(ctx)?;
            }
            brief(ctx, &db, id)
        }
        ChannelCommand::Callback(args) => callback::url(ctx, &args),
    }
}

/// The channel of that name or id; one that is not there tells the nearest name.
pub fn find(ctx: &Context, db: &Db, wanted: &str) -> Result<Channel, Fault> {
    use crate::store::error::StoreError;
    match db.find_channel(wanted) {
        Err(error @ StoreError::NotFound { .. }) => {
            let names: Vec<String> = db.channels()?.into_iter().map(|channel| channel.name).collect();
            let mut problem = Fault::from(error).problem(ctx.words);
            if let Some(name) = nearest(wanted, names.iter().map(String::as_str)) {
                problem = problem.hint(ctx.words.errors.did_you_mean.fill(&[("name", name.into())]));
            }
            Err(problem.into())
        }
        found => Ok(found?),
    }
}

/// The entry of a kind; one that is not there tells the nearest name.
pub fn spec(ctx: &Context, kind: &str) -> Result<&'static Spec, Fault> {
    if let Some(kind) = catalog::kind(kind) {
        return Ok(kind.spec());
    }
    let e = &ctx.words.errors;
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.spec().id).collect();
    let hint = match nearest(kind, kinds.iter().copied()) {
        Some(name) => e.did_you_mean.fill(&[("name", name.into())]),
        None => e.kind_list.fill(&[("kinds", (&kinds.join(", ")).into())]),
    };
    Err(Problem::new("unknown_kind", Exit::Usage, e.kind_unknown.fill(&[("kind", kind.into())]))
        .hint(hint)
        .into())
}

fn add(ctx: &mut Context, args: &ChannelAdd) -> Result<Reply, Fault> {
    let spec = spec(ctx, &args.kind)?;
    let settings = settings(ctx, spec, &args.settings)?;
    let secrets = secrets(ctx, spec, &args.secret_files)?;
    check_whole(ctx, spec, &args.name, &settings, |field| {
        secrets.get(field).is_some_and(|one| !one.is_empty())
    })?;
    let account = Account {
        id: ChannelId(0),
        name: args.name.clone(),
        kind: spec.id.to_owned(),
        settings: settings.clone(),
        secrets: secrets.clone(),
    };
    check_account(ctx, &account, true)?;
    let mut db = ctx.maker()?;
    let new = NewChannel { name: args.name.clone(), kind: spec.id.to_owned(), settings, secrets };
    let id = db.add_channel(&new)?;
    Ok(Reply::one(&Shown::new(&db.channel(id)?), id.to_string()))
}

fn edit(ctx: &mut Context, args: &EditArgs) -> Result<Reply, Fault> {
    ctx.refuse_read_only()?;
    let db = ctx.reader()?;
    let old = find(ctx, &db, &args.channel)?;
    drop(db);
    let spec = spec(ctx, &old.kind)?;
    let set = settings(ctx, spec, &args.settings)?;
    let given = secrets(ctx, spec, &args.secret_files)?;
    let mut edit = ChannelEdit { name: args.name.clone(), ..ChannelEdit::default() };
    let mut whole = old.settings.clone();
    for name in &args.unset {
        if field(ctx, spec, name)?.secret {
            edit.secrets.insert(name.clone(), None);
        } else {
            whole.remove(name);
            edit.settings.insert(name.clone(), None);
        }
    }
    whole.extend(set.clone());
    edit.settings.extend(set.into_iter().map(|(name, value)| (name, Some(value))));
    edit.secrets.extend(given.into_iter().map(|(name, value)| (name, Some(value))));
    if edit.name.is_none() && edit.settings.is_empty() && edit.secrets.is_empty() {
        return Err(ctx.usage(&ctx.words.cli.nothing_to_change));
    }
    check_whole(ctx, spec, &old.name, &whole, |field| match edit.secrets.get(field) {
        Some(given) => given.is_some(),
        None => old.secrets.iter().any(|stored| stored.field == field),
    })?;
    let mut db = ctx.writer()?;
    if !(edit.settings.is_empty() && edit.secrets.is_empty()) {
        let mut account = db.account(old.id, Open::Nothing)?;
        account.settings = whole;
        let typed = edit.secrets.iter().filter_map(|(field, secret)| Some((field.clone(), secret.clone()?)));
        account.secrets = typed.collect();
        // Those that are stored are opened by sender code alone: what lacks one says nothing.
        check_account(ctx, &account, false)?;
    }
    db.edit_channel(old.id, Some(old.version), &edit)?;
    Ok(Reply::one(&Shown::new(&db.channel(old.id)?), old.id.to_string()))
}

/// A channel as scripts see it.
#[derive(Debug, serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    channel: &'a Channel,
    health: crate::domain::channel::Health,
}

impl<'a> Shown<'a> {
    fn new(channel: &'a Channel) -> Self {
        Self { channel, health: channel.health() }
    }
}

fn why(channel: &Channel, out: &Output) -> String {
    let t = out.tables();
    channel
        .pause
        .as_ref()
        .map(|pause| format!("{} {}", t.pause.of(pause.reason), out.pause_detail(&pause.detail)))
        .unwrap_or_default()
}

/// `rests until 2026-11-26 08:33:22 +08:00, network`, unless it stands still anyway.
pub fn rests(rest: Option<Rest>, out: &Output) -> String {
    let t = out.tables();
    rest.map(|rest| {
        let time = out.time(rest.until);
        t.rests_until.fill(&[("time", (&time).into()), ("why", t.class.of(rest.class).into())])
    })
    .unwrap_or_default()
}

fn list(ctx: &mut Context) -> Result<Reply, Fault> {
    let channels = ctx.reader()?.channels()?;
    let t = ctx.out.tables();
    let h = &t.head;
    let mut table = Table::new(&[&h.id, &h.name, &h.kind, &h.state, &h.health, &h.addresses, &h.paused]);
    for channel in &channels {
        table.row([
            channel.id.to_string(),
            channel.name.clone(),
            channel.kind.clone(),
            t.channel.of(channel.state).clone(),
            t.health.of(channel.health()).clone(),
            number(channel.addresses),
            if channel.pause.is_some() { why(channel, &ctx.out) } else { rests(channel.rest, &ctx.out) },
        ]);
    }
    let page = Page { next: None, total: Some(channels.len() as i64), total_exact: true };
    let items: Vec<Shown<'_>> = channels.iter().map(Shown::new).collect();
    Ok(Reply::list(&items, page, table, ctx.out.form))
}

/// Id and state in a line.
fn brief(ctx: &Context, db: &Db, id: ChannelId) -> Result<Reply, Fault> {
    let channel = db.channel(id)?;
    Ok(Reply::one(&Shown::new(&channel), format!("{id} {}", ctx.out.tables().channel.of(channel.state))))
}

fn shown(channel: &Channel, out: &Output) -> Reply {
    let t = out.tables();
    let l = &t.label;
    let mut table = Table::default();
    table.pair(&l.id, channel.id.to_string());
    table.pair(&l.name, &channel.name);
    table.pair(&l.kind, &channel.kind);
    table.pair(&l.state, t.channel.of(channel.state));
    table.pair(&l.paused, why(channel, out));
    if channel.pause.is_none() {
        table.pair(&l.rests, rests(channel.rest, out));
    }
    table.pair(&l.health, t.health.of(channel.health()));
    if let Some(verified) = &channel.verified {
        let word = if verified.ok { &l.verified } else { &l.refused };
        table.pair(word, format!("{} {}", out.time(verified.at), verified.text));
    }
    table.pair(&l.addresses, number(channel.addresses));
    for (field, value) in &channel.settings {
        table.pair(field, value);
    }
    for secret in &channel.secrets {
        let set_at = out.time(secret.set_at);
        let shown = t.set_at.fill(&[("mask", (&secret.masked).into()), ("time", (&set_at).into())]);
        table.pair(&secret.field, shown);
    }
    Reply::one(&Shown::new(channel), table.print(super::output::Form::Text))
}
