//! The pen: what every widget writes with. Roles and scrubbed text in, cells out.
//!
//! It carries the `Look` and the buffer together, so that no widget names a colour and every text goes
//! through `ui::width`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;

use crate::look::Look;
use crate::look::qr;
use crate::look::role::Role;
use crate::ui::width::{self, Align};

/// Writes into a buffer by role.
pub struct Pen<'a> {
    /// Words, styles and signs.
    pub look: &'a Look,
    buffer: &'a mut Buffer,
}

impl<'a> Pen<'a> {
    /// A pen for `buffer`.
    pub fn new(look: &'a Look, buffer: &'a mut Buffer) -> Self {
        Self { look, buffer }
    }

    /// The area that can be written on.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// How many cells `text` takes.
    pub fn cells(&self, text: &str) -> u16 {
        let text = self.look.glyphs.plain(text);
        u16::try_from(width::cells(&text, &self.look.glyphs)).unwrap_or(u16::MAX)
    }

    /// Writes one line, cut with an ellipsis to `room` cells, and returns the cells used.
    pub fn text(&mut self, (x, y): (u16, u16), room: u16, text: &str, role: Role) -> u16 {
        let text = self.look.glyphs.plain(text);
        self.verbatim((x, y), room, &text, role)
    }

    /// Writes one line as it is, even where the terminal gets plain signs: text that is being typed, so
    /// that the caret stands where `width::window` says.
    pub fn verbatim(&mut self, at: (u16, u16), room: u16, text: &str, role: Role) -> u16 {
        let shown = width::cut(text, usize::from(room), &self.look.glyphs);
        width::put(self.buffer, at, &shown, room, self.look.style(role), &self.look.glyphs)
    }

    /// Writes one line over exactly `room` cells, padded on the side that `align` says.
    pub fn fitted(&mut self, (x, y): (u16, u16), room: u16, text: &str, align: Align, role: Role) {
        let text = self.look.glyphs.plain(text);
        let line = width::fit(&text, usize::from(room), align, &self.look.glyphs);
        width::put(self.buffer, (x, y), &line, room, self.look.style(role), &self.look.glyphs);
    }

    /// Writes one line so that it ends at the right edge of `area`'s row `y`, and returns where it begins.
    pub fn right(&mut self, area: Rect, y: u16, text: &str, role: Role) -> u16 {
        let text = self.look.glyphs.plain(text);
        let shown = width::cut(&text, usize::from(area.width), &self.look.glyphs).into_owned();
        let x = area.right().saturating_sub(self.cells(&shown)).max(area.x);
        self.text((x, y), area.width, &shown, role);
        x
    }

    /// Writes pieces after each other, each in its role, in at most `room` cells; returns the cells used.
    pub fn spans(&mut self, (x, y): (u16, u16), room: u16, spans: &[(&str, Role)]) -> u16 {
        let mut used = 0;
        for (text, role) in spans {
            let whole = self.cells(text);
            let left = room - used;
            used += self.text((x + used, y), left, text, *role).min(left);
            if whole > left {
                break;
            }
        }
        used
    }

    /// Wraps `text` into `area` and returns the rows used; what does not fit ends in an ellipsis.
    pub fn paragraph(&mut self, area: Rect, text: &str, role: Role) -> u16 {
        if area.is_empty() {
            return 0;
        }
        let text = self.look.glyphs.plain(text);
        let lines = width::wrap(&text, usize::from(area.width), &self.look.glyphs);
        let rows = usize::from(area.height).min(lines.len());
        for (y, line) in (area.y..).zip(&lines[..rows]) {
            self.text((area.x, y), area.width, line, role);
        }
        if lines.len() > rows {
            let last = format!("{}{}", lines[rows - 1], self.look.glyphs.ellipsis);
            let cut = width::cut(&last, usize::from(area.width), &self.look.glyphs).into_owned();
            self.text((area.x, area.bottom() - 1), area.width, &cut, role);
        }
        u16::try_from(rows).unwrap_or(area.height)
    }

    /// Lets `content` write on a page of `tallest` rows and shows it in `area` from row `top` on, never past its end.
    /// `content` gives the rows that it used; they come back, and whether some lie below.
    pub fn scrolled(
        &mut self,
        area: Rect,
        top: usize,
        tallest: u16,
        content: impl FnOnce(&mut Pen<'_>, Rect) -> u16,
    ) -> (usize, bool) {
        let sheet = Rect { x: area.x, y: 0, width: area.width, height: tallest.max(area.height) };
        let mut buffer = Buffer::empty(sheet);
        let mut pen = Pen::new(self.look, &mut buffer);
        pen.clear(sheet, Role::Text);
        let used = content(&mut pen, sheet);
        let end = used.saturating_sub(area.height);
        let first = u16::try_from(top).unwrap_or(end).min(end);
        for (y, from) in (area.top()..area.bottom()).zip(first..) {
            for x in area.left()..area.right() {
                self.buffer[(x, y)] = buffer[(x, from)].clone();
            }
        }
        (usize::from(used), first < end)
    }

    /// Repeats a one-cell sign over `room` cells.
    pub fn repeat(&mut self, (x, y): (u16, u16), room: u16, sign: &str, role: Role) {
        let line = sign.repeat(usize::from(room));
        width::put(self.buffer, (x, y), &line, room, self.look.style(role), &self.look.glyphs);
    }

    /// Writes one row of a QR code: dark on light in fixed colours, because a camera knows no themes.
    pub fn code(&mut self, (x, y): (u16, u16), row: &str) {
        let style = Style::new().fg(Color::Indexed(qr::DARK)).bg(Color::Indexed(qr::LIGHT));
        self.buffer.set_stringn(x, y, row, usize::from(u16::MAX), style);
    }

    /// Draws a widget that is not ours: the text area.
    pub fn widget(&mut self, area: Rect, widget: impl Widget) {
        widget.render(area.intersection(self.buffer.area), self.buffer);
    }

    /// Blanks `area` and gives it the ground of `role`.
    pub fn clear(&mut self, area: Rect, role: Role) {
        let style = self.look.style(Role::Text).patch(self.look.style(role));
        width::clear(self.buffer, area, style);
    }

    /// Lays the style of `role` over what is written in `area`: a selected row.
    pub fn lay(&mut self, area: Rect, role: Role) {
        let style = self.look.style(role);
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::look::glyphs::{Ambiguous, Glyphs};
    use crate::look::locale::Lang;

    /// Draws with the plain look and returns the rows, right-trimmed.
    pub(crate) fn rows(
        lang: Lang,
        (width, height): (u16, u16),
        draw: impl FnOnce(&mut Pen<'_>),
    ) -> Vec<String> {
        let look = Look::plain(lang);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw(&mut Pen::new(&look, &mut buffer));
        text_of(&buffer)
    }

    /// The rows of a buffer as text, right-trimmed.
    pub(crate) fn text_of(buffer: &Buffer) -> Vec<String> {
        let area = buffer.area;
        let row = |y: u16| {
            let mut line = String::new();
            let mut x = area.x;
            while x < area.right() {
                let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
                line.push_str(symbol);
                x += u16::try_from(width::cells(symbol, &Glyphs::UNICODE)).unwrap_or(1).max(1);
            }
            line.trim_end().to_owned()
        };
        (area.top()..area.bottom()).map(row).collect()
    }

    #[test]
    fn text_is_cut_and_set_to_the_right() {
        let shown = rows(Lang::En, (10, 3), |pen| {
            pen.text((0, 0), 6, "维护通知 Maintenance", Role::Text);
            pen.right(Rect::new(0, 1, 10, 1), 1, "12,483 人", Role::TextMuted);
            pen.spans((0, 2), 8, &[("u", Role::Key), (" undo the last", Role::Text)]);
        });
        assert_eq!(shown, ["维护…", " 12,483 人", "u undo…"]);
    }

    #[test]
    fn a_terminal_with_plain_signs_gets_plain_words() {
        let look = Look { glyphs: Glyphs::for_terminal(Ambiguous::Wide), ..Look::plain(Lang::En) };
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        let mut pen = Pen::new(&look, &mut buffer);
        pen.text((0, 0), 12, "2 · …k8Qe", Role::Text);
        assert_eq!(pen.cells("2 · …k8Qe"), 9);
        pen.text((0, 1), 12, "维护通知 Maintenance", Role::Text);
        assert_eq!(text_of(&buffer), ["2 . ~k8Qe", "维护通知 Ma~"]);
    }

    #[test]
    fn a_paragraph_that_does_not_fit_says_so() {
        let shown = rows(Lang::En, (9, 2), |pen| {
            pen.paragraph(pen.area(), "send it to all of them", Role::Text);
        });
        assert_eq!(shown, ["send it", "to all o…"]);
    }
}
