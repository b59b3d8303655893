//! Serving until told to stop, and stopping without losing an event.

use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use futures_util::FutureExt as _;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tracing::Instrument as _;

use crate::response::fault;
use crate::trace::request_span;

/// How long running requests may go on after a stop: 8 s of the 10 s that Cloud Run leaves
/// between SIGTERM and SIGKILL.
pub const GRACE: Duration = Duration::from_secs(8);

/// How long the last answers may take to leave.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Serves `routes` on `listener` until `shutdown` completes. `function` is its name in the logs.
///
/// Then no connection is accepted, running requests may finish within `grace`, those that did not
/// are cancelled and answered with 503, which makes the platform deliver their events again.
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    function: &'static str,
    listener: TcpListener,
    routes: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()> {
    let (cancel, cancelled) = watch::channel(false);
    let (stopping, stopped) = oneshot::channel();
    let routes = routes
        .layer(from_fn(answer_panics))
        .layer(from_fn_with_state(cancelled, answer_when_cancelled))
        .layer(from_fn_with_state(function, within_span));
    let server = axum::serve(listener, routes).with_graceful_shutdown(async move {
        shutdown.await;
        tracing::info!(grace_seconds = grace.as_secs(), "stopping");
        // Nobody listens any more only when the server has ended.
        stopping.send(()).ok();
    });
    let deadline = async {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(grace).await;
        cancel.send_replace(true);
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        result = server => result,
        () = deadline => Ok(()),
    }
}

/// Completes when the process is told to end: SIGTERM by a platform, SIGINT by a person.
///
/// The signals are caught from the moment of the call, not only when the future is awaited.
///
/// # Errors
/// The signals can't be caught.
pub fn termination() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn within_span(
    State(function): State<&'static str>,
    request: Request,
    next: Next,
) -> Response {
    let span = request_span(function, request.headers());
    next.run(request).instrument(span).await
}

async fn answer_when_cancelled(
    State(mut cancelled): State<watch::Receiver<bool>>,
    request: Request,
    next: Next,
) -> Response {
    tokio::select! {
        response = next.run(request) => response,
        // The sender lives as long as the server, so waiting ends with a cancellation only.
        _ = cancelled.wait_for(|cancelled| *cancelled) => {
            tracing::warn!("cancelled: the server stops");
            let words = "the server stops; send the event again".to_owned();
            fault(StatusCode::SERVICE_UNAVAILABLE, "error", words)
        }
    }
}

/// A panic ends the request, not the server. The panic hook has logged it already.
async fn answer_panics(request: Request, next: Next) -> Response {
    let answering = AssertUnwindSafe(next.run(request)).catch_unwind();
    answering.await.unwrap_or_else(|_| {
        let words = "the function panicked; its log has the place".to_owned();
        fault(StatusCode::INTERNAL_SERVER_ERROR, "crash", words)
    })
}
