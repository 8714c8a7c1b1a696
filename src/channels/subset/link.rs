//! Links in the dialects: `[text](url)`, `<url|text>`, or the bare address.

use super::Links;
use super::writer::Writer;

/// A link whose text is being written.
pub(super) struct Open {
    url: String,
    /// Where its text begins.
    from: usize,
    /// Written as it stands: an address between angle brackets.
    pub(super) bare: bool,
}

impl Writer<'_> {
    pub(super) fn link(&mut self, url: &str, bare: bool, opening: &str) {
        self.open_line();
        let url = if is_harmless(url) { target(url) } else { String::new() };
        let bare = bare && !url.is_empty();
        let from = self.out.len();
        if self.dialect.links == Links::Markdown && !bare && !url.is_empty() {
            self.out.push_str(opening);
        }
        self.links.push(Open { url, from, bare });
    }

    pub(super) fn close_link(&mut self) {
        let Some(Open { url, from, bare }) = self.links.pop() else { return };
        if url.is_empty() {
            return;
        }
        if bare {
            let line = self.dialect.link_line(url.strip_prefix("mailto:").unwrap_or(&url));
            self.out.push_str(&line);
            return;
        }
        let written = self.out.get(from..).unwrap_or_default();
        let label = written.trim_start_matches(['!', '[']).trim().to_owned();
        match self.dialect.links {
            Links::Markdown if label.is_empty() => {
                self.out.truncate(from);
                self.out.push_str(&url);
            }
            Links::Markdown => {
                self.out.push_str("](");
                self.out.push_str(&url);
                self.out.push(')');
            }
            Links::Angled => {
                self.out.truncate(from);
                let line = self.dialect.link_line(&url);
                let line = line.trim_end_matches('>');
                self.out.push_str(line);
                if !label.is_empty() {
                    self.out.push('|');
                    self.out.push_str(&label.replace(['|', '\n'], " "));
                }
                self.out.push('>');
            }
        }
        self.closed = false;
    }
}

pub(super) fn is_break(tag: &str) -> bool {
    let name = tag.trim_start_matches('<').trim_end_matches(['>', '/', ' ']);
    name.eq_ignore_ascii_case("br")
}

fn is_harmless(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once(':') else { return false };
    ["http", "https", "mailto", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// A link in the form that stands between signs of any dialect.
fn target(url: &str) -> String {
    let mut target = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '(' => target.push_str("%28"),
            ')' => target.push_str("%29"),
            '<' => target.push_str("%3C"),
            '>' => target.push_str("%3E"),
            '|' => target.push_str("%7C"),
            c if c.is_whitespace() || c.is_control() => target.push_str("%20"),
            c => target.push(c),
        }
    }
    target
}
