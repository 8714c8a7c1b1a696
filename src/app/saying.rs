//! Facts that need words: notices, questions, button labels, reasons.
//!
//! The model keeps these and never sentences, so that another language re-words everything at once.
//! `ui::words` puts each into words. One variant per sentence, with its numbers and names.

pub mod channels;
pub mod desk;
pub mod history;
pub mod inbox;
pub mod lists;

use channels::ChannelsSaying;
use desk::DeskSaying;
use history::HistorySaying;
use inbox::InboxSaying;
use lists::ListsSaying;

use super::available::Why;
use super::request::Trouble;
use crate::domain::id::BroadcastId;
use crate::domain::time::Millis;
use crate::input::action::Action;

/// Something to be said to the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    // Notices of the frame.
    /// Press the same key again to quit.
    QuitAgain,
    /// The same while something goes out: so many broadcasts keep sending.
    QuitAgainSending(i64),
    /// Sends run in this process and stand still when it ends.
    AskQuit(i64),
    /// Letters of another script are no commands.
    SwitchInputMethod,
    /// A paste is never a command.
    PasteIgnored,
    /// The action is off, and why.
    Off(Action, Why),
    /// Nothing can be taken back.
    NothingToUndo,
    /// The text went to the terminal's clipboard.
    Copied,
    /// The file was written.
    Written(String),
    /// A choice holds only until the console ends: the configuration could not be written, and why.
    NotKept(String),
    /// The mouse belongs to the console now.
    MouseOn,
    /// The mouse belongs to the terminal again.
    MouseOff,
    /// A line of the configuration or the key map could not be used; its own words.
    ConfigWarning(String),
    /// Something failed; worded by the layer that failed.
    Failed(Trouble),

    // Outbox.
    /// No call leaves any more; those in flight cover so many people.
    Paused {
        /// The broadcast as shown.
        title: String,
        /// People in calls that finish.
        in_flight: i64,
    },
    /// It goes on.
    Resumed {
        /// The broadcast as shown.
        title: String,
    },
    /// The rest was cancelled.
    Stopped {
        /// The broadcast as shown.
        title: String,
        /// How many people get nothing.
        cancelled: i64,
    },
    /// Nothing had left; it is a draft again.
    Recalled {
        /// The broadcast as shown.
        title: String,
    },
    /// Stop what has not left?
    AskStopRest {
        /// The broadcast as shown.
        title: String,
        /// How many have not been sent to.
        left: i64,
    },
    /// The first stage is over: send to everybody else?
    AskRest {
        /// The broadcast as shown.
        title: String,
        /// How many those are.
        left: i64,
    },
    /// Those already accepted stay sent.
    StopKeepsAccepted(i64),
    /// Calls in flight cover so many people and finish.
    InFlightFinishes(i64),

    /// What the section Channels says.
    Channels(ChannelsSaying),
    /// What the section History says.
    History(HistorySaying),
    /// What Subscribers and Topics say.
    Lists(ListsSaying),
    /// What the section Inbox says.
    Inbox(InboxSaying),
    /// What is said of errands at providers.
    Desk(DeskSaying),

    // Buttons.
    /// Changes nothing.
    Back,
    /// Quits though sends stand still then.
    PauseAndQuit,
    /// Stops the rest of so many.
    StopRestOf(i64),
    /// The rows with marks that the filter shows.
    VisibleOnly(i64),
    /// All marked rows.
    AllMarked(i64),

    // Compose.
    /// The body would be longer than the text area takes.
    BodyTooLong,
    /// The editor outside gave an empty text.
    EditorGaveNothing,
    /// A sender ended without saying so, another one goes on, and so many deliveries are unknown by it.
    SenderDied(i64),
    /// A file goes with the message now.
    Attached(String),
    /// A file cannot go with the message.
    NotAttached {
        /// Where it is, as typed.
        path: String,
        /// Why.
        why: String,
    },
    /// The draft that was to be opened has been released.
    NoDraftAnyMore,
    /// Somebody else changed the draft; both texts are kept.
    DraftClash {
        /// The draft with the other text.
        theirs: BroadcastId,
        /// The draft with this one.
        mine: BroadcastId,
    },
    /// Both texts, one after the other.
    BothTexts,
    /// The text was stored, so that deleting it can be undone.
    StoredFirst,
    /// The draft is gone; it can be brought back.
    DraftDeleted,
    /// The request as it would leave over this channel.
    RequestOf(String),
    /// The person whom tests go to.
    TestsGoTo(String),
    /// No test: no usable address on the chosen channels.
    NowhereToTest,
    /// So many checks keep the test back.
    TestBlocked(i64),
    /// Send a test to this person?
    AskTest(String),
    /// Sends the test.
    SendTest,
    /// The test is on its way.
    TestOnItsWay,
    /// What became of the test.
    TestEnded(super::overlay::review::TestWord),
    /// Released to so many, who are so many people if some get it more than once; held until the undo window ends.
    Released(i64, Option<i64>),
    /// The same; it leaves at once.
    Going(i64, Option<i64>),
    /// Released to so many, for later.
    Scheduled {
        /// How many.
        to_send: i64,
        /// How many people those are, if some get it more than once.
        people: Option<i64>,
        /// When it leaves.
        at: Millis,
    },
    /// It goes out again and again, first then; more people ask.
    Repeats {
        /// The first time.
        at: Millis,
        /// The most people.
        most: i64,
    },
    /// What became of a schedule.
    ScheduleDone(crate::app::request::ScheduleAct),
    /// Shall the schedule go?
    AskUnschedule(String),
    /// The button: it goes.
    Unschedule,
    /// The undo window is over.
    OnItsWay,
    /// Everything is held back; those in flight cover so many people.
    Halted(i64),
    /// Everything goes on.
    Unhalted,
    /// The report is in this file.
    ReportWritten(String),
    /// Let everything go on?
    AskUnhalt(String),
    /// Whether a broadcast in its undo window is meant.
    AskRecall(BroadcastId),
    /// The button of that.
    RecallIt,
    /// Lets everything go on.
    GoOn,
    /// The audience changed while it was released.
    AudienceMoved,
    /// Nobody in the audience can get it.
    NobodyLeft,

    // Gates.
    /// Type the number of people to send to.
    TypeTheNumber,
    /// Sends to so many.
    SendTo(i64),
}
