//! What a Bark push becomes for APNs: how values turn into text, and how long the JSON is.
//!
//! Apple's limit of 4,096 bytes holds for the JSON as Go writes it, where `<`, `>` and `&` take six bytes each.

use serde_json::{Map, Value};

/// The longest JSON that APNs takes.
const APNS_LIMIT: usize = 4_096;
/// The longest collapse id.
const COLLAPSE_LIMIT: usize = 64;

/// What matters of one push to whether APNs would take it.
#[derive(Debug)]
pub(super) struct Push {
    length: usize,
    id_length: usize,
    /// What the server dies of before it asks APNs.
    pub panic: Option<String>,
}

impl Push {
    /// Reads parameters whose names are in lower case.
    pub(super) fn of(parameters: &Map<String, Value>) -> Self {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        let panic = match parameters.get("group") {
            None | Some(Value::String(_) | Value::Object(_)) => None,
            Some(other) => {
                Some(format!("interface conversion: interface {{}} is {}, not string", go_type(other)))
            }
        };
        let id_length = text("id").len();
        let delete = parameters.get("delete").is_some_and(|value| go_text(value) == "1");
        let (title, subtitle, body) = (text("title"), text("subtitle"), text("body"));
        let nothing = title.is_empty() && subtitle.is_empty() && body.is_empty();
        let body = if nothing { "Empty Message" } else { body };
        let mut length = if delete {
            r#"{"aps":{"content-available":1,"mutable-content":1}}"#.len()
        } else {
            let sound = match parameters.get("sound").and_then(Value::as_str) {
                None => 4,
                // As a suffix, not as a file's extension: the server compares bytes.
                Some(sound) => escaped(sound.strip_suffix(".caf").unwrap_or(sound)) + 4,
            };
            // Without body, title and group, and with the default sound, the frame is 100 bytes.
            let frame = 96 - r#""body":"""#.len() + sound;
            let mut alert = 0;
            for (name, value) in [("title", title), ("subtitle", subtitle), ("body", body)] {
                if !value.is_empty() {
                    alert += pair(name, value) + usize::from(alert > 0);
                }
            }
            let thread = if text("group").is_empty() { 0 } else { pair("thread-id", text("group")) + 1 };
            frame + alert + thread
        };
        length += custom(parameters);
        Self { length, id_length, panic }
    }

    /// APNs' reason to refuse it, if it has one.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        if self.length > APNS_LIMIT {
            return Some("PayloadTooLarge");
        }
        (self.id_length > COLLAPSE_LIMIT).then_some("BadCollapseId")
    }
}

/// Custom pairs after `aps`, nested objects merged flat, as the server does.
fn custom(parameters: &Map<String, Value>) -> usize {
    let in_aps = ["title", "subtitle", "body", "sound", "device_key", "device_keys", "category"];
    let pairs = parameters.iter().filter(|(name, _)| !in_aps.contains(&name.as_str()));
    pairs
        .map(|(name, value)| match value {
            Value::Object(nested) => custom(nested),
            other => pair(name, &go_text(other)) + 1,
        })
        .sum()
}

fn pair(name: &str, value: &str) -> usize {
    name.len() + escaped(value) + r#""":"""#.len()
}

/// The length of a text inside a JSON string as Go writes it.
fn escaped(text: &str) -> usize {
    let lengths = text.chars().map(|c| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => 6,
        other => other.len_utf8(),
    });
    lengths.sum()
}

/// A value as Go's `%v` prints it: the reason to send nothing but strings.
pub(super) fn go_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            if number.abs() < 1e6 {
                return number.to_string();
            }
            let text = format!("{number:e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            format!("{digits}e+{exponent:0>2}")
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_text).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(_) => "map[]".to_owned(),
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn push(parameters: &Value) -> Push {
        Push::of(parameters.as_object().expect("the test gives an object"))
    }

    #[test]
    fn the_bare_frame_leaves_3996_bytes_for_the_body() {
        assert_eq!(push(&json!({"body": "x".repeat(3_996)})).refusal(), None);
        assert_eq!(push(&json!({"body": "x".repeat(3_997)})).refusal(), Some("PayloadTooLarge"));
        assert_eq!(push(&json!({"body": "汉".repeat(1_332)})).refusal(), None);
        assert_eq!(push(&json!({"body": "汉".repeat(1_333)})).refusal(), Some("PayloadTooLarge"));
    }

    #[test]
    fn a_title_costs_its_bytes_and_eleven() {
        assert_eq!(push(&json!({"title": "ab", "body": "x"})).length, 100 + 1 + 11 + 2);
        assert_eq!(push(&json!({"body": "<b>"})).length, 100 + 13);
        assert_eq!(push(&json!({"body": "x", "url": "u"})).length, 101 + r#""url":"u","#.len());
    }

    #[test]
    fn numbers_from_a_million_on_take_exponent_form() {
        let cases = [
            (json!(1), "1"),
            (json!(5.5), "5.5"),
            (json!(true), "true"),
            (json!([1, 2]), "[1 2]"),
            (json!(null), "<nil>"),
            (json!(1_000_000), "1e+06"),
            (json!(2_592_000), "2.592e+06"),
        ];
        for (value, text) in cases {
            assert_eq!(go_text(&value), text);
        }
    }

    #[test]
    fn a_long_id_and_a_numeric_group_are_refused() {
        assert_eq!(push(&json!({"body": "x", "id": "i".repeat(65)})).refusal(), Some("BadCollapseId"));
        assert_eq!(push(&json!({"body": "x", "id": 7})).refusal(), None);
        let panic = push(&json!({"body": "x", "group": 7})).panic;
        assert!(panic.is_some_and(|text| text.starts_with("interface conversion:")));
    }
}
