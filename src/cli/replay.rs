//! `history replay` and `history settle`: what a person does about deliveries that failed or cannot be known.

use super::args::{ReplayArgs, SettleArgs, SettledWord};
use super::context::Context;
use super::follow::{Followed, Verdict, follow};
use super::history::{pick, pick_ids};
use super::output::{Form, Reply, to_value};
use super::people::About;
use super::{people, sender};
use crate::domain::delivery::Counts;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::look::strings::Strings;
use crate::problem::{Exit, Fault, Problem};
use crate::store::broadcasts::BroadcastDetail;
use crate::store::db::Db;
use crate::store::pick::Pick;
use crate::store::plan::Gate;
use crate::store::replay::{ReplayReview, Replayed, Unknowns};
use crate::store::settle::Settled;

/// How many deliveries are read or asked about at once.
const CHUNK: usize = 5_000;

/// Queues failed deliveries again.
pub fn replay(ctx: &mut Context, args: &ReplayArgs) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let (wanted, filtered) = which(ctx, &db, &args.ids, args.filter.as_deref())?;
    let review = db.review_replay(&wanted)?;
    let unknowns = if args.include_unknown { Unknowns::Include } else { Unknowns::LeaveOut };
    let to_send = review.to_send + if args.include_unknown { review.unknown } else { 0 };
    if review.to_send + review.unknown + review.accepted + review.left_out + review.other == 0 {
        return Err(Problem::new("not_found", Exit::NotFound, &ctx.words.errors.nothing_to_replay).into());
    }
    people::pass(ctx, &args.gate, to_send, filtered, About::Deliveries)?;
    if review.hopeless > 0 {
        let text = ctx.words.history.review.hopeless.count(review.hopeless);
        ctx.out.warn(&text);
    }
    if !args.include_unknown && review.unknown > 0 {
        let text = ctx.words.cli.unknown_left.fill(&[("count", review.unknown.into())]);
        ctx.out.warn(&text);
    }
    if review.left_out > 0 {
        let text = ctx.words.history.review.left_out.count(review.left_out);
        ctx.out.warn(&text);
    }
    // Judged one by one afterwards: others of the same broadcast may have failed for good.
    let chosen = if args.wait || ctx.sends_itself() { db.replayable(&wanted, unknowns)? } else { Vec::new() };
    let gate = people::gate(&args.gate).unwrap_or(Gate::AtMost(people::GRAVE - 1));
    let (n, broadcasts) = match db.replay(&wanted, unknowns, gate)? {
        Replayed::Queued { n, broadcasts } => (n, broadcasts),
        Replayed::GateClosed { to_send } => {
            people::pass(ctx, &args.gate, to_send, filtered, About::Deliveries)?;
            return Err(
                Problem::new("changed_meanwhile", Exit::Busy, &ctx.words.errors.changed_meanwhile).into()
            );
        }
    };
    let text = match n {
        0 => nothing_queued(ctx.words, &review),
        _ => ctx.words.cli.queued.fill(&[("count", n.into())]),
    };
    ctx.out.say(&text);
    let data = serde_json::json!({
        "queued": n,
        "to_send": to_send,
        "unknown_left_out": if args.include_unknown { 0 } else { review.unknown },
        "verdicts": {
            "safe": review.to_send,
            "replaces": review.collapses,
            "may_arrive_twice": review.unknown - review.collapses,
        },
        "accepted_untouched": review.accepted,
        "people_left_out": review.left_out,
        "broadcasts": broadcasts,
    });
    let lines: String = broadcasts.iter().map(|id| format!("{id}\n")).collect();
    if broadcasts.is_empty() {
        return Ok(Reply::one(&data, lines));
    }
    if args.wait || ctx.sends_itself() {
        return wait(ctx, &db, &broadcasts, &chosen, data);
    }
    sender::ensure(ctx)?;
    Ok(Reply::one(&data, lines))
}

/// Why not one of them goes again.
fn nothing_queued(words: &Strings, review: &ReplayReview) -> String {
    let w = &words.cli;
    let whys = [(&w.queued_accepted, review.accepted), (&w.queued_other, review.other)];
    let mut said = w.nothing_queued.clone();
    for (why, n) in whys.iter().filter(|(_, n)| *n > 0) {
        said = w.queued_because.fill(&[("said", (&said).into()), ("why", (&why.count(*n)).into())]);
    }
    said
}

fn which(ctx: &Context, db: &Db, ids: &[String], filter: Option<&str>) -> Result<(Pick, bool), Fault> {
    match filter {
        Some(text) => Ok((pick(db, text)?, !Filter::parse(text, Scope::Deliveries)?.is_everything())),
        None if ids.is_empty() => Err(ctx.usage(&ctx.words.errors.pick_missing)),
        None => Ok((pick_ids(ctx, db, ids)?, true)),
    }
}

fn wait(
    ctx: &mut Context,
    db: &Db,
    broadcasts: &[BroadcastId],
    chosen: &[DeliveryId],
    mut data: serde_json::Value,
) -> Result<Reply, Fault> {
    let followed = sender::runtime()?.block_on(follow(ctx, db, broadcasts))?;
    let ended = match followed {
        Followed::Ended(ended) => ended,
        Followed::Interrupted => {
            let problem = Problem::new("interrupted", Exit::Interrupted, &ctx.words.errors.interrupted);
            return Ok(Reply::one(&data, "").but(Some(problem)));
        }
    };
    let mut counts = Counts::default();
    for chunk in chosen.chunks(CHUNK) {
        let mut these = Pick::default();
        these.ids = chunk.to_vec();
        counts.merge(&db.delivery_counts(&these)?);
    }
    data["counts"] = to_value(&counts);
    let t = ctx.out.tables();
    let line = |detail: &BroadcastDetail| format!("{} {}\n", detail.row.id, t.broadcast.of(detail.row.state));
    let lines: String = ended.iter().map(|(detail, _)| line(detail)).collect();
    let reply = Reply::one(&data, lines);
    if counts.delivered() == counts.audience() {
        return Ok(reply);
    }
    // What stands still for a person goes before what merely failed.
    let worst = ended
        .iter()
        .find(|(_, verdict)| matches!(verdict.exit(), Exit::Refused | Exit::Limit))
        .or_else(|| ended.iter().find(|(_, verdict)| *verdict != Verdict::Accepted));
    let problem = match worst {
        Some((detail, verdict)) => verdict.problem(db, detail.row.id, &counts, ctx.words)?,
        None => None,
    };
    Ok(reply.but(problem))
}

/// What an address holds that mails come back to, as the id of its delivery; whatever is none stays as it is.
fn by_token(db: &Db, ids: &[String]) -> Result<Vec<String>, Fault> {
    let keys = db.delivery_keys()?;
    let id_of = |text: &String| {
        let (broadcast, rest) = text.split_once('-')?;
        let (seq, _) = rest.split_once('-')?;
        let id: DeliveryId = format!("{broadcast}-{seq}").parse().ok()?;
        (keys.token(id) == *text).then(|| id.to_string())
    };
    Ok(ids.iter().map(|text| id_of(text).unwrap_or_else(|| text.clone())).collect())
}

/// Settles unknown deliveries by a person's word, and accepted ones that came back.
pub fn settle(ctx: &mut Context, args: &SettleArgs) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let ids = by_token(&db, &args.ids)?;
    let (mut wanted, filtered) = which(ctx, &db, &ids, args.filter.as_deref())?;
    let counts = db.delivery_counts(&wanted)?;
    if counts.audience() == 0 {
        return Err(Problem::new("not_found", Exit::NotFound, &ctx.words.errors.nothing_to_replay).into());
    }
    let how = match args.settled {
        SettledWord::Accepted => Settled::Accepted,
        SettledWord::NotAccepted => Settled::NotAccepted,
        SettledWord::Bounced => Settled::Bounced,
    };
    people::pass(ctx, &args.gate, counts.of(how.settles()), filtered, About::Deliveries)?;
    wanted.states = vec![how.settles()];
    let mut unknown = Vec::new();
    let mut after = None;
    loop {
        let rows = db.deliveries(&wanted, after, CHUNK)?;
        unknown.extend(rows.iter().filter(|row| row.state == how.settles()).map(|row| row.id));
        match rows.last() {
            Some(last) if rows.len() == CHUNK => after = Some(last.id),
            _ => break,
        }
    }
    let settled = db.settle(&unknown, how, &ctx.operator())?;
    let w = &ctx.words.cli;
    let text = match (ctx.out.form, how) {
        (Form::Plain, _) => settled.to_string(),
        (_, Settled::Bounced) if settled == 0 => w.nothing_bounced.clone(),
        _ if settled == 0 => w.nothing_to_settle.clone(),
        (_, Settled::Bounced) => w.settled_bounced.count(settled),
        (_, Settled::Accepted) => w.settled_accepted.count(settled),
        (_, Settled::NotAccepted) => w.settled_not_accepted.count(settled),
    };
    Ok(Reply::one(&serde_json::json!({ "settled": settled }), text))
}
