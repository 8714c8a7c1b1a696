//! How a channel has been doing: a ring of its last outcomes, kept by whoever records attempts.

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;

use crate::domain::channel::Health;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::id::ChannelId;
use crate::store::error::{Doing, StoreError};

/// How many attempts make up a channel's health.
const HEALTH: usize = 100;
/// How many attempts the breaker looks at.
const KEPT: usize = 200;
/// So many failures at the end make a channel failing, whatever came before.
const LAST_FAILED: usize = 5;

/// How one attempt went. The codes are what the ring keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// It was refused for good, or cannot be known.
    Failed = 0,
    /// The provider took it.
    Through = 1,
    /// It will be tried again.
    Later = 2,
    /// The channel did its work: it is this person who cannot be reached.
    Nobody = 3,
}

impl Went {
    /// What an attempt that led to `state` was.
    /// What was refused here, before any call, says nothing of the channel.
    pub(crate) fn of(state: DeliveryState, class: Option<Class>, code: &str) -> Option<Self> {
        if state == DeliveryState::Rejected && class == Some(Class::Content) && code.is_empty() {
            return None;
        }
        // It was not sent: it waits for this person to write, whatever the channel can do.
        if state == DeliveryState::Deferred && class == Some(Class::WindowClosed) {
            return None;
        }
        Some(match state {
            DeliveryState::Rejected
                if matches!(class, Some(Class::BadRecipient | Class::Blocked | Class::WindowClosed)) =>
            {
                Self::Nobody
            }
            DeliveryState::Accepted | DeliveryState::Confirmed | DeliveryState::Assumed => Self::Through,
            DeliveryState::Rejected | DeliveryState::Unknown => Self::Failed,
            DeliveryState::Planned
            | DeliveryState::Skipped
            | DeliveryState::Deferred
            | DeliveryState::Sending
            | DeliveryState::Cancelled => Self::Later,
        })
    }
}

/// How the last attempts of a channel went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Recent {
    /// How many attempts are looked at: 100 at most.
    pub tried: usize,
    /// How many of them failed.
    pub failed: usize,
    /// How many failed in a row up to now.
    pub failed_in_a_row: usize,
    /// How many of the last 200 failed for good; nothing before there were so many since the last resume.
    #[serde(skip)]
    pub lost_of_200: Option<usize>,
}

impl Recent {
    pub(super) fn read(ring: &[u8]) -> Self {
        let went = &ring[ring.len().saturating_sub(HEALTH)..];
        let through = |one: &&u8| [Went::Through as u8, Went::Nobody as u8].contains(*one);
        // So many dead addresses are a misconfiguration as well as so many refusals.
        let lost = ring.iter().filter(|one| [Went::Failed as u8, Went::Nobody as u8].contains(one)).count();
        Self {
            tried: went.len(),
            failed: went.len() - went.iter().filter(through).count(),
            failed_in_a_row: went.iter().rev().take_while(|one| !through(one)).count(),
            lost_of_200: (ring.len() >= KEPT).then_some(lost),
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

    /// How many of the last 200 attempts were lost, if that is more than `percent` of them.
    pub fn lost_over(&self, percent: u8) -> Option<usize> {
        self.lost_of_200.filter(|lost| lost * 100 > usize::from(percent) * KEPT)
    }
}

/// Notes how attempts on a channel went, oldest first, inside the transaction that records them.
pub(crate) fn note_attempts(
    conn: &Connection,
    channel: ChannelId,
    went: impl IntoIterator<Item = Went>,
) -> Result<Recent, StoreError> {
    let mut ring: Vec<u8> = conn
        .prepare_cached("SELECT went FROM channel_recent WHERE channel = :channel")
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)).optional()
        })
        .doing("reading a channel's last attempts")?
        .unwrap_or_default();
    ring.extend(went.into_iter().map(|one| one as u8));
    ring.drain(..ring.len().saturating_sub(KEPT));
    conn.prepare_cached("INSERT OR REPLACE INTO channel_recent (channel, went) VALUES (:channel, :went)")
        .and_then(|mut write| write.execute(named_params! { ":channel": channel.0, ":went": ring }))
        .doing("noting a channel's last attempts")?;
    Ok(Recent::read(&ring))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_again_makes_a_channel_slow_and_never_trips_the_breaker() {
        let ring = |failed: usize, later: usize, through: usize| {
            let part = |went: Went, n| std::iter::repeat_n(went as u8, n);
            let all = part(Went::Failed, failed).chain(part(Went::Later, later));
            Recent::read(&all.chain(part(Went::Through, through)).collect::<Vec<_>>())
        };
        assert_eq!(ring(40, 0, 160).lost_over(20), None, "exactly the share");
        assert_eq!(ring(41, 0, 159).lost_over(20), Some(41));
        assert_eq!(ring(0, 200, 0).lost_over(20), None, "greylisted is not lost");
        assert_eq!(ring(199, 0, 0).lost_over(20), None, "too few to tell");
        assert_eq!((ring(0, 30, 70).failed, ring(0, 30, 70).health()), (30, Health::Failing));
        let dead = Recent::read(&[Went::Nobody as u8; KEPT]);
        assert_eq!((dead.health(), dead.lost_over(20)), (Health::Ok, Some(KEPT)), "the channel itself works");
    }
}
