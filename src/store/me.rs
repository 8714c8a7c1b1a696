//! Who "me" is: the person whom tests go to.

use rusqlite::{OptionalExtension, named_params};

use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::id::SubscriberId;

impl Db {
    /// The person who was added first, if there is anybody.
    pub fn first_subscriber(&self) -> Result<Option<SubscriberId>, StoreError> {
        self.conn
            .query_row("SELECT min(id) FROM subscriber WHERE removed_ms IS NULL", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .map(|id| id.map(SubscriberId))
            .doing("looking for the first person")
    }

    /// The person whom tests go to, if one was named and is still there.
    pub fn me(&self) -> Result<Option<SubscriberId>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT s.id FROM meta m JOIN subscriber s ON s.id = CAST(m.value AS INTEGER) \
                 WHERE m.key = 'me' AND s.removed_ms IS NULL",
            )
            .and_then(|mut read| read.query_row([], |row| row.get(0)).optional())
            .map(|id| id.map(SubscriberId))
            .doing("looking who tests go to")
    }

    /// Names the person whom tests go to.
    pub fn set_me(&mut self, id: SubscriberId) -> Result<(), StoreError> {
        self.person_row(id)?;
        let tx = self.write()?;
        tx.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('me', :id)",
            named_params! { ":id": id.0.to_string() },
        )
        .doing("naming whom tests go to")?;
        bump(&tx, Changed::People)?;
        tx.commit().doing("naming whom tests go to")
    }
}
