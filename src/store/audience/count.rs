//! How many people a filter finds, and what would become of them in a broadcast.

use super::{
    BTreeMap, ChannelId, Connection, Db, Doing, Filter, Resolved, Serialize, SkipReason, Sql, StoreError,
    SubscriberState, Value, named_params, params_from_iter, resolve,
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
        super::collect_audience(&self.conn, &self.pin(filter)?)?;
        let counted = breakdown(&self.conn, channels, all_channels);
        self.conn.execute_batch("DROP TABLE IF EXISTS temp.plan_person").doing("counting an audience")?;
        counted
    }
}

fn breakdown(conn: &Connection, channels: &[ChannelId], all: bool) -> Result<Breakdown, StoreError> {
    let one = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).doing("counting an audience");
    let mut counted = Breakdown { people: one("SELECT count(*) FROM plan_person")?, ..Breakdown::default() };
    for (state, reason) in [
        (SubscriberState::Muted, SkipReason::Muted),
        (SubscriberState::Blocked, SkipReason::Blocked),
        (SubscriberState::Unsubscribed, SkipReason::Unsubscribed),
    ] {
        let n = conn
            .prepare_cached(
                "DELETE FROM plan_person WHERE subscriber IN
                   (SELECT id FROM subscriber WHERE state = :state AND state <> 0)",
            )
            .and_then(|mut delete| delete.execute(named_params! { ":state": state.code() }))
            .doing("counting an audience")?;
        counted.skipped.insert(reason, n as i64);
    }
    for channel in channels {
        let usable = "SELECT subscriber FROM address WHERE channel = :channel AND state = 0";
        let count = if all {
            "SELECT count(*) FROM address a WHERE a.channel = :channel AND a.state = 0
               AND EXISTS (SELECT 1 FROM plan_person p WHERE p.subscriber = a.subscriber)"
                .to_owned()
        } else {
            format!("SELECT count(*) FROM plan_person WHERE subscriber IN ({usable})")
        };
        let n = conn
            .prepare_cached(&count)
            .and_then(|mut count| count.query_row(named_params! { ":channel": channel.0 }, |row| row.get(0)))
            .doing("counting an audience")?;
        counted.channels.push((*channel, n));
        if !all && n > 0 {
            conn.prepare_cached(&format!("DELETE FROM plan_person WHERE subscriber IN ({usable})"))
                .and_then(|mut delete| delete.execute(named_params! { ":channel": channel.0 }))
                .doing("counting an audience")?;
        }
    }
    let ids = || channels.iter().map(|channel| Value::from(channel.0));
    let list = super::holes(channels.len());
    let state = |condition: &str| {
        let sql = format!(
            "SELECT count(*) FROM plan_person p WHERE NOT EXISTS
               (SELECT 1 FROM address a WHERE a.subscriber = p.subscriber AND a.channel IN ({list}) AND a.state = 0)
               AND {condition} (SELECT 1 FROM address a WHERE a.subscriber = p.subscriber AND a.channel IN ({list}))"
        );
        number(conn, Sql::with(sql, ids().chain(ids())))
    };
    counted.skipped.insert(SkipReason::NoAddress, state("NOT EXISTS")?);
    counted.skipped.insert(SkipReason::DeadAddress, state("EXISTS")?);
    counted.skipped.retain(|_, n| *n > 0);
    Ok(counted)
}
