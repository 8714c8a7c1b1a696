//! What became of deliveries at their providers, and taking broadcasts back, one after the other: each step is in the
//! books before the next.

use std::sync::Arc;

use super::{Errands, safe};
use crate::app::request::errands::{Became, ErrandTold, TookBack};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::sender::counter::taking::{Step, Taking};
use crate::sender::counter::{self, ErrandError};
use crate::store::handle::StoreHandle;
use crate::store::pick::Pick;

/// A broadcast that is on its way back, or waits for that.
pub(super) struct Way {
    taking: Arc<tokio::sync::Mutex<Taking>>,
    told: TookBack,
}

impl Errands {
    pub(super) async fn begin_take_back(&self, id: BroadcastId) -> Result<ErrandTold, ErrandError> {
        if self.with(|between| between.taking.iter().any(|way| way.told.id == id)) {
            return Ok(ErrandTold::TakeBackWaits(id));
        }
        let (taking, there) = self.counter.begin_take_back(id).await?;
        let replaced = there.replaced.map(|(by, _)| by);
        let told = TookBack { replaced, cannot: there.stuck, ..TookBack::begun(id, taking.left()) };
        if told.of == 0 {
            return Ok(ErrandTold::TookBack(told, false));
        }
        let way = Way { taking: Arc::new(tokio::sync::Mutex::new(taking)), told: told.clone() };
        // Of one account's errands only one may be out: together they would ask too often.
        let is_first = self.with(|between| {
            between.taking.push_back(way);
            between.taking.len() == 1
        });
        Ok(if is_first { ErrandTold::TakingBack(told) } else { ErrandTold::TakeBackWaits(id) })
    }

    pub(super) async fn take_back(&self) -> Result<ErrandTold, ErrandError> {
        let first = self.with(|between| between.taking.front().map(|way| Arc::clone(&way.taking)));
        let Some(taking) = first else { return Ok(ErrandTold::Overtaken) };
        let (step, left, is_over) = {
            let mut taking = taking.lock().await;
            let step = self.counter.take_back(&mut taking).await;
            (step, taking.left(), taking.is_over())
        };
        Ok(self.with(|between| {
            // It may have been stopped meanwhile, and another one be on its way.
            let same = |way: &&mut Way| Arc::ptr_eq(&way.taking, &taking);
            let Some(way) = between.taking.front_mut().filter(same) else { return ErrandTold::Overtaken };
            let is_over = match step {
                Ok(step) => {
                    self.count(&mut way.told, step, left);
                    is_over
                }
                // The store's: nothing more can be entered, so nothing more is asked for.
                Err(error) => {
                    way.told.failed.0 += left;
                    way.told.failed.1 = (self.wording)(error).summary;
                    true
                }
            };
            if !is_over {
                return ErrandTold::TakingBack(way.told.clone());
            }
            let told = way.told.clone();
            between.taking.pop_front();
            ErrandTold::TookBack(told, !between.taking.is_empty())
        }))
    }

    /// Asks for no more of a broadcast that is on its way back; what waits for it begins. One that is over is not stopped.
    pub(super) async fn stop_take_back(&self, id: BroadcastId) -> Result<ErrandTold, ErrandError> {
        let stopped = self.with(|between| {
            between.taking.front().filter(|way| way.told.id == id)?;
            let way = between.taking.pop_front()?;
            Some((way, !between.taking.is_empty()))
        });
        let Some((mut way, more)) = stopped else { return Ok(ErrandTold::Overtaken) };
        way.told.taken = self.counter.give_up_take_back(&mut *way.taking.lock().await).await?;
        Ok(ErrandTold::TookBack(way.told, more))
    }

    fn count(&self, told: &mut TookBack, step: Step, left: i64) {
        told.steps += 1;
        told.taken += step.taken;
        told.unknown += step.unknown;
        told.cannot += step.cannot;
        told.failed.0 += step.untried;
        for (ids, error) in step.failed {
            told.failed.0 += ids.len() as i64;
            if told.failed.1.is_empty() {
                told.failed.1 = (self.wording)(error).summary;
            }
        }
        told.done = told.of - left;
    }

    pub(super) async fn became(
        &self,
        id: DeliveryId,
        counting: &StoreHandle,
    ) -> Result<ErrandTold, ErrandError> {
        let (receipts, now) = counting
            .call(move |db| {
                let mut one = Pick::default();
                one.ids = vec![id];
                Ok((db.receipts(&one, None, 1)?.0, db.now()))
            })
            .await?;
        let answer = Box::pin(self.counter.became(&receipts, now)).await.into_iter().next();
        let became = match answer.map(|(_, became)| became).transpose()? {
            Some(counter::Became::Told(told)) => Became::Told(told.delivered, safe(&told.text)),
            Some(counter::Became::TooOld) => Became::TooOld,
            Some(counter::Became::NoQuestion) | None => Became::NoQuestion,
        };
        Ok(ErrandTold::Became(id, became))
    }
}
