//! `pushdeck history …`: who got it, who did not, and why; replay and settling stand in `replay`.

use super::args::{By, FailuresArgs, HistoryCommand, PageArgs};
use super::broadcast::more;
use super::context::Context;
use super::output::{Form, Output, Page, Reply, Table};
use super::subscriber::{PAGE_JSON, page_size};
use super::{became, replay};
use crate::domain::delivery::DeliveryState;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::look::format::number;
use crate::problem::Fault;
use crate::store::db::Db;
use crate::store::history::{DeliveryDetail, Grouping};
use crate::store::pick::Pick;

/// Runs one of them.
pub fn run(ctx: &mut Context, command: HistoryCommand) -> Result<Reply, Fault> {
    match command {
        HistoryCommand::List { filter, page } => list(ctx, filter.as_deref().unwrap_or_default(), &page),
        HistoryCommand::Failures(args) => failures(ctx, &args),
        HistoryCommand::Show { id } => {
            let id: DeliveryId = id.parse()?;
            let detail = ctx.reader()?.delivery(id)?;
            Ok(shown(&detail, &ctx.out))
        }
        HistoryCommand::Replay(args) => replay::replay(ctx, &args),
        HistoryCommand::Settle(args) => replay::settle(ctx, &args),
        HistoryCommand::Status { ids } => became::status(ctx, &ids),
    }
}

/// The deliveries that a filter means.
pub fn pick(db: &Db, filter: &str) -> Result<Pick, Fault> {
    Ok(db.pick(&Filter::parse(filter, Scope::Deliveries)?)?)
}

/// The deliveries that ids mean: of deliveries, or of whole broadcasts.
pub fn pick_ids(ctx: &Context, db: &Db, texts: &[String]) -> Result<Pick, Fault> {
    let mut pick = Pick::default();
    for text in texts {
        if let Ok(id) = text.parse::<DeliveryId>() {
            // One that is not there is told before anything is done.
            db.delivery(id)?;
            pick.ids.push(id);
        } else {
            let id: BroadcastId = text.parse()?;
            db.broadcast(id)?;
            pick.broadcasts.push(id);
        }
    }
    if !pick.ids.is_empty() && !pick.broadcasts.is_empty() {
        return Err(ctx.usage(&ctx.words.reasons.id.mixed));
    }
    Ok(pick)
}

fn list(ctx: &mut Context, filter: &str, page: &PageArgs) -> Result<Reply, Fault> {
    let db = ctx.reader()?;
    let pick = pick(&db, filter)?;
    let mut after: Option<DeliveryId> = page.after.as_deref().map(str::parse).transpose()?;
    if ctx.out.form == Form::Jsonl && page.limit.is_none() {
        loop {
            let rows = db.deliveries(&pick, after, PAGE_JSON)?;
            for row in &rows {
                ctx.out.record(row)?;
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE_JSON => after = Some(last.id),
                _ => return Ok(Reply::default()),
            }
        }
    }
    let limit = page_size(ctx, page);
    let mut rows = db.deliveries(&pick, after, limit + 1)?;
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(|row| row.id.to_string())
    } else {
        None
    };
    let total = db.delivery_counts(&pick)?.audience();
    let t = ctx.out.tables();
    let h = &t.head;
    let mut table =
        Table::new(&[&h.id, &h.name, &h.channel, &h.address, &h.state, &h.class, &h.tries, &h.code, &h.said]);
    for row in &rows {
        let why = row
            .class
            .map(|class| t.class.of(class))
            .or(row.skip.map(|skip| t.skip.of(skip)))
            .or(row.is_quiet().then_some(&t.quiet_hours));
        table.row([
            row.id.to_string(),
            row.name.clone(),
            row.channel.clone(),
            row.address_masked.clone(),
            t.delivery.of(row.state).clone(),
            why.cloned().unwrap_or_default(),
            row.attempts.to_string(),
            row.provider_code.clone(),
            ctx.out.said(&row.provider_text),
        ]);
    }
    more(ctx, next.as_deref());
    Ok(Reply::list(&rows, Page { next, total: Some(total), total_exact: true }, table, ctx.out.form))
}

fn failures(ctx: &mut Context, args: &FailuresArgs) -> Result<Reply, Fault> {
    let db = ctx.reader()?;
    let pick = pick(&db, args.filter.as_deref().unwrap_or_default())?;
    let grouping = match args.by {
        By::Class | By::Channel => Grouping::ClassAndChannel,
        By::Broadcast => Grouping::ClassChannelAndBroadcast,
    };
    let mut groups = db.failure_groups(&pick, grouping)?;
    match args.by {
        By::Class => {}
        By::Channel => groups.sort_by(|a, b| a.channel.cmp(&b.channel).then(b.count.cmp(&a.count))),
        By::Broadcast => groups.sort_by(|a, b| b.broadcast.cmp(&a.broadcast).then(b.count.cmp(&a.count))),
    }
    let t = ctx.out.tables();
    let h = &t.head;
    let mut table = Table::new(&[
        &h.count,
        &h.state,
        &h.class,
        &h.channel,
        &h.broadcast,
        &h.last,
        &h.code,
        &h.said,
        &h.todo,
    ]);
    for group in &groups {
        // What cannot be known is never tried again by itself, whatever class it has.
        let words = match group.state {
            DeliveryState::Unknown => &ctx.words.classes.outcome_unknown,
            _ => ctx.words.classes.of(Some(group.class), &group.sample_text),
        };
        table.row([
            number(group.count),
            t.delivery.of(group.state).clone(),
            t.class.of(group.class).clone(),
            group.channel.clone(),
            group.broadcast.map(|id| id.to_string()).unwrap_or_default(),
            group.last_at.map(|at| ctx.out.time(at)).unwrap_or_default(),
            group.sample_code.clone(),
            ctx.out.said(&group.sample_text),
            words.todo.clone(),
        ]);
    }
    let page = Page { next: None, total: Some(groups.len() as i64), total_exact: true };
    Ok(Reply::list(&groups, page, table, ctx.out.form))
}

fn shown(detail: &DeliveryDetail, out: &Output) -> Reply {
    let t = out.tables();
    let (row, l, h) = (&detail.row, &t.label, &t.head);
    let mut table = Table::default();
    table.pair(&l.id, row.id.to_string());
    table.pair(&l.title, &row.title);
    table.pair(&l.subscriber, row.subscriber.map(|id| id.to_string()).unwrap_or_default());
    table.pair(&l.name, &row.name);
    table.pair(&l.channel, &row.channel);
    table.pair(&l.address, &row.address_masked);
    table.pair(&l.state, t.delivery.of(row.state));
    table.pair(&l.left_out, row.skip.map_or("", |skip| t.skip.of(skip)));
    table.pair(&l.class, row.class.map_or("", |class| t.class.of(class)));
    table.pair(&l.not_before, row.not_before.map(|at| out.time(at)).unwrap_or_default());
    table.pair(&l.taken_back, row.taken_back.map(|at| out.time(at)).unwrap_or_default());
    let mut text = table.print(Form::Text);
    let mut attempts = Table::new(&[&h.attempt, &h.at, &h.state, &h.class, &h.code, &h.said, &h.settled_by]);
    for attempt in &detail.history {
        attempts.row([
            attempt.no.to_string(),
            out.time(attempt.at),
            t.delivery.of(attempt.state).clone(),
            attempt.class.map(|class| t.class.of(class).clone()).unwrap_or_default(),
            attempt.provider_code.clone(),
            out.said(&attempt.provider_text),
            attempt.operator.clone().unwrap_or_default(),
        ]);
    }
    let attempts = attempts.print(Form::Text);
    if !attempts.is_empty() {
        text.extend(["\n", &attempts]);
    }
    Reply::one(detail, text)
}
