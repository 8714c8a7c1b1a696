//! One channel: how it is, why it stands still and what to do, its credential, its last failures.

use ratatui::layout::Rect;

use super::{health, rate_and_whose, share};
use crate::app::model::Model;
use crate::app::screens::channels::can_verify;
use crate::channels::callback;
use crate::domain::broadcast::PauseReason;
use crate::domain::channel::ChannelState;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::channels::Channel;
use crate::store::history::FailureGroup;
use crate::ui::painted::Painted;
use crate::ui::screens::outbox::rests;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::words::channels::{field_label, kind_label};

/// Draws the selected channel under the list, behind a titled rule.
pub fn under(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let Some(row) = model.screens.channels.table.selected() else {
        rule::line(pen, area);
        return;
    };
    rule::titled(pen, area, &[&row.name, kind_label(pen.look, &row.kind)]);
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    facts(model, row, pen, inner, painted);
}

/// Draws the selected channel over a whole pane.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let Some(row) = model.screens.channels.table.selected() else { return };
    let title = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let used = pen.text((title.x, title.y), title.width, &row.name, Role::Heading);
    let left = title.width.saturating_sub(used + 2);
    pen.text((title.x + used + 2, title.y), left, kind_label(pen.look, &row.kind), Role::TextMuted);
    pen.right(title, title.y, &row.id.to_string(), Role::TextMuted);
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    painted.pages.detail = usize::from(inner.height);
    facts(model, row, pen, inner, painted);
}

/// Lines of label and value, top to bottom; what does not fit is left out from below.
struct Facts<'p, 'a> {
    pen: &'p mut Pen<'a>,
    area: Rect,
    column: u16,
}

impl Facts<'_, '_> {
    fn add(&mut self, label: &str, value: &str, role: Role) {
        if self.area.height == 0 || value.is_empty() {
            return;
        }
        self.pen.text((self.area.x, self.area.y), self.column.saturating_sub(2), label, Role::TextMuted);
        let room = Rect {
            x: self.area.x + self.column,
            width: self.area.width.saturating_sub(self.column),
            ..self.area
        };
        let used = self.pen.paragraph(room, value, role).max(1);
        self.skip(used);
    }

    fn skip(&mut self, rows: u16) {
        let rows = rows.min(self.area.height);
        self.area.y += rows;
        self.area.height -= rows;
    }
}

fn facts(model: &Model, row: &Channel, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let (look, now) = (pen.look, model.desk.now);
    let words = &look.strings.channels;
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let column = 14.min(inner.width / 3);
    let mut facts = Facts { pen, area: inner, column };
    let badge = health(row, look);
    facts.add(&words.health, &format!("{}  {}", badge.text(), share_words(row, look)), badge.role);
    if let Some(pause) = &row.pause {
        let why = format!("= {}", look.strings.states.pause.of(pause.reason));
        facts.add(&words.state, &why, Role::Warning);
        facts.add("", &pause.detail, Role::Text);
        let next =
            if pause.reason == PauseReason::Credential { &words.next_credential } else { &words.next_resume };
        facts.add("", next, Role::TextMuted);
    }
    if let Some(rest) = row.rest.filter(|rest| rest.holds(now) && row.pause.is_none()) {
        painted.changes(rest.until.plus(1));
        facts.add(&words.state, &rests(&rest, now, look), Role::Warning);
    }
    let waiting = model.screens.channels.current_trouble().map_or(0, |trouble| trouble.waiting);
    if waiting > 0 && row.state == ChannelState::Paused {
        facts.add(&words.waiting, &words.waiting_count.count(waiting), Role::Text);
    }
    if can_verify(row) || row.verified.is_some() {
        verified(row, look, now, &mut facts, painted);
    } else {
        facts.add(&words.verified, &words.verified_never_can, Role::TextMuted);
    }
    facts.add(&words.addresses, &format::number(row.addresses), Role::Text);
    for secret in &row.secrets {
        let date = format::date(secret.set_at, &look.zone);
        let set = words.secret_set.fill(&[("mask", (&secret.masked).into()), ("date", (&date).into())]);
        facts.add(field_label(look, &row.kind, &secret.field), &set, Role::Text);
    }
    for (field, value) in row.settings.iter().filter(|(field, _)| field.as_str() != "rate") {
        facts.add(field_label(look, &row.kind, field), value, Role::Text);
    }
    facts.add(&words.rate, &rate_and_whose(row, look), Role::Text);
    if callback::of(&row.kind).is_some() {
        let how = words.callback_how.fill(&[("name", (&row.name).into())]);
        facts.add(&words.callback, &how, Role::TextMuted);
    }
    let rest = Rect { x: area.x, width: area.width, ..facts.area };
    failures(model, pen, rest, painted);
}

/// `98%  98 of 100 went through`
fn share_words(row: &Channel, look: &Look) -> String {
    if row.recent.tried == 0 {
        return String::new();
    }
    let ok = row.recent.tried - row.recent.failed;
    let words = &look.strings.channels;
    let through = words.went_through.fill(&[("ok", ok.into()), ("total", row.recent.tried.into())]);
    format!("{}  {through}", share(row))
}

fn verified(
    row: &Channel,
    look: &Look,
    now: crate::domain::time::Millis,
    facts: &mut Facts<'_, '_>,
    painted: &mut Painted,
) {
    let words = &look.strings.channels;
    let Some(verified) = &row.verified else {
        facts.add(&words.verified, &words.never_verified, Role::TextMuted);
        return;
    };
    if let Some(wait) = format::ago_changes_in(verified.at, now) {
        painted.changes(now.plus(wait));
    }
    let when = format::when(verified.at, now, &look.zone, &look.strings.common);
    if verified.ok {
        let works = if row.secrets.is_empty() { &words.verified_reached } else { &words.verified_ok };
        let line = works.fill(&[("when", (&when).into())]);
        facts.add(&words.verified, &line, Role::Success);
    } else {
        let line = words.verified_no.fill(&[("when", (&when).into())]);
        facts.add(&words.verified, &line, Role::Danger);
        facts.add("", &verified.text, Role::Text);
    }
}

fn failures(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    if area.height < 2 {
        return;
    }
    let look = pen.look;
    let words = &look.strings.channels;
    rule::titled(pen, area, &[&words.last_failures]);
    let Some(trouble) = model.screens.channels.current_trouble() else { return };
    let inner =
        Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height - 1 };
    if trouble.failures.is_empty() {
        pen.text((inner.x, inner.y), inner.width, &words.no_failures, Role::TextMuted);
        return;
    }
    let mut y = inner.y;
    for failure in &trouble.failures {
        if y >= inner.bottom() {
            break;
        }
        let line = Rect { y, height: 1, ..inner };
        one_failure(failure, pen, line, model.desk.now, painted);
        y += 1;
        let said =
            Rect { x: inner.x + 2, width: inner.width.saturating_sub(2), y, height: inner.bottom() - y };
        if !failure.sample_text.is_empty() && said.height > 0 {
            let text = pen.look.strings.said(&failure.sample_text);
            y += pen.paragraph(Rect { height: said.height.min(2), ..said }, &text, Role::TextMuted);
        }
    }
}

fn one_failure(
    failure: &FailureGroup,
    pen: &mut Pen<'_>,
    line: Rect,
    now: crate::domain::time::Millis,
    painted: &mut Painted,
) {
    let look = pen.look;
    let unknown = failure.state == crate::domain::delivery::DeliveryState::Unknown;
    let class = (!unknown).then_some(failure.class);
    let name = &look.strings.classes.of(class, &failure.sample_text).name;
    let (sign, role) = if unknown { ("?", Role::Warning) } else { ("x", Role::Danger) };
    let when = failure.last_at.map(|at| format::ago(at, now, &look.strings.common)).unwrap_or_default();
    if let Some(wait) = failure.last_at.and_then(|at| format::ago_changes_in(at, now)) {
        painted.changes(now.plus(wait));
    }
    let at = pen.right(line, line.y, &when, Role::TextMuted);
    let count = format::number(failure.count);
    let text = format!("{sign} {name}  {count}  {}", failure.sample_code);
    pen.text((line.x, line.y), at.saturating_sub(line.x + 1), text.trim_end(), role);
}
