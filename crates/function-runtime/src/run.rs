//! One event through one function.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use function_core::{Event, Exit, Failure, Outcome};
use futures_util::FutureExt as _;
use tracing::{Instrument as _, Span};

use crate::Function;

/// The span that an event is worked on in. At the level of errors, so that no log level loses it.
pub(crate) fn event_span(name: &'static str, event: &Event) -> Span {
    tracing::error_span!("event", function = name, event = event.id)
}

/// Calls the function within `span`; a panic comes back as its words.
pub(crate) async fn call<F: Function>(
    function: &F,
    event: Event,
    span: &Span,
) -> Result<Outcome, String> {
    let calling = async { function.handle(event).await };
    let calling = AssertUnwindSafe(calling).catch_unwind();
    calling
        .instrument(span.clone())
        .await
        .map_err(|panic| words(&*panic))
}

/// Hands `event` to the function that is called `name`, and waits for its outcome.
///
/// A panic ends as `Drop`: the same event would panic again. The outcome is not logged.
pub async fn run_once<F: Function>(name: &'static str, function: &F, event: Event) -> Outcome {
    let span = event_span(name, &event);
    call(function, event, &span)
        .await
        .unwrap_or_else(|words| panicked(&words))
}

/// The same, and the outcome is logged.
pub(crate) async fn run_and_log<F: Function>(
    name: &'static str,
    function: &F,
    event: Event,
) -> Outcome {
    let span = event_span(name, &event);
    let outcome = call(function, event, &span)
        .await
        .unwrap_or_else(|words| panicked(&words));
    span.in_scope(|| outcome.log());
    outcome
}

fn panicked(words: &str) -> Outcome {
    Outcome::Drop(Failure {
        exit: Exit::Failed,
        error: format!("the function panicked, which is a defect of it: {words}"),
    })
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a value that is no text")
        .to_owned()
}
