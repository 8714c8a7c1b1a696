//! Counting and cutting text as providers count it, and texts that must fit one line.
//!
//! A cut never splits what a reader sees as one character, unless that alone is over the limit.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::spec::{Limit, Unit};

impl Unit {
    /// How much `text` is in this unit.
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::Chars => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Bytes => text.len(),
        }
    }
}

impl Limit {
    /// Whether `text` is within it.
    pub fn fits(self, text: &str) -> bool {
        // No unit counts more than bytes.
        text.len() <= self.max || self.unit.count(text) <= self.max
    }

    /// Why a text of that size is refused, in the provider's own unit.
    pub fn over(self, has: usize) -> String {
        let most = self.max;
        match self.unit {
            Unit::Chars => format!("the text has {has} characters of at most {most}"),
            Unit::Utf16 => format!("the text has {has} UTF-16 units of at most {most}"),
            Unit::Bytes => format!("the text has {has} bytes of at most {most}"),
        }
    }
}

/// Whether `url` stands in `text` as a whole, and not as the beginning of a longer address.
pub fn has_link(text: &str, url: &str) -> bool {
    text.match_indices(url).any(|(at, _)| {
        let mut after = text[at + url.len()..].chars();
        match after.next() {
            // A full stop may end the sentence.
            Some('.') => !after.next().is_some_and(|c| c.is_ascii_alphanumeric()),
            Some(c) => !(c.is_ascii_alphanumeric() || "/?#&=-_~%+:@".contains(c)),
            None => true,
        }
    })
}

/// The longest beginning of `text` within `limit`.
pub fn cut(text: &str, limit: Limit) -> &str {
    if limit.fits(text) {
        return text;
    }
    let by_grapheme = beginning(text, text.graphemes(true), limit);
    if by_grapheme.is_empty() {
        beginning(text, text.split_inclusive(|_: char| true), limit)
    } else {
        by_grapheme
    }
}

fn beginning<'a>(text: &'a str, parts: impl Iterator<Item = &'a str>, limit: Limit) -> &'a str {
    let mut used = 0;
    let mut end = 0;
    for part in parts {
        used += limit.unit.count(part);
        if used > limit.max {
            break;
        }
        end += part.len();
    }
    &text[..end]
}

/// The same text with every run of line ends and control characters as one space, trimmed.
pub fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let parts = text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty());
    Cow::Owned(parts.collect::<Vec<_>>().join(" "))
}

/// The first line with anything on it.
pub fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_longer_address_is_not_the_link_that_it_begins_with() {
        let url = "https://example.com/a";
        for (text, holds) in [
            ("see https://example.com/abc", false),
            ("[x](https://example.com/a/b) https://example.com/a?b=1", false),
            ("https://example.com/a.html", false),
            ("see https://example.com/a.", true),
            ("[x](https://example.com/a)", true),
            ("https://example.com/ab and https://example.com/a", true),
            ("看https://example.com/a。", true),
        ] {
            assert_eq!(has_link(text, url), holds, "{text}");
        }
    }

    #[test]
    fn a_cut_leaves_families_and_accents_whole() {
        let family = "👩‍👩‍👧";
        let text = format!("ab{family}c");
        for (max, unit, expected) in [
            (3, Unit::Chars, "ab".to_owned()),
            (7, Unit::Chars, format!("ab{family}")),
            (10, Unit::Utf16, format!("ab{family}")),
            (9, Unit::Utf16, "ab".to_owned()),
        ] {
            assert_eq!(cut(&text, Limit { max, unit }), expected);
        }
        assert_eq!(cut(family, Limit { max: 1, unit: Unit::Chars }), "👩");
        assert_eq!(cut("好", Limit { max: 2, unit: Unit::Bytes }), "");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("a\r\n b\u{85}\tc "), "a b c");
        assert!(matches!(one_line("plain"), Cow::Borrowed("plain")));
    }

    proptest! {
        #[test]
        fn a_cut_fits_and_is_a_beginning(text in "\\PC{0,60}", max in 0usize..80) {
            for unit in [Unit::Chars, Unit::Utf16, Unit::Bytes] {
                let short = cut(&text, Limit { max, unit });
                prop_assert!(unit.count(short) <= max);
                prop_assert!(text.starts_with(short));
            }
        }
    }
}
