//! What the real server 2.4 was seen to take and to refuse.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options};

const JSON: &str = "Content-Type: application/json\r\nX-Gotify-Key: Aapp\r\n";

#[tokio::test]
async fn golden_messages_are_taken_with_every_form_of_the_token() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Gotify);
    let body = r#"{"priority":8,"title":"标题 T","message":"正文 <b>& x</b>","extras":{"client::display":{"contentType":"text/markdown"}}}"#;
    let seen = ask(&base, "POST /message", JSON, body).await;
    assert_eq!((seen.status, &seen.json()["id"]), (200, &json!(1)));
    let bearer = "Content-Type: application/json\r\nAuthorization: Bearer Aapp\r\n";
    assert_eq!(ask(&base, "POST /message", bearer, body).await.json()["id"], 2);
    assert_eq!(post(&base, "/message?token=Aapp", body).await.json()["id"], 3);
    let form = "Content-Type: application/x-www-form-urlencoded\r\nX-Gotify-Key: Aapp\r\n";
    let seen = ask(&base, "POST /message", form, "message=m&priority=5&extras=x").await.json();
    assert_eq!((&seen["priority"], &seen["extras"]), (&json!(5), &json!(null)));
    assert_eq!(sandbox.count("Aapp"), 4);
    assert_eq!(get(&base, "/health").await.json()["health"], "green");
    let large = format!(r#"{{"message":"{}"}}"#, "x".repeat(2 << 20));
    assert_eq!(ask(&base, "POST /message", JSON, &large).await.status, 200);
}

#[tokio::test]
async fn wrong_messages_are_refused_with_gos_words() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Gotify);
    for (body, words) in [
        (r#"{"message":"m","priority":"5"}"#, "cannot unmarshal string"),
        (r#"{"title":"t"}"#, "'message' is required"),
        (r#"{"message":""}"#, "'message' is required"),
        (r#"{"message":7}"#, "cannot unmarshal number"),
        (r#"{"message":"m","extras":[]}"#, "map[string]interface"),
        ("message=m", "invalid character"),
    ] {
        let seen = ask(&base, "POST /message", JSON, body).await;
        let json = seen.json();
        assert_eq!((seen.status, &json["errorCode"]), (400, &json!(400)), "{body}");
        assert!(json["errorDescription"].as_str().is_some_and(|text| text.contains(words)), "{}", seen.body);
    }
    assert_eq!(post(&base, "/message", r#"{"message":"m"}"#).await.status, 401, "no token");
    assert_eq!(post(&base, "/message?token=Cclient", r#"{"message":"m"}"#).await.status, 401);
    assert_eq!(post(&base, "/message?token=Adead", r#"{"message":"m"}"#).await.status, 401);
    assert_eq!(post(&base, "/nothing", "{}").await.status, 404);
    assert_eq!(sandbox.totals(Kind::Gotify).reached, 0);
}

#[tokio::test]
async fn only_a_clients_token_deletes() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Gotify);
    post(&base, "/message?token=Aapp", r#"{"message":"m"}"#).await;
    let delete = async |line: &str| ask(&base, line, "", "").await.status;
    assert_eq!(delete("DELETE /message/1?token=Aapp").await, 401);
    assert_eq!(delete("DELETE /message/1?token=Cclient").await, 200);
    assert_eq!(delete("DELETE /message/9?token=Cclient").await, 404);
}
