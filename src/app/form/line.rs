//! A one-line text with a caret: grapheme-aware, with undo; the keys of ux §5 TYPE as actions.

use unicode_segmentation::UnicodeSegmentation;

use crate::input::action::Action;

/// Longer texts are refused: a name, a URL, a filter are never that long.
const CAP: usize = 16 * 1024;

/// A one-line text being edited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    text: String,
    /// A byte offset, always on a grapheme border.
    caret: usize,
    undo: Vec<(String, usize)>,
    redo: Vec<(String, usize)>,
    /// Whether the last edit typed one character: runs of them are one undo step.
    run: bool,
}

impl Line {
    /// A line with the caret at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { caret: text.len(), text, ..Self::default() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the caret; its width is where the caret stands.
    pub fn before_caret(&self) -> &str {
        &self.text[..self.caret]
    }

    /// Puts another text in; can be undone.
    pub fn set(&mut self, text: impl Into<String>) {
        self.remember();
        self.text = text.into();
        self.caret = self.text.len();
    }

    /// Types one character.
    pub fn type_char(&mut self, c: char) {
        if c.is_control() || self.text.len() + c.len_utf8() > CAP {
            return;
        }
        if !self.run || c == ' ' {
            self.remember();
        }
        self.run = true;
        self.redo.clear();
        self.text.insert(self.caret, c);
        self.caret = self.border_at_or_after(self.caret + c.len_utf8());
    }

    /// Puts a pasted text in at the caret; line ends become spaces, what does not fit is left out.
    pub fn paste(&mut self, pasted: &str) {
        let clean: String = pasted.trim_end_matches(['\r', '\n']).chars().map(one_line).collect();
        let mut room = CAP.saturating_sub(self.text.len()).min(clean.len());
        while !clean.is_char_boundary(room) {
            room -= 1;
        }
        self.remember();
        self.text.insert_str(self.caret, &clean[..room]);
        self.caret = self.border_at_or_after(self.caret + room);
    }

    /// Carries out an edit or a caret movement; false if `action` is neither.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Left => self.caret = self.border_before(),
            Action::Right => self.caret = self.border_after(),
            Action::LineStart => self.caret = 0,
            Action::LineEnd => self.caret = self.text.len(),
            Action::DeleteLeft => self.cut(self.border_before(), self.caret),
            Action::DeleteRight => self.cut(self.caret, self.border_after()),
            Action::CutToStart => self.cut(0, self.caret),
            Action::CutToEnd => self.cut(self.caret, self.text.len()),
            Action::CutWord => self.cut(self.word_before(), self.caret),
            Action::UndoEdit => self.step_back(),
            Action::RedoEdit => self.step_forward(),
            _ => return false,
        }
        self.run = false;
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        if from < to {
            self.remember();
            self.text.replace_range(from..to, "");
            self.caret = self.border_at_or_after(from);
        }
    }

    fn remember(&mut self) {
        self.run = false;
        self.redo.clear();
        self.undo.push((self.text.clone(), self.caret));
        if self.undo.len() > 100 {
            self.undo.remove(0);
        }
    }

    fn step_back(&mut self) {
        if let Some((text, caret)) = self.undo.pop() {
            self.redo.push((std::mem::replace(&mut self.text, text), self.caret));
            self.caret = caret;
        }
    }

    fn step_forward(&mut self) {
        if let Some((text, caret)) = self.redo.pop() {
            self.undo.push((std::mem::replace(&mut self.text, text), self.caret));
            self.caret = caret;
        }
    }

    fn border_before(&self) -> usize {
        self.text[..self.caret].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn border_after(&self) -> usize {
        self.text[self.caret..].graphemes(true).next().map_or(self.caret, |first| self.caret + first.len())
    }

    /// A typed combining mark joins the grapheme before it, so the caret may have to move past more.
    fn border_at_or_after(&self, at: usize) -> usize {
        self.text
            .grapheme_indices(true)
            .map(|(start, _)| start)
            .find(|start| *start >= at)
            .unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        let head = &self.text[..self.caret];
        let mut words = head.split_word_bound_indices().rev();
        let is_word = |word: &str| word.chars().any(|c| !c.is_whitespace());
        words.find(|(_, word)| is_word(word)).map_or(0, |(at, _)| at)
    }
}

const fn one_line(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Line {
        let mut line = Line::default();
        text.chars().for_each(|c| line.type_char(c));
        line
    }

    #[test]
    fn a_family_is_one_step_and_one_deletion() {
        let mut line = typed("a👩‍👩‍👧");
        line.act(Action::Left);
        assert_eq!(line.before_caret(), "a");
        line.act(Action::LineEnd);
        line.act(Action::DeleteLeft);
        assert_eq!(line.text(), "a");
    }

    #[test]
    fn cutting_leaves_the_rest_and_undo_brings_it_back() {
        let mut line = typed("topic:ops 停电 通知");
        line.act(Action::CutWord);
        assert_eq!(line.text(), "topic:ops 停电 通");
        line.act(Action::CutToStart);
        assert_eq!(line.text(), "");
        line.act(Action::UndoEdit);
        line.act(Action::UndoEdit);
        assert_eq!(line.text(), "topic:ops 停电 通知");
        line.act(Action::RedoEdit);
        assert_eq!(line.text(), "topic:ops 停电 通");
    }

    #[test]
    fn typing_is_undone_word_by_word() {
        let mut line = typed("one two");
        line.act(Action::UndoEdit);
        assert_eq!(line.text(), "one");
        line.act(Action::UndoEdit);
        assert_eq!(line.text(), "");
    }

    #[test]
    fn a_paste_of_lines_becomes_one_line() {
        let mut line = typed("x");
        line.paste("a\nb\n");
        assert_eq!(line.text(), "xa b");
    }

    proptest! {
        #[test]
        fn the_caret_never_leaves_the_grapheme_borders(
            text in "\\PC{0,12}", moves in proptest::collection::vec(0usize..11, 0..30)
        ) {
            let all = [
                Action::Left, Action::Right, Action::LineStart, Action::LineEnd, Action::DeleteLeft,
                Action::DeleteRight, Action::CutToStart, Action::CutToEnd, Action::CutWord,
                Action::UndoEdit, Action::RedoEdit,
            ];
            let mut line = typed(&text);
            for index in moves {
                line.act(all[index]);
                let borders: Vec<usize> =
                    line.text().grapheme_indices(true).map(|(at, _)| at).chain([line.text().len()]).collect();
                prop_assert!(borders.contains(&line.before_caret().len()));
            }
        }
    }
}
