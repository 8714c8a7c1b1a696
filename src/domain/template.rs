//! Personal variables in a message: `{{name}}`, `{{ city | default("somewhere") }}`.
//!
//! The language is one form only, so it is read by hand and not by a template engine: nothing loops,
//! nothing is looked up but a person's variables, and rendering is copying pieces together. `{% %}`
//! is plain text. A literal brace pair is written `{{ "{{" }}`. Where a value lands in markup is
//! decided by `channels::render`; how it is made harmless there stands in `Escape`.

use std::borrow::Cow;
use std::fmt::Write as _;

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
    #[error("after `{0}` only `| default(\"…\")` can follow")]
    Filter(String),
}

/// A person lacks a variable that has no default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{name}` has no value")]
pub struct Missing {
    /// The variable.
    pub name: String,
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

enum Inside {
    Slot(Slot),
    Literal(String),
}

/// Reads what stands between braces. Chinese input methods write “ ” ‘ ’ ｜ （ ）, which are taken
/// as what they stand for.
struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn placeholder(&mut self) -> Result<Inside, Fault> {
        self.blanks();
        if let Some(quoted) = self.quoted() {
            return self.close(Fault::Name).map(|()| Inside::Literal(quoted));
        }
        let end = self.rest.find(|c: char| !is_name_char(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) {
            return Err(if self.rest.contains("}}") { Fault::Name } else { Fault::Unclosed });
        }
        let name = name.to_owned();
        self.rest = rest;
        self.blanks();
        let fault = || Fault::Filter(name.clone());
        let default =
            if self.eat(&['|', '｜']) { Some(self.default_value().ok_or_else(fault)?) } else { None };
        self.close(fault())?;
        Ok(Inside::Slot(Slot { name, default, escape: Escape::None }))
    }

    fn default_value(&mut self) -> Option<String> {
        self.blanks();
        self.rest = self.rest.strip_prefix("default")?;
        self.blanks();
        if !self.eat(&['(', '（']) {
            return None;
        }
        self.blanks();
        let value = self.quoted()?;
        self.blanks();
        self.eat(&[')', '）']).then_some(value)
    }

    fn quoted(&mut self) -> Option<String> {
        let open = self.rest.chars().next()?;
        let closing: &[char] = match open {
            '"' => &['"'],
            '\'' => &['\''],
            // Both signs close both: people and programs pair them carelessly.
            '“' | '”' => &['”', '“'],
            '‘' | '’' => &['’', '‘'],
            _ => return None,
        };
        let body = &self.rest[open.len_utf8()..];
        let mut value = String::new();
        let mut chars = body.char_indices();
        while let Some((at, c)) = chars.next() {
            if closing.contains(&c) {
                self.rest = &body[at + c.len_utf8()..];
                return Some(value);
            }
            match c {
                '\\' => value.push(chars.next()?.1),
                c => value.push(c),
            }
        }
        None
    }

    fn close(&mut self, otherwise: Fault) -> Result<(), Fault> {
        self.blanks();
        match self.rest.strip_prefix("}}") {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if self.rest.contains("}}") => Err(otherwise),
            None => Err(Fault::Unclosed),
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, any: &[char]) -> bool {
        let Some(rest) = self.rest.strip_prefix(any) else { return false };
        self.rest = rest;
        true
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Escape {
    /// Appends `value` in its harmless form.
    pub fn write(self, value: &str, out: &mut String) {
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
