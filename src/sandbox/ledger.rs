//! What the sandbox received: counters, messages in memory, and the record file.
//!
//! A request is noted once it was read whole, *before* its answer leaves, so a client that is killed while it
//! waits is still counted. With a record file an answer waits until its line is written: what was answered is
//! in the file. One thread writes, a batch of all that waits at a time.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// The kinds that the sandbox speaks, by their names everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// WxPusher with an app token.
    Wxpusher,
    /// WxPusher's simple push, on the same server.
    WxpusherSpt,
    /// Bark, v2 and v1.
    Bark,
    /// ServerChan Turbo and ³.
    Serverchan,
    /// SMTP.
    Email,
    /// WeChat Official Account.
    Wechat,
    /// APNs, HTTP/2 in clear.
    Apns,
    /// ntfy.
    Ntfy,
    /// Gotify.
    Gotify,
    /// Telegram's Bot API.
    Telegram,
    /// DingTalk's robot.
    Dingtalk,
    /// Feishu's and Lark's custom bot.
    Feishu,
    /// WeCom's group robot.
    Wecom,
    /// PushPlus.
    Pushplus,
    /// PushDeer.
    Pushdeer,
    /// Pushover.
    Pushover,
    /// Slack's incoming webhook.
    Slack,
    /// Discord's webhook.
    Discord,
    /// Any webhook: takes whatever comes.
    Webhook,
}

impl Kind {
    /// Every kind, in the order of the start page.
    pub const ALL: [Self; 19] = [
        Self::Wxpusher,
        Self::WxpusherSpt,
        Self::Bark,
        Self::Serverchan,
        Self::Email,
        Self::Wechat,
        Self::Apns,
        Self::Ntfy,
        Self::Gotify,
        Self::Telegram,
        Self::Dingtalk,
        Self::Feishu,
        Self::Wecom,
        Self::Pushplus,
        Self::Pushdeer,
        Self::Pushover,
        Self::Slack,
        Self::Discord,
        Self::Webhook,
    ];

    /// The name in the catalogue of kinds.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Wxpusher => "wxpusher",
            Self::WxpusherSpt => "wxpusher-spt",
            Self::Bark => "bark",
            Self::Serverchan => "serverchan",
            Self::Email => "email",
            Self::Wechat => "wechat",
            Self::Apns => "apns",
            Self::Ntfy => "ntfy",
            Self::Gotify => "gotify",
            Self::Telegram => "telegram",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Wecom => "wecom",
            Self::Pushplus => "pushplus",
            Self::Pushdeer => "pushdeer",
            Self::Pushover => "pushover",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Webhook => "webhook",
        }
    }
}

/// What was answered, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// HTTP status or SMTP code; 0 when the connection was dropped instead.
    pub status: u16,
    /// The first 200 characters of the answer.
    pub text: String,
}

/// One message as it came, whatever became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Received {
    /// RFC 3339, UTC.
    pub at: String,
    /// Which kind's protocol it spoke.
    pub kind: Kind,
    /// HTTP method, or `SMTP`.
    pub method: String,
    /// Path and query as sent; for mail the envelope's recipient.
    pub path: String,
    /// Only what matters: content type, agent, the scheme of an authorization.
    pub headers: BTreeMap<String, String>,
    /// The parsed body, the text itself when it does not parse; for mail its decoded parts.
    pub body: Value,
    /// Addresses that this message reached: their phones would have rung, whether the client knows or not.
    pub targets: Vec<String>,
    /// What the client was told.
    pub answer: Answer,
}

/// How much the ledger keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Memory {
    /// Totals only: for benches.
    Totals,
    /// Totals and how often each address was reached.
    Counts,
    /// Whole messages as well: for tests and the demo.
    #[default]
    Messages,
}

/// Totals of one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Messages read whole, refused ones included.
    pub messages: u64,
    /// Addresses reached.
    pub reached: u64,
    /// Calls refused by the rate limit; they are not messages.
    pub over_rate: u64,
}

#[derive(Debug, Default)]
struct Counters {
    messages: AtomicU64,
    reached: AtomicU64,
    over_rate: AtomicU64,
}

const SHARDS: usize = 16;

/// The books of a running sandbox; shared by all its servers.
#[derive(Debug)]
pub(super) struct Ledger {
    memory: Memory,
    counters: [Counters; Kind::ALL.len()],
    by_address: [Mutex<HashMap<String, u64>>; SHARDS],
    hasher: RandomState,
    messages: Mutex<Vec<Received>>,
    record: Option<mpsc::UnboundedSender<Line>>,
}

type Line = (Box<Received>, oneshot::Sender<()>);

impl Ledger {
    /// Opens the record file, for its owner alone, and starts its writer.
    pub(super) fn open(memory: Memory, record: Option<&Path>) -> io::Result<Self> {
        let record = match record {
            None => None,
            Some(path) => {
                let mut options = OpenOptions::new();
                options.create(true).append(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let file = options.open(path)?;
                let (sender, lines) = mpsc::unbounded_channel();
                std::thread::Builder::new()
                    .name("sandbox-record".to_owned())
                    .spawn(move || write_lines(file, lines))?;
                Some(sender)
            }
        };
        Ok(Self {
            memory,
            counters: Default::default(),
            by_address: Default::default(),
            hasher: RandomState::new(),
            messages: Mutex::default(),
            record,
        })
    }

    /// Whether anybody will look at a message's body; if not, nobody has to build it.
    pub(super) fn keeps_bodies(&self) -> bool {
        self.memory == Memory::Messages || self.record.is_some()
    }

    /// Takes down one message. `details` is built only when a body is kept.
    pub(super) async fn note(&self, kind: Kind, targets: Vec<String>, details: impl FnOnce() -> Details) {
        let counters = &self.counters[kind as usize];
        counters.messages.fetch_add(1, Ordering::Relaxed);
        counters.reached.fetch_add(targets.len() as u64, Ordering::Relaxed);
        if self.memory != Memory::Totals {
            for target in &targets {
                *self.shard(target).entry(target.clone()).or_default() += 1;
            }
        }
        if !self.keeps_bodies() {
            return;
        }
        let Details { method, path, headers, body, answer } = details();
        let at = format!("{:.3}", jiff::Timestamp::now());
        let received = Received { at, kind, method, path, headers, body, targets, answer };
        let Some(record) = &self.record else {
            self.keep(received);
            return;
        };
        if self.memory == Memory::Messages {
            self.keep(received.clone());
        }
        let (written, wait) = oneshot::channel();
        if record.send((Box::new(received), written)).is_ok() {
            // An error means that the writer has reported a full disk and left; the answer need not fail for it.
            let _ = wait.await;
        }
    }

    /// Takes down a call beyond the rate.
    pub(super) fn note_over_rate(&self, kind: Kind) {
        self.counters[kind as usize].over_rate.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn totals(&self, kind: Kind) -> Totals {
        let counters = &self.counters[kind as usize];
        Totals {
            messages: counters.messages.load(Ordering::Relaxed),
            reached: counters.reached.load(Ordering::Relaxed),
            over_rate: counters.over_rate.load(Ordering::Relaxed),
        }
    }

    pub(super) fn received(&self, kind: Kind) -> Vec<Received> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().filter(|message| message.kind == kind).cloned().collect()
    }

    pub(super) fn count(&self, address: &str) -> u64 {
        self.shard(address).get(address).copied().unwrap_or_default()
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        let shards = self.by_address.iter();
        shards.flat_map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    fn keep(&self, received: Received) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push(received);
    }

    fn shard(&self, address: &str) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        let shard = self.hasher.hash_one(address) as usize % SHARDS;
        self.by_address[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of [`Received`] that only a kept message needs.
pub(super) struct Details {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
    pub answer: Answer,
}

/// Writes what waits in one go; its senders are told only after the file has it.
fn write_lines(mut file: File, mut lines: mpsc::UnboundedReceiver<Line>) {
    let mut waiting = Vec::new();
    let mut text = Vec::new();
    while let Some(first) = lines.blocking_recv() {
        let mut next = Some(first);
        while let Some((received, written)) = next {
            if let Err(error) = serde_json::to_writer(&mut text, &received) {
                tracing::error!(%error, "sandbox: a message could not be written as JSON");
            }
            text.push(b'\n');
            waiting.push(written);
            next = if waiting.len() < 1_024 { lines.try_recv().ok() } else { None };
        }
        if let Err(error) = file.write_all(&text).and_then(|()| file.flush()) {
            tracing::error!(%error, "sandbox: the record file can no longer be written");
            return;
        }
        text.clear();
        for written in waiting.drain(..) {
            // The client may have gone meanwhile; its message is on record all the same.
            let _ = written.send(());
        }
    }
}
