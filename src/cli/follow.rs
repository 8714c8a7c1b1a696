//! Waiting: follows broadcasts until every delivery has ended or only a person can go on, and says which.

use std::time::Duration;

use jiff::tz::TimeZone;

mod progress;

use progress::Shown;

use super::context::Context;
use super::sender::Keeper;
use crate::domain::broadcast::{BroadcastState, PauseReason, Phase, Purpose};
use crate::domain::delivery::{Class, Counts, DeliveryState};
use crate::domain::id::BroadcastId;
use crate::domain::moment;
use crate::domain::time::Millis;
use crate::look::strings::Strings;
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::store::broadcasts::{BroadcastDetail, LaneRow};
use crate::store::db::Db;
use crate::store::pick::Pick;

/// How often the store is looked at; a look without a change costs one pragma.
const LOOK: Duration = Duration::from_millis(40);

/// A window that is over for so long has nobody who keeps it.
const LET_GO_MS: i64 = 3_000;

/// What a followed broadcast came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everybody who was to get it was accepted.
    Accepted,
    /// It ended, and somebody failed or is unknown.
    Partial,
    /// Only a person can go on: the broadcast or these channels stand still.
    Stands {
        /// Why.
        reason: PauseReason,
        /// The channels, by name; empty when it is the broadcast itself.
        channels: Vec<String>,
    },
    /// The allowance of these channels is used up, and everything that is left waits for another one.
    Quota {
        /// When it goes on by itself.
        until: Millis,
        /// The channels, by name.
        channels: Vec<String>,
    },
    /// Everything that is left waits for people who have to act first.
    People {
        /// How many.
        n: i64,
    },
    /// It is held and nobody keeps its undo window.
    Held,
    /// It was recalled and is a draft again.
    Recalled,
}

impl Verdict {
    /// What a broadcast has come to, if it has.
    pub fn of(detail: &BroadcastDetail, now: Millis) -> Option<Self> {
        let counts = &detail.row.counts;
        match detail.row.phase {
            Phase::Draft => return Some(Self::Recalled),
            Phase::Held => {
                // Whoever keeps the window gets a moment to let go.
                let kept = detail.row.hold_until.is_some_and(|until| now < until.plus(LET_GO_MS));
                return (!kept).then_some(Self::Held);
            }
            Phase::Planning | Phase::Scheduled => return None,
            Phase::Sending | Phase::Paused | Phase::Stopped => {}
        }
        if detail.row.state.has_ended() {
            return Some(ended(detail));
        }
        if detail.row.state == BroadcastState::Paused {
            let reason = detail.row.pause_reason.unwrap_or(PauseReason::Operator);
            return Some(Self::Stands { reason, channels: Vec::new() });
        }
        if detail.halted && counts.of(DeliveryState::Sending) == 0 {
            return Some(Self::Stands { reason: PauseReason::Halted, channels: Vec::new() });
        }
        // Verifications and tests go out over a paused channel: they are how it comes back.
        if counts.of(DeliveryState::Sending) > 0 || detail.row.purpose != Purpose::Broadcast {
            return None;
        }
        let mut waiting = detail.lanes.iter().filter(|lane| lane.counts.open() > 0).peekable();
        waiting.peek()?;
        let paused: Option<Vec<_>> =
            waiting.map(|lane| lane.channel_paused.map(|why| (why, lane.channel_name.clone()))).collect();
        let mut paused = paused?;
        paused.sort_by_key(|(why, _)| urgency(*why));
        let reason = paused.first()?.0;
        Some(Self::Stands { reason, channels: paused.into_iter().map(|(_, name)| name).collect() })
    }

    /// What the command ends with.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Accepted => Exit::Ok,
            Self::Stands { reason: PauseReason::Credential, .. } => Exit::Refused,
            Self::Stands { reason: PauseReason::Quota, .. } | Self::Quota { .. } => Exit::Limit,
            Self::Partial | Self::Stands { .. } | Self::People { .. } | Self::Held => Exit::Partial,
            Self::Recalled => Exit::Interrupted,
        }
    }

    /// The same in words; none when all is well.
    pub fn problem(
        &self,
        db: &Db,
        id: BroadcastId,
        counts: &Counts,
        words: &Strings,
    ) -> Result<Option<Problem>, Fault> {
        let which = id;
        let (e, id) = (&words.errors, id.to_string());
        let with_counts = |problem: Problem| {
            problem.detail("id", id.clone()).detail("counts", super::output::to_value(counts))
        };
        let problem = match self {
            Self::Accepted => return Ok(None),
            Self::Partial => Problem::new(
                "partial",
                self.exit(),
                e.partial.fill(&[
                    ("id", (&id).into()),
                    ("failed", counts.of(DeliveryState::Rejected).into()),
                    ("unknown", counts.of(DeliveryState::Unknown).into()),
                    ("cancelled", counts.of(DeliveryState::Cancelled).into()),
                ]),
            )
            .hint(what_next(db, which, words)?),
            Self::Stands { reason, channels } => stands(*reason, channels, &id, words, self.exit()),
            Self::Quota { until, channels } => {
                let (list, time) = (words.list(channels), moment::print(*until, &TimeZone::system()));
                let named = [("id", (&id).into()), ("channels", (&list).into()), ("time", (&time).into())];
                Problem::new("quota", self.exit(), e.quota_waits.fill(&named))
                    .hint(&e.quota_waits_hint)
                    .detail("channels", channels.clone())
                    .detail("until", until.rfc3339())
            }
            Self::People { n } => {
                let named = [("id", (&id).into()), ("count", (*n).into())];
                Problem::new("window_closed", self.exit(), e.people_wait.fill(&named))
                    .hint(&e.people_wait_hint)
                    .detail("waiting", *n)
            }
            Self::Held => {
                let why = words.states.broadcast.of(BroadcastState::Held);
                Problem::new(
                    "held",
                    self.exit(),
                    e.stands_still.fill(&[("id", (&id).into()), ("why", why.into())]),
                )
                .hint(e.resume_hint.fill(&[("id", (&id).into())]))
            }
            Self::Recalled => Problem::new("recalled", self.exit(), e.recalled.fill(&[("id", (&id).into())])),
        };
        Ok(Some(with_counts(problem)))
    }
}

/// What helps those who did not get it: a replay only where it can, a person's word for what cannot be known.
fn what_next(db: &Db, id: BroadcastId, words: &Strings) -> Result<String, Fault> {
    let (e, shown) = (&words.errors, id.to_string());
    let mut all = Pick::default();
    all.broadcasts = vec![id];
    let (review, counts) = (db.review_replay(&all)?, db.delivery_counts(&all)?);
    let named = [("id", (&shown).into())];
    let counted = |n: i64| [("id", (&shown).into()), ("count", n.into())];
    let mut hints = Vec::new();
    let failed = counts.of(DeliveryState::Rejected);
    if failed > 0 {
        hints.push(match review.hopeless {
            0 => e.partial_hint.fill(&named),
            hopeless if hopeless < failed => e.partial_some_hint.fill(&counted(hopeless)),
            _ => e.partial_hopeless_hint.fill(&named),
        });
    } else if counts.of(DeliveryState::Cancelled) > 0 {
        hints.push(e.partial_cancelled_hint.fill(&named));
    }
    let unknown = counts.of(DeliveryState::Unknown);
    if unknown > 0 {
        hints.push(e.partial_unknown_hint.fill(&counted(unknown)));
    }
    Ok(hints.join(" "))
}

/// Everything has ended. When certainly nobody was reached because a credential or a quota stopped the
/// channel, that is the answer: repairing it is what a person has to do.
fn ended(detail: &BroadcastDetail) -> Verdict {
    let counts = &detail.row.counts;
    if counts.trouble() == 0 && counts.of(DeliveryState::Cancelled) == 0 {
        return Verdict::Accepted;
    }
    let stopped = detail.lanes.iter().filter_map(|lane| {
        let why =
            lane.channel_paused.filter(|why| matches!(why, PauseReason::Credential | PauseReason::Quota))?;
        (lane.counts.trouble() > 0).then(|| (why, lane.channel_name.clone()))
    });
    let mut stopped: Vec<_> = stopped.collect();
    stopped.sort_by_key(|(why, _)| urgency(*why));
    match stopped.first() {
        Some((reason, _)) if counts.delivered() + counts.of(DeliveryState::Unknown) == 0 => {
            Verdict::Stands { reason: *reason, channels: stopped.into_iter().map(|(_, name)| name).collect() }
        }
        _ => Verdict::Partial,
    }
}

const fn urgency(reason: PauseReason) -> u8 {
    match reason {
        PauseReason::Credential => 0,
        PauseReason::Quota => 1,
        PauseReason::Failures
        | PauseReason::Interrupted
        | PauseReason::DiskFull
        | PauseReason::Overdue
        | PauseReason::Changed => 2,
        PauseReason::Operator | PauseReason::Stage | PauseReason::Halted => 3,
    }
}

fn stands(reason: PauseReason, channels: &[String], id: &str, words: &Strings, exit: Exit) -> Problem {
    let e = &words.errors;
    let because = words.states.pause.of(reason);
    let code = match reason {
        PauseReason::Credential => "channel_credential",
        PauseReason::Quota => "quota",
        PauseReason::Halted => "halted",
        PauseReason::Operator
        | PauseReason::Failures
        | PauseReason::Interrupted
        | PauseReason::DiskFull
        | PauseReason::Stage
        | PauseReason::Overdue
        | PauseReason::Changed => "paused",
    };
    let told = |why: &str| {
        let summary = e.stands_still.fill(&[("id", id.into()), ("why", why.into())]);
        Problem::new(code, exit, summary).detail("reason", reason.word())
    };
    match channels.first() {
        None if reason == PauseReason::Halted => told(because).hint(&e.halted_hint),
        None => told(because).hint(e.resume_hint.fill(&[("id", id.into())])),
        Some(first) => {
            let list = words.list(channels);
            let why = e.stands_still_channel.fill(&[("channel", (&list).into()), ("why", because.into())]);
            told(&why)
                .hint(e.resume_channel_hint.fill(&[("channel", first.into())]))
                .detail("channels", channels.to_vec())
        }
    }
}

/// What following came to.
#[derive(Debug)]
pub enum Followed {
    /// All of them came to something.
    Ended(Vec<(BroadcastDetail, Verdict)>),
    /// Ctrl-C. What was released goes on without this command.
    Interrupted,
}

/// Follows broadcasts and sees to it that a sender works on them; ends at Ctrl-C too.
pub async fn follow(ctx: &mut Context, db: &Db, ids: &[BroadcastId]) -> Result<Followed, Fault> {
    let mut keeper = Keeper::new(ctx)?;
    let followed = {
        let watching = watch(ctx, db, ids, &mut keeper);
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => {
                pressed.map_err(|source| Fault::System { doing: Doing::Interrupt, source })?;
                Ok(Followed::Interrupted)
            }
            ended = watching => ended.map(Followed::Ended),
        }
    };
    // What a sender inside this command has in the air is recorded before it ends.
    let left = keeper.leave().await;
    let followed = followed?;
    left?;
    Ok(followed)
}

async fn watch(
    ctx: &mut Context,
    db: &Db,
    ids: &[BroadcastId],
    keeper: &mut Keeper,
) -> Result<Vec<(BroadcastDetail, Verdict)>, Fault> {
    let mut shown = Shown::default();
    let mut version = None;
    loop {
        let now = db.data_version()?;
        if version.replace(now) != Some(now) || shown.holds {
            let details = ids.iter().map(|id| db.broadcast(*id)).collect::<Result<Vec<_>, _>>()?;
            shown.holds = details.iter().any(|detail| detail.row.phase == Phase::Held);
            if shown.changed(&details) {
                keeper.moved();
                shown.say(ctx, &details)?;
            }
            let verdicts: Result<Option<Vec<Verdict>>, Fault> = details
                .iter()
                .map(|detail| came_to(db, detail).transpose())
                .collect::<Option<_>>()
                .transpose();
            if let Some(verdicts) = verdicts? {
                return Ok(details.into_iter().zip(verdicts).collect());
            }
        }
        shown.say_wait(ctx, db, ids)?;
        keeper.look().await?;
        tokio::time::sleep(LOOK).await;
    }
}

/// Nothing is in flight, and every channel that has somebody left rests because its allowance is used up: it may have
/// been so before this broadcast, which then has tried nobody.
fn used_up(detail: &BroadcastDetail, now: Millis) -> Option<Verdict> {
    if detail.row.counts.of(DeliveryState::Sending) > 0 {
        return None;
    }
    let open = || detail.lanes.iter().filter(|lane| lane.counts.open() > 0);
    let until = |lane: &LaneRow| {
        lane.rest.filter(|rest| rest.class == Class::Quota && rest.holds(now)).map(|rest| rest.until)
    };
    let until = open().map(until).collect::<Option<Vec<_>>>()?.into_iter().min()?;
    Some(Verdict::Quota { until, channels: open().map(|lane| lane.channel_name.clone()).collect() })
}

/// What a broadcast has come to, a used-up allowance too.
fn came_to(db: &Db, detail: &BroadcastDetail) -> Result<Option<Verdict>, Fault> {
    let verdict = Verdict::of(detail, db.now());
    let counts = &detail.row.counts;
    let sends = detail.row.phase == Phase::Sending && detail.row.purpose == Purpose::Broadcast;
    if verdict.is_some() || !sends {
        return Ok(verdict);
    }
    if let Some(verdict) = used_up(detail, db.now()) {
        return Ok(Some(verdict));
    }
    if counts.open() != counts.of(DeliveryState::Deferred) {
        return Ok(None);
    }
    let Some(waits) = db.waits(detail.row.id)?.filter(|waits| waits.until > db.now()) else {
        return Ok(None);
    };
    if !waits.is_quota {
        return Ok(waits.is_people.then(|| Verdict::People { n: counts.open() }));
    }
    let waiting = detail.lanes.iter().filter(|lane| lane.counts.open() > 0);
    let channels = waiting.map(|lane| lane.channel_name.clone()).collect();
    Ok(Some(Verdict::Quota { until: waits.until, channels }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::channels::Rest;
    use crate::store::fixtures::Shop;

    #[test]
    fn who_would_wait_for_an_allowance_that_was_used_up_before_is_told_at_once() {
        let mut shop = Shop::new();
        let wechat = shop.channel("wechat");
        shop.people(2, wechat);
        let id = shop.release(&[wechat]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let used_up_by = |shop: &mut Shop, class: Class| {
            let rest = Rest { until: shop.db.now().plus(3_600_000), class };
            shop.db.note_rests(&[(wechat, 1, Some(rest))]).expect("noted");
            let detail = shop.db.broadcast(id).expect("there");
            (rest.until, used_up(&detail, shop.db.now()))
        };
        assert!(used_up_by(&mut shop, Class::RateLimit).1.is_none(), "that is soon over");
        let (ends, verdict) = used_up_by(&mut shop, Class::Quota);
        let Some(Verdict::Quota { until, channels }) = verdict else { unreachable!("it waits for hours") };
        assert_eq!((until, channels), (ends, vec!["wechat".to_owned()]));
        assert_eq!(shop.claim(epoch, 1, 1).len(), 1);
        assert!(used_up_by(&mut shop, Class::Quota).1.is_none(), "a call is on its way");
    }
}
