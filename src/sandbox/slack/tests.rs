//! The golden request and Slack's words.

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Script};

#[tokio::test]
async fn golden_messages_are_answered_with_ok() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Slack);
    for body in [
        r##"{"mrkdwn":true,"attachments":[{"title":"标题 T","text":"正文 &lt;b&gt;","color":"#3AA3E3","footer":"Apprise","ts":1}],"channel":"#general"}"##,
        r#"{"text":"*b* <https://e.x|x>"}"#,
        r#"{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]}"#,
    ] {
        let seen = post(&base, "/services/T1/B1/secret", body).await;
        assert_eq!((seen.status, seen.body.as_str()), (200, "ok"), "{body}");
    }
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let line = "POST /services/T1/B1/secret";
    assert_eq!(ask(&base, line, form, "payload=%7B%22text%22%3A%22x%22%7D").await.body, "ok");
    assert_eq!(sandbox.count("T1/B1/secret"), 4);
}

#[tokio::test]
async fn wrong_messages_and_hooks_are_refused_in_single_words() {
    let script = Script { bad_tokens: vec!["T1/B1/old".to_owned()], ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Slack, script)).await;
    let base = sandbox.url(Kind::Slack);
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(40_001));
    let text = r#"{"text":"x"}"#;
    for (hook, body, status, word) in [
        ("T1/B1/s", "{", 400, "invalid_payload"),
        ("T1/B1/s", r#"{"text":7}"#, 400, "invalid_payload"),
        ("T1/B1/s", r#"{"text":" "}"#, 400, "no_text"),
        ("T1/B1/s", r#"{"blocks":[{"text":"x"}]}"#, 400, "invalid_blocks"),
        ("T1/B1/s", long.as_str(), 400, "msg_too_long"),
        ("T1/B1", text, 404, "no_service"),
        ("X1/B1/s", text, 404, "no_service"),
        ("T1/B1/old", text, 403, "invalid_token"),
        ("T1/B1/dead", text, 410, "channel_is_archived"),
        ("T1/B1/blocked", text, 403, "action_prohibited"),
        ("T1/B1/busy", text, 500, "rollup_error"),
        ("T1/B1/flaky", text, 429, "rate_limited"),
        ("T1/B1/flaky", text, 200, "ok"),
    ] {
        let seen = post(&base, &format!("/services/{hook}"), body).await;
        assert_eq!((seen.status, seen.body.as_str()), (status, word), "{hook} {body:.40}");
        assert_eq!(seen.head.contains("retry-after"), status == 429, "{hook}");
    }
    assert_eq!(get(&base, "/services/T1/B1/s").await.status, 405);
    assert_eq!(post(&base, "/services/T1/B1/drop", text).await.status, 0);
    assert!(post(&base, "/services/T1/B1/huge", text).await.body.len() > 10 << 20);
}
