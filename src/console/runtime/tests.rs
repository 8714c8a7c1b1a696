//! Tests of the loop with a fake terminal and a fake store, on a clock of their own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use super::*;
use crate::app::desk::Settings;
use crate::app::msg::Handed;
use crate::app::request::{Reply, Request};
use crate::app::rows::{BroadcastRow, Page, Pulse};
use crate::domain::broadcast::BroadcastState;
use crate::domain::delivery::Counts;
use crate::domain::id::BroadcastId;
use crate::input::key::{Code, Key};
use crate::input::keymap::Keymap;
use crate::look::Look;
use crate::look::depth::Depth;
use crate::look::locale::Lang;
use crate::look::theme::{DEFAULT_THEME, Themes};

/// A terminal that keeps what it is shown.
struct FakePort {
    events: Option<BoxStream<'static, Msg>>,
    shown: Arc<Mutex<Vec<Picture>>>,
}

impl Port for FakePort {
    fn events(&mut self) -> BoxStream<'static, Msg> {
        self.events.take().unwrap_or_else(|| futures_util::stream::empty().boxed())
    }
    fn signals(&mut self) -> BoxStream<'static, Msg> {
        futures_util::stream::pending().boxed()
    }
    fn size(&self) -> (u16, u16) {
        (80, 24)
    }
    fn show(&mut self, picture: Picture) {
        self.shown.lock().expect("no panic").push(picture);
    }
    fn drawn(&self, _number: u64) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
    fn forget(&mut self) {}
    fn copy(&mut self, _text: &str) {}
    fn mouse(&mut self, _on: bool) {}
    fn suspend(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
    fn edit(&mut self, text: String) -> BoxFuture<'_, Handed> {
        Box::pin(async { Handed::Text(text) })
    }
}

/// A store of a thousand finished broadcasts.
struct FakeBackend {
    changes: watch::Receiver<u64>,
    calls: AtomicUsize,
}

impl Backend for FakeBackend {
    fn call(&self, request: Request) -> BoxFuture<'static, Reply> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let reply = match request {
            Request::Broadcasts(_) => {
                let rows = (1..=1_000).map(row).collect();
                Reply::Broadcasts(Page { rows, prev: None, next: None, total: None })
            }
            Request::Pulse => Reply::Pulse(Pulse::default()),
            _ => Reply::Broadcast(None),
        };
        Box::pin(async move { reply })
    }
    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

fn row(id: i64) -> BroadcastRow {
    BroadcastRow {
        id: BroadcastId(id),
        state: BroadcastState::Done,
        title: format!("Broadcast {id}"),
        audience: String::new(),
        counts: Counts::default(),
        at: Millis(0),
        until: None,
        orphaned: false,
        paused: None,
        repeats: None,
        taken_back: 0,
    }
}

/// The console under test, running as a task.
struct Story {
    keys: mpsc::UnboundedSender<Msg>,
    shown: Arc<Mutex<Vec<Picture>>>,
    change: watch::Sender<u64>,
    backend: Arc<FakeBackend>,
    task: tokio::task::JoinHandle<()>,
}

impl Story {
    async fn open() -> Self {
        let (keys, events) = mpsc::unbounded_channel();
        let events = futures_util::stream::unfold(events, |mut events| async {
            events.recv().await.map(|msg| (msg, events))
        });
        let shown = Arc::new(Mutex::new(Vec::new()));
        let port = FakePort { events: Some(events.boxed()), shown: Arc::clone(&shown) };
        let (change, changes) = watch::channel(0);
        let backend = Arc::new(FakeBackend { changes, calls: AtomicUsize::new(0) });
        let looks =
            Looks::new(Themes::builtin().0, Depth::Ansi16, DEFAULT_THEME.to_owned(), Look::plain(Lang::En));
        let model = Model::new(Settings::default(), Arc::new(Keymap::default()));
        let store: Arc<dyn Backend> = backend.clone();
        let mut runtime = Runtime::new(port, model, looks, store, || Millis(1_763_820_352_000));
        let task = tokio::spawn(async move { runtime.run().await });
        let story = Self { keys, shown, change, backend, task };
        story.rest().await;
        story
    }

    /// Lets everything happen that can happen within a second of our own clock.
    async fn rest(&self) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    fn press(&self, key: Key) {
        self.keys.send(Msg::Key(key)).expect("the console runs");
    }

    fn frames(&self) -> usize {
        self.shown.lock().expect("no panic").len()
    }

    fn screen(&self) -> String {
        let shown = self.shown.lock().expect("no panic");
        let buffer = &shown.last().expect("a picture").buffer;
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_hour_draws_nothing_and_asks_nothing() {
    let story = Story::open().await;
    let (frames, calls) = (story.frames(), story.backend.calls.load(Ordering::SeqCst));
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!((story.frames(), story.backend.calls.load(Ordering::SeqCst)), (frames, calls));
}

#[tokio::test(start_paused = true)]
async fn the_first_picture_does_not_wait_for_the_store_and_the_rows_follow() {
    let story = Story::open().await;
    assert!(story.frames() >= 1);
    assert!(story.screen().contains("Broadcast 1"));
}

#[tokio::test(start_paused = true)]
async fn two_hundred_keys_at_once_are_a_few_frames_and_all_of_them_count() {
    let story = Story::open().await;
    let before = story.frames();
    for _ in 0..200 {
        story.press(Key::plain(Code::Down));
    }
    story.rest().await;
    assert!(story.frames() - before <= 3, "{} frames", story.frames() - before);
    assert!(story.screen().contains("Broadcast 201"));
}

#[tokio::test(start_paused = true)]
async fn a_change_by_somebody_else_is_asked_for_again() {
    let story = Story::open().await;
    let calls = story.backend.calls.load(Ordering::SeqCst);
    story.change.send_modify(|n| *n += 1);
    story.rest().await;
    assert!(story.backend.calls.load(Ordering::SeqCst) > calls);
}

#[tokio::test(start_paused = true)]
async fn a_notice_leaves_the_screen_by_itself_and_then_all_is_quiet() {
    let story = Story::open().await;
    story.press(Key::char('q'));
    story.rest().await;
    assert!(story.screen().contains("again to quit"));
}

#[tokio::test(start_paused = true)]
async fn q_twice_ends_the_console() {
    let story = Story::open().await;
    story.press(Key::char('q'));
    story.press(Key::char('q'));
    tokio::time::timeout(Duration::from_secs(5), story.task)
        .await
        .expect("it ends")
        .expect("without a panic");
}

#[tokio::test(start_paused = true)]
async fn esc_twenty_times_never_quits() {
    let story = Story::open().await;
    for _ in 0..20 {
        story.press(Key::plain(Code::Esc));
    }
    story.rest().await;
    assert!(!story.task.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_language_chosen_with_a_key_shows_at_once() {
    let story = Story::open().await;
    story.press(Key::char('L'));
    story.rest().await;
    assert!(story.screen().contains("发 件 箱"), "{}", story.screen());
    story.press(Key::char('L'));
    story.rest().await;
    assert!(story.screen().contains("Outbox"));
}
