//! One account's errands: what an operator asks a provider beside sending, carried out call by call.
//!
//! It goes on from any process, beside a sender that works with the same account, so it takes a small share of the
//! account's rate. Like the sender it opens credentials; like there, no text that comes back keeps one.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::carrier::{Carrier, MayLeave};
use super::engine::wall_now;
use super::http::HttpSetupError;
use super::outgoing::{Line, OutgoingError};
use super::passes::{Caller, Grounded};
use crate::channels::answer::Answer;
use crate::channels::call::{Call, HttpCall, redact};
use crate::channels::desk::{Desk, FollowChange, POLL, Qr, RosterPage, Told};
use crate::channels::field::is_loopback;
use crate::channels::kind::BuildError;
use crate::channels::outcome::{Outcome, Outcomes, Reading, Verdict};
use crate::channels::roll::Roll;
use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::domain::message::Content;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::store::channels::Open;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;

/// An errand takes at most one call of so many that the account may make.
const SHARE: u32 = 2;

/// A provider that asks for patience gets so much of it …
const PATIENCE: Duration = Duration::from_secs(60);

/// … so often.
const WAITS: u32 = 3;

/// A server on this host whose codes lead nowhere bans nobody for asking.
const POLL_HERE: Duration = Duration::from_secs(1);

/// Why an errand came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ErrandError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP client.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
    /// The kind is not known.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// The call cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The kind offers no such thing.
    #[error("the kind `{0}` offers no such thing")]
    NotOffered(&'static str),
    /// The sender lets the account rest.
    #[error("the account rests")]
    Resting(Millis),
    /// What the provider said, or why it said nothing.
    #[error("{}", .0.text)]
    Said(Box<Outcome>),
}

impl ErrandError {
    /// Whether asking again in a while may help: nothing is wrong with account or question.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Resting(_) => true,
            Self::Said(outcome) => {
                matches!(outcome.class, Some(Class::Network | Class::Provider | Class::RateLimit))
            }
            _ => false,
        }
    }

    /// Whether it is the provider's own answer that it will not do this, for reasons that lie in what was asked.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Said(outcome) => {
                outcome.verdict == Verdict::Rejected && outcome.class != Some(Class::Credential)
            }
            _ => false,
        }
    }
}

/// Errands for one account.
pub struct Errand {
    carrier: Arc<Carrier>,
    store: StoreHandle,
    line: Line,
    desk: &'static dyn Desk,
    gap: Duration,
    last: Option<Instant>,
}

impl Errand {
    /// Opens the account.
    pub async fn open(
        carrier: Arc<Carrier>,
        store: StoreHandle,
        channel: ChannelId,
    ) -> Result<Self, ErrandError> {
        let (account, rest) = store
            .call(move |db| Ok((db.account(channel, Open::Secrets)?, db.channel(channel)?.rest)))
            .await?;
        if let Some(rest) = rest {
            return Err(ErrandError::Resting(rest.until));
        }
        let line = Line::new(account)?;
        let desk = line.kind.desk().ok_or(ErrandError::NotOffered(line.kind.spec().id))?;
        let gap = match line.rate() {
            // An account without a rate is somebody's own server.
            None => Duration::ZERO,
            Some((rate, _)) => {
                let each = Duration::from_millis(u64::from(rate.per_ms)) / rate.calls.max(1);
                desk.apart().max(each * SHARE)
            }
        };
        Ok(Self { carrier, store, line, desk, gap, last: None })
    }

    /// Takes as much of the account's rate as it may: people are looking at what is to go.
    #[must_use]
    pub fn hurrying(mut self) -> Self {
        self.gap = self.line.rate().map_or(Duration::ZERO, |(rate, _)| {
            Duration::from_millis(u64::from(rate.per_ms)) / rate.calls.max(1)
        });
        self
    }

    /// How long to wait between two questions who scanned that code. What listens on this host may be a relay to the
    /// provider, so it is asked more often only if the code leads to a name that can never be one (RFC 2606 §2).
    pub fn poll_every(&self, code: &Qr) -> Duration {
        let host = code.payload.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let leads_nowhere = [".test", ".example"].iter().any(|end| host.ends_with(end));
        let here = self.line.account.setting("base_url").is_some_and(is_loopback);
        if here && leads_nowhere { POLL_HERE } else { POLL }
    }

    /// The id of the account's kind.
    pub fn kind(&self) -> &'static str {
        self.line.kind.spec().id
    }

    /// Reads one page of those who follow into `roll`, and says where the next one begins.
    pub async fn roll_page(
        &mut self,
        roll: &mut Roll,
        cursor: Option<&str>,
    ) -> Result<Option<String>, ErrandError> {
        let desk = self.desk;
        if let (None, Some(call)) = (cursor, desk.groups(&self.line.account)?) {
            roll.name_groups(self.ask(Ok(Some(call)), |answer| desk.read_groups(answer)).await?);
        }
        let asked = desk.roster(&self.line.account, cursor);
        let mut page = self.ask(asked, |answer| desk.read_roster(answer, cursor)).await?;
        let mut known = Vec::with_capacity(page.people.len());
        for people in page.people.chunks(desk.details_per_call().max(1)) {
            match desk.details(&self.line.account, people)? {
                Some(call) => {
                    let read = |answer: &Answer| desk.read_details(answer, people.to_vec());
                    known.extend(self.ask(Ok(Some(call)), read).await?);
                }
                None => known.extend_from_slice(people),
            }
        }
        page.people = known;
        Ok(roll.take(page))
    }

    /// An empty list whose reading begins now.
    pub fn begin_roll() -> Roll {
        Roll::since(wall_now())
    }

    /// Everybody who follows: `told` hears after every page how many entries there are so far, and of how many.
    pub async fn roll(&mut self, mut told: impl FnMut(i64, Option<i64>)) -> Result<Roll, ErrandError> {
        let (mut roll, mut cursor) = (Self::begin_roll(), None::<String>);
        loop {
            cursor = self.roll_page(&mut roll, cursor.as_deref()).await?;
            told(roll.entries(), roll.total());
            if cursor.is_none() {
                return Ok(roll);
            }
        }
    }

    /// The provider's own ids of a person's follows; the address itself where it has none.
    pub async fn records(&mut self, address: &Secret) -> Result<Vec<String>, ErrandError> {
        let desk = self.desk;
        let Some(call) = desk.person(&self.line.account, address)? else {
            return Ok(vec![address.expose().to_owned()]);
        };
        let page: RosterPage = self.ask(Ok(Some(call)), |answer| desk.read_roster(answer, None)).await?;
        // A server that does not know the filter gives everybody.
        let of_person = page.people.into_iter().filter(|one| one.address == *address);
        Ok(of_person.map(|one| one.record).filter(|record| !record.is_empty()).collect())
    }

    /// Whether an address leads to somebody, by a question that tells that person nothing: about the address itself, or
    /// else whether the provider's list has them.
    pub async fn leads_somewhere(&mut self, address: &Secret) -> Result<bool, ErrandError> {
        let desk = self.desk;
        if let Some(call) = desk.check_address(&self.line.account, address)? {
            return self.ask(Ok(Some(call)), |answer| desk.read_checked(answer)).await;
        }
        let asked = desk.person(&self.line.account, address);
        let page: RosterPage = self.ask(asked, |answer| desk.read_roster(answer, None)).await?;
        Ok(page.people.iter().any(|one| one.address == *address && !one.gone))
    }

    /// A QR code that carries `scene` back.
    pub async fn qr(&mut self, scene: &str, valid: Duration) -> Result<Qr, ErrandError> {
        let (desk, now) = (self.desk, wall_now());
        let asked = desk.qr(&self.line.account, scene, valid);
        self.ask(asked, |answer| desk.read_qr(answer, now)).await
    }

    /// Who scanned last, if somebody has.
    pub async fn poll(&mut self, code: &str) -> Result<Option<Secret>, ErrandError> {
        let desk = self.desk;
        let asked = desk.poll(&self.line.account, code);
        self.ask(asked, |answer| desk.read_poll(answer)).await
    }

    /// What became of an accepted delivery; nothing if its receipt does not say with what to ask.
    pub async fn status(&mut self, receipt: &str) -> Result<Option<Told>, ErrandError> {
        let desk = self.desk;
        let Some(call) = desk.status(&self.line.account, receipt)? else { return Ok(None) };
        let told = self.ask(Ok(Some(call)), |answer| desk.read_status(answer)).await?;
        Ok(Some(told))
    }

    /// What several deliveries share that is taken back for all of them by one call, by the receipt of one.
    pub fn shared(&self, receipt: &str) -> Option<String> {
        self.desk.shared(receipt).map(str::to_owned)
    }

    /// Takes back what can be taken back of an accepted delivery; `false` if nothing can.
    pub async fn take_back(
        &mut self,
        receipt: &str,
        address: &Secret,
        key: &str,
    ) -> Result<bool, ErrandError> {
        let asked = self.desk.take_back(&self.line.account, receipt, address, key)?;
        self.done(asked).await
    }

    /// The message as a request that a script can make.
    pub fn script(&self, content: &Content, address: &Secret) -> Result<HttpCall, ErrandError> {
        match self.desk.script(&self.line.account, content, address)? {
            Some(Call::Http(call)) => Ok(call),
            Some(Call::Mail(_)) | None => Err(ErrandError::NotOffered(self.kind())),
        }
    }

    /// Refuses what the kind has no call for, before anybody is asked for.
    pub fn offers(&self, change: FollowChange) -> Result<(), ErrandError> {
        if self.desk.follow_changes().contains(&change) {
            return Ok(());
        }
        Err(ErrandError::NotOffered(self.kind()))
    }

    /// Blocks, unblocks or ends a follow. Gives whether the provider has such a thing.
    pub async fn change_follow(&mut self, record: &str, change: FollowChange) -> Result<bool, ErrandError> {
        let account = &self.line.account;
        let asked = match change {
            FollowChange::Block => self.desk.block(account, record, true)?,
            FollowChange::Unblock => self.desk.block(account, record, false)?,
            FollowChange::End => self.desk.remove(account, record)?,
        };
        self.done(asked).await
    }

    async fn done(&mut self, asked: Option<Call>) -> Result<bool, ErrandError> {
        let desk = self.desk;
        let Some(call) = asked else { return Ok(false) };
        self.ask(Ok(Some(call)), |answer| desk.read_done(answer)).await?;
        Ok(true)
    }

    /// Asks, and asks again where the provider wanted a moment.
    async fn ask<T>(
        &mut self,
        asked: Result<Option<Call>, BuildError>,
        read: impl Fn(&Answer) -> Result<T, Reading>,
    ) -> Result<T, ErrandError> {
        let call = asked?.ok_or(ErrandError::NotOffered(self.kind()))?;
        let mut waits = 0;
        loop {
            let (answer, secrets) = self.carry(&call).await?;
            let error = match read(&answer) {
                Ok(read) => return Ok(read),
                Err(reading) => said(reading, &secrets),
            };
            // Refused for speed, so certainly not done.
            let wait = match &error {
                ErrandError::Said(outcome) => match outcome.verdict {
                    Verdict::Retry { after } => after.filter(|after| waits < WAITS && *after <= PATIENCE),
                    _ => None,
                },
                _ => None,
            };
            let Some(wait) = wait else { return Err(error) };
            waits += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn carry(&mut self, call: &Call) -> Result<(Answer, Vec<Secret>), ErrandError> {
        if let Some(last) = self.last {
            tokio::time::sleep_until(last + self.gap).await;
        }
        let caller = Caller {
            carrier: &self.carrier,
            store: &self.store,
            kind: self.line.kind,
            account: &self.line.account,
            timeout: self.line.timeout(),
        };
        let may: MayLeave<'_> = &|| Box::pin(std::future::ready(true));
        let mut again = true;
        loop {
            let ready = caller.ready(call.clone()).await.map_err(|grounded| match grounded {
                Grounded::Build(error) => ErrandError::Build(error),
                Grounded::NoPass(reading) => said(reading, &[]),
            })?;
            self.last = Some(Instant::now());
            let answer = self.carrier.carry(&ready.call, self.line.timeout(), may).await;
            if std::mem::take(&mut again) && caller.is_refused(&ready, &answer).await {
                continue;
            }
            let secrets = match ready.call {
                Call::Http(call) => call.secrets,
                Call::Mail(call) => call.spoken_secrets(),
            };
            return Ok((answer, secrets));
        }
    }
}

/// What a reading says of the one thing that was asked, without the secrets of the call.
fn said(reading: Reading, secrets: &[Secret]) -> ErrandError {
    let mut outcome = match reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => outcome,
        Outcomes::Each(outcomes) => outcomes
            .into_iter()
            .next()
            .unwrap_or_else(|| Outcome::unknown(Class::Unclassified, "", "the answer says nothing")),
    };
    outcome.text = redact(&outcome.text, secrets);
    ErrandError::Said(Box::new(outcome))
}

#[cfg(test)]
mod tests;
