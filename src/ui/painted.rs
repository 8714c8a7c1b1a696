//! What drawing found out: the cursor, where the mouse can click, how high the panes are, and when the
//! picture changes by itself. The shell feeds it back as plain data; drawing never changes the model.

use ratatui::layout::{Position, Rect};

use crate::app::desk::Pages;
use crate::domain::time::Millis;
use crate::input::key::Key;

/// What one drawing found out.
#[derive(Debug, Clone, Default)]
pub struct Painted {
    /// Where the real cursor rests: the caret while typing, else the selected row.
    pub cursor: Option<(u16, u16)>,
    /// Whether text is being typed, so that the cursor must be seen.
    pub typing: bool,
    /// The terminal's title. Never holds a name or a message text.
    pub title: String,
    /// How large things are.
    pub pages: Pages,
    /// When the picture next looks different with nothing happening.
    pub changes_at: Option<Millis>,
    hits: Vec<(Rect, Key)>,
}

impl Painted {
    /// Nothing drawn yet.
    pub fn new(typing: bool, title: String, pages: Pages) -> Self {
        Self { typing, title, pages, ..Self::default() }
    }

    /// Puts the cursor somewhere; popups are drawn last and so win.
    pub fn set_cursor(&mut self, at: Option<Position>) {
        if let Some(at) = at {
            self.cursor = Some((at.x, at.y));
        }
    }

    /// The picture looks different at this moment.
    pub fn changes(&mut self, at: Millis) {
        self.changes_at = Some(self.changes_at.map_or(at, |before| before.min(at)));
    }

    /// A click into `area` means `key`.
    pub fn click(&mut self, area: Rect, key: Key) {
        self.hits.push((area, key));
    }

    /// What a click at this cell means. What was drawn last lies on top.
    pub fn key_at(&self, x: u16, y: u16) -> Option<Key> {
        let at = Position::new(x, y);
        self.hits.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, key)| *key)
    }

    /// Forgets what can be clicked: a popup lies over everything.
    pub fn cover(&mut self) {
        self.hits.clear();
    }
}
