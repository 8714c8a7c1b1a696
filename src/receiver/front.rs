//! One request: whose door it is, whether it is let in, what it says, what it is answered.
//!
//! Whoever does not know a secret gets the same answer for everything, before a byte of a body is read. Neither
//! secrets nor bodies are logged.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Limits;
use super::pace::Bucket;
use super::writer::Writer;
use crate::channels::callback::{self, Posted, Refusal};
use crate::domain::id::ChannelId;
use crate::store::doors::{Door, Doors};
use crate::store::error::StoreError;
use crate::store::handle::StoreHandle;
use crate::store::inbox::{Incoming, Taken};

/// The part of a path before its secret. What a proxy leaves before that does not matter.
const BEFORE: &str = "cb";

/// What every request is decided with.
pub struct Front {
    store: StoreHandle,
    writer: Writer,
    limits: Limits,
    stop: CancellationToken,
    /// Requests that were let in and have no answer yet.
    pub(super) open: TaskTracker,
    doors: Mutex<Doors>,
    paces: Mutex<Paces>,
    version: Mutex<Option<i64>>,
    quiet: Mutex<Quiet>,
}

struct Paces {
    all: Bucket,
    channels: BTreeMap<ChannelId, Bucket>,
}

/// How much of what was refused has been logged: a flood must not fill the disk by its refusals.
#[derive(Default)]
struct Quiet {
    second: Option<Instant>,
    swallowed: u64,
}

impl Front {
    /// Reads the doors and starts the writer.
    pub async fn new(
        store: StoreHandle,
        limits: Limits,
        stop: CancellationToken,
    ) -> Result<Self, StoreError> {
        let doors = store.call(|db| db.doors()).await?;
        let now = Instant::now();
        Ok(Self {
            writer: Writer::start(store.clone()),
            store,
            limits,
            stop,
            open: TaskTracker::new(),
            doors: Mutex::new(doors),
            paces: Mutex::new(Paces { all: Bucket::new(limits.all, now), channels: BTreeMap::new() }),
            version: Mutex::new(None),
            quiet: Mutex::new(Quiet::default()),
        })
    }

    /// Looks whether doors were made or closed, and at receipts that wait.
    pub async fn look(&self) {
        let known = *self.version.lock().unwrap_or_else(PoisonError::into_inner);
        let looked = self
            .store
            .call(move |db| {
                db.settle_receipts()?;
                db.prune_inbox()?;
                let version = db.data_version()?;
                let doors = (known != Some(version)).then(|| db.doors()).transpose()?;
                Ok((version, doors))
            })
            .await;
        match looked {
            Ok((version, doors)) => {
                *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
                if let Some(doors) = doors {
                    *self.doors.lock().unwrap_or_else(PoisonError::into_inner) = doors;
                }
            }
            Err(StoreError::Closed) => {}
            Err(error) => self.log(|| tracing::warn!(%error, "the receiver cannot look into the store")),
        }
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let Some(door) = self.door(request.uri().path()) else { return plain(StatusCode::NOT_FOUND) };
        if self.stop.is_cancelled() {
            return later(StatusCode::SERVICE_UNAVAILABLE);
        }
        let open = self.open.token();
        let response = self.behind(&door, request).await;
        drop(open);
        response
    }

    fn door(&self, path: &str) -> Option<Door> {
        let (before, secret) = path.rsplit_once('/')?;
        if before.rsplit('/').next() != Some(BEFORE) {
            return None;
        }
        let doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.open(secret).cloned()
    }

    /// Somebody who knows a secret.
    async fn behind(&self, door: &Door, request: Request) -> Response<Body> {
        let Some(callback) = callback::of(&door.kind) else { return plain(StatusCode::NOT_FOUND) };
        if !self.is_let_in(door.channel) {
            self.log(|| tracing::warn!(channel = %door.channel, "too many callbacks; some are turned away"));
            return later(StatusCode::TOO_MANY_REQUESTS);
        }
        let asks = match *request.method() {
            Method::GET => true,
            Method::POST => false,
            _ => return plain(StatusCode::METHOD_NOT_ALLOWED),
        };
        let told =
            request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if told.is_some_and(|length| length > self.limits.body as u64) {
            return plain(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let query = request.uri().query().unwrap_or_default().to_owned();
        let read = to_bytes(request.into_body(), self.limits.body);
        let body = match tokio::time::timeout(self.limits.body_time, read).await {
            Ok(Ok(body)) => body,
            Ok(Err(error)) if is_too_long(&error) => return plain(StatusCode::PAYLOAD_TOO_LARGE),
            Ok(Err(_)) => return plain(StatusCode::BAD_REQUEST),
            Err(_) => return plain(StatusCode::REQUEST_TIMEOUT),
        };
        let channel = door.channel;
        let checked = self.store.call(move |db| Ok((db.callback_account(channel)?, db.now()))).await;
        let (account, now) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                self.log(|| tracing::error!(%error, "a callback could not be checked"));
                return later(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        let heard = match callback.read(&account, &Posted { asks, query: &query, body: &body }, now) {
            Ok(heard) => heard,
            Err(refusal) => {
                self.log(|| tracing::warn!(%channel, %refusal, "a callback was refused"));
                return plain(match refusal {
                    Refusal::Malformed => StatusCode::BAD_REQUEST,
                    Refusal::Forged | Refusal::Stale | Refusal::Unset => StatusCode::FORBIDDEN,
                });
            }
        };
        if !heard.came.is_empty() {
            let incoming = heard.came.into_iter().map(|came| Incoming { channel, came }).collect();
            match self.writer.store(incoming).await {
                Ok(taken) => self.note(channel, &taken),
                Err(_) => return later(StatusCode::SERVICE_UNAVAILABLE),
            }
        }
        said(heard.answer)
    }

    fn is_let_in(&self, channel: ChannelId) -> bool {
        let now = Instant::now();
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = self.limits.channel;
        let own = paces.channels.entry(channel).or_insert_with(|| Bucket::new(limit, now));
        // Its own first: one that talks too much takes nothing from the others.
        own.take(now) && paces.all.take(now)
    }

    fn note(&self, channel: ChannelId, taken: &[Taken]) {
        for one in taken {
            match one {
                Taken::New(id) => tracing::debug!(%channel, %id, "something came in"),
                Taken::Again => tracing::debug!(%channel, "it came in before"),
                Taken::Receipt(ended) => tracing::debug!(%channel, ended = ended.is_some(), "a receipt"),
                Taken::Elsewhere => self.log(|| {
                    tracing::warn!(%channel, "another application speaks at this channel's callback URL; it is not heard");
                }),
            }
        }
    }

    /// Logs once a second at most.
    fn log(&self, write: impl FnOnce()) {
        let now = Instant::now();
        let mut quiet = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        if quiet.second.is_some_and(|since| now.duration_since(since).as_secs() < 1) {
            quiet.swallowed += 1;
            return;
        }
        quiet.second = Some(now);
        let swallowed = std::mem::take(&mut quiet.swallowed);
        drop(quiet);
        write();
        if swallowed > 0 {
            tracing::warn!(swallowed, "more like the one before");
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        if one.to_string().contains("length limit") {
            return true;
        }
        cause = one.source();
    }
    false
}

/// An answer without a word.
fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The same for what may be tried again.
fn later(status: StatusCode) -> Response<Body> {
    let mut response = plain(status);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn said(words: String) -> Response<Body> {
    let mut response = Response::new(Body::from(words));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}
