//! The only place that measures, cuts, pads or wraps text, and the only one that writes it into cells.
//!
//! Everything counts display cells and moves by grapheme, so a wide character is never halved and a
//! family emoji stays together. Text is expected to be scrubbed (`domain::safe_text`) or our own words.

use std::borrow::Cow;
use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub use crate::look::glyphs::{Ambiguous, Glyphs};

/// Where the spare cells of a padded text go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Text first: words.
    #[default]
    Left,
    /// Text last: numbers.
    Right,
    /// Text in the middle; an odd cell goes to the right.
    Center,
}

/// How many cells `text` takes on one line.
pub fn cells(text: &str, glyphs: &Glyphs) -> usize {
    if is_simple(text) {
        return text.len();
    }
    text.graphemes(true).map(|grapheme| grapheme_cells(grapheme, glyphs)).sum()
}

fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x7E))
}

fn grapheme_cells(grapheme: &str, glyphs: &Glyphs) -> usize {
    if grapheme.contains(char::is_control) {
        return 0;
    }
    // ratatui's own count, so that its diff and our layout never disagree.
    let narrow = usize::from(grapheme.cell_width());
    match glyphs.ambiguous {
        Ambiguous::Narrow => narrow,
        Ambiguous::Wide => narrow.max(grapheme.width_cjk()),
    }
}

/// The longest beginning of `text` that fits, and its cells.
fn head<'a>(text: &'a str, room: usize, glyphs: &Glyphs) -> (&'a str, usize) {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme_cells(grapheme, glyphs);
        if used + wide > room {
            return (&text[..at], used);
        }
        used += wide;
    }
    (text, used)
}

/// `text`, or its beginning and an ellipsis, in at most `room` cells.
pub fn cut<'a>(text: &'a str, room: usize, glyphs: &Glyphs) -> Cow<'a, str> {
    if cells(text, glyphs) <= room {
        return Cow::Borrowed(text);
    }
    let dots = cells(glyphs.ellipsis, glyphs);
    if room < dots {
        return Cow::Borrowed("");
    }
    let (kept, _) = head(text, room - dots, glyphs);
    Cow::Owned(format!("{}{}", kept.trim_end_matches(' '), glyphs.ellipsis))
}

/// `text`, or its beginning and its end with an ellipsis between them: names that begin alike stay apart.
pub fn cut_middle<'a>(text: &'a str, room: usize, glyphs: &Glyphs) -> Cow<'a, str> {
    let dots = cells(glyphs.ellipsis, glyphs);
    if cells(text, glyphs) <= room || room < dots + 4 {
        return cut(text, room, glyphs);
    }
    let (begins, used) = head(text, (room - dots).div_ceil(2), glyphs);
    let mut left = room - dots - used;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        let wide = grapheme_cells(grapheme, glyphs);
        if wide > left {
            break;
        }
        left -= wide;
        from = at;
    }
    Cow::Owned(format!("{begins}{}{}", glyphs.ellipsis, &text[from..]))
}

/// `text` in exactly `room` cells: cut when too long, padded when too short.
pub fn fit(text: &str, room: usize, align: Align, glyphs: &Glyphs) -> String {
    let shown = cut(text, room, glyphs);
    let spare = room.saturating_sub(cells(&shown, glyphs));
    let before = match align {
        Align::Left => 0,
        Align::Right => spare,
        Align::Center => spare / 2,
    };
    let mut line = String::with_capacity(shown.len() + spare);
    line.extend(std::iter::repeat_n(' ', before));
    line.push_str(&shown);
    line.extend(std::iter::repeat_n(' ', spare - before));
    line
}

/// The part of a one-line input that is visible with the caret in it, and the caret's cell.
/// One cell stays free behind the last character, so that the caret has a place there.
pub fn window<'a>(text: &'a str, caret: usize, room: usize, glyphs: &Glyphs) -> (&'a str, usize) {
    let caret = (0..=caret.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut from = 0;
    let mut before = cells(&text[..caret], glyphs);
    for (at, grapheme) in text[..caret].grapheme_indices(true) {
        if before < room.max(1) {
            break;
        }
        before -= grapheme_cells(grapheme, glyphs);
        from = at + grapheme.len();
    }
    (head(&text[from..], room, glyphs).0, before.min(room.saturating_sub(1)))
}

/// Characters that may not begin a line.
const NOT_FIRST: &str = "，。、；：！？）》」』】〉〕｝”’…·％,.;:!?)]}%";
/// Characters that may not end a line.
const NOT_LAST: &str = "（《「『【〈〔｛“‘([{";

/// `text` as lines of at most `room` cells, cut at spaces and between wide characters, with closing
/// marks kept off the start of a line. Line ends stay; a word longer than a line is cut where it must.
pub fn wrap<'a>(text: &'a str, room: usize, glyphs: &Glyphs) -> Vec<&'a str> {
    text.split('\n').flat_map(|line| wrap_line(line, room.max(1), glyphs)).collect()
}

fn wrap_line<'a>(line: &'a str, room: usize, glyphs: &Glyphs) -> Vec<&'a str> {
    let mut lines = Vec::new();
    let mut start = 0;
    // The last place where the line may end, and the cells up to the current place.
    let mut may_end = None;
    let mut used = 0;
    let mut previous: Option<&str> = None;
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = grapheme_cells(grapheme, glyphs);
        if previous.is_some_and(|before| may_break(before, grapheme, glyphs)) && at > start {
            may_end = Some(at);
        }
        let hangs = grapheme == " ";
        while used + wide > room && at > start && !hangs {
            let end = may_end.filter(|end| *end > start).unwrap_or(at);
            lines.push(line[start..end].trim_end_matches(' '));
            start = end;
            may_end = None;
            used = cells(&line[start..at], glyphs);
        }
        used += wide;
        previous = Some(grapheme);
    }
    let rest = &line[start..];
    lines.push(if cells(rest, glyphs) > room { rest.trim_end_matches(' ') } else { rest });
    lines
}

fn may_break(before: &str, after: &str, glyphs: &Glyphs) -> bool {
    if after == " " {
        return false;
    }
    if before == " " {
        return true;
    }
    if NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    grapheme_cells(before, glyphs) > 1 || grapheme_cells(after, glyphs) > 1
}

/// Writes `text` at (`x`, `y`) into at most `room` cells of `buffer` and returns the cells used. Never
/// leaves a wide character half covered, on either side.
pub fn put(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    text: &str,
    room: u16,
    style: Style,
    glyphs: &Glyphs,
) -> u16 {
    let area = buffer.area;
    if y < area.y || y >= area.bottom() || x < area.x || x >= area.right() {
        return 0;
    }
    let room = room.min(area.right() - x);
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = u16::try_from(grapheme_cells(grapheme, glyphs)).unwrap_or(u16::MAX);
        if wide == 0 {
            continue;
        }
        if wide > room - used {
            break;
        }
        uncover(buffer, x + used, y, wide);
        let doubtful = wide != grapheme.cell_width();
        for step in 0..wide {
            let Some(cell) = buffer.cell_mut((x + used + step, y)) else { continue };
            cell.set_symbol(if step == 0 { grapheme } else { " " }).set_style(style);
            let forced = NonZeroU16::new(wide).filter(|_| doubtful && step == 0);
            cell.set_diff_option(forced.map_or(CellDiffOption::None, CellDiffOption::ForcedWidth));
        }
        used += wide;
    }
    used
}

/// Blanks `area`, so that nothing of what was drawn before shines through, and gives it `style`.
pub fn clear(buffer: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        uncover(buffer, area.x, y, area.width);
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
}

/// Takes away wide characters that reach into or out of `width` cells from (`x`, `y`).
fn uncover(buffer: &mut Buffer, x: u16, y: u16, width: u16) {
    let reach = |buffer: &Buffer, x: u16| {
        buffer.cell((x, y)).map_or(1, |cell| match cell.diff_option {
            CellDiffOption::ForcedWidth(wide) => wide.get(),
            _ => cell.symbol().cell_width().max(1),
        })
    };
    let left = x.saturating_sub(3).max(buffer.area.x);
    let right = x.saturating_add(width);
    for at in left..right {
        let end = at.saturating_add(reach(buffer, at));
        let cuts = (at < x && end > x) || (at >= x && end > right);
        if cuts && let Some(cell) = buffer.cell_mut((at, y)) {
            cell.set_symbol(" ").set_diff_option(CellDiffOption::None);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const G: Glyphs = Glyphs::UNICODE;

    #[test]
    fn text_is_measured_in_display_cells() {
        let cases = [
            ("", 0),
            ("abc", 3),
            ("中文", 4),
            ("①", 1),
            ("👩‍👩‍👧", 2),
            ("\u{1112}\u{1161}\u{11AB}", 2),
            ("e\u{301}", 1),
            ("“”", 2),
        ];
        for (text, expected) in cases {
            assert_eq!(cells(text, &G), expected, "{text}");
        }
        assert_eq!(cells("“中”①", &Glyphs::for_terminal(Ambiguous::Wide)), 8);
    }

    #[test]
    fn a_cut_never_halves_a_wide_character() {
        assert_eq!(cut("ops-bot@example.org", 15, &G), "ops-bot@exampl…");
        assert_eq!(cut("订阅者名单", 6, &G), "订阅…");
        assert_eq!(cut_middle("sandbox-wxpusher", 11, &G), "sandb…usher");
        assert_eq!(cut_middle("订阅者名单", 7, &G), "订…名单");
        assert_eq!(cut_middle("订阅者名单", 4, &G), "订…");
        assert_eq!(cut_middle("mail", 4, &G), "mail");
        assert_eq!(fit("订阅者名单", 6, Align::Left, &G), "订阅… ");
        assert_eq!(fit("订阅", 7, Align::Right, &G), "   订阅");
        assert_eq!(fit("ab", 5, Align::Center, &G), " ab  ");
        assert_eq!((cut("中", 1, &G), cut("中", 0, &G)), ("…".into(), "".into()));
    }

    #[test]
    fn lines_break_at_spaces_and_between_wide_characters() {
        assert_eq!(wrap("send it to all of them", 8, &G), ["send it", "to all", "of them"]);
        assert_eq!(wrap("系统将于今晚维护", 8, &G), ["系统将于", "今晚维护"]);
        assert_eq!(wrap("abcdefghij", 4, &G), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\n  b", 4, &G), ["a", "", "  b"]);
    }

    #[test]
    fn no_line_begins_with_a_closing_mark() {
        assert_eq!(wrap("今晚维护，期间", 8, &G), ["今晚维", "护，期间"]);
        assert_eq!(wrap("维护（今晚）", 6, &G), ["维护", "（今", "晚）"]);
    }

    #[test]
    fn the_caret_stays_visible_in_a_short_input() {
        assert_eq!(window("abc", 3, 10, &G), ("abc", 3));
        assert_eq!(window("abcdefgh", 8, 5, &G), ("efgh", 4));
        assert_eq!(window("维护通知", 12, 5, &G), ("通知", 4));
        assert_eq!(window("abcdefgh", 0, 5, &G), ("abcde", 0));
    }

    #[test]
    fn writing_over_half_a_wide_character_leaves_no_half() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        put(&mut buffer, (0, 0), "中文字", 6, Style::new(), &G);
        put(&mut buffer, (3, 0), "|", 1, Style::new(), &G);
        assert_eq!(buffer, Buffer::with_lines(["中 |字"]));
        clear(&mut buffer, Rect::new(5, 0, 1, 1), Style::new());
        assert_eq!(buffer, Buffer::with_lines(["中 |  "]));
        assert_eq!(put(&mut buffer, (5, 0), "中", 9, Style::new(), &G), 0);
    }

    #[test]
    fn doubtful_characters_take_two_cells_where_the_terminal_says_so() {
        let wide = Glyphs::for_terminal(Ambiguous::Wide);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        assert_eq!(put(&mut buffer, (0, 0), "“a", 4, Style::new(), &wide), 3);
        let quote = buffer.cell((0, 0)).expect("the first cell");
        assert!(matches!(quote.diff_option, CellDiffOption::ForcedWidth(wide) if wide.get() == 2));
        assert_eq!(buffer.cell((2, 0)).expect("the third cell").symbol(), "a");
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "bc",
            " ",
            "中",
            "，",
            "（",
            "…",
            "①",
            "👩‍👩‍👧",
            "e\u{301}",
            "\u{1112}\u{1161}\u{11AB}",
            "z",
            "。",
            "\n",
        ]);
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_fitted_text_takes_exactly_its_cells(text in text(), room in 0_usize..40) {
            for glyphs in [G, Glyphs::ASCII, Glyphs::for_terminal(Ambiguous::Wide)] {
                prop_assert!(cells(&cut_middle(&text, room, &glyphs), &glyphs) <= room);
                prop_assert_eq!(cells(&fit(&text, room, Align::Left, &glyphs), &glyphs), room);
                prop_assert!(cells(&cut(&text, room, &glyphs), &glyphs) <= room);
            }
        }

        #[test]
        fn wrapping_loses_nothing_and_no_line_is_too_long(text in text(), room in 2_usize..20) {
            let lines = wrap(&text, room, &G);
            for line in &lines {
                prop_assert!(cells(line, &G) <= room, "{:?}", line);
            }
            let bare = |text: &str| text.replace([' ', '\n'], "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }

        #[test]
        fn the_caret_lies_inside_its_window(text in text(), caret in 0_usize..60, room in 1_usize..12) {
            let (shown, at) = window(&text, caret, room, &G);
            prop_assert!(at < room);
            prop_assert!(cells(shown, &G) <= room);
        }
    }
}
