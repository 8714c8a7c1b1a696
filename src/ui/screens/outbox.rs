//! The Outbox, drawn: the list of broadcasts, and the channels of the selected one.

mod detail;

use ratatui::layout::Rect;

use super::{Head, Size};
use crate::app::model::Model;
use crate::app::rows::BroadcastRow;
use crate::app::table::{Load, TableState};
use crate::domain::broadcast::BroadcastState as S;
use crate::domain::channel::Health;
use crate::domain::delivery::DeliveryState;
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::bar::{self, Progress};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, Freshness, Marker, Row, Table};

/// The actions that the footer shows first.
pub const HINTS: &[Action] = &[
    Action::Open,
    Action::Pause,
    Action::Resume,
    Action::StopRest,
    Action::Filter,
    Action::Actions,
    Action::Palette,
];

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
    let role = if filter.finding.is_some() { Role::ChipError } else { Role::Chip };
    Head {
        chips: filter.terms().map(|term| (format!("[{term}]"), role)).collect(),
        text: counts.join(&format!(" {} ", look.glyphs.dot)),
        right: channels(model, look),
        field: if filter.typing { look.strings.overlays.filter.clone() } else { String::new() },
    }
}

/// `channels 4 ok · 1 failing`
pub fn channels(model: &Model, look: &Look) -> String {
    let words = &look.strings.frame;
    let count = |wanted: &[Health]| {
        model.desk.pulse.channels.iter().filter(|(_, health)| wanted.contains(health)).count() as i64
    };
    let parts = [
        (&words.channels_ok, count(&[Health::Ok, Health::Slow])),
        (&words.channels_failing, count(&[Health::Failing])),
        (&words.channels_untested, count(&[Health::Untested])),
    ];
    let shown: Vec<String> =
        parts.iter().filter(|(_, count)| *count > 0).map(|(phrase, count)| phrase.count(*count)).collect();
    shown.join(&format!(" {} ", look.glyphs.dot))
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.outbox;
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    match (one_pane, screen.opened) {
        (true, true) => detail::draw(model, pen, area, painted),
        (true, false) => {
            let lower = LOWER.min(area.height / 2);
            let upper = Rect { height: area.height - lower, ..area };
            list(model, pen, upper, painted);
            let lower = Rect { y: upper.bottom(), height: lower, ..area };
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
    let area = filter_line(table, pen, area, painted);
    let words = &pen.look.strings.outbox;
    let height = usize::from(area.height.saturating_sub(1));
    painted.pages.list = height;
    if table.is_empty() {
        empty(table, pen, area);
        return;
    }
    let visible = table.visible(height);
    let look = pen.look;
    let now = model.desk.now;
    let rows = visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| {
            let marker = if !table.marks.is_empty() && table.marks.holds(row.id) {
                Marker::Marked
            } else {
                Marker::None
            };
            Row::new(cells(row, look, now, painted)).marker(marker)
        })
        .collect();
    let selected = table.selected().map(|row| row.id);
    let drawn = Table {
        columns: vec![
            Column::new(&words.state, 9, 9),
            Column::new(&words.title, 16, 60),
            Column::new(&words.audience, 8, 14).drops(2),
            Column::new("", 6, 9).right().drops(1),
            Column::new(&words.progress, 15, 22),
        ],
        rows,
        selected: visible.clone().position(|index| table.row(index).map(|row| row.id) == selected),
        focused: true,
        freshness: freshness(table, now),
    }
    .draw(pen, area);
    painted.set_cursor(drawn.cursor.filter(|_| !table.filter.typing));
}

/// The filter being typed takes the first row.
fn filter_line(
    table: &TableState<BroadcastRow>,
    pen: &mut Pen<'_>,
    area: Rect,
    painted: &mut Painted,
) -> Rect {
    if !table.filter.typing || area.height < 3 {
        return area;
    }
    let used = pen.text((area.x + 1, area.y), area.width, "/ ", Role::Key) + 1;
    let line = &table.filter.line;
    let room = area.width - used;
    let (shown, caret) =
        crate::ui::width::window(line.text(), line.before_caret().len(), usize::from(room), &pen.look.glyphs);
    pen.text((area.x + used, area.y), room, shown, Role::Input);
    painted.cursor = Some((area.x + used + caret as u16, area.y));
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// Nothing, loading and failed never look alike.
fn empty(table: &TableState<BroadcastRow>, pen: &mut Pen<'_>, area: Rect) {
    let s = pen.look.strings;
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
    match &table.load {
        Load::Never | Load::Asked(_) => {}
        Load::Failed(trouble) => {
            pen.paragraph(inner, &trouble.summary, Role::Danger);
        }
        Load::Ready(_) if table.filter.applied().is_empty() => {
            pen.paragraph(inner, &s.outbox.empty, Role::TextMuted);
        }
        Load::Ready(_) => {
            pen.paragraph(inner, &s.common.nothing_matches, Role::TextMuted);
        }
    }
}

/// Rows that are being asked for again are dimmed, but not for an answer that comes at once.
fn freshness(table: &TableState<BroadcastRow>, now: Millis) -> Freshness {
    match table.load {
        Load::Asked(since) if now.since(since) >= 200 => Freshness::Stale,
        Load::Never | Load::Asked(_) | Load::Ready(_) | Load::Failed(_) => Freshness::Fresh,
    }
}

fn cells<'a>(row: &'a BroadcastRow, look: &'a Look, now: Millis, painted: &mut Painted) -> Vec<Cell<'a>> {
    let s = look.strings;
    let state = match (row.state, row.until) {
        (S::Scheduled, Some(until)) => {
            Cell::role(format!("@ {}", format::clock(until, &look.zone)), Role::Pending)
        }
        (state, _) => Cell::badge(&state.badge(s)),
    };
    let title = if row.title.is_empty() { &s.common.untitled } else { &row.title };
    let audience = if row.audience.is_empty() { &s.common.not_set } else { &row.audience };
    let people = match row.counts.audience() {
        0 => String::new(),
        count => format::number(count),
    };
    vec![state, Cell::new(title), Cell::new(audience), Cell::new(people), progress(row, look, now, painted)]
}

fn progress<'a>(row: &BroadcastRow, look: &Look, now: Millis, painted: &mut Painted) -> Cell<'a> {
    let s = look.strings;
    let counts = &row.counts;
    match row.state {
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
            let count = counts.of(DeliveryState::Rejected) + counts.of(DeliveryState::Unknown);
            let text = s.outbox.failed_replay.fill(&[("count", count.into()), ("key", "gh".into())]);
            Cell::role(text, Role::Warning)
        }
        S::Done | S::Cancelled => {
            let (done, total) = (counts.delivered(), counts.to_send());
            Cell::new(s.outbox.one_of.fill(&[("done", done.into()), ("total", total.into())]))
        }
    }
}
