//! The footer: what the keys do here. What belongs to the row shrinks from the right; the tail, which is the
//! same everywhere, stays, and help is the last to go.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::look::role::Role;

/// One key and what it does.
pub type Hint<'a> = (&'a str, &'a str);

/// Draws ` Enter open  p pause  / filter  x actions  ? help` over `area`'s first row. The `tail` takes at most
/// three fifths of it, and its end stays whatever else has to go. Returns the hints that were shown, each with
/// its area, for the mouse.
pub fn draw<'a>(
    pen: &mut Pen<'_>,
    area: Rect,
    hints: &[Hint<'a>],
    mut tail: &[Hint<'a>],
) -> Vec<(Hint<'a>, Rect)> {
    if area.is_empty() {
        return Vec::new();
    }
    pen.clear(Rect { height: 1, ..area }, Role::Surface);
    let wide = |pen: &Pen<'_>, hint: &Hint<'_>| pen.cells(hint.0) + 1 + pen.cells(hint.1);
    let all = |pen: &Pen<'_>, hints: &[Hint<'_>]| {
        let gaps = u16::try_from(hints.len().saturating_sub(1) * 2).unwrap_or(u16::MAX);
        hints.iter().map(|hint| wide(pen, hint)).sum::<u16>().saturating_add(gaps)
    };
    while tail.len() > 1 && all(pen, tail) > area.width * 3 / 5 {
        tail = &tail[1..];
    }
    let tail_wide = all(pen, tail);
    let end = area.right();
    let mut shown = Vec::new();
    let mut x = area.x + u16::from(area.width > tail_wide);
    for hint in hints {
        let this = wide(pen, hint);
        if x + this + 2 + tail_wide > end {
            break;
        }
        one(pen, (x, area.y), this, *hint);
        shown.push((*hint, Rect::new(x, area.y, this, 1)));
        x += this + 2;
    }
    for hint in tail {
        let room = end.saturating_sub(x);
        let this = wide(pen, hint).min(room);
        one(pen, (x, area.y), room, *hint);
        shown.push((*hint, Rect::new(x, area.y, this, 1)));
        x = (x + this + 2).min(end);
    }
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
        rows(lang, (width, 1), |pen| drop(draw(pen, pen.area(), hints, &[help]))).concat()
    }

    #[test]
    fn what_holds_everywhere_is_the_last_to_go() {
        let tail = [("x", "actions"), (":", "cmd"), ("?", "help")];
        let shown =
            |width| rows(Lang::En, (width, 1), |pen| drop(draw(pen, pen.area(), &EN, &tail))).concat();
        assert_eq!(shown(60), " Enter open  p pause  r resume  x actions  : cmd  ? help");
        assert_eq!(shown(46), " Enter open  p pause  x actions  : cmd  ? help");
        assert_eq!(shown(40), " Enter open  x actions  : cmd  ? help");
        assert_eq!(shown(38), " Enter open  p pause  : cmd  ? help");
        assert_eq!(shown(30), " Enter open  : cmd  ? help");
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
