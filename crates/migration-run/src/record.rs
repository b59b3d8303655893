//! What is kept of a failure: the first error of a run must not be lost behind what follows from it.

use function_core::chain;

use crate::history::{NewEntry, Outcome};
use crate::job::Job;
use crate::{Migrator, RunError, wire};

impl Migrator {
    /// Writes down why `job` failed for good. The file itself is rolled back by now.
    pub(crate) async fn record(&self, job: &Job<'_>, error: &RunError) {
        let RunError::Failed { place, source, .. } = error else {
            return;
        };
        if source.is_passing() {
            return;
        }
        let words = chain(error);
        let entry = NewEntry {
            statement: place.statement,
            line: place.statement.map(|_| place.line),
            error: Some(&words),
            ..NewEntry::of(
                job.folder,
                job.step.version,
                job.step.direction,
                Outcome::Failed,
            )
        };
        let sql = entry.insert(&self.server.names.history, &self.options);
        if let Err(stumble) = wire::send(&self.server.session, &sql).await {
            tracing::warn!(error = %stumble.error, "the failure can't be kept in the history");
        }
    }
}
