//! One broadcast by channel: what was accepted, failed, is unknown, is left; rate and state of each lane.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::rows::{BroadcastDetail, BroadcastRow, Lane, Repeats, Wait};
use crate::domain::broadcast::{BroadcastState, PauseReason};
use crate::domain::delivery::{Counts, DeliveryState as D, SkipReason};
use crate::domain::moment;
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, GUTTER, Row, Table};

/// What goes on by itself within this time is counted down; beyond it the clock says more.
const COUNTED_DOWN_MS: i64 = 10 * 60 * 1_000;

/// What the columns beside the state take at their least, with their gaps.
const OTHERS: u16 = 53;

/// Draws rule, lanes, total and notes; what does not fit is left out from below.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    if area.height < 3 {
        return;
    }
    let Some(row) = model.screens.outbox.table.selected() else { return };
    // What the row knows is there at once; the rest comes a moment later.
    let detail = model.screens.outbox.current_detail();
    let mut parts = vec![name(row, pen.look)];
    parts.extend(detail.into_iter().flat_map(|detail| times(detail, pen.look, model.desk.now, painted)));
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    rule::titled(pen, area, &parts);
    painted.pages.detail = usize::from(area.height - 1);
    let table = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if let Some(repeats) = &row.repeats {
        return schedule(model, repeats, pen, table);
    }
    if row.state == BroadcastState::Draft {
        return draft(model, pen, table);
    }
    let Some(detail) = detail else { return };
    let used = lanes(detail, pen, table, model.desk.now, painted);
    let rest = Rect { y: table.y + used, height: table.height - used, ..table };
    let used = notes(model, detail, pen, rest);
    let rest = Rect { y: rest.y + used, height: rest.height - used, ..rest };
    about(model, detail, pen, rest);
}

/// Whose message it is, to whom it goes, and what it says: as far as there is room.
fn about(model: &Model, detail: &BroadcastDetail, pen: &mut Pen<'_>, area: Rect) {
    if area.height < 5 {
        return;
    }
    let look = pen.look;
    let (words, about) = (&look.strings.outbox, &detail.about);
    rule::titled(pen, Rect { y: area.y + 1, height: 1, ..area }, &[&words.message]);
    let key = |action| {
        model
            .desk
            .keys
            .key_for(action, &[Context::Outbox, Context::Table, Context::Detail])
            .unwrap_or_default()
    };
    let keys = words
        .keys
        .fill(&[("history", (&key(Action::GoHistory)).into()), ("report", (&key(Action::Report)).into())]);
    let facts = [
        (&words.audience, detail.row.audience.clone()),
        (&words.released_by, about.released_by.clone()),
        (&look.strings.compose.link, about.link.clone()),
        (&words.more, keys),
    ];
    let facts: Vec<(&String, String)> = facts.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    let labels = facts.iter().map(|(label, _)| pen.cells(label)).max().unwrap_or(0) + 2;
    let mut y = area.y + 2;
    for (label, text) in &facts {
        if y >= area.bottom() {
            return;
        }
        pen.text((area.x + 4, y), labels, label, Role::TextMuted);
        let x = area.x + 4 + labels;
        pen.text((x, y), area.right().saturating_sub(x + 1), text, Role::Text);
        y += 1;
    }
    y += 1;
    for line in &about.body {
        if y >= area.bottom() {
            return;
        }
        pen.text((area.x + 4, y), area.width.saturating_sub(5), line, Role::Text);
        y += 1;
    }
}

/// Of a draft there are no books yet: what to do with it.
/// When it goes out next, why it does not, and the keys that change that.
fn schedule(model: &Model, repeats: &Repeats, pen: &mut Pen<'_>, area: Rect) {
    let words = &pen.look.strings.outbox;
    let stack = [Context::Outbox, Context::Table];
    let key = |action| model.desk.keys.key_for(action, &stack).unwrap_or_default();
    let time = moment::print_zoned(repeats.next, &pen.look.zone);
    let values = [("cron", (&repeats.cron).into()), ("time", (&time).into()), ("count", repeats.most.into())];
    let mut inner = Rect { x: area.x + 4, width: area.width.saturating_sub(5), ..area };
    let mut line = |text: &str, role| {
        let used = pen.paragraph(inner, text, role).min(inner.height);
        inner = Rect { y: inner.y + used, height: inner.height - used, ..inner };
    };
    line(&words.repeats_about.fill(&values), Role::Text);
    if let Some(why) = &repeats.paused {
        // A person's name, or what made it impossible to go on, which is a sentence.
        let text = if why.contains(' ') {
            words.repeats_broken.fill(&[("why", why.into())])
        } else {
            words.repeats_still.fill(&[("name", why.into())])
        };
        line(&text, Role::Warning);
    }
    let (open, pause) = (key(Action::Open), key(Action::Pause));
    let (resume, remove) = (key(Action::Resume), key(Action::StopRest));
    let keys = words.repeats_keys.fill(&[
        ("open", (&open).into()),
        ("pause", (&pause).into()),
        ("resume", (&resume).into()),
        ("remove", (&remove).into()),
    ]);
    line(&keys, Role::TextMuted);
}

fn draft(model: &Model, pen: &mut Pen<'_>, area: Rect) {
    let stack = [Context::Outbox, Context::Table];
    let key = |action| model.desk.keys.key_for(action, &stack).unwrap_or_default();
    let (open, send) = (key(Action::Open), key(Action::ReviewSend));
    let text = pen.look.strings.outbox.draft.fill(&[("open", (&open).into()), ("send", (&send).into())]);
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(5), ..area };
    pen.paragraph(inner, &text, Role::TextMuted);
}

fn name(row: &BroadcastRow, look: &Look) -> String {
    let name = if row.title.is_empty() { &look.strings.common.untitled } else { &row.title };
    name.clone()
}

/// `started 14:05:10 ─ elapsed 42s ─ about 6m40s left`
fn times(detail: &BroadcastDetail, look: &Look, now: Millis, painted: &mut Painted) -> Vec<String> {
    let s = look.strings;
    let Some(started) = detail.started else { return Vec::new() };
    let clock = format::clock_seconds(started, &look.zone);
    let mut parts = Vec::with_capacity(3);
    parts.push(s.common.started.fill(&[("time", (&clock).into())]));
    let elapsed = detail.ended.unwrap_or(now).since(started).max(0);
    if detail.ended.is_none() && detail.row.state == BroadcastState::Sending {
        // Seconds are shown, but once a second is often enough only while something moves anyway.
        painted.changes(now.plus(1_000));
    }
    let elapsed = format::duration(elapsed, &s.common);
    parts.push(s.common.elapsed.fill(&[("time", (&elapsed).into())]));
    if let Some(left) = detail.left_ms {
        let left = format::duration(left, &s.common);
        parts.push(s.common.left.fill(&[("time", (&left).into())]));
    }
    parts
}

/// The table of lanes; returns the rows used.
fn lanes(detail: &BroadcastDetail, pen: &mut Pen<'_>, area: Rect, now: Millis, painted: &mut Painted) -> u16 {
    let look = pen.look;
    let words = &look.strings.outbox;
    // A channel that nobody is reached over would fill a row with noughts.
    let mut rows: Vec<Row<'_>> = detail
        .lanes
        .iter()
        .filter(|lane| lane.counts.to_send() > 0 || detail.lanes.len() == 1)
        .map(|lane| {
            let (state, role) = lane_state(lane, detail, look, now, painted);
            let rate = look.strings.common.per_second.fill(&[("rate", (&rate(lane.rate_tenths)).into())]);
            let name = if lane.reserve {
                Cell::new(words.reserve.fill(&[("channel", (&lane.name).into())]))
            } else {
                Cell::new(&lane.name)
            };
            let mut cells = vec![name];
            cells.extend(numbers(&lane.counts));
            cells.push(Cell::new(if lane.rate_tenths > 0 { rate } else { String::new() }));
            cells.push(Cell::role(state, role));
            Row::new(cells)
        })
        .collect();
    let mut total = vec![Cell::role(&look.strings.common.total, Role::Heading)];
    total.extend(numbers(&detail.row.counts));
    rows.push(Row::new(total));
    let used = (rows.len() as u16 + 1).min(area.height);
    // What a channel does comes before the ends of long names: it gets what the others leave at their least.
    let wanted = widest(pen, rows.iter().filter_map(|row| row.cells.get(6)));
    let state = wanted.min(area.width.saturating_sub(GUTTER + OTHERS)).clamp(10, 48);
    Table {
        columns: vec![
            Column::new(&words.channel, 10, 18).middle(),
            Column::new(&words.accepted, 8, 9).right(),
            Column::new(&words.failed, 6, 8).right(),
            Column::new(&words.unknown, 7, 8).right(),
            Column::new(&words.left, 6, 9).right(),
            Column::new(&words.rate, 6, 8).right().drops(1),
            Column::new(&words.state, state, state).drops(3),
        ],
        rows,
        ..Table::default()
    }
    .draw(pen, Rect { height: used, ..area });
    used
}

/// The cells that the widest of these takes.
pub fn widest<'a>(pen: &Pen<'_>, cells: impl Iterator<Item = &'a Cell<'a>>) -> u16 {
    cells.map(|cell| pen.cells(&cell.text)).max().unwrap_or(0)
}

fn numbers(counts: &Counts) -> [Cell<'static>; 4] {
    let cell = |count: i64, role: Role| {
        Cell::role(format::number(count), if count > 0 { role } else { Role::TextMuted })
    };
    [
        cell(counts.delivered(), Role::Text),
        cell(counts.of(D::Rejected), Role::Danger),
        cell(counts.of(D::Unknown), Role::Warning),
        cell(counts.open(), Role::Text),
    ]
}

/// `143`, `4.2`: people a second from tenths.
fn rate(tenths: i64) -> String {
    if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { format::number(tenths / 10) }
}

fn lane_state(
    lane: &Lane,
    detail: &BroadcastDetail,
    look: &Look,
    now: Millis,
    painted: &mut Painted,
) -> (String, Role) {
    let s = look.strings;
    let broadcast = &s.states.broadcast;
    if lane.counts.open() == 0 && detail.row.state != BroadcastState::Draft {
        return ended(lane, look);
    }
    // What holds everything up comes before what holds up a part, and that before what was met on the way.
    if let Some(reason) = lane.paused.filter(|reason| *reason != PauseReason::Halted) {
        return (format!("= {}", s.states.pause_short.of(reason)), Role::Warning);
    }
    match (detail.row.state, detail.row.paused) {
        (BroadcastState::Paused, Some(reason)) => {
            return (format!("= {}", s.states.pause_short.of(reason)), Role::Warning);
        }
        (BroadcastState::Paused, None) => return (format!("= {}", broadcast.paused), Role::Warning),
        (state @ (BroadcastState::Held | BroadcastState::Scheduled | BroadcastState::Draft), _) => {
            return (format!(". {}", broadcast.of(state)), Role::Pending);
        }
        _ => {}
    }
    if lane.stage.is_some_and(|stage| stage.open == 0) {
        return (format!("= {}", s.states.waits_for_stage), Role::Warning);
    }
    if let Some(reason) = lane.paused {
        return (format!("= {}", s.states.pause_short.of(reason)), Role::Warning);
    }
    if let Some(rest) = lane.rest.filter(|rest| rest.holds(now)) {
        painted.changes(rest.until.plus(1));
        return (super::rests(&rest, now, look), Role::Warning);
    }
    let stands = lane.calls == 0 && lane.rate_tenths == 0;
    let all_wait = lane.counts.of(D::Deferred) == lane.counts.open();
    if let Some((until, wait)) = lane.waits.filter(|(until, _)| *until > now && (stands || all_wait)) {
        let left = until.since(now);
        let text = if left < COUNTED_DOWN_MS {
            painted.changes(now.plus(1 + (left - 1) % 1_000));
            s.states.waits_for.fill(&[("time", (&format::countdown(left)).into())])
        } else {
            let same_day = format::date(until, &look.zone) == format::date(now, &look.zone);
            let time =
                if same_day { format::clock(until, &look.zone) } else { format::local(until, &look.zone) };
            s.states.waits_until.fill(&[("time", (&time).into())])
        };
        let why = match wait {
            Wait::Quiet => &s.states.quiet,
            Wait::For(class) => &s.classes.class.of(class).name,
        };
        return (format!("~ {}", s.list([text.as_str(), why.as_str()])), Role::Warning);
    }
    if lane.calls > 0 {
        return (format!("> {}", s.common.calls.count(lane.calls)), Role::Info);
    }
    if lane.rate_tenths > 0 && lane.counts.open() > 0 {
        return (format!("> {}", s.states.delivery.sending), Role::Info);
    }
    (format!(". {}", s.states.delivery.planned), Role::Pending)
}

/// What came of a lane in which nobody is left.
fn ended(lane: &Lane, look: &Look) -> (String, Role) {
    let (s, broadcast) = (look.strings, &look.strings.states.broadcast);
    if lane.expired && lane.counts.of(D::Cancelled) > 0 {
        (format!("/ {}", s.skips.reason.of(SkipReason::Expired).name), Role::Warning)
    } else if lane.counts.trouble() > 0 {
        (format!("! {}", broadcast.partial), Role::Warning)
    } else {
        (format!("+ {}", broadcast.done), Role::Success)
    }
}

/// What the numbers do not say by themselves; gives the rows used.
fn notes(model: &Model, detail: &BroadcastDetail, pen: &mut Pen<'_>, area: Rect) -> u16 {
    if area.height < 2 {
        return 0;
    }
    let s = pen.look.strings;
    let stack = [Context::Outbox, Context::Table];
    let key = |action| model.desk.keys.key_for(action, &stack).unwrap_or_default();
    let mut notes = Vec::new();
    if let Some(reason) = detail.row.paused {
        let why = s.states.pause.of(reason);
        let about = s.pause_detail(&detail.about.pause_detail);
        let why = if about.is_empty() { why.to_owned() } else { s.with_reason(why, &about) };
        let resume = key(Action::Resume);
        notes.push(s.outbox.goes_on.fill(&[("why", (&why).into()), ("key", (&resume).into())]));
    }
    if detail.row.state == BroadcastState::Sending {
        let stage: i64 = detail.lanes.iter().filter_map(|lane| lane.stage).map(|stage| stage.people).sum();
        for lane in detail.lanes.iter().filter(|lane| lane.holds_up_stage()) {
            let open = lane.stage.map_or(0, |stage| stage.open);
            let why = lane.paused.map_or("", |reason| s.states.pause_short.of(reason).as_str());
            let values = [
                ("count", open.into()),
                ("total", stage.into()),
                ("channel", (&lane.name).into()),
                ("why", why.into()),
            ];
            notes.push(s.outbox.stage_stands.fill(&values));
        }
    }
    let cancelled = detail.row.counts.of(D::Cancelled);
    let of_expired = |lane: &&Lane| lane.expired;
    let expired: i64 = detail.lanes.iter().filter(of_expired).map(|lane| lane.counts.of(D::Cancelled)).sum();
    if expired > 0 {
        notes.push(s.outbox.expired.count(expired));
    }
    if cancelled > expired {
        notes.push(s.outbox.cancelled.count(cancelled - expired));
    }
    // People, not deliveries: who stands in the reserve is not left out.
    let left_out = detail.row.counts.of(D::Skipped) - detail.about.spare;
    if left_out > 0 {
        notes.push(s.outbox.left_out.fill(&[
            ("count", left_out.into()),
            ("audience", (detail.row.counts.audience() - detail.about.reserve).into()),
            ("key", (&key(Action::GoHistory)).into()),
        ]));
    }
    let in_flight: i64 = detail.lanes.iter().map(|lane| lane.in_flight).sum();
    let may_pause = detail.row.state == BroadcastState::Sending && !model.desk.settings.readonly;
    if may_pause && in_flight > 0 {
        let people = s.common.people.count(in_flight);
        let pause = key(Action::Pause);
        let values = [("key", (&pause).into()), ("people", (&people).into())];
        notes.push(s.dialogs.pause.note.fill(&values));
    } else if detail.row.counts.of(D::Unknown) > 0 {
        notes.push(s.states.unknown_note.clone());
    }
    if detail.about.taken_back > 0 {
        notes.push(s.desk.taken_back.count(detail.about.taken_back));
    }
    notes.push(s.states.accepted_note.clone());
    // One person's error among many: below everything else, where there is room.
    for lane in detail.lanes.iter().filter(|lane| lane.counts.open() > 0) {
        if let Some(error) = &lane.last_error {
            let said = s.said(error);
            let values = [("channel", (&lane.name).into()), ("error", (&*said).into())];
            notes.push(s.outbox.last_failure.fill(&values));
        }
    }
    let bottom = area.bottom();
    let mut y = area.y + 1;
    for note in notes {
        let rest =
            Rect { x: area.x + 4, y, width: area.width.saturating_sub(5), height: bottom.saturating_sub(y) };
        y += pen.paragraph(rest, &note, Role::TextMuted);
    }
    y - area.y
}
