//! The trait that every kind implements: spec, addresses, build, read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::answer::Answer;
use super::call::Call;
use super::desk::Desk;
use super::face::Face;
use super::outcome::Reading;
use super::pass::{Departure, Passes};
use super::slot::Slot;
use super::spec::{ErrorBudget, Limits, Rate, Spec};
use crate::domain::channel::Account;
use crate::domain::message::{Content, Format};
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// One target of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Who.
    pub to: To,
    /// The person's name, for mail headers; empty for a remote topic.
    pub name: String,
    /// A text that is the same for every attempt of this delivery and for no other delivery:
    /// Bark ids, Message-IDs. At most 64 ASCII bytes.
    pub key: String,
    /// The same for what the person may be given to act with, such as a link to unsubscribe: nobody can make up
    /// another one's.
    pub token: String,
    /// When this delivery was planned: the same for every attempt, so that a mail keeps its `Date`.
    pub stamp: Millis,
    /// Whether there was an attempt before this one.
    pub again: bool,
    /// The group of an earlier broadcast, if this one takes the place of what arrived of it.
    pub in_place_of: Option<String>,
}

impl Target {
    /// What the keys of all deliveries of a broadcast begin with, and those of no other: an id that a whole batch
    /// shares. A delivery has the same one whether it goes alone or with others.
    /// One that takes the place of another broadcast has that one's.
    pub fn group(&self) -> &str {
        self.in_place_of.as_deref().unwrap_or_else(|| group_of(&self.key))
    }
}

/// The same of a delivery's key alone.
pub fn group_of(key: &str) -> &str {
    key.rsplit_once('-').map_or(key, |(group, _)| group)
}

/// Who a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A person, by address.
    Person(Secret),
    /// A list on the provider's side, by its id there.
    Remote(String),
}

/// An address after reading what a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAddress {
    /// The form that is stored and sent: trimmed, of one spelling.
    pub value: Secret,
    /// What is unusual about it. Such an address is taken all the same.
    pub warning: Option<AddressWarning>,
    /// The server that a pasted URL named. Only the key of such a URL is kept, so the caller compares
    /// this with the channel's own (`field::host`) and says so when they differ.
    pub host: Option<String>,
}

/// What is unusual about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressWarning {
    /// It lacks the usual beginning, such as `UID_`.
    Prefix(&'static str),
    /// It does not have the usual form.
    Shape,
    /// It belongs to a service that has ended.
    Retired,
    /// It names another server than the channel's: its key is sent to the channel's.
    OtherServer,
}

/// Why no call can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A required field has no value.
    #[error("the field `{0}` is not set")]
    MissingField(&'static str),
    /// A field has a value that cannot be used.
    #[error("the field `{field}` cannot be used: {why}")]
    BadField {
        /// The field.
        field: &'static str,
        /// Why; never holds the value of a secret.
        why: String,
    },
    /// This person's address cannot be put into a request.
    #[error("the address cannot be used: {0}")]
    BadAddress(String),
    /// The message cannot be put into a request.
    #[error("the message cannot be sent this way: {0}")]
    BadContent(String),
}

/// One kind of channel.
pub trait Kind: Send + Sync {
    /// Its entry in the catalogue.
    fn spec(&self) -> &'static Spec;

    /// Whether a message can take the place of an earlier one on the person's device.
    fn takes_the_place(&self) -> bool {
        false
    }

    /// Reads an address as typed, pasted or imported. `Err` says why nothing of it can be used
    /// (empty, control characters); an unusual shape is only a warning.
    fn read_address(&self, typed: &str) -> Result<ReadAddress, BuildError>;

    /// The server that pasted addresses name, where one of another server is a mistake.
    fn home(&self, _settings: &BTreeMap<String, String>) -> Option<String> {
        None
    }

    /// Reads the id of a remote topic as typed.
    fn read_remote(&self, typed: &str) -> Result<String, BuildError> {
        Ok(typed.trim().to_owned())
    }

    /// Builds the one request that carries `content` to `targets`, which are at most as many as
    /// `people_per_call` allows and all people or all remote topics.
    fn build(&self, account: &Account, content: &Content, targets: &[Target]) -> Result<Call, BuildError>;

    /// The last step before a call leaves: what depends on the moment, such as a signature, or on the pass. What
    /// `build` made is shown in previews and dry runs, and never leaves without this.
    fn depart(&self, _account: &Account, call: Call, _departure: &Departure<'_>) -> Result<Call, BuildError> {
        Ok(call)
    }

    /// How a pass is had, for kinds whose calls carry one.
    fn passes(&self) -> Option<&'static dyn Passes> {
        None
    }

    /// Fits an account to answering somebody who wrote, for kinds that have a way of their own for that.
    fn for_reply(&self, _account: &mut Account) {}

    /// What the provider can be asked beside sending.
    fn desk(&self) -> Option<&'static dyn Desk> {
        None
    }

    /// What the answer to such a call means. With `Outcomes::Each` there is exactly one per target.
    fn read(&self, targets: &[Target], answer: &Answer) -> Reading;

    /// The same with the account and the call that was answered, for kinds where a setting, or the sort of the call,
    /// says what an answer means.
    fn read_after(&self, _account: &Account, _call: &Call, targets: &[Target], answer: &Answer) -> Reading {
        self.read(targets, answer)
    }

    /// Values of each person that the account's own settings ask for: `Content::vars` has them where a person has.
    fn asks(&self, _account: &Account) -> Vec<String> {
        Vec::new()
    }

    /// For how long the provider takes a repeat of a call only once, where an answer is read as worth a retry because
    /// of that. Later than this a retry could arrive twice.
    fn takes_once_for(&self) -> Option<Duration> {
        None
    }

    /// What closed windows mean, for accounts that may send to a person only for a while after the person acted:
    /// what the provider would answer. None: the account sends at any time.
    fn closed_window(&self, _account: &Account) -> Option<Reading> {
        None
    }

    /// Another call for the same deliveries after `reading`, which says that nothing was taken: a second way to the
    /// same people by the same account. It is made once, at once, and its answer counts.
    fn instead(
        &self,
        _account: &Account,
        _content: &Content,
        _targets: &[Target],
        _reading: &Reading,
    ) -> Option<Result<Call, BuildError>> {
        None
    }

    /// Whether files of a message go with it.
    fn takes_files(&self) -> bool {
        false
    }

    /// A request that proves the credential without telling anybody anything, where one exists.
    /// `Err(MissingField)` names what has to be set first.
    fn verify(&self, account: &Account) -> Result<Option<Call>, BuildError>;

    /// Whether the account's fields go together, as far as that shows without a message: a key of the wrong length for
    /// its cipher, a template that needs a credential.
    fn check_account(&self, account: &Account) -> Result<(), BuildError> {
        self.verify(account).map(drop)
    }

    /// What the answer to `verify` means: one outcome. As a rule it reads like any other.
    fn read_verify(&self, answer: &Answer) -> Reading {
        self.read(&[], answer)
    }

    /// The same, for kinds that look in the answer for what the account names.
    fn read_verify_of(&self, _account: &Account, answer: &Answer) -> Reading {
        self.read_verify(answer)
    }

    /// What stands in the places of a template on the provider's side, for kinds that fill one. `Err` is a setting
    /// without which that cannot be told.
    fn slots(&self, _account: &Account, _content: &Content) -> Result<Vec<Slot>, BuildError> {
        Ok(Vec::new())
    }

    /// Whether the text gets to people: not where a template on the provider's side has no place for it.
    fn carries_body(&self, _account: &Account, _content: &Content) -> bool {
        true
    }

    /// How often the provider may be called, where it publishes that or it is known from use.
    fn rate(&self, _settings: &BTreeMap<String, String>) -> Option<Rate> {
        self.spec().rate
    }

    /// The settings and credentials that its account is known by at the provider: channels that agree in them are one
    /// account, and have its rate together.
    fn known_by(&self) -> Vec<&'static str> {
        if let Some(passes) = self.passes() {
            return passes.belongs_to().to_vec();
        }
        let is_where = |name: &str| ["base_url", "url", "host", "port", "user"].contains(&name);
        let known_by = self.spec().all_fields().filter(|field| field.secret || is_where(field.name));
        known_by.map(|field| field.name).collect()
    }

    /// The setting that names the account whose callbacks come in, where a provider tells all channels of an account at
    /// one address. Addresses of such a kind are no secrets.
    fn told_by(&self) -> Option<&'static str> {
        None
    }

    /// So many refusals within such a time are taken ill by the provider, whoever's addresses they are about.
    fn error_budget(&self, _settings: &BTreeMap<String, String>) -> Option<ErrorBudget> {
        None
    }

    /// The limits of a message in that format, for kinds where they differ.
    fn limits(&self, _format: Format) -> Limits {
        self.spec().limits
    }

    /// How many people one call of this account may carry, if all get the same text.
    fn people_per_call(&self, _settings: &BTreeMap<String, String>) -> usize {
        self.spec().people_per_call
    }

    /// The body as it goes out: with the title, the link or whatever else the provider has no field
    /// for. Limits of the body count this.
    fn body<'a>(&self, content: &'a Content) -> Cow<'a, str> {
        Cow::Borrowed(&content.body)
    }

    /// What a person sees before anything is opened; `to` is who, as a screen may show it.
    fn face(&self, _account: &Account, content: &Content, _to: &str, _now: Millis) -> Face {
        Face::bubble(content)
    }

    /// What the person sees of it, for kinds that carry it in another shape: what previews show.
    fn shown<'a>(&self, _account: &Account, content: &'a Content, _now: Millis) -> Cow<'a, str> {
        self.body(content)
    }

    /// The size of the whole payload as the provider counts it, for kinds with a payload limit.
    fn payload_size(&self, _account: &Account, _content: &Content, _target: &Target) -> Option<usize> {
        None
    }
}
