//! The golden request, both markups, and the errors that clients classify.

use serde_json::json;

use crate::sandbox::driver::{ask, get, post, started};
use crate::sandbox::{Kind, Options, Script};

const SEND: &str = "/bot123456:abc/sendMessage";

#[tokio::test]
async fn golden_messages_are_sent() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Telegram);
    // Apprise leaves the ampersand as it is, and the real one takes it.
    let golden = r#"{"disable_notification":false,"disable_web_page_preview":true,"parse_mode":"HTML","text":"<b>标题 T</b>\r\n正文 <b>& x</b>","chat_id":-100123}"#;
    let seen = post(&base, SEND, golden).await;
    assert_eq!((seen.status, &seen.json()["ok"]), (200, &json!(true)), "{}", seen.body);
    assert_eq!(seen.json()["result"]["text"], "标题 T\r\n正文 & x");
    let id = seen.json()["result"]["message_id"].clone();
    assert!(id.is_i64());
    let ours = r#"{"chat_id":"@news","text":"a","link_preview_options":{"is_disabled":true}}"#;
    assert_eq!(post(&base, SEND, ours).await.status, 200);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(ask(&base, &format!("POST {SEND}"), form, "chat_id=5&text=a+b").await.status, 200);
    let marked = r#"{"chat_id":"5","parse_mode":"MarkdownV2","text":"*b* [x](https://e.x/a.b) 1\\. `a.b`"}"#;
    assert_eq!(post(&base, SEND, marked).await.status, 200);
    assert_eq!((sandbox.count("-100123"), sandbox.count("@news"), sandbox.count("5")), (1, 1, 2));
    assert_eq!(get(&base, "/bot123456:abc/getMe").await.json()["result"]["is_bot"], true);
    let delete = |id: &serde_json::Value| format!(r#"{{"chat_id":5,"message_id":{id}}}"#);
    assert_eq!(post(&base, "/bot1:a/deleteMessage", &delete(&id)).await.json()["result"], true);
    assert_eq!(post(&base, "/bot1:a/deleteMessage", &delete(&json!(7))).await.status, 400);
}

#[tokio::test]
async fn wrong_messages_are_refused_in_telegrams_words() {
    let sandbox = started(Options::default()).await;
    let base = sandbox.url(Kind::Telegram);
    let body = |text: &str, mode: &str| json!({"chat_id": 5, "text": text, "parse_mode": mode}).to_string();
    assert_eq!(post(&base, SEND, &body(&"字".repeat(4_096), "HTML")).await.status, 200);
    assert_eq!(
        post(&base, SEND, &body(&format!("<b>{}</b>", "&lt;".repeat(4_096)), "HTML")).await.status,
        200
    );
    for (body, words) in [
        (body(&"字".repeat(4_097), "HTML"), "message is too long"),
        (body("", ""), "message text is empty"),
        (body("<p>x</p>", "HTML"), "Unsupported start tag \"p\""),
        (body("a<br>b", "HTML"), "Unsupported start tag \"br\""),
        (body("<b>x", "HTML"), "Can't find end tag"),
        (body("<b><i>x</b></i>", "HTML"), "Unmatched end tag"),
        (body("a < b", "HTML"), "Unclosed start tag"),
        (body("end.", "MarkdownV2"), "Character '.' is reserved"),
        (body("x", "BBCode"), "unsupported parse_mode"),
        (r#"{"text":"x"}"#.to_owned(), "chat_id is empty"),
        (r#"{"chat_id":"news","text":"x"}"#.to_owned(), "chat not found"),
        (r#"{"chat_id":5,"text":7}"#.to_owned(), "must be of type String"),
        ("{".to_owned(), "can't parse JSON"),
    ] {
        let seen = post(&base, SEND, &body).await;
        assert_eq!((seen.status, &seen.json()["error_code"]), (400, &json!(400)), "{body:.60}");
        let description = seen.json()["description"].as_str().expect("a text").to_owned();
        assert!(description.contains(words), "{description} should hold {words}");
    }
}

#[tokio::test]
async fn tokens_and_chats_fail_as_the_real_ones_do() {
    let script = Script { bad_tokens: vec!["1:old".to_owned()], ..Script::default() };
    let sandbox = started(Options::default().with(Kind::Telegram, script)).await;
    let base = sandbox.url(Kind::Telegram);
    let text = |chat: &str| format!(r#"{{"chat_id":{chat},"text":"x"}}"#);
    assert_eq!(post(&base, "/bot1:old/sendMessage", &text("5")).await.status, 401);
    assert_eq!(post(&base, "/bottoken/sendMessage", &text("5")).await.status, 404);
    for (chat, status) in [
        (r#""@dead""#, 403),
        (r#""@blocked1""#, 403),
        (r#""@unknown""#, 400),
        (r#""@busy""#, 500),
        (r#""@flaky""#, 429),
        (r#""@flaky""#, 200),
        ("999403", 403),
        ("-999500", 500),
        ("9994001", 400),
    ] {
        let seen = post(&base, SEND, &text(chat)).await;
        assert_eq!(seen.status, status, "{chat}");
        assert_eq!(seen.json()["ok"], status == 200, "{chat}");
    }
    let moved = post(&base, SEND, &text("-9993021")).await.json();
    assert_eq!(moved["parameters"]["migrate_to_chat_id"], -1001);
    let poison = post(&base, SEND, r#"{"chat_id":"@poison","text":"x","parse_mode":"HTML"}"#).await;
    assert_eq!(poison.status, 400);
    assert_eq!(post(&base, SEND, &text(r#""@poison""#)).await.status, 200);
    let quota = post(&base, SEND, &text(r#""@quota""#)).await.json();
    assert_eq!(quota["parameters"]["retry_after"], 60);
}
