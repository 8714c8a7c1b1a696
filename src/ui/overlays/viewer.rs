//! A longer text to read: raw replies, calls. Already scrubbed.

use ratatui::layout::Rect;

use super::help::find_row;
use crate::app::overlay::viewers::Viewer;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog;
use crate::ui::widgets::pen::Pen;
use crate::ui::{width, words};

/// Draws the text over the whole body.
pub fn draw(viewer: &Viewer, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let title = words::say(pen.look, &viewer.title);
    let size = (screen.width.saturating_sub(4), screen.height.saturating_sub(2));
    let inner = dialog::open(pen, screen, &title, size);
    let body = find_row(&viewer.find, pen, inner, painted);
    painted.pages.popup = usize::from(body.height);
    let lines = width::wrap(&viewer.text, usize::from(body.width), &pen.look.glyphs);
    let wanted = viewer.find.line.text();
    let hits: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !wanted.is_empty() && line.contains(wanted))
        .map(|(at, _)| at)
        .collect();
    let nth = (!hits.is_empty()).then(|| hits[viewer.find.nth.rem_euclid(hits.len() as isize) as usize]);
    let height = usize::from(body.height);
    let top = nth.map_or_else(
        || viewer.find.top_of(lines.len(), height),
        |hit| hit.saturating_sub(height / 2).min(lines.len().saturating_sub(height)),
    );
    for ((at, line), y) in lines.iter().enumerate().skip(top).zip(body.top()..body.bottom()) {
        let role = if hits.contains(&at) { Role::Match } else { Role::Code };
        pen.text((body.x, y), body.width, line, role);
    }
}
