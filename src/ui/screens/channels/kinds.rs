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
    let mut y = inner.y + 2;
    for (index, kind) in catalog::KINDS.iter().enumerate() {
        if y + 1 >= inner.bottom() {
            break;
        }
        let spec = kind.spec();
        let line = Rect { y, height: 1, ..inner };
        pen.text((line.x + 2, y), line.width.saturating_sub(2), of(look, spec.label), Role::Text);
        let about = Rect {
            x: line.x + 4,
            y: y + 1,
            width: line.width.saturating_sub(4),
            height: (inner.bottom() - y - 1).min(2),
        };
        let used = pen.paragraph(about, of(look, spec.about), Role::TextMuted);
        if index == at {
            pen.text((line.x, y), 1, look.glyphs.focus, Role::BorderFocus);
            pen.lay(line, Role::Selection);
            painted.cursor = Some((line.x + 2, y));
        }
        y += 1 + used.max(1);
    }
    if y + 1 < inner.bottom() {
        pen.text((inner.x, y + 1), inner.width, &words.pick_kind_keys, Role::TextMuted);
    }
}
