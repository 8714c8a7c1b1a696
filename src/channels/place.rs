//! Where the slots of a template land in markup, so that a value can be made harmless there.
//!
//! Slots become marks: short words of letters and digits that no converter touches. The marked text is
//! converted as a whole, once for all people, and the marks are turned back into slots in the result.
//! A value therefore never goes through a parser, and cannot be read as markup by one.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::domain::template::{Escape, Piece, Slot, Template};

/// What the project calls Markdown.
pub(super) const MARKDOWN: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

/// A text with marks in place of slots.
#[derive(Debug)]
pub(super) struct Marked {
    pub(super) text: String,
    stem: String,
    slots: Vec<Slot>,
}

/// One mark in a text.
struct Mark {
    start: usize,
    end: usize,
    slot: usize,
}

/// A variable stands where no value can be made harmless: in a script, a style, a tag name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsafe {
    pub(super) variable: String,
}

impl Marked {
    pub(super) fn of(template: &Template) -> Self {
        let mut stem = "pdslot".to_owned();
        let occurs = |stem: &str| {
            template
                .pieces()
                .iter()
                .any(|piece| matches!(piece, Piece::Text(text) if text.to_ascii_lowercase().contains(stem)))
        };
        while occurs(&stem) {
            stem.push('q');
        }
        let mut text = String::new();
        let mut slots = Vec::new();
        for piece in template.pieces() {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Slot(slot) => {
                    text.push_str(&stem);
                    text.push_str(&slots.len().to_string());
                    text.push('z');
                    slots.push(slot.clone());
                }
            }
        }
        Self { text, stem, slots }
    }

    fn marks<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Mark> + 'a {
        let found = if self.slots.is_empty() { None } else { Some(text.match_indices(self.stem.as_str())) };
        found.into_iter().flatten().filter_map(|(start, stem)| {
            let digits_at = start + stem.len();
            let len = text[digits_at..].find(|c: char| !c.is_ascii_digit())?;
            let slot = text[digits_at..digits_at + len].parse().ok()?;
            (slot < self.slots.len()).then_some(Mark { start, end: digits_at + len + 1, slot })
        })
    }

    /// The converted text with its marks turned into slots again.
    pub(super) fn template(&self, converted: &str, escapes: &[Escape]) -> Template {
        let mut pieces = Vec::new();
        let mut from = 0;
        for mark in self.marks(converted) {
            pieces.push(Piece::Text(converted[from..mark.start].to_owned()));
            let escape = escapes.get(mark.slot).copied().unwrap_or_default();
            pieces.push(Piece::Slot(Slot { escape, ..self.slots[mark.slot].clone() }));
            from = mark.end;
        }
        pieces.push(Piece::Text(converted[from..].to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Template::from_pieces(pieces)
    }

    /// How each slot's value is escaped in this HTML.
    pub(super) fn places_in_html(&self, html: &str) -> Result<Vec<Escape>, Unsafe> {
        let mut escapes = vec![Escape::Html; self.slots.len()];
        if !self.slots.is_empty() {
            HtmlPlaces { marked: self, html, folded: html.to_ascii_lowercase(), escapes: &mut escapes }
                .scan()?;
        }
        Ok(escapes)
    }

    /// How each slot's value is escaped in this Markdown.
    pub(super) fn places_in_markdown(&self, markdown: &str) -> Result<Vec<Escape>, Unsafe> {
        // The strictest for slots in places that show nowhere, such as unused link definitions.
        let mut escapes = vec![Escape::LinkPart; self.slots.len()];
        if self.slots.is_empty() {
            return Ok(escapes);
        }
        let mut in_code = false;
        let mut raw = String::new();
        for event in Parser::new_ext(markdown, MARKDOWN) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(text) if in_code => self.note(&text, Escape::MarkdownCode, &mut escapes),
                Event::Text(text) => self.note(&text, Escape::Markdown, &mut escapes),
                Event::Code(text) => self.note(&text, Escape::MarkdownCode, &mut escapes),
                Event::Html(text) => raw.push_str(&text),
                Event::InlineHtml(tag) => self.note_raw_html(&tag, &mut escapes)?,
                Event::End(TagEnd::HtmlBlock) => {
                    self.note_raw_html(&std::mem::take(&mut raw), &mut escapes)?;
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    for mark in self.marks(&dest_url) {
                        escapes[mark.slot] = link_escape(mark.start == 0);
                    }
                }
                _ => {}
            }
        }
        Ok(escapes)
    }

    fn note(&self, text: &str, escape: Escape, escapes: &mut [Escape]) {
        self.marks(text).for_each(|mark| escapes[mark.slot] = escape);
    }

    fn note_raw_html(&self, html: &str, escapes: &mut [Escape]) -> Result<(), Unsafe> {
        let places = self.places_in_html(html)?;
        for mark in self.marks(html) {
            // A line end in a value would end the HTML block and make the rest Markdown again.
            let place = places[mark.slot];
            escapes[mark.slot] = if place == Escape::Html { Escape::Attribute } else { place };
        }
        Ok(())
    }
}

const fn link_escape(at_start: bool) -> Escape {
    if at_start { Escape::MarkupLink } else { Escape::LinkPart }
}

/// A scan of HTML as an operator writes it, lenient as browsers are, and strict where it is in doubt.
struct HtmlPlaces<'a> {
    marked: &'a Marked,
    html: &'a str,
    /// The same in lower case, byte for byte.
    folded: String,
    escapes: &'a mut Vec<Escape>,
}

/// Elements whose content browsers do not read as text.
const OPAQUE: &[&str] = &["script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"];
const LINK_ATTRIBUTES: &[&str] = &[
    "href",
    "src",
    "action",
    "formaction",
    "cite",
    "background",
    "poster",
    "data",
    "longdesc",
    "xlink:href",
];

impl HtmlPlaces<'_> {
    fn scan(mut self) -> Result<(), Unsafe> {
        let mut at = 0;
        while let Some(open) = self.html[at..].find('<').map(|found| at + found) {
            let after = self.html[open + 1..].chars().next();
            at = if self.html[open..].starts_with("<!") || after == Some('?') {
                let end = if self.html[open..].starts_with("<!--") { "-->" } else { ">" };
                self.refuse_to(open, end)?
            } else if after.is_some_and(|c| c.is_ascii_alphabetic() || c == '/') {
                self.tag(open)?
            } else {
                open + 1
            };
        }
        Ok(())
    }

    /// Refuses marks from `from` to the end of the next `end`; gives the place behind it.
    fn refuse_to(&self, from: usize, end: &str) -> Result<usize, Unsafe> {
        let to = self.folded[from..].find(end).map_or(self.html.len(), |found| from + found + end.len());
        self.refuse(from, to)?;
        Ok(to)
    }

    fn refuse(&self, from: usize, to: usize) -> Result<(), Unsafe> {
        match self.marked.marks(&self.html[from..to]).next() {
            Some(mark) => Err(Unsafe { variable: self.marked.slots[mark.slot].name.clone() }),
            None => Ok(()),
        }
    }

    fn tag(&mut self, open: usize) -> Result<usize, Unsafe> {
        let bytes = self.html.as_bytes();
        let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
            bytes[from..].iter().position(|b| stop(*b)).map_or(bytes.len(), |found| from + found)
        };
        let ends_name = |b: u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
        let name_end = until(open + 2, &ends_name);
        self.refuse(open, name_end)?;
        let name = self.folded[open + 1..name_end].to_owned();
        let mut at = name_end;
        while at < bytes.len() && bytes[at] != b'>' {
            if ends_name(bytes[at]) {
                at += 1;
                continue;
            }
            let attribute_end = until(at + 1, &|b| ends_name(b) || b == b'=');
            self.refuse(at, attribute_end)?;
            let attribute = self.folded[at..attribute_end].to_owned();
            at = until(attribute_end, &|b| !b.is_ascii_whitespace());
            if bytes.get(at) != Some(&b'=') {
                continue;
            }
            let value = until(at + 1, &|b| !b.is_ascii_whitespace());
            let quote = bytes.get(value).copied().filter(|b| matches!(b, b'"' | b'\''));
            let (from, to, next) = if let Some(quote) = quote {
                let close = until(value + 1, &|b| b == quote);
                ((value + 1).min(close), close, close + 1)
            } else {
                let end = until(value, &|b| b.is_ascii_whitespace() || b == b'>');
                (value, end, end)
            };
            self.attribute(&attribute, from, to)?;
            at = next;
        }
        let inside = (at + 1).min(bytes.len());
        if OPAQUE.contains(&name.as_str()) {
            return self.refuse_to(inside, &format!("</{name}"));
        }
        Ok(inside)
    }

    fn attribute(&mut self, name: &str, from: usize, to: usize) -> Result<(), Unsafe> {
        if name.starts_with("on") || matches!(name, "style" | "srcdoc" | "srcset") {
            return self.refuse(from, to);
        }
        let is_link = LINK_ATTRIBUTES.contains(&name);
        let value = &self.html[from..to];
        for mark in self.marked.marks(value) {
            self.escapes[mark.slot] =
                if is_link { link_escape(value[..mark.start].trim().is_empty()) } else { Escape::Attribute };
        }
        Ok(())
    }
}
