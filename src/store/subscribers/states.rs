//! Whether people get messages: muting, blocking, unsubscribing, and back.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::absent;
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::SubscriberState;
use crate::domain::time::Millis;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};

/// How somebody stood: what an undo puts back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    /// Their state.
    pub state: SubscriberState,
    /// When they left by their own word, if they did.
    pub opted_out: Option<Millis>,
}

/// A change of somebody's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChange {
    /// Whose.
    pub id: SubscriberId,
    /// How they stood.
    pub before: Stood,
    /// The state in which they are: not the one that was wanted if they left by their own word.
    pub now: SubscriberState,
}

fn stands(conn: &Connection, id: SubscriberId) -> Result<Option<Stood>, StoreError> {
    let found: Option<(i64, Option<i64>)> = conn
        .prepare_cached("SELECT state, opted_out_ms FROM subscriber WHERE id = :id AND removed_ms IS NULL")
        .and_then(|mut read| {
            read.query_row(named_params! { ":id": id.0 }, |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .doing("reading the state of a subscriber")?;
    Ok(found.and_then(|(state, out)| {
        Some(Stood { state: SubscriberState::from_code(state)?, opted_out: out.map(Millis) })
    }))
}

fn put(conn: &Connection, id: SubscriberId, stood: Stood) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE subscriber SET state = :state, opted_out_ms = :out, version = version + 1 WHERE id = :id",
    )
    .and_then(|mut set| {
        set.execute(named_params! {
            ":id": id.0, ":state": stood.state.code(), ":out": stood.opted_out.map(|at| at.0),
        })
    })
    .doing("changing the state of a subscriber")?;
    Ok(())
}

/// How somebody stands after an operator wanted that state; `None`: as before.
fn after(before: Stood, wanted: SubscriberState, now: Millis) -> Option<Stood> {
    use SubscriberState as S;
    let Stood { state, opted_out } = before;
    let (state, opted_out) = match (state, wanted) {
        _ if state == wanted => return None,
        // Whoever left is not muted on top of it: unmuting would bring them back.
        (S::Unsubscribed, S::Muted) => return None,
        // Letting back one who left undoes what they said, …
        (S::Unsubscribed, S::Active) => (S::Active, None),
        // … letting somebody go whom an operator stopped does not.
        (_, S::Active) if opted_out.is_some() => (S::Unsubscribed, opted_out),
        (_, S::Unsubscribed) => (S::Unsubscribed, opted_out.or(Some(now))),
        (_, wanted) => (wanted, opted_out),
    };
    Some(Stood { state, opted_out })
}

impl Db {
    /// Puts a person into a state: mute, block, unblock, unsubscribe. Returns the state before.
    pub fn set_subscriber_state(
        &mut self,
        id: SubscriberId,
        state: SubscriberState,
    ) -> Result<SubscriberState, StoreError> {
        Ok(self.set_subscriber_states(&[id], state)?.first().map_or(state, |change| change.before.state))
    }

    /// The same for many, in one transaction; people who are not there are passed over. Returns what
    /// changed, for undo.
    pub fn set_subscriber_states(
        &mut self,
        ids: &[SubscriberId],
        state: SubscriberState,
    ) -> Result<Vec<StateChange>, StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let mut changed = Vec::new();
        for id in ids.iter().copied() {
            let before = match stands(&tx, id)? {
                Some(before) => before,
                None if ids.len() > 1 => continue,
                None => return Err(absent(id)),
            };
            if let Some(after) = after(before, state, now) {
                put(&tx, id, after)?;
                changed.push(StateChange { id, before, now: after.state });
            }
        }
        bump(&tx, Changed::People)?;
        tx.commit().doing("changing the state of a subscriber")?;
        Ok(changed)
    }

    /// Lets people stand as they stood; who is not there any more is passed over. Returns who does.
    pub fn put_back_states(
        &mut self,
        stood: &[(SubscriberId, Stood)],
    ) -> Result<Vec<SubscriberId>, StoreError> {
        let tx = self.write()?;
        let mut back = Vec::new();
        for (id, stood) in stood {
            if stands(&tx, *id)?.is_some() {
                put(&tx, *id, *stood)?;
                back.push(*id);
            }
        }
        bump(&tx, Changed::People)?;
        tx.commit().doing("changing the state of a subscriber")?;
        Ok(back)
    }
}
