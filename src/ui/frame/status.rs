//! The status row, and toasts where there is room for them.

use ratatui::layout::Rect;

use crate::app::contexts::is_typing;
use crate::app::model::Model;
use crate::app::notice::{Level, Notice};
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::screens::Size;
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// ` NAV  2 active 64% · 14 failed · 2 messages (!)            SSH · mouse off · en`
pub fn row(model: &Model, pen: &mut Pen<'_>, area: Rect, field: &str, painted: &mut Painted) {
    let newest = model.desk.notices.shown().next_back().filter(|_| in_status_row(model, pen));
    // News outranks what has not changed for hours: it gets the whole row.
    let right = if newest.is_some() { String::new() } else { right_end(model, pen) };
    let right_wide = pen.cells(&right) + 1;
    let mut x = area.x + 1;
    let end = area.right().saturating_sub(right_wide + u16::from(newest.is_none()));
    for (chip, role) in chips(model, pen, field) {
        x += pen.text((x, area.y), end.saturating_sub(x), &chip, role) + 1;
    }
    x += 1;
    match newest {
        Some(notice) => {
            let text = words::say(pen.look, &notice.saying);
            pen.text((x, area.y), end.saturating_sub(x), &text, role_of(notice));
        }
        None => facts(model, pen, (x, area.y), end, painted),
    }
    pen.right(Rect { width: area.width - 1, ..area }, area.y, &right, Role::TextMuted);
}

/// The mode, and what must never be overlooked.
fn chips(model: &Model, pen: &Pen<'_>, field: &str) -> Vec<(String, Role)> {
    let frame = &pen.look.strings.frame;
    let typing = is_typing(model);
    let mode = match (typing, field.is_empty()) {
        (true, false) => {
            frame.typing_in.fill(&[("mode", (&frame.mode_type).into()), ("field", field.into())])
        }
        (true, true) => frame.mode_type.clone(),
        (false, _) => frame.mode_nav.clone(),
    };
    let mut chips = vec![(mode, if typing { Role::Accent } else { Role::Chip })];
    if model.desk.settings.demo {
        chips.push((frame.demo.clone(), Role::Warning));
    }
    if model.desk.pulse.halted.is_some() {
        let key = model.desk.keys.key_for(Action::Halt, &[Context::System]).unwrap_or_default();
        chips.push((frame.halted.fill(&[("key", (&key).into())]), Role::Danger));
    }
    if model.desk.pulse.disk_low {
        chips.push((frame.disk_low.clone(), Role::Danger));
    }
    if model.desk.pulse.silent {
        chips.push((frame.sender_silent.clone(), Role::Danger));
    }
    if model.desk.settings.readonly {
        chips.push((frame.read_only.clone(), Role::Warning));
    }
    chips
}

/// Undo countdown, sends, failures, messages: as many as fit.
fn facts(model: &Model, pen: &mut Pen<'_>, (x, y): (u16, u16), end: u16, painted: &mut Painted) {
    let (frame, pulse) = (&pen.look.strings.frame, &model.desk.pulse);
    let mut facts: Vec<(String, Role)> = Vec::new();
    if let Some((_, until)) = pulse.held.filter(|(_, until)| *until > model.desk.now) {
        let left = until.since(model.desk.now);
        painted.changes(model.desk.now.plus(1 + (left - 1) % 1_000));
        let time = format::countdown(left);
        facts.push((frame.undo_left.fill(&[("time", (&time).into())]), Role::Pending));
    }
    if pulse.active > 0 {
        let values = [("count", pulse.active.into()), ("percent", pulse.percent.into())];
        facts.push((frame.active_sends.fill(&values), Role::Info));
    }
    if pulse.failed > 0 {
        facts.push((frame.failed_since.count(pulse.failed), Role::Danger));
    }
    if pulse.unknown > 0 {
        facts.push((frame.unknown_since.count(pulse.unknown), Role::Warning));
    }
    let unread = model.desk.notices.unread();
    if unread > 0 {
        facts.push((frame.messages.count(unread as i64), Role::Warning));
    }
    let dot = format!(" {} ", pen.look.glyphs.dot);
    let mut spans: Vec<(&str, Role)> = Vec::new();
    for (index, (text, role)) in facts.iter().enumerate() {
        if index > 0 {
            spans.push((&dot, Role::TextMuted));
        }
        spans.push((text, *role));
    }
    pen.spans((x, y), end.saturating_sub(x), &spans);
}

fn right_end(model: &Model, pen: &Pen<'_>) -> String {
    let frame = &pen.look.strings.frame;
    let settings = &model.desk.settings;
    let place = if settings.remote { &frame.ssh } else { &frame.local };
    let mouse = if settings.mouse { &frame.mouse_on } else { &frame.mouse_off };
    [place.as_str(), mouse, &frame.lang].join(&format!(" {} ", pen.look.glyphs.dot))
}

/// In compact, and while a popup is open, the status row says what a toast would.
fn in_status_row(model: &Model, pen: &Pen<'_>) -> bool {
    let area = pen.area();
    !model.desk.overlays.is_empty() || Size::of((area.width, area.height)) == Size::Compact
}

fn role_of(notice: &Notice) -> Role {
    match notice.level {
        Level::Info => Role::Info,
        Level::Warning => Role::Warning,
        Level::Error => Role::Danger,
    }
}

/// At most three, bottom right over the body, newest lowest.
pub fn toasts(model: &Model, pen: &mut Pen<'_>, body: Rect) {
    if in_status_row(model, pen) {
        return;
    }
    let widest = body.width.saturating_sub(4);
    for (notice, up) in model.desk.notices.shown().rev().zip(1..) {
        let text = format!(" {} ", words::say(pen.look, &notice.saying));
        let wide = pen.cells(&text).min(widest);
        let place = Rect { x: body.right() - wide - 1, y: body.bottom() - up, width: wide, height: 1 };
        pen.clear(place, Role::SurfaceRaised);
        pen.text((place.x, place.y), wide, &text, role_of(notice));
    }
}
