//! Tests drive the servers with hand-written bytes over a plain socket, so that no client library helps them.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Options, Sandbox};

/// An answer taken apart by hand.
#[derive(Debug)]
pub(super) struct Seen {
    /// 0 when the connection closed without a byte.
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the answer is JSON")
    }
}

pub(super) async fn started(options: Options) -> Sandbox {
    Sandbox::start(options).await.expect("loopback ports are free")
}

/// Sends one request to the server at `base` and reads until it closes.
pub(super) async fn ask(base: &str, line: &str, headers: &str, body: &str) -> Seen {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the sandbox listens");
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let request =
        format!("{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}{length}\r\n{body}");
    stream.write_all(request.as_bytes()).await.expect("the request is written");
    let mut bytes = Vec::new();
    // A connection that breaks off is one of the answers under test.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Seen { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// Posts JSON.
pub(super) async fn post(base: &str, path: &str, body: &str) -> Seen {
    ask(base, &format!("POST {path}"), "Content-Type: application/json\r\n", body).await
}

/// Takes one call of a provider, answers it, and gives it back; its body ends with `end`.
pub(super) async fn caught(listener: &TcpListener, end: &str) -> String {
    let (mut stream, _) = listener.accept().await.expect("a call");
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        let mut chunk = [0; 4_096];
        let read = stream.read(&mut chunk).await.expect("a request");
        assert_ne!(read, 0, "the request has its body");
        bytes.extend_from_slice(&chunk[..read]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess").await.expect("an answer");
    String::from_utf8(bytes).expect("text")
}

pub(super) async fn get(base: &str, path: &str) -> Seen {
    ask(base, &format!("GET {path}"), "", "").await
}
