//! The HTTP side that three servers share: connections, whole bodies, latency, and endings that break off.
//!
//! Each kind is a [`Protocol`]: a plain function from a whole request to a reply, so its tests need no socket.
//! Bare hyper instead of axum, because only the connection's owner can close it without an answer.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, SERVER, USER_AGENT};
use hyper::{Method, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fault::{Fault, Trouble};
use super::ledger::{Answer, Details, Kind, Ledger};
use super::script::{Script, Window};

/// A request that was read to its end.
#[derive(Debug)]
pub(super) struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// The media type in lower case without its parameters; empty when there is none.
    pub(super) fn media_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Query parameters, decoded, in order.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        form_pairs(self.uri.query().unwrap_or_default().as_bytes())
    }
}

/// Decodes `a=b&c=d`, with `+` as a space.
pub(super) fn form_pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    /// Half of the body, then the connection breaks.
    Half,
    /// Not a byte.
    Drop,
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Bytes,
    pub retry_after: Option<u64>,
    pub ending: Ending,
    /// Whether a `slow` address makes it late.
    pub slow: bool,
}

impl Reply {
    pub(super) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "application/json", body)
    }

    pub(super) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body)
    }

    pub(super) fn html(status: u16, title: &str) -> Self {
        let page = format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>\
             <p>A proxy answers in the provider's place.</p></body></html>"
        );
        Self::typed(status, "text/html; charset=utf-8", page)
    }

    pub(super) fn typed(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { status, content_type, body, retry_after: None, ending: Ending::Whole, slow: false }
    }

    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn answer(&self) -> Answer {
        if self.ending == Ending::Drop {
            return Answer { status: 0, text: "connection closed without an answer".to_owned() };
        }
        let start = &self.body[..self.body.len().min(800)];
        Answer { status: self.status, text: String::from_utf8_lossy(start).chars().take(200).collect() }
    }
}

/// A message for the ledger.
#[derive(Debug)]
pub(super) struct Message {
    pub kind: Kind,
    /// Addresses that it reached.
    pub targets: Vec<String>,
    pub body: Value,
}

/// A reply, and the message that the request was, if it was one.
#[derive(Debug)]
pub(super) struct Served {
    pub reply: Reply,
    pub message: Option<Message>,
}

impl Served {
    /// A reply to something that carried no message.
    pub(super) fn plain(reply: Reply) -> Self {
        Self { reply, message: None }
    }
}

/// One kind's protocol, without its sockets.
pub(super) trait Protocol: Send + Sync + 'static {
    /// For the totals.
    fn kind(&self) -> Kind;
    /// How this server behaves.
    fn script(&self) -> &Script;
    /// The longest body it reads.
    fn body_limit(&self) -> usize {
        16 << 20
    }
    /// Whether a request counts towards the rate limit.
    fn counts_for_rate(&self, request: &Request) -> bool;
    /// The documented refusal beyond the rate limit.
    fn over_rate(&self, request: &Request, wait: Duration) -> Reply;
    /// The refusal of a body over the limit.
    fn too_large(&self) -> Reply {
        Reply::text(413, "Request Entity Too Large")
    }
    /// What the real server does with this request.
    fn answer(&self, request: &Request) -> Served;
}

/// What happens to a whole call because of the addresses in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CallTrouble {
    pub slow: bool,
    /// The first fault that hits the connection, not only its own address.
    pub fault: Option<Fault>,
}

impl CallTrouble {
    /// Folds one more address in.
    pub(super) fn add(&mut self, trouble: Trouble) {
        self.slow |= trouble.slow;
        let whole = trouble
            .fault
            .filter(|fault| matches!(fault, Fault::Drop | Fault::Half | Fault::Html | Fault::Huge));
        self.fault = self.fault.or(whole);
    }

    /// Breaks an accepted reply as the fault says; tells whether the message was taken all the same.
    pub(super) fn bend(self, mut reply: Reply) -> (Reply, bool) {
        reply.slow = self.slow;
        match self.fault {
            Some(Fault::Drop) => reply.ending = Ending::Drop,
            Some(Fault::Half) => reply.ending = Ending::Half,
            Some(Fault::Huge) => reply.body = huge(&reply.body),
            Some(Fault::Html) => {
                return (
                    Reply { slow: self.slow, ..Reply::html(200, "Please log in to this network") },
                    false,
                );
            }
            _ => {}
        }
        (reply, true)
    }
}

static PADDING: LazyLock<String> = LazyLock::new(|| "x".repeat(10 << 20));

/// The same JSON object with 10 MiB in one more member.
fn huge(body: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(body);
    let open = text.trim_end().trim_end_matches('}');
    format!("{open},\"padding\":\"{}\"}}", *PADDING).into()
}

/// One server: a protocol on a listener.
pub(super) struct Server<P> {
    pub protocol: P,
    pub ledger: Arc<Ledger>,
    pub window: Window,
}

impl<P: Protocol> Server<P> {
    /// Accepts until `stop`; every connection is a task of `tasks`.
    pub(super) fn listen(self, listener: TcpListener, stop: &CancellationToken, tasks: &TaskTracker) {
        let (server, stop, connections) = (Arc::new(self), stop.clone(), tasks.clone());
        tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, _)) => {
                        let (server, stop) = (Arc::clone(&server), stop.clone());
                        connections.spawn(async move {
                            tokio::select! {
                                biased;
                                () = stop.cancelled() => {}
                                () = server.converse(stream) => {}
                            }
                        });
                    }
                    // Out of descriptors: those of this process's own clients are being closed meanwhile.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        });
    }

    async fn converse(self: Arc<Self>, stream: TcpStream) {
        // Without it small answers wait for the client's delayed acknowledgement; a failure only costs speed.
        let _ = stream.set_nodelay(true);
        let mut http = hyper::server::conn::http1::Builder::new();
        http.pipeline_flush(true).timer(TokioTimer::new()).header_read_timeout(self.protocol.script().idle);
        let service = hyper::service::service_fn(|request| self.respond(request));
        // A connection that ends badly is the client's doing or our script's: both are what we are here for.
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn respond(&self, request: hyper::Request<Incoming>) -> Result<Response<Payload>, Broken> {
        let (head, body) = request.into_parts();
        let Some(body) = read_whole(body, self.protocol.body_limit()).await? else {
            return Ok(response(self.protocol.too_large()));
        };
        let request = Request { method: head.method, uri: head.uri, headers: head.headers, body };
        let script = self.protocol.script();
        if script.rate.is_some()
            && self.protocol.counts_for_rate(&request)
            && let Err(wait) = self.window.admit(script.rate, Instant::now())
        {
            self.ledger.note_over_rate(self.protocol.kind());
            return Ok(response(self.protocol.over_rate(&request, wait)));
        }
        let Served { reply, message } = self.protocol.answer(&request);
        if let Some(Message { kind, targets, body }) = message {
            let details = || Details {
                method: request.method.to_string(),
                path: request.uri.to_string(),
                headers: relevant(&request.headers),
                body,
                answer: reply.answer(),
            };
            self.ledger.note(kind, targets, details).await;
        }
        let wait = script.latency + if reply.slow { script.slow } else { Duration::ZERO };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        if reply.ending == Ending::Drop { Err(Broken) } else { Ok(response(reply)) }
    }
}

/// Reads to the end; `None` is a body over the limit.
async fn read_whole(mut body: Incoming, limit: usize) -> Result<Option<Bytes>, Broken> {
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.map_err(|_| Broken)?.into_data() else { continue };
        if first.len() + whole.len() + data.len() > limit {
            return Ok(None);
        }
        // Nearly every body comes in one piece, which then need not be copied.
        if first.is_empty() && whole.is_empty() {
            first = data;
        } else {
            if whole.is_empty() {
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(Some(if whole.is_empty() { first } else { whole.into() }))
}

fn relevant(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for name in [CONTENT_TYPE, USER_AGENT, AUTHORIZATION] {
        if let Some(value) = headers.get(&name).and_then(|value| value.to_str().ok()) {
            let shown =
                if name == AUTHORIZATION { value.split(' ').next().unwrap_or_default() } else { value };
            kept.insert(name.to_string(), shown.to_owned());
        }
    }
    kept
}

fn response(reply: Reply) -> Response<Payload> {
    let len = reply.body.len() as u64;
    let data =
        if reply.ending == Ending::Half { reply.body.slice(..reply.body.len() / 2) } else { reply.body };
    let mut response = Response::new(Payload {
        data: Some(data),
        left: len,
        breaks: (reply.ending == Ending::Half).then_some(Breaks::AfterFlush),
    });
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    headers.insert(SERVER, HeaderValue::from_static("pushdeck-sandbox"));
    if let Some(seconds) = reply.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox breaks this connection on purpose")]
struct Broken;

/// A body that announces its whole length and may break off before.
struct Payload {
    data: Option<Bytes>,
    left: u64,
    breaks: Option<Breaks>,
}

/// hyper writes only when a body pauses or ends, so the half has to leave before the break.
#[derive(Clone, Copy)]
enum Breaks {
    AfterFlush,
    Now,
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(data) = self.data.take() {
            self.left -= data.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.breaks {
            None => Poll::Ready(None),
            Some(Breaks::AfterFlush) => {
                self.breaks = Some(Breaks::Now);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Breaks::Now) => Poll::Ready(Some(Err(Broken))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.breaks.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
