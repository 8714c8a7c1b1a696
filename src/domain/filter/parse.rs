//! Reads filters, term by term, with the place of every mistake.

use std::ops::Range;

use super::words::Worded;
use super::{Field, FilterError, FilterProblem, Has, Scope, Span, Term, Test, When};
use crate::domain::nearest::nearest;

/// One term as a screen shows it: where it stands, and what it means or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The bytes of the text that it takes.
    pub span: Range<usize>,
    /// What it means.
    pub term: Result<Term, FilterError>,
}

/// Reads every term for itself, so that one mistake colours one chip.
pub fn chips(text: &str, scope: Scope) -> Vec<Chip> {
    let mut reader = Reader { text, at: 0, scope };
    let mut chips = Vec::new();
    loop {
        reader.skip(char::is_whitespace);
        let start = reader.at;
        if reader.peek().is_none() {
            return chips;
        }
        let term = reader.term();
        if term.is_err() {
            reader.skip(|sign| !sign.is_whitespace());
        }
        chips.push(Chip { span: start..reader.at, term });
    }
}

pub(super) const fn is_quote(sign: char) -> bool {
    matches!(sign, '"' | '“' | '”' | '＂')
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    scope: Scope,
}

/// A value as typed, and where.
struct Typed {
    text: String,
    span: Range<usize>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let sign = self.peek()?;
        self.at += sign.len_utf8();
        Some(sign)
    }

    fn skip(&mut self, while_it: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&while_it) {
            self.next();
        }
    }

    fn term(&mut self) -> Result<Term, FilterError> {
        let after = self.text[self.at..].strip_prefix('-').and_then(|rest| rest.chars().next());
        let negated = after.is_some_and(|sign| !sign.is_whitespace());
        if negated {
            self.next();
        }
        let test = match self.field_name() {
            Some(span) => self.field(span)?,
            None => Test::Text { text: self.value(|_| false)?.text, owners: Vec::new() },
        };
        Ok(Term { negated, test })
    }

    /// The span of a word that ends in a colon, if the next thing is one; the reader then stands
    /// behind the colon.
    fn field_name(&mut self) -> Option<Range<usize>> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|sign: char| sign.is_whitespace() || is_quote(sign) || matches!(sign, ':' | '：'))?;
        let colon = rest[end..].chars().next().filter(|sign| matches!(sign, ':' | '：'))?;
        if end == 0 {
            return None;
        }
        let span = self.at..self.at + end;
        self.at = span.end + colon.len_utf8();
        Some(span)
    }

    fn field(&mut self, span: Range<usize>) -> Result<Test, FilterError> {
        let typed = &self.text[span.clone()];
        let Some(field) = Field::from_word(typed) else {
            let words = Field::of(self.scope)
                .flat_map(|field| std::iter::once(field.word()).chain(field.aliases().iter().copied()));
            let nearest = nearest(typed, words);
            return Err(FilterError {
                span,
                problem: FilterProblem::UnknownField { field: typed.to_owned(), nearest },
            });
        };
        if !field.fits(self.scope) {
            return Err(FilterError { span, problem: FilterProblem::NotHere(field) });
        }
        let mut values = Vec::new();
        loop {
            let value = self.value(|sign| matches!(sign, ',' | '，'))?;
            if value.text.is_empty() {
                return Err(FilterError {
                    span: span.start..self.at,
                    problem: FilterProblem::NoValue(field),
                });
            }
            values.push(value);
            match self.peek() {
                Some(',' | '，') => self.next(),
                _ => break,
            };
        }
        self.test(field, values)
    }

    /// One value up to white space or `end`; quoted parts keep both. A backslash inside quotes keeps
    /// the next sign as it is.
    fn value(&mut self, end: impl Fn(char) -> bool) -> Result<Typed, FilterError> {
        let start = self.at;
        let mut text = String::new();
        while let Some(sign) = self.peek().filter(|sign| !sign.is_whitespace() && !end(*sign)) {
            let opened = self.at;
            self.next();
            if !is_quote(sign) {
                text.push(sign);
                continue;
            }
            loop {
                match self.next() {
                    Some('\\') => text.extend(self.next()),
                    Some(sign) if is_quote(sign) => break,
                    Some(sign) => text.push(sign),
                    None => {
                        return Err(FilterError { span: opened..self.at, problem: FilterProblem::OpenQuote });
                    }
                }
            }
        }
        Ok(Typed { text, span: start..self.at })
    }

    fn test(&self, field: Field, values: Vec<Typed>) -> Result<Test, FilterError> {
        let texts = |values: Vec<Typed>| values.into_iter().map(|value| value.text).collect();
        Ok(match field {
            Field::Topic => Test::Topic(texts(values)),
            Field::Channel => Test::Channel(texts(values)),
            Field::Error => Test::Error(texts(values)),
            Field::Name => Test::Name(texts(values)),
            Field::Tag => Test::Tag(texts(values)),
            Field::Lang => Test::Lang(texts(values)),
            Field::Status => self.states(&values)?,
            Field::Class => Test::Class(words(field, &values, |_| true)?),
            Field::Id => self.ids(&values)?,
            Field::Broadcast => Test::Broadcast(each(field, &values, "b18")?),
            Field::Since => Test::Since(moment(field, &values)?),
            Field::Until => Test::Until(moment(field, &values)?),
            Field::Count => Test::Count(spans(&values)?),
            Field::Has => Test::Has(words(field, &values, |has: &Has| has.fits(self.scope))?),
        })
    }

    fn states(&self, values: &[Typed]) -> Result<Test, FilterError> {
        let field = Field::Status;
        Ok(match self.scope {
            Scope::People | Scope::Topics => Test::PersonState(words(field, values, |_| true)?),
            Scope::Deliveries => Test::DeliveryState(words(field, values, |_| true)?),
            Scope::Broadcasts => Test::BroadcastState(words(field, values, |_| true)?),
        })
    }

    fn ids(&self, values: &[Typed]) -> Result<Test, FilterError> {
        let takes = self.scope.id_prefix();
        Ok(match self.scope {
            Scope::People => Test::Person(each(Field::Id, values, takes)?),
            // What a person's page shows pasted into History finds that person's deliveries.
            Scope::Deliveries if values.iter().all(names_a_person) => {
                Test::Person(each(Field::Id, values, takes)?)
            }
            Scope::Deliveries => Test::Delivery(each(Field::Id, values, takes)?),
            Scope::Broadcasts => Test::Broadcast(each(Field::Id, values, takes)?),
            Scope::Topics => Test::TopicId(each(Field::Id, values, takes)?),
        })
    }
}

fn names_a_person(value: &Typed) -> bool {
    value.text.trim_start_matches('#').starts_with('u')
}

fn bad(field: Field, value: &Typed, takes: &str, nearest: Option<&'static str>) -> FilterError {
    FilterError {
        span: value.span.clone(),
        problem: FilterProblem::BadValue {
            field,
            value: value.text.clone(),
            takes: takes.to_owned(),
            nearest,
        },
    }
}

fn words<T: Worded>(
    field: Field,
    values: &[Typed],
    fits: impl Fn(&T) -> bool,
) -> Result<Vec<T>, FilterError> {
    let each = |value: &Typed| {
        T::typed(&value.text).filter(&fits).ok_or_else(|| {
            let fitting = || T::all().iter().copied().filter(&fits);
            let takes: Vec<&str> = fitting().map(T::pinned).collect();
            let known = fitting()
                .flat_map(|value| std::iter::once(value.pinned()).chain(value.also().iter().copied()));
            bad(field, value, &takes.join(", "), nearest(&value.text, known))
        })
    };
    values.iter().map(each).collect()
}

fn each<T: std::str::FromStr>(field: Field, values: &[Typed], takes: &str) -> Result<Vec<T>, FilterError> {
    values.iter().map(|value| value.text.parse().map_err(|_| bad(field, value, takes, None))).collect()
}

fn moment(field: Field, values: &[Typed]) -> Result<When, FilterError> {
    let takes = "30m, 12h, 7d, 2w, 2025-11-01";
    match values {
        [value] => When::parse(&value.text).ok_or_else(|| bad(field, value, takes, None)),
        _ => Err(bad(field, &values[1], takes, None)),
    }
}

fn spans(values: &[Typed]) -> Result<Vec<Span>, FilterError> {
    values
        .iter()
        .map(|value| span(&value.text).ok_or_else(|| bad(Field::Count, value, "50, >50, <=50, 50..99", None)))
        .collect()
}

fn span(text: &str) -> Option<Span> {
    let number = |digits: &str| {
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|n| whole && *n < i64::MAX)
    };
    if let Some((from, to)) = text.split_once("..") {
        let (from, to) = (number(from)?, number(to)?);
        return (from <= to).then_some(Span { from, to });
    }
    let sign = text.len() - text.trim_start_matches(['>', '<', '=', '＞', '＜']).len();
    let n = number(&text[sign..])?;
    match &text[..sign] {
        "" => Some(Span { from: n, to: n }),
        ">" | "＞" => Some(Span { from: n + 1, to: i64::MAX }),
        ">=" => Some(Span { from: n, to: i64::MAX }),
        "<" | "＜" => (n > 0).then(|| Span { from: 0, to: n - 1 }),
        "<=" => Some(Span { from: 0, to: n }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
