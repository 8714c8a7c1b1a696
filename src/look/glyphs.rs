//! The signs that a terminal can be trusted with: lines, blocks, markers; and how wide doubtful ones are.
//!
//! Two sets: unicode, and plain ASCII for terminals that draw ambiguous characters two cells wide or
//! whose locale is not UTF-8. State glyphs are ASCII in both and stand with the badges.

use std::borrow::Cow;

/// How many cells the terminal gives to characters of ambiguous width (`“ ” … · ─`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ambiguous {
    /// One cell: the usual case.
    #[default]
    Narrow,
    /// Two cells: older East Asian set-ups.
    Wide,
}

/// One sign for every purpose that is not a letter. Every sign is one cell wide where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Gutter: the row that has the focus.
    pub focus: &'static str,
    /// Gutter: a marked row.
    pub mark: &'static str,
    /// Gutter: an unread row.
    pub unread: &'static str,
    /// Where a text was cut.
    pub ellipsis: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
    /// Horizontal line.
    pub line: &'static str,
    /// Divider between panes.
    pub divider: &'static str,
    /// Divider meeting the line above it.
    pub divider_top: &'static str,
    /// Corners of a popup: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Done part of a progress bar.
    pub bar_done: &'static str,
    /// Open part of a progress bar.
    pub bar_open: &'static str,
    /// How wide doubtful characters of texts are drawn.
    pub ambiguous: Ambiguous,
}

impl Glyphs {
    /// For terminals that draw `─` and `…` one cell wide.
    pub const UNICODE: Self = Self {
        focus: "›",
        mark: "*",
        unread: "o",
        ellipsis: "…",
        dot: "·",
        line: "─",
        divider: "│",
        divider_top: "┬",
        corners: ["┌", "┐", "└", "┘"],
        bar_done: "#",
        bar_open: ".",
        ambiguous: Ambiguous::Narrow,
    };

    /// For every terminal.
    pub const ASCII: Self = Self {
        focus: ">",
        mark: "*",
        unread: "o",
        ellipsis: "~",
        dot: ".",
        line: "-",
        divider: "|",
        divider_top: "+",
        corners: ["+"; 4],
        bar_done: "#",
        bar_open: ".",
        ambiguous: Ambiguous::Narrow,
    };

    /// The set for a terminal that draws ambiguous characters this wide.
    pub const fn for_terminal(ambiguous: Ambiguous) -> Self {
        match ambiguous {
            Ambiguous::Narrow => Self::UNICODE,
            Ambiguous::Wide => Self { ambiguous, ..Self::ASCII },
        }
    }

    /// `text` with the signs of the unicode set replaced by those of this one, as far as they differ.
    pub fn plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let unicode = Self::UNICODE;
        let pairs = [
            (unicode.dot, self.dot),
            (unicode.ellipsis, self.ellipsis),
            (unicode.focus, self.focus),
            (unicode.line, self.line),
            (unicode.divider, self.divider),
        ];
        let mut shown = Cow::Borrowed(text);
        for (from, to) in pairs {
            if from != to && !text.is_ascii() && shown.contains(from) {
                shown = Cow::Owned(shown.replace(from, to));
            }
        }
        shown
    }
}

impl Default for Glyphs {
    fn default() -> Self {
        Self::UNICODE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_with_wide_ambiguous_characters_gets_plain_signs() {
        let glyphs = Glyphs::for_terminal(Ambiguous::Wide);
        for sign in [glyphs.focus, glyphs.ellipsis, glyphs.dot, glyphs.line, glyphs.divider] {
            assert!(sign.is_ascii(), "{sign}");
        }
        assert_eq!(glyphs.plain("2 active · 1 draft …"), "2 active . 1 draft ~");
        assert_eq!(Glyphs::UNICODE.plain("2 active · 1 draft"), "2 active · 1 draft");
    }
}
