//! The golden request, emergencies, and Pushover's sentences.

use serde_json::json;

use crate::sandbox::driver::{Seen, ask, post, started};
use crate::sandbox::{Kind, Options, Script};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const TOKEN: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const USER: &str = "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu";

async fn send(base: &str, user: &str, rest: &str) -> Seen {
    let body = format!("token={TOKEN}&user={user}&{rest}");
    ask(base, "POST /1/messages.json", FORM, &body).await
}

/// A key of the right length that holds a word.
fn key(word: &str) -> String {
    format!("{word}{}", &USER[word.len()..])
}

#[tokio::test]
async fn golden_messages_are_taken_and_counted_in_headers() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Pushover);
    let golden = send(&base, USER, "priority=1&title=t&message=m&sound=pushover&device=dev1").await;
    assert_eq!((golden.status, &golden.json()["status"]), (200, &json!(1)));
    assert!(golden.head.contains("x-limit-app-remaining: 9999"));
    assert!(golden.json().get("receipt").is_none());
    let urgent = send(&base, USER, "priority=2&retry=900&expire=3600&message=m").await.json();
    assert_eq!(urgent["receipt"].as_str().map(str::len), Some(32));
    let body = json!({"token": TOKEN, "user": USER, "message": "m", "html": 1}).to_string();
    assert_eq!(post(&base, "/1/messages.json", &body).await.status, 200);
    let two = format!("{USER},{}", key("k"));
    assert_eq!(send(&base, &two, "message=m").await.status, 200);
    assert_eq!((sandbox.count(USER), sandbox.count(&key("k"))), (4, 1));
    let form = format!("token={TOKEN}&user={USER}");
    assert_eq!(ask(&base, "POST /1/users/validate.json", FORM, &form).await.json()["status"], 1);
}

#[tokio::test]
async fn wrong_messages_are_refused_in_sentences() {
    let script = Script { bad_tokens: vec!["b".repeat(30)], ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Pushover, script)).await;
    let base = sandbox.url(Kind::Pushover);
    let (fits, long) = (format!("message={}", "x".repeat(1_024)), format!("message={}", "x".repeat(1_025)));
    assert_eq!(send(&base, USER, &fits).await.status, 200);
    let title = format!("message=m&title={}", "x".repeat(251));
    for (user, rest, words) in [
        ("short", "message=m", "user identifier is invalid"),
        (USER, "title=t", "message cannot be blank"),
        (USER, long.as_str(), "message is too long"),
        (USER, title.as_str(), "title is too long"),
        (USER, "message=m&priority=3", "priority is invalid"),
        (USER, "message=m&priority=high", "priority is invalid"),
        (USER, "message=m&priority=2", "retry parameter"),
        (USER, "message=m&priority=2&retry=29&expire=60", "retry parameter"),
        (USER, "message=m&priority=2&retry=30&expire=10801", "expire parameter"),
        (USER, "message=m&html=1&monospace=1", "both"),
    ] {
        let seen = send(&base, user, rest).await;
        assert_eq!((seen.status, &seen.json()["status"]), (400, &json!(0)), "{rest:.60}");
        assert!(seen.body.contains(words), "{} should hold {words}", seen.body);
    }
    for token in ["b".repeat(30), "short".to_owned()] {
        let form = format!("token={token}&user={USER}&message=m");
        let seen = ask(&base, "POST /1/messages.json", FORM, &form).await;
        assert_eq!(seen.json()["errors"], json!(["application token is invalid"]));
    }
}

#[tokio::test]
async fn words_in_a_key_of_thirty_make_trouble() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Pushover);
    for (word, status) in
        [("dead", 400), ("unknown", 400), ("quota", 429), ("busy", 500), ("flaky", 503), ("flaky", 200)]
    {
        let seen = send(&base, &key(word), "message=m").await;
        assert_eq!(seen.status, status, "{word}");
        assert_eq!(seen.head.contains("x-limit-app-remaining: 0"), status == 429, "{word}");
    }
}
