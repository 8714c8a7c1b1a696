//! Failures, unknowns and what waits, counted in groups.

use rusqlite::{Row, params_from_iter};
use serde::Serialize;

use super::{from, state_at};
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::{BroadcastId, ChannelId, SubscriberId};
use crate::domain::template::Missing;
use crate::domain::time::Millis;
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};
use crate::store::pick::{Condition, Pick};

/// Groups by person are only the largest ones: there may be as many people as failures.
const PEOPLE: usize = 2_000;

/// How failures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Over all broadcasts.
    ClassAndChannel,
    /// Each broadcast for itself.
    ClassChannelAndBroadcast,
    /// Each person for themselves; at most two thousand groups, the largest.
    ClassChannelAndPerson,
}

/// Failures of one class on one channel, or deliveries that wait for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureGroup {
    /// `rejected`, `unknown`, or `deferred` where what waits was asked for.
    pub state: DeliveryState,
    /// The class.
    pub class: Class,
    /// The channel.
    pub channel_id: Option<ChannelId>,
    /// Its name.
    pub channel: String,
    /// Its kind.
    pub kind: String,
    /// The broadcast, when grouped by broadcast too.
    pub broadcast: Option<BroadcastId>,
    /// The person, when grouped by person too.
    #[serde(skip)]
    pub subscriber: Option<SubscriberId>,
    /// Their name.
    #[serde(skip)]
    pub name: String,
    /// How many deliveries.
    pub count: i64,
    /// When the first one ended; of those that wait, when the first one goes on.
    pub first_at: Option<Millis>,
    /// When the last one ended; of those that wait, when the last one goes on.
    pub last_at: Option<Millis>,
    /// The provider's code of one of them.
    pub sample_code: String,
    /// The provider's words about one of them.
    pub sample_text: String,
}

impl Db {
    /// Failures and unknowns in groups, most first.
    pub fn failure_groups(&self, pick: &Pick, grouping: Grouping) -> Result<Vec<FailureGroup>, StoreError> {
        let mut pick = pick.clone();
        pick.states.retain(|state| matches!(state, DeliveryState::Rejected | DeliveryState::Unknown));
        if pick.states.is_empty() {
            pick.states = vec![DeliveryState::Rejected, DeliveryState::Unknown];
        }
        let Condition { sql, values } = pick.condition();
        self.grouped(from(&pick), "d.ended_ms", &sql, values, grouping)
    }

    /// Deliveries that failed and wait for another try, in groups, most first. Those that wait for the end of quiet
    /// hours did not fail.
    pub fn waiting_groups(&self, pick: &Pick, grouping: Grouping) -> Result<Vec<FailureGroup>, StoreError> {
        let pick = pick.clone().in_states(&[DeliveryState::Deferred]);
        let Condition { sql, values } = pick.condition();
        // What waits has an index of its own, which only a constant leads to.
        let table = from(&pick).replacen("FROM delivery d ", "FROM delivery d INDEXED BY delivery_due ", 1);
        self.grouped(
            &table,
            "d.not_before_ms",
            &format!("d.state = 2 AND d.class IS NOT NULL AND {sql}"),
            values,
            grouping,
        )
    }

    fn grouped(
        &self,
        from: &str,
        time: &str,
        condition: &str,
        values: Vec<rusqlite::types::Value>,
        grouping: Grouping,
    ) -> Result<Vec<FailureGroup>, StoreError> {
        let (broadcast, person, name, limit) = match grouping {
            Grouping::ClassAndChannel => ("NULL", "NULL", "''", -1),
            Grouping::ClassChannelAndBroadcast => ("d.broadcast", "NULL", "''", -1),
            Grouping::ClassChannelAndPerson => {
                ("NULL", "d.subscriber", "coalesce(s.name, '')", PEOPLE as i64)
            }
        };
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT d.state, coalesce(d.class, 10), l.channel, coalesce(c.name, ''), coalesce(c.kind, ''), \
                 {broadcast}, {person}, {name}, count(*) AS n, min({time}), max({time}), \
                 max(coalesce(d.code, '')), \
                 coalesce(max(iif(d.text LIKE '{}', NULL, d.text)), max(d.text), '') {from} \
                 LEFT JOIN channel c ON c.id = l.channel WHERE {condition} \
                 GROUP BY 1, 2, 3, 6, 7 ORDER BY n DESC, 1, 2 LIMIT {limit}",
                // Whoever lacks a value is a case of its own: of others in the group that would be the wrong word.
                Missing::LIKE,
            ))
            .doing("grouping failures")?;
        let groups = statement.query_map(params_from_iter(values), read).doing("grouping failures")?;
        groups.collect::<Result<_, _>>().doing("grouping failures")
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<FailureGroup> {
    Ok(FailureGroup {
        state: state_at(row, 0)?,
        class: Class::from_code(row.get(1)?).unwrap_or(Class::Unclassified),
        channel_id: row.get::<_, Option<i64>>(2)?.map(ChannelId),
        channel: row.get(3)?,
        kind: row.get(4)?,
        broadcast: row.get::<_, Option<i64>>(5)?.map(BroadcastId),
        subscriber: row.get::<_, Option<i64>>(6)?.map(SubscriberId),
        name: row.get(7)?,
        count: row.get(8)?,
        first_at: row.get::<_, Option<i64>>(9)?.map(Millis),
        last_at: row.get::<_, Option<i64>>(10)?.map(Millis),
        sample_code: row.get(11)?,
        sample_text: row.get(12)?,
    })
}
