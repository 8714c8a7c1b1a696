//! Release: the audience of a draft becomes a frozen plan of deliveries, before anything leaves.
//!
//! Each person gets one delivery on the first usable channel, or one for every address; a remote topic
//! is one delivery; who is left out is a skipped delivery with the reason. Rows go in chunks of well under
//! 50 ms, invisible until one flip makes them the plan, so that a running send and other consoles
//! never wait for a release of a million.

mod hash;
mod preview;
mod rows;
mod take_back;
mod write;

use std::collections::BTreeSet;

use rusqlite::{Connection, named_params};

use super::audience::collect_audience;
use super::audit::Act;
use super::broadcasts::{self, BroadcastDetail};
use super::crash::{Place, dies_at};
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::stage::begin_stage;
use crate::domain::broadcast::{Phase, Purpose, auto_undo_ms};
use crate::domain::filter::{Filter, Scope, Test};
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::plan::{PlanPart, WantedPlan};
use crate::domain::time::Millis;

pub use hash::{ChannelNumbers, Plan, PlanNumbers};

/// What must be true of the number to send, or nothing is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It is exactly this.
    Exactly(i64),
    /// It is at most this.
    AtMost(i64),
}

impl Gate {
    /// Whether `to_send` passes.
    pub const fn admits(self, to_send: i64) -> bool {
        match self {
            Self::Exactly(n) => to_send == n,
            Self::AtMost(n) => to_send <= n,
        }
    }
}

/// How a draft is released.
#[derive(Debug, Clone)]
pub struct Release {
    /// Who releases it.
    pub by: String,
    /// The row version that this person saw.
    pub seen: i64,
    /// What must be true of the number to send.
    pub gate: Gate,
    /// Whether an undo window is kept open, and by which console.
    pub keeper: Option<String>,
    /// The plan that was reviewed; none: whatever it is now.
    pub expected: Option<Expected>,
}

/// The plan that was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its hash, as far as it is known.
    pub plan: WantedPlan,
    /// Its numbers, if they are known.
    pub numbers: Option<PlanNumbers>,
}

impl Expected {
    /// What is another in `now`, if anything is.
    pub fn difference(&self, now: &Plan) -> Option<Difference> {
        let parts = self.plan.differs_in(&now.hash);
        let is_it = self.plan.is(&now.hash);
        (!is_it).then(|| Difference { parts, before: self.numbers.clone(), now: now.clone() })
    }
}

/// How the plan differs from the one that was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The parts that are others; none if only the first digits of the hash were known.
    pub parts: Vec<PlanPart>,
    /// The numbers that were reviewed, if they are known.
    pub before: Option<PlanNumbers>,
    /// What it is now.
    pub now: Plan,
}

/// What came of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// The plan is frozen.
    Done {
        /// How many deliveries are meant to leave.
        to_send: i64,
        /// Until when nothing leaves, if there is an undo window.
        hold_until: Option<Millis>,
    },
    /// The audience is not what the gate was passed for; the draft is as it was.
    GateClosed {
        /// How many there would have been.
        to_send: i64,
    },
    /// The plan is not the one that was reviewed; the draft is as it was.
    Changed(Box<Difference>),
    /// Nobody is left to send to; the draft is as it was.
    NobodyLeft {
        /// How many were left out.
        skipped: i64,
    },
}

impl Db {
    /// Freezes the audience of draft `id` and makes it the plan.
    pub fn release(&mut self, id: BroadcastId, release: &Release) -> Result<Released, StoreError> {
        self.refuse_repeated(id)?;
        let detail = self.broadcast(id)?;
        self.refuse_missing_files(&detail.draft.message.files)?;
        self.refuse_unfinished_version(detail.draft.replaces)?;
        let filter = Filter::parse(&detail.draft.audience, Scope::People).map_err(Denial::Audience)?;
        // The same people as in every list: whole addresses find their owners, moments are this clock's.
        let filter = self.pin(&filter)?;
        let channels = self.channel_order(&detail.draft.channels)?;
        self.refuse_without_room(self.audience_size(&filter)?)?;
        let remotes = self.remotes_of(&filter, &channels)?;
        self.release_collected(id, release, &channels, &remotes, |conn| collect_audience(conn, &filter))
    }

    /// The channels of a draft in order; none chosen means all, in the order they were made.
    pub fn channel_order(&self, chosen: &[ChannelId]) -> Result<Vec<ChannelId>, StoreError> {
        let all: Vec<ChannelId> = self.channels()?.into_iter().map(|channel| channel.id).collect();
        if chosen.is_empty() {
            return Ok(all);
        }
        Ok(chosen.iter().copied().filter(|id| all.contains(id)).collect())
    }

    /// The remote topics that belong to the topics which a filter asks for. What the filter leaves out cannot
    /// be left out of them: the provider fans them out.
    pub fn remotes_of(
        &self,
        filter: &Filter,
        channels: &[ChannelId],
    ) -> Result<Vec<(ChannelId, i64)>, StoreError> {
        let mut remotes = Vec::new();
        // A list that belongs to two of the topics is one list: its followers get it once.
        let mut seen = BTreeSet::new();
        for term in filter.terms.iter().filter(|term| !term.negated) {
            let Test::Topic(names) = &term.test else { continue };
            for name in names {
                let topic = self.find_topic(name)?.id;
                let found: Vec<(i64, i64, String)> = self
                    .conn
                    .prepare_cached(
                        "SELECT channel, id, remote FROM topic_remote WHERE topic = ?1 ORDER BY id",
                    )
                    .and_then(|mut statement| {
                        statement
                            .query_map([topic.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                            .and_then(Iterator::collect)
                    })
                    .doing("reading remote topics")?;
                for (channel, id, remote) in found {
                    if seen.insert((channel, one_spelling(&remote).to_owned())) {
                        remotes.push((ChannelId(channel), id));
                    }
                }
            }
        }
        remotes.retain(|(channel, _)| channels.contains(channel));
        remotes.sort_unstable();
        remotes.dedup();
        Ok(remotes)
    }

    /// Freezes the audience that `collect` puts into the temporary table `plan_person` and makes it the
    /// plan of draft `id`. `remotes` are the remote topics that belong to it.
    pub(super) fn release_collected(
        &mut self,
        id: BroadcastId,
        release: &Release,
        channels: &[ChannelId],
        remotes: &[(ChannelId, i64)],
        collect: impl FnOnce(&Connection) -> Result<i64, StoreError>,
    ) -> Result<Released, StoreError> {
        let _lock = self.lock_plans()?;
        let detail = self.begin_planning(id, release.seen)?;
        self.relaxed(true)?;
        let written = collect(&self.conn).and_then(|_| self.write_plan(&detail, channels, remotes));
        self.relaxed(false)?;
        let planned = written.and_then(|()| self.flip(&detail, release));
        match planned {
            Ok(released @ Released::Done { .. }) => Ok(released),
            refused => {
                self.drop_plan(id, Phase::Planning)?;
                refused
            }
        }
    }

    fn begin_planning(&mut self, id: BroadcastId, seen: i64) -> Result<BroadcastDetail, StoreError> {
        let detail = self.broadcast(id)?;
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE broadcast SET phase = 'planning' \
                 WHERE id = :id AND version = :seen AND phase = 'draft' AND removed_ms IS NULL",
                named_params! { ":id": id.0, ":seen": seen },
            )
            .doing("beginning a release")?;
        if changed == 0 {
            return Err(StoreError::Conflict { what: "draft", id: id.to_string() });
        }
        tx.commit().doing("beginning a release")?;
        Ok(detail)
    }

    /// Makes the written rows the plan, if the gate admits their number.
    fn flip(&mut self, detail: &BroadcastDetail, release: &Release) -> Result<Released, StoreError> {
        let id = detail.row.id;
        let now = self.now();
        let books = broadcasts::counts(&self.conn, id)?;
        let to_send = books.to_send();
        if to_send == 0 {
            return Ok(Released::NobodyLeft { skipped: books.audience() });
        }
        let plan = hash::of_books(&self.conn, detail)?;
        // Before the number: it says more.
        if let Some(difference) = release.expected.as_ref().and_then(|expected| expected.difference(&plan)) {
            return Ok(Released::Changed(Box::new(difference)));
        }
        if !release.gate.admits(to_send) {
            return Ok(Released::GateClosed { to_send });
        }
        let hash = plan.hash.as_str();
        let undo = detail.draft.undo_ms.unwrap_or_else(|| auto_undo_ms(to_send));
        // The moment of an occurrence is the one at which it is released: as a broadcast it has none of its own.
        let at = if self.is_occurrence(id)? { None } else { detail.draft.at };
        let keeper = release.keeper.as_ref().filter(|_| undo > 0 && at.is_none());
        let hold_until = keeper.map(|_| now.plus(undo));
        let phase = match (at, hold_until) {
            (Some(at), _) if at <= now => {
                return Err(Denial::Past(at).into());
            }
            (Some(_), _) => Phase::Scheduled,
            (None, Some(_)) => Phase::Held,
            (None, None) => Phase::Sending,
        };
        let tx = self.write()?;
        let changed = tx
            .execute(
                "UPDATE broadcast SET phase = :phase, released_ms = :now, released_by = :by, at_ms = :at, \
                 hold_until_ms = :hold, keeper = :keeper, plan_hash = :hash, touched_ms = :now, \
                 version = version + 1 WHERE id = :id AND phase = 'planning'",
                named_params! {
                    ":id": id.0, ":phase": phase.word(), ":now": now.0, ":by": release.by,
                    ":at": at.map(|at| at.0), ":hold": hold_until.map(|at| at.0), ":keeper": keeper,
                    ":hash": hash,
                },
            )
            .doing("releasing a broadcast")?;
        if changed != 1 {
            return Err(StoreError::Conflict { what: "draft", id: id.to_string() });
        }
        if let Some(n) = detail.draft.stage {
            begin_stage(&tx, id, n)?;
        }
        if detail.row.purpose == Purpose::Broadcast {
            tx.note(Act::Release, id, &format!("{to_send} to send, plan {hash}"))?;
        }
        bump(&tx, Changed::Broadcasts)?;
        dies_at(Place::FlipOpen);
        tx.commit().doing("releasing a broadcast")?;
        dies_at(Place::FlipDone);
        Ok(Released::Done { to_send, hold_until })
    }
}

/// Providers read `0123` and `123` alike.
fn one_spelling(remote: &str) -> &str {
    let trimmed = remote.trim();
    let digits = trimmed.trim_start_matches('0');
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) { digits } else { trimmed }
}

#[cfg(test)]
mod tests;
