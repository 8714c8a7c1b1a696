//! The section Subscribers, drawn: the list of people, the selected one in full, the form, the import.

mod detail;
mod form;
mod import;

pub(super) use form::page;

use ratatui::layout::Rect;

use super::list::{self, Listing, freshness, listing, marker};
use super::{Head, Size};
use crate::app::model::Model;
use crate::domain::filter::Scope;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::page::PersonRow;
use crate::ui::painted::Painted;
use crate::ui::widgets::badge::Badged;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, Row, Table};
use crate::ui::words;

const LIST: &[Action] = &[
    Action::Open,
    Action::Mark,
    Action::ComposeTo,
    Action::Add,
    Action::Edit,
    Action::AddToTopic,
    Action::Block,
    Action::Import,
];
const EMPTY: &[Action] = &[Action::Add, Action::Import];
const FORM: &[Action] = &[Action::Edit, Action::Save, Action::Next, Action::Remove, Action::Escape];
const IMPORT: &[Action] = &[Action::Edit, Action::Import, Action::Escape, Action::Up, Action::Down];

/// The actions that the footer shows first.
pub fn hints(model: &Model) -> &'static [Action] {
    let screen = &model.screens.subscribers;
    match (&screen.sheet, &screen.import) {
        (Some(_), _) => FORM,
        (None, Some(_)) => IMPORT,
        (None, None) if screen.table.is_empty() => EMPTY,
        (None, None) => LIST,
    }
}

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.subscribers;
    let words = &look.strings.subscribers;
    if let Some(sheet) = &screen.sheet {
        return form::head(sheet, look);
    }
    if let Some(import) = &screen.import {
        let field = if import.typing { words.import.path.clone() } else { String::new() };
        return Head { text: words.import_title.clone(), field, ..Head::default() };
    }
    let table = &screen.table;
    let text = match (&table.filter.refused, table.total, screen.all) {
        (Some(refused), ..) => words::lists::mistake(look, &refused.mistake),
        (None, Some(total), Some(all)) if !table.filter.applied().is_empty() => {
            let number = format::number(total.count);
            let count = if total.exact {
                number
            } else {
                look.strings.common.about_count.fill(&[("count", (&number).into())])
            };
            words.counts.fill(&[("count", (&count).into()), ("all", all.into())])
        }
        (None, _, Some(all)) => words.people_counts.count(all),
        (None, _, None) => String::new(),
    };
    let right = match &screen.works.work {
        Some(work) => words.working.fill(&[("done", work.done.into()), ("all", work.of.into())]),
        None => list::marked(table, look),
    };
    let field = if table.filter.typing { look.strings.overlays.filter.clone() } else { String::new() };
    Head { chips: list::chips(table, Scope::People), text, right, field, ..Head::default() }
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.subscribers;
    if let Some(sheet) = &screen.sheet {
        return form::draw(sheet, pen, area, painted);
    }
    if let Some(import) = &screen.import {
        return import::draw(import, pen, area, painted);
    }
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    match (one_pane, screen.opened) {
        (true, true) => detail::draw(model, pen, area, painted),
        (true, false) => people(model, pen, area, painted),
        (false, _) => {
            let left = Rect { width: area.width * 62 / 100, ..area };
            let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
            people(model, pen, left, painted);
            rule::divider(pen, area, left.right());
            detail::draw(model, pen, right, painted);
        }
    }
}

fn people(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.subscribers;
    let table = &screen.table;
    let look = pen.look;
    let words = &look.strings.subscribers;
    let Some(Listing { area, visible }) = listing(table, &words.empty, pen, area, model.desk.now, painted)
    else {
        return;
    };
    let now = model.desk.now;
    let rows = visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| Row::new(cells(row, look, now, painted)).marker(marker(table, row)))
        .collect();
    let drawn = Table {
        columns: vec![
            Column::new(&words.name, 14, 32),
            Column::new(&words.topics, 8, 20).drops(2),
            Column::new(&words.channels, 8, 14).drops(1),
            Column::new(&words.state, 12, 14),
            Column::new(&words.added, 11, 12).right().drops(3),
        ],
        rows,
        selected: table.selected_in(&visible),
        focused: !screen.opened,
        freshness: freshness(table, now),
    }
    .draw(pen, area);
    painted.set_cursor(drawn.cursor.filter(|_| !table.filter.typing));
}

fn cells<'a>(row: &'a PersonRow, look: &'a Look, now: Millis, painted: &mut Painted) -> Vec<Cell<'a>> {
    if let Some(wait) = format::ago_changes_in(row.created, now) {
        painted.changes(now.plus(wait));
    }
    let kinds: Vec<&str> = row.kinds.iter().map(|kind| short(kind)).collect();
    vec![
        Cell::new(scrub(&row.name, Cap::List)),
        Cell::new(scrub(&row.topics.join(", "), Cap::List).into_owned()),
        Cell::new(kinds.join(" ")),
        Cell::badge(&row.state.badge(look.strings)),
        Cell::role(format::ago(row.created, now, &look.strings.common), Role::TextMuted),
    ]
}

/// A kind in a narrow column.
pub(super) fn short(kind: &str) -> &str {
    match kind {
        "wxpusher" => "wx",
        "wxpusher-spt" => "spt",
        "serverchan" => "sct",
        "email" => "mail",
        "telegram" => "tg",
        "pushplus" => "plus",
        "pushdeer" => "deer",
        "pushover" => "over",
        other => other,
    }
}
