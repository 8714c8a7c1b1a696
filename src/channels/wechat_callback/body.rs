//! The fields of a body: the texts right below the root of XML, or of a JSON object.

use std::collections::BTreeMap;

use roxmltree::{Document, ParsingOptions};
use serde_json::Value;

/// A message of WeChat has some dozens of nodes.
const MOST_NODES: u32 = 2_000;

/// Nothing of WeChat is deeper than a few levels.
const DEEPEST: usize = 32;

/// What a body holds; none if it is neither, or has a document type: entities could grow.
pub(super) fn fields(body: &[u8]) -> Option<BTreeMap<String, String>> {
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{FEFF}').trim();
    if text.starts_with('<') { of_xml(text) } else { of_json(text) }
}

fn of_xml(text: &str) -> Option<BTreeMap<String, String>> {
    // Before anything that may walk down into it.
    if depth(text) > DEEPEST {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES };
    let document = Document::parse_with_options(text, options).ok()?;
    let mut fields = BTreeMap::new();
    for node in document.root_element().children().filter(roxmltree::Node::is_element) {
        if node.children().any(|child| child.is_element()) {
            continue;
        }
        let value: String = node.children().filter_map(|child| child.text()).collect();
        // The first one counts, whoever put a second one behind it.
        fields.entry(node.tag_name().name().to_owned()).or_insert(value);
    }
    Some(fields)
}

/// How deep elements lie in one another at most, or more: counted by signs, so that nothing recurses. What stands in
/// CDATA counts as if it were markup, and closes again or is too much.
fn depth(text: &str) -> usize {
    let (mut now, mut most) = (0_usize, 0_usize);
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(inside) = rest.strip_prefix("![CDATA[") {
            rest = inside.find("]]>").map_or("", |end| &inside[end..]);
        } else if rest.starts_with('/') {
            now = now.saturating_sub(1);
        } else if !rest.starts_with(['!', '?']) {
            now += usize::from(!rest[..rest.find('>').unwrap_or(rest.len())].ends_with('/'));
            most = most.max(now);
        }
    }
    most
}

fn of_json(text: &str) -> Option<BTreeMap<String, String>> {
    let Value::Object(object) = serde_json::from_str(text).ok()? else { return None };
    let scalar = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Some(object.into_iter().filter_map(|(name, value)| Some((name, scalar(value)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_below_the_root_are_read_from_both_forms() {
        let xml = "<xml><A><![CDATA[one < two]]></A><B>2</B><C><D>3</D></C><A>second</A></xml>";
        let json = r#"{"A":"one < two","B":2,"C":{"D":3}}"#;
        let of_xml = fields(xml.as_bytes()).expect("XML");
        assert_eq!(of_xml, fields(json.as_bytes()).expect("JSON"));
        assert_eq!((of_xml["A"].as_str(), of_xml.len()), ("one < two", 2));
    }

    #[test]
    fn what_grows_nests_or_breaks_off_is_refused() {
        let bomb = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><A>&b;</A></xml>"#;
        let outside = r#"<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><A>&e;</A></xml>"#;
        let deep_xml = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
        let open_xml = "<a>".repeat(20_000);
        let wide_xml = format!("<xml>{}</xml>", "<a/>".repeat(20_000));
        let deep_json = format!("{{\"a\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
        for text in
            [bomb, outside, &deep_xml, &open_xml, &wide_xml, &deep_json, "", "[]", "<xml><A>", "{\"A\":"]
        {
            assert_eq!(fields(text.as_bytes()), None, "{}", &text[..text.len().min(60)]);
        }
        assert_eq!(fields(b"<xml><A>\xff</A></xml>"), None);
    }
}
