//! The link under a body, for services that have no field for it.

use std::borrow::Cow;

use super::text::has_link;
use crate::domain::message::{Content, Format};
use crate::domain::template::Escape;

/// Whether the link has to be added, because nobody would see it otherwise.
pub(super) fn lacks_link(content: &Content) -> bool {
    let has = |text: &str| has_link(text, &content.url);
    !content.url.is_empty() && !has(&content.body) && !has(&content.plain)
}

/// The body with the link under it.
pub(super) fn with_link(content: &Content) -> Cow<'_, str> {
    if !lacks_link(content) {
        return Cow::Borrowed(&content.body);
    }
    let (mut text, url) = (content.body.trim_end().to_owned(), content.url.as_str());
    let gap = if text.is_empty() { "" } else { "\n\n" };
    text.push_str(gap);
    match content.format {
        Format::Text => text.push_str(url),
        Format::Markdown => {
            text.push('<');
            text.extend(url.chars().filter(|c| !matches!(c, '<' | '>' | ' ')));
            text.push('>');
        }
        Format::Html => {
            let url = Escape::Html.of(url);
            text.push_str("<p><a href=\"");
            text.push_str(&url);
            text.push_str("\">");
            text.push_str(&url);
            text.push_str("</a></p>");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_stands_under_the_body_once() {
        let content = |format, body: &str| Content {
            format,
            body: body.into(),
            plain: body.into(),
            url: "https://e.x/?a=1&b=\"".into(),
            ..Content::default()
        };
        for (format, body, expected) in [
            (Format::Text, "x", "x\n\nhttps://e.x/?a=1&b=\""),
            (Format::Text, "x\n", "x\n\nhttps://e.x/?a=1&b=\""),
            (Format::Text, "see https://e.x/?a=1&b=\"", "see https://e.x/?a=1&b=\""),
            (Format::Markdown, "x", "x\n\n<https://e.x/?a=1&b=\">"),
            (
                Format::Html,
                "",
                "<p><a href=\"https://e.x/?a=1&amp;b=&quot;\">https://e.x/?a=1&amp;b=&quot;</a></p>",
            ),
        ] {
            assert_eq!(with_link(&content(format, body)), expected);
        }
    }
}
