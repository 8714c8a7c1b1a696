//! `pushdeck schedule …` and `send --cron`: what goes out again and again.

use jiff::tz::TimeZone;

use super::args::ScheduleCommand;
use super::context::Context;
use super::output::{Form, Output, Page, Reply, Table};
use super::sender;
use crate::domain::broadcast::Purpose;
use crate::domain::channel::ChannelState;
use crate::domain::id::RecurringId;
use crate::look::format::number;
use crate::problem::Fault;
use crate::store::broadcasts::Draft;
use crate::store::db::Db;
use crate::store::recurring::{self, Recurring};

/// Runs one of them.
pub fn run(ctx: &mut Context, command: ScheduleCommand) -> Result<Reply, Fault> {
    match command {
        ScheduleCommand::List => {
            let all = ctx.reader()?.all_recurring()?;
            Ok(Reply::list(&all, Page::default(), table(&all, &ctx.out), ctx.out.form))
        }
        ScheduleCommand::Pause { id } => {
            let by = ctx.operator();
            change(ctx, &id, |db, id| Ok(db.pause_recurring(id, &by)?))
        }
        ScheduleCommand::Resume { id } => {
            let reply = change(ctx, &id, |db, id| Ok(db.resume_recurring(id)?))?;
            sender::ensure(ctx)?;
            Ok(reply)
        }
        ScheduleCommand::Remove { id } => {
            let id = read_id(&id)?;
            ctx.writer()?.remove_recurring(id)?;
            Ok(Reply::one(&serde_json::json!({ "id": id }), format!("{id}\n")))
        }
    }
}

/// `send --cron`: the draft stays, and goes out whenever its moment comes.
pub fn add(ctx: &mut Context, db: &mut Db, draft: &Draft, cron: &str, most: i64) -> Result<Reply, Fault> {
    let zone = TimeZone::system();
    let zone = zone.iana_name().unwrap_or("UTC");
    // Read before anything is written.
    let (_, cron) = recurring::parse(cron, zone)?;
    let by = ctx.operator();
    let draft = Draft { cron: cron.clone(), ..draft.clone() };
    let id = db.add_draft(&draft, Purpose::Broadcast, &by)?;
    let made = match db.add_recurring(id, &cron, zone, most) {
        Ok(made) => made,
        Err(error) => {
            // The first error is the one to tell; a draft that stays is harmless.
            drop(db.remove_draft(id));
            return Err(error.into());
        }
    };
    sender::ensure(ctx)?;
    let text = ctx.words.cli.recurs.fill(&[("time", (&ctx.out.time(made.next_at)).into())]);
    ctx.out.say(&text);
    Ok(Reply::one(&made, format!("{}\n", made.id)))
}

fn change(
    ctx: &mut Context,
    id: &str,
    act: impl FnOnce(&mut Db, RecurringId) -> Result<(), Fault>,
) -> Result<Reply, Fault> {
    let id = read_id(id)?;
    let mut db = ctx.writer()?;
    act(&mut db, id)?;
    let shown = db.recurring(id)?;
    Ok(Reply::one(&shown, table(std::slice::from_ref(&shown), &ctx.out).print(Form::Text)))
}

fn read_id(text: &str) -> Result<RecurringId, Fault> {
    Ok(text.parse::<RecurringId>()?)
}

fn table(all: &[Recurring], out: &Output) -> Table {
    let t = out.tables();
    let h = &t.head;
    let mut table =
        Table::new(&[&h.id, &h.next, &h.cron, &h.at_most, &h.draft, &h.title, &h.paused_by, &h.state]);
    for one in all {
        table.row([
            one.id.to_string(),
            out.time(one.next_at),
            one.cron.clone(),
            number(one.max_audience),
            one.draft.to_string(),
            one.title.clone(),
            one.paused.clone().unwrap_or_default(),
            t.channel
                .of(if one.paused.is_some() { ChannelState::Paused } else { ChannelState::Active })
                .clone(),
        ]);
    }
    table
}
