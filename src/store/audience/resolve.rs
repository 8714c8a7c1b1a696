//! Looks up the names in a filter, settles its moments, and guesses how much each term will find.

use super::{
    BTreeMap, Connection, Db, Doing, Edge, Filter, Millis, Needle, OptionalExtension, Part, Resolution,
    Resolved, Scope, StoreError, SubscriberId, Term, Test, Value, When, named_params, params_from_iter,
};
use crate::domain::filter::Field;
use crate::domain::nearest::nearest;
use crate::store::denial::Denial;

/// How far an index is read to guess how much it will find.
const LOOK: i64 = 10_000;

/// The guess for what has more than that.
const MANY: i64 = 100_000;

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
    // With one set there is nothing to choose between.
    let sets = parts.iter().filter(|one| one.part.arms("id").is_some()).count();
    if sets > 1 {
        for one in &mut parts {
            guess(conn, one)?;
        }
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
        Test::Text { text, owners } => names(std::slice::from_ref(text), owners),
        Test::Name(texts) => names(texts, &[]),
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
            (Part::States(codes), MANY)
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
            return Err(Denial::OtherList("people").into());
        }
    })
}

/// The instant that a moment of a filter means, in the zone of this machine.
pub(in crate::store) fn settle(when: When, now: Millis, edge: Edge) -> Millis {
    when.settle(now, &jiff::tz::TimeZone::system(), edge)
}

fn names(texts: &[String], owners: &[SubscriberId]) -> (Part, i64) {
    let needles = texts.iter().map(|text| Needle::new(text)).collect();
    (Part::Names(needles, owners.iter().map(|id| id.0).collect()), MANY)
}

/// Guesses how much a set will find, where no number is kept.
fn guess(conn: &Connection, one: &mut Resolution) -> Result<(), StoreError> {
    let count = |sql: String, values: Vec<Value>| -> Result<i64, StoreError> {
        let counted: i64 = conn
            .prepare_cached(&format!("SELECT count(*) FROM ({sql} LIMIT {LOOK})"))
            .and_then(|mut count| count.query_row(params_from_iter(values), |row| row.get(0)))
            .doing("guessing how many people pass a filter")?;
        Ok(if counted < LOOK { counted } else { MANY })
    };
    match &one.part {
        Part::Names(needles, owners) => {
            one.estimate = owners.len() as i64;
            for needle in needles {
                let wanted = needle.as_match();
                let sql = format!("SELECT 1 FROM {0} WHERE {0} MATCH ?", wanted.index);
                one.estimate += count(sql, vec![wanted.expression.into()])?;
            }
        }
        Part::States(codes) if one.part.arms("id").is_some() => {
            let sql = format!(
                "SELECT 1 FROM subscriber WHERE state IN ({}) AND state <> 0",
                super::holes(codes.len())
            );
            one.estimate = count(sql, super::integers(codes).collect())?;
        }
        _ => {}
    }
    Ok(())
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
