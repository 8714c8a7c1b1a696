//! From one picture to the next in as few bytes as it takes: pure, no terminal.
//!
//! Cells come from ratatui's diff, the encoding is our own: the style is kept from frame to frame,
//! short gaps are jumped relatively, blank ends of rows are erased, and a list that moved is scrolled by
//! the terminal itself when that is shorter.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

/// What the terminal is known to show.
#[derive(Debug, Clone, Default)]
pub struct Painter {
    shown: Option<Buffer>,
    pen: Pen,
}

/// What the next printed character would look like, and where it would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
    at: Option<(u16, u16)>,
}

impl Painter {
    /// The terminal's content is not known any more: the next picture is drawn whole.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// What turns the screen into `next`. Empty if nothing differs.
    pub fn paint(&mut self, next: Buffer) -> String {
        let mut pen = Pen { at: None, ..self.pen };
        let bytes = match self.shown.take().filter(|shown| shown.area == next.area) {
            None => {
                let mut out = "\x1b[r\x1b[m\x1b[2J".to_owned();
                pen = Pen::default();
                changes(&Buffer::empty(next.area), &next, &mut pen, &mut out);
                out
            }
            Some(shown) => {
                let mut plain = String::new();
                let mut plain_pen = pen;
                changes(&shown, &next, &mut plain_pen, &mut plain);
                // Scrolling is worth a try only where much changed.
                let scrolled = (plain.len() > 200).then(|| scroll(&shown, &next, pen)).flatten();
                let (out, last_pen) =
                    scrolled.filter(|(out, _)| out.len() < plain.len()).unwrap_or((plain, plain_pen));
                pen = last_pen;
                out
            }
        };
        self.pen = pen;
        self.shown = Some(next);
        bytes
    }

    /// The bytes that put the cursor at a place.
    pub fn place(x: u16, y: u16) -> String {
        format!("\x1b[{};{}H", y + 1, x + 1)
    }
}

/// Writes every cell that differs.
fn changes(shown: &Buffer, next: &Buffer, pen: &mut Pen, out: &mut String) {
    let cells: Vec<(u16, u16, &Cell)> = shown.diff_iter(next).collect();
    let mut rest = cells.as_slice();
    while let Some((_, y, _)) = rest.first() {
        let row = rest.iter().take_while(|(_, other, _)| other == y).count();
        let (this, more) = rest.split_at(row);
        let erase = blank_from(next, *y);
        let kept = this.iter().take_while(|(x, ..)| *x < erase).count();
        // Erasing costs a jump and three bytes: not for a few blanks.
        let kept = if this.len() - kept > 4 { kept } else { this.len() };
        for (x, y, cell) in &this[..kept] {
            pen.go(*x, *y, out);
            pen.print(cell, next.area.width, out);
        }
        if kept < this.len() {
            // From the start of the blanks that differ, not of all blanks: nothing shorter is right of it.
            pen.go(this[kept].0, *y, out);
            pen.wear(Style::default(), out);
            out.push_str("\x1b[K");
        }
        rest = more;
    }
}

/// Where the blank end of a row begins.
fn blank_from(buffer: &Buffer, y: u16) -> u16 {
    let width = buffer.area.width;
    let blank = |x: &u16| buffer.cell((*x, y)).is_some_and(|cell| *cell == Cell::EMPTY);
    width - (0..width).rev().take_while(blank).count() as u16
}

/// The same by way of the terminal's own scrolling, if rows have moved up or down together.
fn scroll(shown: &Buffer, next: &Buffer, mut pen: Pen) -> Option<(String, Pen)> {
    let height = i32::from(next.area.height);
    let row = |buffer: &Buffer, y: i32| -> Vec<Cell> {
        let width = usize::from(buffer.area.width);
        buffer.content.iter().skip(y as usize * width).take(width).cloned().collect()
    };
    let before: Vec<Vec<Cell>> = (0..height).map(|y| row(shown, y)).collect();
    let after: Vec<Vec<Cell>> = (0..height).map(|y| row(next, y)).collect();
    let moved = |by: i32| -> Vec<i32> {
        (0..height)
            .filter(|y| (0..height).contains(&(y + by)))
            .filter(|y| {
                after[*y as usize] == before[(y + by) as usize] && after[*y as usize] != before[*y as usize]
            })
            .collect()
    };
    let half = height / 2;
    let (by, rows) = (1..=half)
        .flat_map(|by| [by, -by])
        .map(|by| (by, moved(by)))
        .max_by_key(|(by, rows)| (rows.len(), -by.abs()))
        .filter(|(_, rows)| rows.len() >= 3)?;
    let (first, last) = (*rows.first()?, *rows.last()?);
    // The region is where the rows came from and where they went.
    let (top, bottom) = (first.min(first + by), last.max(last + by));
    let mut out = String::new();
    pen.wear(Style::default(), &mut out);
    let letter = if by > 0 { 'S' } else { 'T' };
    // Writing to a string cannot fail.
    let _ = write!(out, "\x1b[{};{}r\x1b[{}{letter}\x1b[r", top + 1, bottom + 1, by.abs());
    pen.at = None;
    let mut between = shown.clone();
    for y in top..=bottom {
        let from = y + by;
        for x in 0..next.area.width {
            let cell =
                if (top..=bottom).contains(&from) { shown.cell((x, from as u16)).cloned() } else { None };
            if let Some(target) = between.cell_mut((x, y as u16)) {
                *target = cell.unwrap_or(Cell::EMPTY);
            }
        }
    }
    changes(&between, next, &mut pen, &mut out);
    Some((out, pen))
}

impl Pen {
    fn go(&mut self, x: u16, y: u16, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self.at {
            Some((at_x, at_y)) if (at_x, at_y) == (x, y) => Ok(()),
            Some((at_x, at_y)) if at_y == y && at_x < x => match x - at_x {
                1 => write!(out, "\x1b[C"),
                by => write!(out, "\x1b[{by}C"),
            },
            _ if x == 0 => write!(out, "\x1b[{}H", y + 1),
            _ => write!(out, "\x1b[{};{}H", y + 1, x + 1),
        };
        self.at = Some((x, y));
    }

    fn print(&mut self, cell: &Cell, width: u16, out: &mut String) {
        self.wear(cell.style(), out);
        let symbol = cell.symbol();
        out.push_str(symbol);
        let wide = advance(symbol);
        self.at = match (self.at, wide) {
            (Some((x, y)), Some(wide)) if x + wide < width => Some((x + wide, y)),
            // At the end of a row, and after a character whose width terminals disagree about, nobody
            // knows where the cursor is.
            _ => None,
        };
    }

    fn wear(&mut self, style: Style, out: &mut String) {
        let fg = style.fg.unwrap_or_default();
        let bg = style.bg.unwrap_or_default();
        let modifier = style.add_modifier;
        if (fg, bg, modifier) == (self.fg, self.bg, self.modifier) {
            return;
        }
        let mut codes: Vec<String> = Vec::new();
        let plain = fg == Color::Reset && bg == Color::Reset && modifier.is_empty();
        if plain || !(self.modifier - modifier).is_empty() {
            codes.push(String::new());
            (self.fg, self.bg, self.modifier) = (Color::Reset, Color::Reset, Modifier::empty());
        }
        codes.extend(switched_on(modifier - self.modifier));
        if fg != self.fg {
            codes.push(color_code(fg, 30));
        }
        if bg != self.bg {
            codes.push(color_code(bg, 40));
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "\x1b[{}m", codes.join(";"));
        (self.fg, self.bg, self.modifier) = (fg, bg, modifier);
    }
}

/// How far every terminal moves its cursor for a symbol; nothing for those that terminals disagree about.
fn advance(symbol: &str) -> Option<u16> {
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(' '..='~'), None) => Some(1),
        // Han, kana, Hangul syllables and full-width forms are wide everywhere.
        (
            Some(
                '\u{3001}'..='\u{3011}'
                | '\u{3041}'..='\u{3096}'
                | '\u{30A1}'..='\u{30FA}'
                | '\u{3400}'..='\u{4DBF}'
                | '\u{4E00}'..='\u{9FFF}'
                | '\u{AC00}'..='\u{D7A3}'
                | '\u{FF01}'..='\u{FF5E}',
            ),
            None,
        ) => Some(2),
        _ => None,
    }
}

fn switched_on(modifiers: Modifier) -> impl Iterator<Item = String> {
    const CODES: [(Modifier, &str); 7] = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::HIDDEN, "8"),
        (Modifier::CROSSED_OUT, "9"),
    ];
    CODES.into_iter().filter(move |(on, _)| modifiers.contains(*on)).map(|(_, code)| code.to_owned())
}

/// `base` is 30 for the foreground and 40 for the background.
fn color_code(color: Color, base: u8) -> String {
    let low = |n: u8| (base + n).to_string();
    let bright = |n: u8| (base + 60 + n).to_string();
    match color {
        Color::Reset => low(9),
        Color::Black => low(0),
        Color::Red => low(1),
        Color::Green => low(2),
        Color::Yellow => low(3),
        Color::Blue => low(4),
        Color::Magenta => low(5),
        Color::Cyan => low(6),
        Color::Gray => low(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!("{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
    }
}

#[cfg(test)]
mod tests;
