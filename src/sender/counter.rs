//! The counter where console and command line put what they want of a provider beside sending.
//!
//! Nobody but sender code opens credentials and makes calls; this is its door for questions that need no place in
//! the queue: who follows, a code to follow by, what became of a message, taking it back, blocking.

use std::sync::Arc;
use std::time::Duration;

use crate::channels::call::HttpCall;
use crate::channels::desk::{FollowChange, Qr, Told};
use crate::channels::roll::Roll;
use crate::delivery::carrier::Carrier;
use crate::delivery::errand::Errand;
pub use crate::delivery::errand::ErrandError;
use crate::domain::id::{AddressId, ChannelId, DeliveryId};
use crate::domain::message::Content;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::invites::{Came, Invite};
use crate::store::receipts::Receipt;
use crate::store::sync::{Change, Compared};

pub mod taking;

/// What a code to follow by is asked for with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteAsk {
    /// Over which channel.
    pub channel: ChannelId,
    /// The topic that whoever comes joins.
    pub topic: Option<String>,
    /// The tags that they get.
    pub tags: Vec<String>,
    /// For how long it is good.
    pub valid: Duration,
}

/// A code to follow by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// What whoever comes gets.
    pub invite: Invite,
    /// The code.
    pub qr: Qr,
    /// How long to wait between two looks who came; nothing if the provider cannot be asked.
    pub every: Option<Duration>,
}

/// What became of an accepted delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// The provider says this.
    Told(Told),
    /// Its receipt does not say with what to ask, or the kind offers no such question.
    NoQuestion,
    /// It is older than the provider keeps it.
    TooOld,
}

/// A list that is being read page by page.
pub struct Reading {
    errand: Errand,
    roll: Roll,
    cursor: Option<String>,
}

impl Reading {
    /// Reads the next page; whether it was the last one.
    pub async fn step(&mut self) -> Result<bool, ErrandError> {
        self.cursor = self.errand.roll_page(&mut self.roll, self.cursor.as_deref()).await?;
        Ok(self.cursor.is_none())
    }

    /// What has been read so far.
    pub const fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Everything that was read.
    pub fn into_roll(self) -> Roll {
        self.roll
    }
}

/// Addresses that are being asked about, one after the other.
pub struct Checking {
    errand: Errand,
    store: StoreHandle,
}

impl Checking {
    /// Whether an address leads to somebody. Its person is not told.
    pub async fn leads_somewhere(&mut self, id: AddressId) -> Result<bool, ErrandError> {
        let address = self.store.call(move |db| db.open_address(id)).await?;
        self.errand.leads_somewhere(&address).await
    }
}

/// For so long providers are known to keep what became of a message.
const KEPT_MS: i64 = 7 * 86_400_000;

/// Does errands for any channel of a store.
#[derive(Clone)]
pub struct Counter {
    carrier: Arc<Carrier>,
    store: StoreHandle,
}

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counter").finish_non_exhaustive()
    }
}

impl Counter {
    /// A counter of that store; `proxy` is the configured HTTP proxy.
    pub fn new(store: StoreHandle, proxy: Option<&str>) -> Result<Self, ErrandError> {
        Ok(Self { carrier: Arc::new(Carrier::new(proxy)?), store })
    }

    async fn errand(&self, channel: ChannelId) -> Result<Errand, ErrandError> {
        Errand::open(Arc::clone(&self.carrier), self.store.clone(), channel).await
    }

    /// Begins to read the provider's list.
    pub async fn begin(&self, channel: ChannelId) -> Result<Reading, ErrandError> {
        let errand = self.errand(channel).await?;
        Ok(Reading { errand, roll: Errand::begin_roll(), cursor: None })
    }

    /// Reads the provider's whole list; `told` hears how far it is.
    pub async fn roll(
        &self,
        channel: ChannelId,
        told: impl FnMut(i64, Option<i64>),
    ) -> Result<Roll, ErrandError> {
        self.errand(channel).await?.roll(told).await
    }

    /// Reads the provider's whole list and says what differs. Changes nothing.
    pub async fn compare(
        &self,
        ask: Compared,
        told: impl FnMut(i64, Option<i64>),
    ) -> Result<Change, ErrandError> {
        let roll = self.roll(ask.channel, told).await?;
        Ok(self.store.call(move |db| db.compare(ask, &roll)).await?)
    }

    /// Makes a code to follow by.
    pub async fn invite(&self, ask: InviteAsk) -> Result<Invited, ErrandError> {
        let mut errand = self.errand(ask.channel).await?;
        let valid = ask.valid;
        let invite = self
            .store
            .call(move |db| {
                let until = db.now().plus(i64::try_from(valid.as_millis()).unwrap_or(i64::MAX));
                db.make_invite(ask.channel, ask.topic.as_deref(), &ask.tags, until)
            })
            .await?;
        let qr = errand.qr(&invite.scene, valid).await?;
        let every = qr.poll.is_some().then(|| errand.poll_every(&qr));
        Ok(Invited { invite: Invite { until: qr.expires, ..invite }, qr, every })
    }

    /// Looks once who scanned a code, and takes them in. `before`: who had scanned it at the last look.
    pub async fn came(
        &self,
        invited: &Invited,
        before: Option<&Secret>,
    ) -> Result<Option<(Secret, Came)>, ErrandError> {
        let Some(code) = &invited.qr.poll else { return Ok(None) };
        let channel = invited.invite.channel;
        let mut errand = self.errand(channel).await?;
        let Some(address) = errand.poll(code).await?.filter(|address| Some(address) != before) else {
            return Ok(None);
        };
        let (scene, one) = (invited.invite.scene.clone(), address.clone());
        let came = self.store.call(move |db| db.welcome(channel, &one, "", &scene)).await?;
        Ok(Some((address, came)))
    }

    /// Asks what became of accepted deliveries, one after the other; those of one channel keep its pace.
    pub async fn became(
        &self,
        receipts: &[Receipt],
        now: Millis,
    ) -> Vec<(DeliveryId, Result<Became, ErrandError>)> {
        let mut answers = Vec::with_capacity(receipts.len());
        let mut open: Option<(ChannelId, Errand)> = None;
        for receipt in receipts {
            answers.push((receipt.id, self.one_became(receipt, now, &mut open).await));
        }
        answers
    }

    async fn one_became(
        &self,
        receipt: &Receipt,
        now: Millis,
        open: &mut Option<(ChannelId, Errand)>,
    ) -> Result<Became, ErrandError> {
        if now.since(receipt.at) > KEPT_MS {
            return Ok(Became::TooOld);
        }
        let errand = match self.errand_for(receipt.channel, open).await {
            Err(ErrandError::NotOffered(_)) => return Ok(Became::NoQuestion),
            other => other?,
        };
        Ok(errand.status(&receipt.text).await?.map_or(Became::NoQuestion, Became::Told))
    }

    async fn errand_for<'a>(
        &self,
        channel: ChannelId,
        open: &'a mut Option<(ChannelId, Errand)>,
    ) -> Result<&'a mut Errand, ErrandError> {
        if open.as_ref().is_none_or(|(of, _)| *of != channel) {
            *open = None;
        }
        if open.is_none() {
            *open = Some((channel, self.errand(channel).await?));
        }
        let of = || ErrandError::Store(StoreError::NotFound { what: "channel", id: channel.to_string() });
        open.as_mut().map(|(_, errand)| errand).ok_or_else(of)
    }

    /// Changes every follow of these people at the provider. Gives those of whom there was one, up to the first
    /// trouble, and that trouble: what was done before it stays done.
    pub async fn change_follows(
        &self,
        channel: ChannelId,
        addresses: &[AddressId],
        change: FollowChange,
    ) -> (Vec<AddressId>, Result<(), ErrandError>) {
        let mut done = Vec::new();
        let mut errand = match self.errand(channel).await {
            Ok(errand) => errand,
            Err(error) => return (done, Err(error)),
        };
        if let Err(error) = errand.offers(change) {
            return (done, Err(error));
        }
        for id in addresses.iter().copied() {
            match self.change_one(&mut errand, id, change).await {
                Ok(any) => done.extend(any.then_some(id)),
                Err(error) => return (done, Err(error)),
            }
        }
        (done, Ok(()))
    }

    async fn change_one(
        &self,
        errand: &mut Errand,
        id: AddressId,
        change: FollowChange,
    ) -> Result<bool, ErrandError> {
        let address = self.store.call(move |db| db.open_address(id)).await?;
        let mut any = false;
        for record in errand.records(&address).await? {
            any |= errand.change_follow(&record, change).await?;
        }
        Ok(any)
    }

    /// Begins to ask which addresses lead to somebody.
    pub async fn begin_check(&self, channel: ChannelId) -> Result<Checking, ErrandError> {
        Ok(Checking { errand: self.errand(channel).await?, store: self.store.clone() })
    }

    /// A message as the one request that a script makes for one person, with everything in clear.
    pub async fn script(
        &self,
        channel: ChannelId,
        content: Content,
        address: AddressId,
    ) -> Result<HttpCall, ErrandError> {
        let errand = self.errand(channel).await?;
        let address = self.store.call(move |db| db.open_address(address)).await?;
        errand.script(&content, &address)
    }
}
