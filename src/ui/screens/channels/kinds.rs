//! The kinds of a new channel, each with one line on what it is for.

use ratatui::layout::Rect;

use crate::channels::catalog;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::words::channels::of;

/// Draws the kinds with the cursor on `at`.
pub fn draw(at: usize, pen: &mut Pen<'_>, area: Rect, painted: &mut Painted) {
    let look = pen.look;
    let words = &look.strings.channels;
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    pen.text((inner.x, inner.y), inner.width, &words.pick_kind, Role::Heading);
    let keys = words.pick_kind_keys.as_str();
    // What the chosen one is for stands below in full: beside its name there may be too little room.
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2 + BELOW), ..inner };
    let wide = catalog::KINDS.iter().map(|kind| pen.cells(of(look, kind.spec().label))).max().unwrap_or(0);
    let wide = wide.min(inner.width / 2);
    let rows = usize::from(list.height).max(1);
    let top = (at + 1).saturating_sub(rows);
    for ((index, kind), y) in catalog::KINDS.iter().enumerate().skip(top).zip(list.y..list.bottom()) {
        let spec = kind.spec();
        pen.text((list.x + 2, y), wide, of(look, spec.label), Role::Text);
        let x = list.x + 2 + wide + 2;
        pen.text((x, y), list.right().saturating_sub(x), of(look, spec.about), Role::TextMuted);
        if index == at {
            pen.text((list.x, y), 1, look.glyphs.focus, Role::BorderFocus);
            pen.lay(Rect { y, height: 1, ..list }, Role::Selection);
            painted.cursor = Some((list.x + 2, y));
        }
    }
    let more = catalog::KINDS.len().saturating_sub(top + rows);
    if more > 0 {
        let text = look.strings.compose.rows_more.count(more as i64);
        pen.right(inner, inner.y, &text, Role::Key);
    }
    let shown = usize::from(list.height).min(catalog::KINDS.len() - top.min(catalog::KINDS.len()));
    let about = Rect { y: list.y + u16::try_from(shown).unwrap_or(0) + 1, height: 2, ..inner };
    if about.bottom() < inner.bottom() {
        let used = catalog::KINDS.get(at).map_or(0, |kind| {
            let spec = kind.spec();
            let text = look.strings.with_reason(of(look, spec.address.label), spec.address.example);
            pen.text((about.x + 2, about.y), about.width.saturating_sub(2), &text, Role::TextMuted);
            pen.paragraph(
                Rect { x: about.x + 2, y: about.y + 1, width: about.width.saturating_sub(2), height: 1 },
                of(look, spec.about),
                Role::Text,
            ) + 1
        });
        pen.text((inner.x, about.y + used.max(1) + 1), inner.width, keys, Role::TextMuted);
    }
}

/// Rows below the list: the chosen one in full, and the keys.
const BELOW: u16 = 5;
