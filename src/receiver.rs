//! The receiver: takes what providers tell us over HTTP, behind a reverse proxy.
//!
//! It runs beside the sender in the process of `pushdeck serve --listen`, on a thread, a runtime and a connection to the
//! store of its own, and not as a second process: nothing has to be started, stopped and watched twice, and what a child
//! would add is isolation that these give as well. A flood costs that one thread: connections, rates, bodies and times
//! are limited before anything is stored, what is stored goes in batches of one short transaction each, and no worker
//! of the sender is used. A request that makes the code fail ends its own connection; if the whole thread ends, the
//! sender goes on and the log says so.
//!
//! `front` decides about one request, `pace` how many there may be, `writer` makes them durable, `listen` owns the
//! connections. An answer is given after the commit, so whatever a provider got "ok" for is there.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::db::Opening;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;

mod front;
mod listen;
mod pace;
mod seats;
mod writer;

use front::Front;
pub use pace::Pace;

/// Its name in the audit log.
const OPERATOR: &str = "receiver";

/// How often is looked for new doors and for receipts that wait.
const LOOK: Duration = Duration::from_secs(1);

/// What is let in.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest body.
    pub body: usize,
    /// How long a request may take to say its headers, or be silent between requests.
    pub head_time: Duration,
    /// How long it may take to say its body.
    pub body_time: Duration,
    /// How many connections are open at once; for a further one the longest silent of them ends.
    pub connections: usize,
    /// How many requests a channel may make.
    pub channel: Pace,
    /// How many all channels together may make.
    pub all: Pace,
    /// How long open requests may take to end when the receiver stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            connections: 256,
            // Whoever is turned away may never be told again: only what would hurt is too much.
            channel: Pace { burst: 1_000, per_second: 200 },
            all: Pace { burst: 2_000, per_second: 500 },
            grace: Duration::from_secs(5),
        }
    }
}

/// Why a receiver cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No thread or runtime can be had.
    #[error("the receiver cannot be started: {0}")]
    Start(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A receiver at work.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Listens on that address; port 0 takes any.
    pub fn start(opening: Opening, address: SocketAddr, limits: Limits) -> Result<Self, ReceiverError> {
        let failed = |source| ReceiverError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        // Whoever acts here is nobody: it is what people did.
        let opening = Opening { operator: OPERATOR.to_owned(), ..opening };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ReceiverError::Start)?;
        let stop = CancellationToken::new();
        let told = stop.clone();
        let front = runtime.block_on(async {
            let store = StoreHandle::open(opening, "receiver-store").await?;
            Front::new(store, limits, told.clone()).await
        })?;
        let front = Arc::new(front);
        let thread = std::thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || {
                let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    runtime.block_on(work(listener, front, limits, told));
                }));
                if worked.is_err() {
                    tracing::error!("the receiver failed; the sender goes on without it");
                }
            })
            .map_err(ReceiverError::Start)?;
        Ok(Self { address: bound, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What tells it to end, from anywhere.
    pub fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Ends it in good order: what has been read is stored and answered.
    pub fn stop(mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // Its failure is in the log.
            drop(thread.join());
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn work(listener: TcpListener, front: Arc<Front>, limits: Limits, stop: CancellationToken) {
    let looking = tokio::spawn(look_after(Arc::clone(&front)));
    match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listen::run(listener, front, limits, stop).await,
        Err(error) => tracing::error!(%error, "the receiver cannot use its socket"),
    }
    looking.abort();
}

/// Sees new doors, closed ones, and receipts that came before the answers that name them.
async fn look_after(front: Arc<Front>) {
    loop {
        tokio::time::sleep(LOOK).await;
        front.look().await;
    }
}

#[cfg(test)]
mod tests;
