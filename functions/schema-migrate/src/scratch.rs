//! The throw-away databases of this run, and what of a schema counts in them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use function_core::{Env, chain};
use schema_catalog::Filter;
use scratch_postgres::{Programs, Scratch, ScratchError};

use crate::context::Context;

/// How long the cleaning up after a stop may take. Cloud Run kills 10 s after its SIGTERM.
const CLEANING: Duration = Duration::from_secs(6);

/// What this run opened, for when it is told to stop at work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opened(Arc<Mutex<Vec<Scratch>>>);

impl Opened {
    fn keep(&self, scratch: &Scratch) {
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        opened.push(scratch.clone());
    }

    /// Removes what is still there, and with it ends the statements that run in it.
    pub(crate) async fn close(&self) {
        let opened = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let close = async {
            for scratch in opened {
                self::close(scratch).await;
            }
        };
        if tokio::time::timeout(CLEANING, close).await.is_err() {
            tracing::warn!("throw-away databases are left behind: dropping them took too long");
        }
    }
}

/// Databases at the server of `SCRATCH_URL`, else at one of our own from installed binaries.
pub(crate) async fn open(context: &Context) -> Result<Scratch, ScratchError> {
    let scratch = start(context).await?;
    context.opened.keep(&scratch);
    Ok(scratch)
}

/// Drops the databases of `scratch`. What was found with them is worth no less where that fails.
pub(crate) async fn close(scratch: Scratch) {
    if let Err(error) = scratch.close().await {
        tracing::warn!(error = %chain(&error), "throw-away databases are left behind");
    }
}

async fn start(context: &Context) -> Result<Scratch, ScratchError> {
    let config = &context.config;
    if let Some(url) = &config.scratch_url {
        return Scratch::at(url, &context.clock).await;
    }
    let env = Env::from_process();
    let programs = Programs::find(config.postgres_bin.as_deref(), env.get("PATH"))?;
    tracing::debug!("starting a throw-away server");
    Scratch::own(&programs, &context.clock).await
}

/// The schemas that count, without the tables that only tell what was migrated.
pub(crate) fn filter(context: &Context) -> Filter {
    let config = &context.config;
    let table = &config.migrations_table;
    let qualified = |name: &str| match table.schema() {
        Some(schema) => format!("{schema}.{name}"),
        None => name.to_owned(),
    };
    Filter {
        schemas: (!config.schemas.is_empty()).then(|| config.schemas.clone()),
        tables_left_out: vec![qualified(table.name()), qualified(&table.history_name())],
        has_rights: false,
    }
}
