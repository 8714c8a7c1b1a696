//! The sandbox as a whole: its record file, its load, its end.

use serde_json::Value;

use super::driver::{get, post, started};
use super::{Kind, Memory, Options};

#[tokio::test]
async fn what_was_answered_is_in_the_record_file() {
    let folder = tempfile::tempdir().expect("a folder for the record");
    let path = folder.path().join("caught.jsonl");
    let sandbox =
        started(Options { record: Some(path.clone()), memory: Memory::Totals, ..Options::default() }).await;
    let body = r#"{"appToken":"AT_x","content":"停电","uids":["UID_a","UID_dead"]}"#;
    post(&sandbox.wxpusher_url(), "/api/send/message", body).await;
    get(&sandbox.bark_url(), "/ping").await;
    post(&sandbox.bark_url(), "/push", r#"{"device_key":"drop1","body":"b"}"#).await;
    // Read while the sandbox still runs: a kill at this moment would lose nothing.
    let text = std::fs::read_to_string(&path).expect("the record is there");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert_eq!(lines.len(), 2, "a ping is no message");
    assert_eq!(lines[0]["kind"], "wxpusher");
    assert_eq!(lines[0]["targets"], serde_json::json!(["UID_a"]));
    assert_eq!(lines[0]["body"]["content"], "停电");
    assert_eq!(lines[0]["answer"]["status"], 200);
    assert!(lines[0]["at"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!((&lines[1]["kind"], &lines[1]["answer"]["status"]), (&Value::from("bark"), &Value::from(0)));
    assert!(sandbox.received(Kind::Bark).is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).expect("the record is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_at_once_are_counted_to_the_last_message() {
    let sandbox = started(Options { memory: Memory::Counts, ..Options::default() }).await;
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}/push", sandbox.bark_url());
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..16 {
        let (client, url) = (client.clone(), url.clone());
        senders.spawn(async move {
            for n in 0..50 {
                let body = serde_json::json!({"device_key": format!("K{sender}x{n}"), "body": "b"});
                let answer = client.post(&url).json(&body).send().await.expect("an answer");
                assert_eq!(answer.status(), 200);
            }
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender.expect("no sender fails");
    }
    assert_eq!(sandbox.totals(Kind::Bark).messages, 800);
    assert_eq!(sandbox.counts().len(), 800);
    assert!(sandbox.counts().values().all(|count| *count == 1));
}

#[tokio::test]
async fn a_stopped_sandbox_leaves_its_ports() {
    let sandbox = started(Options::default()).await;
    let (bark, smtp) = (sandbox.bark_url(), sandbox.smtp_addr());
    sandbox.stop().await;
    assert!(tokio::net::TcpStream::connect(bark.trim_start_matches("http://")).await.is_err());
    assert!(tokio::net::TcpStream::connect(smtp).await.is_err());
}

#[tokio::test]
async fn a_slow_address_is_answered_late() {
    let options = Options::default().each(|script| script.slow = std::time::Duration::from_millis(30));
    let sandbox = started(options).await;
    let before = std::time::Instant::now();
    let seen = post(&sandbox.bark_url(), "/push", r#"{"device_key":"slow1","body":"b"}"#).await;
    assert_eq!(seen.status, 200);
    assert!(before.elapsed() >= std::time::Duration::from_millis(30));
}

#[tokio::test]
async fn an_idle_connection_is_closed_as_barks_own_server_does() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let options = Options::default().each(|script| script.idle = Some(std::time::Duration::from_millis(50)));
    let sandbox = started(options).await;
    let address = sandbox.bark_url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the sandbox listens");
    stream.write_all(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("the request is written");
    let mut bytes = Vec::new();
    // Ends only when the server closes; a reset would do as well.
    let _ = stream.read_to_end(&mut bytes).await;
    assert!(String::from_utf8_lossy(&bytes).contains("pong"));
}
