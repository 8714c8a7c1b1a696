//! What a name may be: of a channel, a topic, a tag, a person.
//!
//! Names of things stand in filters, CSV headers and `NAME=VALUE` arguments, so they keep clear of the
//! signs of those grammars. A person's name is outside text: nearly anything, cleaned when shown.

/// Why a text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("the name is empty")]
    Empty,
    /// Over the limit.
    #[error("the name is longer than {0} characters")]
    TooLong(usize),
    /// Line breaks, escapes, direction marks.
    #[error("the name has a control character in it")]
    Control,
    /// A sign of the filter grammar, a CSV list or `NAME=VALUE`.
    #[error("the name has `{0}` in it, which has a meaning of its own in filters and files")]
    Sign(char),
    /// A column of import files.
    #[error("the name means a column of its own in import files")]
    Column,
}

/// Most characters in the name of a channel, topic or tag.
pub const LONGEST_LABEL: usize = 64;
/// Most characters in a person's name.
pub const LONGEST_PERSON: usize = 200;

/// Characters that move the cursor or the reading direction and show nothing themselves.
fn is_control(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Reads the name of a topic, tag or channel: trimmed, without signs that filters, CSV lists and
/// arguments give a meaning to.
pub fn label(typed: &str) -> Result<&str, NameError> {
    let name = typed.trim();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.chars().count() > LONGEST_LABEL {
        return Err(NameError::TooLong(LONGEST_LABEL));
    }
    if name.chars().any(is_control) {
        return Err(NameError::Control);
    }
    let sign = |sign: &char| matches!(sign, ',' | '，' | ';' | '；' | '=' | '"' | '“' | '”');
    match name.chars().find(sign) {
        Some(sign) => Err(NameError::Sign(sign)),
        None => Ok(name),
    }
}

/// Reads the name of a channel, which may also stand in the header of an import file.
pub fn channel(typed: &str) -> Result<&str, NameError> {
    let name = label(typed)?;
    let lower = name.to_lowercase();
    if matches!(lower.as_str(), "name" | "topics" | "tags" | "note") || lower.starts_with("var.") {
        return Err(NameError::Column);
    }
    Ok(name)
}

/// Reads a person's name. Control characters are outside text like any other: kept out of the way
/// when shown, so that an import of odd nicknames does not fail. Only NUL is refused.
pub fn person(typed: &str) -> Result<&str, NameError> {
    let name = typed.trim();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.contains('\0') {
        return Err(NameError::Control);
    }
    if name.chars().count() > LONGEST_PERSON {
        return Err(NameError::TooLong(LONGEST_PERSON));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_clear_of_the_signs_of_filters_and_files() {
        assert_eq!(label("  运维 值班 "), Ok("运维 值班"));
        assert_eq!(label("ops:eu-1"), Ok("ops:eu-1"));
        assert_eq!(label(" "), Err(NameError::Empty));
        assert_eq!(label("a,b"), Err(NameError::Sign(',')));
        assert_eq!(label("a=b"), Err(NameError::Sign('=')));
        assert_eq!(label("a\u{1b}[31m"), Err(NameError::Control));
        assert_eq!(label("a\u{202e}b"), Err(NameError::Control));
        assert_eq!(label(&"x".repeat(65)), Err(NameError::TooLong(64)));
        assert_eq!(channel("Topics"), Err(NameError::Column));
        assert_eq!(channel("var.x"), Err(NameError::Column));
        assert_eq!(person("\u{1b}]0;evil\u{7}"), Ok("\u{1b}]0;evil\u{7}"));
        assert_eq!(person("a\0b"), Err(NameError::Control));
    }
}
