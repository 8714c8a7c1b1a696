//! Who of an audience lacks a value for a variable of the message.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::audience::collect_audience;
use super::db::Db;
use super::error::{Doing, StoreError};
use crate::domain::filter::Filter;
use crate::domain::id::{ChannelId, SubscriberId};

/// People without a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lacking {
    /// How many there are.
    pub people: i64,
    /// The first few, by id and name.
    pub first: Vec<(SubscriberId, String)>,
}

impl Db {
    /// Those of an audience who would get the message on one of the channels and lack one of the
    /// variables; the first `show` of them by name.
    pub fn lacking(
        &self,
        filter: &Filter,
        channels: &[ChannelId],
        variables: &[String],
        show: usize,
    ) -> Result<Lacking, StoreError> {
        if variables.is_empty() {
            return Ok(Lacking::default());
        }
        collect_audience(&self.conn, &self.pin(filter)?)?;
        let found = self.lacking_among_collected(channels, variables, show);
        self.conn.execute_batch("DROP TABLE IF EXISTS temp.plan_person").doing("looking for values")?;
        found
    }

    fn lacking_among_collected(
        &self,
        channels: &[ChannelId],
        variables: &[String],
        show: usize,
    ) -> Result<Lacking, StoreError> {
        let holes = |n: usize| vec!["?"; n].join(", ");
        let condition = format!(
            "FROM plan_person p JOIN subscriber s ON s.id = p.subscriber WHERE s.state = 0 AND EXISTS \
             (SELECT 1 FROM address a WHERE a.subscriber = s.id AND a.state = 0 AND a.channel IN ({})) \
             AND (SELECT count(*) FROM subscriber_var v WHERE v.subscriber = s.id AND v.key IN ({})) < ?",
            holes(channels.len()),
            holes(variables.len()),
        );
        let values = || {
            channels
                .iter()
                .map(|channel| Value::from(channel.0))
                .chain(variables.iter().cloned().map(Value::from))
                .chain([Value::from(variables.len() as i64)])
        };
        let people = self
            .conn
            .prepare(&format!("SELECT count(*) {condition}"))
            .and_then(|mut count| count.query_row(params_from_iter(values()), |row| row.get(0)))
            .doing("looking for values")?;
        let first = self
            .conn
            .prepare(&format!("SELECT s.id, s.name {condition} ORDER BY s.id LIMIT {show}"))
            .and_then(|mut read| {
                read.query_map(params_from_iter(values()), |row| {
                    Ok((SubscriberId(row.get(0)?), row.get(1)?))
                })?
                .collect()
            })
            .doing("looking for values")?;
        Ok(Lacking { people, first })
    }
}
