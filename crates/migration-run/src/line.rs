//! What running a file needs: the session, how it is watched, and how it is stopped.

use std::pin::pin;
use std::time::Duration;

use postgres_client::Address;
use tokio_postgres::error::SqlState;

use crate::server::Server;
use crate::watcher::Watcher;
use crate::wire::{self, Stumble};
use crate::{Options, ServerError};

/// How long a statement may still take when the run is told to stop: a platform kills what has not stopped after ten seconds.
///
/// Source: Google Cloud, "Container runtime contract": SIGTERM is followed by SIGKILL after 10 seconds.
const GRACE: Duration = Duration::from_secs(3);

/// The session that works, and what looks after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) server: &'a Server,
    pub(crate) address: &'a Address,
    pub(crate) options: &'a Options,
    pub(crate) watcher: &'a Watcher,
}

impl Line<'_> {
    /// Sends a file's statements. Told to stop, it lets them end for a while, and cancels them then.
    pub(crate) async fn send(&self, sql: &str) -> Result<(), Stumble> {
        let mut sending = pin!(wire::send(&self.server.session, sql));
        let stopping = async {
            self.options.stop.told().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            sent = &mut sending => return sent,
            () = self.watcher.watch(self.address, self.options, self.server.pid) => {}
            () = stopping => {}
        }
        if let Err(error) = self.server.session.cancel().await {
            tracing::warn!(%error, "the statement can't be cancelled");
        }
        sending.await
    }

    /// Waits before the next attempt; being told to stop ends that.
    pub(crate) async fn sleep(&self, delay: Duration) {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = self.options.stop.told() => {}
        }
    }

    /// Whether the session is gone, so that it is not known what the server did.
    pub(crate) fn is_lost(&self, error: &ServerError) -> bool {
        let Some(state) = error.state() else {
            return true;
        };
        let ends = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
        ends.contains(state) || state.code().starts_with("08") || self.server.session.is_closed()
    }

    /// What helps against `error`: for a lock, who holds it.
    pub(crate) fn repair(&self, error: &ServerError) -> Option<String> {
        let known = error.repair();
        let holder = self
            .watcher
            .seen()
            .filter(|_| error.state() == Some(&SqlState::LOCK_NOT_AVAILABLE));
        match (known, holder) {
            (known, Some(holder)) => Some(format!(
                "{}; it is held by {holder}",
                known.unwrap_or_default()
            )),
            (known, None) => known.map(ToOwned::to_owned),
        }
    }
}
