//! The footer: what the keys do here. Shrinks from the right; help always stays.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::look::role::Role;

/// One key and what it does.
pub type Hint<'a> = (&'a str, &'a str);

/// Draws ` Enter open  p pause  …  ? help` over `area`'s first row. `help` comes last whatever else
/// has to go. Returns the hints that were shown, each with its area, for the mouse.
pub fn draw<'a>(pen: &mut Pen<'_>, area: Rect, hints: &[Hint<'a>], help: Hint<'a>) -> Vec<(Hint<'a>, Rect)> {
    if area.is_empty() {
        return Vec::new();
    }
    pen.clear(Rect { height: 1, ..area }, Role::Surface);
    let wide = |pen: &Pen<'_>, hint: &Hint<'_>| pen.cells(hint.0) + 1 + pen.cells(hint.1);
    let help_wide = wide(pen, &help);
    let end = area.right();
    let mut shown = Vec::new();
    let mut x = area.x + u16::from(area.width > help_wide);
    for hint in hints {
        let this = wide(pen, hint);
        if x + this + 2 + help_wide > end {
            break;
        }
        one(pen, (x, area.y), this, *hint);
        shown.push((*hint, Rect::new(x, area.y, this, 1)));
        x += this + 2;
    }
    let room = end.saturating_sub(x);
    one(pen, (x, area.y), room, help);
    shown.push((help, Rect::new(x, area.y, help_wide.min(room), 1)));
    shown
}

fn one(pen: &mut Pen<'_>, at: (u16, u16), room: u16, (key, label): Hint<'_>) {
    pen.spans(at, room, &[(key, Role::Key), (" ", Role::TextMuted), (label, Role::TextMuted)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    const EN: [Hint<'static>; 4] = [("Enter", "open"), ("p", "pause"), ("r", "resume"), ("d", "stop rest")];

    fn shown(lang: Lang, width: u16, hints: &[Hint<'_>], help: Hint<'_>) -> String {
        rows(lang, (width, 1), |pen| drop(draw(pen, pen.area(), hints, help))).concat()
    }

    #[test]
    fn hints_shrink_from_the_right_and_help_stays() {
        assert_eq!(
            shown(Lang::En, 60, &EN, ("?", "help")),
            " Enter open  p pause  r resume  d stop rest  ? help"
        );
        assert_eq!(shown(Lang::En, 40, &EN, ("?", "help")), " Enter open  p pause  r resume  ? help");
        assert_eq!(shown(Lang::En, 20, &EN, ("?", "help")), " Enter open  ? help");
        assert_eq!(shown(Lang::En, 6, &EN, ("?", "help")), "? help");
        assert_eq!(shown(Lang::En, 1, &EN, ("?", "help")), "?");
    }

    #[test]
    fn chinese_hints_are_measured_in_cells() {
        let hints = [("Tab", "下一项"), ("Esc", "结束输入"), ("F2", "命令")];
        assert_eq!(
            shown(Lang::Zh, 80, &hints, ("F1", "帮助")),
            " Tab 下一项  Esc 结束输入  F2 命令  F1 帮助"
        );
        assert_eq!(shown(Lang::Zh, 34, &hints, ("F1", "帮助")), " Tab 下一项  Esc 结束输入  F1 帮助");
    }
}
