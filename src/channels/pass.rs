//! Passes: what some providers want beside the credential, good for a while and shared by all calls of an
//! account. WeChat's access token is fetched with a call of its own, Apple's provider token is signed here.
//!
//! A kind only says how its pass is had and when it was refused; keeping it, renewing it early and having one
//! refresh at a time for all processes of a store is `delivery::passes`.

use super::answer::Answer;
use super::call::Call;
use super::kind::BuildError;
use super::outcome::Reading;
use crate::domain::channel::Account;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;

/// A pass and how long it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// What calls carry.
    pub value: Secret,
    /// From when it is.
    pub made: Millis,
    /// The moment from which it is not used any more: early enough before its end.
    pub until: Millis,
}

/// How a pass is had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obtain {
    /// It was made here.
    Made(Pass),
    /// The provider gives it in answer to this call.
    Ask(Call),
}

/// What kinds with a pass say about it.
pub trait Passes: Send + Sync {
    /// The settings and credentials that a pass belongs to. Channels that agree in them are one account at the provider
    /// and share a pass, and whatever else is changed in one leaves it good.
    fn belongs_to(&self) -> &'static [&'static str];

    /// How the account gets one.
    fn obtain(&self, account: &Account, now: Millis) -> Result<Obtain, BuildError>;

    /// The pass in the answer to `Obtain::Ask`. `Err` is what it means for everybody who waits for one: none of
    /// them left.
    fn read_pass(&self, answer: &Answer, now: Millis) -> Result<Pass, Reading>;

    /// Whether the answer to a call says that its pass is not good any more: the call did nothing, and is made
    /// once more with a new one.
    fn is_refused(&self, answer: &Answer) -> bool;

    /// How old a refused pass has to be for a new one to be worth asking for. A younger one was refused for
    /// another reason.
    fn least_age_ms(&self) -> i64 {
        0
    }
}

/// What is known only when a call leaves.
#[derive(Debug, Clone, Copy)]
pub struct Departure<'a> {
    /// The moment.
    pub now: Millis,
    /// The pass, for kinds that have one.
    pub pass: Option<&'a Secret>,
}
