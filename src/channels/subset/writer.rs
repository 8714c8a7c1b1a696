//! The walk itself: events of Markdown in, lines of a dialect out. Line ends are owed until the next visible
//! text, so that nothing has to be taken back.

use pulldown_cmark::{Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::link::{Open, is_break};
use super::{At, Dialect, Headings};
use crate::channels::clean::clean;
use crate::channels::flatten;

/// What stands before every line of a list item or a quotation.
struct Indent {
    /// Before its first line, until that is written.
    first: Option<String>,
    /// Before the others.
    rest: String,
}

pub(super) struct Writer<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) out: String,
    indents: Vec<Indent>,
    /// Line ends owed before the next text.
    owed: usize,
    /// How many indents the empty lines among them have.
    owed_depth: usize,
    lists: Vec<Option<u64>>,
    pub(super) links: Vec<Open>,
    /// Headings that are bold by themselves.
    in_bold: bool,
    in_code: bool,
    /// A sign was just closed: letters must not follow at once where signs stand apart.
    pub(super) closed: bool,
    in_head: bool,
    cells: usize,
    html: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(dialect: &'a Dialect) -> Self {
        Self {
            dialect,
            out: String::new(),
            indents: Vec::new(),
            owed: 0,
            owed_depth: 0,
            lists: Vec::new(),
            links: Vec::new(),
            in_bold: false,
            in_code: false,
            closed: false,
            in_head: false,
            cells: 0,
            html: String::new(),
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => self.code_lines(&text),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.code(&code),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(tag) if is_break(&tag) => self.line_break(),
            Event::SoftBreak if self.cells == 0 => self.text(" "),
            Event::HardBreak => self.line_break(),
            Event::Rule => {
                self.block(2);
                self.sign("---");
                self.block(2);
            }
            Event::TaskListMarker(done) => self.sign(if done { "☑ " } else { "☐ " }),
            // Tags show nowhere; the rest is not asked for.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.block(if self.lists.is_empty() { 2 } else { 1 }),
            Tag::Heading { level, .. } => self.heading(level),
            Tag::BlockQuote(_) => {
                self.block(2);
                self.indents.push(Indent { first: None, rest: "> ".to_owned() });
            }
            Tag::CodeBlock(_) => {
                self.block(2);
                if !self.dialect.fence.is_empty() {
                    self.sign(self.dialect.fence);
                    self.owe(1);
                }
                self.in_code = true;
            }
            Tag::List(number) => {
                self.block(if self.lists.is_empty() { 2 } else { 1 });
                self.lists.push(number);
            }
            Tag::Item => self.item(),
            Tag::Table(_) => self.block(2),
            Tag::TableHead | Tag::TableRow => {
                self.block(1);
                self.in_head = matches!(tag, Tag::TableHead);
                self.cells = 0;
            }
            Tag::TableCell => {
                if self.cells > 0 {
                    self.out.push_str(" | ");
                    self.closed = false;
                }
                self.cells += 1;
                if self.in_head {
                    self.open(self.dialect.bold);
                    self.in_bold = true;
                }
            }
            Tag::Strong if !self.in_bold => self.open(self.dialect.bold),
            Tag::Emphasis => self.open(self.dialect.italic),
            Tag::Strikethrough => self.open(self.dialect.strike),
            Tag::Link { link_type, dest_url, .. } => {
                self.link(&dest_url, matches!(link_type, LinkType::Autolink | LinkType::Email), "[");
            }
            Tag::Image { dest_url, .. } => {
                self.link(&dest_url, false, if self.dialect.images { "![" } else { "[" });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.block(if self.lists.is_empty() { 2 } else { 1 }),
            TagEnd::Heading(_) => {
                self.in_bold = false;
                if self.dialect.headings == Headings::Bold {
                    self.close(self.dialect.bold);
                }
                self.block(2);
            }
            TagEnd::BlockQuote(_) => {
                self.block(2);
                self.outdent();
            }
            TagEnd::CodeBlock => {
                self.in_code = false;
                if !self.dialect.fence.is_empty() {
                    self.owe(1);
                    self.sign(self.dialect.fence);
                }
                self.block(2);
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.block(if self.lists.is_empty() { 2 } else { 1 });
            }
            TagEnd::Item => {
                self.block(1);
                self.outdent();
            }
            TagEnd::Table => {
                self.cells = 0;
                self.block(2);
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                self.in_head = false;
                self.cells = 0;
                self.block(1);
            }
            TagEnd::TableCell if std::mem::take(&mut self.in_bold) => self.close(self.dialect.bold),
            TagEnd::Strong if !self.in_bold => self.close(self.dialect.bold),
            TagEnd::Emphasis => self.close(self.dialect.italic),
            TagEnd::Strikethrough => self.close(self.dialect.strike),
            TagEnd::Link | TagEnd::Image => self.close_link(),
            TagEnd::HtmlBlock => self.html_block(),
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        self.block(2);
        match self.dialect.headings {
            Headings::Hashes(most) => {
                self.sign(&"#".repeat((level as usize).min(most)));
                self.out.push(' ');
            }
            Headings::Bold => self.open(self.dialect.bold),
        }
        // Bold within a heading shows nothing more.
        self.in_bold = true;
    }

    fn item(&mut self) {
        self.block(1);
        let first = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number += 1;
                marker
            }
            _ => self.dialect.bullet.to_owned(),
        };
        self.indents.push(Indent { rest: " ".repeat(first.chars().count()), first: Some(first) });
    }

    fn outdent(&mut self) {
        self.indents.pop();
        self.owed_depth = self.owed_depth.min(self.indents.len());
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let at = if self.open_line() { At::Start } else { At::Within };
        let apart = self.dialect.apart && std::mem::take(&mut self.closed);
        if apart && text.starts_with(char::is_alphanumeric) {
            self.out.push(THIN);
        }
        if self.links.last().is_some_and(|link| link.bare) {
            return;
        }
        (self.dialect.escape)(text, at, &mut self.out);
    }

    fn code(&mut self, code: &str) {
        self.open(self.dialect.code);
        if self.dialect.code.is_empty() {
            (self.dialect.escape)(code, At::Within, &mut self.out);
        } else {
            (self.dialect.verbatim)(&code.replace('`', "'"), &mut self.out);
        }
        self.close(self.dialect.code);
    }

    fn code_lines(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.owe(self.owed + 1);
            }
            if line.is_empty() {
                continue;
            }
            self.open_line();
            if self.dialect.fence.is_empty() {
                // Spaces at the beginning would be swallowed, or make it code.
                (self.dialect.escape)(line.trim_start(), At::Start, &mut self.out);
            } else {
                (self.dialect.verbatim)(&line.replace("```", "'''"), &mut self.out);
            }
        }
    }

    fn html_block(&mut self) {
        let html = std::mem::take(&mut self.html);
        let Ok(cleaned) = clean(&html) else { return };
        let plain = flatten::html_to_plain(&cleaned);
        self.block(2);
        for line in plain.lines() {
            self.text(line);
            self.owe(self.owed + 1);
        }
        self.block(2);
    }

    fn line_break(&mut self) {
        if self.cells > 0 {
            self.out.push(' ');
        } else if self.owed == 0 && !self.out.is_empty() {
            // Shows nowhere, and is a line end for those who read CommonMark.
            self.out.push_str("  ");
            self.owe(1);
        }
    }

    /// Opens what a sign marks.
    fn open(&mut self, sign: &str) {
        self.open_line();
        if !sign.is_empty() {
            if self.dialect.apart && self.out.ends_with(char::is_alphanumeric) {
                self.out.push(THIN);
            }
            self.out.push_str(sign);
            self.closed = false;
        }
    }

    fn close(&mut self, sign: &str) {
        self.out.push_str(sign);
        self.closed = !sign.is_empty();
    }

    fn sign(&mut self, sign: &str) {
        self.open_line();
        self.out.push_str(sign);
    }

    /// Writes what is owed before visible text. Tells whether a line begins here.
    pub(super) fn open_line(&mut self) -> bool {
        let begins = self.out.is_empty() || self.owed > 0;
        if begins {
            if !self.out.is_empty() {
                self.out.push('\n');
                for _ in 1..self.owed {
                    let open = self.indents.iter().take(self.owed_depth);
                    let line: String = open.map(|indent| indent.rest.as_str()).collect();
                    self.out.push_str(line.trim_end());
                    self.out.push('\n');
                }
            }
            for indent in &mut self.indents {
                self.out.push_str(indent.first.take().as_ref().unwrap_or(&indent.rest));
            }
            self.closed = false;
        }
        self.owed = 0;
        begins
    }

    fn block(&mut self, lines: usize) {
        self.owe(self.owed.max(lines));
    }

    fn owe(&mut self, lines: usize) {
        let depth = self.indents.len();
        self.owed_depth = if self.owed == 0 { depth } else { self.owed_depth.min(depth) };
        self.owed = lines;
    }
}

/// Takes no room, and lets a sign stand apart from letters.
const THIN: char = '\u{200b}';
