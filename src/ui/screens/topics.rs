//! The section Topics, drawn: the list, the selected topic in full, the form, and who joins.

mod detail;
mod form;

use ratatui::layout::Rect;

use super::list::{self, Listing, freshness, listing};
use super::{Head, Size};
use crate::app::model::Model;
use crate::app::screen::Focus;
use crate::domain::filter::Scope;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::topics::Topic;
use crate::ui::painted::Painted;
use crate::ui::widgets::form::{Field, Form, Value};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, Row, Table};
use crate::ui::words;

const LIST: &[Action] = &[
    Action::Open,
    Action::ComposeTo,
    Action::Add,
    Action::Edit,
    Action::AddToTopic,
    Action::GoSubscriber,
    Action::Remove,
];
const FORM: &[Action] = &[Action::Edit, Action::Save, Action::Next, Action::Escape];

/// The actions that the footer shows first.
pub fn hints(model: &Model) -> &'static [Action] {
    if model.screens.topics.sheet.is_some() { FORM } else { LIST }
}

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.topics;
    let words = &look.strings.topics;
    if let Some(sheet) = &screen.sheet {
        return form::head(sheet, look);
    }
    if let Some(joining) = &screen.joining {
        let text = scrub(&joining.name, Cap::List).into_owned();
        return Head { text, field: words.who.clone(), ..Head::default() };
    }
    let table = &screen.table;
    let text = match (&table.filter.refused, table.total, screen.all) {
        (Some(refused), ..) => words::lists::mistake(look, &refused.mistake),
        (None, Some(total), Some(all)) => {
            let count = format::number(total.count);
            words.counts.fill(&[("count", (&count).into()), ("all", all.into())])
        }
        _ => String::new(),
    };
    let field = if table.filter.typing { look.strings.overlays.filter.clone() } else { String::new() };
    Head { chips: list::chips(table, Scope::Topics), text, field, ..Head::default() }
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.topics;
    if let Some(sheet) = &screen.sheet {
        return form::draw(sheet, pen, area, painted);
    }
    let area = joining(model, pen, area, painted);
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    match (one_pane, screen.opened) {
        (true, true) => detail::draw(model, pen, area, painted),
        (true, false) => topics(model, pen, area, painted),
        (false, _) => {
            let left = Rect { width: area.width * 62 / 100, ..area };
            let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
            topics(model, pen, left, painted);
            rule::divider(pen, area, left.right());
            detail::draw(model, pen, right, painted);
        }
    }
}

/// The filter of those who are to join takes the first rows.
fn joining(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) -> Rect {
    let Some(joining) = &model.screens.topics.joining else { return area };
    let look = pen.look;
    let words = &look.strings.topics;
    let name = scrub(&joining.name, Cap::List);
    let help = words.who_help.fill(&[("name", (&name).into())]);
    let mistake = joining.mistake.as_ref().map(|mistake| words::lists::mistake(look, mistake));
    let caret = Some(joining.line.before_caret().len());
    let field = Field {
        error: mistake.as_deref(),
        help: Some(&help),
        ..Field::new(&words.who, Value::Line { text: joining.line.text(), caret, placeholder: "" })
    };
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let drawn = Form { fields: &[field], focus: Some(0) }.draw(pen, inner);
    painted.set_cursor(drawn.caret);
    let used = (drawn.rows + 1).min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

fn topics(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.topics;
    let table = &screen.table;
    let look = pen.look;
    let words = &look.strings.topics;
    let now = model.desk.now;
    let Some(Listing { area, visible }) = listing(table, &words.empty, pen, area, now, painted) else {
        return;
    };
    let rows = visible
        .clone()
        .filter_map(|index| table.row(index))
        .map(|row| Row::new(cells(row, look, now, painted)))
        .collect();
    let drawn = Table {
        columns: vec![
            Column::new(&words.topic, 14, 32),
            Column::new(&words.people, 7, 10).right(),
            Column::new(&words.remote, 10, 28).drops(1),
            Column::new(&words.added, 11, 12).right().drops(2),
        ],
        rows,
        selected: table.selected_in(&visible),
        focused: !screen.opened && screen.joining.is_none(),
        freshness: freshness(table, now),
    }
    .draw(pen, area);
    let typing = model.screens.get(model.desk.section).focus() == Focus::Line;
    painted.set_cursor(drawn.cursor.filter(|_| !typing));
}

fn cells<'a>(row: &'a Topic, look: &'a Look, now: Millis, painted: &mut Painted) -> Vec<Cell<'a>> {
    if let Some(wait) = format::ago_changes_in(row.created, now) {
        painted.changes(now.plus(wait));
    }
    let remotes: Vec<String> =
        row.remotes.iter().map(|remote| format!("{} {}", remote.channel_name, remote.remote)).collect();
    vec![
        Cell::new(scrub(&row.name, Cap::List)),
        Cell::new(format::number(row.people)),
        Cell::new(scrub(&remotes.join(", "), Cap::List).into_owned()),
        Cell::role(format::ago(row.created, now, &look.strings.common), Role::TextMuted),
    ]
}
