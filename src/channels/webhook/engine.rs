//! The template engine, kept short: fuel for every run, no look into other files, and errors that name the
//! line and never a value.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use crate::channels::kind::{BuildError, Target};
use crate::domain::message::Content;

/// What templates may name.
const NAMES: &[&str] =
    &["title", "summary", "url", "body", "plain", "format", "address", "name", "token", "id"];
/// What the condition may name.
const OF_ANSWERS: &[&str] = &["status", "text", "json"];
/// Enough for every body that is taken, and for no endless loop.
const FUEL: u64 = 5_000_000;

/// What templates are filled with.
#[derive(Debug)]
pub(super) struct Values(BTreeMap<&'static str, String>);

impl Values {
    pub(super) fn of(content: &Content, address: &str, target: &Target, token: &str) -> Self {
        let values = [
            ("title", content.title.as_str()),
            ("summary", &content.summary),
            ("url", &content.url),
            ("body", &content.body),
            ("plain", &content.plain),
            ("format", content.format.word()),
            ("address", address),
            ("name", &target.name),
            ("token", token),
            ("id", &target.key),
        ];
        Self(values.map(|(name, value)| (name, value.to_owned())).into())
    }

    pub(super) fn only(name: &'static str, value: &str) -> Self {
        Self([(name, value.to_owned())].into())
    }

    fn filled(&self) -> Value {
        Value::from_pairs(self.0.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

fn engine(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut engine = Environment::new();
    // Its reports quote values.
    engine.set_debug(false);
    engine.remove_global("debug");
    engine.set_fuel(Some(FUEL));
    engine.set_undefined_behavior(undefined);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.add_filter("urlencode", |value: &Value| urlencode(&value.to_string()));
    engine
}

/// Every reserved character, so that a value stays one part of a path or a query.
fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    out
}

/// The names that a template asks for; `Err` says why it is none.
pub(super) fn names(source: &str) -> Result<HashSet<String>, String> {
    if !source.contains('{') {
        return Ok(HashSet::new());
    }
    let engine = engine(UndefinedBehavior::Strict);
    let template = engine.template_from_str(source).map_err(|error| said(&error))?;
    let names = template.undeclared_variables(false);
    known(source, &names, NAMES, &engine)?;
    Ok(names)
}

/// Why this is no condition.
pub(super) fn check_expression(source: &str) -> Result<(), String> {
    let engine = engine(UndefinedBehavior::Chainable);
    let expression = engine.compile_expression(source).map_err(|error| said(&error))?;
    known(source, &expression.undeclared_variables(false), OF_ANSWERS, &engine)
}

fn known(
    source: &str,
    names: &HashSet<String>,
    known: &[&str],
    engine: &Environment<'_>,
) -> Result<(), String> {
    let is_known = |name: &str| known.contains(&name) || engine.globals().any(|(global, _)| global == name);
    // The first in the alphabet: a set has no order.
    let Some(unknown) = names.iter().filter(|name| !is_known(name)).min() else { return Ok(()) };
    let line = source.lines().position(|line| has_word(line, unknown)).map_or(1, |at| at + 1);
    Err(format!("line {line}: `{unknown}` is not known; there are {}", known.join(", ")))
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| c != '_' && !c.is_alphanumeric()).any(|part| part == word)
}

/// Fills a template. What is wrong now, after `names` has found nothing, lies in the values.
pub(super) fn render(field: &'static str, source: &str, values: &Values) -> Result<String, BuildError> {
    if !source.contains('{') {
        return Ok(source.to_owned());
    }
    let wrong = |error: Error| BuildError::BadContent(format!("the field `{field}`, {}", said(&error)));
    engine(UndefinedBehavior::Strict).render_str(source, values.filled()).map_err(wrong)
}

/// Whether an answer is as the condition wants it.
pub(super) fn holds(condition: &str, status: u16, body: &[u8]) -> Result<bool, String> {
    let engine = engine(UndefinedBehavior::Chainable);
    let expression = engine.compile_expression(condition).map_err(|error| said(&error))?;
    let json = serde_json::from_slice::<serde_json::Value>(body).ok();
    let answer = Value::from_pairs([
        ("status", Value::from(status)),
        ("text", Value::from(String::from_utf8_lossy(body))),
        ("json", json.map_or(Value::from(()), |json| Value::from(Serde(json)))),
    ]);
    expression.eval(answer).map(|value| value.is_true()).map_err(|error| said(&error))
}

/// An error without any value: details are told only where they are about the template.
fn said(error: &Error) -> String {
    let line = error.line().unwrap_or(1);
    let about_source = matches!(
        error.kind(),
        ErrorKind::SyntaxError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
    );
    match error.detail().filter(|_| about_source) {
        Some(detail) => format!("line {line}: {detail}"),
        None => format!("line {line}: {}", error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values([("name", "王 \"小\" <明>/&'".to_owned()), ("token", "s3cret-t0ken".to_owned())].into())
    }

    #[test]
    fn values_go_in_as_they_are_and_filters_make_them_fit() {
        let written = render("body", "{{ name }}|{{ name | tojson }}|{{ name | urlencode }}", &values());
        let written = written.expect("rendered");
        let mut parts = written.split('|');
        assert_eq!(parts.next(), Some("王 \"小\" <明>/&'"));
        let json: String = serde_json::from_str(parts.next().expect("JSON")).expect("JSON");
        assert_eq!(json, "王 \"小\" <明>/&'");
        assert_eq!(parts.next(), Some("%E7%8E%8B%20%22%E5%B0%8F%22%20%3C%E6%98%8E%3E%2F%26%27"));
    }

    #[test]
    fn a_name_that_is_not_known_is_said_with_its_line() {
        for (source, expected) in [
            ("{{ title }}\n{{ titel }}", "line 2: `titel` is not known; there are title, summary"),
            ("{{ title", "line 1: "),
            ("{{ title | shout }}", "line 1: "),
            ("{{ debug() }}", "line 1: `debug` is not known"),
            ("{% include 'x' %}", "line 1: "),
        ] {
            // A filter that is not there shows only when it is asked for.
            let found = names(source).err().or_else(|| {
                render("body", source, &Values::only("title", "t")).err().map(|error| error.to_string())
            });
            let found = found.expect("a mistake");
            assert!(found.contains(expected), "{source}: {found}");
        }
        assert!(names("{% set x = title %}{{ x }}{% for i in range(3) %}{{ i }}{% endfor %}").is_ok());
    }

    #[test]
    fn no_error_shows_a_value() {
        for source in [
            "{{ token + 1 }}",
            "{{ token | round }}",
            "{{ token.x.y }}",
            "{{ token[1:2:3:4] }}",
            "{{ token() }}",
        ] {
            let error = render("body", source, &values()).expect_err(source).to_string();
            assert!(!error.contains("s3cret") && error.contains("`body`, line 1"), "{error}");
        }
    }

    #[test]
    fn a_loop_without_end_runs_out_of_fuel() {
        let source = "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}";
        let error = render("body", source, &values()).expect_err("no fuel").to_string();
        assert!(error.contains("line 1: "), "{error}");
    }

    #[test]
    fn conditions_read_status_text_and_json() {
        for (condition, status, body, expected) in [
            ("status >= 200 and status < 300", 204, "", true),
            ("status == 200 and json.code == 0", 200, r#"{"code":0}"#, true),
            ("json.code == 0", 200, "<html>", false),
            ("json.data.list[0].ok", 200, r#"{"data":{"list":[{"ok":true}]}}"#, true),
            ("json.data.list[0].ok", 200, r#"{"data":1}"#, false),
            ("json is none", 200, "x", true),
            ("'queued' in text", 202, "it is queued", true),
        ] {
            assert_eq!(holds(condition, status, body.as_bytes()), Ok(expected), "{condition} {body}");
        }
        assert!(
            holds("json.code > 1", 200, br#"{"code":{}}"#).is_ok() || holds("json.x()", 200, b"{}").is_err()
        );
        assert!(check_expression("code == 0").is_err_and(|why| why.contains("`code`")));
        assert!(check_expression("json.code ==").is_err());
    }
}
