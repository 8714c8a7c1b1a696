//! Sentences with named places, and a form for one where the language has it.
//!
//! `{count}` is a place, `{{` a brace. In a locale file a phrase is a text, or a table with `one` and
//! `other`; `one` is taken where the value of `count` is exactly 1.

use std::fmt;

use serde::Deserialize;

use crate::look::format::number;

/// What stands in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Words as they are.
    Text(&'a str),
    /// A number, printed as `12,483`.
    Count(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a std::borrow::Cow<'a, str>> for Value<'a> {
    fn from(text: &'a std::borrow::Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Value<'_> {
    fn from(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => f.write_str(&number(*count)),
        }
    }
}

/// A sentence with places.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Source")]
pub struct Phrase {
    one: Option<Vec<Part>>,
    other: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Source {
    Plain(String),
    Forms { one: Option<String>, other: String },
}

/// A phrase that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the phrase `{0}` has a brace without its partner or a place without a name")]
pub struct PhraseError(String);

impl TryFrom<Source> for Phrase {
    type Error = PhraseError;

    fn try_from(source: Source) -> Result<Self, PhraseError> {
        let (one, other) = match source {
            Source::Plain(other) => (None, other),
            Source::Forms { one, other } => (one, other),
        };
        Ok(Self { one: one.as_deref().map(parse).transpose()?, other: parse(&other)? })
    }
}

fn parse(text: &str) -> Result<Vec<Part>, PhraseError> {
    let wrong = || PhraseError(text.to_owned());
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if (c == '{' || c == '}') && rest.next_if_eq(&c).is_some() {
            literal.push(c);
        } else if c == '{' {
            let name: String = std::iter::from_fn(|| rest.next_if(|c| *c != '}' && *c != '{')).collect();
            let named =
                !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
            if rest.next() != Some('}') || !named {
                return Err(wrong());
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Place(name));
        } else if c == '}' {
            return Err(wrong());
        } else {
            literal.push(c);
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

impl Phrase {
    /// The sentence with its places filled. A place without a value stays visible as `{name}`: a
    /// wrong call shows on the screen and never panics.
    ///
    /// `phrase.fill(&[("count", people.into()), ("name", name.into())])`
    pub fn fill(&self, values: &[(&str, Value<'_>)]) -> String {
        let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let parts = match (&self.one, value("count")) {
            (Some(one), Some(Value::Count(1))) => one,
            _ => &self.other,
        };
        let mut line = String::new();
        for part in parts {
            match part {
                Part::Text(text) => line.push_str(text),
                Part::Place(name) => match value(name) {
                    Some(value) => line.push_str(&value.to_string()),
                    None => line.extend(["{", name, "}"]),
                },
            }
        }
        line
    }

    /// The sentence for an amount: the most common fill.
    pub fn count(&self, count: i64) -> String {
        self.fill(&[("count", Value::Count(count))])
    }

    /// What stands in the places of a text that was filled from this phrase; `None`: from another. What stands in
    /// `count` must be a number.
    pub fn read<'a>(&'a self, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let mut values = Vec::new();
        let mut rest = text;
        let mut open: Option<&str> = None;
        for part in &self.other {
            match (part, open.take()) {
                (Part::Place(name), _) => open = Some(name),
                (Part::Text(text), None) => rest = rest.strip_prefix(text.as_str())?,
                (Part::Text(text), Some(name)) => {
                    let (value, after) = rest.split_once(text.as_str())?;
                    values.push((name, value));
                    rest = after;
                }
            }
        }
        match open {
            Some(name) => values.push((name, rest)),
            None if !rest.is_empty() => return None,
            None => {}
        }
        let is_number = |value: &str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        values.iter().all(|(name, value)| *name != "count" || is_number(value)).then_some(values)
    }

    /// The names of its places, sorted, each once, over both forms.
    pub fn places(&self) -> Vec<&str> {
        let forms = self.one.iter().chain(std::iter::once(&self.other));
        let mut names: Vec<_> = forms
            .flatten()
            .filter_map(|part| match part {
                Part::Place(name) => Some(name.as_str()),
                Part::Text(_) => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl std::str::FromStr for Phrase {
    type Err = PhraseError;

    fn from_str(text: &str) -> Result<Self, PhraseError> {
        Source::Plain(text.to_owned()).try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        phrase: Phrase,
    }

    fn read(source: &str) -> Result<Phrase, String> {
        toml::from_str(source).map(|file: File| file.phrase).map_err(|error| error.to_string())
    }

    #[test]
    fn one_person_and_many_people() {
        let phrase =
            read("phrase = { one = \"{count} person\", other = \"{count} people\" }").expect("a phrase");
        assert_eq!([0, 1, 12_483].map(|n| phrase.count(n)), ["0 people", "1 person", "12,483 people"]);
        let plain = read("phrase = \"{count} 人，{name}\"").expect("a phrase");
        assert_eq!(plain.fill(&[("count", 1_i64.into()), ("name", "王小明".into())]), "1 人，王小明");
        assert_eq!(plain.count(2), "2 人，{name}");
        assert_eq!(plain.places(), ["count", "name"]);
    }

    #[test]
    fn a_filled_text_gives_its_values_back() {
        let phrase = read("phrase = \"{count} to send, plan {plan}\"").expect("a phrase");
        assert_eq!(phrase.read("600 to send, plan 3f"), Some(vec![("count", "600"), ("plan", "3f")]));
        assert_eq!(phrase.read("many to send, plan 3f"), None);
        assert_eq!(phrase.read("600 to send"), None);
        let whole = read("phrase = \"settled by hand\"").expect("a phrase");
        assert_eq!((whole.read("settled by hand"), whole.read("settled by hand!")), (Some(vec![]), None));
    }

    #[test]
    fn braces_can_be_written_and_broken_places_are_refused() {
        let braces = read("phrase = \"{{{name}}}\"").expect("a phrase");
        assert_eq!(braces.fill(&[("name", "x".into())]), "{x}");
        for source in ["{", "}", "{}", "{a b}", "{name", "{Na}"] {
            assert!(read(&format!("phrase = \"{source}\"")).is_err(), "{source}");
        }
        assert!(read("phrase = { one = \"x\", other = \"y\", few = \"z\" }").is_err());
    }
}
