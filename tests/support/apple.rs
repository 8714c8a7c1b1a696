//! A small server that speaks Apple's protocol over HTTP/2 in clear, and counts what comes.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Whether a provider token is taken; else the reason why not.
pub type Check = Arc<dyn Fn(&str) -> Result<(), &'static str> + Send + Sync>;

/// What came.
#[derive(Default)]
pub struct Seen {
    pub connections: AtomicUsize,
    pub requests: AtomicUsize,
    tokens: Mutex<BTreeSet<String>>,
    ids: Mutex<BTreeSet<String>>,
}

impl Seen {
    /// How many connections, requests, provider tokens and collapse ids there were.
    pub fn counts(&self) -> (usize, usize, usize, usize) {
        let of = |set: &Mutex<BTreeSet<String>>| set.lock().unwrap_or_else(PoisonError::into_inner).len();
        let (connections, requests) = (&self.connections, &self.requests);
        (
            connections.load(Ordering::Relaxed),
            requests.load(Ordering::Relaxed),
            of(&self.tokens),
            of(&self.ids),
        )
    }
}

/// How the server behaves.
pub struct Manners {
    /// So many streams at once on a connection.
    pub streams: u32,
    /// After so many requests on a connection it says goodbye.
    pub goodbye_after: usize,
    /// The first connection ends after so many requests, with a goodbye to all but the first of them and a reset in the
    /// same breath.
    pub slams_after: Option<usize>,
    /// Which tokens it takes.
    pub check: Check,
}

/// Reads so many requests, says which was looked at, and slams the door on whatever is on its way.
async fn slam(mut stream: TcpStream, after: usize) -> std::io::Result<()> {
    const HEADERS: u8 = 1;
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // GOAWAY: the first stream was the last one looked at, and there was no error.
    const GOODBYE: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    stream.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()]).await?;
    stream.write_all(&SETTINGS).await?;
    let mut requests = 0;
    while requests < after {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        tokio::io::copy(&mut (&mut stream).take(length.into()), &mut tokio::io::sink()).await?;
        requests += usize::from(head[3] == HEADERS);
    }
    stream.write_all(&GOODBYE).await?;
    stream.set_zero_linger()
}

/// Answers as Apple does: nothing for who is known, a reason for the others.
fn answer(request: &Request<Incoming>, seen: &Seen, check: &Check) -> Response<String> {
    seen.requests.fetch_add(1, Ordering::Relaxed);
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let note = |set: &Mutex<BTreeSet<String>>, text: String| {
        set.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
    };
    let authorization = header("authorization");
    note(&seen.tokens, authorization.clone());
    note(&seen.ids, header("apns-collapse-id"));
    let said = if request.version() != Version::HTTP_2 {
        Err((400, "BadPath"))
    } else if header("apns-topic") != "com.example.app" {
        Err((400, "BadTopic"))
    } else if let Err(reason) =
        authorization.strip_prefix("bearer ").ok_or("MissingProviderToken").and_then(&**check)
    {
        Err((403, reason))
    } else if request.uri().path().ends_with("dead") {
        Err((410, "Unregistered"))
    } else if request.uri().path().ends_with(&"0".repeat(64)) {
        Err((400, "BadDeviceToken"))
    } else {
        Ok(())
    };
    let (status, body) = match said {
        Ok(()) => (200, String::new()),
        Err((status, reason)) => (status, format!(r#"{{"reason":"{reason}"}}"#)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a status");
    response
}

/// Serves until the test ends.
pub async fn server(manners: Manners) -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen = Arc::new(Seen::default());
    let all = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a client");
            let earlier = all.connections.fetch_add(1, Ordering::Relaxed);
            if let Some(after) = manners.slams_after.filter(|_| earlier == 0) {
                slam(stream, after).await.expect("a client that says enough");
                continue;
            }
            let (count, enough) = (AtomicUsize::new(0), Arc::new(tokio::sync::Notify::new()));
            let (seen, check, full) = (Arc::clone(&all), Arc::clone(&manners.check), Arc::clone(&enough));
            let goodbye_after = manners.goodbye_after;
            let service = hyper::service::service_fn(move |request| {
                if count.fetch_add(1, Ordering::Relaxed) + 1 == goodbye_after {
                    full.notify_one();
                }
                std::future::ready(Ok::<_, Infallible>(answer(&request, &seen, &check)))
            });
            let streams = manners.streams;
            tokio::spawn(async move {
                let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                builder.max_concurrent_streams(streams);
                let connection = builder.serve_connection(TokioIo::new(stream), service);
                let mut connection = std::pin::pin!(connection);
                let ended = tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = enough.notified() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                };
                // A client that is gone is no failure of this server.
                drop(ended);
            });
        }
    });
    (address, seen)
}
