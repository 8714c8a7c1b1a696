//! Telegram's two markups, read as strictly as it does: an unknown tag or a stray mark refuses the message.

/// The tags that it knows.
const TAGS: [&str; 15] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-spoiler",
    "span",
];

/// The text of an HTML message.
pub(super) fn html(text: &str) -> Result<String, String> {
    let mut shown = String::with_capacity(text.len());
    let mut open: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '<' => {
                let Some(end) = text[at..].find('>') else {
                    return Err(format!("Unclosed start tag at byte offset {at}"));
                };
                let inside = &text[at + 1..at + end];
                if let Some(name) = inside.strip_prefix('/') {
                    let name = name.trim().to_ascii_lowercase();
                    match open.pop() {
                        None => return Err(format!("Unexpected end tag at byte offset {at}")),
                        Some(wanted) if wanted != name => {
                            return Err(format!(
                                "Unmatched end tag at byte offset {at}, expected \"</{wanted}>\", found \"</{name}>\""
                            ));
                        }
                        Some(_) => {}
                    }
                } else {
                    let name = inside.split([' ', '\n']).next().unwrap_or_default().to_ascii_lowercase();
                    if !TAGS.contains(&name.as_str()) {
                        return Err(format!("Unsupported start tag \"{name}\" at byte offset {at}"));
                    }
                    open.push(name);
                }
                at += end + 1;
            }
            '&' => {
                let (read, length) = entity(&text[at..]);
                shown.push(read);
                at += length;
            }
            other => {
                shown.push(other);
                at += other.len_utf8();
            }
        }
    }
    match open.pop() {
        Some(name) => Err(format!("Can't find end tag corresponding to start tag \"{name}\"")),
        None => Ok(shown),
    }
}

/// Four named entities and numbers; a bare `&` stands for itself, as the real parser lets it.
fn entity(text: &str) -> (char, usize) {
    for (name, read) in [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')] {
        if text.starts_with(name) {
            return (read, name.len());
        }
    }
    let numeric = text.strip_prefix("&#").and_then(|rest| {
        let digits = rest.split(';').next()?;
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => digits.parse().ok()?,
        };
        rest.contains(';').then_some((char::from_u32(code)?, digits.len() + 3))
    });
    numeric.unwrap_or(('&', 1))
}

/// The text of a `MarkdownV2` message. Pairs are not matched: only marks that have to be escaped are looked at.
pub(super) fn markdown(text: &str) -> Result<String, String> {
    let mut shown = String::with_capacity(text.len());
    let (mut code, mut link, mut line_begins) = (false, false, true);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let begins = std::mem::replace(&mut line_begins, c == '\n');
        match c {
            '\\' => shown.extend(chars.next().map(|(_, escaped)| escaped)),
            '`' => code = !code,
            ']' if !code => link = chars.next_if(|(_, next)| *next == '(').is_some(),
            ')' if link => link = false,
            _ if link => {}
            '#' | '+' | '-' | '=' | '{' | '}' | '.' | '!' | '(' | ')' if !code => {
                return Err(format!(
                    "Character '{c}' is reserved and must be escaped with the preceding '\\' at byte offset {at}"
                ));
            }
            '>' if !code && !begins => {
                return Err(
                    "Character '>' is reserved and must be escaped with the preceding '\\'".to_owned()
                );
            }
            '*' | '_' | '~' | '|' | '[' if !code => {}
            '>' if !code => {}
            other => shown.push(other),
        }
    }
    if code { Err("Can't find end of Code entity".to_owned()) } else { Ok(shown) }
}
