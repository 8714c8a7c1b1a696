//! From claimed deliveries to a call, and from its answer to records: what a broadcast says on one channel.
//!
//! This is the one way from the store to a provider; preview and dry run build their calls with the same
//! `Prepared` and the same kind.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::channels::answer::Answer;
use crate::channels::call::Call;
use crate::channels::catalog;
use crate::channels::field::{effective_concurrency, effective_timeout, parse_rate};
use crate::channels::kind::{BuildError, Kind, Target, To};
use crate::channels::outcome::{Outcome, Outcomes, Reading};
use crate::channels::render::{PrepareError, Prepared};
use crate::channels::spec::Rate;
use crate::delivery::pace::Source;
use crate::domain::broadcast::Purpose;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::file::Enclosure;
use crate::domain::id::{BroadcastId, DeliveryId};
use crate::domain::message::{Content, Message};
use crate::domain::quiet::Quiet;
use crate::domain::time::Millis;
use crate::store::broadcasts::BroadcastDetail;
use crate::store::keys::DeliveryKeys;
use crate::store::ledger::claim::{Claimed, Destination};

/// Why a broadcast cannot go out over a channel at all.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// This pushdeck does not know the kind.
    #[error("this pushdeck does not know the channel kind `{0}`")]
    UnknownKind(String),
    /// A file of the message is not in the store.
    #[error("the file `{0}` of the message is not in the store")]
    MissingFile(String),
    /// The message cannot be prepared.
    #[error(transparent)]
    Message(#[from] PrepareError),
}

/// What the files of all calls in flight on an account may take of memory, unless a single call takes more.
const FILES_IN_FLIGHT: usize = 64 << 20;

/// How often a mail on its way holds its files: as a body, in the whole, and as it is written.
const COPIES: usize = 3;

/// An account that calls are made with, and its kind.
#[derive(Clone)]
pub struct Line {
    /// The account, credentials opened.
    pub account: Arc<Account>,
    /// Its kind.
    pub kind: &'static dyn Kind,
}

impl Line {
    /// Finds the kind of an account.
    pub fn new(account: Account) -> Result<Self, OutgoingError> {
        let kind =
            catalog::kind(&account.kind).ok_or_else(|| OutgoingError::UnknownKind(account.kind.clone()))?;
        Ok(Self { account: Arc::new(account), kind })
    }

    /// Whether it is the same account at the provider as another one: a channel that was added twice is.
    pub fn is_account_of(&self, other: &Self) -> bool {
        let same = |field: &&str| self.account.says(field) == other.account.says(field);
        self.account.kind == other.account.kind && self.kind.known_by().iter().all(same)
    }

    /// How fast it may be called, and who said so.
    pub fn rate(&self) -> Option<(Rate, Source)> {
        match self.account.setting("rate").and_then(parse_rate) {
            Some(own) => own.map(|rate| (rate, Source::Operator)),
            None => self.kind.rate(&self.account.settings).map(|rate| (rate, Source::Published)),
        }
    }

    /// When nothing may leave, day by day.
    pub fn quiet(&self) -> Option<Quiet> {
        self.account.setting("quiet").and_then(Quiet::parse)
    }

    /// How many calls may be in flight.
    pub fn concurrency(&self) -> usize {
        effective_concurrency(&self.account, self.kind.spec())
    }

    /// How long one call may take.
    pub fn timeout(&self) -> Duration {
        effective_timeout(&self.account, self.kind.spec())
    }
}

/// What one broadcast says on one channel.
pub struct Outgoing {
    line: Line,
    purpose: Purpose,
    prepared: Prepared,
    /// What the channel's settings ask of each person besides.
    asks: Vec<String>,
    vars: BTreeMap<String, String>,
    /// The content for everybody, if it is the same for all.
    shared: Option<Content>,
    files: Arc<[Enclosure]>,
    broadcast: BroadcastId,
    in_place_of: Option<String>,
    keys: DeliveryKeys,
    stamp: Millis,
    timeout: Duration,
}

/// A call that is ready to leave, with those whom it carries.
pub struct Built {
    /// The call.
    pub call: Call,
    /// Its targets, in the order of the deliveries that it carries.
    pub targets: Vec<Target>,
}

impl Outgoing {
    /// Prepares the message of a broadcast for a channel; `files` are those of the message, for a kind that takes them.
    pub fn new(
        mut line: Line,
        detail: &BroadcastDetail,
        keys: &DeliveryKeys,
        files: Arc<[Enclosure]>,
    ) -> Result<Self, OutgoingError> {
        let mut message = detail.draft.message.clone();
        if detail.row.purpose == Purpose::Reply {
            line.kind.for_reply(Arc::make_mut(&mut line.account));
        }
        if detail.row.purpose == Purpose::Test {
            message.title = format!("{} {}", test_mark(&message), message.title);
        }
        let prepared = Prepared::new(&message)?;
        let asks = line.kind.asks(&line.account);
        let shared = if prepared.is_personal() || !asks.is_empty() {
            None
        } else {
            let content = prepared.content(line.kind.spec(), |_| None::<&str>).ok();
            content.map(|content| Content { files: Arc::clone(&files), ..content })
        };
        Ok(Self {
            timeout: line.timeout(),
            line,
            purpose: detail.row.purpose,
            prepared,
            asks,
            vars: detail.draft.vars.clone(),
            shared,
            files,
            broadcast: detail.row.id,
            in_place_of: detail.in_place_of.map(|first| keys.group(first)),
            keys: keys.clone(),
            stamp: detail.row.released_at.unwrap_or(detail.row.created_at),
        })
    }

    /// What the broadcast is for.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The kind that builds its calls.
    pub const fn kind(&self) -> &'static dyn Kind {
        self.line.kind
    }

    /// The account that they are made with.
    pub fn account(&self) -> &Account {
        &self.line.account
    }

    /// How long one call may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether the message needs the variables of each person.
    pub fn is_personal(&self) -> bool {
        self.prepared.is_personal() || !self.asks.is_empty()
    }

    /// How many deliveries one call may carry.
    pub fn per_call(&self, remote: bool) -> usize {
        let kind = self.line.kind;
        match (remote, self.is_personal() || self.purpose == Purpose::Verify) {
            (true, _) => kind.spec().remotes_per_call.max(1),
            (false, true) => 1,
            (false, false) => kind.people_per_call(&self.line.account.settings).max(1),
        }
    }

    /// How many of its calls may be in flight whatever the account may do: each mail holds its files several times
    /// while it is put together, encoded and on its way, and the sender's memory is not the operator's to lose.
    pub fn most_in_flight(&self) -> usize {
        let files: usize = self.files.iter().map(|file| file.base64.len()).sum();
        (FILES_IN_FLIGHT / (COPIES * files).max(1)).max(1)
    }

    /// Builds the call for these deliveries, all of which have a destination.
    pub fn build(&self, deliveries: &[Claimed]) -> Result<Built, Outcome> {
        if self.purpose == Purpose::Verify {
            return match self.line.kind.verify(&self.line.account) {
                Ok(Some(call)) => Ok(Built { call, targets: Vec::new() }),
                Ok(None) => Err(Outcome::accepted(None)),
                Err(error) => Err(not_built(&error)),
            };
        }
        let targets: Vec<Target> = deliveries.iter().filter_map(|one| self.target(one)).collect();
        let content = self.content(deliveries)?;
        let call = self
            .line
            .kind
            .build(&self.line.account, &content, &targets)
            .map_err(|error| not_built(&error))?;
        Ok(Built { call, targets })
    }

    fn content(&self, deliveries: &[Claimed]) -> Result<Cow<'_, Content>, Outcome> {
        match (&self.shared, deliveries.first()) {
            (Some(shared), _) => Ok(Cow::Borrowed(shared)),
            (None, Some(one)) => {
                let filled = self.prepared.content(self.line.kind.spec(), |name| self.value(one, name));
                let mut content =
                    filled.map_err(|missing| Outcome::rejected(Class::Content, "", missing.to_string()))?;
                let asked = |name: &String| Some((name.clone(), self.value(one, name)?.to_owned()));
                content.vars = self.asks.iter().filter_map(asked).collect();
                content.files = Arc::clone(&self.files);
                Ok(Cow::Owned(content))
            }
            (None, None) => Err(Outcome::rejected(Class::Content, "", "nobody to send to")),
        }
    }

    /// What an answer means.
    pub fn read(&self, call: &Call, targets: &[Target], answer: &Answer) -> Reading {
        let Line { kind, account } = &self.line;
        match self.purpose {
            Purpose::Verify => kind.read_verify_of(account, answer),
            Purpose::Broadcast | Purpose::Test | Purpose::Reply => {
                kind.read_after(account, call, targets, answer)
            }
        }
    }

    /// The other call that is made after such an answer, if the kind has one and the channel asks for it. One that
    /// cannot be built is none: they stay what the reading says, which then says that, too.
    pub fn instead(&self, deliveries: &[Claimed], targets: &[Target], reading: &mut Reading) -> Option<Call> {
        if self.purpose == Purpose::Verify {
            return None;
        }
        let Line { kind, account } = &self.line;
        let content = self.content(deliveries).ok()?;
        match kind.instead(account, &content, targets, reading)? {
            Ok(call) => Some(call),
            Err(error) => {
                if let Outcomes::All(outcome) = &mut reading.outcomes {
                    outcome.text = format!("{}; nothing goes out instead: {error}", outcome.text);
                }
                None
            }
        }
    }

    /// Which delivery a claimed one is.
    pub fn id_of(&self, one: &Claimed) -> DeliveryId {
        DeliveryId { broadcast: self.broadcast, seq: one.seq }
    }

    fn target(&self, one: &Claimed) -> Option<Target> {
        let to = match one.to.clone().ok()? {
            Destination::Address(address) => To::Person(address),
            Destination::Remote(id) => To::Remote(id),
        };
        let id = self.id_of(one);
        Some(Target {
            to,
            name: one.name.clone(),
            key: self.keys.key(id),
            token: self.keys.token(id),
            stamp: self.stamp,
            again: one.attempts > 0,
            in_place_of: self.in_place_of.clone(),
        })
    }

    /// A person's own value goes before the one for everybody.
    fn value<'a>(&'a self, one: &'a Claimed, name: &str) -> Option<&'a str> {
        if name == "name" {
            return Some(&one.name);
        }
        one.vars.get(name).or_else(|| self.vars.get(name)).map(String::as_str)
    }
}

/// The mark of a test, in the language of the message itself: nobody else's is known here.
fn test_mark(message: &Message) -> &'static str {
    let is_han = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}');
    if message.title.contains(is_han) || message.body.contains(is_han) { "[测试]" } else { "[TEST]" }
}

pub(super) fn not_built(error: &BuildError) -> Outcome {
    let class = match error {
        BuildError::MissingField(_) | BuildError::BadField { .. } => Class::Credential,
        BuildError::BadAddress(_) => Class::BadRecipient,
        BuildError::BadContent(_) => Class::Content,
    };
    Outcome::rejected(class, "", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_marked_in_the_language_of_its_message() {
        let of = |title: &str, body: &str| {
            test_mark(&Message { title: title.to_owned(), body: body.to_owned(), ..Message::default() })
        };
        assert_eq!(
            [of("Power", "is back"), of("", "电力恢复"), of("电力", "")],
            ["[TEST]", "[测试]", "[测试]"]
        );
    }
}
