//! Messages that go out again and again, by a cron expression in a time zone.
//!
//! An occurrence is a broadcast of its own, copied from the draft in the transaction that moves the schedule on,
//! so that it happens once, whoever is killed when. One that was missed because nothing ran, or that
//! would reach more people than was allowed, waits in the Outbox for a person.

use cronexpr::{Crontab, MakeTimestamp, parse_crontab};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use super::audit::Act;
use super::db::{Changed, Db, bump};
use super::denial::Denial;
use super::error::{Doing, StoreError};
use super::plan::{Gate, Release, Released};
use super::schedule::PUNCTUAL_MS;
use crate::domain::broadcast::{PauseReason, Phase};
use crate::domain::id::{BroadcastId, RecurringId};
use crate::domain::time::Millis;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recurring {
    /// Its id.
    pub id: RecurringId,
    /// What is sent, as it stands when it is sent.
    pub draft: BroadcastId,
    /// The title of that.
    pub title: String,
    /// When: five fields and a time zone.
    pub cron: String,
    /// The most people that an occurrence reaches without being asked about.
    pub max_audience: i64,
    /// The next occurrence.
    pub next_at: Millis,
    /// Why it stands still, if it does.
    pub paused: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// Its draft was deleted: there is nothing to send.
    pub draft_removed: bool,
}

/// Reads a cron expression; without a zone in it, it means `zone`.
pub fn parse(cron: &str, zone: &str) -> Result<(Crontab, String), StoreError> {
    let text = cron.split_whitespace().collect::<Vec<_>>().join(" ");
    let has_zone = text.split(' ').count() > 5;
    let text = if has_zone { text } else { format!("{text} {zone}") };
    match parse_crontab(&text) {
        Ok(crontab) => Ok((crontab, text)),
        Err(_) => Err(Denial::Cron(cron.to_owned()).into()),
    }
}

/// The first moment after `after` at which it comes.
pub fn next(cron: &str, zone: &str, after: Millis) -> Result<Millis, StoreError> {
    next_after(&parse(cron, zone)?.0, after)
}

/// The most people that later occurrences may reach when `number` were confirmed for the first: a fifth more,
/// and never fewer than may be sent to without typing a number.
pub fn most_for(number: i64) -> i64 {
    (number + (number + 4) / 5).max(49)
}

/// The first occurrence after a moment.
fn next_after(crontab: &Crontab, after: Millis) -> Result<Millis, StoreError> {
    let none = |_: cronexpr::Error| StoreError::Denied(Denial::CronNever);
    let from = MakeTimestamp::from_millisecond(after.0).map_err(none)?;
    crontab.find_next(from).map(|at| Millis(at.timestamp().as_millisecond())).map_err(none)
}

/// After a restore: what came since the copy was taken may have been sent, so it does not come again.
pub(super) fn let_pass(conn: &Connection, now: Millis) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE broadcast SET at_ms = NULL WHERE recurring IS NOT NULL AND phase = 'draft' AND at_ms IS NOT NULL",
        [],
    )
    .doing("letting occurrences pass")?;
    let past: Vec<(i64, String)> = conn
        .prepare("SELECT id, cron FROM recurring WHERE removed_ms IS NULL AND next_ms <= ?1")
        .and_then(|mut read| read.query_map([now.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .doing("letting occurrences pass")?;
    for (id, cron) in past {
        let next = parse(&cron, "UTC").and_then(|(crontab, _)| next_after(&crontab, now));
        let (next, paused) = match next {
            Ok(next) => (next, None),
            Err(error) => (now, Some(error.to_string())),
        };
        conn.execute(
            "UPDATE recurring SET next_ms = :next, paused = coalesce(:why, paused) WHERE id = :id",
            named_params! { ":id": id, ":next": next.0, ":why": paused },
        )
        .doing("letting occurrences pass")?;
    }
    Ok(())
}

const COLUMNS: &str = "r.id, r.draft, b.title, r.cron, r.max_audience, r.next_ms, r.paused, r.created_by, \
     b.removed_ms IS NOT NULL FROM recurring r JOIN broadcast b ON b.id = r.draft";

fn read(row: &Row<'_>) -> rusqlite::Result<Recurring> {
    Ok(Recurring {
        id: RecurringId(row.get(0)?),
        draft: BroadcastId(row.get(1)?),
        title: row.get(2)?,
        cron: row.get(3)?,
        max_audience: row.get(4)?,
        next_at: Millis(row.get(5)?),
        paused: row.get(6)?,
        created_by: row.get(7)?,
        draft_removed: row.get(8)?,
    })
}

fn absent(id: RecurringId) -> StoreError {
    StoreError::NotFound { what: "schedule", id: id.to_string() }
}

impl Db {
    /// Lets the draft `id` go out by `cron` from now on.
    pub fn add_recurring(
        &mut self,
        id: BroadcastId,
        cron: &str,
        zone: &str,
        max_audience: i64,
    ) -> Result<Recurring, StoreError> {
        let (crontab, text) = parse(cron, zone)?;
        let next = next_after(&crontab, self.now())?;
        let detail = self.broadcast(id)?;
        if detail.row.phase != Phase::Draft {
            return Err(Denial::Released(id).into());
        }
        self.refuse_missing_files(&detail.draft.message.files)?;
        let tx = self.write()?;
        // One draft has one schedule: a new one takes the place of the old one.
        tx.execute(
            "UPDATE recurring SET removed_ms = :now WHERE draft = :draft AND removed_ms IS NULL",
            named_params! { ":draft": id.0, ":now": tx.now.0 },
        )
        .doing("taking the place of a schedule")?;
        tx.execute(
            "INSERT INTO recurring (draft, cron, max_audience, next_ms, created_by, created_ms) \
             VALUES (:draft, :cron, :max, :next, :by, :now)",
            named_params! {
                ":draft": id.0, ":cron": text, ":max": max_audience, ":next": next.0, ":by": tx.operator,
                ":now": tx.now.0,
            },
        )
        .doing("adding a schedule")?;
        let made = RecurringId(tx.last_insert_rowid());
        tx.note(Act::Schedule, made, &format!("{text}, {id}, at most {max_audience} people"))?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("adding a schedule")?;
        self.recurring(made)
    }

    /// The schedule that sends a draft, if one does.
    pub fn recurring_of(&self, draft: BroadcastId) -> Result<Option<Recurring>, StoreError> {
        self.conn
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE r.draft = ?1 AND r.removed_ms IS NULL"))
            .and_then(|mut find| find.query_row([draft.0], read).optional())
            .doing("looking for the schedule of a draft")
    }

    /// What a schedule sends is neither removed nor sent by itself.
    pub(super) fn refuse_repeated(&self, draft: BroadcastId) -> Result<(), StoreError> {
        match self.recurring_of(draft)? {
            Some(Recurring { id: schedule, .. }) => Err(Denial::Repeated { draft, schedule }.into()),
            None => Ok(()),
        }
    }

    /// One of them.
    pub fn recurring(&self, id: RecurringId) -> Result<Recurring, StoreError> {
        self.conn
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE r.id = ?1 AND r.removed_ms IS NULL"))
            .and_then(|mut find| find.query_row([id.0], read).optional())
            .doing("reading a schedule")?
            .ok_or_else(|| absent(id))
    }

    /// All of them, the next one first.
    pub fn all_recurring(&self) -> Result<Vec<Recurring>, StoreError> {
        self.conn
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE r.removed_ms IS NULL ORDER BY r.next_ms, r.id"))
            .and_then(|mut list| list.query_map([], read)?.collect())
            .doing("listing schedules")
    }

    /// Takes one away; what it has sent stays.
    pub fn remove_recurring(&mut self, id: RecurringId) -> Result<(), StoreError> {
        let sql = "UPDATE recurring SET removed_ms = :now WHERE id = :id AND removed_ms IS NULL";
        let now = self.now().0;
        self.change_recurring(id, "removed", sql, named_params! { ":id": id.0, ":now": now })
    }

    /// Lets one stand still.
    pub fn pause_recurring(&mut self, id: RecurringId, why: &str) -> Result<(), StoreError> {
        let sql = "UPDATE recurring SET paused = :why WHERE id = :id AND removed_ms IS NULL";
        self.change_recurring(id, "paused", sql, named_params! { ":id": id.0, ":why": why })
    }

    /// Lets one go on, from its next moment after now.
    pub fn resume_recurring(&mut self, id: RecurringId) -> Result<(), StoreError> {
        let (crontab, _) = parse(&self.recurring(id)?.cron, "UTC")?;
        let next = next_after(&crontab, self.now())?;
        let sql = "UPDATE recurring SET paused = NULL, next_ms = :next WHERE id = :id AND removed_ms IS NULL";
        self.change_recurring(id, "resumed", sql, named_params! { ":id": id.0, ":next": next.0 })
    }

    fn change_recurring(
        &mut self,
        id: RecurringId,
        what: &str,
        sql: &str,
        params: &[(&str, &dyn rusqlite::ToSql)],
    ) -> Result<(), StoreError> {
        let tx = self.write()?;
        if tx.execute(sql, params).doing("changing a schedule")? == 0 {
            return Err(absent(id));
        }
        tx.note(Act::Schedule, id, what)?;
        bump(&tx, Changed::Broadcasts)?;
        tx.commit().doing("changing a schedule")
    }

    /// The moment of the next occurrence; one that waits to be released counts as now.
    pub fn next_occurrence(&self) -> Result<Option<Millis>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT min(at) FROM (SELECT min(next_ms) AS at FROM recurring \
                   WHERE removed_ms IS NULL AND paused IS NULL \
                 UNION ALL SELECT min(b.at_ms) FROM broadcast b INDEXED BY broadcast_occurrence \
                   CROSS JOIN recurring r ON r.id = b.recurring \
                   WHERE b.recurring IS NOT NULL AND b.phase = 'draft' AND b.removed_ms IS NULL \
                   AND r.removed_ms IS NULL)",
            )
            .and_then(|mut ask| ask.query_row([], |row| row.get::<_, Option<i64>>(0)))
            .map(|at| at.map(Millis))
            .doing("looking for schedules")
    }

    /// Makes a broadcast of every occurrence that is due, and releases it.
    pub fn make_occurrences(&mut self) -> Result<(), StoreError> {
        if self.halted()?.is_some() {
            return Ok(());
        }
        let now = self.now();
        for due in self.all_recurring()?.into_iter().filter(|one| one.paused.is_none() && one.next_at <= now)
        {
            match self.copy_occurrence(&due) {
                // An expression that a later version cannot read any more keeps nobody else's from coming.
                Err(StoreError::Denied(why)) => self.pause_recurring(due.id, &why.to_string())?,
                made => made?,
            }
        }
        for (id, at, of) in self.waiting_occurrences()? {
            match self.release_occurrence(id, at, of) {
                // Nobody can say any more whom the operator means: the next ones would fail alike.
                Err(error @ (StoreError::Denied(_) | StoreError::NotFound { .. })) => {
                    self.pause_recurring(of, &error.to_string())?;
                }
                // It still has its moment, and is released by the next try.
                Err(error) => return Err(error),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Whether a broadcast is an occurrence.
    pub(super) fn is_occurrence(&self, id: BroadcastId) -> Result<bool, StoreError> {
        self.conn
            .prepare_cached("SELECT recurring IS NOT NULL FROM broadcast WHERE id = ?1")
            .and_then(|mut ask| ask.query_row([id.0], |row| row.get(0)))
            .doing("looking for occurrences")
    }

    /// Occurrences that were made and not released yet; those of a schedule that was taken away stay drafts.
    fn waiting_occurrences(&self) -> Result<Vec<(BroadcastId, Millis, RecurringId)>, StoreError> {
        self.conn
            .prepare_cached(
                "SELECT b.id, b.at_ms, r.id FROM broadcast b INDEXED BY broadcast_occurrence \
                 CROSS JOIN recurring r ON r.id = b.recurring \
                 WHERE b.recurring IS NOT NULL AND b.phase = 'draft' AND b.removed_ms IS NULL \
                 AND b.at_ms IS NOT NULL AND r.removed_ms IS NULL",
            )
            .and_then(|mut list| {
                list.query_map([], |row| {
                    Ok((BroadcastId(row.get(0)?), Millis(row.get(1)?), RecurringId(row.get(2)?)))
                })?
                .collect()
            })
            .doing("looking for occurrences")
    }

    /// Moves the schedule on and copies its draft, in one transaction.
    fn copy_occurrence(&mut self, due: &Recurring) -> Result<(), StoreError> {
        if due.draft_removed {
            return self.pause_recurring(due.id, "its draft was deleted");
        }
        let (crontab, _) = parse(&due.cron, "UTC")?;
        let next = next_after(&crontab, self.now())?;
        let tx = self.write()?;
        let moved = tx
            .execute(
                "UPDATE recurring SET next_ms = :next WHERE id = :id AND next_ms = :this \
                 AND paused IS NULL AND removed_ms IS NULL",
                named_params! { ":id": due.id.0, ":next": next.0, ":this": due.next_at.0 },
            )
            .doing("moving a schedule on")?;
        if moved == 1 {
            // Variables, channels, everything as it stands in the draft now.
            tx.execute(
                "INSERT INTO broadcast (purpose, title, summary, url, format, body, audience, channels, all_channels, \
                 vars, undo_ms, stage, fallback, files, at_ms, recurring, created_ms, updated_ms, created_by) \
                 SELECT purpose, title, summary, url, format, body, audience, channels, all_channels, vars, 1000, stage, fallback, files, \
                 :at, :id, :now, :now, :by FROM broadcast WHERE id = :draft",
                named_params! {
                    ":draft": due.draft.0, ":at": due.next_at.0, ":id": due.id.0, ":now": tx.now.0,
                    ":by": format!("{} ({})", due.created_by, due.id),
                },
            )
            .doing("making an occurrence")?;
            tx.execute(
                "INSERT INTO broadcast_file (broadcast, sha256) \
                 SELECT :copy, sha256 FROM broadcast_file WHERE broadcast = :draft",
                named_params! { ":copy": tx.last_insert_rowid(), ":draft": due.draft.0 },
            )
            .doing("making an occurrence")?;
            bump(&tx, Changed::Broadcasts)?;
        }
        tx.commit().doing("making an occurrence")
    }

    /// Releases an occurrence, or lets it wait for a person.
    fn release_occurrence(&mut self, id: BroadcastId, at: Millis, of: RecurringId) -> Result<(), StoreError> {
        let of = self.recurring(of)?;
        let (most, by) = (of.max_audience, format!("{} ({})", of.created_by, of.id));
        let late = self.now().since(at) > PUNCTUAL_MS;
        let seen = self.broadcast(id)?.row.version;
        // Held first, so that nothing leaves before the number is known. If this process dies here, it stays held
        // and says so.
        let keeper = Some("schedule".to_owned());
        let release = Release { by, seen, gate: Gate::AtMost(i64::MAX), keeper, expected: None };
        let waits = match self.release(id, &release)? {
            Released::Done { to_send, .. } if to_send > most => {
                Some((PauseReason::Changed, format!("{to_send} people, at most {most} were allowed")))
            }
            Released::Done { .. } => late.then(|| (PauseReason::Overdue, at.rfc3339())),
            // Nobody to send to today: the copy is of no use.
            Released::GateClosed { .. } | Released::Changed(_) | Released::NobodyLeft { .. } => {
                return self.remove_draft(id);
            }
        };
        match waits {
            None => self.let_go(id),
            Some((reason, detail)) => self.keep_back(id, reason, &detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::broadcast::{BroadcastState, Purpose};
    use crate::domain::message::{Format, Message};
    use crate::store::broadcasts::{BroadcastRow, Draft};
    use crate::store::files;
    use crate::store::fixtures::Shop;

    const MINUTE: i64 = 60_000;

    /// Two people, a draft, and every five minutes.
    fn shop(most: i64) -> (Shop, Recurring) {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(2, bark);
        let draft = Draft { audience: "channel:bark".into(), channels: vec![bark], ..Draft::default() };
        let id = shop.db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        let made = shop.db.add_recurring(id, "*/5 * * * *", "UTC", most).expect("a schedule");
        (shop, made)
    }

    /// What came of it, newest first, without the draft itself.
    fn came(shop: &Shop) -> Vec<BroadcastRow> {
        let mut rows = shop.db.broadcasts(None, &[], 99).expect("read");
        rows.retain(|row| row.state != BroadcastState::Draft);
        rows
    }

    #[test]
    fn each_occurrence_is_a_broadcast_of_its_own_and_happens_once() {
        let (mut shop, made) = shop(10);
        // The clock of the shop stands at 00:16:40.
        assert_eq!(made.next_at, Millis(20 * MINUTE));
        shop.db.make_occurrences().expect("looked");
        assert!(came(&shop).is_empty());
        shop.passes(4 * MINUTE);
        for _ in 0..2 {
            shop.db.make_occurrences().expect("made");
        }
        shop.passes(5 * MINUTE);
        shop.db.make_occurrences().expect("made");
        let states: Vec<_> = came(&shop).iter().map(|row| row.state).collect();
        assert_eq!(states, [BroadcastState::Sending, BroadcastState::Sending]);
        assert_eq!(shop.db.recurring(made.id).expect("read").next_at, Millis(30 * MINUTE));
    }

    #[test]
    fn an_occurrence_says_all_that_its_draft_says() {
        let mut shop = Shop::new();
        let channels = vec![shop.channel("mail")];
        shop.people(2, channels[0]);
        let db = &mut shop.db;
        let plan = files::describe(Path::new("plan.pdf"), b"%PDF");
        db.keep_files(&[(plan.clone(), b"%PDF".to_vec())]).expect("kept");
        let message = Message {
            title: "Tonight".into(),
            summary: "Short".into(),
            url: "https://status.example/7".into(),
            body: "**22:00**".into(),
            format: Format::Markdown,
            files: vec![plan],
        };
        let draft = Draft { message, audience: "channel:mail".into(), channels, ..Draft::default() };
        let id = db.add_draft(&draft, Purpose::Broadcast, "ann").expect("a draft");
        db.add_recurring(id, "*/5 * * * *", "UTC", 9).expect("a schedule");
        shop.passes(4 * MINUTE);
        shop.db.make_occurrences().expect("made");
        let made = came(&shop);
        assert_eq!(made.len(), 1);
        let copy = shop.db.broadcast(made[0].id).expect("there").draft;
        assert_eq!(copy.message, draft.message);
        assert!(shop.db.enclosures(&copy.message.files).is_ok());
    }

    #[test]
    fn one_that_was_missed_or_would_reach_too_many_waits_for_a_person() {
        let (mut shop, _) = shop(10);
        shop.passes(60 * MINUTE);
        shop.db.make_occurrences().expect("made");
        let row = &came(&shop)[0];
        assert_eq!((row.state, row.pause_reason), (BroadcastState::Paused, Some(PauseReason::Overdue)));
        let (mut shop, made) = self::shop(1);
        shop.passes(4 * MINUTE);
        shop.db.make_occurrences().expect("made");
        let row = &came(&shop)[0];
        assert_eq!((row.state, row.pause_reason), (BroadcastState::Paused, Some(PauseReason::Changed)));
        shop.db.pause_recurring(made.id, "holidays").expect("paused");
        shop.passes(60 * MINUTE);
        shop.db.make_occurrences().expect("looked");
        assert_eq!(came(&shop).len(), 1, "one that stands still makes none");
        shop.db.remove_recurring(made.id).expect("removed");
        assert_eq!(shop.db.next_occurrence().expect("asked"), None);
    }

    #[test]
    fn one_that_cannot_be_sent_any_more_stands_still_and_says_why() {
        let (mut shop, made) = shop(10);
        shop.db.remove_draft(made.draft).expect_err("a schedule sends it");
        let deleted = "UPDATE broadcast SET removed_ms = 1 WHERE id = ?1";
        shop.db.conn.execute(deleted, [made.draft.0]).expect("deleted by an older version");
        shop.passes(4 * MINUTE);
        shop.db.make_occurrences().expect("looked");
        assert!(came(&shop).is_empty());
        let why = shop.db.recurring(made.id).expect("read").paused.expect("stands still");
        assert!(why.contains("deleted"), "{why}");
        let (mut shop, made) = self::shop(10);
        let gone = "UPDATE broadcast SET audience = 'topic:gone' WHERE id = ?1";
        shop.db.conn.execute(gone, [made.draft.0]).expect("a topic that is not there");
        shop.passes(4 * MINUTE);
        shop.db.make_occurrences().expect("looked");
        assert!(came(&shop).is_empty());
        assert!(shop.db.recurring(made.id).expect("read").paused.is_some());
    }

    #[test]
    fn an_expression_has_five_fields_and_perhaps_a_zone() {
        let next = |cron: &str, zone: &str| {
            let (crontab, text) = parse(cron, zone).expect("a schedule");
            (next_after(&crontab, Millis(0)).expect("a moment").0 / 3_600_000, text)
        };
        assert_eq!(next("0 9 * * *", "UTC"), (9, "0 9 * * * UTC".to_owned()));
        assert_eq!(next(" 0  9 * * * Asia/Shanghai", "UTC").0, 1);
        assert_eq!(next("0 9 * * *", "Asia/Shanghai").0, 1);
        for wrong in ["", "0 9 * *", "61 * * * *", "0 9 * * * Mars/Olympus", "@daily x"] {
            parse(wrong, "UTC").expect_err(wrong);
        }
    }
}
