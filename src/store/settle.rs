//! What a person knows better than the books: an unknown that arrived or did not, an accepted one that came back.

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::ledger::{close_if_ended, shift};
use super::replay::CHUNK;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::DeliveryId;

/// How a person settles an unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It arrived: counted as sent, never sent again.
    Accepted,
    /// It did not arrive: counted as failed, may be replayed.
    NotAccepted,
    /// It was accepted and came back later by mail: its address is a bad recipient.
    Bounced,
}

impl Settled {
    /// The state that it settles.
    pub const fn settles(self) -> DeliveryState {
        match self {
            Self::Accepted | Self::NotAccepted => DeliveryState::Unknown,
            Self::Bounced => DeliveryState::Accepted,
        }
    }
}

impl Db {
    /// Settles the unknown deliveries among `ids`, or the accepted ones that bounced; gives how many that were.
    pub fn settle(&mut self, ids: &[DeliveryId], how: Settled, by: &str) -> Result<i64, StoreError> {
        let now = self.now().0;
        let (state, class, text) = match how {
            Settled::Accepted => (DeliveryState::Assumed, None, "settled by hand"),
            Settled::NotAccepted => (DeliveryState::Rejected, None, "settled by hand"),
            Settled::Bounced => (DeliveryState::Rejected, Some(Class::BadRecipient.code()), "it bounced"),
        };
        let from = how.settles();
        let mut settled = 0;
        for chunk in
            ids.chunk_by(|one, other| one.broadcast == other.broadcast).flat_map(|of| of.chunks(CHUNK))
        {
            let before = settled;
            let tx = self.write()?;
            for id in chunk {
                let lanes: Vec<(i64, i64)> = tx
                    .prepare_cached(
                        "UPDATE delivery SET state = ?3, attempts = attempts + 1, ended_ms = ?4, \
                                class = coalesce(?6, class), text = iif(?6 IS NULL, text, ?7) \
                         WHERE broadcast = ?1 AND seq = ?2 AND state = ?5 RETURNING lane, attempts",
                    )
                    .and_then(|mut update| {
                        update
                            .query_map(
                                (id.broadcast.0, id.seq, state.code(), now, from.code(), class, text),
                                |row| Ok((row.get(0)?, row.get(1)?)),
                            )
                            .and_then(Iterator::collect)
                    })
                    .doing("settling an unknown")?;
                for (lane, no) in lanes {
                    tx.execute(
                        "INSERT INTO attempt (broadcast, seq, no, state, class, text, operator, at_ms) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                        (id.broadcast.0, id.seq, no, state.code(), class, text, by, now),
                    )
                    .doing("settling an unknown")?;
                    shift(&tx, lane, &[(from, -1), (state, 1)])?;
                    settled += 1;
                }
            }
            if let (true, Some(first)) = (settled > before, chunk.first()) {
                let count = settled - before;
                let detail = match how {
                    Settled::Bounced => format!("{count} accepted deliveries bounced"),
                    _ => format!("{count} unknown deliveries are {}", state.word()),
                };
                tx.note(Act::Settle, first.broadcast, &detail)?;
                close_if_ended(&tx, first.broadcast, now)?;
            }
            bump(&tx, Changed::Broadcasts)?;
            tx.commit().doing("settling an unknown")?;
        }
        Ok(settled)
    }
}
