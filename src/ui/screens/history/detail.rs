//! What a group or a delivery means: what happened, why, what to do, samples, attempts.

use ratatui::layout::Rect;

use super::lists::words_of;
use crate::app::model::Model;
use crate::app::request::history::GroupRow;
use crate::app::screens::history::classes::{explained, has_gone, is_refused_as_it_is, is_worth_replaying};
use crate::domain::delivery::{Class, DeliveryState};
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::look::strings::classes::ClassWords;
use crate::store::history::{AttemptRow, DeliveryDetail, DeliveryRow};
use crate::ui::painted::Painted;
use crate::ui::screens::Size;
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::pen::Pen;
use crate::ui::words::desk::what_became;

/// Draws the detail of the selection; what does not fit is left out from below.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.history;
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    painted.pages.detail = usize::from(inner.height);
    let mut page = Page { pen, area: inner };
    if let Some(row) = screen.group() {
        group(model, row, &mut page);
    } else if let Some(row) = screen.delivery() {
        delivery(model, row, screen.current_detail(), &mut page);
    }
}

/// Lines after each other.
struct Page<'p, 'a> {
    pen: &'p mut Pen<'a>,
    area: Rect,
}

impl Page<'_, '_> {
    fn heading(&mut self, text: &str) {
        if self.area.height > 0 {
            self.pen.text((self.area.x, self.area.y), self.area.width, text, Role::Heading);
            self.skip(1);
        }
    }

    fn text(&mut self, indent: u16, text: &str, role: Role) {
        if text.is_empty() || self.area.height == 0 {
            return;
        }
        let area =
            Rect { x: self.area.x + indent, width: self.area.width.saturating_sub(indent), ..self.area };
        let used = self.pen.paragraph(area, text, role);
        self.skip(used);
    }

    fn skip(&mut self, rows: u16) {
        let rows = rows.min(self.area.height);
        self.area.y += rows;
        self.area.height -= rows;
    }
}

fn is_small(model: &Model) -> bool {
    Size::of(model.desk.pages.size) == Size::Compact && !model.screens.history.opened
}

fn group(model: &Model, row: &GroupRow, page: &mut Page<'_, '_>) {
    let look = page.pen.look;
    let words = &look.strings.history;
    let class = row.portions.first().and_then(|portion| portion.class);
    let dot = look.glyphs.dot;
    let mut title = vec![super::lists::name(row, look)];
    title.extend(Some(row.channel.clone()).filter(|channel| !channel.is_empty() && *channel != title[0]));
    title.extend(Some(row.code.clone()).filter(|code| !code.is_empty()));
    page.heading(&title.join(&format!(" {dot} ")));
    let count = words.deliveries.count(row.count());
    let since = row.first_at.filter(|_| !row.only_waits());
    let since = since.map(|at| format::when(at, model.desk.now, &look.zone, &look.strings.common));
    let since = since.map(|time| words.first_at.fill(&[("time", (&time).into())])).unwrap_or_default();
    let about = [count, since].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    page.text(0, &about.join(&format!(" {dot} ")), Role::TextMuted);
    if row.portions.len() > 1 {
        mixed(model, row, page);
    } else {
        let small = is_small(model);
        let explained = look.strings.classes.of(class, &row.text);
        explain(explained, &look.strings.said(&row.text), small, page);
        todo(model, row, class, page);
        if small {
            cause_below(explained, page);
        }
    }
    for sample in model.screens.history.current_samples() {
        let said = format!("{} {}", sample.provider_code, look.strings.said(&sample.provider_text));
        let said = said.trim();
        let parts = [sample.name.as_str(), said].into_iter().filter(|part| !part.is_empty());
        let line = parts.collect::<Vec<_>>().join(&format!(" {dot} "));
        page.text(0, &format!("{}  {line}", words.sample), Role::TextMuted);
    }
}

/// Several classes: how many of each, and where each is explained. One cause would be wrong for the others.
fn mixed(model: &Model, row: &GroupRow, page: &mut Page<'_, '_>) {
    let look = page.pen.look;
    let words = &look.strings.history;
    page.heading(&words.what_happened);
    for portion in &row.portions {
        let class = &words_of(portion.class, look).name;
        let values = [("count", portion.count.into()), ("class", class.into())];
        page.text(2, &words.mixed.fill(&values), Role::Text);
    }
    let key = model.desk.keys.key_for(Action::Open, &[Context::Table]).unwrap_or_default();
    page.text(2, &words.mixed_todo.fill(&[("key", (&key).into())]), Role::Key);
}

/// What happened in our words and the provider's, and why.
fn explain(explained: &ClassWords, said: &str, small: bool, page: &mut Page<'_, '_>) {
    let words = &page.pen.look.strings.history;
    page.heading(&words.what_happened);
    page.text(2, &explained.happened, Role::Text);
    page.text(2, said, Role::TextMuted);
    // On a small screen the cause stands below, where it may be cut: what to do must not.
    if !small {
        page.heading(&words.why);
        page.text(2, &explained.why, Role::Text);
    }
    page.heading(&words.what_to_do);
    page.text(2, &explained.todo, Role::Text);
}

/// The cause, where it did not stand before what to do.
fn cause_below(explained: &ClassWords, page: &mut Page<'_, '_>) {
    page.heading(&page.pen.look.strings.history.why);
    page.text(2, &explained.why, Role::Text);
}

/// The keys that help with this class.
fn todo(model: &Model, row: &GroupRow, class: Option<Class>, page: &mut Page<'_, '_>) {
    let look = page.pen.look;
    let words = &look.strings.history;
    let key = |action: Action| {
        let stack = [Context::History, Context::Table];
        model.desk.keys.key_for(action, &stack).unwrap_or_default()
    };
    let mut lines = Vec::new();
    if class == Some(Class::Credential) {
        lines.push(words.key_channel.fill(&[("key", (&key(Action::GoChannel)).into())]));
    }
    if has_gone(row) {
        lines.push(words.key_retire.fill(&[("key", (&key(Action::MarkDead)).into())]));
        lines.push(words.key_other.fill(&[("key", (&key(Action::OtherChannel)).into())]));
    }
    if row.unknown > 0 {
        lines.push(words.key_settle.fill(&[("key", (&key(Action::Settle)).into())]));
    }
    if row.only_waits() {
        // What a repair lets go on does not wait for a time.
        if class != Some(Class::Credential) {
            lines.push(words.waits_todo.clone());
        }
    } else if is_refused_as_it_is(class, &row.text) {
        // The same text to the same address is refused again: the key that changes it comes first.
        lines.push(words.key_rewrite.fill(&[("key", (&key(Action::Rewrite)).into())]));
        let replay = key(Action::Replay);
        let values = [("key", (&replay).into()), ("count", row.count().into())];
        lines.push(words.key_replay_same.fill(&values));
    } else if is_worth_replaying(row) {
        let replay = key(Action::Replay);
        lines.push(words.key_replay.fill(&[("key", (&replay).into()), ("count", row.count().into())]));
    } else {
        lines.push(words.replay_off.clone());
    }
    for line in lines {
        page.text(2, &line, Role::Key);
    }
}

fn delivery(model: &Model, row: &DeliveryRow, detail: Option<&DeliveryDetail>, page: &mut Page<'_, '_>) {
    let look = page.pen.look;
    let words = &look.strings.history;
    let dot = look.glyphs.dot;
    page.heading(&format!("{} {dot} {} {dot} {}", row.name, row.channel, row.id));
    let badge = row.state.badge(look.strings);
    let mut state = badge.text();
    if let Some(reason) = row.skip {
        state = look.strings.with_reason(&state, &look.strings.skips.reason.of(reason).why);
    }
    if row.is_quiet() {
        state = look.strings.with_reason(&state, &look.strings.states.quiet);
    }
    page.text(0, &state, badge.role);
    page.text(0, &row.title, Role::TextMuted);
    page.text(0, &format!("{}  {}", words.address, row.address_masked), Role::TextMuted);
    if let Some(at) = row.not_before.filter(|_| row.state == DeliveryState::Deferred) {
        let same_day = format::date(at, &look.zone) == format::date(model.desk.now, &look.zone);
        let time =
            if same_day { format::clock_seconds(at, &look.zone) } else { format::local(at, &look.zone) };
        page.text(0, &words.next_by_itself.fill(&[("time", (&time).into())]), Role::TextMuted);
    }
    if let Some(at) = row.taken_back {
        let time = format::local(at, &look.zone);
        page.text(0, &format!("{}  {time}", look.strings.desk.was_taken_back), Role::Warning);
    }
    if matches!(row.state, DeliveryState::Rejected | DeliveryState::Unknown) {
        let said = format!("{} {}", row.provider_code, look.strings.said(&row.provider_text));
        let class = explained(row.state, row.class);
        let (explained, small) = (look.strings.classes.of(class, &row.provider_text), is_small(model));
        explain(explained, said.trim(), small, page);
        if small {
            cause_below(explained, page);
        }
    }
    let Some(detail) = detail else { return };
    page.heading(&words.attempts);
    for attempt in detail.history.iter().rev() {
        page.text(2, &attempt_line(attempt, look), Role::Text);
    }
    if let Some((_, at, became)) = model.screens.history.told_of.as_ref().filter(|(id, ..)| *id == row.id) {
        let (time, what) = (format::clock_seconds(*at, &look.zone), what_became(look, became));
        let said = look.strings.desk.asked_at.fill(&[("time", (&time).into()), ("what", (&what).into())]);
        page.text(2, &said, Role::Text);
    }
    let key = model.desk.keys.key_for(Action::Open, &[Context::Table]).unwrap_or_default();
    page.text(0, &words.key_raw.fill(&[("key", (&key).into())]), Role::Key);
}

/// `try 2 · 14:05:12 · x failed · 410 Unregistered`
fn attempt_line(attempt: &AttemptRow, look: &Look) -> String {
    let words = &look.strings.history;
    let mut parts = vec![
        words.attempt.count(attempt.no),
        format::clock_seconds(attempt.at, &look.zone),
        attempt.state.badge(look.strings).text(),
    ];
    let said = format!("{} {}", attempt.provider_code, look.strings.said(&attempt.provider_text));
    match &attempt.operator {
        Some(name) => parts.push(words.settled_by.fill(&[("name", name.into())])),
        None if said.trim().is_empty() => {}
        None => parts.push(said.trim().to_owned()),
    }
    parts.join(&format!(" {} ", look.glyphs.dot))
}
