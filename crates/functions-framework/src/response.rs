//! Outcomes, refusals and faults as HTTP.

use axum::response::{IntoResponse as _, Response};
use function_core::{Outcome, chain};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::EventError;

/// Tells the platform's own metrics how the function ended.
///
/// **Source**: the reference Functions Frameworks.
const STATUS: HeaderName = HeaderName::from_static("x-google-status");

/// Turns the outcome into an acknowledgement or a request to deliver again, and logs it.
///
/// Only 200 and 204 acknowledge everywhere: Pub/Sub and its emulator differ on the rest of 2xx.
pub(crate) fn outcome(outcome: &Outcome) -> Response {
    outcome.log();
    match outcome {
        // Whoever sent the event is the one who sends it again, so the run goes on.
        Outcome::Done(_) if outcome.wants_its_event_again() => fault(
            StatusCode::SERVICE_UNAVAILABLE,
            "ok",
            "under way; send the event again".to_owned(),
        ),
        Outcome::Done(_) => StatusCode::NO_CONTENT.into_response(),
        Outcome::Drop(_) => fault(StatusCode::NO_CONTENT, "error", String::new()),
        Outcome::Retry(failure) => fault(
            StatusCode::SERVICE_UNAVAILABLE,
            "error",
            failure.error.clone(),
        ),
    }
}

/// 400 with the words of `error`.
pub(crate) fn refused(error: &EventError) -> Response {
    let words = chain(error);
    tracing::warn!(error = %words, "request refused");
    fault(StatusCode::BAD_REQUEST, "error", words)
}

/// 405: events are posted.
pub(crate) fn only_post() -> Response {
    let words = "send the event with POST".to_owned();
    let mut response = fault(StatusCode::METHOD_NOT_ALLOWED, "error", words);
    let post = HeaderValue::from_static("POST");
    response.headers_mut().insert(header::ALLOW, post);
    response
}

/// A status with a text for people and a word for the platform.
pub(crate) fn fault(status: StatusCode, word: &'static str, words: String) -> Response {
    let mut response = (status, words).into_response();
    let word = HeaderValue::from_static(word);
    response.headers_mut().insert(STATUS, word);
    response
}
