//! How running text is made harmless, service by service. Addresses in it stay as they are, so that they
//! become links.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::At;

/// Code, where signs mean nothing.
pub(super) fn as_it_is(text: &str, out: &mut String) {
    out.push_str(text);
}

/// Backslashes before what could be markup.
pub(super) fn backslashes(text: &str, at: At, out: &mut String) {
    by_word(text, at, out, |word, starts, out| {
        let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        for (index, c) in word.char_indices() {
            let special = match c {
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '~' => true,
                '#' | '>' | '+' | '-' | '=' => starts && index == 0,
                '.' | ')' => starts && digits > 0 && index == digits,
                _ => false,
            };
            if special {
                out.push('\\');
            }
            out.push(c);
        }
    });
}

/// Entities for what could be markup, as Feishu's cards want it.
pub(super) fn entities(text: &str, at: At, out: &mut String) {
    by_word(text, at, out, |word, starts, out| {
        for (index, c) in word.char_indices() {
            let special = match c {
                '&' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '\\' => true,
                '#' | '-' | '+' => starts && index == 0,
                _ => false,
            };
            if special {
                write!(out, "&#{};", u32::from(c)).expect("writing to a string cannot fail");
            } else {
                out.push(c);
            }
        }
    });
}

/// Keeps `<@name>` from being a mention: nothing else can be done where there is no escape.
pub(super) fn after_at(text: &str, _: At, out: &mut String) {
    out.push_str(&text.replace("<@", "<\u{200b}@"));
}

/// The three signs that Slack reads everywhere.
pub(in crate::channels) fn slack(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

pub(super) fn slack_text(text: &str, _: At, out: &mut String) {
    slack(text, out);
}

/// Plain text for Discord, which reads every text as Markdown.
pub(in crate::channels) fn discord(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '\n' | ',' | ':' | '/');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let inner = line.trim_start();
        out.push_str(&line[..line.len() - inner.len()]);
        backslashes(inner, At::Start, &mut out);
    }
    Cow::Owned(out)
}

/// Word by word, because an address must not be changed.
fn by_word(text: &str, at: At, out: &mut String, write: impl Fn(&str, bool, &mut String)) {
    for (index, word) in text.split_inclusive(' ').enumerate() {
        let address = ["http://", "https://"].iter().filter_map(|scheme| word.find(scheme)).min();
        let (before, address) = word.split_at(address.unwrap_or(word.len()));
        write(before, index == 0 && at == At::Start, out);
        // None of these stands in an address, and all of them would end one.
        out.extend(address.chars().map(|c| if matches!(c, '<' | '>' | '[' | ']') { ' ' } else { c }));
    }
}
