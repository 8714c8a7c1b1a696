//! How many people a filter finds, and what would become of them in a broadcast.

use super::{
    BTreeMap, ChannelId, Connection, Db, Doing, Filter, Resolved, Serialize, SkipReason, Sql, StoreError,
    SubscriberState, named_params, params_from_iter, resolve,
};

/// Up to so many people a list counts exactly.
const EXACT: i64 = 10_000;

/// How many there are, or at least how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The number.
    pub n: i64,
    /// Whether it is all of them; else there are at least so many.
    pub exact: bool,
}

/// What would become of an audience.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Breakdown {
    /// Everybody in it.
    pub people: i64,
    /// Deliveries by channel, in the order of the channels that were given.
    pub channels: Vec<(ChannelId, i64)>,
    /// People who get nothing, by reason.
    pub skipped: BTreeMap<SkipReason, i64>,
}

impl Breakdown {
    /// Deliveries that would leave: what the gates count (without remote topics).
    pub fn to_send(&self) -> i64 {
        self.channels.iter().map(|(_, n)| n).sum()
    }

    /// How many people get something, if they get more than one delivery each.
    pub fn people_of_several(&self) -> Option<i64> {
        let reached = self.people - self.skipped.values().sum::<i64>();
        (self.to_send() > reached).then_some(reached)
    }
}

fn number(conn: &Connection, sql: Sql) -> Result<i64, StoreError> {
    conn.prepare_cached(&sql.text)
        .and_then(|mut count| count.query_row(params_from_iter(sql.values), |row| row.get(0)))
        .doing("counting people")
}

fn wrap(before: &str, inner: Sql, after: &str) -> Sql {
    let mut sql = Sql::new(before);
    sql.push(inner);
    sql.push_text(after);
    sql
}

impl Resolved {
    /// The number that is kept as people come and go, if the filter asks for nothing else.
    fn kept(&self, conn: &Connection) -> Result<Option<i64>, StoreError> {
        if !self.importing.is_empty() {
            return Ok(None);
        }
        let kept = match self.parts.as_slice() {
            [] => people(conn)?,
            [one] if !one.negated => match &one.part {
                super::Part::Topics(ids) | super::Part::Tags(ids) if ids.len() == 1 => one.estimate,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(kept))
    }
}

/// How many people there are.
pub(in crate::store) fn people(conn: &Connection) -> Result<i64, StoreError> {
    conn.prepare_cached("SELECT n FROM tally WHERE what = 'people'")
        .and_then(|mut read| read.query_row([], |row| row.get(0)))
        .doing("counting people")
}

impl Db {
    /// How many people there are in all.
    pub fn people_in_all(&self) -> Result<i64, StoreError> {
        people(&self.conn)
    }

    /// How many people a list under that filter has: exact where it is cheap, else up to 10,000.
    pub fn count_people(&self, filter: &Filter) -> Result<Count, StoreError> {
        let resolved = resolve::resolve(&self.conn, &self.pin(filter)?, self.now())?;
        if let Some(n) = resolved.kept(&self.conn)? {
            return Ok(Count { n, exact: true });
        }
        let page = resolved.page(None, EXACT as usize + 1);
        let n = number(&self.conn, wrap("SELECT count(*) FROM (", page, ")"))?;
        Ok(Count { n: n.min(EXACT), exact: n <= EXACT })
    }

    /// Exactly how many people an audience has, whatever their state.
    pub fn audience_size(&self, filter: &Filter) -> Result<i64, StoreError> {
        let resolved = resolve::resolve(&self.conn, &self.pin(filter)?, self.now())?;
        match resolved.kept(&self.conn)? {
            Some(n) => Ok(n),
            None => number(&self.conn, wrap("SELECT count(*) FROM (", resolved.audience(), ")")),
        }
    }

    /// What would become of an audience on these channels, in this order: each person once, on the first
    /// usable channel, or with `all_channels` once for every usable address.
    pub fn audience_count(
        &self,
        filter: &Filter,
        channels: &[ChannelId],
        all_channels: bool,
    ) -> Result<Breakdown, StoreError> {
        let sql = resolve::resolve(&self.conn, &self.pin(filter)?, self.now())?.audience();
        let people: Vec<i64> = self
            .conn
            .prepare_cached(&sql.text)
            .and_then(|mut read| read.query_map(params_from_iter(sql.values), |row| row.get(0))?.collect())
            .doing("counting an audience")?;
        breakdown(&self.conn, people, channels, all_channels)
    }
}

/// Everybody in the order of ids, taken out group by group. Each group is read in the order of ids,
/// too, and merged; only where it is many times larger is it asked person by person.
fn breakdown(
    conn: &Connection,
    mut people: Vec<i64>,
    channels: &[ChannelId],
    all: bool,
) -> Result<Breakdown, StoreError> {
    let mut counted = Breakdown { people: people.len() as i64, ..Breakdown::default() };
    for (state, reason) in [
        (SubscriberState::Muted, SkipReason::Muted),
        (SubscriberState::Blocked, SkipReason::Blocked),
        (SubscriberState::Unsubscribed, SkipReason::Unsubscribed),
    ] {
        let sql = "SELECT id FROM subscriber WHERE state = :of AND state <> 0 ORDER BY id";
        let out = take_out(conn, &mut people, sql, state.code())?;
        counted.skipped.insert(reason, out);
    }
    let everybody = people.clone();
    for channel in channels {
        let usable = if all {
            addresses_of(conn, &everybody, *channel)?
        } else {
            take_reachable(conn, &mut people, *channel, &USABLE)?
        };
        if all {
            take_reachable(conn, &mut people, *channel, &USABLE)?;
        }
        counted.channels.push((*channel, usable));
    }
    let mut dead = 0;
    for channel in channels {
        dead += take_reachable(conn, &mut people, *channel, &ANY)?;
    }
    counted.skipped.insert(SkipReason::DeadAddress, dead);
    counted.skipped.insert(SkipReason::NoAddress, people.len() as i64);
    counted.skipped.retain(|_, n| *n > 0);
    Ok(counted)
}

/// How to find who has an address: by person, or everybody in the order of ids.
struct Reach {
    one: &'static str,
    everybody: &'static str,
}

const USABLE: Reach = Reach {
    one: "SELECT count(*) FROM address WHERE subscriber = :id AND channel = :of AND state = 0",
    everybody: "SELECT subscriber FROM address WHERE channel = :of AND state = 0 ORDER BY subscriber",
};

const ANY: Reach = Reach {
    one: "SELECT count(*) FROM address WHERE subscriber = :id AND channel = :of",
    everybody: "SELECT subscriber FROM address WHERE channel = :of ORDER BY subscriber",
};

fn is_few(conn: &Connection, people: &[i64], channel: ChannelId) -> Result<bool, StoreError> {
    let addresses: i64 = conn
        .prepare_cached("SELECT addresses FROM channel WHERE id = :id")
        .and_then(|mut read| read.query_row(named_params! { ":id": channel.0 }, |row| row.get(0)))
        .doing("counting an audience")?;
    Ok(people.len() as i64 * super::MERGE < addresses)
}

/// How many addresses each of these people has on a channel.
fn addresses_each(
    conn: &Connection,
    people: &[i64],
    sql: &str,
    channel: ChannelId,
) -> Result<Vec<i64>, StoreError> {
    let mut read = conn.prepare_cached(sql).doing("counting an audience")?;
    people
        .iter()
        .map(|id| read.query_row((id, channel.0), |row| row.get(0)).doing("counting an audience"))
        .collect()
}

fn take_reachable(
    conn: &Connection,
    people: &mut Vec<i64>,
    channel: ChannelId,
    reach: &Reach,
) -> Result<i64, StoreError> {
    if !is_few(conn, people, channel)? {
        return take_out(conn, people, reach.everybody, channel.0);
    }
    let each = addresses_each(conn, people, reach.one, channel)?;
    let before = people.len();
    let mut each = each.into_iter();
    people.retain(|_| each.next() == Some(0));
    Ok((before - people.len()) as i64)
}

/// Takes everybody whom `sql` gives, in the order of ids, out of `people`; how many there were.
fn take_out(conn: &Connection, people: &mut Vec<i64>, sql: &str, of: i64) -> Result<i64, StoreError> {
    let mut kept = Vec::with_capacity(people.len());
    let mut rest = people.iter().copied().peekable();
    let mut read = conn.prepare_cached(sql).doing("counting an audience")?;
    let mut rows = read.query(named_params! { ":of": of }).doing("counting an audience")?;
    while let Some(row) = rows.next().doing("counting an audience")? {
        let out: i64 = row.get(0).doing("counting an audience")?;
        while let Some(id) = rest.next_if(|id| *id < out) {
            kept.push(id);
        }
        if rest.next_if_eq(&out).is_none() && rest.peek().is_none() {
            break;
        }
    }
    kept.extend(rest);
    let taken = people.len() - kept.len();
    *people = kept;
    Ok(taken as i64)
}

/// How many usable addresses these people have on a channel.
fn addresses_of(conn: &Connection, people: &[i64], channel: ChannelId) -> Result<i64, StoreError> {
    if is_few(conn, people, channel)? {
        return Ok(addresses_each(conn, people, USABLE.one, channel)?.into_iter().sum());
    }
    let mut read = conn.prepare_cached(USABLE.everybody).doing("counting an audience")?;
    let mut rows = read.query(named_params! { ":of": channel.0 }).doing("counting an audience")?;
    let mut rest = people.iter().copied().peekable();
    let mut n = 0;
    while let Some(row) = rows.next().doing("counting an audience")? {
        let owner: i64 = row.get(0).doing("counting an audience")?;
        while rest.next_if(|id| *id < owner).is_some() {}
        n += i64::from(rest.peek() == Some(&owner));
    }
    Ok(n)
}
