//! A server on this machine that keeps what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

/// The id that every answer carries.
pub(crate) const REQUEST_ID: &str = "6c1a-example";

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: String,
    status: StatusCode,
    body: String,
    authorizations: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that answers every request with `status` and `body`.
    pub(crate) async fn start(status: StatusCode, body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            status,
            body,
            authorizations: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// A server that refuses every request, in the form of the query protocol.
    pub(crate) async fn refusing(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error></ErrorResponse>"
        );
        Self::start(StatusCode::from_u16(status).unwrap(), body).await
    }

    /// A server that takes every message.
    pub(crate) async fn willing() -> Self {
        let body = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
        Self::start(StatusCode::OK, body.to_owned()).await
    }

    /// The `Authorization` header of each request so far.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.authorizations.lock().unwrap().clone()
    }
}

async fn answer(State(server): State<Server>, headers: HeaderMap) -> Response {
    let authorization = headers["authorization"].to_str().unwrap().to_owned();
    server.authorizations.lock().unwrap().push(authorization);
    // The client need not wait long before it tries again: that many milliseconds.
    let headers = [("x-amzn-requestid", REQUEST_ID), ("x-amz-retry-after", "1")];
    (server.status, headers, server.body).into_response()
}
