//! What a console asks providers beside sending, by the sender's counter. What is between two steps (a code that is
//! shown, a list that is half read, a change that nobody agreed to yet) is kept here and is no truth.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::app::request::errands::{
    Arrival, Difference, DifferenceRow, ErrandAsk, ErrandTold, Invitation, Sort,
};
use crate::app::request::{Reply, Trouble};
use crate::domain::id::ChannelId;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::sender::counter::{Counter, ErrandError, InviteAsk, Invited, Reading};
use crate::store::handle::StoreHandle;
use crate::store::invites::Came;
use crate::store::sync::{Change, Compared, Known};

/// How long a code that the console shows is good.
const GOOD: Duration = Duration::from_secs(30 * 60);

/// So many of each sort go to the screen.
const SHOWN: usize = 500;

/// Words an error for a person.
pub type ErrandWording = Arc<dyn Fn(ErrandError) -> Trouble + Send + Sync>;

/// What a console needs to do errands.
#[derive(Clone)]
pub struct ErrandSetup {
    /// The configured HTTP proxy.
    pub proxy: Option<String>,
    /// Words its errors.
    pub wording: ErrandWording,
}

#[derive(Default)]
struct Between {
    shown: Option<(Invited, Option<Secret>)>,
    reading: Option<(ChannelId, Reading)>,
    change: Option<Change>,
}

/// Errands of one console.
pub struct Errands {
    counter: Counter,
    wording: ErrandWording,
    between: Mutex<Between>,
}

impl Errands {
    /// Errands over that store.
    pub fn new(store: StoreHandle, setup: ErrandSetup) -> Result<Self, ErrandError> {
        let counter = Counter::new(store, setup.proxy.as_deref())?;
        Ok(Self { counter, wording: setup.wording, between: Mutex::default() })
    }

    fn with<T>(&self, look: impl FnOnce(&mut Between) -> T) -> T {
        look(&mut self.between.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does one errand. `orders` is where changes are made, `counting` where much is read.
    pub async fn answer(&self, ask: ErrandAsk, orders: &StoreHandle, counting: &StoreHandle) -> Reply {
        let answered = match ask {
            ErrandAsk::Invite(channel) => self.invite(channel).await,
            ErrandAsk::Came => self.came().await,
            ErrandAsk::SyncBegin(channel) => self.begin(channel).await,
            ErrandAsk::SyncStep => self.step(counting).await,
            ErrandAsk::SyncStop => {
                self.with(|between| (between.reading, between.change) = (None, None));
                Ok(ErrandTold::Stopped)
            }
            ErrandAsk::SyncApply => self.apply(orders).await,
            ErrandAsk::SyncUndo(sync) => {
                orders.call(move |db| db.undo_change(sync)).await.map(ErrandTold::Undone).map_err(Into::into)
            }
        };
        answered.map_or_else(|error| Reply::Failed((self.wording)(error)), Reply::Errand)
    }

    async fn invite(&self, channel: ChannelId) -> Result<ErrandTold, ErrandError> {
        let ask = InviteAsk { channel, topic: None, tags: Vec::new(), valid: GOOD };
        let invited = self.counter.invite(ask).await?;
        let told = Invitation {
            channel,
            link: scrub(&invited.qr.payload, Cap::List).into_owned(),
            picture: invited.qr.picture.as_deref().map(|url| scrub(url, Cap::List).into_owned()),
            until: invited.invite.until,
            every: invited.every,
        };
        self.with(|between| between.shown = Some((invited, None)));
        Ok(ErrandTold::Invited(Box::new(told)))
    }

    async fn came(&self) -> Result<ErrandTold, ErrandError> {
        let Some((invited, before)) = self.with(|between| between.shown.clone()) else {
            return Ok(ErrandTold::Came(None));
        };
        match self.counter.came(&invited, before.as_ref()).await {
            Ok(Some((address, came))) => {
                self.with(|between| between.shown = Some((invited, Some(address))));
                Ok(ErrandTold::Came(Some(Box::new(arrival(came)))))
            }
            Ok(None) => Ok(ErrandTold::Came(None)),
            // The next look may do better; until then nobody has come.
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "nobody could be asked who scanned a code");
                Ok(ErrandTold::Came(None))
            }
            Err(error) => Err(error),
        }
    }

    async fn begin(&self, channel: ChannelId) -> Result<ErrandTold, ErrandError> {
        let reading = self.counter.begin(channel).await?;
        self.with(|between| {
            (between.reading, between.change) = (Some((channel, reading)), None);
        });
        Ok(ErrandTold::Reading(0, None))
    }

    async fn step(&self, counting: &StoreHandle) -> Result<ErrandTold, ErrandError> {
        let Some((channel, mut reading)) = self.with(|between| between.reading.take()) else {
            return Ok(ErrandTold::Stopped);
        };
        if !reading.step().await? {
            let told = ErrandTold::Reading(reading.roll().entries(), reading.roll().total());
            self.with(|between| between.reading = Some((channel, reading)));
            return Ok(told);
        }
        let roll = reading.into_roll();
        let ask = Compared { channel, topics: false };
        let change = counting.call(move |db| db.compare(ask, &roll)).await?;
        let told = difference(&change);
        self.with(|between| between.change = Some(change));
        Ok(ErrandTold::Differs(Box::new(told)))
    }

    async fn apply(&self, orders: &StoreHandle) -> Result<ErrandTold, ErrandError> {
        let Some(change) = self.with(|between| between.change.take()) else {
            return Ok(ErrandTold::Stopped);
        };
        Ok(ErrandTold::Applied(orders.call(move |db| db.apply_change(&change)).await?))
    }
}

fn arrival(came: Came) -> Arrival {
    Arrival { id: came.id, name: safe(&came.name), new: came.new, state: came.state }
}

fn safe(text: &str) -> String {
    scrub(text, Cap::List).into_owned()
}

/// What a screen may show of a change.
pub fn difference(change: &Change) -> Difference {
    let known = |sort: Sort, list: &[Known]| {
        let row = |one: &Known| DifferenceRow { sort, name: safe(&one.name), what: safe(&one.shown) };
        list.iter().take(SHOWN).map(row).collect::<Vec<_>>()
    };
    let added = change.added.iter().take(SHOWN).map(|one| DifferenceRow {
        sort: Sort::Added,
        name: safe(&one.name),
        what: safe(&one.shown),
    });
    let renamed = change.renamed.iter().take(SHOWN).map(|one| DifferenceRow {
        sort: Sort::Renamed,
        name: safe(&one.from),
        what: safe(&one.to),
    });
    let mut rows: Vec<DifferenceRow> = added.chain(renamed).collect();
    rows.extend(known(Sort::Gone, &change.gone));
    rows.extend(known(Sort::Refused, &change.refused));
    rows.extend(known(Sort::Back, &change.back));
    let count = |sort: Sort| match sort {
        Sort::Added => change.added.len(),
        Sort::Renamed => change.renamed.len(),
        Sort::Gone => change.gone.len(),
        Sort::Refused => change.refused.len(),
        Sort::Back => change.back.len(),
    };
    Difference {
        listed: change.listed,
        whole: change.whole,
        same: change.same,
        removed_here: change.removed_here,
        refused_strangers: change.refused_strangers,
        counts: Sort::ALL.into_iter().map(|sort| (sort, count(sort) as i64)).collect(),
        rows,
    }
}
