//! Senders as commands run them: the hidden detached one, `serve`, one inside a waiting command, and the
//! keeping alive of a detached one.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::context::Context;
use super::output::Reply;
use crate::logging;
use crate::look::strings::Strings;
use crate::problem::{Doing, Exit, Fault, Problem};
use crate::receiver::Receiver;
use crate::sender::keeper::{self, Launch};
use crate::sender::lock;
use crate::sender::process::{self, Running, SenderError, Sent};
use crate::store::db::{Access, Opening};
use crate::store::error::StoreError;

/// A detached sender that died is replaced after so long at the latest.
const AGAIN: Duration = Duration::from_secs(1);

/// So many senders in a row that got nothing done mean that none will.
const MOST_STARTS: usize = 10;

/// `pushdeck sender`: the process that `keeper` starts.
pub fn detached(ctx: &Context) -> Result<Reply, Fault> {
    let _log = logging::start(&ctx.paths.log, "sender", ctx.globals.verbose)?;
    leave_session();
    let (opening, running) = (ctx.opening(Access::Existing), ctx.running(Some(ctx.idle())));
    runtime()?.block_on(async {
        let stop = stop_on_signals()?;
        loop {
            let sent = process::run(opening.clone(), running.clone(), stop.clone()).await;
            if let Err(error) = &sent {
                tracing::error!(%error, "the sender failed");
            }
            // Somebody may have released a broadcast after the last look and seen the lock still held.
            if *stop.borrow() || matches!(sent?, Sent::NotNeeded) || !has_work(&opening) {
                return Ok(Reply::default());
            }
        }
    })
}

/// Also what lies ahead: somebody has to be there when its moment comes.
fn has_work(opening: &Opening) -> bool {
    opening.open().and_then(|db| db.has_work()).unwrap_or(false)
}

/// Out of the terminal's session, so that closing it does not reach this process.
fn leave_session() {
    // Without a session of its own it still sends; `stop_on_signals` takes the hang-up away.
    if let Err(error) = rustix::process::setsid() {
        tracing::warn!(%error, "the sender stays in its starter's session");
    }
}

/// Turns true at the first SIGTERM or SIGINT; the second ends the process. A hang-up changes nothing.
fn stop_on_signals() -> Result<watch::Receiver<bool>, Fault> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|source| Fault::System { doing: Doing::Interrupt, source });
    let (mut terminate, mut interrupt, mut hangup) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?, listen(SignalKind::hangup())?);
    let (told, stop) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => tracing::info!("hung up; sending goes on"),
            }
        }
        told.send_replace(true);
        // A second one means now: what is in the air is unknown to the next sender.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = told.closed() => return,
        }
        tracing::warn!("told to end a second time; calls in flight become unknown");
        std::process::exit(130);
    });
    Ok(stop)
}

/// `pushdeck serve`: a sender that stays, and a receiver beside it. Waits its turn while another one works; the
/// receiver waits for nobody.
pub fn serve(ctx: &mut Context, listen: Option<&str>) -> Result<Reply, Fault> {
    ctx.refuse_read_only()?;
    let _log = logging::start(&ctx.paths.log, "serve", ctx.globals.verbose)?;
    drop(ctx.maker()?);
    let receiver = listen.map(|address| super::callback::listen(ctx, address)).transpose()?;
    let (opening, running) = (ctx.opening(Access::Existing), ctx.running(None));
    let words = ctx.words;
    ctx.out.say(&words.cli.serving);
    let out = &mut ctx.out;
    let served = runtime()?.block_on(async {
        let mut stop = stop_on_signals()?;
        let mut told = false;
        // Both end at the same time, not one after the other.
        if let Some(stopper) = receiver.as_ref().map(Receiver::stopper) {
            let mut stop = stop.clone();
            tokio::spawn(async move {
                // Either way it is over.
                drop(stop.wait_for(|stop| *stop).await);
                stopper.cancel();
            });
        }
        while !*stop.borrow() {
            match process::run(opening.clone(), running.clone(), stop.clone()).await? {
                Sent::NotNeeded => {
                    if !std::mem::replace(&mut told, true) {
                        out.say(&words.cli.sender_elsewhere);
                    }
                    tokio::select! {
                        _ = stop.changed() => {}
                        () = tokio::time::sleep(AGAIN) => {}
                    }
                }
                Sent::Ended(ended) => {
                    told = false;
                    tracing::info!(?ended, "serving goes on unless told to stop");
                }
            }
        }
        Ok(Reply::default())
    });
    if let Some(receiver) = receiver {
        receiver.stop();
    }
    served
}

/// `pushdeck takeover`: only from a sender that lives and is silent; a dead one needs nobody's word.
pub fn take_over(ctx: &mut Context) -> Result<Reply, Fault> {
    let mut db = ctx.writer()?;
    let held = is_held(&ctx.paths.data)?;
    let Some(since) = db.silent_since()?.filter(|_| held) else {
        let e = &ctx.words.errors;
        return Err(Problem::new("not_silent", Exit::Usage, &e.not_silent).hint(&e.not_silent_hint).into());
    };
    let question = ctx.words.cli.ask_takeover.clone();
    ctx.confirm(&question)?;
    db.note_takeover(since)?;
    lock::set_aside(&ctx.paths.data).map_err(|source| Fault::System { doing: Doing::Lock, source })?;
    ensure(ctx)?;
    let text = ctx.words.cli.taken_over.clone();
    ctx.out.say(&text);
    Ok(Reply::one(&serde_json::json!({ "silent_since": since }), String::new()))
}

/// A runtime for commands that wait.
pub fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| Fault::System { doing: Doing::Runtime, source })
}

/// Sees to it that somebody sends while a command waits.
pub struct Keeper {
    way: Way,
    log: String,
    words: &'static Strings,
    starts: usize,
    last: Option<Instant>,
}

enum Way {
    Detached(Launch),
    Inside { opening: Opening, running: Running, working: Option<Working> },
}

struct Working {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<Sent, SenderError>>,
}

impl Keeper {
    /// In the way that the configuration says.
    pub fn new(ctx: &Context) -> Result<Self, Fault> {
        let way = if ctx.sends_itself() {
            Way::Inside { opening: ctx.opening(Access::Existing), running: ctx.running(None), working: None }
        } else {
            Way::Detached(ctx.launch()?)
        };
        let log = ctx.paths.log.display().to_string();
        Ok(Self { way, log, words: ctx.words, starts: 0, last: None })
    }

    /// Something moved: whoever sends does get things done.
    pub fn moved(&mut self) {
        self.starts = 0;
    }

    /// Starts a sender if none lives.
    pub async fn look(&mut self) -> Result<(), Fault> {
        if self.last.is_some_and(|at| at.elapsed() < AGAIN) {
            return Ok(());
        }
        match &mut self.way {
            Way::Detached(launch) => {
                if is_held(&launch.folder)? {
                    return Ok(());
                }
                keeper::ensure(launch).map_err(|source| Fault::System { doing: Doing::Sender, source })?;
            }
            Way::Inside { opening, running, working } => {
                if working.as_ref().is_some_and(|working| !working.task.is_finished()) {
                    return Ok(());
                }
                if let Some(ended) = working.take() {
                    joined(ended.task.await)?;
                }
                let (stop, told) = watch::channel(false);
                let task = tokio::spawn(process::run(opening.clone(), running.clone(), told));
                *working = Some(Working { stop, task });
            }
        }
        self.last = Some(Instant::now());
        self.starts += 1;
        if self.starts > MOST_STARTS {
            let e = &self.words.errors;
            let summary = e.sender_leaves.fill(&[("count", MOST_STARTS.into())]);
            return Err(Problem::new("sender_failed", Exit::Unexpected, summary)
                .hint(e.sender_hint.fill(&[("path", (&self.log).into())]))
                .into());
        }
        Ok(())
    }

    /// Ends a sender inside this command in good order.
    pub async fn leave(self) -> Result<(), Fault> {
        if let Way::Inside { working: Some(working), .. } = self.way {
            working.stop.send_replace(true);
            joined(working.task.await)?;
        }
        Ok(())
    }
}

fn is_held(folder: &Path) -> Result<bool, Fault> {
    lock::is_held(folder)
        .map_err(|source| Fault::Sender(SenderError::Lock { path: folder.to_owned(), source }))
}

fn joined(ended: Result<Result<Sent, SenderError>, tokio::task::JoinError>) -> Result<(), Fault> {
    match ended {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        // A sender that panicked left its calls in flight; the next one settles them.
        Err(_) => Err(Fault::Store(StoreError::Closed)),
    }
}

/// Starts a detached sender for what was just released, and leaves.
pub fn ensure(ctx: &Context) -> Result<(), Fault> {
    keeper::ensure(&ctx.launch()?).map_err(|source| Fault::System { doing: Doing::Sender, source })
}
