//! The section Subscribers against the real store: short questions, and orders step by step.
//!
//! A running import lives here between its steps, because its file is open. Texts leave as the store has
//! them; whoever draws them scrubs.

mod import;
mod work;

use std::sync::{Arc, Mutex};

use crate::app::request::subscribers::{
    Around, Known, Marked, Meant, SubscribersAsk, SubscribersTold, Way, Whom, both,
};
use crate::app::rows::{Cursor, From, Page, PageAsk};
use crate::app::table::filter::Mistake;
use crate::app::table::marking::{Held, HeldAsk};
use crate::domain::filter::{Filter, Scope, Term, Test};
use crate::domain::id::SubscriberId;
use crate::domain::nearest::nearest;
use crate::domain::safe_text::{Cap, scrub};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::import::Import;
use crate::store::page::PersonRow;
use crate::store::pick::Pick;
use crate::store::topics::NewTopic;

/// How many deliveries a person is shown with.
const DELIVERIES: usize = 20;
/// How many ids go into one question about marks.
const IDS: usize = 500;

/// The import that runs, if one does. Cloned into every call; there is one per console.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Option<Import>>>);

/// Answers one question, or takes one step of an order.
pub fn answer(db: &mut Db, running: &Running, ask: SubscribersAsk) -> Result<SubscribersTold, StoreError> {
    use SubscribersAsk as Ask;
    use SubscribersTold as Told;
    Ok(match ask {
        Ask::Page(ask) => match page(db, &ask) {
            Ok(page) => Told::Page(page),
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
        Ask::Count(filter) => match parsed(&filter).and_then(|filter| db.count_people(&filter)) {
            Ok(counted) => {
                let all = db.count_people(&Filter::everything(Scope::People))?.n;
                Told::Counted { count: counted.n, exact: counted.exact, all }
            }
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
        Ask::Person(id) => Told::Person(known(db, id)?.map(Box::new)),
        Ask::Weigh(marked) => weigh(db, &marked)?,
        Ask::Held(ask) => Told::Held(held(db, ask)?),
        Ask::Topics => {
            let topics = db.topics(&Filter::everything(Scope::Topics), None, 1_000)?;
            Told::Topics(topics.into_iter().map(|topic| (topic.id, topic.name, topic.people)).collect())
        }
        Ask::NewTopic(name) => {
            let id = db.add_topic(&NewTopic { name: name.clone(), ..NewTopic::default() })?;
            Told::TopicMade(id, name)
        }
        Ask::Tags => Told::Tags(db.tags()?.into_iter().map(|tag| (tag.name, tag.people)).collect()),
        Ask::Form(id) => {
            let person = id.map(|id| db.subscriber(id)).transpose()?.map(Box::new);
            Told::Form(person, around(db)?)
        }
        Ask::Add(new) => {
            let added = db.add_subscriber(&new)?;
            let warnings = named(db, added.warnings)?;
            Told::Saved { id: added.id, name: new.name, warnings, new: true }
        }
        Ask::Save { id, version, edit, addresses } => {
            match db.save_subscriber(id, version, &edit, &addresses) {
                Ok(warnings) => {
                    let name = db.person_row(id)?.name;
                    Told::Saved { id, name, warnings: named(db, warnings)?, new: false }
                }
                Err(StoreError::Conflict { .. }) => Told::Lost(Box::new(db.subscriber(id)?)),
                Err(error) => return Err(error),
            }
        }
        Ask::Go(job) => work::step(db, job)?,
        Ask::SetMe(id) => {
            db.set_me(id)?;
            Told::Me(id)
        }
        Ask::ImportOpen { path, write } => import::open(db, running, &path, write)?,
        Ask::ImportStep => import::step(db, running)?,
        Ask::ImportStop => import::stop(db, running)?,
    })
}

/// A filter that the screen has read already; a mistake here is ours.
fn parsed(filter: &str) -> Result<Filter, StoreError> {
    Filter::parse(filter, Scope::People).map_err(|error| StoreError::Refused(error.to_string()))
}

/// A name in a filter that nothing has, as a fact; any other error stays one.
pub(super) fn unknown(db: &Db, error: StoreError) -> Result<Mistake, StoreError> {
    let StoreError::NotFound { what: what @ ("topic" | "channel"), id: name } = error else {
        return Err(error);
    };
    let near = if what == "topic" {
        db.nearest_topic(&name)?
    } else {
        let channels = db.channels()?;
        nearest(&name, channels.iter().map(|channel| channel.name.as_str())).map(str::to_owned)
    };
    Ok(Mistake::Unknown { what, name, nearest: near })
}

fn cursor(row: &PersonRow) -> Cursor {
    Cursor(row.id.to_string())
}

/// The place that a cursor of ours means.
fn place(cursor: &Cursor) -> Result<SubscriberId, StoreError> {
    cursor.0.parse().map_err(|_| StoreError::NotFound { what: "place in the list", id: cursor.0.clone() })
}

fn page(db: &Db, ask: &PageAsk) -> Result<Page<PersonRow>, StoreError> {
    let filter = parsed(&ask.filter)?;
    // One row more tells whether there are more.
    let limit = ask.limit + 1;
    let (mut rows, upwards) = match &ask.from {
        From::Start => (db.people(&filter, None, limit)?, false),
        From::After(at) => (db.people(&filter, Some(place(at)?), limit)?, false),
        From::At(at) => (db.people(&filter, Some(SubscriberId(place(at)?.0 + 1)), limit)?, false),
        From::Before(at) => (db.people_before(&filter, place(at)?, limit)?, true),
        From::End => (db.people_before(&filter, SubscriberId(0), limit)?, true),
    };
    let more = rows.len() > ask.limit;
    if upwards && more {
        rows.remove(0);
    }
    rows.truncate(ask.limit);
    let above = match (&ask.from, rows.first()) {
        (From::Start, _) | (_, None) => false,
        (From::After(_), _) => true,
        (From::Before(_) | From::End, _) => more,
        (From::At(_), Some(first)) => !db.people_before(&filter, first.id, 1)?.is_empty(),
    };
    let below = match &ask.from {
        From::Start | From::After(_) | From::At(_) => more,
        From::Before(_) => true,
        From::End => false,
    };
    let prev = rows.first().filter(|_| above).map(cursor);
    let next = rows.last().filter(|_| below).map(cursor);
    Ok(Page { rows, prev, next, total: None })
}

fn known(db: &Db, id: SubscriberId) -> Result<Option<Known>, StoreError> {
    let person = match db.subscriber(id) {
        Ok(person) if person.removed.is_none() => person,
        Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut pick = Pick::exactly(&[]);
    pick.subscribers.push(id);
    let deliveries = db.deliveries(&pick, None, DELIVERIES)?;
    let me = db.me()? == Some(id);
    Ok(Some(Known { person, deliveries, me }))
}

fn around(db: &Db) -> Result<Around, StoreError> {
    let topics = db.topics(&Filter::everything(Scope::Topics), None, 1_000)?;
    Ok(Around { ways: ways(db)?, topics: topics.into_iter().map(|topic| topic.name).collect() })
}

/// Channels in use, in the order in which they were made.
pub(super) fn ways(db: &Db) -> Result<Vec<Way>, StoreError> {
    let way = |channel: crate::store::channels::Channel| Way {
        id: channel.id,
        name: scrub(&channel.name, Cap::List).into_owned(),
        kind: channel.kind,
    };
    Ok(db.channels()?.into_iter().map(way).collect())
}

type Warned<K> = Vec<(K, crate::channels::kind::AddressWarning)>;

fn named(db: &Db, warnings: Warned<crate::domain::id::ChannelId>) -> Result<Warned<String>, StoreError> {
    warnings.into_iter().map(|(channel, warning)| Ok((db.channel(channel)?.name, warning))).collect()
}

/// Those of `ids` who are there and match `filter`, in the order of the list.
fn among(db: &Db, filter: &Filter, ids: &[SubscriberId]) -> Result<Vec<SubscriberId>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(IDS) {
        let mut narrowed = filter.clone();
        narrowed.terms.push(Term { negated: false, test: Test::Person(chunk.to_vec()) });
        found.extend(db.people_ids(&narrowed, None, chunk.len())?);
    }
    Ok(found)
}

fn these(ids: Vec<SubscriberId>) -> Meant {
    Meant { count: ids.len() as i64, whom: Whom::These(ids.into()) }
}

fn weigh(db: &Db, marked: &Marked) -> Result<SubscribersTold, StoreError> {
    Ok(match marked {
        Marked::These { ids, filter } => {
            let everybody = Filter::everything(Scope::People);
            let all = these(among(db, &everybody, ids)?);
            let filter = parsed(filter)?;
            let visible = if filter.is_everything() { None } else { Some(these(among(db, &filter, ids)?)) };
            let visible = visible.filter(|visible| visible.count < all.count);
            SubscribersTold::Weighed { all, visible }
        }
        Marked::Matching { filter, except, shown } => {
            let all = matching(db, filter, except)?;
            let visible = if shown == filter || shown.is_empty() {
                None
            } else {
                Some(matching(db, &both(filter, shown), except)?)
            };
            let visible = visible.filter(|visible| visible.count < all.count);
            SubscribersTold::Weighed { all, visible }
        }
    })
}

/// What a query of marks holds of the rows that another filter shows.
fn held(db: &Db, ask: HeldAsk<SubscriberId>) -> Result<Held<SubscriberId>, StoreError> {
    let rows = among(db, &parsed(&ask.filter)?, &ask.rows)?;
    let all = matching(db, &ask.filter, &ask.except)?.count;
    let visible = matching(db, &both(&ask.filter, &ask.shown), &ask.except)?.count;
    Ok(Held { rows, all, visible, shown: ask.shown })
}

/// Everybody under a filter, counted exactly now.
pub(super) fn matching(db: &Db, filter: &str, except: &[SubscriberId]) -> Result<Meant, StoreError> {
    let filter = db.pin(&parsed(filter)?)?;
    let newest = db.people_ids(&filter, None, 1)?.first().copied().unwrap_or(SubscriberId(0));
    let left_out = among(db, &filter, except)?.len() as i64;
    let count = db.audience_size(&filter)? - left_out;
    Ok(Meant { whom: Whom::Matching { filter, except: except.into(), newest }, count })
}

#[cfg(test)]
mod tests;
