//! `send --dry-run`: who would get what, in how many calls, and one call as it would go out.
//!
//! The call is built by the code that delivers. Credentials are masked stand-ins and the address is the
//! kind's example, because only sender code opens those.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::args::GateArgs;
use super::audience::Review;
use super::context::Context;
use super::output::{Reply, Table};
use super::{findings, people};
use crate::channels::check::Level;
use crate::channels::load::Load;
use crate::delivery::outgoing::{Line, Outgoing};
use crate::domain::broadcast::{BroadcastState, Phase, Purpose};
use crate::domain::channel::ChannelState;
use crate::domain::delivery::{Counts, SkipReason};
use crate::domain::file::{Enclosure, FileRef};
use crate::domain::filter::{Term, Test};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::plan::PlanHash;
use crate::domain::secret::Secret;
use crate::domain::subscriber::SubscriberState;
use crate::look::format::{self, number};
use crate::look::strings::Strings;
use crate::look::strings::tables::Tables;
use crate::problem::Fault;
use crate::store::broadcasts::{BroadcastDetail, BroadcastRow, Draft};
use crate::store::channels::{Channel, Open};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::ledger::claim::{Claimed, Destination};
use crate::store::plan::Expected;

#[derive(Debug, Serialize)]
struct Planned<'a> {
    dry_run: bool,
    audience_filter: &'a str,
    /// All deliveries, the skipped too.
    audience: i64,
    people: i64,
    to_send: i64,
    confirmed: bool,
    channels: Vec<ChannelPlan>,
    skipped: BTreeMap<&'static str, i64>,
    remote_topics: usize,
    plan_hash: PlanHash,
    /// What goes with it, where a channel carries files.
    #[serde(skip_serializing_if = "<[FileRef]>::is_empty")]
    files: &'a [FileRef],
    /// How many go first; the rest waits for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<i64>,
    /// The broadcast in whose place it would stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<BroadcastId>,
    sample: Option<Sample>,
}

#[derive(Debug, Serialize)]
struct ChannelPlan {
    id: ChannelId,
    channel: String,
    kind: String,
    to_send: i64,
    calls: i64,
    /// How long they take at the channel's rate; none without one.
    seconds: Option<i64>,
    state: ChannelState,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    level: &'static str,
    #[serde(skip)]
    found: Level,
    message: String,
}

#[derive(Debug, Serialize)]
struct Sample {
    channel: String,
    request: String,
}

/// Says what a send would do.
pub fn run(
    ctx: &mut Context,
    db: &Db,
    review: &Review,
    draft: &Draft,
    gate: &GateArgs,
    expected: Option<&Expected>,
) -> Result<Reply, Fault> {
    ctx.out.say(&ctx.words.cli.dry_run.clone());
    let plans: Vec<ChannelPlan> = review.channels.iter().map(|channel| plan(ctx, review, channel)).collect();
    let skipped: BTreeMap<&'static str, i64> = SkipReason::ALL
        .iter()
        .filter_map(|reason| review.breakdown.skipped.get(reason).map(|n| (reason.word(), *n)))
        .collect();
    let confirmed = people::pass(
        ctx,
        gate,
        review.to_send(),
        !review.filter.is_everything(),
        people::About::Sending(review.breakdown.people_of_several()),
    )
    .is_ok();
    let sample = sample(db, review, draft)?;
    let whole = db.preview_plan(draft)?;
    let planned = Planned {
        dry_run: true,
        audience_filter: &draft.audience,
        audience: review.to_send() + skipped.values().sum::<i64>(),
        people: review.breakdown.people,
        to_send: review.to_send(),
        files: &draft.message.files,
        confirmed,
        channels: plans,
        skipped,
        remote_topics: review.remotes.len(),
        plan_hash: whole.hash.clone(),
        stage: draft.stage,
        replaces: draft.replaces,
        sample,
    };
    // What would stop the send is said as it would be said then; the document is complete all the same.
    let problem = super::audience::check_message(ctx, db, review, draft)
        .and_then(|()| expected.map_or(Ok(()), |expected| super::plan::refuse(ctx, db, expected, &whole)))
        .err()
        .map(|fault| fault.problem(ctx.words));
    Ok(Reply::one(&planned, text(&planned, ctx.words, ctx.out.tables())).but(problem))
}

fn plan(ctx: &Context, review: &Review, channel: &Channel) -> ChannelPlan {
    let account = channel.account();
    let (people, remotes) = review.over(channel.id);
    let load = Load::of(&account, people, remotes, review.prepared.is_personal());
    let found = review.findings.iter().find(|(id, _)| *id == channel.id).map(|(_, found)| found.as_slice());
    let check = |finding: &crate::channels::check::Finding| Check {
        level: match finding.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Error => "error",
        },
        found: finding.level,
        message: findings::say(ctx.words, &account, &finding.what),
    };
    ChannelPlan {
        id: channel.id,
        channel: channel.name.clone(),
        kind: channel.kind.clone(),
        to_send: people + remotes,
        calls: load.calls,
        seconds: load.ms.map(|ms| ms / 1_000),
        state: channel.state,
        checks: found.unwrap_or_default().iter().map(check).collect(),
    }
}

/// The call to the first person of the first channel that carries anything.
fn sample(db: &Db, review: &Review, draft: &Draft) -> Result<Option<Sample>, Fault> {
    let Some(channel) = review.channels.iter().find(|channel| review.over(channel.id).0 > 0) else {
        return Ok(None);
    };
    let mut account = db.account(channel.id, Open::Nothing)?;
    account.secrets =
        channel.secrets.iter().map(|one| (one.field.clone(), Secret::new(one.masked.as_str()))).collect();
    let line = Line::new(account)?;
    let example = line.kind.spec().address.example;
    let mut reached = review.filter.clone();
    for test in [Test::Channel(vec![channel.name.clone()]), Test::PersonState(vec![SubscriberState::Active])]
    {
        reached.terms.push(Term { negated: false, test });
    }
    let person = db.people(&reached, None, 1)?.into_iter().next();
    let (name, vars) = match person {
        Some(row) => (row.name, db.subscriber(row.id)?.vars),
        None => (String::new(), BTreeMap::new()),
    };
    let claimed = Claimed {
        seq: 1,
        tries: 0,
        doubt: None,
        attempts: 0,
        to: Ok(Destination::Address(Secret::new(example))),
        name,
        vars,
    };
    // In place of the files, which would fill the screen, their names stand in them.
    let takes = line.kind.takes_files();
    let files: Arc<[Enclosure]> =
        draft.message.files.iter().filter(|_| takes).map(Enclosure::stand_in).collect();
    let outgoing = Outgoing::new(line, &detail(db, draft)?, &db.delivery_keys()?, files)?;
    let request = match outgoing.build(&[claimed]) {
        Ok(built) => built.call.to_string(),
        Err(outcome) => outcome.text,
    };
    Ok(Some(Sample { channel: channel.name.clone(), request }))
}

/// The draft as the broadcast that it would become.
fn detail(db: &Db, draft: &Draft) -> Result<BroadcastDetail, StoreError> {
    let now = db.now();
    let row = BroadcastRow {
        id: BroadcastId(0),
        purpose: Purpose::Broadcast,
        phase: Phase::Draft,
        state: BroadcastState::Draft,
        title: draft.message.title.clone(),
        audience_filter: draft.audience.clone(),
        counts: Counts::default(),
        created_at: now,
        updated_at: now,
        released_at: Some(now),
        hold_until: None,
        keeper: None,
        at: None,
        started_at: None,
        ended_at: None,
        pause_reason: None,
        pause_detail: String::new(),
        version: 1,
        taken_back: 0,
    };
    Ok(BroadcastDetail {
        halted: false,
        row,
        draft: draft.clone(),
        lanes: Vec::new(),
        released_by: String::new(),
        plan_hash: None,
        taken_back: 0,
        in_place_of: db.in_place_of(draft.replaces)?,
        replaced_by: None,
    })
}

fn text(planned: &Planned<'_>, words: &Strings, t: &'static Tables) -> String {
    let (l, h) = (&t.label, &t.head);
    let mut table = Table::default();
    table.pair(&l.to, planned.audience_filter);
    table.pair(&l.people, number(planned.people));
    table.pair(&l.to_send, number(planned.to_send));
    table.pair(&l.files, format::files(planned.files));
    table.pair(&l.stage, planned.stage.map(number).unwrap_or_default());
    table.pair(&l.replaces, planned.replaces.map(|id| id.to_string()).unwrap_or_default());
    for reason in SkipReason::ALL {
        if let Some(n) = planned.skipped.get(reason.word()) {
            table.pair(&t.skipped.fill(&[("reason", t.skip.of(reason).into())]), number(*n));
        }
    }
    table.pair(&l.plan, planned.plan_hash.as_str());
    let mut text = table.print(super::output::Form::Text);
    if planned.to_send == 0 {
        text.extend(["\n", &words.errors.nobody, "\n"]);
    }
    let mut channels = Table::new(&[&h.channel, &h.kind, &h.to_send, &h.calls, &h.time, &h.state]);
    for plan in &planned.channels {
        channels.row([
            plan.channel.clone(),
            plan.kind.clone(),
            number(plan.to_send),
            number(plan.calls),
            plan.seconds.map_or_else(String::new, |s| format::duration(s * 1_000, &words.common)),
            t.channel.of(plan.state).clone(),
        ]);
    }
    text.extend(["\n", &channels.print(super::output::Form::Text)]);
    let mut checks = Table::default();
    for check in planned.channels.iter().flat_map(|plan| &plan.checks) {
        let level = match check.found {
            Level::Ok => &t.level.ok,
            Level::Warning => &t.level.warning,
            Level::Error => &t.level.error,
        };
        checks.row([level, &check.message]);
    }
    let checks = checks.print(super::output::Form::Text);
    if !checks.is_empty() {
        text.extend(["\n", &checks]);
    }
    if let Some(sample) = &planned.sample {
        let request = words.own_text(&sample.request);
        let request = request.as_deref().unwrap_or(&sample.request);
        let request = crate::domain::safe_text::scrub(request, crate::domain::safe_text::Cap::Detail);
        text.extend(["\n", &format!("{}:\n", sample.channel), &request, "\n"]);
    }
    text
}
