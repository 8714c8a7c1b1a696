//! Taking back what was accepted of a broadcast: channel by channel, a page of receipts at a time. What several
//! deliveries share goes by one call, which stands in the books before it leaves.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::{Counter, ErrandError};
use crate::delivery::errand::Errand;
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId};
use crate::domain::secret::Secret;
use crate::store::error::StoreError;
use crate::store::pick::Pick;
use crate::store::receipts::Receipt;

/// How many receipts are read at once.
const PAGE: usize = 1_000;

/// Between two entries in the books lies no more than this …
const STEP: Duration = Duration::from_millis(500);

/// … and about so many deliveries: what a transaction writes in a few milliseconds.
const MOST: usize = 2_000;

/// After so many failures in a row that lie in no delivery a channel is given up.
const PATIENCE: usize = 3;

/// A broadcast on its way back.
pub struct Taking {
    broadcast: BroadcastId,
    /// The channels that are not done, the current one first, and how many each has left.
    channels: VecDeque<(ChannelId, i64)>,
    page: VecDeque<Receipt>,
    next: Next,
    errand: Option<Errand>,
    /// What several share and is gone.
    gone: HashSet<String>,
    failures: usize,
    taken: i64,
}

/// Where the next page of a channel begins.
#[derive(Clone, Copy)]
enum Next {
    Behind(Option<DeliveryId>),
    Nowhere,
}

/// What a few of them led to.
#[derive(Debug, Default)]
pub struct Step {
    /// How many are gone.
    pub taken: i64,
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
    /// How many are left.
    pub fn left(&self) -> i64 {
        self.channels.iter().map(|(_, left)| left).sum()
    }

    fn channel(&self) -> Option<ChannelId> {
        self.channels.front().map(|(channel, _)| *channel)
    }

    fn end_channel(&mut self) -> i64 {
        self.page.clear();
        (self.next, self.errand, self.failures) = (Next::Behind(None), None, 0);
        self.channels.pop_front().map_or(0, |(_, left)| left)
    }

    fn done_with(&mut self, count: usize) {
        if let Some((_, left)) = self.channels.front_mut() {
            *left = (*left - count as i64).max(0);
        }
    }

    /// Those of the page that share `what`.
    fn sharers(&mut self, errand: &Errand, what: &str) -> Vec<DeliveryId> {
        let (sharers, others): (VecDeque<_>, VecDeque<_>) =
            self.page.drain(..).partition(|one| errand.shared(&one.text).as_deref() == Some(what));
        self.page = others;
        sharers.into_iter().map(|one| one.id).collect()
    }
}

impl Counter {
    /// Begins to take back what was accepted of a broadcast and is still there.
    pub async fn begin_take_back(&self, id: BroadcastId) -> Result<Taking, ErrandError> {
        let channels = self
            .store
            .call(move |db| {
                let there = db.still_there(id)?;
                if !there.is_empty() {
                    db.begin_take_back(id, there.iter().map(|(_, left)| left).sum())?;
                }
                Ok(there)
            })
            .await?;
        Ok(Taking {
            broadcast: id,
            channels: channels.into(),
            page: VecDeque::new(),
            next: Next::Behind(None),
            errand: None,
            gone: HashSet::new(),
            failures: 0,
            taken: 0,
        })
    }

    /// Takes the next few back and enters them. An error is the store's; what was entered before it stays.
    pub async fn take_back(&self, taking: &mut Taking) -> Result<Step, ErrandError> {
        let (mut step, mut gone) = (Step::default(), Vec::new());
        let until = Instant::now() + STEP;
        while Instant::now() < until && gone.len() < MOST && step.failed.len() < PATIENCE {
            let Some(channel) = taking.channel() else { break };
            if taking.errand.is_none() {
                match self.errand(channel).await {
                    Ok(errand) => taking.errand = Some(errand),
                    Err(ErrandError::NotOffered(_)) => {
                        step.cannot += taking.end_channel();
                        continue;
                    }
                    Err(error @ ErrandError::Store(_)) => return Err(error),
                    Err(error) => {
                        step.untried += taking.end_channel();
                        step.failed.push((Vec::new(), error));
                        continue;
                    }
                }
            }
            let Some(receipt) = self.next(taking).await? else {
                // What was counted and is not there any more has changed its state since.
                taking.end_channel();
                continue;
            };
            let (ids, one) = self.one(taking, channel, &receipt).await?;
            taking.done_with(ids.len());
            match one {
                One::Taken(shared) => {
                    taking.failures = 0;
                    gone.extend(ids);
                    if let Some(what) = shared {
                        self.note(taking, &mut step, &mut gone, Some((channel, &what))).await?;
                        taking.gone.insert(what);
                    }
                }
                One::Cannot => step.cannot += ids.len() as i64,
                One::Failed(error) => {
                    let of_account = !error.is_refusal();
                    taking.failures += usize::from(of_account);
                    if of_account && (taking.failures >= PATIENCE || !error.may_pass()) {
                        step.untried += taking.end_channel();
                    }
                    step.failed.push((ids, error));
                }
            }
        }
        if !gone.is_empty() {
            self.note(taking, &mut step, &mut gone, None).await?;
        }
        if taking.channels.is_empty() {
            let (id, taken) = (taking.broadcast, taking.taken);
            self.store.call(move |db| db.end_take_back(id, taken)).await?;
        }
        Ok(step)
    }

    /// The next receipt of the current channel that is not taken back.
    async fn next(&self, taking: &mut Taking) -> Result<Option<Receipt>, StoreError> {
        loop {
            while let Some(receipt) = taking.page.pop_front() {
                if !receipt.taken_back {
                    return Ok(Some(receipt));
                }
                let shared = taking.errand.as_ref().and_then(|errand| errand.shared(&receipt.text));
                taking.gone.extend(shared);
            }
            let (Next::Behind(after), Some(channel)) = (taking.next, taking.channel()) else {
                return Ok(None);
            };
            let mut pick = Pick::of(taking.broadcast);
            pick.channels = vec![channel];
            let (page, next) = self.store.call(move |db| db.receipts(&pick, after, PAGE)).await?;
            taking.page = page.into();
            taking.next = next.map_or(Next::Nowhere, |last| Next::Behind(Some(last)));
        }
    }

    /// Takes one back, and with it those that share what is taken.
    async fn one(
        &self,
        taking: &mut Taking,
        channel: ChannelId,
        receipt: &Receipt,
    ) -> Result<(Vec<DeliveryId>, One), StoreError> {
        let Some(mut errand) = taking.errand.take() else { return Ok((Vec::new(), One::Cannot)) };
        let shared = errand.shared(&receipt.text);
        let mut ids = vec![receipt.id];
        if let Some(what) = &shared {
            ids.extend(taking.sharers(&errand, what));
        }
        let one = match shared {
            Some(what) if taking.gone.contains(&what) => One::Taken(None),
            shared => self.ask(taking.broadcast, channel, &mut errand, receipt, shared).await?,
        };
        taking.errand = Some(errand);
        Ok((ids, one))
    }

    async fn ask(
        &self,
        id: BroadcastId,
        channel: ChannelId,
        errand: &mut Errand,
        receipt: &Receipt,
        shared: Option<String>,
    ) -> Result<One, StoreError> {
        let address = match receipt.address {
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
        match errand.take_back(&receipt.text, &address, &receipt.key).await {
            Ok(true) => Ok(One::Taken(shared)),
            Ok(false) => Ok(One::Cannot),
            Err(ErrandError::Store(error)) => Err(error),
            // It was asked for it before, by a process that did not live to hear the answer.
            Err(error) if error.is_refusal() && asked_before => Ok(One::Taken(shared)),
            Err(error) => {
                if let Some(what) = shared.filter(|_| error.is_refusal()) {
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
        step.taken += gone.len() as i64;
        taking.taken += gone.len() as i64;
        self.store
            .call(move |db| {
                let settled = settled.as_ref().map(|(channel, what)| (*channel, what.as_str()));
                db.note_take_back(id, &gone, settled)
            })
            .await
    }
}

#[cfg(test)]
mod tests;
