//! Answers the frame and the Outbox: pulse, broadcasts, lanes, and the orders on one broadcast.

mod list;

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use jiff::tz::TimeZone;

use crate::app::request::{Deed, Reply, Request, ScheduleAct};
use crate::app::rows::{About, BroadcastDetail, BroadcastRow, Lane, Pulse, Repeats, Wait};
use crate::domain::broadcast::{BroadcastState, PauseReason};
use crate::domain::channel::Health;
use crate::domain::delivery::{Counts, DeliveryState};
use crate::domain::id::BroadcastId;
use crate::domain::quiet::Quiet;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::look::locale::Lang;
use crate::look::strings::Strings;
use crate::report;
use crate::store::broadcasts::{BroadcastRow as Stored, LaneRow};
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::recurring::Recurring;

/// Lines of a message that the page of its broadcast shows.
const BODY_LINES: usize = 40;

/// Rates are taken over about this long.
const SPAN_MS: i64 = 3_000;

/// How far each lane had come a moment ago: what a rate is made of. Lives with the console, because a rate
/// is nothing that the books keep.
#[derive(Debug, Default)]
pub struct Rates {
    lanes: HashMap<i64, Vec<(Millis, i64)>>,
}

impl Rates {
    /// Notes how many of a lane have ended, and gives people a second, times ten.
    fn note(&mut self, lane: i64, now: Millis, ended: i64) -> i64 {
        let seen = self.lanes.entry(lane).or_default();
        if seen.last().is_none_or(|(at, _)| now.since(*at) >= 100) {
            seen.push((now, ended));
        }
        while seen.len() > 2 && now.since(seen[1].0) > SPAN_MS {
            seen.remove(0);
        }
        match seen.first() {
            Some((at, before)) if now.since(*at) > 0 => (ended - before).max(0) * 10_000 / now.since(*at),
            _ => 0,
        }
    }
}

/// Answers one request.
pub fn answer(db: &mut Db, request: Request, rates: &mut Rates, sender: bool) -> Result<Reply, StoreError> {
    Ok(match request {
        Request::Broadcasts(ask) => Reply::Broadcasts(list::page(db, &ask)?),
        Request::Broadcast(id) => match detail(db, id, rates) {
            Ok(detail) => Reply::Broadcast(Some(Box::new(detail))),
            Err(StoreError::NotFound { .. }) => Reply::Broadcast(None),
            Err(error) => return Err(error),
        },
        Request::Pause(id) => {
            db.pause(id, PauseReason::Operator, "")?;
            Reply::Done(Deed::Paused { id, in_flight: db.counts(id)?.of(DeliveryState::Sending) })
        }
        Request::Resume(id) => {
            db.resume(id)?;
            Reply::Done(Deed::Resumed { id })
        }
        Request::Stop(id) => {
            let cancelled = db.stop(id)?;
            Reply::Done(Deed::Stopped { id, cancelled })
        }
        Request::Recall(id) => {
            db.recall(id)?;
            Reply::Done(Deed::Recalled { id })
        }
        Request::Schedule(id, act) => {
            let by = db.operator().to_owned();
            match act {
                ScheduleAct::Pause => db.pause_recurring(id, &by)?,
                ScheduleAct::Resume => db.resume_recurring(id)?,
                ScheduleAct::Remove => db.remove_recurring(id)?,
            }
            Reply::Done(Deed::Schedule(act))
        }
        Request::Halt => Reply::Done(Deed::Halted { in_flight: db.halt("")? }),
        Request::Unhalt => {
            db.unhalt()?;
            Reply::Done(Deed::Unhalted)
        }
        Request::Report(id, language) => Reply::Done(Deed::Reported(report(db, id, &language)?)),
        // The frame's own question; everything else is answered by its section.
        _ => Reply::Pulse(pulse(db, sender)?),
    })
}

/// Writes the report into a folder beside the store; gives the file.
fn report(db: &mut Db, id: BroadcastId, language: &str) -> Result<String, StoreError> {
    let found = report::gather(db, id)?;
    let words = Strings::of(Lang::from_tag(language).unwrap_or(Lang::En));
    let zone = TimeZone::system();
    let folder = db.folder().join("reports");
    let stamp = db.now().rfc3339().replace(':', "-");
    let path = folder.join(format!("{id}-{stamp}.md"));
    let unwritable = |source| StoreError::Unwritable { path: path.clone(), source };
    std::fs::create_dir_all(&folder).map_err(unwritable)?;
    let text = report::markdown::write(&found, words, &zone);
    let written = report::write_new(&path, |out| out.write_all(text.as_bytes()));
    written.and_then(|written| written).map_err(unwritable)?;
    if !db.is_read_only() {
        db.note_export(id, &path)?;
    }
    Ok(path.display().to_string())
}

/// The schedules by the draft that they send.
type Schedules = HashMap<BroadcastId, Repeats>;

fn schedules(db: &Db) -> Result<Schedules, StoreError> {
    let repeats = |one: Recurring| {
        let repeats = Repeats {
            id: one.id,
            cron: scrub(&one.cron, Cap::List).into_owned(),
            next: one.next_at,
            most: one.max_audience,
            paused: one.paused.map(|why| scrub(&why, Cap::List).into_owned()),
        };
        (one.draft, repeats)
    };
    Ok(db.all_recurring()?.into_iter().map(repeats).collect())
}

fn row(stored: &Stored, schedules: &Schedules, now: Millis) -> BroadcastRow {
    let held = stored.state == BroadcastState::Held;
    BroadcastRow {
        id: stored.id,
        state: stored.state,
        title: scrub(&stored.title, Cap::List).into_owned(),
        audience: scrub(&stored.audience_filter, Cap::List).into_owned(),
        counts: stored.counts,
        at: stored.ended_at.or(stored.released_at).unwrap_or(stored.updated_at),
        until: match stored.state {
            BroadcastState::Held => stored.hold_until,
            BroadcastState::Scheduled => stored.at,
            _ => None,
        },
        orphaned: held
            && stored.keeper.as_deref() != Some(&keeper_name())
            && stored.hold_until.is_none_or(|until| until <= now),
        paused: stored.pause_reason.filter(|_| stored.state == BroadcastState::Paused),
        repeats: schedules.get(&stored.id).cloned(),
        taken_back: stored.taken_back,
    }
}

/// The name under which this console keeps undo windows open.
pub fn keeper_name() -> String {
    // Not the process id alone: in a container every console has the same.
    static NAME: LazyLock<String> =
        LazyLock::new(|| format!("console-{}-{}", std::process::id(), uuid::Uuid::new_v4()));
    NAME.clone()
}

fn detail(db: &Db, id: BroadcastId, rates: &mut Rates) -> Result<BroadcastDetail, StoreError> {
    let stored = db.broadcast(id)?;
    let now = db.now();
    let halted = stored.halted && stored.row.state == BroadcastState::Sending;
    let mut left_ms = 0;
    let mut lanes = Vec::new();
    for lane in &stored.lanes {
        let Some(channel) = lane.channel else { continue };
        // Nobody of the reserve was called up yet.
        if lane.reserve && lane.counts.to_send() == 0 {
            continue;
        }
        // What was cancelled or left out was not sent at any rate.
        let ended = lane.counts.delivered()
            + lane.counts.of(DeliveryState::Rejected)
            + lane.counts.of(DeliveryState::Unknown);
        let rate_tenths = rates.note(lane.lane, now, ended);
        if lane.counts.open() > 0 {
            left_ms = if rate_tenths > 0 {
                i64::max(left_ms, lane.counts.open() * 10_000 / rate_tenths)
            } else {
                i64::MAX
            };
        }
        lanes.push(Lane {
            channel,
            name: scrub(&lane.channel_name, Cap::List).into_owned(),
            kind: lane.kind.clone(),
            reserve: lane.reserve,
            counts: lane.counts,
            taken_back: lane.taken_back,
            rate_tenths,
            paused: lane.channel_paused.or(halted.then_some(PauseReason::Halted)),
            stage: lane.stage,
            rest: lane.rest,
            waits: waits(db, lane, now)?,
            calls: db.lane_calls(lane)?,
            in_flight: lane.counts.of(DeliveryState::Sending),
            last_error: last_error(db, lane)?,
            expired: lane.expired_at.is_some(),
        });
    }
    let of_reserve = |of: fn(&Counts) -> i64| -> i64 {
        stored.lanes.iter().filter(|lane| lane.reserve).map(|lane| of(&lane.counts)).sum()
    };
    let going = stored.row.state == BroadcastState::Sending && !halted && (1..i64::MAX).contains(&left_ms);
    Ok(BroadcastDetail {
        row: row(&stored.row, &schedules(db)?, now),
        lanes,
        about: About {
            reserve: of_reserve(Counts::audience),
            taken_back: stored.taken_back,
            replaces: stored.draft.replaces,
            replaced_by: stored.replaced_by,
            spare: of_reserve(|counts| counts.of(DeliveryState::Skipped)),
            released_by: scrub(&stored.released_by, Cap::List).into_owned(),
            pause_detail: scrub(&stored.row.pause_detail, Cap::List).into_owned(),
            link: scrub(&stored.draft.message.url, Cap::List).into_owned(),
            body: stored
                .draft
                .message
                .body
                .lines()
                .take(BODY_LINES)
                .map(|line| scrub(line, Cap::List).into_owned())
                .collect(),
        },
        started: stored.row.started_at,
        ended: stored.row.ended_at,
        left_ms: going.then_some(left_ms),
    })
}

/// When something of a lane that waits goes on by itself, and why: after a wait, or after its channel's quiet hours.
fn waits(db: &Db, lane: &LaneRow, now: Millis) -> Result<Option<(Millis, Wait)>, StoreError> {
    let open = lane.counts.open();
    let Some(channel) = lane.channel.filter(|_| open > 0) else { return Ok(None) };
    let hours = db.channel(channel)?.settings.get("quiet").and_then(|hours| Quiet::parse(hours));
    if let Some(until) = hours.and_then(|hours| hours.until(now, &TimeZone::system())) {
        return Ok(Some((until, Wait::Quiet)));
    }
    Ok(db.lane_waits(lane.lane)?.map(|(until, class)| (until, class.map_or(Wait::Quiet, Wait::For))))
}

fn last_error(db: &Db, lane: &LaneRow) -> Result<Option<String>, StoreError> {
    if lane.channel_paused.is_some() && !lane.pause_detail.is_empty() {
        return Ok(Some(scrub(&lane.pause_detail, Cap::List).into_owned()));
    }
    Ok(db.last_error(lane)?.map(|text| scrub(&text, Cap::List).into_owned()))
}

fn pulse(db: &Db, sender: bool) -> Result<Pulse, StoreError> {
    let mut pulse = Pulse { sender, unread: db.unread_conversations()?, ..Pulse::default() };
    let (mut done, mut all) = (0, 0);
    let repeating: BTreeSet<BroadcastId> = db.all_recurring()?.into_iter().map(|one| one.draft).collect();
    let broadcasts = db.broadcasts(None, &[], 200)?;
    let seen = broadcasts.len();
    for row in broadcasts {
        match row.state {
            // A draft that goes out again and again waits for its next time.
            BroadcastState::Draft if repeating.contains(&row.id) => pulse.scheduled += 1,
            BroadcastState::Draft => pulse.drafts += 1,
            BroadcastState::Scheduled => pulse.scheduled += 1,
            BroadcastState::Held => {
                let mine = row.keeper.as_deref() == Some(&keeper_name());
                if let Some(until) = row.hold_until.filter(|_| mine)
                    && pulse.held.is_none_or(|(_, known)| until < known)
                {
                    pulse.held = Some((row.id, until));
                }
                pulse.active += 1;
            }
            BroadcastState::Sending | BroadcastState::Paused => {
                pulse.active += 1;
                all += row.counts.to_send();
                done += row.counts.to_send() - row.counts.open();
            }
            BroadcastState::Partial | BroadcastState::Done | BroadcastState::Cancelled => {}
        }
    }
    pulse.percent = if all > 0 { done * 100 / all } else { 0 };
    pulse.halted = db.halted()?.map(|halt| scrub(&halt.operator, Cap::List).into_owned());
    pulse.disk_low = db.is_low_on_room();
    pulse.silent = sender && db.silent_since()?.is_some();
    (pulse.died, pulse.lost) = db.dead_senders()?;
    pulse.people = db.people_in_all()?;
    pulse.empty = seen == 0 && pulse.people == 0 && db.channels()?.is_empty();
    (pulse.failed, pulse.unknown) = db.troubles_since(db.now().plus(-24 * 3_600_000))?;
    for channel in db.channels()? {
        let health = if channel.pause.is_some() { Health::Off } else { channel.health() };
        pulse.channels.push((scrub(&channel.name, Cap::List).into_owned(), health));
    }
    Ok(pulse)
}
