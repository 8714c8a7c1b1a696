//! Cleaned HTML as plain text or as Markdown, and plain text as HTML or Markdown.
//!
//! It reads only what ammonia wrote: well-formed tags, quoted attributes, four entities. That makes it
//! one linear walk, where laying the page out in columns would be a second HTML parser. Links become
//! `text (url)` in plain text. For screens, `ui` lays HTML out to a width by itself.

use crate::domain::template::{Escape, Position, escape_markdown};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Plain,
    Markdown,
}

/// Cleaned HTML as text without markup.
pub(super) fn html_to_plain(html: &str) -> String {
    Writer::new(Dialect::Plain).walk(html)
}

/// Cleaned HTML as Markdown.
pub(super) fn html_to_markdown(html: &str) -> String {
    Writer::new(Dialect::Markdown).walk(html)
}

/// Plain text as Markdown that shows the same lines: every line becomes a paragraph, because a single
/// line end does not break there. Addresses stay links.
pub(super) fn text_to_markdown(text: &str) -> String {
    let mut writer = Writer::new(Dialect::Markdown);
    for line in text.lines() {
        writer.block(2);
        writer.text(line);
    }
    writer.finish()
}

/// Plain text as HTML that shows the same lines.
pub(super) fn text_to_html(text: &str) -> String {
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.trim_matches('\n'))
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| format!("<p>{}</p>", Escape::Html.of(paragraph).replace('\n', "<br>\n")))
        .collect();
    paragraphs.join("\n")
}

/// What stands before every line of a list item or a quotation.
struct Indent {
    /// Before its first line, until that is written.
    first: Option<String>,
    /// Before the others.
    rest: String,
}

struct Writer {
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
}

impl Writer {
    fn new(dialect: Dialect) -> Self {
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
        }
    }

    fn walk(mut self, html: &str) -> String {
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

    fn finish(self) -> String {
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

    fn text(&mut self, text: &str) {
        if self.pre {
            for (index, line) in text.split('\n').enumerate() {
                if index > 0 {
                    self.owe(self.newlines + 1);
                }
                if !line.is_empty() {
                    self.open_line();
                    self.out.push_str(line);
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
        if self.dialect == Dialect::Plain {
            self.out.push_str(word);
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
        begins
    }

    /// Writes markup before a word: it stands at the beginning of a line or after the owed space.
    fn markup(&mut self, sign: &str) {
        self.open_line();
        self.out.push_str(sign);
    }

    fn block(&mut self, newlines: usize) {
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
            "strong" | "b" => self.wrap(closing, "**"),
            "em" | "i" => self.wrap(closing, "*"),
            "del" | "s" | "strike" => self.wrap(closing, "~~"),
            "code" if !self.pre => self.wrap(closing, "`"),
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

    fn wrap(&mut self, closing: bool, sign: &str) {
        if !self.is_markdown() {
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
        if self.is_markdown() {
            self.markup("[");
        } else {
            self.open_line();
        }
        self.links.push((href, self.out.len()));
    }

    fn close_link(&mut self) {
        let Some((href, from)) = self.links.pop() else { return };
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
            self.out.push_str(bare);
        } else if !says_it && !href.is_empty() {
            self.out.push_str(" (");
            self.out.push_str(&href);
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
        self.block(2);
        if closing {
            self.outdent();
        } else {
            self.indents.push(Indent { first: None, rest: "> ".to_owned() });
        }
    }

    fn row(&mut self, closing: bool) {
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

    fn cell(&mut self, closing: bool) {
        if closing {
            self.space = false;
            return;
        }
        let cells = self.cells.unwrap_or(0);
        match (self.dialect, cells) {
            (Dialect::Plain, 0) => {}
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

/// Where the tag that `html` begins with ends: the place of its `>`.
fn tag_end(html: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in html.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    html.len()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(decode)
}

fn start_number(tag: &str) -> u64 {
    attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1)
}

fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

/// A link in the form that Markdown takes between parentheses or angle brackets.
fn link_target(href: &str) -> String {
    let mut target = String::with_capacity(href.len());
    for c in href.chars() {
        match c {
            '(' => target.push_str("%28"),
            ')' => target.push_str("%29"),
            '<' => target.push_str("%3C"),
            '>' => target.push_str("%3E"),
            '\\' => target.push_str("%5C"),
            c if c.is_whitespace() || c.is_control() => target.push_str("%20"),
            c => target.push(c),
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<h1>停电 *now*</h1>\n<p>Dear <b>all</b>,<br>see <a href=\"https://e.x/?a=1&amp;b=(2)\">the \
        page</a> &lt;soon&gt;.</p>\n<ul>\n<li>one</li>\n<li>two\n<ol start=\"3\"><li>three</li></ol></li>\n</ul>\n\
        <table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1|x</td><td>2</td></tr></tbody></table>\
        <blockquote><p>q</p><p>r</p></blockquote><pre><code>x  *y*\n  z\n</code></pre>";

    #[test]
    fn html_reads_well_as_plain_text() {
        let expected = "停电 *now*\n\nDear all,\nsee the page (https://e.x/?a=1&b=(2)) <soon>.\n\n- one\n- two\n  \
            3. three\n\na | b\n1|x | 2\n\n> q\n>\n> r\n\nx  *y*\n  z";
        assert_eq!(html_to_plain(PAGE), expected);
    }

    #[test]
    fn html_reads_well_as_markdown() {
        let expected = "# 停电 \\*now\\*\n\nDear **all**,  \nsee [the page](https://e.x/?a=1&b=%282%29) \
            \\<soon\\>.\n\n- one\n- two\n  3. three\n\n| a | b |\n| --- | --- |\n| 1\\|x | 2 |\n\n\
            > q\n>\n> r\n\n```\nx  *y*\n  z\n```";
        assert_eq!(html_to_markdown(PAGE), expected);
    }

    #[test]
    fn a_link_that_says_its_address_is_not_said_twice() {
        let html =
            "<a href=\"https://e.x\">https://e.x</a> <a href=\"mailto:a@b.c\">a@b.c</a> <a href=\"/x\"></a>";
        assert_eq!(html_to_plain(html), "https://e.x a@b.c /x");
    }

    #[test]
    fn plain_text_keeps_its_lines_and_shows_its_signs() {
        assert_eq!(
            text_to_markdown("# not a heading\n2 * 3 - 1\nhttps://e.x/a_b, go\n\n1. no list"),
            "\\# not a heading\n\n2 \\* 3 - 1\n\n<https://e.x/a_b>, go\n\n1\\. no list"
        );
        assert_eq!(text_to_html("a < b\nc\n\nd"), "<p>a &lt; b<br>\nc</p>\n<p>d</p>");
    }
}
