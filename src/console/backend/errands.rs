//! What a console asks providers beside sending, by the sender's counter. What is between two steps (a code that is
//! shown, a list that is half read, a change that nobody agreed to yet) is kept here and is no truth.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::app::request::errands::{
    Arrival, Difference, DifferenceRow, ErrandAsk, ErrandTold, Invitation, Sort,
};
use crate::app::request::{Reply, Trouble};
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::ChannelId;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::secret::Secret;
use crate::sender::counter::{Counter, ErrandError, InviteAsk, Invited, Reading};
use crate::store::handle::StoreHandle;
use crate::store::invites::Came;
use crate::store::sync::{Change, Compared, Known};
use crate::store::topics::Topic;

/// How long a code that the console shows is good.
const GOOD: Duration = Duration::from_secs(30 * 60);

/// All topics.
const EVERYTHING: Filter = Filter::everything(Scope::Topics);

/// So many topics are offered.
const MOST_TOPICS: usize = 1_000;

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
    /// Moves when a list is begun or given up: a page that comes back later belongs to nobody.
    turn: u64,
    reading: Option<(ChannelId, Reading)>,
    change: Option<Change>,
    /// What is on its way back, and what waits behind it.
    taking: VecDeque<Way>,
}

impl Between {
    fn forget(&mut self) {
        self.turn += 1;
        (self.reading, self.change) = (None, None);
    }
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
            ErrandAsk::Topics(channel) => {
                let topics = counting.call(|db| db.topics(&EVERYTHING, None, MOST_TOPICS)).await;
                topics.map(|topics| ErrandTold::Topics(channel, listed(topics))).map_err(Into::into)
            }
            ErrandAsk::Invite(channel, topic) => self.invite(channel, topic).await,
            ErrandAsk::Came => self.came().await,
            ErrandAsk::SyncBegin(channel) => self.begin(channel).await,
            ErrandAsk::SyncStep(channel) => self.step(channel, counting).await,
            ErrandAsk::SyncStop => {
                self.with(Between::forget);
                Ok(ErrandTold::Stopped)
            }
            ErrandAsk::SyncApply(channel) => self.apply(channel, orders).await,
            ErrandAsk::SyncUndo(sync) => {
                orders.call(move |db| db.undo_change(sync)).await.map(ErrandTold::Undone).map_err(Into::into)
            }
            ErrandAsk::TakeBack(id) => self.begin_take_back(id).await,
            ErrandAsk::TakeBackStep => Box::pin(self.take_back()).await,
            ErrandAsk::TakeBackStop(id) => self.stop_take_back(id).await,
            ErrandAsk::Became(id) => self.became(id, counting).await,
            ErrandAsk::Follow(follow) => self.change_follow(follow, orders).await,
        };
        answered.map_or_else(|error| Reply::Failed((self.wording)(error)), Reply::Errand)
    }

    async fn invite(&self, channel: ChannelId, topic: Option<String>) -> Result<ErrandTold, ErrandError> {
        let ask = InviteAsk { channel, topic: topic.clone(), tags: Vec::new(), valid: GOOD };
        let invited = self.counter.invite(ask).await?;
        let told = Invitation {
            channel,
            topic: topic.as_deref().map(safe),
            link: safe(&invited.qr.payload),
            picture: invited.qr.picture.as_deref().map(safe),
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
        let turn = self.with(|between| {
            between.forget();
            between.turn
        });
        let reading = self.counter.begin(channel).await?;
        Ok(self.keep(turn, |between| {
            between.reading = Some((channel, reading));
            ErrandTold::Reading(channel, 0, None)
        }))
    }

    async fn step(&self, channel: ChannelId, counting: &StoreHandle) -> Result<ErrandTold, ErrandError> {
        let next = self.with(|between| (between.turn, between.reading.take_if(|(of, _)| *of == channel)));
        let (turn, Some((_, mut reading))) = next else { return Ok(ErrandTold::Overtaken) };
        if !Box::pin(reading.step()).await? {
            let (done, total) = (reading.roll().entries(), reading.roll().total());
            return Ok(self.keep(turn, |between| {
                between.reading = Some((channel, reading));
                ErrandTold::Reading(channel, done, total)
            }));
        }
        let roll = reading.into_roll();
        let ask = Compared { channel, topics: false };
        let change = counting.call(move |db| db.compare(ask, &roll)).await?;
        let told = difference(&change);
        Ok(self.keep(turn, |between| {
            between.change = Some(change);
            ErrandTold::Differs(channel, Box::new(told))
        }))
    }

    /// Keeps what came back, unless another list was begun meanwhile.
    fn keep(&self, turn: u64, keep: impl FnOnce(&mut Between) -> ErrandTold) -> ErrandTold {
        self.with(|between| if between.turn == turn { keep(between) } else { ErrandTold::Overtaken })
    }

    async fn apply(&self, channel: ChannelId, orders: &StoreHandle) -> Result<ErrandTold, ErrandError> {
        let shown = self.with(|between| between.change.take_if(|change| change.channel == channel));
        let Some(change) = shown else { return Ok(ErrandTold::Overtaken) };
        Ok(ErrandTold::Applied(orders.call(move |db| db.apply_change(&change)).await?))
    }
}

mod follow;
mod took_back;

use took_back::Way;

fn listed(topics: Vec<Topic>) -> Vec<(String, i64)> {
    let mut named: Vec<(String, i64)> = topics.into_iter().map(|topic| (topic.name, topic.people)).collect();
    named.sort_by(|(one, few), (other, many)| many.cmp(few).then_with(|| one.cmp(other)));
    named
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::request::errands::TookBack;
    use crate::domain::delivery::DeliveryState;
    use crate::store::channels::NewChannel;
    use crate::store::db::{Db, wall_clock};
    use crate::store::fixtures::{Shop, answered};

    /// A console whose provider takes no connections.
    async fn console() -> (Errands, StoreHandle, ChannelId) {
        let store = StoreHandle::spawn("store", || Db::in_memory(wall_clock())).await.expect("open");
        let mut new = NewChannel { name: "wx".into(), kind: "wxpusher".into(), ..NewChannel::default() };
        new.settings.insert("base_url".into(), "http://127.0.0.1:1".into());
        new.settings.insert("rate".into(), "none".into());
        new.secrets.insert("app_token".into(), "AT_abcdefghijklmnop".into());
        let channel = store.call(move |db| db.add_channel(&new)).await.expect("a channel");
        let wording: ErrandWording =
            Arc::new(|error| Trouble { summary: error.to_string(), ..Trouble::default() });
        let setup = ErrandSetup { proxy: None, wording };
        (Errands::new(store.clone(), setup).expect("set up"), store, channel)
    }

    #[tokio::test]
    async fn a_list_that_was_given_up_is_nobodys_and_a_failed_page_is_no_list() {
        let (errands, store, channel) = console().await;
        let ask = async |ask| errands.answer(ask, &store, &store).await;
        let told = Reply::Errand;
        let begun = told(ErrandTold::Reading(channel, 0, None));
        assert_eq!(ask(ErrandAsk::SyncBegin(channel)).await, begun);
        let other = ErrandAsk::SyncStep(ChannelId(channel.0 + 1));
        assert_eq!(ask(other).await, told(ErrandTold::Overtaken), "another channel's page");
        assert_eq!(ask(ErrandAsk::SyncStop).await, told(ErrandTold::Stopped));
        assert_eq!(ask(ErrandAsk::SyncStep(channel)).await, told(ErrandTold::Overtaken));
        assert_eq!(
            ask(ErrandAsk::SyncApply(channel)).await,
            told(ErrandTold::Overtaken),
            "nothing was shown"
        );
        assert_eq!(ask(ErrandAsk::SyncBegin(channel)).await, begun);
        assert!(matches!(ask(ErrandAsk::SyncStep(channel)).await, Reply::Failed(_)), "nobody answers");
        assert_eq!(ask(ErrandAsk::SyncApply(channel)).await, told(ErrandTold::Overtaken));
    }

    #[tokio::test]
    async fn nothing_that_was_accepted_leaves_nothing_to_take_back_or_ask_about() {
        let (errands, store, _) = console().await;
        let draft = crate::store::broadcasts::Draft::default();
        let by = crate::domain::broadcast::Purpose::Broadcast;
        let id = store.call(move |db| db.add_draft(&draft, by, "ann")).await.expect("a draft");
        let told = errands.answer(ErrandAsk::TakeBack(id), &store, &store).await;
        let nothing = TookBack::begun(id, 0);
        assert_eq!(told, Reply::Errand(ErrandTold::TookBack(nothing, false)));
        let one = crate::domain::id::DeliveryId { broadcast: id, seq: 1 };
        let told = errands.answer(ErrandAsk::Became(one), &store, &store).await;
        let nothing = crate::app::request::errands::Became::NoQuestion;
        assert_eq!(told, Reply::Errand(ErrandTold::Became(one, nothing)));
        let step = errands.answer(ErrandAsk::TakeBackStep, &store, &store).await;
        assert_eq!(step, Reply::Errand(ErrandTold::Overtaken));
    }

    #[tokio::test]
    async fn a_stop_is_about_the_broadcast_that_it_names_and_the_next_one_begins() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(2, bark);
        let both = [shop.release(&[bark]), shop.release(&[bark])];
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for granted in shop.claim(epoch, 9, 9) {
            shop.record(epoch, &answered(&granted, DeliveryState::Accepted));
        }
        let db = shop.db;
        let store = StoreHandle::spawn("store", move || Ok(db)).await.expect("open");
        let wording: ErrandWording = Arc::new(|_| Trouble::default());
        let setup = ErrandSetup { proxy: None, wording };
        let errands = Errands::new(store.clone(), setup).expect("set up");
        let ask = async |ask| match errands.answer(ask, &store, &store).await {
            Reply::Errand(told) => told,
            other => panic!("{other:?}"),
        };
        let far = |id| TookBack::begun(id, 2);
        assert_eq!(ask(ErrandAsk::TakeBack(both[0])).await, ErrandTold::TakingBack(far(both[0])));
        assert_eq!(ask(ErrandAsk::TakeBack(both[1])).await, ErrandTold::TakeBackWaits(both[1]));
        assert_eq!(ask(ErrandAsk::TakeBackStop(both[1])).await, ErrandTold::Overtaken, "it has not begun");
        assert_eq!(ask(ErrandAsk::TakeBackStop(both[0])).await, ErrandTold::TookBack(far(both[0]), true));
        assert_eq!(ask(ErrandAsk::TakeBackStop(both[0])).await, ErrandTold::Overtaken, "it is over");
        assert_eq!(ask(ErrandAsk::TakeBackStop(both[1])).await, ErrandTold::TookBack(far(both[1]), false));
    }

    #[tokio::test]
    async fn topics_are_offered_by_size_and_a_code_that_cannot_be_had_is_a_failure() {
        let (errands, store, channel) = console().await;
        store
            .call(|db| {
                for name in ["dev", "ops"] {
                    db.add_topic(&crate::store::topics::NewTopic {
                        name: name.into(),
                        ..Default::default()
                    })?;
                }
                let ops = db.find_topic("ops")?.id;
                let new =
                    crate::store::subscribers::NewSubscriber { name: "Ann".into(), ..Default::default() };
                let ann = db.add_subscriber(&new)?.id;
                db.join_topic(ops, &[ann])
            })
            .await
            .expect("filled");
        let topics = errands.answer(ErrandAsk::Topics(channel), &store, &store).await;
        let expected = vec![("ops".to_owned(), 1), ("dev".to_owned(), 0)];
        assert_eq!(topics, Reply::Errand(ErrandTold::Topics(channel, expected)));
        let code = errands.answer(ErrandAsk::Invite(channel, None), &store, &store).await;
        assert!(matches!(code, Reply::Failed(_)), "{code:?}");
        let came = errands.answer(ErrandAsk::Came, &store, &store).await;
        assert_eq!(came, Reply::Errand(ErrandTold::Came(None)), "no code is shown");
    }
}
