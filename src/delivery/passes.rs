//! Keeps the passes of accounts: had from the store or from the provider, one refresh at a time for all
//! processes, and replaced once when the provider refuses one.

use std::time::Duration;

use super::carrier::Carrier;
use super::engine::wall_now;
use crate::channels::answer::Answer;
use crate::channels::call::{Call, redact};
use crate::channels::kind::{BuildError, Kind};
use crate::channels::outcome::{Outcome, Outcomes, Reading, Verdict};
use crate::channels::pass::{Departure, Obtain, Pass, Passes};
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;
use crate::domain::secret::Secret;
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::passes::{Holder, PassTurn, Turn};

/// How long between two looks whether somebody else's refresh is done.
const LOOK: Duration = Duration::from_millis(200);

/// So many looks, and whoever waits gives up: longer than a turn lasts.
const LOOKS: u32 = 150;

/// How long asking for a pass may take: less than a turn lasts, or two would ask.
const ASKING: Duration = Duration::from_secs(15);

/// An account that calls are made with, and how.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The wires.
    pub carrier: &'a Carrier,
    /// Where passes are kept.
    pub store: &'a StoreHandle,
    /// Its kind.
    pub kind: &'static dyn Kind,
    /// The account, credentials opened.
    pub account: &'a Account,
    /// How long one call may take.
    pub timeout: Duration,
}

/// Why a call did not leave.
#[derive(Debug)]
pub enum Grounded {
    /// It cannot be built.
    Build(BuildError),
    /// There is no pass; what that means for those in the call.
    NoPass(Reading),
}

impl From<BuildError> for Grounded {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

/// A call that is ready to leave, and the pass in it.
pub struct Ready {
    /// The call as it leaves.
    pub call: Call,
    pass: Option<Pass>,
}

impl Caller<'_> {
    /// Makes a call ready to leave now.
    pub async fn ready(&self, call: Call) -> Result<Ready, Grounded> {
        let pass = match self.kind.passes() {
            Some(passes) => Some(self.pass(passes).await?),
            None => None,
        };
        let departure = Departure { now: wall_now(), pass: pass.as_ref().map(|pass| &pass.value) };
        let mut call = self.kind.depart(self.account, call, &departure)?;
        if let (Call::Http(call), Some(pass)) = (&mut call, &pass) {
            call.secrets.push(pass.value.clone());
        }
        Ok(Ready { call, pass })
    }

    /// Whether this answer refuses the pass that the call carried, and another one is worth asking for. If so
    /// nobody uses it any more.
    pub async fn is_refused(&self, ready: &Ready, answer: &Answer) -> bool {
        let (Some(passes), Some(pass)) = (self.kind.passes(), &ready.pass) else { return false };
        if !passes.is_refused(answer) || wall_now().since(pass.made) < passes.least_age_ms() {
            return false;
        }
        let (holder, made) = (self.holder(passes), pass.made);
        if let Err(error) = self.store.call(move |db| db.drop_pass(&holder, made)).await {
            tracing::warn!(%error, "a refused pass could not be dropped");
            return false;
        }
        true
    }

    fn holder(&self, passes: &dyn Passes) -> Holder {
        Holder::of(self.account, passes)
    }

    async fn pass(&self, passes: &dyn Passes) -> Result<Pass, Grounded> {
        for _ in 0..LOOKS {
            let holder = self.holder(passes);
            match self.store.call(move |db| db.pass_turn(&holder)).await.map_err(stored)? {
                PassTurn::Use(pass) => return Ok(pass),
                PassTurn::Refresh(turn) => return self.refresh(passes, turn).await,
                PassTurn::Wait => tokio::time::sleep(LOOK).await,
            }
        }
        Err(waits("another process has been getting an access token for half a minute"))
    }

    async fn refresh(&self, passes: &dyn Passes, turn: Turn) -> Result<Pass, Grounded> {
        let holder = self.holder(passes);
        let had = self.obtain(passes).await;
        let kept = match &had {
            Ok(pass) => {
                let pass = pass.clone();
                self.store.call(move |db| db.keep_pass(&holder, turn, &pass)).await
            }
            Err(_) => self.store.call(move |db| db.give_up_pass(&holder, turn)).await,
        };
        if let Err(error) = kept {
            // This call has its pass all the same; the next one asks again.
            tracing::warn!(%error, "a pass could not be kept");
        }
        had
    }

    async fn obtain(&self, passes: &dyn Passes) -> Result<Pass, Grounded> {
        let now = wall_now();
        let call = match passes.obtain(self.account, now)? {
            Obtain::Made(pass) => return Ok(pass),
            Obtain::Ask(call) => call,
        };
        let never: super::carrier::MayLeave<'_> = &|| Box::pin(std::future::ready(true));
        let answer = self.carrier.carry(&call, self.timeout.min(ASKING), never).await;
        passes.read_pass(&answer, now).map_err(|reading| Grounded::NoPass(grounded(reading, &call)))
    }
}

/// Nobody left: they wait and come again.
fn waits(text: &str) -> Grounded {
    Grounded::NoPass(Reading::all(Outcome::retry(Class::Provider, None, "", text)))
}

fn stored(error: StoreError) -> Grounded {
    tracing::warn!(%error, "a pass could not be read");
    waits("the access token could not be read from the store")
}

/// What no pass means for those in the call. They have not left, so nothing about them is unknown, whatever became of
/// the question. A pass that is refused for good is refused to everybody: that is the account's set-up and nobody's
/// failure. Servers like to quote what they were sent.
fn grounded(mut reading: Reading, call: &Call) -> Reading {
    let secrets: &[Secret] = match call {
        Call::Http(call) => &call.secrets,
        Call::Mail(_) => &[],
    };
    let mut for_good = false;
    let mut mend = |outcome: &mut Outcome| {
        if outcome.verdict == Verdict::Rejected {
            for_good = true;
            outcome.class = Some(Class::Credential);
        }
        if matches!(outcome.verdict, Verdict::Unknown | Verdict::Rejected) {
            outcome.verdict = Verdict::Retry { after: None };
        }
        outcome.text = redact(&outcome.text, secrets);
    };
    match &mut reading.outcomes {
        Outcomes::All(outcome) | Outcomes::Split(outcome) => mend(outcome),
        Outcomes::Each(outcomes) => outcomes.iter_mut().for_each(mend),
    }
    if for_good && reading.channel.is_none() { reading.pausing(PauseReason::Credential) } else { reading }
}
