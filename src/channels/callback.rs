//! What providers tell us by themselves: somebody follows, somebody writes, a delivery was confirmed.
//!
//! As sans-I/O as sending: a request that came in is plain bytes, and what it says is plain data. Which kinds are
//! heard stands in `of`. Everything that comes out of here is scrubbed; whatever a provider may add one day is kept as
//! `Event::Other` with its words, never dropped.

use std::fmt;

use super::wechat_callback::WeChatCallback;
use super::wxpusher::callback::WxPusherCallback;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// A moment that lies further ahead than this is not believed.
const AHEAD_MS: i64 = 5 * 60 * 1_000;

/// No address of any provider is longer.
const LONGEST_ADDRESS: usize = 200;

/// A request that came in, read to its end.
#[derive(Clone, Copy)]
pub struct Posted<'a> {
    /// Whether it only asks: GET.
    pub asks: bool,
    /// What stands behind the `?`.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl fmt::Debug for Posted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted")
            .field("asks", &self.asks)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What a request said, and what the provider wants to hear back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The body of the answer, once everything is durable.
    pub answer: String,
    /// What happened.
    pub came: Vec<Came>,
}

/// Why a request is not listened to. Nothing of it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not what this provider sends.
    #[error("it is not what the provider sends")]
    Malformed,
    /// Its signature is wrong, or it should have been encrypted.
    #[error("its signature is wrong")]
    Forged,
    /// Its signature is right and too old: somebody may repeat it.
    #[error("its signature is too old")]
    Stale,
    /// What the check needs is not set on the channel.
    #[error("the channel lacks what callbacks are checked with")]
    Unset,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// What.
    pub event: Event,
    /// Whose act it was, if somebody's.
    pub address: Option<Secret>,
    /// What the provider calls the person, scrubbed; mostly empty.
    pub name: String,
    /// When, as the provider says.
    pub at: Millis,
    /// The same for every repetition of it, and for nothing else on the channel.
    pub key: String,
    /// The provider's id of the application that it was told to; empty where that is proven otherwise.
    pub app: String,
    /// What it allows to send to the person without being asked.
    pub allows: Option<Allowance>,
    /// The words of the provider, scrubbed; kept where we do not understand all of them.
    pub raw: String,
}

/// What a person's act allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// So many messages; none: any number.
    pub messages: Option<i64>,
    /// For so long.
    pub ms: i64,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody follows; by a code with this scene or `extra`, if with one.
    Follow {
        /// The scene, scrubbed.
        scene: String,
    },
    /// Somebody who follows has scanned a code.
    Scan {
        /// The scene, scrubbed.
        scene: String,
    },
    /// Somebody does not follow any more.
    Unfollow {
        /// Whether what the person wrote must not be kept.
        forget: bool,
    },
    /// Somebody wrote.
    Text {
        /// The words, scrubbed.
        text: String,
    },
    /// Somebody tapped an entry of a menu.
    Tap {
        /// Which one, scrubbed.
        key: String,
    },
    /// Somebody paid, or got the money back.
    Order {
        /// The number of the trade, scrubbed.
        trade: String,
        /// In hundredths; negative when it was given back.
        amount: Option<i64>,
    },
    /// What became of a delivery that had been accepted.
    Receipt {
        /// What the provider knows the delivery by.
        receipt: String,
        /// Whether it arrived; else why not.
        arrived: Result<(), Class>,
        /// The provider's words, scrubbed.
        text: String,
    },
    /// Something that we do not know.
    Other {
        /// What the provider calls it, scrubbed.
        action: String,
    },
}

/// How a provider is listened to.
pub trait Callback: Send + Sync {
    /// The credentials that a request is checked with.
    fn secrets(&self) -> &'static [&'static str];

    /// Reads a request. The account holds its settings and of its credentials only those.
    fn read(&self, account: &Account, posted: &Posted<'_>, now: Millis) -> Result<Heard, Refusal>;
}

/// How the provider of that kind is listened to, if it tells anything.
pub fn of(kind: &str) -> Option<&'static dyn Callback> {
    match kind {
        "wxpusher" => Some(&WxPusherCallback),
        "wechat" => Some(&WeChatCallback),
        _ => None,
    }
}

/// A short text from outside, harmless and without white space around it.
pub(super) fn short(text: &str) -> String {
    scrub(text.trim(), Cap::List).into_owned()
}

/// A long one.
pub(super) fn long(text: &str) -> String {
    scrub(text.trim_end_matches(['\r', '\n']), Cap::Detail).into_owned()
}

/// An address from outside, if it can be one.
pub(super) fn address(text: &str) -> Option<Secret> {
    let text = text.trim();
    let fits = !text.is_empty() && text.len() <= LONGEST_ADDRESS && !text.contains(char::is_control);
    fits.then(|| Secret::new(text))
}

/// A moment that a provider told, unless it is none or lies ahead.
pub(super) fn moment(told: Option<i64>, now: Millis) -> Millis {
    told.filter(|at| *at > 0 && *at <= now.0.saturating_add(AHEAD_MS)).map_or(now, Millis)
}
