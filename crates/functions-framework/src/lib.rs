//! The Functions Framework contract on axum: HTTP in, an [`Event`](function_core::Event) to the
//! function, its [`Outcome`](function_core::Outcome) back as HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `POST` with an event, any path | the function is called; see the next table |
//! | `GET /health` | 200; the function is never called |
//! | `/robots.txt`, `/favicon.ico` | 404; the function is never called |
//! | any other method, for an event function | 405 |
//! | a body that is no event | 400 with a text that names what is wrong |
//! | a body over [`BODY_LIMIT`] | 413 |
//! | any request that is still running after the grace of a stop | 503 |
//! | a panic in the function | 500, and the server lives on |
//!
//! | outcome | status | Pub/Sub |
//! |---|---|---|
//! | `Done` | 204 | acknowledged |
//! | `Drop` | 204, logged at ERROR | acknowledged: it would fail again |
//! | `Retry` | 503 | delivered again |
//!
//! A function can also be a [`site`] with routes of its own, which [`serve`] logs, stops and saves from panics alike.
//!
//! Events come in five shapes: CloudEvents in binary and structured mode, a Pub/Sub push message
//! wrapped and unwrapped, and the background events of the first generation of Cloud Functions.
//!
//! Who may call is not checked here: on Cloud Run with `--no-allow-unauthenticated` the platform
//! checks the caller's token against IAM and takes its signature away before it forwards it.

mod binary;
mod cloud_event;
mod config;
mod error;
mod event;
mod function;
mod legacy;
mod pubsub;
mod response;
mod server;
mod structured;
mod trace;

pub use cloud_event::{CloudEvent, Data, MESSAGE_PUBLISHED};
pub use config::{Config, Signature};
pub use error::EventError;
pub use event::read_event;
pub use function::{
    BODY_LIMIT, cloud_event_function, event_function, http_function, site, typed_function,
};
pub use server::{GRACE, serve, termination};
