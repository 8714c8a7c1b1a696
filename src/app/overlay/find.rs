//! Finding in a popup's text: `/`, then `n` and `N`.

use crate::app::form::line::Line;
use crate::app::screen::Typed;
use crate::input::action::Action;

/// What is searched for in a text, and how far it is scrolled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Find {
    /// What is searched for.
    pub line: Line,
    /// Whether it is being typed.
    pub typing: bool,
    /// The first line on the screen.
    pub top: usize,
    /// Which match the operator went to: counted up by `n`, down by `N`; the view wraps it round.
    pub nth: isize,
}

impl Find {
    /// Takes text into the search.
    pub fn text(&mut self, typed: &Typed) {
        match typed {
            Typed::Char(c) => self.line.type_char(*c),
            Typed::Paste(pasted) => self.line.paste(pasted),
        }
        self.nth = 0;
    }

    /// Scrolls or searches; false if `action` is neither. `page` is what the last picture showed.
    pub fn act(&mut self, action: Action, page: usize) -> bool {
        if self.typing {
            match action {
                Action::TakeLine | Action::EndTyping => self.typing = false,
                other => return self.line.act(other),
            }
            return true;
        }
        let page = page.max(2) - 1;
        match action {
            Action::Up => self.top = self.top.saturating_sub(1),
            Action::Down => self.top += 1,
            Action::PageUp => self.top = self.top.saturating_sub(page),
            Action::PageDown => self.top += page,
            Action::HalfUp => self.top = self.top.saturating_sub(page.div_ceil(2)),
            Action::HalfDown => self.top += page.div_ceil(2),
            Action::First => self.top = 0,
            Action::Last => self.top = usize::MAX / 2,
            Action::Filter => {
                self.line = Line::default();
                self.typing = true;
            }
            Action::FindNext => self.nth += 1,
            Action::FindPrev => self.nth -= 1,
            _ => return false,
        }
        true
    }

    /// The first line to show of a text of `lines` lines on `height` rows: never past its end.
    pub const fn top_of(&self, lines: usize, height: usize) -> usize {
        let last = lines.saturating_sub(height);
        if self.top < last { self.top } else { last }
    }

    /// The picture told how far one can scroll: scrolling back starts from there.
    pub const fn settle(&mut self, last: usize) {
        if self.top > last {
            self.top = last;
        }
    }
}
