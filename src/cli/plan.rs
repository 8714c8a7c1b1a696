//! `--plan-hash`: a send goes out only if it is the plan that was looked at.

use serde_json::{Map, Value};

use super::context::Context;
use crate::domain::plan::WantedPlan;
use crate::problem::{Exit, Fault, Problem};
use crate::store::broadcasts::Draft;
use crate::store::db::Db;
use crate::store::plan::{Difference, Expected, Plan};

/// Reads `--plan-hash`.
pub fn read(ctx: &Context, text: &str) -> Result<Expected, Fault> {
    let w = &ctx.words.plan;
    let Some(plan) = WantedPlan::read(text) else {
        let summary = w.bad.fill(&[("text", text.into())]);
        return Err(Problem::new("usage", Exit::Usage, summary).hint(&w.bad_hint).into());
    };
    Ok(Expected { plan, numbers: None })
}

/// Refuses a draft whose plan is another one, before anything is written.
pub fn pass(ctx: &Context, db: &Db, draft: &Draft, expected: Option<&Expected>) -> Result<(), Fault> {
    let Some(expected) = expected else { return Ok(()) };
    refuse(ctx, db, expected, &db.preview_plan(draft)?)
}

/// Refuses a plan that is another one than was looked at.
pub fn refuse(ctx: &Context, db: &Db, expected: &Expected, now: &Plan) -> Result<(), Fault> {
    match expected.difference(now) {
        Some(difference) => Err(changed(ctx, db, expected, &difference)),
        None => Ok(()),
    }
}

/// The plan is another one: what differs, and what it is now.
pub fn changed(ctx: &Context, db: &Db, expected: &Expected, difference: &Difference) -> Fault {
    let w = &ctx.words.plan;
    let Difference { parts, now, .. } = difference;
    let summary = if parts.is_empty() {
        w.changed.clone()
    } else {
        w.changed_in.fill(&[("parts", (&w.parts(parts)).into())])
    };
    let hash = now.hash.as_str();
    let words: Vec<&str> = parts.iter().map(|part| part.word()).collect();
    let skipped: Map<String, Value> =
        now.numbers.skipped.iter().map(|(reason, n)| (reason.word().to_owned(), (*n).into())).collect();
    let mut channels = Map::new();
    for on in &now.numbers.channels {
        // One that cannot be read any more is named by its id: the refusal is what counts.
        let name = db.channel(on.channel).map_or_else(|_| on.channel.to_string(), |channel| channel.name);
        channels.insert(name, (on.people + on.remotes).into());
    }
    Problem::new("plan_changed", Exit::Confirm, summary)
        .hint(w.changed_hint.fill(&[("hash", hash.into())]))
        .detail("changed", words)
        .detail("plan_wanted", expected.plan.as_str())
        .detail("plan_hash", hash)
        .detail("to_send", now.numbers.to_send())
        .detail("channels", channels)
        .detail("skipped", skipped)
        .into()
}
