//! Compose's questions and orders, carried out on the real store.
//!
//! Each is one short call. The keeper of an undo window is this process: a console that is gone never
//! lets its window end by itself.

use std::error::Error;

use crate::app::request::Trouble;
use crate::app::request::compose::{
    Aim, Bench, Came, ComposeAsk, ComposeTold, Lack, Me, Opened, Reach, Step, TestPart, Way,
};
use crate::console::backend::typed_path::expanded;
use crate::domain::broadcast::{PauseReason, Phase, Purpose};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::file::FileRef;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::{BroadcastId, ChannelId, SubscriberId};
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::store::broadcasts::{BroadcastDetail, Draft};
use crate::store::channels::Open;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::files::{self, ReadError};
use crate::store::pick::Pick;
use crate::store::plan::{Expected, Gate, Release, Released};
use crate::store::recurring;
use crate::store::subscribers::Subscriber;

/// How many people a missing variable is told of by name.
const NAMED: usize = 3;

/// The most addresses that one person can have: a test reaches nobody else.
const MOST_ADDRESSES: i64 = 1_000;

/// Answers one question or carries out one order.
pub fn answer(db: &mut Db, ask: ComposeAsk, by: &str) -> Result<ComposeTold, StoreError> {
    Ok(match ask {
        ComposeAsk::Attach { sheet, path, others } => {
            let read = read_file(&path, others);
            keep_file(db, sheet, path, read)?
        }
        ComposeAsk::Bench => ComposeTold::Bench(bench(db)?),
        ComposeAsk::Open(id) => ComposeTold::Opened(Box::new(open(db, id)?)),
        ComposeAsk::NewVersion(id) => {
            let draft = Draft { replaces: Some(id), ..db.broadcast(id)?.draft.anew() };
            ComposeTold::Begun(db.add_draft(&draft, Purpose::Broadcast, by)?)
        }
        ComposeAsk::Begin { sheet, draft } => match db.add_draft(&draft, Purpose::Broadcast, by) {
            Ok(id) => ComposeTold::Saved { sheet, id, version: 1 },
            Err(error) => ComposeTold::NotSaved { sheet, trouble: trouble(&error) },
        },
        ComposeAsk::Save { sheet, id, seen, draft } => save(db, sheet, (id, seen), draft, by),
        ComposeAsk::Reach(aim) => return reach(db, &aim),
        ComposeAsk::Plan(draft) => return plan(db, &draft),
        ComposeAsk::Lacks(aim, variables) => ComposeTold::Lacks(nobody_there(lacks(db, &aim, variables))?),
        ComposeAsk::Longest(aim, holes) => {
            let channels = db.channel_order(&aim.channels)?;
            let found = db.longest(&people(&aim.audience)?, &channels, aim.every, &holes);
            ComposeTold::Longest(holes, nobody_there(found)?)
        }
        ComposeAsk::Sample { audience, from, step } => {
            ComposeTold::Sample(nobody_there(sample(db, &audience, from, step))?.map(Box::new))
        }
        ComposeAsk::Release { id, seen, number, expected } => {
            release(db, (id, seen), number, expected.map(|expected| *expected), by)?
        }
        ComposeAsk::LetGo { id, until } => ComposeTold::LetGo { id, left: let_go(db, id, until)? },
        ComposeAsk::Recall(id) => {
            db.recall(id)?;
            ComposeTold::Recalled(id)
        }
        ComposeAsk::Discard(id) => {
            db.remove_draft(id)?;
            ComposeTold::Discarded(id)
        }
        ComposeAsk::Restore(id) => {
            db.restore_draft(id)?;
            ComposeTold::Restored(id)
        }
        ComposeAsk::Test(draft) => test(db, *draft, by)?,
        ComposeAsk::TestState(id) => ComposeTold::TestState { id, parts: test_parts(db, id)? },
        ComposeAsk::LastTest(message) => {
            let test = db.last_test(&message)?;
            ComposeTold::LastTest { message, test }
        }
        ComposeAsk::SetMe(wanted) => {
            let id = db.find_subscriber(&wanted)?;
            db.set_me(id)?;
            ComposeTold::Me(named(db, id)?)
        }
    })
}

fn bench(db: &Db) -> Result<Bench, StoreError> {
    let ways = db
        .channels()?
        .into_iter()
        .map(|channel| {
            Ok(Way {
                account: db.account(channel.id, Open::Nothing)?,
                health: channel.health(),
                paused: channel.pause.map(|pause| pause.reason),
                secrets: channel.secrets,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let me = db.me()?.map(|id| named(db, id)).transpose()?;
    Ok(Bench { ways, me })
}

fn named(db: &Db, id: SubscriberId) -> Result<Me, StoreError> {
    let name = db.person_row(id)?.name;
    Ok(Me { id, name: scrub(&name, Cap::List).into_owned() })
}

fn open(db: &Db, id: BroadcastId) -> Result<Opened, StoreError> {
    let detail = db.broadcast(id)?;
    Ok(Opened {
        id,
        version: detail.row.version,
        phase: detail.row.phase,
        draft: detail.draft,
        saved: detail.row.updated_at,
    })
}

/// What stands in a file that is to go with a message.
pub type FileRead = Result<(FileRef, Vec<u8>), ReadError>;

/// Reads a file: not on the store's thread, for a disk may answer late or never. One of the same name is another
/// version of it, which this one takes the place of.
pub fn read_file(path: &str, mut others: Vec<FileRef>) -> FileRead {
    let place = expanded(path);
    let name = FileRef::at(&place, 0, String::new()).name;
    others.retain(|other| !other.name.eq_ignore_ascii_case(&name));
    files::read(&place, &others)
}

/// Keeps a file that was read.
pub fn keep_file(db: &mut Db, sheet: u64, path: String, read: FileRead) -> Result<ComposeTold, StoreError> {
    match read {
        Ok(read) => {
            let file = read.0.clone();
            db.keep_files(&[read])?;
            Ok(ComposeTold::Attached { sheet, file })
        }
        Err(error) => Ok(ComposeTold::NotAttached { path, why: error.to_string() }),
    }
}

/// Saves over the version that was seen. A lost race loses neither text: this one becomes a draft of its own.
fn save(db: &mut Db, sheet: u64, (id, seen): (BroadcastId, i64), mine: Box<Draft>, by: &str) -> ComposeTold {
    let saved = match db.save_draft(id, seen, &mine) {
        Ok(version) => Ok(ComposeTold::Saved { sheet, id, version }),
        Err(StoreError::Conflict { .. } | StoreError::NotFound { .. }) => {
            db.add_draft(&mine, Purpose::Broadcast, by).and_then(|kept| {
                let theirs = Box::new(open(db, id)?);
                Ok(ComposeTold::Clashed { sheet, id: kept, version: 1, mine, theirs })
            })
        }
        Err(error) => Err(error),
    };
    saved.unwrap_or_else(|error| ComposeTold::NotSaved { sheet, trouble: trouble(&error) })
}

fn people(audience: &str) -> Result<Filter, StoreError> {
    Filter::parse(audience, Scope::People)
        .map_err(|error| StoreError::Refused(format!("the audience cannot be read: {error}")))
}

/// A name in the audience that is not there, perhaps as it is still being typed: the count of the same audience says
/// it once, where it stands.
fn nobody_there<T: Default>(found: Result<T, StoreError>) -> Result<T, StoreError> {
    match found {
        Err(StoreError::NotFound { .. }) => Ok(T::default()),
        found => found,
    }
}

fn reach(db: &Db, aim: &Aim) -> Result<ComposeTold, StoreError> {
    let filter = people(&aim.audience)?;
    let channels = db.channel_order(&aim.channels)?;
    let counted = db.audience_count(&filter, &channels, aim.every).and_then(|people| {
        let lists = db.remotes_of(&filter, &channels)?;
        let on = |channel: &ChannelId| lists.iter().filter(|(id, _)| id == channel).count() as i64;
        let remotes =
            channels.iter().map(|channel| (*channel, on(channel))).filter(|(_, n)| *n > 0).collect();
        Ok(Reach { people, remotes, unknown: db.unknown_tags(&filter)? })
    });
    match counted {
        Ok(reach) => Ok(ComposeTold::Reach(Box::new(reach))),
        Err(StoreError::NotFound { what, id }) => Ok(ComposeTold::NoSuchName { what, name: id }),
        Err(error) => Err(error),
    }
}

/// Who would get it and the plan, as of one moment: what is shown is what a release is compared with.
fn plan(db: &Db, draft: &Draft) -> Result<ComposeTold, StoreError> {
    db.at_one_moment(|| match reach(db, &Aim::of(draft))? {
        ComposeTold::Reach(reach) => {
            let plan = Box::new(db.preview_plan(draft)?);
            Ok(ComposeTold::Planned { reach, plan })
        }
        other => Ok(other),
    })
}

fn lacks(db: &Db, aim: &Aim, variables: Vec<String>) -> Result<Vec<Lack>, StoreError> {
    let filter = people(&aim.audience)?;
    let channels = db.channel_order(&aim.channels)?;
    let mut lacks = Vec::new();
    for variable in variables {
        let found = db.lacking(&filter, &channels, std::slice::from_ref(&variable), NAMED)?;
        if found.people > 0 {
            let first = found.first.iter().map(|(_, name)| scrub(name, Cap::List).into_owned()).collect();
            lacks.push(Lack { variable, people: found.people, first });
        }
    }
    Ok(lacks)
}

/// The next real recipient; past either end it begins anew.
fn sample(
    db: &Db,
    audience: &str,
    from: Option<SubscriberId>,
    step: Step,
) -> Result<Option<Subscriber>, StoreError> {
    let filter = people(audience)?;
    let first = |before| Ok::<_, StoreError>(db.people_ids(&filter, before, 1)?.first().copied());
    let found = match (from, step) {
        (None, _) => first(None)?,
        // Asked for as "older than the one after it", so that it is still in the audience.
        (Some(at), Step::Stay) => match first(Some(SubscriberId(at.0 + 1)))? {
            Some(id) => Some(id),
            None => first(None)?,
        },
        (Some(at), Step::Next) => match first(Some(at))? {
            Some(id) => Some(id),
            None => first(None)?,
        },
        (Some(at), Step::Previous) => match db.people_before(&filter, at, 1)?.first() {
            Some(row) => Some(row.id),
            None => first(None)?,
        },
    };
    found.map(|id| db.subscriber(id)).transpose()
}

fn release(
    db: &mut Db,
    (id, seen): (BroadcastId, i64),
    number: i64,
    expected: Option<Expected>,
    by: &str,
) -> Result<ComposeTold, StoreError> {
    let draft = db.broadcast(id)?;
    if !draft.draft.cron.is_empty() {
        return repeat(db, id, seen, number, &draft);
    }
    let keeper = Some(super::outbox::keeper_name());
    let release = Release { by: by.to_owned(), seen, gate: Gate::Exactly(number), keeper, expected };
    let came = match db.release(id, &release) {
        Ok(Released::Done { to_send, hold_until }) => match db.broadcast(id)?.row.at {
            Some(at) => Came::Scheduled { to_send, at },
            None => Came::Held { to_send, until: hold_until },
        },
        Ok(Released::GateClosed { to_send }) => Came::GateClosed { to_send },
        Ok(Released::Changed(difference)) => Came::Changed(difference),
        Ok(Released::NobodyLeft { .. }) => Came::NobodyLeft,
        Err(error) => return Ok(ComposeTold::NotReleased(trouble(&error))),
    };
    Ok(ComposeTold::Released { id, version: open(db, id)?.version, came })
}

/// Lets it go out again and again, if it is the text that was seen and reaches the number that was confirmed.
fn repeat(
    db: &mut Db,
    id: BroadcastId,
    seen: i64,
    number: i64,
    stored: &BroadcastDetail,
) -> Result<ComposeTold, StoreError> {
    if stored.row.version != seen {
        let clash = StoreError::Conflict { what: "draft", id: id.to_string() };
        return Ok(ComposeTold::NotReleased(trouble(&clash)));
    }
    let draft = &stored.draft;
    let aim = Aim::of(draft);
    let to_send = match reach(db, &aim)? {
        ComposeTold::Reach(reach) => reach.to_send(),
        other => return Ok(other),
    };
    let came = if to_send == number {
        let most = recurring::most_for(number);
        match db.add_recurring(id, &draft.cron, "UTC", most) {
            Ok(made) => Came::Repeats { to_send, at: made.next_at, most },
            Err(error) => return Ok(ComposeTold::NotReleased(trouble(&error))),
        }
    } else {
        Came::GateClosed { to_send }
    };
    Ok(ComposeTold::Released { id, version: open(db, id)?.version, came })
}

/// Lets it go only if it is held until this very moment: a broadcast that was recalled and released again has
/// another window, which this one must not cut short.
fn let_go(db: &mut Db, id: BroadcastId, until: Millis) -> Result<bool, StoreError> {
    let row = db.broadcast(id)?.row;
    if row.phase != Phase::Held || row.hold_until != Some(until) {
        return Ok(false);
    }
    db.let_go(id)?;
    Ok(true)
}

/// A broadcast of one person: sent by the sender like every other, and with its own books.
fn test(db: &mut Db, mut draft: Draft, by: &str) -> Result<ComposeTold, StoreError> {
    let Some(me) = db.me()? else {
        return Err(StoreError::Refused("nobody is named yet whom tests go to".to_owned()));
    };
    draft.audience = format!("id:{me}");
    draft.all_channels = true;
    (draft.undo_ms, draft.at, draft.stage) = (Some(0), None, None);
    let id = db.add_draft(&draft, Purpose::Test, by)?;
    let release = Release {
        by: by.to_owned(),
        seen: 1,
        gate: Gate::AtMost(MOST_ADDRESSES),
        keeper: None,
        expected: None,
    };
    match db.release(id, &release) {
        Ok(Released::Done { .. }) => Ok(ComposeTold::Testing(id)),
        Ok(Released::GateClosed { .. } | Released::Changed(_) | Released::NobodyLeft { .. }) => {
            db.remove_draft(id)?;
            Ok(ComposeTold::NowhereToTest)
        }
        Err(error) => Err(error),
    }
}

/// How a test stands, channel by channel: those whom no channel reached are not part of it.
fn test_parts(db: &Db, id: BroadcastId) -> Result<Vec<TestPart>, StoreError> {
    let rows = db.deliveries(&Pick::of(id), None, MOST_ADDRESSES as usize)?;
    let mut parts = Vec::new();
    for row in rows.into_iter().filter(|row| row.channel_id.is_some()) {
        let paused = match row.channel_id {
            Some(channel) if !row.state.has_ended() => db.channel(channel)?.pause,
            _ => None,
        };
        let class = paused.filter(|pause| pause.reason == PauseReason::Credential);
        parts.push(TestPart {
            channel: scrub(&row.channel, Cap::List).into_owned(),
            // One that has not left of a channel that stands still is waiting, whatever the row says.
            state: if class.is_some() { DeliveryState::Deferred } else { row.state },
            class: class.map(|_| Class::Credential).or(row.class),
        });
    }
    Ok(parts)
}

fn trouble(error: &StoreError) -> Trouble {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(scrub(&error.to_string(), Cap::List).into_owned());
        cause = error.source();
    }
    Trouble { summary: scrub(&error.to_string(), Cap::List).into_owned(), causes, hint: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Message;
    use crate::domain::plan::PlanPart;
    use crate::store::fixtures::Shop;

    fn begin(db: &mut Db, draft: &Draft) -> BroadcastId {
        match answer(db, ComposeAsk::Begin { sheet: 1, draft: Box::new(draft.clone()) }, "ann") {
            Ok(ComposeTold::Saved { id, .. }) => id,
            other => unreachable!("{other:?}"),
        }
    }

    fn titled(title: &str) -> Draft {
        Draft { message: Message { title: title.into(), ..Message::default() }, ..Draft::default() }
    }

    fn release(db: &mut Db, id: BroadcastId, seen: i64, number: i64) -> (i64, Came) {
        match answer(db, ComposeAsk::Release { id, seen, number, expected: None }, "ann") {
            Ok(ComposeTold::Released { version, came, .. }) => (version, came),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_lost_race_keeps_both_texts() {
        let mut shop = Shop::new();
        let id = begin(&mut shop.db, &titled("first"));
        let save = |seen, title| ComposeAsk::Save { sheet: 1, id, seen, draft: Box::new(titled(title)) };
        assert!(matches!(
            answer(&mut shop.db, save(1, "hers"), "ann"),
            Ok(ComposeTold::Saved { version: 2, .. })
        ));
        let told = answer(&mut shop.db, save(1, "mine"), "ann").expect("told");
        let ComposeTold::Clashed { id: kept, theirs, .. } = told else { unreachable!("{told:?}") };
        assert_eq!(theirs.draft.message.title, "hers");
        assert_eq!(open(&shop.db, kept).expect("kept").draft.message.title, "mine");
    }

    #[test]
    fn what_repeats_stays_a_draft_and_gets_one_schedule_for_the_number_that_was_confirmed() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(3, bark);
        let draft = Draft { cron: "0 9 * * 1 UTC".into(), ..titled("Weekly") };
        let id = begin(&mut shop.db, &draft);
        assert_eq!(release(&mut shop.db, id, 1, 4).1, Came::GateClosed { to_send: 3 });
        assert!(shop.db.all_recurring().expect("none").is_empty());
        let (version, came) = release(&mut shop.db, id, 1, 3);
        let Came::Repeats { to_send: 3, most: 49, at } = came else { unreachable!("{came:?}") };
        assert!(at > shop.db.now());
        assert_eq!(open(&shop.db, id).expect("still there").phase, Phase::Draft);
        // Confirmed again with another time: the new one takes the place of the old one.
        let daily = Draft { cron: "0 8 * * * UTC".into(), ..draft };
        let version = shop.db.save_draft(id, version, &daily).expect("saved");
        release(&mut shop.db, id, version, 3);
        let all = shop.db.all_recurring().expect("one");
        assert_eq!((all.len(), all[0].cron.as_str()), (1, "0 8 * * * UTC"));
        // What a schedule sends does not go away under it.
        answer(&mut shop.db, ComposeAsk::Discard(id), "ann").expect_err("it is used");
    }

    #[test]
    fn another_number_releases_nothing_and_the_draft_can_be_released_after_all() {
        let mut shop = Shop::new();
        let channel = shop.channel("b");
        shop.people(3, channel);
        let id = begin(&mut shop.db, &titled("t"));
        let (version, came) = release(&mut shop.db, id, 1, 2);
        assert_eq!(came, Came::GateClosed { to_send: 3 });
        let (_, came) = release(&mut shop.db, id, version, 3);
        assert!(matches!(came, Came::Held { to_send: 3, until: Some(_) }), "{came:?}");
    }

    #[test]
    fn a_plan_that_changed_since_the_review_is_not_released_and_says_what_it_was() {
        let mut shop = Shop::new();
        let channel = shop.channel("b");
        shop.people(3, channel);
        let draft = titled("t");
        let id = begin(&mut shop.db, &draft);
        let looked =
            |shop: &mut Shop| match answer(&mut shop.db, ComposeAsk::Plan(Box::new(draft.clone())), "ann") {
                Ok(ComposeTold::Planned { reach, plan }) => {
                    assert_eq!(reach.to_send(), plan.numbers.to_send(), "of one moment");
                    Expected { plan: plan.hash.into(), numbers: Some(plan.numbers) }
                }
                other => unreachable!("{other:?}"),
            };
        let send = |shop: &mut Shop, seen, expected| {
            let ask = ComposeAsk::Release { id, seen, number: 3, expected: Some(Box::new(expected)) };
            match answer(&mut shop.db, ask, "ann") {
                Ok(ComposeTold::Released { version, came, .. }) => (version, came),
                other => unreachable!("{other:?}"),
            }
        };
        let seen = looked(&mut shop);
        // One leaves and another comes: the number is the same.
        shop.db.remove_subscribers(&[SubscriberId(1)]).expect("removed");
        shop.person("new", 0, &[channel]);
        let (version, came) = send(&mut shop, 1, seen);
        let Came::Changed(difference) = came else { unreachable!("{came:?}") };
        assert_eq!(difference.parts, [PlanPart::People]);
        assert_eq!(open(&shop.db, id).expect("there").phase, Phase::Draft);
        let seen = looked(&mut shop);
        let (_, came) = send(&mut shop, version, seen);
        assert!(matches!(came, Came::Held { to_send: 3, .. }), "{came:?}");
    }

    #[test]
    fn the_end_of_an_old_window_never_cuts_a_new_one_short() {
        let mut shop = Shop::new();
        let channel = shop.channel("b");
        shop.people(1, channel);
        let id = begin(&mut shop.db, &titled("t"));
        let (_, Came::Held { until: Some(first), .. }) = release(&mut shop.db, id, 1, 1) else {
            unreachable!("it is held")
        };
        assert!(matches!(answer(&mut shop.db, ComposeAsk::Recall(id), "ann"), Ok(ComposeTold::Recalled(_))));
        shop.passes(5_000);
        let version = open(&shop.db, id).expect("a draft").version;
        let (_, Came::Held { until: Some(second), .. }) = release(&mut shop.db, id, version, 1) else {
            unreachable!("it is held again")
        };
        assert!(!let_go(&mut shop.db, id, first).expect("looked"));
        assert_eq!(open(&shop.db, id).expect("there").phase, Phase::Held);
        assert!(let_go(&mut shop.db, id, second).expect("looked"));
        assert_eq!(open(&shop.db, id).expect("there").phase, Phase::Sending);
    }

    #[test]
    fn a_window_that_was_opened_here_is_counted_down_in_every_section() {
        use crate::app::request::{Reply, Request};
        use crate::console::backend::outbox::{self, Rates};
        let mut shop = Shop::new();
        let channel = shop.channel("b");
        shop.people(1, channel);
        let id = begin(&mut shop.db, &titled("t"));
        let (_, Came::Held { until: Some(until), .. }) = release(&mut shop.db, id, 1, 1) else {
            unreachable!("it is held")
        };
        let mut ask = |request| outbox::answer(&mut shop.db, request, &mut Rates::default(), true);
        let Ok(Reply::Pulse(pulse)) = ask(Request::Pulse) else { unreachable!("a pulse") };
        assert_eq!(pulse.held, Some((id, until)));
        let Ok(Reply::Broadcast(Some(detail))) = ask(Request::Broadcast(id)) else {
            unreachable!("it is there")
        };
        assert!(!detail.row.orphaned, "its console is here");
    }

    #[test]
    fn a_test_reaches_one_person_on_every_chosen_channel_and_stays_out_of_the_lists() {
        let mut shop = Shop::new();
        let channels = [shop.channel("a"), shop.channel("b")];
        shop.people(5, channels[0]);
        let me = shop.person("me", 0, &channels);
        let draft = Draft { channels: channels.to_vec(), audience: "tag:none".into(), ..titled("t") };
        let told = answer(&mut shop.db, ComposeAsk::Test(Box::new(draft.clone())), "ann");
        assert!(matches!(told, Err(StoreError::Refused(_))), "{told:?}");
        answer(&mut shop.db, ComposeAsk::SetMe(format!("u{me}")), "ann").expect("named");
        let told = answer(&mut shop.db, ComposeAsk::Test(Box::new(draft)), "ann").expect("sent");
        let ComposeTold::Testing(id) = told else { unreachable!("{told:?}") };
        assert_eq!(shop.db.counts(id).expect("books").to_send(), 2);
        assert!(shop.db.broadcasts(None, &[], 10).expect("list").is_empty());
    }

    #[test]
    fn samples_are_real_recipients_in_a_ring() {
        let mut shop = Shop::new();
        let channel = shop.channel("a");
        shop.people(2, channel);
        let next = |from, step| sample(&shop.db, "", from, step).expect("asked").map(|person| person.id);
        let newest = next(None, Step::Stay);
        let older = next(newest, Step::Next);
        assert_ne!(newest, older);
        assert_eq!(next(older, Step::Next), newest);
        assert_eq!(next(older, Step::Previous), newest);
        assert_eq!(next(older, Step::Stay), older);
    }

    #[test]
    fn a_topic_that_is_not_there_is_named() {
        let mut shop = Shop::new();
        let aim = Aim { audience: "topic:opps".into(), ..Aim::default() };
        let told = answer(&mut shop.db, ComposeAsk::Reach(aim.clone()), "ann").expect("told");
        assert_eq!(told, ComposeTold::NoSuchName { what: "topic", name: "opps".into() });
        // Only there: what else is asked about the same audience finds nobody.
        let told = answer(&mut shop.db, ComposeAsk::Lacks(aim.clone(), vec!["x".into()]), "ann");
        assert!(matches!(told, Ok(ComposeTold::Lacks(lacks)) if lacks.is_empty()));
        let ask = ComposeAsk::Sample { audience: aim.audience.clone(), from: None, step: Step::Stay };
        assert!(matches!(answer(&mut shop.db, ask, "ann"), Ok(ComposeTold::Sample(None))));
        let told = answer(&mut shop.db, ComposeAsk::Longest(aim, Vec::new()), "ann");
        assert!(matches!(told, Ok(ComposeTold::Longest(_, found)) if found.is_empty()));
    }
}
