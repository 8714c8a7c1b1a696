//! Cleaned HTML as blocks of marked text: what a preview shows, at any width, without a single tag.
//!
//! It reads only what `channels::clean` wrote (well-formed tags, quoted attributes). Wrapping and roles are
//! the view's. Every text is scrubbed, because names and values in it come from outside.

use crate::domain::safe_text::{Cap, scrub};

/// How a piece of text is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// As it is.
    #[default]
    Plain,
    /// Strong or emphasised.
    Strong,
    /// Verbatim.
    Code,
    /// Leads somewhere.
    Link,
    /// Struck out.
    Struck,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Running text.
    #[default]
    Text,
    /// A heading.
    Heading,
    /// Verbatim lines: never wrapped at words.
    Code,
    /// A line across.
    Rule,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// What it is.
    pub sort: Sort,
    /// What stands before its first line: a bullet, a number, signs of a quote.
    pub lead: String,
    /// Whether an empty line stands before it.
    pub apart: bool,
    /// The text.
    pub spans: Vec<(String, Mark)>,
}

impl Block {
    /// The text without marks.
    pub fn text(&self) -> String {
        self.spans.iter().map(|(text, _)| text.as_str()).collect()
    }
}

/// Plain text as blocks: every line is one.
pub fn plain(text: &str) -> Vec<Block> {
    let line = |line: &str| Block {
        spans: vec![(scrub(line, Cap::Detail).into_owned(), Mark::Plain)],
        ..Block::default()
    };
    text.lines().map(line).collect()
}

/// Cleaned HTML as blocks.
pub fn blocks(html: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        reader.text(&decode(&rest[..open]));
        let end = tag_end(&rest[open..]);
        reader.tag(rest[open + 1..open + end].trim_end_matches('/'));
        rest = rest.get(open + end + 1..).unwrap_or("");
    }
    reader.text(&decode(rest));
    reader.close();
    reader.done
}

#[derive(Default)]
struct Reader {
    done: Vec<Block>,
    open: Block,
    /// Whether the next block stands apart.
    gap: bool,
    lists: Vec<Option<u64>>,
    quotes: usize,
    lead: Option<String>,
    strong: usize,
    code: usize,
    struck: usize,
    verbatim: usize,
    links: Vec<String>,
    cells: usize,
}

impl Reader {
    fn tag(&mut self, tag: &str) {
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split_ascii_whitespace().next().unwrap_or("");
        match name {
            "p" | "div" | "table" | "section" | "article" => self.block(true),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.block(true);
                self.open.sort = if closing { Sort::Text } else { Sort::Heading };
            }
            "ul" | "ol" => self.list(name, tag, closing),
            "li" => self.item(closing),
            "blockquote" => {
                self.block(true);
                self.quotes = if closing { self.quotes.saturating_sub(1) } else { self.quotes + 1 };
            }
            "pre" => {
                self.block(true);
                count(&mut self.verbatim, closing);
                self.open.sort = if closing { Sort::Text } else { Sort::Code };
            }
            "br" => self.block(false),
            "hr" => {
                self.block(true);
                self.done.push(Block { sort: Sort::Rule, ..Block::default() });
                self.gap = true;
            }
            "tr" => {
                self.block(false);
                self.cells = 0;
            }
            "td" | "th" if !closing => {
                if self.cells > 0 {
                    self.push(" | ");
                }
                self.cells += 1;
            }
            "b" | "strong" | "em" | "i" | "u" | "th" => count(&mut self.strong, closing),
            "code" | "kbd" | "samp" | "tt" => count(&mut self.code, closing),
            "del" | "s" | "strike" => count(&mut self.struck, closing),
            "a" => self.link(tag, closing),
            "img" => {
                let alt = attribute(tag, "alt").unwrap_or_default();
                self.push(&format!("[{alt}]"));
            }
            _ => {}
        }
    }

    fn list(&mut self, name: &str, tag: &str, closing: bool) {
        self.block(self.lists.is_empty() || (closing && self.lists.len() == 1));
        if closing {
            self.lists.pop();
        } else {
            let start = attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1);
            self.lists.push((name == "ol").then_some(start));
        }
    }

    fn item(&mut self, closing: bool) {
        self.block(false);
        if closing {
            self.lead = None;
            return;
        }
        // Whatever stands between list and item never sets the items apart.
        self.gap = self.gap && !self.lists.is_empty() && self.lists.len() == 1 && self.is_first_item();
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        self.lead = Some(match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}- "),
        });
    }

    fn is_first_item(&self) -> bool {
        self.done.last().is_none_or(|block| block.lead.is_empty())
    }

    fn link(&mut self, tag: &str, closing: bool) {
        if !closing {
            self.links.push(attribute(tag, "href").unwrap_or_default());
            return;
        }
        let Some(href) = self.links.pop() else { return };
        let said = self.open.text();
        // The address is shown beside other words, so that nobody is led astray by them.
        if !href.is_empty() && !said.ends_with(href.trim_start_matches("mailto:")) {
            let address = format!(" ({href})");
            self.push_marked(&address, Mark::Link);
        }
    }

    fn text(&mut self, text: &str) {
        if self.verbatim > 0 {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.block(false);
                    self.open.sort = Sort::Code;
                }
                self.push(line);
            }
            return;
        }
        let mut words = text.split_ascii_whitespace();
        let begins = self.open.spans.is_empty() || self.open.text().ends_with(' ');
        let mut line =
            if text.starts_with(|c: char| c.is_ascii_whitespace()) && !begins { " " } else { "" }.to_owned();
        if let Some(first) = words.next() {
            line.push_str(first);
            for word in words {
                line.push(' ');
                line.push_str(word);
            }
            if text.ends_with(|c: char| c.is_ascii_whitespace()) {
                line.push(' ');
            }
        }
        self.push(&line);
    }

    fn push(&mut self, text: &str) {
        let mark = match () {
            () if !self.links.is_empty() => Mark::Link,
            () if self.code > 0 => Mark::Code,
            () if self.struck > 0 => Mark::Struck,
            () if self.strong > 0 => Mark::Strong,
            () => Mark::Plain,
        };
        self.push_marked(text, mark);
    }

    fn push_marked(&mut self, text: &str, mark: Mark) {
        if text.is_empty() || (text == " " && self.open.spans.is_empty()) {
            return;
        }
        let text = scrub(text, Cap::Detail);
        match self.open.spans.last_mut() {
            Some((last, same)) if *same == mark => last.push_str(&text),
            _ => self.open.spans.push((text.into_owned(), mark)),
        }
    }

    /// Ends the block that is open; the next one stands apart if this is the end of a paragraph.
    fn block(&mut self, apart: bool) {
        self.close();
        self.gap |= apart;
    }

    fn close(&mut self) {
        let mut block = std::mem::take(&mut self.open);
        if self.verbatim > 0 {
            self.open.sort = Sort::Code;
        }
        if block.text().trim().is_empty() && block.sort != Sort::Code {
            return;
        }
        if block.spans.is_empty() {
            return;
        }
        block.apart = self.gap && !self.done.is_empty();
        self.gap = false;
        let inside = "  ".repeat(self.lists.len());
        let lead = self.lead.take().unwrap_or(if self.lists.is_empty() { String::new() } else { inside });
        block.lead = format!("{}{lead}", "> ".repeat(self.quotes));
        self.done.push(block);
    }
}

fn count(depth: &mut usize, closing: bool) {
    *depth = if closing { depth.saturating_sub(1) } else { *depth + 1 };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::clean::{clean, markdown_to_html};

    fn shown(blocks: &[Block]) -> Vec<String> {
        let mut lines = Vec::new();
        for block in blocks {
            if block.apart {
                lines.push(String::new());
            }
            lines.push(format!("{}{}", block.lead, block.text()));
        }
        lines
    }

    #[test]
    fn markdown_shows_headings_lists_quotes_and_no_signs_of_its_own() {
        let markdown = "## 维护窗口\n\n**系统** 将 `api` 停\n\n- 影响：API\n- 状态：[here](https://e.x/s)\n  1. a\n\n> 如有疑问\n\n---\n\nend";
        let blocks = blocks(&markdown_to_html(markdown).expect("shallow"));
        assert_eq!(
            shown(&blocks),
            [
                "维护窗口",
                "",
                "系统 将 api 停",
                "",
                "- 影响：API",
                "- 状态：here (https://e.x/s)",
                "  1. a",
                "",
                "> 如有疑问",
                "",
                "",
                "end",
            ]
        );
        assert_eq!(blocks[0].sort, Sort::Heading);
        assert_eq!(blocks[1].spans[0], ("系统".to_owned(), Mark::Strong));
        assert_eq!(blocks[1].spans[2], ("api".to_owned(), Mark::Code));
    }

    #[test]
    fn html_never_shows_a_tag_or_runs_a_script() {
        let html = "<p>a <b>b</b><br>c</p><script>alert(1)</script><table><tr><th>x</th><td>1</td></tr></table>\
            <pre>l 1\n  l 2</pre>&lt;i&gt;";
        let blocks = blocks(&clean(html).expect("shallow"));
        assert_eq!(shown(&blocks), ["a b", "c", "", "x | 1", "", "l 1", "  l 2", "", "<i>"]);
        assert!(blocks.iter().all(|block| !block.text().contains("alert")));
    }

    #[test]
    fn hostile_text_cannot_drive_the_terminal() {
        let blocks = plain("a\u{1b}[31m\nb\u{202e}");
        assert!(blocks.iter().all(|block| !block.text().contains(['\u{1b}', '\u{202e}'])));
    }

    proptest::proptest! {
        #[test]
        fn no_markup_at_all_makes_it_panic(html in "[<>a-z/=\"'&; !\\-\n好]{0,80}") {
            if let Ok(cleaned) = clean(&html) {
                let _ = blocks(&cleaned);
            }
            let _ = blocks(&html);
        }
    }
}
