//! Whether people get messages: muting, blocking, unsubscribing, and back.

use rusqlite::named_params;

use super::require;
use crate::domain::id::SubscriberId;
use crate::domain::subscriber::SubscriberState;
use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};

impl Db {
    /// Puts a person into a state: mute, block, unblock, unsubscribe. Returns the state before, for undo.
    pub fn set_subscriber_state(
        &mut self,
        id: SubscriberId,
        state: SubscriberState,
    ) -> Result<SubscriberState, StoreError> {
        Ok(self.set_subscriber_states(&[id], state)?.into_iter().next().map_or(state, |(_, before)| before))
    }

    /// The same for many, in one transaction; people who are not there are passed over. Returns what
    /// changed, for undo.
    pub fn set_subscriber_states(
        &mut self,
        ids: &[SubscriberId],
        state: SubscriberState,
    ) -> Result<Vec<(SubscriberId, SubscriberState)>, StoreError> {
        let now = self.now();
        let tx = self.write()?;
        let mut changed = Vec::new();
        for id in ids {
            let before = match require(&tx, *id) {
                Ok(standing) => standing.state,
                Err(StoreError::NotFound { .. }) if ids.len() > 1 => continue,
                Err(error) => return Err(error),
            };
            // Whoever left is not muted on top of it: unmuting would bring them back.
            let has_left = before == SubscriberState::Unsubscribed && state == SubscriberState::Muted;
            if before == state || has_left {
                continue;
            }
            // Letting somebody go whom an operator stopped does not undo what they said by themselves; letting back one
            // who left does.
            tx.prepare_cached(
                "UPDATE subscriber SET version = version + 1,
                        state = iif(:state = :active AND state <> :out AND opted_out_ms IS NOT NULL, :out, :state),
                        opted_out_ms = CASE WHEN :state = :active AND state = :out THEN NULL
                                            WHEN :state = :out THEN coalesce(opted_out_ms, :now)
                                            ELSE opted_out_ms END WHERE id = :id",
            )
            .and_then(|mut set| {
                set.execute(named_params! { ":id": id.0, ":state": state.code(), ":now": now.0,
                    ":active": SubscriberState::Active.code(), ":out": SubscriberState::Unsubscribed.code() })
            })
            .doing("changing the state of a subscriber")?;
            changed.push((*id, before));
        }
        bump(&tx, Changed::People)?;
        tx.commit().doing("changing the state of a subscriber")?;
        Ok(changed)
    }
}
