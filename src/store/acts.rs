//! What a person's act allows: some providers take messages to somebody only for a while after that somebody wrote,
//! followed or scanned, and only so many.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use super::inbox::Kind;
use super::siblings;
use crate::channels::callback::Allowance;
use crate::domain::id::{AddressId, ChannelId, DeliveryId};
use crate::domain::time::Millis;

/// What may be sent to somebody now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Until when.
    pub until: Millis,
    /// How many more; none: any number.
    pub left: Option<i64>,
}

/// How the window of a delivery's address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Nobody tells us what people do: only the provider knows.
    Untold,
    /// Open.
    Open,
    /// Closed, or used up.
    Closed,
}

/// Opens or renews a window, inside a transaction of somebody else; an act that was told late changes nothing.
pub(super) fn open(
    conn: &Connection,
    channel: ChannelId,
    lookup: &[u8],
    kind: Kind,
    allows: Allowance,
    at: Millis,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO act (channel, lookup, kind, at_ms, until_ms, allowance)
         VALUES (:channel, :lookup, :kind, :at, :until, :allowance)
         ON CONFLICT (channel, lookup, kind) DO UPDATE
           SET at_ms = :at, until_ms = :until, allowance = :allowance, used = 0 WHERE at_ms < :at",
    )
    .and_then(|mut open| {
        open.execute(named_params! {
            ":channel": channel.0, ":lookup": lookup, ":kind": kind.word(), ":at": at.0,
            ":until": at.plus(allows.ms).0, ":allowance": allows.messages,
        })
    })
    .doing("noting what an act allows")?;
    Ok(())
}

/// Nothing is allowed any more: the person has left.
pub(super) fn close(conn: &Connection, channel: ChannelId, lookup: &[u8]) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM act WHERE channel = :channel AND lookup = :lookup")
        .and_then(|mut close| close.execute(named_params! { ":channel": channel.0, ":lookup": lookup }))
        .doing("noting that nothing is allowed")?;
    Ok(())
}

/// The windows of an address that are open and not used up. Whether those of several acts add up the provider does
/// not say: a message counts against all of them.
const ALL_OPEN: &str = "FROM act t JOIN address a ON a.lookup = t.lookup
     WHERE a.id = :address AND t.channel IN (SELECT value FROM json_each(:told))
       AND t.until_ms > :now AND (t.allowance IS NULL OR t.used < t.allowance)";

/// The channels whose callbacks are about an address.
fn told_of(conn: &Connection, address: AddressId) -> Result<String, StoreError> {
    let channel: Option<i64> = conn
        .prepare_cached("SELECT channel FROM address WHERE id = :address")
        .and_then(|mut read| {
            read.query_row(named_params! { ":address": address.0 }, |row| row.get(0)).optional()
        })
        .doing("looking what may be sent")?;
    Ok(match channel {
        Some(channel) => siblings::json(&siblings::of(conn, ChannelId(channel))?),
        None => siblings::json(&[]),
    })
}

impl Db {
    /// What may be sent to an address now; none: its window is closed or used up.
    pub fn reply_window(&self, address: AddressId) -> Result<Option<Window>, StoreError> {
        let (now, told) = (self.now(), told_of(&self.conn, address)?);
        let mut read = self
            .conn
            .prepare_cached(&format!(
                "SELECT t.until_ms, t.allowance - t.used {ALL_OPEN} ORDER BY t.until_ms DESC LIMIT 1"
            ))
            .doing("looking what may be sent")?;
        let mut found = read
            .query_map(named_params! { ":address": address.0, ":told": told, ":now": now.0 }, |row| {
                Ok(Window { until: Millis(row.get(0)?), left: row.get(1)? })
            })
            .doing("looking what may be sent")?;
        found.next().transpose().doing("looking what may be sent")
    }

    /// How the window of a delivery's address stands, as far as callbacks tell.
    pub fn window_stand(&self, delivery: DeliveryId) -> Result<Stand, StoreError> {
        let Some(address) = self.address_of(delivery)? else { return Ok(Stand::Untold) };
        let told = told_of(&self.conn, address)?;
        let is_told = self
            .conn
            .prepare_cached("SELECT 1 FROM act WHERE channel IN (SELECT value FROM json_each(:told)) LIMIT 1")
            .and_then(|mut read| read.exists(named_params! { ":told": told }))
            .doing("looking what may be sent")?;
        Ok(match is_told {
            // Where nobody has ever acted, callbacks do not reach us.
            false => Stand::Untold,
            true if self.reply_window(address)?.is_some() => Stand::Open,
            true => Stand::Closed,
        })
    }

    /// Counts an accepted delivery against the window of its address; `false`: there is none.
    pub fn spend_window_of(&mut self, delivery: DeliveryId) -> Result<bool, StoreError> {
        self.address_of(delivery)?.map_or(Ok(false), |address| self.spend_window(address))
    }

    fn address_of(&self, delivery: DeliveryId) -> Result<Option<AddressId>, StoreError> {
        let address: Option<Option<i64>> = self
            .conn
            .prepare_cached("SELECT address FROM delivery WHERE broadcast = :broadcast AND seq = :seq")
            .and_then(|mut read| {
                read.query_row(
                    named_params! { ":broadcast": delivery.broadcast.0, ":seq": delivery.seq },
                    |row| row.get(0),
                )
                .optional()
            })
            .doing("looking where a delivery goes")?;
        Ok(address.flatten().map(AddressId))
    }

    /// The provider says that the window of a delivery's address is closed or used up: it knows.
    pub fn close_window_of(&mut self, delivery: DeliveryId) -> Result<(), StoreError> {
        let Some(address) = self.address_of(delivery)? else { return Ok(()) };
        let tx = self.write()?;
        let told = told_of(&tx, address)?;
        tx.execute(
            &format!(
                "UPDATE act SET until_ms = :now WHERE (channel, lookup, kind) IN
                 (SELECT t.channel, t.lookup, t.kind {ALL_OPEN})"
            ),
            named_params! { ":address": address.0, ":told": told, ":now": tx.now.0 },
        )
        .doing("noting that nothing is allowed")?;
        bump(&tx, Changed::Inbox)?;
        tx.commit().doing("noting that nothing is allowed")
    }

    /// Counts a message against the window of an address; `false`: there is none.
    pub fn spend_window(&mut self, address: AddressId) -> Result<bool, StoreError> {
        let tx = self.write()?;
        let told = told_of(&tx, address)?;
        let spent = tx
            .execute(
                &format!(
                    "UPDATE act SET used = used + 1 WHERE (channel, lookup, kind) IN
                     (SELECT t.channel, t.lookup, t.kind {ALL_OPEN})"
                ),
                named_params! { ":address": address.0, ":told": told, ":now": tx.now.0 },
            )
            .doing("counting what was sent")?;
        tx.commit().doing("counting what was sent")?;
        Ok(spent > 0)
    }
}
