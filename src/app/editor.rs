//! The text field of many lines: the ratatui organisation's text area under our own keys.
//!
//! Its own shortcuts are switched off. It moves and deletes by `char`, so left, right and the two
//! deletions go by grapheme here. Pasted text is cleaned, and a body never grows over 256 KB because
//! every key wraps all of it again.

use std::fmt;

use ratatui::style::Style;
use tui_textarea::{CursorMove, TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation;

use super::screen::Typed;
use crate::input::action::Action;

/// No body is longer; a paste that would be is refused.
pub const CAP: usize = 256 * 1024;

/// A text of many lines being edited.
#[derive(Clone)]
pub struct Editor {
    area: TextArea<'static>,
    bytes: usize,
}

/// What came of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Edited {
    /// Not an edit.
    NotMine,
    /// The caret moved.
    Moved,
    /// The text changed.
    Changed,
    /// It would be longer than `CAP`; nothing changed.
    TooLong,
}

impl Default for Editor {
    fn default() -> Self {
        Self::new("")
    }
}

impl fmt::Debug for Editor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Editor").field("text", &self.text()).field("caret", &self.caret()).finish()
    }
}

impl PartialEq for Editor {
    fn eq(&self, other: &Self) -> bool {
        self.area.lines() == other.area.lines() && self.caret() == other.caret()
    }
}

impl Editor {
    /// An editor with the caret at the start of `text`.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_max_histories(1_000);
        // The real cursor marks the caret; a painted one would stand beside it, and lines are not underlined.
        area.set_cursor_style(Style::default());
        area.set_cursor_line_style(Style::default());
        Self { area, bytes: text.len() }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Whether nothing in it can be read.
    pub fn is_blank(&self) -> bool {
        self.area.lines().iter().all(|line| line.trim().is_empty())
    }

    /// How many characters it has, line ends among them.
    pub fn count(&self) -> usize {
        let lines = self.area.lines();
        lines.iter().map(|line| line.chars().count()).sum::<usize>() + lines.len().saturating_sub(1)
    }

    /// Puts another text in as one edit, which can be undone: what came back from an editor outside.
    pub fn replace(&mut self, text: &str) -> Edited {
        if text.len() > CAP {
            return Edited::TooLong;
        }
        self.area.select_all();
        self.area.insert_str(text);
        self.bytes = self.length();
        Edited::Changed
    }

    /// Line and grapheme column of the caret, from 0.
    pub fn caret(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        let head: String = line.chars().take(cursor.1).collect();
        (cursor.0, head.graphemes(true).count())
    }

    /// The widget for drawing; the view sets styles on a clone of it.
    pub const fn area(&self) -> &TextArea<'static> {
        &self.area
    }

    /// Takes typed or pasted text in at the caret.
    pub fn take(&mut self, typed: &Typed) -> Edited {
        match typed {
            Typed::Char(c) if c.is_control() => Edited::NotMine,
            Typed::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Typed::Paste(pasted) => self.insert(&clean_paste(pasted)),
        }
    }

    /// Carries out an edit or a movement.
    pub fn act(&mut self, action: Action) -> Edited {
        let before = self.length();
        match action {
            Action::Left => self.left(),
            Action::Right => self.right(),
            Action::Up => self.area.move_cursor(CursorMove::Up),
            Action::Down => self.area.move_cursor(CursorMove::Down),
            Action::LineStart => self.area.move_cursor(CursorMove::Head),
            Action::LineEnd => self.area.move_cursor(CursorMove::End),
            Action::PageUp => (0..10).for_each(|_| self.area.move_cursor(CursorMove::Up)),
            Action::PageDown => (0..10).for_each(|_| self.area.move_cursor(CursorMove::Down)),
            Action::NewLine => return self.insert("\n"),
            Action::DeleteLeft => self.delete_left(),
            Action::DeleteRight => self.delete_right(),
            Action::CutToStart => self.changed(TextArea::delete_line_by_head),
            Action::CutToEnd => self.changed(TextArea::delete_line_by_end),
            Action::CutWord => self.changed(TextArea::delete_word),
            Action::UndoEdit => self.changed(TextArea::undo),
            Action::RedoEdit => self.changed(TextArea::redo),
            _ => return Edited::NotMine,
        }
        let steps = matches!(action, Action::UndoEdit | Action::RedoEdit);
        self.bytes = self.length();
        if steps || self.bytes != before { Edited::Changed } else { Edited::Moved }
    }

    fn changed(&mut self, edit: impl FnOnce(&mut TextArea<'static>) -> bool) {
        // Whether it changed anything shows in the length; the area's own answer is not needed.
        let _ = edit(&mut self.area);
    }

    fn insert(&mut self, text: &str) -> Edited {
        if self.bytes + text.len() > CAP {
            return Edited::TooLong;
        }
        self.area.insert_str(text);
        self.bytes += text.len();
        Edited::Changed
    }

    fn left(&mut self) {
        (0..self.chars_before().max(1)).for_each(|_| self.area.move_cursor(CursorMove::Back));
    }

    fn right(&mut self) {
        (0..self.chars_after().max(1)).for_each(|_| self.area.move_cursor(CursorMove::Forward));
    }

    fn delete_left(&mut self) {
        let chars = self.chars_before();
        if chars == 0 {
            self.changed(TextArea::delete_newline);
        } else {
            self.left();
            self.changed(|area| area.delete_str(chars));
        }
    }

    fn delete_right(&mut self) {
        let chars = self.chars_after();
        if chars == 0 {
            self.changed(TextArea::delete_next_char);
        } else {
            self.changed(|area| area.delete_str(chars));
        }
    }

    /// How many characters the grapheme before the caret has; 0 at the start of a line.
    fn chars_before(&self) -> usize {
        let (head, _) = self.around();
        head.graphemes(true).next_back().map_or(0, |grapheme| grapheme.chars().count())
    }

    /// How many characters the grapheme after the caret has; 0 at the end of a line.
    fn chars_after(&self) -> usize {
        let (_, tail) = self.around();
        tail.graphemes(true).next().map_or(0, |grapheme| grapheme.chars().count())
    }

    fn around(&self) -> (String, String) {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        (line.chars().take(cursor.1).collect(), line.chars().skip(cursor.1).collect())
    }

    fn length(&self) -> usize {
        let lines = self.area.lines();
        lines.iter().map(String::len).sum::<usize>() + lines.len().saturating_sub(1)
    }
}

/// A paste as text: terminals send line ends as CR, and controls must not get into a message.
pub fn clean_paste(pasted: &str) -> String {
    pasted
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_keeps_its_lines_and_loses_its_controls() {
        assert_eq!(clean_paste("a\r\nb\rc\u{1b}[31m\u{7}\td"), "a\nb\nc[31m\td");
    }

    #[test]
    fn what_looks_like_one_character_is_deleted_as_one() {
        let mut editor = Editor::default();
        assert_eq!(editor.take(&Typed::Paste("中👩‍👩‍👧e\u{301}".into())), Edited::Changed);
        assert_eq!(editor.caret(), (0, 3));
        for rest in ["中👩‍👩‍👧", "中", ""] {
            assert_eq!(editor.act(Action::DeleteLeft), Edited::Changed);
            assert_eq!(editor.text(), rest);
        }
    }

    #[test]
    fn deleting_at_the_borders_of_a_line_joins_lines() {
        let mut editor = Editor::new("a\nb");
        assert_eq!(editor.act(Action::LineEnd), Edited::Moved);
        assert_eq!(editor.act(Action::DeleteRight), Edited::Changed);
        assert_eq!(editor.text(), "ab");
        assert_eq!(editor.act(Action::NewLine), Edited::Changed);
        assert_eq!(editor.act(Action::DeleteLeft), Edited::Changed);
        assert_eq!(editor.text(), "ab");
        assert_eq!(editor.act(Action::UndoEdit), Edited::Changed);
        assert_eq!(editor.text(), "a\nb");
        assert_eq!(editor.act(Action::RedoEdit), Edited::Changed);
        assert_eq!(editor.text(), "ab");
    }

    #[test]
    fn a_body_never_grows_over_its_limit() {
        let mut editor = Editor::new(&"x".repeat(CAP - 1));
        assert_eq!(editor.take(&Typed::Char('中')), Edited::TooLong);
        assert_eq!(editor.take(&Typed::Char('y')), Edited::Changed);
    }
}
