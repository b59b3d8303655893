//! Work that goes on by itself.

use tokio::task::JoinHandle;
use tracing::Instrument as _;

/// Begins `work` in a task of its own, within the caller's span.
pub(crate) fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(work.in_current_span())
}

/// What `task` gives; a panic in it goes on here.
pub(crate) async fn join<T>(task: &mut JoinHandle<T>) -> T {
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(value) => value,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // Only a runtime that shuts down cancels the task, and it polls nobody again.
        Err(Err(_)) => std::future::pending().await,
    }
}
