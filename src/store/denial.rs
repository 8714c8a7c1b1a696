//! Why the store cannot do now what was asked, as facts: what a person reads is worded elsewhere, in a language.

use std::path::PathBuf;

use super::import::RowError;
use super::inbox::RuleFault;
use crate::domain::broadcast::Phase;
use crate::domain::filter::FilterError;
use crate::domain::id::{BroadcastId, RecurringId, SubscriberId};
use crate::domain::name::NameError;
use crate::domain::time::Millis;

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A channel.
    Channel,
    /// A topic.
    Topic,
    /// A tag.
    Tag,
    /// A person.
    Person,
}

impl Named {
    const fn word(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Topic => "topic",
            Self::Tag => "tag",
            Self::Person => "subscriber",
        }
    }
}

/// What a value is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holding {
    /// A note.
    Note,
    /// The id of a list on the provider's side.
    RemoteTopic,
    /// A variable of a person.
    Variable(String),
}

impl std::fmt::Display for Holding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Note => f.write_str("the note"),
            Self::RemoteTopic => f.write_str("the id of the remote topic"),
            Self::Variable(key) => write!(f, "the variable {key}"),
        }
    }
}

/// What the state of things does not allow, or what cannot be kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// A broadcast cannot get there from where it is.
    #[error("{id} is {}; it cannot become {}", phase.word(), to.word())]
    Phase {
        /// Which one.
        id: BroadcastId,
        /// Where it is.
        phase: Phase,
        /// Where it should have gone.
        to: Phase,
    },
    /// Every delivery of it has ended.
    #[error("{0} has ended; there is nothing left of it")]
    Ended(BroadcastId),
    /// A draft cannot be recalled.
    #[error("{0} is a draft; nothing has left")]
    NothingLeft(BroadcastId),
    /// It can only be stopped any more.
    #[error("{0} is past its undo window; sent messages cannot be recalled, `stop` keeps the rest back")]
    PastUndo(BroadcastId),
    /// Only a draft can be removed or repeated.
    #[error("{0} has been released and is no draft any more")]
    Released(BroadcastId),
    /// A file of the message is not in the store any more.
    #[error("the file {0} is not here any more: attach it again")]
    FileGone(String),
    /// It still goes out, so nothing takes its place yet.
    #[error("{0} still goes out")]
    StillGoesOut(BroadcastId),
    /// Nothing can be said of what never went out.
    #[error("{0} was never released: there is nothing to report")]
    NeverReleased(BroadcastId),
    /// A stop is still at work.
    #[error("{0} is being stopped; stop it again, then replay")]
    BeingStopped(BroadcastId),
    /// Another process takes something back.
    #[error("another process takes a broadcast back")]
    TakesBack,
    /// The moment is not ahead.
    #[error("the time to send, {}, has passed", .0.rfc3339())]
    Past(Millis),
    /// The filter of an audience cannot be read.
    #[error("the audience cannot be read: {0}")]
    Audience(FilterError),
    /// A filter over something else.
    #[error("this filter is not about {0}")]
    OtherList(&'static str),
    /// No stretch of the day.
    #[error("`{0}` are no quiet hours")]
    QuietHours(String),
    /// Not a cron expression.
    #[error("the cron expression `{0}` cannot be read")]
    Cron(String),
    /// A schedule sends this draft.
    #[error("{draft} is what {schedule} sends; remove {schedule} first")]
    Repeated {
        /// The draft.
        draft: BroadcastId,
        /// The schedule.
        schedule: RecurringId,
    },
    /// It has no next moment.
    #[error("no moment fits the cron expression")]
    CronNever,
    /// Several people have that name.
    #[error("several subscribers are named {name}, {first} and {second} among them; use the id")]
    SeveralNamed {
        /// The name.
        name: String,
        /// One of them.
        first: SubscriberId,
        /// Another one.
        second: SubscriberId,
    },
    /// A channel that is still needed.
    #[error("{0} deliveries wait for this channel")]
    Waiting(i64),
    /// Not a name.
    #[error("{} `{typed}`: {why}", what.word())]
    Name {
        /// Of what.
        what: Named,
        /// As given.
        typed: String,
        /// Why.
        why: NameError,
    },
    /// A value over the limit.
    #[error("{what} is longer than {most} bytes")]
    TooLong {
        /// Of what.
        what: Holding,
        /// What is taken.
        most: usize,
    },
    /// A NUL character.
    #[error("{0} has a NUL character in it")]
    Nul(Holding),
    /// Not the name of a variable.
    #[error("`{0}` cannot be the name of a variable")]
    BadVariable(String),
    /// A channel of another version.
    #[error("this pushdeck knows no kind `{0}`")]
    UnknownKind(String),
    /// Nothing can be done with an address; never holds it.
    #[error("{0}")]
    Address(String),
    /// It is no id of a topic at that provider.
    #[error("{0} is no id of a topic there")]
    RemoteTopic(String),
    /// Somebody else took an address in the meantime; masked.
    #[error("the address {0} was added by somebody else meanwhile")]
    AddressMeanwhile(String),
    /// Only one import at a time.
    #[error("another import is running")]
    ImportRunning,
    /// The file of an import is not the one that was checked.
    #[error("the file changed while it was imported")]
    ImportChanged,
    /// Another process cleaned an import up.
    #[error("the import was dropped by somebody else")]
    ImportDropped,
    /// The file of an import cannot be read a second time.
    #[error("the file cannot be read again: {0}")]
    ImportUnreadable(String),
    /// A row that was right when it was checked.
    #[error("{0}")]
    ImportRow(RowError),
    /// The sender of whom somebody was asked is no longer silent.
    #[error("the sender is no longer silent; nothing was taken over")]
    SenderBack,
    /// A copy of something else.
    #[error("{0} is a copy of another store")]
    OtherStore(PathBuf),
    /// A copy whose pages are not what they should be.
    #[error("{path} is damaged: {check}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        check: String,
    },
    /// An answer without a word.
    #[error("there is nothing to say")]
    NothingSaid,
    /// An answer over the limit.
    #[error("an answer has at most {0} bytes")]
    ReplyTooLong(usize),
    /// Nobody whom an answer can reach.
    #[error("{0} cannot be answered")]
    NoWayBack(SubscriberId),
    /// Something that cannot be a rule.
    #[error("{0}")]
    Rule(RuleFault),
    /// The SQLite of this system.
    #[error("SQLite {0} is too old")]
    OldSqlite(String),
}
