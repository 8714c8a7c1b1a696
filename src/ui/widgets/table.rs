//! Tables: gutter with focus and marks, a header row, columns that drop by priority when it gets narrow.
//!
//! It draws the rows that it is given, which are the page on screen; paging, order and selection live
//! in the model.

use std::borrow::Cow;

use ratatui::layout::{Position, Rect};

use super::badge::Badge;
use super::pen::Pen;
use crate::look::role::Role;
use crate::ui::width::{Align, cut_middle};

/// Cells of the gutter: focus, space, mark, space.
pub const GUTTER: u16 = 4;
/// Cells between two columns.
const GAP: u16 = 2;

/// One column.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    title: &'a str,
    min: u16,
    max: u16,
    align: Align,
    /// `None` never drops; the highest goes first.
    drop: Option<u8>,
    /// Whether what is too long loses its middle.
    middle: bool,
}

impl<'a> Column<'a> {
    /// A column of `min` to `max` cells that never drops: names and states.
    pub const fn new(title: &'a str, min: u16, max: u16) -> Self {
        Self { title, min, max, align: Align::Left, drop: None, middle: false }
    }

    /// The same, with its texts at the right: numbers.
    #[must_use]
    pub const fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// The same for names that often begin alike: what is too long loses its middle.
    #[must_use]
    pub const fn middle(self) -> Self {
        Self { middle: true, ..self }
    }

    /// The same, dropped when it gets narrow; those with the highest priority go first.
    #[must_use]
    pub const fn drops(self, priority: u8) -> Self {
        Self { drop: Some(priority), ..self }
    }
}

/// One cell: a text in a role.
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    /// Scrubbed text, or our own words.
    pub text: Cow<'a, str>,
    /// How it looks.
    pub role: Role,
}

impl<'a> Cell<'a> {
    /// A cell in ordinary words.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), role: Role::Text }
    }

    /// A cell in a role.
    pub fn role(text: impl Into<Cow<'a, str>>, role: Role) -> Self {
        Self { text: text.into(), role }
    }

    /// A state.
    pub fn badge(badge: &Badge<'_>) -> Self {
        Self { text: badge.text().into(), role: badge.role }
    }
}

/// What stands in the second place of the gutter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Marker {
    /// Nothing.
    #[default]
    None,
    /// `*`: marked.
    Marked,
    /// `o`: unread.
    Unread,
}

/// One row of the page.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    /// One per column.
    pub cells: Vec<Cell<'a>>,
    /// Marked or unread.
    pub marker: Marker,
}

impl<'a> Row<'a> {
    /// An unmarked row.
    pub const fn new(cells: Vec<Cell<'a>>) -> Self {
        Self { cells, marker: Marker::None }
    }

    /// The same row with a sign in the gutter.
    #[must_use]
    pub fn marker(self, marker: Marker) -> Self {
        Self { marker, ..self }
    }
}

/// Whether what is shown is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freshness {
    /// It is.
    #[default]
    Fresh,
    /// A newer answer is on its way, so the rows are dimmed.
    Stale,
}

/// A table, ready to draw.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    /// Left to right.
    pub columns: Vec<Column<'a>>,
    /// The rows on screen, top first.
    pub rows: Vec<Row<'a>>,
    /// Which of `rows` has the selection.
    pub selected: Option<usize>,
    /// Whether the pane has the focus.
    pub focused: bool,
    /// Whether the rows are dimmed.
    pub freshness: Freshness,
}

/// Where a table came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TablePainted {
    /// The rows without the header: its height is the page, `y - body.y` the row under the mouse.
    pub body: Rect,
    /// Where the real cursor rests: the selected row's first text cell.
    pub cursor: Option<Position>,
}

impl Table<'_> {
    /// Draws header and rows into `area`.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) -> TablePainted {
        if area.is_empty() {
            return TablePainted::default();
        }
        let gutter = GUTTER.min(area.width.saturating_sub(1));
        let places = places(&self.columns, area.width - gutter);
        for (column, place) in self.columns.iter().zip(&places) {
            if let Some((x, wide)) = place {
                let at = (area.x + gutter + x, area.y);
                pen.fitted(at, *wide, column.title, column.align, Role::Heading);
            }
        }
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let mut cursor = None;
        for ((index, row), y) in self.rows.iter().enumerate().zip(body.top()..body.bottom()) {
            let line = Rect { y, height: 1, ..body };
            self.row(pen, line, gutter, &places, row);
            if self.selected == Some(index) {
                let role = if self.focused { Role::Selection } else { Role::SelectionInactive };
                let (focus, sign) = if self.focused {
                    (Role::BorderFocus, pen.look.glyphs.focus)
                } else {
                    (Role::TextMuted, pen.look.glyphs.focus)
                };
                pen.text((line.x, y), gutter.min(1), sign, focus);
                pen.lay(line, role);
                cursor = Some(Position::new(line.x + gutter, y));
            }
        }
        TablePainted { body, cursor }
    }

    fn row(&self, pen: &mut Pen<'_>, line: Rect, gutter: u16, places: &[Option<(u16, u16)>], row: &Row<'_>) {
        let glyphs = pen.look.glyphs;
        let (sign, role) = match row.marker {
            Marker::None => (" ", Role::Text),
            Marker::Marked => (glyphs.mark, Role::Mark),
            Marker::Unread => (glyphs.unread, Role::Accent),
        };
        if gutter > 2 {
            pen.text((line.x + 2, line.y), 1, sign, role);
        }
        for ((cell, place), column) in row.cells.iter().zip(places).zip(&self.columns) {
            let Some((x, wide)) = place else { continue };
            let role = match self.freshness {
                Freshness::Fresh => cell.role,
                Freshness::Stale => Role::TextMuted,
            };
            let text = if column.middle {
                cut_middle(&cell.text, usize::from(*wide), &pen.look.glyphs)
            } else {
                Cow::Borrowed(&*cell.text)
            };
            pen.fitted((line.x + gutter + x, line.y), *wide, &text, column.align, role);
        }
    }
}

/// Where every column stands in `room` cells: offset and width, `None` for a dropped one. Columns drop
/// until the rest fit at their least width; what is left over widens them evenly up to their most.
fn places(columns: &[Column<'_>], room: u16) -> Vec<Option<(u16, u16)>> {
    let mut widths: Vec<Option<u16>> = columns.iter().map(|column| Some(column.min.max(1))).collect();
    while total(&widths) > u32::from(room) {
        let kept = |at: usize| widths[at].is_some();
        let goes = (0..columns.len())
            .filter(|at| kept(*at) && columns[*at].drop.is_some())
            .max_by_key(|at| columns[*at].drop);
        if let Some(at) = goes {
            widths[at] = None;
        } else if let Some(widest) = widths.iter_mut().flatten().max().filter(|wide| **wide > 1) {
            *widest -= 1;
        } else if let Some(last) = widths.iter_mut().rev().find(|wide| wide.is_some()) {
            *last = None;
        } else {
            break;
        }
    }
    let mut spare = u32::from(room).saturating_sub(total(&widths));
    loop {
        let before = spare;
        for (wide, column) in widths.iter_mut().zip(columns) {
            if let Some(wide) = wide
                && *wide < column.max
                && *wide >= column.min
                && spare > 0
            {
                *wide += 1;
                spare -= 1;
            }
        }
        if spare == before {
            break;
        }
    }
    let mut x = 0;
    let place = |wide: &Option<u16>| {
        let wide = (*wide)?;
        let at = x;
        x += wide + GAP;
        Some((at, wide))
    };
    widths.iter().map(place).collect()
}

fn total(widths: &[Option<u16>]) -> u32 {
    let kept = widths.iter().flatten();
    let gaps = u32::try_from(kept.clone().count().saturating_sub(1)).unwrap_or(0) * u32::from(GAP);
    kept.map(|wide| u32::from(*wide)).sum::<u32>() + gaps
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::style::Modifier;

    use super::*;
    use crate::domain::subscriber::SubscriberState;
    use crate::look::Look;
    use crate::look::locale::Lang;
    use crate::ui::widgets::badge::Badged;
    use crate::ui::widgets::pen::tests::rows;

    fn people(look: &Look) -> Table<'_> {
        let words = &look.strings.subscribers;
        let last = if look.lang() == Lang::Zh { "最近发送" } else { "Last sent" };
        let person = |name, topics, state: SubscriberState, sent| {
            let state = state.badge(look.strings);
            Row::new(vec![Cell::new(name), Cell::new(topics), Cell::badge(&state), Cell::new(sent)])
        };
        Table {
            columns: vec![
                Column::new(&words.name, 8, 15),
                Column::new(&words.topics, 6, 12).drops(2),
                Column::new(&words.state, 8, 9),
                Column::new(last, 6, 9).right().drops(1),
            ],
            rows: vec![
                person("王小明", "ops, dev", SubscriberState::Active, "2m ago"),
                person("ops-bot@example.org", "ops", SubscriberState::Blocked, "30d ago")
                    .marker(Marker::Marked),
            ],
            selected: Some(0),
            focused: true,
            freshness: Freshness::Fresh,
        }
    }

    fn shown(lang: Lang, width: u16) -> Vec<String> {
        let look = Look::plain(lang);
        let table = people(&look);
        rows(lang, (width, 3), |pen| {
            table.draw(pen, pen.area());
        })
    }

    #[test]
    fn a_table_has_a_gutter_a_header_and_rows() {
        assert_eq!(
            shown(Lang::En, 60),
            [
                "    Name             Topics        State      Last sent",
                "›   王小明           ops, dev      + active      2m ago",
                "  * ops-bot@exampl…  ops           x blocked    30d ago",
            ]
        );
        assert_eq!(
            shown(Lang::Zh, 60),
            [
                "    姓名             主题          状态        最近发送",
                "›   王小明           ops, dev      + 正常        2m ago",
                "  * ops-bot@exampl…  ops           x 拉黑       30d ago",
            ]
        );
    }

    #[test]
    fn columns_drop_by_priority_and_name_and_state_never_do() {
        assert_eq!(shown(Lang::En, 32)[0], "    Name       State       Last…");
        assert_eq!(shown(Lang::En, 24)[1], "›   王小明     + active");
        assert_eq!(shown(Lang::En, 20)[1], "›   王小明   + acti…");
        assert_eq!(shown(Lang::Zh, 20)[2], "  * ops-bo…  x 拉黑");
    }

    #[test]
    fn the_narrowest_terminal_does_not_break_it() {
        for width in 1..20 {
            assert_eq!(shown(Lang::Zh, width).len(), 3);
        }
    }

    #[test]
    fn the_selected_row_is_reversed_and_the_cursor_rests_on_it() {
        let look = Look::plain(Lang::En);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 6));
        let area = Rect::new(2, 1, 38, 5);
        let painted = people(&look).draw(&mut Pen::new(&look, &mut buffer), area);
        assert_eq!(painted.cursor, Some(Position::new(6, 2)));
        assert_eq!(painted.body, Rect::new(2, 2, 38, 4));
        let reversed = |x, y| {
            let cell = buffer.cell((x, y)).expect("inside");
            cell.modifier.contains(Modifier::REVERSED)
        };
        assert!(reversed(2, 2) && reversed(39, 2) && !reversed(2, 3));
    }
}
