//! Filters over people as SQL: pages, counts, and the audience of a broadcast.
//!
//! Every term is either a *set* that an index gives in the order of ids (a topic, a tag, a channel, a
//! text) or a *question* about one row. Audiences join sets with UNION, INTERSECT and EXCEPT, which
//! SQLite merges in order; a plain JOIN over memberships is thirty times slower. Pages walk the
//! smallest set from the newest person on and ask the other terms about each.
//! Removed people and those of a running import are never in any of them.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, named_params, params_from_iter};
use serde::Serialize;

use super::db::{Db, wall_clock};
use super::error::{Doing, StoreError};
use super::search::Needle;
use crate::domain::delivery::SkipReason;
use crate::domain::filter::time::Edge;
use crate::domain::filter::{Filter, Has, Scope, Term, Test, When};
use crate::domain::id::{ChannelId, SubscriberId};
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;

mod count;
pub(super) mod resolve;

pub use count::{Breakdown, Count};
pub use resolve::UnknownName;
pub(super) use resolve::settle;

/// A piece of SQL with its values in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql {
    pub text: String,
    pub values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    pub(super) fn with(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.into(), values: values.into_iter().collect() }
    }

    pub(super) fn push(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
    }

    pub(super) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

/// One set that an index gives in the order of ids.
struct Arm {
    sql: Sql,
    /// The id in it, for further conditions.
    column: &'static str,
}

/// `?, ?, ?`
fn holes(n: usize) -> String {
    vec!["?"; n].join(", ")
}

fn integers(ids: &[i64]) -> impl Iterator<Item = Value> + '_ {
    ids.iter().map(|id| Value::from(*id))
}

/// One term with its names looked up.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Topics(Vec<i64>),
    Tags(Vec<i64>),
    Channels(Vec<i64>),
    /// A name with one of these texts in it, or one of these people.
    Names(Vec<Needle>, Vec<i64>),
    Ids(Vec<i64>),
    States(Vec<i64>),
    Since(Millis),
    Until(Millis),
    Has(Vec<Has>),
    Lang(Vec<String>),
}

impl Part {
    /// The sets whose union it is, each in the order of ids, if indexes give any.
    fn arms(&self, name: &str) -> Option<Vec<Arm>> {
        let each = |ids: &[i64], distinct: &str, column: &'static str, from: &str| -> Vec<Arm> {
            let sql = format!("SELECT {distinct} {column} AS {name} {from}");
            ids.iter().map(|id| Arm { sql: Sql::with(sql.clone(), [Value::from(*id)]), column }).collect()
        };
        Some(match self {
            Self::Topics(ids) => each(ids, "", "m.subscriber", "FROM topic_member m WHERE m.topic = ?"),
            Self::Tags(ids) => each(ids, "", "m.subscriber", "FROM subscriber_tag m WHERE m.tag = ?"),
            Self::Channels(ids) => {
                each(ids, "DISTINCT", "m.subscriber", "FROM address m WHERE m.channel = ?")
            }
            Self::Names(needles, owners) => {
                let matches = needles.iter().map(|needle| {
                    let wanted = needle.as_match();
                    let sql =
                        format!("SELECT m.rowid AS {name} FROM {0} m WHERE m.{0} MATCH ?", wanted.index);
                    Arm { sql: Sql::with(sql, [Value::from(wanted.expression)]), column: "m.rowid" }
                });
                matches.chain(each(owners, "", "m.id", "FROM subscriber m WHERE m.id = ?")).collect()
            }
            Self::Ids(ids) => each(ids, "", "m.id", "FROM subscriber m WHERE m.id = ?"),
            Self::States(states) if !states.contains(&SubscriberState::Active.code()) => {
                each(states, "", "m.id", "FROM subscriber m WHERE m.state = ? AND m.state <> 0")
            }
            Self::States(_) | Self::Since(_) | Self::Until(_) | Self::Has(_) | Self::Lang(_) => return None,
        })
    }

    /// Whether it holds for the person `id` (a column).
    fn question(&self, id: &str) -> Sql {
        let of_row = |what: &str| format!("(SELECT {what} FROM subscriber s WHERE s.id = {id})");
        match self {
            Self::Topics(ids) => Sql::with(
                format!(
                    "EXISTS (SELECT 1 FROM topic_member q WHERE q.topic IN ({}) AND q.subscriber = {id})",
                    holes(ids.len())
                ),
                integers(ids),
            ),
            Self::Tags(ids) => Sql::with(
                format!(
                    "EXISTS (SELECT 1 FROM subscriber_tag q WHERE q.tag IN ({}) AND q.subscriber = {id})",
                    holes(ids.len())
                ),
                integers(ids),
            ),
            Self::Channels(ids) => Sql::with(
                format!(
                    "EXISTS (SELECT 1 FROM address q WHERE q.subscriber = {id} AND q.channel IN ({}))",
                    holes(ids.len())
                ),
                integers(ids),
            ),
            Self::Names(needles, owners) => {
                let mut texts: Vec<&str> = needles.iter().map(|_| "holds(s.name, ?)").collect();
                texts.push("0");
                let values = needles.iter().map(|needle| Value::from(needle.folded.clone()));
                Sql::with(
                    format!("({} OR {id} IN ({}))", of_row(&texts.join(" OR ")), holes(owners.len())),
                    values.chain(integers(owners)),
                )
            }
            Self::Ids(ids) => Sql::with(format!("{id} IN ({})", holes(ids.len())), integers(ids)),
            Self::States(states) => {
                Sql::with(format!("{} IN ({})", of_row("s.state"), holes(states.len())), integers(states))
            }
            Self::Since(at) => Sql::with(format!("{} >= ?", of_row("s.created_ms")), [at.0.into()]),
            Self::Until(at) => Sql::with(format!("{} <= ?", of_row("s.created_ms")), [at.0.into()]),
            Self::Has(things) => {
                let each: Vec<String> = things.iter().map(|thing| has(*thing, id)).collect();
                Sql::new(format!("({})", each.join(" OR ")))
            }
            Self::Lang(langs) => {
                let one = "s.lang LIKE ? OR s.lang LIKE ? || '-%'";
                let values =
                    langs.iter().flat_map(|lang| [Value::from(lang.clone()), Value::from(lang.clone())]);
                let any = vec![one; langs.len()].join(" OR ");
                Sql::with(format!("coalesce({}, 0)", of_row(&any)), values)
            }
        }
    }
}

fn has(thing: Has, id: &str) -> String {
    match thing {
        Has::Note => format!("(SELECT s.note <> '' FROM subscriber s WHERE s.id = {id})"),
        Has::Lang => format!("(SELECT s.lang IS NOT NULL FROM subscriber s WHERE s.id = {id})"),
        Has::Address => format!("EXISTS (SELECT 1 FROM address q WHERE q.subscriber = {id} AND q.state = 0)"),
        Has::Topic => format!("EXISTS (SELECT 1 FROM topic_member q WHERE q.subscriber = {id})"),
        Has::Tag => format!("EXISTS (SELECT 1 FROM subscriber_tag q WHERE q.subscriber = {id})"),
        Has::Var => format!("EXISTS (SELECT 1 FROM subscriber_var q WHERE q.subscriber = {id})"),
        // Not about people; the reader of filters refuses them here.
        Has::Remote | Has::Error => "0".to_owned(),
    }
}

/// A filter with every name looked up, ready to become SQL.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// The terms, with what each is expected to find.
    parts: Vec<Resolution>,
    /// Ids of people that a running import has not shown yet.
    importing: Vec<(i64, i64)>,
}

#[derive(Debug, Clone)]
pub(super) struct Resolution {
    negated: bool,
    part: Part,
    estimate: i64,
}

/// A set is worth merging up to so many times the size of the set that leads; asking about each row
/// costs about as much as reading eight.
const MERGE: i64 = 8;

impl Resolved {
    /// The set that leads: the smallest of those that must hold.
    fn leader(&self) -> Option<usize> {
        let sets =
            self.parts.iter().enumerate().filter(|(_, one)| !one.negated && one.part.arms("id").is_some());
        sets.min_by_key(|(_, one)| one.estimate).map(|(index, _)| index)
    }

    /// Everybody who passes: `SELECT … AS subscriber`, in the order of ids.
    pub(super) fn audience(&self) -> Sql {
        let leader = self.leader();
        if self.parts.is_empty() {
            let mut questions = vec![not_removed("m.id")];
            questions.extend(self.shown("m.id"));
            let mut sql = Sql::new("SELECT m.id AS subscriber FROM subscriber m WHERE ");
            sql.push(all_of(questions));
            sql.push_text(" ORDER BY 1");
            return sql;
        }
        let mut sets = match leader {
            Some(index) => union(sets_of(self.parts[index].part.arms("subscriber").unwrap_or_default())),
            None => Sql::new("SELECT m.id AS subscriber FROM subscriber m"),
        };
        let size = leader.map_or(i64::MAX / MERGE, |index| self.parts[index].estimate.max(1));
        let mut questions = Vec::new();
        for (index, one) in self.parts.iter().enumerate() {
            if Some(index) == leader {
                continue;
            }
            match one.part.arms("subscriber").filter(|_| one.estimate <= size.saturating_mul(MERGE)) {
                Some(arms) if one.negated => {
                    for arm in arms {
                        sets.push_text(" EXCEPT ");
                        sets.push(arm.sql);
                    }
                }
                Some(arms) => {
                    sets.push_text(" INTERSECT SELECT subscriber FROM (");
                    sets.push(union(sets_of(arms)));
                    sets.push_text(")");
                }
                None => questions.push(one.asked("x.subscriber")),
            }
        }
        sets.push_text(
            " EXCEPT SELECT id FROM subscriber INDEXED BY subscriber_removed WHERE removed_ms IS NOT NULL",
        );
        // The limit keeps SQLite from dropping the order, and with it the merge.
        sets.push_text(" ORDER BY 1 LIMIT -1");
        questions.extend(self.shown("x.subscriber"));
        if questions.is_empty() {
            return sets;
        }
        let mut sql = Sql::new("SELECT x.subscriber AS subscriber FROM (");
        sql.push(sets);
        sql.push_text(") x WHERE ");
        sql.push(all_of(questions));
        sql
    }

    /// The newest people who pass and are older than `before`, newest first.
    pub(super) fn page(&self, before: Option<SubscriberId>, limit: usize) -> Sql {
        self.walk("<", before.map_or(i64::MAX, |id| id.0), "DESC", limit)
    }

    /// The oldest people who pass and are newer than `after`, oldest first.
    pub(super) fn page_up(&self, after: SubscriberId, limit: usize) -> Sql {
        self.walk(">", after.0, "ASC", limit)
    }

    fn walk(&self, compare: &str, bound: i64, order: &str, limit: usize) -> Sql {
        let leader = self.leader();
        let arms = match leader {
            Some(index) => self.parts[index].part.arms("id").unwrap_or_default(),
            None => {
                vec![Arm { sql: Sql::new("SELECT m.id AS id FROM subscriber m WHERE 1"), column: "m.id" }]
            }
        };
        let arms = arms
            .into_iter()
            .map(|Arm { sql: mut arm, column }| {
                arm.push(Sql::with(format!(" AND {column} {compare} ?"), [bound.into()]));
                let others = self.parts.iter().enumerate().filter(|(index, _)| Some(*index) != leader);
                let mut questions: Vec<Sql> = others.map(|(_, one)| one.asked(column)).collect();
                questions.push(not_removed(column));
                questions.extend(self.shown(column));
                arm.push_text(" AND ");
                arm.push(all_of(questions));
                arm
            })
            .collect();
        let mut sql = union(arms);
        sql.push(Sql::with(format!(" ORDER BY 1 {order} LIMIT ?"), [Value::from(limit as i64)]));
        sql
    }

    fn shown(&self, id: &str) -> Vec<Sql> {
        self.importing
            .iter()
            .map(|(from, to)| Sql::with(format!("{id} NOT BETWEEN ? AND ?"), [(*from).into(), (*to).into()]))
            .collect()
    }
}

impl Resolution {
    fn asked(&self, id: &str) -> Sql {
        let mut sql = Sql::new(if self.negated { "NOT " } else { "" });
        sql.push(self.part.question(id));
        sql
    }
}

/// By an index that holds nobody else, so that it is nearly free.
fn not_removed(id: &str) -> Sql {
    Sql::new(format!(
        "NOT EXISTS (SELECT 1 FROM subscriber r INDEXED BY subscriber_removed \
         WHERE r.removed_ms IS NOT NULL AND r.id = {id})"
    ))
}

fn joined(parts: Vec<Sql>, between: &str) -> Sql {
    let mut sql = Sql::default();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            sql.push_text(between);
        }
        sql.push(part);
    }
    sql
}

fn all_of(questions: Vec<Sql>) -> Sql {
    joined(questions, " AND ")
}

fn sets_of(arms: Vec<Arm>) -> Vec<Sql> {
    arms.into_iter().map(|arm| arm.sql).collect()
}

/// The union of sets; of none, the set of nobody.
fn union(arms: Vec<Sql>) -> Sql {
    if arms.is_empty() {
        return Sql::new("SELECT m.id AS subscriber FROM subscriber m WHERE m.id < 0");
    }
    joined(arms, " UNION ")
}

/// Puts everybody who passes into the temporary table `plan_person`, in the order of ids, and returns
/// how many. Muted, blocked and unsubscribed people are among them: the plan says why they get nothing.
/// Takes the filter as `Db::pin` gave it; a moment that is not pinned is settled by the wall clock.
pub(crate) fn collect_audience(conn: &Connection, filter: &Filter) -> Result<i64, StoreError> {
    let resolved = resolve::resolve(conn, filter, wall_clock()())?;
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.plan_person;
         CREATE TEMP TABLE plan_person (subscriber INTEGER PRIMARY KEY);",
    )
    .doing("collecting an audience")?;
    let mut sql = Sql::new("INSERT INTO temp.plan_person (subscriber) ");
    sql.push(resolved.audience());
    let n = conn
        .prepare(&sql.text)
        .and_then(|mut insert| insert.execute(params_from_iter(sql.values)))
        .doing("collecting an audience")?;
    Ok(n as i64)
}

#[cfg(test)]
mod tests;
