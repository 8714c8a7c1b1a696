//! The undo window of a send: the command itself keeps it and lets go when it ends; Ctrl-C recalls.

use std::time::Duration;

use super::context::Context;
use super::sender::runtime;
use crate::domain::broadcast::Phase;
use crate::domain::id::BroadcastId;
use crate::look::format::duration;
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::store::db::Db;

/// How often is looked whether somebody else recalled it or let it go.
const LOOK: Duration = Duration::from_millis(100);

/// Keeps the window open until it ends. An error when it was recalled.
pub fn keep(ctx: &mut Context, db: &mut Db, id: BroadcastId) -> Result<(), Fault> {
    let Some(until) = db.broadcast(id)?.row.hold_until else { return Ok(()) };
    let name = id.to_string();
    // A moment has passed since the release; a window of 30 s is not one of 29.
    let left = (until.since(db.now()) + 999) / 1_000 * 1_000;
    let time = duration(left, &ctx.words.common);
    let text = ctx.words.cli.holding.fill(&[("id", (&name).into()), ("time", (&time).into())]);
    ctx.out.say(&text);
    let pressed = runtime()?.block_on(async {
        loop {
            let left = until.since(db.now());
            if left <= 0 || db.broadcast(id)?.row.phase != Phase::Held {
                return Ok::<bool, Fault>(false);
            }
            let nap = LOOK.min(Duration::from_millis(left.unsigned_abs()));
            tokio::select! {
                pressed = tokio::signal::ctrl_c() => {
                    pressed.map_err(|source| Fault::System { doing: Doing::Interrupt, source })?;
                    return Ok(true);
                }
                () = tokio::time::sleep(nap) => {}
            }
        }
    })?;
    if pressed {
        db.recall(id)?;
    }
    match db.broadcast(id)?.row.phase {
        Phase::Held => {
            db.let_go(id)?;
            let text = ctx.words.cli.let_go.fill(&[("id", (&name).into())]);
            ctx.out.say(&text);
            Ok(())
        }
        Phase::Draft | Phase::Planning => {
            let summary = ctx.words.errors.recalled.fill(&[("id", (&name).into())]);
            Err(Problem::new("recalled", Exit::Interrupted, summary).detail("id", name).into())
        }
        // Somebody else let it go, paused or stopped it: their word holds.
        Phase::Scheduled | Phase::Sending | Phase::Paused | Phase::Stopped => Ok(()),
    }
}
