//! The function with its page.

use std::sync::Arc;

use axum::Router;
use function_core::{Env, Event, Outcome};
use function_runtime::{Function, Site};

use crate::function::{StartError, TableSync};
use crate::page::{Page, PageError};

/// The function with its page: what a service is. Everywhere else it takes events as [`TableSync`] does.
#[derive(Debug)]
pub struct SyncSite {
    sync: TableSync,
    page: Arc<Page>,
}

impl SyncSite {
    /// Reads the settings and opens the stores. Nothing is asked of any database yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, or a store can't be used.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Ok(Self::new(TableSync::from_env(env).await?)?)
    }

    /// The page over `sync`.
    ///
    /// # Errors
    /// The login can't be set up, or the system gives no random numbers.
    pub fn new(sync: TableSync) -> Result<Self, PageError> {
        let config = sync.config();
        let zone = config.time_zone.clone();
        let clock = sync.clock.clone();
        let page = Page::new(Arc::new(sync.clone()), &config.page, zone, clock)?;
        Ok(Self {
            page: Arc::new(page),
            sync,
        })
    }
}

impl Function for SyncSite {
    async fn handle(&self, event: Event) -> Outcome {
        self.sync.handle(event).await
    }
}

impl Site for SyncSite {
    fn routes(self: Arc<Self>) -> Router {
        Arc::clone(&self.page).routes()
    }

    async fn idle(&self) {
        self.page.idle().await;
    }
}
