//! The section Inbox, drawn: it says what it will hold until its screen is written.

use ratatui::layout::Rect;

use super::Head;
use crate::app::model::Model;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;

/// The actions that the footer shows first.
pub const HINTS: &[Action] = &[];

/// The title row.
pub fn head(_model: &Model, _look: &Look) -> Head {
    Head::default()
}

/// The body.
pub fn body(_model: &Model, pen: &mut Pen<'_>, area: Rect, _painted: &mut Painted) {
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
    pen.paragraph(inner, &pen.look.strings.overlays.planned.inbox, Role::TextMuted);
}
