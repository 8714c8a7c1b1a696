//! What a plan is made of, lane after lane: who gets it by which address, and who is left out and why.
//!
//! The order and the questions stand here once. `write` makes rows of the answers, `preview` only looks at them,
//! so that what a review shows and what a release freezes cannot drift apart.

use rusqlite::Connection;

use crate::domain::delivery::SkipReason;
use crate::domain::id::ChannelId;
use crate::domain::subscriber::SubscriberState;
use crate::store::broadcasts::Draft;
use crate::store::error::{Doing, StoreError};

/// How many people one step covers.
const CHUNK: i64 = 8_000;

/// What a lane leads to. The words stand in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    People,
    Reserve,
    Remote,
    Nobody,
}

impl Target {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Reserve => "reserve",
            Self::Remote => "remote",
            Self::Nobody => "none",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::People, Self::Reserve, Self::Remote, Self::Nobody].into_iter().find(|one| one.word() == word)
    }
}

/// The part of a plan that goes over one channel to one kind of target.
#[derive(Debug, Clone, Copy)]
pub(super) struct LanePlan {
    pub channel: Option<ChannelId>,
    pub target: Target,
}

/// Where the parts of a plan go.
pub(super) trait Rows {
    fn conn(&self) -> &Connection;

    /// A condition on a person `p`: the plan has them already. Asked of the plan itself and not of the addresses:
    /// those may change between two steps, and nobody may be in two lanes or in none.
    fn has(&self) -> String;

    /// The same: the plan has them on this channel.
    fn has_on(&self, channel: ChannelId) -> String;

    /// Begins the next lane.
    fn lane(&mut self, lane: LanePlan) -> Result<(), StoreError>;

    /// Takes what `select` gives (`subscriber`, `address`) for people of the temporary table `of`: they get it, or
    /// they are left out for a reason.
    fn people(&mut self, of: &str, select: &str, skip: Option<SkipReason>) -> Result<(), StoreError>;

    /// Takes one delivery for each list on the provider's side.
    fn remotes(&mut self, remotes: &[i64]) -> Result<(), StoreError>;
}

/// Lays out the plan of a draft for the people in the temporary table `plan_person`.
pub(super) fn lay_out(
    rows: &mut impl Rows,
    draft: &Draft,
    channels: &[ChannelId],
    remotes: &[(ChannelId, i64)],
) -> Result<(), StoreError> {
    split_off_inactive(rows.conn())?;
    for (rank, channel) in channels.iter().enumerate() {
        let ways = match (draft.all_channels, rank) {
            (true, _) => Ways::Every,
            (false, 0) => Ways::First,
            (false, _) => Ways::FirstOfTheRest,
        };
        reached(rows, *channel, ways)?;
    }
    if draft.fallback && !draft.all_channels {
        for channel in channels.iter().skip(1) {
            reserves(rows, *channel)?;
        }
    }
    for channel in channels {
        let lists: Vec<i64> =
            remotes.iter().filter(|(at, _)| at == channel).map(|(_, remote)| *remote).collect();
        if !lists.is_empty() {
            rows.lane(LanePlan { channel: Some(*channel), target: Target::Remote })?;
            rows.remotes(&lists)?;
        }
    }
    left_out(rows, channels)
}

/// Moves everybody who is not active from `plan_person` to `plan_inactive`: few, by a partial index.
fn split_off_inactive(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.plan_inactive; \
         CREATE TEMP TABLE plan_inactive (subscriber INTEGER PRIMARY KEY, state INTEGER NOT NULL); \
         INSERT INTO plan_inactive SELECT id, state FROM subscriber \
           WHERE state <> 0 AND id IN (SELECT subscriber FROM plan_person); \
         DELETE FROM plan_person WHERE subscriber IN (SELECT subscriber FROM plan_inactive);",
    )
    .doing("leaving out who is not active")
}

/// Which addresses of a person a lane takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    /// All on the channel.
    Every,
    /// The first one; the first lane.
    First,
    /// The first one of those whom no lane has yet.
    FirstOfTheRest,
}

/// The people whom `channel` reaches.
fn reached(rows: &mut impl Rows, channel: ChannelId, ways: Ways) -> Result<(), StoreError> {
    rows.lane(LanePlan { channel: Some(channel), target: Target::People })?;
    let (address, group) =
        if ways == Ways::Every { ("a.id", "") } else { ("min(a.id)", "GROUP BY p.subscriber") };
    let not_planned =
        if ways == Ways::FirstOfTheRest { format!("AND NOT {}", rows.has()) } else { String::new() };
    // Driven by the audience in order, so that addresses are read in index order.
    let select = format!(
        "SELECT p.subscriber AS subscriber, {address} AS address FROM plan_person p CROSS JOIN address a \
         ON a.subscriber = p.subscriber AND a.channel = {channel} AND a.state = 0 \
         WHERE p.subscriber > :after AND p.subscriber <= :upto {not_planned} {group}",
        channel = channel.0,
    );
    rows.people("plan_person", &select, None)
}

/// The people whom `channel` could reach too, behind the one that reaches them first.
fn reserves(rows: &mut impl Rows, channel: ChannelId) -> Result<(), StoreError> {
    rows.lane(LanePlan { channel: Some(channel), target: Target::Reserve })?;
    let select = format!(
        "SELECT p.subscriber AS subscriber, min(a.id) AS address FROM plan_person p CROSS JOIN address a \
         ON a.subscriber = p.subscriber AND a.channel = {} AND a.state = 0 \
         WHERE p.subscriber > :after AND p.subscriber <= :upto AND NOT {} GROUP BY p.subscriber",
        channel.0,
        rows.has_on(channel),
    );
    rows.people("plan_person", &select, Some(SkipReason::Reserve))
}

/// Everybody who gets nothing, with the reason.
fn left_out(rows: &mut impl Rows, channels: &[ChannelId]) -> Result<(), StoreError> {
    let by_state = [
        (SkipReason::Muted, SubscriberState::Muted),
        (SkipReason::Blocked, SubscriberState::Blocked),
        (SkipReason::Unsubscribed, SubscriberState::Unsubscribed),
    ];
    rows.lane(LanePlan { channel: None, target: Target::Nobody })?;
    for (reason, state) in by_state {
        let select = format!(
            "SELECT p.subscriber AS subscriber, NULL AS address FROM plan_inactive p \
             WHERE p.subscriber > :after AND p.subscriber <= :upto AND p.state = {}",
            state.code()
        );
        rows.people("plan_inactive", &select, Some(reason))?;
    }
    let dead = format!(
        "EXISTS (SELECT 1 FROM address a WHERE a.subscriber = p.subscriber AND a.channel IN ({}))",
        id_list(channels)
    );
    // The last question has no condition of its own: everybody ends in the plan.
    for (reason, which) in [(SkipReason::DeadAddress, dead.as_str()), (SkipReason::NoAddress, "1")] {
        let select = format!(
            "SELECT p.subscriber AS subscriber, NULL AS address FROM plan_person p \
             WHERE p.subscriber > :after AND p.subscriber <= :upto AND NOT {} AND {which}",
            rows.has()
        );
        rows.people("plan_person", &select, Some(reason))?;
    }
    Ok(())
}

/// The last person of the next step through the temporary table `of`; none when it is over.
pub(super) fn step(conn: &Connection, of: &str, after: i64) -> Result<Option<i64>, StoreError> {
    conn.prepare_cached(&format!(
        "SELECT max(subscriber) FROM (SELECT subscriber FROM {of} WHERE subscriber > ?1 \
         ORDER BY subscriber LIMIT {CHUNK})"
    ))
    .and_then(|mut ask| ask.query_row([after], |row| row.get(0)))
    .doing("planning")
}

fn id_list(ids: &[ChannelId]) -> String {
    ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(", ")
}
