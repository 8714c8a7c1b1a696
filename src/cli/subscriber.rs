//! `pushdeck subscriber …`: people, their addresses, topics and tags.

use std::collections::BTreeSet;

use std::collections::BTreeMap;

use super::args::{PageArgs, SubscriberAdd, SubscriberCommand, SubscriberEdit as EditArgs, Whom};
use super::broadcast::more;
use super::context::Context;
use super::output::{Form, Page, Reply, Table, to_value};
use super::{checked, desk, import, people};
use crate::channels::desk::FollowChange;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{AddressId, SubscriberId};
use crate::domain::quiet::Quiet;
use crate::domain::subscriber::SubscriberState;
use crate::look::strings::tables::Tables;
use crate::problem::{Exit, Fault, Problem};
use crate::store::addresses::NewAddress;
use crate::store::db::Db;
use crate::store::subscribers::{NewSubscriber, Subscriber, SubscriberEdit};

/// Rows of a list for a person, and of a document, unless asked otherwise.
pub const PAGE_TEXT: usize = 200;
/// The same for a JSON document.
pub const PAGE_JSON: usize = 10_000;

/// Runs one of them.
pub fn run(ctx: &mut Context, command: SubscriberCommand) -> Result<Reply, Fault> {
    use SubscriberState as S;
    match command {
        SubscriberCommand::Add(args) => add(ctx, &args),
        SubscriberCommand::List { filter, page } => list(ctx, filter.as_deref().unwrap_or_default(), &page),
        SubscriberCommand::Show { person } => {
            let db = ctx.reader()?;
            let id = db.find_subscriber(&person)?;
            Ok(shown(&db.subscriber(id)?, ctx.out.tables()))
        }
        SubscriberCommand::Edit(args) => edit(ctx, &args),
        SubscriberCommand::Block(args) => match &args.at {
            Some(channel) => desk::change_follows(ctx, &args.whom, channel, FollowChange::Block),
            None => turn(ctx, &args.whom, &[S::Active, S::Muted, S::Unsubscribed], S::Blocked),
        },
        SubscriberCommand::Unblock(args) => match &args.at {
            Some(channel) => desk::change_follows(ctx, &args.whom, channel, FollowChange::Unblock),
            None => turn(ctx, &args.whom, &[S::Blocked], S::Active),
        },
        SubscriberCommand::Check(args) => checked::run(ctx, &args),
        SubscriberCommand::Unfollow { whom, at } => desk::change_follows(ctx, &whom, &at, FollowChange::End),
        SubscriberCommand::Mute(whom) => turn(ctx, &whom, &[S::Active], S::Muted),
        SubscriberCommand::Unmute(whom) => turn(ctx, &whom, &[S::Muted], S::Active),
        SubscriberCommand::Remove(whom) => remove(ctx, &whom),
        SubscriberCommand::Import(args) => import::run(ctx, &args),
        SubscriberCommand::Me { person } => me(ctx, person.as_deref()),
    }
}

/// `KEY=VALUE` pairs.
pub fn vars(ctx: &Context, pairs: &[String]) -> Result<BTreeMap<String, String>, Fault> {
    pairs.iter().map(|pair| ctx.pair(pair).map(|(key, value)| (key.to_owned(), value.to_owned()))).collect()
}

/// Quiet hours as typed; empty for none.
fn quiet(ctx: &Context, hours: &str) -> Result<Option<String>, Fault> {
    let hours = hours.trim();
    if !hours.is_empty() && Quiet::parse(hours).is_none() {
        return Err(ctx.usage(format!("--quiet: {}", ctx.words.subscribers.form.quiet)));
    }
    Ok((!hours.is_empty()).then(|| hours.to_owned()))
}

fn addresses(ctx: &mut Context, db: &Db, texts: &[String]) -> Result<Vec<NewAddress>, Fault> {
    texts.iter().map(|text| people::address(ctx, db, text)).collect()
}

fn add(ctx: &mut Context, args: &SubscriberAdd) -> Result<Reply, Fault> {
    let mut db = ctx.maker()?;
    let new = NewSubscriber {
        name: args.name.clone(),
        note: args.note.clone(),
        lang: args.language.clone(),
        quiet: args.quiet.as_deref().map(|hours| quiet(ctx, hours)).transpose()?.flatten(),
        addresses: addresses(ctx, &db, &args.addresses)?,
        topics: args.topics.clone(),
        tags: args.tags.clone(),
        vars: vars(ctx, &args.vars)?,
    };
    for topic in &args.topics {
        super::topic::find(ctx, &db, topic)?;
    }
    let added = db.add_subscriber(&new)?;
    for address in &new.addresses {
        people::warn_unusual(ctx, &db, address)?;
    }
    Ok(Reply::one(&db.subscriber(added.id)?, added.id.to_string()))
}

/// How many rows a page has.
pub fn page_size(ctx: &Context, page: &PageArgs) -> usize {
    let usual = if ctx.out.form == Form::Text { PAGE_TEXT } else { PAGE_JSON };
    page.limit.unwrap_or(usual).clamp(1, 1_000_000)
}

fn list(ctx: &mut Context, filter: &str, page: &PageArgs) -> Result<Reply, Fault> {
    let filter = Filter::parse(filter, Scope::People)?;
    let db = ctx.reader()?;
    let mut after: Option<SubscriberId> = page.after.as_deref().map(str::parse).transpose()?;
    for unknown in db.unknown_tags(&filter)? {
        people::warn_unknown_tag(ctx, &unknown);
    }
    let limit = page_size(ctx, page);
    if ctx.out.form == Form::Jsonl && page.limit.is_none() {
        loop {
            let rows = db.people(&filter, after, PAGE_JSON)?;
            for row in &rows {
                ctx.out.record(row)?;
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE_JSON => after = Some(last.id),
                _ => return Ok(Reply::default()),
            }
        }
    }
    let mut rows = db.people(&filter, after, limit + 1)?;
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(|row| row.id.to_string())
    } else {
        None
    };
    let count = db.count_people(&filter)?;
    let t = ctx.out.tables();
    let h = &t.head;
    let mut table = Table::new(&[&h.id, &h.name, &h.state, &h.channels, &h.topics, &h.tags]);
    for row in &rows {
        table.row([
            row.id.to_string(),
            row.name.clone(),
            t.subscriber.of(row.state).clone(),
            row.kinds.join(","),
            row.topics.join(","),
            row.tags.join(","),
        ]);
    }
    more(ctx, next.as_deref());
    let page = Page { next, total: Some(count.n), total_exact: count.exact };
    Ok(Reply::list(&rows, page, table, ctx.out.form))
}

fn shown(person: &Subscriber, t: &Tables) -> Reply {
    let l = &t.label;
    let mut table = Table::default();
    table.pair(&l.id, person.id.to_string());
    table.pair(&l.name, &person.name);
    table.pair(&l.state, t.subscriber.of(person.state));
    table.pair(&l.note, &person.note);
    table.pair(&l.language, person.lang.as_deref().unwrap_or_default());
    table.pair(&l.quiet, person.quiet.as_deref().unwrap_or_default());
    table.pair(&l.topics, person.topics.join(", "));
    table.pair(&l.tags, person.tags.join(", "));
    for address in &person.addresses {
        let state = t.address.of(address.state);
        table.pair(&address.channel_name, format!("{} {} {state}", address.id, address.masked));
    }
    for (key, value) in &person.vars {
        table.pair(&format!("var.{key}"), value);
    }
    Reply::one(person, table.print(Form::Text))
}

fn edit(ctx: &mut Context, args: &EditArgs) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let id = db.find_subscriber(&args.person)?;
    let old = db.subscriber(id)?;
    let mut edit =
        SubscriberEdit { name: args.name.clone(), note: args.note.clone(), ..SubscriberEdit::default() };
    edit.lang = args.language.clone().map(|lang| (!lang.is_empty()).then_some(lang));
    edit.quiet = args.quiet.as_deref().map(|hours| quiet(ctx, hours)).transpose()?;
    edit.vars.extend(vars(ctx, &args.vars)?.into_iter().map(|(key, value)| (key, Some(value))));
    edit.vars.extend(args.unset_vars.iter().map(|key| (key.clone(), None)));
    for topic in args.topics.iter().chain(&args.leave) {
        super::topic::find(ctx, &db, topic)?;
    }
    edit.topics = amended(&old.topics, &args.topics, &args.leave);
    edit.tags = amended(&old.tags, &args.tags, &args.untag);
    let put = addresses(ctx, &db, &args.addresses)?;
    let beside = addresses(ctx, &db, &args.add_addresses)?;
    let gone: Vec<AddressId> =
        args.remove_addresses.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    if let Some(stranger) = gone.iter().find(|id| !old.addresses.iter().any(|address| address.id == **id)) {
        let what = crate::store::error::StoreError::NotFound { what: "address", id: stranger.to_string() };
        return Err(what.into());
    }
    let edits_row = edit.name.is_some()
        || edit.note.is_some()
        || edit.lang.is_some()
        || edit.quiet.is_some()
        || !edit.vars.is_empty()
        || edit.topics.is_some()
        || edit.tags.is_some();
    if !edits_row && put.is_empty() && beside.is_empty() && gone.is_empty() {
        return Err(ctx.usage(&ctx.words.cli.nothing_to_change));
    }
    if edits_row {
        db.edit_subscriber(id, Some(old.version), &edit)?;
    }
    for address in &put {
        let there: Vec<_> = old.addresses.iter().filter(|one| one.channel == address.channel).collect();
        match there.as_slice() {
            // The same row keeps its history, and a dead one comes back.
            [only] => drop(db.repair_address(only.id, &address.typed)?),
            _ => drop(db.add_address(id, address)?),
        }
        people::warn_unusual(ctx, &db, address)?;
    }
    for address in &beside {
        db.add_address(id, address)?;
        people::warn_unusual(ctx, &db, address)?;
    }
    for address in gone {
        db.remove_address(address)?;
    }
    Ok(Reply::one(&db.subscriber(id)?, id.to_string()))
}

/// A list with some more and some less; none if nothing was said about it.
fn amended(old: &[String], more: &[String], less: &[String]) -> Option<Vec<String>> {
    if more.is_empty() && less.is_empty() {
        return None;
    }
    let same = |a: &String, b: &String| a.trim().to_lowercase() == b.trim().to_lowercase();
    let mut list: Vec<String> =
        old.iter().filter(|one| !less.iter().any(|gone| same(gone, one))).cloned().collect();
    for one in more {
        if !list.iter().any(|there| same(there, one)) {
            list.push(one.clone());
        }
    }
    Some(list)
}

fn turn(
    ctx: &mut Context,
    whom: &Whom,
    from: &[SubscriberState],
    to: SubscriberState,
) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let mut ids = people::meant(ctx, &db, whom, false)?;
    if whom.filter.is_some() {
        // A filter changes those whom the command is about; others keep what they have (an opt-out stays).
        let mut kept = Vec::with_capacity(ids.len());
        for id in ids {
            if from.contains(&db.person_row(id)?.state) {
                kept.push(id);
            }
        }
        ids = kept;
    } else {
        for id in &ids {
            let state = db.person_row(*id)?.state;
            if state != to && !from.contains(&state) {
                return Err(not_for(ctx, *id, state, from));
            }
        }
    }
    let (mut changed, mut out) = (0, BTreeSet::new());
    for chunk in ids.chunks(1_000) {
        let changes = db.set_subscriber_states(chunk, to)?;
        changed += changes.len();
        out.extend(changes.iter().filter(|change| change.now != to).map(|change| change.id));
    }
    if !out.is_empty() {
        ids.retain(|id| !out.contains(id));
        let text = ctx.words.subscribers.stay_out_cli.count(out.len() as i64);
        ctx.out.warn(&text);
    }
    let said = ctx.out.tables().subscriber.of(to);
    changed_reply(ctx, &ids, changed - out.len(), to.word(), said)
}

/// A person whom such a change is not for.
fn not_for(ctx: &Context, id: SubscriberId, state: SubscriberState, from: &[SubscriberState]) -> Fault {
    let (t, id) = (&ctx.words.tables.subscriber, id.to_string());
    let wanted: Vec<&str> = from.iter().map(|one| t.of(*one).as_str()).collect();
    let wanted = wanted.join(" | ");
    let values = [("id", (&id).into()), ("state", t.of(state).into()), ("wanted", (&wanted).into())];
    Problem::new("not_allowed", Exit::Usage, ctx.words.reasons.state.person.fill(&values)).into()
}

fn changed_reply(
    ctx: &Context,
    ids: &[SubscriberId],
    changed: usize,
    state: &str,
    said: &str,
) -> Result<Reply, Fault> {
    let shown = if ids.len() <= 50 { to_value(&ids) } else { serde_json::Value::Null };
    let data = serde_json::json!({ "changed": changed, "matched": ids.len(), "state": state, "ids": shown });
    let text = if ctx.out.form == Form::Text && ids.len() <= 50 {
        ids.iter().map(|id| format!("{id} {said}\n")).collect()
    } else {
        format!("{changed} {said}\n")
    };
    Ok(Reply::one(&data, text))
}

fn remove(ctx: &mut Context, whom: &Whom) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let ids = people::meant(ctx, &db, whom, true)?;
    if ids.len() < 50 && people::gate(&whom.gate).is_none() {
        let names = ctx.words.common.people.count(ids.len() as i64);
        let question = ctx.words.cli.ask_remove.fill(&[("name", (&names).into())]);
        ctx.confirm(&question)?;
    }
    let mut removed = 0;
    for chunk in ids.chunks(1_000) {
        removed += db.remove_subscribers(chunk)?.len();
    }
    changed_reply(ctx, &ids, removed, "removed", &ctx.out.tables().removed)
}

fn me(ctx: &mut Context, person: Option<&str>) -> Result<Reply, Fault> {
    let id = if let Some(wanted) = person {
        let mut db = ctx.writer()?;
        let id = db.find_subscriber(wanted)?;
        db.set_me(id)?;
        id
    } else {
        let e = &ctx.words.errors;
        ctx.reader()?.me()?.ok_or_else(|| {
            Problem::new("me_missing", Exit::NotFound, &e.me_missing).hint(&e.me_missing_hint)
        })?
    };
    let row = ctx.reader()?.person_row(id)?;
    Ok(Reply::one(
        &row,
        format!("{id} {}", crate::domain::safe_text::scrub(&row.name, crate::domain::safe_text::Cap::List)),
    ))
}
