//! The golden request and the documented codes.

use serde_json::json;

use crate::sandbox::driver::{get, post, started};
use crate::sandbox::{Kind, Options};

#[tokio::test]
async fn golden_messages_are_taken_with_a_serial() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Pushplus);
    let golden = r#"{"token":"abc1","title":"标题 T","content":"正文 <b>& x</b>","template":"markdown","channel":"wechat"}"#;
    let seen = post(&base, "/send", golden).await;
    assert_eq!((seen.status, &seen.json()["code"]), (200, &json!(200)));
    assert_eq!(seen.json()["data"].as_str().map(str::len), Some(32));
    assert_eq!(
        post(&base, "/send/", r#"{"token":"abc1","content":"x","topic":"ops"}"#).await.json()["code"],
        200
    );
    assert_eq!(get(&base, "/send?token=abc1&content=x").await.json()["code"], 200);
    assert_eq!(sandbox.count("abc1"), 3);
}

#[tokio::test]
async fn wrong_messages_are_refused_with_http_200() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Pushplus);
    let body = |token: &str| json!({"token": token, "content": "x"}).to_string();
    let long = json!({"token": "t", "content": "字".repeat(20_001)}).to_string();
    let title = json!({"token": "t", "content": "x", "title": "字".repeat(201)}).to_string();
    for (body, code) in [
        (body(""), 903),
        (body("a b"), 903),
        (body("dead"), 903),
        (body("blocked"), 905),
        (body("quota"), 900),
        (body("flaky"), 500),
        (body("flaky"), 200),
        (r#"{"token":"t"}"#.to_owned(), 999),
        (r#"{"token":"t","content":"x","template":"text"}"#.to_owned(), 999),
        (r#"{"token":"t","content":"x","channel":"fax"}"#.to_owned(), 999),
        (r#"{"token":"t","content":7}"#.to_owned(), 600),
        ("{".to_owned(), 600),
        (long, 999),
        (title, 999),
    ] {
        let seen = post(&base, "/send", &body).await;
        assert_eq!((seen.status, &seen.json()["code"]), (200, &json!(code)), "{body:.60}");
    }
    assert_eq!(sandbox.totals(Kind::Pushplus).reached, 1);
}
