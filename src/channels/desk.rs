//! The desk of a provider: what an operator can ask it beside sending. Its list of people, a QR code that makes a new
//! person follow, what became of a message, taking a message back.
//!
//! As sans-I/O as sending: each question is a `Call`, each answer is read into plain data. Kinds that offer one
//! of these say so with `Kind::desk`; what they do not offer stays `None`.

use std::time::Duration;

use super::answer::Answer;
use super::call::Call;
use super::kind::BuildError;
use super::outcome::Reading;
use super::spec::Words;
use crate::domain::channel::Account;
use crate::domain::message::Content;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// What a kind offers; a call that it does not offer is `Ok(None)`.
pub trait Desk: Send + Sync {
    /// Whether there is a list of people.
    fn has_roster(&self) -> bool {
        false
    }

    /// Whether there are QR codes to follow by.
    fn has_qr(&self) -> bool {
        false
    }

    /// Asks for a page of the people who follow: the first one without a cursor.
    fn roster(&self, _account: &Account, _cursor: Option<&str>) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// A page of people.
    fn read_roster(&self, _answer: &Answer, _cursor: Option<&str>) -> Result<RosterPage, Reading> {
        Ok(RosterPage::default())
    }

    /// Asks for the follows of one person, in the form of a page of the list: what `remove` and `block` need where
    /// the provider has an id of its own for each follow. A kind without one answers to the address itself.
    fn person(&self, _account: &Account, _address: &Secret) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// The message as a link that a script can call, for one person.
    fn script(
        &self,
        _account: &Account,
        _content: &Content,
        _address: &Secret,
    ) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// Whether `script` gives one.
    fn has_script(&self) -> bool {
        false
    }

    /// Asks how the groups are called that people of the list are put into, where the list holds only ids.
    fn groups(&self, _account: &Account) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// The groups; people of those that are not among them are in none.
    fn read_groups(&self, _answer: &Answer) -> Result<Vec<RemoteTopic>, Reading> {
        Ok(Vec::new())
    }

    /// The least time between two calls, unless the operator has said that the account knows no rate.
    fn apart(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// About how many people at once `details` is asked.
    fn details_per_call(&self) -> usize {
        100
    }

    /// Asks for more about people of a page, where the list itself holds only addresses.
    fn details(&self, _account: &Account, _people: &[Follower]) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// The same people with what was answered.
    fn read_details(&self, _answer: &Answer, people: Vec<Follower>) -> Result<Vec<Follower>, Reading> {
        Ok(people)
    }

    /// Asks for a QR code that carries `scene` back when somebody follows by it.
    fn qr(&self, _account: &Account, _scene: &str, _valid: Duration) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// The QR code.
    fn read_qr(&self, _answer: &Answer, _now: Millis) -> Result<Qr, Reading> {
        Err(Reading::all(super::outcome::Outcome::retry(
            crate::domain::delivery::Class::Unclassified,
            None,
            "",
            "this kind has no QR codes",
        )))
    }

    /// Asks who scanned last, not more often than `POLL`.
    fn poll(&self, _account: &Account, _code: &str) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// Who scanned, if somebody has.
    fn read_poll(&self, _answer: &Answer) -> Result<Option<Secret>, Reading> {
        Ok(None)
    }

    /// Asks what became of an accepted delivery, by its receipt.
    fn status(&self, _account: &Account, _receipt: &str) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// What became of it.
    fn read_status(&self, _answer: &Answer) -> Result<Told, Reading> {
        Ok(Told::default())
    }

    /// Takes back what can be taken back of an accepted delivery, by its receipt and key.
    fn take_back(
        &self,
        _account: &Account,
        _receipt: &str,
        _address: &Secret,
        _key: &str,
    ) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// Whether `take_back` has a call for what this kind delivered.
    fn takes_back(&self) -> bool {
        false
    }

    /// Whether it finds what it takes back by our own key: then also what has no receipt, because nobody knows whether
    /// it arrived.
    fn takes_back_by_key(&self) -> bool {
        false
    }

    /// What a delivery shares with others and `take_back` takes from all of them at once, by its receipt.
    fn shared<'a>(&self, _receipt: &'a str) -> Option<&'a str> {
        None
    }

    /// Asks whether an address still leads somewhere, without telling its person anything.
    fn check_address(&self, _account: &Account, _address: &Secret) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// Whether it does.
    fn read_checked(&self, _answer: &Answer) -> Result<bool, Reading> {
        Ok(true)
    }

    /// What taking back does, and what stays with people all the same.
    fn stays(&self) -> Option<Words> {
        None
    }

    /// Ends a follow, by the provider's own record id.
    fn remove(&self, _account: &Account, _record: &str) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// Blocks or unblocks a person, by the provider's own record id.
    fn block(&self, _account: &Account, _record: &str, _blocked: bool) -> Result<Option<Call>, BuildError> {
        Ok(None)
    }

    /// What `remove` and `block` have a call for, in the order in which it is offered.
    fn follow_changes(&self) -> &'static [FollowChange] {
        &[]
    }

    /// Whether an answer to `take_back`, `remove` or `block` means that it was done.
    fn read_done(&self, _answer: &Answer) -> Result<(), Reading> {
        Ok(())
    }
}

/// What an operator does to somebody's follow at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowChange {
    /// Nothing arrives, and they cannot follow again.
    Block,
    /// A block is undone.
    Unblock,
    /// The follow ends; they may follow again.
    End,
}

/// The least time between two questions who scanned; providers ban who asks more often than every 10 s.
pub const POLL: Duration = Duration::from_secs(12);

/// One who follows, as the provider lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Follower {
    /// The address; empty for an entry of the list that cannot be read, so that nobody takes the list for whole.
    pub address: Secret,
    /// The provider's name for them, scrubbed; empty where it has none.
    pub name: String,
    /// The provider's own id of this follow, for `remove` and `block`.
    pub record: String,
    /// The remote topic that is followed; none: the account itself.
    pub topic: Option<RemoteTopic>,
    /// The groups that the operator put them into there, by id.
    pub groups: Vec<String>,
    /// Since when.
    pub since: Option<Millis>,
    /// Whether the operator has blocked them there.
    pub blocked: bool,
    /// Whether they have left, where the list names such people too.
    pub gone: bool,
    /// The scene or `extra` of the code that they came by.
    pub scene: String,
}

/// A topic on the provider's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteTopic {
    /// Its id there.
    pub id: String,
    /// Its name there, scrubbed.
    pub name: String,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RosterPage {
    /// Who is on it.
    pub people: Vec<Follower>,
    /// Where the next one begins; none: this was the last.
    pub next: Option<String>,
    /// How many there are in all, if the provider says so.
    pub total: Option<i64>,
}

/// A QR code to follow by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// What the code says: a terminal draws this.
    pub payload: String,
    /// A picture of it, as a URL.
    pub picture: Option<String>,
    /// With what to ask who scanned.
    pub poll: Option<String>,
    /// Until when it works.
    pub expires: Millis,
}

/// What became of an accepted delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Handed on (`Some(true)`), failed (`Some(false)`), or nobody knows yet.
    pub delivered: Option<bool>,
    /// The provider's own code and words, scrubbed.
    pub text: String,
}
