//! Which section answers a request.

use std::sync::{Mutex, PoisonError};

use super::outbox::{self, Rates};
use super::{channels, compose, history, inbox, subscribers, topics};
use crate::app::request::errands::ErrandTold;
use crate::app::request::{Reply, Request};
use crate::store::db::Db;
use crate::store::error::StoreError;

/// Whether a request only looks at what moves all the time: it must not wait behind an order.
pub const fn only_looks(request: &Request) -> bool {
    match request {
        Request::Channels(ask) => ask.only_looks(),
        Request::History(ask) => ask.only_looks(),
        _ => matches!(request, Request::Pulse | Request::Broadcasts(_) | Request::Broadcast(_)),
    }
}

/// Whether a request walks through a whole audience. At a million people that takes seconds, and neither an order nor
/// a look at what goes on may wait behind it.
pub const fn counts(request: &Request) -> bool {
    matches!(request, Request::Compose(ask) if ask.counts())
}

/// What this console remembers between requests; nothing of it is truth.
#[derive(Default)]
pub struct Session {
    /// How far lanes had come a moment ago.
    pub rates: Mutex<Rates>,
    /// Whose name stands beside what is released, settled or asked for here.
    pub operator: String,
    /// The imports that are running.
    pub imports: subscribers::Running,
}

/// Answers one request.
pub fn answer(db: &mut Db, request: Request, session: &Session, sender: bool) -> Result<Reply, StoreError> {
    match request {
        Request::Pulse
        | Request::Broadcasts(_)
        | Request::Broadcast(_)
        | Request::Pause(_)
        | Request::Resume(_)
        | Request::Stop(_)
        | Request::Recall(_)
        | Request::Halt
        | Request::Schedule(..)
        | Request::Unhalt
        | Request::Report(..) => {
            let mut rates = session.rates.lock().unwrap_or_else(PoisonError::into_inner);
            outbox::answer(db, request, &mut rates, sender)
        }
        Request::Compose(ask) => compose::answer(db, ask, &session.operator).map(Reply::Compose),
        Request::Subscribers(ask) => subscribers::answer(db, &session.imports, ask).map(Reply::Subscribers),
        Request::Channels(ask) => channels::answer(db, ask, &session.operator).map(Reply::Channels),
        Request::History(ask) => history::answer(db, ask, &session.operator).map(Reply::History),
        Request::Topics(ask) => topics::answer(db, ask).map(Reply::Topics),
        // Done beside the store: see `errands`.
        Request::Errand(_) => Ok(Reply::Errand(ErrandTold::Stopped)),
        Request::Inbox(ask) => inbox::answer(db, ask, &session.operator).map(Reply::Inbox),
    }
}
