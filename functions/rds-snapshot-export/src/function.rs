//! The function: its settings, its clients, and what it does with an event.

use std::sync::Arc;

use cloud_store::Store;
use function_core::{Env, Event, Exit, Outcome, chain};
use function_runtime::Function;
use jiff::Timestamp;
use reconcile::{Machine, Request, StartError, Surroundings, Tally};

use crate::FUNCTION;
use crate::aws::Rds;
use crate::config::Config;
use crate::error::ExportError;
use crate::source::Source;

/// rds-snapshot-export, ready for events.
#[derive(Clone, Debug)]
pub struct RdsSnapshotExport {
    pub(crate) config: Arc<Config>,
    pub(crate) rds: Rds,
    pub(crate) bucket: Store,
    pub(crate) machine: Machine,
}

impl RdsSnapshotExport {
    /// Reads the settings and makes the clients. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(Surroundings::of_process(env)).await
    }

    /// The function in given surroundings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn with(surroundings: Surroundings) -> Result<Self, StartError> {
        let Surroundings { env, clock } = surroundings;
        let config = Config::from_env(&env)?;
        let opened = config.common.open(FUNCTION, &config.bucket, &env, clock);
        let (bucket, machine) = opened.await?;
        Ok(Self {
            rds: Rds::connect(&env).await,
            config: Arc::new(config),
            bucket,
            machine,
        })
    }
}

impl Function for RdsSnapshotExport {
    async fn handle(&self, event: Event) -> Outcome {
        match Box::pin(self.at(event.now()).answer(&event)).await {
            Ok(tally) => tally.into_outcome(),
            Err(error) => Outcome::from_error(&error, error.exit()),
        }
    }
}

impl RdsSnapshotExport {
    /// The same function in an invocation for an event of `time`.
    fn at(&self, time: Timestamp) -> Self {
        Self {
            machine: self.machine.at(time),
            ..self.clone()
        }
    }

    async fn answer(&self, event: &Event) -> Result<Tally, ExportError> {
        let request = Request::of(event)?;
        let mut tally = Tally::default();
        if request.drill {
            tally.add(self.machine.drill(&event.id).await);
            return Ok(tally);
        }
        // Of each source what alarms watch: how its newest run stands.
        let mut newest = Vec::new();
        for source in self.asked_for(&request)? {
            // A source's run holds clients and lists; on the heap it need not be copied.
            let followed = Box::pin(self.follow(source, &request)).await;
            newest.extend(followed.newest);
            for conclusion in followed.conclusions {
                tally.add(conclusion);
            }
            for error in followed.errors {
                tracing::warn!(
                    source = source.id,
                    error = chain(&error),
                    "source not looked at to the end"
                );
                tally.fail(&source.id, &error, error.exit());
            }
        }
        // Where one source or one day is asked for, the newest runs of all were not looked at.
        if request.source.is_none() && request.date.is_none() && !request.dry_run {
            let sources = self.config.sources.iter();
            let sources: Vec<String> = sources.map(|source| source.id.clone()).collect();
            if let Err(error) = self.machine.gauge(&sources, &newest).await {
                tally.fail("gauges", &error, Exit::Failed);
            }
        }
        Ok(tally)
    }

    fn asked_for(&self, request: &Request) -> Result<Vec<&Source>, ExportError> {
        let sources = &self.config.sources;
        let Some(name) = &request.source else {
            return Ok(sources.iter().collect());
        };
        let found = sources.iter().find(|source| source.id == *name);
        found.map(|source| vec![source]).ok_or_else(|| {
            let known: Vec<&str> = sources.iter().map(|source| source.id.as_str()).collect();
            ExportError::UnknownSource {
                name: name.clone(),
                known: known.join(", "),
            }
        })
    }
}
