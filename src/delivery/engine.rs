//! The loop of the sender: wish, claim, send, read, record.
//!
//! One task owns all state. Calls run as tasks of their own and report back; the store runs one cycle
//! (records and claims in one durable commit) at a time, so that commits share their cost by themselves:
//! whatever happened during one cycle is in the next. Claims run a little ahead of the free places, so
//! that no place waits for a commit; with a rate limit they do not, because what is claimed counts as
//! in flight after a crash.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};

use super::carrier::Carrier;
use super::outgoing::{Line, Outgoing};
use super::pace::{Pace, Window};
use super::retry::{MAX_ATTEMPTS, wait_after};
use crate::channels::answer::Answer;
use crate::channels::call::{Call, redact};
use crate::channels::outcome::{ChannelEffect, Outcome, Outcomes, Reading, Verdict};
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;
use crate::store::channels::Open;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::ledger::{Claimed, Cycled, Granted, Lost, OpenLane, Record, Recorded, Wish};

/// How often the engine looks what others changed in the store.
const LOOK: Duration = Duration::from_millis(200);

/// While many calls are in flight, commits are at least so far apart.
const GATHER: Duration = Duration::from_millis(4);

/// A claim for a paced account may wait so long for its moment.
const HORIZON: Duration = Duration::from_millis(25);

/// After a failed commit the engine waits so long before the next one.
const STORE_TROUBLE: Duration = Duration::from_secs(1);

/// How long answers in flight are waited for when the sender is to end.
const FAREWELL: Duration = Duration::from_secs(30);

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// There was nothing to do for the idle time.
    Idle,
    /// It was asked to end; everything in flight is recorded or given up.
    Asked,
    /// Another sender has taken over.
    Fenced,
    /// The store is no longer where it was: nobody would see what is recorded in it.
    Vanished,
}

/// What the engine works with.
pub struct Setup {
    /// The store.
    pub store: StoreHandle,
    /// The wires.
    pub carrier: Arc<Carrier>,
    /// The epoch that `become_sender` gave.
    pub epoch: i64,
    /// Makes the keys of this store's deliveries differ from those of any other store.
    pub key_prefix: String,
    /// Ends after so long without work; `None`: never.
    pub idle: Option<Duration>,
    /// Turns true when the engine is to end.
    pub stop: watch::Receiver<bool>,
}

type Cycle = Pin<Box<dyn Future<Output = Result<Cycled, StoreError>> + Send>>;

/// A granted call, to be sent.
struct Ready {
    granted: Granted,
    out: Arc<Outgoing>,
}

/// An account and how it is doing.
struct Runner {
    line: Line,
    version: i64,
    pace: Pace,
    window: Window,
    ready: VecDeque<Ready>,
    flying: usize,
    /// Calls that ended since the last cycle: the measure of how far to claim ahead.
    ended: usize,
}

/// A lane and what it says.
struct Lane {
    open: OpenLane,
    out: Arc<Outgoing>,
    /// After a refused batch: the deliveries up to this one go in smaller calls.
    narrow: Option<(usize, i64)>,
}

struct Landed {
    granted: Granted,
    channel: ChannelId,
    purpose: Purpose,
    reading: Reading,
    /// Whether this ends the call's flight: those who could not leave land for themselves.
    flew: bool,
}

/// The loop's state.
pub struct Engine {
    setup: Setup,
    runners: HashMap<ChannelId, Runner>,
    lanes: Vec<Lane>,
    turn: usize,
    records: Vec<Record>,
    in_cycle: Arc<Vec<Record>>,
    cycle: Option<Cycle>,
    landed: (mpsc::UnboundedSender<Landed>, mpsc::UnboundedReceiver<Landed>),
    next_cycle: Instant,
    next_look: Instant,
    last_work: Instant,
    stopping: Option<Instant>,
    /// The last commit failed for want of room or of its turn.
    in_trouble: bool,
}

impl Engine {
    /// Makes the engine; `run` does the work.
    pub fn new(setup: Setup) -> Self {
        let now = Instant::now();
        Self {
            setup,
            runners: HashMap::new(),
            lanes: Vec::new(),
            turn: 0,
            records: Vec::new(),
            in_cycle: Arc::default(),
            cycle: None,
            landed: mpsc::unbounded_channel(),
            next_cycle: now,
            next_look: now,
            last_work: now,
            stopping: None,
            in_trouble: false,
        }
    }

    /// Works until there is nothing to do, it is asked to end, or another sender takes over.
    pub async fn run(mut self) -> Result<Ended, StoreError> {
        loop {
            let now = Instant::now();
            if now >= self.next_look && !self.look().await? {
                return Ok(Ended::Vanished);
            }
            if let Some(ended) = self.ended(now) {
                return Ok(ended);
            }
            self.begin_cycle(now);
            self.launch(now);
            let wake = self.wake(now);
            let mut arrived = Vec::new();
            tokio::select! {
                biased;
                cycled = async { self.cycle.as_mut().expect("guarded by the condition").await }, if self.cycle.is_some() => {
                    self.cycle = None;
                    if self.cycled(cycled).await? {
                        return Ok(Ended::Fenced);
                    }
                }
                n = self.landed.1.recv_many(&mut arrived, 1_024) => {
                    debug_assert!(n > 0, "the engine holds a sender itself");
                    for landed in arrived {
                        self.land(landed).await?;
                    }
                }
                changed = self.setup.stop.changed(), if self.stopping.is_none() => {
                    // A dropped stop handle means that nobody is left to ask: end as if asked.
                    if changed.is_err() || *self.setup.stop.borrow() {
                        self.begin_farewell(Instant::now());
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    fn flying(&self) -> usize {
        self.runners.values().map(|runner| runner.flying + runner.ready.len()).sum()
    }

    fn is_quiet(&self) -> bool {
        self.cycle.is_none() && self.records.is_empty() && self.flying() == 0
    }

    fn ended(&self, now: Instant) -> Option<Ended> {
        if let Some(since) = self.stopping {
            return (self.is_quiet() || now > since + FAREWELL).then_some(Ended::Asked);
        }
        let idle = self.setup.idle?;
        (self.lanes.is_empty() && self.is_quiet() && now > self.last_work + idle).then_some(Ended::Idle)
    }

    /// Nothing more is claimed; what has not left goes back into the queue.
    fn begin_farewell(&mut self, now: Instant) {
        self.stopping = Some(now);
        self.lanes.clear();
        for runner in self.runners.values_mut() {
            for ready in runner.ready.drain(..) {
                self.records.extend(not_left(&ready.granted));
            }
        }
    }

    fn wake(&self, now: Instant) -> Instant {
        let mut wake = self.next_look;
        if self.cycle.is_none() && !self.records.is_empty() {
            wake = wake.min(self.next_cycle);
        }
        if self.stopping.is_none() {
            for lane in &self.lanes {
                if let Some(runner) = self.runners.get(&lane.open.channel) {
                    let next = runner.pace.next_at(now);
                    if next > now {
                        wake = wake.min(
                            next.checked_sub(HORIZON / 2).unwrap_or(next).max(now + Duration::from_millis(1)),
                        );
                    }
                }
            }
        }
        wake
    }

    // ── What others changed ─────────────────────────────────────────────────────────────────────

    /// Looks which lanes are open and which channels have changed; `false`: the store is gone.
    async fn look(&mut self) -> Result<bool, StoreError> {
        self.next_look = Instant::now() + LOOK;
        if self.stopping.is_some() {
            return Ok(true);
        }
        let looked = self
            .setup
            .store
            .call(|db| {
                if !db.is_in_place() {
                    return Ok(None);
                }
                let open = db.open_lanes()?;
                let versions = if open.is_empty() { Vec::new() } else { db.channel_versions()? };
                Ok(Some((open, versions)))
            })
            .await?;
        let Some((open, versions)) = looked else { return Ok(false) };
        if !open.is_empty() {
            self.last_work = Instant::now();
        }
        let changed: Vec<ChannelId> = versions
            .iter()
            .filter(|(id, version)| self.runners.get(id).is_some_and(|runner| runner.version != *version))
            .map(|(id, _)| *id)
            .collect();
        let mut lanes = Vec::with_capacity(open.len());
        for one in open {
            let known = self
                .lanes
                .iter()
                .position(|lane| lane.open.lane == one.lane)
                .map(|at| self.lanes.swap_remove(at))
                .filter(|_| !changed.contains(&one.channel));
            let version =
                versions.iter().find(|(id, _)| *id == one.channel).map_or(0, |(_, version)| *version);
            match known {
                Some(lane) => lanes.push(Lane { open: one, ..lane }),
                None => lanes.extend(self.open_lane(one, version).await?),
            }
        }
        lanes.sort_by_key(|lane| lane.open.lane);
        self.lanes = lanes;
        self.put_back_closed();
        Ok(true)
    }

    /// What was claimed of lanes that have closed since does not leave.
    fn put_back_closed(&mut self) {
        let open: HashSet<i64> = self.lanes.iter().map(|lane| lane.open.lane).collect();
        for runner in self.runners.values_mut() {
            let (stays, closed): (VecDeque<Ready>, VecDeque<Ready>) =
                runner.ready.drain(..).partition(|ready| open.contains(&ready.granted.lane));
            runner.ready = stays;
            for ready in closed {
                self.records.extend(not_left(&ready.granted));
            }
        }
    }

    /// Reads what a lane says; a broadcast that cannot be read is paused with the reason.
    async fn open_lane(&mut self, open: OpenLane, version: i64) -> Result<Option<Lane>, StoreError> {
        let (broadcast, channel) = (open.broadcast, open.channel);
        let read = self
            .setup
            .store
            .call(move |db| Ok((db.account(channel, Open::Secrets)?, db.broadcast(broadcast)?)))
            .await;
        let (account, detail) = match read {
            Ok(read) => read,
            // A credential that does not open is this channel's trouble, and no other's.
            Err(StoreError::Key(error)) => {
                self.pause_channel(channel, PauseReason::Credential, error.to_string()).await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let made = Line::new(account)
            .and_then(|line| Ok((line.clone(), Outgoing::new(line, &detail, &self.setup.key_prefix)?)));
        match made {
            Ok((line, out)) => {
                self.keep_runner(line, version);
                Ok(Some(Lane { open, out: Arc::new(out), narrow: None }))
            }
            Err(error) => {
                let text = error.to_string();
                tracing::warn!(broadcast = %broadcast, error = %text, "a broadcast cannot go out");
                let paused =
                    self.setup.store.call(move |db| db.pause(broadcast, PauseReason::Failures, &text)).await;
                match paused {
                    // Somebody paused or stopped it at the same moment.
                    Ok(()) | Err(StoreError::Refused(_)) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }

    fn keep_runner(&mut self, line: Line, version: i64) {
        let now = Instant::now();
        let (rate, max) = (line.rate(), line.concurrency());
        match self.runners.get_mut(&line.account.id) {
            Some(runner) => {
                runner.pace.set_rate(rate);
                runner.window.set_max(max);
                runner.line = line;
                runner.version = version;
            }
            None => {
                let runner = Runner {
                    pace: Pace::new(rate, now),
                    window: Window::new(max),
                    version,
                    ready: VecDeque::new(),
                    flying: 0,
                    ended: 0,
                    line,
                };
                self.runners.insert(runner.line.account.id, runner);
            }
        }
    }

    // ── Claim and record ────────────────────────────────────────────────────────────────────────

    fn begin_cycle(&mut self, now: Instant) {
        if self.cycle.is_some() || now < self.next_cycle {
            return;
        }
        // After trouble with the store the answers in hand go alone: they must fit where more would not.
        let holds_back = self.stopping.is_some() || self.in_trouble;
        let wishes = if holds_back { Vec::new() } else { self.wishes(now) };
        if self.records.is_empty() && wishes.is_empty() {
            return;
        }
        self.in_cycle = Arc::new(std::mem::take(&mut self.records));
        let (store, epoch, records) =
            (self.setup.store.clone(), self.setup.epoch, Arc::clone(&self.in_cycle));
        self.cycle =
            Some(Box::pin(async move { store.call(move |db| db.cycle(epoch, &records, &wishes)).await }));
        if self.flying() > 16 {
            self.next_cycle = now + GATHER;
        }
    }

    /// What to claim now: for each account as many calls as have a place or soon will, shared out evenly
    /// among its lanes, so that six people never wait behind a million.
    fn wishes(&mut self, now: Instant) -> Vec<Wish> {
        let wall = wall_now();
        self.turn = self.turn.wrapping_add(1);
        let mut wishes = Vec::new();
        for (channel, runner) in &mut self.runners {
            let lanes: Vec<&Lane> = self
                .lanes
                .iter()
                .filter(|lane| lane.open.channel == *channel)
                .filter(|lane| lane.open.planned > 0 || lane.open.due.is_some_and(|due| due <= wall))
                .collect();
            if lanes.is_empty() {
                continue;
            }
            let size = runner.window.size();
            let ahead = runner.ended.min(size);
            runner.ended = 0;
            let places = (size + ahead).saturating_sub(runner.flying + runner.ready.len());
            let mut calls = runner.pace.allowance(now, now + HORIZON, places);
            let first = self.turn % lanes.len();
            let (before, after) = lanes.split_at(first);
            let mut left = lanes.len();
            for lane in after.iter().chain(before) {
                let share = calls.div_ceil(left);
                left -= 1;
                if share == 0 {
                    continue;
                }
                calls -= share;
                let per_call =
                    lane.narrow.map_or_else(|| lane.out.per_call(lane.open.remote), |(size, _)| size);
                wishes.push(Wish {
                    lane: lane.open.lane,
                    calls: share,
                    per_call,
                    vars: lane.out.is_personal(),
                });
            }
        }
        wishes
    }

    /// Takes what a cycle gave; `true`: another sender has taken over.
    async fn cycled(&mut self, cycled: Result<Cycled, StoreError>) -> Result<bool, StoreError> {
        let cycled = match cycled {
            Ok(cycled) => cycled,
            Err(StoreError::Busy(_) | StoreError::DiskFull(_)) => {
                // Nothing of the cycle happened. The answers are still in hand: keep them, try again later.
                tracing::warn!("the store takes no writes; answers wait in memory");
                let mut kept = std::mem::take(&mut self.in_cycle).as_ref().clone();
                kept.append(&mut self.records);
                self.records = kept;
                self.in_trouble = true;
                self.next_cycle = Instant::now() + STORE_TROUBLE;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        self.in_trouble = false;
        if cycled.late > 0 {
            tracing::warn!(late = cycled.late, "answers came after their delivery had moved on");
        }
        if cycled.fenced {
            return Ok(true);
        }
        self.last_work = Instant::now();
        if self.lanes.is_empty() {
            // What was just recorded may be due again: only a look after it can tell that nothing is left.
            self.next_look = self.last_work;
        }
        let mut exhausted = self.lanes.iter().any(|lane| lane.open.due.is_some());
        for granted in cycled.granted {
            let Some(lane) = self.lanes.iter_mut().find(|lane| lane.open.lane == granted.lane) else {
                // Closed since the wish: nothing of it leaves.
                self.records.extend(not_left(&granted));
                continue;
            };
            lane.open.planned -= granted.deliveries.len() as i64;
            exhausted |= lane.open.planned <= 0;
            if let (Some((_, until)), Some(first)) = (lane.narrow, granted.deliveries.first())
                && first.seq > until
            {
                lane.narrow = None;
            }
            let ready = Ready { out: Arc::clone(&lane.out), granted };
            match self.runners.get_mut(&lane.open.channel) {
                Some(runner) => runner.ready.push_back(ready),
                None => self.records.extend(not_left(&ready.granted)),
            }
        }
        if exhausted {
            // Whether the store is still there is asked again at the next turn.
            self.look().await?;
        }
        Ok(false)
    }

    // ── Send and read ───────────────────────────────────────────────────────────────────────────

    fn launch(&mut self, now: Instant) {
        for (channel, runner) in &mut self.runners {
            if runner.pace.next_at(now) > now + HORIZON {
                // Asked to wait longer than a claim may: they go back, so that a pause, a stop or an opt-out
                // that comes meanwhile reaches them.
                for ready in runner.ready.drain(..) {
                    self.records.extend(not_left(&ready.granted));
                }
                continue;
            }
            while runner.flying < runner.window.size() {
                let Some(ready) = runner.ready.pop_front() else { break };
                let at = runner.pace.take(now);
                runner.flying += 1;
                let flight = Flight {
                    channel: *channel,
                    purpose: ready.out.purpose(),
                    carrier: Arc::clone(&self.setup.carrier),
                    timeout: runner.line.timeout(),
                    not_before: (at > now).then_some(at),
                };
                tokio::spawn(flight.fly(ready, self.landed.0.clone()));
            }
        }
    }

    async fn land(&mut self, landed: Landed) -> Result<(), StoreError> {
        let Landed { granted, channel, purpose, mut reading, flew } = landed;
        if let Some(runner) = self.runners.get_mut(&channel).filter(|_| flew) {
            runner.flying -= 1;
            runner.ended += 1;
            if met_trouble(&reading) {
                runner.window.met_trouble();
            } else {
                runner.window.succeeded();
            }
            if let Some(ChannelEffect::SlowDown(wait)) = reading.channel {
                runner.pace.slow_down(Instant::now(), wait);
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

    /// Nobody of a refused batch got anything: it goes again in halves until the bad one is found.
    fn split(&mut self, granted: &Granted) {
        let last = granted.deliveries.iter().map(|one| one.seq).max().unwrap_or(0);
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.open.lane == granted.lane) {
            lane.narrow = Some((granted.deliveries.len().div_ceil(2).max(1), last));
        }
        self.records.extend(not_left(granted));
    }

    async fn pause_channel(
        &mut self,
        channel: ChannelId,
        reason: PauseReason,
        detail: String,
    ) -> Result<(), StoreError> {
        tracing::warn!(channel = %channel, reason = reason.word(), "a channel pauses itself");
        self.lanes.retain(|lane| lane.open.channel != channel);
        if let Some(runner) = self.runners.get_mut(&channel) {
            for ready in runner.ready.drain(..) {
                self.records.extend(not_left(&ready.granted));
            }
        }
        self.setup.store.call(move |db| db.pause_channel(channel, reason, &detail)).await
    }

    async fn record_verified(&mut self, channel: ChannelId, outcome: &Outcome) -> Result<(), StoreError> {
        let (ok, text) = (outcome.verdict == Verdict::Accepted, outcome.text.clone());
        self.setup.store.call(move |db| db.record_verified(channel, ok, &text)).await
    }
}

/// One call on its way.
struct Flight {
    channel: ChannelId,
    purpose: Purpose,
    carrier: Arc<Carrier>,
    timeout: Duration,
    not_before: Option<Instant>,
}

impl Flight {
    async fn fly(self, ready: Ready, landed: mpsc::UnboundedSender<Landed>) {
        let Ready { granted, out } = ready;
        if let Some(at) = self.not_before {
            tokio::time::sleep_until(at.into()).await;
        }
        // Those without a destination cannot be in the call; the others go without them, and what becomes of
        // the call says nothing of them.
        let (reachable, lost): (Vec<Claimed>, Vec<Claimed>) =
            granted.deliveries.into_iter().partition(|one| one.to.is_ok() || self.purpose == Purpose::Verify);
        let part = |deliveries| Granted { deliveries, ..granted };
        let lost_each = lost.iter().map(|one| cannot_leave(one.to.as_ref().err().copied())).collect();
        let none_left = reachable.is_empty();
        let reading = if none_left {
            Reading::each(Vec::new())
        } else {
            // A bug in one kind must not take the books with it: what it was about to do is unknown.
            AssertUnwindSafe(self.exchange(&reachable, &out)).catch_unwind().await.unwrap_or_else(|_| {
                Reading::all(Outcome::unknown(
                    Class::Unclassified,
                    "",
                    "an internal error interrupted the call",
                ))
            })
        };
        let landing = |granted, reading, flew| Landed {
            granted,
            channel: self.channel,
            purpose: self.purpose,
            reading,
            flew,
        };
        // The engine outlives its flights, except when it was fenced: then nobody records any more.
        if !lost.is_empty() {
            drop(landed.send(landing(part(lost), Reading::each(lost_each), none_left)));
        }
        if !none_left {
            drop(landed.send(landing(part(reachable), reading, true)));
        }
    }

    async fn exchange(&self, reachable: &[Claimed], out: &Outgoing) -> Reading {
        match out.build(reachable) {
            Ok(built) => {
                let answer: Answer = self.carrier.carry(&built.call, self.timeout).await;
                masked(out.read(&built.targets, &answer), &built.call)
            }
            // The channel is set up wrongly: that is nobody's failure, and they wait for the repair.
            Err(mut outcome) if outcome.class == Some(Class::Credential) => {
                outcome.verdict = Verdict::Retry { after: None };
                Reading::all(outcome).pausing(PauseReason::Credential)
            }
            Err(outcome) => Reading::all(outcome),
        }
    }
}

/// What becomes of a delivery that has lost its destination since the plan was frozen.
fn cannot_leave(lost: Option<Lost>) -> Outcome {
    match lost {
        Some(Lost::Person) => {
            Outcome::rejected(Class::Blocked, "", "the person left or was left out after the release")
        }
        Some(Lost::Address) | None => {
            Outcome::rejected(Class::BadRecipient, "", "the address was removed or cannot be opened")
        }
    }
}

/// One question with one answer: what `ends` picks is refused now and never tried again by itself.
fn settle(reading: &mut Reading, ends: impl Fn(&Outcome) -> bool) {
    let settle = |outcome: &mut Outcome| {
        if matches!(outcome.verdict, Verdict::Accepted | Verdict::Rejected) || !ends(outcome) {
            return;
        }
        outcome.verdict = Verdict::Rejected;
    };
    match &mut reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => settle(outcome),
        Outcomes::Each(outcomes) => outcomes.iter_mut().for_each(settle),
    }
}

/// Servers like to quote what they were sent: no text of theirs keeps a secret of the call.
fn masked(mut reading: Reading, call: &Call) -> Reading {
    let secrets = match call {
        Call::Http(call) => call.secrets.as_slice(),
        Call::Mail(call) => call.password.as_slice(),
    };
    let mask = |outcome: &mut Outcome| {
        if !outcome.text.is_empty() {
            outcome.text = redact(&outcome.text, secrets);
        }
    };
    match &mut reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => mask(outcome),
        Outcomes::Each(outcomes) => outcomes.iter_mut().for_each(mask),
    }
    reading
}

fn sample(reading: &Reading) -> Option<&Outcome> {
    match &reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => Some(outcome),
        Outcomes::Each(outcomes) => {
            outcomes.iter().find(|outcome| outcome.verdict != Verdict::Accepted).or(outcomes.first())
        }
    }
}

fn met_trouble(reading: &Reading) -> bool {
    matches!(reading.channel, Some(ChannelEffect::SlowDown(_)))
        || matches!(&reading.outcomes, Outcomes::All(outcome)
            if matches!(outcome.class, Some(Class::Network | Class::RateLimit | Class::Provider)))
}

fn not_left(granted: &Granted) -> impl Iterator<Item = Record> + use<'_> {
    granted.deliveries.iter().map(|one| recorded(granted, one.seq, Recorded::NotLeft))
}

fn recorded(granted: &Granted, seq: i64, result: Recorded) -> Record {
    Record { call: granted.call, lane: granted.lane, broadcast: granted.broadcast, seq, result }
}

fn wall_now() -> Millis {
    Millis(jiff::Timestamp::now().as_millisecond())
}

/// What an outcome means for the books.
fn record(granted: &Granted, one: &Claimed, outcome: &Outcome) -> Record {
    let attempt = one.tries + 1;
    // A wrong credential is nobody's failure: these wait for the repair, however often it is tried.
    let given_up = attempt >= MAX_ATTEMPTS && outcome.class != Some(Class::Credential);
    let now = wall_now();
    let (state, not_before) = match outcome.verdict {
        Verdict::Accepted => (DeliveryState::Accepted, None),
        Verdict::Rejected => (DeliveryState::Rejected, None),
        Verdict::Unknown => (DeliveryState::Unknown, None),
        Verdict::Retry { .. } | Verdict::NextDay { .. } if given_up => (DeliveryState::Rejected, None),
        Verdict::Retry { after } => {
            let wait = wait_after(attempt, after, fastrand::f64());
            (DeliveryState::Deferred, Some(now.plus(wait.as_millis() as i64)))
        }
        Verdict::NextDay { .. } => (DeliveryState::Deferred, outcome.verdict.not_before(now)),
    };
    recorded(
        granted,
        one.seq,
        Recorded::Moved {
            state,
            not_before,
            class: outcome.class,
            code: outcome.code.clone(),
            text: outcome.text.clone(),
            receipt: outcome.receipt.clone(),
        },
    )
}
