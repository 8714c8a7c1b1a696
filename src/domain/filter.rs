//! Filters: what an operator types above a list, after `--to` and after `--filter`.
//!
//! `query = term*`, all of which must hold; `term = [-] (field ":" value | text)`; a value is a word, a
//! "phrase", or several of them between commas, of which one must hold. One tree serves people,
//! deliveries, broadcasts and topics: the `Scope` says which fields and which words make sense.
//! Reading stands in `parse`; what a filter finds is the store's business.

mod parse;
mod print;
pub mod time;
pub mod words;

use std::ops::Range;

pub use parse::{Chip, chips};
pub use time::When;

use super::broadcast::BroadcastState;
use super::delivery::{Class, DeliveryState};
use super::id::{BroadcastId, DeliveryId, SubscriberId, TopicId};
use super::subscriber::SubscriberState;

/// What a filter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Subscribers; also audiences.
    People,
    /// Deliveries: the history, failures, replays.
    Deliveries,
    /// Broadcasts.
    Broadcasts,
    /// Topics.
    Topics,
}

/// A field of the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Member of a topic, by name or id.
    Topic,
    /// Has an address on a channel; went over a channel.
    Channel,
    /// State of the person, delivery or broadcast.
    Status,
    /// Failure class of a delivery.
    Class,
    /// The provider's code.
    Error,
    /// Part of a name (a title, for broadcasts).
    Name,
    /// Ids.
    Id,
    /// Tag of the person.
    Tag,
    /// Not before.
    Since,
    /// Not after.
    Until,
    /// How many people.
    Count,
    /// Has something at all.
    Has,
    /// Language of the person.
    Lang,
    /// The broadcast of a delivery.
    Broadcast,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 14] = [
        Self::Topic,
        Self::Channel,
        Self::Status,
        Self::Class,
        Self::Error,
        Self::Name,
        Self::Id,
        Self::Tag,
        Self::Since,
        Self::Until,
        Self::Count,
        Self::Has,
        Self::Lang,
        Self::Broadcast,
    ];

    /// The word before the colon.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Channel => "channel",
            Self::Status => "status",
            Self::Class => "class",
            Self::Error => "error",
            Self::Name => "name",
            Self::Id => "id",
            Self::Tag => "tag",
            Self::Since => "since",
            Self::Until => "until",
            Self::Count => "count",
            Self::Has => "has",
            Self::Lang => "lang",
            Self::Broadcast => "broadcast",
        }
    }

    /// Whether lists of that scope can be filtered by it.
    pub const fn fits(self, scope: Scope) -> bool {
        match self {
            Self::Name | Self::Id | Self::Since | Self::Until | Self::Channel => true,
            Self::Topic | Self::Tag | Self::Lang => matches!(scope, Scope::People | Scope::Deliveries),
            Self::Status => !matches!(scope, Scope::Topics),
            Self::Class | Self::Error | Self::Broadcast => matches!(scope, Scope::Deliveries),
            Self::Count => matches!(scope, Scope::Broadcasts | Scope::Topics),
            Self::Has => !matches!(scope, Scope::Broadcasts),
        }
    }

    /// The fields of a scope, for help and completion.
    pub fn of(scope: Scope) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |field| field.fits(scope))
    }

    fn from_word(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        Self::ALL.into_iter().find(|field| field.word() == word || field.aliases().contains(&word.as_str()))
    }
}

/// Something that a person, a topic or a delivery may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Has {
    /// A note.
    Note,
    /// A usable address.
    Address,
    /// A topic.
    Topic,
    /// A tag.
    Tag,
    /// A variable.
    Var,
    /// A language.
    Lang,
    /// A remote topic.
    Remote,
    /// An answer of the provider in words.
    Error,
}

impl Has {
    /// Everything.
    pub const ALL: [Self; 8] =
        [Self::Note, Self::Address, Self::Topic, Self::Tag, Self::Var, Self::Lang, Self::Remote, Self::Error];

    /// The word after `has:`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Address => "address",
            Self::Topic => "topic",
            Self::Tag => "tag",
            Self::Var => "var",
            Self::Lang => "lang",
            Self::Remote => "remote",
            Self::Error => "error",
        }
    }

    /// Whether it means something in that scope.
    pub const fn fits(self, scope: Scope) -> bool {
        match self {
            Self::Note => matches!(scope, Scope::People | Scope::Topics),
            Self::Address | Self::Topic | Self::Tag | Self::Var | Self::Lang => {
                matches!(scope, Scope::People)
            }
            Self::Remote => matches!(scope, Scope::Topics),
            Self::Error => matches!(scope, Scope::Deliveries),
        }
    }
}

/// A span of whole numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The smallest.
    pub from: i64,
    /// The largest.
    pub to: i64,
}

/// What one term asks for. Of a list, one must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// A text anywhere in the name (title and body, for broadcasts; name and provider's words, for
    /// deliveries).
    Text {
        /// The text.
        text: String,
        /// Owners of an address that is exactly this text; found by the store, never printed.
        owners: Vec<SubscriberId>,
    },
    /// Members of one of the topics.
    Topic(Vec<String>),
    /// People with one of the tags.
    Tag(Vec<String>),
    /// On one of the channels.
    Channel(Vec<String>),
    /// Names with one of the texts in them.
    Name(Vec<String>),
    /// People with one of the ids.
    Person(Vec<SubscriberId>),
    /// Topics with one of the ids.
    TopicId(Vec<TopicId>),
    /// Broadcasts with one of the ids, or deliveries of one of them.
    Broadcast(Vec<BroadcastId>),
    /// Deliveries with one of the ids.
    Delivery(Vec<DeliveryId>),
    /// People in one of the states.
    PersonState(Vec<SubscriberState>),
    /// Deliveries in one of the states.
    DeliveryState(Vec<DeliveryState>),
    /// Broadcasts in one of the states.
    BroadcastState(Vec<BroadcastState>),
    /// Deliveries of one of the classes.
    Class(Vec<Class>),
    /// Deliveries with one of the provider's codes.
    Error(Vec<String>),
    /// Not before.
    Since(When),
    /// Not after.
    Until(When),
    /// As many people.
    Count(Vec<Span>),
    /// Has one of these.
    Has(Vec<Has>),
    /// In one of the languages.
    Lang(Vec<String>),
}

/// One term of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it must not hold.
    pub negated: bool,
    /// What it asks for.
    pub test: Test,
}

/// A whole filter: all terms must hold. Without a term, everything matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What it is about.
    pub scope: Scope,
    /// Its terms, as they were typed.
    pub terms: Vec<Term>,
}

impl Filter {
    /// Reads a filter; the first mistake is told with its place.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, FilterError> {
        let terms = chips(text, scope).into_iter().map(|chip| chip.term).collect::<Result<_, _>>()?;
        Ok(Self { scope, terms })
    }

    /// The filter that everything passes.
    pub const fn everything(scope: Scope) -> Self {
        Self { scope, terms: Vec::new() }
    }

    /// The same without its times: what waits now is never too old to be shown.
    #[must_use]
    pub fn without_times(mut self) -> Self {
        self.terms.retain(|term| !matches!(term.test, Test::Since(_) | Test::Until(_)));
        self
    }

    /// Whether everything passes.
    pub const fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }
}

/// A mistake in a filter, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct FilterError {
    /// The bytes of the text that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub problem: FilterProblem,
}

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// No field has that name.
    #[error("there is no field `{field}:`{}", mean(*.nearest))]
    UnknownField {
        /// As typed.
        field: String,
        /// The word that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The field exists, but means nothing in this list.
    #[error("`{}:` does not apply here", .0.word())]
    NotHere(Field),
    /// Nothing stands after the colon or after a comma.
    #[error("`{}:` needs a value", .0.word())]
    NoValue(Field),
    /// The field does not take that value.
    #[error("`{}:` does not take `{value}`; it takes {takes}{}", field.word(), mean(*.nearest))]
    BadValue {
        /// The field.
        field: Field,
        /// As typed.
        value: String,
        /// What it takes: pinned words or examples, with commas between. Who shows it to a person in
        /// another language names the values as the screens do.
        takes: String,
        /// The word that may have been meant.
        nearest: Option<&'static str>,
    },
    /// A quote was opened and not closed.
    #[error("the quote is not closed")]
    OpenQuote,
}

fn mean(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default()
}
