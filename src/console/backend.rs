//! Who answers requests: the store in the real console, a fake in tests.

pub mod channels;
pub mod compose;
pub mod errands;
pub mod history;
pub mod inbox;
pub mod live;
pub mod outbox;
pub mod route;
pub mod subscribers;
pub mod topics;
mod typed_path;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::app::request::{Reply, Request};

/// Answers requests. Calls run at the same time and may be dropped when the console ends; an order that
/// was begun is carried out all the same.
pub trait Backend: Send + Sync {
    /// Answers one request. Errors come as `Reply::Failed`, worded for a person.
    fn call(&self, request: Request) -> BoxFuture<'static, Reply>;

    /// A number that moves whenever the store changed, by whomever.
    fn changes(&self) -> watch::Receiver<u64>;
}
