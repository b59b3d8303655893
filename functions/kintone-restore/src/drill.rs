//! The drill: the newest backup into a scratch app, compared, and deleted again.

use futures_util::TryStreamExt as _;
use kintone_client::ReadRequest;

use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::journal::Journal;
use crate::prepare::{Drill, Job};
use crate::request::Restore;

/// What the name of an app says whose records may all be deleted.
const SCRATCH: &str = "tasuki scratch";

impl KintoneRestore {
    /// The drill as a restore.
    ///
    /// # Errors
    /// It is not set up, or there is no backup to prove.
    pub(crate) async fn drill_job(&self) -> Result<Job, RestoreError> {
        let (Some(scratch), Some(source)) = (self.config.drill_app, self.config.drill_source)
        else {
            return Err(RestoreError::NoDrill);
        };
        let client = self.client(scratch)?;
        // A token that may not ask for the name can't prove that the app is scratch.
        let name = client.app(scratch).await.map(|app| app.name);
        let name = name.unwrap_or_default().to_lowercase();
        let drill = Drill {
            is_named_scratch: name.contains(SCRATCH),
        };
        let restore = Restore {
            source: Some(source),
            app: Some(scratch),
            ..Restore::default()
        };
        Job::open(self, restore, Vec::new(), Some(drill)).await
    }

    /// How many records the scratch app holds. Where there are any, its name must allow that they are deleted.
    ///
    /// # Errors
    /// It holds records and is not named scratch.
    pub(crate) async fn check_scratch(&self, job: &Job) -> Result<u64, RestoreError> {
        let app = job.app();
        let records = job.client.bounds(app, None).await?.count;
        if records > 0 && !job.drill.is_some_and(|drill| drill.is_named_scratch) {
            return Err(RestoreError::NotScratch { app, records });
        }
        Ok(records)
    }

    /// Empties the scratch app of what a killed drill left, where its name allows that.
    pub(crate) async fn clear_scratch(&self, job: &Job) -> Result<(), RestoreError> {
        let app = job.app();
        let records = self.check_scratch(job).await?;
        if records == 0 {
            return Ok(());
        }
        tracing::warn!(
            app,
            records,
            "the scratch app is not empty; its records are deleted"
        );
        let request = ReadRequest {
            app,
            fields: vec!["$id".to_owned()],
            ..ReadRequest::default()
        };
        loop {
            let mut pages = job.client.pages(&request);
            let Some(page) = pages.try_next().await? else {
                return Ok(());
            };
            let ids: Vec<u64> = page.ids()?.into_iter().map(|(id, _)| id).collect();
            if ids.is_empty() {
                return Ok(());
            }
            job.client.delete(app, &ids).await?;
        }
    }

    /// Deletes what the drill wrote, and nothing else.
    pub(crate) async fn clear(&self, job: &Job, journal: &Journal) -> Result<(), RestoreError> {
        for bulk in 1..=journal.len().await? {
            let entry = journal.read(bulk).await?.entry;
            let ids = entry.ids.unwrap_or_default();
            job.client.delete(job.app(), &ids).await?;
            self.progress.cleared(entry.next);
        }
        Ok(())
    }
}
