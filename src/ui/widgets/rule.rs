//! Rules: `─ Title ─ text ─────`, the plain line under the title row, and the divider between panes.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::look::role::Role;

/// Draws a titled line over the width of `area`'s first row: every part after a dash.
pub fn titled(pen: &mut Pen<'_>, area: Rect, parts: &[&str]) {
    if area.is_empty() {
        return;
    }
    let line = pen.look.glyphs.line;
    pen.repeat((area.x, area.y), area.width, line, Role::Border);
    let mut x = area.x + 1;
    for (at, part) in parts.iter().enumerate() {
        let room = area.right().saturating_sub(x);
        let role = if at == 0 { Role::Heading } else { Role::TextMuted };
        let text = format!(" {part} ");
        if room < 4 {
            break;
        }
        x += pen.text((x, area.y), room, &text, role) + 1;
    }
}

/// Draws a plain line over the width of `area`'s first row.
pub fn line(pen: &mut Pen<'_>, area: Rect) {
    if area.height > 0 {
        let sign = pen.look.glyphs.line;
        pen.repeat((area.x, area.y), area.width, sign, Role::Border);
    }
}

/// Draws the divider between two panes at column `x`, and its joint in the line above.
pub fn divider(pen: &mut Pen<'_>, area: Rect, x: u16) {
    joined(pen, area, x, true);
}

/// The same; `joined`: a line stands above it.
pub fn joined(pen: &mut Pen<'_>, area: Rect, x: u16, joined: bool) {
    if x < area.x || x >= area.right() {
        return;
    }
    let glyphs = pen.look.glyphs;
    for y in area.top()..area.bottom() {
        pen.text((x, y), 1, glyphs.divider, Role::Border);
    }
    if joined && area.y > pen.area().y {
        pen.text((x, area.y - 1), 1, glyphs.divider_top, Role::Border);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    #[test]
    fn a_titled_rule_names_what_follows() {
        let shown = rows(Lang::En, (40, 2), |pen| {
            titled(pen, Rect::new(0, 0, 40, 1), &["11月维护通知", "started 14:05:10"]);
            titled(pen, Rect::new(0, 1, 40, 1), &["检查", "1 错误 · 2 警告"]);
        });
        assert_eq!(
            shown,
            ["─ 11月维护通知 ─ started 14:05:10 ──────", "─ 检查 ─ 1 错误 · 2 警告 ───────────────"]
        );
    }

    #[test]
    fn rules_survive_narrow_places() {
        for width in [1, 3, 5, 20] {
            let shown = rows(Lang::Zh, (width, 3), |pen| {
                titled(pen, Rect::new(0, 0, width, 1), &["正文", "412 字符"]);
                line(pen, Rect::new(0, 1, width, 1));
                divider(pen, Rect::new(0, 2, width, 1), 0);
            });
            assert_eq!(
                shown[1],
                "─".repeat(usize::from(width.saturating_sub(1))).replacen("", "┬", 1),
                "{width}"
            );
        }
    }
}
