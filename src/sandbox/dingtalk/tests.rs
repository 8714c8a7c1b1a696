//! The signature's vector, what is taken, and DingTalk's codes.

use serde_json::json;

use super::sign;
use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Rate, Script};

const TEXT: &str = r#"{"msgtype":"text","text":{"content":"标题 T x"},"at":{"isAtAll":false}}"#;

fn signed(at: i64, secret: &str) -> String {
    let timestamp = at.to_string();
    let sign: String = url::form_urlencoded::byte_serialize(sign(&timestamp, secret).as_bytes()).collect();
    format!("/robot/send?access_token=t&timestamp={timestamp}&sign={sign}")
}

#[test]
fn the_signature_is_that_of_the_reference() {
    assert_eq!(sign("1700000000000", "SECabc"), "jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM=");
}

#[tokio::test]
async fn golden_messages_are_taken() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Dingtalk);
    let markdown = r##"{"msgtype":"markdown","markdown":{"title":"t","text":"# x\n> y"}}"##;
    for body in [TEXT, markdown] {
        let seen = post(&base, "/robot/send?access_token=t1", body).await;
        assert_eq!((seen.status, &seen.json()["errcode"]), (200, &json!(0)), "{body}");
    }
    assert_eq!(sandbox.count("t1"), 2);
}

#[tokio::test]
async fn wrong_messages_are_refused_by_their_code() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Dingtalk);
    let long = json!({"msgtype": "text", "text": {"content": "x".repeat(20_000)}}).to_string();
    for (token, body, code) in [
        ("", TEXT, 40_035),
        ("t", "{", 40_035),
        ("t", r#"{"msgtype":"html","html":{}}"#, 40_035),
        ("t", r#"{"msgtype":"text","text":{"content":""}}"#, 40_035),
        ("t", r#"{"msgtype":"markdown","markdown":{"text":"no title"}}"#, 40_035),
        ("t", long.as_str(), 460_101),
        ("dead", TEXT, 300_001),
        ("blocked", TEXT, 310_000),
        ("quota", TEXT, 90_030),
        ("busy", TEXT, -1),
        ("flaky", TEXT, 130_101),
        ("flaky", TEXT, 0),
    ] {
        let seen = post(&base, &format!("/robot/send?access_token={token}"), body).await;
        assert_eq!((seen.status, &seen.json()["errcode"]), (200, &json!(code)), "{token} {body:.50}");
    }
    let plain = "Content-Type: text/plain\r\n";
    let seen = ask(&base, "POST /robot/send?access_token=t", plain, TEXT).await;
    assert_eq!(seen.json()["errcode"], 43_004);
    assert_eq!(get(&base, "/robot/send?access_token=t").await.json()["errcode"], 43_002);
}

#[tokio::test]
async fn the_signature_is_decoded_once_and_lives_an_hour() {
    let (secret, keyword) = (Some("SECabc".to_owned()), Some("标题".to_owned()));
    let sandbox =
        started(Options::default().with(Kind::Dingtalk, Script { secret, keyword, ..Script::default() }))
            .await;
    let base = sandbox.url(Kind::Dingtalk);
    let now = jiff::Timestamp::now().as_millisecond();
    let other = r#"{"msgtype":"text","text":{"content":"text other"}}"#;
    for (path, body, text) in [
        (signed(now, "SECabc"), TEXT, "ok"),
        (signed(now, "SECabc").replace('%', "%25"), TEXT, "sign not match"),
        (signed(now, "SECxyz"), TEXT, "sign not match"),
        (signed(now - 3_700_000, "SECabc"), TEXT, "description:invalid timestamp;sign not match"),
        (signed(now / 1_000, "SECabc"), TEXT, "description:invalid timestamp;sign not match"),
        ("/robot/send?access_token=t".to_owned(), TEXT, "description:invalid timestamp;sign not match"),
        (signed(now, "SECabc"), other, "keywords not in content"),
    ] {
        let seen = post(&base, &path, body).await.json();
        assert_eq!(seen["errmsg"], text, "{path}");
        assert_eq!(seen["errcode"], if text == "ok" { 0 } else { 310_000 });
    }
}

#[tokio::test]
async fn the_twenty_first_in_a_minute_is_too_fast() {
    let rate = Some(Rate { calls: 1, per: std::time::Duration::from_secs(3_600) });
    let sandbox =
        started(Options::default().with(Kind::Dingtalk, Script { rate, ..Script::default() })).await;
    let base = sandbox.url(Kind::Dingtalk);
    post(&base, "/robot/send?access_token=t", TEXT).await;
    assert_eq!(post(&base, "/robot/send?access_token=t", TEXT).await.json()["errcode"], 130_101);
    assert_eq!(sandbox.count("t"), 1);
}
