//! The loop of the sender: wish, claim, send, read, record.
//!
//! One task owns all state. Calls run as tasks of their own and report back; the store runs one cycle
//! (records and claims in one durable commit) at a time, so that commits share their cost by themselves:
//! whatever happened during one cycle is in the next. Claims run a little ahead of the free places, so
//! that no place waits for a commit; with a rate limit they do not, because what is claimed counts as
//! in flight after a crash.

mod clock;
mod flight;
mod landing;
mod lanes;
mod proof;
mod resting;
mod runner;
mod runway;
mod verdict;
mod wishes;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio::sync::watch;

use flight::{Fence, Flight, Ready};
use lanes::Lane;
use runner::Runner;
use runway::Landings;
use verdict::not_left;
pub(crate) use verdict::wall_now;

use super::carrier::Carrier;
use super::caution::Caution;
use crate::domain::id::ChannelId;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::keys::DeliveryKeys;
use crate::store::ledger::Cycled;
use crate::store::ledger::record::Record;
use crate::store::watch::Watch;

/// How often the engine looks what others changed in the store.
const LOOK: Duration = Duration::from_millis(200);

/// The same while there is nothing to do and the kernel tells of writes: only schedules come by the clock.
const IDLE_LOOK: Duration = Duration::from_secs(1);

/// Whatever the kernel tells, writes are waited for no longer than this at a time.
const SELDOM: Duration = Duration::from_secs(300);

/// A commit shows a moment after its bytes: after a write is looked often for so long.
const STIRRED: Duration = Duration::from_secs(2);

/// While many calls are in flight, commits are at least so far apart.
const GATHER: Duration = Duration::from_millis(4);

/// Claims run ahead of the free places by what the account calls in this time: a claim comes when its cycle
/// ends and has to last until the next one has. After a crash all that is claimed is unknown, so slow accounts
/// have nothing claimed beyond their places.
const AHEAD: Duration = Duration::from_millis(10);

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
    /// What providers know this store's deliveries by.
    pub keys: DeliveryKeys,
    /// Ends after so long without work; `None`: never.
    pub idle: Option<Duration>,
    /// When it stops by itself.
    pub caution: Caution,
    /// Turns true when the engine is to end.
    pub stop: watch::Receiver<bool>,
    /// Wakes it when others write to the store.
    pub writes: Watch,
}

type Cycle = Pin<Box<dyn Future<Output = Result<Cycled, StoreError>> + Send>>;

/// The loop's state.
pub struct Engine {
    setup: Setup,
    runners: HashMap<ChannelId, Runner>,
    lanes: Vec<Lane>,
    turn: usize,
    records: Vec<Record>,
    in_cycle: Arc<Vec<Record>>,
    cycle: Option<Cycle>,
    /// When the cycle that runs, or that ran last, was given to the store.
    asked: Instant,
    landings: Landings,
    next_cycle: Instant,
    next_look: Instant,
    last_work: Instant,
    /// When somebody last wrote to the store while there was nothing to do.
    stirred: Instant,
    stopping: Option<Instant>,
    /// Another sender has taken over.
    fenced: bool,
    /// The last commit failed for want of room or of its turn.
    in_trouble: bool,
    /// Quiet hours are those of this machine.
    zone: TimeZone,
    clock: clock::Clock,
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
            asked: now,
            landings: Landings::default(),
            next_cycle: now,
            next_look: now,
            last_work: now,
            stirred: now,
            stopping: None,
            fenced: false,
            in_trouble: false,
            zone: TimeZone::system(),
            clock: clock::Clock::new(now, verdict::wall_now()),
        }
    }

    /// Works until there is nothing to do, it is asked to end, or another sender takes over.
    pub async fn run(mut self) -> Result<Ended, StoreError> {
        loop {
            let now = Instant::now();
            if now >= self.next_look
                && let Some(ended) = self.look().await?
            {
                return Ok(ended);
            }
            for landed in self.landings.take() {
                self.land(landed).await?;
            }
            if let Some(ended) = self.ended(now) {
                return Ok(ended);
            }
            self.begin_cycle(now);
            self.launch(now);
            let wake = self.wake(now);
            // While a cycle runs or the next one waits for its moment, calls that went well are read then.
            let gathering = self.cycle.is_some() || self.next_cycle > now;
            if self.landings.wait_for(gathering) {
                continue;
            }
            let idle = self.lanes.is_empty() && self.is_quiet();
            tokio::select! {
                biased;
                cycled = async { self.cycle.as_mut().expect("guarded by the condition").await }, if self.cycle.is_some() => {
                    self.cycle = None;
                    self.cycled(cycled).await?;
                }
                () = self.landings.wait() => {}
                changed = self.setup.stop.changed(), if self.stopping.is_none() => {
                    // A dropped stop handle means that nobody is left to ask: end as if asked.
                    if changed.is_err() || *self.setup.stop.borrow() {
                        self.begin_farewell(Instant::now());
                    }
                }
                () = self.setup.writes.written(SELDOM, LOOK), if idle => {
                    self.stirred = Instant::now();
                    self.next_look = self.stirred;
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
            let ended = if self.fenced { Ended::Fenced } else { Ended::Asked };
            return (self.is_quiet() || now > since + FAREWELL).then_some(ended);
        }
        let idle = self.setup.idle?;
        (self.lanes.is_empty() && self.is_quiet() && now > self.last_work + idle).then_some(Ended::Idle)
    }

    /// Nothing more is claimed; what has not left goes back into the queue.
    fn begin_farewell(&mut self, now: Instant) {
        self.stopping = Some(now);
        self.lanes.clear();
        for runner in self.runners.values_mut() {
            runner.ready.hold(true);
            self.records.extend(runner.put_back(|_| false));
        }
    }

    /// What was claimed and did not leave goes back; a lane whose first call that was has to ask again.
    fn take_back(&mut self, records: Vec<Record>) {
        for lane in &mut self.lanes {
            lane.proof.taken_back(&records);
        }
        self.records.extend(records);
    }

    fn wake(&self, now: Instant) -> Instant {
        let mut wake = self.next_look;
        if let (true, Some(idle)) = (self.lanes.is_empty(), self.setup.idle) {
            wake = wake.min(self.last_work + idle + Duration::from_millis(1));
        }
        if self.cycle.is_none() && (!self.records.is_empty() || self.next_cycle > now) {
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

    // ── Claim and record ────────────────────────────────────────────────────────────────────────

    fn begin_cycle(&mut self, now: Instant) {
        if self.cycle.is_some() || now < self.next_cycle {
            return;
        }
        // After trouble with the store the answers in hand go alone: they must fit where more would not. Without
        // any, only the next claim can show that the trouble is over.
        let holds_back = self.stopping.is_some() || self.in_trouble && !self.records.is_empty();
        let wishes = if holds_back { Vec::new() } else { self.wishes(now) };
        if self.records.is_empty() && wishes.is_empty() {
            return;
        }
        self.in_cycle = Arc::new(std::mem::take(&mut self.records));
        self.asked = now;
        let (store, epoch, records) =
            (self.setup.store.clone(), self.setup.epoch, Arc::clone(&self.in_cycle));
        self.cycle =
            Some(Box::pin(async move { store.call(move |db| db.cycle(epoch, &records, &wishes)).await }));
        if self.flying() > 16 {
            self.next_cycle = now + GATHER;
        }
    }

    /// Another sender has taken over: nothing more leaves, and what is in the air still lands, because an
    /// acceptance tells what became of a delivery that its successor had to call unknown.
    pub(super) fn is_fenced(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.fenced, true) {
            tracing::warn!("another sender has taken over");
        }
        if self.stopping.is_none() {
            self.begin_farewell(now);
        }
    }

    /// Takes what a cycle gave.
    async fn cycled(&mut self, cycled: Result<Cycled, StoreError>) -> Result<(), StoreError> {
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
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.in_trouble = false;
        if cycled.late > 0 {
            tracing::warn!(late = cycled.late, "answers came after their delivery had moved on");
        }
        if cycled.fenced {
            self.is_fenced(Instant::now());
            return Ok(());
        }
        self.stop_losing(&cycled.recent).await?;
        self.last_work = Instant::now();
        if self.lanes.is_empty() {
            // What was just recorded may be due again: only a look after it can tell that nothing is left.
            self.next_look = self.last_work;
        }
        let mut exhausted = self.are_due_or_put_off(&cycled.put_off);
        for granted in cycled.granted {
            let Some(lane) = self.lanes.iter_mut().find(|lane| lane.open.lane == granted.lane) else {
                // Closed since the wish: nothing of it leaves.
                self.records.extend(not_left(&granted));
                continue;
            };
            lane.proof.asks(granted.call);
            lane.open.planned -= granted.deliveries.len() as i64;
            exhausted |= lane.open.planned <= 0;
            if let (Some((_, until)), Some(first)) = (lane.narrow, granted.deliveries.first())
                && first.seq > until
            {
                lane.narrow = None;
            }
            let ready =
                Ready { out: Arc::clone(&lane.out), version: lane.version, granted, claimed: self.asked };
            match self.runners.get_mut(&lane.open.channel) {
                Some(runner) => runner.take(ready),
                None => self.records.extend(not_left(&ready.granted)),
            }
        }
        if exhausted {
            // Whether the store is still there and this the sender is asked again at the next turn.
            self.next_look = Instant::now();
        }
        Ok(())
    }

    // ── Send and read ───────────────────────────────────────────────────────────────────────────

    fn launch(&mut self, now: Instant) {
        let mut back = Vec::new();
        for (channel, runner) in &mut self.runners {
            if runner.pace.next_at(now) > now + HORIZON {
                // Asked to wait longer than a claim may: they go back, so that a pause, a stop or an opt-out
                // that comes meanwhile reaches them.
                back.extend(runner.put_back(|_| false));
            }
            while runner.flying < runner.window.size() {
                let Some(ready) = runner.ready.pop() else { break };
                let at = runner.pace.take(now);
                runner.flying += 1;
                let flight = Flight {
                    channel: *channel,
                    carrier: Arc::clone(&self.setup.carrier),
                    runway: Arc::clone(&runner.ready),
                    landings: self.landings.clone(),
                    fence: Fence { store: self.setup.store.clone(), epoch: self.setup.epoch },
                };
                tokio::spawn(flight.fly(ready, (at > now).then_some(at)));
            }
            // A rate is the engine's to keep, and so is a window that has shrunk below what flies.
            let held =
                self.stopping.is_some() || runner.pace.waits(now) || runner.flying > runner.window.size();
            runner.ready.hold(held);
        }
        self.take_back(back);
    }
}

#[cfg(test)]
mod tests {
    use super::verdict::wall_now;
    use super::*;
    use crate::channels::outcome::{Outcome, Reading};
    use crate::channels::spec::Rate;
    use crate::delivery::outgoing::{Line, Outgoing};
    use crate::delivery::pace::Source;
    use crate::domain::delivery::Class;
    use crate::domain::file::{Enclosure, FileRef};
    use crate::store::channels::Open;
    use crate::store::fixtures::Shop;

    /// An engine over a store in which two people wait, after its first look.
    async fn engine() -> (Engine, watch::Sender<bool>) {
        engine_of(&["bark"]).await
    }

    /// The same with several channels of one account, each with a broadcast to its own two.
    async fn engine_of(channels: &[&str]) -> (Engine, watch::Sender<bool>) {
        let mut shop = Shop::new();
        for name in channels {
            let bark = shop.channel(name);
            shop.people(2, bark);
            shop.release(&[bark]);
        }
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let keys = shop.db.delivery_keys().expect("keys");
        let db = shop.db;
        let store = StoreHandle::spawn("store", move || Ok(db)).await.expect("a thread");
        let (told, stop) = watch::channel(false);
        let mut engine = Engine::new(Setup {
            store,
            carrier: Arc::new(Carrier::new(None).expect("wires")),
            epoch,
            keys,
            idle: None,
            caution: Caution::default(),
            stop,
            writes: Watch::of(&std::env::temp_dir()),
        });
        assert_eq!(engine.look().await.expect("looked"), None);
        assert_eq!(engine.lanes.len(), channels.len());
        (engine, told)
    }

    #[tokio::test]
    async fn a_claim_that_the_store_refused_is_asked_for_again() {
        let (mut engine, _told) = engine().await;
        engine.begin_cycle(Instant::now());
        assert!(engine.cycle.take().is_some(), "two people wait");
        engine.cycled(Err(StoreError::Busy("recording answers"))).await.expect("kept");
        engine.begin_cycle(Instant::now());
        assert!(engine.cycle.is_none(), "not at once");
        engine.begin_cycle(Instant::now() + STORE_TROUBLE);
        assert!(engine.cycle.is_some(), "nothing else could show that the trouble is over");
    }

    #[tokio::test]
    async fn retries_wait_while_first_attempts_need_their_places() {
        let (mut engine, _told) = engine().await;
        let now = Instant::now();
        let wished = |engine: &mut Engine| -> Vec<usize> {
            engine.wishes(now).iter().map(|wish| wish.retries).collect()
        };
        let calls = engine.wishes(now)[0].calls;
        assert_eq!(wished(&mut engine), [calls], "a few may always go");
        let runner = engine.runners.values_mut().next().expect("an account");
        while runner.retries.room(now) > 0 {
            runner.retries.count(true, now);
        }
        assert_eq!(wished(&mut engine), [0], "the account has had its share");
        engine.lanes[0].open.planned = 0;
        engine.lanes[0].open.due = Some(wall_now());
        assert_eq!(wished(&mut engine), [calls], "alone they take nothing from others");
    }

    #[tokio::test]
    async fn channels_of_one_account_take_turns_at_its_places_and_rest_together() {
        let (mut engine, _told) = engine_of(&["one", "two"]).await;
        let now = Instant::now();
        let per_second = Some((Rate { calls: 1, per_ms: 1_000 }, Source::Operator));
        engine.runners.values_mut().for_each(|runner| runner.pace.set_rate(per_second));
        engine.group_paces();
        let mut wished = |n: usize| -> Vec<i64> {
            let wishes = (0..n).flat_map(|_| engine.wishes(now));
            wishes.map(|wish| wish.lane).collect()
        };
        let lanes = wished(4);
        assert_eq!(lanes.len(), 4, "a single place at a time");
        assert!(lanes[0] != lanes[1] && lanes[..2] == lanes[2..], "{lanes:?}");
        let line = engine.runners.values().next().expect("an account").line.clone();
        let reading = Reading::all(Outcome::unknown(Class::RateLimit, "429", ""));
        engine.account_rests(&line, Some((Duration::from_secs(60), Class::RateLimit)), &reading);
        assert!(engine.wishes(now).is_empty());
        assert!(engine.runners.values().all(|runner| runner.resting.is_on(now)), "and each says so");
    }

    #[tokio::test]
    async fn few_mails_with_large_files_are_in_flight_and_many_again_once_they_are_out() {
        let (mut engine, _told) = engine().await;
        let size = |engine: &mut Engine| {
            engine.wishes(Instant::now());
            let window = &mut engine.runners.values_mut().next().expect("an account").window;
            (0..99).for_each(|_| window.succeeded());
            window.size()
        };
        let free = size(&mut engine);
        assert!(free > 2, "{free}");
        let (broadcast, channel) = (engine.lanes[0].open.broadcast, engine.lanes[0].open.channel);
        let file = FileRef::at("plan.pdf".as_ref(), 7_000_000, String::new());
        let read = engine
            .setup
            .store
            .call(move |db| Ok((db.account(channel, Open::Secrets)?, db.broadcast(broadcast)?)));
        let (account, detail) = read.await.expect("read");
        let line = Line::new(account).expect("a kind");
        let files = [Enclosure::new(&file, &vec![0; 7_000_000])].into();
        let heavy = Outgoing::new(line, &detail, &engine.setup.keys, files).expect("prepared");
        let light = std::mem::replace(&mut engine.lanes[0].out, Arc::new(heavy));
        assert_eq!(size(&mut engine), 2);
        let planned = std::mem::take(&mut engine.lanes[0].open.planned);
        assert_eq!(size(&mut engine), free, "nothing of it can be claimed");
        engine.lanes[0].open.planned = planned;
        engine.lanes[0].out = light;
        assert_eq!(size(&mut engine), free);
    }

    #[tokio::test]
    async fn a_sender_without_anything_to_do_notices_that_its_place_is_taken() {
        let (mut engine, _told) = engine().await;
        engine.setup.store.call(|db| db.become_sender(2)).await.expect("another one");
        assert_eq!(engine.look().await.expect("looked"), None);
        assert_eq!(engine.ended(Instant::now()), Some(Ended::Fenced));
    }
}
