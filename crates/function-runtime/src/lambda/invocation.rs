//! The loop with the Runtime API.

use std::sync::Arc;

use function_core::{Clock, Outcome};
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use tracing::{Instrument as _, Span};

use super::diagnostic::{self, Kind};
use crate::run::{call, event_span};
use crate::{Function, RuntimeError, trigger};

/// Serves invocations until the platform ends the process.
pub(crate) async fn run<F: Function>(
    name: &'static str,
    function: F,
    clock: Clock,
) -> Result<(), RuntimeError> {
    let function = Arc::new(function);
    let service = service_fn(move |invocation: LambdaEvent<Value>| {
        let function = Arc::clone(&function);
        let clock = clock.clone();
        // Every line needs the request's id, or Lambda's own view of the logs does not find it.
        let span = tracing::error_span!("invocation", requestId = invocation.context.request_id);
        async move { answer(name, &*function, invocation, &clock).await }.instrument(span)
    });
    Runtime::new(service)
        .run()
        .await
        .map_err(RuntimeError::Lambda)
}

async fn answer<F: Function>(
    name: &'static str,
    function: &F,
    invocation: LambdaEvent<Value>,
    clock: &Clock,
) -> Result<Value, Diagnostic> {
    let LambdaEvent { payload, context } = invocation;
    let event = trigger::event(payload, &context.request_id, clock).map_err(|error| {
        tracing::error!(error = %error, "invocation refused");
        diagnostic::of(name, Kind::Permanent, error.to_string())
    })?;
    let span = event_span(name, &event);
    span.in_scope(|| log_deadline(context.deadline, clock));
    let outcome = call(function, event, &span)
        .await
        .map_err(|panic| diagnostic::of(name, Kind::Panicked, panic))?;
    report(name, &span, outcome)
}

fn report(name: &str, span: &Span, outcome: Outcome) -> Result<Value, Diagnostic> {
    span.in_scope(|| outcome.log());
    match outcome {
        Outcome::Done(reports) => Ok(json!({ "reports": reports })),
        Outcome::Retry(failure) => Err(diagnostic::of(name, Kind::Retryable, failure.error)),
        Outcome::Drop(failure) => Err(diagnostic::of(name, Kind::Permanent, failure.error)),
    }
}

/// Says how long Lambda lets the function run; `deadline` is in milliseconds since 1970.
fn log_deadline(deadline: u64, clock: &Clock) {
    let deadline = i64::try_from(deadline).unwrap_or(i64::MAX);
    let remaining_ms = deadline.saturating_sub(clock.now().as_millisecond());
    tracing::info!(remaining_ms, "invoked");
}
