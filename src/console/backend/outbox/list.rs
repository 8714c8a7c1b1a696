//! Pages of the Outbox: what goes out or stands still first, then everything newest first.
//!
//! Cursors are ids. The active ones stand on the first page only, and are few; every other page leaves them out.

use std::collections::BTreeSet;

use super::{row, schedules};
use crate::app::rows::{BroadcastRow, Cursor, From, Page, PageAsk};
use crate::domain::filter::{Filter, Scope, Term, Test};
use crate::domain::id::BroadcastId;
use crate::store::db::Db;
use crate::store::error::StoreError;

/// So many active ones are brought to the front: fewer than a page holds.
const ACTIVE: usize = 50;

/// What a filter over broadcasts keeps.
fn keeps(filter: &Filter, row: &BroadcastRow) -> bool {
    let text = |wanted: &str| row.title.to_lowercase().contains(&wanted.to_lowercase());
    filter.terms.iter().all(|Term { negated, test }| {
        let holds = match test {
            Test::BroadcastState(states) => states.contains(&row.state),
            Test::Broadcast(ids) => ids.contains(&row.id),
            Test::Text { text: wanted, .. } => text(wanted),
            Test::Name(wanted) => wanted.iter().any(|one| text(one)),
            Test::Count(spans) => {
                let n = row.counts.to_send();
                spans.iter().any(|span| span.from <= n && n <= span.to)
            }
            _ => true,
        };
        holds != *negated
    })
}

pub(super) fn page(db: &Db, ask: &PageAsk) -> Result<Page<BroadcastRow>, StoreError> {
    let filter = Filter::parse(&ask.filter, Scope::Broadcasts)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let now = db.now();
    let schedules = schedules(db)?;
    let cursor = |row: Option<&BroadcastRow>| row.map(|row| Cursor(row.id.to_string()));
    let place = |cursor: &Cursor| cursor.0.parse::<BroadcastId>().ok();
    let active = db.active_broadcasts(ACTIVE)?;
    let ahead: BTreeSet<BroadcastId> = active.iter().map(|row| row.id).collect();
    let active: Vec<BroadcastRow> = active.iter().map(|one| row(one, &schedules, now)).collect();
    let first = || active.iter().filter(|row| keeps(&filter, row)).cloned().collect::<Vec<_>>();
    let rest = |before, limit| -> Result<Vec<BroadcastRow>, StoreError> {
        let mut kept = Vec::new();
        let mut before = before;
        loop {
            let stored = db.broadcasts(before, &[], 200)?;
            before = stored.last().map(|row| row.id);
            let full = stored.len() == 200;
            let behind = stored.iter().filter(|one| !ahead.contains(&one.id));
            kept.extend(behind.map(|one| row(one, &schedules, now)).filter(|row| keeps(&filter, row)));
            if kept.len() >= limit || !full {
                return Ok(kept);
            }
        }
    };
    let everything = |limit| -> Result<Vec<BroadcastRow>, StoreError> {
        let mut rows = first();
        rows.extend(rest(None, limit)?);
        Ok(rows)
    };
    // "After" means older. One more than asked for tells whether there are more.
    let want = ask.limit + 1;
    let (mut rows, earlier) = match &ask.from {
        From::Start => (everything(want)?, false),
        From::After(cursor) => (rest(place(cursor), want)?, true),
        From::At(cursor) => match place(cursor).filter(|id| !ahead.contains(id)) {
            Some(id) => (rest(Some(BroadcastId(id.0 + 1)), want)?, true),
            None => (everything(want)?, false),
        },
        From::End | From::Before(_) => {
            let all = everything(usize::MAX)?;
            let end = match &ask.from {
                From::Before(cursor) => {
                    let id = place(cursor);
                    let here = |row: &BroadcastRow| !ahead.contains(&row.id) && Some(row.id) <= id;
                    all.iter().position(here).unwrap_or(all.len())
                }
                _ => all.len(),
            };
            let start = end.saturating_sub(ask.limit);
            let page = all[start..end].to_vec();
            return Ok(Page {
                prev: cursor(page.first()).filter(|_| start > 0),
                next: cursor(page.last()).filter(|_| end < all.len()),
                total: None,
                rows: page,
            });
        }
    };
    let more = rows.len() > ask.limit;
    rows.truncate(ask.limit);
    let above = |first: &BroadcastRow| !ahead.is_empty() || has_newer(db, first.id);
    let earlier = earlier && rows.first().is_some_and(above);
    Ok(Page {
        prev: cursor(rows.first()).filter(|_| earlier),
        next: cursor(rows.last()).filter(|_| more),
        total: None,
        rows,
    })
}

fn has_newer(db: &Db, id: BroadcastId) -> bool {
    db.broadcasts(None, &[], 1).is_ok_and(|rows| rows.first().is_some_and(|newest| newest.id > id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::broadcast::{BroadcastState as S, PauseReason, Purpose};
    use crate::store::broadcasts::Draft;
    use crate::store::fixtures::Shop;

    fn states(page: &Page<BroadcastRow>) -> Vec<S> {
        page.rows.iter().map(|row| row.state).collect()
    }

    fn ask(from: From, limit: usize) -> PageAsk {
        PageAsk { from, limit, filter: String::new() }
    }

    #[test]
    fn what_goes_out_or_stands_still_stands_above_newer_drafts_and_on_the_first_page_only() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(1, bark);
        let sending = shop.release(&[bark]);
        let paused = shop.release(&[bark]);
        shop.db.pause(paused, PauseReason::Operator, "").expect("paused");
        for _ in 0..4 {
            shop.db.add_draft(&Draft::default(), Purpose::Broadcast, "test").expect("a draft");
        }
        let top = page(&shop.db, &ask(From::Start, 3)).expect("a page");
        assert_eq!(states(&top), [S::Paused, S::Sending, S::Draft]);
        assert_eq!((top.rows[0].id, top.rows[1].id), (paused, sending));
        let next = top.next.expect("there are more");
        let rest = page(&shop.db, &ask(From::After(next), 9)).expect("a page");
        assert_eq!(states(&rest), [S::Draft; 3]);
        let back = rest.prev.expect("there are some above");
        let above = page(&shop.db, &ask(From::Before(back.clone()), 9)).expect("a page");
        assert_eq!(above.rows, top.rows);
        let same = page(&shop.db, &ask(From::At(back), 9)).expect("a page");
        assert_eq!(same.rows, rest.rows);
        let end = page(&shop.db, &ask(From::End, 2)).expect("a page");
        assert_eq!((states(&end), end.prev.is_some(), end.next), (vec![S::Draft; 2], true, None));
    }
}
