//! Which section answers a request.

use super::compose;
use super::outbox::{self, Rates};
use crate::app::request::{Reply, Request};
use crate::store::db::Db;
use crate::store::error::StoreError;

/// Whether a request only looks at what moves all the time: it must not wait behind an order.
pub const fn only_looks(request: &Request) -> bool {
    matches!(request, Request::Pulse | Request::Broadcasts(_) | Request::Broadcast(_))
}

/// Answers one request.
pub fn answer(db: &mut Db, request: Request, rates: &mut Rates, sender: bool) -> Result<Reply, StoreError> {
    match request {
        Request::Pulse
        | Request::Broadcasts(_)
        | Request::Broadcast(_)
        | Request::Pause(_)
        | Request::Resume(_)
        | Request::Stop(_)
        | Request::Recall(_) => outbox::answer(db, request, rates, sender),
        Request::Compose(ask) => compose::answer(db, ask).map(Reply::Compose),
    }
}
