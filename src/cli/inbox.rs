//! `pushdeck inbox …`: what people wrote, and what they are answered.

use serde_json::json;

use super::args::{InboxCommand, PageArgs, RuleArgs, RulesCommand};
use super::broadcast::more;
use super::context::Context;
use super::output::{Page, Reply, Table};
use super::subscriber::page_size;
use super::{channel, sender};
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{InboundId, RuleId, SubscriberId};
use crate::domain::inbox::{Does, Kind};
use crate::look::format::number;
use crate::problem::Fault;
use crate::store::db::Db;
use crate::store::inbox::{Conversation, Line, NewRule, Rule, Said, Which};

/// What stands for everything that is about nobody known.
const NOBODY: &str = "nobody";

/// Runs one of them.
pub fn run(ctx: &mut Context, command: InboxCommand) -> Result<Reply, Fault> {
    match command {
        InboxCommand::List { unread, filter, page } => list(ctx, unread, filter.as_deref(), &page),
        InboxCommand::Show { who, limit } => show(ctx, &who, limit),
        InboxCommand::Reply { who, text } => reply(ctx, &who, &text),
        InboxCommand::Read { who } => read(ctx, &who),
        InboxCommand::Rules(RulesCommand::List) => {
            let rules = ctx.reader()?.rules()?;
            Ok(listed(ctx, &rules))
        }
        InboxCommand::Rules(RulesCommand::Set(args)) => set_rule(ctx, &args),
        InboxCommand::Rules(RulesCommand::Remove { rule }) => {
            let id: RuleId = rule.parse()?;
            ctx.writer()?.remove_rule(id)?;
            Ok(Reply::one(&json!({ "id": id }), id.to_string()))
        }
    }
}

/// Whose conversation is meant.
fn whose(db: &Db, who: &str) -> Result<Option<SubscriberId>, Fault> {
    if who.eq_ignore_ascii_case(NOBODY) {
        return Ok(None);
    }
    // A bare number is a person, as everywhere.
    if who.trim().trim_start_matches('#').starts_with('m')
        && let Ok(id) = who.parse::<InboundId>()
    {
        return Ok(db.whose_line(id)?);
    }
    Ok(Some(db.find_subscriber(who)?))
}

/// What a line says, with what was done about it.
fn told(ctx: &Context, line: &Line) -> String {
    match &line.said {
        Said::Person { kind, amount, done, .. } => {
            let text = ctx.words.came_in(*kind, &line.text, *amount);
            match done {
                Some(done) => ctx.words.with_reason(&text, &ctx.words.did(done)),
                None => text,
            }
        }
        Said::Us { .. } => line.text.clone(),
    }
}

fn list(ctx: &mut Context, unread: bool, filter: Option<&str>, page: &PageArgs) -> Result<Reply, Fault> {
    let people = filter.map(|filter| Filter::parse(filter, Scope::People)).transpose()?;
    let db = ctx.reader()?;
    let after: Option<InboundId> = page.after.as_deref().map(str::parse).transpose()?;
    let limit = page_size(ctx, page);
    let mut rows = db.conversations(&Which { people, unread }, after, limit + 1)?;
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().and_then(newest_id).map(|id| id.to_string())
    } else {
        None
    };
    let h = &ctx.out.tables().head;
    let mut table = Table::new(&[&h.id, &h.name, &h.unread, &h.channel, &h.at, &h.message]);
    for row in &rows {
        let (id, name) = match row.person {
            Some(person) => (person.to_string(), row.name.clone()),
            None => (NOBODY.to_owned(), ctx.words.inbox.nobody.clone()),
        };
        table.row([
            id,
            name,
            number(row.unread),
            row.newest.channel_name.clone(),
            ctx.out.time(row.newest.at),
            told(ctx, &row.newest),
        ]);
    }
    more(ctx, next.as_deref());
    Ok(Reply::list(&rows, Page { next, ..Page::default() }, table, ctx.out.form))
}

fn newest_id(row: &Conversation) -> Option<InboundId> {
    match row.newest.said {
        Said::Person { id, .. } => Some(id),
        Said::Us { .. } => None,
    }
}

fn show(ctx: &mut Context, who: &str, limit: usize) -> Result<Reply, Fault> {
    let db = ctx.reader()?;
    let person = whose(&db, who)?;
    let lines = db.conversation(person, limit.clamp(1, 10_000))?;
    let name = match person {
        Some(person) => db.subscriber(person)?.name,
        None => ctx.words.inbox.nobody.clone(),
    };
    let t = ctx.out.tables();
    let h = &t.head;
    let mut table = Table::new(&[&h.id, &h.at, &h.from, &h.channel, &h.state, &h.message]);
    for line in &lines {
        let (id, from, state) = match &line.said {
            Said::Person { id, kind, .. } => {
                let kind =
                    if *kind == Kind::Text { String::new() } else { ctx.words.inbox.kind.of(*kind).clone() };
                (id.to_string(), name.clone(), kind)
            }
            Said::Us { operator, broadcast, state, class, provider_text } => {
                let by = operator.clone().unwrap_or_else(|| ctx.words.inbox.rule.clone());
                let became = t.delivery.of(*state);
                let became = match class {
                    Some(class) => {
                        let why = &ctx.words.classes.of(Some(*class), provider_text).name;
                        ctx.words.with_reason(became, why)
                    }
                    None => became.clone(),
                };
                (broadcast.to_string(), by, became)
            }
        };
        table.row([id, ctx.out.time(line.at), from, line.channel_name.clone(), state, told(ctx, line)]);
    }
    Ok(Reply::list(&lines, Page { total: Some(lines.len() as i64), ..Page::default() }, table, ctx.out.form))
}

fn reply(ctx: &mut Context, who: &str, text: &str) -> Result<Reply, Fault> {
    let text = if text == "-" { ctx.read_text("-")? } else { text.to_owned() };
    let mut db = ctx.writer()?;
    let Some(person) = whose(&db, who)? else {
        return Err(ctx.usage(&ctx.words.inbox.screen.no_person));
    };
    let by = ctx.operator();
    let id = db.reply(person, text.trim_end_matches('\n'), &by)?;
    if !ctx.sends_itself() {
        sender::ensure(ctx)?;
    }
    Ok(Reply::one(&json!({ "id": id, "subscriber": person }), id.to_string()))
}

fn read(ctx: &mut Context, who: &[String]) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let people = who.iter().map(|who| whose(&db, who)).collect::<Result<Vec<_>, _>>()?;
    let mut count = 0;
    for person in people {
        count += db.mark_conversation_read(person)?;
    }
    Ok(Reply::one(&json!({ "read": count }), number(count)))
}

fn set_rule(ctx: &mut Context, args: &RuleArgs) -> Result<Reply, Fault> {
    let mut db = ctx.maker()?;
    let on = args.channel.as_deref().map(|name| channel::find(ctx, &db, name)).transpose()?;
    let new = NewRule {
        // clap takes no other word.
        does: Does::from_word(&args.does).unwrap_or(Does::Answer),
        channel: on.map(|channel| channel.id),
        pattern: args.pattern.clone(),
        topics: args.topics.clone(),
        tags: args.tags.clone(),
        text: args.text.clone(),
        other: args.other.clone(),
    };
    let id = db.set_rule(&new)?;
    let rule = db.rules()?.into_iter().find(|rule| rule.id == id);
    Ok(Reply::one(&rule, id.to_string()))
}

fn listed(ctx: &Context, rules: &[Rule]) -> Reply {
    let h = &ctx.out.tables().head;
    let w = &ctx.words.inbox;
    let mut table =
        Table::new(&[&h.id, &h.when, &h.pattern, &h.channel, &h.does, &h.topics, &h.tags, &h.message]);
    for rule in rules {
        table.row([
            rule.id.to_string(),
            w.sort.of(rule.sort).clone(),
            rule.pattern.clone(),
            rule.channel_name.clone().unwrap_or_default(),
            w.does.of(rule.does).clone(),
            rule.topics.join(", "),
            rule.tags.join(", "),
            rule.text.clone(),
        ]);
    }
    Reply::list(&rules, Page::default(), table, ctx.out.form)
}
