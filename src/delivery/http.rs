//! Carries HTTP calls: the only file that knows reqwest.
//!
//! No redirects (one would hand keys and bodies to another host), no library retries, no proxy but the configured one,
//! bodies read to a cap after decompression, and errors that never show a URL.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Body;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, redirect};

use super::cause::cause;
use super::http2::{BoxError, Http2Client};
use crate::channels::answer::{Answer, HttpAnswer};
use crate::channels::call::{HttpCall, Method, Transport};
use crate::domain::secret::Secret;

/// How this program calls itself.
const OURSELVES: &str = concat!("pushdeck/", env!("CARGO_PKG_VERSION"));

/// The most of an answer that is read.
const BODY_CAP: usize = 4 * 1024 * 1024;

/// What a call gets beyond its time limit: after the machine slept, a ready answer is still taken.
const GRACE: Duration = Duration::from_millis(250);

/// Why no HTTP client can be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct HttpSetupError(String);

/// How long a connection may take to come about. Also the bound for calls that have less time: what has not
/// connected by then certainly never left.
const CONNECT: Duration = Duration::from_secs(10);

/// What calls with one client have in common: how long a connection may take to come about, and what it has to be
/// like.
#[derive(Clone, PartialEq, Eq)]
struct Like {
    connect: Duration,
    transport: Transport,
}

/// A client of either protocol; calls that may share connections have one together.
#[derive(Clone)]
enum Wire {
    One(Client),
    Two(Http2Client),
}

/// Sends HTTP calls over kept-alive connections.
#[derive(Clone)]
pub struct HttpCarrier {
    /// May carry a password.
    proxy: Option<Secret>,
    clients: Arc<Mutex<Vec<(Like, Wire)>>>,
}

impl fmt::Debug for HttpCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCarrier").finish_non_exhaustive()
    }
}

impl HttpCarrier {
    /// Sets up the client; `proxy` is the configured one, the environment's are ignored.
    pub fn new(proxy: Option<&str>) -> Result<Self, HttpSetupError> {
        let carrier = Self { proxy: proxy.map(Secret::new), clients: Arc::default() };
        carrier.client(CONNECT, &Transport::default())?;
        Ok(carrier)
    }

    /// The client for calls that may take `timeout`.
    fn client(&self, timeout: Duration, transport: &Transport) -> Result<Wire, HttpSetupError> {
        let connect = timeout.min(CONNECT);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |like: &Like| like.connect == connect && like.transport == *transport;
        if let Some((_, client)) = clients.iter().find(|(like, _)| known(like)) {
            return Ok(client.clone());
        }
        let client = self.build(connect, transport)?;
        clients.push((Like { connect, transport: transport.clone() }, client.clone()));
        Ok(client)
    }

    fn build(&self, connect: Duration, transport: &Transport) -> Result<Wire, HttpSetupError> {
        let (proxy, ca_file) = (self.proxy.as_ref().map(Secret::expose), transport.ca_file.as_deref());
        if transport.http2 {
            let client = Http2Client::new(connect, ca_file, proxy);
            let said = |error: BoxError| HttpSetupError(within(ca_file, &cause(&*error)));
            return client.map(Wire::Two).map_err(said);
        }
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(connect)
            .tcp_nodelay(true)
            .no_proxy()
            .user_agent(OURSELVES)
            // A server that closes an HTTP/2 connection in good order takes calls with it that it never looked at, and
            // reqwest would not tell them from lost ones.
            .http1_only()
            .retry(reqwest::retry::never())
            // bark-server closes idle connections after 10 s; one that it closes under us is a lost request.
            .pool_idle_timeout(Duration::from_secs(8));
        if let Some(file) = ca_file {
            builder = builder.tls_certs_only(authorities(file)?);
        }
        if let Some(proxy) = proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(wrong)?);
        }
        builder.build().map(Wire::One).map_err(wrong)
    }

    /// Carries out one call.
    pub async fn carry(&self, call: &HttpCall, timeout: Duration) -> Answer {
        let client = match self.client(timeout, &call.transport) {
            Ok(client) => client,
            Err(error) => return Answer::NotSent(error.to_string()),
        };
        // Until it may have left, no time that runs out makes it unknown.
        let left = AtomicBool::new(false);
        if let Ok(answer) = tokio::time::timeout(timeout + GRACE, Self::exchange(&client, call, &left)).await
        {
            return answer;
        }
        let late = format!("no answer within {} s", timeout.as_secs());
        if left.into_inner() { Answer::Lost(late) } else { Answer::NotSent(late) }
    }

    async fn exchange(wire: &Wire, call: &HttpCall, left: &AtomicBool) -> Answer {
        let headers = match header_map(call) {
            Ok(headers) => headers,
            Err(name) => return Answer::NotSent(format!("the header {name} cannot be sent")),
        };
        match wire {
            Wire::One(client) => {
                let request = match call.method {
                    Method::Get => client.get(&call.url),
                    Method::Post => client.post(&call.url).body(call.body.clone()),
                    Method::Put => client.put(&call.url).body(call.body.clone()),
                    Method::Delete => client.delete(&call.url),
                };
                left.store(true, Ordering::Relaxed);
                match request.headers(headers).send().await {
                    Ok(response) => read(response.into()).await,
                    Err(error) => failed(error),
                }
            }
            Wire::Two(client) => match client.send(call, named(headers), left).await {
                Ok(response) => read(response).await,
                Err(unanswered) if unanswered.unread => Answer::NotSent(unanswered.why),
                Err(unanswered) => Answer::Lost(unanswered.why),
            },
        }
    }
}

fn wrong(error: reqwest::Error) -> HttpSetupError {
    HttpSetupError(error.without_url().to_string())
}

fn within(file: Option<&str>, what: &str) -> String {
    file.map_or_else(|| what.to_owned(), |file| format!("{file}: {what}"))
}

/// The authorities in a file of certificates.
fn authorities(file: &str) -> Result<Vec<reqwest::Certificate>, HttpSetupError> {
    let said = |what: &dyn fmt::Display| HttpSetupError(within(Some(file), &what.to_string()));
    let pem = std::fs::read(file).map_err(|error| said(&error))?;
    let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| said(&error.without_url()))?;
    if found.is_empty() { Err(said(&"no certificate in it")) } else { Ok(found) }
}

fn header_map(call: &HttpCall) -> Result<HeaderMap, &str> {
    call.headers
        .iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_str(value).map_err(|_| &**name)?;
            Ok((HeaderName::from_bytes(name.as_bytes()).map_err(|_| &**name)?, value))
        })
        .collect()
}

fn named(mut headers: HeaderMap) -> HeaderMap {
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(OURSELVES));
    headers
}

async fn read<B>(response: Response<B>) -> Answer
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
    let mut rest = pin!(response.into_body());
    let mut body = Vec::new();
    let mut cut = false;
    while let Some(frame) = rest.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Answer::Lost(format!("the answer broke off: {}", cause(&*error.into()))),
        };
        let Ok(chunk) = frame.into_data() else { continue };
        let room = BODY_CAP - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            cut = true;
            break;
        }
    }
    Answer::Http(HttpAnswer { status, retry_after, body, cut })
}

/// Only errors that prove that nothing was written count as not sent.
fn failed(error: reqwest::Error) -> Answer {
    let error = error.without_url();
    let text = cause(&error);
    if error.is_connect() || error.is_builder() { Answer::NotSent(text) } else { Answer::Lost(text) }
}

/// Seconds or an HTTP date, clamped to a second and an hour.
fn retry_after(value: &str) -> Option<Duration> {
    let wait = if let Ok(seconds) = value.trim().parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let at = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
        let ahead = at.as_millisecond() - jiff::Timestamp::now().as_millisecond();
        Duration::from_millis(u64::try_from(ahead).unwrap_or(0))
    };
    Some(wait.clamp(Duration::from_secs(1), Duration::from_secs(3_600)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Serves one connection with `reply` after the request was read, then closes it.
    async fn answered_with(reply: &'static [u8]) -> Answer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).await.expect("a request");
            assert!(read > 0, "the client says something");
            stream.write_all(reply).await.expect("written");
        });
        let call = call(&format!("http://{address}/SCT123456Tsecretkey.send"));
        let answer = carrier().carry(&call, Duration::from_secs(5)).await;
        server.await.expect("server");
        answer
    }

    fn carrier() -> HttpCarrier {
        HttpCarrier::new(None).expect("a client")
    }

    fn call(url: &str) -> HttpCall {
        HttpCall {
            method: Method::Post,
            url: url.to_owned(),
            headers: vec![("content-type".into(), "application/json".to_owned())],
            body: b"{}".to_vec(),
            secrets: vec![],
            transport: Transport::default(),
        }
    }

    #[tokio::test]
    async fn an_answer_comes_with_status_retry_after_and_body() {
        let reply = b"HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nslow";
        let Answer::Http(answer) = answered_with(reply).await else { panic!("an answer") };
        assert_eq!((answer.status, answer.body.as_slice()), (429, &b"slow"[..]));
        assert_eq!(answer.retry_after, Some(Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let reply = b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert!(matches!(answered_with(reply).await, Answer::Http(HttpAnswer { status: 307, .. })));
    }

    #[tokio::test]
    async fn what_breaks_off_after_the_request_is_lost_and_shows_no_url() {
        for reply in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\""] {
            let Answer::Lost(why) = answered_with(reply).await else { panic!("lost") };
            assert!(!why.contains("SCT"), "{why}");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_is_not_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let answer =
            carrier().carry(&call(&format!("http://{address}/SCT123456Tkey")), Duration::from_secs(5)).await;
        let Answer::NotSent(why) = answer else { panic!("not sent: {answer:?}") };
        assert!(!why.contains("SCT"), "{why}");
    }

    /// A server whose queue is full lets nobody in: nothing left, however short the time for the call was.
    #[tokio::test]
    async fn a_connection_that_does_not_come_about_in_a_short_time_is_not_sent() {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let listener = socket.listen(1).expect("a queue");
        let address = listener.local_addr().expect("an address");
        let mut waiting = Vec::new();
        while let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await
        {
            waiting.push(stream);
        }
        let answer = carrier()
            .carry(&call(&format!("http://{address}/SCT123456Tkey")), Duration::from_millis(300))
            .await;
        assert!(matches!(answer, Answer::NotSent(_)), "{answer:?}");
    }

    #[test]
    fn odd_retry_after_values_are_clamped_or_ignored() {
        assert_eq!(retry_after("0"), Some(Duration::from_secs(1)));
        assert_eq!(retry_after("999999999"), Some(Duration::from_secs(3_600)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::from_secs(1)));
        for odd in ["", "soon", "-5", "1.5"] {
            assert_eq!(retry_after(odd), None, "{odd}");
        }
    }
}
