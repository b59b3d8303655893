//! The drill: the newest backup into a scratch app, compared, and deleted again.

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use kintone_client::ReadRequest;

use crate::begun::Asked;
use crate::checkpoint::Checkpoint;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::prepare::{Drill, Job};
use crate::progress::Stage;
use crate::request::Restore;
use crate::standing::Manner;
use crate::work::Work;

/// What the name of an app says whose records may all be deleted.
const SCRATCH: &str = "tasuki scratch";

impl KintoneRestore {
    /// The drill as a restore.
    ///
    /// # Errors
    /// It is not set up, or there is no backup to prove.
    pub(crate) async fn drill_job(&self, manner: &Manner) -> Result<Job, RestoreError> {
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
        let asked = Asked {
            restore,
            before: Vec::new(),
            drill: Some(drill),
        };
        self.job(asked, manner).await
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

    /// Empties the scratch app of what a killed drill left, where its name allows that; false when there was no time
    /// for all of it.
    pub(crate) async fn clear_scratch(
        &self,
        job: &Job,
        deadline: Timestamp,
    ) -> Result<bool, RestoreError> {
        let app = job.app();
        let records = self.check_scratch(job).await?;
        if records == 0 {
            return Ok(true);
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
                return Ok(true);
            };
            let ids: Vec<u64> = page.ids()?.into_iter().map(|(id, _)| id).collect();
            if ids.is_empty() {
                return Ok(true);
            }
            job.client.delete(app, &ids).await?;
            if self.clock.now() >= deadline {
                return Ok(false);
            }
        }
    }

    /// Deletes what the drill wrote, and nothing else; false when there was no time for all of it.
    pub(crate) async fn clear(
        &self,
        job: &Job,
        work: &Work<'_>,
        checkpoint: &mut Checkpoint,
    ) -> Result<bool, RestoreError> {
        let bulks = work.journal.len().await?;
        for bulk in checkpoint.cleared + 1..=bulks {
            let entry = work.journal.read(bulk).await?.entry;
            let ids = entry.ids.unwrap_or_default();
            job.client.delete(job.app(), &ids).await?;
            checkpoint.cleared = bulk;
            self.progress.at(Stage::Clearing, entry.next);
            if bulk < bulks && self.clock.now() >= work.deadline {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
