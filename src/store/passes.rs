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
    /// Get one, and keep it or give up the turn.
    Refresh(Turn),
    /// Somebody else is getting one.
    Wait,
}

/// The right to get a pass. One that was had with other settings, or by somebody whose turn is over, is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(i64);

/// What the store has of a pass.
struct Stands {
    sealed: Option<(Vec<u8>, Millis, Millis)>,
    is_busy: bool,
}

impl Stands {
    /// `None`: somebody has to get one.
    fn turn(self, channel: ChannelId, keys: &Keyring, now: Millis) -> Result<Option<PassTurn>, StoreError> {
        if let Some((sealed, made, until)) = self.sealed
            && until > now
            // One from the future was made before the clock was set back.
            && made.since(now) <= BUSY_MS
        {
            let value = match keys.open_credential(channel, FIELD, &sealed) {
                Ok(value) => value,
                // A damaged one is as good as none: another is to be had.
                Err(_) if !self.is_busy => return Ok(None),
                Err(_) => return Ok(Some(PassTurn::Wait)),
            };
            return Ok(Some(PassTurn::Use(Pass { value, made, until })));
        }
        Ok(self.is_busy.then_some(PassTurn::Wait))
    }
}

fn stands(conn: &Connection, channel: ChannelId, now: Millis) -> Result<Stands, StoreError> {
    let found = conn
        .prepare_cached("SELECT sealed, made_ms, until_ms, busy_ms FROM pass WHERE channel = :channel")
        .and_then(|mut read| {
            read.query_row(named_params! { ":channel": channel.0 }, |row| {
                let (made, until, busy): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
                let sealed: Option<Vec<u8>> = row.get(0)?;
                Ok(Stands {
                    sealed: sealed.map(|sealed| (sealed, Millis(made), Millis(until))),
                    is_busy: (now.0..now.0 + BUSY_MS).contains(&busy),
                })
            })
            .optional()
        })
        .doing("reading a pass")?;
    Ok(found.unwrap_or(Stands { sealed: None, is_busy: false }))
}

impl Db {
    /// The pass of an account, or whose turn it is to get one. Every call asks, so the usual answer writes nothing.
    pub fn pass_turn(&mut self, channel: ChannelId) -> Result<PassTurn, StoreError> {
        let now = self.now();
        let keys = std::sync::Arc::clone(&self.keys);
        if let Some(turn) = stands(&self.conn, channel, now)?.turn(channel, &keys, now)? {
            return Ok(turn);
        }
        let tx = self.write()?;
        // Somebody may have been faster.
        if let Some(turn) = stands(&tx, channel, now)?.turn(channel, &keys, now)? {
            return Ok(turn);
        }
        let turn = Turn(now.0 + BUSY_MS - 1);
        tx.execute(
            "INSERT INTO pass (channel, busy_ms) VALUES (:channel, :busy)
             ON CONFLICT (channel) DO UPDATE SET busy_ms = :busy",
            named_params! { ":channel": channel.0, ":busy": turn.0 },
        )
        .doing("taking the turn for a pass")?;
        tx.commit().doing("taking the turn for a pass")?;
        Ok(PassTurn::Refresh(turn))
    }

    /// Keeps a new pass; everybody uses it from now on.
    pub fn keep_pass(&mut self, channel: ChannelId, turn: Turn, pass: &Pass) -> Result<(), StoreError> {
        let sealed = self.keys.seal_credential(channel, FIELD, &pass.value)?;
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET sealed = :sealed, made_ms = :made, until_ms = :until, busy_ms = 0
              WHERE channel = :channel AND busy_ms = :turn",
            named_params! {
                ":channel": channel.0, ":turn": turn.0, ":sealed": sealed, ":made": pass.made.0,
                ":until": pass.until.0,
            },
        )
        .doing("keeping a pass")?;
        tx.commit().doing("keeping a pass")
    }

    /// No pass came of the turn.
    pub fn give_up_pass(&mut self, channel: ChannelId, turn: Turn) -> Result<(), StoreError> {
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET busy_ms = 0 WHERE channel = :channel AND busy_ms = :turn",
            named_params! { ":channel": channel.0, ":turn": turn.0 },
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

    fn turn(db: &mut Db, channel: ChannelId) -> Turn {
        match db.pass_turn(channel).expect("a turn") {
            PassTurn::Refresh(turn) => turn,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn one_gets_it_the_others_wait_and_then_all_use_it() {
        let mut shop = Shop::new();
        let wechat = shop.channel("wechat");
        let db = &mut shop.db;
        let mine = turn(db, wechat);
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Wait);
        let pass = pass(db, "token-1");
        db.keep_pass(wechat, mine, &pass).expect("kept");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(pass.clone()));
        db.drop_pass(wechat, pass.made.plus(1)).expect("another one");
        assert!(matches!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(_)), "it was replaced since");
        db.drop_pass(wechat, pass.made).expect("dropped");
        let mine = turn(db, wechat);
        db.give_up_pass(wechat, mine).expect("given up");
        turn(db, wechat);
    }

    #[test]
    fn a_pass_is_good_for_the_credential_that_it_was_had_with() {
        let mut shop = Shop::new();
        let wechat = shop.channel("wechat");
        let db = &mut shop.db;
        let mine = turn(db, wechat);
        db.keep_pass(wechat, mine, &pass(db, "token-1")).expect("kept");
        let renamed = ChannelEdit { name: Some("new name".into()), ..ChannelEdit::default() };
        db.edit_channel(wechat, None, &renamed).expect("renamed");
        assert!(matches!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(_)));
        let secret = [("app_secret".to_owned(), Some(Secret::new("another")))].into();
        db.edit_channel(wechat, None, &ChannelEdit { secrets: secret, ..ChannelEdit::default() })
            .expect("set");
        turn(db, wechat);
    }

    #[test]
    fn what_comes_after_the_turn_is_over_is_not_kept() {
        let mut shop = Shop::new();
        let wechat = shop.channel("wechat");
        let late = turn(&mut shop.db, wechat);
        // Too slow: somebody else takes the turn.
        shop.passes(BUSY_MS);
        let db = &mut shop.db;
        let second = turn(db, wechat);
        db.keep_pass(wechat, late, &pass(db, "of-the-old-account")).expect("nothing kept");
        db.give_up_pass(wechat, late).expect("not the late one's to give up");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Wait);
        let good = pass(db, "token-2");
        db.keep_pass(wechat, second, &good).expect("kept");
        assert_eq!(db.pass_turn(wechat).expect("a turn"), PassTurn::Use(good));
    }
}
