//! One broadcast by channel: what was accepted, failed, is unknown, is left; rate and state of each lane.

use ratatui::layout::Rect;

use super::lanes;
use crate::app::model::Model;
use crate::app::rows::{BroadcastDetail, BroadcastRow, Lane, Repeats};
use crate::domain::broadcast::BroadcastState;
use crate::domain::delivery::DeliveryState as D;
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
use crate::ui::width;

/// Lines of an opened page besides those of its channels and its text: nothing is longer.
const PAGE: u16 = 80;

/// Draws rule, lanes, total and notes; what does not fit is left out from below, and an opened page is scrolled.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    if area.height < 3 {
        return;
    }
    let Some(row) = model.screens.outbox.table.selected() else { return };
    // What the row knows is there at once; the rest comes a moment later.
    let detail = model.screens.outbox.current_detail();
    let times = detail.map(|detail| times(detail, pen.look, model.desk.now, painted)).unwrap_or_default();
    // The end of a title can be read in the list; when it is done stands nowhere else.
    let rest: u16 = times.iter().map(|part| pen.cells(part) + 3).sum();
    let room = area.width.saturating_sub(rest + 4).max(16);
    let name = name(row, pen.look);
    let name = width::cut(&name, usize::from(room), &pen.look.glyphs);
    let parts: Vec<&str> = std::iter::once(&*name).chain(times.iter().map(String::as_str)).collect();
    rule::titled(pen, area, &parts);
    painted.pages.detail = usize::from(area.height - 1);
    painted.pages.lines = 0;
    let table = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if let Some(repeats) = &row.repeats {
        return schedule(model, repeats, pen, table);
    }
    if row.state == BroadcastState::Draft {
        return draft(model, pen, table);
    }
    let Some(detail) = detail else { return };
    if !model.screens.outbox.opened {
        page(model, detail, pen, table, painted);
        return;
    }
    let lines =
        u16::try_from(detail.lanes.len() + detail.about.body.len()).unwrap_or(PAGE).saturating_add(PAGE);
    let (used, more) = pen.scrolled(table, model.screens.outbox.top, lines, |pen, area| {
        page(model, detail, pen, area, painted)
    });
    painted.pages.lines = used;
    if more {
        let key = model.desk.keys.key_for(Action::PageDown, &[Context::Move]).unwrap_or_default();
        let more = pen.look.strings.outbox.below.fill(&[("key", (&key).into())]);
        let last = Rect { y: table.bottom() - 1, height: 1, ..table };
        pen.right(last, last.y, &format!(" {more} "), Role::TextMuted);
    }
}

/// What the pane says of a broadcast; gives the rows used.
fn page(
    model: &Model,
    detail: &BroadcastDetail,
    pen: &mut Pen<'_>,
    area: Rect,
    painted: &mut Painted,
) -> u16 {
    let mut used = lanes::draw(model, detail, pen, area, painted);
    let below = |used: u16| Rect { y: area.y + used, height: area.height - used, ..area };
    used += notes(model, detail, pen, below(used));
    used + about(model, detail, pen, below(used))
}

/// Whose message it is, to whom it goes, and what it says: as far as there is room. Gives the rows used.
fn about(model: &Model, detail: &BroadcastDetail, pen: &mut Pen<'_>, area: Rect) -> u16 {
    if area.height < 5 {
        return 0;
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
            return area.height;
        }
        pen.text((area.x + 4, y), labels, label, Role::TextMuted);
        let x = area.x + 4 + labels;
        pen.text((x, y), area.right().saturating_sub(x + 1), text, Role::Text);
        y += 1;
    }
    y += 1;
    for line in &about.body {
        if y >= area.bottom() {
            return area.height;
        }
        pen.text((area.x + 4, y), area.width.saturating_sub(5), line, Role::Text);
        y += 1;
    }
    y - area.y
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
    // Messages and commands speak of it by its id.
    let name = if row.title.is_empty() { &look.strings.common.untitled } else { &row.title };
    format!("{} {name}", row.id)
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
    if detail.about.taken_back > 0 {
        notes.push(s.desk.taken_back.count(detail.about.taken_back));
    }
    if let Some(id) = detail.about.replaces.map(|id| id.to_string()) {
        notes.push(s.outbox.in_place_of.fill(&[("id", (&id).into())]));
    }
    if let Some(id) = detail.about.replaced_by.map(|id| id.to_string()) {
        notes.push(s.outbox.replaced_by.fill(&[("id", (&id).into())]));
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
