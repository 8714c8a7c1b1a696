//! `pushdeck send`: review, gate, release, and what the flags ask for after it.

use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::args::SendArgs;
use super::audience::{self, Review};
use super::context::Context;
use super::output::Reply;
use super::{broadcast, dry_run, plan, schedule, sender, subscriber, undo};
use crate::channels::catalog;
use crate::channels::kind::Kind;
use crate::config::value::duration;
use crate::domain::broadcast::Purpose;
use crate::domain::file::FileRef;
use crate::domain::id::BroadcastId;
use crate::domain::message::Message;
use crate::domain::moment;
use crate::domain::time::Millis;
use crate::look::strings::phrase::Phrase;
use crate::problem::{Exit, Fault, Problem};
use crate::store::broadcasts::Draft;
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::StoreError;
use crate::store::files::{self, ReadError};
use crate::store::plan::{Expected, Gate, Release, Released};

/// Names the channels that cannot put the message in the place of another one.
fn warn_beside(ctx: &mut Context, draft: &Draft, review: &audience::Review) {
    let Some(id) = draft.replaces else { return };
    let beside = review.channels.iter().filter(|channel| review.over(channel.id) != (0, 0));
    let beside = beside.filter(|channel| !catalog::kind(&channel.kind).is_some_and(Kind::takes_the_place));
    let names: Vec<&str> = beside.map(|channel| channel.name.as_str()).collect();
    if !names.is_empty() {
        let (names, id) = (ctx.words.list(names), id.to_string());
        let named = [("channels", (&names).into()), ("id", (&id).into())];
        let text = ctx.words.cli.arrives_beside.fill(&named);
        ctx.out.warn(&text);
    }
}

/// Sends a message, or says what sending it would do.
pub fn run(ctx: &mut Context, args: &SendArgs) -> Result<Reply, Fault> {
    let undo = args.undo.as_deref().map(|text| read_undo(ctx, text)).transpose()?;
    // The parser takes a requirement back where what is required conflicts with something that was given.
    if args.cron.is_some() && args.gate.max_audience.is_none() {
        return Err(ctx.usage(ctx.words.errors.cron_needs_max.clone()));
    }
    let mut db = if args.dry_run { ctx.reader()? } else { ctx.writer()? };
    let at = args.at.as_deref().map(|text| read_at(ctx, text, db.now())).transpose()?;
    let files = files(ctx, &args.files)?;
    let replaces = args.replaces.as_deref().map(|id| replaced(ctx, &db, id)).transpose()?;
    let (stage, fallback) = (args.stage, args.fallback);
    let mut draft = Draft { at, stage, fallback, replaces, ..draft(ctx, &db, args, undo)? };
    draft.message.files = files.iter().map(|(file, _)| file.clone()).collect();
    let expected = args.plan_hash.as_deref().map(|text| plan::read(ctx, text)).transpose()?;
    if args.dry_run {
        // Everything that is printed, the hash too, is of one moment.
        return db.at_one_moment(|| {
            let review = audience::review(ctx, &db, args, &draft)?;
            warn_beside(ctx, &draft, &review);
            dry_run::run(ctx, &db, &review, &draft, &args.gate, expected.as_ref())
        });
    }
    let review = audience::review(ctx, &db, args, &draft)?;
    audience::pass(ctx, &review, args)?;
    audience::check_message(ctx, &db, &review, &draft)?;
    plan::pass(ctx, &db, &draft, expected.as_ref())?;
    if !files.is_empty() {
        db.keep_files(&files)?;
    }
    if draft.message.body.trim().is_empty() {
        ctx.out.warn(&ctx.words.checks.title_only.clone());
    }
    if let (Some(cron), Some(most)) = (&args.cron, args.gate.max_audience) {
        return schedule::add(ctx, &mut db, &draft, cron, most);
    }
    warn_beside(ctx, &draft, &review);
    if !review.remotes.is_empty() {
        let text = ctx.words.cli.remote_beyond.clone();
        ctx.out.warn(&text);
    }
    for channel in review.channels.iter().filter(|channel| review.over(channel.id) != (0, 0)) {
        if let Some(pause) = &channel.pause {
            let why = ctx.words.states.pause.of(pause.reason);
            let text = ctx
                .words
                .cli
                .channel_paused
                .fill(&[("channel", (&channel.name).into()), ("why", why.into())]);
            ctx.out.warn(&text);
        }
    }
    let id = release(ctx, &mut db, &draft, &review, args, (undo, expected))?;
    if let Some(at) = at {
        let zone = TimeZone::system();
        let (id, time) = (id.to_string(), moment::print_zoned(at, &zone));
        let who = ctx.words.reached(review.to_send(), review.breakdown.people_of_several());
        let values = [("id", (&id).into()), ("who", (&who).into()), ("time", (&time).into())];
        let text = ctx.words.cli.scheduled.fill(&values);
        ctx.out.say(&text);
    }
    if undo.is_some_and(|window| !window.is_zero()) {
        undo::keep(ctx, &mut db, id)?;
    }
    if at.is_none() {
        announce(ctx, id, &review, args.stage);
    }
    if args.wait || ctx.sends_itself() {
        return broadcast::wait(ctx, &db, id);
    }
    sender::ensure(ctx)?;
    if at.is_some() {
        let mut reply = broadcast::shown(&db.broadcast(id)?, &ctx.out);
        reply.text = format!("{id}\n");
        return Ok(reply);
    }
    let text = ctx.words.cli.detached.fill(&[("id", (&id.to_string()).into())]);
    ctx.out.say(&text);
    let mut reply = broadcast::shown(&db.broadcast(id)?, &ctx.out);
    reply.text = format!("{id}\n");
    Ok(reply)
}

fn read_undo(ctx: &Context, text: &str) -> Result<Duration, Fault> {
    let e = &ctx.words.errors;
    duration(text).ok_or_else(|| {
        let summary = e.undo_bad.fill(&[("text", text.into())]);
        Problem::new("usage", Exit::Usage, summary).hint(&e.undo_hint).into()
    })
}

fn read_at(ctx: &Context, text: &str, now: Millis) -> Result<Millis, Fault> {
    let e = &ctx.words.errors;
    let problem = |summary: &Phrase| {
        let summary = summary.fill(&[("text", text.into())]);
        Problem::new("usage", Exit::Usage, summary).hint(&e.at_hint)
    };
    let at = moment::parse(text, now, &TimeZone::system()).ok_or_else(|| problem(&e.at_bad))?;
    if at <= now {
        return Err(problem(&e.at_past).into());
    }
    Ok(at)
}

/// Reads the files that go with it.
fn files(ctx: &Context, paths: &[PathBuf]) -> Result<Vec<(FileRef, Vec<u8>)>, Fault> {
    let mut read: Vec<(FileRef, Vec<u8>)> = Vec::new();
    for path in paths {
        let others: Vec<FileRef> = read.iter().map(|(file, _)| file.clone()).collect();
        match files::read(path, &others) {
            Ok(file) => read.push(file),
            Err(ReadError::Io(source)) => return Err(Fault::File { path: path.clone(), source }),
            Err(error) => {
                let why = error.to_string();
                let why = ctx.words.own_text(&why).unwrap_or(why);
                let path = path.display().to_string();
                let values = [("path", (&path).into()), ("why", (&why).into())];
                let summary = ctx.words.errors.not_attached.fill(&values);
                return Err(Problem::new("file", Exit::Usage, summary).detail("path", path.as_str()).into());
            }
        }
    }
    Ok(read)
}

/// The broadcast whose place a message takes: one of which somebody has something.
fn replaced(ctx: &Context, db: &Db, id: &str) -> Result<BroadcastId, Fault> {
    let detail = db.broadcast(id.parse()?)?;
    if detail.row.counts.delivered() == 0 {
        return Err(Problem::new("not_found", Exit::NotFound, &ctx.words.desk.nothing_accepted).into());
    }
    if detail.row.counts.open() > 0 {
        return Err(StoreError::from(Denial::StillGoesOut(detail.row.id)).into());
    }
    Ok(detail.row.id)
}

fn draft(ctx: &mut Context, db: &Db, args: &SendArgs, undo: Option<Duration>) -> Result<Draft, Fault> {
    let audience = audience::filter(ctx, db, args)?.to_string();
    let channels = if args.channels.is_empty() {
        Vec::new()
    } else {
        audience::channels(ctx, db, &args.channels)?.into_iter().map(|channel| channel.id).collect()
    };
    let vars = subscriber::vars(ctx, &args.vars)?;
    let message = Message {
        title: args.title.clone(),
        summary: args.summary.clone(),
        url: args.url.clone(),
        format: args.format.into(),
        body: ctx.read_text(&args.body)?,
        files: Vec::new(),
    };
    let undo_ms = undo.map_or(0, |window| i64::try_from(window.as_millis()).unwrap_or(i64::MAX));
    Ok(Draft {
        message,
        audience,
        channels,
        all_channels: args.all_channels,
        vars,
        undo_ms: Some(undo_ms),
        ..Draft::default()
    })
}

/// Freezes the audience. One that changed since the review is refused, and no trace of the draft stays in lists.
fn release(
    ctx: &Context,
    db: &mut Db,
    draft: &Draft,
    review: &Review,
    args: &SendArgs,
    (undo, expected): (Option<Duration>, Option<Expected>),
) -> Result<BroadcastId, Fault> {
    let by = ctx.operator();
    let id = db.add_draft(draft, Purpose::Broadcast, &by)?;
    let seen = db.broadcast(id)?.row.version;
    let gate = super::people::gate(&args.gate).unwrap_or(Gate::AtMost(super::people::GRAVE - 1));
    let keeper = undo.filter(|window| !window.is_zero()).map(|_| format!("cli:{}", std::process::id()));
    let release = Release { by, seen, gate, keeper, expected };
    match db.release(id, &release) {
        Ok(Released::Done { .. }) => Ok(id),
        Ok(Released::GateClosed { to_send }) => {
            db.remove_draft(id)?;
            super::people::pass(
                ctx,
                &args.gate,
                to_send,
                !review.filter.is_everything(),
                super::people::About::Sending(review.breakdown.people_of_several()),
            )?;
            // The number would pass now and did not then: it is changing under us.
            Err(audience::nobody(ctx, to_send))
        }
        Ok(Released::Changed(difference)) => {
            db.remove_draft(id)?;
            let told = release.expected.map(|expected| plan::changed(ctx, db, &expected, &difference));
            Err(told.unwrap_or_else(|| audience::nobody(ctx, difference.now.numbers.to_send())))
        }
        Ok(Released::NobodyLeft { skipped }) => {
            db.remove_draft(id)?;
            Err(audience::nobody(ctx, skipped))
        }
        Err(error) => {
            // The first error is the one to tell; a draft that stays is harmless.
            drop(db.remove_draft(id));
            Err(error.into())
        }
    }
}

fn announce(ctx: &mut Context, id: BroadcastId, review: &audience::Review, stage: Option<i64>) {
    let (id, to_send) = (id.to_string(), review.to_send());
    let who = ctx.words.reached(to_send, review.breakdown.people_of_several());
    let named = [("id", (&id).into()), ("count", to_send.into())];
    let text = match stage.filter(|first| *first < to_send) {
        Some(first) => {
            let values = [&named[..], &[("first", first.into())]].concat();
            ctx.words.cli.started_stage.fill(&values)
        }
        None => ctx.words.cli.started.fill(&[("id", (&id).into()), ("who", (&who).into())]),
    };
    ctx.out.say(&text);
}
