//! The Outbox, drawn: the list of broadcasts, and the channels of the selected one.

mod detail;
mod lanes;

use ratatui::layout::Rect;

use super::list::{Listing, freshness, listing, marker, stacked};
use super::{Head, Size};
use crate::app::model::Model;
use crate::app::rows::BroadcastRow;
use crate::domain::broadcast::{BroadcastState as S, PauseReason};
use crate::domain::delivery::DeliveryState;
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::channels::Rest;
use crate::ui::painted::Painted;
use crate::ui::widgets::badge::{Badge, Badged};
use crate::ui::widgets::bar::{self, Progress};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, Row, Table};

/// `~ rests until 00:33:22, server trouble`
pub fn rests(rest: &Rest, now: Millis, look: &Look) -> String {
    let same_day = format::date(rest.until, &look.zone) == format::date(now, &look.zone);
    let time = if same_day {
        format::clock_seconds(rest.until, &look.zone)
    } else {
        format::local(rest.until, &look.zone)
    };
    let why = &look.strings.classes.class.of(rest.class).name;
    let text = look.strings.states.rests_until.fill(&[("time", (&time).into()), ("why", why.into())]);
    format!("~ {text}")
}

const LIST: &[Action] = &[
    Action::Open,
    Action::Recall,
    Action::ReviewSend,
    Action::Pause,
    Action::Resume,
    Action::StopRest,
    Action::GoHistory,
    Action::Report,
];

const EMPTY: &[Action] = &[Action::ComposeTo, Action::Welcome];

/// `r` on a broadcast that ended in trouble leads to its replay.
pub fn called(model: &Model, action: Action) -> Action {
    let row = model.screens.outbox.table.selected();
    match action {
        Action::Resume if row.is_some_and(|row| row.state == S::Partial) => Action::Replay,
        // A schedule has no rest that could be stopped.
        Action::StopRest if row.is_some_and(|row| row.repeats.is_some()) => Action::Remove,
        other => other,
    }
}

/// The actions that the footer shows first.
pub fn hints(model: &Model) -> &'static [Action] {
    if model.screens.outbox.table.selected().is_some() { LIST } else { EMPTY }
}

/// From this width on the detail stands beside the list.
const BESIDE: u16 = 160;

/// Rows of the channel table in compact, its rule and notes included.
const LOWER: u16 = 9;

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let (words, pulse) = (&look.strings.outbox, &model.desk.pulse);
    let filter = &model.screens.outbox.table.filter;
    let mut counts = Vec::new();
    for (phrase, count) in [
        (&words.counts_active, pulse.active),
        (&words.counts_scheduled, pulse.scheduled),
        (&words.counts_drafts, pulse.drafts),
    ] {
        if count > 0 {
            counts.push(phrase.count(count));
        }
    }
    let role = if filter.refused.is_some() { Role::ChipError } else { Role::Chip };
    Head {
        chips: filter.terms().map(|term| (format!("[{term}]"), role)).collect(),
        text: counts.join(&format!(" {} ", look.glyphs.dot)),
        right: channels(model, look),
        gives_way: true,
        field: if filter.typing { look.strings.overlays.filter.clone() } else { String::new() },
    }
}

/// `channels 4 ok · 1 failing`
pub fn channels(model: &Model, look: &Look) -> String {
    let what = channel_tally(model, look);
    if what.is_empty() { what } else { look.strings.frame.channels.fill(&[("what", (&what).into())]) }
}

/// The same where the word "channels" has no room.
pub fn channel_tally(model: &Model, look: &Look) -> String {
    super::channels::tally(model.desk.pulse.channels.iter().map(|(_, health)| *health), look)
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.outbox;
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    if screen.table.selected().is_none() {
        return list(model, pen, area, painted);
    }
    match (one_pane, screen.opened) {
        (true, true) => detail::draw(model, pen, area, painted),
        (true, false) => {
            let lower = LOWER.min(area.height / 2);
            let upper = Rect { height: area.height - lower, ..area };
            list(model, pen, upper, painted);
            let lower = Rect { y: upper.bottom(), height: lower, ..area };
            detail::draw(model, pen, lower, painted);
        }
        // There is nothing beside the list that would have to be seen with it.
        (false, true) if area.width < BESIDE => detail::draw(model, pen, area, painted),
        // The books of a broadcast are seven columns wide: beside the list they would lose the unknown.
        (false, _) if area.width < BESIDE => {
            let (upper, lower) = stacked(area, screen.table.len(), LOWER + 3);
            list(model, pen, upper, painted);
            detail::draw(model, pen, lower, painted);
        }
        (false, _) => {
            let left = Rect { width: area.width * 62 / 100, ..area };
            let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
            list(model, pen, left, painted);
            rule::divider(pen, area, left.right());
            detail::draw(model, pen, right, painted);
        }
    }
}

fn list(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let table = &model.screens.outbox.table;
    let words = &pen.look.strings.outbox;
    let Some(Listing { area, visible }) = listing(table, &words.empty, pen, area, model.desk.now, painted)
    else {
        return;
    };
    let look = pen.look;
    let now = model.desk.now;
    let halted = model.desk.pulse.halted.is_some();
    let rows: Vec<Row<'_>> = visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| Row::new(cells(row, halted, look, now, painted)).marker(marker(table, row)))
        .collect();
    let state = lanes::widest(pen, rows.iter().filter_map(|row| row.cells.first())).clamp(10, 14);
    // Numbers and the key that leads on are worth more than the end of an audience.
    let progress = lanes::widest(pen, rows.iter().filter_map(|row| row.cells.last())).clamp(15, 26);
    let id = lanes::widest(pen, rows.iter().filter_map(|row| row.cells.get(1))).max(pen.cells(&words.id));
    let drawn = Table {
        columns: vec![
            Column::new(&words.state, state, state),
            Column::new(&words.id, id, id).drops(3),
            Column::new(&words.title, 16, 60),
            Column::new(&words.audience, 8, 14).drops(2),
            Column::new("", 6, 9).right().drops(1),
            Column::new(&words.progress, progress, progress.max(22)),
        ],
        rows,
        selected: table.selected_in(&visible),
        focused: true,
        freshness: freshness(table, now),
    }
    .draw(pen, area);
    painted.set_cursor(drawn.cursor.filter(|_| !table.filter.typing));
}

fn cells<'a>(
    row: &'a BroadcastRow,
    halted: bool,
    look: &'a Look,
    now: Millis,
    painted: &mut Painted,
) -> Vec<Cell<'a>> {
    let s = look.strings;
    let waits = row.counts.open() > 0 && row.counts.of(DeliveryState::Deferred) == row.counts.open();
    let at = |moment: Millis| {
        let today = format::date(moment, &look.zone) == format::date(now, &look.zone);
        let text =
            if today { format::clock(moment, &look.zone) } else { format::month_day(moment, &look.zone) };
        Cell::role(format!("@ {text}"), Role::Pending)
    };
    let state = match (row.state, row.until) {
        (S::Draft, _) if row.repeats.is_some() => match row.repeats.as_ref().filter(|it| it.paused.is_none())
        {
            Some(repeats) => at(repeats.next),
            None => Cell::role(format!("= {}", s.outbox.repeats_paused), Role::Warning),
        },
        (S::Scheduled, Some(until)) => at(until),
        (S::Sending, _) if halted => {
            Cell::role(format!("= {}", s.states.pause_short.of(PauseReason::Halted)), Role::Danger)
        }
        // Nothing of it can leave before a moment comes, such as tomorrow's allowance.
        (S::Sending, _) if waits => Cell::role(format!("~ {}", s.states.delivery.deferred), Role::Warning),
        (S::Done | S::Cancelled | S::Partial, _) if row.is_taken_back() => {
            Cell::role(format!("/ {}", s.states.taken_back), Role::Warning)
        }
        // Something of it has gone out: it was stopped, not taken back.
        (S::Cancelled, _) if row.counts.has_gone_out() => {
            Cell::badge(&Badge { word: &s.states.stopped, ..row.state.badge(s) })
        }
        (state, _) => Cell::badge(&state.badge(s)),
    };
    let title = if row.title.is_empty() { &s.common.untitled } else { &row.title };
    let audience = match (row.audience.is_empty(), row.state) {
        (false, _) => &row.audience,
        (true, S::Draft) => &s.common.not_set,
        (true, _) => &s.compose.everybody,
    };
    let people = match row.counts.audience() {
        0 => String::new(),
        count => format::number(count),
    };
    let id = Cell::role(row.id.to_string(), Role::TextMuted);
    vec![
        state,
        id,
        Cell::new(title),
        Cell::new(audience),
        Cell::new(people),
        progress(row, look, now, painted),
    ]
}

fn progress<'a>(row: &BroadcastRow, look: &Look, now: Millis, painted: &mut Painted) -> Cell<'a> {
    let s = look.strings;
    let counts = &row.counts;
    match row.state {
        S::Draft if row.repeats.is_some() => {
            // The zone is in the detail; here the five fields have to fit.
            let fields = row.repeats.iter().flat_map(|repeats| repeats.cron.split(' ').take(5));
            let cron = fields.collect::<Vec<_>>().join(" ");
            Cell::new(s.outbox.repeats.fill(&[("cron", (&cron).into())]))
        }
        S::Draft => {
            let clock = format::clock(row.at, &look.zone);
            Cell::role(s.outbox.saved_at.fill(&[("time", (&clock).into())]), Role::TextMuted)
        }
        S::Held => match row.until.filter(|until| *until > now) {
            Some(until) => {
                let left = until.since(now);
                painted.changes(now.plus(1 + (left - 1) % 1_000));
                let undo = s.outbox.undo_hint.fill(&[("key", "u".into())]);
                let time = format::countdown(left);
                Cell::role(
                    format!("{}  {undo}", s.common.in_time.fill(&[("time", (&time).into())])),
                    Role::Pending,
                )
            }
            None => Cell::role(s.states.broadcast.held.clone(), Role::Warning),
        },
        S::Scheduled => {
            let left = row.until.map_or(0, |until| until.since(now)).max(0);
            painted.changes(now.plus(1 + left.max(1) % 60_000));
            let time = format::duration(left, &s.common);
            Cell::new(s.common.in_time.fill(&[("time", (&time).into())]))
        }
        S::Sending | S::Paused => {
            let done = counts.delivered();
            let failed = counts.to_send() - counts.open() - done;
            Cell::new(bar::text(Progress { done, failed, total: counts.to_send() }, &look.glyphs))
        }
        S::Partial => {
            let (failed, unknown) = (counts.of(DeliveryState::Rejected), counts.of(DeliveryState::Unknown));
            let key = ("key", "r".into());
            let text = match (failed, unknown) {
                // Nobody is invited to send again what was taken back.
                _ if row.taken_back > 0 => s.outbox.some_taken_back.count(row.taken_back),
                (_, 0) => s.outbox.failed_replay.fill(&[("count", failed.into()), key]),
                (0, _) => s.outbox.unknown_replay.fill(&[("count", unknown.into()), key]),
                _ => s.history.failed_unknown.fill(&[("failed", failed.into()), ("unknown", unknown.into())]),
            };
            Cell::role(text, Role::Warning)
        }
        S::Done | S::Cancelled if row.taken_back > 0 => {
            Cell::role(s.outbox.some_taken_back.count(row.taken_back), Role::Warning)
        }
        S::Done | S::Cancelled => {
            let (done, total) = (counts.delivered(), counts.to_send());
            Cell::new(s.outbox.one_of.fill(&[("done", done.into()), ("total", total.into())]))
        }
    }
}
