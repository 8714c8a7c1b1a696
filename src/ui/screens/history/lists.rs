//! The two lists of History: groups of failures, and single deliveries.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::request::history::{By, GroupRow};
use crate::app::screens::history::LATELY;
use crate::app::screens::history::path::Level;
use crate::app::table::Load;
use crate::domain::delivery::Class;
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::input::context::Context;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::look::strings::classes::ClassWords;
use crate::store::history::DeliveryRow;
use crate::ui::painted::Painted;
use crate::ui::screens::list::{freshness, listing, marker};
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::table::{Cell, Column, Row, Table};

/// Draws the list of the level at which the operator stands.
pub fn draw(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    match model.screens.history.path.level() {
        Level::Groups(by) => groups(model, by, pen, area, painted),
        Level::Deliveries => deliveries(model, pen, area, painted),
    }
}

/// The words of a class; of an unknown outcome without one.
pub fn words_of(class: Option<Class>, look: &Look) -> &'static ClassWords {
    look.strings.classes.of(class, "")
}

/// What a group is called.
pub fn name(row: &GroupRow, look: &Look) -> String {
    let titled = |otherwise: String| if row.title.is_empty() { otherwise } else { row.title.clone() };
    match row.by {
        By::Class => look.strings.classes.of(row.id.class, &row.text).name.clone(),
        By::Broadcast => titled(row.id.broadcast.map(|id| id.to_string()).unwrap_or_default()),
        By::Person => titled(look.strings.history.remote.clone()),
        By::Channel => row.channel.clone(),
    }
}

fn groups(model: &Model, by: By, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.history;
    let (table, now, look) = (&screen.groups, model.desk.now, pen.look);
    let words = &look.strings.history;
    // "Nothing matches" would be true of an empty day, but it is good news and says so.
    if table.is_empty() && table.filter.applied() == LATELY && matches!(table.load, Load::Ready(_)) {
        let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
        pen.paragraph(inner, &words.empty, Role::TextMuted);
        return;
    }
    if table.is_empty() && matches!(table.load, Load::Ready(_)) && !table.filter.typing {
        let key = model.desk.keys.key_for(Action::GroupNone, &[Context::History]).unwrap_or_default();
        let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
        pen.paragraph(inner, &words.empty_groups.fill(&[("key", (&key).into())]), Role::TextMuted);
        return;
    }
    let Some(place) = listing(table, &words.empty_all, pen, area, now, painted) else { return };
    let rows = place
        .visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| Row::new(group_cells(row, by, now, look)))
        .collect();
    let first = match by {
        By::Class => &words.class,
        By::Broadcast => &words.broadcast,
        By::Channel => &words.channel,
        By::Person => &words.person,
    };
    let drawn = Table {
        columns: vec![
            Column::new(first, 16, 30),
            Column::new(&words.count, 7, 9).right(),
            Column::new(&words.place, 8, 18).middle().drops(2),
            Column::new(&words.replay, 10, 14).drops(1),
            Column::new(&words.when, 11, 11).drops(3),
        ],
        rows,
        selected: table.selected_in(&place.visible),
        focused: !screen.opened,
        freshness: freshness(table, now),
    }
    .draw(pen, place.area);
    painted.set_cursor(drawn.cursor.filter(|_| !table.filter.typing));
}

fn group_cells<'a>(row: &'a GroupRow, by: By, now: Millis, look: &'a Look) -> Vec<Cell<'a>> {
    let (sign, role) = match (row.failed, row.unknown) {
        (0, 0) => ("~", Role::Info),
        (0, _) => ("?", Role::Warning),
        _ => ("x", Role::Danger),
    };
    let place = match by {
        By::Class => row.channel.clone(),
        By::Broadcast | By::Person if row.portions.len() == 1 => row.channel.clone(),
        By::Broadcast | By::Person | By::Channel => class_list(row, look),
    };
    let verdicts: Vec<&str> =
        row.portions.iter().map(|portion| words_of(portion.class, look).replay.as_str()).collect();
    let verdict = match &verdicts[..] {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => (*first).to_owned(),
        [] => String::new(),
        [..] => look.glyphs.ellipsis.to_owned(),
    };
    vec![
        Cell::role(format!("{sign} {}", name(row, look)), role),
        Cell::new(format::number(row.count())),
        Cell::new(place),
        Cell::role(verdict, Role::TextMuted),
        Cell::role(time(row, now, look), Role::TextMuted),
    ]
}

fn class_list(row: &GroupRow, look: &Look) -> String {
    let names: Vec<&str> =
        row.portions.iter().map(|portion| words_of(portion.class, look).name.as_str()).collect();
    look.strings.list(names)
}

/// When they ended; of those that wait, when they go on.
fn time(row: &GroupRow, now: Millis, look: &Look) -> String {
    match row.first_at.filter(|_| row.only_waits()) {
        Some(at) if at <= now => look.strings.history.due.clone(),
        Some(at) => until(at, now, look),
        None => span(row.first_at, row.last_at, look),
    }
}

/// `until 16:00`, or with the day where it is another one.
pub fn until(at: Millis, now: Millis, look: &Look) -> String {
    if format::date(at, &look.zone) != format::date(now, &look.zone) {
        return format::local(at, &look.zone);
    }
    let time = format::clock(at, &look.zone);
    look.strings.history.until.fill(&[("time", (&time).into())])
}

/// `13:58-14:07`, `14:05`, or the day when it is not the same one.
fn span(first: Option<Millis>, last: Option<Millis>, look: &Look) -> String {
    let (Some(first), Some(last)) = (first.or(last), last) else { return String::new() };
    if format::date(first, &look.zone) != format::date(last, &look.zone) {
        return format::local(last, &look.zone);
    }
    let (from, to) = (format::clock(first, &look.zone), format::clock(last, &look.zone));
    if from == to { to } else { format!("{from}-{to}") }
}

fn deliveries(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.history;
    let (table, now, look) = (&screen.deliveries, model.desk.now, pen.look);
    let words = &look.strings.history;
    let Some(place) = listing(table, &words.empty_all, pen, area, now, painted) else { return };
    let rows = place
        .visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| Row::new(delivery_cells(row, look)).marker(marker(table, row)))
        .collect();
    let drawn = Table {
        columns: vec![
            Column::new(&words.state, 11, 12),
            Column::new(&words.person, 10, 22),
            Column::new(&words.channel, 8, 14).middle().drops(2),
            Column::new(&words.code, 5, 10).drops(1),
            Column::new(&words.words, 12, 60).drops(3),
            Column::new(&words.tries, 5, 5).right().drops(4),
        ],
        rows,
        selected: table.selected_in(&place.visible),
        focused: !screen.opened,
        freshness: freshness(table, now),
    }
    .draw(pen, place.area);
    painted.set_cursor(drawn.cursor.filter(|_| !table.filter.typing));
}

fn delivery_cells<'a>(row: &'a DeliveryRow, look: &'a Look) -> Vec<Cell<'a>> {
    let said = match row.skip {
        Some(reason) => look.strings.skips.reason.of(reason).name.as_str().into(),
        None if row.is_quiet() => look.strings.states.quiet.as_str().into(),
        None => look.strings.said(&row.provider_text),
    };
    let state = match row.taken_back {
        Some(_) => Cell::role(format!("/ {}", look.strings.states.taken_back), Role::Warning),
        None => Cell::badge(&row.state.badge(look.strings)),
    };
    vec![
        state,
        Cell::new(&row.name),
        Cell::new(&row.channel),
        Cell::new(&row.provider_code),
        Cell::role(said, Role::TextMuted),
        Cell::new(format::number(row.attempts)),
    ]
}
