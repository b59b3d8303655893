//! As a service: every `POST` is an event, or the function is a site of its own.

use std::sync::{Arc, OnceLock};

use function_core::Clock;
use functions_framework::{Config, GRACE, Signature, event_function};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::{Function, RuntimeError, Site};

/// What a function is to those who call the service.
pub(crate) trait Service<F> {
    /// Its type by the contract.
    const SIGNATURE: Signature;

    /// Serves `function` on `listener` until `shutdown` completes.
    #[cfg_attr(
        not(feature = "service"),
        expect(dead_code, reason = "only a service serves")
    )]
    fn serve(
        name: &'static str,
        function: F,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = Result<(), RuntimeError>>;
}

/// It takes events.
pub(crate) struct Events;

/// It shows pages.
pub(crate) struct Pages;

impl<F: Function> Service<F> for Events {
    const SIGNATURE: Signature = Signature::CloudEvent;

    fn serve(
        name: &'static str,
        function: F,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = Result<(), RuntimeError>> {
        serve(name, function, listener, shutdown)
    }
}

impl<F: Site> Service<F> for Pages {
    const SIGNATURE: Signature = Signature::Http;

    fn serve(
        name: &'static str,
        function: F,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = Result<(), RuntimeError>> {
        serve_site(name, function, listener, shutdown)
    }
}

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

/// Serves the site that is called `name` on `listener` until `shutdown` completes, and the running requests and what goes on
/// behind the pages have ended, at most [`GRACE`] later.
///
/// # Errors
/// Those of the listener.
pub async fn serve_site<S: Site>(
    name: &'static str,
    site: S,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RuntimeError> {
    let site = Arc::new(site);
    let routes = functions_framework::site(Arc::clone(&site).routes());
    let stopped = Arc::new(OnceLock::new());
    let stopping = {
        let stopped = Arc::clone(&stopped);
        async move {
            shutdown.await;
            stopped.get_or_init(Instant::now);
        }
    };
    functions_framework::serve(name, listener, routes, stopping, GRACE)
        .await
        .map_err(RuntimeError::Serve)?;
    let deadline = *stopped.get_or_init(Instant::now) + GRACE;
    if tokio::time::timeout_at(deadline, site.idle())
        .await
        .is_err()
    {
        tracing::warn!(function = name, "cancelled: what the pages had begun");
    }
    Ok(())
}

/// Serves on the configured port until the process is told to end.
#[cfg(feature = "service")]
pub(crate) async fn run<S: Service<F>, F: Function>(
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
    S::serve(name, function, listener, shutdown).await
}

/// Says that the program can't run here.
#[cfg(not(feature = "service"))]
pub(crate) fn run<S: Service<F>, F: Function>(
    _name: &'static str,
    _function: F,
    _config: &Config,
) -> impl Future<Output = Result<(), RuntimeError>> {
    std::future::ready(Err(RuntimeError::WithoutService))
}
