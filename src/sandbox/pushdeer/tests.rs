//! The golden request, lists of keys, and what trips the real server.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Rate, Script};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[tokio::test]
async fn golden_messages_reach_each_key_once() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Pushdeer);
    let golden = ask(&base, "POST /message/push?pushkey=PDU1", FORM, "text=t&type=text&desp=d").await;
    assert_eq!((golden.status, &golden.json()["code"]), (200, &json!(0)));
    assert_eq!(golden.json()["content"]["result"].as_array().map(Vec::len), Some(1));
    let list = ask(&base, "POST /message/push", FORM, "pushkey=PDU1,PDU2,PDU1&text=t&type=markdown").await;
    assert_eq!(list.json()["content"]["result"].as_array().map(Vec::len), Some(2));
    assert_eq!((sandbox.count("PDU1"), sandbox.count("PDU2")), (2, 1));
    let none = get(&base, "/message/push?pushkey=PDUnodevice&text=t").await.json();
    assert_eq!((&none["code"], &none["content"]["result"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn keys_beyond_the_limit_are_left_out_without_a_word() {
    let script = Script { max_batch: Some(2), ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Pushdeer, script)).await;
    let seen = get(&sandbox.url(Kind::Pushdeer), "/message/push?pushkey=PDU1,PDU2,PDU3&text=t").await;
    assert_eq!((seen.status, sandbox.count("PDU2"), sandbox.count("PDU3")), (200, 1, 0));
}

#[tokio::test]
async fn wrong_messages_are_refused_and_unknown_keys_crash() {
    let rate = Some(Rate { calls: 9, per: std::time::Duration::from_secs(3_600) });
    let sandbox =
        started(Options::default().with(Kind::Pushdeer, Script { rate, ..Script::default() })).await;
    let base = sandbox.url(Kind::Pushdeer);
    for (query, status, code) in [
        ("text=t", 200, 80_501),
        ("pushkey=PDU1", 200, 80_501),
        ("pushkey=PDU1&text=t&type=html", 200, 80_501),
        ("pushkey=PDUblocked&text=t", 200, 80_501),
        ("pushkey=PDUbusy&text=t", 200, 80_502),
        ("pushkey=XYZ&text=t", 500, 0),
        ("pushkey=PDU1,PDUdead&text=t", 500, 0),
        ("pushkey=PDUflaky&text=t", 429, 0),
        ("pushkey=PDUflaky&text=t", 200, 0),
        ("pushkey=PDU1&text=t", 429, 0),
    ] {
        let seen = get(&base, &format!("/message/push?{query}")).await;
        assert_eq!(seen.status, status, "{query}");
        if status == 200 {
            assert_eq!(seen.json()["code"], code, "{query}");
        } else {
            assert!(seen.head.contains("text/html"), "{query}");
        }
    }
    assert_eq!(post(&base, "/nothing", "{}").await.status, 429, "the rate holds for whatever comes");
    assert_eq!(sandbox.count("PDU1"), 0);
}
