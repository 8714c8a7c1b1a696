//! Carries calls over HTTP/2, many at once over one connection, and tells what a server certainly never looked at from
//! what it may have.
//!
//! Not reqwest: whoever wants to know that has to have a say in how a connection is read (see `goodbye`), and to see
//! why a stream ended.

mod connector;
mod goodbye;

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, Uri};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use self::connector::{BoxError, Connector};
use crate::channels::call::HttpCall;

/// How long a connection is kept without work: Apple takes connections that come and go for an attack.
const KEPT: Duration = Duration::from_secs(3_600);

/// How often a connection is asked whether it still lives, and how long it may take to say so.
const PING: Duration = Duration::from_secs(15);

/// How often a call whose server went away before it looked at it is made anew.
const ANEW: usize = 3;

/// A client for calls that share connections.
#[derive(Debug, Clone)]
pub(super) struct Http2Client(Client<Connector, Full<Bytes>>);

impl Http2Client {
    /// `connect` bounds how long a connection may take to come about; `ca_file` names the authorities that are trusted
    /// instead of the system's.
    pub(super) fn new(
        connect: Duration,
        ca_file: Option<&str>,
        proxy: Option<&str>,
    ) -> Result<Self, BoxError> {
        let connector = Connector::new(connect, ca_file, proxy)?;
        let client = Client::builder(TokioExecutor::new())
            // Said beforehand over TLS, too: where the server were asked, all who come while the first connection is
            // made would make one each and drop it.
            .http2_only(true)
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .http2_keep_alive_while_idle(true)
            .build(connector);
        Ok(Self(client))
    }

    /// Makes one call, and makes it anew where the server went away before it looked at it.
    pub(super) async fn send(
        &self,
        call: &HttpCall,
        headers: HeaderMap,
    ) -> Result<Response<Incoming>, Unsent> {
        let wrong = |error: &dyn StdError| Unsent { certainly: true, error: error.to_string().into() };
        let uri = Uri::try_from(&*call.url).map_err(|error| wrong(&error))?;
        let method = Method::try_from(call.method.word()).map_err(|error| wrong(&error))?;
        let body = Bytes::from(call.body.clone());
        let mut left = ANEW;
        loop {
            let mut request = Request::new(Full::new(body.clone()));
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            let error = match self.0.request(request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let ended = Ended::of(&error, !body.is_empty());
            if ended != Ended::Unread || left == 0 {
                return Err(Unsent { certainly: ended != Ended::Unknown, error: error.into() });
            }
            left -= 1;
        }
    }
}

/// A call without an answer.
pub(super) struct Unsent {
    /// Whether certainly nobody acted on it.
    pub(super) certainly: bool,
    pub(super) error: BoxError,
}

/// How a call without an answer ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// The server went away in good order, or had enough, before it looked at it.
    Unread,
    /// It never left, or the server went away before it looked at it, and not in good order.
    Unsent,
    /// Nobody knows.
    Unknown,
}

impl Ended {
    fn of(error: &Error, has_body: bool) -> Self {
        if error.is_connect() {
            return Self::Unsent;
        }
        let mut next: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = next {
            if let Some(h2) = error.downcast_ref::<h2::Error>() {
                // A stream ends with the server's own GOAWAY only where its number is above the last one that the
                // server looked at (RFC 9113 §6.8), and with REFUSED_STREAM before any of it was processed (§8.7).
                match h2.reason().filter(|_| h2.is_remote()) {
                    Some(Reason::NO_ERROR) if h2.is_go_away() => return Self::Unread,
                    Some(Reason::REFUSED_STREAM) if h2.is_reset() => return Self::Unread,
                    Some(_) if h2.is_go_away() => return Self::Unsent,
                    _ => {}
                }
            }
            if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
                // Canceled: it waited for a connection's attention, and the connection ended. User: it waited for a
                // stream there; at most its head left, and what is not whole is not acted on.
                if hyper.is_canceled() || hyper.is_user() && has_body {
                    return Self::Unread;
                }
            }
            next = error.source();
        }
        Self::Unknown
    }
}
