//! Personal variables in a message: `{{name}}`, `{{ city | default("somewhere") }}`.
//!
//! The language is one form only, so it is read by hand and not by a template engine: nothing loops,
//! nothing is looked up but a person's variables, and rendering is copying pieces together. `{% %}`
//! is plain text. A literal brace pair is written `{{ "{{" }}`. Where a value lands in markup is
//! decided by `channels::render`; how it is made harmless there stands in `Escape`.

use std::borrow::Cow;

mod escape;
mod hole;
mod scanner;

pub use escape::{Escape, Position, escape_markdown};
pub use hole::{Hole, Size};
use scanner::{Inside, Scanner};

/// A text with places for a person's variables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    pieces: Vec<Piece>,
    variables: Vec<Variable>,
}

/// One variable that a text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name, as in `--var NAME=VALUE`.
    pub name: String,
    /// Whether every place that asks for it says what to put when a person lacks it.
    pub has_default: bool,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Copied as it stands.
    Text(String),
    /// Filled for each person.
    Slot(Slot),
}

/// A place that is filled for each person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The variable.
    pub name: String,
    /// What stands there for people who lack it.
    pub default: Option<String>,
    /// How its value is made harmless.
    pub escape: Escape,
}

/// Why a text cannot be read as a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct TemplateError {
    /// Counted from 1.
    pub line: usize,
    /// Counted in characters from 1; that of the opening braces.
    pub column: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a pair of braces.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text ends first.
    #[error("`{{{{` without `}}}}`")]
    Unclosed,
    /// There is no variable name.
    #[error("expected a variable name: letters, digits, `_`")]
    Name,
    /// Something other than `default("…")` follows the name.
    #[error(r#"after `{0}` only `| default("…")` can follow"#)]
    Filter(String),
}

/// A person lacks a variable that has no default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{name}` has no value")]
pub struct Missing {
    /// The variable.
    pub name: String,
}

impl Missing {
    /// What all of them say, as a pattern of SQL.
    pub const LIKE: &str = "the variable `%` has no value";

    /// Whether a text is what one of these says: where a text alone is kept, it tells that the person lacks something
    /// and nothing is wrong with message or channel.
    pub fn is_said_by(text: &str) -> bool {
        let name = text.strip_prefix("the variable `").and_then(|rest| rest.strip_suffix("` has no value"));
        name.is_some_and(|name| !name.contains('`'))
    }
}

impl Template {
    /// Reads a text; one without braces becomes a single piece.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            literal.push_str(&rest[..start]);
            let at = text.len() - rest.len() + start;
            let mut scanner = Scanner { rest: &rest[start + 2..] };
            match scanner.placeholder().map_err(|fault| locate(text, at, fault))? {
                Inside::Literal(quoted) => literal.push_str(&quoted),
                Inside::Slot(slot) => {
                    push_text(&mut pieces, std::mem::take(&mut literal));
                    pieces.push(Piece::Slot(slot));
                }
            }
            rest = scanner.rest;
        }
        literal.push_str(rest);
        push_text(&mut pieces, literal);
        Ok(Self::from_pieces(pieces))
    }

    /// A text in which braces mean nothing.
    pub fn literal(text: impl Into<String>) -> Self {
        let mut pieces = Vec::new();
        push_text(&mut pieces, text.into());
        Self::from_pieces(pieces)
    }

    /// Puts pieces together that were made elsewhere, by converting a text between formats.
    pub fn from_pieces(pieces: Vec<Piece>) -> Self {
        let mut variables: Vec<Variable> = Vec::new();
        for piece in &pieces {
            let Piece::Slot(slot) = piece else { continue };
            let has_default = slot.default.is_some();
            match variables.iter_mut().find(|known| known.name == slot.name) {
                Some(known) => known.has_default &= has_default,
                None => variables.push(Variable { name: slot.name.clone(), has_default }),
            }
        }
        Self { pieces, variables }
    }

    /// Text and slots in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The variables in order of their first use.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Whether the text differs from person to person.
    pub fn is_personal(&self) -> bool {
        !self.variables.is_empty()
    }

    /// The places that are filled, with what `everybody` has for those who have nothing of their own.
    pub fn holes<'a>(&self, everybody: impl Fn(&str) -> Option<&'a str>) -> Vec<Hole> {
        let hole = |slot: &Slot| {
            let default = slot.default.as_deref().map(Size::of).unwrap_or_default();
            let without = everybody(&slot.name).map(Size::of).unwrap_or_default();
            Hole {
                variable: slot.name.clone(),
                without: if without.bytes == 0 { default } else { without },
                empty: default,
            }
        };
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Slot(slot) => Some(hole(slot)),
                Piece::Text(_) => None,
            })
            .collect()
    }

    /// Sets how values are made harmless: asked for each slot with the text before it.
    #[must_use]
    pub fn escaped(mut self, mut choose: impl FnMut(&str) -> Escape) -> Self {
        let mut before = String::new();
        for piece in &mut self.pieces {
            match piece {
                Piece::Text(text) => before.push_str(text),
                Piece::Slot(slot) => slot.escape = choose(&before),
            }
        }
        self
    }

    /// Fills the slots. Without slots nothing is copied. An empty value counts as missing where a
    /// default is given, because a person with an empty cell wants the default too.
    pub fn render<V: AsRef<str>>(&self, lookup: impl Fn(&str) -> Option<V>) -> Result<Cow<'_, str>, Missing> {
        match self.pieces.as_slice() {
            [] => return Ok(Cow::Borrowed("")),
            [Piece::Text(text)] => return Ok(Cow::Borrowed(text)),
            _ => {}
        }
        let mut out = String::with_capacity(self.pieces.iter().map(Piece::room).sum());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(slot) => {
                    let value = lookup(&slot.name);
                    let given = value.as_ref().map(AsRef::as_ref);
                    let filled = match (given, slot.default.as_deref()) {
                        (None | Some(""), Some(default)) => default,
                        (Some(given), _) => given,
                        (None, None) => return Err(Missing { name: slot.name.clone() }),
                    };
                    slot.escape.write(filled, &mut out);
                }
            }
        }
        Ok(Cow::Owned(out))
    }
}

impl Piece {
    fn room(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Slot(_) => 24,
        }
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
}

fn locate(text: &str, at: usize, fault: Fault) -> TemplateError {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    TemplateError { line, column, fault }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn render(text: &str) -> Result<String, Missing> {
        let template = Template::parse(text).expect("the template is sound");
        template
            .render(|name| match name {
                "name" => Some("张三"),
                "城市" => Some("上海"),
                "empty" => Some(""),
                _ => None,
            })
            .map(Cow::into_owned)
    }

    #[test]
    fn variables_are_filled_and_defaults_stand_in() {
        for (text, expected) in [
            ("{{name}}，你好", "张三，你好"),
            ("{{ name }}@{{ 城市 }}", "张三@上海"),
            ("{{ nick | default(\"朋友\") }}", "朋友"),
            ("{{ nick|default('a}}b') }}", "a}}b"),
            ("{{ nick ｜ default（“朋友”） }}", "朋友"),
            ("{{ empty | default(\"x\") }}{{ empty }}", "x"),
            ("{% for %} { { }} %", "{% for %} { { }} %"),
            ("{{ \"{{\" }}name}}", "{{name}}"),
        ] {
            assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        assert_eq!(render("a {{link}}"), Err(Missing { name: "link".into() }));
        assert!(Missing::is_said_by(&Missing { name: "link".into() }.to_string()));
        assert!(!Missing::is_said_by("the variable `a` is wrong: `b` has no value"));
    }

    #[test]
    fn a_broken_placeholder_is_found_by_line_and_column() {
        for (text, line, column, fault) in [
            ("ok\n你好 {{name", 2, 4, Fault::Unclosed),
            ("{{ 1+1 }}", 1, 1, Fault::Name),
            ("{{}}", 1, 1, Fault::Name),
            ("{{ name | upper }}", 1, 1, Fault::Filter("name".into())),
            ("{{ name.first }}", 1, 1, Fault::Filter("name".into())),
            ("{{ name | default(x) }}", 1, 1, Fault::Filter("name".into())),
        ] {
            assert_eq!(Template::parse(text), Err(TemplateError { line, column, fault }), "{text}");
        }
    }

    #[test]
    fn a_text_without_variables_is_lent_and_not_copied() {
        let template = Template::parse("maintenance at 23:00").expect("plain text");
        assert!(!template.is_personal());
        assert!(matches!(template.render(|_| None::<&str>), Ok(Cow::Borrowed("maintenance at 23:00"))));
    }

    #[test]
    fn a_variable_counts_as_defaulted_only_if_every_place_has_a_default() {
        let template = Template::parse("{{a|default('')}}{{b}}{{a}}").expect("sound");
        let expected = [("a", false), ("b", false)];
        let found: Vec<_> = template.variables().iter().map(|v| (v.name.as_str(), v.has_default)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn hostile_values_are_harmless_where_they_land() {
        let evil = "<b onmouseover='x'>\"&";
        assert_eq!(Escape::Html.of(evil), "&lt;b onmouseover=&#39;x&#39;&gt;&quot;&amp;");
        assert!(!Escape::Attribute.of("a b=c`'\">").contains([' ', '=', '`', '\'', '"', '>']));
        assert_eq!(Escape::MarkupLink.of("javascript:alert(1)"), "javascript%3Aalert%281%29");
        assert_eq!(Escape::MarkupLink.of("https://e.x/?a=1&b=(2)"), "https://e.x/?a=1&amp;b=%282%29");
        assert_eq!(Escape::LinkPart.of("a/b 好"), "a%2Fb%20%E5%A5%BD");
        assert_eq!(Escape::Markdown.of("[x](http://evil)"), "\\[x\\](http\\://evil)");
        assert_eq!(Escape::Markdown.of("1. # not a list"), "1\\. # not a list");
        assert_eq!(Escape::Markdown.of("O'Neil-Smith 3.5"), "O'Neil-Smith 3.5");
        assert_eq!(Escape::Line.of("a\r\nBcc: x"), "a  Bcc: x");
        for escape in [Escape::None, Escape::Html, Escape::Markdown, Escape::Line] {
            assert_eq!(escape.of("a\u{1b}[31mb\0\u{9b}c").replace('\\', ""), "a[31mbc", "{escape:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_the_reader_panic(text in "\\PC{0,40}|[{}\\\\|\"'a(“”） ]{0,30}") {
            if let Ok(template) = Template::parse(&text) {
                let rendered = template.render(|_| Some("v"));
                prop_assert!(rendered.is_ok());
            }
        }

        #[test]
        fn html_values_never_open_a_tag(value in "\\PC{0,40}") {
            let safe = Escape::Html.of(&value);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
        }
    }
}
