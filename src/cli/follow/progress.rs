//! What is said while broadcasts are followed: how far they are, and until when nothing moves.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

use crate::cli::context::Context;
use crate::cli::output::LINE_AFTER;
use crate::domain::broadcast::Phase;
use crate::domain::delivery::{Counts, DeliveryState};
use crate::domain::id::BroadcastId;
use crate::domain::moment;
use crate::domain::time::Millis;
use crate::look::format::percent;
use crate::problem::Fault;
use crate::store::broadcasts::BroadcastDetail;
use crate::store::db::Db;

/// With nothing moving for so long, somebody wants to know why.
const STILL_AFTER: Duration = Duration::from_secs(3);

/// A shorter wait needs no word.
const WORTH_SAYING_MS: i64 = 10_000;

/// What was last said about progress.
#[derive(Default)]
pub(super) struct Shown {
    counts: Vec<Counts>,
    /// An undo window ends by the clock, not by a change in the store.
    pub(super) holds: bool,
    tenth: i64,
    at: Option<Instant>,
    /// When something last moved, and whether it was said since what is waited for.
    moved: Option<Instant>,
    told: bool,
}

impl Shown {
    pub(super) fn changed(&mut self, details: &[BroadcastDetail]) -> bool {
        let counts: Vec<Counts> = details.iter().map(|detail| detail.row.counts).collect();
        if self.counts == counts {
            return false;
        }
        self.counts = counts;
        (self.moved, self.told) = (Some(Instant::now()), false);
        true
    }

    /// Says once until when nothing moves.
    pub(super) fn say_wait(&mut self, ctx: &mut Context, db: &Db, ids: &[BroadcastId]) -> Result<(), Fault> {
        let is_still = self.moved.is_some_and(|moved| moved.elapsed() > STILL_AFTER);
        if !is_still || self.told || ctx.out.form == crate::cli::output::Form::Jsonl {
            return Ok(());
        }
        self.told = true;
        for id in ids {
            let detail = db.broadcast(*id)?;
            if let Some(until) = stands_until(db, &detail)? {
                let (id, time) = (id.to_string(), moment::print(until, &TimeZone::system()));
                let values = [
                    ("id", (&id).into()),
                    ("count", detail.row.counts.open().into()),
                    ("time", (&time).into()),
                ];
                let line = ctx.words.cli.stands_until.fill(&values);
                ctx.out.progress(&line);
            }
        }
        Ok(())
    }

    /// On a terminal at most ten times a second, elsewhere a line for every tenth or every half minute.
    pub(super) fn say(&mut self, ctx: &mut Context, details: &[BroadcastDetail]) -> Result<(), Fault> {
        use std::io::IsTerminal;
        if ctx.out.form == crate::cli::output::Form::Jsonl {
            for detail in details {
                ctx.out.record(&crate::cli::broadcast::Shown::new(detail))?;
            }
            return Ok(());
        }
        for detail in details {
            if let (Phase::Scheduled, Some(at)) = (detail.row.phase, detail.row.at) {
                let (id, time) = (detail.row.id.to_string(), moment::print_zoned(at, &TimeZone::system()));
                let line = ctx.words.cli.waits_until.fill(&[("id", (&id).into()), ("time", (&time).into())]);
                ctx.out.progress(&line);
                continue;
            }
            let total = detail.row.counts.to_send();
            let done = percent(total - detail.row.counts.open(), total);
            let age = self.at.map_or(LINE_AFTER, |at| at.elapsed());
            let due = if std::io::stderr().is_terminal() {
                age > Duration::from_millis(100)
            } else {
                done / 10 > self.tenth || age >= LINE_AFTER
            };
            if due && total > 0 {
                (self.tenth, self.at) = (done / 10, Some(Instant::now()));
                let id = detail.row.id.to_string();
                let line = ctx.words.cli.waiting.fill(&[
                    ("id", (&id).into()),
                    ("percent", done.into()),
                    ("total", total.into()),
                ]);
                ctx.out.progress(&line);
            }
        }
        Ok(())
    }
}

/// Until when nothing of a broadcast moves: what was tried waits for its moment, what was not for an account.
fn stands_until(db: &Db, detail: &BroadcastDetail) -> Result<Option<Millis>, Fault> {
    let counts = &detail.row.counts;
    if detail.row.phase != Phase::Sending || counts.of(DeliveryState::Sending) > 0 {
        return Ok(None);
    }
    let rests: Vec<_> = detail
        .lanes
        .iter()
        .filter(|lane| lane.counts.of(DeliveryState::Planned) > 0)
        .map(|lane| lane.rest)
        .collect();
    if rests.iter().any(Option::is_none) {
        return Ok(None);
    }
    let rested = rests.into_iter().flatten().map(|rest| rest.until);
    let waits = db.waits(detail.row.id)?.map(|waits| waits.until);
    Ok(rested.chain(waits).min().filter(|until| until.since(db.now()) > WORTH_SAYING_MS))
}
