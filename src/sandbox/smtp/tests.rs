//! Conversations typed by hand, as an operator would over telnet.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::sandbox::driver::started;
use crate::sandbox::{Kind, Options, Rate, Sandbox, Script};

/// Sends everything at once, closes the writing side, and reads all replies.
async fn talk(sandbox: &Sandbox, lines: &str) -> String {
    let mut stream = TcpStream::connect(sandbox.smtp_addr()).await.expect("the sandbox listens");
    let text = lines.replace('\n', "\r\n");
    stream.write_all(text.as_bytes()).await.expect("the commands are written");
    stream.shutdown().await.expect("the writing side closes");
    let mut replies = Vec::new();
    // A connection that breaks off is one of the answers under test.
    let _ = stream.read_to_end(&mut replies).await;
    String::from_utf8_lossy(&replies).replace("\r\n", "\n")
}

/// The reply lines after the greeting and EHLO.
async fn after_hello(sandbox: &Sandbox, lines: &str) -> Vec<String> {
    let replies = talk(sandbox, &format!("EHLO client.test\n{lines}")).await;
    let mut replies = replies.lines().skip_while(|line| !line.starts_with("250 AUTH"));
    assert!(replies.next().is_some());
    replies.map(str::to_owned).collect()
}

const MAIL: &str = "MAIL FROM:<news@example.com>\n";

#[tokio::test]
async fn a_mail_is_taken_unstuffed_and_decoded() {
    let sandbox = started(Options::default()).await;
    let replies = talk(
        &sandbox,
        "EHLO client.test\nMAIL FROM:<bounce@example.com> SIZE=500 BODY=8BITMIME\nRCPT TO:<a@example.com>\nDATA\n\
         From: =?utf-8?b?5o6o6YCB5o6n5Yi25Y+w?= <news@example.com>\nTo: \"=?utf-8?b?5byg5LiJ?=\" <a@example.com>\n\
         Subject: =?utf-8?b?5rWL6K+V5Li76aKY?= with ascii\nMessage-ID: <m1.r2.c3@push.example.com>\nMIME-Version: 1.0\n\
         List-Unsubscribe: <https://u.example.com/u/TOKEN>,\n <mailto:unsub@example.com>\n\
         List-Unsubscribe-Post: List-Unsubscribe=One-Click\n\
         Content-Type: multipart/alternative; boundary=\"b\"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: base64\n\n5L2g5aW9\n--b\nContent-Type: text/html; charset=utf-8\n\n\
         <p>hi\n..a line with a dot</p>\n--b--\n.\nQUIT\n",
    )
    .await;
    assert!(replies.starts_with("220 "), "{replies}");
    for wanted in
        ["250-SMTPUTF8", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "354 ", "250 2.0.0 queued", "221 2.0.0"]
    {
        assert!(replies.contains(wanted), "{wanted} in {replies}");
    }
    let mail = &sandbox.received(Kind::Email)[0];
    assert_eq!(mail.targets, ["a@example.com"]);
    assert_eq!(mail.body["subject"], "测试主题 with ascii");
    assert_eq!(mail.body["from"], "bounce@example.com");
    assert_eq!(mail.body["header_from"], json!(["推送控制台 <news@example.com>"]));
    assert_eq!(mail.body["message_id"], "m1.r2.c3@push.example.com");
    assert_eq!(mail.body["list_unsubscribe"], "<https://u.example.com/u/TOKEN>, <mailto:unsub@example.com>");
    assert_eq!(mail.body["list_unsubscribe_post"], "List-Unsubscribe=One-Click");
    assert_eq!(mail.body["text"], "你好");
    assert!(mail.body["html"].as_str().is_some_and(|html| html.contains("\r\n.a line with a dot")));
}

#[tokio::test]
async fn recipients_are_refused_with_enhanced_codes_and_the_conversation_goes_on() {
    let sandbox = started(Options::default()).await;
    let replies = after_hello(
        &sandbox,
        &format!(
            "{MAIL}RCPT TO:<dead1@example.com>\nRCPT TO:<blocked1@example.com>\nRCPT TO:<quota1@example.com>\n\
             RCPT TO:<flaky1@example.com>\nRCPT TO:<flaky1@example.com>\nRCPT TO:<no at>\nRCPT TO:<张三@example.com>\n\
             RSET\n{MAIL}RCPT TO:<a@dead.example.com>\nRCPT TO:<busy@example.com>\nNOOP\n"
        ),
    )
    .await;
    let codes: Vec<&str> = replies.iter().map(|line| line.get(..9).unwrap_or(line)).collect();
    assert_eq!(
        codes,
        [
            "250 2.1.0",
            "550 5.1.1",
            "550 5.7.1",
            "452 4.2.2",
            "451 4.7.1",
            "250 2.1.5",
            "501 5.1.3",
            "553 5.6.7",
            "250 2.0.0",
            "250 2.1.0",
            "250 2.1.5",
            "421 4.3.2"
        ]
    );
}

#[tokio::test]
async fn what_breaks_after_the_dot_has_been_received() {
    let sandbox = started(Options::default()).await;
    for (who, last) in [("drop", "354 "), ("half", "250 2.0"), ("poison", "554 5.6.0"), ("huge", "250 2.0.0")]
    {
        let mail = format!("{MAIL}RCPT TO:<{who}@example.com>\nDATA\nSubject: x\n\nhello\n.\n");
        let replies = after_hello(&sandbox, &mail).await;
        assert!(replies.last().is_some_and(|line| line.starts_with(last)), "{who}");
    }
    let counts = ["drop", "half", "poison", "huge"].map(|who| sandbox.count(&format!("{who}@example.com")));
    assert_eq!(counts, [1, 1, 0, 1]);
    // A mail without its dot never was one.
    after_hello(&sandbox, &format!("{MAIL}RCPT TO:<a@example.com>\nDATA\nSubject: x\n\nhello\n")).await;
    assert_eq!(sandbox.count("a@example.com"), 0);
}

#[tokio::test]
async fn a_configured_login_is_demanded_and_checked() {
    let email = Script { login: Some(("u".into(), "p".into())), ..Script::default() };
    let sandbox = started(Options { email, ..Options::default() }).await;
    let replies =
        after_hello(&sandbox, &format!("{MAIL}AUTH PLAIN AHUAeA==\nAUTH PLAIN\nAHUAcA==\n{MAIL}QUIT\n"))
            .await;
    let codes: Vec<&str> = replies.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(codes, ["530", "535", "334", "235", "250", "221"]);
    assert!(replies[1].starts_with("535 5.7.8"));
    let login = after_hello(&sandbox, "AUTH LOGIN\ndQ==\ncA==\n").await;
    assert_eq!(login, ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 2.7.0 authentication successful"]);
}

#[tokio::test]
async fn limits_and_order_are_kept() {
    let sandbox = started(Options::default()).await;
    assert!(talk(&sandbox, "MAIL FROM:<a@example.com>\n").await.contains("503 5.5.1"));
    let replies = after_hello(
        &sandbox,
        "DATA\nMAIL FROM:<a@example.com> SIZE=99999999\nMAIL FROM:<a@example.com>\nDATA\nSTARTTLS\nWHAT\n",
    )
    .await;
    let codes: Vec<&str> = replies.iter().map(|line| line.get(..9).unwrap_or(line)).collect();
    assert_eq!(codes, ["503 5.5.1", "552 5.3.4", "250 2.1.0", "554 5.5.1", "502 5.5.1", "500 5.5.2"]);
    let long = "x".repeat(999);
    let mail = format!("{MAIL}RCPT TO:<a@example.com>\nDATA\nSubject: x\n\n{long}\n.\nQUIT\n");
    assert!(after_hello(&sandbox, &mail).await.iter().any(|line| line.starts_with("554 5.6.0")));
    let fits = mail.replace(&long, &"x".repeat(998));
    assert!(after_hello(&sandbox, &fits).await.iter().any(|line| line.starts_with("250 2.0.0 queued")));
}

#[tokio::test]
async fn a_client_beyond_the_rate_is_sent_away() {
    let rate = Some(Rate { calls: 1, per: std::time::Duration::from_secs(3_600) });
    let email = Script { rate, ..Script::default() };
    let sandbox = started(Options { email, ..Options::default() }).await;
    let replies = after_hello(&sandbox, &format!("{MAIL}RSET\n{MAIL}")).await;
    assert!(replies.last().is_some_and(|line| line.starts_with("421 4.7.0")), "{replies:?}");
}
