//! The golden requests of both products and the two refusals that are known, word for word.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Rate, Script};

#[tokio::test]
async fn golden_requests_of_both_products_are_queued() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.serverchan_url();
    let turbo =
        r#"{"title": "标题", "desp": "正文", "short": "s", "noip": 1, "channel": "9|66", "openid": "o1|o2"}"#;
    let seen = post(&base, "/SCT123456Tabcdef.send", turbo).await.json();
    assert_eq!((&seen["code"], &seen["data"]["error"]), (&json!(0), &json!("SUCCESS")));
    let (id, readkey) = (seen["data"]["pushid"].as_str(), seen["data"]["readkey"].as_str());
    let status = format!("/push?id={}&readkey={}", id.expect("a string in Turbo"), readkey.expect("a key"));
    assert_eq!(get(&base, &status).await.json()["data"]["wxstatus"], r#"{"errcode":0,"errmsg":"ok"}"#);
    let three = r#"{"title": "标题", "desp": "正文", "tags": "a|b"}"#;
    let seen = post(&base, "/send/sctp1234tabcdef.send", three).await.json();
    assert!(seen["data"]["pushid"].is_i64());
    assert_ne!(seen["data"]["meta"], json!({}));
    let none = post(&base, "/send/sctp1234tnodevice.send", three).await.json();
    assert_eq!((&none["code"], &none["data"]["meta"]), (&json!(0), &json!({})));
    let form = "title=%E6%A0%87%E9%A2%98+T&desp=%E6%AD%A3%E6%96%87";
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(ask(&base, "POST /SCT123456Tabcdef.send", headers, form).await.status, 200);
    assert_eq!(get(&base, "/SCT123456Tabcdef.send?title=a&desp=b").await.status, 200);
    assert_eq!(sandbox.count("SCT123456Tabcdef"), 3);
    assert_eq!(sandbox.received(Kind::Serverchan)[3].body["title"], "标题 T");
}

#[tokio::test]
async fn a_wrong_key_and_a_spent_quota_share_one_code() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.serverchan_url();
    for (key, text) in [
        ("SCT12Tdead1", "[AUTH]错误的Key"),
        ("SCU12Tabc", "[AUTH]错误的Key"),
        ("SCT12Tquota1", "[AUTH]超过当天的发送次数限制[5]"),
    ] {
        let seen = post(&base, &format!("/{key}.send"), r#"{"title":"t"}"#).await;
        assert_eq!((seen.status, seen.json()["code"].clone()), (400, json!(40001)), "{key}");
        assert!(
            seen.json()["message"].as_str().is_some_and(|message| message.starts_with(text)),
            "{}",
            seen.body
        );
    }
    assert_eq!(sandbox.totals(Kind::Serverchan).reached, 0);
}

#[tokio::test]
async fn messages_beyond_the_documented_limits_are_refused() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.serverchan_url();
    let long_title = format!(r#"{{"title":"{}"}}"#, "题".repeat(33));
    let long_desp = format!(r#"{{"title":"t","desp":"{}"}}"#, "x".repeat((32 << 10) + 1));
    for body in [
        r#"{"desp":"no title"}"#,
        r#"{"title":"two\nlines"}"#,
        r#"{"title":7}"#,
        r#"{"title":"t","channel":"9|66|1"}"#,
        r#"{"title":"t","channel":"77"}"#,
        "not json",
        long_title.as_str(),
        long_desp.as_str(),
    ] {
        assert_eq!(post(&base, "/SCT12Tabc.send", body).await.status, 400, "{body:.40}");
    }
    assert_eq!(post(&base, "/send/sctp12tabc.send", r#"{"desp":"no title"}"#).await.status, 200);
    assert_eq!(get(&base, "/nothing").await.status, 404);
}

#[tokio::test]
async fn faults_and_the_rate_limit_answer_without_json() {
    let rate = Some(Rate { calls: 4, per: std::time::Duration::from_secs(3_600) });
    let serverchan = Script { rate, ..Script::default() };
    let sandbox = started(Options { serverchan, ..Options::default() }).await;
    let base = sandbox.serverchan_url();
    for (key, status) in
        [("SCT1Tbusy", 500), ("SCT1Tflaky", 503), ("SCT1Tflaky", 200), ("SCT1Tdrop", 0), ("SCT1Tabc", 429)]
    {
        let seen = post(&base, &format!("/{key}.send"), r#"{"title":"t"}"#).await;
        assert_eq!(seen.status, status, "{key}");
        assert_eq!(seen.head.contains("retry-after"), status == 503 || status == 429, "{key}");
    }
    assert_eq!((sandbox.count("SCT1Tdrop"), sandbox.count("SCT1Tabc")), (1, 0));
}
