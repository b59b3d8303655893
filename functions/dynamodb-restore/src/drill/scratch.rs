//! Scratch tables: made, found again, deleted, and no other table ever.

use std::collections::BTreeMap;

use dynamodb_table::{Description, NewTable};
use function_core::{Retryable as _, RunState};

use super::SCRATCH;
use crate::checkpoint::{Checkpoint, Opened};
use crate::error::RestoreError;
use crate::function::DynamodbRestore;
use crate::job::{Job, Stopped};
use crate::keeper::Keeper;
use crate::keys::SENT;
use crate::tell::BadEnd;

/// The tag of each scratch table. Without it no table is ever deleted.
const TAG: (&str, &str) = ("tasuki:scratch", "true");

impl DynamodbRestore {
    /// The scratch table: the one of this run, or one that is made now.
    pub(super) async fn scratch(
        &self,
        table: &str,
        job: &Job<'_>,
        keeper: &mut Keeper,
    ) -> Result<Description, RestoreError> {
        let name = &job.ask.table;
        let mut note = self.note(table).await?;
        if let Some(left) = note
            .scratch
            .replace(name.clone())
            .filter(|left| left != name)
        {
            self.delete_scratch(table, &left).await?;
        }
        if let Some(found) = self.tables.describe(name).await? {
            let ours = keeper
                .checkpoint
                .opened
                .as_ref()
                .is_some_and(|opened| opened.table_id == found.id);
            if ours && found.status == "ACTIVE" {
                return Ok(found);
            }
            self.delete_scratch(table, name).await?;
        }
        let Some(key) = job.exported_keys().await? else {
            return Err(RestoreError::Stopped(format!(
                "the keys of table {table} are unknown: the manifest of its backup does not tell them, and the exported table is \
                 not in this account and Region, or may not be described; send the drill with \"source\": \"{table}\" and \
                 {SENT}"
            )));
        };
        // Noted before it is made: whoever comes after a kill finds it.
        self.keep_note(table, &note).await?;
        let (tag, value) = TAG;
        let new = NewTable {
            name: name.clone(),
            key,
            tags: BTreeMap::from([(tag.to_owned(), value.to_owned())]),
        };
        let scratch = self.tables.create(&new).await?;
        keeper.checkpoint = Checkpoint {
            opened: Some(Opened {
                began: 1,
                time: self.clock.now(),
                was_empty: true,
                table_id: scratch.id.clone(),
                items: job.source.lines(),
            }),
            forced_by: keeper.checkpoint.forced_by.take(),
            ..Checkpoint::default()
        };
        keeper.save().await?;
        Ok(scratch)
    }

    /// Deletes the scratch table where the drill has ended, however it did.
    pub(super) async fn tidied(
        &self,
        job: &Job<'_>,
        keeper: &Keeper,
        outcome: Result<Stopped, RestoreError>,
    ) -> Result<Stopped, RestoreError> {
        let goes_on = match &outcome {
            Ok(Stopped::Underway(_)) => true,
            Ok(_) => false,
            Err(error) => error.is_retryable() || matches!(error, RestoreError::Ledger(_)),
        };
        let Some(scratch) = job.target.as_ref().filter(|_| !goes_on) else {
            return outcome;
        };
        match (self.tables.delete(scratch).await, outcome) {
            (Ok(()), outcome) => outcome,
            (Err(error), Ok(Stopped::Done)) if !error.is_retryable() => Ok(Stopped::Bad(BadEnd {
                state: RunState::Incomplete,
                what_happened: format!(
                    "{} is proven, but its scratch table was not deleted: {}",
                    keeper.record().run,
                    function_core::chain(&error)
                ),
                what_to_do: format!("delete the table {} by hand", scratch.name),
                settled: true,
            })),
            (Err(error), Ok(Stopped::Done)) => Err(error.into()),
            (Err(error), outcome) => {
                tracing::warn!(
                    table = scratch.name,
                    error = function_core::chain(&error),
                    "scratch table not deleted"
                );
                outcome
            }
        }
    }

    /// Deletes a left-over scratch table of `table`, told by its name and its tag.
    async fn delete_scratch(&self, table: &str, name: &str) -> Result<(), RestoreError> {
        let Some(found) = self.tables.describe(name).await? else {
            return Ok(());
        };
        let (tag, value) = TAG;
        let tags = self.tables.tags(&found).await?;
        let is_tagged = tags.get(tag).is_some_and(|found| found == value);
        if !is_tagged || !name.starts_with(&format!("{table}{SCRATCH}")) {
            return Err(RestoreError::Refused(format!(
                "table {name} has the name of a scratch table, but not the tag {tag}={value}; it is left alone, so \
                 delete it by hand if nobody needs it"
            )));
        }
        self.tables.delete(&found).await?;
        // Another one of that name can't be made before.
        self.tables.gone(name).await?;
        tracing::info!(table = name, "left-over scratch table deleted");
        Ok(())
    }
}
