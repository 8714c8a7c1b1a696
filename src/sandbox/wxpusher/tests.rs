//! The golden requests of the reference page, and what the real server refuses.

use serde_json::json;

use crate::sandbox::driver::{Seen, ask, caught, get, post, started};
use crate::sandbox::{Kind, Options, Rate, Receiver, Script};

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
    let status = format!("/api/send/query/status?sendRecordId={}", item["sendRecordId"]);
    assert_eq!(get(&base, &status).await.json()["data"], 1, "right after the send");
    assert_eq!(get(&base, &status).await.json()["data"], 3);
    assert_eq!(get(&base, &format!("/api/send/query/{}", item["messageId"])).await.json()["data"], 3);
    assert_eq!(code(&get(&base, "/api/send/query/status?sendRecordId=5").await), 1001);
    assert_eq!(code(&get(&base, "/api/send/query/status?sendRecordId=x").await), 1005);
    let squeezed = get(&base, "/api/send/message?appToken=AT_xxx&content=x&uid=UID_a,UID_b").await;
    assert_eq!(squeezed.json()["data"][0]["status"], "UID不合法");
    let delete = |id: &serde_json::Value, token: &str| {
        format!("DELETE /api/send/message?messageContentId={id}&appToken={token}")
    };
    let content = &item["messageContentId"];
    assert_eq!(code(&ask(&base, &delete(content, "XX"), "", "").await), 1001, "another's token");
    assert_eq!(code(&ask(&base, &delete(&item["messageId"], "AT_x"), "", "").await), 1001);
    assert_eq!(code(&ask(&base, &delete(content, "AT_x"), "", "").await), 1000);
    assert_eq!(code(&ask(&base, &delete(content, "AT_x"), "", "").await), 1001, "it is gone");
}

async fn fun(base: &str, line: &str) -> Seen {
    ask(base, line, "Content-Length: 0\r\n", "").await
}

#[tokio::test]
async fn a_code_is_scanned_after_its_second_poll_and_whoever_asks_too_often_is_refused() {
    let wxpusher = Script { poll_gap: std::time::Duration::ZERO, followers: 0, ..Script::default() };
    let sandbox = started(Options { wxpusher, ..Options::default() }).await;
    let base = sandbox.wxpusher_url();
    let create = |body: &'static str| post(&base, "/api/fun/create/qrcode", body);
    let qr = create(r#"{"appToken":"AT_xxx","extra":"sub-42","validTime":1800}"#).await.json();
    assert_eq!(qr["data"]["extra"], "sub-42");
    assert!(qr["data"]["expires"].as_i64() > Some(i64::from(i32::MAX)));
    let poll = format!("/api/fun/scan-qrcode-uid?code={}", qr["data"]["code"].as_str().expect("a code"));
    assert_eq!(code(&get(&base, &poll).await), 1001);
    let second = get(&base, &poll).await;
    assert_eq!((code(&second), &second.json()["data"]), (1000, &json!(null)));
    let third = get(&base, &poll).await.json();
    let uid = third["data"].as_str().expect("a UID");
    assert!(uid.starts_with("UID_"));
    let users = get(&base, "/api/fun/wxuser/v2?appToken=AT_xxx&page=1&pageSize=100").await.json();
    assert_eq!((&users["data"]["total"], &users["data"]["records"][0]["uid"]), (&json!(1), &json!(uid)));
    for (body, wanted) in [
        (r#"{"appToken":"AT_xxx"}"#, 1001),
        (r#"{"appToken":"AT_xxx","extra":""}"#, 1001),
        (r#"{"appToken":"AT_xxx","extra":"e","validTime":2592001}"#, 1001),
        (r#"{"appToken":"AT_xxx","extra":"e","validTime":"60"}"#, 1005),
        (r#"{"appToken":"XX","extra":"e"}"#, 1001),
    ] {
        assert_eq!(code(&create(body).await), wanted, "{body}");
    }
    assert_eq!(code(&get(&base, "/api/fun/scan-qrcode-uid?code=other").await), 1001);

    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let qr = post(&base, "/api/fun/create/qrcode", r#"{"appToken":"AT_xxx","extra":"e"}"#).await.json();
    let poll = format!("/api/fun/scan-qrcode-uid?code={}", qr["data"]["code"].as_str().expect("a code"));
    get(&base, &poll).await;
    let hasty = get(&base, &poll).await;
    assert!(hasty.json()["msg"].as_str().is_some_and(|msg| msg.contains("频繁")), "{}", hasty.body);
}

#[tokio::test]
async fn a_scan_is_posted_to_the_app() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/callback", listener.local_addr().expect("bound"));
    let callback = Some(Receiver { url, token: String::new(), aes_key: None });
    let wxpusher = Script { poll_gap: std::time::Duration::ZERO, callback, ..Script::default() };
    let sandbox = started(Options { wxpusher, ..Options::default() }).await;
    let base = sandbox.wxpusher_url();
    let qr = post(&base, "/api/fun/create/qrcode", r#"{"appToken":"AT_xxx","extra":"sub-42"}"#).await.json();
    let poll = format!("/api/fun/scan-qrcode-uid?code={}", qr["data"]["code"].as_str().expect("a code"));
    get(&base, &poll).await;
    get(&base, &poll).await;
    let call = caught(&listener, "}}").await;
    let (head, body) = call.split_once("\r\n\r\n").expect("a request");
    assert!(head.starts_with("POST /callback HTTP/1.1"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((&body["action"], &body["data"]["extra"]), (&json!("app_subscribe"), &json!("sub-42")));
    assert_eq!(body["data"]["uid"], get(&base, &poll).await.json()["data"]);
}

#[tokio::test]
async fn the_list_is_paged_and_filtered_and_has_a_record_for_each_follow() {
    let wxpusher = Script { followers: 7, ..Script::default() };
    let sandbox = started(Options { wxpusher, ..Options::default() }).await;
    let base = sandbox.wxpusher_url();
    let list = |query: &str| {
        let path = format!("/api/fun/wxuser/v2?appToken=AT_xxx&{query}");
        let base = base.clone();
        async move { get(&base, &path).await.json()["data"].clone() }
    };
    let first = list("page=1&pageSize=4").await;
    assert_eq!((&first["total"], first["records"].as_array().map(Vec::len)), (&json!(10), Some(4)));
    assert_eq!(first["records"][0]["uid"], first["records"][1]["uid"], "app and topic");
    assert_ne!(first["records"][0]["id"], first["records"][1]["id"]);
    assert_eq!(list("page=3&pageSize=4").await["records"].as_array().map(Vec::len), Some(2));
    assert_eq!(list("page=4&pageSize=4").await["records"], json!([]));
    assert_eq!(list("page=1&pageSize=100&type=1").await["total"], 3);
    assert_eq!(list("page=1&pageSize=100&type=0").await["total"], 7);
    assert_eq!(list("page=1&uid=UID_dead").await["total"], 0);
    assert_eq!(list("page=1&uid=UID_blocked&isBlock=true").await["total"], 1);
    assert_eq!(list("page=1&uid=UID_a").await["records"][0]["uid"], "UID_a");
    for (query, wanted) in
        [("page=0", 1001), ("page=1&pageSize=101", 1001), ("page=x", 1005), ("page=1&isBlock=perhaps", 1005)]
    {
        let path = format!("/api/fun/wxuser/v2?appToken=AT_xxx&{query}");
        assert_eq!(code(&get(&base, &path).await), wanted, "{query}");
    }
    assert_eq!(code(&get(&base, "/api/fun/wxuser/v2?page=1").await), 1001, "no token");
}

#[tokio::test]
async fn people_are_removed_and_blocked_by_their_record() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let of = |query: &str| format!("/api/fun/wxuser/v2?appToken=AT_xxx&page=1&pageSize=100&{query}");
    let user = get(&base, &of("uid=UID_a")).await.json()["data"]["records"][0]["id"].clone();
    let reject = |word: &str| format!("PUT /api/fun/reject?appToken=AT_xxx&id={user}&reject={word}");
    let body = r#"{"appToken":"AT_x","content":"c","uids":["UID_a"]}"#;
    assert_eq!(code(&fun(&base, &reject("true")).await), 1000);
    assert_eq!(get(&base, &of("uid=UID_a")).await.json()["data"]["records"][0]["reject"], true);
    assert_eq!(send(&base, body).await.json()["data"][0]["status"], "用户已拒收该应用的消息");
    assert_eq!(code(&fun(&base, &reject("false")).await), 1000);
    assert_eq!(send(&base, body).await.json()["data"][0]["code"], 1000);
    assert_eq!(code(&fun(&base, &reject("perhaps")).await), 1005);
    let remove = "DELETE /api/fun/remove?appToken=AT_xxx&id=47361";
    assert_eq!(code(&fun(&base, remove).await), 1000);
    assert_eq!(code(&fun(&base, remove).await), 1001, "that record is gone");
    assert_eq!(code(&fun(&base, "DELETE /api/fun/remove?appToken=AT_xxx&id=UID_a").await), 1005);
    assert_eq!(code(&fun(&base, "DELETE /api/fun/remove?appToken=XX&id=47362").await), 1001);
    let left = get(&base, &of("type=0")).await.json()["data"]["total"].clone();
    assert_eq!(left, 30, "thirty people, one gone, UID_a met");
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

#[tokio::test]
async fn whoever_tries_it_says_who_does_what_and_where_it_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let sandbox = started(Options::default()).await;
    let base = sandbox.wxpusher_url();
    let act = |body: &str| {
        let (base, body) = (base.clone(), body.to_owned());
        async move { post(&base, "/sandbox/act", &body).await.status }
    };
    assert_eq!(act(r#"{"who":"UID_a","does":"write","text":"hello"}"#).await, 409, "nobody is told yet");
    assert_eq!(post(&base, "/sandbox/callback", r#"{"url":"ftp://x"}"#).await.status, 400);
    let url = format!(r#"{{"url":"http://{}/hook"}}"#, listener.local_addr().expect("bound"));
    assert_eq!(post(&base, "/sandbox/callback", &url).await.status, 200);
    for (does, text, expected) in [
        (
            "write",
            "订阅 ops",
            r#""action":"send_up_cmd","data":{"appId":97,"appName":"sandbox","content":"订阅 ops""#,
        ),
        ("follow", "sub-42", r#""extra":"sub-42""#),
        ("pay", "50", r#""action":"order_pay","data":{"addTime":86400000,"amount":50"#),
        ("pay", "-50", r#""amount":-50"#),
        ("dance", "", r#""action":"dance""#),
    ] {
        let body = format!(r#"{{"who":"UID_a","does":"{does}","text":"{text}"}}"#);
        assert_eq!(act(&body).await, 200, "{does}");
        let told = caught(&listener, "}}").await;
        assert!(told.contains(expected) && told.contains("UID_a"), "{does}: {told}");
    }
    assert_eq!(act(r#"{"who":"UID_a","does":"unfollow"}"#).await, 422, "WxPusher tells nothing of that");
    assert_eq!(act(r#"{"who":"","does":"write"}"#).await, 400);
}
