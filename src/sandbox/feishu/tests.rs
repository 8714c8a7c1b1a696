//! The golden request, the signature's vector, and Feishu's codes.

use serde_json::{Value, json};

use super::sign;
use crate::sandbox::driver::{ask, post, started};
use crate::sandbox::{Kind, Options, Script};

const HOOK: &str = "/open-apis/bot/v2/hook/token1";

fn signed(at: i64, secret: &str) -> String {
    let timestamp = at.to_string();
    json!({"msg_type": "text", "content": {"text": "警"}, "timestamp": timestamp,
           "sign": sign(&timestamp, secret)})
    .to_string()
}

#[test]
fn the_signature_is_that_of_the_reference() {
    assert_eq!(sign("1700000000", "SECabc"), "XprR1de+0SSBnwWyU/4k6x2TL+Q2SJlM5NNEdAv7MWg=");
}

#[tokio::test]
async fn golden_messages_are_taken() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Feishu);
    for body in [
        r#"{"msg_type":"text","content":{"text":"标题 T\r\n正文 <b>& x</b>"}}"#,
        r#"{"msg_type":"post","content":{"post":{"zh_cn":{"title":"t","content":[[{"tag":"text","text":"x"},{"tag":"a","text":"l","href":"https://e.x"}]]}}}}"#,
        r#"{"msg_type":"interactive","card":{"elements":[{"tag":"markdown","content":"**x**"}]}}"#,
    ] {
        let seen = post(&base, HOOK, body).await.json();
        assert_eq!((&seen["code"], &seen["StatusCode"]), (&json!(0), &json!(0)), "{body}");
    }
    // Apprise's way of writing the address.
    assert_eq!(
        post(&base, &format!("{HOOK}/"), r#"{"msg_type":"text","content":{"text":"x"}}"#).await.json()["code"],
        0
    );
    assert_eq!(sandbox.count("token1"), 4);
}

#[tokio::test]
async fn wrong_messages_are_refused_by_their_code() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Feishu);
    let long = json!({"msg_type": "text", "content": {"text": "汉".repeat(6_827)}}).to_string();
    let text = r#"{"msg_type":"text","content":{"text":"x"}}"#;
    for (token, body, code) in [
        ("t", "{", 9_499),
        ("t", long.as_str(), 9_499),
        ("t", r#"{"content":{"text":"x"}}"#, 19_002),
        ("t", r#"{"msg_type":"text","content":{"text":""}}"#, 19_002),
        ("t", r#"{"msg_type":"post","content":{"post":{"zh_cn":{"content":[{"tag":"text"}]}}}}"#, 19_002),
        ("t", r#"{"msg_type":"interactive","card":{}}"#, 19_002),
        ("dead", text, 19_001),
        ("blocked", text, 19_022),
        ("quota", text, 11_232),
        ("flaky", text, 9_499),
        ("flaky", text, 0),
    ] {
        let seen = post(&base, &format!("/open-apis/bot/v2/hook/{token}"), body).await;
        assert_eq!((seen.status, &seen.json()["code"]), (200, &json!(code)), "{token} {body:.50}");
    }
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(ask(&base, &format!("POST {HOOK}"), form, "msg_type=text").await.json()["code"], 9_499);
    assert_eq!(post(&base, "/open-apis/bot/v1/hook/t", text).await.status, 404);
}

#[tokio::test]
async fn the_signature_the_hour_and_the_keyword_are_demanded() {
    let (secret, keyword) = (Some("SECabc".to_owned()), Some("警".to_owned()));
    let sandbox =
        started(Options::default().with(Kind::Feishu, Script { secret, keyword, ..Script::default() })).await;
    let base = sandbox.url(Kind::Feishu);
    let now = jiff::Timestamp::now().as_second();
    let numeric = signed(now, "SECabc").replace(&format!("\"{now}\""), &now.to_string());
    let without = signed(now, "SECabc").replace('警', "y");
    for (body, code) in [
        (signed(now, "SECabc"), 0),
        (signed(now - 3_500, "SECabc"), 0),
        (signed(now - 3_700, "SECabc"), 19_021),
        (signed(now, "SECother"), 19_021),
        (numeric, 19_021),
        (r#"{"msg_type":"text","content":{"text":"x"}}"#.to_owned(), 19_021),
        (without, 19_024),
    ] {
        let code_seen: Value = post(&base, HOOK, &body).await.json()["code"].clone();
        assert_eq!(code_seen, code, "{body}");
    }
}
