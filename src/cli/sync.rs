//! `pushdeck channel sync`: a channel beside its provider's list, looked at before anything is changed.

use serde_json::{Value, json};

use super::args::SyncArgs;
use super::context::Context;
use super::output::{Form, Reply, Table};
use super::{desk, people};
use crate::look::format::number;
use crate::problem::{Exit, Fault, Problem};
use crate::store::channels::Channel;
use crate::store::sync::{Applied, Change, Compared, Known};

/// So many of each sort are shown to a person; a document has them all.
const SHOWN: usize = 20;

/// Compares, shows, and makes the change where that was asked for or agreed to.
pub fn run(ctx: &mut Context, args: &SyncArgs) -> Result<Reply, Fault> {
    let db = if args.apply || args.undo { ctx.writer()? } else { ctx.reader()? };
    let channel = super::channel::find(ctx, &db, &args.channel)?;
    if args.undo {
        return undo(ctx, &channel);
    }
    drop(db);
    let (runtime, counter) = desk::counter(ctx)?;
    let ask = Compared { channel: channel.id, topics: args.topics };
    let words = &ctx.words.desk;
    let out = &mut ctx.out;
    let told = |done: i64, total: Option<i64>| {
        let line = match total {
            Some(0) => return,
            Some(total) => words.reading_of.fill(&[("done", done.into()), ("count", total.into())]),
            None => words.reading.count(done),
        };
        out.counted(&line, done, total.unwrap_or(i64::MAX));
    };
    let change = runtime.block_on(counter.compare(ask, told))?;
    let report = report(ctx, &change);
    let data = document(&change);
    if change.is_empty() || args.dry_run {
        return Ok(Reply::one(&data, report));
    }
    if !args.apply {
        if !ctx.can_ask() {
            return Ok(Reply::one(&data, format!("{report}\n{}", ctx.words.desk.apply_hint)));
        }
        people::pass(ctx, &args.gate, change.people(), true, people::About::People)?;
        ctx.out.say(&report);
        let question = ctx.words.desk.ask_apply.count(change.people());
        ctx.confirm(&question)?;
    }
    people::pass(ctx, &args.gate, change.people(), true, people::About::People)?;
    let applied = ctx.writer()?.apply_change(&change)?;
    let mut data = data;
    data["applied"] = json!(applied);
    let said = said(ctx, &applied, &channel.name);
    let text = if args.apply { format!("{report}\n{said}") } else { said };
    Ok(Reply::one(&data, text))
}

fn undo(ctx: &mut Context, channel: &Channel) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let Some(sync) = db.newest_change(channel.id)? else {
        let named = [("channel", (&channel.name).into())];
        let summary = ctx.words.desk.nothing_to_undo.fill(&named);
        return Err(Problem::new("not_found", Exit::NotFound, summary).into());
    };
    let undone = db.undo_change(sync)?;
    let text = ctx.words.desk.undone.count(undone);
    Ok(Reply::one(&json!({ "channel": channel.id, "sync": sync, "undone": undone }), text))
}

fn said(ctx: &Context, applied: &Applied, channel: &str) -> String {
    let w = &ctx.words.desk;
    let mut table = Table::default();
    for (label, n) in [
        (&w.added, applied.added),
        (&w.renamed, applied.renamed),
        (&w.retired, applied.retired),
        (&w.back, applied.back),
        (&w.joined, applied.joined),
        (&w.passed_over, applied.passed_over),
    ] {
        if n > 0 {
            table.pair(label, number(n));
        }
    }
    format!("{}{}", table.print(Form::Text), w.undo_hint.fill(&[("channel", channel.into())]))
}

/// What differs, for a person.
fn report(ctx: &Context, change: &Change) -> String {
    let w = &ctx.words.desk;
    let mut table = Table::default();
    table.pair(&w.listed, number(change.listed));
    for (label, n) in [
        (&w.same, change.same),
        (&w.to_add, change.added.len() as i64),
        (&w.to_rename, change.renamed.len() as i64),
        (&w.gone, change.gone.len() as i64),
        (&w.refused, change.refused.len() as i64),
        (&w.to_use_again, change.back.len() as i64),
        (&w.to_join, change.joins()),
        (&w.removed_here, change.removed_here),
        (&w.refused_strangers, change.refused_strangers),
    ] {
        if n > 0 {
            table.pair(label, number(n));
        }
    }
    let mut text = table.print(Form::Text);
    if !change.whole {
        text.extend([w.not_whole.as_str(), "\n"]);
    }
    let known =
        |list: &[Known]| list.iter().map(|one| row(&one.name, &one.shown, &one.person.to_string())).collect();
    let added = change.added.iter().map(|one| row(&one.name, &one.shown, "")).collect();
    let renamed =
        change.renamed.iter().map(|one| row(&one.from, &format!("→ {}", one.to), &one.person.to_string()));
    for (label, rows) in [
        (&w.to_add, added),
        (&w.to_rename, renamed.collect()),
        (&w.gone, known(&change.gone)),
        (&w.refused, known(&change.refused)),
        (&w.to_use_again, known(&change.back)),
    ] {
        part(ctx, &mut text, label, rows);
    }
    let lists = change.lists.iter().map(|list| {
        let topic = match (&list.tied, &list.becomes) {
            (Some(topic), _) => w.tied.fill(&[("topic", topic.into())]),
            (None, Some(topic)) => w.becomes.fill(&[("topic", topic.into())]),
            (None, None) => w.untied.clone(),
        };
        [list.remote.clone(), list.name.clone(), number(list.people), topic]
    });
    part(ctx, &mut text, &w.lists, lists.map(Vec::from).collect());
    text
}

fn row(name: &str, shown: &str, id: &str) -> Vec<String> {
    [id, name, shown].into_iter().filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

fn part(ctx: &Context, text: &mut String, label: &str, rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let mut table = Table::default();
    for row in rows.iter().take(SHOWN) {
        table.row(row);
    }
    text.extend(["\n", label, "\n", &table.print(Form::Text)]);
    if rows.len() > SHOWN {
        text.extend([&ctx.words.desk.more.count((rows.len() - SHOWN) as i64), "\n"]);
    }
}

/// The same for a script. Addresses stand as screens show them.
fn document(change: &Change) -> Value {
    let known = |list: &[Known]| -> Vec<Value> {
        list.iter().map(|one| json!({ "id": one.person, "name": one.name, "address": one.shown })).collect()
    };
    let added = change.added.iter().map(|one| json!({ "name": one.name, "address": one.shown }));
    let renamed =
        change.renamed.iter().map(|one| json!({ "id": one.person, "from": one.from, "to": one.to }));
    let lists = change.lists.iter().map(|list| {
        json!({ "remote": list.remote, "name": list.name, "people": list.people, "topic": list.tied,
                "becomes": list.becomes })
    });
    json!({
        "channel": change.channel,
        "listed": change.listed,
        "whole": change.whole,
        "same": change.same,
        "added": added.collect::<Vec<_>>(),
        "renamed": renamed.collect::<Vec<_>>(),
        "gone": known(&change.gone),
        "refused": known(&change.refused),
        "back": known(&change.back),
        "joins": change.joins(),
        "removed_here": change.removed_here,
        "refused_strangers": change.refused_strangers,
        "topics": lists.collect::<Vec<_>>(),
        "applied": Value::Null,
    })
}
