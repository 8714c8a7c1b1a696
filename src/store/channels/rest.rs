//! How long the sender lets an account rest, as everybody may read it and a sender that starts anew keeps it.

use rusqlite::{Row, named_params};
use serde::Serialize;

use crate::domain::delivery::Class;
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};

/// No account rests longer; what seems to was written before the clock was set back.
const LONGEST_MS: i64 = 24 * 3_600_000;

/// An account's rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rest {
    /// Until when nobody is called.
    pub until: Millis,
    /// Why.
    pub class: Class,
}

impl Rest {
    /// Whether it is one at that moment.
    pub fn holds(&self, now: Millis) -> bool {
        let left = self.until.since(now);
        0 < left && left <= LONGEST_MS
    }

    /// Reads two neighbouring columns.
    pub(crate) fn read(row: &Row<'_>, until: &str, class: &str) -> rusqlite::Result<Option<Self>> {
        let (until, class): (Option<i64>, Option<i64>) = (row.get(until)?, row.get(class)?);
        let class = class.and_then(Class::from_code).unwrap_or(Class::Unclassified);
        Ok(until.map(|until| Self { until: Millis(until), class }))
    }
}

impl Db {
    /// Notes rests that begin, change or end early, each for a version of its channel: one that somebody has
    /// repaired meanwhile does not rest for what was wrong before.
    pub fn note_rests(&mut self, news: &[(ChannelId, i64, Option<Rest>)]) -> Result<(), StoreError> {
        if news.is_empty() {
            return Ok(());
        }
        let tx = self.write()?;
        for (id, version, rest) in news {
            tx.execute(
                "UPDATE channel SET rest_until_ms = :until, rest_class = :class \
                 WHERE id = :id AND version = :version",
                named_params! {
                    ":id": id.0, ":version": version, ":until": rest.map(|rest| rest.until.0),
                    ":class": rest.map(|rest| rest.class.code()),
                },
            )
            .doing("noting that a channel rests")?;
        }
        bump(&tx, Changed::Channels)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("noting that a channel rests")
    }

    /// The channels that rest now.
    pub fn rests(&self) -> Result<Vec<(ChannelId, Rest)>, StoreError> {
        let now = self.now();
        let rests: Vec<(ChannelId, Option<Rest>)> = self
            .conn
            .prepare_cached(
                "SELECT id, rest_until_ms, rest_class FROM channel WHERE rest_until_ms IS NOT NULL",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| {
                        Ok((ChannelId(row.get(0)?), Rest::read(row, "rest_until_ms", "rest_class")?))
                    })?
                    .collect()
            })
            .doing("reading which channels rest")?;
        let held = |(id, rest): (ChannelId, Option<Rest>)| Some((id, rest.filter(|rest| rest.holds(now))?));
        Ok(rests.into_iter().filter_map(held).collect())
    }
}
