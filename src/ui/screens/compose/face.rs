//! The face of a message: the card, the banner or the head that a person sees before anything is opened.

use ratatui::layout::Rect;

use crate::channels::face::{Face, Frame, Label, Row};
use crate::look::Look;
use crate::look::role::Role;
use crate::ui::widgets::dialog;
use crate::ui::widgets::pen::Pen;
use crate::ui::width;
use crate::ui::words::channels::of;

/// The widest it gets: a phone is not as wide as a terminal.
const WIDEST: u16 = 56;

/// Rows that it takes in this width, with its frame.
pub fn rows(face: &Face, pen: &Pen<'_>, width: u16) -> u16 {
    let room = inside(width);
    if face.rows.is_empty() || room == 0 {
        return 0;
    }
    2 + face.rows.iter().map(|row| height(row, pen, room)).sum::<u16>()
}

/// Draws it at the top of `area`, if there is room for all of it; gives the rows used.
pub fn draw(face: &Face, pen: &mut Pen<'_>, area: Rect) -> u16 {
    let rows = rows(face, pen, area.width);
    if rows == 0 || rows > area.height {
        return 0;
    }
    let outer = Rect { width: area.width.min(WIDEST), height: rows, ..area };
    dialog::frame(pen, outer, title(pen.look, face.frame), Role::Border);
    let room = inside(area.width);
    let (x, mut y) = (outer.x + 2, outer.y + 1);
    let labels = face.rows.iter().filter_map(|row| row.label.as_ref());
    let column =
        labels.map(|label| pen.cells(label_of(pen.look, label)) + 2).max().unwrap_or(0).min(room / 2);
    for row in &face.rows {
        let text = match &row.label {
            Some(label) => {
                let label = label_of(pen.look, label);
                pen.text((x, y), column.saturating_sub(1), label, Role::TextMuted);
                pen.text((x + column, y), room - column, &row.text, Role::Text);
                y += 1;
                continue;
            }
            None => &row.text,
        };
        let role = if row.strong { Role::Heading } else { Role::Text };
        y += pen.paragraph(Rect { x, y, width: room, height: height(row, pen, room) }, text, role);
    }
    rows
}

fn inside(width: u16) -> u16 {
    width.min(WIDEST).saturating_sub(4)
}

fn height(row: &Row, pen: &Pen<'_>, room: u16) -> u16 {
    if row.label.is_some() {
        return 1;
    }
    let text = pen.look.glyphs.plain(&row.text);
    let lines = width::wrap(&text, usize::from(room), &pen.look.glyphs).len();
    row.lines.min(u16::try_from(lines).unwrap_or(u16::MAX)).max(1)
}

const fn title(look: &Look, frame: Frame) -> &'static str {
    let c = &look.strings.compose;
    match frame {
        Frame::Bubble => c.face_bubble.as_str(),
        Frame::Card => c.face_card.as_str(),
        Frame::Banner => c.face_banner.as_str(),
        Frame::Mail => c.face_mail.as_str(),
    }
}

fn label_of<'a>(look: &Look, label: &'a Label) -> &'a str {
    match label {
        Label::Words(words) => of(look, *words),
        Label::Key(key) => key,
    }
}
