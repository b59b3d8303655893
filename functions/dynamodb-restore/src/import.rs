//! A new table by DynamoDB's own import, which is then read back like any other.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamodb_table::{Import, ImportState, ImportStatus, NewTable, TableError};
use function_core::RunState;

use crate::error::RestoreError;
use crate::job::{Job, Stopped};
use crate::keeper::Keeper;
use crate::progress::Stage;
use crate::tell::BadEnd;

/// How often an import is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

impl Job<'_> {
    /// Starts the import, or finds it, follows it, and reads the table back.
    pub(crate) async fn import_and_check(
        &self,
        keeper: &mut Keeper,
    ) -> Result<Stopped, RestoreError> {
        let Some(arn) = self.begun_import(keeper).await? else {
            return self.imported(keeper).await;
        };
        let state = loop {
            let state = self.function.tables.import(&arn).await?;
            self.function.progress.begin(
                Stage::Importing,
                state.imported_items,
                self.source.lines(),
            );
            if state.status != ImportStatus::InProgress {
                break state;
            }
            if self.function.clock.now() + LOOK_EVERY >= self.deadline {
                return Ok(Stopped::Underway(format!(
                    "import {arn} is in progress, {} items",
                    state.imported_items
                )));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        if state.status != ImportStatus::Completed {
            return Ok(Stopped::Bad(self.failed(&arn, &state)));
        }
        keeper.checkpoint.share.counts.written = state.imported_items;
        self.imported(keeper).await
    }

    /// The import's ARN, noted or started now. `None` where the table is there already: it was not when the restore was
    /// opened, so an import of ours made it that was killed before the note, and ended. Reading back tells what it holds.
    async fn begun_import(&self, keeper: &mut Keeper) -> Result<Option<String>, RestoreError> {
        if let Some(arn) = &keeper.checkpoint.import {
            return Ok(Some(arn.clone()));
        }
        // While the import is under way its token finds it again.
        let arn = match self
            .function
            .tables
            .start_import(&self.wanted(keeper).await?)
            .await
        {
            Err(TableError::Exists { .. }) => return Ok(None),
            arn => arn?,
        };
        keeper.checkpoint.import = Some(arn.clone());
        keeper.save().await?;
        Ok(Some(arn))
    }

    /// Reads the imported table back.
    async fn imported(&self, keeper: &mut Keeper) -> Result<Stopped, RestoreError> {
        let table = &self.ask.table;
        match self.function.tables.describe(table).await? {
            Some(target) if target.status == "ACTIVE" => self.check(keeper, &target).await,
            Some(target) => Ok(Stopped::Underway(format!(
                "the imported table {table} is {}",
                target.status
            ))),
            None => Err(RestoreError::Stopped(format!(
                "table {table} is gone since it was imported; send the request with \"force\": true to import it again"
            ))),
        }
    }

    async fn wanted(&self, keeper: &Keeper) -> Result<Import, RestoreError> {
        let Some((bucket, key_prefix)) =
            self.source.links.first().and_then(|link| link.data.clone())
        else {
            return Err(RestoreError::Refused(
                "this backup has no data folder in S3 to import".to_owned(),
            ));
        };
        let Some(key) = self.exported_keys().await? else {
            return Err(RestoreError::Refused(
                "the keys of the new table are unknown".to_owned(),
            ));
        };
        let began = keeper
            .checkpoint
            .opened
            .as_ref()
            .map_or(0, |opened| opened.began);
        Ok(Import {
            table: NewTable {
                name: self.ask.table.clone(),
                key,
                tags: BTreeMap::new(),
            },
            bucket,
            bucket_owner: None,
            key_prefix,
            client_token: format!("{}-{began}", self.identity.trigger.id),
        })
    }

    fn failed(&self, arn: &str, state: &ImportState) -> BadEnd {
        let table = &self.ask.table;
        BadEnd {
            state: RunState::Failed,
            what_happened: format!(
                "import {arn} ended as {:?}: {}; {} items were refused",
                state.status, state.failure, state.errors
            ),
            what_to_do: format!(
                "see the log group /aws-dynamodb/imports; table {table} may hold a part, so delete it, then send the request \
                 with \"force\": true"
            ),
            settled: true,
        }
    }
}
