//! An error in full: what happened, why, what to do.

use ratatui::layout::Rect;

use super::{rows_of, usual_width};
use crate::app::request::Trouble;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::pen::Pen;

/// Draws the error.
pub fn draw(trouble: &Trouble, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let words = &pen.look.strings.overlays;
    let width = usual_width(screen);
    let mut lines: Vec<(&str, Role)> = vec![(&trouble.summary, Role::Danger)];
    if !trouble.causes.is_empty() {
        lines.push((&words.problem_why, Role::Heading));
        lines.extend(trouble.causes.iter().map(|cause| (cause.as_str(), Role::Text)));
    }
    if let Some(hint) = &trouble.hint {
        lines.push((&words.problem_next, Role::Heading));
        lines.push((hint, Role::Text));
    }
    let height: u16 = lines.iter().map(|(line, _)| rows_of(pen, line, width)).sum();
    let mut inner = dialog::open(pen, screen, &words.problem_title, (width, height));
    painted.set_cursor(Some(inner.as_position()));
    for (line, role) in lines {
        let used = pen.paragraph(inner, line, role);
        inner.y += used;
        inner.height -= used;
    }
}
