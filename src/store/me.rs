//! Who "me" is: the person whom tests go to.

use rusqlite::{OptionalExtension, named_params};

use super::db::{Changed, Db, bump};
use super::error::{Doing, StoreError};
use crate::domain::id::SubscriberId;

impl Db {
    /// Whoever can be reached on the most channels, and of these the one who was added first.
    pub fn most_reachable(&self) -> Result<Option<SubscriberId>, StoreError> {
        self.conn
            .query_row(
                "SELECT s.id FROM subscriber s JOIN address a ON a.subscriber = s.id \
                 WHERE s.removed_ms IS NULL AND s.state = 0 AND a.state = 0 \
                 GROUP BY s.id ORDER BY count(DISTINCT a.channel) DESC, s.id LIMIT 1",
                [],
                |row| row.get(0).map(SubscriberId),
            )
            .optional()
            .doing("looking for somebody to test with")
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
