//! What there is to send: the lanes that a sender has to look after.

use std::collections::HashSet;

use super::claim::LONGEST_WAIT_MS;
use crate::domain::broadcast::Purpose;
use crate::domain::id::{BroadcastId, ChannelId};
use crate::domain::time::Millis;
use crate::store::broadcasts;
use crate::store::db::Db;
use crate::store::error::{Doing, StoreError};
use crate::store::halt::HALTED;
use crate::store::stage;

/// A lane that has something to send, or in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLane {
    /// The lane.
    pub lane: i64,
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// What the broadcast is for.
    pub purpose: Purpose,
    /// Its channel.
    pub channel: ChannelId,
    /// Whether its targets are lists on the provider's side.
    pub remote: bool,
    /// Deliveries that wait to be claimed.
    pub planned: i64,
    /// Whether anybody in it was accepted yet.
    pub proven: bool,
    /// Deliveries that wait for a moment.
    pub deferred: i64,
    /// The earliest of these moments.
    pub due: Option<Millis>,
}

impl Db {
    /// The lanes that have something to send or in flight, oldest broadcast first; those of paused channels are left out,
    /// except for verifications, which are how a channel comes back. Answers to one person go one after the other, as
    /// they were given: "you are in" after "you are out" would say the opposite of what holds.
    pub fn open_lanes(&self) -> Result<Vec<OpenLane>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!(
                "SELECT l.id, b.id, b.purpose, l.channel, l.target = 'remote', {} AS planned, l.deferred, \
                 CASE WHEN l.deferred > 0 THEN (SELECT min(not_before_ms) FROM delivery d \
                   WHERE d.lane = l.id AND d.state = 2) END, l.accepted + l.confirmed > 0, \
                 CASE WHEN b.purpose = 'reply' THEN b.audience END \
                 FROM broadcast b JOIN lane l ON l.broadcast = b.id JOIN channel c ON c.id = l.channel \
                 WHERE b.ended_ms IS NULL AND b.phase = 'sending' AND ({0} > 0 OR l.deferred > 0 OR l.sending > 0) \
                 AND c.removed_ms IS NULL AND (c.state = 'active' OR b.purpose NOT IN ('broadcast', 'reply')) \
                 AND l.expired_ms IS NULL AND NOT {HALTED} \
                 ORDER BY b.id, l.id",
                stage::CLAIMABLE,
            ))
            .doing("looking for work")?;
        let (now, far) = (self.now(), self.now().plus(LONGEST_WAIT_MS));
        let rows = statement
            .query_map([], |row| {
                let lane = OpenLane {
                    lane: row.get(0)?,
                    broadcast: BroadcastId(row.get(1)?),
                    purpose: broadcasts::word(row, 2, Purpose::from_word)?,
                    channel: ChannelId(row.get(3)?),
                    remote: row.get(4)?,
                    planned: row.get(5)?,
                    deferred: row.get(6)?,
                    // Further ahead than any wait: the clock was set back since.
                    due: row
                        .get::<_, Option<i64>>(7)?
                        .map(Millis)
                        .map(|due| if due > far { now } else { due }),
                    proven: row.get(8)?,
                };
                Ok((lane, row.get::<_, Option<String>>(9)?))
            })
            .doing("looking for work")?;
        let mut answered = HashSet::new();
        let mut lanes = Vec::new();
        for row in rows {
            let (lane, whom) = row.doing("looking for work")?;
            if whom.is_none_or(|whom| answered.insert((lane.channel, whom))) {
                lanes.push(lane);
            }
        }
        Ok(lanes)
    }
}
