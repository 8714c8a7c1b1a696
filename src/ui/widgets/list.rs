//! Lists inside popups: menus, palette, pickers. Focus sign, words, and a key or place at the right.

use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::look::role::Role;

/// A reason that is cut to fewer cells says nothing.
const LEAST_REASON: u16 = 12;

/// One line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it is or does.
    pub text: &'a str,
    /// What stands at the right end: a key, a section, a count.
    pub right: &'a str,
    /// Why it cannot be chosen now; it stays listed, dimmed, with this reason at the right.
    pub off: Option<&'a str>,
}

impl<'a> Item<'a> {
    /// A line that can be chosen.
    pub const fn new(text: &'a str, right: &'a str) -> Self {
        Self { text, right, off: None }
    }
}

/// Draws the items that fit around `selected` into `area`, one row each. Returns the visible items'
/// first index and where the cursor rests.
pub fn draw(
    pen: &mut Pen<'_>,
    area: Rect,
    items: &[Item<'_>],
    selected: Option<usize>,
) -> (usize, Option<Position>) {
    let page = usize::from(area.height);
    let wanted = selected.unwrap_or(0).min(items.len().saturating_sub(1));
    let first = (wanted + 1).saturating_sub(page.max(1)).min(items.len().saturating_sub(page));
    let mut cursor = None;
    for ((at, item), y) in items.iter().enumerate().skip(first).zip(area.top()..area.bottom()) {
        let line = Rect { y, height: 1, ..area };
        let (right, role) = match item.off {
            Some(why) => (why, Role::TextMuted),
            None => (item.right, Role::Text),
        };
        let wide = pen.cells(right);
        // The words matter more than what stands at the right.
        let room = line.width.saturating_sub(2);
        let beside = room.saturating_sub(pen.cells(item.text) + 2);
        let left = if wide > 0 && wide <= beside {
            pen.right(line, y, right, if item.off.is_some() { Role::TextMuted } else { Role::Key });
            room - wide - 2
        } else if item.off.is_some() && beside >= LEAST_REASON {
            // The beginning of a reason says more than none.
            pen.text((line.right() - beside, y), beside, right, Role::TextMuted);
            room - beside - 2
        } else {
            room
        };
        pen.text((line.x + 2.min(line.width), y), left, item.text, role);
        if selected == Some(at) {
            let sign = pen.look.glyphs.focus;
            pen.text((line.x, y), 1, sign, Role::BorderFocus);
            pen.lay(line, Role::Selection);
            cursor = Some(Position::new(line.x + 2.min(line.width - 1), y));
        }
    }
    (first, cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    #[test]
    fn menus_show_the_key_and_why_a_line_is_off() {
        let items = [
            Item::new("Pause", "p"),
            Item { off: Some("nothing runs"), ..Item::new("恢复上一步", "u") },
            Item::new("Change theme", "T"),
        ];
        let mut seen = (0, None);
        let shown = rows(Lang::En, (30, 3), |pen| seen = draw(pen, pen.area(), &items, Some(1)));
        assert_eq!(
            shown,
            [
                "  Pause                      p",
                "› 恢复上一步      nothing runs",
                "  Change theme               T"
            ]
        );
        assert_eq!(seen, (0, Some(Position::new(2, 1))));
        let long = [Item { off: Some("nothing of the sort runs here"), ..Item::new("Pause", "p") }];
        let shown = rows(Lang::En, (30, 1), |pen| {
            draw(pen, pen.area(), &long, None);
        });
        assert_eq!(shown, ["  Pause  nothing of the sort…"]);
        let shown = rows(Lang::En, (10, 1), |pen| seen = draw(pen, pen.area(), &items, Some(2)));
        assert_eq!((shown, seen.0), (vec!["› Change…".to_owned()], 2));
        for width in 1..12 {
            rows(Lang::Zh, (width, 2), |pen| {
                draw(pen, pen.area(), &items, Some(1));
            });
        }
    }
}
