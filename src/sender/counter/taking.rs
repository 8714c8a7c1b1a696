//! Taking back what was accepted of a broadcast: stretch by stretch, a page of receipts at a time. What several
//! deliveries share goes by one call, which stands in the books before it leaves.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::time::Duration;

use tokio::time::Instant;

use super::{Counter, ErrandError};
use crate::channels::outcome::Verdict;
use crate::delivery::errand::Errand;
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId};
use crate::domain::secret::Secret;
use crate::store::error::StoreError;
use crate::store::take_back::{Given, StillThere, Stretch};

/// How many receipts are read at once.
const PAGE: usize = 1_000;

/// Between two entries in the books lies no more than this …
const STEP: Duration = Duration::from_millis(500);

/// … and about so many deliveries: what a transaction writes in a few milliseconds.
const MOST: usize = 2_000;

/// After so many failures in a row that lie in no delivery a stretch is given up.
const PATIENCE: usize = 3;

/// A broadcast on its way back.
pub struct Taking {
    broadcast: BroadcastId,
    /// What is not done, the current one first.
    stretches: VecDeque<Stretch>,
    page: VecDeque<Given>,
    /// Behind which number the next page begins; none: there is no further one.
    next: Option<i64>,
    /// The account of the current stretch.
    errand: Option<Errand>,
    /// What several share and is gone.
    gone: HashSet<(ChannelId, String)>,
    failures: usize,
    taken: i64,
    /// Held from the first step on.
    right: Option<File>,
    begun: bool,
}

/// What a few of them led to.
#[derive(Debug, Default)]
pub struct Step {
    /// How many are gone.
    pub taken: i64,
    /// How many were asked for of which nobody knows whether they had arrived.
    pub unknown: i64,
    /// How many cannot be taken back.
    pub cannot: i64,
    /// Those that failed, and why.
    pub failed: Vec<(Vec<DeliveryId>, ErrandError)>,
    /// How many were not asked for after that.
    pub untried: i64,
}

/// What one question led to.
enum One {
    Taken(Option<String>),
    Cannot,
    Failed(ErrandError),
}

impl Taking {
    /// All of them are still there.
    pub fn of(broadcast: BroadcastId, there: StillThere) -> Self {
        Self {
            broadcast,
            stretches: there.stretches.into(),
            page: VecDeque::new(),
            next: Some(0),
            errand: None,
            gone: HashSet::new(),
            failures: 0,
            taken: 0,
            right: None,
            begun: false,
        }
    }

    /// How many are left.
    pub fn left(&self) -> i64 {
        self.stretches.iter().map(Stretch::open).sum()
    }

    /// Whether nothing is left to be asked for.
    pub fn is_over(&self) -> bool {
        self.stretches.is_empty()
    }

    fn end_stretch(&mut self) -> i64 {
        self.page.clear();
        (self.next, self.failures) = (Some(0), 0);
        let ended = self.stretches.pop_front();
        let goes_on = self.stretches.front().map(|next| next.channel) == ended.map(|ended| ended.channel);
        if !goes_on {
            self.errand = None;
        }
        ended.map_or(0, |ended| ended.open())
    }

    fn done_with(&mut self, count: usize, unknown: bool) {
        if let Some(stretch) = self.stretches.front_mut() {
            let left = if unknown { &mut stretch.unknown } else { &mut stretch.left };
            *left = (*left - count as i64).max(0);
        }
    }

    /// Those of the page that share `what` and are still there.
    fn sharers(&mut self, errand: &Errand, what: &str) -> Vec<DeliveryId> {
        let shares = |one: &Given| !one.taken_back && errand.shared(&one.receipt).as_deref() == Some(what);
        let (sharers, others): (VecDeque<_>, VecDeque<_>) = self.page.drain(..).partition(shares);
        self.page = others;
        sharers.into_iter().map(|one| one.id).collect()
    }
}

impl Counter {
    /// Begins to take back what was accepted of a broadcast and is still there.
    pub async fn begin_take_back(&self, id: BroadcastId) -> Result<(Taking, StillThere), ErrandError> {
        let there = self.store.call(move |db| db.still_there(id)).await?;
        Ok((Taking::of(id, there.clone()), there))
    }

    /// Takes the next few back and enters them. An error is the store's; what was entered before it stays.
    pub async fn take_back(&self, taking: &mut Taking) -> Result<Step, ErrandError> {
        let id = taking.broadcast;
        if !taking.begun {
            taking.right = self.store.call(|db| db.lock_take_back()).await?;
            taking.begun = true;
            let count = taking.left();
            self.store.call(move |db| db.begin_take_back(id, count)).await?;
        }
        let (mut step, mut gone) = (Step::default(), Vec::new());
        let went = self.go_on(taking, &mut step, &mut gone).await;
        // What is gone is in the books whatever came after it.
        if !gone.is_empty() {
            self.note(taking, &mut step, &mut gone, None).await?;
        }
        went?;
        // What was counted and is not there any more has changed its state since.
        while taking.stretches.front().is_some_and(|stretch| stretch.open() == 0) {
            taking.end_stretch();
        }
        if taking.is_over() {
            let taken = taking.taken;
            self.store.call(move |db| db.end_take_back(id, taken)).await?;
        }
        Ok(step)
    }

    /// Asks for no more: what is gone is in the books, and whoever goes on later begins with the rest. Gives how many are
    /// gone, with those of a step that was under way.
    pub async fn give_up_take_back(&self, taking: &mut Taking) -> Result<i64, ErrandError> {
        let (id, taken) = (taking.broadcast, taking.taken);
        if taking.begun && !taking.is_over() {
            self.store.call(move |db| db.end_take_back(id, taken)).await?;
        }
        (taking.right, taking.begun) = (None, false);
        taking.stretches.clear();
        Ok(taken)
    }

    async fn go_on(
        &self,
        taking: &mut Taking,
        step: &mut Step,
        gone: &mut Vec<DeliveryId>,
    ) -> Result<(), ErrandError> {
        let until = Instant::now() + STEP;
        while Instant::now() < until && gone.len() < MOST && step.failed.len() < PATIENCE {
            let Some(stretch) = taking.stretches.front().copied() else { break };
            if taking.errand.is_none() {
                match self.errand(stretch.channel).await {
                    Ok(errand) => taking.errand = Some(errand.hurrying()),
                    Err(ErrandError::NotOffered(_)) => {
                        step.cannot += taking.end_stretch();
                        continue;
                    }
                    Err(error @ ErrandError::Store(_)) => return Err(error),
                    Err(error) => {
                        step.untried += taking.end_stretch();
                        step.failed.push((Vec::new(), error));
                        continue;
                    }
                }
            }
            let Some(given) = self.next(taking, stretch).await? else {
                taking.end_stretch();
                continue;
            };
            let (ids, one) = self.one(taking, stretch.channel, &given).await?;
            taking.done_with(ids.len(), given.is_unknown);
            match one {
                // It stays unknown: that it is gone now says nothing of whether it was there.
                One::Taken(_) if given.is_unknown => {
                    taking.failures = 0;
                    step.unknown += ids.len() as i64;
                }
                One::Taken(shared) => {
                    taking.failures = 0;
                    gone.extend(ids);
                    if let Some(what) = shared {
                        self.note(taking, step, gone, Some((stretch.channel, &what))).await?;
                        taking.gone.insert((stretch.channel, what));
                    }
                }
                One::Cannot => step.cannot += ids.len() as i64,
                One::Failed(error) => {
                    let of_account = !error.is_refusal();
                    taking.failures += usize::from(of_account);
                    if of_account && (taking.failures >= PATIENCE || !error.may_pass()) {
                        step.untried += taking.end_stretch();
                    }
                    step.failed.push((ids, error));
                }
            }
        }
        Ok(())
    }

    /// The next of the current stretch that is still there.
    async fn next(&self, taking: &mut Taking, stretch: Stretch) -> Result<Option<Given>, StoreError> {
        loop {
            while let Some(given) = taking.page.pop_front() {
                if !given.taken_back {
                    return Ok(Some(given));
                }
                let shared = taking.errand.as_ref().and_then(|errand| errand.shared(&given.receipt));
                taking.gone.extend(shared.map(|what| (stretch.channel, what)));
            }
            let Some(after) = taking.next else { return Ok(None) };
            let id = taking.broadcast;
            let (page, next) = self.store.call(move |db| db.receipts_of(id, stretch, after, PAGE)).await?;
            (taking.page, taking.next) = (page.into(), next);
        }
    }

    /// Takes one back, and with it those that share what is taken.
    async fn one(
        &self,
        taking: &mut Taking,
        channel: ChannelId,
        given: &Given,
    ) -> Result<(Vec<DeliveryId>, One), StoreError> {
        let Some(mut errand) = taking.errand.take() else { return Ok((vec![given.id], One::Cannot)) };
        let shared = errand.shared(&given.receipt);
        let mut ids = vec![given.id];
        if let Some(what) = &shared {
            ids.extend(taking.sharers(&errand, what));
        }
        let is_gone = shared.as_ref().is_some_and(|what| taking.gone.contains(&(channel, what.clone())));
        let one = if is_gone {
            Ok(One::Taken(None))
        } else {
            self.ask(taking.broadcast, channel, &mut errand, given, shared).await
        };
        taking.errand = Some(errand);
        Ok((ids, one?))
    }

    async fn ask(
        &self,
        id: BroadcastId,
        channel: ChannelId,
        errand: &mut Errand,
        given: &Given,
        shared: Option<String>,
    ) -> Result<One, StoreError> {
        let address = match given.address {
            Some(address) => match self.store.call(move |db| db.open_address(address)).await {
                Err(StoreError::NotFound { .. }) => return Ok(One::Cannot),
                opened => opened?,
            },
            None => Secret::default(),
        };
        let mut asked_before = false;
        if let Some(what) = shared.clone() {
            asked_before = self.store.call(move |db| db.mean_to_take_back(id, channel, &what)).await?;
        }
        match errand.take_back(&given.receipt, &address, &given.key).await {
            Ok(true) => Ok(One::Taken(shared)),
            Ok(false) => Ok(One::Cannot),
            Err(ErrandError::Store(error)) => Err(error),
            // It was asked for it before, by a process that did not live to hear the answer.
            Err(error) if error.is_refusal() && asked_before => Ok(One::Taken(shared)),
            Err(error) => {
                // What this very call certainly did not do is not in doubt; what an earlier one did still is.
                if let Some(what) = shared.filter(|_| !asked_before && !may_have_acted(&error)) {
                    let settled = move |db: &mut crate::store::db::Db| {
                        db.note_take_back(id, &[], Some((channel, &what)))
                    };
                    self.store.call(settled).await?;
                }
                Ok(One::Failed(error))
            }
        }
    }

    /// Enters those that are gone.
    async fn note(
        &self,
        taking: &mut Taking,
        step: &mut Step,
        gone: &mut Vec<DeliveryId>,
        settled: Option<(ChannelId, &str)>,
    ) -> Result<(), StoreError> {
        let (id, gone) = (taking.broadcast, std::mem::take(gone));
        let settled = settled.map(|(channel, what)| (channel, what.to_owned()));
        let count = gone.len() as i64;
        self.store
            .call(move |db| {
                let settled = settled.as_ref().map(|(channel, what)| (*channel, what.as_str()));
                db.note_take_back(id, &gone, settled)
            })
            .await?;
        step.taken += count;
        taking.taken += count;
        Ok(())
    }
}

/// Whether a call that ended so may have done what it was for.
fn may_have_acted(error: &ErrandError) -> bool {
    matches!(error, ErrandError::Said(outcome) if outcome.verdict == Verdict::Unknown)
}

#[cfg(test)]
mod tests;
