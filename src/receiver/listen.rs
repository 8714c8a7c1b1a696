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
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Limits;
use super::front::Front;
use super::seats::{Seat, Seats};

/// After so long a connection ends with the request that it is at.
const OLDEST: Duration = Duration::from_secs(300);

/// A system that gives no connection is asked again after so long.
const AGAIN: Duration = Duration::from_millis(100);

/// The most bytes of headers.
const HEAD: usize = 16 * 1024;

/// Serves until told to stop; then answers what was let in, and turns the rest away meanwhile.
pub async fn run(listener: TcpListener, front: Arc<Front>, limits: Limits, stop: CancellationToken) {
    let seats = Seats::new(limits.connections);
    let connections = TaskTracker::new();
    let serve = |stream: TcpStream, seat: Arc<Seat>| {
        let app = app(Arc::clone(&front), Arc::clone(&seat));
        connections.spawn(one(stream, app, limits, stop.clone(), seat));
    };
    while let Some((stream, seat)) = next(&listener, &seats, stop.cancelled()).await {
        serve(stream, seat);
    }
    // Whoever comes now is told to come again, until what was let in is through.
    front.open.close();
    let through = async {
        // A moment too long is no harm: what is cut off has no answer, and is told again.
        drop(tokio::time::timeout(limits.grace, front.open.wait()).await);
    };
    let mut through = pin!(through);
    while let Some((stream, seat)) = next(&listener, &seats, through.as_mut()).await {
        serve(stream, seat);
    }
    drop(listener);
    connections.close();
    drop(tokio::time::timeout(limits.grace, connections.wait()).await);
}

/// What answers the requests of one connection.
fn app(front: Arc<Front>, seat: Arc<Seat>) -> Router {
    Router::new().fallback(move |request: Request| {
        let (front, at_work) = (Arc::clone(&front), seat.works());
        async move {
            let answer = front.answer(request).await;
            drop(at_work);
            Ok::<_, Infallible>(answer)
        }
    })
}

/// The next connection, and its place; none: it is over.
async fn next(
    listener: &TcpListener,
    seats: &Seats,
    over: impl Future<Output = ()>,
) -> Option<(TcpStream, Arc<Seat>)> {
    let mut over = pin!(over);
    let stream = loop {
        tokio::select! {
            () = &mut over => return None,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => break stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(AGAIN).await;
                }
            },
        }
    };
    tokio::select! {
        () = &mut over => None,
        seat = seats.take() => Some((stream, seat?)),
    }
}

async fn one(stream: TcpStream, app: Router, limits: Limits, stop: CancellationToken, seat: Arc<Seat>) {
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
        // It is at no request, so nothing is lost with it.
        () = seat.leave.cancelled() => return,
        () = tokio::time::sleep(OLDEST) => None,
    };
    if ended.is_none() {
        connection.as_mut().graceful_shutdown();
        drop(tokio::time::timeout(limits.grace + limits.body_time, connection).await);
    }
    drop(seat);
}
