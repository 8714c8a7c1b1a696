//! Connections: how many, how long, and their end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Limits;
use super::front::Front;

/// After so long a connection ends with the request that it is at.
const OLDEST: Duration = Duration::from_secs(300);

/// A system that gives no connection is asked again after so long.
const AGAIN: Duration = Duration::from_millis(100);

/// The most bytes of headers.
const HEAD: usize = 16 * 1024;

/// Serves until told to stop; then answers what was let in, and turns the rest away meanwhile.
pub async fn run(listener: TcpListener, front: Arc<Front>, limits: Limits, stop: CancellationToken) {
    let app = {
        let front = Arc::clone(&front);
        Router::new().fallback(move |request: Request| {
            let front = Arc::clone(&front);
            async move { Ok::<_, Infallible>(front.answer(request).await) }
        })
    };
    let room = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    let serve = |stream: TcpStream, permit: OwnedSemaphorePermit| {
        connections.spawn(one(stream, app.clone(), limits, stop.clone(), permit));
    };
    while let Some((stream, permit)) = next(&listener, &room, stop.cancelled()).await {
        serve(stream, permit);
    }
    // Whoever comes now is told to come again, until what was let in is through.
    front.open.close();
    let through = async {
        // A moment too long is no harm: what is cut off has no answer, and is told again.
        drop(tokio::time::timeout(limits.grace, front.open.wait()).await);
    };
    let mut through = pin!(through);
    while let Some((stream, permit)) = next(&listener, &room, through.as_mut()).await {
        serve(stream, permit);
    }
    drop(listener);
    connections.close();
    drop(tokio::time::timeout(limits.grace, connections.wait()).await);
}

/// The next connection when there is room for one; none: it is over.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    over: impl Future<Output = ()>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let mut over = pin!(over);
    let permit = tokio::select! {
        () = &mut over => return None,
        permit = Arc::clone(room).acquire_owned() => permit.ok()?,
    };
    loop {
        tokio::select! {
            () = &mut over => return None,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => return Some((stream, permit)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(AGAIN).await;
                }
            },
        }
    }
}

async fn one(
    stream: TcpStream,
    app: Router,
    limits: Limits,
    stop: CancellationToken,
    permit: OwnedSemaphorePermit,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let mut connection = pin!(connection);
    // Errors of a connection are its peer's business.
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
        () = tokio::time::sleep(OLDEST) => None,
    };
    if ended.is_none() {
        connection.as_mut().graceful_shutdown();
        drop(tokio::time::timeout(limits.grace + limits.body_time, connection).await);
    }
    drop(permit);
}
