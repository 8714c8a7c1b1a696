//! Verifications: a broadcast of one delivery that tells nobody anything.
//!
//! It goes the same way as every other, so that only sender code opens credentials and makes calls; lists
//! and history leave it out.

use rusqlite::named_params;

use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::broadcast::{Phase, Purpose};
use crate::domain::id::{BroadcastId, ChannelId};

impl Db {
    /// Asks the sender to verify a channel's credential; the result lands on the channel.
    pub fn request_verify(&mut self, channel: ChannelId, by: &str) -> Result<BroadcastId, StoreError> {
        let now = self.now().0;
        let tx = self.write()?;
        tx.execute(
            "INSERT INTO broadcast (purpose, phase, title, created_ms, updated_ms, created_by, released_ms, released_by) \
             VALUES (:purpose, :phase, 'verify', :now, :now, :by, :now, :by)",
            named_params! {
                ":purpose": Purpose::Verify.word(), ":phase": Phase::Sending.word(), ":now": now, ":by": by,
            },
        )
        .doing("asking for a verification")?;
        let id = BroadcastId(tx.last_insert_rowid());
        tx.execute(
            "INSERT INTO lane (broadcast, channel, target, seq_from, seq_to, next_seq, planned) \
             VALUES (?1, ?2, 'people', 1, 1, 1, 1)",
            (id.0, channel.0),
        )
        .doing("asking for a verification")?;
        tx.execute(
            "INSERT INTO delivery (broadcast, seq, lane, state) VALUES (?1, 1, ?2, 0)",
            (id.0, tx.last_insert_rowid()),
        )
        .doing("asking for a verification")?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("asking for a verification")?;
        Ok(id)
    }
}
