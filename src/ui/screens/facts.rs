//! A detail pane: labels at the left, values wrapped beside them, rules between parts; scrolled by lines.

use ratatui::layout::Rect;

use crate::look::role::Role;
use crate::ui::painted::Painted;
use crate::ui::widgets::pen::Pen;
use crate::ui::widgets::rule;
use crate::ui::width;

/// One line of a detail pane.
enum Line {
    /// A label, which may be empty, and pieces in their roles.
    Fact(String, Vec<(String, Role)>),
    /// A titled rule.
    Rule(Vec<String>),
    /// Pieces over the whole width.
    Wide(Vec<(String, Role)>),
}

/// The lines of a detail pane, top to bottom.
#[derive(Default)]
pub struct Facts {
    lines: Vec<Line>,
}

impl Facts {
    /// A label with pieces in their roles.
    pub fn fact(&mut self, label: &str, pieces: Vec<(String, Role)>) {
        self.lines.push(Line::Fact(label.to_owned(), pieces));
    }

    /// A label with a text that takes as many lines as it needs in a pane of `room` cells.
    pub fn text(&mut self, label: &str, text: &str, role: Role, room: u16, pen: &Pen<'_>) {
        let wrapped = width::wrap(text, usize::from(room.max(4)), &pen.look.glyphs);
        for (index, line) in wrapped.into_iter().enumerate() {
            self.fact(if index == 0 { label } else { "" }, vec![(line.to_owned(), role)]);
        }
    }

    /// A titled rule.
    pub fn rule(&mut self, parts: &[&str]) {
        self.lines.push(Line::Rule(parts.iter().map(|part| (*part).to_owned()).collect()));
    }

    /// Pieces over the whole width.
    pub fn wide(&mut self, pieces: Vec<(String, Role)>) {
        self.lines.push(Line::Wide(pieces));
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.lines.len()
    }

    /// Draws from line `top` on; never past the end. `column` is where values begin.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect, top: usize, column: u16, painted: &mut Painted) {
        painted.pages.detail = usize::from(area.height);
        let top = top.min(self.lines.len().saturating_sub(usize::from(area.height)));
        for (line, y) in self.lines.iter().skip(top).zip(area.top()..area.bottom()) {
            let row = Rect { y, height: 1, ..area };
            match line {
                Line::Rule(parts) => {
                    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                    rule::titled(pen, row, &parts);
                }
                Line::Wide(pieces) => spans(pen, row, 1, pieces),
                Line::Fact(label, pieces) => {
                    pen.text((row.x + 1, y), column.saturating_sub(2), label, Role::TextMuted);
                    spans(pen, row, column, pieces);
                }
            }
        }
    }
}

fn spans(pen: &mut Pen<'_>, row: Rect, from: u16, pieces: &[(String, Role)]) {
    let pieces: Vec<(&str, Role)> = pieces.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    pen.spans((row.x + from, row.y), row.width.saturating_sub(from + 1), &pieces);
}

/// Where values begin, so that the longest of `labels` fits.
pub fn column(pen: &Pen<'_>, labels: &[&str], width: u16) -> u16 {
    let longest = labels.iter().map(|label| pen.cells(label)).max().unwrap_or(0);
    (longest + 3).min(width / 2)
}
