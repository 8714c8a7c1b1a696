//! `pushdeck broadcast …`: what is going out and what went out, and what a person decides about it.

use serde::Serialize;

use super::args::{BroadcastCommand, Which};
use super::context::Context;
use super::follow::{Followed, Verdict, follow};
use super::output::{Output, Page, Reply, Table};
use super::{became, curl, report, sender};
use crate::domain::broadcast::{BroadcastState, PauseReason, Phase};
use crate::domain::delivery::{DeliveryState, SkipReason};
use crate::domain::filter::words::Worded as _;
use crate::domain::id::BroadcastId;
use crate::domain::message::Message;
use crate::domain::nearest::nearest;
use crate::domain::time::Millis;
use crate::look::format::{files, number};
use crate::problem::{Exit, Fault, Problem};
use crate::store::broadcasts::{BroadcastDetail, BroadcastRow, LaneRow};
use crate::store::db::Db;

/// Rows of a list unless asked otherwise.
const PAGE: usize = 100;

/// A row of `broadcast list --json`.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    row: &'a BroadcastRow,
    audience: i64,
    to_send: i64,
}

impl<'a> Listed<'a> {
    fn new(row: &'a BroadcastRow) -> Self {
        Self { row, audience: row.counts.audience(), to_send: row.counts.to_send() }
    }
}

/// `data` of `broadcast show --json`: what a script needs to check the books.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    #[serde(flatten)]
    listed: Listed<'a>,
    message: &'a Message,
    channels: &'a [crate::domain::id::ChannelId],
    all_channels: bool,
    vars: &'a std::collections::BTreeMap<String, String>,
    released_by: &'a str,
    plan_hash: Option<&'a str>,
    taken_back: i64,
    stage: Option<i64>,
    fallback: bool,
    replaces: Option<BroadcastId>,
    replaced_by: Option<BroadcastId>,
    halted: bool,
    lanes: Vec<Lane<'a>>,
}

#[derive(Debug, Serialize)]
struct Lane<'a> {
    #[serde(flatten)]
    lane: &'a LaneRow,
    audience: i64,
}

impl<'a> Shown<'a> {
    /// Everything about one.
    pub fn new(detail: &'a BroadcastDetail) -> Self {
        let lane = |lane: &'a LaneRow| Lane { lane, audience: lane.counts.audience() };
        Self {
            listed: Listed::new(&detail.row),
            message: &detail.draft.message,
            channels: &detail.draft.channels,
            all_channels: detail.draft.all_channels,
            vars: &detail.draft.vars,
            released_by: &detail.released_by,
            plan_hash: detail.plan_hash.as_deref(),
            taken_back: detail.taken_back,
            stage: detail.draft.stage,
            fallback: detail.draft.fallback,
            replaces: detail.draft.replaces,
            replaced_by: detail.replaced_by,
            halted: detail.halted,
            lanes: detail.lanes.iter().map(lane).collect(),
        }
    }
}

/// Runs one of them.
pub fn run(ctx: &mut Context, command: BroadcastCommand) -> Result<Reply, Fault> {
    match command {
        BroadcastCommand::List { states, page } => {
            let states = read_states(ctx, &states)?;
            let after = page.after.as_deref().map(read_id).transpose()?;
            let limit = page.limit.unwrap_or(PAGE).max(1);
            list(ctx, &states, after, limit)
        }
        BroadcastCommand::Show { id } => {
            let id = read_id(&id)?;
            let detail = ctx.reader()?.broadcast(id)?;
            Ok(shown(&detail, &ctx.out))
        }
        BroadcastCommand::Report { id, format, output } => {
            let id = read_id(&id)?;
            report::run(ctx, id, format, output.as_deref())
        }
        BroadcastCommand::Watch { id } => {
            let id = read_id(&id)?;
            let db = ctx.writer()?;
            wait(ctx, &db, id)
        }
        BroadcastCommand::Pause { which: Which { id: Some(id), .. }, .. } => {
            change(ctx, &id, |db, id, ctx| Ok(db.pause(id, PauseReason::Operator, &ctx.operator())?))
        }
        BroadcastCommand::Pause { reason, .. } => halt(ctx, &reason),
        BroadcastCommand::Resume(Which { id: Some(id), .. }) => resume(ctx, &id),
        BroadcastCommand::Resume(_) => unhalt(ctx),
        BroadcastCommand::Stop { id } => stop(ctx, &id),
        BroadcastCommand::TakeBack(args) => became::take_back(ctx, &args),
        BroadcastCommand::Curl(args) => curl::run(ctx, &args),
        BroadcastCommand::Recall { id } => change(ctx, &id, |db, id, _| Ok(db.recall(id)?)),
    }
}

/// Reads the id of a broadcast.
fn read_id(text: &str) -> Result<BroadcastId, Fault> {
    Ok(text.parse::<BroadcastId>()?)
}

fn read_states(ctx: &Context, words: &[String]) -> Result<Vec<BroadcastState>, Fault> {
    let all = BroadcastState::ALL.map(BroadcastState::word);
    words
        .iter()
        .flat_map(|list| list.split(','))
        .map(|word| {
            BroadcastState::typed(word).ok_or_else(|| {
                let summary = ctx
                    .words
                    .errors
                    .filter_bad_value
                    .fill(&[("field", "--state".into()), ("value", word.into())]);
                let near = nearest(word, all).map_or_else(|| all.join(", "), str::to_owned);
                let hint = ctx.words.errors.did_you_mean.fill(&[("name", (&near).into())]);
                Problem::new("usage", Exit::Usage, summary).hint(hint).into()
            })
        })
        .collect()
}

fn list(
    ctx: &mut Context,
    states: &[BroadcastState],
    after: Option<BroadcastId>,
    limit: usize,
) -> Result<Reply, Fault> {
    let db = ctx.reader()?;
    let halted = db.halted()?.is_some();
    let mut rows = db.broadcasts(after, states, limit + 1)?;
    let next = (rows.len() > limit).then(|| {
        rows.truncate(limit);
        rows.last().map(|row| row.id.to_string())
    });
    let next = next.flatten();
    let t = ctx.out.tables();
    let h = &t.head;
    let mut table =
        Table::new(&[&h.id, &h.state, &h.to_send, &h.accepted, &h.failed, &h.unknown, &h.created, &h.title]);
    for row in &rows {
        let n = |state| number(row.counts.of(state));
        table.row([
            row.id.to_string(),
            state_of(row, halted, &ctx.out).to_owned(),
            number(row.counts.to_send()),
            number(row.counts.delivered()),
            n(DeliveryState::Rejected),
            n(DeliveryState::Unknown),
            ctx.out.time(row.created_at),
            row.title.clone(),
        ]);
    }
    more(ctx, next.as_deref());
    let items: Vec<Listed<'_>> = rows.iter().map(Listed::new).collect();
    Ok(Reply::list(&items, Page { next, ..Page::default() }, table, ctx.out.form))
}

/// What it is doing. For a person: that everything is held back, and that what was cancelled on its way was stopped.
fn state_of<'a>(row: &BroadcastRow, halted: bool, out: &'a Output) -> &'a str {
    let states = &out.words.states;
    match row.state {
        _ if out.form == super::output::Form::Plain => out.tables().broadcast.of(row.state),
        BroadcastState::Sending if halted => states.pause_short.of(PauseReason::Halted),
        BroadcastState::Cancelled if row.counts.has_gone_out() => &states.stopped,
        state => out.tables().broadcast.of(state),
    }
}

/// Says where the next page goes on.
pub fn more(ctx: &mut Context, next: Option<&str>) {
    if let (Some(cursor), super::output::Form::Text) = (next, ctx.out.form) {
        let text = ctx.words.cli.more.fill(&[("cursor", cursor.into())]);
        ctx.out.say(&text);
    }
}

/// A broadcast with its books.
pub fn shown(detail: &BroadcastDetail, out: &Output) -> Reply {
    let t = out.tables();
    let time = |at: Millis| out.time(at);
    let (row, l, h) = (&detail.row, &t.label, &t.head);
    let mut table = Table::default();
    table.pair(&l.id, row.id.to_string());
    table.pair(&l.state, state_of(row, detail.halted, out));
    if let Some(reason) = row.pause_reason {
        table.pair(&l.reason, format!("{} {}", t.pause.of(reason), out.pause_detail(&row.pause_detail)));
    }
    table.pair(&l.title, &row.title);
    table.pair(&l.to, &row.audience_filter);
    table.pair(&l.format, detail.draft.message.format.word());
    table.pair(&l.files, files(&detail.draft.message.files));
    table.pair(&l.created, time(row.created_at));
    table.pair(&l.released, row.released_at.map(time).unwrap_or_default());
    table.pair(&l.leaves_at, row.at.map(time).unwrap_or_default());
    table.pair(&l.stage, detail.draft.stage.map(number).unwrap_or_default());
    table.pair(&l.replaces, detail.draft.replaces.map(|id| id.to_string()).unwrap_or_default());
    table.pair(&l.replaced_by, detail.replaced_by.map(|id| id.to_string()).unwrap_or_default());
    table.pair(&l.held_until, row.hold_until.map(time).unwrap_or_default());
    table.pair(&l.ended, row.ended_at.map(time).unwrap_or_default());
    table.pair(&l.released_by, &detail.released_by);
    table.pair(&l.plan, detail.plan_hash.as_deref().unwrap_or_default());
    table.pair(&l.audience, number(row.counts.audience()));
    table.pair(&l.to_send, number(row.counts.to_send()));
    for state in DeliveryState::ALL {
        if row.counts.of(state) != 0 {
            table.pair(t.delivery.of(state), number(row.counts.of(state)));
        }
    }
    if detail.taken_back > 0 {
        table.pair(&l.taken_back, number(detail.taken_back));
    }
    let mut text = table.print(super::output::Form::Text);
    let mut lanes = Table::new(&[
        &h.channel,
        &h.kind,
        &h.to_send,
        &h.accepted,
        &h.failed,
        &h.unknown,
        &h.open,
        &h.paused,
    ]);
    for lane in detail.lanes.iter().filter(|lane| lane.channel.is_some() && lane.counts.to_send() > 0) {
        lanes.row([
            lane.channel_name.clone(),
            lane.kind.clone(),
            number(lane.counts.to_send()),
            number(lane.counts.delivered()),
            number(lane.counts.of(DeliveryState::Rejected)),
            number(lane.counts.of(DeliveryState::Unknown)),
            number(lane.counts.open()),
            match lane.channel_paused {
                Some(why) => format!("{} {}", t.pause.of(why), out.pause_detail(&lane.pause_detail)),
                None if lane.rest.is_some() && lane.counts.open() > 0 => {
                    super::channel::rests(lane.rest, out)
                }
                None => {
                    lane.expired_at.map(|_| t.skip.of(SkipReason::Expired).to_owned()).unwrap_or_default()
                }
            },
        ]);
    }
    let lanes = lanes.print(super::output::Form::Text);
    if !lanes.is_empty() {
        text.extend(["\n", &lanes]);
    }
    Reply::one(&Shown::new(detail), text)
}

fn change(
    ctx: &mut Context,
    id: &str,
    act: impl FnOnce(&mut Db, BroadcastId, &Context) -> Result<(), Fault>,
) -> Result<Reply, Fault> {
    let id = read_id(id)?;
    let mut db = ctx.writer()?;
    act(&mut db, id, ctx)?;
    brief(ctx, &db, id)
}

/// Id and state in a line, everything in the document.
fn brief(ctx: &Context, db: &Db, id: BroadcastId) -> Result<Reply, Fault> {
    Ok(in_a_line(ctx, &db.broadcast(id)?))
}

fn in_a_line(ctx: &Context, detail: &BroadcastDetail) -> Reply {
    let t = ctx.out.tables();
    let mut reply = shown(detail, &ctx.out);
    reply.text = format!("{} {}\n", detail.row.id, t.broadcast.of(detail.row.state));
    reply
}

/// Everything stands still: before any question is asked, because it is the button for emergencies.
fn halt(ctx: &mut Context, reason: &str) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let in_flight = db.halt(reason)?;
    let text = ctx.words.cli.halted.fill(&[("count", in_flight.into())]);
    ctx.out.say(&text);
    let halted = db.halted()?;
    Ok(Reply::one(&serde_json::json!({ "halted": halted, "in_flight": in_flight }), String::new()))
}

fn unhalt(ctx: &mut Context) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let words = &ctx.words.cli;
    let text = if db.unhalt()? { &words.unhalted } else { &words.not_halted };
    ctx.out.say(text);
    if db.has_work()? && !ctx.sends_itself() {
        sender::ensure(ctx)?;
    }
    Ok(Reply::one(&serde_json::json!({ "halted": db.halted()? }), String::new()))
}

fn resume(ctx: &mut Context, id: &str) -> Result<Reply, Fault> {
    let id = read_id(id)?;
    let mut db = ctx.writer()?;
    db.resume(id)?;
    let detail = db.broadcast(id)?;
    for lane in detail.lanes.iter().filter(|lane| lane.counts.open() > 0) {
        if let Some(reason) = lane.channel_paused {
            let why = ctx.words.states.pause.of(reason);
            let values = [("channel", (&lane.channel_name).into()), ("why", why.into())];
            let text = ctx.words.cli.channel_paused.fill(&values);
            ctx.out.warn(&text);
        }
    }
    if ctx.sends_itself() {
        return wait(ctx, &db, id);
    }
    sender::ensure(ctx)?;
    brief(ctx, &db, id)
}

fn stop(ctx: &mut Context, id: &str) -> Result<Reply, Fault> {
    let id = read_id(id)?;
    let mut db = ctx.writer()?;
    // Asked before anything is changed, and only about one that is there.
    let name = db.broadcast(id)?.row.id.to_string();
    let question = ctx.words.cli.ask_stop.fill(&[("id", (&name).into())]);
    ctx.confirm(&question)?;
    let cancelled = db.stop(id)?;
    let text = ctx.words.cli.cancelled.fill(&[("count", cancelled.into())]);
    ctx.out.say(&text);
    brief(ctx, &db, id)
}

/// Follows one broadcast and ends as it did.
pub fn wait(ctx: &mut Context, db: &Db, id: BroadcastId) -> Result<Reply, Fault> {
    let followed = sender::runtime()?.block_on(follow(ctx, db, &[id]))?;
    match followed {
        Followed::Interrupted => {
            let text = id.to_string();
            let e = &ctx.words.errors;
            // A sender inside this command ends with it.
            let phase = db.broadcast(id)?.row.phase;
            let problem = if ctx.sends_itself() || phase != Phase::Sending {
                Problem::new("interrupted", Exit::Interrupted, &e.interrupted)
                    .hint(e.resume_hint.fill(&[("id", (&text).into())]))
            } else {
                let summary = e.interrupted_sending.fill(&[("id", (&text).into())]);
                Problem::new("interrupted", Exit::Interrupted, summary)
            };
            Ok(brief(ctx, db, id)?.but(Some(problem)))
        }
        Followed::Ended(mut all) => {
            let (detail, verdict) = all.pop().ok_or(crate::store::error::StoreError::Closed)?;
            concluded(ctx, db, &detail, &verdict)
        }
    }
}

/// A broadcast that came to something.
fn concluded(
    ctx: &mut Context,
    db: &Db,
    detail: &BroadcastDetail,
    verdict: &Verdict,
) -> Result<Reply, Fault> {
    let counts = &detail.row.counts;
    let id = detail.row.id.to_string();
    let line = ctx.words.cli.ended.fill(&[
        ("id", (&id).into()),
        ("accepted", counts.delivered().into()),
        ("failed", counts.of(DeliveryState::Rejected).into()),
        ("unknown", counts.of(DeliveryState::Unknown).into()),
    ]);
    ctx.out.say(&line);
    let problem = verdict.problem(db, detail.row.id, counts, ctx.words)?;
    Ok(in_a_line(ctx, detail).but(problem))
}
