//! The section Setup, drawn: what holds now, line by line.

use ratatui::layout::Rect;

use super::Head;
use crate::app::model::Model;
use crate::input::action::Action;
use crate::look::Look;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;

/// The actions that the footer shows first.
pub const HINTS: &[Action] = &[Action::Themes, Action::ToggleLanguage, Action::ToggleMouse];

/// The title row.
pub fn head(_model: &Model, _look: &Look) -> Head {
    Head::default()
}

/// The body.
pub fn body(model: &Model, pen: &mut Pen<'_>, area: Rect, _painted: &mut Painted) {
    let s = pen.look.strings;
    let inner = Rect { x: area.x + 4, width: area.width.saturating_sub(8), ..area };
    let used = pen.paragraph(inner, &s.overlays.planned.setup, Role::TextMuted);
    let settings = &model.desk.settings;
    let mouse = if settings.mouse { &s.common.on } else { &s.common.off };
    let lines: [(&str, &str); 3] = [
        (&s.setup.page_language, s.lang.tag()),
        (&s.setup.theme, &pen.look.theme.name),
        (&s.setup.mouse, mouse),
    ];
    for ((label, value), y) in lines.into_iter().zip(inner.y + used + 1..inner.bottom()) {
        pen.text((inner.x, y), 16, label, Role::TextMuted);
        pen.text((inner.x + 16, y), inner.width.saturating_sub(16), value, Role::Text);
    }
}
