//! Templates of both stores, and what WeChat takes as a value of each type.
//!
//! Keys with a number behind belong to categories and are typed; others are those of a test account and take
//! anything. Characters are counted as Unicode scalars, which is disputed; colours and line breaks are let be.

use serde_json::{Map, Value, json};

use super::{Checked, refuse, text};

/// Two stores that know nothing of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Template,
    Subscribe,
}

/// Id, title, content.
const TEMPLATES: [(&str, &str, &str); 4] = [
    ("TPL_ID", "服务器告警", "告警内容：{{thing1.DATA}}\n告警时间：{{time2.DATA}}"),
    ("TPL_ONE", "通知", "内容：{{thing1.DATA}}"),
    (
        "TPL_ORDER",
        "订单状态",
        "单号：{{character_string1.DATA}}\n金额：{{amount2.DATA}}\n状态：{{phrase3.DATA}}\n电话：{{phone_number4.DATA}}",
    ),
    ("TPL_FREE", "自由", "{{title.DATA}}\n{{content.DATA}}"),
];
const SUBSCRIPTIONS: [(&str, &str, &str); 1] =
    [("TPL_SUB", "活动提醒", "活动：{{thing1.DATA}}\n时间：{{time2.DATA}}")];

fn store(own: &[(String, String)], store: Store) -> Vec<(String, String, String)> {
    let builtin = |all: &[(&str, &str, &str)]| {
        all.iter().map(|(id, title, text)| ((*id).into(), (*title).into(), (*text).into())).collect()
    };
    match store {
        Store::Subscribe => builtin(&SUBSCRIPTIONS),
        Store::Template if own.is_empty() => builtin(&TEMPLATES),
        Store::Template => {
            own.iter().map(|(id, text)| (id.clone(), "scripted".to_owned(), text.clone())).collect()
        }
    }
}

/// `get_all_private_template`.
pub(super) fn list(own: &[(String, String)]) -> Value {
    let list = store(own, Store::Template).into_iter().map(|(id, title, content)| {
        json!({"template_id": id, "title": title, "primary_industry": "IT科技",
               "deputy_industry": "互联网|电子商务", "content": content, "example": ""})
    });
    json!({"template_list": list.collect::<Vec<_>>()})
}

/// `gettemplate` of subscribe notifications.
pub(super) fn subscriptions() -> Value {
    let list = store(&[], Store::Subscribe).into_iter().map(|(id, title, content)| {
        json!({"priTmplId": id, "title": title, "content": content, "example": "", "type": 2})
    });
    json!({"errcode": 0, "errmsg": "ok", "data": list.collect::<Vec<_>>()})
}

/// The keys in a template's content.
fn keys(content: &str) -> Vec<&str> {
    let holes = content.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    holes.filter_map(|(hole, _)| hole.trim().strip_suffix(".DATA")).collect()
}

/// The refusal that names a key.
pub(super) fn invalid<T>(key: &str) -> Checked<T> {
    refuse(47_003, format!("argument invalid! data.{key}.value invalid"))
}

/// A send by template.
pub(super) fn check(own: &[(String, String)], from: Store, body: &Map<String, Value>) -> Checked<()> {
    let id = text(body, "template_id");
    let known = store(own, from);
    let Some((_, _, content)) = known.iter().find(|(known, ..)| known == id) else {
        return refuse(40_037, "invalid template_id");
    };
    for (name, object) in [("url", false), ("client_msg_id", false), ("page", false), ("miniprogram", true)] {
        let sound =
            |value: &Value| value.is_null() || if object { value.is_object() } else { value.is_string() };
        if body.get(name).is_some_and(|value| !sound(value)) {
            return refuse(47_001, "data format error");
        }
    }
    // UNVERIFIED: how long it may be, and the code.
    if text(body, "client_msg_id").len() > 32 {
        return refuse(40_035, "invalid client_msg_id");
    }
    let Some(data) = body.get("data").and_then(Value::as_object) else {
        return refuse(47_003, "argument invalid! data is empty");
    };
    let keys = keys(content);
    if let Some(stranger) = data.keys().find(|key| !keys.contains(&key.as_str())) {
        return invalid(stranger);
    }
    for key in keys {
        let value = data.get(key).and_then(|entry| entry.get("value")).and_then(Value::as_str);
        let typed = key.trim_end_matches(|c: char| c.is_ascii_digit());
        let sound = match value {
            _ if data
                .get(key)
                .is_some_and(|entry| entry.get("value").is_none_or(|value| !value.is_string())) =>
            {
                false
            }
            // A free key may be left out.
            None => typed == key,
            Some(_) if typed == key => true,
            Some(value) => fits(typed, value),
        };
        if !sound {
            return invalid(key);
        }
    }
    Ok(())
}

/// Whether a value is one of its type.
fn fits(kind: &str, value: &str) -> bool {
    let count = value.chars().count();
    let all = |sound: fn(char) -> bool| value.chars().all(sound);
    if value.trim().is_empty() {
        return false;
    }
    match kind {
        "thing" => count <= 20,
        "number" => count <= 32 && value.parse::<f64>().is_ok() && all(|c| c.is_ascii_digit() || c == '.'),
        "letter" => count <= 32 && all(|c| c.is_ascii_alphabetic()),
        "symbol" => count <= 5 && all(|c| !c.is_alphanumeric()),
        "character_string" => count <= 32 && all(|c| c.is_ascii_graphic() || c == ' '),
        "time" => moment(value, false),
        "date" => moment(value, true),
        "amount" => amount(value),
        "phone_number" => count <= 17 && all(|c| c.is_ascii_digit() || "+-() ".contains(c)),
        "car_number" => count <= 8,
        "name" => count <= 10 || (count <= 20 && all(|c| !han(c))),
        "phrase" => count <= 5 && all(han),
        // Lists that only the account's own templates know.
        _ => true,
    }
}

fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// A clock, or a calendar date with one, or a range of them; which further forms pass is UNVERIFIED.
fn moment(value: &str, dated: bool) -> bool {
    if !value.chars().all(|c| c.is_ascii_digit() || "年月日时分秒-/:：~ T.+Z".contains(c)) {
        return false;
    }
    value.split('~').all(|one| {
        let one = one.trim().replace('：', ":");
        let clock = one.split_once(':').is_none_or(|(hour, rest)| {
            let hours = hour.trim_start_matches(|c: char| !c.is_ascii_digit());
            let hour: String = hours.chars().rev().take_while(char::is_ascii_digit).collect();
            let hour: String = hour.chars().rev().collect();
            let minute: String = rest.chars().take_while(char::is_ascii_digit).collect();
            hour.parse::<u32>().is_ok_and(|hour| hour < 24)
                && minute.len() == 2
                && minute.parse::<u32>().is_ok_and(|minute| minute < 60)
        });
        let calendar = ["年", "-", "/"].iter().any(|mark| one.contains(mark));
        clock && if dated { calendar } else { calendar || one.contains(':') }
    })
}

/// One sign of a currency, ten digits, perhaps decimals, perhaps 元.
fn amount(value: &str) -> bool {
    let value = value.strip_suffix('元').unwrap_or(value);
    let value = value.strip_prefix(['¥', '￥', '$', '€', '£']).unwrap_or(value);
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (1..=10).contains(&whole.len()) && digits(whole) && digits(decimals) && !value.ends_with('.')
}

/// A customer-service message.
pub(super) fn check_custom(body: &Map<String, Value>) -> Checked<()> {
    let kind = text(body, "msgtype");
    let needed: &[&str] = match kind {
        "text" => &["content"],
        "image" | "voice" | "mpnews" => &["media_id"],
        "video" => &["media_id", "thumb_media_id"],
        "music" => &["musicurl", "hqmusicurl", "thumb_media_id"],
        "mpnewsarticle" => &["article_id"],
        "wxcard" => &["card_id"],
        "miniprogrampage" => &["title", "appid", "pagepath", "thumb_media_id"],
        "msgmenu" | "news" => &[],
        _ => return refuse(40_008, "invalid message type"),
    };
    let Some(object) = body.get(kind).and_then(Value::as_object) else {
        return refuse(44_004, format!("empty {kind}"));
    };
    for name in needed {
        if text(object, name).is_empty() {
            let code = if kind == "text" { 44_004 } else { 40_007 };
            return refuse(code, format!("invalid {name}"));
        }
    }
    // UNVERIFIED: a community test.
    if kind == "text" && text(object, "content").len() > 2_048 {
        return refuse(45_002, "content size out of limit");
    }
    if kind == "news" {
        return match object.get("articles") {
            Some(Value::Array(articles)) if articles.len() == 1 && articles[0].is_object() => Ok(()),
            Some(Value::Array(articles)) if articles.len() > 1 => refuse(45_008, "article size out of limit"),
            Some(Value::Object(_)) => refuse(45_162, "articles must be an array"),
            _ => refuse(44_003, "empty news data"),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_bounds() {
        let (twenty, more) = ("汉".repeat(20), "汉".repeat(21));
        for (kind, good, bad) in [
            ("thing", twenty.as_str(), more.as_str()),
            ("thing", "服务器 a-1!", " "),
            ("number", "12.5", "12a"),
            ("letter", "abc", "ab1"),
            ("symbol", "+-*/=", "+-*/=!"),
            ("character_string", "NO-123 #7", "编号7"),
            ("time", "2019年10月1日 15:01", "明天"),
            ("time", "15:01", "25:01"),
            ("time", "2024-01-02 03:04", "03:4"),
            ("time", "10:00~12:00", "10:00~x"),
            ("date", "2019年10月1日", "15:01"),
            ("amount", "¥1234567890.5元", "12345678901"),
            ("amount", "$5", "$$5"),
            ("phone_number", "+86-13800000000", "电话13800000000"),
            ("car_number", "粤A8Z888挂", "粤A8Z8888挂"),
            ("name", "阿斯兰别克艾合买提江", "阿斯兰别克艾合买提江江"),
            ("name", "Alexander Hamilton", "Alexander Hamilton Jr"),
            ("phrase", "配送中", "配送3"),
            ("phrase", "已经完成了", "已经完成了吗"),
        ] {
            assert!(fits(kind, good), "{kind}: {good}");
            assert!(!fits(kind, bad), "{kind}: {bad}");
        }
    }

    #[test]
    fn keys_are_read_from_the_content() {
        assert_eq!(keys("a {{thing1.DATA}}\n{{ time2.DATA }} {{x}}"), ["thing1", "time2"]);
    }
}
