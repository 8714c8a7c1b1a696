//! The golden request, the header form, and what the real server refuses.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Rate, Script};

#[tokio::test]
async fn golden_messages_are_published_by_json_and_by_headers() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Ntfy);
    let seen = post(&base, "/", r#"{"topic":"topic1","title":"标题 T","message":"正文 <b>& x</b>","tags":["a","b"],"priority":4,"click":"https://e.x/","markdown":true}"#).await;
    let json = seen.json();
    assert_eq!((seen.status, &json["event"], &json["title"]), (200, &json!("message"), &json!("标题 T")));
    assert!(json["id"].is_string());
    let headers = "Title: t\r\nX-Priority: high\r\nTags: a, b\r\n";
    assert_eq!(ask(&base, "POST /topic2", headers, "正文").await.status, 200);
    assert_eq!(ask(&base, "PUT /topic2", "p: 5\r\n", "x").await.json()["priority"], 5);
    assert_eq!(post(&base, "/", r#"{"topic":"topic1"}"#).await.json()["message"], "triggered");
    let both = "Content-Type: application/json\r\nX-Priority: high\r\nX-Title: h\r\n";
    let merged = ask(&base, "POST /", both, r#"{"topic":"topic1","title":"j"}"#).await.json();
    assert_eq!((&merged["priority"], &merged["title"]), (&json!(4), &json!("j")), "headers fill the gaps");
    let second = &sandbox.received(Kind::Ntfy)[1].body;
    assert_eq!((&second["priority"], &second["tags"]), (&json!(4), &json!(["a", "b"])));
    assert_eq!((sandbox.count("topic1"), sandbox.count("topic2")), (3, 2));
    assert_eq!(get(&base, "/v1/health").await.json()["healthy"], true);
}

#[tokio::test]
async fn wrong_messages_are_refused_by_their_code() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Ntfy);
    let fits = format!(r#"{{"topic":"t","message":"{}"}}"#, "x".repeat(4_096));
    let long = format!(r#"{{"topic":"t","message":"{}"}}"#, "汉".repeat(1_366));
    let topic = format!(r#"{{"topic":"{}"}}"#, "t".repeat(65));
    assert_eq!(post(&base, "/", &fits).await.status, 200);
    for (body, code) in [
        ("not json", 40_024),
        (r#"{"message":"no topic"}"#, 40_009),
        (r#"{"topic":"a b"}"#, 40_009),
        (topic.as_str(), 40_009),
        (r#"{"topic":"settings"}"#, 40_010),
        (r#"{"topic":"t","priority":6}"#, 40_007),
        (r#"{"topic":"t","priority":"high"}"#, 40_007),
        (r#"{"topic":"t","tags":"a,b"}"#, 40_024),
        (r#"{"topic":"t","actions":[{"action":"view","url":"https://e.x/"}]}"#, 40_018),
        (long.as_str(), 40_014),
    ] {
        let seen = post(&base, "/", body).await;
        assert_eq!(seen.json()["code"], code, "{body:.40}");
        assert_eq!(seen.status, (code / 100) as u16, "{body:.40}");
    }
    assert_eq!(sandbox.totals(Kind::Ntfy).reached, 1);
}

#[tokio::test]
async fn a_login_is_demanded_and_checked() {
    let login = Some(("u".to_owned(), "p".to_owned()));
    let script = Script { login, bad_tokens: vec!["tk_old".to_owned()], ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Ntfy, script)).await;
    let base = sandbox.url(Kind::Ntfy);
    for (header, status) in [
        ("", 403),
        ("Authorization: Bearer tk_abc\r\n", 200),
        ("Authorization: Bearer tk_old\r\n", 401),
        ("Authorization: Bearer abc\r\n", 401),
        ("Authorization: Basic dTpw\r\n", 200),
        ("Authorization: Basic eHh4\r\n", 401),
    ] {
        assert_eq!(ask(&base, "POST /t", header, "x").await.status, status, "{header}");
    }
    // `Basic dTpw` in base64.
    assert_eq!(ask(&base, "POST /t?auth=QmFzaWMgZFRwdw", "", "x").await.status, 200);
}

#[tokio::test]
async fn words_and_the_rate_have_codes_of_their_own() {
    let rate = Some(Rate { calls: 5, per: std::time::Duration::from_secs(3_600) });
    let sandbox = started(Options::default().with(Kind::Ntfy, Script { rate, ..Script::default() })).await;
    let base = sandbox.url(Kind::Ntfy);
    for (topic, code) in [
        ("dead", 50_701),
        ("quota", 42_908),
        ("busy", 50_001),
        ("flaky", 42_901),
        ("flaky", 0),
        ("t", 42_901),
    ] {
        let json = post(&base, "/", &format!(r#"{{"topic":"{topic}"}}"#)).await.json();
        assert_eq!(json["code"].as_i64().unwrap_or_default(), code, "{topic}");
    }
}
