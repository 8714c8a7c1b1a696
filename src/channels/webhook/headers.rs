//! Headers as an operator writes them: `Name: value` in lines, or with `;` between them.
//!
//! They are taken apart before anything is filled in, so that no value can add one. A `;` only parts headers
//! where a name and a colon follow: `text/plain; charset=utf-8` is one value.

use crate::channels::call::HttpCall;
use crate::channels::kind::BuildError;

/// What the connection itself says, and nobody else.
const OWN: &[&str] =
    &["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"];

/// The names, in lower case, and the templates of the values.
pub(super) fn split(source: &str) -> Result<Vec<(String, &str)>, String> {
    let mut found = Vec::new();
    for part in parts(source) {
        let Some((name, value)) = part.split_once(':') else {
            return Err("expected `Name: value`, with `;` or a line end between them".to_owned());
        };
        let name = name.trim().to_ascii_lowercase();
        if !is_name(&name) {
            return Err("the name of a header has letters, digits and -".to_owned());
        }
        if OWN.contains(&name.as_str()) {
            return Err(format!("the header `{name}` cannot be set"));
        }
        found.push((name, value.trim()));
    }
    Ok(found)
}

/// The texts between line ends and parting `;`, outside of braces.
pub(in crate::channels) fn parts(source: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0usize);
    for (at, c) in source.char_indices() {
        let rest = &source[at..];
        if ["{{", "{%", "{#"].iter().any(|open| rest.starts_with(open)) {
            depth += 1;
        } else if ["}}", "%}", "#}"].iter().any(|close| rest.starts_with(close)) {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && (c == '\n' || c == ';' && begins_header(&rest[1..])) {
            parts.push(&source[from..at]);
            from = at + 1;
        }
    }
    parts.push(&source[from..]);
    parts.retain(|part| !part.trim().trim_matches(';').is_empty());
    parts
}

fn begins_header(rest: &str) -> bool {
    rest.split_once(':').is_some_and(|(name, _)| is_name(name.trim())) || rest.trim().is_empty()
}

fn is_name(name: &str) -> bool {
    let in_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(in_token)
}

/// Puts a filled header into a call.
pub(super) fn add(call: &mut HttpCall, name: String, value: &str) -> Result<(), BuildError> {
    if !value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')) {
        let why = format!("the header `{name}` would hold what no header can; `urlencode` makes it fit");
        return Err(BuildError::BadContent(why));
    }
    if !value.is_empty() {
        call.headers.push((name.into(), value.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_parted_where_one_begins() {
        let split = |source| split(source).expect("headers");
        let owned = |pairs: &[(&str, &'static str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<Vec<_>>()
        };
        for (source, expected) in [
            ("", owned(&[])),
            ("X-A: 1; X-B: 2;", owned(&[("x-a", "1"), ("x-b", "2")])),
            (
                "Content-Type: text/plain; charset=utf-8\nX-A: {{ 'a; b: c' }}; x-b:2",
                owned(&[
                    ("content-type", "text/plain; charset=utf-8"),
                    ("x-a", "{{ 'a; b: c' }}"),
                    ("x-b", "2"),
                ]),
            ),
            ("Link: https://e.x/a:b", owned(&[("link", "https://e.x/a:b")])),
        ] {
            assert_eq!(split(source), expected, "{source}");
        }
    }

    #[test]
    fn names_that_are_none_and_those_of_the_connection_are_refused() {
        for source in ["X A: b", ": b", "just a text", "Host: e.x", "content-length: 3", "{{ name }}: x"] {
            assert!(split(source).is_err(), "{source}");
        }
    }
}
