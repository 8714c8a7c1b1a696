//! The golden requests and Discord's codes.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Script};

const HOOK: &str = "/api/webhooks/1/secret";

#[tokio::test]
async fn golden_messages_are_answered_as_the_query_asks() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Discord);
    // `wait` in the body is nothing.
    let golden =
        r#"{"tts":false,"wait":true,"avatar_url":"https://e.x/a.png","content":"标题 T\r\n正文 <b>& x</b>"}"#;
    let seen = post(&base, HOOK, golden).await;
    assert_eq!((seen.status, seen.body.as_str()), (204, ""));
    let ours = r#"{"content":"x","allowed_mentions":{"parse":[]}}"#;
    let seen = post(&base, &format!("{HOOK}?wait=true"), ours).await;
    assert_eq!((seen.status, &seen.json()["content"]), (200, &json!("x")));
    let id = seen.json()["id"].as_str().expect("a text").to_owned();
    let embed = r#"{"embeds":[{"title":"t","description":"d","color":1}]}"#;
    assert_eq!(post(&base, "/api/v10/webhooks/1/secret", embed).await.status, 204);
    assert_eq!(sandbox.count("1/secret"), 3);
    assert_eq!(get(&base, HOOK).await.json()["token"], "secret");
    let delete = async |id: &str| ask(&base, &format!("DELETE {HOOK}/messages/{id}"), "", "").await.status;
    assert_eq!((delete(&id).await, delete("7").await), (204, 404));
}

#[tokio::test]
async fn wrong_messages_are_refused_by_their_code() {
    let script = Script { bad_tokens: vec!["old".to_owned()], ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Discord, script)).await;
    let base = sandbox.url(Kind::Discord);
    let content = |count: usize| json!({"content": "字".repeat(count)}).to_string();
    let embeds = |count: usize, text: usize| {
        json!({"embeds": vec![json!({"description": "x".repeat(text)}); count]}).to_string()
    };
    assert_eq!(post(&base, HOOK, &content(2_000)).await.status, 204);
    for (body, code) in [
        (content(2_001), 50_035),
        (embeds(11, 1), 50_035),
        (embeds(1, 4_097), 50_035),
        (embeds(2, 3_001), 50_035),
        ("{}".to_owned(), 50_006),
        (r#"{"content":" \n"}"#.to_owned(), 50_006),
        (r#"{"content":7}"#.to_owned(), 50_035),
        (r#"{"content":"x","allowed_mentions":{"parse":["all"]}}"#.to_owned(), 50_035),
        ("{".to_owned(), 50_109),
    ] {
        let seen = post(&base, HOOK, &body).await;
        assert_eq!((seen.status, &seen.json()["code"]), (400, &json!(code)), "{body:.60}");
    }
    for (hook, status, code) in [
        ("x/secret", 404, 10_015),
        ("1/dead", 404, 10_015),
        ("1/blocked", 403, 50_001),
        ("1/old", 401, 50_027),
        ("1/busy", 500, 0),
    ] {
        let seen = post(&base, &format!("/api/webhooks/{hook}"), r#"{"content":"x"}"#).await;
        assert_eq!((seen.status, &seen.json()["code"]), (status, &json!(code)), "{hook}");
    }
    let flaky = post(&base, "/api/webhooks/1/flaky", r#"{"content":"x"}"#).await;
    assert_eq!((flaky.status, &flaky.json()["retry_after"]), (429, &json!(0.5)));
    assert!(flaky.head.contains("x-ratelimit-reset-after: 0.5"));
    assert_eq!(post(&base, "/api/webhooks/1/flaky", r#"{"content":"x"}"#).await.status, 204);
}
