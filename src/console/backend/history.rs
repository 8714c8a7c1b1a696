//! The section History against the store: what a filter and opened groups mean, pages, groups, replays.

use std::collections::BTreeMap;

use super::subscribers::unknown;
use crate::app::request::history::{By, GroupRow, HistoryAsk, HistoryTold, Meant, Narrow};
use crate::app::rows::{Cursor, From, Page, PageAsk, Total};
use crate::domain::channel::ChannelState;
use crate::domain::delivery::{Class, DeliveryState};
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::DeliveryId;
use crate::domain::safe_text::{Cap, scrub};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::history::{DeliveryRow, FailureGroup, Grouping};
use crate::store::pick::Pick;
use crate::store::plan::Gate;
use crate::store::replay::{Replayed, Unknowns};

/// Deliveries that a group shows as samples.
const SAMPLES: usize = 3;
/// People that still fit into an audience written out by ids.
const PEOPLE: usize = 200;
/// Titles are looked up one by one, so only for so many groups.
const TITLES: usize = 300;

/// Answers one question or carries out one order.
pub fn answer(db: &mut Db, ask: HistoryAsk, by: &str) -> Result<HistoryTold, StoreError> {
    Ok(match ask {
        HistoryAsk::Groups { by, filter, narrow } => match groups(db, by, &filter, narrow) {
            Ok(rows) => HistoryTold::Groups(rows),
            Err(error) => HistoryTold::Unknown(unknown(db, error)?),
        },
        HistoryAsk::Deliveries(ask, narrow) => match page(db, &ask, narrow) {
            Ok(page) => HistoryTold::Deliveries(page),
            Err(error) => HistoryTold::Unknown(unknown(db, error)?),
        },
        HistoryAsk::Samples(meant) => {
            let rows = db.deliveries(&pick(db, &meant)?, None, SAMPLES)?;
            HistoryTold::Samples(meant.narrow, rows.into_iter().map(scrubbed).collect())
        }
        HistoryAsk::Delivery(id) => {
            let mut detail = db.delivery(id)?;
            detail.row = scrubbed(detail.row);
            for attempt in &mut detail.history {
                attempt.provider_text = scrub(&attempt.provider_text, Cap::Detail).into_owned();
                attempt.provider_code = scrub(&attempt.provider_code, Cap::List).into_owned();
            }
            HistoryTold::Delivery(Box::new(detail))
        }
        HistoryAsk::Counts(meant) => HistoryTold::Counts(db.delivery_counts(&pick(db, &meant)?)?),
        HistoryAsk::Review(meant) => review(db, meant)?,
        HistoryAsk::Replay { meant, unknowns, expected } => replay(db, meant, unknowns, expected)?,
        HistoryAsk::Settle { meant, how } => {
            let pick = pick(db, &meant)?;
            HistoryTold::Settled(db.settle_all(&pick, how, by)?)
        }
        HistoryAsk::Gone(meant) => {
            let gone = db.gone_addresses(&pick(db, &meant)?)?.len() as i64;
            HistoryTold::Gone(meant, gone)
        }
        HistoryAsk::Retire(meant) => {
            let gone = db.gone_addresses(&pick(db, &meant)?)?;
            HistoryTold::Retired(db.retire_addresses(&gone)? as i64)
        }
        HistoryAsk::People(meant) => {
            let mut people = db.people_of(&pick(db, &meant)?, PEOPLE + 1)?;
            let more = people.len() > PEOPLE;
            people.truncate(PEOPLE);
            HistoryTold::People(people, more)
        }
    })
}

/// What the filter, the opened groups and the marks mean together.
fn pick(db: &Db, meant: &Meant) -> Result<Pick, StoreError> {
    let filter = Filter::parse(&meant.filter, Scope::Deliveries)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let mut pick = db.pick(&filter)?;
    // A group lies inside its filter, so its own value may stand for the filter's list.
    let Narrow { state, class, channel, broadcast } = meant.narrow;
    if let Some(state) = state {
        pick.states = vec![state];
    }
    if let Some(class) = class {
        pick.classes = vec![class];
    }
    if let Some(channel) = channel {
        pick.channels = vec![channel];
    }
    if let Some(broadcast) = broadcast {
        pick.broadcasts = vec![broadcast];
    }
    if !meant.ids.is_empty() {
        pick.ids.clone_from(&meant.ids);
    }
    Ok(pick.without(&meant.except))
}

fn scrubbed(mut row: DeliveryRow) -> DeliveryRow {
    for text in [
        &mut row.title,
        &mut row.name,
        &mut row.channel,
        &mut row.address_masked,
        &mut row.provider_code,
        &mut row.provider_text,
    ] {
        *text = scrub(text, Cap::List).into_owned();
    }
    row
}

fn review(db: &Db, meant: Meant) -> Result<HistoryTold, StoreError> {
    let pick = pick(db, &meant)?;
    let review = db.review_replay(&pick)?;
    let mut paused = Vec::new();
    if review.to_send + review.unknown > 0 {
        let touched = db.failure_groups(&pick, Grouping::ClassAndChannel)?;
        for channel in db.channels()? {
            let is_touched = touched.iter().any(|group| group.channel_id == Some(channel.id));
            if is_touched && channel.state == ChannelState::Paused {
                paused.push(scrub(&channel.name, Cap::List).into_owned());
            }
        }
    }
    Ok(HistoryTold::Review { meant, review, paused })
}

fn replay(db: &mut Db, meant: Meant, unknowns: bool, expected: i64) -> Result<HistoryTold, StoreError> {
    let pick = pick(db, &meant)?;
    let unknowns = if unknowns { Unknowns::Include } else { Unknowns::LeaveOut };
    Ok(match db.replay(&pick, unknowns, Gate::Exactly(expected))? {
        Replayed::Queued { n, .. } => HistoryTold::Replayed(n),
        Replayed::GateClosed { to_send } => HistoryTold::GateClosed { meant, to_send },
    })
}

fn page(db: &Db, ask: &PageAsk, narrow: Narrow) -> Result<Page<DeliveryRow>, StoreError> {
    let meant = Meant { filter: ask.filter.clone(), narrow, ..Meant::default() };
    let pick = pick(db, &meant)?;
    let place = |cursor: &Cursor| {
        cursor.0.parse::<DeliveryId>().map_err(|error| StoreError::Refused(error.to_string()))
    };
    // One more than asked for tells whether there are more.
    let limit = ask.limit + 1;
    let (mut rows, backwards, starts) = match &ask.from {
        From::Start => (db.deliveries(&pick, None, limit)?, false, true),
        From::After(cursor) => (db.deliveries(&pick, Some(place(cursor)?), limit)?, false, false),
        From::At(cursor) => {
            let at = place(cursor)?;
            let before = DeliveryId { seq: at.seq - 1, ..at };
            (db.deliveries(&pick, Some(before), limit)?, false, false)
        }
        From::Before(cursor) => (db.deliveries_before(&pick, Some(place(cursor)?), limit)?, true, false),
        From::End => (db.deliveries_before(&pick, None, limit)?, true, false),
    };
    let more = rows.len() > ask.limit;
    if more && backwards {
        rows.remove(0);
    } else {
        rows.truncate(ask.limit);
    }
    let cursor = |row: Option<&DeliveryRow>| row.map(|row| Cursor(row.id.to_string()));
    let prev = cursor(rows.first()).filter(|_| if backwards { more } else { !starts });
    let last_page = matches!(ask.from, From::End);
    let next = cursor(rows.last()).filter(|_| if backwards { !last_page } else { more });
    let total =
        if starts && next.is_none() { Some(Total { count: rows.len() as i64, exact: true }) } else { None };
    Ok(Page { rows: rows.into_iter().map(scrubbed).collect(), prev, next, total })
}

fn groups(db: &Db, by: By, filter: &str, narrow: Narrow) -> Result<Vec<GroupRow>, StoreError> {
    let meant = Meant { filter: filter.to_owned(), narrow, ..Meant::default() };
    let grouping = match by {
        By::Class | By::Channel => Grouping::ClassAndChannel,
        By::Broadcast => Grouping::ClassChannelAndBroadcast,
    };
    let mut merged: BTreeMap<Narrow, GroupRow> = BTreeMap::new();
    let mut order: Vec<Narrow> = Vec::new();
    for group in db.failure_groups(&pick(db, &meant)?, grouping)? {
        let id = narrow.and(identity(&group, by));
        let row = merged.entry(id).or_insert_with(|| {
            order.push(id);
            empty(id)
        });
        merge(row, &group, by);
    }
    let mut rows: Vec<GroupRow> = order.into_iter().filter_map(|id| merged.remove(&id)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count()));
    for row in rows.iter_mut().take(TITLES) {
        if let (By::Broadcast, Some(broadcast)) = (by, row.id.broadcast) {
            row.title = scrub(&db.broadcast(broadcast)?.draft.message.title, Cap::List).into_owned();
        }
    }
    Ok(rows)
}

/// What makes failures belong together. An unknown outcome has no class worth telling apart.
fn identity(group: &FailureGroup, by: By) -> Narrow {
    let rejected = group.state == DeliveryState::Rejected;
    match by {
        By::Class => Narrow {
            state: Some(group.state),
            class: rejected.then_some(group.class),
            channel: group.channel_id,
            broadcast: None,
        },
        By::Broadcast => Narrow { broadcast: group.broadcast, ..Narrow::default() },
        By::Channel => Narrow { channel: group.channel_id, ..Narrow::default() },
    }
}

const fn empty(id: Narrow) -> GroupRow {
    GroupRow {
        id,
        title: String::new(),
        channel: String::new(),
        failed: 0,
        unknown: 0,
        first_at: None,
        last_at: None,
        code: String::new(),
        text: String::new(),
        classes: Vec::new(),
    }
}

fn merge(row: &mut GroupRow, group: &FailureGroup, by: By) {
    let class: Option<Class> = (group.state == DeliveryState::Rejected).then_some(group.class);
    match class {
        Some(_) => row.failed += group.count,
        None => row.unknown += group.count,
    }
    if !row.classes.contains(&class) {
        row.classes.push(class);
    }
    if by != By::Broadcast || row.channel.is_empty() {
        row.channel = scrub(&group.channel, Cap::List).into_owned();
    }
    if row.text.is_empty() {
        row.code = scrub(&group.sample_code, Cap::List).into_owned();
        row.text = scrub(&group.sample_text, Cap::List).into_owned();
    }
    row.first_at = [row.first_at, group.first_at].into_iter().flatten().min();
    row.last_at = row.last_at.max(group.last_at);
}
