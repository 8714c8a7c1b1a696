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

    /// A condition on a person `p`: the lanes of `channels`, all that there are so far, have them. Where rows are
    /// written it is asked of them and not of the addresses: those may change between two steps, and nobody may be
    /// in two lanes or in none.
    fn has(&self, channels: &[ChannelId]) -> String;

    /// The same: of the lanes to people, the one of `channel` has them, and none of the channels `before`.
    fn has_on(&self, channel: ChannelId, before: &[ChannelId]) -> String;

    /// Begins the next lane.
    fn lane(&mut self, lane: LanePlan) -> Result<(), StoreError>;

    /// Takes what `select` gives (`subscriber`, `address`) for people of the temporary table `of`: they get it, or
    /// they are left out for a reason. Says how many rows it were.
    fn people(&mut self, of: &str, select: &str, skip: Option<SkipReason>) -> Result<i64, StoreError>;

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
    if draft.all_channels {
        for channel in channels {
            reached(rows, *channel, "plan_person", Ways::Every)?;
        }
        begin_rest(rows, channels, false)?;
    } else {
        first_of_each(rows, channels)?;
    }
    if draft.fallback && !draft.all_channels {
        for (rank, channel) in channels.iter().enumerate().skip(1) {
            reserves(rows, *channel, channels.get(..rank).unwrap_or_default())?;
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

/// Each person once, by the first channel that reaches them. Those whom it does not reach are kept apart, because
/// they are few as a rule, and everybody who comes later is looked for among them.
fn first_of_each(rows: &mut impl Rows, channels: &[ChannelId]) -> Result<(), StoreError> {
    let Some((first, others)) = channels.split_first() else { return begin_rest(rows, channels, false) };
    let n = reached(rows, *first, "plan_person", Ways::First)?;
    let all: i64 =
        rows.conn().query_row("SELECT count(*) FROM plan_person", [], |row| row.get(0)).doing("planning")?;
    begin_rest(rows, &[*first], n == all)?;
    for (rank, channel) in others.iter().enumerate() {
        if reached(rows, *channel, "plan_rest", Ways::First)? > 0 {
            let has = rows.has(channels.get(..rank + 2).unwrap_or(channels));
            let taken = format!("DELETE FROM plan_rest AS p WHERE {has}");
            rows.conn().execute(&taken, []).doing("planning")?;
        }
    }
    Ok(())
}

/// Begins the temporary table `plan_rest`: those of `plan_person` whom no lane has.
fn begin_rest(rows: &impl Rows, channels: &[ChannelId], is_empty: bool) -> Result<(), StoreError> {
    let conn = rows.conn();
    conn.execute_batch(
        "DROP TABLE IF EXISTS temp.plan_rest; CREATE TEMP TABLE plan_rest (subscriber INTEGER PRIMARY KEY);",
    )
    .doing("planning")?;
    if !is_empty {
        let left = format!(
            "INSERT INTO plan_rest SELECT p.subscriber FROM plan_person p WHERE NOT {}",
            rows.has(channels)
        );
        conn.execute(&left, []).doing("planning")?;
    }
    Ok(())
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
    /// The first one.
    First,
}

/// The people of `of` whom `channel` reaches.
fn reached(rows: &mut impl Rows, channel: ChannelId, of: &str, ways: Ways) -> Result<i64, StoreError> {
    rows.lane(LanePlan { channel: Some(channel), target: Target::People })?;
    let (address, group) =
        if ways == Ways::Every { ("a.id", "") } else { ("min(a.id)", "GROUP BY p.subscriber") };
    // Driven by the audience in order, so that addresses are read in index order.
    let select = format!(
        "SELECT p.subscriber AS subscriber, {address} AS address FROM {of} p CROSS JOIN address a \
         ON a.subscriber = p.subscriber AND a.channel = {channel} AND a.state = 0 \
         WHERE p.subscriber > :after AND p.subscriber <= :upto {group}",
        channel = channel.0,
    );
    rows.people(of, &select, None)
}

/// The people whom `channel` could reach too, behind the one of the channels `before` that reaches them first.
fn reserves(rows: &mut impl Rows, channel: ChannelId, before: &[ChannelId]) -> Result<(), StoreError> {
    rows.lane(LanePlan { channel: Some(channel), target: Target::Reserve })?;
    let select = format!(
        "SELECT p.subscriber AS subscriber, min(a.id) AS address FROM plan_person p CROSS JOIN address a \
         ON a.subscriber = p.subscriber AND a.channel = {} AND a.state = 0 \
         WHERE p.subscriber > :after AND p.subscriber <= :upto AND NOT {} GROUP BY p.subscriber",
        channel.0,
        rows.has_on(channel, before),
    );
    rows.people("plan_person", &select, Some(SkipReason::Reserve)).map(drop)
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
    // Parted once, so that everybody ends in the plan whatever becomes of the addresses meanwhile.
    rows.conn()
        .execute_batch(&format!(
            "DROP TABLE IF EXISTS temp.plan_dead; CREATE TEMP TABLE plan_dead (subscriber INTEGER PRIMARY KEY); \
             INSERT INTO plan_dead SELECT p.subscriber FROM plan_rest p WHERE {}; \
             DELETE FROM plan_rest WHERE subscriber IN (SELECT subscriber FROM plan_dead);",
            has_address(channels, "")
        ))
        .doing("planning")?;
    for (of, reason) in [("plan_dead", SkipReason::DeadAddress), ("plan_rest", SkipReason::NoAddress)] {
        let select = format!(
            "SELECT p.subscriber AS subscriber, NULL AS address FROM {of} p \
             WHERE p.subscriber > :after AND p.subscriber <= :upto"
        );
        rows.people(of, &select, Some(reason))?;
    }
    Ok(())
}

/// A condition on a person `p`: there is an address on one of these channels, and `which`.
pub(super) fn has_address(channels: &[ChannelId], which: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM address e WHERE e.subscriber = p.subscriber AND e.channel IN ({}) {which})",
        id_list(channels)
    )
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
