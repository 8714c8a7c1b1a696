//! Which deliveries are meant: a `Pick`, and how a filter becomes one.

use rusqlite::types::Value;

use super::audience::settle;
use super::db::Db;
use super::denial::Denial;
use super::error::StoreError;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::filter::time::Edge;
use crate::domain::filter::{Filter, Has, Scope, Term, Test};
use crate::domain::id::{BroadcastId, ChannelId, DeliveryId, SubscriberId};

/// Which deliveries are meant. Empty lists mean: any.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pick {
    /// Of these broadcasts.
    pub broadcasts: Vec<BroadcastId>,
    /// Over these channels.
    pub channels: Vec<ChannelId>,
    /// In these states.
    pub states: Vec<DeliveryState>,
    /// Failed or waiting for these reasons.
    pub classes: Vec<Class>,
    /// Of these people.
    pub subscribers: Vec<SubscriberId>,
    /// Exactly these.
    pub ids: Vec<DeliveryId>,
    /// What else a filter asks for.
    further: Vec<Condition>,
}

/// A condition in SQL with its values.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Condition {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Condition {
    fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }

    /// `column IN (…)`; of an empty list nothing is in it.
    fn any_of(column: &str, items: impl IntoIterator<Item = Value>) -> Self {
        let values: Vec<Value> = items.into_iter().collect();
        Self { sql: format!("{column} IN ({})", vec!["?"; values.len()].join(", ")), values }
    }

    fn negated(self) -> Self {
        // A NULL column is not among the excluded ones.
        Self { sql: format!("coalesce({}, 0) = 0", self.sql), values: self.values }
    }
}

impl Pick {
    /// The deliveries of one broadcast.
    pub fn of(broadcast: BroadcastId) -> Self {
        Self { broadcasts: vec![broadcast], ..Self::default() }
    }

    /// The same, in these states only.
    #[must_use]
    pub fn in_states(mut self, states: &[DeliveryState]) -> Self {
        self.states = states.to_vec();
        self
    }

    /// Exactly these deliveries.
    pub fn exactly(ids: &[DeliveryId]) -> Self {
        Self { ids: ids.to_vec(), ..Self::default() }
    }

    /// The same without these deliveries.
    #[must_use]
    pub fn without(mut self, ids: &[DeliveryId]) -> Self {
        if !ids.is_empty() {
            self.further.push(delivery_ids(ids).negated());
        }
        self
    }

    /// The condition on `delivery d`, with `lane l`, `broadcast b` and `subscriber s` joined.
    pub(super) fn condition(&self) -> Condition {
        self.condition_by("d.broadcast")
    }

    /// The same for a query that walks broadcasts: their ids stand in `column`.
    pub(super) fn condition_by(&self, column: &str) -> Condition {
        let ids = |column: &str, items: Vec<i64>| {
            (!items.is_empty()).then(|| Condition::any_of(column, items.into_iter().map(Value::from)))
        };
        let mut parts: Vec<Condition> = [
            ids(column, self.broadcasts.iter().map(|id| id.0).collect()),
            ids("l.channel", self.channels.iter().map(|id| id.0).collect()),
            ids("d.state", self.states.iter().map(|state| state.code()).collect()),
            self.class_condition(),
            ids("d.subscriber", self.subscribers.iter().map(|id| id.0).collect()),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.asks_for_trouble() {
            // The partial index is only used where the query says that it asks for nothing else.
            parts.push(Condition::new("d.state IN (6, 7)", []));
        }
        if !self.ids.is_empty() {
            parts.push(delivery_ids(&self.ids));
        }
        parts.extend(self.further.iter().cloned());
        // Tests and verifications have no place in the books of broadcasts, unless asked for by id.
        if self.broadcasts.is_empty() && self.ids.is_empty() {
            parts.push(Condition::new("b.purpose = 'broadcast'", []));
        }
        parts.push(Condition::new("b.phase NOT IN ('draft', 'planning')", []));
        Condition {
            sql: parts.iter().map(|part| part.sql.as_str()).collect::<Vec<_>>().join(" AND "),
            values: parts.into_iter().flat_map(|part| part.values).collect(),
        }
    }

    /// What failed without a class counts as unclassified, as the groups of failures show it.
    fn class_condition(&self) -> Option<Condition> {
        let codes = self.classes.iter().map(|class| Value::from(class.code()));
        let mut condition = (!self.classes.is_empty()).then(|| Condition::any_of("d.class", codes))?;
        if self.classes.contains(&Class::Unclassified) {
            condition.sql = format!("({} OR (d.class IS NULL AND d.state = 6))", condition.sql);
        }
        Some(condition)
    }

    /// Whether it names people or deliveries, so that there are few of them to be put in order.
    pub(super) fn is_about_few(&self) -> bool {
        !self.subscribers.is_empty() || !self.ids.is_empty()
    }

    /// Whether it asks for failures and unknowns alone, which have an index of their own.
    pub(super) fn asks_for_trouble(&self) -> bool {
        let trouble = [DeliveryState::Rejected, DeliveryState::Unknown];
        !self.states.is_empty() && self.states.iter().all(|state| trouble.contains(state))
    }
}

fn delivery_ids(ids: &[DeliveryId]) -> Condition {
    Condition::new(
        format!("(d.broadcast, d.seq) IN (VALUES {})", vec!["(?, ?)"; ids.len()].join(", ")),
        ids.iter().flat_map(|id| [Value::from(id.broadcast.0), Value::from(id.seq)]),
    )
}

/// Text in one of the columns, whatever the case.
fn contains(columns: &[&str], text: &str) -> Condition {
    let parts: Vec<String> =
        columns.iter().map(|column| format!("instr(lower(coalesce({column}, '')), lower(?)) > 0")).collect();
    Condition::new(format!("({})", parts.join(" OR ")), columns.iter().map(|_| Value::from(text.to_owned())))
}

fn any_text(column: &str, texts: &[String]) -> Condition {
    let parts: Vec<Condition> = texts.iter().map(|text| contains(&[column], text)).collect();
    Condition {
        sql: format!("({})", parts.iter().map(|part| part.sql.as_str()).collect::<Vec<_>>().join(" OR ")),
        values: parts.into_iter().flat_map(|part| part.values).collect(),
    }
}

impl Db {
    /// Turns a filter over deliveries into a pick; names are looked up now.
    pub fn pick(&self, filter: &Filter) -> Result<Pick, StoreError> {
        if filter.scope != Scope::Deliveries {
            return Err(Denial::OtherList("deliveries").into());
        }
        let mut pick = Pick::default();
        for Term { negated, test } in &filter.terms {
            match (negated, test) {
                // These lists of a pick let the indexes be used.
                (false, Test::Broadcast(ids)) if pick.broadcasts.is_empty() => {
                    pick.broadcasts.clone_from(ids);
                }
                (false, Test::DeliveryState(states)) if pick.states.is_empty() => {
                    pick.states.clone_from(states);
                }
                (false, Test::Class(classes)) if pick.classes.is_empty() => pick.classes.clone_from(classes),
                (false, Test::Delivery(ids)) if pick.ids.is_empty() => pick.ids.clone_from(ids),
                (false, Test::Person(ids)) if pick.subscribers.is_empty() => {
                    pick.subscribers.clone_from(ids);
                }
                (false, test) => pick.further.push(self.delivery_question(test)?),
                (true, test) => pick.further.push(self.delivery_question(test)?.negated()),
            }
        }
        Ok(pick)
    }

    fn delivery_question(&self, test: &Test) -> Result<Condition, StoreError> {
        let codes = |items: Vec<i64>| items.into_iter().map(Value::from);
        let now = self.now();
        Ok(match test {
            Test::Text { text, .. } => contains(&["s.name", "d.text", "b.title"], text),
            Test::Name(names) => any_text("s.name", names),
            Test::Topic(names) => {
                let ids = names
                    .iter()
                    .map(|name| Ok(self.find_topic(name)?.id.0))
                    .collect::<Result<Vec<_>, StoreError>>()?;
                let inner = Condition::any_of("topic", codes(ids));
                Condition {
                    sql: format!("d.subscriber IN (SELECT subscriber FROM topic_member WHERE {})", inner.sql),
                    values: inner.values,
                }
            }
            Test::Tag(names) => {
                let inner = Condition::any_of("t.name", names.iter().cloned().map(Value::from));
                Condition {
                    sql: format!(
                        "d.subscriber IN (SELECT g.subscriber FROM tag t JOIN subscriber_tag g ON g.tag = t.id \
                         WHERE {})",
                        inner.sql
                    ),
                    values: inner.values,
                }
            }
            Test::Channel(names) => {
                let ids = names
                    .iter()
                    .map(|name| Ok(self.find_channel(name)?.id.0))
                    .collect::<Result<Vec<_>, StoreError>>()?;
                Condition::any_of("l.channel", codes(ids))
            }
            Test::Person(ids) => {
                Condition::any_of("d.subscriber", codes(ids.iter().map(|id| id.0).collect()))
            }
            Test::Broadcast(ids) => {
                Condition::any_of("d.broadcast", codes(ids.iter().map(|id| id.0).collect()))
            }
            Test::Delivery(ids) => delivery_ids(ids),
            Test::DeliveryState(states) => {
                Condition::any_of("d.state", codes(states.iter().map(|state| state.code()).collect()))
            }
            Test::Class(classes) => {
                Condition::any_of("d.class", codes(classes.iter().map(|class| class.code()).collect()))
            }
            Test::Error(codes) => Condition::any_of("d.code", codes.iter().cloned().map(Value::from)),
            Test::Since(when) => {
                Condition::new("d.ended_ms >= ?", [settle(*when, now, Edge::Begin).0.into()])
            }
            Test::Until(when) => Condition::new("d.ended_ms <= ?", [settle(*when, now, Edge::End).0.into()]),
            Test::Has(things) if things == &[Has::Error] => Condition::new("d.text IS NOT NULL", []),
            Test::Has(_)
            | Test::TopicId(_)
            | Test::PersonState(_)
            | Test::BroadcastState(_)
            | Test::Count(_)
            | Test::Lang(_) => {
                return Err(Denial::OtherList("deliveries").into());
            }
        })
    }
}
