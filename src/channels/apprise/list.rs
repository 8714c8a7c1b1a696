//! Files of URLs: one a line, with tags before it if one likes, or the simple form of Apprise's YAML.

/// A URL in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line, from 1.
    pub line: u64,
    /// The first tag: what the channel is called.
    pub tag: Option<String>,
    /// The URL.
    pub url: String,
}

/// A line that is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} cannot be read")]
pub struct Unreadable {
    /// The line, from 1.
    pub line: u64,
}

/// The URLs of a file. Nested YAML is not read: it is better to say so than to leave half of it out.
pub fn lines(text: &str) -> Result<Vec<Line>, Unreadable> {
    let numbered = text.trim_start_matches('\u{feff}').lines().zip(1_u64..);
    let numbered = numbered.map(|(text, line)| (text.trim_end(), line));
    let mut found = Vec::new();
    if text.lines().any(|line| line.trim_end() == "urls:") {
        let mut inside = false;
        for (text, line) in numbered {
            let bare = text.trim_start();
            if bare.is_empty() || bare.starts_with('#') || bare == "---" {
                continue;
            }
            if let Some(item) = bare.strip_prefix("- ").filter(|_| inside) {
                found.push(Line { line, tag: None, url: scalar(item).ok_or(Unreadable { line })? });
            } else if text.len() == bare.len() && (bare == "urls:" || bare.starts_with("version:")) {
                inside = bare == "urls:";
            } else {
                return Err(Unreadable { line });
            }
        }
        return Ok(found);
    }
    for (text, line) in numbered {
        let bare = text.trim_start();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        let scheme = bare.find("://").ok_or(Unreadable { line })?;
        let (tag, url) = match bare[..scheme].rsplit_once('=') {
            Some((tags, _)) => (tags.split([',', ' ']).find(|tag| !tag.is_empty()), &bare[tags.len() + 1..]),
            None => (None, bare),
        };
        found.push(Line { line, tag: tag.map(str::to_owned), url: url.trim().to_owned() });
    }
    Ok(found)
}

/// A plain or quoted text of YAML on one line.
fn scalar(text: &str) -> Option<String> {
    let text = text.trim();
    let value = match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = text[1..].strip_suffix(quote)?;
            if inner.contains([quote, '\\']) {
                return None;
            }
            inner
        }
        // A comment needs a blank before it, and a colon at the end begins a nested map.
        _ => text.split(" #").next()?.trim_end(),
    };
    (value.contains("://") && !value.ends_with(':')).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_simple_yaml_are_read_and_the_rest_is_named() {
        let text = "\u{feff}# mine\n\nschan://SCT1T/\n ops, home = bark://h/k?x=a=b\n;no\n";
        let line =
            |line, tag: Option<&str>, url: &str| Line { line, tag: tag.map(Into::into), url: url.into() };
        assert_eq!(
            lines(text),
            Ok(vec![line(3, None, "schan://SCT1T/"), line(4, Some("ops"), "bark://h/k?x=a=b")])
        );
        let yaml = "version: 1\nurls:\n  - schan://SCT1T/   # mine\n  - \"bark://h/k\"\n  - 'json://h'\n";
        assert_eq!(
            lines(yaml),
            Ok(vec![line(3, None, "schan://SCT1T/"), line(4, None, "bark://h/k"), line(5, None, "json://h")])
        );
        for (text, at) in [
            ("schan://SCT1T/\nnot a url", 2),
            ("urls:\n  - mailto://a:b@c.d:\n      - to: e@f.g\n", 2),
            ("include: other.yml\nurls:\n", 1),
            ("urls:\n  - \"a://b\\x\"", 2),
        ] {
            assert_eq!(lines(text), Err(Unreadable { line: at }), "{text}");
        }
    }
}
