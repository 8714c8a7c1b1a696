//! What Compose asks the store and orders from it.
//!
//! Saving and releasing answer with their own failures (`NotSaved`, `NotReleased`), so that the screen
//! knows whose text is still unsaved; everything else fails as `Reply::Failed`.

use super::Trouble;
use crate::domain::broadcast::{PauseReason, Phase};
use crate::domain::channel::{Account, Health};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::file::FileRef;
use crate::domain::id::{BroadcastId, ChannelId, SubscriberId};
use crate::domain::message::Message;
use crate::domain::template::Hole;
use crate::domain::time::Millis;
use crate::store::audience::{Breakdown, UnknownName};
use crate::store::broadcasts::Draft;
use crate::store::channels::StoredSecret;
use crate::store::longest::Longest;
use crate::store::plan::{Difference, Expected, Plan};
use crate::store::subscribers::Subscriber;

/// A question or an order of Compose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeAsk {
    /// Reads a file that is to go with the text of a sheet, beside others.
    Attach {
        /// The sheet.
        sheet: u64,
        /// Where it is, as typed.
        path: String,
        /// The other files.
        others: Vec<FileRef>,
    },
    /// Channels, and who tests go to.
    Bench,
    /// A draft, or what became of it.
    Open(BroadcastId),
    /// Begins a draft that takes the place of a broadcast where the provider can do that.
    NewVersion(BroadcastId),
    /// Stores a text for the first time; the number names the sheet that it stands on.
    Begin {
        /// The sheet.
        sheet: u64,
        /// The text.
        draft: Box<Draft>,
    },
    /// Stores it over the version that was seen; a lost race stores it as a draft of its own.
    Save {
        /// The sheet.
        sheet: u64,
        /// The draft.
        id: BroadcastId,
        /// The version that was seen.
        seen: i64,
        /// The text.
        draft: Box<Draft>,
    },
    /// Who would get it, counted now.
    Reach(Aim),
    /// The same of a text, with the plan that a release would freeze now.
    Plan(Box<Draft>),
    /// Who of them lacks a value for each of these variables.
    Lacks(Aim, Vec<String>),
    /// Whose values make the message the longest, given its holes part by part.
    Longest(Aim, Vec<Vec<Hole>>),
    /// A real recipient to preview with.
    Sample {
        /// The audience.
        audience: String,
        /// The one that is shown now.
        from: Option<SubscriberId>,
        /// Which way.
        step: Step,
    },
    /// Freezes the audience and opens the undo window, if exactly so many would get it and it is still the plan that
    /// was seen.
    Release {
        /// The draft.
        id: BroadcastId,
        /// The version that was seen.
        seen: i64,
        /// The number that was seen and confirmed.
        number: i64,
        /// The plan that was seen; none for what goes out again and again, which is planned each time.
        expected: Option<Box<Expected>>,
    },
    /// The undo window is over: let it go, unless it is no longer this very window.
    LetGo {
        /// The broadcast.
        id: BroadcastId,
        /// The end of the window that this is about.
        until: Millis,
    },
    /// Takes a held broadcast back into its draft.
    Recall(BroadcastId),
    /// Removes a draft.
    Discard(BroadcastId),
    /// Brings a removed draft back.
    Restore(BroadcastId),
    /// Sends the text to the operator alone, on these channels.
    Test(Box<Draft>),
    /// What became of a test.
    TestState(BroadcastId),
    /// Whether this text was tested already, here or elsewhere.
    LastTest(Message),
    /// Names the person whom tests go to: an id, an address or a name.
    SetMe(String),
}

impl ComposeAsk {
    /// Whether it only asks, and may walk through everybody for it.
    pub const fn counts(&self) -> bool {
        matches!(
            self,
            Self::Reach(_) | Self::Plan(_) | Self::Lacks(..) | Self::Longest(..) | Self::Sample { .. }
        )
    }
}

/// Who is aimed at, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aim {
    /// The filter; empty means everybody.
    pub audience: String,
    /// Channels in order; empty means all.
    pub channels: Vec<ChannelId>,
    /// Every address of a person.
    pub every: bool,
}

impl Aim {
    /// Who a draft is aimed at.
    pub fn of(draft: &Draft) -> Self {
        let Draft { audience, channels, all_channels, .. } = draft;
        Self { audience: audience.clone(), channels: channels.clone(), every: *all_channels }
    }
}

/// Which sample comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The one at hand again, or the first.
    Stay,
    /// The next one.
    Next,
    /// The one before.
    Previous,
}

/// What the store told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeTold {
    /// A draft was begun.
    Begun(BroadcastId),
    /// A file is kept, and can go with the text of a sheet.
    Attached {
        /// The sheet.
        sheet: u64,
        /// The file.
        file: FileRef,
    },
    /// It cannot.
    NotAttached {
        /// Where it is, as typed.
        path: String,
        /// Why.
        why: String,
    },
    /// Channels, and who tests go to.
    Bench(Bench),
    /// A draft, or what became of it.
    Opened(Box<Opened>),
    /// It is stored; from now on it has an id and this version.
    Saved {
        /// The sheet.
        sheet: u64,
        /// The draft.
        id: BroadcastId,
        /// Its version now.
        version: i64,
    },
    /// Somebody else was faster: both texts are stored.
    Clashed {
        /// The sheet.
        sheet: u64,
        /// Where this sheet's text is now.
        id: BroadcastId,
        /// Its version.
        version: i64,
        /// This sheet's text.
        mine: Box<Draft>,
        /// The other text, where it was.
        theirs: Box<Opened>,
    },
    /// It is not stored; the sheet still holds it.
    NotSaved {
        /// The sheet.
        sheet: u64,
        /// Why.
        trouble: Trouble,
    },
    /// Who would get it.
    Reach(Box<Reach>),
    /// The plan that a release would freeze now, and who would get it by it.
    Planned {
        /// Who would get it.
        reach: Box<Reach>,
        /// The plan.
        plan: Box<Plan>,
    },
    /// The filter names something that is not there.
    NoSuchName {
        /// What kind of thing.
        what: &'static str,
        /// As typed.
        name: String,
    },
    /// Who lacks which variable.
    Lacks(Vec<Lack>),
    /// Whose values make the message the longest, for these holes.
    Longest(Vec<Vec<Hole>>, Vec<Longest>),
    /// A real recipient, if there is one.
    Sample(Option<Box<Subscriber>>),
    /// What came of a release.
    Released {
        /// The broadcast.
        id: BroadcastId,
        /// Its version now.
        version: i64,
        /// What came of it.
        came: Came,
    },
    /// It was not released; the draft is as it was.
    NotReleased(Trouble),
    /// The window's end was looked at; whether it has left.
    LetGo {
        /// The broadcast.
        id: BroadcastId,
        /// Whether it goes out now.
        left: bool,
    },
    /// Nothing had left; it is a draft again.
    Recalled(BroadcastId),
    /// The draft is gone; it can be brought back.
    Discarded(BroadcastId),
    /// It is back.
    Restored(BroadcastId),
    /// A test is on its way.
    Testing(BroadcastId),
    /// No test: the person has no usable address on the chosen channels.
    NowhereToTest,
    /// What became of a test.
    TestState {
        /// The test.
        id: BroadcastId,
        /// How its deliveries stand, channel by channel.
        parts: Vec<TestPart>,
    },
    /// The last test of exactly this text, if there was one.
    LastTest {
        /// The text.
        message: Message,
        /// The test, and when it was ordered.
        test: Option<(BroadcastId, Millis)>,
    },
    /// Tests go to this person from now on.
    Me(Me),
}

/// How a test stands on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPart {
    /// The channel by name, scrubbed.
    pub channel: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it failed or waits.
    pub class: Option<Class>,
}

/// What came of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It is held until then, or goes out at once.
    Held {
        /// How many will get it.
        to_send: i64,
        /// The end of the undo window.
        until: Option<Millis>,
    },
    /// It leaves then.
    Scheduled {
        /// How many will get it.
        to_send: i64,
        /// When.
        at: Millis,
    },
    /// It goes out again and again.
    Repeats {
        /// How many would get it now.
        to_send: i64,
        /// The first time.
        at: Millis,
        /// More people than that ask.
        most: i64,
    },
    /// The number is another one now; nothing was released.
    GateClosed {
        /// How many it is now.
        to_send: i64,
    },
    /// The plan is not the one that was seen; nothing was released.
    Changed(Box<Difference>),
    /// Nobody is left to send to.
    NobodyLeft,
}

/// What Compose works with besides the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bench {
    /// Every channel in use, in the order in which they were made.
    pub ways: Vec<Way>,
    /// Who tests go to.
    pub me: Option<Me>,
}

/// The person whom tests go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The person.
    pub id: SubscriberId,
    /// The name, scrubbed.
    pub name: String,
}

/// A channel as Compose needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Name, kind and settings; credentials are never in it.
    pub account: Account,
    /// Which credentials are set, masked.
    pub secrets: Vec<StoredSecret>,
    /// Why it stands still, if it does.
    pub paused: Option<PauseReason>,
    /// How its last attempts went.
    pub health: Health,
}

/// A draft, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The broadcast.
    pub id: BroadcastId,
    /// Its version.
    pub version: i64,
    /// Only drafts can be changed.
    pub phase: Phase,
    /// The text.
    pub draft: Draft,
    /// When it was last saved.
    pub saved: Millis,
}

/// Who would get it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// People by channel, and who is left out.
    pub people: Breakdown,
    /// Lists on the provider's side, by channel.
    pub remotes: Vec<(ChannelId, i64)>,
    /// Tags that nobody has.
    pub unknown: Vec<UnknownName>,
}

impl Reach {
    /// What the gates count: people by channel, and a remote topic as one.
    pub fn to_send(&self) -> i64 {
        self.people.to_send() + self.remotes.iter().map(|(_, count)| count).sum::<i64>()
    }

    /// Deliveries on one channel, remote topics apart.
    pub fn on(&self, channel: ChannelId) -> (i64, i64) {
        let of = |list: &[(ChannelId, i64)]| {
            list.iter().filter(|(id, _)| *id == channel).map(|(_, count)| count).sum()
        };
        (of(&self.people.channels), of(&self.remotes))
    }
}

/// People who lack a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The variable.
    pub variable: String,
    /// How many lack it.
    pub people: i64,
    /// The names of the first few, scrubbed.
    pub first: Vec<String>,
}
