//! What became of accepted deliveries, and taking them back: `history status` and `broadcast take-back`.

use serde_json::{Value, json};

use super::args::TakeBackArgs;
use super::context::Context;
use super::output::{Page, Reply, Table};
use super::{desk, history, people};
use crate::channels::catalog;
use crate::channels::desk::Desk;
use crate::channels::kind::Kind;
use crate::domain::id::{BroadcastId, ChannelId};
use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::problem::{Exit, Fault, Problem};
use crate::sender::counter::Became;
use crate::store::db::Db;
use crate::store::take_back::StillThere;

/// So many are asked about at once: each is a call, a second apart.
const MOST: usize = 200;

/// Asks providers what became of deliveries. Stores nothing.
pub fn status(ctx: &mut Context, ids: &[String]) -> Result<Reply, Fault> {
    let db = ctx.reader()?;
    let pick = history::pick_ids(ctx, &db, ids)?;
    let count = db.delivery_counts(&pick)?.delivered();
    if count > MOST as i64 {
        let named = [("count", count.into()), ("most", MOST.into())];
        return Err(Problem::new("too_many", Exit::Usage, ctx.words.desk.too_many.fill(&named)).into());
    }
    let (receipts, _) = db.receipts(&pick, None, MOST)?;
    if receipts.is_empty() {
        return Err(Problem::new("not_found", Exit::NotFound, &ctx.words.desk.nothing_accepted).into());
    }
    let (runtime, counter) = desk::counter(ctx)?;
    let answers = runtime.block_on(counter.became(&receipts, db.now()));
    let h = &ctx.out.tables().head;
    let mut table = Table::new(&[&h.id, &h.name, &h.channel, &h.state, &h.detail]);
    let mut items = Vec::new();
    for (receipt, (id, became)) in receipts.iter().zip(answers) {
        let (word, text) = told(ctx, became)?;
        items.push(json!({
            "id": id, "name": receipt.name, "channel": receipt.channel_name, "status": word.0, "text": text,
            "receipt": receipt.text,
        }));
        table.row([id.to_string(), receipt.name.clone(), receipt.channel_name.clone(), word.1, text]);
    }
    Ok(Reply::list(&items, Page::default(), table, ctx.out.form))
}

type Word = (&'static str, String);

fn told(
    ctx: &Context,
    became: Result<Became, crate::sender::counter::ErrandError>,
) -> Result<(Word, String), Fault> {
    let w = &ctx.words.desk;
    Ok(match became {
        Ok(Became::Told(told)) => match told.delivered {
            Some(true) => (("handed_on", w.handed_on.clone()), told.text),
            Some(false) => (("failed", w.failed_there.clone()), told.text),
            None => (("open", w.open.clone()), told.text),
        },
        Ok(Became::NoQuestion) => (("no_question", w.no_question.clone()), String::new()),
        Ok(Became::TooOld) => (("too_old", w.too_old.clone()), String::new()),
        Err(error @ crate::sender::counter::ErrandError::Said(_)) => {
            let problem = Fault::from(error).problem(ctx.words);
            (("refused", w.no_answer.clone()), problem.summary)
        }
        Err(error) => return Err(error.into()),
    })
}

/// Takes back what can be taken back of a broadcast.
pub fn take_back(ctx: &mut Context, args: &TakeBackArgs) -> Result<Reply, Fault> {
    let db = ctx.writer()?;
    let id: BroadcastId = args.id.parse()?;
    let gone_before = db.broadcast(id)?.taken_back;
    // What is gone there is not asked for again.
    let there = db.still_there(id)?;
    let count = there.count();
    let replaced = replaced(ctx, &db, &there)?;
    if count == 0 {
        let w = &ctx.words.desk;
        let why = match &replaced {
            Some(replaced) => replaced,
            None if gone_before > 0 => &w.all_taken_back,
            None if there.stuck > 0 => &w.none_takes_back,
            None => &w.nothing_accepted,
        };
        return Err(Problem::new("not_found", Exit::NotFound, why).into());
    }
    if let Some(text) = &replaced {
        ctx.out.warn(text);
    }
    people::pass(ctx, &args.gate, count, true, people::About::Deliveries)?;
    if people::gate(&args.gate).is_none() {
        let question = ctx.words.desk.ask_take_back.count(count);
        ctx.confirm(&question)?;
    }
    let (runtime, counter) = desk::counter(ctx)?;
    let (mut taking, _) = runtime.block_on(counter.begin_take_back(id))?;
    let (mut taken, mut unknown, mut cannot, mut untried, mut failed) = (0, 0, there.stuck, 0, Vec::new());
    while !taking.is_over() {
        let step = runtime.block_on(counter.take_back(&mut taking))?;
        taken += step.taken;
        unknown += step.unknown;
        cannot += step.cannot;
        untried += step.untried;
        for (ids, error) in step.failed {
            let problem = Fault::from(error).problem(ctx.words);
            failed.push((ids, problem));
        }
        let named = [("done", (count - taking.left()).into()), ("count", count.into())];
        ctx.out.counted(&ctx.words.desk.reading_of.fill(&named), count - taking.left(), count);
    }
    let w = &ctx.words.desk;
    let mut lines = vec![w.taken_back.count(taken)];
    if unknown > 0 {
        lines.push(w.unknown_asked.count(unknown));
    }
    // Where nothing is gone the problem says so.
    if cannot > 0 && taken + unknown > 0 {
        lines.push(w.cannot_take_back.count(cannot));
    }
    if taken > 0 {
        let mut channels: Vec<ChannelId> = there.stretches.iter().map(|stretch| stretch.channel).collect();
        channels.dedup();
        lines.extend(stays(&db, channels, ctx.words)?);
    }
    let problems: Vec<Value> = failed
        .iter()
        .flat_map(|(ids, problem)| ids.iter().map(move |id| json!({ "id": id, "message": problem.summary })))
        .collect();
    let missed = problems.len() as i64 + untried;
    let nothing = (taken + unknown == 0)
        .then(|| Problem::new("partial", Exit::Partial, w.cannot_take_back.count(cannot)));
    let problem = failed.into_iter().next().map(|(_, problem)| {
        let summary =
            w.take_back_failed.fill(&[("count", missed.into()), ("why", (&problem.summary).into())]);
        Problem { summary, ..problem }
    });
    let problem = problem.or(nothing);
    let data = json!({
        "id": id, "taken_back": taken, "unknown_asked": unknown, "cannot": cannot, "failed": problems, "untried": untried,
    });
    Ok(Reply::one(&data, lines.join("\n")).but(problem))
}

/// What is not this broadcast's any more.
fn replaced(ctx: &Context, db: &Db, there: &StillThere) -> Result<Option<String>, Fault> {
    let Some((by, channels)) = &there.replaced else { return Ok(None) };
    let mut names = Vec::with_capacity(channels.len());
    for channel in channels {
        names.push(db.channel(*channel)?.name);
    }
    names.dedup();
    let (names, by) = (ctx.words.list(names), by.to_string());
    let named = [("id", (&by).into()), ("channels", (&names).into())];
    Ok(Some(ctx.words.desk.was_replaced.fill(&named)))
}

/// What each kind cannot take back.
fn stays(db: &Db, channels: Vec<ChannelId>, words: &Strings) -> Result<Vec<String>, Fault> {
    let mut lines = Vec::new();
    for channel in channels {
        let channel = db.channel(channel)?;
        let Some(said) = catalog::kind(&channel.kind).and_then(Kind::desk).and_then(Desk::stays) else {
            continue;
        };
        let said = match words.lang {
            Lang::En => said.en,
            Lang::Zh => said.zh,
        };
        lines.push(words.with_reason(&channel.name, said));
    }
    Ok(lines)
}
