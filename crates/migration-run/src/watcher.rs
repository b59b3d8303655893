//! Who lets a statement wait, told while it waits: when its time is over, nobody can tell any more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use postgres_client::{Address, Session, connect};
use tokio::sync::OnceCell;

use crate::{Holder, Options};

/// How often it looks, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A second session that looks who lets the first one wait. It is opened when something takes long.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    session: OnceCell<Session>,
    seen: Mutex<Option<Holder>>,
}

impl Watcher {
    /// Looks again and again who lets the session `pid` wait, until it is dropped.
    pub(crate) async fn watch(&self, address: &Address, options: &Options, pid: i32) {
        self.remember(None);
        let half = options.lock_timeout / 2;
        let period = if half.is_zero() {
            LOOK_EVERY
        } else {
            half.min(LOOK_EVERY)
        };
        let mut told = None;
        loop {
            tokio::time::sleep(period).await;
            let Some(holder) = self.look(address, options, pid).await else {
                continue;
            };
            if told != Some(holder.pid) {
                told = Some(holder.pid);
                tracing::warn!(%holder, "waiting for a lock");
            }
            self.remember(Some(holder));
        }
    }

    /// Who was last seen to let it wait.
    pub(crate) fn seen(&self) -> Option<Holder> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn remember(&self, holder: Option<Holder>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = holder;
    }

    /// Nothing depends on it: where the server has no room for a second session, nobody is named.
    async fn look(&self, address: &Address, options: &Options, pid: i32) -> Option<Holder> {
        let open = || connect(address, &options.application_name, options.connect_timeout);
        let session = self.session.get_or_try_init(open).await;
        let seen = match session {
            Ok(session) => Holder::blocking(session, pid)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        seen.inspect_err(|error| tracing::debug!(%error, "who holds the lock can't be told"))
            .ok()?
    }
}
