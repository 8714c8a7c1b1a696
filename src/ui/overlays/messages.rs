//! What was said in passing: the last 500, newest first.

use ratatui::layout::Rect;

use super::rows_of;
use crate::app::model::Model;
use crate::app::notice::Level;
use crate::app::overlay::viewers::Messages;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::list::{self, Item};
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::words;

/// Draws the log.
pub fn draw(model: &Model, messages: &Messages, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let look = pen.look;
    let strings = &look.strings.overlays;
    let title = strings.messages_title.count(model.desk.notices.log().len() as i64);
    let size = (screen.width.saturating_sub(4).min(100), screen.height.saturating_sub(2));
    let inner = dialog::open(pen, screen, &title, size);
    painted.pages.popup = usize::from(inner.height);
    let lines: Vec<String> = model
        .desk
        .notices
        .log()
        .map(|notice| {
            let sign = match notice.level {
                Level::Info => "-",
                Level::Warning => "!",
                Level::Error => "x",
            };
            let clock = format::clock_seconds(notice.at, &look.zone);
            format!("{clock} {sign} {}", words::say(look, &notice.saying))
        })
        .collect();
    let items: Vec<Item<'_>> = lines.iter().map(|line| Item::new(line, "")).collect();
    if items.is_empty() {
        list::draw(pen, inner, &[Item::new(&strings.messages_nothing, "")], None);
        painted.set_cursor(Some(inner.as_position()));
        return;
    }
    // A line that was cut stands below in full.
    let chosen = lines.get(messages.at).filter(|line| pen.cells(line) > inner.width);
    let rows = chosen.map_or(0, |line| rows_of(pen, line, inner.width).min(inner.height / 2) + 1);
    let upper = Rect { height: inner.height - rows, ..inner };
    let (_, cursor) = list::draw(pen, upper, &items, Some(messages.at));
    painted.set_cursor(cursor);
    if let Some(line) = chosen {
        let below = Rect { y: upper.bottom(), height: rows, ..inner };
        rule::line(pen, below);
        pen.paragraph(Rect { y: below.y + 1, height: rows - 1, ..below }, line, Role::Text);
    }
}
