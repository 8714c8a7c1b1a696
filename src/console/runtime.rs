//! The loop: waits, takes everything that is there, updates, draws once.
//!
//! It never writes to the terminal, never waits for a store and never polls: with nothing happening
//! it sleeps until a key, a reply, a change or the moment at which the picture changes by itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::backend::Backend;
use super::frames::{Cause, Frames};
use super::looks::Looks;
use super::paste::PasteGuard;
use super::port::{Picture, Port};
use crate::app::effect::{Effect, Timer};
use crate::app::model::Model;
use crate::app::msg::{Mouse, Msg, Signal};
use crate::app::overlay::Overlay;
use crate::app::update::update;
use crate::config::write::set_in_file;
use crate::domain::time::Millis;
use crate::ui::frame::view;
use crate::ui::painted::Painted;

/// Messages taken before one draw.
const BATCH: usize = 256;

/// The loop and all that it holds.
pub struct Runtime<P: Port> {
    port: P,
    model: Model,
    looks: Looks,
    backend: Arc<dyn Backend>,
    clock: fn() -> Millis,
    config_file: Option<PathBuf>,
    signals: BoxStream<'static, Msg>,
    events: BoxStream<'static, Msg>,
    replies: mpsc::UnboundedReceiver<Msg>,
    reply_to: mpsc::UnboundedSender<Msg>,
    changes: watch::Receiver<u64>,
    tasks: JoinSet<()>,
    timers: BTreeMap<Timer, Instant>,
    frames: Frames,
    pastes: PasteGuard,
    painted: Painted,
    pictures: u64,
    leaving: bool,
}

impl<P: Port> Runtime<P> {
    /// A loop that has not started.
    pub fn new(
        mut port: P,
        model: Model,
        looks: Looks,
        backend: Arc<dyn Backend>,
        clock: fn() -> Millis,
    ) -> Self {
        let (reply_to, replies) = mpsc::unbounded_channel();
        let signals = port.signals();
        let events = port.events();
        let changes = backend.changes();
        let frames = if model.desk.settings.slow { Frames::far() } else { Frames::near() };
        Self {
            port,
            model,
            looks,
            backend,
            clock,
            config_file: None,
            signals,
            events,
            replies,
            reply_to,
            changes,
            tasks: JoinSet::new(),
            timers: BTreeMap::new(),
            frames,
            pastes: PasteGuard::default(),
            painted: Painted::default(),
            pictures: 0,
            leaving: false,
        }
    }

    /// Keeps the operator's choices in this configuration file; without one they end with the loop.
    #[must_use]
    pub fn keeping_in(mut self, config_file: PathBuf) -> Self {
        self.config_file = Some(config_file);
        self
    }

    /// Runs until the operator or the system ends it.
    pub async fn run(&mut self) {
        let (columns, rows) = self.port.size();
        self.take(vec![Msg::Resize(columns, rows), Msg::Start]).await;
        self.draw_if_due();
        while !self.leaving {
            let Some(first) = self.wait().await else { break };
            let batch = self.gather(first).await;
            self.take(batch).await;
            self.draw_if_due();
        }
        self.tasks.abort_all();
    }

    /// The terminal, to give it back.
    pub fn into_port(self) -> P {
        self.port
    }

    /// The next thing that happens. An empty batch means: draw.
    async fn wait(&mut self) -> Option<Vec<Msg>> {
        let draw_at = self.frames.due();
        let timer = self.timers.iter().min_by_key(|(_, at)| **at).map(|(timer, at)| (*timer, *at));
        tokio::select! {
            biased;
            Some(msg) = self.signals.next() => Some(vec![msg]),
            msg = self.events.next() => msg.map(|msg| vec![msg]),
            Some(msg) = self.replies.recv() => Some(vec![msg]),
            Ok(()) = self.changes.changed() => Some(vec![Msg::Changed]),
            () = at(draw_at) => Some(Vec::new()),
            () = at(timer.map(|(_, at)| at)) => {
                let due = timer.map(|(timer, _)| timer);
                Some(due.into_iter().inspect(|timer| { self.timers.remove(timer); }).map(Msg::Due).collect())
            }
        }
    }

    /// Whatever else is there already, keys first.
    async fn gather(&mut self, mut batch: Vec<Msg>) -> Vec<Msg> {
        while batch.len() < BATCH {
            match ready(&mut self.events).await {
                Some(msg) => batch.push(msg),
                None => break,
            }
        }
        while batch.len() < BATCH {
            match self.replies.try_recv() {
                Ok(msg) => batch.push(msg),
                Err(_) => break,
            }
        }
        // Ended tasks leave nothing behind but their place in the set.
        while self.tasks.try_join_next().is_some() {}
        self.pastes.sift(batch)
    }

    async fn take(&mut self, batch: Vec<Msg>) {
        self.model.desk.now = (self.clock)();
        for msg in batch {
            let cause = cause_of(&msg);
            if cause == Cause::Operator {
                self.frames.acted(Instant::now());
            }
            let msg = match msg {
                Msg::Mouse(Mouse::Press(x, y)) => match self.painted.key_at(x, y) {
                    Some(key) => Msg::Key(key),
                    None => continue,
                },
                other => other,
            };
            let step = update(&mut self.model, msg);
            if step.redraw {
                self.frames.mark(cause, Instant::now());
            }
            for effect in step.effects {
                self.perform(effect).await;
            }
        }
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Store(ticket, request) => {
                let reply = self.backend.call(request);
                let reply_to = self.reply_to.clone();
                self.tasks.spawn(async move {
                    // A loop that has ended needs no reply.
                    let _ = reply_to.send(Msg::Store(ticket, reply.await));
                });
            }
            Effect::After(wait, timer) => {
                self.timers.insert(timer, Instant::now() + wait);
            }
            Effect::Cancel(timer) => {
                self.timers.remove(&timer);
            }
            Effect::Copy(text) => self.port.copy(&text),
            Effect::Mouse(on) => self.port.mouse(on),
            Effect::Look(change) => {
                self.looks.change(&change);
                self.model.desk.names = Arc::new(self.looks.action_names());
                self.frames.mark(Cause::Operator, Instant::now());
            }
            Effect::Keep(key, value) => {
                let Some(path) = self.config_file.clone() else { return };
                let reply_to = self.reply_to.clone();
                self.tasks.spawn_blocking(move || {
                    if let Err(error) = set_in_file(&path, key, &value) {
                        // A loop that has ended needs no reply.
                        let _ = reply_to.send(Msg::NotKept(error.to_string()));
                    }
                });
            }
            Effect::Redraw => {
                self.port.forget();
                self.frames.mark(Cause::Operator, Instant::now());
            }
            Effect::Write(path, bytes) => {
                let reply_to = self.reply_to.clone();
                self.tasks.spawn_blocking(move || {
                    let written = super::edit::write_private(&path, &bytes);
                    // Where it is, for somebody who has forgotten from where the console was started.
                    let shown = std::path::absolute(&path).unwrap_or(path).display().to_string();
                    let result = written.map(|()| shown).map_err(|error| error.to_string());
                    // A loop that has ended needs no reply.
                    let _ = reply_to.send(Msg::Written(result));
                });
            }
            Effect::Edit(text) => {
                self.stop_reading();
                let handed = self.port.edit(text).await;
                self.back(Msg::Handed(handed)).await;
            }
            Effect::Suspend => {
                self.stop_reading();
                self.port.suspend().await;
                self.back(Msg::Resumed).await;
            }
            Effect::Quit => self.leaving = true,
        }
    }

    fn stop_reading(&mut self) {
        self.events = futures_util::stream::pending().boxed();
    }

    /// The terminal is ours again: its events are read anew and it may have another size.
    async fn back(&mut self, msg: Msg) {
        self.events = self.port.events();
        while let Some(signal) = ready(&mut self.signals).await {
            // Ctrl-C in the editor reached us too; it was not meant for us.
            if signal != Msg::Signal(Signal::Interrupt) {
                // We hold the receiver ourselves.
                let _ = self.reply_to.send(signal);
            }
        }
        let (columns, rows) = self.port.size();
        for msg in [Msg::Resize(columns, rows), msg] {
            // We hold the receiver ourselves.
            let _ = self.reply_to.send(msg);
        }
        self.frames.mark(Cause::Operator, Instant::now());
    }

    fn draw_if_due(&mut self) {
        let now = Instant::now();
        if self.leaving || !self.frames.is_due(now) {
            return;
        }
        self.model.desk.now = (self.clock)();
        let (columns, rows) = self.model.desk.pages.size;
        super::drill::panic_if_asked("view", columns);
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        let painted = view(&self.model, self.looks.look(), &mut buffer);
        self.pictures += 1;
        self.port.show(Picture {
            number: self.pictures,
            buffer,
            cursor: painted.cursor,
            typing: painted.typing,
            title: painted.title.clone(),
        });
        self.frames.drawn(now);
        self.model.desk.pages = painted.pages;
        self.arm_picture_timer(painted.changes_at);
        self.painted = painted;
        if self.model.desk.overlays.last().is_some_and(Overlay::awaits_paint) {
            let drawn = self.port.drawn(self.pictures);
            let reply_to = self.reply_to.clone();
            self.tasks.spawn(async move {
                drawn.await;
                // A loop that has ended needs no reply.
                let _ = reply_to.send(Msg::Drawn);
            });
        }
    }

    fn arm_picture_timer(&mut self, changes_at: Option<Millis>) {
        match changes_at {
            Some(changes_at) => {
                let wait = changes_at.since(self.model.desk.now).max(1);
                let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(1));
                self.timers.insert(Timer::Picture, Instant::now() + wait);
            }
            None => {
                self.timers.remove(&Timer::Picture);
            }
        }
    }
}

/// The next event if it is there already. Polled with the loop's own waker: crossterm keeps the first
/// waker that it sees, and one that wakes nobody would lose every later key.
async fn ready(events: &mut BoxStream<'static, Msg>) -> Option<Msg> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match events.poll_next_unpin(cx) {
            Poll::Ready(msg) => msg,
            Poll::Pending => None,
        })
    })
    .await
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

const fn cause_of(msg: &Msg) -> Cause {
    match msg {
        Msg::Store(..) => Cause::Answer,
        Msg::Changed | Msg::Due(_) | Msg::Drawn | Msg::Written(_) | Msg::NotKept(_) => Cause::World,
        Msg::Start
        | Msg::Key(_)
        | Msg::Paste(_)
        | Msg::Mouse(_)
        | Msg::Resize(..)
        | Msg::Signal(_)
        | Msg::Handed(_)
        | Msg::Resumed => Cause::Operator,
    }
}

#[cfg(test)]
mod tests;
