//! Tags, attributes and entities as ammonia writes them.

/// Where the tag that `html` begins with ends: the place of its `>`.
pub(super) fn tag_end(html: &str) -> usize {
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

pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split('"').next().map(decode)
}

pub(super) fn start_number(tag: &str) -> u64 {
    attribute(tag, "start").and_then(|start| start.parse().ok()).unwrap_or(1)
}

pub(super) fn decode(text: &str) -> String {
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
pub(super) fn link_target(href: &str) -> String {
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
