//! How a person's value is made harmless: for each place where it can land, the signs that would be
//! read as markup, as another link or as another line there.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How a value is made harmless for the place where it lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// Plain text: as it is.
    #[default]
    None,
    /// A one-line field, such as a title: line ends become spaces.
    Line,
    /// Between tags.
    Html,
    /// In an attribute that is not a link, quoted or not.
    Attribute,
    /// Running Markdown text.
    Markdown,
    /// Inside a Markdown code span or block, where backslashes would show.
    MarkdownCode,
    /// Part of a link: every reserved character is percent-encoded.
    LinkPart,
    /// The beginning of a link that stands alone: a whole link with a harmless scheme stays one.
    Link,
    /// The same inside HTML or Markdown.
    MarkupLink,
}

fn without_controls(value: &str) -> Cow<'_, str> {
    let is_bad = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if value.contains(is_bad) { Cow::Owned(value.replace(is_bad, "")) } else { Cow::Borrowed(value) }
}

impl Escape {
    /// Appends `value` in its harmless form. No place has a use for control characters but those of lines: in a
    /// terminal mail reader they would be commands.
    pub fn write(self, value: &str, out: &mut String) {
        let value = &*without_controls(value);
        match self {
            Self::None => out.push_str(value),
            Self::Line => value.chars().for_each(|c| out.push(if c.is_control() { ' ' } else { c })),
            Self::Html => html(value, out),
            Self::Attribute => attribute(value, out),
            // The place of a slot in its line is not known here.
            Self::Markdown => escape_markdown(value, Position::LineStart, out),
            Self::MarkdownCode => value.chars().for_each(|c| {
                out.push(match c {
                    '`' => '\'',
                    c if c.is_control() => ' ',
                    c => c,
                });
            }),
            Self::LinkPart => percent(value, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b), out),
            Self::Link | Self::MarkupLink if is_harmless_link(value) => {
                whole_link(value, self == Self::MarkupLink, out);
            }
            Self::Link | Self::MarkupLink => Self::LinkPart.write(value, out),
        }
    }

    /// The harmless form of `value`.
    pub fn of(self, value: &str) -> String {
        let mut out = String::with_capacity(value.len() + 8);
        self.write(value, &mut out);
        out
    }
}

fn html(value: &str, out: &mut String) {
    let mut from = 0;
    for (at, byte) in value.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&value[from..at]);
        out.push_str(entity);
        from = at + 1;
    }
    out.push_str(&value[from..]);
}

/// An operator may have forgotten the quotes around an attribute, so everything that could end an
/// unquoted one becomes an entity too.
fn attribute(value: &str, out: &mut String) {
    for c in value.chars() {
        if c.is_alphanumeric() || (!c.is_ascii() && !c.is_whitespace() && !c.is_control()) {
            out.push(c);
        } else {
            write!(out, "&#{};", u32::from(c)).expect("writing to a string cannot fail");
        }
    }
}

/// Where a stretch of Markdown text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Perhaps at the beginning of a line, where `#`, `-` and `1.` mean something.
    LineStart,
    /// Certainly after other text on the same line.
    Within,
}

/// Appends `value` so that Markdown shows it as it is: escapes what could start markup at this place,
/// and no more, because some cards show the source.
pub fn escape_markdown(value: &str, position: Position, out: &mut String) {
    let value = value.trim_start();
    let starts = position == Position::LineStart;
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let folded = value.to_ascii_lowercase();
    for (at, c) in value.char_indices() {
        let rest = &value[at + c.len_utf8()..];
        let special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' | '@' => true,
            '&' => rest.starts_with(|next: char| next == '#' || next.is_ascii_alphabetic()),
            '#' | '+' | '-' | '=' => starts && at == 0,
            '.' => (starts && at == digits && at > 0) || folded[..at].ends_with("www"),
            ')' => starts && at == digits && at > 0,
            // Keeps bare addresses from becoming links.
            ':' => rest.starts_with("//"),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
}

fn is_harmless_link(value: &str) -> bool {
    let Some((scheme, _)) = value.split_once(':') else { return false };
    ["http", "https", "mailto", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

fn whole_link(value: &str, in_markup: bool, out: &mut String) {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$*+,;=%".contains(&b);
    for part in value.split_inclusive('&') {
        percent(part.trim_end_matches('&'), keep, out);
        if part.ends_with('&') {
            out.push_str(if in_markup { "&amp;" } else { "&" });
        }
    }
}

fn percent(value: &str, keep: impl Fn(u8) -> bool, out: &mut String) {
    for byte in value.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
}
