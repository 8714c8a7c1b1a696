//! A question with buttons; "Back" has the focus first.

use ratatui::layout::Rect;

use super::{rows_of, usual_width};
use crate::app::overlay::confirm::Confirm;
use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::dialog::{self, Button};
use crate::ui::widgets::pen::Pen;
use crate::ui::words;

/// Draws the dialog.
pub fn draw(confirm: &Confirm, pen: &mut Pen<'_>, screen: Rect, painted: &mut Painted) {
    let width = usual_width(screen);
    let question = words::say(pen.look, &confirm.question);
    let (title, more) = question.split_once('\n').unwrap_or((&question, ""));
    let mut lines: Vec<String> = more.lines().map(str::to_owned).collect();
    lines.extend(confirm.lines.iter().map(|line| words::say(pen.look, line)));
    let text: u16 = lines.iter().map(|line| rows_of(pen, line, width)).sum();
    let mut inner = dialog::open(pen, screen, title, (width, text + 3));
    for line in &lines {
        let used = pen.paragraph(inner, line, Role::Text);
        inner.y += used;
        inner.height -= used;
    }
    let labels: Vec<String> =
        confirm.choices.iter().map(|choice| words::say(pen.look, &choice.label)).collect();
    let mut buttons = vec![Button::new(&pen.look.strings.common.back)];
    buttons.extend(labels.iter().map(|label| Button::danger(label)));
    let row = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let places = dialog::buttons(pen, row, &buttons, Some(confirm.focus));
    painted.set_cursor(places.get(confirm.focus).map(|place| place.as_position()));
}
