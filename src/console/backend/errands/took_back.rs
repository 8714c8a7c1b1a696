//! What became of deliveries at their providers, and taking them back a few at a time: what is gone is in the books
//! before the next few are asked for.

use super::{Errands, safe};
use crate::app::request::errands::{Became, ErrandTold, TookBack};
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::sender::counter::{self, ErrandError, Taking};
use crate::store::handle::StoreHandle;
use crate::store::pick::Pick;

/// So many are taken back in a step: about as many seconds.
const STEP: usize = 10;

impl Errands {
    pub(super) async fn begin_take_back(
        &self,
        id: BroadcastId,
        counting: &StoreHandle,
    ) -> Result<ErrandTold, ErrandError> {
        let mut receipts = counting.call(move |db| db.receipts(&Pick::of(id))).await?;
        receipts.retain(|receipt| !receipt.taken_back);
        let begun = TookBack { of: receipts.len(), ..TookBack::default() };
        let told = begun.clone();
        self.with(|between| between.taking = Some((id, Taking::of(receipts), begun)));
        Ok(if told.of == 0 { ErrandTold::TookBack(told) } else { ErrandTold::TakingBack(told) })
    }

    pub(super) async fn take_back(&self, orders: &StoreHandle) -> Result<ErrandTold, ErrandError> {
        let Some((id, mut taking, mut told)) = self.with(|between| between.taking.take()) else {
            return Ok(ErrandTold::Overtaken);
        };
        let mut gone = Vec::new();
        for (one, answer) in Box::pin(self.counter.take_back(&mut taking, STEP)).await {
            match answer {
                Ok(true) => gone.push(one),
                Ok(false) => told.cannot += 1,
                Err(error) => {
                    told.failed.0 += 1;
                    if told.failed.1.is_empty() {
                        told.failed.1 = (self.wording)(error).summary;
                    }
                }
            }
        }
        told.taken += gone.len() as i64;
        let done = told.of - taking.left();
        (told.done, told.step) = (done, done - told.done);
        if !gone.is_empty() {
            orders.call(move |db| db.note_take_back(id, &gone)).await?;
        }
        if taking.left() == 0 {
            return Ok(ErrandTold::TookBack(told));
        }
        let so_far = told.clone();
        self.with(|between| between.taking = Some((id, taking, told)));
        Ok(ErrandTold::TakingBack(so_far))
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
                Ok((db.receipts(&one)?, db.now()))
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
