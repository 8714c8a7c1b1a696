//! Writes filters so that reading them gives the same filter again.

use std::fmt::{self, Write as _};

use super::{Field, Filter, Scope, Span, Term, Test};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_char('-')?;
        }
        match &self.test {
            Test::Text { text, .. } => f.write_str(&quoted(text, true)),
            Test::Topic(names) => list(f, Field::Topic, names.iter().map(|name| quoted(name, false))),
            Test::Tag(names) => list(f, Field::Tag, names.iter().map(|name| quoted(name, false))),
            Test::Channel(names) => list(f, Field::Channel, names.iter().map(|name| quoted(name, false))),
            Test::Name(texts) => list(f, Field::Name, texts.iter().map(|text| quoted(text, false))),
            Test::Error(codes) => list(f, Field::Error, codes.iter().map(|code| quoted(code, false))),
            Test::Lang(langs) => list(f, Field::Lang, langs.iter().map(|lang| quoted(lang, false))),
            Test::Person(ids) => list(f, Field::Id, ids),
            Test::TopicId(ids) => list(f, Field::Id, ids),
            Test::Delivery(ids) => list(f, Field::Id, ids),
            Test::Broadcast(ids) => list(f, Field::Broadcast, ids),
            Test::PersonState(states) => list(f, Field::Status, states.iter().map(|state| state.word())),
            Test::DeliveryState(states) => list(f, Field::Status, states.iter().map(|state| state.word())),
            Test::BroadcastState(states) => list(f, Field::Status, states.iter().map(|state| state.word())),
            Test::Class(classes) => list(f, Field::Class, classes.iter().map(|class| class.word())),
            Test::Since(when) => write!(f, "since:{when}"),
            Test::Until(when) => write!(f, "until:{when}"),
            Test::Count(spans) => list(f, Field::Count, spans),
            Test::Has(things) => list(f, Field::Has, things.iter().map(|thing| thing.word())),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (from, to) if from == to => write!(f, "{from}"),
            (from, i64::MAX) => write!(f, ">={from}"),
            (0, to) => write!(f, "<={to}"),
            (from, to) => write!(f, "{from}..{to}"),
        }
    }
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    field: Field,
    values: impl IntoIterator<Item = T>,
) -> fmt::Result {
    write!(f, "{}:", field.word())?;
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write!(f, "{value}")?;
    }
    Ok(())
}

/// The text, in quotes where it would not be read as one plain value.
fn quoted(text: &str, free: bool) -> String {
    let special = |sign: char| {
        sign.is_whitespace() || super::parse::is_quote(sign) || matches!(sign, ',' | '，' | '\\')
    };
    let field = |sign: char| matches!(sign, ':' | '：');
    let plain = !text.is_empty()
        && !text.contains(special)
        && !(free && (text.contains(field) || text.starts_with('-')));
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for sign in text.chars() {
        if sign == '\\' || super::parse::is_quote(sign) {
            quoted.push('\\');
        }
        quoted.push(sign);
    }
    quoted.push('"');
    quoted
}

impl Scope {
    /// The field under which ids of this scope are printed.
    pub(super) const fn id_prefix(self) -> &'static str {
        match self {
            Self::People => "u18",
            Self::Deliveries => "d18-4021",
            Self::Broadcasts => "b18",
            Self::Topics => "t18",
        }
    }
}
