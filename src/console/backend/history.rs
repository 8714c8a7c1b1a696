//! The section History against the store: what a filter and opened groups mean, pages, groups, replays.

use std::collections::BTreeMap;

use super::subscribers::unknown;
use crate::app::request::history::{By, GroupRow, HistoryAsk, HistoryTold, Meant, Narrow, NoOther, Portion};
use crate::app::request::subscribers::both;
use crate::app::rows::{Cursor, From, Page, PageAsk, Total};
use crate::app::table::marking::{Held, HeldAsk};
use crate::domain::channel::ChannelState;
use crate::domain::delivery::DeliveryState;
use crate::domain::filter::{Filter, Scope};
use crate::domain::id::DeliveryId;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::store::channels::Channel;
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
        HistoryAsk::Weigh { all, visible } => {
            let of_all = db.delivery_counts(&pick(db, &all)?)?;
            let of_visible = db.delivery_counts(&pick(db, &visible)?)?;
            HistoryTold::Weighed { all: (all, of_all), visible: (visible, of_visible) }
        }
        HistoryAsk::Held(ask, narrow) => HistoryTold::Held(held(db, ask, narrow)?),
        HistoryAsk::Review(meant) => review(db, meant)?,
        HistoryAsk::Replay { meant, unknowns, expected } => replay(db, meant, unknowns, expected)?,
        HistoryAsk::Settle { meant, how } => {
            let pick = pick(db, &meant)?;
            HistoryTold::Settled(db.settle_all(&pick, how, by)?)
        }
        HistoryAsk::Gone(meant) => {
            let gone = db.gone_addresses(&pick(db, &meant)?)?;
            HistoryTold::Gone { meant, gone: gone.ids.len() as i64, doubtful: gone.doubtful }
        }
        HistoryAsk::Retire(meant) => {
            let gone = db.gone_addresses(&pick(db, &meant)?)?;
            HistoryTold::Retired(db.retire_addresses(&gone.ids)? as i64)
        }
        HistoryAsk::Another(meant) => another(db, &meant, Over::Others, by)?,
        HistoryAsk::Rewrite(meant) => another(db, &meant, Over::Same, by)?,
    })
}

/// What the filter, the opened groups and the marks mean together.
fn pick(db: &Db, meant: &Meant) -> Result<Pick, StoreError> {
    let filter = Filter::parse(&meant.filter, Scope::Deliveries)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let waits = meant.narrow.state == Some(DeliveryState::Deferred);
    let mut pick = db.pick(&if waits { filter.without_times() } else { filter })?;
    // A group lies inside its filter, so its own value may stand for the filter's list.
    let Narrow { state, class, channel, broadcast, person } = meant.narrow;
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
    if let Some(person) = person {
        pick.subscribers = vec![person];
    }
    if !meant.ids.is_empty() {
        pick.ids.clone_from(&meant.ids);
    }
    Ok(pick.without(&meant.except))
}

/// What a query of marks holds of the rows that another filter shows.
fn held(db: &Db, ask: HeldAsk<DeliveryId>, narrow: Narrow) -> Result<Held<DeliveryId>, StoreError> {
    let query = Meant { filter: ask.filter, narrow, except: ask.except, ..Meant::default() };
    let both = Meant { filter: both(&query.filter, &ask.shown), ..query.clone() };
    let all = db.delivery_counts(&pick(db, &query)?)?.audience();
    let visible = db.delivery_counts(&pick(db, &both)?)?.audience();
    let mut rows = Vec::new();
    if !ask.rows.is_empty() {
        let asked = Meant { ids: ask.rows, ..query };
        let found = db.deliveries(&pick(db, &asked)?, None, asked.ids.len())?;
        rows.extend(found.into_iter().map(|row| row.id));
    }
    Ok(Held { rows, all, visible, shown: ask.shown })
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
    let grouping = match by {
        By::Class | By::Channel => Grouping::ClassAndChannel,
        By::Broadcast => Grouping::ClassChannelAndBroadcast,
        By::Person => Grouping::ClassChannelAndPerson,
    };
    let channels = db.channels()?;
    let mut rows = Merged { by, narrow, channels: &channels, rows: BTreeMap::new() };
    let meant = |narrow| Meant { filter: filter.to_owned(), narrow, ..Meant::default() };
    let chosen = pick(db, &meant(narrow))?;
    let waits = Some(DeliveryState::Deferred);
    if narrow.state != waits {
        db.failure_groups(&chosen, grouping)?.iter().for_each(|group| rows.add(group));
    }
    if narrow.state == waits || chosen.states.is_empty() {
        let waiting = pick(db, &meant(Narrow { state: waits, ..narrow }))?;
        db.waiting_groups(&waiting, grouping)?.iter().for_each(|group| rows.add(group));
    }
    let mut rows: Vec<GroupRow> = rows.rows.into_values().collect();
    // What needs a person comes first.
    rows.sort_by_key(|row| (row.only_waits(), std::cmp::Reverse(row.count())));
    for row in rows.iter_mut().take(TITLES) {
        row.portions.sort_by_key(|portion| std::cmp::Reverse(portion.count));
        if let (By::Broadcast, Some(broadcast)) = (by, row.id.broadcast) {
            row.title = scrub(&db.broadcast(broadcast)?.draft.message.title, Cap::List).into_owned();
        }
    }
    Ok(rows)
}

/// Groups of the store, put together as they are shown.
struct Merged<'a> {
    by: By,
    narrow: Narrow,
    /// What stands still, and what rests.
    channels: &'a [Channel],
    rows: BTreeMap<Narrow, GroupRow>,
}

impl Merged<'_> {
    /// When a group ended; of one that waits, when it goes on: no moment while its channel stands still, and none
    /// before the end of its account's rest.
    fn times(&self, group: &FailureGroup) -> (Option<Millis>, Option<Millis>) {
        let times = (group.first_at, group.last_at);
        let channel = self.channels.iter().find(|channel| Some(channel.id) == group.channel_id);
        match channel {
            Some(channel) if group.state == DeliveryState::Deferred => {
                let rest = channel.rest.map(|rest| rest.until);
                let later = |at: Option<Millis>| at.max(rest).filter(|_| channel.pause.is_none());
                (later(times.0), later(times.1))
            }
            _ => times,
        }
    }

    fn add(&mut self, group: &FailureGroup) {
        let by = self.by;
        let (first_at, last_at) = self.times(group);
        let id = self.narrow.and(identity(group, by));
        let row = self.rows.entry(id).or_insert_with(|| empty(id, by));
        // An unknown outcome has no class worth telling apart.
        let class = (group.state != DeliveryState::Unknown).then_some(group.class);
        *match group.state {
            DeliveryState::Unknown => &mut row.unknown,
            DeliveryState::Deferred => &mut row.waiting,
            _ => &mut row.failed,
        } += group.count;
        let known = row.portions.iter_mut().find(|one| (one.state, one.class) == (group.state, class));
        match known {
            Some(portion) => portion.count += group.count,
            None => row.portions.push(Portion { state: group.state, class, count: group.count }),
        }
        if row.channel.is_empty() {
            row.channel = scrub(&group.channel, Cap::List).into_owned();
        }
        if by == By::Person && row.title.is_empty() {
            row.title = scrub(&group.name, Cap::List).into_owned();
        }
        if row.text.is_empty() {
            row.code = scrub(&group.sample_code, Cap::List).into_owned();
            row.text = scrub(&group.sample_text, Cap::List).into_owned();
        }
        // Among failures, the time of what only waits says nothing.
        if group.state != DeliveryState::Deferred || row.only_waits() {
            row.first_at = [row.first_at, first_at].into_iter().flatten().min();
            row.last_at = row.last_at.max(last_at);
        }
    }
}

/// What makes failures belong together.
fn identity(group: &FailureGroup, by: By) -> Narrow {
    match by {
        By::Class => Narrow {
            state: Some(group.state),
            class: (group.state != DeliveryState::Unknown).then_some(group.class),
            channel: group.channel_id,
            ..Narrow::default()
        },
        By::Broadcast => Narrow { broadcast: group.broadcast, ..Narrow::default() },
        By::Channel => Narrow { channel: group.channel_id, ..Narrow::default() },
        By::Person => Narrow { person: group.subscriber, ..Narrow::default() },
    }
}

const fn empty(id: Narrow, by: By) -> GroupRow {
    GroupRow {
        id,
        by,
        title: String::new(),
        channel: String::new(),
        failed: 0,
        unknown: 0,
        waiting: 0,
        first_at: None,
        last_at: None,
        code: String::new(),
        text: String::new(),
        portions: Vec::new(),
    }
}

/// Over which channels a draft goes that has the same people as something that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    /// Those that did not reach them left out.
    Others,
    /// The same.
    Same,
}

/// A draft with the same text to the same people.
fn another(db: &mut Db, meant: &Meant, over: Over, by: &str) -> Result<HistoryTold, StoreError> {
    let pick = pick(db, meant)?;
    let Some(broadcast) = db.only_broadcast(&pick)? else {
        return Ok(HistoryTold::NoOther(NoOther::SeveralTexts));
    };
    let people = db.people_of(&pick, PEOPLE + 1)?;
    if people.len() > PEOPLE {
        return Ok(HistoryTold::NoOther(NoOther::TooMany));
    }
    let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
    let mut draft = db.broadcast(broadcast)?.draft.anew();
    draft.audience = format!("id:{}", ids.join(","));
    if over == Over::Others {
        let failed = db.channels_of(&pick)?;
        let others = db.channels()?.into_iter().map(|channel| channel.id);
        draft.channels = others.filter(|id| !failed.contains(id)).collect();
        if draft.channels.is_empty() {
            return Ok(HistoryTold::NoOther(NoOther::NoChannel));
        }
    }
    draft.fallback = false;
    let id = db.add_follow_up(&draft, broadcast, by)?;
    Ok(match over {
        Over::Others => HistoryTold::Another(id),
        Over::Same => HistoryTold::Rewritten(id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::broadcast::PauseReason;
    use crate::domain::delivery::Class;
    use crate::store::channels::Rest;
    use crate::store::fixtures::{Shop, answered};

    #[test]
    fn what_waits_goes_on_after_its_accounts_rest_and_at_no_moment_while_its_channel_stands_still() {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(2, bark);
        shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        for one in shop.claim(epoch, 1, 2) {
            shop.record(epoch, &answered(&one, DeliveryState::Deferred));
        }
        let at = |shop: &Shop| {
            let found = groups(&shop.db, By::Class, "", Narrow::default()).expect("groups");
            assert_eq!(found.len(), 1);
            found[0].first_at.map(|at| at.0)
        };
        assert_eq!(at(&shop), Some(1_005_000), "its own moment");
        let rest = Rest { until: Millis(1_060_000), class: Class::Provider };
        shop.db.note_rests(&[(bark, 1, Some(rest))]).expect("noted");
        assert_eq!(at(&shop), Some(1_060_000));
        shop.db.pause_channel(bark, PauseReason::Credential, "no").expect("paused");
        assert_eq!(at(&shop), None, "nobody knows when it is repaired");
    }
}
