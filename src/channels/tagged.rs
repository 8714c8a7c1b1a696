//! Bodies for services that show a few tags of HTML in text with line ends: Telegram and Pushover.
//!
//! A body that was written as HTML is not clean, and values that were filled in bring entities of their own, so it
//! goes through the same cleaning as what is converted before its tags are picked.

use super::clean::clean;
use super::flatten::{html_to_tags, text_to_tags};
use super::kind::BuildError;
use crate::domain::message::{Content, Format};

/// The body with no tags but these.
pub(super) fn in_tags(content: &Content, tags: &'static [&'static str]) -> Result<String, BuildError> {
    match content.format {
        Format::Html => match clean(&content.body) {
            Ok(html) => Ok(html_to_tags(&html, tags)),
            Err(error) => Err(BuildError::BadContent(error.to_string())),
        },
        Format::Text | Format::Markdown => Ok(text_to_tags(content.plain.trim_end())),
    }
}

/// The same for a preview, which lays out HTML where line ends mean nothing.
pub(super) fn with_breaks(text: &str) -> String {
    text.replace('\n', "<br>\n")
}
