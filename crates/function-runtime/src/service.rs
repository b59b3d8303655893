//! As a service: every `POST` is an event.

use std::sync::Arc;

use function_core::Clock;
use functions_framework::{Config, GRACE, event_function};
use tokio::net::TcpListener;

use crate::{Function, RuntimeError};

/// Serves the function that is called `name` on `listener` until `shutdown` completes and the
/// running events have ended, at most [`GRACE`] later.
///
/// # Errors
/// Those of the listener.
pub async fn serve<F: Function>(
    name: &'static str,
    function: F,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RuntimeError> {
    let function = Arc::new(function);
    let routes = event_function(Clock::system(), move |event| {
        let function = Arc::clone(&function);
        async move { function.handle(event).await }
    });
    functions_framework::serve(name, listener, routes, shutdown, GRACE)
        .await
        .map_err(RuntimeError::Serve)
}

/// Serves on the configured port until the process is told to end.
#[cfg(feature = "service")]
pub(crate) async fn run<F: Function>(
    name: &'static str,
    function: F,
    config: &Config,
) -> Result<(), RuntimeError> {
    let shutdown = functions_framework::termination().map_err(RuntimeError::Process)?;
    let wanted = config.port;
    let listen = async {
        let listener = TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, wanted)).await?;
        let port = listener.local_addr()?.port();
        Ok((listener, port))
    };
    let (listener, port) = listen.await.map_err(|source| RuntimeError::Listen {
        port: wanted,
        source,
    })?;
    tracing::info!(function = name, port, "serving");
    serve(name, function, listener, shutdown).await
}

/// Says that the program can't run here.
#[cfg(not(feature = "service"))]
pub(crate) fn run<F: Function>(
    _name: &'static str,
    _function: F,
    _config: &Config,
) -> impl Future<Output = Result<(), RuntimeError>> {
    std::future::ready(Err(RuntimeError::WithoutService))
}
