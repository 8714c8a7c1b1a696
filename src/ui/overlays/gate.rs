//! A gate: the number to type, and a button that is off until it matches.

use ratatui::layout::{Position, Rect};

use super::{rows_of, usual_width};
use crate::app::overlay::gate::{At, Gate};
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog::{self, Button};
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// Draws the gate.
pub fn draw(gate: &Gate, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let width = usual_width(screen);
    let question = words::say(pen.look, &gate.question);
    let (title, more) = question.split_once('\n').unwrap_or((&question, ""));
    let mut lines: Vec<String> = more.lines().map(str::to_owned).collect();
    lines.extend(gate.lines.iter().map(|line| words::say(pen.look, line)));
    let text: u16 = lines.iter().map(|line| rows_of(pen, line, width)).sum();
    let mut inner = dialog::open(pen, screen, title, (width, text + 6));
    for line in &lines {
        let used = pen.paragraph(inner, line, Role::Text);
        inner.y += used;
        inner.height -= used;
    }
    let words = &pen.look.strings.dialogs;
    pen.text((inner.x, inner.y), inner.width, &words.type_to_confirm, Role::TextMuted);
    let role = if gate.typed.is_empty() || gate.is_open() { Role::Input } else { Role::InputError };
    pen.text((inner.x, inner.y + 1), 2, "> ", Role::Key);
    let used = pen.text((inner.x + 2, inner.y + 1), inner.width - 2, &gate.typed, role);
    let label = words::say(pen.look, &gate.label);
    let buttons =
        [Button::new(&pen.look.strings.common.back), Button::danger(&label).on_when(gate.is_open())];
    let row = Rect { y: inner.y + 3, height: inner.height.saturating_sub(4).max(1), ..inner };
    let focus = match gate.at {
        At::Number => None,
        At::Back => Some(0),
        At::Go => Some(1),
    };
    let places = dialog::buttons(pen, row, &buttons, focus);
    if !gate.is_open() {
        let y = inner.bottom().saturating_sub(1);
        pen.text((inner.x, y), inner.width, &words.off_until, Role::TextMuted);
    }
    painted.set_cursor(Some(match focus.and_then(|focus| places.get(focus)) {
        Some(place) => place.as_position(),
        None => Position::new(inner.x + 2 + used, inner.y + 1),
    }));
}
