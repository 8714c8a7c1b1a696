//! Pages of deliveries: newest broadcast first, each in the order of its plan.
//!
//! A page is read on from a place, never counted up to it, and what it costs does not depend on how large the
//! broadcasts are: broadcasts are walked in order and their rows are read as they lie. Failures have an index
//! of their own, and the few deliveries of one person are found by that person.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::{COLUMNS, DETAILS, DeliveryRow, from, read_row};
use crate::domain::id::DeliveryId;
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};
use crate::store::pick::{Condition, Pick};

/// Which way a page is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

impl Db {
    /// A page of deliveries in plan order, newest broadcast first, those after `after`.
    pub fn deliveries(
        &self,
        pick: &Pick,
        after: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        self.read_on(pick, after, Way::Down, limit)
    }

    /// Up to `limit` deliveries in the same order that stand before `before`; without it, the last ones.
    pub fn deliveries_before(
        &self,
        pick: &Pick,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let mut rows = self.read_on(pick, before, Way::Up, limit)?;
        rows.reverse();
        Ok(rows)
    }

    fn read_on(
        &self,
        pick: &Pick,
        from: Option<DeliveryId>,
        way: Way,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let Some(from) = from else { return self.stretch(pick, Condition::default(), way, limit) };
        // First the rest of the broadcast in which the last page ended, then the others.
        let (rest, others) = match way {
            Way::Down => ("b.id = ? AND d.seq > ?", "b.id < ?"),
            Way::Up => ("b.id = ? AND d.seq < ?", "b.id > ?"),
        };
        let broadcast = Value::from(from.broadcast.0);
        let rest = Condition { sql: rest.to_owned(), values: vec![broadcast.clone(), from.seq.into()] };
        let mut rows = self.stretch(pick, rest, way, limit)?;
        if rows.len() < limit {
            let others = Condition { sql: others.to_owned(), values: vec![broadcast] };
            rows.extend(self.stretch(pick, others, way, limit - rows.len())?);
        }
        Ok(rows)
    }

    fn stretch(
        &self,
        pick: &Pick,
        place: Condition,
        way: Way,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let Condition { sql, mut values } = question(pick, place, way);
        values.push((limit as i64).into());
        let mut statement = self.conn.prepare_cached(&sql).doing("listing deliveries")?;
        let rows = statement.query_map(params_from_iter(values), read_row).doing("listing deliveries")?;
        rows.collect::<Result<_, _>>().doing("listing deliveries")
    }
}

/// The rows that `pick` means and that stand at `place`, in order.
fn question(pick: &Pick, place: Condition, way: Way) -> Condition {
    let Condition { mut sql, mut values } = pick.condition_by("b.id");
    if !place.sql.is_empty() {
        sql = format!("{sql} AND {}", place.sql);
        values.extend(place.values);
    }
    let order = match way {
        Way::Down => "b.id DESC, d.seq",
        Way::Up => "b.id, d.seq DESC",
    };
    let from = if pick.is_about_few() {
        from(pick).to_owned()
    } else {
        let index = if pick.asks_for_trouble() { "INDEXED BY delivery_trouble" } else { "" };
        format!(
            "FROM broadcast b CROSS JOIN delivery d {index} ON d.broadcast = b.id \
             CROSS JOIN lane l ON l.id = d.lane LEFT JOIN subscriber s ON s.id = d.subscriber "
        )
    };
    Condition {
        sql: format!("SELECT {COLUMNS} {from} {DETAILS} WHERE {sql} ORDER BY {order} LIMIT ?"),
        values,
    }
}

#[cfg(test)]
mod tests;
