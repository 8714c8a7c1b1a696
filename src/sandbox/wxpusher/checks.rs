//! What WxPusher checks before it takes a call: types as its JSON reader does, then the documented limits.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::http::Request;
use super::super::ledger::Kind;
use super::super::script::Script;
use super::{Checked, refuse};

/// UIDs or SPTs, and topics.
pub(super) type Targets = (Vec<String>, Vec<i64>);

/// The documented rules of both send calls; the targets when all hold.
pub(super) fn check_send(
    script: &Script,
    kind: Kind,
    path: &str,
    body: &Map<String, Value>,
) -> Checked<Targets> {
    let content = text_member(path, body, "content")?;
    let summary = text_member(path, body, "summary")?;
    let url = text_member(path, body, "url")?;
    let content_type = integer_member(path, body, "contentType")?;
    let pay = integer_member(path, body, "verifyPayType")?;
    let targets = if kind == Kind::Wxpusher {
        check_token(script, text_member(path, body, "appToken")?)?;
        let uids = strings_member(path, body, "uids")?;
        let topics = integers_member(path, body, "topicIds")?;
        standard_targets(uids, topics)?
    } else {
        let one = text_member(path, body, "spt")?;
        (simple_targets(one, strings_member(path, body, "sptList")?)?, Vec::new())
    };
    // None of the texts below is documented: UNVERIFIED.
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return refuse(1001, "content不能为空");
    };
    if utf16(content) > 40_000 {
        return refuse(1001, "content长度不能超过40000");
    }
    if summary.is_some_and(|summary| utf16(summary) > 100) {
        return refuse(1001, "summary长度不能超过100");
    }
    if url.is_some_and(|url| utf16(url) > 1_000) {
        return refuse(1001, "url长度不能超过1000");
    }
    if content_type.is_some_and(|kind| !(1..=3).contains(&kind)) {
        return refuse(1001, "contentType不合法");
    }
    if pay.is_some_and(|pay| !(0..=2).contains(&pay)) {
        return refuse(1001, "verifyPayType不合法");
    }
    Ok(targets)
}

/// The credential: any that begins with `AT_`, but those that the script refuses.
pub(super) fn check_token(script: &Script, token: Option<&str>) -> Checked<()> {
    match token {
        // A token with this word stands for an account that lost its rights. UNVERIFIED wording.
        Some(token) if token.contains("revoked") => refuse(1002, "未授权，请先登录"),
        Some(token) if token.starts_with("AT_") && !script.bad_tokens.iter().any(|bad| bad == token) => {
            Ok(())
        }
        _ => refuse(1001, "appToken不正确"),
    }
}

fn standard_targets(uids: Vec<String>, topics: Vec<i64>) -> Checked<Targets> {
    if uids.is_empty() && topics.is_empty() {
        return refuse(1001, "uids和topicIds不能同时为空");
    }
    if uids.len() > 2_000 {
        return refuse(1001, "uids数量不能超过2000");
    }
    if topics.len() > 5 {
        return refuse(1001, "topicIds数量不能超过5");
    }
    if !unique(&uids) || !unique(&topics) {
        return refuse(1001, "uids或topicIds存在重复");
    }
    Ok((uids, topics))
}

fn simple_targets(one: Option<&str>, list: Vec<String>) -> Checked<Vec<String>> {
    let spts = if list.is_empty() { one.map(str::to_owned).into_iter().collect() } else { list };
    if spts.is_empty() {
        return refuse(1001, "spt不能为空");
    }
    if spts.len() > 10 {
        return refuse(1001, "sptList数量不能超过10");
    }
    if !unique(&spts) {
        return refuse(1001, "sptList存在重复");
    }
    if spts.iter().any(|spt| !spt.starts_with("SPT_")) {
        return refuse(1001, "SPT不合法");
    }
    Ok(spts)
}

fn unique<T: std::hash::Hash + Eq>(items: &[T]) -> bool {
    items.len() < 2 || items.iter().collect::<HashSet<_>>().len() == items.len()
}

// The server is Java: its strings are counted in UTF-16 units.
pub(super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

pub(super) fn thrown<T>(path: &str, what: &str) -> Checked<T> {
    refuse(1005, format!("接口 [{path}] 出现异常：{what}"))
}

pub(super) fn parse(request: &Request) -> Checked<Map<String, Value>> {
    let path = request.uri.path();
    let media = request.media_type();
    if media != "application/json" {
        return thrown(path, &format!("Content type '{media}' not supported"));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => thrown(path, "Cannot deserialize value of type SendMessageReq from this JSON value"),
        Err(_) => {
            let text = String::from_utf8_lossy(&request.body);
            let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
            let expected =
                "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
            thrown(path, &format!("JSON parse error: Unrecognized token '{}': {expected}", &text[..end]))
        }
    }
}

fn text_member<'a>(path: &str, body: &'a Map<String, Value>, name: &str) -> Checked<Option<&'a str>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => thrown(path, &format!("Cannot deserialize value of type java.lang.String ({name})")),
    }
}

fn integer_member(path: &str, body: &Map<String, Value>, name: &str) -> Checked<Option<i64>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => thrown(path, &format!("Cannot deserialize value of type java.lang.Integer ({name})")),
        },
    }
}

fn strings_member(path: &str, body: &Map<String, Value>, name: &str) -> Checked<Vec<String>> {
    let items = match body.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => {
            let what = "Cannot construct instance of java.util.HashSet (although at least one Creator exists): \
                        no String-argument constructor/factory method to deserialize from String value";
            return thrown(path, what);
        }
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        let Some(text) = item.as_str() else {
            return thrown(path, &format!("Cannot deserialize value of type java.lang.String ({name})"));
        };
        texts.push(text.to_owned());
    }
    Ok(texts)
}

fn integers_member(path: &str, body: &Map<String, Value>, name: &str) -> Checked<Vec<i64>> {
    let items = match body.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => {
            return thrown(path, "Cannot deserialize value of type java.util.HashSet from this value");
        }
    };
    let mut numbers = Vec::with_capacity(items.len());
    for item in items {
        let Some(number) = item.as_i64() else {
            return thrown(path, "Cannot deserialize value of type java.lang.Long from String");
        };
        numbers.push(number);
    }
    Ok(numbers)
}

pub(super) fn number_of(request: &Request, name: &str) -> Checked<i64> {
    let value = request.query().into_iter().find(|(found, _)| found == name).map(|(_, value)| value);
    match value.map(|value| value.parse()) {
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => {
            thrown(request.uri.path(), "Failed to convert value of type 'java.lang.String' to 'long'")
        }
        None => refuse(1001, format!("{name}不能为空")),
    }
}
