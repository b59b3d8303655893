//! Sessions on both sides, lent to one table after another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use function_core::chain;
use futures_util::future::{BoxFuture, try_join};
use table_diff::{DatabaseError, Reader, Snapshot};
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::task::JoinSet;

/// A session on each side, both of the moments of their snapshots.
pub(super) struct Pair {
    pub(super) source: Box<dyn Reader>,
    pub(super) target: Box<dyn Reader>,
}

type Opened = Result<Pair, DatabaseError>;

/// Sessions on both sides. All are opened at the same time, beside whatever else is done: over a slow link, logging in is what takes
/// longest.
pub(super) struct Sessions {
    free: AsyncMutex<mpsc::UnboundedReceiver<Opened>>,
    give: mpsc::UnboundedSender<Opened>,
    /// Those that are still logging in; given up with this value.
    opening: Mutex<JoinSet<()>>,
    /// How many are open or still logging in.
    left: Arc<AtomicUsize>,
}

impl Sessions {
    /// No sessions yet.
    pub(super) fn new() -> Self {
        let (give, free) = mpsc::unbounded_channel();
        Self {
            free: AsyncMutex::new(free),
            give,
            opening: Mutex::new(JoinSet::new()),
            left: Arc::default(),
        }
    }

    /// Begins to open `count` pairs. Where the server has no room for all of them, fewer are lent; it is a fault only if there is none.
    pub(super) fn open(&self, source: &dyn Snapshot, target: &dyn Snapshot, count: usize) {
        let Ok(mut opening) = self.opening.lock() else {
            return;
        };
        self.left.fetch_add(count, Ordering::Relaxed);
        for _ in 0..count {
            let (give, left) = (self.give.clone(), Arc::clone(&self.left));
            let opened = open(source.reader(), target.reader());
            opening.spawn(async move {
                let opened = opened.await;
                match &opened {
                    Err(error) if left.fetch_sub(1, Ordering::Relaxed) > 1 => {
                        let error = chain(error);
                        tracing::warn!(
                            error,
                            "a pair of sessions was refused; fewer tables are compared at a time"
                        );
                    }
                    // Where nobody takes any more, it is dropped.
                    _ => drop(give.send(opened)),
                }
            });
        }
    }

    /// A pair, as soon as one is free.
    pub(super) async fn take(&self) -> Opened {
        let pair = self.free.lock().await.recv().await;
        match pair {
            Some(opened) => opened,
            // The sender lives as long as this value.
            None => std::future::pending().await,
        }
    }

    /// Gives a pair back that does nothing any more.
    pub(super) fn give(&self, pair: Pair) {
        // Where nobody takes any more, it is dropped.
        drop(self.give.send(Ok(pair)));
    }

    /// Gives up those that are still logging in: nobody waits for them any more.
    pub(super) fn close(&self) {
        if let Ok(mut opening) = self.opening.lock() {
            opening.abort_all();
        }
    }
}

type Opening = BoxFuture<'static, Result<Box<dyn Reader>, DatabaseError>>;

async fn open(source: Opening, target: Opening) -> Opened {
    let (source, target) = try_join(source, target).await?;
    Ok(Pair { source, target })
}
