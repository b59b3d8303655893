//! Deleting records, any number of them.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;

use crate::bulk::BulkError;
use crate::client::Client;
use crate::error::{Cause, ClientError};
use crate::limits;
use crate::request::ReadRequest;
use crate::write::Write;

impl Client {
    /// Deletes the records `ids` of `app`; those that are gone are gone.
    ///
    /// Deleting is safe to repeat: after a lost answer it is looked up which records are left.
    ///
    /// # Errors
    /// The call, see [`ClientError`]. Some of the records may be deleted then.
    pub async fn delete(&self, app: u64, ids: &[u64]) -> Result<(), ClientError> {
        let ids: Vec<u64> = ids
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        for ids in ids.chunks(limits::BULK_REQUESTS * limits::WRITE_RECORDS) {
            self.delete_bulk(app, ids.to_vec()).await?;
        }
        Ok(())
    }

    async fn delete_bulk(&self, app: u64, mut ids: Vec<u64>) -> Result<(), ClientError> {
        let mut round = 1;
        while !ids.is_empty() {
            let deletions = ids.chunks(limits::WRITE_RECORDS);
            let deletions: Vec<_> = deletions.map(|ids| Write::Delete { app, ids }).collect();
            let Err(error) = self.bulk(&deletions).await else {
                return Ok(());
            };
            let (is_worth_a_look, error) = match error {
                BulkError::NotDone { source, .. } => (source.cause() == Cause::RecordGone, source),
                BulkError::Unknown { source } => (true, source),
            };
            if !is_worth_a_look || round == limits::DELETE_ROUNDS {
                return Err(*error);
            }
            tracing::warn!(app, round, %error, "looking up which records are left");
            ids = self.left(app, &ids).await?;
            round += 1;
        }
        Ok(())
    }

    /// Which of `ids`, which rise, there are.
    async fn left(&self, app: u64, ids: &[u64]) -> Result<Vec<u64>, ClientError> {
        let request = ReadRequest {
            app,
            fields: vec!["$id".to_owned()],
            after: ids.first().map_or(0, |first| first - 1),
            up_to: ids.last().copied(),
            ..ReadRequest::default()
        };
        let mut left = Vec::new();
        let mut pages = self.pages(&request);
        while let Some(page) = pages.try_next().await? {
            let there = page.ids()?.into_iter().map(|(id, _)| id);
            left.extend(there.filter(|id| ids.binary_search(id).is_ok()));
        }
        Ok(left)
    }
}
