//! Whether a store is sound: its pages, its references, its books, its counters and its log.

use rusqlite::Connection;
use serde::Serialize;

use super::broadcasts;
use super::db::Db;
use super::error::{Doing, StoreError};
use super::pick::Pick;
use crate::domain::id::BroadcastId;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// What was looked at.
    pub check: &'static str,
    /// What was found.
    pub found: String,
}

/// Queries that give a line for each flaw; none is what should be.
const CHECKS: &[(&str, &str)] = &[
    ("pages", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 20"),
    (
        "references",
        "SELECT \"table\" || ' row ' || rowid || ' has no ' || parent FROM pragma_foreign_key_check LIMIT 20",
    ),
    (
        "books",
        "SELECT 'lane ' || l.id || ' of b' || l.broadcast || ': the line says ' || (l.planned || ' ' || l.skipped \
           || ' ' || l.deferred || ' ' || l.sending || ' ' || l.accepted || ' ' || l.confirmed || ' ' || l.rejected \
           || ' ' || l.unknown || ' ' || l.assumed || ' ' || l.cancelled) || ', the rows ' || r.line \
         FROM lane l JOIN (SELECT lane, broadcast, sum(state = 0) || ' ' || sum(state = 1) || ' ' || sum(state = 2) \
           || ' ' || sum(state = 3) || ' ' || sum(state = 4) || ' ' || sum(state = 5) || ' ' || sum(state = 6) || ' ' \
           || sum(state = 7) || ' ' || sum(state = 8) || ' ' || sum(state = 9) AS line \
           FROM delivery GROUP BY broadcast, lane) r ON r.lane = l.id \
         WHERE r.line <> l.planned || ' ' || l.skipped || ' ' || l.deferred || ' ' || l.sending || ' ' || l.accepted \
           || ' ' || l.confirmed || ' ' || l.rejected || ' ' || l.unknown || ' ' || l.assumed || ' ' || l.cancelled \
         LIMIT 20",
    ),
    (
        "attempts",
        "SELECT 'd' || d.broadcast || '-' || d.seq || ' counts ' || d.attempts || ' attempts, on record are ' || \
           (SELECT count(*) FROM attempt a WHERE a.broadcast = d.broadcast AND a.seq = d.seq) FROM delivery d \
         WHERE d.attempts <> (SELECT count(*) FROM attempt a WHERE a.broadcast = d.broadcast AND a.seq = d.seq) \
         LIMIT 20",
    ),
    (
        "counters",
        "SELECT 'topic ' || t.id || ' counts ' || t.people || ' people, members are ' || m.n FROM topic t JOIN \
           (SELECT t.id, count(s.id) AS n FROM topic t LEFT JOIN topic_member m ON m.topic = t.id \
            LEFT JOIN subscriber s ON s.id = m.subscriber AND s.removed_ms IS NULL GROUP BY t.id) m ON m.id = t.id \
         WHERE t.people <> m.n LIMIT 20",
    ),
    (
        "inbox",
        "SELECT 'the conversation of u' || v.subscriber || ' counts ' || v.lines || ' lines, ' || v.unread \
           || ' unread; there are ' || r.lines || ' and ' || r.unread FROM conversation v JOIN \
           (SELECT coalesce(subscriber, 0) AS person, count(*) AS lines, sum(read_ms IS NULL) AS unread \
            FROM inbound GROUP BY 1) r ON r.person = v.subscriber \
         WHERE v.lines <> r.lines OR v.unread <> r.unread LIMIT 20",
    ),
];

impl Db {
    /// Whether the books of a broadcast balance: the ledger line equals the rows. For `db check` and tests.
    pub fn books_balance(&self, id: BroadcastId) -> Result<bool, StoreError> {
        let pick = Pick::of(id);
        Ok(self.delivery_counts(&pick)? == broadcasts::counts(&self.conn, id)?)
    }

    /// Looks at everything; an empty list is a sound store. Reads the whole file.
    pub fn check(&self) -> Result<Vec<Flaw>, StoreError> {
        let mut flaws = Vec::new();
        for (check, sql) in CHECKS {
            let lines = lines(&self.conn, sql)?;
            flaws.extend(lines.into_iter().map(|found| Flaw { check, found }));
        }
        if let Some(id) = self.verify_audit()?.broken_at {
            flaws.push(Flaw { check: "audit", found: format!("entry {id} is not what its hash says") });
        }
        Ok(flaws)
    }
}

fn lines(conn: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    conn.prepare(sql)
        .and_then(|mut read| read.query_map([], |row| row.get(0))?.collect())
        .doing("checking the store")
}

#[cfg(test)]
mod tests {
    use crate::domain::delivery::DeliveryState;
    use crate::store::fixtures::{Shop, answered};

    #[test]
    fn a_sound_store_has_no_flaw_and_a_wrong_line_is_named() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(4, bark);
        shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for granted in shop.claim(epoch, 2, 1) {
            shop.record(epoch, &answered(&granted, DeliveryState::Accepted));
        }
        assert_eq!(shop.db.check().expect("checked"), []);
        shop.db
            .conn
            .execute("UPDATE lane SET accepted = accepted + 1 WHERE channel IS NOT NULL", [])
            .expect("bent");
        shop.db.conn.execute("UPDATE delivery SET attempts = 9 WHERE seq = 1", []).expect("bent");
        let flaws = shop.db.check().expect("checked");
        let of: Vec<_> = flaws.iter().map(|flaw| flaw.check).collect();
        assert_eq!(of, ["books", "attempts"], "{flaws:?}");
        assert!(flaws[0].found.contains("2 0 0 0 3 0 0 0 0 0, the rows 2 0 0 0 2"), "{flaws:?}");
    }
}
