//! How a channel has been doing: a ring of its last outcomes, kept by whoever records attempts.

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;

use crate::domain::channel::Health;
use crate::domain::id::ChannelId;
use crate::store::error::{Doing, StoreError};

/// How many attempts make up a channel's health.
const RECENT: usize = 100;
/// So many failures at the end make a channel failing, whatever came before.
const LAST_FAILED: usize = 5;

/// How the last attempts of a channel went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Recent {
    /// How many attempts are looked at: 100 at most.
    pub tried: usize,
    /// How many of them failed.
    pub failed: usize,
    /// How many failed in a row up to now.
    pub failed_in_a_row: usize,
}

impl Recent {
    pub(super) fn read(went: &[u8]) -> Self {
        Self {
            tried: went.len(),
            failed: went.len() - went.iter().map(|one| usize::from(*one)).sum::<usize>(),
            failed_in_a_row: went.iter().rev().take_while(|one| **one == 0).count(),
        }
    }

    /// The word for it, of a channel that is in use.
    pub fn health(&self) -> Health {
        if self.tried == 0 {
            Health::Untested
        } else if self.failed_in_a_row >= LAST_FAILED || self.failed * 10 > self.tried {
            Health::Failing
        } else if self.failed * 100 > self.tried {
            Health::Slow
        } else {
            Health::Ok
        }
    }
}

/// Notes how attempts on a channel went, oldest first, inside the transaction that records them.
pub(crate) fn note_attempts(
    conn: &Connection,
    channel: ChannelId,
    went_through: impl IntoIterator<Item = bool>,
) -> Result<(), StoreError> {
    let mut went: Vec<u8> = conn
        .prepare_cached("SELECT went FROM channel_recent WHERE channel = :channel")
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)).optional()
        })
        .doing("reading a channel's last attempts")?
        .unwrap_or_default();
    went.extend(went_through.into_iter().map(u8::from));
    went.drain(..went.len().saturating_sub(RECENT));
    conn.prepare_cached("INSERT OR REPLACE INTO channel_recent (channel, went) VALUES (:channel, :went)")
        .and_then(|mut write| write.execute(named_params! { ":channel": channel.0, ":went": went }))
        .doing("noting a channel's last attempts")?;
    Ok(())
}
