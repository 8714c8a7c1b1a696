//! Rows as screens show them, for questions that the store has no type for yet; and keyset pages.

use crate::domain::broadcast::{BroadcastState, PauseReason};
use crate::domain::channel::Health;
use crate::domain::delivery::{Class, Counts};
use crate::domain::id::{BroadcastId, ChannelId, RecurringId};
use crate::domain::time::Millis;
use crate::store::broadcasts::Stage;
use crate::store::channels::Rest;

/// A place in an order, opaque to screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// Where a page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// With the first row.
    Start,
    /// It ends with the last row.
    End,
    /// With the row after the cursor.
    After(Cursor),
    /// It ends with the row before the cursor.
    Before(Cursor),
    /// With the row at the cursor, or the next one if it is gone.
    At(Cursor),
}

/// What a list asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAsk {
    /// Where the page starts.
    pub from: From,
    /// How many rows at most.
    pub limit: usize,
    /// The filter as typed; empty for everything.
    pub filter: String,
}

/// How many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The number.
    pub count: i64,
    /// Whether it is exact; shown with `~` otherwise.
    pub exact: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<R> {
    /// The rows in order.
    pub rows: Vec<R>,
    /// The place of the first row, if there are rows before it.
    pub prev: Option<Cursor>,
    /// The place of the last row, if there are rows after it.
    pub next: Option<Cursor>,
    /// How many match, if that is known.
    pub total: Option<Total>,
}

/// A record in a list.
pub trait Row {
    /// What selection and marks follow.
    type Id: Copy + Ord + std::fmt::Debug;

    /// The id of this record.
    fn id(&self) -> Self::Id;
}

/// A broadcast in the Outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastRow {
    /// The broadcast.
    pub id: BroadcastId,
    /// What it is doing.
    pub state: BroadcastState,
    /// The title; empty if it has none yet. Scrubbed.
    pub title: String,
    /// The audience as a filter; empty if none was chosen. Scrubbed.
    pub audience: String,
    /// The ledger.
    pub counts: Counts,
    /// When it was last saved, released or ended.
    pub at: Millis,
    /// Held until, or scheduled for.
    pub until: Option<Millis>,
    /// Held with nobody left to take it back: waits for a person.
    pub orphaned: bool,
    /// Why it stands still.
    pub paused: Option<PauseReason>,
    /// The schedule that sends it again and again.
    pub repeats: Option<Repeats>,
    /// How many of its deliveries were taken back at their providers.
    pub taken_back: i64,
}

impl BroadcastRow {
    /// Whether all of it that arrived was taken back.
    pub fn is_taken_back(&self) -> bool {
        self.taken_back > 0 && self.taken_back >= self.counts.delivered()
    }
}

/// A draft that goes out again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// The schedule.
    pub id: RecurringId,
    /// The cron expression with its zone. Scrubbed.
    pub cron: String,
    /// The next time.
    pub next: Millis,
    /// More people than that ask.
    pub most: i64,
    /// Why it stands still, if it does. Scrubbed.
    pub paused: Option<String>,
}

impl Row for BroadcastRow {
    type Id = BroadcastId;
    fn id(&self) -> BroadcastId {
        self.id
    }
}

/// One channel's part in a broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The channel.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its people are those who were refused on another channel.
    pub reserve: bool,
    /// Its part of the ledger.
    pub counts: Counts,
    /// How many of them were taken back at the provider.
    pub taken_back: i64,
    /// People a second over the last seconds, times ten.
    pub rate_tenths: i64,
    /// Why it stands still.
    pub paused: Option<PauseReason>,
    /// Its share of the first stage, while the broadcast has one.
    pub stage: Option<Stage>,
    /// Until when the sender calls nobody over the channel, and why.
    pub rest: Option<Rest>,
    /// When it goes on by itself and why it waits, if nothing of it can leave before.
    pub waits: Option<(Millis, Wait)>,
    /// Calls in flight.
    pub calls: i64,
    /// People in those calls.
    pub in_flight: i64,
    /// The last error in the provider's own words, scrubbed.
    pub last_error: Option<String>,
    /// What was left of it had waited too long.
    pub expired: bool,
}

impl Lane {
    /// Whether the first stage cannot end because this channel stands still.
    pub fn holds_up_stage(&self) -> bool {
        self.stage.is_some_and(|stage| stage.open > 0)
            && self.paused.is_some_and(|why| why != PauseReason::Halted)
    }
}

/// What a lane waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The end of quiet hours, its channel's or those of people in it.
    Quiet,
    /// A failure of this class to pass.
    For(Class),
}

/// What was said, and who let it go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Deliveries that stand in for others: whoever has one is in the audience already.
    pub reserve: i64,
    /// How many of those were not called up.
    pub spare: i64,
    /// How many deliveries were taken back at their providers.
    pub taken_back: i64,
    /// The broadcast in whose place it went out.
    pub replaces: Option<BroadcastId>,
    /// The broadcast that stands in its place now.
    pub replaced_by: Option<BroadcastId>,
    /// Who released it.
    pub released_by: String,
    /// What more is known about why it stands still.
    pub pause_detail: String,
    /// Where a tap leads.
    pub link: String,
    /// The first lines of the text as it was written, scrubbed.
    pub body: Vec<String>,
}

/// A broadcast with its lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastDetail {
    /// The row that the list shows.
    pub row: BroadcastRow,
    /// Its channels, in the order in which they were chosen.
    pub lanes: Vec<Lane>,
    /// What was said.
    pub about: About,
    /// When the first call left.
    pub started: Option<Millis>,
    /// When the last delivery ended.
    pub ended: Option<Millis>,
    /// How long the rest will take, once that can be told.
    pub left_ms: Option<i64>,
}

/// What the frame shows of everything: tabs, title row, status row, terminal title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pulse {
    /// Broadcasts that go out or stand still.
    pub active: i64,
    /// Broadcasts that wait for their time.
    pub scheduled: i64,
    /// Drafts.
    pub drafts: i64,
    /// The part of all active broadcasts that has ended, in percent.
    pub percent: i64,
    /// Refused in the last 24 hours.
    pub failed: i64,
    /// Became unknown in the last 24 hours.
    pub unknown: i64,
    /// People, without the removed.
    pub people: i64,
    /// Nothing was ever stored: no channel, nobody, no broadcast.
    pub empty: bool,
    /// Upstream messages that nobody has read.
    pub unread: i64,
    /// Channels and how they are.
    pub channels: Vec<(String, Health)>,
    /// The broadcast in its undo window that leaves first.
    pub held: Option<(BroadcastId, Millis)>,
    /// Whether a sender is alive.
    pub sender: bool,
    /// Who holds everything back, if somebody does.
    pub halted: Option<String>,
    /// There is too little room on the disk to send.
    pub disk_low: bool,
    /// The sender is alive and has not said so for too long.
    pub silent: bool,
    /// How many senders ended without saying so …
    pub died: i64,
    /// … and how many deliveries the last of them left in the air.
    pub lost: i64,
}
