//! Tests of the painter against a terminal emulator: what it shows is what the picture says.

use proptest::prelude::*;
use ratatui::layout::Rect;

use super::*;

const WIDTH: u16 = 24;
const HEIGHT: u16 = 8;

fn picture(rows: &[&str]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, WIDTH, HEIGHT));
    for (y, row) in rows.iter().enumerate() {
        buffer.set_stringn(0, y as u16, row, usize::from(WIDTH), Style::new());
    }
    buffer
}

fn emulator() -> vt100::Parser {
    let size = |n: u16| n.try_into().expect("not zero");
    vt100::Parser::new(size(HEIGHT), size(WIDTH), 0)
}

fn rows_of(parser: &vt100::Parser) -> Vec<String> {
    parser.screen().rows(0, WIDTH).map(|row| row.trim_end().to_owned()).collect()
}

fn expected(buffer: &Buffer) -> Vec<String> {
    let mut parser = emulator();
    parser.process(Painter::default().paint(buffer.clone()).as_bytes());
    rows_of(&parser)
}

#[test]
fn a_list_that_scrolls_costs_about_two_rows() {
    let names = [
        "one first",
        "two second",
        "three third",
        "four fourth",
        "five fifth",
        "six sixth",
        "seven",
        "eight",
        "nine",
    ];
    let wide: Vec<String> = names.iter().map(|name| format!("{name} and as much as fits")).collect();
    let all: Vec<&str> = wide.iter().map(String::as_str).collect();
    let mut painter = Painter::default();
    let mut parser = emulator();
    parser.process(painter.paint(picture(&all[..8])).as_bytes());
    let bytes = painter.paint(picture(&all[1..]));
    assert!(bytes.len() < 60, "{bytes:?}");
    parser.process(bytes.as_bytes());
    assert_eq!(rows_of(&parser), expected(&picture(&all[1..])));
}

#[test]
fn nothing_new_costs_nothing() {
    let mut painter = Painter::default();
    assert!(!painter.paint(picture(&["a", "b"])).is_empty());
    assert_eq!(painter.paint(picture(&["a", "b"])), "");
}

#[test]
fn the_blank_end_of_a_row_is_erased() {
    let mut painter = Painter::default();
    assert!(!painter.paint(picture(&["a long row of words"])).is_empty());
    let bytes = painter.paint(picture(&["a"]));
    assert!(bytes.ends_with("\x1b[K") && bytes.len() < 16, "{bytes:?}");
}

proptest! {
    #[test]
    fn the_terminal_shows_the_picture_whatever_was_there_before(
        frames in proptest::collection::vec(
            proptest::collection::vec(prop_oneof!["[a-c ]{0,24}", "[中文a ]{0,12}", Just("same row".to_owned())], 8),
            1..5,
        ),
        shift in 0usize..4,
    ) {
        let mut painter = Painter::default();
        let mut parser = emulator();
        for frame in &frames {
            for by in [0, shift] {
                let mut rows: Vec<&str> = frame.iter().map(String::as_str).collect();
                rows.rotate_left(by);
                let next = picture(&rows);
                parser.process(painter.paint(next.clone()).as_bytes());
                prop_assert_eq!(rows_of(&parser), expected(&next));
            }
        }
    }
}
