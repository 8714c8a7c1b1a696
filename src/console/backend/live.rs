//! The real backend: the store on threads of its own, news from other processes, and a sender that lives.
//!
//! Orders and questions go to one handle, in the order in which they were asked; a second handle only
//! looks (what the frame shows, what others changed), so that looking never waits for an import; a third one counts and
//! plans whole audiences, so that no order waits for that.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::Backend;
use super::compose;
use super::errands::{ErrandSetup, Errands};
use super::route::{self, Session};
use crate::app::request::compose::{ComposeAsk, ComposeTold};
use crate::app::request::{Reply, Request, Trouble};
use crate::domain::file::FileRef;
use crate::sender::counter::ErrandError;
use crate::sender::keeper::{self, Launch};
use crate::sender::lock;
use crate::sender::process::{Running, SenderError, run};
use crate::store::db::{Access, Db, Opening};
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::import::Tidied;
use crate::store::watch::Watch;

/// While something moves, the store is looked at so often …
const LIVELY: Duration = Duration::from_millis(200);

/// … and when nothing has moved for this long, not before something is written again.
const CALM_AFTER: Duration = Duration::from_secs(5);

/// Whatever the kernel tells, a calm store is looked at after this …
const SELDOM: Duration = Duration::from_secs(300);

/// … and where it tells nothing, so often.
const BLIND: Duration = Duration::from_millis(500);

/// A sender inside this process gets so long to record what is in flight; its own farewell is shorter.
const FAREWELL: Duration = Duration::from_secs(35);

/// A dead sender is replaced within this.
const KEEP: Duration = Duration::from_secs(1);

/// Who makes the calls of this console's store.
#[derive(Debug, Clone)]
pub enum Sending {
    /// A detached process, started when there is work and none lives.
    Detached(Launch),
    /// This process.
    Here(Running),
    /// Nobody: the console only looks.
    Nobody,
}

/// Words an error for a person.
pub type Wording = Arc<dyn Fn(&StoreError) -> Trouble + Send + Sync>;

/// The store behind a console.
pub struct LiveBackend {
    store: StoreHandle,
    looking: StoreHandle,
    counting: StoreHandle,
    changes: watch::Receiver<u64>,
    wording: Wording,
    folder: PathBuf,
    session: Arc<Session>,
    errands: Option<Arc<Errands>>,
    stop: watch::Sender<bool>,
    /// Ends when a sender inside this process has recorded everything.
    sent: Mutex<mpsc::Receiver<()>>,
    threads: Option<Runtime>,
}

/// The backend could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker threads.
    #[error("cannot start worker threads")]
    Threads(#[source] std::io::Error),
}

impl LiveBackend {
    /// Opens the store and begins to look after it.
    pub fn open(
        opening: &Opening,
        sending: Sending,
        operator: String,
        wording: Wording,
    ) -> Result<Self, LiveError> {
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("backend")
            .enable_all()
            .build()
            .map_err(LiveError::Threads)?;
        let store = threads.block_on(StoreHandle::open(opening.clone(), "store"))?;
        let look = Opening { access: opening.access.max_existing(), ..opening.clone() };
        let looking = threads.block_on(StoreHandle::open(look.clone(), "store-look"))?;
        let counting = threads.block_on(StoreHandle::open(look, "store-count"))?;
        let (changed, changes) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let (sending_ends, sent) = mpsc::channel();
        let nobody = matches!(sending, Sending::Nobody) || opening.access == Access::ReadOnly;
        threads.spawn(look_for_changes(looking.clone(), opening.folder.clone(), changed));
        if !nobody {
            threads.spawn(tidy(store.clone()));
        }
        match sending {
            Sending::Detached(launch) if !nobody => {
                threads.spawn(keep_sender(looking.clone(), changes.clone(), launch));
            }
            Sending::Here(running) if !nobody => {
                threads.spawn(send_here(opening.clone(), running, stopped, sending_ends));
            }
            Sending::Detached(_) | Sending::Here(_) | Sending::Nobody => {}
        }
        let folder = opening.folder.clone();
        let session = Arc::new(Session { operator, ..Session::default() });
        Ok(Self {
            store,
            looking,
            counting,
            changes,
            wording,
            folder,
            session,
            errands: None,
            stop,
            sent: Mutex::new(sent),
            threads: Some(threads),
        })
    }
}

impl LiveBackend {
    /// The same, which also asks providers what is no sending.
    pub fn doing_errands(mut self, setup: ErrandSetup) -> Result<Self, ErrandError> {
        let errands = {
            let _inside = self.threads.as_ref().map(Runtime::enter);
            Errands::new(self.store.clone(), setup)?
        };
        self.errands = Some(Arc::new(errands));
        Ok(self)
    }
}

impl Drop for LiveBackend {
    fn drop(&mut self) {
        // A sender in this process hears it and records what is in flight: threads that end under it would
        // make all of that unknown. Without one the channel is closed already.
        self.stop.send_replace(true);
        let sent = self.sent.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Err(mpsc::RecvTimeoutError::Timeout) = sent.recv_timeout(FAREWELL) {
            tracing::warn!("a sender inside this console did not end in time");
        }
        if let Some(threads) = self.threads.take() {
            threads.shutdown_timeout(Duration::from_secs(2));
        }
    }
}

impl Backend for LiveBackend {
    fn call(&self, request: Request) -> BoxFuture<'static, Reply> {
        if let (Request::Errand(ask), Some(errands)) = (&request, &self.errands) {
            let (ask, errands) = (ask.clone(), Arc::clone(errands));
            let (orders, counting) = (self.store.clone(), self.counting.clone());
            return Box::pin(async move { errands.answer(ask, &orders, &counting).await });
        }
        let wording = Arc::clone(&self.wording);
        let request = match request {
            Request::Compose(ComposeAsk::Attach { sheet, path, others }) => {
                let store = self.store.clone();
                return Box::pin(async move {
                    let kept = attach(store, sheet, path, others).await.map(Reply::Compose);
                    kept.unwrap_or_else(|error| failed(&error, &wording))
                });
            }
            other => other,
        };
        let handle = if route::counts(&request) {
            self.counting.clone()
        } else if route::only_looks(&request) {
            self.looking.clone()
        } else {
            self.store.clone()
        };
        let (folder, session) = (self.folder.clone(), Arc::clone(&self.session));
        Box::pin(async move {
            let answered = handle
                .call(move |db| {
                    // A sender that cannot be asked about is shown as absent; the keeper logs why.
                    let sender = lock::is_held(&folder).unwrap_or(false);
                    route::answer(db, request, &session, sender)
                })
                .await;
            answered.unwrap_or_else(|error| failed(&error, &wording))
        })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

fn failed(error: &StoreError, wording: &Wording) -> Reply {
    tracing::warn!(error = %error, "a request failed");
    Reply::Failed(wording(error))
}

/// Reads a file beside the store's thread, and keeps it.
async fn attach(
    store: StoreHandle,
    sheet: u64,
    path: String,
    others: Vec<FileRef>,
) -> Result<ComposeTold, StoreError> {
    let typed = path.clone();
    let read = tokio::task::spawn_blocking(move || compose::read_file(&typed, others));
    let read = read.await.map_err(|_| StoreError::Closed)?;
    store.call(move |db| compose::keep_file(db, sheet, path, read)).await
}

/// Reads the store's change number while something moves, and sleeps while nothing does.
async fn look_for_changes(store: StoreHandle, folder: PathBuf, changed: watch::Sender<u64>) {
    let mut watch = Watch::of(&folder);
    let mut known = None;
    let mut moved = Instant::now();
    loop {
        if moved.elapsed() > CALM_AFTER {
            watch.written(SELDOM, BLIND).await;
            // Looking for a while follows: a commit shows a moment after its bytes.
            moved = Instant::now();
        } else {
            tokio::time::sleep(LIVELY).await;
        }
        // A full disk takes no write that would tell of it.
        match store.call(|db| Ok((db.data_version()?, db.is_low_on_room()))).await {
            Ok(seen) => {
                // What happened between the first picture and the first look is not known.
                if known.is_none_or(|known| known != seen) {
                    changed.send_modify(|n| *n += 1);
                    moved = Instant::now();
                }
                known = Some(seen);
            }
            Err(StoreError::Closed) => return,
            Err(error) => tracing::warn!(error = %error, "cannot look for changes"),
        }
    }
}

/// Sees that a sender lives while there is work; without any, sleeps until the store changes.
async fn keep_sender(store: StoreHandle, mut changes: watch::Receiver<u64>, launch: Launch) {
    loop {
        changes.mark_unchanged();
        match store.call(|db| db.has_work()).await {
            Ok(true) => {
                if let Err(error) = keeper::ensure(&launch) {
                    tracing::error!(error = %error, "a sender cannot be started");
                }
            }
            Ok(false) => {
                if changes.changed().await.is_err() {
                    return;
                }
                continue;
            }
            Err(StoreError::Closed) => return,
            Err(error) => tracing::warn!(error = %error, "cannot look for work"),
        }
        tokio::time::sleep(KEEP).await;
    }
}

/// Takes back what killed imports left, a little at a time, between the operator's own questions.
async fn tidy(store: StoreHandle) {
    if let Err(error) = store.call(Db::clean_up_plans).await {
        tracing::warn!(%error, "cannot take back a half-written plan");
    }
    loop {
        match store.call(Db::clean_up_imports).await {
            Ok(Tidied::All) => return,
            Ok(Tidied::Some) => {}
            Err(error) => return tracing::warn!(%error, "cannot take back what a killed import left"),
        }
    }
}

/// Sends inside this process for as long as it lives. Another process may hold the place: wait for it.
async fn send_here(
    opening: Opening,
    running: Running,
    mut stop: watch::Receiver<bool>,
    // Dropped at the end: that is the message.
    _ends: mpsc::Sender<()>,
) {
    let running = Running { idle: None, ..running };
    while !*stop.borrow() {
        match run(opening.clone(), running.clone(), stop.clone()).await {
            Ok(_) => {}
            Err(SenderError::Store(StoreError::Closed)) => return,
            Err(error) => tracing::error!(error = %error, "the sender inside this console failed"),
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(KEEP) => {}
        }
    }
}
