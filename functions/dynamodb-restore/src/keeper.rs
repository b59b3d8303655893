//! A claimed run together with its checkpoint, and what is kept beside its record.

use cloud_store::{Put, Store};
use function_core::{Clock, Report, RunState};
use run_record::{Run, RunRecord};
use serde::Serialize;
use serde_json::Value;

use crate::checkpoint::Checkpoint;
use crate::error::RestoreError;

/// A run that is ours.
pub(crate) struct Keeper {
    run: Run,
    /// The folder of this function's runs.
    runs: Store,
    clock: Clock,
    /// How far it came; kept by [`Keeper::save`].
    pub(crate) checkpoint: Checkpoint,
    /// What the end is told with.
    pub(crate) warnings: Vec<String>,
}

impl Keeper {
    pub(crate) fn new(run: Run, runs: &Store, clock: &Clock) -> Self {
        Self {
            checkpoint: Checkpoint::of(run.record().checkpoint.as_ref()),
            run,
            runs: runs.clone(),
            clock: clock.clone(),
            warnings: Vec::new(),
        }
    }

    /// The record as it was written last.
    pub(crate) fn record(&self) -> &RunRecord {
        self.run.record()
    }

    fn noted(&mut self) -> Value {
        self.checkpoint.saved = Some(self.clock.now());
        self.checkpoint.to_json()
    }

    /// Keeps the checkpoint.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub(crate) async fn save(&mut self) -> Result<(), RestoreError> {
        let checkpoint = self.noted();
        self.run
            .change(|record| record.checkpoint = Some(checkpoint))
            .await?;
        Ok(())
    }

    /// Writes an object beside the run's record, whatever is there; gives its address.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) async fn put_beside(
        &self,
        ending: &str,
        content: Vec<u8>,
    ) -> Result<String, RestoreError> {
        let key = self.beside(ending);
        let kind = match ending.rsplit_once('.') {
            Some((_, "ndjson")) => "application/x-ndjson",
            Some((_, "bin")) => "application/octet-stream",
            _ => "application/json",
        };
        self.runs.put(&key, content, &Put::new(kind)).await?;
        Ok(self.runs.url(&key))
    }

    /// The object beside the run's record, if there is one.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn read_beside(&self, ending: &str) -> Result<Option<Vec<u8>>, RestoreError> {
        let found = self.runs.read(&self.beside(ending)).await?;
        Ok(found.map(|(_, content)| content))
    }

    fn beside(&self, ending: &str) -> String {
        let record = self.record();
        format!("{}/{}.{ending}", record.stamp.day_path(), record.run)
    }

    /// Writes a value as JSON beside the run's record; gives its address.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) async fn put_json(
        &self,
        ending: &str,
        value: &impl Serialize,
    ) -> Result<String, RestoreError> {
        let content = serde_json::to_vec_pretty(value).unwrap_or_default();
        self.put_beside(ending, content).await
    }

    /// Gives the run back for somebody to go on with it.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub(crate) async fn pause(mut self, progress: String) -> Result<Report, RestoreError> {
        tracing::info!(run = self.record().run, progress, "under way");
        let checkpoint = self.noted();
        let counts = self.checkpoint.share.counts.by_name();
        let record = self.run.end(false, |record| {
            record.state = RunState::Running;
            record.ended = None;
            record.error = None;
            record.progress = Some(progress);
            record.checkpoint = Some(checkpoint);
            record.counts = counts;
        });
        Ok(record.await?.into_report())
    }

    /// Ends the run as `end` says. The checkpoint stays where somebody may go on.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub(crate) async fn end(
        mut self,
        settled: bool,
        end: impl FnOnce(&mut RunRecord),
    ) -> Result<Report, RestoreError> {
        let checkpoint = self.noted();
        let record = self.run.end(settled, |record| {
            record.progress = None;
            record.error = None;
            record.checkpoint = Some(checkpoint);
            end(record);
        });
        Ok(record.await?.into_report())
    }
}
