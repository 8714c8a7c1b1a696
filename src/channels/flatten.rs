//! Cleaned HTML as plain text or as Markdown, and plain text as HTML or Markdown.
//!
//! It reads only what ammonia wrote: well-formed tags, quoted attributes, four entities. That makes it
//! one linear walk, where laying the page out in columns would be a second HTML parser. Links become
//! `text (url)` in plain text. For screens, `ui` lays HTML out to a width by itself.

mod tag;
mod writer;

use writer::{Dialect, Writer};

use crate::domain::template::Escape;

/// Cleaned HTML as text without markup.
pub(super) fn html_to_plain(html: &str) -> String {
    Writer::new(Dialect::Plain).walk(html)
}

/// Cleaned HTML as Markdown.
pub(super) fn html_to_markdown(html: &str) -> String {
    Writer::new(Dialect::Markdown).walk(html)
}

/// Cleaned HTML as text with no tags but these, for services with a subset of their own: line ends are line ends there,
/// list items begin with a sign.
pub(super) fn html_to_tags(html: &str, tags: &'static [&'static str]) -> String {
    Writer::new(Dialect::Tags(tags)).walk(html)
}

/// Plain text in such a subset.
pub(super) fn text_to_tags(text: &str) -> String {
    writer::escaped(text)
}

/// How many characters a reader sees of such a text, without tags and with entities as one.
pub(super) fn visible_chars(text: &str) -> usize {
    let mut count = 0;
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        count += tag::decode(&rest[..open]).chars().count();
        let end = tag::tag_end(&rest[open..]);
        rest = rest.get(open + end + 1..).unwrap_or_default();
    }
    count + tag::decode(rest).chars().count()
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
    fn html_becomes_the_few_tags_that_a_service_knows() {
        let tags = &["b", "i", "u", "s", "a", "code", "pre", "blockquote"];
        let expected = "<b>停电 *now*</b>\n\nDear <b>all</b>,\nsee <a href=\"https://e.x/?a=1&amp;b=(2)\">the page</a> \
            &lt;soon&gt;.\n\n- one\n- two\n  3. three\n\na | b\n1|x | 2\n\n\
            <blockquote>q\n\nr</blockquote>\n\n<pre>x  *y*\n  z</pre>";
        assert_eq!(html_to_tags(PAGE, tags), expected);
        for (html, expected) in [
            ("<h1><strong>a</strong> <em>b</em></h1>", "<b>a <i>b</i></b>"),
            ("<p><code>x <b>y</b> &amp;</code></p>", "<code>x y &amp;</code>"),
            ("<pre><code><b>a</b> &lt;</code></pre>", "<pre>a &lt;</pre>"),
            (
                "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>",
                "<blockquote>a\n\nb</blockquote>",
            ),
            ("<blockquote></blockquote><p>a</p>", "a"),
            (
                "<a href=\"https://e.x/?a=&quot;\"></a>",
                "<a href=\"https://e.x/?a=&quot;\">https://e.x/?a=\"</a>",
            ),
            ("<p>a<a>b</a></p><ul><li><ins>c</ins></li></ul>", "ab\n\n- <u>c</u>"),
        ] {
            assert_eq!(html_to_tags(html, tags), expected, "{html}");
        }
        let few = "a\n\n> q\n\n<b>x</b> y";
        assert_eq!(html_to_tags("<p>a</p><blockquote>q</blockquote><b>x</b> <code>y</code>", &["b"]), few);
    }

    #[test]
    fn only_what_a_reader_sees_is_counted() {
        for (text, count) in
            [("a&amp;b", 3), ("<b>好😀</b>", 2), ("<a href=\"https://e.x/>\">x</a>y", 2), ("a > b", 5)]
        {
            assert_eq!(visible_chars(text), count, "{text}");
        }
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

    /// Reads such a text as Telegram does, strictly: what it refuses is named.
    fn fault(text: &str, tags: &[&str]) -> Option<String> {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['<', '&']) {
            rest = &rest[at..];
            if let Some(entity) = rest.strip_prefix('&') {
                let known = ["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known));
                if !known {
                    return Some(format!("an entity at {rest}"));
                }
                rest = entity;
                continue;
            }
            let end = tag::tag_end(rest);
            let inside = &rest[1..end];
            if let Some(name) = inside.strip_prefix('/') {
                if open.pop() != Some(name) {
                    return Some(format!("the end of {name} at {rest}"));
                }
            } else {
                let name = inside.split(' ').next().unwrap_or_default();
                if !tags.contains(&name)
                    || open.contains(&name)
                    || open.contains(&"code")
                    || open.contains(&"pre")
                {
                    return Some(format!("{name} in {open:?}"));
                }
                open.push(name);
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        (!open.is_empty()).then(|| format!("{open:?} at the end"))
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_html_its_few_tags_are_in_order(parts in proptest::collection::vec(0usize..28, 0..40)) {
            const PARTS: [&str; 28] = [
                "<b>", "</b>", "<em>", "</em>", "<u>", "</u>", "<del>", "</del>", "<a href=\"https://e.x/?a&b=%22\">", "</a>",
                "<code>", "</code>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<ul><li>", "</ul>", "<p>", "</p>",
                "<table><tr><td>", "</table>", "<h2>", "</h2>", "a &amp; b ", "<br>", "\n", "&lt;x&gt;&#39;&nbsp;",
            ];
            let html: String = parts.iter().map(|part| PARTS[*part]).collect();
            let cleaned = crate::channels::clean::clean(&html).expect("shallow");
            for tags in [&["b", "i", "u", "s", "a", "code", "pre", "blockquote"][..], &["b", "i", "u", "a"]] {
                let text = html_to_tags(&cleaned, tags);
                proptest::prop_assert_eq!(fault(&text, tags), None, "{} from {}", text, cleaned);
            }
        }
    }
}
