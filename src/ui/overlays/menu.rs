//! Small lists of actions at the bottom: prefix menus and `x`.

use ratatui::layout::Rect;

use crate::app::available::Availability;
use crate::app::model::Model;
use crate::app::overlay::menu::{About, Item as MenuItem, Menu};
use crate::input::context::Context;
use crate::input::key::Key;
use crate::look::Look;
use crate::ui::painted::Painted;
use crate::ui::screens;
use crate::ui::widgets::dialog;
use crate::ui::widgets::list::{self, Item};
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// Draws the menu.
pub fn draw(model: &Model, menu: &Menu, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let look = pen.look;
    let stack = [model.desk.section.context(), Context::Table];
    // What a single key does not choose here shows the keys that do it outside.
    let keys = |item: &MenuItem| match item.key {
        Some(key) => key.to_string(),
        None => model.desk.keys.key_for(item.action, &stack).unwrap_or_default(),
    };
    let keys: Vec<String> = menu.items.iter().map(keys).collect();
    let items: Vec<Item<'_>> = menu
        .items
        .iter()
        .zip(&keys)
        .map(|(item, key)| Item {
            text: look.strings.actions.label(screens::called(model, item.action).name()),
            right: key,
            off: match item.availability {
                Availability::On => None,
                Availability::Off(why) => Some(words::why(look, why)),
            },
        })
        .collect();
    let height = (items.len() as u16).min(screen.height.saturating_sub(2));
    // Wide enough for every reason, where the screen is.
    let needed =
        items.iter().map(|item| pen.cells(item.text) + pen.cells(item.off.unwrap_or(item.right)) + 4);
    let width = needed.max().unwrap_or(0).max(50).min(screen.width.saturating_sub(4));
    // Near the keys: at the bottom of the screen.
    let place = Rect {
        y: screen.bottom().saturating_sub(height + 2),
        height: (height + 2).min(screen.height),
        ..screen
    };
    let inner = dialog::open(pen, place, title(menu.about, look), (width, height));
    let (_, cursor) = list::draw(pen, inner, &items, Some(menu.at));
    painted.set_cursor(cursor);
}

fn title(about: About, look: &Look) -> &'static str {
    let menus = &look.strings.overlays.menus;
    match about {
        About::Selection => &menus.selection,
        About::Prefix(key) if key == Key::char('y') => &menus.copy,
        About::Prefix(key) if key == Key::char('g') => &menus.go,
        About::Prefix(key) if key == Key::char('f') => &menus.filters,
        About::Prefix(_) => &menus.order,
    }
}
