//! The command palette: what was typed, the matches, and the key of each so that it teaches the keys.

use ratatui::layout::{Position, Rect};

use super::usual_width;
use crate::app::available::Availability;
use crate::app::model::Model;
use crate::app::overlay::palette::Palette;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::list::{self, Item};
use crate::ui::widgets::pen::Pen;
use crate::ui::{width, words};

/// Draws the palette.
pub fn draw(model: &Model, palette: &Palette, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let look = pen.look;
    let strings = &look.strings.overlays;
    let height = screen.height.saturating_sub(2).min(18);
    let inner = dialog::open(pen, screen, &strings.palette_title, (usual_width(screen), height));
    let row = Rect { height: 1, ..inner };
    let count = strings
        .palette_count
        .fill(&[("count", palette.matches().len().into()), ("total", palette.total().into())]);
    pen.right(row, row.y, &count, Role::TextMuted);
    let used = pen.text((row.x, row.y), 2, ": ", Role::Key);
    let room = row.width.saturating_sub(used + pen.cells(&count) + 1);
    let (shown, caret) = width::window(
        palette.line.text(),
        palette.line.before_caret().len(),
        usize::from(room),
        &look.glyphs,
    );
    pen.text((row.x + used, row.y), room, shown, Role::Input);

    let keys: Vec<String> = palette
        .matches()
        .map(|command| model.desk.keys.any_key_for(command.action).unwrap_or_default())
        .collect();
    let items: Vec<Item<'_>> = palette
        .matches()
        .zip(&keys)
        .map(|(command, key)| Item {
            text: look.strings.actions.label(command.action.name()),
            right: key,
            off: match command.availability {
                Availability::On => None,
                Availability::Off(why) => Some(words::why(look, why)),
            },
        })
        .collect();
    let body = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    if items.is_empty() {
        pen.text((body.x, body.y), body.width, &strings.palette_nothing, Role::TextMuted);
    } else {
        list::draw(pen, body, &items, Some(palette.at));
    }
    painted.set_cursor(Some(Position::new(row.x + used + caret as u16, row.y)));
}
