//! The one place where a message becomes content: reading its variables, converting its format, and
//! filling it in for a person.
//!
//! Conversion happens once for a message; filling in is copying pieces (see `place`). A body in a format
//! that the channel carries itself goes out as it was written; only what is converted is cleaned.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clean::{MAX_DEPTH, TooDeep, clean, markdown_to_html};
use super::flatten;
use super::place::{Marked, Unsafe};
use super::spec::Spec;
use crate::domain::file::FileRef;
use crate::domain::message::{Content, Format, Message};
use crate::domain::template::{Escape, Hole, Missing, Template, TemplateError, Variable};

/// The longest body, in bytes. The text area and the HTML parser slow down beyond it.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A part of a message that can hold variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The headline.
    Title,
    /// The short text on a card.
    Summary,
    /// The link.
    Url,
    /// The text itself.
    Body,
}

impl Part {
    /// The word used in errors and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Url => "url",
            Self::Body => "body",
        }
    }
}

/// Why a message cannot be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// Braces that cannot be read.
    #[error("{}: {error}", .part.word())]
    Template {
        /// Where.
        part: Part,
        /// What.
        error: TemplateError,
    },
    /// The body is over `MAX_BODY_BYTES`.
    #[error("the body has {bytes} bytes; at most {MAX_BODY_BYTES} are taken")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// The HTML is nested deeper than `MAX_DEPTH`.
    #[error("the body is nested {levels} levels deep; at most {MAX_DEPTH} are taken")]
    TooDeep {
        /// How deep.
        levels: usize,
    },
    /// A variable stands in a script, a style or a tag name, where no value can be made harmless.
    #[error("the variable `{variable}` stands where it cannot be made safe: in a script, a style or a tag")]
    UnsafePlace {
        /// Its name.
        variable: String,
    },
}

/// A message whose variables are read and whose conversions are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    format: Format,
    title: Template,
    summary: Template,
    url: Template,
    text: Template,
    html: Template,
    markdown: Template,
    variables: Vec<Variable>,
    files: Vec<FileRef>,
}

impl Prepared {
    /// Reads and converts a message, once for all people.
    pub fn new(message: &Message) -> Result<Self, PrepareError> {
        if message.body.len() > MAX_BODY_BYTES {
            return Err(PrepareError::TooLong { bytes: message.body.len() });
        }
        let read =
            |part, text: &str| Template::parse(text).map_err(|error| PrepareError::Template { part, error });
        let link = |before: &str| if before.trim().is_empty() { Escape::Link } else { Escape::LinkPart };
        let title = read(Part::Title, &message.title)?.escaped(|_| Escape::Line);
        let summary = read(Part::Summary, &message.summary)?.escaped(|_| Escape::Line);
        let url = read(Part::Url, message.url.trim())?.escaped(link);
        let body = read(Part::Body, &message.body)?;
        let variables = union([&title, &summary, &url, &body]);
        let Bodies { text, html, markdown } = convert(message.format, &Marked::of(&body))?;
        let files = message.files.clone();
        Ok(Self { format: message.format, title, summary, url, text, html, markdown, variables, files })
    }

    /// Whether it differs from person to person: no two people can share a call.
    pub fn is_personal(&self) -> bool {
        !self.variables.is_empty()
    }

    /// Every variable that it asks for.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The files that go with it.
    pub fn files(&self) -> &[FileRef] {
        &self.files
    }

    /// Whether a part differs from person to person.
    pub fn varies(&self, part: Part) -> bool {
        self.part(part).is_personal()
    }

    const fn part(&self, part: Part) -> &Template {
        match part {
            Part::Title => &self.title,
            Part::Summary => &self.summary,
            Part::Url => &self.url,
            Part::Body => match self.format {
                Format::Text => &self.text,
                Format::Html => &self.html,
                Format::Markdown => &self.markdown,
            },
        }
    }

    /// The places that are filled, part by part: what tells whose message is the longest.
    pub fn holes<'a>(&self, everybody: impl Fn(&str) -> Option<&'a str>) -> Vec<Vec<Hole>> {
        [Part::Title, Part::Summary, Part::Url, Part::Body]
            .map(|part| self.part(part).holes(&everybody))
            .into()
    }

    /// The format in which it was written.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The format in which a kind gets it: its own if the kind carries that, else the kind's best.
    pub fn format_for(&self, spec: &Spec) -> Format {
        if spec.formats.contains(&self.format) {
            return self.format;
        }
        spec.formats.first().copied().unwrap_or(Format::Text)
    }

    /// Fills it in. The caller answers `name` for everybody. Without variables the result is the same
    /// for all, so it is worth keeping.
    pub fn content<V: AsRef<str>>(
        &self,
        spec: &Spec,
        lookup: impl Fn(&str) -> Option<V>,
    ) -> Result<Content, Missing> {
        let format = self.format_for(spec);
        let body = match format {
            Format::Text => &self.text,
            Format::Html => &self.html,
            Format::Markdown => &self.markdown,
        };
        Ok(Content {
            title: self.title.render(&lookup)?.into_owned(),
            summary: self.summary.render(&lookup)?.into_owned(),
            url: self.url.render(&lookup)?.into_owned(),
            format,
            body: body.render(&lookup)?.into_owned(),
            plain: self.text.render(&lookup)?.into_owned(),
            vars: BTreeMap::new(),
            files: Arc::default(),
        })
    }
}

fn union(templates: [&Template; 4]) -> Vec<Variable> {
    let mut all: Vec<Variable> = Vec::new();
    for variable in templates.into_iter().flat_map(Template::variables) {
        match all.iter_mut().find(|known| known.name == variable.name) {
            Some(known) => known.has_default &= variable.has_default,
            None => all.push(variable.clone()),
        }
    }
    all
}

struct Bodies {
    text: Template,
    html: Template,
    markdown: Template,
}

fn convert(format: Format, marked: &Marked) -> Result<Bodies, PrepareError> {
    let source = marked.text.as_str();
    let (text, html, markdown);
    match format {
        Format::Text => {
            text = source.to_owned();
            html = flatten::text_to_html(source);
            markdown = flatten::text_to_markdown(source);
        }
        Format::Markdown => {
            html = markdown_to_html(source)?;
            text = flatten::html_to_plain(&html);
            markdown = source.to_owned();
        }
        Format::Html => {
            let cleaned = clean(source)?;
            text = flatten::html_to_plain(&cleaned);
            markdown = flatten::html_to_markdown(&cleaned);
            html = source.to_owned();
        }
    }
    let in_html = marked.places_in_html(&html)?;
    let in_markdown = marked.places_in_markdown(&markdown)?;
    Ok(Bodies {
        text: marked.template(&text, &[]),
        html: marked.template(&html, &in_html),
        markdown: marked.template(&markdown, &in_markdown),
    })
}

impl From<TooDeep> for PrepareError {
    fn from(found: TooDeep) -> Self {
        Self::TooDeep { levels: found.levels }
    }
}

impl From<Unsafe> for PrepareError {
    fn from(found: Unsafe) -> Self {
        Self::UnsafePlace { variable: found.variable }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::catalog;

    fn message(format: Format, body: &str) -> Message {
        Message { title: "T".into(), format, body: body.into(), ..Message::default() }
    }

    fn render(kind: &str, format: Format, body: &str, value: &str) -> Content {
        let prepared = Prepared::new(&message(format, body)).expect("the message is sound");
        let spec = catalog::kind(kind).expect("a kind").spec();
        prepared.content(spec, |_| Some(value)).expect("every variable has a value")
    }

    #[test]
    fn a_native_format_goes_out_as_it_was_written() {
        let html = "<p style=\"color:red\">a</p><!-- kept -->";
        let content = render("email", Format::Html, html, "");
        assert_eq!((content.body.as_str(), content.plain.as_str()), (html, "a"));
        let markdown = "# a\n- [x] **b**";
        let content = render("serverchan", Format::Markdown, markdown, "");
        assert_eq!((content.body.as_str(), content.plain.as_str()), (markdown, "a\n\n- ☑ b"));
    }

    #[test]
    fn markdown_becomes_clean_html_with_tables_and_task_boxes() {
        let markdown = "~~x~~ <script>alert(1)</script>\n\n- [ ] todo\n- [x] done\n\n|a|b|\n|--:|---|\n|1|2|";
        let content = render("email", Format::Markdown, markdown, "");
        for part in
            ["<del>x</del>", "☐ todo", "☑ done", "<th style=\"text-align:right\">a</th>", "<td>2</td>"]
        {
            assert!(content.body.contains(part), "{part} in {}", content.body);
        }
        assert!(!content.body.contains("script"));
    }

    #[test]
    fn html_becomes_markdown_for_serverchan_and_text_for_bark() {
        let html = "<p>see <a href=\"https://e.x\">this</a></p>";
        assert_eq!(render("serverchan", Format::Html, html, "").body, "see [this](https://e.x)");
        let content = render("bark", Format::Html, html, "");
        assert_eq!((content.format, content.body.as_str()), (Format::Text, "see this (https://e.x)"));
    }

    #[test]
    fn a_hostile_name_cannot_become_markup_anywhere() {
        let name = "<img src=x onerror=alert(1)>\" onclick=\"x [a](javascript:1) **b** `c`\n\n# d";
        let body = "{{name}} **{{name}}** `{{name}}` [x]({{name}}) <b title={{name}}>y</b>\n\n> {{name}}";
        for (kind, format) in [
            ("email", Format::Markdown),
            ("wxpusher", Format::Markdown),
            ("wxpusher", Format::Html),
            ("serverchan", Format::Html),
            ("serverchan", Format::Text),
        ] {
            let content = render(kind, format, body, name);
            let html = match content.format {
                Format::Markdown => markdown_to_html(&content.body).expect("shallow"),
                _ => content.body.clone(),
            };
            let hostile_tags = ["<img", "<h1", "href=\"javascript", "<a href=\"javascript"];
            for tag in hostile_tags {
                assert!(!html.contains(tag), "{kind} {format:?}: {tag} in {html}");
            }
        }
    }

    #[test]
    fn links_take_whole_addresses_and_parts() {
        let body = "[a]({{link}}) [b](https://e.x/u/{{link}}) <https://e.x/{{link}}>";
        let content = render("email", Format::Markdown, body, "https://t.x/?a=1&b=2");
        assert!(content.body.contains("href=\"https://t.x/?a=1&amp;b=2\""), "{}", content.body);
        assert!(content.body.contains("href=\"https://e.x/u/https%3A%2F%2Ft.x%2F%3Fa%3D1%26b%3D2\""));
        assert!(content.plain.contains("a (https://t.x/?a=1&b=2)"), "{}", content.plain);
        let native = render("wxpusher", Format::Markdown, "[a]({{link}})", "javascript:alert(1)");
        assert_eq!(native.body, "[a](javascript%3Aalert%281%29)");
    }

    #[test]
    fn a_variable_in_a_script_or_a_style_is_refused() {
        for body in [
            "<script>x={{name}}</script>",
            "<style>a{color:{{name}}}</style>",
            "<a onclick=\"f('{{name}}')\">x</a>",
            "<p style='{{name}}'>x</p>",
            "<{{name}}>",
            "<!-- {{name}} -->",
        ] {
            let found = Prepared::new(&message(Format::Html, body));
            assert_eq!(found, Err(PrepareError::UnsafePlace { variable: "name".into() }), "{body}");
        }
    }

    #[test]
    fn too_long_and_too_deep_bodies_are_refused_before_parsing() {
        let long = "x".repeat(MAX_BODY_BYTES + 1);
        let found = Prepared::new(&message(Format::Text, &long));
        assert_eq!(found, Err(PrepareError::TooLong { bytes: MAX_BODY_BYTES + 1 }));
        for (format, body) in [
            (Format::Html, "<div>".repeat(600)),
            (Format::Html, "<div></x>".repeat(600)),
            (Format::Markdown, format!("{}x", ">".repeat(600))),
        ] {
            assert_eq!(
                Prepared::new(&message(format, &body)),
                Err(PrepareError::TooDeep { levels: 600 }),
                "{format:?}"
            );
        }
        let flat = "<p>a<br>".repeat(2_000);
        assert!(Prepared::new(&message(Format::Html, &flat)).is_ok());
    }

    #[test]
    fn a_message_without_variables_is_the_same_for_everybody() {
        let prepared = Prepared::new(&message(Format::Text, "a {% b %} }}")).expect("sound");
        assert!(!prepared.is_personal());
        let spec = catalog::kind("bark").expect("bark").spec();
        let content = prepared.content(spec, |_| None::<&str>).expect("nothing to fill");
        assert_eq!((content.title.as_str(), content.body.as_str()), ("T", "a {% b %} }}"));
    }

    proptest::proptest! {
        #[test]
        fn no_body_at_all_makes_preparing_panic(
            body in "[<>a-c/=\"' !\\-{}`\\[\\]()#*\n|&;好]{0,40}(\\{\\{name\\}\\}[<>a-c/=\"' !-]{0,10}){0,3}",
        ) {
            for format in Format::ALL {
                if let Ok(prepared) = Prepared::new(&message(format, &body)) {
                    for kind in catalog::KINDS {
                        let content = prepared.content(kind.spec(), |_| Some("<x>"));
                        proptest::prop_assert!(content.is_ok());
                    }
                }
            }
        }
    }

    #[test]
    fn a_broken_placeholder_names_its_part() {
        let broken = Message { url: "https://e.x/{{".into(), ..Message::default() };
        let error = Prepared::new(&broken).expect_err("unclosed");
        assert_eq!(error.to_string(), "url: line 1, column 13: `{{` without `}}`");
    }
}
