//! Work for the processor that is done aside, so that the caller goes on with what it waits for.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

/// Threads that work aside. Two, because each keeps memory of its own, and nobody has more than two kinds of work at once.
const THREADS: usize = 2;

/// Work that another thread does.
#[derive(Debug)]
pub struct Aside<T>(oneshot::Receiver<thread::Result<T>>);

type Work = Box<dyn FnOnce() + Send>;

/// Where the threads take their work from. They live as long as the process.
static THREADS_AT_WORK: LazyLock<Sender<Work>> = LazyLock::new(|| {
    let (sender, receiver) = channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..THREADS {
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            while let Some(work) = next(&receiver) {
                work();
            }
        });
    }
    sender
});

fn next(receiver: &Mutex<Receiver<Work>>) -> Option<Work> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    receiver.recv().ok()
}

impl<T: Send + 'static> Aside<T> {
    /// Begins `work`. It goes to its end even when this is dropped.
    pub fn begin(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, given) = oneshot::channel();
        let work = move || {
            // Nobody may be waiting any more.
            drop(sender.send(catch_unwind(AssertUnwindSafe(work))));
        };
        // The threads never end, so there is always one that takes it.
        drop(THREADS_AT_WORK.send(Box::new(work)));
        Self(given)
    }

    /// What the work gives; a panic in it goes on here.
    pub async fn end(self) -> T {
        match self.0.await {
            Ok(Ok(given)) => given,
            Ok(Err(panic)) => resume_unwind(panic),
            // The work was begun, and whatever it comes to is sent.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_aside_comes_back_and_so_does_its_panic() {
        assert_eq!(Aside::begin(|| 6 * 7).end().await, 42);
        let panicking = tokio::spawn(Aside::<()>::begin(|| panic!("aside")).end());
        assert!(panicking.await.unwrap_err().is_panic());
        assert_eq!(
            Aside::begin(|| 6).end().await,
            6,
            "the threads go on after it"
        );
    }
}
