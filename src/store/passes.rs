//! The passes of accounts, as all processes of the store share them: one refresh at a time, whoever does it.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::db::Db;
use super::error::{Doing, StoreError};
use crate::channels::pass::{Pass, Passes};
use crate::domain::channel::Account;
use crate::domain::id::ChannelId;
use crate::domain::secret::Secret;
use crate::domain::time::Millis;
use crate::seal::Keyring;

/// Passes are sealed as credentials are, and are no channel's.
const NOBODYS: ChannelId = ChannelId(0);

/// What is left of a pass goes so long after its end.
const FORGOTTEN_MS: i64 = 24 * 3_600_000;

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

/// Whose a pass is: what its account is known by at the provider, and nobody can read out of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(Secret);

impl Holder {
    /// The holder of an account's pass.
    pub fn of(account: &Account, passes: &dyn Passes) -> Self {
        let mut known_by = account.kind.clone();
        for field in passes.belongs_to() {
            known_by.push('\0');
            known_by.push_str(account.says(field));
        }
        Self(Secret::new(known_by))
    }

    /// What stands for it in the store.
    fn token(&self, keys: &Keyring) -> String {
        keys.token(&format!("pass {}", self.0.expose()))
    }
}

/// What the store has of a pass.
struct Stands {
    sealed: Option<(Vec<u8>, Millis, Millis)>,
    is_busy: bool,
}

impl Stands {
    /// `None`: somebody has to get one.
    fn turn(self, holder: &str, keys: &Keyring, now: Millis) -> Result<Option<PassTurn>, StoreError> {
        if let Some((sealed, made, until)) = self.sealed
            && until > now
            // One from the future was made before the clock was set back.
            && made.since(now) <= BUSY_MS
        {
            let value = match keys.open_credential(NOBODYS, holder, &sealed) {
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

fn stands(conn: &Connection, holder: &str, now: Millis) -> Result<Stands, StoreError> {
    let found = conn
        .prepare_cached("SELECT sealed, made_ms, until_ms, busy_ms FROM pass WHERE holder = :holder")
        .and_then(|mut read| {
            read.query_row(named_params! { ":holder": holder }, |row| {
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
    pub fn pass_turn(&mut self, holder: &Holder) -> Result<PassTurn, StoreError> {
        let now = self.now();
        let keys = std::sync::Arc::clone(&self.keys);
        let holder = &*holder.token(&keys);
        if let Some(turn) = stands(&self.conn, holder, now)?.turn(holder, &keys, now)? {
            return Ok(turn);
        }
        let tx = self.write()?;
        // Somebody may have been faster.
        if let Some(turn) = stands(&tx, holder, now)?.turn(holder, &keys, now)? {
            return Ok(turn);
        }
        let turn = Turn(now.0 + BUSY_MS - 1);
        tx.execute(
            "INSERT INTO pass (holder, busy_ms) VALUES (:holder, :busy)
             ON CONFLICT (holder) DO UPDATE SET busy_ms = :busy",
            named_params! { ":holder": holder, ":busy": turn.0 },
        )
        .doing("taking the turn for a pass")?;
        tx.commit().doing("taking the turn for a pass")?;
        Ok(PassTurn::Refresh(turn))
    }

    /// Keeps a new pass; everybody uses it from now on.
    pub fn keep_pass(&mut self, holder: &Holder, turn: Turn, pass: &Pass) -> Result<(), StoreError> {
        let holder = &*holder.token(&self.keys);
        let sealed = self.keys.seal_credential(NOBODYS, holder, &pass.value)?;
        let now = self.now();
        let tx = self.write()?;
        tx.execute(
            "DELETE FROM pass WHERE max(until_ms, busy_ms) < :old",
            named_params! { ":old": now.0 - FORGOTTEN_MS },
        )
        .doing("forgetting old passes")?;
        tx.execute(
            "UPDATE pass SET sealed = :sealed, made_ms = :made, until_ms = :until, busy_ms = 0
              WHERE holder = :holder AND busy_ms = :turn",
            named_params! {
                ":holder": holder, ":turn": turn.0, ":sealed": sealed, ":made": pass.made.0,
                ":until": pass.until.0,
            },
        )
        .doing("keeping a pass")?;
        tx.commit().doing("keeping a pass")
    }

    /// No pass came of the turn.
    pub fn give_up_pass(&mut self, holder: &Holder, turn: Turn) -> Result<(), StoreError> {
        let holder = &*holder.token(&self.keys);
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET busy_ms = 0 WHERE holder = :holder AND busy_ms = :turn",
            named_params! { ":holder": holder, ":turn": turn.0 },
        )
        .doing("giving up the turn for a pass")?;
        tx.commit().doing("giving up the turn for a pass")
    }

    /// Nobody uses this pass any more, unless it has been replaced already.
    pub fn drop_pass(&mut self, holder: &Holder, made: Millis) -> Result<(), StoreError> {
        let holder = &*holder.token(&self.keys);
        let tx = self.write()?;
        tx.execute(
            "UPDATE pass SET sealed = NULL, until_ms = 0 WHERE holder = :holder AND made_ms = :made",
            named_params! { ":holder": holder, ":made": made.0 },
        )
        .doing("dropping a pass")?;
        tx.commit().doing("dropping a pass")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixtures::Shop;

    fn holder(kind: &str, settings: &[(&str, &str)], secret: &str) -> Holder {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let account = Account {
            settings: settings.iter().map(owned).collect(),
            secrets: ["key", "app_secret"].map(|field| (field.to_owned(), Secret::new(secret))).into(),
            id: ChannelId(1),
            name: "one".into(),
            kind: kind.into(),
        };
        let passes = crate::channels::catalog::kind(kind).and_then(crate::channels::kind::Kind::passes);
        Holder::of(&account, passes.expect("a kind with passes"))
    }

    fn pass(db: &Db, value: &str) -> Pass {
        let made = db.now();
        Pass { value: Secret::new(value), made, until: made.plus(7_000_000) }
    }

    fn turn(db: &mut Db, holder: &Holder) -> Turn {
        match db.pass_turn(holder).expect("a turn") {
            PassTurn::Refresh(turn) => turn,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn one_gets_it_the_others_wait_and_then_all_use_it() {
        let mut shop = Shop::new();
        let wechat = &holder("wechat", &[("app_id", "wx1")], "secret");
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
    fn channels_of_one_account_share_a_pass_and_another_credential_has_another() {
        let mut shop = Shop::new();
        let db = &mut shop.db;
        let push = |bundle: &str, sound: &str, key: &str| {
            let settings = [("team_id", "T"), ("key_id", "K"), ("bundle_id", bundle), ("sound", sound)];
            holder("apns", &settings, key)
        };
        let mine = turn(db, &push("com.a", "bell", "key"));
        db.keep_pass(&push("com.a", "bell", "key"), mine, &pass(db, "token-1")).expect("kept");
        let same = db.pass_turn(&push("com.b", "", "key")).expect("a turn");
        assert!(matches!(same, PassTurn::Use(pass) if pass.value.expose() == "token-1"));
        turn(db, &push("com.a", "bell", "another key"));
        let kept: String =
            db.conn.query_row("SELECT group_concat(holder) FROM pass", [], |row| row.get(0)).expect("read");
        assert!(!kept.contains("key") && !kept.contains('T'), "{kept}");
    }

    #[test]
    fn what_comes_after_the_turn_is_over_is_not_kept() {
        let mut shop = Shop::new();
        let wechat = &holder("wechat", &[("app_id", "wx1")], "secret");
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
