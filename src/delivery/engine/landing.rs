//! A call that came back: its answers become records, and its channel slows down or pauses.

use std::time::Instant;

use super::Engine;
use super::flight::Landed;
use super::verdict::{met_trouble, not_left, record, sample, settle};
use crate::channels::outcome::{ChannelEffect, Outcome, Outcomes, Verdict};
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::store::error::StoreError;
use crate::store::ledger::claim::Granted;

impl Engine {
    pub(super) async fn land(&mut self, landed: Landed) -> Result<(), StoreError> {
        let Landed { granted, channel, purpose, mut reading, flew, went_on, troubled, version } = landed;
        if let Some(runner) = self.runners.get_mut(&channel).filter(|_| flew) {
            runner.flying -= usize::from(!went_on);
            runner.speed.ended();
            if met_trouble(&reading) {
                runner.window.met_trouble();
            } else {
                runner.window.succeeded();
            }
            if let Some(ChannelEffect::SlowDown(wait)) = reading.channel {
                runner.pace.slow_down(Instant::now(), wait);
            }
            if troubled {
                runner.ready.trouble_is_read();
            }
        }
        if purpose == Purpose::Verify {
            settle(&mut reading, |_| true);
        } else if purpose == Purpose::Test {
            // It would pass a paused channel and try a wrong credential for ever; the operator is waiting.
            settle(&mut reading, |outcome| {
                outcome.class == Some(Class::Credential) || matches!(outcome.verdict, Verdict::NextDay { .. })
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
                for (one, outcome) in granted.deliveries.iter().zip(&outcomes) {
                    self.records.push(record(&granted, one, outcome));
                }
            }
            Outcomes::Split(outcome) if granted.deliveries.len() == 1 => {
                self.records.push(record(&granted, &granted.deliveries[0], &outcome));
            }
            Outcomes::Split(_) => self.split(&granted),
        }
        // After the answers are in hand: whatever happens to these writes, no answer is lost.
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
        match told {
            // A channel that could not be paused now is paused by its next refused call.
            Err(error @ (StoreError::Busy(_) | StoreError::DiskFull(_) | StoreError::NotFound { .. })) => {
                tracing::warn!(%error, "a channel's state was not written");
                Ok(())
            }
            told => told,
        }
    }

    fn is_outdated(&self, channel: ChannelId, version: i64) -> bool {
        self.runners.get(&channel).is_some_and(|runner| runner.version != version)
    }

    /// Nobody of a refused batch got anything: it goes again in halves until the bad one is found.
    fn split(&mut self, granted: &Granted) {
        let last = granted.deliveries.iter().map(|one| one.seq).max().unwrap_or(0);
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.open.lane == granted.lane) {
            lane.narrow = Some((granted.deliveries.len().div_ceil(2).max(1), last));
        }
        self.records.extend(not_left(granted));
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
