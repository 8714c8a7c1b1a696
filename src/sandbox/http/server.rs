//! Connections of the HTTP servers: whole bodies in, latency, answers that break off.
//!
//! Bare hyper instead of axum, because only the connection's owner can close it without an answer. HTTP/2, which
//! APNs speaks, comes in clear: there a broken answer is a reset stream, and the connection lives on.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, SERVER, USER_AGENT};
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::ledger::{Details, Ledger};
use super::super::script::Window;
use super::{Ending, Message, Protocol, Reply, Request, Served};

/// One server: a protocol on a listener.
pub(in super::super) struct Server<P> {
    pub protocol: P,
    pub ledger: Arc<Ledger>,
    pub window: Window,
}

/// Spawns the streams of an HTTP/2 connection where they are waited for and stopped.
#[derive(Clone)]
struct Streams {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                _ = stream => {}
            }
        });
    }
}

impl<P: Protocol> Server<P> {
    /// Accepts until `stop`; every connection is a task of `tasks`.
    pub(in super::super) fn listen(
        self,
        listener: TcpListener,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) {
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
                        let streams = Streams { stop: stop.clone(), tasks: connections.clone() };
                        connections.spawn(async move {
                            tokio::select! {
                                biased;
                                () = stop.cancelled() => {}
                                () = server.converse(stream, streams) => {}
                            }
                        });
                    }
                    // Out of descriptors: those of this process's own clients are being closed meanwhile.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        });
    }

    async fn converse(self: Arc<Self>, stream: TcpStream, streams: Streams) {
        // Without it small answers wait for the client's delayed acknowledgement; a failure only costs speed.
        let _ = stream.set_nodelay(true);
        let (stop, tasks) = (streams.stop.clone(), streams.tasks.clone());
        if self.protocol.http2() {
            let http = hyper::server::conn::http2::Builder::new(streams);
            let (taken, full) = (AtomicUsize::new(0), CancellationToken::new());
            let (most, told) = (self.protocol.script().connection_calls, full.clone());
            let service = hyper::service::service_fn(move |request| {
                if most.is_some_and(|most| taken.fetch_add(1, Ordering::Relaxed) + 1 >= most) {
                    told.cancel();
                }
                let (server, stop, tasks) = (Arc::clone(&self), stop.clone(), tasks.clone());
                async move { server.respond(request, &stop, &tasks).await }
            });
            let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
            tokio::select! {
                // Ends badly when the client goes: nobody is left to be told.
                _ = connection.as_mut() => return,
                () = full.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
            return;
        }
        let mut http = hyper::server::conn::http1::Builder::new();
        http.pipeline_flush(true).timer(TokioTimer::new()).header_read_timeout(self.protocol.script().idle);
        let service = hyper::service::service_fn(|request| self.respond(request, &stop, &tasks));
        // A connection that ends badly is the client's doing or our script's: both are what we are here for.
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn respond(
        &self,
        request: hyper::Request<Incoming>,
        stop: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<Response<Payload>, Broken> {
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
        let Served { reply, message, later } = self.protocol.answer(&request);
        if let Some(Message { kind, targets, body }) = message {
            let details = || Details {
                method: request.method.to_string(),
                path: request.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
                headers: relevant(&request.headers),
                body,
                answer: reply.answer(),
            };
            self.ledger.note(kind, targets, details).await;
        }
        if let Some(callback) = later {
            let (stop, pause) = (stop.clone(), script.latency);
            tasks.spawn(async move {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => {}
                    () = callback.deliver(pause) => {}
                }
            });
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
    let apns = headers.iter().filter(|(name, _)| name.as_str().starts_with("apns-"));
    kept.extend(apns.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))));
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
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
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
