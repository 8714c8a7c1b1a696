//! What to claim: how many calls of which lane, shared out fairly.

use std::time::Instant;

use super::lanes::Lane;
use super::runner::Runner;
use super::verdict::wall_now;
use super::{AHEAD, Engine, HORIZON};
use crate::domain::broadcast::Purpose;
use crate::domain::id::ChannelId;
use crate::store::ledger::claim::Wish;

impl Engine {
    /// What to claim now: for each account as many calls as have a place or soon will, shared out evenly
    /// among its lanes, so that six people never wait behind a million.
    pub(super) fn wishes(&mut self, now: Instant) -> Vec<Wish> {
        let wall = wall_now();
        self.turn = self.turn.wrapping_add(1);
        let mut wishes = Vec::new();
        let mut runners: Vec<(&ChannelId, &mut Runner)> = self.runners.iter_mut().collect();
        // Channels of one account share its places: whoever had one last comes last.
        runners.sort_by_key(|(_, runner)| runner.served);
        for (_, runner) in &runners {
            runner.pace.forget_promises();
        }
        for (_, runner) in &runners {
            runner.pace.promise(runner.ready.len());
        }
        for (channel, runner) in runners {
            let quiet = runner.is_quiet(wall, &self.zone);
            let mut lanes: Vec<&Lane> = self
                .lanes
                .iter()
                .filter(|lane| lane.open.channel == *channel)
                .filter(|lane| !quiet || lane.open.purpose != Purpose::Broadcast)
                .filter(|lane| lane.open.planned > 0 || lane.open.due.is_some_and(|due| due <= wall))
                .collect();
            // Large files are bounded by what they take of the memory, while there is such a message to claim.
            let heaviest = lanes.iter().map(|lane| lane.out.most_in_flight()).min().unwrap_or(usize::MAX);
            runner.window.set_max(runner.line.concurrency().min(heaviest));
            // Retries are bounded by what they would take from others; alone they take nothing.
            let mut retries = usize::MAX;
            if lanes.iter().any(|lane| lane.open.planned > 0) {
                retries = runner.retries.room(now);
                if retries == 0 {
                    lanes.retain(|lane| lane.open.planned > 0);
                }
            }
            if lanes.is_empty() {
                continue;
            }
            let size = runner.window.size();
            let ahead = runner.speed.within(AHEAD, now).min(3 * size);
            let ready = runner.ready.len();
            let places = (size + ahead).saturating_sub(runner.flying + ready);
            let mut calls = runner.pace.allowance(now, now + HORIZON, places, ready);
            let first = self.turn % lanes.len();
            let (before, after) = lanes.split_at(first);
            let mut left = lanes.len();
            for lane in after.iter().chain(before) {
                let share = lane.proof.admits(calls.div_ceil(left));
                left -= 1;
                if share == 0 {
                    continue;
                }
                calls -= share;
                runner.pace.promise(share);
                runner.served = self.turn;
                let of_them = retries.min(share);
                retries -= of_them;
                let per_call =
                    lane.narrow.map_or_else(|| lane.out.per_call(lane.open.remote), |(size, _)| size);
                let per_call = runner
                    .most_per_call
                    .filter(|_| !lane.open.remote)
                    .map_or(per_call, |most| per_call.min(most));
                wishes.push(Wish {
                    lane: lane.open.lane,
                    calls: share,
                    retries: of_them,
                    per_call,
                    vars: lane.out.is_personal(),
                });
            }
        }
        wishes
    }
}
