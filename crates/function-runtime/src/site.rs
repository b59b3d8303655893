//! A function with pages.

use std::sync::Arc;

use axum::Router;

use crate::Function;

/// A function that shows pages of its own where it is a service. As a job and by hand it takes events like any other.
pub trait Site: Function {
    /// Its pages. `/health`, `/robots.txt` and `/favicon.ico` are the runtime's own.
    fn routes(self: Arc<Self>) -> Router;

    /// Completes when nothing goes on any more that a page began and no request waits for. A stop waits for it.
    fn idle(&self) -> impl Future<Output = ()> + Send;
}
