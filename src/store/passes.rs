//! The passes of accounts, as all processes of the store share them: one refresh at a time, whoever does it.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::db::Db;
use super::error::{Doing, StoreError};
use crate::channels::pass::Pass;
use crate::domain::id::ChannelId;
use crate::domain::time::Millis;
use crate::seal::Keyring;

/// Under this name a pass is bound to its channel, beside the credentials.
const FIELD: &str = "pass";

/// So long a refresh may take before somebody else may try.
const BUSY_MS: i64 = 20_000;

/// What somebody who needs a pass is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassTurn {
    /// Here it is.
    Use(Pass),
    /// Get one, and store or give up the turn.
    Refresh,
    /// Somebody else is getting one.
    Wait,
}

impl Db {
    /// The pass of an account, or whose turn it is to get one.
    pub fn pass_turn(&mut self, channel: ChannelId) -> Result<PassTurn, StoreError> {
        let now = self.now();
        // Each call asks, and nearly all find one: these take no turn with those who write.
        if let Kept::Pass(pass) = kept(&self.conn, &self.keys, channel, now)? {
            return Ok(PassTurn::Use(pass));
        }
        let keys = std::sync::Arc::clone(&self.keys);
        let tx = self.write()?;
        let busy = match kept(&tx, &keys, channel, now)? {
            Kept::Pass(pass) => return Ok(PassTurn::Use(pass)),
            Kept::Nothing { busy } => busy,
        };
        if (now.0..now.0 + BUSY_MS).contains(&busy) {
            return Ok(PassTurn::Wait);
        }
        tx.execute(
            "INSERT INTO pass (channel, busy_ms) VALUES (:channel, :busy)
             ON CONFLICT (channel) DO UPDATE SET busy_ms = :busy",
            named_params! { ":channel": channel.0, ":busy": now.0 + BUSY_MS - 1 },
        )
        .doing("taking the turn for a pass")?;
        tx.commit().doing("taking the turn for a pass")?;
        Ok(PassTurn::Refresh)
    }

    /// Keeps a new pass; everybody uses it from now on.
    pub fn keep_pass(&mut self, channel: ChannelId, pass: &Pass) -> Result<(), StoreError> {
        let sealed = self.keys.seal_credential(channel, FIELD, &pass.value)?;
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET sealed = :sealed, made_ms = :made, until_ms = :until, busy_ms = 0
              WHERE channel = :channel",
            named_params! {
                ":channel": channel.0, ":sealed": sealed, ":made": pass.made.0, ":until": pass.until.0,
            },
        )
        .doing("keeping a pass")?;
        tx.commit().doing("keeping a pass")
    }

    /// No pass came of the turn.
    pub fn give_up_pass(&mut self, channel: ChannelId) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET busy_ms = 0 WHERE channel = :channel",
            named_params! { ":channel": channel.0 },
        )
        .doing("giving up the turn for a pass")?;
        tx.commit().doing("giving up the turn for a pass")
    }

    /// Nobody uses this pass any more, unless it has been replaced already.
    pub fn drop_pass(&mut self, channel: ChannelId, made: Millis) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET sealed = NULL, until_ms = 0 WHERE channel = :channel AND made_ms = :made",
            named_params! { ":channel": channel.0, ":made": made.0 },
        )
        .doing("dropping a pass")?;
        tx.commit().doing("dropping a pass")
    }
}

/// What is kept for an account.
enum Kept {
    /// One that is good.
    Pass(Pass),
    /// None, and until when somebody is getting one.
    Nothing { busy: i64 },
}

fn kept(conn: &Connection, keys: &Keyring, channel: ChannelId, now: Millis) -> Result<Kept, StoreError> {
    let row: Option<(Option<Vec<u8>>, i64, i64, i64)> = conn
        .prepare_cached("SELECT sealed, made_ms, until_ms, busy_ms FROM pass WHERE channel = :channel")
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0 }, |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()
        })
        .doing("reading a pass")?;
    if let Some((Some(sealed), made, until, _)) = &row
        && *until > now.0
        // One from the future was made before the clock was set back.
        && *made <= now.0 + BUSY_MS
    {
        let value = keys.open_credential(channel, FIELD, sealed)?;
        return Ok(Kept::Pass(Pass { value, made: Millis(*made), until: Millis(*until) }));
    }
    Ok(Kept::Nothing { busy: row.map_or(0, |(_, _, _, busy)| busy) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;
    use crate::store::channels::ChannelEdit;
    use crate::store::fixtures::Shop;

    fn pass(db: &Db, value: &str) -> Pass {
        let made = db.now();
        Pass { value: Secret::new(value), made, until: made.plus(7_000_000) }
    }

    #[test]
    fn one_gets_it_the_others_wait_and_then_all_use_it() {
        let mut shop = Shop::new();
        let wechat = shop.channel("wechat");
        let db = &mut shop.db;
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Refresh);
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Wait);
        let pass = pass(db, "token-1");
        db.keep_pass(wechat, &pass).expect("kept");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(pass.clone()));
        db.drop_pass(wechat, pass.made.plus(1)).expect("another one");
        assert!(matches!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(_)), "it was replaced since");
        db.drop_pass(wechat, pass.made).expect("dropped");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Refresh);
        db.give_up_pass(wechat).expect("given up");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Refresh);
    }

    #[test]
    fn a_pass_is_good_for_the_credential_that_it_was_had_with() {
        let mut shop = Shop::new();
        let wechat = shop.channel("wechat");
        let db = &mut shop.db;
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Refresh);
        db.keep_pass(wechat, &pass(db, "token-1")).expect("kept");
        let renamed = ChannelEdit { name: Some("new name".into()), ..ChannelEdit::default() };
        db.edit_channel(wechat, None, &renamed).expect("renamed");
        assert!(matches!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(_)));
        let secret = [("app_secret".to_owned(), Some(Secret::new("another")))].into();
        db.edit_channel(wechat, None, &ChannelEdit { secrets: secret, ..ChannelEdit::default() })
            .expect("set");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Refresh);
    }
}
