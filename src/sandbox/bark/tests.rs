//! What the real server was observed to answer, row by row of the reference page.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Script};

#[tokio::test]
async fn health_pages_answer_as_the_real_server_does() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.bark_url();
    assert_eq!(get(&base, "/").await.body, "ok");
    assert_eq!(get(&base, "/healthz").await.body, "ok");
    let ping = get(&base, "/PING/").await.json();
    assert_eq!((&ping["code"], &ping["message"]), (&json!(200), &json!("pong")));
    assert_eq!(get(&base, "/info").await.json()["version"], "v2.3.4");
    assert_eq!(get(&base, "/register/key1").await.json()["code"], 200);
    assert_eq!(get(&base, "/register/keyunknown1").await.status, 400);
    assert_eq!(get(&base, "/register/dead7").await.status, 200, "its token is there until a push fails");
    post(&base, "/push", r#"{"device_key":"dead7","body":"b"}"#).await;
    assert_eq!(get(&base, "/register/dead7").await.json()["message"], "device token invalid");
    assert_eq!(get(&base, "/register").await.json()["message"], "device token is empty");
    let fresh = get(&base, "/register?device_token=abcdef").await.json();
    assert_eq!(fresh["data"]["device_token"], "abcdef");
    assert_eq!(ask(&base, "PUT /push", "", "").await.status, 405);
    assert_eq!(get(&base, "/push").await.status, 400);
    assert_eq!(get(&base, "/a/b/c/d/e").await.body, "Cannot GET /a/b/c/d/e");
}

#[tokio::test]
async fn golden_pushes_are_accepted() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.bark_url();
    let apprise = r#"{"device_key":"KEY2","title":"标题 T","body":"正文 <b>& x</b>","sound":"minuet.caf","url":"https://e.x/","badge":3,"level":"timeSensitive","group":"g","volume":4,"call":1}"#;
    let ours = r#"{"device_key":"KEY1","title":"t","body":"b","id":"01J","group":"ops","level":"active"}"#;
    for (path, body) in
        [("/push", apprise), ("/push", ours), ("/KEY3", r#"{"title":"t","body":"b","sound":""}"#)]
    {
        let seen = post(&base, path, body).await;
        assert_eq!((seen.status, seen.json()["message"].clone()), (200, json!("success")), "{body}");
    }
    assert_eq!(get(&base, "/KEY4/a+title/the%2Fbody?group=g").await.status, 200);
    let messages = sandbox.received(Kind::Bark);
    assert_eq!(
        messages.iter().map(|message| message.targets[0].as_str()).collect::<Vec<_>>(),
        ["KEY2", "KEY1", "KEY3", "KEY4"]
    );
    assert_eq!(
        (&messages[3].body["title"], &messages[3].body["body"]),
        (&json!("a title"), &json!("the/body"))
    );
}

#[tokio::test]
async fn a_dead_key_is_refused_differently_the_second_time() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.bark_url();
    let push = |key: &str| format!(r#"{{"device_key":"{key}","body":"b"}}"#);
    for (key, status, message) in [
        ("dead1", 500, "push failed: Unregistered"),
        ("dead1", 400, "failed to get device token: device token invalid"),
        ("blocked1", 500, "push failed: BadDeviceToken"),
        ("unknown1", 400, "failed to get device token: failed to get [unknown1] device token from database"),
        ("quota1", 500, "push failed: TooManyRequests"),
        ("busy1", 500, "push failed: ServiceUnavailable"),
        ("flaky1", 500, "push failed: InternalServerError"),
        ("flaky1", 200, "success"),
        ("", 400, "device key is empty"),
    ] {
        let seen = post(&base, "/push", &push(key)).await;
        assert_eq!((seen.status, seen.json()["message"].clone()), (status, json!(message)), "{key}");
        assert_eq!(seen.json()["code"], status);
    }
    assert_eq!(post(&base, "/push", &push("drop1")).await.status, 0);
    assert_eq!((sandbox.count("drop1"), sandbox.count("flaky1"), sandbox.count("dead1")), (1, 1, 0));
}

#[tokio::test]
async fn requests_that_our_client_must_never_make_are_refused() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.bark_url();
    let long = format!(r#"{{"device_key":"k","body":"{}"}}"#, "x".repeat(3_997));
    for (body, status, message) in [
        (r#"{"device_key":7,"body":"b"}"#, 400, "device key is empty"),
        (r#"{"device_key":"k","body":"b","group":7}"#, 500, "interface conversion"),
        (r#"{"device_keys":7,"body":"b"}"#, 400, "invalid type for device_keys"),
        ("{\"device_key\":\"k\",\"body\":\"a\nb\"}", 400, "request bind failed"),
        (long.as_str(), 500, "push failed: PayloadTooLarge"),
    ] {
        let seen = post(&base, "/push", body).await;
        assert_eq!(seen.status, status, "{}", seen.body);
        assert!(
            seen.json()["message"].as_str().is_some_and(|text| text.starts_with(message)),
            "{}",
            seen.body
        );
    }
    let text = ask(&base, "POST /push", "Content-Type: text/plain\r\n", r#"{"device_key":"k"}"#).await;
    assert_eq!((text.status, text.json()["message"].clone()), (400, json!("device key is empty")));
    assert_eq!(get(&base, &format!("/k/{}", "x".repeat(4_100))).await.status, 431);
    let headers = "Content-Type: application/json\r\n";
    assert_eq!(ask(&base, "POST /push", headers, &"x".repeat((4 << 20) + 1)).await.status, 413);
}

#[tokio::test]
async fn a_batch_answers_200_with_the_truth_in_its_items() {
    let bark = Script { max_batch: Some(4), ..Script::default() };
    let sandbox = started(Options { bark, ..Options::default() }).await;
    let base = sandbox.bark_url();
    let seen = post(&base, "/push", r#"{"device_keys":["K1","dead2","","K1"],"body":"b"}"#).await;
    assert_eq!(seen.status, 200);
    assert_eq!(
        seen.json()["data"],
        json!([
            {"code": 200, "device_key": "K1"},
            {"code": 500, "device_key": "dead2", "message": "push failed: Unregistered"},
            {"code": 400, "device_key": "", "message": "device key is empty"},
            {"code": 200, "device_key": "K1"},
        ])
    );
    assert_eq!(sandbox.count("K1"), 2, "a duplicated key is pushed twice");
    let over = post(&base, "/push", r#"{"device_keys":"a,b,c,d,e","body":"b"}"#).await;
    assert_eq!(over.json()["message"], "batch push count exceeds the maximum limit: 4");
}

#[tokio::test]
async fn an_encrypted_batch_and_a_deletion_pass_as_they_are() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.bark_url();
    let sealed =
        r#"{"device_keys":["K1","K2"],"ciphertext":"+aPt5cwN9GbT/A==","iv":"111111111111","id":"m1"}"#;
    assert_eq!(post(&base, "/push", sealed).await.json()["data"].as_array().map(Vec::len), Some(2));
    let deletion = r#"{"device_key":"K1","id":"m1","delete":"1"}"#;
    assert_eq!(post(&base, "/push", deletion).await.status, 200);
    let seen = sandbox.received(Kind::Bark);
    assert_eq!(
        (&seen[0].body["ciphertext"], &seen[0].body["iv"]),
        (&json!("+aPt5cwN9GbT/A=="), &json!("111111111111"))
    );
    assert_eq!(seen[1].body["delete"], "1");
    let long = format!(r#"{{"device_key":"K","ciphertext":"{}","iv":"i"}}"#, "x".repeat(4_000));
    assert_eq!(post(&base, "/push", &long).await.json()["message"], "push failed: PayloadTooLarge");
}

#[tokio::test]
async fn a_server_without_batches_misses_the_key() {
    let bark = Script { max_batch: Some(0), ..Script::default() };
    let sandbox = started(Options { bark, ..Options::default() }).await;
    let seen = post(&sandbox.bark_url(), "/push", r#"{"device_keys":["K1","K2"],"body":"b"}"#).await;
    assert_eq!((seen.status, seen.json()["message"].clone()), (400, json!("device key is empty")));
}

#[tokio::test]
async fn basic_auth_is_refused_as_a_teapot() {
    let bark = Script { login: Some(("u".into(), "p".into())), ..Script::default() };
    let sandbox = started(Options { bark, ..Options::default() }).await;
    let base = sandbox.bark_url();
    let body = r#"{"device_key":"K","body":"b"}"#;
    let seen = post(&base, "/push", body).await;
    assert_eq!((seen.status, seen.body.as_str()), (418, "I'm a teapot"));
    assert_eq!(get(&base, "/info").await.status, 418);
    assert_eq!(get(&base, "/ping").await.status, 200);
    let headers = "Content-Type: application/json; charset=utf-8\r\nAuthorization: Basic dTpw\r\n";
    assert_eq!(ask(&base, "POST /push", headers, body).await.status, 200);
    assert_eq!(sandbox.received(Kind::Bark)[0].headers["authorization"], "Basic");
}
