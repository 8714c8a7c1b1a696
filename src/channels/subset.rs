//! Markdown in the dialects of chat services: each shows a part of it, with signs of its own.
//!
//! What a service cannot show becomes the next best that it can: a table its cells, a heading a bold line,
//! an image its link. Nothing is dropped but tags. Text is made harmless in the dialect's own way, because a
//! person's name must not become a mention or a link.

mod escape;
mod link;
mod writer;

use pulldown_cmark::{Parser, TextMergeStream};

pub(super) use escape::{discord, slack};
use writer::Writer;

use super::place::MARKDOWN;

/// Where a stretch of text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// At the beginning of a line.
    Start,
    /// After other text.
    Within,
}

/// How headings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Headings {
    /// With so many `#` at most.
    Hashes(usize),
    /// As a bold line.
    Bold,
}

/// How links are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// `[text](url)`
    Markdown,
    /// `<url|text>`
    Angled,
}

/// What one service shows, and with which signs. An empty sign means that it cannot show that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    bold: &'static str,
    italic: &'static str,
    strike: &'static str,
    code: &'static str,
    fence: &'static str,
    bullet: &'static str,
    headings: Headings,
    links: Links,
    /// Whether `![text](url)` shows a picture.
    images: bool,
    /// Whether a sign has to stand apart from letters to mean something.
    apart: bool,
    /// Makes running text harmless.
    escape: fn(&str, At, &mut String),
    /// The same inside code.
    verbatim: fn(&str, &mut String),
}

/// DingTalk: headings, quotations, bold, italic, links, pictures, lists. Neither code nor tables. That its
/// renderers honour backslashes is UNVERIFIED; they are CommonMark's.
pub(super) const DINGTALK: Dialect = Dialect {
    bold: "**",
    italic: "*",
    strike: "",
    code: "",
    fence: "",
    bullet: "- ",
    headings: Headings::Hashes(6),
    links: Links::Markdown,
    images: true,
    apart: false,
    escape: escape::backslashes,
    verbatim: escape::as_it_is,
};

/// The markdown element of a Feishu card; special signs in text are entities. Headings only show in the newest
/// clients, so they are bold lines.
pub(super) const FEISHU: Dialect = Dialect {
    bold: "**",
    italic: "*",
    strike: "~~",
    code: "`",
    fence: "```",
    bullet: "- ",
    headings: Headings::Bold,
    links: Links::Markdown,
    images: false,
    apart: false,
    escape: escape::entities,
    verbatim: escape::as_it_is,
};

/// WeCom: headings, bold, links, quotations, code in a line. It documents no way to escape anything.
pub(super) const WECOM: Dialect = Dialect {
    bold: "**",
    italic: "",
    strike: "",
    code: "`",
    fence: "",
    bullet: "- ",
    headings: Headings::Hashes(6),
    links: Links::Markdown,
    images: false,
    apart: false,
    escape: escape::after_at,
    verbatim: escape::as_it_is,
};

/// Slack's mrkdwn.
pub(super) const SLACK: Dialect = Dialect {
    bold: "*",
    italic: "_",
    strike: "~",
    code: "`",
    fence: "```",
    bullet: "• ",
    headings: Headings::Bold,
    links: Links::Angled,
    images: false,
    apart: true,
    escape: escape::slack_text,
    verbatim: escape::slack,
};

/// What Slack shows, in the signs that a preview reads.
pub(super) const SLACK_SHOWN: Dialect = Dialect {
    bold: "**",
    italic: "*",
    strike: "~~",
    bullet: "- ",
    links: Links::Markdown,
    apart: false,
    escape: escape::backslashes,
    verbatim: escape::as_it_is,
    ..SLACK
};

/// Discord: nearly all of Markdown, without tables and pictures.
pub(super) const DISCORD: Dialect = Dialect {
    bold: "**",
    italic: "*",
    strike: "~~",
    code: "`",
    fence: "```",
    bullet: "- ",
    headings: Headings::Hashes(3),
    links: Links::Markdown,
    images: false,
    apart: false,
    escape: escape::backslashes,
    verbatim: escape::as_it_is,
};

impl Dialect {
    /// This Markdown as the service writes it.
    pub(super) fn write(&self, markdown: &str) -> String {
        let mut writer = Writer::new(self);
        // Merged, so that no address is torn apart.
        for event in TextMergeStream::new(Parser::new_ext(markdown, MARKDOWN)) {
            writer.event(event);
        }
        writer.finish()
    }

    /// A headline of one line.
    pub(super) fn headline(&self, title: &str) -> String {
        let mut line = String::with_capacity(title.len() + 8);
        match self.headings {
            Headings::Hashes(_) => {
                line.push_str("### ");
                (self.escape)(title, At::Within, &mut line);
            }
            Headings::Bold => {
                line.push_str(self.bold);
                (self.escape)(title, At::Within, &mut line);
                line.push_str(self.bold);
            }
        }
        line
    }

    /// A bare link on a line of its own.
    pub(super) fn link_line(&self, url: &str) -> String {
        let url: String = url.chars().filter(|c| !c.is_whitespace() && !matches!(c, '<' | '>')).collect();
        match self.links {
            Links::Markdown => url,
            Links::Angled => {
                let mut line = String::from("<");
                escape::slack(&url.replace('|', "%7C"), &mut line);
                line.push('>');
                line
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# 停电 **now**\n\nDear **all** and *you*, ~~no~~ `a<b`  \nsee [the page](https://e.x/?a=1&b=2) \
        or <https://e.x/a_b> & 中**粗**文.\n\n- one\n- two\n  1. three\n\n> q\n>\n> r\n\n```\nx *y* & z\n```\n\n\
        | a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n![pic](https://e.x/p.png) <b>t</b> \\*not\\* @all <\\@x>";

    #[test]
    fn slack_gets_its_own_signs() {
        let expected = "*停电 now*\n\nDear *all* and _you_, ~no~ `a&lt;b`\nsee \
            <https://e.x/?a=1&amp;b=2|the page> or <https://e.x/a_b> &amp; 中\u{200b}*粗*\u{200b}文.\n\n• one\n• two\n  \
            1. three\n\n> q\n>\n> r\n\n```\nx *y* &amp; z\n```\n\n*a* | *b*\n1 | 2\n\n• ☑ done\n\n\
            <https://e.x/p.png|pic> t *not* @all &lt;@x&gt;";
        assert_eq!(SLACK.write(PAGE).replace("  \n", "\n"), expected);
    }

    #[test]
    fn wecom_keeps_bold_links_and_quotations_and_no_mention_can_be_made() {
        let expected = "# 停电 now\n\nDear **all** and you, no `a<b`\nsee [the page](https://e.x/?a=1&b=2) or \
            https://e.x/a_b & 中**粗**文.\n\n- one\n- two\n  1. three\n\n> q\n>\n> r\n\nx *y* & z\n\n\
            **a** | **b**\n1 | 2\n\n- ☑ done\n\n[pic](https://e.x/p.png) t *not* @all <\u{200b}@x>";
        assert_eq!(WECOM.write(PAGE).replace("  \n", "\n"), expected);
    }

    #[test]
    fn what_was_escaped_stays_text_where_signs_can_be_escaped() {
        for (dialect, tail) in [
            (&DINGTALK, "![pic](https://e.x/p.png) t \\*not\\* @all \\<@x>"),
            (&DISCORD, "[pic](https://e.x/p.png) t \\*not\\* @all \\<@x>"),
            (&FEISHU, "[pic](https://e.x/p.png) t &#42;not&#42; @all &#60;@x&#62;"),
        ] {
            let written = dialect.write(PAGE);
            assert!(written.ends_with(tail), "{written}");
        }
        assert_eq!(DISCORD.write("\\# a\n\n1\\. b_c https://e.x/a_b"), "\\# a\n\n1\\. b\\_c https://e.x/a_b");
    }

    #[test]
    fn a_link_cannot_break_out_of_its_signs() {
        let hostile = "[a|b>c](<https://e.x/|x>) [x](javascript:alert(1)) <https://e.x/|<!channel>>";
        let written = SLACK.write(hostile);
        assert!(written.starts_with("<https://e.x/%7Cx|a b&gt;c> x"), "{written}");
        assert!(!written.contains("<!channel"), "{written}");
        assert_eq!(DISCORD.write("[x](<https://e.x/a(b) c>)"), "[x](https://e.x/a%28b%29%20c)");
    }

    #[test]
    fn a_block_of_html_is_its_text() {
        assert_eq!(DISCORD.write("<div>a <b>b</b><br>c</div>\n\nd<br>e"), "a b\nc\n\nd  \ne");
    }

    proptest::proptest! {
        #[test]
        fn no_markdown_at_all_makes_a_dialect_panic(text in "[<>a-c/=\"' !\\-{}`\\[\\]()#*~_\n|&;:.1好👩‍👩‍👧]{0,80}") {
            for dialect in [&DINGTALK, &FEISHU, &WECOM, &SLACK, &SLACK_SHOWN, &DISCORD] {
                let written = dialect.write(&text);
                proptest::prop_assert!(!written.contains("<!channel"));
            }
        }
    }
}
