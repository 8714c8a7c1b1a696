//! Rows and cells: a grid in Markdown, cells with bars between them elsewhere.

use super::{Dialect, Writer};

impl Writer {
    pub(super) fn row(&mut self, closing: bool) {
        if !closing {
            self.cells = None;
            self.block(1);
            self.cells = Some(0);
            return;
        }
        let cells = self.cells.take().unwrap_or(0);
        if self.is_markdown() && cells > 0 {
            self.out.push_str(" |");
            if std::mem::take(&mut self.needs_rule) {
                self.owe(1);
                self.markup("|");
                self.out.push_str(&" --- |".repeat(cells));
            }
        }
        self.block(1);
    }

    pub(super) fn cell(&mut self, closing: bool) {
        if closing {
            self.space = false;
            return;
        }
        let cells = self.cells.unwrap_or(0);
        match (self.dialect, cells) {
            (Dialect::Plain | Dialect::Tags(_), 0) => {}
            (Dialect::Markdown, 0) => {
                let owed = self.cells.take();
                self.markup("| ");
                self.cells = owed;
            }
            _ => self.out.push_str(" | "),
        }
        self.space = false;
        self.cells = Some(cells + 1);
    }
}
