//! Somebody's follow at the provider: changed there first, then in the books.

use super::Errands;
use crate::app::request::errands::{ErrandTold, Follow};
use crate::sender::counter::ErrandError;
use crate::store::handle::StoreHandle;

impl Errands {
    pub(super) async fn change_follow(
        &self,
        follow: Follow,
        orders: &StoreHandle,
    ) -> Result<ErrandTold, ErrandError> {
        let (channel, theirs, change) = (follow.channel, [follow.address], follow.change);
        let (done, went) = Box::pin(self.counter.change_follows(channel, &theirs, change)).await;
        let changed = !done.is_empty();
        if changed {
            orders.call(move |db| db.follows_changed(channel, &done, change)).await?;
        }
        went?;
        Ok(ErrandTold::Followed(follow, changed))
    }
}
