//! Looks up the names in a filter, settles its moments, and guesses how much each term will find.

use super::{
    BTreeMap, Connection, Db, Doing, Edge, Filter, Millis, Needle, OptionalExtension, Part, Resolution,
    Resolved, Scope, StoreError, SubscriberId, Term, Test, Value, When, named_params, params_from_iter,
};
use crate::domain::filter::Field;
use crate::domain::nearest::nearest;
use crate::domain::subscriber::SubscriberState;

/// How far an index of texts is read to guess how many names hold a text.
const LOOK: i64 = 20_000;

/// A tag that no one has. It is not an error (`-tag:muted` is right before anyone is muted), but worth
/// a word, because a misspelt one leaves nobody out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The field.
    pub field: Field,
    /// As typed.
    pub name: String,
    /// What may have been meant.
    pub nearest: Option<String>,
}

pub(in crate::store) fn resolve(
    conn: &Connection,
    filter: &Filter,
    now: Millis,
) -> Result<Resolved, StoreError> {
    debug_assert_eq!(filter.scope, Scope::People, "only filters over people find people");
    let mut parts = Vec::with_capacity(filter.terms.len());
    for Term { negated, test } in &filter.terms {
        let (part, estimate) = part(conn, test, now)?;
        parts.push(Resolution { negated: *negated, part, estimate });
    }
    Ok(Resolved { parts, importing: importing(conn)? })
}

fn importing(conn: &Connection) -> Result<Vec<(i64, i64)>, StoreError> {
    conn.prepare_cached("SELECT id_from, id_to FROM import WHERE state = 'running'")
        .and_then(|mut read| read.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .doing("looking for a running import")
}

fn part(conn: &Connection, test: &Test, now: Millis) -> Result<(Part, i64), StoreError> {
    Ok(match test {
        Test::Text { text, owners } => names(conn, std::slice::from_ref(text), owners)?,
        Test::Name(texts) => names(conn, texts, &[])?,
        Test::Topic(names) => {
            let found = look_up(conn, names, TOPIC)?;
            (Part::Topics(found.ids), found.people)
        }
        Test::Tag(names) => {
            let mut ids = Vec::new();
            let mut people = 0;
            for name in names {
                if let Some((id, n)) = tag(conn, name)? {
                    ids.push(id);
                    people += n;
                }
            }
            (Part::Tags(ids), people)
        }
        Test::Channel(names) => {
            let found = look_up(conn, names, CHANNEL)?;
            (Part::Channels(found.ids), found.people)
        }
        Test::Person(ids) => {
            let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let n = ids.len() as i64;
            (Part::Ids(ids), n)
        }
        Test::PersonState(states) => {
            let codes: Vec<i64> = states.iter().map(|state| state.code()).collect();
            let n = if codes.contains(&SubscriberState::Active.code()) {
                i64::MAX
            } else {
                in_states(conn, &codes)?
            };
            (Part::States(codes), n)
        }
        Test::Since(when) => (Part::Since(settle(*when, now, Edge::Begin)), i64::MAX),
        Test::Until(when) => (Part::Until(settle(*when, now, Edge::End)), i64::MAX),
        Test::Has(things) => (Part::Has(things.clone()), i64::MAX),
        Test::Lang(langs) => (Part::Lang(langs.clone()), i64::MAX),
        Test::TopicId(_)
        | Test::Broadcast(_)
        | Test::Delivery(_)
        | Test::DeliveryState(_)
        | Test::BroadcastState(_)
        | Test::Class(_)
        | Test::Error(_)
        | Test::Count(_) => {
            return Err(StoreError::Refused("this filter is not about people".to_owned()));
        }
    })
}

/// The instant that a moment of a filter means, in the zone of this machine.
pub(in crate::store) fn settle(when: When, now: Millis, edge: Edge) -> Millis {
    when.settle(now, &jiff::tz::TimeZone::system(), edge)
}

fn names(conn: &Connection, texts: &[String], owners: &[SubscriberId]) -> Result<(Part, i64), StoreError> {
    let needles: Vec<Needle> = texts.iter().map(|text| Needle::new(text)).collect();
    let owners: Vec<i64> = owners.iter().map(|id| id.0).collect();
    let mut n = owners.len() as i64;
    for needle in &needles {
        let wanted = needle.as_match();
        let sql =
            format!("SELECT count(*) FROM (SELECT 1 FROM {0} WHERE {0} MATCH ? LIMIT {LOOK})", wanted.index);
        n += conn
            .prepare_cached(&sql)
            .and_then(|mut count| count.query_row([wanted.expression], |row| row.get::<_, i64>(0)))
            .doing("guessing how many names hold a text")?;
    }
    Ok((Part::Names(needles, owners), n))
}

fn in_states(conn: &Connection, codes: &[i64]) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM subscriber WHERE state IN ({}) AND state <> 0 LIMIT {LOOK})",
        super::holes(codes.len())
    );
    conn.prepare_cached(&sql)
        .and_then(|mut count| count.query_row(params_from_iter(super::integers(codes)), |row| row.get(0)))
        .doing("guessing how many people are in a state")
}

struct Found {
    ids: Vec<i64>,
    people: i64,
}

/// What a name is looked up in.
#[derive(Clone, Copy)]
struct Named {
    what: &'static str,
    prefix: char,
    by_name: &'static str,
    by_id: &'static str,
}

const TOPIC: Named = Named {
    what: "topic",
    prefix: 't',
    by_name: "SELECT id, people FROM topic WHERE name = :key COLLATE NOCASE AND removed_ms IS NULL",
    by_id: "SELECT id, people FROM topic WHERE id = :key AND removed_ms IS NULL",
};

/// Of channels, a kind's name stands for all of them.
const CHANNEL: Named = Named {
    what: "channel",
    prefix: 'c',
    by_name: "SELECT id, addresses FROM channel WHERE removed_ms IS NULL AND name = :key COLLATE NOCASE
              UNION ALL
              SELECT id, addresses FROM channel WHERE removed_ms IS NULL AND kind = :key
                 AND NOT EXISTS (SELECT 1 FROM channel WHERE removed_ms IS NULL AND name = :key COLLATE NOCASE)",
    by_id: "SELECT id, addresses FROM channel WHERE id = :key AND removed_ms IS NULL",
};

fn look_up(conn: &Connection, names: &[String], named: Named) -> Result<Found, StoreError> {
    let mut found = BTreeMap::new();
    for name in names {
        let mut rows = read_pairs(conn, named.by_name, &Value::from(name.clone()))?;
        if rows.is_empty()
            && let Some(id) = id_of(name, named.prefix)
        {
            rows = read_pairs(conn, named.by_id, &Value::from(id))?;
        }
        if rows.is_empty() {
            return Err(StoreError::NotFound { what: named.what, id: name.clone() });
        }
        found.extend(rows);
    }
    Ok(Found { people: found.values().sum(), ids: found.into_keys().collect() })
}

fn read_pairs(conn: &Connection, sql: &'static str, key: &Value) -> Result<Vec<(i64, i64)>, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut read| {
            read.query_map(named_params! { ":key": key }, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .doing("looking up a name of a filter")
}

/// The number in `t18`, `#t18` or `18`.
fn id_of(text: &str, prefix: char) -> Option<i64> {
    let bare = text.trim().trim_start_matches('#');
    bare.strip_prefix(prefix).unwrap_or(bare).parse().ok().filter(|id| *id > 0)
}

fn tag(conn: &Connection, name: &str) -> Result<Option<(i64, i64)>, StoreError> {
    conn.prepare_cached("SELECT id, people FROM tag WHERE name = :name")
        .and_then(|mut read| {
            read.query_row(named_params! { ":name": name }, |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .doing("looking up a tag")
}

impl Db {
    /// Pins what changes by itself: moments become instants of the store's clock, and a text that is
    /// somebody's whole address also stands for that person.
    pub fn pin(&self, filter: &Filter) -> Result<Filter, StoreError> {
        let now = self.now();
        let mut pinned = filter.clone();
        for Term { test, .. } in &mut pinned.terms {
            match test {
                Test::Since(when) => *when = When::At(settle(*when, now, Edge::Begin)),
                Test::Until(when) => *when = When::At(settle(*when, now, Edge::End)),
                Test::Text { text, owners } if filter.scope == Scope::People => {
                    *owners = self.owners_of(text)?;
                }
                _ => {}
            }
        }
        Ok(pinned)
    }

    /// Tags in a filter that nobody has.
    pub fn unknown_tags(&self, filter: &Filter) -> Result<Vec<UnknownName>, StoreError> {
        let mut unknown = Vec::new();
        for Term { test, .. } in &filter.terms {
            let Test::Tag(names) = test else { continue };
            for name in names {
                if tag(&self.conn, name)?.is_none() {
                    let known: Vec<String> = self
                        .conn
                        .prepare_cached("SELECT name FROM tag ORDER BY people DESC LIMIT 1000")
                        .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
                        .doing("looking for a tag of a similar name")?;
                    unknown.push(UnknownName {
                        field: Field::Tag,
                        name: name.clone(),
                        nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
                    });
                }
            }
        }
        Ok(unknown)
    }
}
