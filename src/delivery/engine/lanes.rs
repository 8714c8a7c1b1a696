//! What others changed: lanes that opened or closed, channels with new settings or credentials.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::proof::Proof;
use super::resting::Resting;
use super::verdict::wall_now;
use super::{Ended, Engine, IDLE_LOOK, LOOK, Runner, STIRRED};
use crate::channels::catalog;
use crate::channels::kind::Kind;
use crate::delivery::budget::RetryBudget;
use crate::delivery::caution::{Breaker, Refusals};
use crate::delivery::outgoing::{Line, Outgoing, OutgoingError};
use crate::delivery::pace::{Pace, Speed, Window};
use crate::domain::broadcast::{PauseReason, Purpose};
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::store::channels::{Open, Rest};
use crate::store::denial::Denial;
use crate::store::error::StoreError;
use crate::store::ledger::OpenLane;

/// Between two chunks that are cancelled others get their turn with the store.
const SOON: Duration = Duration::from_millis(10);

/// A lane and what it says.
pub(super) struct Lane {
    pub(super) open: OpenLane,
    pub(super) out: Arc<Outgoing>,
    /// The channel's row version that `out` was made with.
    pub(super) version: i64,
    /// After a refused batch: the deliveries up to this one go in smaller calls.
    pub(super) narrow: Option<(usize, i64)>,
    pub(super) proof: Proof,
}

/// What the store said.
enum Looked {
    /// The engine has to end.
    Ended(Ended),
    /// It ends already: nothing is opened.
    Nothing,
    /// There is too little room: what is in the air lands, and nothing more leaves until there is some.
    NoRoom,
    /// Lanes, versions of channels, who of them rests, whether somebody has to stay for a later moment, and whether
    /// more waits to be cancelled.
    Open(Vec<OpenLane>, Vec<(ChannelId, i64)>, Vec<ChannelId>, bool, bool),
}

/// Whether the same may well work later.
pub(super) const fn is_passing(error: &StoreError) -> bool {
    matches!(error, StoreError::Busy(_) | StoreError::DiskFull(_))
}

impl Engine {
    /// Looks which lanes are open and which channels have changed. A store that takes no writes now is no reason
    /// to end, and to lose the answers of what is in the air: the lanes stay as they are until the next look.
    pub(super) async fn look(&mut self) -> Result<Option<Ended>, StoreError> {
        match self.look_once().await {
            Err(error) if is_passing(&error) => {
                tracing::warn!(%error, "the store could not be read; it is looked at again");
                Ok(None)
            }
            looked => looked,
        }
    }

    async fn look_once(&mut self) -> Result<Option<Ended>, StoreError> {
        let now = Instant::now();
        let calm = self.lanes.is_empty() && now > self.stirred + STIRRED;
        self.next_look = now + if calm { IDLE_LOOK } else { LOOK };
        let (caution, epoch, stopping) = (self.setup.caution, self.setup.epoch, self.stopping.is_some());
        let jumped = self.clock.jumped(now, wall_now());
        let news = self.rest_news(now);
        let told = news.clone();
        let looked = self
            .setup
            .store
            .call(move |db| {
                if !db.is_in_place() {
                    return Ok(Looked::Ended(Ended::Vanished));
                }
                // Also without anything to do: whoever took the place waits for this one to leave it.
                if !db.is_epoch(epoch)? {
                    return Ok(Looked::Ended(Ended::Fenced));
                }
                if stopping {
                    return Ok(Looked::Nothing);
                }
                if db.is_low_on_room() {
                    return Ok(Looked::NoRoom);
                }
                db.note_rests(&news)?;
                db.start_due(caution.growth)?;
                let expiring = match i64::try_from(caution.expire.as_millis()) {
                    Ok(limit) if limit > 0 => db.expire(limit, jumped)?,
                    _ => false,
                };
                db.go_on_stopping()?;
                let open = db.open_lanes()?;
                let versions = if open.is_empty() { Vec::new() } else { db.channel_versions()? };
                // Somebody has to be there when their moment comes; while everything is held back none comes.
                let ahead = db.next_start()?.is_some() || db.next_occurrence()?.is_some();
                let waits = ahead && db.halted()?.is_none();
                let resting = db.rests()?.into_iter().map(|(id, _)| id).collect();
                Ok(Looked::Open(open, versions, resting, waits, expiring))
            })
            .await?;
        let (open, versions, waits, expiring) = match looked {
            Looked::Ended(Ended::Fenced) => {
                self.is_fenced(now);
                return Ok(None);
            }
            Looked::Ended(ended) => return Ok(Some(ended)),
            Looked::Nothing => return Ok(None),
            Looked::NoRoom => (Vec::new(), Vec::new(), true, false),
            Looked::Open(open, versions, resting, waits, expiring) => {
                self.rests_are_told(&told, &resting, now);
                (open, versions, waits, expiring)
            }
        };
        if !open.is_empty() || waits || expiring {
            self.last_work = Instant::now();
        }
        if expiring {
            self.next_look = now + SOON;
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
                None => match self.open_lane(one, version).await {
                    Ok(lane) => lanes.extend(lane),
                    // The next look tries again.
                    Err(error) if is_passing(&error) => {
                        tracing::warn!(%error, "a broadcast could not be opened");
                    }
                    Err(error) => return Err(error),
                },
            }
        }
        lanes.sort_by_key(|lane| lane.open.lane);
        self.lanes = lanes;
        self.group_paces();
        self.put_back_closed();
        Ok(None)
    }

    /// Takes note of those who wait for the end of quiet hours instead of being claimed. Whether a lane has to be
    /// looked at again: what was due in it may be gone, or nobody is left.
    pub(super) fn are_due_or_put_off(&mut self, put_off: &[(i64, i64)]) -> bool {
        let wall = wall_now();
        let mut exhausted = self.lanes.iter().any(|lane| lane.open.due.is_some_and(|due| due <= wall));
        for (of, n) in put_off {
            if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.open.lane == *of) {
                lane.open.planned -= n;
                exhausted |= lane.open.planned <= 0;
            }
        }
        exhausted
    }

    /// What was claimed of lanes that have closed since does not leave.
    fn put_back_closed(&mut self) {
        let open: HashSet<i64> = self.lanes.iter().map(|lane| lane.open.lane).collect();
        for runner in self.runners.values_mut() {
            self.records.extend(runner.put_back(|ready| open.contains(&ready.granted.lane)));
        }
    }

    /// Reads what a lane says; a broadcast that cannot be read is paused with the reason.
    async fn open_lane(&mut self, open: OpenLane, version: i64) -> Result<Option<Lane>, StoreError> {
        let (broadcast, channel) = (open.broadcast, open.channel);
        let read = self
            .setup
            .store
            .call(move |db| {
                let rest = db.rests()?.into_iter().find(|(id, _)| *id == channel).map(|(_, rest)| rest);
                let (account, detail) = (db.account(channel, Open::Secrets)?, db.broadcast(broadcast)?);
                let takes = catalog::kind(&account.kind).is_some_and(Kind::takes_files);
                let wanted = if takes { &detail.draft.message.files[..] } else { &[] };
                let files = match db.enclosures(wanted) {
                    Err(StoreError::Denied(Denial::FileGone(name))) => Err(OutgoingError::MissingFile(name)),
                    found => Ok(found?),
                };
                Ok((account, detail, files, rest))
            })
            .await;
        let (account, detail, files, rest) = match read {
            Ok(read) => read,
            // A credential that does not open is this channel's trouble, and no other's.
            Err(StoreError::Key(error)) => {
                self.pause_channel(channel, PauseReason::Credential, error.to_string()).await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let made = Line::new(account).and_then(|line| {
            Ok((line.clone(), Outgoing::new(line, &detail, &self.setup.keys, files?.into())?))
        });
        match made {
            Ok((line, out)) => {
                self.keep_runner(line, version, rest);
                let proof = Proof::new(open.proven || open.purpose != Purpose::Broadcast);
                Ok(Some(Lane { open, out: Arc::new(out), version, narrow: None, proof }))
            }
            Err(error) => {
                let text = error.to_string();
                tracing::warn!(broadcast = %broadcast, error = %text, "a broadcast cannot go out");
                let paused =
                    self.setup.store.call(move |db| db.pause(broadcast, PauseReason::Failures, &text)).await;
                match paused {
                    // Somebody paused or stopped it at the same moment.
                    Ok(()) | Err(StoreError::Denied(_)) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }

    fn keep_runner(&mut self, line: Line, version: i64, rest: Option<Rest>) {
        let now = Instant::now();
        let (rate, max) = (line.rate(), line.concurrency());
        if let Some(runner) = self.runners.get_mut(&line.account.id) {
            // A new name repairs nothing: then the rest still stands in the store.
            if runner.version != version && rest.is_none() {
                runner.start_over(now);
            }
            if runner.version != version {
                runner.most_per_call = None;
            }
            runner.pace.set_rate(rate);
            runner.window.set_max(max);
            runner.line = line;
            runner.version = version;
        } else {
            let mut runner = Runner {
                pace: Pace::new(rate, now),
                window: Window::new(max),
                version,
                served: 0,
                ready: Arc::default(),
                flying: 0,
                speed: Speed::new(now),
                breaker: Breaker::new(self.setup.caution.rest),
                resting: Resting::default(),
                refusals: Refusals::default(),
                most_per_call: None,
                retries: RetryBudget::default(),
                line,
            };
            if let Some(rest) = rest {
                let left =
                    u64::try_from(rest.until.since(wall_now())).map_or(Duration::ZERO, Duration::from_millis);
                runner.pace.slow_down(now, left);
                runner.resting = Resting::kept(rest, left, now);
                if matches!(rest.class, Class::Network | Class::Provider) {
                    runner.breaker.rests_on(now + left);
                }
            }
            self.runners.insert(runner.line.account.id, runner);
        }
    }

    /// Channels of one account that are at work have its rate together.
    pub(super) fn group_paces(&mut self) {
        let works = |id: &ChannelId| self.lanes.iter().any(|lane| lane.open.channel == *id);
        let mut runners: Vec<&mut Runner> =
            self.runners.iter_mut().filter(|(id, _)| works(id)).map(|(_, runner)| runner).collect();
        runners.sort_by_key(|runner| runner.line.account.id);
        let (lines, mut paces): (Vec<&Line>, Vec<&mut Pace>) =
            runners.into_iter().map(|runner| (&runner.line, &mut runner.pace)).unzip();
        Pace::group(&mut paces, |one, other| lines[one].is_account_of(lines[other]));
    }
}
