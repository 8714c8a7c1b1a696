//! It takes whatever comes, but for words of trouble.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Script};

#[tokio::test]
async fn whatever_comes_is_ok() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Webhook);
    assert_eq!(post(&base, "/hook", r#"{"to":"ann","text":"停电"}"#).await.body, "ok");
    assert_eq!(get(&base, "/hook?to=ann").await.body, "ok");
    assert_eq!(ask(&base, "PATCH /any/path", "Content-Type: text/xml\r\n", "<a/>").await.body, "ok");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(ask(&base, "PUT /hook", form, "to=bob&x=1").await.body, "ok");
    assert_eq!((sandbox.count("ann"), sandbox.count("bob"), sandbox.count("/any/path")), (2, 1, 1));
    assert_eq!(sandbox.received(Kind::Webhook)[0].body, json!({"to": "ann", "text": "停电"}));
}

#[tokio::test]
async fn words_become_statuses() {
    let script = Script { bad_tokens: vec!["old".to_owned()], ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Webhook, script)).await;
    let base = sandbox.url(Kind::Webhook);
    for (to, status) in [
        ("dead", 410),
        ("unknown", 404),
        ("blocked", 403),
        ("quota", 429),
        ("poison", 400),
        ("busy", 500),
        ("flaky", 503),
        ("flaky", 200),
        ("drop", 0),
    ] {
        assert_eq!(get(&base, &format!("/hook?to={to}")).await.status, status, "{to}");
    }
    assert_eq!(ask(&base, "POST /hook", "Authorization: Bearer old\r\n", "x").await.status, 401);
}
