//! Functions as routes.

use std::future::{pending, ready};
use std::panic::resume_unwind;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use function_core::{Clock, Event, Failure, Outcome, chain};
use http::request::Parts;
use http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::{Instrument as _, Span};

use crate::response::{fault, only_post, outcome, refused};
use crate::{CloudEvent, EventError};

/// The largest body that is read: 16 MiB. A Pub/Sub message is at most 10 MB, its push body, in
/// base64, at most 13.4 MB.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Routes that call `handle` with the event of each `POST`, freed of its envelope.
///
/// An event without a time gets `clock`'s.
pub fn event_function<H, Handling>(clock: Clock, handle: H) -> Router
where
    H: Fn(Event) -> Handling + Clone + Send + Sync + 'static,
    Handling: Future<Output = Outcome> + Send + 'static,
{
    routes(move |parts, body| {
        let event = CloudEvent::from_request(&parts.headers, &body);
        let event = event.and_then(|event| event.into_event(&clock));
        note(event.as_ref().map(|event| event.id.as_str()));
        answer(parts.method, event, handle.clone())
    })
}

/// Routes that call `handle` with the CloudEvent of each `POST`.
pub fn cloud_event_function<H, Handling>(handle: H) -> Router
where
    H: Fn(CloudEvent) -> Handling + Clone + Send + Sync + 'static,
    Handling: Future<Output = Outcome> + Send + 'static,
{
    routes(move |parts, body| {
        let event = CloudEvent::from_request(&parts.headers, &body);
        note(event.as_ref().map(|event| event.id.as_str()));
        answer(parts.method, event, handle.clone())
    })
}

/// Routes that call `handle` with each request, of any method, whose body was read.
pub fn http_function<H, Handling, Answer>(handle: H) -> Router
where
    H: Fn(http::Request<Bytes>) -> Handling + Clone + Send + Sync + 'static,
    Handling: Future<Output = Answer> + Send,
    Answer: IntoResponse,
{
    routes(move |parts, body| {
        let handling = handle(http::Request::from_parts(parts, body));
        async move { handling.await.into_response() }
    })
}

/// Routes that call `handle` with the JSON of each request and answer with the JSON it returns.
///
/// JSON that is no `Input` is answered with 400, a failure with 500.
pub fn typed_function<H, Handling, Input, Output>(handle: H) -> Router
where
    H: Fn(Input) -> Handling + Clone + Send + Sync + 'static,
    Handling: Future<Output = Result<Output, Failure>> + Send,
    Input: DeserializeOwned + Send + 'static,
    Output: Serialize,
{
    routes(move |_, body| {
        let input = serde_json::from_slice(&body);
        let handle = handle.clone();
        async move {
            match input {
                Ok(input) => typed_answer(handle(input).await),
                Err(error) => fault(StatusCode::BAD_REQUEST, "error", chain(&error)),
            }
        }
    })
}

fn typed_answer<Output: Serialize>(result: Result<Output, Failure>) -> Response {
    match result {
        Ok(output) => axum::Json(output).into_response(),
        Err(failure) => {
            tracing::error!(error = %failure.error, "the function failed");
            fault(StatusCode::INTERNAL_SERVER_ERROR, "error", failure.error)
        }
    }
}

/// Puts the event's id into every line that the request logs.
fn note(id: Result<&str, &EventError>) {
    if let Ok(id) = id {
        Span::current().record("event", id);
    }
}

/// Calls `handle` in a task of its own: whoever sent the event may hang up, as Pub/Sub does when the
/// acknowledgement is late, but work that has begun goes on, and the redelivery finds it done.
async fn answer<T, H, Handling>(method: Method, event: Result<T, EventError>, handle: H) -> Response
where
    H: Fn(T) -> Handling,
    Handling: Future<Output = Outcome> + Send + 'static,
{
    if method != Method::POST {
        return only_post();
    }
    match event {
        Ok(event) => outcome(&in_task(handle(event)).await),
        Err(error) => refused(&error),
    }
}

async fn in_task<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Only a runtime that shuts down cancels the task, and it polls nobody again.
            Err(_) => pending().await,
        },
    }
}

/// `pages` beside the paths that the contract keeps for itself, which `pages` must leave free.
pub fn site(pages: Router) -> Router {
    pages.merge(kept())
}

/// The paths that the contract keeps for itself.
fn kept() -> Router {
    let not_found = || any(|| ready(StatusCode::NOT_FOUND));
    Router::new()
        .route("/health", get(|| ready("ok")))
        .route("/robots.txt", not_found())
        .route("/favicon.ico", not_found())
}

/// Every path leads to `call`, except those that the contract keeps for itself.
fn routes<C, Calling>(call: C) -> Router
where
    C: Fn(Parts, Bytes) -> Calling + Clone + Send + Sync + 'static,
    Calling: Future<Output = Response> + Send,
{
    kept()
        .fallback(move |request: Request| {
            let call = call.clone();
            async move {
                match read(request).await {
                    Ok((parts, body)) => call(parts, body).await,
                    Err(response) => response,
                }
            }
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

async fn read(request: Request) -> Result<(Parts, Bytes), Response> {
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(whole, &()).await.map_err(|rejection| {
        let words = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                format!("the body is larger than {BODY_LIMIT} bytes")
            }
            _ => rejection.body_text(),
        };
        tracing::warn!(error = %words, "request refused");
        fault(rejection.status(), "error", words)
    })?;
    Ok((parts, body))
}
