//! The section Topics against the real store. Topics are hundreds, so a page is cheap and counting exact.

use super::subscribers::{matching, unknown, ways};
use crate::app::request::topics::{Shown, TopicsAsk, TopicsTold};
use crate::app::rows::{Cursor, From, Page, PageAsk};
use crate::channels::catalog;
use crate::domain::filter::{Filter, Scope, Term, Test};
use crate::domain::id::TopicId;
use crate::store::broadcasts::BroadcastRow;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::topics::Topic;

/// How many members the detail pane shows.
const MEMBERS: usize = 50;
/// How many broadcasts are looked at for those that name a topic.
const LOOKED_AT: usize = 100;
/// How many of them are shown.
const BROADCASTS: usize = 5;
/// Up to so many members their channels are counted.
const COUNTED: i64 = 20_000;

/// Answers one question, or carries out one order.
pub fn answer(db: &mut Db, ask: TopicsAsk) -> Result<TopicsTold, StoreError> {
    use TopicsAsk as Ask;
    use TopicsTold as Told;
    Ok(match ask {
        Ask::Page(ask) => match page(db, &ask) {
            Ok(page) => Told::Page(page),
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
        Ask::Count(filter) => match parsed(&filter).and_then(|filter| db.count_topics(&filter)) {
            Ok(count) => Told::Counted { count, all: db.count_topics(&Filter::everything(Scope::Topics))? },
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
        Ask::Topic(id) => Told::Topic(shown(db, id)?.map(Box::new)),
        Ask::Form(id) => {
            let topic = id.map(|id| db.topic(id)).transpose()?.map(Box::new);
            let mut ways = ways(db)?;
            // Lists on the provider's side: where the kind knows them, and where one stands that has to go.
            ways.retain(|way| {
                let has = |topic: &Topic| topic.remotes.iter().any(|remote| remote.channel == way.id);
                topic.as_deref().is_some_and(has)
                    || catalog::kind(&way.kind).is_some_and(|kind| kind.spec().remotes_per_call > 0)
            });
            Told::Form(topic, ways)
        }
        Ask::Add(new) => Told::Saved { id: db.add_topic(&new)?, name: new.name, new: true },
        Ask::Save { id, version, edit } => match db.edit_topic(id, version, &edit) {
            Ok(_) => Told::Saved { id, name: db.topic(id)?.name, new: false },
            Err(StoreError::Conflict { .. }) => Told::Lost(Box::new(db.topic(id)?)),
            Err(error) => return Err(error),
        },
        Ask::Remove(id, people) => {
            let topic = db.topic(id)?;
            if topic.people > people {
                return Ok(Told::Grown { before: people, now: topic.people });
            }
            db.remove_topic(id)?;
            Told::Removed(id, topic.name)
        }
        Ask::Restore(id) => {
            db.restore_topic(id)?;
            Told::Restored(id, db.topic(id)?.name)
        }
        Ask::Weigh(filter) => match matching(db, &filter, &[]) {
            Ok(meant) => Told::Weighed(meant),
            Err(error) => Told::Unknown(unknown(db, error)?),
        },
    })
}

fn parsed(filter: &str) -> Result<Filter, StoreError> {
    Filter::parse(filter, Scope::Topics).map_err(|error| StoreError::Refused(error.to_string()))
}

fn page(db: &Db, ask: &PageAsk) -> Result<Page<Topic>, StoreError> {
    let filter = parsed(&ask.filter)?;
    let place = |cursor: &Cursor| {
        cursor
            .0
            .parse::<TopicId>()
            .map_err(|_| StoreError::NotFound { what: "place in the list", id: cursor.0.clone() })
    };
    let limit = ask.limit;
    let (mut rows, above, below) = match &ask.from {
        From::Start => rows_after(db, &filter, None, limit)?,
        From::After(at) => rows_after(db, &filter, Some(place(at)?), limit)?,
        From::At(at) => rows_after(db, &filter, Some(TopicId(place(at)?.0 + 1)), limit)?,
        From::Before(at) => rows_until(db, &filter, Some(place(at)?), limit)?,
        From::End => rows_until(db, &filter, None, limit)?,
    };
    let above = above && !rows.is_empty();
    rows.truncate(limit);
    let cursor = |topic: &Topic| Cursor(topic.id.to_string());
    let prev = rows.first().filter(|_| above).map(cursor);
    let next = rows.last().filter(|_| below).map(cursor);
    Ok(Page { rows, prev, next, total: None })
}

type Rows = (Vec<Topic>, bool, bool);

fn rows_after(db: &Db, filter: &Filter, before: Option<TopicId>, limit: usize) -> Result<Rows, StoreError> {
    let rows = db.topics(filter, before, limit + 1)?;
    let below = rows.len() > limit;
    let above = match (before, rows.first()) {
        (Some(_), Some(first)) => db.topics(filter, None, 1)?.first().is_some_and(|top| top.id != first.id),
        _ => false,
    };
    Ok((rows, above, below))
}

/// The rows that end before `until`. All of them are read: there are never many topics.
fn rows_until(db: &Db, filter: &Filter, until: Option<TopicId>, limit: usize) -> Result<Rows, StoreError> {
    let mut rows = db.topics(filter, None, i32::MAX as usize)?;
    let below = until.is_some();
    rows.retain(|topic| until.is_none_or(|until| topic.id > until));
    let above = rows.len() > limit;
    rows.drain(..rows.len().saturating_sub(limit));
    Ok((rows, above, below))
}

fn shown(db: &Db, id: TopicId) -> Result<Option<Shown>, StoreError> {
    let topic = match db.topic(id) {
        Ok(topic) if topic.removed.is_none() => topic,
        Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let people = of_topic(&topic.name);
    let members = db.people(&people, None, MEMBERS)?;
    let channels = db.channels()?;
    let mut reach = Vec::new();
    if topic.people <= COUNTED {
        let ids: Vec<_> = channels.iter().map(|channel| channel.id).collect();
        let counted = db.audience_count(&people, &ids, true)?;
        for (id, count) in counted.channels.into_iter().filter(|(_, count)| *count > 0) {
            let name = channels.iter().find(|channel| channel.id == id).map(|channel| channel.name.clone());
            reach.push((name.unwrap_or_default(), count));
        }
    }
    let broadcasts = broadcasts(db, &topic)?;
    Ok(Some(Shown { topic, members, reach, broadcasts }))
}

fn of_topic(name: &str) -> Filter {
    let test = Test::Topic(vec![name.to_owned()]);
    Filter { scope: Scope::People, terms: vec![Term { negated: false, test }] }
}

/// The newest broadcasts that name a topic, or its id, as somebody to send to.
fn broadcasts(db: &Db, topic: &Topic) -> Result<Vec<BroadcastRow>, StoreError> {
    let names = |row: &BroadcastRow| {
        let Ok(filter) = Filter::parse(&row.audience_filter, Scope::People) else { return false };
        filter.terms.iter().any(|term| match &term.test {
            Test::Topic(named) if !term.negated => named
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&topic.name) || name.parse() == Ok(topic.id)),
            _ => false,
        })
    };
    let rows = db.broadcasts(None, &[], LOOKED_AT)?;
    Ok(rows.into_iter().filter(names).take(BROADCASTS).collect())
}
