//! The golden request and WeCom's codes.

use serde_json::json;

use crate::sandbox::driver::{get, post, started};
use crate::sandbox::{Kind, Options};

#[tokio::test]
async fn golden_messages_are_taken() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Wecom);
    let content = |kind: &str, text: String| json!({"msgtype": kind, kind: {"content": text}}).to_string();
    for body in [
        r#"{"msgtype":"text","text":{"content":"标题 T\r\n正文 <b>& x</b>"}}"#.to_owned(),
        r#"{"msgtype":"text","text":{"content":"x","mentioned_list":["@all"],"mentioned_mobile_list":[]}}"#
            .to_owned(),
        content("text", "x".repeat(2_048)),
        content("markdown", "字".repeat(1_365)),
    ] {
        let seen = post(&base, "/cgi-bin/webhook/send?key=k-1", &body).await;
        assert_eq!((seen.status, &seen.json()["errcode"]), (200, &json!(0)), "{body:.60}");
    }
    assert_eq!(sandbox.count("k-1"), 4);
}

#[tokio::test]
async fn wrong_messages_are_refused_by_their_code() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Wecom);
    let content = |kind: &str, text: String| json!({"msgtype": kind, kind: {"content": text}}).to_string();
    let text = || content("text", "x".to_owned());
    for (key, body, code) in [
        ("k", content("text", "x".repeat(2_049)), 40_058),
        ("k", content("markdown", "字".repeat(1_366)), 40_058),
        ("k", content("text", String::new()), 44_004),
        ("k", r#"{"msgtype":"html","html":{"content":"x"}}"#.to_owned(), 40_008),
        ("k", r#"{"msgtype":"text","content":"x"}"#.to_owned(), 40_058),
        ("k", r#"{"msgtype":"text","text":{"content":"x","mentioned_list":"@all"}}"#.to_owned(), 40_058),
        ("k", "x".to_owned(), 47_001),
        ("k", String::new(), 44_002),
        ("", text(), 93_000),
        ("a_b", text(), 93_000),
        ("dead", text(), 93_000),
        ("busy", text(), -1),
        ("flaky", text(), 45_009),
        ("flaky", text(), 0),
    ] {
        let seen = post(&base, &format!("/cgi-bin/webhook/send?key={key}"), &body).await;
        assert_eq!((seen.status, &seen.json()["errcode"]), (200, &json!(code)), "{key} {body:.50}");
    }
    assert_eq!(get(&base, "/cgi-bin/webhook/send?key=k").await.json()["errcode"], 43_002);
    assert_eq!(sandbox.totals(Kind::Wecom).reached, 1);
}
