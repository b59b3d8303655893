//! Lambda's Runtime API, as far as a runtime sees it.
//!
//! **Source**: Lambda documentation, "Using the Lambda runtime API for custom runtimes".

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::process::PATIENCE;

/// A result that the runtime posted.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) request: String,
    /// `response` or `error`.
    pub(crate) kind: String,
    pub(crate) body: Value,
}

/// Hands out invocations one by one and keeps what is posted. It stops on drop.
pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    posted: mpsc::UnboundedReceiver<Posted>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    waiting: Arc<Mutex<VecDeque<(usize, String)>>>,
    posted: mpsc::UnboundedSender<Posted>,
}

impl RuntimeApi {
    /// Request `r-1` is the first of `payloads`, and so on.
    pub(crate) async fn start(payloads: &[&str]) -> Self {
        let (sender, posted) = mpsc::unbounded_channel();
        let waiting = payloads.iter().map(|payload| (*payload).to_owned());
        let shared = Shared {
            waiting: Arc::new(Mutex::new((1..).zip(waiting).collect())),
            posted: sender,
        };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{request}/{kind}", post(end))
            .with_state(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap().to_string(),
            posted,
            serving: tokio::spawn(async { axum::serve(listener, routes).await.unwrap() }),
        }
    }

    /// The next result.
    pub(crate) async fn posted(&mut self) -> Posted {
        let posted = tokio::time::timeout(PATIENCE, self.posted.recv()).await;
        posted.expect("a result is posted").unwrap()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The next invocation; when there is none, the runtime waits.
#[expect(
    clippy::disallowed_methods,
    reason = "the real one gives a real deadline"
)]
async fn next(State(shared): State<Shared>) -> Response {
    let Some((number, payload)) = shared.waiting.lock().await.pop_front() else {
        return std::future::pending().await;
    };
    let deadline = SystemTime::now() + Duration::from_mins(15);
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", format!("r-{number}")),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:ap-northeast-1:123456789012:function:echo".to_owned(),
        ),
    ];
    (headers, payload).into_response()
}

async fn end(
    State(shared): State<Shared>,
    Path((request, kind)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let body = serde_json::from_str(&body).expect(&body);
    let posted = Posted {
        request,
        kind,
        body,
    };
    shared.posted.send(posted).unwrap();
    StatusCode::ACCEPTED
}
