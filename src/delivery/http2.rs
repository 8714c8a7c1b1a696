//! Carries calls over HTTP/2, many at once over one connection, and tells what a server certainly never looked at from
//! what it may have.
//!
//! Not reqwest, and not hyper's client: both report a connection that ended in the same words for a stream that the
//! server answered halfway and for one that never left.

mod connector;
mod goodbye;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, poll_fn};
use h2::client::SendRequest;
use h2::{Ping, Reason, RecvStream};
use hyper::body::{Body, Frame};
use hyper::header::HeaderMap;
use hyper::http::uri::Authority;
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tower_service::Service as _;

pub(super) use self::connector::BoxError;
use self::connector::Connector;
use super::cause::cause;
use crate::channels::call::HttpCall;

/// How often a connection is asked whether it still lives, and how long it may take to say so.
const PING: Duration = Duration::from_secs(15);

/// How many calls leave before a server has said how many it takes at once: what is over that, it refuses.
const UNTOLD: usize = 1;

/// How often a call whose server went away before it looked at it is made anew.
const ANEW: usize = 3;

/// A client for calls that share connections. Apple takes connections that come and go for an attack: one to each host
/// stays for as long as the server keeps it.
#[derive(Clone)]
pub(super) struct Http2Client {
    connector: Connector,
    lines: Arc<Mutex<HashMap<Authority, Dialled>>>,
}

/// A connection that comes about, or has.
type Dialled = Shared<BoxFuture<'static, Result<Line, String>>>;

/// A connection: one call after the other opens its stream.
type Line = Arc<tokio::sync::Mutex<SendRequest<Bytes>>>;

/// A call without an answer.
pub(super) struct Unanswered {
    /// Whether certainly nobody acted on it.
    pub(super) unread: bool,
    pub(super) why: String,
}

impl Http2Client {
    /// `connect` bounds how long a connection may take to come about; `ca_file` names the authorities that are trusted
    /// instead of the system's.
    pub(super) fn new(
        connect: Duration,
        ca_file: Option<&str>,
        proxy: Option<&str>,
    ) -> Result<Self, BoxError> {
        Ok(Self { connector: Connector::new(connect, ca_file, proxy)?, lines: Arc::default() })
    }

    /// Makes one call, and makes it anew where the server went away before it looked at it. `left` turns true once all
    /// of it is on its way.
    pub(super) async fn send(
        &self,
        call: &HttpCall,
        headers: HeaderMap,
        left: &AtomicBool,
    ) -> Result<Response<Flow>, Unanswered> {
        let request = request(call, headers).map_err(|why| Unanswered { unread: true, why })?;
        let body = Bytes::from(call.body.clone());
        let mut again = ANEW;
        loop {
            let dialled = self.dial(request.uri());
            let line = match dialled.clone().await {
                Ok(line) => line,
                Err(why) => {
                    self.hang_up(request.uri(), &dialled);
                    return Err(Unanswered { unread: true, why });
                }
            };
            let (error, ended) = match exchange(&line, request.clone(), body.clone(), left).await {
                Ok(response) => return Ok(response.map(Flow)),
                Err(failed) => failed,
            };
            if !error.is_reset() {
                self.hang_up(request.uri(), &dialled);
            }
            if ended != Ended::Unread || again == 0 {
                return Err(Unanswered { unread: ended != Ended::Unknown, why: cause(&error) });
            }
            left.store(false, Ordering::Relaxed);
            again -= 1;
        }
    }

    /// The connection to a host; all who come while it is made wait for the same.
    fn dial(&self, uri: &Uri) -> Dialled {
        let Some(host) = uri.authority() else {
            return futures_util::future::ready(Err("the address names no host".to_owned())).boxed().shared();
        };
        let mut lines = self.lines();
        if let Some(dialled) = lines.get(host) {
            return dialled.clone();
        }
        // A task of its own: it goes on though whoever asked for it first waits no longer.
        let connecting = tokio::spawn(connect(self.connector.clone(), uri.clone()));
        let dialled =
            connecting.map(|made| made.unwrap_or_else(|error| Err(error.to_string()))).boxed().shared();
        lines.insert(host.clone(), dialled.clone());
        dialled
    }

    /// Whoever comes next gets another connection.
    fn hang_up(&self, uri: &Uri, dialled: &Dialled) {
        let mut lines = self.lines();
        if let Some(host) = uri.authority()
            && lines.get(host).is_some_and(|known| known.ptr_eq(dialled))
        {
            lines.remove(host);
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Authority, Dialled>> {
        // Nothing that holds this lock can panic halfway through a change.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn request(call: &HttpCall, headers: HeaderMap) -> Result<Request<()>, String> {
    let mut request = Request::new(());
    *request.method_mut() = Method::try_from(call.method.word()).map_err(|error| error.to_string())?;
    *request.uri_mut() = Uri::try_from(&*call.url).map_err(|error| error.to_string())?;
    *request.headers_mut() = headers;
    if !call.body.is_empty() {
        request.headers_mut().insert(hyper::header::CONTENT_LENGTH, call.body.len().into());
    }
    Ok(request)
}

async fn connect(mut connector: Connector, to: Uri) -> Result<Line, String> {
    let said = |error: BoxError| cause(&*error);
    let io = connector.call(to).await.map_err(said)?;
    let mut builder = h2::client::Builder::new();
    builder.enable_push(false).initial_max_send_streams(UNTOLD);
    let (line, mut connection) = builder.handshake(TokioIo::new(io)).await.map_err(|error| cause(&error))?;
    let pings = connection.ping_pong();
    tokio::spawn(async move {
        let silent = async {
            // Taken once, right here.
            let Some(mut pings) = pings else { return };
            loop {
                tokio::time::sleep(PING).await;
                let asked = tokio::time::timeout(PING, pings.ping(Ping::opaque())).await;
                if !matches!(asked, Ok(Ok(_))) {
                    return;
                }
            }
        };
        // However it ends: each stream says how it fared.
        tokio::select! {
            _ = connection => {}
            () = silent => {}
        }
    });
    Ok(Arc::new(tokio::sync::Mutex::new(line)))
}

/// One call over a connection. Streams are opened one after the other and get their body once they are open: whatever
/// waits when the connection ends has certainly not left, and what is not whole is not acted on.
async fn exchange(
    line: &Line,
    request: Request<()>,
    body: Bytes,
    left: &AtomicBool,
) -> Result<Response<RecvStream>, (h2::Error, Ended)> {
    let unread = |error| (error, Ended::Unread);
    let mut line = line.lock().await;
    poll_fn(|cx| line.poll_ready(cx)).await.map_err(unread)?;
    let is_whole = body.is_empty();
    left.store(is_whole, Ordering::Relaxed);
    let (response, mut stream) = line.send_request(request, is_whole).map_err(unread)?;
    if !is_whole {
        // What the stream says counts, and not the connection: one that goes away still takes what it has begun with.
        drop(poll_fn(|cx| line.poll_ready(cx)).await);
        left.store(true, Ordering::Relaxed);
        let sent = stream.send_data(body, true);
        left.store(sent.is_ok(), Ordering::Relaxed);
    }
    drop(line);
    response.await.map_err(|error| {
        let ended = if left.load(Ordering::Relaxed) { Ended::of(&error) } else { Ended::Unread };
        (error, ended)
    })
}

/// How a call without an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The connection ended, in good order if by the server, before anybody looked at it.
    Unread,
    /// Nobody looked at it, and the server had a reason.
    Refused,
    /// Nobody knows.
    Unknown,
}

impl Ended {
    /// A stream ends with the server's own GOAWAY only where its number is above the last one that the server looked at
    /// (RFC 9113 §6.8), and with REFUSED_STREAM before any of it was processed (§8.7).
    fn of(error: &h2::Error) -> Self {
        match error.reason().filter(|_| error.is_remote()) {
            Some(Reason::NO_ERROR) if error.is_go_away() => Self::Unread,
            Some(Reason::REFUSED_STREAM) if error.is_reset() => Self::Unread,
            Some(_) if error.is_go_away() => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

/// The body of an answer; what is read makes room for more.
#[derive(Debug)]
pub(super) struct Flow(RecvStream);

impl Body for Flow {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        let Some(chunk) = ready!(self.0.poll_data(cx)).transpose()? else { return Poll::Ready(None) };
        self.0.flow_control().release_capacity(chunk.len())?;
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }
}
