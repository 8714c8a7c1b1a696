//! The section Inbox, drawn: conversations, the selected one from its end, and the answer.

mod conversation;

use ratatui::layout::Rect;

use super::list::{self, Listing, freshness, listing};
use super::{Head, Size};
use crate::app::model::Model;
use crate::app::screen::Focus;
use crate::app::table::Load;
use crate::domain::filter::Scope;
use crate::domain::safe_text::{Cap, scrub};
use crate::domain::time::Millis;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::format;
use crate::look::role::Role;
use crate::store::inbox::{Conversation, Said};
use crate::ui::painted::Painted;
use crate::ui::widgets::form::{Field, Form, Value};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::widgets::table::{Cell, Column, Row, Table};
use crate::ui::words;

/// The actions that the footer shows first.
pub const HINTS: &[Action] = &[Action::Open, Action::Reply, Action::MarkRead, Action::GoSubscriber];

/// The title row.
pub fn head(model: &Model, look: &Look) -> Head {
    let screen = &model.screens.inbox;
    let words = &look.strings.inbox.screen;
    if let Some(replying) = &screen.replying {
        let text = words.reply_to.fill(&[("name", (&replying.name).into())]);
        return Head { text, field: words.reply.clone(), ..Head::default() };
    }
    let table = &screen.table;
    let text = match (&table.filter.refused, table.total) {
        (Some(refused), _) => words::lists::mistake(look, &refused.mistake),
        (None, Some(total)) if total.count > 0 => {
            words.unread.fill(&[("unread", screen.unread.into()), ("total", total.count.into())])
        }
        _ => String::new(),
    };
    let field = if table.filter.typing { look.strings.overlays.filter.clone() } else { String::new() };
    Head { chips: list::chips(table, Scope::People), text, field, ..Head::default() }
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.inbox;
    let area = replying(model, pen, area, painted);
    let is_empty = screen.table.is_empty() && screen.table.filter.applied().is_empty();
    if is_empty && matches!(screen.table.load, Load::Ready(_)) && !screen.table.filter.typing {
        return empty(pen, area);
    }
    let one_pane = model.desk.zoomed || Size::of(model.desk.pages.size) == Size::Compact;
    match (one_pane, screen.opened || screen.replying.is_some()) {
        (true, true) => conversation::draw(model, pen, area, painted),
        (true, false) => conversations(model, pen, area, painted),
        (false, _) => {
            let left = Rect { width: area.width * 52 / 100, ..area };
            let right = Rect { x: left.right() + 1, width: area.width - left.width - 1, ..area };
            conversations(model, pen, left, painted);
            rule::joined(pen, area, left.right(), screen.replying.is_none());
            conversation::draw(model, pen, right, painted);
        }
    }
}

/// How anything ever comes here.
fn empty(pen: &mut Pen<'_>, area: Rect) {
    let words = &pen.look.strings.inbox.screen;
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
    let used = pen.paragraph(inner, &words.empty, Role::Text) + 1;
    let below = Rect { y: inner.y + used, height: inner.height.saturating_sub(used), ..inner };
    pen.paragraph(below, &words.empty_how, Role::TextMuted);
}

/// The answer takes the first rows.
fn replying(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) -> Rect {
    let Some(replying) = &model.screens.inbox.replying else { return area };
    let words = &pen.look.strings.inbox.screen;
    let label = words.reply.clone();
    let caret = (!replying.sending).then(|| replying.line.before_caret().len());
    let field = Field::new(&label, Value::Line { text: replying.line.text(), caret, placeholder: "" });
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let drawn = Form { fields: &[field], focus: Some(0) }.draw(pen, inner);
    painted.set_cursor(drawn.caret);
    let used = (drawn.rows + 1).min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

fn conversations(model: &Model, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let screen = &model.screens.inbox;
    let table = &screen.table;
    let look = pen.look;
    let words = &look.strings.inbox.screen;
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
            Column::new("", 2, 3).right(),
            Column::new(&words.from, 10, 22),
            Column::new(&words.message, 14, 60),
            Column::new(&words.when, 9, 12).right().drops(1),
        ],
        rows,
        selected: table.selected_in(&visible),
        focused: !screen.opened && screen.replying.is_none(),
        freshness: freshness(table, now),
    }
    .draw(pen, area);
    let typing = model.screens.get(model.desk.section).focus() == Focus::Ask;
    painted.set_cursor(drawn.cursor.filter(|_| !typing));
}

fn cells<'a>(row: &'a Conversation, look: &'a Look, now: Millis, painted: &mut Painted) -> Vec<Cell<'a>> {
    if let Some(wait) = format::ago_changes_in(row.newest.received, now) {
        painted.changes(now.plus(wait));
    }
    let unread = if row.unread > 0 { format::number(row.unread) } else { String::new() };
    let name = match row.person {
        Some(_) => scrub(&row.name, Cap::List),
        None => look.strings.inbox.nobody.as_str().into(),
    };
    let text = match &row.newest.said {
        Said::Person { kind, amount, .. } => look.strings.came_in(*kind, &row.newest.text, *amount),
        Said::Us { .. } => row.newest.text.clone(),
    };
    let role = if row.unread > 0 { Role::Text } else { Role::TextMuted };
    vec![
        Cell::role(unread, Role::Warning),
        Cell::role(name, role),
        Cell::role(scrub(&text, Cap::List).into_owned(), role),
        Cell::role(format::ago(row.newest.received, now, &look.strings.common), Role::TextMuted),
    ]
}
