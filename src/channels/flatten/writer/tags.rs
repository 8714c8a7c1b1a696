//! Subsets of HTML, such as Telegram's: a few tags in text that is laid out like plain text. A tag is never written
//! twice inside itself, nor any in what is shown as it stands.

use super::{Dialect, Writer};

/// What must not look like markup.
pub(in super::super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn beginning(tag: &str) -> String {
    format!("<{tag}>")
}

impl Writer {
    /// Whether this is a subset of HTML.
    pub(super) const fn has_tags(&self) -> bool {
        matches!(self.dialect, Dialect::Tags(_))
    }

    /// Writes text as it stands.
    pub(super) fn put(&mut self, text: &str) {
        if self.has_tags() {
            self.out.push_str(&escaped(text));
        } else {
            self.out.push_str(text);
        }
    }

    fn may_open(&self, tag: &str) -> bool {
        let Dialect::Tags(known) = self.dialect else { return false };
        let verbatim = self.pre || self.open.contains(&Some("code"));
        known.contains(&tag) && !verbatim && !self.open.contains(&Some(tag))
    }

    /// A tag within a line.
    pub(super) fn tagged(&mut self, closing: bool, tag: &'static str) {
        if !self.has_tags() {
        } else if closing {
            if let Some(Some(open)) = self.open.pop() {
                self.end(open);
            }
        } else if self.may_open(tag) {
            self.markup(&beginning(tag));
            self.open.push(Some(tag));
        } else {
            self.open.push(None);
        }
    }

    /// A tag around lines, if this dialect has it.
    pub(super) fn block_tag(&mut self, closing: bool, tag: &'static str) -> bool {
        let Dialect::Tags(known) = self.dialect else { return false };
        if !known.contains(&tag) {
            return false;
        }
        if !closing {
            let opens = self.may_open(tag);
            self.block(2);
            if opens {
                self.pending.push_str(&beginning(tag));
            }
            self.open.push(opens.then_some(tag));
            return true;
        }
        let was_open = self.open.pop().flatten();
        if let Some(open) = was_open {
            // Nothing was in it.
            if let Some(before) = self.pending.strip_suffix(&beginning(open)) {
                self.pending.truncate(before.len());
            } else {
                self.end(open);
            }
        }
        self.block(2);
        true
    }

    fn end(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// The beginning of a link, if this dialect has links.
    pub(super) fn open_anchor(&mut self, href: &str) -> bool {
        let opens = self.may_open("a") && !href.is_empty();
        if self.has_tags() {
            self.open.push(opens.then_some("a"));
        }
        if opens {
            self.markup(&format!("<a href=\"{}\">", escaped(href).replace('"', "&quot;")));
        }
        opens
    }

    /// Its end. A link without a label is called by its address.
    pub(super) fn close_anchor(&mut self, href: &str, from: usize) -> bool {
        if !self.has_tags() || self.open.pop().flatten().is_none() {
            return false;
        }
        if self.out.get(from..).is_none_or(|label| label.trim().is_empty()) {
            self.put(href);
        }
        self.end("a");
        true
    }
}
