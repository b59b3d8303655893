//! What Lambda is told when the function does not come up.

use function_core::{Exit, chain};
use lambda_runtime::Diagnostic;
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient, build_request};

use super::diagnostic::{self, Kind};

/// Gives the invocation that waits for the function called `name` an answer in `words`. Without
/// one Lambda only knows the exit code, and an alarm or a message of `OnFailure` says no more.
///
/// Settings at fault are permanent; anything else, such as a service that is away, may pass.
///
/// **Source**: Lambda documentation, "Using the Lambda runtime API for custom runtimes", "Initialization error".
pub(crate) async fn tell_not_started(name: &str, words: String, exit: Exit) {
    let kind = match exit {
        Exit::Usage => Kind::Permanent,
        _ => Kind::Retryable,
    };
    let told = post(&diagnostic::of(name, kind, words)).await;
    if let Err(error) = told {
        let error = chain(&*error);
        tracing::warn!(error, "lambda was not told why the function did not start");
    }
}

async fn post(diagnostic: &Diagnostic) -> Result<(), BoxError> {
    let body = serde_json::to_vec(diagnostic)?;
    let request = build_request()
        .method("POST")
        .uri("/2018-06-01/runtime/init/error")
        .header("lambda-runtime-function-error-type", "Runtime.InitError")
        .body(Body::from(body))?;
    PooledClient::builder().build().call(request).await?;
    Ok(())
}
