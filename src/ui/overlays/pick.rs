//! A list to choose from: what was typed, and the lines that match.

use ratatui::layout::{Position, Rect};

use super::usual_width;
use crate::app::overlay::pick::Pick;
use crate::look::format;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::list::{self, Item};
use crate::ui::widgets::pen::Pen;
use crate::ui::{width, words};

/// Draws the list.
pub fn draw(pick: &Pick, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let look = pen.look;
    let title = words::say(look, &pick.title);
    let new_one = pick.new_one().map(|name| look.strings.overlays.pick_new.fill(&[("name", name.into())]));
    let lines = pick.matches().len() + usize::from(new_one.is_some());
    let height = (lines.max(6) as u16 + 2).min(screen.height.saturating_sub(2)).min(18);
    let inner = dialog::open(pen, screen, &title, (usual_width(screen), height));
    let used = pen.text((inner.x, inner.y), 2, "/ ", Role::Key);
    let room = inner.width.saturating_sub(used);
    let (shown, caret) =
        width::window(pick.line.text(), pick.line.before_caret().len(), usize::from(room), &look.glyphs);
    pen.text((inner.x + used, inner.y), room, shown, Role::Input);
    let counts: Vec<String> =
        pick.matches().map(|choice| choice.count.map(format::number).unwrap_or_default()).collect();
    // A line without a name is none of them.
    let none = &look.strings.desk.invite.no_topic;
    let called = |name: &'_ str| if name.is_empty() { none.as_str().to_owned() } else { name.to_owned() };
    let names: Vec<String> = pick.matches().map(|choice| called(&choice.name)).collect();
    let mut items: Vec<Item<'_>> =
        names.iter().zip(&counts).map(|(name, count)| Item::new(name, count)).collect();
    if let Some(new_one) = &new_one {
        items.push(Item::new(new_one, ""));
    }
    let body = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    if items.is_empty() {
        let words = &look.strings.overlays;
        let text = if pick.takes_new() { &words.pick_none_yet } else { &words.pick_nothing };
        pen.paragraph(body, text, Role::TextMuted);
    } else {
        list::draw(pen, body, &items, Some(pick.at));
    }
    painted.set_cursor(Some(Position::new(inner.x + used + caret as u16, inner.y)));
}
