//! The drawing thread: takes the latest picture from one slot and writes it, one synchronized update
//! a frame. A frozen terminal blocks this thread alone; nobody queues pictures and nobody waits.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use super::paint::Painter;
use super::port::Picture;

/// The slot that the loop fills and the thread empties.
#[derive(Default)]
struct Slot {
    picture: Option<Picture>,
    /// Control sequences, in order, before the picture; never dropped.
    controls: String,
    forget: bool,
    stop: bool,
    busy: bool,
}

#[derive(Default)]
struct Shared {
    slot: Mutex<Slot>,
    changed: Condvar,
}

/// The drawing thread, as the loop holds it.
pub struct Drawer {
    shared: Arc<Shared>,
    drawn: watch::Receiver<u64>,
    thread: Option<JoinHandle<()>>,
}

impl Drawer {
    /// Starts to draw on `out`.
    pub fn start(out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (tell, drawn) = watch::channel(0);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("draw".to_owned()).spawn(move || {
            draw(&theirs, out, &tell);
        })?;
        Ok(Self { shared, drawn, thread: Some(thread) })
    }

    /// The latest picture; one that was not taken yet is replaced.
    pub fn show(&self, picture: Picture) {
        self.with(|slot| slot.picture = Some(picture));
    }

    /// Writes a control sequence before the next picture.
    pub fn control(&self, sequence: &str) {
        self.with(|slot| slot.controls.push_str(sequence));
    }

    /// The next picture is drawn whole.
    pub fn forget(&self) {
        self.with(|slot| slot.forget = true);
    }

    /// Resolves when the thread has ended: before `finish`, only a panic does that.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut drawn = self.drawn.clone();
        async move { while drawn.changed().await.is_ok() {} }
    }

    /// Whether the thread has ended by itself.
    pub fn is_dead(&self) -> bool {
        self.drawn.has_changed().is_err()
    }

    /// The number of the last picture that reached the terminal.
    pub fn drawn(&self) -> watch::Receiver<u64> {
        self.drawn.clone()
    }

    /// Waits until everything is written, but not longer than `limit`; false if it was not.
    pub fn settle(&self, limit: Duration) -> bool {
        let slot = lock(&self.shared.slot);
        let busy = |slot: &mut Slot| slot.busy || slot.picture.is_some() || !slot.controls.is_empty();
        match self.shared.changed.wait_timeout_while(slot, limit, busy) {
            Ok((_, timeout)) => !timeout.timed_out(),
            Err(_) => false,
        }
    }

    /// Writes a last control sequence and ends the thread; a terminal that does not take it within
    /// `limit` is left alone.
    pub fn finish(mut self, last: &str, limit: Duration) -> bool {
        self.with(|slot| {
            slot.picture = None;
            slot.controls.push_str(last);
        });
        let settled = self.settle(limit);
        self.with(|slot| slot.stop = true);
        if let Some(thread) = self.thread.take().filter(|_| settled) {
            // A panic there has restored the terminal already.
            let _ = thread.join();
        }
        settled
    }

    fn with(&self, change: impl FnOnce(&mut Slot)) {
        change(&mut lock(&self.shared.slot));
        self.shared.changed.notify_all();
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    // A slot is whole after every change, so one that a panic left locked is still good.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn draw(shared: &Shared, mut out: impl Write, drawn: &watch::Sender<u64>) {
    let mut painter = Painter::default();
    let mut state = CursorState::default();
    loop {
        let mut slot = lock(&shared.slot);
        slot.busy = false;
        shared.changed.notify_all();
        let idle = |slot: &mut Slot| slot.picture.is_none() && slot.controls.is_empty() && !slot.stop;
        let mut slot = shared.changed.wait_while(slot, idle).unwrap_or_else(PoisonError::into_inner);
        let controls = std::mem::take(&mut slot.controls);
        let picture = slot.picture.take();
        if slot.stop && picture.is_none() && controls.is_empty() {
            return;
        }
        if std::mem::take(&mut slot.forget) {
            painter.forget();
            state = CursorState::default();
        }
        slot.busy = true;
        drop(slot);

        let mut bytes = controls;
        let number = picture.as_ref().map(|picture| picture.number);
        if let Some(picture) = &picture {
            super::drill::panic_if_asked("draw", picture.buffer.area.width);
        }
        if let Some(picture) = picture {
            bytes.push_str(&frame(&mut painter, &mut state, picture));
        }
        if !bytes.is_empty()
            && let Err(error) = out.write_all(bytes.as_bytes()).and_then(|()| out.flush())
        {
            // The terminal is gone or refuses: what it shows is not known, and who watches stdin acts.
            tracing::debug!(%error, "cannot draw");
            painter.forget();
        }
        if let Some(number) = number {
            drawn.send_replace(number);
        }
    }
}

/// A frame of so few bytes comes in one piece: while no cursor can be seen jumping, nothing is gained by saying
/// that it is one, and over a slow link a key costs less.
const SMALL: usize = 1_000;

/// What is known of the cursor and the title, so that nothing is said twice.
#[derive(Default)]
struct CursorState {
    shown: bool,
    at: Option<(u16, u16)>,
    title: String,
}

fn frame(painter: &mut Painter, state: &mut CursorState, picture: Picture) -> String {
    let mut inner = String::new();
    if picture.title != state.title {
        inner.push_str("\x1b]2;");
        inner.push_str(&picture.title);
        inner.push('\x07');
        state.title = picture.title;
    }
    let cells = painter.paint(picture.buffer);
    if !cells.is_empty() || picture.cursor != state.at {
        inner.push_str(&cells);
        if let Some((x, y)) = picture.cursor {
            inner.push_str(&Painter::place(x, y));
        }
        state.at = picture.cursor;
    }
    let show = picture.typing && picture.cursor.is_some();
    if show != state.shown {
        inner.push_str(if show { "\x1b[?25h" } else { "\x1b[?25l" });
        state.shown = show;
    }
    if inner.is_empty() || inner.len() < SMALL && !state.shown {
        return inner;
    }
    format!("\x1b[?2026h{inner}\x1b[?2026l")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;

    /// A terminal that takes what it is given only when it is told to; a frame is one write.
    struct Frozen(mpsc::Receiver<()>, Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Frozen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            // The sender is dropped when the test ends.
            let _ = self.0.recv();
            self.1.lock().expect("no panic").push(bytes.to_vec());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_small_frame_is_not_wrapped_unless_a_cursor_could_be_seen_in_it() {
        let mut painter = Painter::default();
        let mut state = CursorState::default();
        let mut draw = |number, typing: bool| {
            let cursor = typing.then_some((0, 0));
            frame(&mut painter, &mut state, Picture { cursor, typing, ..picture(number) })
        };
        assert!(draw(1, false).contains("\x1b[2J"));
        assert!(!draw(2, false).contains("\x1b[?2026h"));
        assert!(draw(3, true).starts_with("\x1b[?2026h"));
        assert!(draw(4, true).ends_with("\x1b[?2026l"));
        let mut large = picture(5);
        large.buffer = Buffer::filled(Rect::new(0, 0, 80, 24), ratatui::buffer::Cell::new("x"));
        assert!(frame(&mut painter, &mut CursorState::default(), large).starts_with("\x1b[?2026h"));
    }

    fn picture(number: u64) -> Picture {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, format!("frame{number}"), ratatui::style::Style::new());
        Picture { number, buffer, cursor: None, typing: false, title: String::new() }
    }

    #[test]
    fn a_frozen_terminal_never_blocks_the_loop_and_later_shows_the_latest_picture_only() {
        let (thaw, frozen) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let drawer = Drawer::start(Frozen(frozen, Arc::clone(&written))).expect("a thread");
        for number in 1..=50 {
            drawer.show(picture(number));
        }
        assert!(!drawer.settle(Duration::from_millis(20)));
        drop(thaw);
        assert!(drawer.settle(Duration::from_secs(10)));
        assert!(drawer.finish("", Duration::from_secs(10)));
        let bytes = written.lock().expect("no panic").clone();
        assert!(bytes.len() <= 2, "{} frames", bytes.len());
        let size = |n: u16| n.try_into().expect("not zero");
        let mut parser = vt100::Parser::new(size(1), size(8), 0);
        parser.process(&bytes.concat());
        assert_eq!(parser.screen().contents().trim_end(), "frame50");
    }
}
