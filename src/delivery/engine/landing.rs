//! A call that came back: its answers become records, and its channel slows down or pauses.

use std::time::{Duration, Instant};

use super::Engine;
use super::flight::{Landed, Ready};
use super::runner::Runner;
use super::verdict::{met_trouble, not_left, record, sample, settle};
use crate::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use crate::delivery::outgoing::Line;
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::Class;
use crate::domain::id::{BroadcastId, ChannelId};
use crate::store::channels::Recent;
use crate::store::error::StoreError;
use crate::store::ledger::claim::Granted;

impl Engine {
    pub(super) async fn land(&mut self, landed: Landed) -> Result<(), StoreError> {
        let Landed { granted, channel, purpose, mut reading, flew, went_on, troubled, version } = landed;
        let mut rest = None;
        if let Some(runner) = self.runners.get_mut(&channel).filter(|_| flew) {
            runner.flying -= usize::from(!went_on);
            runner.speed.ended();
            if met_trouble(&reading) {
                runner.window.met_trouble();
            } else {
                runner.window.succeeded();
                runner.resting.was_enough();
            }
            if let Some(ChannelEffect::SlowDown(wait)) = reading.channel {
                let wait = runner.resting.grown(Instant::now(), wait);
                let class = sample(&reading).and_then(|outcome| outcome.class);
                rest = Some((wait, class.unwrap_or(Class::RateLimit)));
            }
            if let Some(ChannelEffect::Narrow(most)) = reading.channel {
                tracing::info!(channel = %runner.line.account.name, most, "the provider takes fewer people in a call");
                runner.most_per_call =
                    Some(runner.most_per_call.map_or(most, |known| known.min(most)).max(1));
            }
            rest_if_unreachable(runner, &mut reading);
            if troubled {
                runner.ready.trouble_is_read();
            }
            let line = runner.line.clone();
            self.account_rests(&line, rest, &reading);
        }
        let refused =
            self.lanes.iter_mut().find(|lane| lane.open.lane == granted.lane).filter(|_| flew).and_then(
                |lane| lane.proof.landed(granted.call, granted.deliveries.len(), &reading.outcomes),
            );
        if purpose == Purpose::Verify {
            settle(&mut reading, |_| true);
        } else if purpose == Purpose::Test {
            // It would pass a paused channel and try a wrong credential for ever; the operator is waiting.
            settle(&mut reading, |outcome| {
                matches!(outcome.class, Some(Class::Credential | Class::WindowClosed))
                    || matches!(outcome.verdict, Verdict::NextDay { .. })
            });
        }
        let told = (sample(&reading).cloned(), reading.channel);
        match reading.outcomes {
            Outcomes::All(outcome) => {
                for one in &granted.deliveries {
                    self.records.push(record(&granted, one, &outcome));
                }
            }
            Outcomes::Each(outcomes) => {
                debug_assert_eq!(outcomes.len(), granted.deliveries.len(), "one outcome for each delivery");
                // A kind that forgets somebody must not leave them in the air.
                let forgotten =
                    Outcome::unknown(Class::Unclassified, "", "the answer says nothing of this delivery");
                let each = outcomes.iter().chain(std::iter::repeat(&forgotten));
                for (one, outcome) in granted.deliveries.iter().zip(each) {
                    self.records.push(record(&granted, one, outcome));
                }
            }
            Outcomes::Split(outcome) if granted.deliveries.len() == 1 => {
                self.records.push(record(&granted, &granted.deliveries[0], &outcome));
            }
            Outcomes::Split(_) => self.split(&granted),
        }
        // After the answers are in hand: whatever happens to these writes, no answer is lost.
        if let Some(text) = refused {
            let paused = self.pause_broadcast(granted.broadcast, text).await;
            survives(paused)?;
        }
        let told = match told {
            (Some(outcome), _) if purpose == Purpose::Verify => self.record_verified(channel, &outcome).await,
            // Somebody has repaired the channel since this call left: what it says is about the old one.
            (_, Some(ChannelEffect::Pause(_))) if self.is_outdated(channel, version) => Ok(()),
            (outcome, Some(ChannelEffect::Pause(reason))) => {
                self.pause_channel(channel, reason, outcome.map_or_else(String::new, |outcome| outcome.text))
                    .await
            }
            _ => Ok(()),
        };
        survives(told)
    }

    fn is_outdated(&self, channel: ChannelId, version: i64) -> bool {
        self.runners.get(&channel).is_some_and(|runner| runner.version != version)
    }

    /// What a provider asks of an account, and its patience with refusals, are about all channels of that account.
    pub(super) fn account_rests(&mut self, line: &Line, rest: Option<(Duration, Class)>, reading: &Reading) {
        let budget = line.kind.error_budget(&line.account.settings);
        if rest.is_none() && budget.is_none() {
            return;
        }
        let lost = |outcome: &&Outcome| outcome.verdict != Verdict::Accepted;
        let refused = match &reading.outcomes {
            Outcomes::All(outcome) | Outcomes::Split(outcome) => usize::from(lost(&outcome)),
            Outcomes::Each(outcomes) => outcomes.iter().filter(lost).count(),
        };
        let now = Instant::now();
        for runner in self.runners.values_mut().filter(|runner| runner.line.is_account_of(line)) {
            if let Some((wait, class)) = rest {
                runner.rest(now, wait, class);
            }
            // It rests before there are too many.
            if let Some(rest) = budget.and_then(|budget| runner.refusals.add(refused, budget, now)) {
                tracing::warn!(channel = %runner.line.account.name, seconds = rest.as_secs(), "too many refusals; it rests");
                runner.rest(now, rest, Class::RateLimit);
            }
        }
    }

    /// Nobody of a refused batch got anything: it goes again in halves until the bad one is found.
    fn split(&mut self, granted: &Granted) {
        let last = granted.deliveries.iter().map(|one| one.seq).max().unwrap_or(0);
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.open.lane == granted.lane) {
            lane.narrow = Some((granted.deliveries.len().div_ceil(2).max(1), last));
        }
        self.records.extend(not_left(granted));
    }

    /// Pauses channels that lose too many; a person looks before the rest follows.
    pub(super) async fn stop_losing(&mut self, recent: &[(ChannelId, Recent)]) -> Result<(), StoreError> {
        let percent = self.setup.caution.lost;
        for (channel, recent) in recent {
            let working = self.lanes.iter().any(|lane| lane.open.channel == *channel);
            if let Some(lost) = recent.lost_over(percent).filter(|_| percent > 0 && working) {
                let detail = format!("{lost} of the last 200");
                let paused = self.pause_channel(*channel, PauseReason::Failures, detail).await;
                survives(paused)?;
            }
        }
        Ok(())
    }

    async fn pause_broadcast(&mut self, id: BroadcastId, text: String) -> Result<(), StoreError> {
        tracing::warn!(broadcast = %id, "nobody was accepted and the message is refused; the broadcast asks");
        self.lanes.retain(|lane| lane.open.broadcast != id);
        let stays = |ready: &Ready| ready.granted.broadcast != id;
        let back: Vec<_> = self.runners.values().flat_map(|runner| runner.put_back(stays)).collect();
        self.take_back(back);
        match self.setup.store.call(move |db| db.pause(id, PauseReason::Failures, &text)).await {
            // Somebody paused or stopped it at the same moment.
            Err(StoreError::Denied(_)) => Ok(()),
            paused => paused,
        }
    }

    pub(super) async fn pause_channel(
        &mut self,
        channel: ChannelId,
        reason: PauseReason,
        detail: String,
    ) -> Result<(), StoreError> {
        tracing::warn!(channel = %channel, reason = reason.word(), "a channel pauses itself");
        self.lanes.retain(|lane| lane.open.channel != channel);
        if let Some(runner) = self.runners.get_mut(&channel) {
            runner.ready.hold(true);
            self.records.extend(runner.put_back(|_| false));
        }
        self.setup.store.call(move |db| db.pause_channel(channel, reason, &detail)).await
    }

    async fn record_verified(&mut self, channel: ChannelId, outcome: &Outcome) -> Result<(), StoreError> {
        let (ok, text) = (outcome.verdict == Verdict::Accepted, outcome.text.clone());
        self.setup.store.call(move |db| db.record_verified(channel, ok, &text)).await
    }
}

/// A pause that could not be written now is written after the next call that asks for it: no reason to end, and to
/// lose the answers that wait to be recorded.
fn survives(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(error @ (StoreError::Busy(_) | StoreError::DiskFull(_) | StoreError::NotFound { .. })) => {
            tracing::warn!(%error, "a pause was not written");
            Ok(())
        }
        written => written,
    }
}

/// An account whose calls do not get through rests, and so do those who were in the last call.
fn rest_if_unreachable(runner: &mut Runner, reading: &mut Reading) {
    let now = Instant::now();
    let Outcomes::All(outcome) = &mut reading.outcomes else { return runner.breaker.answered() };
    // A provider that fails itself is as good as out of reach. One that asks for patience with a recipient is not.
    let failing = outcome.class == Some(Class::Network)
        || outcome.class == Some(Class::Provider) && matches!(outcome.verdict, Verdict::Retry { .. });
    if !failing {
        return runner.breaker.answered();
    }
    let Some(rest) = runner.breaker.failed(now) else { return };
    let class = outcome.class.unwrap_or(Class::Network);
    tracing::warn!(channel = %runner.line.account.name, seconds = rest.as_secs(), "the channel cannot be reached; it rests");
    if let Verdict::Retry { after } = &mut outcome.verdict {
        *after = Some(after.unwrap_or_default().max(rest));
    }
    runner.rest(now, rest, class);
    runner.window.probe();
}

impl Drop for Engine {
    /// Whatever ended the engine: its flights take no further call.
    fn drop(&mut self) {
        for runner in self.runners.values() {
            runner.ready.hold(true);
            drop(runner.ready.clear(|_| false));
        }
    }
}
