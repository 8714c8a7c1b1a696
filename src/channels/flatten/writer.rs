//! The walk itself: tags in, lines out. Line ends and spaces are owed until the next visible word, so that
//! nothing has to be taken back.

use super::tag::{attribute, decode, link_target, start_number, tag_end};
use crate::domain::template::{Position, escape_markdown};

mod table;
mod tags;

pub(super) use tags::escaped;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Plain,
    Markdown,
    /// Plain text, but for these tags of a service's own subset of HTML.
    Tags(&'static [&'static str]),
}

/// What stands before every line of a list item or a quotation.
struct Indent {
    /// Before its first line, until that is written.
    first: Option<String>,
    /// Before the others.
    rest: String,
}

pub(super) struct Writer {
    dialect: Dialect,
    out: String,
    indents: Vec<Indent>,
    /// Line ends owed before the next text.
    newlines: usize,
    /// How many indents the empty lines among them have: those that were open all the while.
    owed_depth: usize,
    /// A space owed before the next word.
    space: bool,
    pre: bool,
    fence: &'static str,
    lists: Vec<Option<u64>>,
    links: Vec<(String, usize)>,
    /// Cells written in this row of a table; `None` outside of a row.
    cells: Option<usize>,
    /// Whether the table still lacks the line under its head.
    needs_rule: bool,
    /// Tags that are open; nothing for one that was not written.
    open: Vec<Option<&'static str>>,
    /// The beginning of a block that is written with its first word.
    pending: String,
}

impl Writer {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            out: String::new(),
            indents: Vec::new(),
            newlines: 0,
            owed_depth: 0,
            space: false,
            pre: false,
            fence: "```",
            lists: Vec::new(),
            links: Vec::new(),
            cells: None,
            needs_rule: false,
            open: Vec::new(),
            pending: String::new(),
        }
    }

    pub(super) fn walk(mut self, html: &str) -> String {
        if html.contains("```") {
            self.fence = "``````";
        }
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            self.characters(&rest[..open]);
            let end = tag_end(&rest[open..]);
            self.tag(&rest[open + 1..open + end]);
            rest = rest.get(open + end + 1..).unwrap_or_default();
        }
        self.characters(rest);
        self.finish()
    }

    pub(super) fn finish(self) -> String {
        let mut out = self.out;
        out.truncate(out.trim_end().len());
        out
    }

    fn is_markdown(&self) -> bool {
        self.dialect == Dialect::Markdown
    }

    fn characters(&mut self, raw: &str) {
        if !raw.is_empty() {
            self.text(&decode(raw));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.pre {
            for (index, line) in text.split('\n').enumerate() {
                if index > 0 {
                    self.owe(self.newlines + 1);
                }
                if !line.is_empty() {
                    self.open_line();
                    self.put(line);
                }
            }
            return;
        }
        if text.starts_with(char::is_whitespace) {
            self.space = true;
        }
        for (index, word) in text.split_whitespace().enumerate() {
            self.space |= index > 0;
            self.word(word);
        }
        self.space |= text.ends_with(char::is_whitespace) && !text.trim().is_empty();
    }

    fn word(&mut self, word: &str) {
        let at_start = self.open_line();
        if !self.is_markdown() {
            self.put(word);
        } else if self.links.is_empty() && (word.starts_with("http://") || word.starts_with("https://")) {
            let link = word.trim_end_matches(|c: char| ".,;:!?)，。；：！？）".contains(c));
            self.out.push('<');
            self.out.push_str(&link_target(link));
            self.out.push('>');
            escape_markdown(&word[link.len()..], Position::Within, &mut self.out);
        } else {
            let position = if at_start { Position::LineStart } else { Position::Within };
            escape_markdown(word, position, &mut self.out);
        }
    }

    /// Writes what is owed before visible text. Tells whether a line begins here.
    fn open_line(&mut self) -> bool {
        let begins = self.out.is_empty() || self.newlines > 0;
        if begins {
            if !self.out.is_empty() {
                self.out.push('\n');
                for _ in 1..self.newlines {
                    let open = self.indents.iter().take(self.owed_depth);
                    let line: String = open.map(|indent| indent.rest.as_str()).collect();
                    self.out.push_str(line.trim_end());
                    self.out.push('\n');
                }
            }
            for indent in &mut self.indents {
                self.out.push_str(indent.first.take().as_ref().unwrap_or(&indent.rest));
            }
        } else if self.space {
            self.out.push(' ');
        }
        self.newlines = 0;
        self.space = false;
        self.out.push_str(&std::mem::take(&mut self.pending));
        begins
    }

    /// Writes markup before a word: it stands at the beginning of a line or after the owed space.
    fn markup(&mut self, sign: &str) {
        self.open_line();
        self.out.push_str(sign);
    }

    pub(super) fn block(&mut self, newlines: usize) {
        if self.cells.is_some() {
            self.space = true;
            return;
        }
        self.owe(self.newlines.max(newlines));
    }

    fn owe(&mut self, newlines: usize) {
        let depth = self.indents.len();
        self.owed_depth = if self.newlines == 0 { depth } else { self.owed_depth.min(depth) };
        self.newlines = newlines;
        self.space = false;
    }

    fn outdent(&mut self) {
        self.indents.pop();
        self.owed_depth = self.owed_depth.min(self.indents.len());
    }

    fn tag(&mut self, tag: &str) {
        let (closing, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.block(2);
                self.tagged(closing, "b");
                if !closing && self.is_markdown() {
                    let level = usize::from(name.as_bytes()[1] - b'0');
                    self.markup(&"#".repeat(level));
                    self.space = true;
                }
            }
            "p" => self.block(2),
            "br" => self.line_break(),
            "hr" => {
                self.block(2);
                self.markup("---");
                self.block(2);
            }
            "strong" | "b" => self.wrap(closing, "**", "b"),
            "em" | "i" => self.wrap(closing, "*", "i"),
            "del" | "s" | "strike" => self.wrap(closing, "~~", "s"),
            "code" if !self.pre || self.has_tags() => self.wrap(closing, "`", "code"),
            "u" | "ins" => self.tagged(closing, "u"),
            "pre" => self.preformatted(closing),
            "a" if closing => self.close_link(),
            "a" => self.open_link(attribute(tag, "href").unwrap_or_default()),
            "img" => self.image(tag),
            "ul" | "ol" => self.list(closing, (name == "ol").then(|| start_number(tag))),
            "li" => self.item(closing),
            "blockquote" => self.quotation(closing),
            "table" => {
                self.cells = None;
                self.needs_rule = true;
                self.block(2);
            }
            "tr" => self.row(closing),
            "td" | "th" => self.cell(closing),
            "address" | "article" | "aside" | "caption" | "center" | "dd" | "details" | "div" | "dl"
            | "dt" | "figcaption" | "figure" | "footer" | "header" | "main" | "nav" | "section"
            | "summary" => {
                self.block(1);
            }
            _ => {}
        }
    }

    fn wrap(&mut self, closing: bool, sign: &str, tag: &'static str) {
        if !self.is_markdown() {
            self.tagged(closing, tag);
        } else if closing {
            self.out.push_str(sign);
        } else {
            self.markup(sign);
        }
    }

    fn line_break(&mut self) {
        if self.cells.is_some() {
            self.space = true;
            return;
        }
        if self.is_markdown() && self.newlines == 0 && !self.out.is_empty() && !self.pre {
            self.out.push_str("  ");
        }
        self.owe(if self.newlines >= 2 { self.newlines } else { self.newlines + 1 });
    }

    fn preformatted(&mut self, closing: bool) {
        if self.block_tag(closing, "pre") {
            self.pre = !closing || self.open.contains(&Some("pre"));
            return;
        }
        if closing {
            self.pre = false;
            if self.is_markdown() {
                self.owe(1);
                self.markup(self.fence);
            }
        } else if self.is_markdown() {
            self.block(2);
            self.markup(self.fence);
            self.owe(1);
            self.pre = true;
            return;
        }
        self.block(2);
        self.pre = !closing;
    }

    fn open_link(&mut self, href: String) {
        if self.open_anchor(&href) {
        } else if self.is_markdown() {
            self.markup("[");
        } else {
            self.open_line();
        }
        self.links.push((href, self.out.len()));
    }

    fn close_link(&mut self) {
        let Some((href, from)) = self.links.pop() else { return };
        if self.close_anchor(&href, from) {
            return;
        }
        let label = self.out.get(from..).unwrap_or_default().trim();
        let bare = href.strip_prefix("mailto:").or_else(|| href.strip_prefix("tel:")).unwrap_or(&href);
        let says_it = label == href || label == bare;
        let is_empty = label.is_empty();
        if self.is_markdown() {
            if is_empty {
                escape_markdown(bare, Position::Within, &mut self.out);
            }
            self.out.push_str("](");
            self.out.push_str(&link_target(&href));
            self.out.push(')');
        } else if is_empty {
            self.put(bare);
        } else if !says_it && !href.is_empty() {
            self.out.push_str(" (");
            self.put(&href);
            self.out.push(')');
        }
    }

    fn image(&mut self, tag: &str) {
        let alt = attribute(tag, "alt").unwrap_or_default();
        let src = attribute(tag, "src").unwrap_or_default();
        if self.is_markdown() {
            self.markup("![");
            escape_markdown(&alt, Position::Within, &mut self.out);
            self.out.push_str("](");
            self.out.push_str(&link_target(&src));
            self.out.push(')');
        } else {
            self.text(if alt.is_empty() { &src } else { &alt });
        }
    }

    fn list(&mut self, closing: bool, number: Option<u64>) {
        self.block(if self.indents.is_empty() { 2 } else { 1 });
        if closing {
            self.lists.pop();
        } else {
            self.lists.push(number);
        }
    }

    fn item(&mut self, closing: bool) {
        self.block(1);
        if closing {
            self.outdent();
            return;
        }
        let first = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number += 1;
                marker
            }
            _ => "- ".to_owned(),
        };
        self.indents.push(Indent { rest: " ".repeat(first.len()), first: Some(first) });
    }

    fn quotation(&mut self, closing: bool) {
        if self.block_tag(closing, "blockquote") {
            return;
        }
        self.block(2);
        if closing {
            self.outdent();
        } else {
            self.indents.push(Indent { first: None, rest: "> ".to_owned() });
        }
    }
}
