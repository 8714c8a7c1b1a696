//! HTML and Markdown from outside as harmless HTML: an allow-list on a real parser, behind a check of the
//! nesting that would make the parser slow. Screens that show a body come here too.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use pulldown_cmark::{Event, Parser};

use super::place::MARKDOWN;

/// The deepest nesting of HTML elements: parsing is quadratic in it.
pub const MAX_DEPTH: usize = 512;

/// HTML that is nested deeper than `MAX_DEPTH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the HTML is nested {levels} levels deep; at most {MAX_DEPTH} are taken")]
pub struct TooDeep {
    /// How deep.
    pub levels: usize,
}

/// Markdown as harmless HTML.
pub fn markdown_to_html(markdown: &str) -> Result<String, TooDeep> {
    // Boxes of task lists are form elements, which cleaning removes: they become signs before.
    let events = Parser::new_ext(markdown, MARKDOWN).map(|event| match event {
        Event::TaskListMarker(done) => Event::Text(if done { "☑ " } else { "☐ " }.into()),
        event => event,
    });
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, events);
    clean(&html)
}

/// HTML from outside as harmless HTML.
pub fn clean(html: &str) -> Result<String, TooDeep> {
    static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
        let mut builder = ammonia::Builder::default();
        builder
            .link_rel(None)
            // A picture that goes with a mail, by its name.
            .add_url_schemes(["cid"])
            .add_tag_attributes("th", ["style"])
            .add_tag_attributes("td", ["style"])
            .filter_style_properties(HashSet::from(["text-align"]));
        builder
    });
    let levels = depth(html);
    if levels > MAX_DEPTH {
        return Err(TooDeep { levels });
    }
    Ok(CLEANER.clean(html).to_string())
}

/// How deep elements are nested at most, as far as that can be told without building the tree:
/// elements that end by themselves do not count, an end tag counts if its element is open.
fn depth(html: &str) -> usize {
    const SELF_ENDING: &[&str] = &[
        "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
        "meta", "option", "p", "param", "rp", "rt", "source", "tbody", "td", "tfoot", "th", "thead", "tr",
        "track", "wbr",
    ];
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut level, mut deepest) = (0, 0);
    for part in html.split('<').skip(1) {
        let (closing, part) = part.strip_prefix('/').map_or((false, part), |part| (true, part));
        let end = part.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(part.len());
        let name = part[..end].to_ascii_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || SELF_ENDING.contains(&name.as_str()) {
            continue;
        }
        let count = open.entry(name).or_default();
        if !closing {
            *count += 1;
            level += 1;
            deepest = deepest.max(level);
        } else if *count > 0 {
            *count -= 1;
            level -= 1;
        }
    }
    deepest
}
