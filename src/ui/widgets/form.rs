//! Forms: label left, value, error under the field, one line of help under the focused one.
//!
//! Draws what it is given and says where the caret is; typing, checking and saving are the model's.

use ratatui::layout::{Position, Rect};

use super::pen::Pen;
use crate::look::role::Role;
use crate::ui::width;

/// What a field shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A line of text. `caret` is the byte before which the next letter lands, while it is typed in.
    Line {
        /// What was typed.
        text: &'a str,
        /// Where typing goes on; `None` when nobody types here.
        caret: Option<usize>,
        /// What an empty field would take.
        placeholder: &'a str,
    },
    /// A text that is only shown: a masked secret, a default.
    Fixed(&'a str),
    /// One of several: `(o) Markdown  ( ) Text`.
    Choice {
        /// The words of the choices.
        options: &'a [&'a str],
        /// Which one holds.
        chosen: usize,
    },
    /// Any of several: `[x] WxPusher  [ ] Bark`.
    Ticks {
        /// Words, and whether they are ticked.
        options: &'a [(&'a str, bool)],
        /// The option that a key would change.
        at: Option<usize>,
    },
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// The label.
    pub label: &'a str,
    /// What it shows.
    pub value: Value<'a>,
    /// What stands at the right end, such as `19/100`; left out where there is no room.
    pub note: &'a str,
    /// What is wrong with it.
    pub error: Option<&'a str>,
    /// One line of help, shown while it has the focus.
    pub help: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A field without note, error or help.
    pub const fn new(label: &'a str, value: Value<'a>) -> Self {
        Self { label, value, note: "", error: None, help: None }
    }
}

/// A form, ready to draw.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Top to bottom.
    pub fields: &'a [Field<'a>],
    /// The field with the focus.
    pub focus: Option<usize>,
}

/// Where a form came to stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormPainted {
    /// The cell of the caret: where the real cursor belongs.
    pub caret: Option<Position>,
    /// The rows of every field, by index; empty for those scrolled away.
    pub fields: Vec<Rect>,
    /// How many rows were used.
    pub rows: u16,
    /// How far from the left edge values begin.
    pub column: u16,
}

impl Form<'_> {
    /// How many rows it takes at this width.
    pub fn height(&self, width: u16, pen: &Pen<'_>) -> u16 {
        let room = width.saturating_sub(self.value_column(width, pen));
        (0..self.fields.len()).map(|at| self.rows_of(at, room, pen)).sum()
    }

    /// Draws into `area`, scrolled so that the focused field is whole.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) -> FormPainted {
        let mut painted =
            FormPainted { fields: vec![Rect::default(); self.fields.len()], ..Default::default() };
        if area.is_empty() {
            return painted;
        }
        let column = self.value_column(area.width, pen);
        painted.column = column;
        let room = area.width - column;
        let heights: Vec<u16> = (0..self.fields.len()).map(|at| self.rows_of(at, room, pen)).collect();
        let mut y = area.y;
        let first = self.first_visible(&heights, area.height);
        for (at, height) in heights.into_iter().enumerate().skip(first) {
            if y >= area.bottom() {
                break;
            }
            let place = Rect { y, height: height.min(area.bottom() - y), ..area };
            let caret = self.field(pen, place, column, at);
            painted.caret = painted.caret.or(caret);
            painted.fields[at] = place;
            y += place.height;
        }
        painted.rows = y - area.y;
        painted
    }

    /// Where values begin: after the longest label, but never beyond two fifths of the width.
    fn value_column(&self, width: u16, pen: &Pen<'_>) -> u16 {
        let longest = self.fields.iter().map(|field| pen.cells(field.label)).max().unwrap_or(0);
        // Focus sign and space before the label, two spaces behind it.
        (longest + 4).min(width * 2 / 5).min(width.saturating_sub(1))
    }

    fn rows_of(&self, at: usize, room: u16, pen: &Pen<'_>) -> u16 {
        let field = &self.fields[at];
        let below = self.below(at).map_or(0, |(text, _)| {
            width::wrap(text, usize::from(room.max(1)), &pen.look.glyphs).len().min(3)
        });
        lines_of(&field.value, room, pen) + u16::try_from(below).unwrap_or(0)
    }

    /// The text under a field: its error, or its help while it has the focus.
    fn below(&self, at: usize) -> Option<(&str, Role)> {
        let field = &self.fields[at];
        let help = field.help.filter(|_| self.focus == Some(at)).map(|help| (help, Role::TextMuted));
        field.error.map(|error| (error, Role::InputError)).or(help)
    }

    fn first_visible(&self, heights: &[u16], height: u16) -> usize {
        let focus = self.focus.unwrap_or(0).min(heights.len().saturating_sub(1));
        let mut first = 0;
        while first < focus && heights[first..=focus].iter().sum::<u16>() > height {
            first += 1;
        }
        first
    }

    fn field(&self, pen: &mut Pen<'_>, place: Rect, column: u16, at: usize) -> Option<Position> {
        let field = &self.fields[at];
        let focused = self.focus == Some(at);
        if focused {
            let sign = pen.look.glyphs.focus;
            pen.text((place.x, place.y), 1.min(column), sign, Role::BorderFocus);
        }
        let label_role = if focused { Role::Heading } else { Role::TextMuted };
        pen.text((place.x + 2, place.y), column.saturating_sub(3), field.label, label_role);
        let mut value = Rect { x: place.x + column, width: place.width - column, ..place };
        let note_wide = pen.cells(field.note);
        if note_wide > 0 && value.width > note_wide + 12 {
            pen.right(value, value.y, field.note, Role::TextMuted);
            value.width -= note_wide + 2;
        }
        let role = if field.error.is_some() { Role::InputError } else { Role::Input };
        let used = lines_of(&field.value, value.width, pen);
        let caret = draw_value(pen, value, &field.value, role);
        if let Some((text, role)) = self.below(at) {
            let y = value.y + used;
            let rest = Rect {
                x: place.x + column,
                y,
                width: place.width - column,
                height: place.bottom().saturating_sub(y),
            };
            pen.paragraph(rest, text, role);
        }
        caret
    }
}

/// The options of a choice as they are written.
fn options(value: &Value<'_>) -> Vec<(String, bool)> {
    match value {
        Value::Line { .. } | Value::Fixed(_) => Vec::new(),
        Value::Choice { options, chosen } => options
            .iter()
            .enumerate()
            .map(|(at, word)| (format!("({}) {word}", if at == *chosen { 'o' } else { ' ' }), at == *chosen))
            .collect(),
        Value::Ticks { options, at } => options
            .iter()
            .enumerate()
            .map(|(index, (word, on))| {
                (format!("[{}] {word}", if *on { 'x' } else { ' ' }), *at == Some(index))
            })
            .collect(),
    }
}

/// Where the options of a value stand in `room` cells: column and row of each.
fn option_places(texts: &[(String, bool)], room: u16, pen: &Pen<'_>) -> Vec<(u16, u16)> {
    let (mut x, mut row) = (0, 0);
    let mut places = Vec::with_capacity(texts.len());
    for (text, _) in texts {
        let wide = pen.cells(text);
        if x > 0 && x + wide > room {
            (x, row) = (0, row + 1);
        }
        places.push((x, row));
        x += wide + 2;
    }
    places
}

fn lines_of(value: &Value<'_>, room: u16, pen: &Pen<'_>) -> u16 {
    option_places(&options(value), room, pen).last().map_or(1, |(_, row)| row + 1)
}

fn draw_value(pen: &mut Pen<'_>, area: Rect, value: &Value<'_>, role: Role) -> Option<Position> {
    match value {
        Value::Line { text, caret: None, placeholder } => {
            if text.is_empty() {
                pen.text((area.x, area.y), area.width, placeholder, Role::Placeholder);
            } else {
                pen.text((area.x, area.y), area.width, text, role);
            }
            None
        }
        // What holds while nothing is typed is worth seeing until something is.
        Value::Line { text: "", caret: Some(_), placeholder } => {
            pen.text((area.x, area.y), area.width, placeholder, Role::Placeholder);
            Some(Position::new(area.x, area.y))
        }
        Value::Line { text, caret: Some(caret), .. } => {
            let glyphs = pen.look.glyphs;
            let (shown, at) = width::window(text, *caret, usize::from(area.width), &glyphs);
            pen.verbatim((area.x, area.y), area.width, shown, role);
            Some(Position::new(area.x + u16::try_from(at).unwrap_or(0), area.y))
        }
        Value::Fixed(text) => {
            pen.text((area.x, area.y), area.width, text, Role::Text);
            None
        }
        Value::Choice { .. } | Value::Ticks { .. } => {
            let texts = options(value);
            let places = option_places(&texts, area.width, pen);
            for ((text, lit), (x, row)) in texts.iter().zip(places) {
                let role = if *lit { Role::Accent } else { role };
                if area.y + row < area.bottom() {
                    pen.text((area.x + x, area.y + row), area.width.saturating_sub(x), text, role);
                }
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::locale::Lang;
    use crate::ui::widgets::pen::tests::rows;

    fn line(text: &str, caret: Option<usize>) -> Value<'_> {
        Value::Line { text, caret, placeholder: "not set" }
    }

    fn shown(lang: Lang, size: (u16, u16), form: &Form<'_>) -> (Vec<String>, FormPainted) {
        let mut painted = FormPainted::default();
        let shown = rows(lang, size, |pen| painted = form.draw(pen, pen.area()));
        (shown, painted)
    }

    #[test]
    fn labels_values_errors_and_the_caret() {
        let fields = [
            Field::new("Name", line("Bark self", None)),
            Field { error: Some("it must begin with https://"), ..Field::new("Server", line("bark", None)) },
            Field {
                help: Some("Only if the server asks."),
                note: "3/64",
                ..Field::new("User", line("ops", Some(3)))
            },
            Field::new("Password", Value::Fixed("…3f9c  set 2025-08-01")),
            Field::new("Encryption", Value::Choice { options: &["off", "AES-256-CBC"], chosen: 1 }),
        ];
        let form = Form { fields: &fields, focus: Some(2) };
        let (shown, painted) = shown(Lang::En, (50, 8), &form);
        assert_eq!(
            shown,
            [
                "  Name        Bark self",
                "  Server      bark",
                "              it must begin with https://",
                "› User        ops                             3/64",
                "              Only if the server asks.",
                "  Password    …3f9c  set 2025-08-01",
                "  Encryption  ( ) off  (o) AES-256-CBC",
                "",
            ]
        );
        assert_eq!(painted.caret, Some(Position::new(17, 3)));
        assert_eq!((painted.rows, painted.fields[2]), (7, Rect::new(0, 3, 50, 2)));
    }

    #[test]
    fn chinese_labels_are_measured_in_cells_and_ticks_wrap() {
        let ticks = [("WxPusher", true), ("Bark", true), ("邮件", false)];
        let fields = [
            Field::new("收件人", line("topic:ops 运维", Some("topic:ops 运维".len()))),
            Field::new("渠道", Value::Ticks { options: &ticks, at: None }),
            Field::new("链接", line("", None)),
        ];
        let (shown, painted) = shown(Lang::Zh, (36, 4), &Form { fields: &fields, focus: Some(0) });
        assert_eq!(
            shown,
            [
                "› 收件人  topic:ops 运维",
                "  渠道    [x] WxPusher  [x] Bark",
                "          [ ] 邮件",
                "  链接    not set"
            ]
        );
        assert_eq!(painted.caret, Some(Position::new(24, 0)));
    }

    #[test]
    fn a_short_area_scrolls_to_the_focused_field() {
        let labels = ["a", "b", "c", "d"];
        let fields = labels.map(|label| Field::new(label, line("x", Some(1))));
        let (shown, painted) = shown(Lang::En, (20, 2), &Form { fields: &fields, focus: Some(3) });
        assert_eq!(shown, ["  c  x", "› d  x"]);
        assert_eq!(painted.fields[0], Rect::default());
    }

    #[test]
    fn the_narrowest_terminal_does_not_break_it() {
        for width in 1..20 {
            let fields =
                [Field { error: Some("wrong"), ..Field::new("标题", line("维护通知", Some(12))) }];
            let (_, painted) = shown(Lang::Zh, (width, 3), &Form { fields: &fields, focus: Some(0) });
            let caret = painted.caret.expect("somebody types");
            assert!(caret.x < width);
        }
    }
}
