//! The golden requests of the reference page, and what the real server refuses.

use serde_json::json;

use crate::sandbox::driver::{Seen, ask, get, post, started};
use crate::sandbox::{Kind, Options, Rate, Script};

const SEND: &str = "/api/send/message";

async fn send(base: &str, body: &str) -> Seen {
    post(base, SEND, body).await
}

fn code(seen: &Seen) -> i64 {
    seen.json()["code"].as_i64().expect("every answer has a code")
}

#[tokio::test]
async fn golden_sends_of_every_sdk_are_accepted() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    for body in [
        r#"{"appToken":"AT_xxx","content":"hello","contentType":2,"summary":"sum","topicIds":[123],"uids":["UID_a","UID_b"],"url":"https://example.com/a","verifyPayType":1}"#,
        r#"{"appToken":"AT_xxx","content":"hello","contentType":1,"uids":["UID_a"]}"#,
        r#"{"appToken":"AT_xxx","content":"hello","summary":null,"contentType":1,"topicIds":[],"uids":["UID_a"],"verifyPay":null,"url":null}"#,
        r#"{"appToken":"AT_xxx","content":"<h1>Hi</h1>","contentType":2,"summary":"Hi","topicIds":[123],"url":"https://example.com/a"}"#,
    ] {
        let seen = send(&base, body).await;
        assert_eq!((seen.status, code(&seen)), (200, 1000), "{body}: {}", seen.body);
    }
    assert_eq!(sandbox.count("UID_a"), 3);
    assert_eq!(sandbox.count("123"), 2);
    let first = &sandbox.received(Kind::Wxpusher)[0];
    assert_eq!(first.targets, ["UID_a", "UID_b", "123"]);
    assert_eq!(first.body["summary"], "sum");
    assert_eq!((first.method.as_str(), first.answer.status), ("POST", 200));
}

#[tokio::test]
async fn items_come_in_request_order_with_ids_beyond_32_bits() {
    let sandbox = started(Options::default()).await;
    let seen = send(
        &sandbox.wxpusher_url(),
        r#"{"appToken":"AT_x","content":"c","uids":["UID_a","UID_dead1","UID_blocked"],"topicIds":[7]}"#,
    )
    .await;
    let data = seen.json()["data"].clone();
    assert_eq!(data[0]["uid"], "UID_a");
    assert_eq!((&data[0]["code"], &data[0]["status"]), (&json!(1000), &json!("创建发送任务成功")));
    assert_eq!((&data[1]["code"], &data[1]["status"]), (&json!(1001), &json!("UID不合法")));
    assert_eq!(data[2]["code"], 1001);
    assert_eq!((&data[3]["topicId"], &data[3]["uid"]), (&json!(7), &json!(null)));
    assert!(data[0]["sendRecordId"].as_i64() > Some(i64::from(i32::MAX)));
    assert_eq!(data[0]["messageContentId"], data[3]["messageContentId"]);
    assert_eq!((sandbox.count("UID_a"), sandbox.count("UID_dead1")), (1, 0));
}

#[tokio::test]
async fn wrong_bodies_are_refused_with_the_texts_seen_in_the_wild() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let long = format!(r#"{{"appToken":"AT_x","uids":["UID_a"],"content":"{}"}}"#, "字".repeat(40_001));
    let uids: Vec<String> = (0..2_001).map(|n| format!("\"UID_{n}\"")).collect();
    let many = format!(r#"{{"appToken":"AT_x","content":"c","uids":[{}]}}"#, uids.join(","));
    for (body, wanted, text) in [
        (r#"{"appToken":"AT_x","content":"c","uids":"UID_a"}"#, 1005, "java.util.HashSet"),
        (r#"{"appToken":"AT_x","content":"c","topicIds":["x"]}"#, 1005, "java.lang.Long from String"),
        ("appToken=AT_x&content=c", 1005, "Unrecognized token 'appToken'"),
        (r#"{"appToken":"XX","content":"c","uids":["UID_a"]}"#, 1001, "appToken不正确"),
        (r#"{"content":"c","uids":["UID_a"]}"#, 1001, "appToken不正确"),
        (r#"{"appToken":"AT_revoked","content":"c","uids":["UID_a"]}"#, 1002, "未授权"),
        (r#"{"appToken":"AT_x","uids":["UID_a"]}"#, 1001, "content"),
        (r#"{"appToken":"AT_x","content":"c"}"#, 1001, "uids"),
        (r#"{"appToken":"AT_x","content":"c","uids":["UID_a","UID_a"]}"#, 1001, "重复"),
        (r#"{"appToken":"AT_x","content":"c","topicIds":[1,2,3,4,5,6]}"#, 1001, "topicIds"),
        (r#"{"appToken":"AT_x","content":"c","uids":["UID_a"],"contentType":4}"#, 1001, "contentType"),
        (r#"{"appToken":"AT_x","content":"c","uids":["UID_a"],"contentType":"2"}"#, 1005, "Integer"),
        (r#"{"appToken":"AT_x","content":"c","uids":["UID_a","UID_poison"]}"#, 1001, "UID不合法"),
        (long.as_str(), 1001, "40000"),
        (many.as_str(), 1001, "2000"),
    ] {
        let seen = send(&base, body).await;
        let msg = seen.json()["msg"].as_str().expect("a text").to_owned();
        assert_eq!((seen.status, code(&seen)), (200, wanted), "{msg}");
        assert!(msg.contains(text), "{msg} should contain {text}");
    }
    assert_eq!(sandbox.totals(Kind::Wxpusher).reached, 0);
    let form =
        ask(&base, "POST /api/send/message", "Content-Type: application/x-www-form-urlencoded\r\n", "a=b")
            .await;
    assert_eq!(code(&form), 1005);
    assert_eq!(code(&get(&base, "/api/nothing").await), 1004);
}

#[tokio::test]
async fn a_refused_token_stops_every_call() {
    let wxpusher = Script { bad_tokens: vec!["AT_old".into()], ..Script::default() };
    let sandbox = started(Options { wxpusher, ..Options::default() }).await;
    let seen = send(&sandbox.wxpusher_url(), r#"{"appToken":"AT_old","content":"c","uids":["UID_a"]}"#).await;
    assert_eq!((code(&seen), seen.json()["msg"].clone()), (1001, json!("appToken不正确")));
}

#[tokio::test]
async fn calls_beyond_the_rate_are_refused_and_counted_apart() {
    let rate = Some(Rate { calls: 1, per: std::time::Duration::from_secs(3_600) });
    let wxpusher = Script { rate, ..Script::default() };
    let sandbox = started(Options { wxpusher, ..Options::default() }).await;
    let body = r#"{"appToken":"AT_x","content":"c","uids":["UID_a"]}"#;
    assert_eq!(code(&send(&sandbox.wxpusher_url(), body).await), 1000);
    let seen = send(&sandbox.wxpusher_url(), body).await;
    assert!(seen.json()["msg"].as_str().is_some_and(|msg| msg.contains("频率")));
    let totals = sandbox.totals(Kind::Wxpusher);
    assert_eq!((totals.messages, totals.over_rate, sandbox.count("UID_a")), (1, 1, 1));
}

#[tokio::test]
async fn simple_push_takes_one_or_ten_spts_and_no_token() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let path = "/api/send/message/simple-push";
    let one = r#"{"content":"<h1>T</h1>","summary":"T","contentType":2,"spt":"SPT_x"}"#;
    assert_eq!(code(&post(&base, path, one).await), 1000);
    let two = r#"{"content":"hi","contentType":1,"sptList":["SPT_x","SPT_y"]}"#;
    let seen = post(&base, path, two).await;
    assert_eq!(seen.json()["data"].as_array().map(Vec::len), Some(2));
    for bad in [
        r#"{"content":"hi","spt":"UID_x"}"#,
        r#"{"content":"hi"}"#,
        r#"{"content":"hi","sptList":["SPT_x","SPT_x"]}"#,
    ] {
        assert_eq!(code(&post(&base, path, bad).await), 1001, "{bad}");
    }
    assert_eq!(code(&get(&base, "/api/send/message/SPT_x/a%2Fb%20%E5%A5%BD").await), 1000);
    let messages = sandbox.received(Kind::WxpusherSpt);
    assert_eq!(messages.last().map(|message| message.body["content"].clone()), Some(json!("a/b 好")));
    assert_eq!(sandbox.count("SPT_x"), 3);
}

#[tokio::test]
async fn the_other_calls_of_a_console_are_there() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let by_query = "/api/send/message?appToken=AT_xxx&content=hello+world%26x&uid=UID_a&verifyPayType=0";
    let seen = get(&base, by_query).await;
    let item = seen.json()["data"][0].clone();
    let status = get(&base, &format!("/api/send/query/status?sendRecordId={}", item["sendRecordId"])).await;
    assert_eq!(status.json()["data"], 3);
    assert_eq!(code(&get(&base, "/api/send/query/status?sendRecordId=5").await), 1001);
    let squeezed = get(&base, "/api/send/message?appToken=AT_xxx&content=x&uid=UID_a,UID_b").await;
    assert_eq!(squeezed.json()["data"][0]["status"], "UID不合法");
    let delete =
        format!("DELETE /api/send/message?messageContentId={}&appToken=AT_xxx", item["messageContentId"]);
    assert_eq!(code(&ask(&base, &delete, "", "").await), 1000);
    let qr =
        post(&base, "/api/fun/create/qrcode", r#"{"appToken":"AT_xxx","extra":"sub-42","validTime":1800}"#)
            .await;
    let poll =
        format!("/api/fun/scan-qrcode-uid?code={}", qr.json()["data"]["code"].as_str().expect("a code"));
    assert!(get(&base, &poll).await.json()["data"].as_str().is_some_and(|uid| uid.starts_with("UID_")));
    let users = get(&base, "/api/fun/wxuser/v2?appToken=AT_xxx&page=1&pageSize=100&uid=UID_a").await;
    assert_eq!(users.json()["data"]["records"][0]["uid"], "UID_a");
    assert_eq!(code(&ask(&base, "DELETE /api/fun/remove?appToken=AT_xxx&id=47361", "", "").await), 1000);
    assert_eq!(
        code(&ask(&base, "PUT /api/fun/reject?appToken=AT_xxx&id=47361&reject=true", "", "").await),
        1000
    );
}

#[tokio::test]
async fn a_broken_answer_leaves_a_message_that_the_provider_has() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let body = |uid: &str| format!(r#"{{"appToken":"AT_x","content":"c","uids":["{uid}"]}}"#);
    assert_eq!(send(&base, &body("UID_drop")).await.status, 0);
    let half = send(&base, &body("UID_half")).await;
    assert_eq!(half.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&half.body).is_err());
    let huge = send(&base, &body("UID_huge")).await;
    assert!(huge.body.len() > 10 << 20);
    assert_eq!(code(&huge), 1000);
    let html = send(&base, &body("UID_html")).await;
    assert!(html.head.contains("text/html"));
    assert_eq!(send(&base, &body("UID_busy")).await.status, 500);
    let flaky = send(&base, &body("UID_flaky")).await;
    assert_eq!(flaky.status, 429);
    assert!(flaky.head.contains("retry-after: 1"));
    assert_eq!(code(&send(&base, &body("UID_flaky")).await), 1000);
    let counts =
        ["drop", "half", "huge", "html", "busy", "flaky"].map(|word| sandbox.count(&format!("UID_{word}")));
    assert_eq!(counts, [1, 1, 1, 0, 0, 1]);
    assert_eq!(sandbox.received(Kind::Wxpusher)[0].answer.status, 0);
}
