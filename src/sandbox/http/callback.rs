//! Calls that a provider makes by itself: receipts and events, posted to a receiver on this machine.
//!
//! By hand over a plain socket: the one HTTP client of this program belongs to its sender. Like the real ones
//! it tries three times, when the receiver does not answer 200 within five seconds.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// How long after the answer, so that whoever asked knows the id that an event will name.
const AFTER: Duration = Duration::from_millis(20);

/// A POST to a receiver.
#[derive(Debug)]
pub(in super::super) struct Callback {
    /// Where to, without TLS.
    pub url: String,
    pub content_type: &'static str,
    pub body: String,
}

impl Callback {
    /// Tries three times, each after `pause` and a moment. What never arrives is lost, as it is with the real ones.
    pub(super) async fn deliver(self, pause: Duration) {
        for _ in 0..3 {
            tokio::time::sleep(pause + AFTER).await;
            let answer = tokio::time::timeout(Duration::from_secs(5), self.post()).await;
            if matches!(answer, Ok(Some(200))) {
                return;
            }
        }
        tracing::debug!("sandbox: a receiver did not take an event");
    }

    /// The status of one attempt; `None` when there was none.
    pub(in super::super) async fn post(&self) -> Option<u16> {
        let url = Url::parse(&self.url).ok().filter(|url| url.scheme() == "http")?;
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let mut stream = TcpStream::connect((host, port)).await.ok()?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let head = format!(
            "POST {}{query} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            url.path(),
            self.content_type,
            self.body.len()
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(self.body.as_bytes()).await.ok()?;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.ok()?;
        std::str::from_utf8(&start).ok()?.split(' ').nth(1)?.parse().ok()
    }
}
