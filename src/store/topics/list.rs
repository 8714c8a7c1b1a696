//! Pages of topics under a filter.

use std::collections::HashSet;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::{Topic, read_topic, remotes_of};
use crate::domain::filter::time::Edge;
use crate::domain::filter::{Filter, Has, Term, Test};
use crate::domain::fold::fold;
use crate::domain::id::TopicId;
use crate::domain::time::Millis;
use crate::store::audience::{Sql, settle};
use crate::store::db::Db;
use crate::store::denial::Denial;
use crate::store::error::{Doing, StoreError};

impl Db {
    /// A page of topics under a filter, newest first, older than `before`.
    pub fn topics(
        &self,
        filter: &Filter,
        before: Option<TopicId>,
        limit: usize,
    ) -> Result<Vec<Topic>, StoreError> {
        let now = self.now();
        let mut sql = Sql::with(
            "SELECT t.id, t.name, t.note, t.people, t.version, t.created_ms, t.removed_ms FROM topic t
              WHERE t.removed_ms IS NULL AND t.id < ?",
            [Value::from(before.map_or(i64::MAX, |id| id.0))],
        );
        for term in &filter.terms {
            sql.push_text(if term.negated { " AND NOT " } else { " AND " });
            sql.push(self.question(term, now)?);
        }
        sql.push(Sql::with(" ORDER BY t.id DESC LIMIT ?", [Value::from(limit as i64)]));
        let mut topics: Vec<Topic> = self
            .conn
            .prepare_cached(&sql.text)
            .and_then(|mut read| read.query_map(params_from_iter(sql.values), read_topic)?.collect())
            .doing("listing the topics")?;
        // Few topics have any.
        let with: HashSet<i64> = self
            .conn
            .prepare_cached("SELECT DISTINCT topic FROM topic_remote")
            .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
            .doing("listing remote topics")?;
        for topic in topics.iter_mut().filter(|topic| with.contains(&topic.id.0)) {
            topic.remotes = remotes_of(&self.conn, topic.id.0)?;
        }
        Ok(topics)
    }

    /// How many topics pass a filter.
    pub fn count_topics(&self, filter: &Filter) -> Result<i64, StoreError> {
        // Topics are hundreds, not millions.
        Ok(self.topics(filter, None, i32::MAX as usize)?.len() as i64)
    }

    fn question(&self, term: &Term, now: Millis) -> Result<Sql, StoreError> {
        let any = |sql: &str, values: Vec<Value>| {
            Sql::with(format!("({})", vec![sql; values.len()].join(" OR ")), values)
        };
        let folded = |text: &String| Value::from(fold(text));
        Ok(match &term.test {
            Test::Text { text, .. } => any("holds(t.name, ?)", vec![folded(text)]),
            Test::Name(texts) => any("holds(t.name, ?)", texts.iter().map(folded).collect()),
            Test::TopicId(ids) => any("t.id = ?", ids.iter().map(|id| id.0.into()).collect()),
            Test::Since(when) => any("t.created_ms >= ?", vec![settle(*when, now, Edge::Begin).0.into()]),
            Test::Until(when) => any("t.created_ms <= ?", vec![settle(*when, now, Edge::End).0.into()]),
            Test::Count(spans) => {
                let values = spans.iter().flat_map(|span| [Value::from(span.from), Value::from(span.to)]);
                Sql::with(format!("({})", vec!["t.people BETWEEN ? AND ?"; spans.len()].join(" OR ")), values)
            }
            Test::Has(things) => {
                let each: Vec<&str> = things
                    .iter()
                    .map(|thing| match thing {
                        Has::Note => "t.note <> ''",
                        Has::Remote => "EXISTS (SELECT 1 FROM topic_remote r WHERE r.topic = t.id)",
                        _ => "0",
                    })
                    .collect();
                Sql::with(format!("({})", each.join(" OR ")), [])
            }
            Test::Channel(names) => {
                let ids: Vec<Value> = names
                    .iter()
                    .map(|name| self.find_channel(name).map(|channel| channel.id.0.into()))
                    .collect::<Result<_, _>>()?;
                any("EXISTS (SELECT 1 FROM topic_remote r WHERE r.topic = t.id AND r.channel = ?)", ids)
            }
            _ => return Err(Denial::OtherList("topics").into()),
        })
    }
}
