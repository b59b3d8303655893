//! A served function, and a client for it.

use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use function_core::{Clock, Event, Outcome};
use functions_framework::{event_function, serve};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// When every event without a time arrives.
pub(crate) const ARRIVAL: &str = "2026-11-21T03:00:00Z";

/// Routes on a free port; they stop when this is dropped.
pub(crate) struct Server {
    caller: Caller,
    shutdown: Option<oneshot::Sender<()>>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Sends requests to a server.
#[derive(Clone)]
pub(crate) struct Caller {
    address: String,
    client: Client<HttpConnector, Body>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Server {
    pub(crate) async fn start(routes: Router) -> Self {
        Self::start_with_grace(routes, Duration::from_secs(5)).await
    }

    pub(crate) async fn start_with_grace(routes: Router, grace: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let caller = Caller {
            address: listener.local_addr().unwrap().to_string(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        };
        let (shutdown, stopped) = oneshot::channel();
        let stopped = async move { stopped.await.unwrap_or_default() };
        Self {
            caller,
            shutdown: Some(shutdown),
            serving: tokio::spawn(serve("test", listener, routes, stopped, grace)),
        }
    }

    /// Tells the server to stop, as SIGTERM does.
    pub(crate) fn stop(&mut self) {
        self.shutdown.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has ended.
    pub(crate) async fn ended(&mut self) {
        (&mut self.serving).await.unwrap().unwrap();
    }

    /// Sends requests from elsewhere.
    pub(crate) fn caller(&self) -> Caller {
        self.caller.clone()
    }
}

impl Deref for Server {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Caller {
    /// A bare connection.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        let (parts, body) = self
            .client
            .request(request.body(body.into()).unwrap())
            .await?
            .into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let sent = self.try_send(method, path, headers, body).await;
        sent.unwrap()
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.send(Method::POST, "/", headers, body).await
    }

    pub(crate) async fn post_json(&self, body: impl ToString) -> Answer {
        let headers = [("content-type", "application/json")];
        self.post(&headers, body.to_string()).await
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A function that keeps its events and ends each with `outcome`.
#[derive(Clone)]
pub(crate) struct Recorder {
    events: Arc<Mutex<Vec<Event>>>,
    outcome: Outcome,
}

impl Recorder {
    pub(crate) fn new(outcome: Outcome) -> Self {
        Self {
            events: Arc::default(),
            outcome,
        }
    }

    pub(crate) fn routes(&self) -> Router {
        let recorder = self.clone();
        event_function(Clock::fixed(time(ARRIVAL)), move |event| {
            recorder.events.lock().unwrap().push(event);
            std::future::ready(recorder.outcome.clone())
        })
    }

    /// The events so far, which are forgotten.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}
