//! Keeps the Inbox from growing for ever: whoever knows a callback path could fill the disk with it.

use rusqlite::named_params;

use crate::store::db::{Changed, Db, bump};
use crate::store::error::{Doing, StoreError};

/// So many lines are kept; the oldest go first.
const MOST: i64 = 100_000;

/// So many lines go in one transaction.
const CHUNK: i64 = 500;

impl Db {
    /// Takes away what is too much; whether more waits to be taken.
    pub fn prune_inbox(&mut self) -> Result<bool, StoreError> {
        self.prune_to(MOST)
    }

    fn prune_to(&mut self, most: i64) -> Result<bool, StoreError> {
        // Ids grow by one: this reads two ends of an index and counts nothing.
        let (first, last): (Option<i64>, Option<i64>) = self
            .conn
            .query_row("SELECT (SELECT min(id) FROM inbound), (SELECT max(id) FROM inbound)", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .doing("looking how much came in")?;
        let over = last.unwrap_or(0) - first.unwrap_or(0) + 1 - most;
        if first.is_none() || over <= 0 {
            return Ok(false);
        }
        let upto = first.unwrap_or(0) + over.min(CHUNK) - 1;
        let tx = self.write()?;
        for sql in [
            "UPDATE conversation SET
                    lines = lines - (SELECT count(*) FROM inbound i
                                      WHERE coalesce(i.subscriber, 0) = conversation.subscriber AND i.id <= :upto),
                    unread = unread - (SELECT count(*) FROM inbound i
                                        WHERE coalesce(i.subscriber, 0) = conversation.subscriber AND i.id <= :upto
                                          AND i.read_ms IS NULL)
              WHERE subscriber IN (SELECT coalesce(subscriber, 0) FROM inbound WHERE id <= :upto)",
            "DELETE FROM inbound WHERE id <= :upto",
            // One whose newest line is gone has none.
            "DELETE FROM conversation WHERE newest <= :upto",
        ] {
            tx.execute(sql, named_params! { ":upto": upto }).doing("taking old lines away")?;
        }
        bump(&tx, Changed::Inbox)?;
        tx.commit().doing("taking old lines away")?;
        Ok(over > CHUNK)
    }
}

#[cfg(test)]
mod tests {
    use crate::channels::callback::{Came, Event};
    use crate::domain::time::Millis;
    use crate::store::fixtures::Shop;
    use crate::store::inbox::Incoming;

    #[test]
    fn the_oldest_lines_go_and_conversations_still_count_right() {
        let mut shop = Shop::new();
        let channel = shop.channel("wx");
        for n in 0..30 {
            let came = Came {
                event: Event::Text { text: format!("line {n}") },
                address: Some(format!("UID_{}", n % 3).as_str().into()),
                name: String::new(),
                at: Millis(1_000_000),
                key: format!("k{n}"),
                app: String::new(),
                allows: None,
                raw: String::new(),
            };
            shop.db.take_in(&[Incoming { channel, came }]).expect("taken");
        }
        assert!(!shop.db.prune_to(30).expect("nothing is too much"));
        assert!(!shop.db.prune_to(10).expect("pruned"));
        let (lines, counted): (i64, i64) = shop
            .db
            .conn
            .query_row(
                "SELECT (SELECT count(*) FROM inbound), (SELECT sum(lines) FROM conversation)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .expect("counted");
        assert_eq!((lines, counted), (10, 10));
        assert_eq!(shop.db.check().expect("checked"), []);
    }
}
