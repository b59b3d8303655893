//! A new table by DynamoDB's own import, which is then read back like any other.

use std::collections::BTreeMap;
use std::time::Duration;

use dynamodb_table::{Import, ImportState, ImportStatus, KeySchema, NewTable};
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
        let arn = match keeper.checkpoint.import.clone() {
            Some(arn) => arn,
            None => {
                // The token finds the import again where this was killed before it could note the ARN.
                let arn = self
                    .function
                    .tables
                    .start_import(&self.wanted(keeper).await?)
                    .await?;
                keeper.checkpoint.import = Some(arn.clone());
                keeper.save().await?;
                arn
            }
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
        let table = &self.ask.table;
        let Some(target) = self.function.tables.describe(table).await? else {
            return Err(RestoreError::Stopped(format!(
                "table {table} is gone since it was imported; send \"force\": true"
            )));
        };
        keeper.checkpoint.share.counts.written = state.imported_items;
        self.check(keeper, &target).await
    }

    async fn wanted(&self, keeper: &Keeper) -> Result<Import, RestoreError> {
        let Some((bucket, key_prefix)) =
            self.source.links.first().and_then(|link| link.data.clone())
        else {
            return Err(RestoreError::Refused(
                "this backup has no data folder in S3 to import".to_owned(),
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
                key: self.keys_of_exported().await?,
                tags: BTreeMap::new(),
            },
            bucket,
            bucket_owner: None,
            key_prefix,
            client_token: format!("{}-{began}", self.identity.trigger.id),
        })
    }

    /// The keys of the table that was exported, which the new one gets, too.
    pub(crate) async fn keys_of_exported(&self) -> Result<KeySchema, RestoreError> {
        let exported = self
            .source
            .table
            .as_ref()
            .map_or("(none told)", |table| &table.name);
        let like = match &self.source.table {
            Some(table) => self.function.tables.describe(&table.name).await?,
            None => None,
        };
        like.map(|like| like.key).ok_or_else(|| {
            RestoreError::Refused(format!(
                "the keys of the new table are unknown: the exported table {exported} is not in this account and Region; make \
                 {} by hand with its keys, and leave `import` out",
                self.ask.table
            ))
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
