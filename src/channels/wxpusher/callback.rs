//! What WxPusher tells: follows, commands that people typed, orders.
//!
//! It signs nothing, so what proves a request is the secret in its path alone. All fields but the person's are
//! optional, and further actions may come. Whether and how often it repeats a request is not documented: everything
//! has a key that is the same for every repetition.

use serde_json::Value;

use crate::channels::callback::{
    Callback, Came, Event, Heard, Posted, Refusal, address, long, moment, short,
};
use crate::domain::channel::Account;
use crate::domain::time::Millis;

/// A repetition without a time is known as one for so long.
const HOUR_MS: i64 = 3_600_000;

/// Listens to WxPusher.
#[derive(Debug, Clone, Copy)]
pub struct WxPusherCallback;

impl Callback for WxPusherCallback {
    fn secrets(&self) -> &'static [&'static str] {
        &[]
    }

    fn read(&self, _: &Account, posted: &Posted<'_>, now: Millis) -> Result<Heard, Refusal> {
        if posted.asks {
            return Err(Refusal::Malformed);
        }
        let whole: Value = serde_json::from_slice(posted.body).map_err(|_| Refusal::Malformed)?;
        let action = whole.get("action").and_then(Value::as_str).ok_or(Refusal::Malformed)?;
        let came = read(action, &whole, posted.body, now);
        Ok(Heard { answer: "ok".to_owned(), came: vec![came] })
    }
}

fn read(action: &str, whole: &Value, body: &[u8], now: Millis) -> Came {
    let data = whole.get("data").unwrap_or(&Value::Null);
    // A number is nobody's.
    let uid = data.get("uid").and_then(Value::as_str).and_then(address);
    let time = number(data, "time");
    let scene = short(&text(data, "extra"));
    let content = text(data, "content");
    // Without the person nothing can be done about it.
    let event = match action {
        _ if uid.is_none() => None,
        "app_subscribe" => Some(Event::Follow { scene: scene.clone() }),
        "send_up_cmd" if data.get("content").is_some_and(Value::is_string) => {
            Some(Event::Text { text: long(without_app(&content)) })
        }
        "order_pay" => Some(order(data)),
        _ => None,
    };
    let kept = String::from_utf8_lossy(body);
    let (at, what) = match &event {
        // One trade is paid once and given back once, whatever else the repetition says.
        Some(Event::Order { trade, .. }) if !trade.is_empty() => {
            (number(data, "createTime"), format!("{trade}|{}", number(data, "type").unwrap_or_default()))
        }
        Some(Event::Follow { .. }) => (time, timed(time, &scene, now)),
        Some(Event::Text { .. }) => (time, timed(time, &content, now)),
        _ => (time, timed(time, &kept, now)),
    };
    let app = text(data, "appId");
    let person = uid.as_ref().map_or("", |uid| uid.expose());
    Came {
        key: format!("{action}|{app}|{person}|{what}"),
        name: short(&text(data, "userName")),
        at: moment(at, now),
        app: short(&app),
        allows: None,
        raw: if event.is_none() { long(&kept) } else { String::new() },
        event: event.unwrap_or_else(|| Event::Other { action: short(action) }),
        address: uid,
    }
}

fn order(data: &Value) -> Event {
    let trade = short(&text(data, "tradeNo"));
    let amount = number(data, "amount");
    // Type 2 is money given back; it should be negative already.
    let back = number(data, "type") == Some(2);
    Event::Order { trade, amount: amount.map(|fen| if back { -fen.saturating_abs() } else { fen }) }
}

fn timed(time: Option<i64>, what: &str, now: Millis) -> String {
    match time {
        Some(time) => format!("{time}|{what}"),
        None => format!("hour {}|{what}", now.0 / HOUR_MS),
    }
}

/// What was typed behind `#97 `: the sample comes without, older versions sent it.
fn without_app(content: &str) -> &str {
    let Some(rest) = content.strip_prefix('#') else { return content };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() == rest.len() {
        return content;
    }
    digits.strip_prefix(char::is_whitespace).unwrap_or(content)
}

/// A text, or a number in its place.
fn text(data: &Value, name: &str) -> String {
    match data.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn number(data: &Value, name: &str) -> Option<i64> {
    match data.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChannelId;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn heard(body: &[u8]) -> Result<Heard, Refusal> {
        let account = Account {
            id: ChannelId(1),
            name: "ops".into(),
            kind: "wxpusher".into(),
            settings: std::collections::BTreeMap::default(),
            secrets: std::collections::BTreeMap::default(),
        };
        WxPusherCallback.read(&account, &Posted { asks: false, query: "", body }, NOW)
    }

    fn came(body: &str) -> Came {
        let heard = heard(body.as_bytes()).expect("heard");
        assert_eq!((heard.answer.as_str(), heard.came.len()), ("ok", 1));
        heard.came.into_iter().next().expect("one")
    }

    #[test]
    fn the_documented_bodies_are_read() {
        for source in ["scan", "link", "command", "order", "whatever comes"] {
            let follow = came(&format!(
                r#"{{"action":"app_subscribe","data":{{"appId":123,"appKey":"AK_xxxxxx","appName":"name","source":"{source}",
                "userName":"","userHeadImg":"","time":1569416451573,"uid":"UID_xxxxxx","extra":"xxx"}}}}"#
            ));
            assert_eq!(follow.event, Event::Follow { scene: "xxx".into() });
            assert_eq!((follow.at, follow.app.as_str()), (Millis(1_569_416_451_573), "123"));
            assert_eq!(follow.address.expect("whose").expose(), "UID_xxxxxx");
        }
        let said = came(
            r#"{"action":"send_up_cmd","data":{"uid":"UID_xxx","appId":97,"appKey":null,"appName":"name",
               "time":1603002697386,"content":"text"}}"#,
        );
        assert_eq!(said.event, Event::Text { text: "text".into() });
        let order = |kind: i64, amount: i64| {
            came(&format!(
                r#"{{"action":"order_pay","data":{{"addTime":86400000,"amount":{amount},"appId":30630,
                "createTime":1664118481675,"prodId":12,"tradeNo":"2022A","type":{kind},"uid":"UID_xxx"}}}}"#
            ))
        };
        let (paid, back) = (order(1, 50), order(2, -50));
        assert_eq!(paid.event, Event::Order { trade: "2022A".into(), amount: Some(50) });
        assert_eq!(back.event, Event::Order { trade: "2022A".into(), amount: Some(-50) });
        assert_eq!(paid.at, Millis(1_664_118_481_675));
        assert_ne!(paid.key, back.key);
        assert_eq!(paid.key, order(1, 50).key);
    }

    #[test]
    fn what_we_do_not_know_is_kept_with_its_words() {
        let body = r#"{"action":"topic_left","data":{"uid":"UID_x","time":1603002697386,"why":"\u001b[2J"}}"#;
        let other = came(body);
        assert_eq!(other.event, Event::Other { action: "topic_left".into() });
        assert_eq!(other.raw, body);
        // A known one that is about nobody is no follow.
        let other = came(r#"{"action":"app_subscribe","data":null}"#);
        assert_eq!(other.event, Event::Other { action: "app_subscribe".into() });
    }

    #[test]
    fn a_person_and_a_text_are_texts() {
        let number = came(r#"{"action":"send_up_cmd","data":{"uid":5,"content":"hi"}}"#);
        assert!(matches!(number.event, Event::Other { .. }) && number.address.is_none(), "{number:?}");
        let object = came(r#"{"action":"send_up_cmd","data":{"uid":"UID_a","content":{"x":1}}}"#);
        assert!(matches!(object.event, Event::Other { .. }) && object.raw.contains("content"), "{object:?}");
    }

    #[test]
    fn the_number_of_the_app_is_taken_off_and_nothing_else_is() {
        let said = |text: &str| match came(
            &serde_json::json!({"action": "send_up_cmd", "data": {"uid": "UID_x", "content": text}})
                .to_string(),
        )
        .event
        {
            Event::Text { text } => text,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(said("#97 订阅 ops"), "订阅 ops");
        assert_eq!(said("#hash tag"), "#hash tag");
        assert_eq!(said("#97"), "#97");
        assert_eq!(said("a\u{1b}]0;x\u{7}b\u{202e}"), "a␛]0;x␇b<U+202E>");
    }

    #[test]
    fn the_same_request_has_the_same_key_and_the_same_words_an_hour_later_another() {
        let said = |time: &str| {
            came(&format!(r#"{{"action":"send_up_cmd","data":{{"uid":"U","content":"状态"{time}}}}}"#)).key
        };
        assert_eq!(said(r#","time":5"#), said(r#","time":5"#));
        assert_ne!(said(r#","time":5"#), said(r#","time":6"#));
        assert_eq!(said(""), said(""));
    }

    #[test]
    fn what_is_none_of_it_is_refused() {
        let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
        let deep = format!(r#"{{"action":"x","data":{deep}}}"#);
        let bodies: [&[u8]; 8] = [
            b"",
            b"{",
            br#"{"action":"app_subscribe","data":{"uid":"UI"#,
            b"[1,2]",
            br#"{"action":7}"#,
            b"uid=UID_x&action=app_subscribe",
            b"{\"action\":\"send_up_cmd\",\"data\":{\"content\":\"\xff\xfe\"}}",
            deep.as_bytes(),
        ];
        for body in bodies {
            assert_eq!(
                heard(body),
                Err(Refusal::Malformed),
                "{}",
                String::from_utf8_lossy(&body[..body.len().min(60)])
            );
        }
    }

    #[test]
    fn a_time_that_cannot_be_is_now() {
        for time in ["-1", "0", "99999999999999", "\"x\"", "1e30", "null"] {
            let said = came(&format!(
                r#"{{"action":"send_up_cmd","data":{{"uid":"U","content":"a","time":{time}}}}}"#
            ));
            assert_eq!(said.at, NOW, "{time}");
        }
    }
}
