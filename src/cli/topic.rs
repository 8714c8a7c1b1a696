//! `pushdeck topic …`: named lists of people, and lists on providers' sides.

use super::args::{MemberCommand, PageArgs, TopicAdd, TopicCommand, TopicEdit as EditArgs, Whom};
use super::broadcast::more;
use super::context::Context;
use super::output::{Form, Page, Reply, Table};
use super::people;
use super::subscriber::page_size;
use crate::channels::catalog;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{ChannelId, TopicId};
use crate::look::format::number;
use crate::look::strings::tables::Tables;
use crate::problem::Fault;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::topics::{NewTopic, RemoteTopic, Topic, TopicEdit};

/// Runs one of them.
pub fn run(ctx: &mut Context, command: TopicCommand) -> Result<Reply, Fault> {
    match command {
        TopicCommand::Add(args) => add(ctx, &args),
        TopicCommand::List { filter, page } => list(ctx, filter.as_deref().unwrap_or_default(), &page),
        TopicCommand::Show { topic } => {
            let db = ctx.reader()?;
            Ok(shown(&find(ctx, &db, &topic)?, ctx.out.tables()))
        }
        TopicCommand::Edit(args) => edit(ctx, &args),
        TopicCommand::Remove { topic, gate } => {
            let mut db = ctx.writer()?;
            let found = find(ctx, &db, &topic)?;
            people::pass(ctx, &gate, found.people, true, people::About::People)?;
            if people::gate(&gate).is_some() {
                db.remove_topic(found.id)?;
                return Ok(Reply::one(&db.topic(found.id)?, found.id.to_string()));
            }
            let question = ctx.words.cli.ask_remove.fill(&[("name", (&found.name).into())]);
            ctx.confirm(&question)?;
            db.remove_topic(found.id)?;
            Ok(Reply::one(&db.topic(found.id)?, found.id.to_string()))
        }
        TopicCommand::Member(MemberCommand::Add { topic, whom }) => members(ctx, &topic, &whom, Step::Join),
        TopicCommand::Member(MemberCommand::Remove { topic, whom }) => {
            members(ctx, &topic, &whom, Step::Leave)
        }
    }
}

/// The topic of that name or id; one that is not there tells the nearest name.
pub fn find(ctx: &Context, db: &Db, wanted: &str) -> Result<Topic, Fault> {
    match db.find_topic(wanted) {
        Err(error @ StoreError::NotFound { .. }) => {
            let mut problem = Fault::from(error).problem(ctx.words);
            if let Some(name) = db.nearest_topic(wanted)? {
                problem = problem.hint(ctx.words.errors.did_you_mean.fill(&[("name", (&name).into())]));
            }
            Err(problem.into())
        }
        found => Ok(found?),
    }
}

fn remotes(ctx: &Context, db: &Db, pairs: &[String]) -> Result<Vec<(ChannelId, String)>, Fault> {
    pairs
        .iter()
        .map(|pair| {
            let (channel, remote) = ctx.pair(pair)?;
            let channel = super::channel::find(ctx, db, channel)?;
            if catalog::kind(&channel.kind).is_none_or(|kind| kind.spec().remotes_per_call == 0) {
                let summary = ctx.words.errors.no_remotes.fill(&[("channel", (&channel.name).into())]);
                return Err(ctx.usage(summary));
            }
            Ok((channel.id, remote.trim().to_owned()))
        })
        .collect()
}

fn add(ctx: &mut Context, args: &TopicAdd) -> Result<Reply, Fault> {
    let mut db = ctx.maker()?;
    let remotes = remotes(ctx, &db, &args.remotes)?;
    let id = db.add_topic(&NewTopic { name: args.name.clone(), note: args.note.clone(), remotes })?;
    Ok(Reply::one(&db.topic(id)?, id.to_string()))
}

fn edit(ctx: &mut Context, args: &EditArgs) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let old = find(ctx, &db, &args.topic)?;
    let more = remotes(ctx, &db, &args.remotes)?;
    let less = remotes(ctx, &db, &args.remove_remotes)?;
    if args.name.is_none() && args.note.is_none() && more.is_empty() && less.is_empty() {
        return Err(ctx.usage(&ctx.words.cli.nothing_to_change));
    }
    let amended = (!more.is_empty() || !less.is_empty()).then(|| {
        let there = old.remotes.iter().map(|one: &RemoteTopic| (one.channel, one.remote.clone()));
        let mut list: Vec<(ChannelId, String)> = there.filter(|one| !less.contains(one)).collect();
        list.extend(more.into_iter().filter(|one| {
            !old.remotes.iter().any(|there| (there.channel, &there.remote) == (one.0, &one.1))
        }));
        list
    });
    let edit = TopicEdit { name: args.name.clone(), note: args.note.clone(), remotes: amended };
    db.edit_topic(old.id, Some(old.version), &edit)?;
    Ok(Reply::one(&db.topic(old.id)?, old.id.to_string()))
}

fn list(ctx: &mut Context, filter: &str, page: &PageArgs) -> Result<Reply, Fault> {
    let filter = Filter::parse(filter, Scope::Topics)?;
    let db = ctx.reader()?;
    let after: Option<TopicId> = page.after.as_deref().map(str::parse).transpose()?;
    let limit = page_size(ctx, page);
    let mut rows = db.topics(&filter, after, limit + 1)?;
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(|row| row.id.to_string())
    } else {
        None
    };
    let h = &ctx.out.tables().head;
    let mut table = Table::new(&[&h.id, &h.name, &h.people, &h.remote, &h.note]);
    for topic in &rows {
        let remotes: Vec<String> = topic.remotes.iter().map(shown_remote).collect();
        table.row([
            topic.id.to_string(),
            topic.name.clone(),
            number(topic.people),
            remotes.join(","),
            topic.note.clone(),
        ]);
    }
    more(ctx, next.as_deref());
    let page = Page { next, total: Some(db.count_topics(&filter)?), total_exact: true };
    Ok(Reply::list(&rows, page, table, ctx.out.form))
}

fn shown_remote(remote: &RemoteTopic) -> String {
    let name = if remote.name.is_empty() { String::new() } else { format!(" {}", remote.name) };
    format!("{}={}{name}", remote.channel_name, remote.remote)
}

fn shown(topic: &Topic, t: &Tables) -> Reply {
    let l = &t.label;
    let mut table = Table::default();
    table.pair(&l.id, topic.id.to_string());
    table.pair(&l.name, &topic.name);
    table.pair(&l.people, number(topic.people));
    table.pair(&l.note, &topic.note);
    for remote in &topic.remotes {
        table.pair(&l.remote, shown_remote(remote));
    }
    Reply::one(topic, table.print(Form::Text))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Join,
    Leave,
}

fn members(ctx: &mut Context, topic: &str, whom: &Whom, step: Step) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let topic = find(ctx, &db, topic)?;
    let ids = people::meant(ctx, &db, whom, step == Step::Leave)?;
    let changed = match step {
        Step::Join => db.join_topic(topic.id, &ids)?,
        Step::Leave => db.leave_topic(topic.id, &ids)?,
    };
    let now = db.topic(topic.id)?;
    let data = serde_json::json!({ "topic": now.id, "changed": changed.len(), "matched": ids.len(), "people": now.people });
    Ok(Reply::one(&data, format!("{} {}", now.id, number(now.people))))
}
